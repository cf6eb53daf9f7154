// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/file.h"
#include "bisect.h"
#include "out.h"
#include "report/report.h"

/* A format is a line here, and its function in lib/report. */
static const struct format {
	const char *name;
	ERR_CHECK (*write)(const struct report *report, struct strbuf *out);
} formats[] = {
	{ "text", report_text }, { "json", report_json },   { "junit", report_junit },
	{ "ktap", report_ktap }, { "kcidb", report_kcidb }, { "html", report_html },
};

enum {
	KEY_MATRIX = 256,
	KEY_ORIGIN,
	KEY_BISECT,
};

static const struct argp_option option_table[] = {
	{ "format", 'f', "FORMAT", 0,
	  "text, json, junit, ktap, kcidb or html (default: text, with --json json)", 1 },
	{ "output", 'o', "FILE", 0, "Write FILE instead of standard output", 1 },
	{ "matrix", KEY_MATRIX, "NAME", 0, "The newest run of this matrix", 1 },
	{ "bisect", KEY_BISECT, NULL, 0,
	  "The bisection that is under way here, not a run; text, json or html", 1 },
	{ "origin", KEY_ORIGIN, "NAME", 0, "Who submits, for kcidb (default: farrier)", 1 },
	{ 0 },
};

struct words {
	int number; /* of the run; 0: the newest */
	const char *matrix, *output, *origin;
	const struct format *format; /* NULL: the default */
	bool bisect;
};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (str_equal(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static void take_format(struct argp_state *state, struct words *words, const char *name)
{
	STRBUF names = { 0 };

	words->format = find_format(name);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", formats[i].name);
	if (!words->format)
		argp_error(state, "no format '%s'; there are: %s", name, names.buf);
}

static void take_number(struct argp_state *state, struct words *words, const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (words->number)
		argp_error(state, "one run at a time");
	if (!*text || *end || number < 1 || number > INT_MAX)
		argp_error(state, "'%s' is no number of a run", text);
	words->number = (int)number;
}

/* As the schema of KCIDB has it. */
static void take_origin(struct argp_state *state, struct words *words, const char *name)
{
	if (!*name || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
		argp_error(state, "an origin is of small letters, digits and '_', not '%s'", name);
	words->origin = name;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	switch (key) {
	case 'f':
		take_format(state, words, arg);
		return 0;
	case 'o':
		words->output = arg;
		return 0;
	case KEY_MATRIX:
		words->matrix = arg;
		return 0;
	case KEY_BISECT:
		words->bisect = true;
		return 0;
	case KEY_ORIGIN:
		take_origin(state, words, arg);
		return 0;
	case ARGP_KEY_ARG:
		take_number(state, words, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Of a terminal; 0 when standard output is none. */
static int terminal_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col < 40 ? 40 : size.ws_col;
}

static int exit_code_of(enum matrix_answer answer)
{
	switch (answer) {
	case MATRIX_ANSWER_GOOD:
		return EXIT_GOOD;
	case MATRIX_ANSWER_BAD:
		return EXIT_BAD;
	default:
		return EXIT_INCONCLUSIVE;
	}
}

static ERR_CHECK write_out(const struct words *words, const struct strbuf *text)
{
	if (words->output)
		return file_write(words->output, strbuf_str(text), text->len);
	fwrite(strbuf_str(text), 1, text->len, stdout);
	return NULL;
}

/* Text and JSON are what 'farrier bisect status' prints. */
static ERR_CHECK bisect_report(struct run *run, const struct words *words)
{
	const char *format = words->format ? words->format->name : run->json ? "json" : "text";
	bool html = str_equal(format, "html");
	OWNED_STR home = NULL;
	BISECT bisect = NULL;
	STRBUF text = { 0 };

	if (!html && !str_equal(format, "json") && !str_equal(format, "text"))
		return err_input("a bisection is reported as text, json or html, not as %s",
				 format);
	if (!html && words->output)
		return err_input("--output is for --format html here");
	TRY(bisect_home(run, &home));
	TRY(bisect_open(home, &bisect));
	run->json = str_equal(format, "json");
	if (!html)
		return bisect_print(run, bisect);
	TRY(report_bisect_html(bisect, strchr(argp_program_version, ' ') + 1, &text));
	return write_out(words, &text);
}

static ERR_CHECK run_report(struct run *run, const struct words *words)
{
	const struct format *format = words->format;
	struct report_settings settings = { .verbose = run->verbose, .origin = words->origin };
	WORKSPACE workspace = { 0 };
	REPORT report = { 0 };
	STRBUF text = { 0 };

	if (!format)
		format = find_format(run->json ? "json" : "text");
	if (!words->output) {
		settings.color = run->color;
		settings.columns = terminal_columns();
	}
	TRY(cmd_workspace(run, &workspace));
	TRY(report_open(&workspace, words->number, words->matrix, &settings, &report));
	TRY(format->write(&report, &text));
	TRY(write_out(words, &text));
	run->exit_code = exit_code_of(report.answer);
	return NULL;
}

const struct err *cmd_report(struct run *run, int argc, char **argv)
{
	struct words words = { 0 };
	struct cmd_options options = {
		.options = option_table,
		.parse = parse,
		.args = "[RUN]",
		.doc = "Reports a run of a matrix: what is clean and what is bad, with the "
		       "evidence. RUN is its number; the newest is the default.",
		.input = &words
	};

	cmd_parse(run, &options, argc, argv);
	return words.bisect ? bisect_report(run, &words) : run_report(run, &words);
}
