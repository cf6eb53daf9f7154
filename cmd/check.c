// SPDX-License-Identifier: GPL-2.0
#include "cache/cache.h"
#include "check_print.h"

enum { KEY_NO_BUILD = 0x200, KEY_NO_LINT, KEY_STRICT };

static const struct argp_option option_table[] = {
	{ "no-build", KEY_NO_BUILD, NULL, 0, "Only look at the patches", 1 },
	{ "no-lint", KEY_NO_LINT, NULL, 0, "Only carry and build them", 1 },
	{ "strict", KEY_STRICT, NULL, 0, "Find matters of taste, too; warnings are faults", 1 },
	{ 0 },
};

struct words {
	const char *series;
	struct strvec branches;
	bool no_build, no_lint, strict;
};

static void release_words(struct words *words)
{
	strvec_release(&words->branches);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	switch (key) {
	case KEY_NO_BUILD:
		words->no_build = true;
		return 0;
	case KEY_NO_LINT:
		words->no_lint = true;
		return 0;
	case KEY_STRICT:
		words->strict = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!words->series)
			words->series = arg;
		else
			strvec_push_new(&words->branches, arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the series");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static ERR_CHECK run_check(struct run *run, const struct words *words)
{
	struct check_request request = { .series = words->series,
					 .lint = !words->no_lint,
					 .build = !words->no_build,
					 .strict = words->strict };
	WORKSPACE workspace = { 0 };
	STRVEC branches = { 0 };
	STRVEC series = { 0 };
	CHECK check = { 0 };
	REPO repo = NULL;

	TRY(cmd_workspace(run, &workspace));
	TRY(workspace_repo(&workspace, &repo));
	strvec_push(&series, words->series);
	TRY(target_choose_branches(&workspace, repo, &series, &words->branches, &branches));
	request.workspace = &workspace;
	request.repo = repo;
	request.branches = &branches;
	TRY(check_run(&request, &check));
	if (request.build)
		cache_keep_limit(&workspace, run->started);
	if (run->json) {
		OWNED_JSON *json = check_json(&check);

		out_json(json);
	} else {
		check_print(run, &request, &check);
	}
	if (!check_is_clean(&check, words->strict))
		run->exit_code = EXIT_BAD;
	return NULL;
}

const struct err *cmd_check(struct run *run, int argc, char **argv)
{
	CLEANUP(release_words) struct words words = { 0 };
	struct cmd_options options = {
		.options = option_table,
		.parse = parse,
		.args = "SERIES [BRANCH]...",
		.doc = "Looks at every patch of SERIES and builds the tree behind each, on every "
		       "filled branch or on those named.",
		.input = &words
	};

	cmd_parse(run, &options, argc, argv);
	return run_check(run, &words);
}
