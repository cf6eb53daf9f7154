// SPDX-License-Identifier: GPL-2.0
/* verify.c - the A/B experiment: options, and what is made of all branches together. */
#include "cache/cache.h"
#include "pipeline/pipeline.h"
#include "out.h"
#include "verify_table.h"

enum { KEY_ONTO = 0x200, KEY_MODEL, KEY_MACHINE, KEY_CPUS, KEY_SECONDS, KEY_BOOTS, KEY_BISECT };

#define DEFAULT_SECONDS 10

static const struct argp_option option_table[] = {
	{ "onto", KEY_ONTO, "BRANCH", 0, "On this branch only; repeatable", 1 },
	{ "model", KEY_MODEL, "SERIES", 0,
	  "Compile this model in, and turn it on by its boot parameter", 1 },
	{ "machine", KEY_MACHINE, "MACHINE", 0,
	  "Boot on this machine; repeatable (default: every emulator for the branch)", 1 },
	{ "cpus", KEY_CPUS, "N,N", 0, "Boot with so many CPUs (default: what the machine says)",
	  1 },
	{ "seconds", KEY_SECONDS, "N", 0, "Test for so long in each boot (default: 10)", 1 },
	{ "max-boots", KEY_BOOTS, "N", 0,
	  "Give up when N boots without the series are not enough (default: 15)", 1 },
	{ "git-bisect", KEY_BISECT, NULL, 0,
	  "Exit as git bisect run wants: 0 fixed, 1 not fixed, 125 neither, 128 broken", 1 },
	{ 0 },
};

struct words {
	struct run *run;
	const char *series, *model;
	struct strvec branches, machines, cpus;
	int seconds, max_boots;
};

static void release_words(struct words *words)
{
	strvec_release(&words->branches);
	strvec_release(&words->machines);
	strvec_release(&words->cpus);
}

static int parse_number(struct argp_state *state, const char *what, const char *text, int most)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*end || end == text || number < 1 || number > most)
		argp_error(state, "%s takes a number from 1 to %d, not '%s'", what, most, text);
	return (int)number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	switch (key) {
	case KEY_ONTO:
		strvec_push_new(&words->branches, arg);
		return 0;
	case KEY_MODEL:
		words->model = arg;
		return 0;
	case KEY_MACHINE:
		strvec_push(&words->machines, arg);
		return 0;
	case KEY_CPUS:
		strvec_split(&words->cpus, arg, ",");
		return 0;
	case KEY_SECONDS:
		words->seconds = parse_number(state, "--seconds", arg, 86400);
		return 0;
	case KEY_BOOTS:
		words->max_boots = parse_number(state, "--max-boots", arg, 1000);
		return 0;
	case KEY_BISECT:
		words->run->git_bisect = true;
		return 0;
	case ARGP_KEY_ARG:
		if (words->series)
			argp_error(state, "one series at a time");
		words->series = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the series");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static ERR_CHECK read_cpus(const struct words *words, int **cpus)
{
	*cpus = xcalloc(words->cpus.count, sizeof(**cpus));
	for (size_t i = 0; i < words->cpus.count; i++) {
		char *end;
		long count = strtol(words->cpus.items[i], &end, 10);

		if (*end || count < 1 || count > 4096)
			return err_input("'%s' is no number of CPUs", words->cpus.items[i]);
		(*cpus)[i] = (int)count;
	}
	return NULL;
}

/* Exit codes by answer; the worst branch decides. */
static const struct {
	int code, git_bisect, badness;
} answers[] = {
	[PIPELINE_FIXED] = { EXIT_GOOD, EXIT_GOOD, 0 },
	[PIPELINE_INCONCLUSIVE] = { EXIT_INCONCLUSIVE, EXIT_INCONCLUSIVE, 1 },
	[PIPELINE_NOT_PORTED] = { EXIT_BAD, EXIT_INCONCLUSIVE, 2 },
	[PIPELINE_NOT_BUILT] = { EXIT_BAD, EXIT_INCONCLUSIVE, 3 },
	[PIPELINE_NOT_FIXED] = { EXIT_BAD, EXIT_BAD, 4 },
};

static bool any_was_built(const struct pipeline_verified *verified)
{
	for (int i = 0; i < PIPELINE_KERNELS; i++)
		if (*verified->builds[i].key && !verified->builds[i].reused)
			return true;
	return false;
}

static ERR_CHECK verify_branches(struct run *run, const struct strvec *branches,
				 struct pipeline_verify_request *request, json_t *list)
{
	enum pipeline_answer worst = PIPELINE_FIXED;

	for (size_t i = 0; i < branches->count; i++) {
		PIPELINE_VERIFIED verified = { 0 };

		request->branch = branches->items[i];
		TRY(pipeline_verify(request, &verified));
		if (any_was_built(&verified))
			cache_keep_limit(request->workspace, run->started);
		json_array_append_new(list, pipeline_verified_json(&verified));
		if (!run->json)
			verify_table_print(run, request, &verified);
		if (answers[verified.answer].badness > answers[worst].badness)
			worst = verified.answer;
	}
	run->exit_code = run->git_bisect ? answers[worst].git_bisect : answers[worst].code;
	return NULL;
}

static ERR_CHECK run_verify(struct run *run, struct words *words)
{
	struct pipeline_verify_request request = { .series = words->series,
						   .model = words->model,
						   .machines = &words->machines,
						   .cpu_count = words->cpus.count,
						   .seconds = words->seconds,
						   .plan = verify_default_plan };
	const struct err *err;
	WORKSPACE workspace = { 0 };
	STRVEC branches = { 0 };
	STRVEC series = { 0 };
	OWNED_JSON *json = json_object();
	CLEANUP(free_ptr) int *cpus = NULL;
	REPO repo = NULL;

	TRY(cmd_workspace(run, &workspace));
	TRY(workspace_repo(&workspace, &repo));
	TRY(read_cpus(words, &cpus));
	strvec_push(&series, words->series);
	if (words->model)
		strvec_push(&series, words->model);
	TRY(target_choose_branches(&workspace, repo, &series, &words->branches, &branches));
	request.workspace = &workspace;
	request.repo = repo;
	request.cpus = cpus;
	if (words->max_boots)
		request.plan.max_boots = words->max_boots;
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "series", store_text(words->series));
	store_set(json, "model", store_text(words->model));
	store_set(json, "branches", json_array());
	err = verify_branches(run, &branches, &request, json_object_get(json, "branches"));
	/* What was found out before a branch failed is not lost. */
	if (run->json && (!err || json_array_size(json_object_get(json, "branches"))))
		out_json(json);
	return err;
}

const struct err *cmd_verify(struct run *run, int argc, char **argv)
{
	CLEANUP(release_words) struct words words = { .run = run, .seconds = DEFAULT_SECONDS };
	struct cmd_options options = {
		.options = option_table,
		.parse = parse,
		.args = "SERIES",
		.doc = "Builds each branch without and with SERIES, boots both "
		       "until it is clear whether the bug is gone.",
		.input = &words
	};

	cmd_parse(run, &options, argc, argv);
	return run_verify(run, &words);
}
