// SPDX-License-Identifier: GPL-2.0
/* What is not as it was in the run before. */
#include "report_html_part.h"

static void add_before(struct html *html, const struct matrix_cell *before)
{
	html_add(html, "<td>");
	if (before) {
		html_addf(html, "<span class=\"state %s\">%s</span> ",
			  html_state_class(before->state), matrix_cell_state_name(before->state));
		html_add_rate(html, &before->rate);
	} else {
		html_add(html, "–");
	}
	html_add(html, "</td>");
}

static void add_row(struct html *html, const struct report_cell *one)
{
	const struct matrix_cell *cell = one->cell;

	html_add(html, "<tr><th scope=\"row\">");
	html_add_cell_link(html, cell, "");
	html_add_cell_name(html, cell, true);
	html_add(html, "</a></th>");
	add_before(html, one->before);
	html_add(html, "<td>");
	html_add_state(html, cell);
	html_add(html, " ");
	html_add_rate(html, &cell->rate);
	html_addf(html, "</td><td>%s</td></tr>\n",
		  one->change == REPORT_NEW ? "new"
		  : one->same_kernel	    ? "the same kernel: chance, or a flake"
					    : "another kernel");
}

static void add_gone_row(struct html *html, const struct matrix_cell *cell)
{
	html_add(html, "<tr><th scope=\"row\">");
	html_add_cell_name(html, cell, true);
	html_add(html, "</th>");
	add_before(html, cell);
	html_add(html, "<td>–</td><td>not in this run</td></tr>\n");
}

static bool is_shown(const struct report_cell *one)
{
	return one->change == REPORT_CHANGED || one->change == REPORT_NEW;
}

static size_t count_changes(const struct report *report)
{
	size_t count = report->gone_count;

	for (size_t i = 0; i < report->run.cell_count; i++)
		count += is_shown(&report->cells[i]);
	return count;
}

/* Changed states first, then what came, then what went. */
static void add_rows(struct html *html)
{
	static const enum report_change order[] = { REPORT_CHANGED, REPORT_NEW };
	const struct report *report = html->report;
	size_t rows = 0;

	for (size_t kind = 0; kind < ARRAY_SIZE(order); kind++)
		for (size_t i = 0; i < report->run.cell_count; i++)
			if (report->cells[i].change == order[kind] && rows++ < HTML_MAX_CHANGES)
				add_row(html, &report->cells[i]);
	for (size_t i = 0; i < report->gone_count; i++)
		if (rows++ < HTML_MAX_CHANGES)
			add_gone_row(html, report->gone[i]);
}

static void add_table(struct html *html, size_t count)
{
	const struct report *report = html->report;

	html_addf(html,
		  "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"changes\">"
		  "<table class=\"changes\"><thead><tr><th scope=\"col\">cell</th>"
		  "<th scope=\"col\">run %d</th><th scope=\"col\">now</th>"
		  "<th scope=\"col\">why</th></tr></thead>\n<tbody>\n",
		  report->before.number);
	add_rows(html);
	html_add(html, "</tbody></table></div>\n");
	if (count > HTML_MAX_CHANGES)
		html_addf(html, "<p class=\"note\">and %zu more</p>\n", count - HTML_MAX_CHANGES);
}

void html_add_changes(struct html *html)
{
	const struct report *report = html->report;
	size_t count = count_changes(report);

	html_add(html, "<section id=\"changes\" aria-labelledby=\"changes-title\">\n"
		       "<h2 id=\"changes-title\">Since the last run</h2>\n");
	if (!report->has_before)
		html_addf(html, "<p>There is no earlier run of the matrix <b>%s</b>.</p>\n",
			  report->run.matrix);
	else if (!count)
		html_addf(html, "<p>Every cell is as it was in run %d of %s.</p>\n",
			  report->before.number, report->before.started);
	else
		add_table(html, count);
	html_add(html, "</section>\n");
}
