// SPDX-License-Identifier: GPL-2.0
/* lab.c - 'farrier lab': a LAVA lab by hand. */
#include "base/progress.h"
#include "core/file.h"
#include "lab/lab_job.h"
#include "out.h"

enum { KEY_MACHINE = 0x200 };

#define MAX_DEFINITION ((size_t)4 << 20)
/* A person waits. */
#define PATIENCE 30.0

static const struct argp_option lab_options[] = {
	{ "machine", KEY_MACHINE, "M", 0, "In the lab of this machine", 0 },
	{ "follow", 'f', NULL, 0, "logs: go on until the job ends", 0 },
	{ 0 },
};

struct words {
	const char *verb, *machine;
	const char *what; /* FILE or JOB */
	bool follow;
};

/* What is done with the open lab. */
struct visit {
	struct run *run;
	const struct words *words;
	struct machine_conf conf;
	struct lab *lab;
	int64_t job; /* 0: the verb takes none */
};

static void release_visit(struct visit *visit)
{
	lab_free(visit->lab);
	target_release_machine(&visit->conf);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	switch (key) {
	case KEY_MACHINE:
		words->machine = arg;
		return 0;
	case 'f':
		words->follow = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!words->verb)
			words->verb = arg;
		else if (!words->what)
			words->what = arg;
		else
			argp_error(state, "'%s' is one word too many", arg);
		return 0;
	case ARGP_KEY_END:
		if (!words->verb)
			argp_error(state, "say 'devices', 'submit', 'wait', 'logs' or 'cancel'");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The only machine in a lab, when none is named. */
static ERR_CHECK choose_machine(const struct workspace *workspace, struct visit *visit)
{
	STRVEC names = { 0 };
	STRVEC labs = { 0 };
	STRBUF list = { 0 };

	if (visit->words->machine)
		return target_read_machine(workspace, visit->words->machine, &visit->conf);
	TRY(target_machines(workspace, &names));
	for (size_t i = 0; i < names.count; i++) {
		MACHINE_CONF conf = { 0 };

		TRY(target_read_machine(workspace, names.items[i], &conf));
		if (!*conf.lab.url)
			continue;
		strbuf_addf(&list, "%s%s", labs.count ? ", " : "", names.items[i]);
		strvec_push(&labs, names.items[i]);
	}
	if (labs.count == 1)
		return target_read_machine(workspace, labs.items[0], &visit->conf);
	if (labs.count)
		return err_hint(err_input("there are several machines in labs"),
				"say which with --machine: %s", strbuf_str(&list));
	return err_hint(err_input("kernels/machines has no machine in a lab"),
			"farrier-lab(1) shows how to write one");
}

static ERR_CHECK ask(const struct visit *visit, const char *path, struct lab_reply *reply)
{
	struct lab_request request = { .method = HTTP_GET, .path = path };

	return lab_ask(visit->lab, &request, PATIENCE, reply);
}

/* --- devices --- */

static enum out_color health_color(const char *health)
{
	if (str_equal(health, "Good"))
		return OUT_GOOD;
	return str_equal(health, "Bad") || str_equal(health, "Looping") ? OUT_BAD : OUT_WARN;
}

static void print_devices(const struct run *run, const json_t *devices, int queued)
{
	struct out_table *table = out_table_new();
	const json_t *device;
	size_t i;

	json_array_foreach (devices, i, device) {
		const char *health = store_get_string(device, "health", "");

		out_table_cell(table, OUT_BOLD, "%s", store_get_string(device, "hostname", ""));
		out_table_cell(table, OUT_PLAIN, "%s", store_get_string(device, "device_type", ""));
		out_table_cell(table, OUT_PLAIN, "%s", store_get_string(device, "state", ""));
		out_table_cell(table, health_color(health), "%s", health);
		out_table_end_row(table);
	}
	out_table_print(run, table, 0);
	out_line(run, OUT_PLAIN, "%d job%s in the queue", queued, queued == 1 ? "" : "s");
}

static ERR_CHECK devices(struct visit *visit)
{
	static const char *const shown[] = { "hostname", "device_type", "state", "health" };
	OWNED_JSON *json = json_object();
	json_t *list = json_array(), *device;
	LAB_REPLY answer = { 0 };
	LAB_REPLY queue = { 0 };
	size_t i;

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "devices", list);
	TRY(ask(visit, "devices/?limit=1000", &answer));
	TRY(ask(visit, "jobs/?state=Submitted&limit=1", &queue));
	json_array_foreach (json_object_get(answer.json, "results"), i, device) {
		json_t *row = json_object();

		for (size_t j = 0; j < ARRAY_SIZE(shown); j++)
			store_set(row, shown[j],
				  store_text(store_get_string(device, shown[j], "")));
		json_array_append_new(list, row);
	}
	store_set(json, "queued", json_integer(store_get_int(queue.json, "count", 0)));
	if (visit->run->json)
		out_json(json);
	else
		print_devices(visit->run, list, store_get_int(queue.json, "count", 0));
	return NULL;
}

