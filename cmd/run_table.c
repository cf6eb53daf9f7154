// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>

#include "evidence.h"
#include "out.h"
#include "run_table.h"

static const char *variant_text(const struct matrix_run *run, enum matrix_variant variant)
{
	if (!run->series)
		return "as it is";
	return variant == MATRIX_SERIES ? "with" : "without";
}

static const char *model_text(enum matrix_model model)
{
	static const char *const texts[] = { [MATRIX_NO_MODEL] = "no model",
					     [MATRIX_MODEL_OFF] = "model off",
					     [MATRIX_MODEL_ON] = "model on" };

	return texts[model];
}

/* What is bad without the series is what the series is for. */
static enum out_color state_color(const struct matrix_run *run, const struct matrix_cell *cell)
{
	bool expected = run->series && cell->variant == MATRIX_BASE;

	switch (cell->state) {
	case MATRIX_CELL_CLEAN:
		return expected ? OUT_PLAIN : OUT_GOOD;
	case MATRIX_CELL_BAD:
		return expected ? OUT_WARN : OUT_BAD;
	case MATRIX_CELL_NOT_PORTED:
	case MATRIX_CELL_NOT_BUILT:
		return OUT_BAD;
	case MATRIX_CELL_UNDECIDED:
	case MATRIX_CELL_INFRA:
	case MATRIX_CELL_NO_RESULT:
		return OUT_WARN;
	case MATRIX_CELL_WAITING:
		break;
	}
	return OUT_DIM;
}

/* "41 s", "1:05 h"; nothing for what is not known. */
static void add_time(struct strbuf *text, double seconds)
{
	long whole = lround(seconds);

	if (whole < 90)
		strbuf_addf(text, "%ld s", whole);
	else if (whole < 90 * 60)
		strbuf_addf(text, "%ld min", (whole + 30) / 60);
	else
		strbuf_addf(text, "%ld:%02ld h", whole / 3600, whole / 60 % 60);
}

static void add_kernel_row(struct out_table *table, const struct pipeline_plan *plan, size_t index)
{
	const struct matrix_build *build = &plan->run.builds[index];
	double cpu = pipeline_plan_build_cpu(plan, index);
	STRBUF text = { 0 };

	if (pipeline_plan_needs(plan, index)) {
		strbuf_adds(&text, "to build");
		if (cpu > 0) {
			strbuf_adds(&text, ", about ");
			add_time(&text, cpu / plan->run.cpus);
		}
	} else if (build->reason) {
		strbuf_addf(&text, "%s: %s",
			    build->status == MATRIX_BUILD_FAILED ? "does not build" : "not ported",
			    build->reason);
	} else {
		strbuf_adds(&text, plan->kernels[index].there ? "there" : "not needed");
	}
	out_table_cell(table, OUT_PLAIN, "%s", build->branch);
	out_table_cell(table, OUT_PLAIN, "%s", variant_text(&plan->run, build->variant));
	out_table_cell(table, OUT_PLAIN, "%s", build->config);
	out_table_cell(table, OUT_DIM, "%.12s", build->key ? build->key : "");
	out_table_cell(table, build->reason ? OUT_BAD : OUT_PLAIN, "%s", strbuf_str(&text));
	out_table_end_row(table);
}

static void add_place(struct out_table *table, const struct matrix_run *run,
		      const struct matrix_cell *cell)
{
	out_table_cell(table, OUT_PLAIN, "%s", variant_text(run, cell->variant));
	if (run->model)
		out_table_cell(table, OUT_PLAIN, "%s", model_text(cell->model));
	out_table_cell(table, OUT_PLAIN, "%s", cell->config);
	out_table_cell(table, OUT_PLAIN, "%s", cell->machine);
	out_table_number(table, OUT_PLAIN, "%d", cell->cpus);
}

