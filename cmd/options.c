// SPDX-License-Identifier: GPL-2.0
/* options.c - the global options, understood before and behind the verb. */
#include <stdio.h>
#include <unistd.h>

#include "base/progress.h"
#include "options.h"

enum { KEY_JSON = 0x100, KEY_COLOR };

static const struct argp_option global_options[] = {
	{ NULL, 'C', "DIR", 0, "Use the workspace at or above DIR", 100 },
	{ "verbose", 'v', NULL, 0, "Say more about what is done", 100 },
	{ "quiet", 'q', NULL, 0, "Say only warnings and errors", 100 },
	{ "json", KEY_JSON, NULL, 0, "Print the result as one JSON document", 100 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto, always or never (default: auto)", 100 },
	{ 0 },
};

static bool color_wanted(const char *when, struct argp_state *state)
{
	if (str_equal(when, "always"))
		return true;
	if (str_equal(when, "auto"))
		return options_color_auto();
	if (!str_equal(when, "never"))
		argp_error(state, "--color takes auto, always or never, not '%s'", when);
	return false;
}

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
	struct run *run = state->input;

	switch (key) {
	case 'C':
		run->folder = arg;
		return 0;
	case 'v':
		run->verbose = true;
		return 0;
	case 'q':
		run->quiet = true;
		return 0;
	case KEY_JSON:
		run->json = true;
		return 0;
	case KEY_COLOR:
		run->color = color_wanted(arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp options_global = { .options = global_options, .parser = parse_global };

bool options_color_auto(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term &&
	       !str_equal(term, "dumb");
}

void options_apply(const struct run *run)
{
	bool terminal = isatty(STDERR_FILENO);
	struct progress_settings settings = {
		.mode = run->quiet ? PROGRESS_QUIET
			: terminal ? PROGRESS_LIVE
				   : PROGRESS_LINES,
		.color = terminal && run->color,
		.verbose = run->verbose,
	};

	progress_setup(&settings);
}

/* A verb's parser runs with the verb's input; the global child gets the run. */
struct both {
	struct run *run;
	const struct cmd_options *options;
};

static error_t parse_verb(int key, char *arg, struct argp_state *state)
{
	struct both *both = state->input;
	error_t result;

	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = both->run;
		return 0;
	}
	if (!both->options->parse)
		return ARGP_ERR_UNKNOWN;
	state->input = both->options->input;
	result = both->options->parse(key, arg, state);
	state->input = both;
	return result;
}

void cmd_parse(struct run *run, const struct cmd_options *options, int argc, char **argv)
{
	struct argp_child children[] = {
		{ .argp = &options_global, .header = "Global options:", .group = 100 }, { 0 }
	};
	struct argp argp = { .options = options->options,
			     .parser = parse_verb,
			     .args_doc = options->args,
			     .doc = options->doc,
			     .children = children };
	struct both both = { run, options };

	argp_parse(&argp, argc, argv, 0, NULL, &both);
	options_apply(run);
}

ERR_CHECK cmd_workspace(const struct run *run, struct workspace *workspace)
{
	return workspace_find(run->folder, workspace);
}
