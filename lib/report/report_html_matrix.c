// SPDX-License-Identifier: GPL-2.0
/*
 * The matrix: a table for each machine, with and without the model on. Rows
 * are configs below their branch; columns are CPU counts, each without and with
 * the series, and what the two together answer.
 */
#include <stdio.h>

#include "report_html_part.h"

/* One table. */
struct table {
	const struct html *html;
	const char *machine;
	enum matrix_model model;
	bool variants[2]; /* that it has, by enum matrix_variant */
	int *cpus;	  /* ascending */
	size_t cpu_count;
	const char **branches, **configs; /* in the order of the cells */
	size_t branch_count, config_count;
	const struct matrix_cell **slots; /* see slot() */
};

static void release_table(struct table *table)
{
	free(table->cpus);
	free(table->branches);
	free(table->configs);
	free(table->slots);
}

static size_t find_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = count; i-- > 0;)
		if (str_equal(names[i], name))
			return i;
	return count;
}

static void add_name(const char ***names, size_t *count, const char *name)
{
	if (find_name(*names, *count, name) < *count)
		return;
	*names = xreallocarray(*names, *count + 1, sizeof(**names));
	(*names)[(*count)++] = name;
}

static size_t find_cpus(const struct table *table, int cpus)
{
	size_t i = 0;

	while (i < table->cpu_count && table->cpus[i] != cpus)
		i++;
	return i;
}

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static bool is_in(const struct table *table, const struct matrix_cell *cell)
{
	bool off = cell->model == MATRIX_MODEL_OFF;

	return off == (table->model == MATRIX_MODEL_OFF) &&
	       str_equal(cell->machine, table->machine);
}

static const struct matrix_cell **slot(const struct table *table, size_t branch, size_t config,
				       size_t cpus, enum matrix_variant variant)
{
	return &table->slots[((branch * table->config_count + config) * table->cpu_count + cpus) *
				     2 +
			     variant];
}

static void note_axes(struct table *table, const struct matrix_cell *cell)
{
	table->variants[cell->variant] = true;
	add_name(&table->branches, &table->branch_count, cell->branch);
	add_name(&table->configs, &table->config_count, cell->config);
	if (find_cpus(table, cell->cpus) < table->cpu_count)
		return;
	table->cpus = xreallocarray(table->cpus, table->cpu_count + 1, sizeof(*table->cpus));
	table->cpus[table->cpu_count++] = cell->cpus;
}

static void fill_table(struct table *table, const struct matrix_run *run)
{
	for (size_t i = 0; i < run->cell_count; i++)
		if (is_in(table, &run->cells[i]))
			note_axes(table, &run->cells[i]);
	if (!table->branch_count)
		return;
	qsort(table->cpus, table->cpu_count, sizeof(*table->cpus), compare_ints);
	table->slots = xcalloc(table->branch_count * table->config_count * table->cpu_count * 2,
			       sizeof(*table->slots));
	for (size_t i = 0; i < run->cell_count; i++) {
		const struct matrix_cell *cell = &run->cells[i];

		if (is_in(table, cell))
			*slot(table, find_name(table->branches, table->branch_count, cell->branch),
			      find_name(table->configs, table->config_count, cell->config),
			      find_cpus(table, cell->cpus), cell->variant) = cell;
	}
}

static bool has_pairs(const struct table *table)
{
	return table->variants[MATRIX_BASE] && table->variants[MATRIX_SERIES];
}

/* Columns below one CPU count. */
static int group_width(const struct table *table)
{
	return table->variants[0] + table->variants[1] + has_pairs(table);
}

static void add_variant_heads(struct html *html, const struct table *table)
{
	static const char *const words[] = { "without", "with" };

	for (int variant = MATRIX_BASE; variant <= MATRIX_SERIES; variant++)
		if (table->variants[variant])
			html_addf(html, "<th scope=\"col\">%s</th>",
				  html->report->run.series ? words[variant] : "kernel");
	if (has_pairs(table))
		html_add(html, "<th scope=\"col\" class=\"pair\">together</th>");
}

/* Widths, so that the browser has not to measure thousands of cells. */
static void add_columns(struct html *html, const struct table *table)
{
	html_add(html, "<colgroup><col class=\"name\">");
	for (size_t i = 0; i < table->cpu_count; i++) {
		html_addf(html, "<col class=\"small\" span=\"%d\">",
			  table->variants[0] + table->variants[1]);
		if (has_pairs(table))
			html_add(html, "<col class=\"pair\">");
	}
	html_add(html, "</colgroup>\n");
}