static void add_plan_row(struct out_table *table, const struct pipeline_plan *plan, size_t index)
{
	const struct matrix_cell *cell = &plan->run.cells[index];
	double boots = verify_cell_expected(plan->cells[index].test);
	double seconds = pipeline_plan_boot_seconds(plan, index);
	bool waiting = cell->state == MATRIX_CELL_WAITING;
	STRBUF text = { 0 };

	if (!waiting) {
		strbuf_addf(&text, "%s", matrix_cell_state_name(cell->state));
	} else {
		strbuf_addf(&text, "about %.0f to do", ceil(boots));
		if (seconds > 0) {
			strbuf_adds(&text, ", each ");
			add_time(&text, seconds);
		}
	}
	out_table_cell(table, OUT_PLAIN, "%s", cell->branch);
	add_place(table, &plan->run, cell);
	out_table_number(table, OUT_PLAIN, "%zu", cell->boot_count);
	out_table_cell(table, state_color(&plan->run, cell), "%s", strbuf_str(&text));
	out_table_end_row(table);
}

static void add_plan_head(struct out_table *table, const struct pipeline_plan *plan)
{
	out_table_cell(table, OUT_DIM, "%s", "");
	out_table_cell(table, OUT_DIM, "%s", "");
	if (plan->run.model)
		out_table_cell(table, OUT_DIM, "%s", "");
	out_table_cell(table, OUT_DIM, "config");
	out_table_cell(table, OUT_DIM, "machine");
	out_table_number(table, OUT_DIM, "cpus");
	out_table_number(table, OUT_DIM, "boots");
	out_table_cell(table, OUT_DIM, "%s", "");
	out_table_end_row(table);
}

static void print_forecast(const struct run *run, const struct pipeline_plan *plan)
{
	struct pipeline_forecast forecast = pipeline_plan_forecast(plan);
	STRBUF text = { 0 };

	if (!forecast.builds && forecast.boots <= 0) {
		out_line(run, OUT_BOLD, "nothing to do: every boot is recorded");
		return;
	}
	strbuf_addf(&text, "%d kernel%s to build, about %.0f boots to do: ", forecast.builds,
		    forecast.builds == 1 ? "" : "s", ceil(forecast.boots));
	strbuf_adds(&text,
		    forecast.unknown_builds || forecast.unknown_cells ? "more than " : "about ");
	add_time(&text, forecast.wall);
	strbuf_addf(&text, " on %d CPUs", plan->run.cpus);
	if (forecast.unknown_builds)
		strbuf_addf(&text, " (no build like %d of these was ever made)",
			    forecast.unknown_builds);
	else if (forecast.unknown_cells)
		strbuf_addf(&text, " (no boot like those of %d cells was ever made)",
			    forecast.unknown_cells);
	out_line(run, OUT_BOLD, "%s", strbuf_str(&text));
}

void run_table_plan(const struct run *run, const struct pipeline_plan *plan)
{
	struct out_table *kernels = out_table_new();
	struct out_table *cells = out_table_new();

	out_line(run, OUT_BOLD, "matrix %s: %s", plan->run.matrix, plan->run.title);
	for (size_t i = 0; i < plan->run.build_count; i++)
		add_kernel_row(kernels, plan, i);
	out_table_print(run, kernels, 2);
	add_plan_head(cells, plan);
	for (size_t i = 0; i < plan->run.cell_count; i++)
		add_plan_row(cells, plan, i);
	out_table_print(run, cells, 2);
	print_forecast(run, plan);
}

/* The first boot that counts and shows the bug. */
static const struct matrix_boot *first_bad(const struct matrix_cell *cell)
{
	for (size_t i = 0; i < cell->boot_count; i++)
		if (cell->boots[i].verdict == VERDICT_BAD)
			return &cell->boots[i];
	return NULL;
}

static void add_counters(struct strbuf *text, const struct matrix_cell *cell)
{
	OWNED_JSON *sums = json_object();
	const char *name;
	json_t *value;

	for (size_t i = 0; i < cell->boot_count; i++)
		json_object_foreach (cell->boots[i].counters, name, value)
			store_set(sums, name,
				  json_integer(add_clamped(
					  json_integer_value(json_object_get(sums, name)),
					  json_integer_value(value))));
	evidence_add_counters(text, sums);
}

