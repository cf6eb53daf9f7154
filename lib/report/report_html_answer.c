// SPDX-License-Identifier: GPL-2.0
/*
 * The answer, and what it rests on: each sentence says what was counted, and
 * how far it reaches.
 */
#include "report_html_part.h"

/* Cells of one kind, added up. */
struct tally {
	size_t cells, clean, bad, no_kernel, open;
	int boots, hits;
	double least; /* the lowest lower bound of the bad ones */
	double most;  /* the highest upper bound of the clean ones */
};

static void count_cell(const struct matrix_cell *cell, struct tally *tally)
{
	tally->cells++;
	tally->boots += cell->rate.boots;
	tally->hits += cell->rate.bad;
	switch (cell->state) {
	case MATRIX_CELL_CLEAN:
		tally->clean++;
		if (cell->rate.high > tally->most)
			tally->most = cell->rate.high;
		break;
	case MATRIX_CELL_BAD:
		if (!tally->bad++ || cell->rate.low < tally->least)
			tally->least = cell->rate.low;
		break;
	case MATRIX_CELL_NOT_PORTED:
	case MATRIX_CELL_NOT_BUILT:
		tally->no_kernel++;
		break;
	default:
		tally->open++;
	}
}

/* A cell that has nothing to show the bug with. */
static bool is_control(const struct matrix_cell *cell)
{
	return cell->model == MATRIX_MODEL_OFF;
}

static struct tally count(const struct matrix_run *run, enum matrix_variant variant, bool controls)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < run->cell_count; i++)
		if (run->cells[i].variant == variant && is_control(&run->cells[i]) == controls)
			count_cell(&run->cells[i], &tally);
	return tally;
}

static void add_plural(struct html *html, size_t count, const char *word)
{
	html_addf(html, "%zu %s%s", count, word, count == 1 ? "" : "s");
}

static void add_good_headline(struct html *html)
{
	const struct matrix_run *run = &html->report->run;

	if (!run->series)
		html_add(html, "No cell shows a bug");
	else if (run->model)
		html_addf(html, "%s fixes the bug", run->series);
	else
		html_addf(html, "With %s every cell is clean", run->series);
	if (run->branch_count == 1)
		html_addf(html, " on %s", run->branches[0].name);
	else
		html_addf(html, " on all %zu branches", run->branch_count);
}

static void add_headline(struct html *html)
{
	const struct matrix_run *run = &html->report->run;

	switch (html->report->answer) {
	case MATRIX_ANSWER_GOOD:
		add_good_headline(html);
		return;
	case MATRIX_ANSWER_BAD:
		if (run->series)
			html_addf(html, "%s does not hold on every branch", run->series);
		else
			html_add(html, "Some cells show a bug");
		return;
	case MATRIX_ANSWER_INCONCLUSIVE:
		html_add(html, "It is not clear yet");
		return;
	default:
		html_add(html, run->ended[0] ? "Not every cell came to its end"
					     : "The run is not at its end");
	}
}

/* Names the cells of a mood, with links, as far as there is room. */
static void add_named(struct html *html, enum html_mood mood, const char *title)
{
	const struct report *report = html->report;
	size_t count = 0;

	for (size_t i = 0; i < report->run.cell_count; i++) {
		const struct matrix_cell *cell = &report->run.cells[i];

		if (html_mood(report, cell) != mood || count++ >= HTML_MAX_NAMED)
			continue;
		if (count == 1)
			html_addf(html, "<h2 class=\"named\">%s</h2>\n<ul class=\"named\">\n",
				  title);
		html_add(html, "<li>");
		html_add_cell_link(html, cell, "cell-link");
		html_add_state(html, cell);
		html_add(html, " <span>");
		html_add_cell_name(html, cell, true);
		html_add(html, "</span></a></li>\n");
	}
	if (count > HTML_MAX_NAMED)
		html_addf(html, "<li>and %zu more</li>\n", count - HTML_MAX_NAMED);
	if (count)
		html_add(html, "</ul>\n");
}

/* "in 20 of 20 boots (4 cells)" */
static void add_hits(struct html *html, const struct tally *tally)
{
	html_addf(html, "in <b>%d of %d</b> boots (", tally->hits, tally->boots);
	add_plural(html, tally->cells, "cell");
	html_add(html, ")");
}

static void add_bound(struct html *html, const char *before, double share, const char *behind)
{
	html_add(html, before);
	html_add_percent(html, share);
	html_add(html, behind);
}

static void say_without(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	struct tally tally = count(run, MATRIX_BASE, false);

	if (!tally.boots)
		return;
	if (run->series)
		html_addf(html, "<li><b>Without %s</b> the bug showed ", run->series);
	else
		html_add(html, "<li>A bug showed ");
	add_hits(html, &tally);
	if (tally.bad)
		add_bound(html, "; where it shows, the true rate is at least ", tally.least, "");
	if (!run->series && tally.clean)
		add_bound(html, "; in a clean cell the true rate is at most ", tally.most, "");
	html_add(html, ".</li>\n");
}