static void add_heads(struct html *html, const struct table *table)
{
	if (!html->all)
		add_columns(html, table);
	html_add(html, "<thead>\n<tr><td rowspan=\"2\"></td>");
	for (size_t i = 0; i < table->cpu_count; i++)
		html_addf(html, "<th scope=\"colgroup\" colspan=\"%d\">%d CPU%s</th>",
			  group_width(table), table->cpus[i], table->cpus[i] == 1 ? "" : "s");
	html_add(html, "</tr>\n<tr>");
	for (size_t i = 0; i < table->cpu_count; i++)
		add_variant_heads(html, table);
	html_add(html, "</tr>\n</thead>\n");
}

static void add_changed(struct html *html, const struct matrix_cell *cell)
{
	const struct report *report = html->report;
	const struct report_cell *one = &report->cells[cell - report->run.cells];

	if (one->change == REPORT_CHANGED)
		html_addf(html, " <span class=\"was\">was %s</span>",
			  matrix_cell_state_name(one->before->state));
}

/* Of thousands of cells each is one element. */
static void add_small_slot(struct html *html, const struct matrix_cell *cell)
{
	OWNED_STR class = xasprintf("slot state %s", html_cell_class(html, cell));

	html_add_cell_link(html, cell, class);
	html_add(html, matrix_cell_state_name(cell->state));
	if (cell->rate.boots)
		html_addf(html, " %d of %d", cell->rate.bad, cell->rate.boots);
}

static void add_large_slot(struct html *html, const struct matrix_cell *cell)
{
	OWNED_STR class = xasprintf("slot %s", html_state_class(cell->state));

	html_add_cell_link(html, cell, class);
	html_add_state(html, cell);
	html_add(html, " ");
	html_add_rate(html, &cell->rate);
}

static void add_slot(struct html *html, const struct matrix_cell *cell)
{
	if (!cell) {
		html_add(html, "<td class=\"none\">–</td>");
		return;
	}
	html_add(html, "<td>");
	if (html->all)
		add_large_slot(html, cell);
	else
		add_small_slot(html, cell);
	add_changed(html, cell);
	html_add(html, "</a></td>");
}

static void add_pair(struct html *html, const struct matrix_cell *base,
		     const struct matrix_cell *series)
{
	const struct matrix_pair *pair = base && series ? report_pair_of(html->report, base) : NULL;

	if (pair)
		html_addf(html, "<td class=\"pair pair-%s\">%s</td>",
			  matrix_pair_answer_name(pair->answer),
			  matrix_pair_answer_name(pair->answer));
	else
		html_add(html, "<td class=\"pair\"></td>");
}

static void add_row(struct html *html, const struct table *table, size_t branch, size_t config)
{
	for (size_t cpus = 0; cpus < table->cpu_count; cpus++) {
		const struct matrix_cell *base = *slot(table, branch, config, cpus, MATRIX_BASE);
		const struct matrix_cell *series = *slot(table, branch, config, cpus,
							 MATRIX_SERIES);

		if (table->variants[MATRIX_BASE])
			add_slot(html, base);
		if (table->variants[MATRIX_SERIES])
			add_slot(html, series);
		if (has_pairs(table))
			add_pair(html, base, series);
	}
}

static bool has_row(const struct table *table, size_t branch, size_t config)
{
	for (size_t cpus = 0; cpus < table->cpu_count; cpus++)
		if (*slot(table, branch, config, cpus, MATRIX_BASE) ||
		    *slot(table, branch, config, cpus, MATRIX_SERIES))
			return true;
	return false;
}

static const struct matrix_branch *find_branch(const struct matrix_run *run, const char *name)
{
	for (size_t i = 0; i < run->branch_count; i++)
		if (str_equal(run->branches[i].name, name))
			return &run->branches[i];
	return NULL;
}

static void add_branch_name(struct html *html, const char *name)
{
	const struct matrix_branch *known = find_branch(&html->report->run, name);

	html_addf(html, "%s", name);
	if (known && known->version)
		html_addf(html, " <small>%s</small>", known->version);
	html_add(html, "</th>");
}

