// SPDX-License-Identifier: GPL-2.0
/* What a cell's section holds: why it is in its state, what the console said, its boots, and
 * how to do it again. */
#include "report_html_part.h"

static void add_why(struct html *html, const struct report_cell *one)
{
	html_addf(html, "<p class=\"why\">%s.</p>\n", one->outcome_text);
	if (one->change == REPORT_CHANGED)
		html_addf(html, "<p class=\"why\">In run %d it was <b>%s</b>%s.</p>\n",
			  html->report->before.number, matrix_cell_state_name(one->before->state),
			  one->same_kernel ? ", with the same kernel" : "");
	if (one->change == REPORT_NEW)
		html_addf(html, "<p class=\"why\">It is new since run %d.</p>\n",
			  html->report->before.number);
}

static void add_pair(struct html *html, const struct matrix_cell *cell)
{
	const struct matrix_pair *pair = report_pair_of(html->report, cell);
	const struct matrix_cell *other;

	if (!pair)
		return;
	other = pair->base == cell ? pair->series : pair->base;
	html_add(html, "<p class=\"why\">");
	html_add_cell_link(html, other, "");
	html_add_variant(html, other->variant);
	html_addf(html, "</a> it is <b>%s</b>; together: <b>%s</b>.</p>\n",
		  matrix_cell_state_name(other->state), matrix_pair_answer_name(pair->answer));
}

/* A console line is the cause's when the boot says so. */
static bool is_cause(const struct report_evidence *evidence, const struct report_line *line)
{
	return evidence->boot->has_cause && evidence->boot->cause.line == line->number;
}

static void add_log_line(struct html *html, const struct report_line *line, bool marked)
{
	html_add(html, marked ? "<tr class=\"cause\">" : "<tr>");
	html_addf(html, "<th scope=\"row\">%zu</th>", (size_t)line->number);
	html_add(html, marked ? "<td><mark>" : "<td>");
	html_console(html->out, line->text);
	if (line->cut)
		html_add(html, "<b class=\"cut\">… the line goes on</b>");
	html_add(html, marked ? "</mark></td></tr>\n" : "</td></tr>\n");
}

static void add_log(struct html *html, const struct report_evidence *evidence)
{
	const struct report_line *first = &evidence->lines[0];
	const struct report_line *last = &evidence->lines[evidence->line_count - 1];

	html_addf(html,
		  "<details class=\"log\"><summary>Console of boot %d, lines %zu to %zu</summary>\n"
		  "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"console log\">"
		  "<table class=\"log\">\n",
		  evidence->boot->number, (size_t)first->number, (size_t)last->number);
	for (size_t i = 0; i < evidence->line_count; i++)
		add_log_line(html, &evidence->lines[i], is_cause(evidence, &evidence->lines[i]));
	html_addf(html,
		  "</table></div>\n<p class=\"note\">All of it: <code>%s</code></p></details>\n",
		  evidence->boot->log);
}

static void add_evidence(struct html *html, const struct report_evidence *evidence)
{
	const struct matrix_boot *boot = evidence->boot;

	if (!boot)
		return;
	if (boot->has_cause) {
		html_addf(html,
			  "<figure class=\"evidence\"><figcaption><b>%s</b>, boot %d, line %zu",
			  verdict_kind_name(boot->cause.kind), boot->number,
			  (size_t)boot->cause.line);
		html_add(html, "</figcaption><pre>");
		html_console(html->out, boot->cause.text ? boot->cause.text : "");
		html_add(html, "</pre></figure>\n");
	}
	if (evidence->line_count)
		add_log(html, evidence);
	if (evidence->missing)
		html_addf(html, "<p class=\"note\">%s</p>\n", evidence->missing);
}

static void add_counters(struct html *html, json_t *counters)
{
	const char *name, *comma = "";
	json_t *value;

	json_object_foreach (counters, name, value) {
		html_addf(html, "%s%.0f %s", comma, json_number_value(value), name);
		comma = ", ";
	}
}

static void add_verdict(struct html *html, const struct matrix_boot *boot)
{
	static const char *const classes[] = {
		[VERDICT_GOOD] = "clean",	 [VERDICT_BAD] = "bad",
		[VERDICT_SKIP] = "waiting",	 [VERDICT_INFRA] = "infra",
		[VERDICT_UNKNOWN] = "undecided",
	};

	html_addf(html, "<span class=\"state %s\">%s</span>", classes[boot->verdict],
		  verdict_name(boot->verdict));
	if (!boot->counted)
		html_add(html, " <small>not counted</small>");
}