static void say_with(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	struct tally tally = count(run, MATRIX_SERIES, false);

	if (!tally.cells)
		return;
	html_addf(html, "<li><b>With %s</b> ", run->series);
	if (tally.boots) {
		html_add(html, "it showed ");
		add_hits(html, &tally);
	} else {
		html_add(html, "nothing was booted");
	}
	if (tally.clean)
		add_bound(html, "; in a clean cell the true rate is at most ", tally.most, "");
	if (tally.no_kernel) {
		html_add(html, "; ");
		add_plural(html, tally.no_kernel, "cell");
		html_add(html, " had no kernel to boot");
	}
	html_add(html, ".</li>\n");
}

static void say_controls(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	struct tally base = count(run, MATRIX_BASE, true), with = count(run, MATRIX_SERIES, true);
	struct tally all = { .cells = base.cells + with.cells,
			     .boots = base.boots + with.boots,
			     .hits = base.hits + with.hits };

	if (!run->model || !all.cells)
		return;
	html_add(html, "<li><b>Controls</b>, the model switched off: a bug showed ");
	add_hits(html, &all);
	html_add(html, all.hits ? ": <b>something else than the model breaks these kernels</b>"
				: ": what breaks the others is the model");
	html_add(html, ".</li>\n");
}

static void say_risk(struct html *html)
{
	const struct matrix_test *test = &html->report->run.test;

	if (test->bad_rate <= 0)
		return;
	html_add(html, "<li>Boots went on until each cell was clear: where the bug shows in ");
	html_add_percent(html, test->bad_rate);
	html_add(html, " of boots or more, a cell is called clean at most ");
	html_add_percent(html, test->error);
	html_add(html, " of the time; at ");
	html_add_percent(html, test->clean_rate);
	html_add(html,
		 " or less it is called bad as rarely. Bounds and intervals are 95 %.</li>\n");
}

static void say_reach(struct html *html)
{
	const struct matrix_run *run = &html->report->run;

	if (run->model)
		html_addf(html,
			  "<li>The bug is that of the model <b>%s</b>, a test-only series "
			  "that imitates a fault: nothing more is proved.</li>\n",
			  run->model);
}

static void add_fact(struct html *html, const char *name)
{
	html_addf(html, "<div><dt>%s</dt><dd>", name);
}

static void add_pairs_fact(struct html *html)
{
	const struct report *report = html->report;
	size_t fixed = 0, asked = 0;

	for (size_t i = 0; i < report->pair_count; i++) {
		if (report->pairs[i].base->model == MATRIX_MODEL_OFF)
			continue;
		asked++;
		fixed += report->pairs[i].answer == MATRIX_PAIR_FIXED;
	}
	if (!asked)
		return;
	add_fact(html, "fixed");
	html_addf(html, "%zu of %zu <small>pairs without and with the series</small></dd></div>\n",
		  fixed, asked);
}

static void add_boots_fact(struct html *html)
{
	const struct matrix_timing *timing = &html->report->run.timing;

	add_fact(html, "boots");
	html_addf(html, "%d <small>and %d reused from earlier</small></dd></div>\n", timing->booted,
		  timing->reused);
	add_fact(html, "kernels built");
	html_addf(html, "%d <small>of %zu</small></dd></div>\n", timing->built,
		  html->report->run.build_count);
}

static void add_time_fact(struct html *html)
{
	const struct matrix_run *run = &html->report->run;

	add_fact(html, "took");
	html_add_duration(html, run->timing.wall);
	if (html->report->efficiency > 0)
		html_addf(html,
			  " <small><a href=\"#time\">%.2f times</a> the least that %d CPU%s "
			  "need</small>",
			  html->report->efficiency, run->cpus, run->cpus == 1 ? "" : "s");
	html_add(html, "</dd></div>\n");
}

static void add_facts(struct html *html)
{
	html_add(html, "<dl class=\"facts\">\n");
	add_pairs_fact(html);
	add_boots_fact(html);
	add_time_fact(html);
	html_add(html, "</dl>\n");
}

void html_add_answer(struct html *html)
{
	const struct report *report = html->report;
	const char *answer = matrix_answer_name(report->answer);

	html_addf(html,
		  "<section id=\"answer\" class=\"answer is-%s\" aria-labelledby=\"headline\">\n",
		  answer);
	html_addf(html, "<p class=\"verdict\">%s</p>\n<h1 id=\"headline\" tabindex=\"-1\">",
		  answer);
	add_headline(html);
	html_addf(html, "</h1>\n<p class=\"title\">%s</p>\n", report->run.title);
	html_add(html, "<ul class=\"proof\">\n");
	say_without(html);
	say_with(html);
	say_controls(html);
	say_risk(html);
	say_reach(html);
	html_add(html, "</ul>\n");
	add_named(html, HTML_AGAINST, "What speaks against it");
	add_named(html, HTML_UNSURE, "What is open");
	add_facts(html);
	html_add(html, "</section>\n");
}
