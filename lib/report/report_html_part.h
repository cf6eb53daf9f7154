/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report_html_part.h - how the files of the HTML report write, and what each writes.
 *
 * Everything that came from outside goes through the "%s" of html_addf(), which
 * makes it text; formats and html_add() are for the page's own markup.
 *
 * The page's Content-Security-Policy knows one style sheet and one script, by
 * their hashes: no style or on... attribute works. Drawings are SVG with
 * coordinates in per cent and classes, so that they grow with the page while
 * their strokes do not.
 */
#ifndef FARRIER_REPORT_HTML_PART_H
#define FARRIER_REPORT_HTML_PART_H

#include "report.h"

/*
 * What a page of many cells leaves out, so that a browser opens it at once: boots,
 * logs and commands beyond the first cells (those that matter come first), and
 * lines of plots.
 */
#define HTML_MAX_DETAILED     400
#define HTML_DETAILED_OF_MORE 200 /* where there are more */
#define HTML_MAX_BUILDS	      400
#define HTML_MAX_BOOTS	      60 /* of one cell */
#define HTML_MAX_DIAGNOSTICS  20 /* of one build */
#define HTML_MAX_PLOT	      160
#define HTML_MAX_CHANGES      400
#define HTML_MAX_NAMED	      8 /* cells that the answer names */

struct html {
	struct strbuf *out;
	const struct report *report;
	bool *detailed; /* by cell: it is shown whole */
	bool all;	/* every one is */
};

/* report_add_escaped(): text and nothing else, in element content and in quoted attributes. */
void html_text(struct strbuf *out, const char *text, size_t length);

/* The same for a console line, with the \\xNN that stand for bytes in <i> elements. */
void html_console(struct strbuf *out, const char *text);

/* The page's own markup, as it stands. */
void html_add(struct html *html, const char *markup);

/*
 * Knows %s (through html_text; "%.12s" takes the first bytes; NULL is nothing), %d, %zu,
 * %.Nf and %%.
 */
void html_addf(struct html *html, const char *format, ...) PRINTF(2, 3);

/* The fragment that names a cell's or build's section: its id with what is not of a URL as %NN. */
void html_add_anchor(struct html *html, const char *kind, const char *id);

/* "1.2 s", "3 min 20 s", "2 h 05 min". */
void html_add_duration(struct html *html, double seconds);
/* 0.4119 as "41 %", 0.031 as "3.1 %". */
void html_add_percent(struct html *html, double share);
/* "5 of 7", and the interval behind it in an element of its own; nothing of no boots. */
void html_add_rate(struct html *html, const struct matrix_rate *rate);
/* A state's sign and word; it is filled when it speaks against the series. */
void html_add_state(struct html *html, const struct matrix_cell *cell);
/* "without ev7-ipi", "with ev7-ipi"; "as it is" in a matrix that has no series. */
void html_add_variant(struct html *html, enum matrix_variant variant);
/* "linux-6.12.y, with ev7-ipi, model on, clipper, 4 CPUs", and the config when it is not "branch".
 */
void html_add_cell_name(struct html *html, const struct matrix_cell *cell, bool branch);
/* Opens a link to a cell's section. */
void html_add_cell_link(struct html *html, const struct matrix_cell *cell, const char *class);

/* A name for a style: "clean", "no-kernel", ... */
const char *html_state_class(enum matrix_cell_state state);
/* The same, and " against" where it speaks against the series. */
const char *html_cell_class(const struct html *html, const struct matrix_cell *cell);

/* What a cell says of the run's question, from its outcome and its state. */
enum html_mood {
	HTML_WISHED,
	HTML_UNSURE, /* not at its end, not decided, or a machine failed */
	HTML_AGAINST,
};
enum html_mood html_mood(const struct report *report, const struct matrix_cell *cell);

/* What every page begins and ends with. */
void html_begin_page(struct html *html, const char *version, const char *title);
void html_add_theme_switch(struct html *html);
void html_end_page(struct html *html);

/* The parts of the page, top to bottom. */
void html_add_answer(struct html *html);
void html_add_matrix(struct html *html);
void html_add_changes(struct html *html);
void html_add_rates(struct html *html);
void html_add_cells(struct html *html);
void html_add_builds(struct html *html);
void html_add_times(struct html *html);

/* A small drawing of a rate: its interval as a bar, itself as a dot. */
void html_add_rate_bar(struct html *html, const struct matrix_cell *cell);
/* The inside of a cell's section: why, evidence, boots, commands. */
void html_add_cell_details(struct html *html, const struct report_cell *cell);

/* Files of lib/report/html/, and "sha256-..." of each, as a Content-Security-Policy names it. */
extern const char html_css[], html_css_end[], html_js[], html_js_end[];
extern const char html_css_hash[], html_css_hash_end[], html_js_hash[], html_js_hash_end[];

#endif
