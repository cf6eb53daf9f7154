// SPDX-License-Identifier: GPL-2.0
/* report_words.c - what is said of cells, pairs and the run, in words that all formats share. */
#include "report_part.h"

const char *report_change_name(enum report_change change)
{
	static const char *const names[] = {
		[REPORT_UNKNOWN] = "unknown",
		[REPORT_SAME] = "same",
		[REPORT_CHANGED] = "changed",
		[REPORT_NEW] = "new",
	};

	return names[change];
}

const char *report_outcome_name(enum report_outcome outcome)
{
	static const char *const names[] = {
		[REPORT_PASS] = "pass",
		[REPORT_FAIL] = "fail",
		[REPORT_ERROR] = "error",
		[REPORT_SKIP] = "skip",
	};

	return names[outcome];
}

const char *report_plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static bool several_machines(const struct matrix_run *run)
{
	for (size_t i = 1; i < run->cell_count; i++)
		if (!str_equal(run->cells[i].machine, run->cells[0].machine))
			return true;
	return false;
}

char *report_title(const struct report *report, const struct matrix_cell *cell)
{
	const struct matrix_run *run = &report->run;
	STRBUF title = { 0 };

	strbuf_adds(&title, cell->branch);
	if (run->series)
		strbuf_addf(&title, " %s %s", cell->variant == MATRIX_SERIES ? "with" : "without",
			    run->series);
	if (cell->model != MATRIX_NO_MODEL)
		strbuf_addf(&title, ", model %s", matrix_model_name(cell->model));
	if (!str_equal(cell->config, "branch"))
		strbuf_addf(&title, ", config %s", cell->config);
	if (several_machines(run))
		strbuf_addf(&title, ", %s", cell->machine);
	strbuf_addf(&title, ", %d CPU%s", cell->cpus, report_plural((size_t)cell->cpus));
	return strbuf_detach(&title);
}

static const char *state_words(enum matrix_cell_state state)
{
	switch (state) {
	case MATRIX_CELL_NOT_PORTED:
		return "not ported";
	case MATRIX_CELL_NOT_BUILT:
		return "not built";
	default:
		return matrix_cell_state_name(state);
	}
}

char *report_state(const struct matrix_cell *cell)
{
	if (!cell->rate.boots)
		return xstrdup(state_words(cell->state));
	return xasprintf("%s %d/%d", state_words(cell->state), cell->rate.bad, cell->rate.boots);
}

/* Whether the series must answer for the cell: it is there to be clean. */
bool report_is_on_trial(const struct matrix_run *run, const struct matrix_cell *cell)
{
	return !run->series || cell->variant == MATRIX_SERIES;
}

static enum report_outcome outcome_on_trial(enum matrix_cell_state state)
{
	switch (state) {
	case MATRIX_CELL_CLEAN:
		return REPORT_PASS;
	case MATRIX_CELL_WAITING:
		return REPORT_SKIP;
	case MATRIX_CELL_UNDECIDED:
	case MATRIX_CELL_INFRA:
	case MATRIX_CELL_NO_RESULT:
		return REPORT_ERROR;
	default:
		return REPORT_FAIL;
	}
}

/* A cell without the series: it shows the bug, or it is the control that does not. */
static enum report_outcome outcome_beside(const struct matrix_cell *cell)
{
	switch (cell->state) {
	case MATRIX_CELL_WAITING:
		return REPORT_SKIP;
	case MATRIX_CELL_CLEAN:
		return cell->model == MATRIX_MODEL_ON ? REPORT_ERROR : REPORT_PASS;
	case MATRIX_CELL_BAD:
		return cell->model == MATRIX_MODEL_OFF ? REPORT_ERROR : REPORT_PASS;
	default:
		return REPORT_ERROR;
	}
}

enum report_outcome report_outcome_of(const struct matrix_run *run, const struct matrix_cell *cell)
{
	return report_is_on_trial(run, cell) ? outcome_on_trial(cell->state) : outcome_beside(cell);
}

