// SPDX-License-Identifier: GPL-2.0
/*
 * Rates as pictures: a dot for what was counted, a line for the 95 % interval. Without the
 * series and with it are one below the other, so that one sees at once whether they overlap.
 */
#include "report_html_part.h"

/* Where a share is drawn, in per cent of the width: dots at 0 and 1 are whole. */
static double place(double share)
{
	return 3 + 94 * share;
}

static void add_line(struct html *html, const char *class, double from, double to, double y)
{
	html_addf(html, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" y2=\"%.1f\"/>",
		  class, place(from), place(to), y, y);
}

static void add_grid(struct html *html, const char *class, double share)
{
	html_addf(html, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"100%%\"/>",
		  class, place(share), place(share));
}

/* The interval and the dot of one cell; a hollow dot is without the series. */
static void add_dot(struct html *html, const struct matrix_cell *cell, double y)
{
	const struct matrix_rate *rate = &cell->rate;
	bool hollow = cell->variant == MATRIX_BASE && html->report->run.series;

	if (!rate->boots)
		return;
	html_addf(html, "<g class=\"dot %s%s\">", html_state_class(cell->state),
		  hollow ? " hollow" : "");
	add_line(html, "span", rate->low, rate->high, y);
	html_addf(html, "<circle cx=\"%.2f%%\" cy=\"%.1f\" r=\"4\"/></g>",
		  place((double)rate->bad / rate->boots), y);
}

void html_add_rate_bar(struct html *html, const struct matrix_cell *cell)
{
	html_add(html, "<svg class=\"bar\" aria-hidden=\"true\" width=\"100%\" height=\"14\">");
	add_grid(html, "end", 0);
	add_grid(html, "end", 1);
	add_line(html, "axis", 0, 1, 7);
	add_dot(html, cell, 7);
	html_add(html, "</svg>");
}

static void add_scale(struct html *html)
{
	const struct matrix_test *test = &html->report->run.test;

	for (int i = 0; i <= 4; i++)
		add_grid(html, i % 4 ? "grid" : "end", i / 4.0);
	if (test->bad_rate > 0)
		add_grid(html, "limit", test->bad_rate);
}

static void add_scale_row(struct html *html)
{
	html_add(html, "<thead><tr><th scope=\"col\">cell</th><th scope=\"col\">");
	html_add(html, "<svg class=\"scale\" width=\"100%\" height=\"18\" role=\"img\" "
		       "aria-label=\"share of boots that showed the bug, from 0 to 100 %\">");
	for (int i = 0; i <= 4; i++)
		html_addf(html, "<text class=\"%s\" x=\"%.2f%%\" y=\"13\">%d%s</text>",
			  i == 4 ? "last" : (i % 2 ? "minor" : "middle"), place(i / 4.0), i * 25,
			  i == 4 ? " %" : "");
	html_add(html, "</svg></th><th scope=\"col\">without</th><th scope=\"col\">with</th>"
		       "</tr></thead>\n");
}

static void add_count(struct html *html, const struct matrix_cell *cell)
{
	html_add(html, "<td class=\"number\">");
	if (cell && cell->rate.boots) {
		html_add_cell_link(html, cell, "");
		html_addf(html, "%d of %d</a>", cell->rate.bad, cell->rate.boots);
	} else {
		html_add(html, "–");
	}
	html_add(html, "</td>");
}

/* One line of the plot; either cell may be NULL. */
static void add_row(struct html *html, const struct matrix_cell *base,
		    const struct matrix_cell *series)
{
	const struct matrix_cell *any = base ? base : series;
	bool both = base && series;

	html_addf(html, "<tr><th scope=\"row\">%s, %d CPU%s", any->machine, any->cpus,
		  any->cpus == 1 ? "" : "s");
	if (!str_equal(any->config, "branch"))
		html_addf(html, ", %s", any->config);
	if (any->model == MATRIX_MODEL_OFF)
		html_add(html, ", <span class=\"off\">model off</span>");
	html_addf(
		html,
		"</th><td><svg class=\"rates\" aria-hidden=\"true\" width=\"100%%\" height=\"%d\">",
		both ? 34 : 24);
	add_scale(html);
	if (base)
		add_dot(html, base, 12);
	if (series)
		add_dot(html, series, both ? 23 : 12);
	html_add(html, "</svg></td>");
	add_count(html, base);
	add_count(html, series);
	html_add(html, "</tr>\n");
}

/* The cell beside this one, without or with the series; NULL when there is none. */
static const struct matrix_cell *partner(const struct report *report,
					 const struct matrix_cell *cell)
{
	const struct matrix_pair *pair = report_pair_of(report, cell);

	if (!pair)
		return NULL;
	return pair->base == cell ? pair->series : pair->base;
}

/* The rows of a branch; returns how many there are now. */
static size_t add_branch(struct html *html, const char *branch, size_t rows)
{
	const struct report *report = html->report;

	html_addf(html,
		  "<tbody><tr class=\"branch\"><th scope=\"rowgroup\" colspan=\"4\">%s</th></tr>\n",
		  branch);
	for (size_t i = 0; i < report->run.cell_count && rows < HTML_MAX_PLOT; i++) {
		const struct matrix_cell *cell = &report->run.cells[i];
		const struct matrix_cell *other = partner(report, cell);
		bool base = cell->variant == MATRIX_BASE;

		/* a pair is drawn once, by the cell without the series */
		if (!str_equal(cell->branch, branch) || (!base && other))
			continue;
		add_row(html, base ? cell : NULL, base ? other : cell);
		rows++;
	}
	html_add(html, "</tbody>\n");
	return rows;
}

static void add_key(struct html *html)
{
	const struct matrix_run *run = &html->report->run;

	html_add(html,
		 "<p class=\"note\">The share of boots that showed the bug, each with its 95 % "
		 "interval");
	if (run->series)
		html_addf(html, ": a hollow dot without %s, a full one with it", run->series);
	if (run->test.bad_rate > 0) {
		html_add(html, ". The dashed line is the rate from which on a cell is bad, ");
		html_add_percent(html, run->test.bad_rate);
	}
	html_add(html, ".</p>\n");
}

static bool has_boots(const struct matrix_run *run)
{
	for (size_t i = 0; i < run->cell_count; i++)
		if (run->cells[i].rate.boots)
			return true;
	return false;
}

void html_add_rates(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	size_t rows = 0;

	if (!has_boots(run))
		return;
	html_add(html, "<section id=\"rates\" aria-labelledby=\"rates-title\">\n"
		       "<h2 id=\"rates-title\">Rates</h2>\n");
	add_key(html);
	html_add(html, "<table class=\"plot rates\">\n");
	add_scale_row(html);
	for (size_t i = 0; i < run->branch_count && rows < HTML_MAX_PLOT; i++)
		rows = add_branch(html, run->branches[i].name, rows);
	html_add(html, "</table>\n");
	if (rows >= HTML_MAX_PLOT)
		html_addf(html, "<p class=\"note\">Only the first %d lines are drawn.</p>\n",
			  HTML_MAX_PLOT);
	html_add(html, "</section>\n");
}
