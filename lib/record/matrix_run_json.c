// SPDX-License-Identifier: GPL-2.0
/* matrix_run_json.c - a run as JSON; matrix_run_read.c is the way back. */
#include <math.h>

#include "matrix_run.h"

const char *matrix_build_status_name(enum matrix_build_status status)
{
	static const char *const names[] = {
		[MATRIX_BUILD_WAITING] = "waiting",	  [MATRIX_BUILD_OK] = "ok",
		[MATRIX_BUILD_CACHED] = "cached",	  [MATRIX_BUILD_FAILED] = "failed",
		[MATRIX_BUILD_NOT_PORTED] = "not-ported", [MATRIX_BUILD_INFRA] = "infra",
	};

	return names[status];
}

const char *matrix_cell_state_name(enum matrix_cell_state state)
{
	static const char *const names[] = {
		[MATRIX_CELL_WAITING] = "waiting",
		[MATRIX_CELL_CLEAN] = "clean",
		[MATRIX_CELL_BAD] = "bad",
		[MATRIX_CELL_UNDECIDED] = "undecided",
		[MATRIX_CELL_INFRA] = "infra",
		[MATRIX_CELL_NO_RESULT] = "no-result",
		[MATRIX_CELL_NOT_PORTED] = "not-ported",
		[MATRIX_CELL_NOT_BUILT] = "not-built",
	};

	return names[state];
}

const char *matrix_pair_answer_name(enum matrix_pair_answer answer)
{
	static const char *const names[] = {
		[MATRIX_PAIR_OPEN] = "open",	       [MATRIX_PAIR_FIXED] = "fixed",
		[MATRIX_PAIR_NOT_FIXED] = "not-fixed", [MATRIX_PAIR_NO_BUG] = "no-bug",
		[MATRIX_PAIR_BROKEN] = "broken",
	};

	return names[answer];
}

const char *matrix_answer_name(enum matrix_answer answer)
{
	static const char *const names[] = {
		[MATRIX_ANSWER_OPEN] = "open",
		[MATRIX_ANSWER_GOOD] = "good",
		[MATRIX_ANSWER_BAD] = "bad",
		[MATRIX_ANSWER_INCONCLUSIVE] = "inconclusive",
	};

	return names[answer];
}

/* JSON has no infinity and no NaN, and a time is not below zero. */
static json_t *number_json(double number)
{
	return json_real(isfinite(number) && number > 0 ? number : 0);
}

/* To the millisecond: more is noise. */
static json_t *seconds_json(double seconds)
{
	return number_json(isfinite(seconds) ? floor(seconds * 1000 + 0.5) / 1000 : 0);
}

static json_t *time_json(const char *time)
{
	return *time ? store_text(time) : json_null();
}

/* Borrowed content as a new reference, or `fallback`, which it takes. */
static json_t *share_json(json_t *json, json_t *fallback)
{
	if (!json)
		return fallback;
	json_decref(fallback);
	return json_incref(json);
}

static json_t *test_json(const struct matrix_test *test)
{
	json_t *json = json_object();

	store_set(json, "clean_rate", number_json(test->clean_rate));
	store_set(json, "bad_rate", number_json(test->bad_rate));
	store_set(json, "error", number_json(test->error));
	store_set(json, "max_boots", json_integer(test->max_boots));
	store_set(json, "max_infra", json_integer(test->max_infra));
	return json;
}

static json_t *branch_json(const struct matrix_branch *branch)
{
	json_t *json = json_object();

	store_set(json, "name", store_text(branch->name));
	store_set(json, "version", store_text(branch->version));
	store_set(json, "arch", store_text(branch->arch));
	store_set(json, "base", store_text(branch->base));
	return json;
}

static json_t *build_json(const struct matrix_build *build)
{
	json_t *json = json_object();

	store_set(json, "id", store_text(build->id));
	store_set(json, "branch", store_text(build->branch));
	store_set(json, "variant", store_text(matrix_variant_name(build->variant)));
	store_set(json, "config", store_text(build->config));
	store_set(json, "status", store_text(matrix_build_status_name(build->status)));
	store_set(json, "key", store_text(build->key));
	store_set(json, "image", store_text(build->image));
	store_set(json, "log", store_text(build->log));
	store_set(json, "commit", store_text(build->commit));
	store_set(json, "started", time_json(build->started));
	store_set(json, "seconds", seconds_json(build->seconds));
	store_set(json, "cpu_seconds", seconds_json(build->cpu_seconds));
	store_set(json, "usual_seconds", seconds_json(build->usual_seconds));
	store_set(json, "reason", store_text(build->reason));
	store_set(json, "diagnostics", share_json(build->diagnostics, json_array()));
	return json;
}

static json_t *boot_json(const struct matrix_boot *boot)
{
	json_t *json = json_object();

	store_set(json, "number", json_integer(boot->number));
	store_set(json, "verdict", store_text(verdict_name(boot->verdict)));
	store_set(json, "counted", json_boolean(boot->counted));
	store_set(json, "cause", verdict_event_json(boot->has_cause ? &boot->cause : NULL));
	store_set(json, "text", store_text(boot->text));
	store_set(json, "log", store_text(boot->log));
	store_set(json, "seconds", seconds_json(boot->seconds));
	store_set(json, "machine_cpu", seconds_json(boot->machine_cpu));
	store_set(json, "counters", share_json(boot->counters, json_object()));
	store_set(json, "started", time_json(boot->started));
	store_set(json, "reused", json_boolean(boot->reused));
	return json;
}