static void add_evidence(struct strbuf *text, const struct matrix_cell *cell)
{
	const struct matrix_boot *bad = first_bad(cell);

	if (cell->reason)
		strbuf_adds(text, cell->reason);
	else if (bad && bad->has_cause)
		evidence_add_line(text, bad->cause.text, bad->number, (int)bad->cause.line);
	else
		add_counters(text, cell);
}

void run_table_cell(const struct run *run, const struct matrix_run *record,
		    const struct matrix_cell *cell)
{
	STRBUF text = { 0 };
	STRBUF evidence = { 0 };

	strbuf_addf(&text, "%s: %s", cell->id, matrix_cell_state_name(cell->state));
	if (cell->rate.boots)
		strbuf_addf(&text, ", bug in %d of %d boots", cell->rate.bad, cell->rate.boots);
	add_evidence(&evidence, cell);
	if (evidence.len)
		strbuf_addf(&text, ": %s", strbuf_str(&evidence));
	out_line(run, state_color(record, cell), "%s", strbuf_str(&text));
	fflush(stdout);
}

static void add_head(struct out_table *table, const struct matrix_run *run)
{
	out_table_cell(table, OUT_DIM, "%s", "");
	if (run->model)
		out_table_cell(table, OUT_DIM, "%s", "");
	out_table_cell(table, OUT_DIM, "config");
	out_table_cell(table, OUT_DIM, "machine");
	out_table_number(table, OUT_DIM, "cpus");
	out_table_cell(table, OUT_DIM, "state");
	out_table_number(table, OUT_DIM, "bug seen");
	out_table_number(table, OUT_DIM, "95 %% interval");
	out_table_cell(table, OUT_DIM, "%s", run->series ? "answer" : "");
	out_table_cell(table, OUT_DIM, "evidence");
	out_table_end_row(table);
}

static const struct matrix_pair *pair_of(const struct matrix_pair *pairs, size_t count,
					 const struct matrix_cell *cell)
{
	for (size_t i = 0; i < count; i++)
		if (pairs[i].series == cell)
			return &pairs[i];
	return NULL;
}

static enum out_color pair_color(enum matrix_pair_answer answer)
{
	static const enum out_color colors[] = {
		[MATRIX_PAIR_OPEN] = OUT_WARN,	   [MATRIX_PAIR_FIXED] = OUT_GOOD,
		[MATRIX_PAIR_NOT_FIXED] = OUT_BAD, [MATRIX_PAIR_NO_BUG] = OUT_PLAIN,
		[MATRIX_PAIR_BROKEN] = OUT_BAD,
	};

	return colors[answer];
}

static void add_row(struct out_table *table, const struct matrix_run *run,
		    const struct matrix_cell *cell, const struct matrix_pair *pair)
{
	const struct matrix_rate *rate = &cell->rate;
	enum out_color color = state_color(run, cell);
	STRBUF evidence = { 0 };

	add_evidence(&evidence, cell);
	add_place(table, run, cell);
	out_table_cell(table, color, "%s", matrix_cell_state_name(cell->state));
	if (rate->boots) {
		out_table_number(table, color, "%d of %d", rate->bad, rate->boots);
		out_table_number(table, OUT_PLAIN, "%.0f-%.0f %%", floor(100 * rate->low),
				 ceil(100 * rate->high));
	} else {
		out_table_number(table, OUT_PLAIN, "%s", "");
		out_table_number(table, OUT_PLAIN, "%s", "");
	}
	out_table_cell(table, pair ? pair_color(pair->answer) : OUT_PLAIN, "%s",
		       pair ? matrix_pair_answer_name(pair->answer) : "");
	out_table_cell(table, OUT_DIM, "%s", strbuf_str(&evidence));
	out_table_end_row(table);
}

