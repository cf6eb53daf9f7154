// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "core/loop.h"
#include "judge/judge.h"
#include "out.h"

#define READ_SIZE ((size_t)256 << 10)

/* Of a log that is followed: what still comes behind a deciding line, and behind a clean end. */
#define SETTLE_SECONDS 0.5
#define FOLLOW_MS      100

struct options {
	struct judge_settings settings;
	struct strvec logs;
	bool follow;
};

/* How far a log is read. */
struct reading {
	const char *name;
	int fd;
	bool follow;
	struct judge *judge;
	double changed; /* when something came that may be the last */
	bool over;	/* decided, or ended */
};

static void ignore_kind(struct options *options, const char *name, struct argp_state *state)
{
	enum event_kind kind;

	if (!verdict_kind_from_name(name, &kind))
		argp_error(state, "no kind '%s'; the man page lists them", name);
	options->settings.ignore[kind] = true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'i':
		ignore_kind(options, arg, state);
		return 0;
	case 'f':
		options->follow = true;
		return 0;
	case ARGP_KEY_ARG:
		strvec_push(&options->logs, arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name a log, or '-' for standard input");
		return 0;
	case ARGP_KEY_END:
		if (options->follow && options->logs.count > 1)
			argp_error(state, "one log at a time can be followed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Waits a moment for more, and says whether to read; a file at its end is always readable. */
static bool wait_for_more(const struct reading *reading, bool at_end)
{
	const struct timespec moment = { .tv_nsec = FOLLOW_MS * 1000000L };
	struct pollfd pipe = { .fd = reading->fd, .events = POLLIN };

	if (!at_end)
		return poll(&pipe, 1, FOLLOW_MS) > 0;
	nanosleep(&moment, NULL);
	return true;
}

static void note_bytes(struct reading *reading)
{
	bool over = judge_is_decided(reading->judge);

	/* a decision stands, but behind a clean end the kernel may still have something to say */
	if (!reading->over || !over)
		reading->changed = loop_now();
	reading->over = over || judge_saw_end(reading->judge);
}

static bool is_settled(const struct reading *reading)
{
	return reading->over && loop_now() - reading->changed >= SETTLE_SECONDS;
}

/* The end of a pipe is the end; a file that is followed may grow. */
static bool may_grow(const struct reading *reading)
{
	return reading->follow && lseek(reading->fd, 0, SEEK_CUR) >= 0;
}

static ERR_CHECK read_log(struct reading *reading)
{
	OWNED_STR buffer = xmalloc(READ_SIZE);
	bool grows = may_grow(reading);
	ssize_t got = 1;

	while (got != 0 || grows) {
		TRY(interrupt_check());
		if (reading->follow && is_settled(reading))
			break;
		if (reading->follow && !wait_for_more(reading, got == 0))
			continue;
		got = read(reading->fd, buffer, READ_SIZE);
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return err_errno("cannot read '%s'", reading->name);
		if (got > 0) {
			judge_feed(reading->judge, buffer, (size_t)got);
			note_bytes(reading);
		}
	}
	judge_end(reading->judge, JUDGE_LOG_ENDS, NULL);
	return NULL;
}

static ERR_CHECK judge_log(const char *path, bool follow, struct judge *judge)
{
	struct reading reading = { .name = path, .follow = follow, .judge = judge };
	OWNED_FD fd = -1;

	if (str_equal(path, "-")) {
		reading.name = "standard input";
		reading.fd = STDIN_FILENO;
		return read_log(&reading);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_input("there is no log '%s'", path);
	if (fd < 0)
		return err_errno("cannot open '%s'", path);
	reading.fd = fd;
	return read_log(&reading);
}

static const struct {
	enum out_color color;
	int exit_code;
	int badness; /* of several logs, the worst decides */
} meaning[] = {
	[VERDICT_GOOD] = { OUT_GOOD, EXIT_GOOD, 0 },
	[VERDICT_UNKNOWN] = { OUT_WARN, EXIT_INCONCLUSIVE, 1 },
	[VERDICT_INFRA] = { OUT_WARN, EXIT_LAB, 2 },
	[VERDICT_BAD] = { OUT_BAD, EXIT_BAD, 3 },
};

static const char *why_unknown(const struct judge *judge)
{
	if (judge_count(judge, EVENT_TEST_PASS))
		return "the test passed, but the log has no clean end";
	if (judge_saw_end(judge))
		return "a clean end, but no result of a test";
	return "the log ends without a result";
}

static void print_log(const struct run *run, const char *path, const struct judge *judge)
{
	enum verdict verdict = judge_verdict(judge);
	const struct event *cause = judge_cause(judge);
	STRBUF line = { 0 };

	strbuf_addf(&line, "%s: %s", path, verdict_name(verdict));
	if (verdict == VERDICT_BAD)
		strbuf_addf(&line, "  %s  line %llu: %s", verdict_kind_name(cause->kind),
			    (unsigned long long)cause->line, cause->text);
	else if (verdict == VERDICT_INFRA)
		strbuf_addf(&line, "  %s", judge_infra(judge));
	else if (verdict == VERDICT_UNKNOWN)
		strbuf_addf(&line, "  %s", why_unknown(judge));
	out_line(run, meaning[verdict].color, "%s", line.buf);
}

static void print_events(const struct run *run, const struct judge *judge)
{
	struct out_table *table = out_table_new();
	size_t count;
	const struct event *events = judge_events(judge, &count);

	for (size_t i = 0; i < count; i++) {
		const struct event *event = &events[i];

		out_table_number(table, OUT_DIM, "%llu", (unsigned long long)event->line);
		out_table_cell(table, OUT_PLAIN, "%s", verdict_kind_name(event->kind));
		if (event->cpu == EVENT_NO_CPU)
			out_table_cell(table, OUT_DIM, "%s", "");
		else
			out_table_cell(table, OUT_DIM, "CPU %d", event->cpu);
		out_table_cell(table, OUT_PLAIN, "%s", event->text);
		out_table_end_row(table);
	}
	out_table_print(run, table, 2);
}

static json_t *log_json(const char *path, const struct judge *judge)
{
	OWNED_JSON *rest = judge_json(judge);
	json_t *json = json_object();

	store_set(json, "file", store_text(path));
	json_object_update(json, rest);
	return json;
}

/* All logs, and what came of them. */
struct tally {
	enum verdict worst;
	json_t *logs, *errors;	 /* borrowed */
	const struct err *error; /* the texts of all; NULL when every log could be read */
};

/* Takes `err`. */
static void add_error(struct tally *tally, const char *path, const struct err *err)
{
	const struct err *before = tally->error;
	json_t *json = json_object();

	store_set(json, "file", store_text(path));
	store_set(json, "text", store_text(err->text));
	json_array_append_new(tally->errors, json);
	if (!before) {
		tally->error = err;
		return;
	}
	tally->error = before->kind == ERR_ENV || err->kind == ERR_ENV
			       ? err_env("%s; %s", before->text, err->text)
			       : err_input("%s; %s", before->text, err->text);
	err_free(before);
	err_free(err);
}

static ERR_CHECK one_log(struct run *run, const struct options *options, const char *path,
			 struct tally *tally)
{
	JUDGE judge = judge_new(&options->settings);
	const struct err *err = judge_log(path, options->follow, judge);
	enum verdict verdict = judge_verdict(judge);

	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	if (err) {
		add_error(tally, path, err);
		return NULL;
	}
	if (meaning[verdict].badness > meaning[tally->worst].badness)
		tally->worst = verdict;
	if (run->json) {
		json_array_append_new(tally->logs, log_json(path, judge));
		return NULL;
	}
	print_log(run, path, judge);
	if (run->verbose)
		print_events(run, judge);
	return NULL;
}

/* One that cannot be read keeps nobody from the others. */
static ERR_CHECK every_log(struct run *run, const struct options *options)
{
	OWNED_JSON *json = json_object();
	struct tally tally = { .logs = json_array(), .errors = json_array() };

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "logs", tally.logs);
	store_set(json, "errors", tally.errors);
	for (size_t i = 0; i < options->logs.count; i++) {
		const struct err *err = one_log(run, options, options->logs.items[i], &tally);

		if (err)
			err_free(tally.error);
		TRY(err);
	}
	if (run->json)
		out_json(json);
	run->exit_code = meaning[tally.worst].exit_code;
	return tally.error;
}

const struct err *cmd_judge(struct run *run, int argc, char **argv)
{
	static const struct argp_option own[] = {
		{ "ignore", 'i', "KIND", 0, "List events of this kind, but do not call them BAD",
		  0 },
		{ "follow", 'f', NULL, 0,
		  "Wait at the log's end for more, until a line decides or the machine is off", 0 },
		{ 0 },
	};
	struct options options = { 0 };
	struct cmd_options words = {
		.options = own,
		.parse = parse,
		.args = "LOG...",
		.doc = "Judges console logs: names what happened, and the line "
		       "that says so.",
		.input = &options
	};
	const struct err *err;

	cmd_parse(run, &words, argc, argv);
	err = every_log(run, &options);
	strvec_release(&options.logs);
	return err;
}