/* The folder of the boots stands above their table. */
static const char *path_below(const char *path, const char *folder)
{
	return folder && starts_with(path, folder) ? path + strlen(folder) : path;
}

static void add_boot(struct html *html, const struct matrix_boot *boot, const char *folder)
{
	html_addf(html, "<tr><th scope=\"row\">%d</th><td>", boot->number);
	add_verdict(html, boot);
	html_add(html, "</td><td class=\"cause\">");
	if (boot->has_cause) {
		html_addf(html, "%zu: ", (size_t)boot->cause.line);
		html_console(html->out, boot->cause.text ? boot->cause.text : "");
	} else if (boot->text) {
		html_addf(html, "%s", boot->text);
	}
	html_add(html, "</td><td class=\"number\">");
	html_add_duration(html, boot->seconds);
	html_add(html, "</td><td class=\"number\">");
	html_add_duration(html, boot->machine_cpu);
	html_add(html, "</td><td>");
	add_counters(html, boot->counters);
	html_addf(html, "</td><td class=\"path\">%s", path_below(boot->log, folder));
	html_add(html, boot->reused ? " (reused)</td></tr>\n" : "</td></tr>\n");
}

static void add_boots(struct html *html, const struct matrix_cell *cell)
{
	OWNED_STR folder = cell->key ? xasprintf(".farrier/boots/%s/", cell->key) : NULL;
	size_t shown = cell->boot_count < HTML_MAX_BOOTS ? cell->boot_count : HTML_MAX_BOOTS;

	if (!shown)
		return;
	html_add(html,
		 "<h4>Boots</h4>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		 "aria-label=\"boots\"><table class=\"boots\"><thead><tr><th scope=\"col\">no.</th>"
		 "<th scope=\"col\">verdict</th><th scope=\"col\">first cause, its line</th>"
		 "<th scope=\"col\">took</th><th scope=\"col\">CPU</th>"
		 "<th scope=\"col\">counters</th><th "
		 "scope=\"col\">log</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < shown; i++)
		add_boot(html, &cell->boots[i], folder);
	html_add(html, "</tbody></table></div>\n");
	if (shown < cell->boot_count)
		html_addf(html, "<p class=\"note\">and %zu more boots</p>\n",
			  cell->boot_count - shown);
}

static void add_commands(struct html *html, const struct strvec *commands)
{
	if (!commands->count)
		return;
	html_add(html, "<h4>Do it again</h4>\n<pre class=\"commands\" tabindex=\"0\">");
	for (size_t i = 0; i < commands->count; i++)
		html_addf(html, "<code>%s</code>\n", commands->items[i]);
	html_add(html, "</pre>\n");
}

/* A link, unless there are too many builds for all of them to be on the page. */
static void add_build(struct html *html, const struct matrix_build *build)
{
	bool linked = html->report->run.build_count <= HTML_MAX_BUILDS;

	html_add(html, "<div><dt>kernel</dt><dd>");
	if (linked) {
		html_add(html, "<a href=\"#");
		html_add_anchor(html, "build", build->id);
		html_add(html, "\">");
	}
	html_addf(html, "%s", build->id);
	html_add(html, linked ? "</a> " : " ");
	html_addf(html, "<code>%s</code></dd></div>", build->key);
}

static void add_kernel(struct html *html, const struct report_cell *one)
{
	html_add(html, "<dl class=\"keys\">");
	if (one->build)
		add_build(html, one->build);
	if (one->cell->cmdline)
		html_addf(html, "<div><dt>command line</dt><dd><code>%s</code></dd></div>",
			  one->cell->cmdline);
	if (one->cell->key)
		html_addf(html, "<div><dt>boots</dt><dd><code>.farrier/boots/%s/</code></dd></div>",
			  one->cell->key);
	if (json_object_size(one->counters)) {
		html_add(html, "<div><dt>counted</dt><dd>");
		add_counters(html, one->counters);
		html_add(html, "</dd></div>");
	}
	html_add(html, "</dl>\n");
}

void html_add_cell_details(struct html *html, const struct report_cell *one)
{
	add_why(html, one);
	add_pair(html, one->cell);
	add_evidence(html, &one->evidence);
	add_kernel(html, one);
	add_boots(html, one->cell);
	add_commands(html, &one->commands);
}
