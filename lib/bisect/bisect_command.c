// SPDX-License-Identifier: GPL-2.0
/*
 * bisect_command.c - a command of the user's as the test.
 *
 * Each slot has a work tree of its own (worktree/worktree.h) that goes from commit to commit; what
 * the commits do not know stays, so that a build in it is an incremental one. The command's exit
 * code is git's: 0 good, 125 cannot be tested, up to 127 bad, and everything else ends the run.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bisect_test.h"
#include "core/file.h"
#include "core/proc.h"
#include "worktree/worktree.h"

#define LAST_LINE_BYTES 4096
#define CANNOT_SAY	125
#define MOST_BAD	127

struct command {
	struct bisect *bisect;
	struct loop *loop;
	struct strvec argv;
	char *build;  /* or NULL */
	char *folder; /* where the session was started */
	bool checkout;
	int logs; /* how many were begun */
	/* tests hold it: those that outlive a killed farrier are waited for */
	struct file_lock lock;
};

struct bisect_job {
	struct command *command;
	struct bisect_waiter waiter;
	size_t number;
	char *tree;   /* its work tree, or where it runs */
	char *output; /* $FARRIER_BUILD, or NULL */
	char *log;
	struct proc *proc;
	bool building;
};

static void close_command(void *state)
{
	struct command *command = state;

	if (!command)
		return;
	file_unlock(&command->lock);
	strvec_release(&command->argv);
	free(command->build);
	free(command->folder);
	free(command);
}

static int count_logs(const struct bisect *bisect)
{
	OWNED_STR folder = xasprintf("%s/logs", bisect->folder);
	STRVEC names = { 0 };
	const struct err *err = file_list(folder, &names);
	int most = 0;

	err_free(err);
	for (size_t i = 0; i < names.count; i++)
		if (atoi(names.items[i]) > most)
			most = atoi(names.items[i]);
	return most;
}

static const struct err *open_command(struct bisect *bisect, struct loop *loop,
				      struct bisect_room *room, void **state)
{
	const json_t *test = json_object_get(bisect->start, "test");
	struct command *command = xcalloc(1, sizeof(*command));
	const char *build = store_get_string(test, "build", NULL);
	OWNED_STR path = NULL;
	size_t index;
	json_t *word;

	*state = command;
	command->lock = FILE_LOCK_NONE;
	command->bisect = bisect;
	command->loop = loop;
	command->build = build ? xstrdup(build) : NULL;
	command->folder = xstrdup(store_get_string(test, "folder", "."));
	command->checkout = store_get_bool(test, "checkout", true);
	command->logs = count_logs(bisect);
	json_array_foreach (json_object_get(test, "argv"), index, word)
		strvec_push(&command->argv, json_string_value(word) ?: "");
	if (!command->argv.count)
		return err_input("the session has no command");
	path = xasprintf("%s/tests.lock", bisect->folder);
	TRY(file_lock(path, "the tests of this bisection", true, &command->lock));
	/* nobody knows whether a user's tests get on with each other */
	room->tests = room->tests ? room->tests : 1;
	room->builds = room->tests;
	return NULL;
}

/* --- one test --- */

/* The last line that was printed, and its number. The caller frees it. */
static char *last_line(const char *path, int64_t *number)
{
	STRBUF text = { 0 };
	const struct err *err = file_read(path, (size_t)64 << 20, &text);
	size_t start;

	*number = 0;
	if (err) {
		err_free(err);
		return NULL;
	}
	strbuf_trim(&text);
	if (!text.len)
		return NULL;
	for (start = text.len; start && text.buf[start - 1] != '\n'; start--)
		;
	*number = 1;
	for (size_t i = 0; i < start; i++)
		*number += text.buf[i] == '\n';
	if (text.len - start > LAST_LINE_BYTES)
		strbuf_setlen(&text, start + LAST_LINE_BYTES);
	return xstrdup(text.buf + start);
}

static const struct err *abort_run(const struct bisect_job *job, const struct proc_exit *exit)
{
	OWNED_STR how = proc_describe(exit);

	return err_hint(
		err_env("the %s of %s ended with %s, which says nothing of the commit",
			job->building ? "build" : "test",
			git_oid_tostr_s(bisect_commit_id(job->command->bisect, job->number)), how),
		"its log is '%s'; 'farrier bisect run' goes on", job->log);
}

