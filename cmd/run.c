// SPDX-License-Identifier: GPL-2.0
/* run.c - a whole matrix: options, what is told while it goes on, the exit code. */
#include <unistd.h>

#include "base/progress.h"
#include "cache/cache.h"
#include "out.h"
#include "pipeline/pipeline_run.h"
#include "run_board.h"
#include "run_table.h"

enum { KEY_DRY_RUN = 0x200, KEY_NO_WAIT };

#define DEFAULT_MATRIX "default"

static const struct argp_option option_table[] = {
	{ "dry-run", KEY_DRY_RUN, NULL, 0, "Only say what is there and what would be done", 1 },
	{ "no-wait", KEY_NO_WAIT, NULL, 0,
	  "Fail when another farrier boots in this workspace, instead of waiting for it", 1 },
	{ 0 },
};

struct words {
	const char *matrix;
	bool dry_run, no_wait;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	switch (key) {
	case KEY_DRY_RUN:
		words->dry_run = true;
		return 0;
	case KEY_NO_WAIT:
		words->no_wait = true;
		return 0;
	case ARGP_KEY_ARG:
		if (words->matrix)
			argp_error(state, "one matrix at a time");
		words->matrix = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static json_t *forecast_json(const struct pipeline_plan *plan)
{
	struct pipeline_forecast forecast = pipeline_plan_forecast(plan);
	json_t *json = json_object();

	store_set(json, "builds", json_integer(forecast.builds));
	store_set(json, "boots", json_real(forecast.boots));
	store_set(json, "make_cpu", json_real(forecast.make_cpu));
	store_set(json, "machine_cpu", json_real(forecast.machine_cpu));
	store_set(json, "wall", json_real(forecast.wall));
	store_set(json, "unknown_builds", json_integer(forecast.unknown_builds));
	store_set(json, "unknown_cells", json_integer(forecast.unknown_cells));
	return json;
}

static void print_plan(const struct run *run, const struct pipeline_plan *plan)
{
	OWNED_JSON *json = NULL;
	STRBUF text = { 0 };

	if (!run->json) {
		run_table_plan(run, plan);
		return;
	}
	json = matrix_run_json(&plan->run);
	store_set(json, "forecast", forecast_json(plan));
	matrix_run_print(&plan->run, json, &text);
	fwrite(text.buf, 1, text.len, stdout);
}

/* What the callbacks print to. */
struct teller {
	const struct run *run;
	const struct pipeline_plan *plan;
};

static const struct err *on_cell_done(void *data, const struct matrix_cell *cell)
{
	const struct teller *teller = data;

	/* The board shows it, and the tables will. */
	if (!teller->run->json && isatty(STDOUT_FILENO) && progress_is_live())
		return NULL;
	progress_clear();
	if (teller->run->json) {
		OWNED_JSON *json = matrix_run_cell_json(cell);

		out_json_line(json);
	} else {
		run_table_cell(teller->run, &teller->plan->run, cell);
	}
	return NULL;
}

static void print_result(const struct run *run, const struct pipeline_plan *plan)
{
	OWNED_JSON *json = NULL;

	if (!run->json) {
		run_table_result(run, plan);
		return;
	}
	json = matrix_run_json(&plan->run);
	out_json_line(json);
}

static int exit_code(const struct pipeline_plan *plan)
{
	enum matrix_answer answer = matrix_run_answer(&plan->run);

	/* What is bad is bad, whatever else went wrong. */
	if (answer == MATRIX_ANSWER_BAD)
		return EXIT_BAD;
	if (plan->trouble)
		return EXIT_LAB;
	switch (answer) {
	case MATRIX_ANSWER_GOOD:
		return EXIT_GOOD;
	case MATRIX_ANSWER_BAD:
	case MATRIX_ANSWER_OPEN:
	case MATRIX_ANSWER_INCONCLUSIVE:
		break;
	}
	return EXIT_INCONCLUSIVE;
}

static ERR_CHECK run_matrix(struct run *run, const struct words *words)
{
	FILE_LOCK lock = FILE_LOCK_NONE;
	PIPELINE_PLAN plan = { 0 };
	WORKSPACE workspace = { 0 };
	REPO repo = NULL;
	struct teller teller = { run, &plan };
	struct run_board *board;
	const struct err *err;
	struct pipeline_watch watch = { .cell_done = on_cell_done, .data = &teller };

	TRY(cmd_workspace(run, &workspace));
	TRY(workspace_repo(&workspace, &repo));
	if (!words->dry_run)
		TRY(pipeline_lock(&workspace, !words->no_wait, &lock));
	TRY(pipeline_plan_make(&workspace, repo, words->matrix ? words->matrix : DEFAULT_MATRIX,
			       &plan));
	if (words->dry_run) {
		print_plan(run, &plan);
		return NULL;
	}
	board = run_board_new(&plan);
	progress_set_board(run_board_draw, board);
	err = pipeline_run(&plan, &watch);
	progress_set_board(NULL, NULL);
	run_board_free(board);
	if (err)
		return err;
	print_result(run, &plan);
	cache_keep_limit(&workspace, run->started);
	if (plan.trouble)
		progress_warn("%s", plan.trouble);
	run->exit_code = exit_code(&plan);
	return NULL;
}

const struct err *cmd_run(struct run *run, int argc, char **argv)
{
	struct words words = { 0 };
	struct cmd_options options = {
		.options = option_table,
		.parse = parse,
		.args = "[MATRIX]",
		.doc = "Builds and boots every cell of a matrix (kernels/matrix/MATRIX.conf, "
		       "'default' when none is named) and says which are clean and which are bad.",
		.input = &words
	};

	cmd_parse(run, &options, argc, argv);
	return run_matrix(run, &words);
}