static void print_branch(const struct run *run, const struct matrix_run *record,
			 const struct matrix_branch *branch, const struct matrix_pair *pairs,
			 size_t pair_count)
{
	struct out_table *table = out_table_new();

	out_line(run, OUT_BOLD, "%s  %s", branch->name, branch->version);
	add_head(table, record);
	for (size_t i = 0; i < record->cell_count; i++)
		if (str_equal(record->cells[i].branch, branch->name))
			add_row(table, record, &record->cells[i],
				pair_of(pairs, pair_count, &record->cells[i]));
	out_table_print(run, table, 2);
}

/* How many cells are in each state, and how many pairs have each answer. */
static void add_counts(struct strbuf *text, const struct matrix_run *record,
		       const struct matrix_pair *pairs, size_t pair_count)
{
	int answers[MATRIX_PAIR_BROKEN + 1] = { 0 };
	int states[MATRIX_CELL_NOT_BUILT + 1] = { 0 };

	for (size_t i = 0; i < pair_count; i++)
		answers[pairs[i].answer]++;
	for (size_t i = 0; i < record->cell_count; i++)
		states[record->cells[i].state]++;
	strbuf_addf(text, "%zu cells:", record->cell_count);
	for (size_t i = 0, n = 0; i < ARRAY_SIZE(states); i++)
		if (states[i])
			strbuf_addf(text, "%s %d %s", n++ ? "," : "", states[i],
				    matrix_cell_state_name((enum matrix_cell_state)i));
	if (!pair_count)
		return;
	strbuf_addf(text, "; %zu pairs without and with the series:", pair_count);
	for (size_t i = 0, n = 0; i < ARRAY_SIZE(answers); i++)
		if (answers[i])
			strbuf_addf(text, "%s %d %s", n++ ? "," : "", answers[i],
				    matrix_pair_answer_name((enum matrix_pair_answer)i));
}

static void print_verdict(const struct run *run, const struct matrix_run *record,
			  const struct matrix_pair *pairs, size_t pair_count)
{
	static const enum out_color colors[] = {
		[MATRIX_ANSWER_OPEN] = OUT_WARN,
		[MATRIX_ANSWER_GOOD] = OUT_GOOD,
		[MATRIX_ANSWER_BAD] = OUT_BAD,
		[MATRIX_ANSWER_INCONCLUSIVE] = OUT_WARN,
	};
	enum matrix_answer answer = matrix_run_answer(record);
	STRBUF counts = { 0 };

	add_counts(&counts, record, pairs, pair_count);
	out_line(run, colors[answer], "verdict: %s (%s)", matrix_answer_name(answer),
		 strbuf_str(&counts));
}

static void print_cost(const struct run *run, const struct pipeline_plan *plan)
{
	const struct matrix_run *record = &plan->run;
	const struct matrix_timing *timing = &record->timing;
	double efficiency = matrix_run_efficiency(record);
	OWNED_STR folder = matrix_run_folder(plan->workspace, record->number);
	STRBUF least = { 0 };

	out_line(run, OUT_DIM, "run %d: %d kernel%s built, %d boot%s done, %d reused; '%s'",
		 record->number, timing->built, timing->built == 1 ? "" : "s", timing->booted,
		 timing->booted == 1 ? "" : "s", timing->reused, folder);
	if (efficiency > 0)
		strbuf_addf(&least, ", %.2f x the least that %d CPU%s allow%s", efficiency,
			    record->cpus, record->cpus == 1 ? "" : "s",
			    record->cpus == 1 ? "s" : "");
	out_line(run, OUT_DIM,
		 "time: %.1f s wall, make CPU %.1f s, machine CPU %.1f s, farrier itself %.1f s%s",
		 timing->wall, timing->make_cpu, timing->machine_cpu, timing->own_cpu,
		 strbuf_str(&least));
}

void run_table_result(const struct run *run, const struct pipeline_plan *plan)
{
	const struct matrix_run *record = &plan->run;
	size_t count;
	CLEANUP(free_ptr) struct matrix_pair *pairs = matrix_run_pairs(record, &count);

	for (size_t i = 0; i < record->branch_count; i++)
		print_branch(run, record, &record->branches[i], pairs, count);
	print_verdict(run, record, pairs, count);
	print_cost(run, plan);
	fflush(stdout);
}