/* 0 to 127, or -1 for all that ends the run. */
static int exit_code(const struct proc_exit *exit)
{
	if (!WIFEXITED(exit->status) || WEXITSTATUS(exit->status) > MOST_BAD)
		return -1;
	return WEXITSTATUS(exit->status);
}

static const struct err *on_tested(struct bisect_job *job, const struct proc_exit *exit)
{
	int code = exit_code(exit);
	struct bisect_outcome outcome = { .seconds = exit->seconds, .log = job->log };
	OWNED_STR text = NULL;

	if (code < 0)
		return abort_run(job, exit);
	outcome.result = code == 0 ? BISECT_PASS : code == CANNOT_SAY ? BISECT_SKIP : BISECT_FAIL;
	text = last_line(job->log, &outcome.line);
	if (!text && outcome.result == BISECT_FAIL)
		text = xasprintf("exit code %d", code);
	if (!text && outcome.result == BISECT_SKIP)
		text = xstrdup("the test cannot say");
	outcome.text = text;
	return job->waiter.on_done(job->waiter.data, &outcome);
}

static const struct err *start_test(struct bisect_job *job);

static const struct err *on_built(struct bisect_job *job, const struct proc_exit *exit)
{
	OWNED_STR done = xasprintf("%s.done", job->output);
	OWNED_STR text = NULL;
	int code = exit_code(exit);
	int64_t line;

	if (code < 0)
		return abort_run(job, exit);
	if (code == 0) {
		TRY(file_write(done, "", 0));
	} else {
		text = last_line(job->log, &line);
	}
	TRY(job->waiter.on_built(job->waiter.data,
				 &(struct bisect_built){
					 .ok = code == 0,
					 .seconds = exit->seconds,
					 .text = text ? text : "it does not build",
				 }));
	if (code == 0)
		return start_test(job);
	return job->waiter.on_done(
		job->waiter.data,
		&(struct bisect_outcome){ .result = BISECT_SKIP, .log = job->log });
}

static const struct err *on_program_end(void *data, const struct proc_exit *exit)
{
	struct bisect_job *job = data;

	return job->building ? on_built(job, exit) : on_tested(job, exit);
}

/* As "git rev-parse --local-env-vars" lists them. */
static const char *const git_variables[] = { "GIT_ALTERNATE_OBJECT_DIRECTORIES",
					     "GIT_CONFIG",
					     "GIT_CONFIG_PARAMETERS",
					     "GIT_CONFIG_COUNT",
					     "GIT_OBJECT_DIRECTORY",
					     "GIT_DIR",
					     "GIT_WORK_TREE",
					     "GIT_IMPLICIT_WORK_TREE",
					     "GIT_GRAFT_FILE",
					     "GIT_INDEX_FILE",
					     "GIT_NO_REPLACE_OBJECTS",
					     "GIT_REPLACE_REF_BASE",
					     "GIT_PREFIX",
					     "GIT_SHALLOW_FILE",
					     "GIT_COMMON_DIR",
					     "GIT_NAMESPACE",
					     "GIT_INTERNAL_SUPER_PREFIX",
					     NULL };

/* A file that the commit does not have is one from where the session was started. */
static char *find_file(const struct bisect_job *job, const char *name)
{
	OWNED_STR here = xasprintf("%s/%s", job->tree, name);
	OWNED_STR there = xasprintf("%s/%s", job->command->folder, name);

	if (*name == '/' || file_exists(here) || !file_exists(there))
		return xstrdup(name);
	return TAKE_PTR(there);
}

/* Of "sh ./test.sh" the script: what is behind an interpreter and its options; or SIZE_MAX. */
static size_t find_script(const struct strvec *argv)
{
	for (size_t i = 1; i < argv->count && !strchr(argv->items[0], '/'); i++) {
		if (str_equal(argv->items[i], "-c") || str_equal(argv->items[i], "-e"))
			return SIZE_MAX;
		if (*argv->items[i] != '-')
			return i;
	}
	return SIZE_MAX;
}

