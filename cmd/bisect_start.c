// SPDX-License-Identifier: GPL-2.0
/* bisect_start.c - where a session is, and what it begins with. */
#include <time.h>
#include <unistd.h>

#include "bisect.h"
#include "bisect/bisect_git.h"
#include "base/progress.h"
#include "core/file.h"
#include "record/target.h"
#include "stack/stack.h"

static ERR_CHECK current_folder(const struct run *run, char **folder)
{
	*folder = realpath(run->folder ? run->folder : ".", NULL);
	return *folder ? NULL
		       : err_errno("cannot find folder '%s'", run->folder ? run->folder : ".");
}

/* The repository around the folder, unless it is the workspace's own or around that: or NULL. */
static git_repository *repo_inside(const char *folder, const struct workspace *workspace)
{
	git_repository *repo = NULL;
	OWNED_STR root = workspace->root ? xasprintf("%s/", workspace->root) : xstrdup("");
	const char *place;

	if (git_repository_open_ext(&repo, folder, 0, NULL) < 0)
		return NULL;
	place = git_repository_workdir(repo);
	place = place ? place : git_repository_path(repo);
	if (starts_with(place, root) && !str_equal(place, root))
		return repo;
	repo_release(&repo);
	return NULL;
}

ERR_CHECK bisect_home(const struct run *run, char **home)
{
	WORKSPACE workspace = { 0 };
	OWNED_STR folder = NULL;
	REPO repo = NULL;
	bool found;

	TRY(workspace_find_if_there(run->folder, &workspace, &found));
	TRY(current_folder(run, &folder));
	repo = repo_inside(folder, &workspace);
	if (repo)
		*home = xasprintf("%s.farrier", repo_git_dir(repo));
	else if (found)
		*home = xstrdup(workspace.state);
	else
		*home = xasprintf("%s/.farrier", folder);
	return NULL;
}

/* What a session is begun with. */
struct beginning {
	const struct bisect_words *words;
	struct workspace workspace; /* if there is one */
	bool has_workspace;
	git_repository *repo;
};

static void release_beginning(struct beginning *beginning)
{
	workspace_release(&beginning->workspace);
	repo_release(&beginning->repo);
}

/* A branch of the workspace by its name, or what git makes of the word. */
static ERR_CHECK resolve(const struct beginning *beginning, const char *revision, git_oid *commit)
{
	STRVEC names = { 0 };
	BRANCH branch = { 0 };

	if (!beginning->has_workspace || beginning->words->repo)
		return repo_resolve(beginning->repo, revision, commit);
	TRY(target_branches(&beginning->workspace, &names));
	if (!strvec_has(&names, revision))
		return repo_resolve(beginning->repo, revision, commit);
	TRY(target_read_branch(&beginning->workspace, revision, &branch));
	return target_branch_commit(beginning->repo, &branch, commit);
}

static ERR_CHECK set_id(const struct beginning *beginning, const char *revision, json_t **id)
{
	char hex[OID_HEX_SIZE];
	git_oid commit;

	TRY(resolve(beginning, revision, &commit));
	*id = json_string(git_oid_tostr(hex, sizeof(hex), &commit));
	return NULL;
}

static ERR_CHECK set_ends(const struct beginning *beginning, const char *bad,
			  const struct strvec *goods, json_t *start)
{
	json_t *list = json_array(), *id;

	store_set(start, "good", list);
	TRY(set_id(beginning, bad, &id));
	store_set(start, "bad", id);
	for (size_t i = 0; i < goods->count; i++) {
		TRY(set_id(beginning, goods->items[i], &id));
		json_array_append_new(list, id);
	}
	return NULL;
}

