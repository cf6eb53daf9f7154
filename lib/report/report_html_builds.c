// SPDX-License-Identifier: GPL-2.0
/* The kernels: what they cost, what the compiler said. */
#include "report_html_part.h"

static const struct {
	const char *name, *class;
} statuses[] = {
	[MATRIX_BUILD_WAITING] = { "waiting", "waiting" },
	[MATRIX_BUILD_OK] = { "ok", "clean" },
	[MATRIX_BUILD_CACHED] = { "cached", "clean" },
	[MATRIX_BUILD_FAILED] = { "failed", "bad against" },
	[MATRIX_BUILD_NOT_PORTED] = { "not-ported", "no-kernel against" },
	[MATRIX_BUILD_INFRA] = { "infra", "infra" },
};

/* "arch/alpha/mm/fault.c:242: error: ..." */
static void add_diagnostic(struct html *html, const json_t *one)
{
	const char *file = store_get_string(one, "file", NULL);
	int line = store_get_int(one, "line", 0);

	html_add(html, "<li>");
	if (file)
		html_addf(html, "<code>%s", file);
	if (file && line)
		html_addf(html, ":%d", line);
	if (file)
		html_add(html, "</code> ");
	html_addf(html, "<b>%s</b>: %s</li>\n", store_get_string(one, "severity", ""),
		  store_get_string(one, "text", ""));
}

static void add_diagnostics(struct html *html, const struct matrix_build *build)
{
	size_t count = json_array_size(build->diagnostics), index;
	json_t *one;

	if (!count)
		return;
	html_add(html, build->status == MATRIX_BUILD_FAILED ? "<details open>" : "<details>");
	html_addf(html, "<summary>%zu diagnostic%s</summary><ul class=\"diagnostics\">\n", count,
		  count == 1 ? "" : "s");
	json_array_foreach (build->diagnostics, index, one)
		if (index < HTML_MAX_DIAGNOSTICS)
			add_diagnostic(html, one);
	if (count > HTML_MAX_DIAGNOSTICS)
		html_addf(html, "<li>and %zu more</li>\n", count - HTML_MAX_DIAGNOSTICS);
	html_add(html, "</ul></details>\n");
}

static bool is_failed(const struct matrix_build *build)
{
	return build->status == MATRIX_BUILD_FAILED || build->status == MATRIX_BUILD_NOT_PORTED ||
	       build->status == MATRIX_BUILD_INFRA;
}

/* What make said, in a row of its own below the build's. */
static void add_words(struct html *html, const struct matrix_build *build)
{
	if (!build->reason && !json_array_size(build->diagnostics) && !is_failed(build))
		return;
	html_add(html, "<tr class=\"words\"><td colspan=\"7\">");
	if (build->reason)
		html_addf(html, "<p class=\"why\">%s</p>\n", build->reason);
	add_diagnostics(html, build);
	if (is_failed(build) && build->log)
		html_addf(html, "<p class=\"note\">All of it: <code>%s</code></p>", build->log);
	html_add(html, "</td></tr>\n");
}

static void add_seconds(struct html *html, const char *class, double seconds)
{
	html_addf(html, "<td class=\"number %s\">", class);
	if (seconds > 0)
		html_add_duration(html, seconds);
	else
		html_add(html, "–");
	html_add(html, "</td>");
}

static void add_bar(struct html *html, double seconds, double most)
{
	html_add(html, "<td class=\"cost\">");
	if (seconds > 0)
		html_addf(html,
			  "<svg aria-hidden=\"true\" width=\"100%%\" height=\"10\"><rect "
			  "class=\"make\" width=\"%.2f%%\" height=\"10\"/></svg>",
			  seconds / most * 100);
	html_add(html, "</td>");
}

static void add_name(struct html *html, const struct matrix_build *build)
{
	html_addf(html, "<b>%s</b>", build->branch);
	if (html->report->run.series) {
		html_add(html, ", ");
		html_add_variant(html, build->variant);
	}
	if (!str_equal(build->config, "branch"))
		html_addf(html, ", %s", build->config);
}

static void add_row(struct html *html, const struct matrix_build *build, double most)
{
	html_add(html, "<tr><th scope=\"row\" id=\"");
	html_add_anchor(html, "build", build->id);
	html_add(html, "\">");
	add_name(html, build);
	html_addf(html,
		  "</th><td><span class=\"state %s\">%s</span></td><td "
		  "class=\"id\"><code>%.12s</code></td>",
		  statuses[build->status].class, statuses[build->status].name, build->key);
	add_seconds(html, "wall", build->seconds);
	add_seconds(html, "usual", build->usual_seconds);
	add_seconds(html, "cpu", build->cpu_seconds);
	add_bar(html, build->cpu_seconds, most);
	html_add(html, "</tr>\n");
	add_words(html, build);
}

/* Where there are too many, those that failed come first. */
static void add_rows(struct html *html, double most)
{
	const struct matrix_run *run = &html->report->run;
	bool all = run->build_count <= HTML_MAX_BUILDS;
	size_t rows = 0;

	for (size_t i = 0; i < run->build_count && rows < HTML_MAX_BUILDS; i++)
		if (all || is_failed(&run->builds[i])) {
			add_row(html, &run->builds[i], most);
			rows++;
		}
	for (size_t i = 0; !all && i < run->build_count && rows < HTML_MAX_BUILDS; i++)
		if (!is_failed(&run->builds[i])) {
			add_row(html, &run->builds[i], most);
			rows++;
		}
}

static double most_cpu(const struct matrix_run *run)
{
	double most = 0;

	for (size_t i = 0; i < run->build_count; i++)
		if (run->builds[i].cpu_seconds > most)
			most = run->builds[i].cpu_seconds;
	return most;
}

void html_add_builds(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	double most = most_cpu(run);

	if (!run->build_count)
		return;
	html_add(html,
		 "<section id=\"kernels\" aria-labelledby=\"kernels-title\">\n"
		 "<h2 id=\"kernels-title\">Kernels</h2>\n"
		 "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"kernels\">"
		 "<table class=\"builds\"><thead><tr><th scope=\"col\">kernel</th>"
		 "<th scope=\"col\">status</th><th scope=\"col\" class=\"id\">key</th>"
		 "<th scope=\"col\" class=\"number\">took</th>"
		 "<th scope=\"col\" class=\"number usual\">usually</th>"
		 "<th scope=\"col\" class=\"number\">CPU</th><td class=\"cost\"></td>"
		 "</tr></thead>\n<tbody>\n");
	add_rows(html, most);
	html_add(html, "</tbody></table></div>\n");
	if (run->build_count > HTML_MAX_BUILDS)
		html_addf(html,
			  "<p class=\"note\">and %zu more; those that failed come first, and "
			  "<code>farrier report --format json</code> has them all</p>\n",
			  run->build_count - HTML_MAX_BUILDS);
	html_add(html, "</section>\n");
}