static const char *expectation(const struct matrix_run *run, const struct matrix_cell *cell)
{
	bool beside = !report_is_on_trial(run, cell);

	if (!beside || cell->model == MATRIX_NO_MODEL)
		return "";
	if (cell->state == MATRIX_CELL_BAD)
		return cell->model == MATRIX_MODEL_ON
			       ? ", as it should be: the model shows the bug"
			       : ", although the model is off: the bug is not the model's";
	if (cell->state == MATRIX_CELL_CLEAN && cell->model == MATRIX_MODEL_ON)
		return ", although the model is on: it does not show the bug";
	return "";
}

char *report_outcome_text(const struct matrix_run *run, const struct matrix_cell *cell)
{
	STRBUF text = { 0 };

	strbuf_adds(&text, state_words(cell->state));
	if (cell->state == MATRIX_CELL_INFRA)
		strbuf_adds(&text, ": boots failed for other reasons than the kernel's");
	if (cell->state == MATRIX_CELL_NO_RESULT)
		strbuf_adds(&text, ": boots ended before the test had a result");
	if (cell->state == MATRIX_CELL_WAITING)
		strbuf_adds(&text, ": not at its end");
	if (cell->rate.boots)
		strbuf_addf(&text, ", the bug in %d of %d boot%s (at 95 %%: %.0f to %.0f %%)",
			    cell->rate.bad, cell->rate.boots,
			    report_plural((size_t)cell->rate.boots), 100 * cell->rate.low,
			    100 * cell->rate.high);
	strbuf_adds(&text, expectation(run, cell));
	if (cell->reason)
		strbuf_addf(&text, "; %s", cell->reason);
	return strbuf_detach(&text);
}

size_t report_count(const struct report *report, enum matrix_cell_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < report->run.cell_count; i++)
		count += report->run.cells[i].state == state;
	return count;
}

/* "linux-6.12.y ..., 2 CPUs is bad (and 3 more)": the first cell of an outcome. */
static void add_first(const struct report *report, enum report_outcome outcome, struct strbuf *why)
{
	size_t more = 0;

	for (size_t i = 0; i < report->run.cell_count; i++) {
		const struct report_cell *cell = &report->cells[i];
		OWNED_STR title = NULL;

		if (cell->outcome != outcome)
			continue;
		if (more++)
			continue;
		title = report_title(report, cell->cell);
		strbuf_addf(why, "%s: %s", title, cell->outcome_text);
	}
	if (more > 1)
		strbuf_addf(why, " (and %zu more)", more - 1);
}

static size_t count_fixed(const struct report *report)
{
	size_t fixed = 0;

	for (size_t i = 0; i < report->pair_count; i++)
		fixed += report->pairs[i].answer == MATRIX_PAIR_FIXED;
	return fixed;
}

static void say_good(const struct report *report, struct strbuf *why)
{
	size_t fixed = count_fixed(report);

	if (!report->run.series) {
		strbuf_addf(why, "every cell is clean");
		return;
	}
	strbuf_addf(why, "every cell with %s is clean", report->run.series);
	if (fixed)
		strbuf_addf(why, ", and in %zu pair%s the bug shows without it and not with it",
			    fixed, report_plural(fixed));
}

char *report_why(const struct report *report)
{
	STRBUF why = { 0 };

	switch (report->answer) {
	case MATRIX_ANSWER_GOOD:
		say_good(report, &why);
		break;
	case MATRIX_ANSWER_BAD:
		add_first(report, REPORT_FAIL, &why);
		break;
	case MATRIX_ANSWER_INCONCLUSIVE:
		add_first(report, REPORT_ERROR, &why);
		if (!why.len && report->run.model)
			strbuf_addf(&why,
				    "not on every branch a cell without %s shows the bug that the "
				    "one with it does not",
				    report->run.series);
		else if (!why.len)
			strbuf_adds(&why, "no cell says whether the series is good");
		break;
	case MATRIX_ANSWER_OPEN:
		strbuf_addf(&why, "%zu of %zu cells wait",
			    report_count(report, MATRIX_CELL_WAITING), report->run.cell_count);
		break;
	}
	return strbuf_detach(&why);
}