/* Whether a branch has the commit; one that was never filled has none. */
static ERR_CHECK has_commit(const struct beginning *beginning, const char *name,
			    const git_oid *commit, bool *has)
{
	BRANCH branch = { 0 };
	git_oid tip;
	int result;

	TRY(target_read_branch(&beginning->workspace, name, &branch));
	TRY(repo_resolve_ref(beginning->repo, branch.ref, &tip, has));
	if (!*has || git_oid_equal(&tip, commit))
		return NULL;
	result = git_graph_descendant_of(beginning->repo, &tip, commit);
	*has = result == 1;
	return result < 0 ? repo_read_error(beginning->repo, "cannot compare commits") : NULL;
}

/* How kernels are built: as the branch that was named, or the only one that has the bad end. */
static ERR_CHECK choose_branch(const struct beginning *beginning, const json_t *start,
			       json_t **branch)
{
	const struct bisect_words *words = beginning->words;
	STRVEC names = { 0 };
	STRVEC found = { 0 };
	git_oid bad;

	TRY(target_branches(&beginning->workspace, &names));
	if (words->branch || (words->bad && strvec_has(&names, words->bad))) {
		*branch = json_string(words->branch ? words->branch : words->bad);
		return NULL;
	}
	git_oid_fromstr(&bad, store_get_string(start, "bad", ""));
	for (size_t i = 0; i < names.count; i++) {
		bool has;

		TRY(has_commit(beginning, names.items[i], &bad, &has));
		if (has)
			strvec_push(&found, names.items[i]);
	}
	if (found.count == 1) {
		*branch = json_string(found.items[0]);
		return NULL;
	}
	return err_hint(err_input(found.count ? "several branches have commit %.12s"
					      : "no branch has commit %.12s",
				  git_oid_tostr_s(&bad)),
			"name the one as which kernels are built with --branch");
}

/* As paths in a tree: "./mm/" is "mm". */
static json_t *tree_paths(const struct strvec *list)
{
	json_t *json = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const char *path = list->items[i];
		size_t length;

		while (starts_with(path, "./"))
			path += 2;
		length = strlen(path);
		while (length && path[length - 1] == '/')
			length--;
		json_array_append_new(json, store_string(path, length));
	}
	return json;
}

static json_t *strings(const struct strvec *list)
{
	json_t *json = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(json, store_text(list->items[i]));
	return json;
}

static ERR_CHECK command_test(const struct bisect_words *words, json_t *test)
{
	OWNED_STR folder = NULL;

	TRY(current_folder(words->run, &folder));
	store_set(test, "argv", strings(&words->command));
	store_set(test, "build", store_text(words->build));
	store_set(test, "checkout", json_boolean(!words->no_checkout));
	store_set(test, "folder", store_text(folder));
	return NULL;
}

static ERR_CHECK cell_test(const struct beginning *beginning, const json_t *start, json_t *test)
{
	const struct bisect_words *words = beginning->words;
	MACHINE_CONF machine = { 0 };
	json_t *branch = NULL;

	if (words->command.count)
		return err_input("the test is a machine or a command, not both");
	TRY(target_read_machine(&beginning->workspace, words->machine, &machine));
	TRY(choose_branch(beginning, start, &branch));
	store_set(test, "branch", branch);
	store_set(test, "machine", store_text(words->machine));
	store_set(test, "cpus", json_integer(words->cpus));
	store_set(test, "seconds", json_integer(words->seconds ? words->seconds : 10));
	store_set(test, "model", store_text(words->model));
	return NULL;
}

/* An option that nothing would come of is a mistake. */
static ERR_CHECK check_words(const struct beginning *beginning)
{
	const struct bisect_words *words = beginning->words;
	bool needs = words->machine || words->with.count;

	if (needs && !beginning->has_workspace)
		return err_hint(
			err_input("%s is for a workspace", words->machine ? "--machine" : "--with"),
			"'farrier init DIR' makes one, -C DIR names one");
	if (!words->command.count && (words->build || words->no_checkout))
		return err_input("%s is for a test: name its command behind '--'",
				 words->build ? "--build" : "--no-checkout");
	if (!words->machine && (words->model || words->cpus || words->seconds))
		return err_input("--model, --cpus and --seconds are for --machine");
	if (words->fixes && words->goods.count > 1)
		return err_input("--fixes takes one good revision");
	if (words->with.count && !words->machine && !words->command.count)
		return err_input("--with is for a test: name its command behind '--'");
	if (words->with.count && words->no_checkout)
		return err_input("--with puts a series on what is checked out: not with "
				 "--no-checkout");
	return NULL;
}