static json_t *rate_json(const struct matrix_rate *rate)
{
	json_t *json = json_object();

	store_set(json, "boots", json_integer(rate->boots));
	store_set(json, "bad", json_integer(rate->bad));
	store_set(json, "low", number_json(rate->low));
	store_set(json, "high", number_json(rate->high));
	return json;
}

static json_t *boots_json(const struct matrix_cell *cell)
{
	json_t *json = json_array();

	for (size_t i = 0; i < cell->boot_count; i++)
		json_array_append_new(json, boot_json(&cell->boots[i]));
	return json;
}

json_t *matrix_run_cell_json(const struct matrix_cell *cell)
{
	json_t *json = json_object();

	store_set(json, "id", store_text(cell->id));
	store_set(json, "group", store_text(cell->group));
	store_set(json, "branch", store_text(cell->branch));
	store_set(json, "variant", store_text(matrix_variant_name(cell->variant)));
	store_set(json, "model", store_text(matrix_model_name(cell->model)));
	store_set(json, "config", store_text(cell->config));
	store_set(json, "machine", store_text(cell->machine));
	store_set(json, "cpus", json_integer(cell->cpus));
	store_set(json, "seconds", json_integer(cell->seconds));
	store_set(json, "build", store_text(cell->build));
	store_set(json, "key", store_text(cell->key));
	store_set(json, "state", store_text(matrix_cell_state_name(cell->state)));
	store_set(json, "reason", store_text(cell->reason));
	store_set(json, "rate", rate_json(&cell->rate));
	store_set(json, "cmdline", store_text(cell->cmdline));
	store_set(json, "boots", boots_json(cell));
	return json;
}

static json_t *pair_json(const struct matrix_pair *pair)
{
	const struct matrix_cell *cell = pair->base;
	json_t *json = json_object();

	store_set(json, "branch", store_text(cell->branch));
	store_set(json, "config", store_text(cell->config));
	store_set(json, "machine", store_text(cell->machine));
	store_set(json, "cpus", json_integer(cell->cpus));
	store_set(json, "model", store_text(matrix_model_name(cell->model)));
	store_set(json, "base", store_text(cell->id));
	store_set(json, "series", store_text(pair->series->id));
	store_set(json, "answer", store_text(matrix_pair_answer_name(pair->answer)));
	return json;
}

static json_t *timing_json(const struct matrix_timing *timing)
{
	json_t *json = json_object();

	store_set(json, "wall", seconds_json(timing->wall));
	store_set(json, "make_cpu", seconds_json(timing->make_cpu));
	store_set(json, "machine_cpu", seconds_json(timing->machine_cpu));
	store_set(json, "own_cpu", seconds_json(timing->own_cpu));
	store_set(json, "own_memory", json_integer(timing->own_memory));
	store_set(json, "booted", json_integer(timing->booted));
	store_set(json, "reused", json_integer(timing->reused));
	store_set(json, "built", json_integer(timing->built));
	return json;
}

static json_t *pairs_json(const struct matrix_run *run)
{
	size_t count;
	CLEANUP(free_ptr) struct matrix_pair *pairs = matrix_run_pairs(run, &count);
	json_t *json = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(json, pair_json(&pairs[i]));
	return json;
}

static void add_lists(const struct matrix_run *run, json_t *json)
{
	json_t *branches = json_array(), *builds = json_array();

	for (size_t i = 0; i < run->branch_count; i++)
		json_array_append_new(branches, branch_json(&run->branches[i]));
	for (size_t i = 0; i < run->build_count; i++)
		json_array_append_new(builds, build_json(&run->builds[i]));
	store_set(json, "branches", branches);
	store_set(json, "builds", builds);
	store_set(json, "pairs", pairs_json(run));
}

json_t *matrix_run_json(const struct matrix_run *run)
{
	json_t *json = json_object();

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "run", json_integer(run->number));
	store_set(json, "matrix", store_text(run->matrix));
	store_set(json, "title", store_text(run->title));
	store_set(json, "key", store_text(run->key));
	store_set(json, "series", store_text(run->series));
	store_set(json, "model", store_text(run->model));
	store_set(json, "farrier", store_text(run->farrier));
	store_set(json, "started", time_json(run->started));
	store_set(json, "ended", time_json(run->ended));
	store_set(json, "cpus", json_integer(run->cpus));
	store_set(json, "test", test_json(&run->test));
	add_lists(run, json);
	store_set(json, "answer", store_text(matrix_answer_name(matrix_run_answer(run))));
	store_set(json, "timing", timing_json(&run->timing));
	return json;
}

static json_t *cell_element(const void *data, size_t index)
{
	const struct matrix_run *run = data;

	return matrix_run_cell_json(&run->cells[index]);
}

static struct store_list cell_list(const struct matrix_run *run)
{
	return (struct store_list){ "cells", run->cell_count, cell_element };
}

void matrix_run_print(const struct matrix_run *run, json_t *json, struct strbuf *out)
{
	struct store_list cells = cell_list(run);

	store_print_lists(out, json, &cells, 1, run);
}

ERR_CHECK matrix_run_write(const char *folder, const struct matrix_run *run)
{
	OWNED_STR path = xasprintf("%s/run.json", folder);
	OWNED_JSON *json = matrix_run_json(run);
	struct store_list cells = cell_list(run);

	return store_write_lists(path, json, &cells, 1, run);
}