/* --- submit --- */

static ERR_CHECK submit(struct visit *visit)
{
	OWNED_JSON *body = json_object();
	OWNED_JSON *result = json_object();
	struct lab_request request = { .method = HTTP_POST, .path = "jobs/", .body = body };
	STRBUF text = { 0 };
	LAB_REPLY reply = { 0 };
	json_t *ids;

	TRY(file_read(visit->words->what, MAX_DEFINITION, &text));
	store_set(body, "definition", store_string(strbuf_str(&text), text.len));
	/* Once: what was answered to nobody may have been done. */
	TRY(err_hint(lab_ask(visit->lab, &request, 0, &reply),
		     "before you try again, see whether the lab has it after all"));
	ids = json_object_get(reply.json, "job_ids");
	if (!json_array_size(ids))
		return err_hint(err_env("the lab's answer names no job"),
				"it may have taken it all the same: 'farrier lab devices' says "
				"how many wait");
	store_set(result, "schema", json_integer(STORE_SCHEMA));
	store_set(result, "jobs", json_incref(ids));
	if (visit->run->json) {
		out_json(result);
		return NULL;
	}
	for (size_t i = 0; i < json_array_size(ids); i++) {
		OWNED_STR id = json_dumps(json_array_get(ids, i), JSON_ENCODE_ANY);

		out_line(visit->run, OUT_PLAIN, "job %s", id);
	}
	return NULL;
}

/* --- wait and logs --- */

struct following {
	struct visit *visit;
	struct progress *progress;
	bool print, done;
	enum lab_how how;
	char *words;
};

static const struct err *on_known(void *data, int64_t id, bool uncertain)
{
	(void)data;
	(void)id;
	(void)uncertain;
	return NULL;
}

static const struct err *on_state(void *data, const char *text)
{
	struct following *following = data;

	progress_update(following->progress, "%s", text);
	/* One that waits printed nothing yet. */
	if (following->print && !following->visit->words->follow && strstr(text, " waits"))
		following->done = true;
	return NULL;
}

static const struct err *on_entry(void *data, const struct lab_entry *entry)
{
	struct following *following = data;
	STRBUF line = { 0 };

	if (!following->print || entry->level != LAB_CONSOLE)
		return NULL;
	lab_console_line(entry, &line);
	out_line(following->visit->run, OUT_PLAIN, "%.*s", (int)line.len, strbuf_str(&line));
	fflush(stdout);
	return NULL;
}

static const struct err *on_heard(void *data, double until, bool deaf)
{
	struct following *following = data;

	(void)until;
	(void)deaf;
	if (following->print && !following->visit->words->follow)
		following->done = true;
	return NULL;
}

static const struct err *on_end(void *data, const struct lab_end *end)
{
	struct following *following = data;

	following->done = true;
	following->how = end->how;
	following->words = xstrdup(end->words);
	return NULL;
}

static void release_following(struct following *following)
{
	progress_drop(&following->progress);
	free(following->words);
}

static ERR_CHECK follow(struct following *following)
{
	struct lab_job_spec spec = { .tag = "", .id = following->visit->job };
	struct lab_job_watcher watcher = { .on_known = on_known,
					   .on_state = on_state,
					   .on_entry = on_entry,
					   .on_heard = on_heard,
					   .on_end = on_end,
					   .data = following };
	LOOP loop = loop_new();
	struct lab_job *job = NULL;
	const struct err *err;

	following->progress = progress_begin(0, "job %lld", (long long)following->visit->job);
	TRY(lab_job_start(following->visit->lab, loop, &spec, &watcher, &job));
	err = loop_run(loop, &following->done);
	lab_job_free(job);
	return err;
}

