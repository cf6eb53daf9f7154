// SPDX-License-Identifier: GPL-2.0
/* One section for each cell, folded, below its branch. */
#include "report_html_part.h"

static void add_summary(struct html *html, const struct matrix_cell *cell)
{
	html_add(html, "<summary>");
	html_add_state(html, cell);
	html_add(html, " <span class=\"name\">");
	html_add_cell_name(html, cell, false);
	html_add(html, "</span> <span class=\"rate\">");
	html_add_rate(html, &cell->rate);
	html_add(html, "</span>");
	if (cell->rate.boots)
		html_add_rate_bar(html, cell);
	html_add(html, "</summary>\n");
}

/*
 * The element with the id is inside, so that a browser opens what is around it when a link
 * leads there, also without the script.
 */
static void add_cell(struct html *html, const struct report_cell *one)
{
	const struct matrix_cell *cell = one->cell;
	bool against = html_mood(html->report, cell) == HTML_AGAINST;

	html_addf(html, "<details class=\"cell%s\"%s>", against ? " against" : "",
		  against && html->all ? " open" : "");
	add_summary(html, cell);
	html_add(html, "<div class=\"body\" id=\"");
	html_add_anchor(html, "cell", cell->id);
	html_add(html, "\">\n");
	html_add_cell_details(html, one);
	html_add(html, "</div>\n</details>\n");
}

/* A cell that there is no room for, in as few elements as say what it is. */
static void add_brief(struct html *html, const struct report_cell *one)
{
	html_add(html, "<p class=\"brief\" id=\"");
	html_add_anchor(html, "cell", one->cell->id);
	html_add(html, "\">");
	html_add_cell_name(html, one->cell, false);
	html_addf(html, ": %s</p>", one->outcome_text);
}

static void add_branch(struct html *html, const char *branch)
{
	const struct report *report = html->report;

	html_addf(html, "<div class=\"cells\">\n<h3>%s</h3>\n", branch);
	for (size_t i = 0; i < report->run.cell_count; i++) {
		if (!str_equal(report->run.cells[i].branch, branch))
			continue;
		if (html->detailed[i])
			add_cell(html, &report->cells[i]);
		else
			add_brief(html, &report->cells[i]);
	}
	html_add(html, "</div>\n");
}

void html_add_cells(struct html *html)
{
	const struct matrix_run *run = &html->report->run;

	html_add(html, "<section id=\"cells\" aria-labelledby=\"cells-title\">\n"
		       "<h2 id=\"cells-title\">Cells</h2>\n");
	if (!html->all)
		html_addf(html,
			  "<p class=\"note\">There are so many cells that boots, logs and commands "
			  "of "
			  "only %d are here: first of those that speak against the series or are "
			  "open. "
			  "<code>farrier report --format json</code> has them all.</p>\n",
			  HTML_DETAILED_OF_MORE);
	html_add(html, "<p class=\"tools\" hidden><label>Filter <input type=\"search\" "
		       "id=\"filter\" autocomplete=\"off\" spellcheck=\"false\"></label> "
		       "<button type=\"button\" id=\"open-all\">Open all</button> "
		       "<button type=\"button\" id=\"close-all\">Close all</button> "
		       "<span id=\"filtered\" role=\"status\"></span></p>\n");
	for (size_t i = 0; i < run->branch_count; i++)
		add_branch(html, run->branches[i].name);
	html_add(html, "</section>\n");
}
