// SPDX-License-Identifier: GPL-2.0
/*
 * A bisection as a page: who it is and how sure that is, the posterior over the history with what
 * was tested below it, and every commit of which something is known.
 */
#include "bisect/bisect_answer.h"
#include "report_html_part.h"

/* Bars that would not be seen are left out, and of many suspects all that are next to nothing. */
#define LEAST_BAR  0.002
#define PLOT_PIXEL 180
#define AXIS_PIXEL 150

struct page {
	struct html html;
	struct bisect *bisect;
	struct bisect_answer answer;
};

static void add_id(struct page *page, size_t number)
{
	html_addf(&page->html, "<code>%.12s</code>",
		  git_oid_tostr_s(bisect_commit_id(page->bisect, number)));
}

/* --- the answer --- */

static void add_headline(struct page *page)
{
	const struct bisect *bisect = page->bisect;
	struct html *html = &page->html;

	html_add(html, "<section><h1 id=\"headline\" tabindex=\"-1\">");
	switch (page->answer.what) {
	case SUSPECT_FOUND:
		add_id(page, bisect_blamed(bisect, page->answer.culprit));
		html_add(html, bisect->fixes ? " fixes it" : " is the first bad commit");
		break;
	case SUSPECT_NOBODY:
		html_addf(html, "It is none of the suspects: %s",
			  page->answer.both_bad > page->answer.no_bug
				  ? "the good end is bad, too"
				  : "the bad end hardly ever fails");
		break;
	case SUSPECT_STUCK:
		html_addf(html, "It is one of %zu commits, and no test would say which",
			  page->answer.count);
		break;
	case SUSPECT_BOOT:
		html_addf(html, "The search goes on among %zu suspects", bisect->history.count);
	}
	html_add(html, "</h1>\n");
	if (page->answer.what != SUSPECT_BOOT) {
		html_add(html, "<p class=\"summary\">Probability ");
		html_add_percent(html, page->answer.confidence);
		html_add(html, "</p>\n");
	}
}

static ERR_CHECK add_culprit(struct page *page)
{
	const struct bisect *bisect = page->bisect;
	const struct bisect_commit *seen;
	GIT_COMMIT commit = NULL;

	if (page->answer.what != SUSPECT_FOUND)
		return NULL;
	TRY(repo_commit(bisect->repo,
			bisect_commit_id(bisect, bisect_blamed(bisect, page->answer.culprit)),
			&commit));
	html_addf(&page->html, "<p>%s &lt;%s&gt;</p>\n<pre>%s</pre>\n",
		  git_commit_author(commit)->name, git_commit_author(commit)->email,
		  git_commit_message(commit));
	seen = &bisect->commits[page->answer.culprit];
	if (seen->fails && seen->log) {
		html_addf(&page->html, "<p>Seen in <span class=\"path\">%s</span>", seen->log);
		if (seen->line)
			html_addf(&page->html, ", line %d", (int)seen->line);
		html_add(&page->html, ":</p>\n<pre>");
		html_console(page->html.out, seen->text ? seen->text : "");
		html_add(&page->html, "</pre>\n");
	}
	return NULL;
}

static void add_cost(struct page *page)
{
	const struct bisect *bisect = page->bisect;
	struct html *html = &page->html;

	if (bisect_is_by_hand(bisect)) {
		html_add(html, "<p class=\"note\">Every mark is a person's.</p></section>\n");
		return;
	}
	html_addf(html, "<p>%d builds and %d tests, ", bisect->builds, bisect->tests);
	html_add_duration(html, bisect->build_seconds + bisect->test_seconds);
	html_addf(html, "; %d tests without a result", bisect->infra);
	if (bisect->reused)
		html_addf(html, ", %d that had been made before", bisect->reused);
	html_add(html, ".</p>\n");
	if (bisect->spared)
		html_addf(html,
			  "<p>%zu of the %zu suspects change nothing that went into the image, and "
			  "were never built.</p>\n",
			  bisect->spared, bisect->history.count);
	html_add(html, "<p class=\"note\">Assumed: a bad commit passes ");
	html_add_percent(html, page->answer.p);
	html_add(html, " of its tests, a good one fails ");
	html_add_percent(html, suspect_belief_assumptions(bisect->belief)->q);
	html_add(html, "; builds differ.</p></section>\n");
}

/* --- the plot --- */

static double place_of(const struct bisect *bisect, size_t number)
{
	double oldest_first = bisect->fixes ? (double)(bisect->history.count - 1 - number)
					    : (double)number;

	return (oldest_first + 0.5) / (double)bisect->history.count * 100;
}

static void add_bar(struct page *page, size_t number)
{
	double probability = suspect_belief_of(page->bisect->belief, number);
	double width = 100.0 / (double)page->bisect->history.count;

	if (probability < LEAST_BAR)
		return;
	/* of many suspects a bar is thinner than can be seen */
	width = width < 0.3 ? 0.3 : width * 0.8;
	html_addf(&page->html,
		  "<rect class=\"bad\" x=\"%.3f%%\" width=\"%.3f%%\" y=\"%.1f\" height=\"%.1f\"/>",
		  place_of(page->bisect, number) - width / 2, width, AXIS_PIXEL * (1 - probability),
		  AXIS_PIXEL * probability);
}

