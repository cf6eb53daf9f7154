// SPDX-License-Identifier: GPL-2.0
/* Where the time went: what make, the machines and farrier itself used, and when each kernel and
 * boot was made. */
#include <time.h>

#include "report_html_part.h"

/* Seconds since 1970, or -1 when the text is no time. */
static double read_time(const char *text)
{
	struct tm parts = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);

	return end && !*end ? (double)timegm(&parts) : -1;
}

static void add_part(struct html *html, const char *class, double *from, double part, double whole)
{
	double width = whole > 0 ? part / whole * 100 : 0;

	html_addf(html,
		  "<rect class=\"%s\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"0\" height=\"100%%\"/>",
		  class, *from, width);
	*from += width;
}

static void add_key(struct html *html, const char *class, const char *name, double seconds)
{
	html_addf(html,
		  "<li><svg class=\"swatch\" aria-hidden=\"true\" width=\"12\" height=\"12\">"
		  "<rect class=\"%s\" width=\"12\" height=\"12\"/></svg> %s <b>",
		  class, name);
	html_add_duration(html, seconds);
	html_add(html, "</b></li>\n");
}

static void add_whole(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	const struct matrix_timing *timing = &run->timing;
	double used = timing->make_cpu + timing->machine_cpu + timing->own_cpu;
	double there = timing->wall * run->cpus, from = 0;
	double idle = there > used ? there - used : 0;

	html_add(html, "<svg class=\"whole\" aria-hidden=\"true\" width=\"100%\" height=\"22\">");
	add_part(html, "make", &from, timing->make_cpu, used + idle);
	add_part(html, "machine", &from, timing->machine_cpu, used + idle);
	add_part(html, "own", &from, timing->own_cpu, used + idle);
	add_part(html, "idle", &from, idle, used + idle);
	html_add(html, "</svg>\n<ul class=\"key\">\n");
	add_key(html, "make", "make and compilers", timing->make_cpu);
	add_key(html, "machine", "machines", timing->machine_cpu);
	add_key(html, "own", "farrier itself", timing->own_cpu);
	add_key(html, "idle", "waiting", idle);
	html_add(html, "</ul>\n");
}

static void add_words(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	double efficiency = html->report->efficiency;

	html_addf(html, "<p>Of the CPU time that %d CPU%s had in ", run->cpus,
		  run->cpus == 1 ? "" : "s");
	html_add_duration(html, run->timing.wall);
	html_add(html, ":</p>\n");
	add_whole(html);
	if (efficiency > 0)
		html_addf(
			html,
			"<p>That is <b>%.2f</b> times what make and the machines need when no CPU "
			"ever waits.</p>\n",
			efficiency);
}

static void extend(double *end, double start, double seconds)
{
	if (start >= 0 && start + seconds > *end)
		*end = start + seconds;
}

/* The seconds from the run's start to the last end of a make or boot; 0 when there was none. */
static double work_end(const struct matrix_run *run, double begin)
{
	double end = 0;

	for (size_t i = 0; i < run->build_count; i++)
		extend(&end, read_time(run->builds[i].started) - begin, run->builds[i].seconds);
	for (size_t i = 0; i < run->cell_count; i++) {
		const struct matrix_cell *cell = &run->cells[i];

		for (size_t j = 0; j < cell->boot_count; j++)
			if (!cell->boots[j].reused)
				extend(&end, read_time(cell->boots[j].started) - begin,
				       cell->boots[j].seconds);
	}
	return end;
}

static size_t count_new(const struct matrix_cell *cell)
{
	size_t count = 0;

	for (size_t i = 0; i < cell->boot_count; i++)
		count += !cell->boots[i].reused;
	return count;
}

static void add_box(struct html *html, const char *class, double start, double seconds, double end)
{
	if (start >= 0)
		html_addf(html,
			  "<rect class=\"%s\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"3\" "
			  "height=\"12\"/>",
			  class, start / end * 100, seconds / end * 100);
}

static void begin_line(struct html *html)
{
	html_add(html, "</th><td><svg class=\"line\" aria-hidden=\"true\" width=\"100%\" "
		       "height=\"18\">");
}

static void end_line(struct html *html, size_t count, double cpu)
{
	html_addf(html, "</svg></td><td class=\"number\">%zu</td><td class=\"number\">", count);
	html_add_duration(html, cpu);
	html_add(html, "</td></tr>\n");
}

