// SPDX-License-Identifier: GPL-2.0
/*
 * report_text.c - the run as text: the matrix first, then what is not as it should be, and why.
 */
#include "report_text.h"

/* What stands across the table: without or with the series, on so many CPUs. */
struct column {
	enum matrix_variant variant;
	int cpus;
};

struct columns {
	struct column *items;
	size_t count;
};

static int compare_columns(const void *a, const void *b)
{
	const struct column *left = a, *right = b;

	if (left->variant != right->variant)
		return left->variant < right->variant ? -1 : 1;
	return (left->cpus > right->cpus) - (left->cpus < right->cpus);
}

static void find_columns(const struct matrix_run *run, struct columns *columns)
{
	columns->items = xcalloc(run->cell_count + 1, sizeof(*columns->items));
	for (size_t i = 0; i < run->cell_count; i++) {
		struct column column = { run->cells[i].variant, run->cells[i].cpus };
		size_t j = 0;

		while (j < columns->count && compare_columns(&columns->items[j], &column))
			j++;
		if (j == columns->count)
			columns->items[columns->count++] = column;
	}
	qsort(columns->items, columns->count, sizeof(*columns->items), compare_columns);
}

static void release_columns(struct columns *columns)
{
	free(columns->items);
}

static bool several_machines(const struct matrix_run *run)
{
	for (size_t i = 1; i < run->cell_count; i++)
		if (!str_equal(run->cells[i].machine, run->cells[0].machine))
			return true;
	return false;
}

enum table_color report_text_color(const struct report_cell *cell)
{
	switch (cell->outcome) {
	case REPORT_PASS:
		return TABLE_GOOD;
	case REPORT_FAIL:
		return TABLE_BAD;
	case REPORT_ERROR:
		return TABLE_WARN;
	default:
		return TABLE_DIM;
	}
}

/* Cells of one row of the table differ in nothing but the series and the CPUs. */
static bool same_row(const struct matrix_cell *a, const struct matrix_cell *b)
{
	return a->model == b->model && str_equal(a->branch, b->branch) &&
	       str_equal(a->config, b->config) && str_equal(a->machine, b->machine);
}

static bool is_first_of_row(const struct matrix_run *run, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (same_row(&run->cells[i], &run->cells[index]))
			return false;
	return true;
}

static const struct report_cell *find_in_row(const struct report *report,
					     const struct matrix_cell *row,
					     const struct column *column)
{
	for (size_t i = 0; i < report->run.cell_count; i++) {
		const struct matrix_cell *cell = &report->run.cells[i];

		if (same_row(cell, row) && cell->variant == column->variant &&
		    cell->cpus == column->cpus)
			return &report->cells[i];
	}
	return NULL;
}

const char *report_answer_words(enum matrix_pair_answer answer)
{
	switch (answer) {
	case MATRIX_PAIR_NOT_FIXED:
		return "not fixed";
	case MATRIX_PAIR_NO_BUG:
		return "no bug";
	default:
		return matrix_pair_answer_name(answer);
	}
}

/* "fixed", or "fixed, open" where the CPU counts differ. */
static void row_answers(const struct report *report, const struct matrix_cell *row,
			struct strbuf *text, bool *fixed)
{
	STRVEC words = { 0 };

	*fixed = true;
	for (size_t i = 0; i < report->pair_count; i++) {
		const struct matrix_pair *pair = &report->pairs[i];

		if (!same_row(pair->base, row))
			continue;
		strvec_push_new(&words, report_answer_words(pair->answer));
		*fixed &= pair->answer == MATRIX_PAIR_FIXED;
	}
	for (size_t i = 0; i < words.count; i++)
		strbuf_addf(text, "%s%s", i ? ", " : "", words.items[i]);
}

static void add_answers(const struct report *report, const struct matrix_cell *row,
			struct table *table)
{
	STRBUF text = { 0 };
	bool fixed;