static void add_dot(struct page *page, size_t number)
{
	const struct bisect_commit *commit = &page->bisect->commits[number];
	const char *mood = bisect_is_skipped(commit)				 ? "infra"
			   : commit->fails || commit->mark == SUSPECT_MARKED_BAD ? "bad"
										 : "clean";

	if (!bisect_is_known(commit))
		return;
	html_addf(&page->html,
		  "<g class=\"dot %s\"><circle cx=\"%.3f%%\" cy=\"%d\" r=\"3.5\"/></g>", mood,
		  place_of(page->bisect, number), AXIS_PIXEL + 14);
}

static void add_plot(struct page *page)
{
	struct html *html = &page->html;
	size_t count = page->bisect->history.count;

	html_addf(html,
		  "<section id=\"posterior\"><h2>Who it is, over the history</h2>\n<figure>"
		  "<svg role=\"img\" aria-label=\"The probability of each of %zu suspects, oldest "
		  "left, and what was tested\" width=\"100%%\" height=\"%d\">",
		  count, PLOT_PIXEL);
	for (int quarter = 0; quarter <= 4; quarter++)
		html_addf(html,
			  "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>",
			  AXIS_PIXEL * quarter / 4.0, AXIS_PIXEL * quarter / 4.0);
	for (size_t i = 0; i < count; i++)
		add_bar(page, i);
	html_addf(html, "<line class=\"axis\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>",
		  AXIS_PIXEL, AXIS_PIXEL);
	for (size_t i = 0; i < count; i++)
		add_dot(page, i);
	html_add(html,
		 "</svg>\n<figcaption class=\"note\">A bar for each suspect, as high as its "
		 "probability (the top is 100 %), oldest left. The dots below are the commits that "
		 "were tested: red failed at least once, green never did, violet could not be "
		 "tested.</figcaption></figure></section>\n");
}

/* --- the table --- */

static ERR_CHECK add_row(struct page *page, size_t number)
{
	struct bisect *bisect = page->bisect;
	const struct bisect_commit *commit = &bisect->commits[number];
	bool is_end = number == bisect_good_end(bisect);
	bool skipped = bisect_is_skipped(commit);
	OWNED_STR subject = NULL;

	TRY(bisect_subject(bisect, number, &subject));
	html_add(&page->html, "<tr><th scope=\"row\">");
	add_id(page, number);
	html_addf(&page->html, " %s%s</th><td class=\"number\">%d</td><td class=\"number\">%d</td>",
		  is_end ? "(good end) " : "", subject, commit->fails, commit->passes);
	html_add(&page->html, "<td class=\"number\">");
	if (!is_end)
		html_add_percent(&page->html, suspect_belief_of(bisect->belief, number));
	html_add(&page->html, "</td><td class=\"cause\">");
	if (commit->mark != SUSPECT_UNMARKED)
		html_addf(&page->html, "marked %s",
			  commit->mark == SUSPECT_MARKED_BAD ? "bad" : "good");
	html_console(page->html.out, skipped	    ? (commit->why ? commit->why : "skipped")
				     : commit->text ? commit->text
						    : "");
	html_add(&page->html, "</td></tr>\n");
	return NULL;
}

static ERR_CHECK add_table(struct page *page)
{
	struct bisect *bisect = page->bisect;

	html_add(
		&page->html,
		"<section id=\"tested\"><h2>What was tested, newest first</h2>\n<div "
		"class=\"scroll\"><table><thead><tr><th scope=\"col\">Commit</th><th scope=\"col\" "
		"class=\"number\">failed</th><th scope=\"col\" class=\"number\">passed</th><th "
		"scope=\"col\" class=\"number\">is it</th><th scope=\"col\">what it said</th></tr>"
		"</thead>\n<tbody>\n");
	for (size_t i = bisect->history.count; i-- > 0;)
		if (bisect_is_known(&bisect->commits[i]))
			TRY(add_row(page, i));
	if (bisect_is_known(&bisect->commits[bisect_good_end(bisect)]))
		TRY(add_row(page, bisect_good_end(bisect)));
	html_add(&page->html, "</tbody></table></div></section>\n");
	return NULL;
}

ERR_CHECK report_bisect_html(struct bisect *bisect, const char *version, struct strbuf *out)
{
	struct page page = { .html = { .out = out }, .bisect = bisect };
	OWNED_STR title = xasprintf("bisection %d", bisect->number);
	const struct err *err;

	bisect_answer(bisect, &page.answer);
	html_begin_page(&page.html, version, title);
	html_addf(&page.html, "<header>\n<p class=\"run\"><b>farrier</b> bisection %d</p>\n",
		  bisect->number);
	html_add_theme_switch(&page.html);
	html_add(&page.html, "</header>\n<main>\n");
	add_headline(&page);
	err = add_culprit(&page);
	add_cost(&page);
	add_plot(&page);
	if (!err)
		err = add_table(&page);
	html_add(&page.html, "</main>\n");
	html_end_page(&page.html);
	bisect_answer_release(&page.answer);
	return err;
}
