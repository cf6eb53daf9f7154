// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>

#include "evidence.h"
#include "out.h"
#include "verify_table.h"

/* The order of the rows, as a reader wants to compare them. */
static const enum verify_arm row_order[] = { VERIFY_WITHOUT, VERIFY_WITHOUT_CONTROL, VERIFY_WITH,
					     VERIFY_WITH_CONTROL };

static void describe_bug(const json_t *evidence, struct strbuf *text)
{
	const json_t *first = json_array_get(evidence, 0);

	evidence_add_line(text, store_get_string(first, "text", ""),
			  store_get_int(first, "boot", 0), store_get_int(first, "line", 0));
}

static void add_evidence(struct out_table *table, const json_t *arm)
{
	STRBUF text = { 0 };

	if (store_get_int(arm, "bug", 0))
		describe_bug(json_object_get(arm, "evidence"), &text);
	else
		evidence_add_counters(&text, json_object_get(arm, "counters"));
	if (store_get_int(arm, "infra", 0))
		strbuf_addf(&text, "%s%d more failed for other reasons than the kernel's",
			    text.len ? "; " : "", store_get_int(arm, "infra", 0));
	out_table_cell(table, OUT_DIM, "%s", strbuf_str(&text));
}

static void add_row(struct out_table *table, const struct pipeline_verify_request *request,
		    const json_t *arm)
{
	bool series = store_get_bool(arm, "series", false);
	int bugs = store_get_int(arm, "bug", 0);
	enum out_color color = !bugs ? OUT_GOOD : series ? OUT_BAD : OUT_WARN;

	out_table_cell(table, OUT_PLAIN, "%s %s", series ? "with" : "without", request->series);
	if (request->model)
		out_table_cell(table, OUT_PLAIN, "model %s",
			       store_get_bool(arm, "model", false) ? "on" : "off");
	out_table_cell(table, OUT_PLAIN, "%s", store_get_string(arm, "machine", ""));
	out_table_number(table, OUT_PLAIN, "%d", store_get_int(arm, "cpus", 0));
	out_table_number(table, color, "%d of %d", bugs, store_get_int(arm, "boots", 0));
	add_evidence(table, arm);
	out_table_end_row(table);
}

static void add_head(struct out_table *table, const struct pipeline_verify_request *request)
{
	out_table_cell(table, OUT_DIM, "%s", "");
	if (request->model)
		out_table_cell(table, OUT_DIM, "%s", "");
	out_table_cell(table, OUT_DIM, "machine");
	out_table_number(table, OUT_DIM, "cpus");
	out_table_number(table, OUT_DIM, "bug seen");
	out_table_cell(table, OUT_DIM, "evidence");
	out_table_end_row(table);
}

static void add_experiment(struct out_table *table, const struct pipeline_verify_request *request,
			   const struct verify *experiment)
{
	OWNED_JSON *arms = json_array();

	verify_arms_json(experiment, arms);
	for (size_t i = 0; i < ARRAY_SIZE(row_order); i++) {
		size_t index;
		json_t *arm;

		json_array_foreach (arms, index, arm) {
			bool series = store_get_bool(arm, "series", false);
			bool model = store_get_bool(arm, "model", false);

			if (series == verify_arm_has_series(row_order[i]) &&
			    model == (request->model && verify_arm_has_model(row_order[i])))
				add_row(table, request, arm);
		}
	}
}

/* What each experiment says by itself; needed when there are several. */
static void print_outcomes(const struct run *run, const struct pipeline_verified *verified)
{
	size_t count = pipeline_trial_count(verified->trial);

	for (size_t i = 0; count > 1 && i < count; i++) {
		const struct verify *experiment = pipeline_trial_experiment(verified->trial, i);
		VERIFY_OUTCOME outcome = { 0 };

		verify_outcome(experiment, &outcome);
		if (!outcome.finished)
			continue;
		out_line(run, OUT_PLAIN, "  %s, %d CPUs: %s: %s", experiment->machine,
			 experiment->cpus, verify_answer_name(outcome.answer), outcome.reason);
	}
}

static void print_verdict(const struct run *run, const struct pipeline_verified *verified)
{
	static const enum out_color colors[] = {
		[PIPELINE_FIXED] = OUT_GOOD,	    [PIPELINE_NOT_FIXED] = OUT_BAD,
		[PIPELINE_INCONCLUSIVE] = OUT_WARN, [PIPELINE_NOT_PORTED] = OUT_BAD,
		[PIPELINE_NOT_BUILT] = OUT_BAD,
	};
	const char *name = pipeline_answer_name(verified->answer);

	if (verified->answer == PIPELINE_FIXED)
		out_line(run, colors[verified->answer], "verdict: %s (%.1f %%: %s)", name,
			 floor(1000 * verified->confidence) / 10, verified->reason);
	else
		out_line(run, colors[verified->answer], "verdict: %s: %s", name, verified->reason);
}

static void print_cost(const struct run *run, const struct pipeline_verified *verified)
{
	const struct pipeline_timing *timing = &verified->timing;
	double own = timing->wall - timing->make - timing->machines;
	STRBUF line = { 0 };

	for (int i = 0; i < PIPELINE_KERNELS; i++) {
		const struct build *build = &verified->builds[i];

		if (!*build->key)
			continue;
		strbuf_addf(&line, "%skernel %.12s %s", line.len ? ", " : "", build->key,
			    build->reused ? "reused" : "built");
	}
	if (verified->trial) {
		struct pipeline_trial_cost cost = pipeline_trial_cost(verified->trial);

		strbuf_addf(&line, ", %d boot%s done, %d reused", cost.booted,
			    cost.booted == 1 ? "" : "s", cost.reused);
	}
	if (line.len)
		out_line(run, OUT_DIM, "%s", strbuf_str(&line));
	out_line(run, OUT_DIM,
		 "time: %.1f s, of it make %.1f s, machines %.1f s, farrier itself %.1f s",
		 timing->wall, timing->make, timing->machines, own);
}

void verify_table_print(const struct run *run, const struct pipeline_verify_request *request,
			const struct pipeline_verified *verified)
{
	out_line(run, OUT_BOLD, "%s  %s", verified->branch, verified->version);
	if (verified->trial) {
		struct out_table *table = out_table_new();

		add_head(table, request);
		for (size_t i = 0; i < pipeline_trial_count(verified->trial); i++)
			add_experiment(table, request,
				       pipeline_trial_experiment(verified->trial, i));
		out_table_print(run, table, 2);
		print_outcomes(run, verified);
	}
	print_verdict(run, verified);
	print_cost(run, verified);
	fflush(stdout);
}