	row_answers(report, row, &text, &fixed);
	if (text.len)
		table_cell(table, fixed ? TABLE_GOOD : TABLE_WARN, "%s", text.buf);
}

static void add_row(const struct report *report, const struct matrix_cell *row,
		    const struct columns *columns, struct table *table)
{
	STRBUF label = { 0 };

	strbuf_addf(&label, "  %s", row->config);
	if (several_machines(&report->run))
		strbuf_addf(&label, ", %s", row->machine);
	if (row->model == MATRIX_MODEL_OFF)
		strbuf_adds(&label, ", model off");
	table_cell(table, TABLE_PLAIN, "%s", label.buf);
	for (size_t i = 0; i < columns->count; i++) {
		const struct report_cell *cell = find_in_row(report, row, &columns->items[i]);
		OWNED_STR state = cell ? report_state(cell->cell) : NULL;

		if (cell)
			table_cell(table, report_text_color(cell), "%s%s", state,
				   cell->change == REPORT_CHANGED ? " *" : "");
		else
			table_cell(table, TABLE_DIM, "-");
	}
	add_answers(report, row, table);
	table_end_row(table);
}

/* "without ev7-ipi" over its columns. */
static void add_variants(const struct report *report, const struct columns *columns,
			 struct table *table)
{
	table_cell(table, TABLE_PLAIN, "%s", "");
	for (size_t i = 0, end; i < columns->count; i = end) {
		enum matrix_variant variant = columns->items[i].variant;

		for (end = i; end < columns->count && columns->items[end].variant == variant;)
			end++;
		table_span(table, TABLE_BOLD, end - i, "%s %s",
			   variant == MATRIX_SERIES ? "with" : "without", report->run.series);
	}
	table_end_row(table);
}

static void add_head(const struct report *report, const struct columns *columns,
		     struct table *table)
{
	if (report->run.series)
		add_variants(report, columns, table);
	table_cell(table, TABLE_PLAIN, "%s", "");
	for (size_t i = 0; i < columns->count; i++)
		table_cell(table, TABLE_DIM, "%d CPU%s", columns->items[i].cpus,
			   report_plural((size_t)columns->items[i].cpus));
	table_end_row(table);
}

static const struct matrix_branch *find_branch(const struct matrix_run *run, const char *name)
{
	for (size_t i = 0; i < run->branch_count; i++)
		if (str_equal(run->branches[i].name, name))
			return &run->branches[i];
	return NULL;
}

static void add_branch(const struct report *report, const char *name, struct table *table)
{
	const struct matrix_branch *branch = find_branch(&report->run, name);
	bool version = branch && *branch->version;

	/* Its width is not the first column's, so nothing is lined up behind it. */
	table_span(table, TABLE_BOLD, 2, "%s%s%s", name, version ? "  " : "",
		   version ? branch->version : "");
	table_end_row(table);
}

static void add_matrix(const struct report *report, struct strbuf *out)
{
	CLEANUP(release_columns) struct columns columns = { 0 };
	const struct matrix_run *run = &report->run;
	struct table *table = table_new();
	STRVEC branches = { 0 };

	find_columns(run, &columns);
	add_head(report, &columns, table);
	for (size_t i = 0; i < run->cell_count; i++)
		strvec_push_new(&branches, run->cells[i].branch);
	for (size_t i = 0; i < branches.count; i++) {
		add_branch(report, branches.items[i], table);
		for (size_t j = 0; j < run->cell_count; j++)
			if (str_equal(run->cells[j].branch, branches.items[i]) &&
			    is_first_of_row(run, j))
				add_row(report, &run->cells[j], &columns, table);
	}
	table_finish(table, report->settings.color, 0, out);
}

static enum table_color answer_color(enum matrix_answer answer)
{
	switch (answer) {
	case MATRIX_ANSWER_GOOD:
		return TABLE_GOOD;
	case MATRIX_ANSWER_BAD:
		return TABLE_BAD;
	default:
		return TABLE_WARN;
	}
}