static ERR_CHECK spawn(struct bisect_job *job, const char *const *argv)
{
	struct command *command = job->command;
	OWNED_FD log = -1;
	STRVEC env = { 0 };
	struct proc_spec spec = {
		.argv = argv, .dir = job->tree, .keep_fds = &command->lock.fd, .keep_count = 1
	};

	free(job->log);
	job->log = xasprintf("%s/logs/%06d.log", command->bisect->folder, ++command->logs);
	TRY(file_write(job->log, "", 0));
	log = open(job->log, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (log < 0)
		return err_errno("cannot open '%s'", job->log);
	strvec_pushf(&env, "FARRIER_COMMIT=%s",
		     git_oid_tostr_s(bisect_commit_id(command->bisect, job->number)));
	if (job->output)
		strvec_pushf(&env, "FARRIER_BUILD=%s", job->output);
	/* what a hook or an alias of git's was given is of the user's repository */
	if (command->checkout)
		strvec_push_all(&env, git_variables);
	spec.env = (const char *const *)env.items;
	spec.out_fd = spec.err_fd = log;
	return proc_spawn(command->loop, &spec, on_program_end, job, &job->proc);
}

static const struct err *start_test(struct bisect_job *job)
{
	const struct strvec *words = &job->command->argv;
	size_t script = find_script(words);
	STRVEC argv = { 0 };

	proc_free(TAKE_PTR(job->proc));
	job->building = false;
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->items[i];
		bool file = i ? i == script : strchr(word, '/') != NULL;
		OWNED_STR found = file ? find_file(job, word) : xstrdup(word);

		strvec_push(&argv, found);
	}
	return spawn(job, (const char *const *)argv.items);
}

static ERR_CHECK start_build(struct bisect_job *job)
{
	const char *const argv[] = { "sh", "-c", job->command->build, NULL };

	/* what was cut off before it was done is no build */
	TRY(file_remove(job->output));
	TRY(file_mkdirs(job->output));
	job->building = true;
	return spawn(job, argv);
}

static ERR_CHECK check_out(struct bisect_job *job, const git_oid *tip)
{
	struct worktree_checkout checkout = { .head = *tip, .full = true };
	struct strvec none = { 0 };
	REPO own = NULL;

	checkout.paths = &none;
	TRY(worktree_open(job->tree, job->command->bisect->repo, &own));
	TRY(worktree_as_git(job->tree, job->command->bisect->repo));
	TRY(repo_commit_tree(job->command->bisect->repo, tip, &checkout.tree));
	return worktree_checkout(job->tree, own, &checkout);
}

static void free_job(struct bisect_job *job)
{
	if (!job)
		return;
	proc_free(job->proc);
	free(job->tree);
	free(job->output);
	free(job->log);
	free(job);
}

static const struct err *start(void *state, int slot, size_t number,
			       const struct bisect_waiter *waiter, struct bisect_job **out)
{
	struct command *command = state;
	struct bisect *bisect = command->bisect;
	struct bisect_job *job = *out = xcalloc(1, sizeof(*job));
	OWNED_STR why = NULL;
	OWNED_STR done = NULL;
	git_oid tip;
	bool fits;

	*job = (struct bisect_job){ .command = command, .waiter = *waiter, .number = number };
	TRY(bisect_carry(bisect, bisect_commit_id(bisect, number), &tip, &fits, &why));
	if (!fits)
		return waiter->on_done(waiter->data, &(struct bisect_outcome){
							     .result = BISECT_SKIP, .text = why });
	job->tree = command->checkout ? xasprintf("%s/tree-%d", bisect->folder, slot + 1)
				      : xstrdup(command->folder);
	if (command->checkout)
		TRY(check_out(job, &tip));
	if (!command->build)
		return start_test(job);
	job->output = xasprintf("%s/builds/%s", bisect->folder,
				git_oid_tostr_s(bisect_commit_id(bisect, number)));
	done = xasprintf("%s.done", job->output);
	return file_exists(done) ? start_test(job) : start_build(job);
}

const struct bisect_test_kind bisect_command = {
	.open = open_command,
	.close = close_command,
	.start = start,
	.free = free_job,
};