static void add_boxes(struct html *html, const struct matrix_cell *cell, double begin, double end)
{
	static const char *const classes[] = {
		[VERDICT_GOOD] = "clean",	 [VERDICT_BAD] = "bad",
		[VERDICT_SKIP] = "waiting",	 [VERDICT_INFRA] = "infra",
		[VERDICT_UNKNOWN] = "undecided",
	};

	for (size_t i = 0; i < cell->boot_count; i++) {
		const struct matrix_boot *boot = &cell->boots[i];

		if (!boot->reused)
			add_box(html, classes[boot->verdict], read_time(boot->started) - begin,
				boot->seconds, end);
	}
}

static void add_cell_row(struct html *html, const struct matrix_cell *cell, double begin,
			 double end)
{
	double cpu = 0;

	for (size_t i = 0; i < cell->boot_count; i++)
		cpu += cell->boots[i].reused ? 0 : cell->boots[i].machine_cpu;
	html_add(html, "<tr><th scope=\"row\">");
	html_add_cell_link(html, cell, "");
	html_add_cell_name(html, cell, false);
	html_add(html, "</a>");
	begin_line(html);
	add_boxes(html, cell, begin, end);
	end_line(html, count_new(cell), cpu);
}

static bool was_built(const struct matrix_build *build, const char *branch)
{
	return *build->started && str_equal(build->branch, branch);
}

/* All that was built of a branch, one after the other. */
static void add_kernels_row(struct html *html, const char *branch, double begin, double end)
{
	const struct matrix_run *run = &html->report->run;
	size_t count = 0;
	double cpu = 0;

	html_add(html, "<tr><th scope=\"row\">kernels");
	begin_line(html);
	for (size_t i = 0; i < run->build_count; i++) {
		const struct matrix_build *build = &run->builds[i];

		if (!was_built(build, branch))
			continue;
		add_box(html, "make", read_time(build->started) - begin, build->seconds, end);
		cpu += build->cpu_seconds;
		count++;
	}
	end_line(html, count, cpu);
}

static bool any_was_built(const struct matrix_run *run, const char *branch)
{
	for (size_t i = 0; i < run->build_count; i++)
		if (was_built(&run->builds[i], branch))
			return true;
	return false;
}

static void begin_branch(struct html *html, const char *branch)
{
	html_addf(html,
		  "<tbody><tr class=\"branch\"><th scope=\"rowgroup\" colspan=\"4\">%s</th></tr>\n",
		  branch);
}

/* The rows of a branch; returns how many there are now. */
static size_t add_branch(struct html *html, const char *branch, double begin, double end,
			 size_t rows)
{
	const struct matrix_run *run = &html->report->run;
	size_t before = rows;

	if (any_was_built(run, branch) && rows < HTML_MAX_PLOT) {
		begin_branch(html, branch);
		add_kernels_row(html, branch, begin, end);
		rows++;
	}
	for (size_t i = 0; i < run->cell_count && rows < HTML_MAX_PLOT; i++) {
		const struct matrix_cell *cell = &run->cells[i];

		if (!str_equal(cell->branch, branch) || !count_new(cell))
			continue;
		if (rows++ == before)
			begin_branch(html, branch);
		add_cell_row(html, cell, begin, end);
	}
	if (rows > before)
		html_add(html, "</tbody>\n");
	return rows;
}

static void add_timeline(struct html *html)
{
	const struct matrix_run *run = &html->report->run;
	double begin = read_time(run->started), end = begin < 0 ? 0 : work_end(run, begin);
	size_t rows = 0;

	if (end <= 0)
		return;
	if (run->timing.wall > end)
		end = run->timing.wall;
	html_add(html,
		 "<h3>When each kernel was built, and booted</h3>\n<table class=\"plot times\">"
		 "<thead><tr><th scope=\"col\">cell</th><th scope=\"col\"><span class=\"ends\">"
		 "<span>start</span><span>");
	html_add_duration(html, end);
	html_add(html, "</span></span></th><th scope=\"col\">number</th><th scope=\"col\">CPU</th>"
		       "</tr></thead>\n");
	for (size_t i = 0; i < run->branch_count; i++)
		rows = add_branch(html, run->branches[i].name, begin, end, rows);
	html_add(html, "</table>\n");
	if (rows >= HTML_MAX_PLOT)
		html_addf(html, "<p class=\"note\">Only the first %d rows are drawn.</p>\n",
			  HTML_MAX_PLOT);
}

void html_add_times(struct html *html)
{
	if (html->report->run.timing.wall <= 0)
		return;
	html_add(html, "<section id=\"time\" aria-labelledby=\"time-title\">\n"
		       "<h2 id=\"time-title\">Time</h2>\n");
	add_words(html);
	add_timeline(html);
	html_add(html, "</section>\n");
}