static ERR_CHECK wait(struct visit *visit)
{
	static const char *const names[] = { [LAB_COMPLETE] = "complete",
					     [LAB_INCOMPLETE] = "incomplete",
					     [LAB_TIMED_OUT] = "timed-out",
					     [LAB_CANCELED] = "cancelled",
					     [LAB_LOST] = "lost" };
	CLEANUP(release_following) struct following following = { .visit = visit };
	OWNED_JSON *json = json_object();

	TRY(follow(&following));
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "job", json_integer(visit->job));
	store_set(json, "end", json_string(names[following.how]));
	store_set(json, "words", store_text(following.words));
	progress_drop(&following.progress);
	if (visit->run->json)
		out_json(json);
	else
		out_line(visit->run, following.how == LAB_COMPLETE ? OUT_GOOD : OUT_BAD,
			 "job %lld: %s%s%s", (long long)visit->job, names[following.how],
			 *following.words ? ": " : "", following.words);
	visit->run->exit_code = following.how == LAB_COMPLETE ? EXIT_GOOD
				: following.how == LAB_INCOMPLETE || following.how == LAB_TIMED_OUT
					? EXIT_BAD
					: EXIT_LAB;
	return NULL;
}

static ERR_CHECK logs(struct visit *visit)
{
	CLEANUP(release_following) struct following following = { .visit = visit, .print = true };

	TRY(follow(&following));
	if (following.words && following.how == LAB_LOST)
		return err_env("job %lld: %s", (long long)visit->job, following.words);
	return NULL;
}

/* --- cancel --- */

static ERR_CHECK cancel(struct visit *visit)
{
	OWNED_STR path = xasprintf("jobs/%lld/cancel/", (long long)visit->job);
	LAB_REPLY reply = { 0 };

	TRY(ask(visit, path, &reply));
	if (visit->run->json) {
		OWNED_JSON *json = json_object();

		store_set(json, "schema", json_integer(STORE_SCHEMA));
		store_set(json, "job", json_integer(visit->job));
		out_json(json);
		return NULL;
	}
	out_line(visit->run, OUT_PLAIN, "job %lld is cancelled", (long long)visit->job);
	return NULL;
}

static const struct {
	const char *name, *takes;
	const struct err *(*visit)(struct visit *visit);
} verbs[] = {
	{ "devices", NULL, devices }, { "submit", "FILE", submit }, { "wait", "JOB", wait },
	{ "logs", "JOB", logs },      { "cancel", "JOB", cancel },
};

/* "12", or of a multinode job's first part "12.0"; the other parts have numbers of their own. */
static ERR_CHECK read_job(const char *text, int64_t *job)
{
	char *end;

	*job = strtoll(text, &end, 10);
	if (*job > 0 && (!*end || str_equal(end, ".0")))
		return NULL;
	return err_input("'%s' is no number of a job", text);
}

static ERR_CHECK do_verb(struct visit *visit, const struct workspace *workspace)
{
	const struct words *words = visit->words;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!str_equal(verbs[i].name, words->verb))
			continue;
		if (!verbs[i].takes != !words->what)
			return words->what ? err_input("'lab %s' takes no '%s'", words->verb,
						       words->what)
					   : err_input("'lab %s' takes a %s", words->verb,
						       verbs[i].takes);
		if (verbs[i].takes && str_equal(verbs[i].takes, "JOB"))
			TRY(read_job(words->what, &visit->job));
		TRY(choose_machine(workspace, visit));
		TRY(lab_open(&visit->conf, &visit->lab));
		return verbs[i].visit(visit);
	}
	return err_hint(err_input("there is no 'farrier lab %s'", words->verb),
			"there are devices, submit, wait, logs and cancel");
}

const struct err *cmd_lab(struct run *run, int argc, char **argv)
{
	struct words words = { 0 };
	struct cmd_options options = {
		.options = lab_options,
		.parse = parse,
		.args = "devices\nsubmit FILE\nwait JOB\nlogs [-f] JOB\ncancel JOB",
		.doc = "Asks the LAVA lab of a machine: its devices, and jobs by hand.",
		.input = &words
	};
	CLEANUP(release_visit) struct visit visit = { .run = run, .words = &words };
	WORKSPACE workspace = { 0 };

	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	return do_verb(&visit, &workspace);
}
