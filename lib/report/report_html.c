// SPDX-License-Identifier: GPL-2.0
/* The HTML report: one page that needs nothing else, and asks for nothing. */
#include "report_html_part.h"

static void add_asset(struct html *html, const char *begin, const char *end)
{
	strbuf_add(html->out, begin, (size_t)(end - begin));
}

/* Whatever slipped through as markup would still not run, load or send anything. */
static void add_policy(struct html *html)
{
	html_add(html, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src '");
	add_asset(html, html_css_hash, html_css_hash_end);
	html_add(html, "'; script-src '");
	add_asset(html, html_js_hash, html_js_hash_end);
	html_add(html, "'; img-src data:; base-uri 'none'; form-action 'none'\">\n");
}

void html_begin_page(struct html *html, const char *version, const char *title)
{
	html_add(html, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	add_policy(html);
	html_addf(html,
		  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		  "<meta name=\"color-scheme\" content=\"light dark\">\n"
		  "<meta name=\"generator\" content=\"farrier %s\">\n"
		  "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" "
		  "href=\"data:,\">\n"
		  "<title>%s</title>\n<style>",
		  version, title);
	add_asset(html, html_css, html_css_end);
	html_add(html, "</style>\n</head>\n<body>\n");
}

static void add_head(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	OWNED_STR title = xasprintf("%s: %s, run %d", matrix_answer_name(html->report->answer),
				    run->title, run->number);

	html_begin_page(html, run->farrier, title);
}

/* The switch works without the script: the style sheet looks which one is checked. */
void html_add_theme_switch(struct html *html)
{
	static const char *const themes[] = { "auto", "light", "dark" };

	html_add(html, "<fieldset class=\"theme\"><legend>Colours</legend>");
	for (size_t i = 0; i < ARRAY_SIZE(themes); i++)
		html_addf(html,
			  "<input type=\"radio\" name=\"theme\" id=\"theme-%s\" value=\"%s\"%s>"
			  "<label for=\"theme-%s\">%s</label>",
			  themes[i], themes[i], i ? "" : " checked", themes[i], themes[i]);
	html_add(html, "</fieldset>\n");
}

static void add_header(struct html *html)
{
	const struct matrix_run *run = &html->report->run;

	html_addf(html,
		  "<a class=\"skip\" href=\"#headline\">Skip to the answer</a>\n<header>\n"
		  "<p class=\"run\"><b>farrier</b> %s, run %d<span>, <time datetime=\"%s\">%.10s "
		  "%.5s UTC</time></span></p>\n",
		  run->matrix, run->number, run->started, run->started,
		  strlen(run->started) > 11 ? run->started + 11 : "");
	html_add(html, "<nav aria-label=\"Parts of the report\"><a href=\"#matrix\">Matrix</a> "
		       "<a href=\"#changes\">Changes</a> <a href=\"#rates\">Rates</a> "
		       "<a href=\"#cells\">Cells</a> <a href=\"#kernels\">Kernels</a> "
		       "<a href=\"#time\">Time</a></nav>\n");
	html_add_theme_switch(html);
	html_add(html, "</header>\n");
}

void html_end_page(struct html *html)
{
	html_add(html, "<script>");
	add_asset(html, html_js, html_js_end);
	html_add(html, "</script>\n</body>\n</html>\n");
}

static void add_footer(struct html *html)
{
	const struct matrix_run *run = &html->report->run;

	html_addf(html,
		  "<footer><p>Made by farrier %s from <code>.farrier/runs/%s%d/run.json</code>. "
		  "Paths are "
		  "relative to the workspace.</p></footer>\n",
		  run->farrier,
		  run->number < 10     ? "000"
		  : run->number < 100  ? "00"
		  : run->number < 1000 ? "0"
				       : "",
		  run->number);
	html_end_page(html);
}

/* Takes cells of a mood into those that are shown whole, as long as there is room. */
static void choose_by_mood(struct html *html, enum html_mood mood, size_t *room)
{
	const struct report *report = html->report;

	for (size_t i = 0; i < report->run.cell_count && *room; i++) {
		if (html_mood(report, &report->run.cells[i]) != mood)
			continue;
		html->detailed[i] = true;
		--*room;
	}
}

static void choose_detailed(struct html *html)
{
	size_t room = HTML_MAX_DETAILED;

	html->all = html->report->run.cell_count <= room;
	if (!html->all)
		room = HTML_DETAILED_OF_MORE;
	choose_by_mood(html, HTML_AGAINST, &room);
	choose_by_mood(html, HTML_UNSURE, &room);
	choose_by_mood(html, HTML_WISHED, &room);
}

const struct err *report_html(const struct report *report, struct strbuf *out)
{
	CLEANUP(free_ptr)
	bool *detailed = xcalloc(report->run.cell_count + 1, sizeof(*detailed));
	struct html html = { .out = out, .report = report, .detailed = detailed };

	choose_detailed(&html);
	add_head(&html);
	add_header(&html);
	html_add(&html, html.all ? "<main>\n" : "<main class=\"many\">\n");
	html_add_answer(&html);
	html_add_matrix(&html);
	html_add_changes(&html);
	html_add_rates(&html);
	html_add_cells(&html);
	html_add_builds(&html);
	html_add_times(&html);
	html_add(&html, "</main>\n");
	add_footer(&html);
	return NULL;
}
