// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "judge/judge.h"
#include "out.h"

#define READ_SIZE ((size_t)256 << 10)

struct options {
	struct judge_settings settings;
	struct strvec logs;
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
	case ARGP_KEY_ARG:
		strvec_push(&options->logs, arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name a log, or '-' for standard input");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static ERR_CHECK read_log(const char *path, int fd, struct judge *judge)
{
	OWNED_STR buffer = xmalloc(READ_SIZE);
	ssize_t got;

	while ((got = read(fd, buffer, READ_SIZE)) != 0) {
		TRY(interrupt_check());
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno("cannot read '%s'", path);
		judge_feed(judge, buffer, (size_t)got);
	}
	judge_end(judge, JUDGE_LOG_ENDS, NULL);
	return NULL;
}

static ERR_CHECK judge_log(const char *path, struct judge *judge)
{
	OWNED_FD fd = -1;

	if (str_equal(path, "-"))
		return read_log("standard input", STDIN_FILENO, judge);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_input("there is no log '%s'", path);
	if (fd < 0)
		return err_errno("cannot open '%s'", path);
	return read_log(path, fd, judge);
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

static ERR_CHECK one_log(struct run *run, const struct options *options, const char *path,
			 json_t *logs, enum verdict *worst)
{
	JUDGE judge = judge_new(&options->settings);
	enum verdict verdict;

	TRY(judge_log(path, judge));
	verdict = judge_verdict(judge);
	if (meaning[verdict].badness > meaning[*worst].badness)
		*worst = verdict;
	if (run->json) {
		json_array_append_new(logs, log_json(path, judge));
		return NULL;
	}
	print_log(run, path, judge);
	if (run->verbose)
		print_events(run, judge);
	return NULL;
}

static ERR_CHECK every_log(struct run *run, const struct options *options)
{
	enum verdict worst = VERDICT_GOOD;
	OWNED_JSON *json = json_object();
	json_t *logs = json_array();

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "logs", logs);
	for (size_t i = 0; i < options->logs.count; i++)
		TRY(one_log(run, options, options->logs.items[i], logs, &worst));
	if (run->json)
		out_json(json);
	run->exit_code = meaning[worst].exit_code;
	return NULL;
}

const struct err *cmd_judge(struct run *run, int argc, char **argv)
{
	static const struct argp_option own[] = {
		{ "ignore", 'i', "KIND", 0, "List events of this kind, but do not call them BAD",
		  0 },
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