static ERR_CHECK make_test(const struct beginning *beginning, json_t *start)
{
	const struct bisect_words *words = beginning->words;
	json_t *test = json_object();

	store_set(start, "test", test);
	store_set(test, "kind",
		  json_string(words->machine	     ? "cell"
			      : words->command.count ? "command"
						     : "none"));
	TRY(check_words(beginning));
	if (beginning->has_workspace)
		store_set(start, "workspace", store_text(beginning->workspace.root));
	store_set(start, "with", strings(&words->with));
	store_set(start, "if_missing", json_boolean(words->if_missing));
	if (words->machine)
		return cell_test(beginning, start, test);
	return words->command.count ? command_test(words, test) : NULL;
}

static json_t *now(void)
{
	time_t time_now = time(NULL);
	struct tm utc;
	char text[32];

	gmtime_r(&time_now, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

static ERR_CHECK open_repo(struct beginning *beginning)
{
	const struct bisect_words *words = beginning->words;
	OWNED_STR folder = NULL;

	TRY(workspace_find_if_there(words->run->folder, &beginning->workspace,
				    &beginning->has_workspace));
	if (words->repo)
		return repo_open_around(words->repo, &beginning->repo);
	TRY(current_folder(words->run, &folder));
	beginning->repo = repo_inside(folder, &beginning->workspace);
	if (beginning->repo)
		return NULL;
	if (beginning->has_workspace)
		return workspace_repo(&beginning->workspace, &beginning->repo);
	return repo_open_around(folder, &beginning->repo);
}

static void warn_of_another(const char *home)
{
	BISECT other = NULL;
	const struct err *err = bisect_open(home, &other);

	if (!err)
		progress_note("bisection %d is over with this; its log is '%s'", other->number,
			      other->path);
	err_free(err);
}

/* `series`: whose patches the suspects are, or NULL. */
static ERR_CHECK begin(const struct bisect_words *words, const char *bad,
		       const struct strvec *goods, const char *series, struct bisect **bisect)
{
	CLEANUP(release_beginning) struct beginning beginning = { .words = words };
	OWNED_JSON *start = json_object();
	FILE_LOCK lock = FILE_LOCK_NONE;
	OWNED_STR lock_path = NULL;
	OWNED_STR home = NULL;

	TRY(bisect_home(words->run, &home));
	lock_path = xasprintf("%s/bisect/lock", home);
	TRY(file_lock(lock_path, "the bisection", false, &lock));
	TRY(open_repo(&beginning));
	store_set(start, "event", json_string("start"));
	store_set(start, "schema", json_integer(STORE_SCHEMA));
	store_set(start, "at", now());
	store_set(start, "repo", store_text(repo_git_dir(beginning.repo)));
	store_set(start, "delta", json_real(words->error));
	store_set(start, "fixes", json_boolean(words->fixes));
	store_set(start, "likely", tree_paths(&words->likely));
	store_set(start, "series", store_text(series));
	TRY(set_ends(&beginning, bad, goods, start));
	TRY(make_test(&beginning, start));
	warn_of_another(home);
	return bisect_begin(home, start, bisect);
}

ERR_CHECK bisect_verb_start(const struct bisect_words *words)
{
	STRVEC goods = { 0 };
	BISECT bisect = NULL;

	for (size_t i = 0; i < words->goods.count; i++)
		strvec_push(&goods, words->goods.items[i]);
	for (size_t i = 0; i < words->args.count; i++)
		strvec_push(&goods, words->args.items[i]);
	if (!words->bad || !goods.count)
		return err_hint(err_input("a bisection needs a bad and a good revision"),
				"farrier bisect start --bad REV --good REV -- CMD");
	TRY(begin(words, words->bad, &goods, NULL, &bisect));
	return bisect_print(words->run, bisect);
}

/* The branch's commit with what the series needs, or with the series, too. */
static ERR_CHECK carry(const struct beginning *beginning, const struct branch *branch,
		       const char *name, bool itself, char id[OID_HEX_SIZE])
{
	STACK_LAYERS layers = { 0 };
	STACK stack = { 0 };

	TRY(stack_layers_add_below(&beginning->workspace, name, &layers));
	if (itself)
		TRY(stack_layers_add(&beginning->workspace, name, &layers));
	TRY(stack_carry(beginning->repo, branch, &layers, &stack));
	git_oid_tostr(id, OID_HEX_SIZE, &stack.tip);
	if (!stack.complete) {
		OWNED_STR problem = stack_problem(&stack);

		return err_hint(err_input("'%s' does not fit %s: %s", name, branch->name, problem),
				"'farrier port %s --onto %s' shows all of it", name, branch->name);
	}
	return NULL;
}

ERR_CHECK bisect_verb_series(const struct bisect_words *words)
{
	CLEANUP(release_beginning) struct beginning beginning = { .words = words };
	char without[OID_HEX_SIZE], with[OID_HEX_SIZE];
	STRVEC goods = { 0 };
	BRANCH branch = { 0 };
	BISECT bisect = NULL;

	if (words->args.count != 1 || !words->branch)
		return err_hint(err_input("name one series, and the branch with --branch"),
				"farrier bisect series NAME --branch BRANCH --machine M");
	if (words->bad || words->goods.count || words->repo)
		return err_input("the ends are the branch without and with the series");
	TRY(open_repo(&beginning));
	if (!beginning.has_workspace)
		return err_hint(err_input("a series is in a workspace"),
				"'farrier init DIR' makes one, -C DIR names one");
	TRY(target_read_branch(&beginning.workspace, words->branch, &branch));
	TRY(carry(&beginning, &branch, words->args.items[0], false, without));
	TRY(carry(&beginning, &branch, words->args.items[0], true, with));
	strvec_push(&goods, words->fixes ? with : without);
	TRY(begin(words, words->fixes ? without : with, &goods, words->args.items[0], &bisect));
	return bisect_print(words->run, bisect);
}

#define MOST_LOG ((size_t)64 << 20)

/* A log is taken whole or not at all. */
static ERR_CHECK check_revisions(const struct bisect_words *words,
				 const struct bisect_replay *replay)
{
	CLEANUP(release_beginning) struct beginning beginning = { .words = words };
	size_t index;
	json_t *event;

	TRY(open_repo(&beginning));
	json_array_foreach (replay->events, index, event) {
		git_oid commit;

		TRY(repo_resolve(beginning.repo, store_get_string(event, "commit", ""), &commit));
	}
	return NULL;
}

ERR_CHECK bisect_verb_replay(const struct bisect_words *words)
{
	CLEANUP(bisect_replay_release) struct bisect_replay replay = { 0 };
	struct bisect_words as_logged = *words;
	STRBUF text = { 0 };
	BISECT bisect = NULL;

	if (words->args.count != 1)
		return err_input("'farrier bisect replay' takes one log, or '-'");
	TRY(file_read(words->args.items[0], MOST_LOG, &text));
	TRY(bisect_replay_read(words->args.items[0], &text, &replay));
	TRY(check_revisions(words, &replay));
	as_logged.fixes |= replay.fixes;
	TRY(begin(&as_logged, replay.bad, &replay.goods, NULL, &bisect));
	TRY(bisect_replay_take(bisect, &replay));
	return bisect_print(words->run, bisect);
}