/* ", 2026-11-22 15:00 to 15:20 UTC": the date of the end only where it is another one. */
static void add_times(const struct report *report, struct strbuf *out)
{
	const char *started = report->run.started, *ended = report->run.ended;
	bool same_day = strncmp(started, ended, strlen("2026-11-22")) == 0;
	STRBUF text = { 0 };

	if (*started)
		strbuf_addf(&text, ", %.10s %.5s", started, started + strlen("2026-11-22T"));
	if (*started && *ended)
		strbuf_addf(&text, " to %.*s%s%.5s", same_day ? 0 : 10, ended, same_day ? "" : " ",
			    ended + strlen("2026-11-22T"));
	strbuf_adds(&text, *started ? " UTC" : "");
	strbuf_adds(&text, *ended ? "" : ", not at its end");
	table_paint(out, report->settings.color, TABLE_DIM, text.buf);
}

static void add_headline(const struct report *report, struct strbuf *out)
{
	const struct matrix_run *run = &report->run;
	bool color = report->settings.color;

	table_add(out, color, TABLE_BOLD, "%s", *run->title ? run->title : run->matrix);
	strbuf_adds(out, ": ");
	table_add(out, color, answer_color(report->answer), "%s",
		  matrix_answer_name(report->answer));
	strbuf_addc(out, '\n');
	table_add(out, color, TABLE_DIM, "matrix %s, run %d", run->matrix, run->number);
	add_times(report, out);
	strbuf_adds(out, "\n\n");
}

/* What the words of the table mean, with this run's numbers. */
static void add_terms(const struct report *report, struct strbuf *out)
{
	const struct matrix_test *test = &report->run.test;

	if (test->error <= 0)
		return;
	table_add(out, report->settings.color, TABLE_DIM,
		  "bad k/n: the bug showed in k of n boots; bad is more than %.3g %% of boots,",
		  100 * test->bad_rate);
	strbuf_addc(out, '\n');
	table_add(out, report->settings.color, TABLE_DIM,
		  "clean is less than %.3g %%; each is said wrongly at most %.3g %% of the time",
		  100 * test->clean_rate, 100 * test->error);
	strbuf_addc(out, '\n');
}

static void add_time(const struct report *report, struct strbuf *out)
{
	const struct matrix_timing *timing = &report->run.timing;
	bool color = report->settings.color;

	table_add(out, color, TABLE_DIM, "%d kernel%s built, %d boot%s done, %d reused",
		  timing->built, report_plural((size_t)timing->built), timing->booted,
		  report_plural((size_t)timing->booted), timing->reused);
	strbuf_addc(out, '\n');
	table_add(out, color, TABLE_DIM,
		  "time: %.1f s; CPU: make %.1f s, machines %.1f s, farrier itself %.1f s",
		  timing->wall, timing->make_cpu, timing->machine_cpu, timing->own_cpu);
	strbuf_addc(out, '\n');
	if (report->efficiency <= 0)
		return;
	table_add(out, color, TABLE_DIM,
		  "%.2f times the least possible: CPU time of make and machines over %d CPU%s",
		  report->efficiency, report->run.cpus, report_plural((size_t)report->run.cpus));
	strbuf_addc(out, '\n');
}

ERR_CHECK report_text(const struct report *report, struct strbuf *out)
{
	add_headline(report, out);
	if (report->run.cell_count)
		add_matrix(report, out);
	strbuf_addc(out, '\n');
	report_text_evidence(report, out);
	report_text_changes(report, out);
	if (report->settings.verbose)
		report_text_cells(report, out);
	add_terms(report, out);
	add_time(report, out);
	table_add(out, report->settings.color, answer_color(report->answer), "%s",
		  matrix_answer_name(report->answer));
	strbuf_adds(out, ": ");
	table_add(out, report->settings.color, TABLE_PLAIN, "%s", report->why);
	strbuf_addc(out, '\n');
	return NULL;
}