/* A branch with a row for each config. */
static void add_branch(struct html *html, const struct table *table, size_t branch)
{
	html_addf(html, "<tbody>\n<tr class=\"branch\"><th scope=\"rowgroup\" colspan=\"%d\">",
		  1 + (int)table->cpu_count * group_width(table));
	add_branch_name(html, table->branches[branch]);
	html_add(html, "</tr>\n");
	for (size_t config = 0; config < table->config_count; config++) {
		if (!has_row(table, branch, config))
			continue;
		html_add(html, "<tr><th scope=\"row\">");
		if (str_equal(table->configs[config], "branch"))
			html_add(html, "its own<span class=\"more\"> config</span></th>");
		else
			html_addf(html, "%s</th>", table->configs[config]);
		add_row(html, table, branch, config);
		html_add(html, "</tr>\n");
	}
	html_add(html, "</tbody>\n");
}

/* Where there is one config only, a branch is one row. */
static void add_branches(struct html *html, const struct table *table)
{
	if (table->config_count > 1) {
		for (size_t branch = 0; branch < table->branch_count; branch++)
			add_branch(html, table, branch);
		return;
	}
	html_add(html, "<tbody>\n");
	for (size_t branch = 0; branch < table->branch_count; branch++) {
		html_add(html, "<tr><th scope=\"row\" class=\"branch\">");
		add_branch_name(html, table->branches[branch]);
		add_row(html, table, branch, 0);
		html_add(html, "</tr>\n");
	}
	html_add(html, "</tbody>\n");
}

static void add_caption(struct html *html, const struct table *table)
{
	html_addf(html, "<caption><b>%s</b>", table->machine);
	if (table->model == MATRIX_MODEL_OFF)
		html_add(html, ", controls: the model is off");
	else if (html->report->run.model)
		html_add(html, ", the model on");
	if (table->config_count == 1 && !str_equal(table->configs[0], "branch"))
		html_addf(html, ", config %s", table->configs[0]);
	html_add(html, "</caption>\n");
}

static void add_table(struct html *html, const char *machine, enum matrix_model model)
{
	CLEANUP(release_table)
	struct table table = { .html = html, .machine = machine, .model = model };

	fill_table(&table, &html->report->run);
	if (!table.branch_count)
		return;
	html_addf(
		html,
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"matrix, %s\">\n"
		"<table class=\"matrix\">\n",
		machine);
	add_caption(html, &table);
	add_heads(html, &table);
	add_branches(html, &table);
	html_add(html, "</table>\n</div>\n");
}

static void add_legend(struct html *html)
{
	static const enum matrix_cell_state states[] = {
		MATRIX_CELL_CLEAN,	MATRIX_CELL_BAD,       MATRIX_CELL_UNDECIDED,
		MATRIX_CELL_INFRA,	MATRIX_CELL_NO_RESULT, MATRIX_CELL_NOT_BUILT,
		MATRIX_CELL_NOT_PORTED, MATRIX_CELL_WAITING
	};

	html_add(html, "<p class=\"legend\">");
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (report_count(html->report, states[i]))
			html_addf(html, "<span class=\"state %s\">%s</span> %zu ",
				  html_state_class(states[i]), matrix_cell_state_name(states[i]),
				  report_count(html->report, states[i]));
	html_add(html, "</p>\n<p class=\"note\">In each cell: boots that showed the bug, of those "
		       "counted");
	html_add(html, html->all ? ", and the 95 % interval of its rate." : ".");
	if (html->report->run.series)
		html_add(html, " A filled sign is not as one wishes it; without the series, bad is "
			       "what one expects.");
	html_add(html, "</p>\n<p class=\"note keys\" hidden><kbd>←</kbd> <kbd>↑</kbd> <kbd>↓</kbd> "
		       "<kbd>→</kbd> walk in the matrix, <kbd>Enter</kbd> opens a cell, "
		       "<kbd>Esc</kbd> closes it and comes back.</p>\n");
}

void html_add_matrix(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	const char **machines = NULL;
	size_t count = 0;

	for (size_t i = 0; i < run->cell_count; i++)
		add_name(&machines, &count, run->cells[i].machine);
	html_add(html, "<section id=\"matrix\" aria-labelledby=\"matrix-title\">\n"
		       "<h2 id=\"matrix-title\">Matrix</h2>\n");
	for (size_t i = 0; i < count; i++)
		add_table(html, machines[i], MATRIX_MODEL_ON);
	for (size_t i = 0; i < count; i++)
		add_table(html, machines[i], MATRIX_MODEL_OFF);
	add_legend(html);
	html_add(html, "</section>\n");
	free(machines);
}
