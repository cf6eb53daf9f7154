// SPDX-License-Identifier: GPL-2.0
/*
 * report_json.c - the record of the run as it is, and what a report works out from it.
 *
 * The record's own members (matrix_run.h) stay where they are. More at the top:
 *
 *	"before":{"run":2,"started":TIME,"ended":TIME,"answer":A}|null, "why":TEXT,
 *	"efficiency":E|null, "counts":{STATE:N}, "gone":[CELL...]
 *
 * in each cell:
 *
 *	"change":"unknown|same|changed|new", "same_kernel":BOOL,
 *	"before":{"state":S,"rate":{...}}|null, "outcome":"pass|fail|error|skip",
 *	"outcome_text":TEXT, "counters":{NAME:N}, "commands":[TEXT...],
 *	"evidence":{"boot":N,"log":PATH,"missing":TEXT|null,"cause":EVENT|null,
 *		    "lines":[{"number":N,"text":T,"cut":BOOL}]}|null
 *
 * and in each pair "before", its answer in the run before, or null.
 */
#include "report_part.h"

static json_t *lines_json(const struct report_evidence *evidence)
{
	json_t *json = json_array();

	for (size_t i = 0; i < evidence->line_count; i++) {
		const struct report_line *line = &evidence->lines[i];
		json_t *entry = json_object();

		store_set(entry, "number", json_integer((json_int_t)line->number));
		store_set(entry, "text", store_text(line->text));
		store_set(entry, "cut", json_boolean(line->cut));
		json_array_append_new(json, entry);
	}
	return json;
}

static json_t *evidence_json(const struct report_evidence *evidence)
{
	const struct matrix_boot *boot = evidence->boot;
	json_t *json;

	if (!boot)
		return json_null();
	json = json_object();
	store_set(json, "boot", json_integer(boot->number));
	store_set(json, "log", store_text(boot->log));
	store_set(json, "missing", store_text(evidence->missing));
	store_set(json, "cause", verdict_event_json(boot->has_cause ? &boot->cause : NULL));
	store_set(json, "lines", lines_json(evidence));
	return json;
}

static json_t *cell_before_json(const struct matrix_cell *before)
{
	OWNED_JSON *whole = NULL;
	json_t *json;

	if (!before)
		return json_null();
	whole = matrix_run_cell_json(before);
	json = json_object();
	store_set(json, "state", json_incref(json_object_get(whole, "state")));
	store_set(json, "rate", json_incref(json_object_get(whole, "rate")));
	return json;
}

static json_t *commands_json(const struct strvec *commands)
{
	json_t *json = json_array();

	for (size_t i = 0; i < commands->count; i++)
		json_array_append_new(json, store_text(commands->items[i]));
	return json;
}

static void add_to_cell(const struct report_cell *cell, json_t *json)
{
	store_set(json, "change", store_text(report_change_name(cell->change)));
	store_set(json, "same_kernel", json_boolean(cell->same_kernel));
	store_set(json, "before", cell_before_json(cell->before));
	store_set(json, "outcome", store_text(report_outcome_name(cell->outcome)));
	store_set(json, "outcome_text", store_text(cell->outcome_text));
	store_set(json, "counters", json_incref(cell->counters));
	store_set(json, "commands", commands_json(&cell->commands));
	store_set(json, "evidence", evidence_json(&cell->evidence));
}

static json_t *run_before_json(const struct report *report)
{
	const struct matrix_run *before = &report->before;
	json_t *json;

	if (!report->has_before)
		return json_null();
	json = json_object();
	store_set(json, "run", json_integer(before->number));
	store_set(json, "started", store_text(before->started));
	store_set(json, "ended", store_text(before->ended));
	store_set(json, "answer", store_text(matrix_answer_name(matrix_run_answer(before))));
	return json;
}

static json_t *counts_json(const struct report *report)
{
	json_t *json = json_object();

	for (int i = MATRIX_CELL_WAITING; i <= MATRIX_CELL_NOT_BUILT; i++) {
		enum matrix_cell_state state = (enum matrix_cell_state)i;

		store_set(json, matrix_cell_state_name(state),
			  json_integer((json_int_t)report_count(report, state)));
	}
	return json;
}

static json_t *gone_json(const struct report *report)
{
	json_t *json = json_array();

	for (size_t i = 0; i < report->gone_count; i++)
		json_array_append_new(json, matrix_run_cell_json(report->gone[i]));
	return json;
}

static json_t *pair_before_json(const struct report *report, const struct matrix_pair *pair)
{
	enum matrix_pair_answer before = report_pair_before(report, pair);

	return before == MATRIX_PAIR_OPEN ? json_null()
					  : store_text(matrix_pair_answer_name(before));
}

static json_t *cell_element(const void *data, size_t index)
{
	const struct report *report = data;
	json_t *json = matrix_run_cell_json(&report->run.cells[index]);

	add_to_cell(&report->cells[index], json);
	return json;
}

ERR_CHECK report_json(const struct report *report, struct strbuf *out)
{
	OWNED_JSON *json = matrix_run_json(&report->run);
	struct store_list cells = { "cells", report->run.cell_count, cell_element };

	for (size_t i = 0; i < report->pair_count; i++)
		store_set(json_array_get(json_object_get(json, "pairs"), i), "before",
			  pair_before_json(report, &report->pairs[i]));
	store_set(json, "before", run_before_json(report));
	store_set(json, "why", store_text(report->why));
	store_set(json, "efficiency",
		  report->efficiency > 0 ? json_real(report->efficiency) : json_null());
	store_set(json, "counts", counts_json(report));
	store_set(json, "gone", gone_json(report));
	store_print_lists(out, json, &cells, 1, report);
	return NULL;
}
