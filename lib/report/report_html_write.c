// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "report_html_part.h"
#include "report_part.h"

void html_text(struct strbuf *out, const char *text, size_t length)
{
	report_add_escaped(out, text, length);
}

/* The bytes at `text` that are one character, or one that is none. */
static size_t character_length(const char *text, size_t left)
{
	size_t length = strbuf_utf8_length(text, left);

	return length ? length : 1;
}

void html_console(struct strbuf *out, const char *text)
{
	size_t left = strlen(text);

	for (size_t step; left; text += step, left -= step) {
		STRBUF one = { 0 };
		bool marked;

		step = character_length(text, left);
		report_add_escaped(&one, text, step);
		marked = *text != '\\' && *strbuf_str(&one) == '\\';
		strbuf_addf(out, marked ? "<i>%s</i>" : "%s", strbuf_str(&one));
	}
}

void html_add(struct html *html, const char *markup)
{
	strbuf_adds(html->out, markup);
}

/* Adds one value as `spec` says, a single conversion, and takes it from `args`. */
static void add_value(struct html *html, const char *spec, int precision, va_list *args)
{
	struct strbuf *out = html->out;

	if (*spec == 's') {
		const char *text = va_arg(*args, const char *);

		if (text)
			html_text(out, text,
				  precision < 0 ? strlen(text) : strnlen(text, (size_t)precision));
	} else if (*spec == 'd') {
		strbuf_addf(out, "%d", va_arg(*args, int));
	} else if (*spec == 'z') {
		strbuf_addf(out, "%zu", va_arg(*args, size_t));
	} else if (*spec == 'f') {
		strbuf_addf(out, "%.*f", precision, va_arg(*args, double));
	} else {
		strbuf_addc(out, *spec);
	}
}

void html_addf(struct html *html, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (const char *next; (next = strchr(format, '%')) != NULL; format = next) {
		int precision = -1;

		strbuf_add(html->out, format, (size_t)(next - format));
		if (*++next == '.')
			precision = (int)strtol(next + 1, (char **)&next, 10);
		add_value(html, next, precision, &args);
		next += *next == 'z' ? 2 : 1;
	}
	va_end(args);
	html_add(html, format);
}

void html_add_anchor(struct html *html, const char *kind, const char *id)
{
	strbuf_addf(html->out, "%s/", kind);
	for (; *id; id++) {
		bool plain = (*id >= '0' && *id <= '9') || (*id >= 'a' && *id <= 'z') ||
			     (*id >= 'A' && *id <= 'Z') || strchr("._-/", *id);

		if (plain)
			strbuf_addc(html->out, *id);
		else
			strbuf_addf(html->out, "_%02X", (unsigned char)*id);
	}
}

void html_add_duration(struct html *html, double seconds)
{
	long whole = lround(seconds);

	if (seconds < 99.5)
		html_addf(html, seconds < 9.95 ? "%.1f s" : "%.0f s", seconds);
	else if (whole < 3600)
		html_addf(html, "%d min %d s", (int)(whole / 60), (int)(whole % 60));
	else
		html_addf(html, "%d h %d min", (int)(whole / 3600), (int)(whole % 3600 / 60));
}

/* With a decimal only where it says something. */
static void add_percent_number(struct html *html, double share)
{
	double percent = share * 100;
	bool whole = percent >= 9.95 || fabs(percent - round(percent)) < 0.05;

	html_addf(html, whole ? "%.0f" : "%.1f", percent);
}

void html_add_percent(struct html *html, double share)
{
	add_percent_number(html, share);
	html_add(html, " %");
}

void html_add_rate(struct html *html, const struct matrix_rate *rate)
{
	if (!rate->boots)
		return;
	html_addf(html, "<span class=\"count\">%d of %d</span> <span class=\"interval\">",
		  rate->bad, rate->boots);
	add_percent_number(html, rate->low);
	html_add(html, "–");
	html_add_percent(html, rate->high);
	html_add(html, "</span>");
}

const char *html_state_class(enum matrix_cell_state state)
{
	static const char *const names[] = { [MATRIX_CELL_WAITING] = "waiting",
					     [MATRIX_CELL_CLEAN] = "clean",
					     [MATRIX_CELL_BAD] = "bad",
					     [MATRIX_CELL_UNDECIDED] = "undecided",
					     [MATRIX_CELL_INFRA] = "infra",
					     [MATRIX_CELL_NO_RESULT] = "infra",
					     [MATRIX_CELL_NOT_PORTED] = "no-kernel",
					     [MATRIX_CELL_NOT_BUILT] = "no-kernel" };

	return names[state];
}

const char *html_cell_class(const struct html *html, const struct matrix_cell *cell)
{
	if (html_mood(html->report, cell) != HTML_AGAINST)
		return html_state_class(cell->state);
	return cell->state == MATRIX_CELL_BAD ? "bad against" : "no-kernel against";
}

void html_add_state(struct html *html, const struct matrix_cell *cell)
{
	html_addf(html, "<span class=\"state %s\">%s</span>", html_cell_class(html, cell),
		  matrix_cell_state_name(cell->state));
}

void html_add_variant(struct html *html, enum matrix_variant variant)
{
	const char *series = html->report->run.series;

	if (!series)
		html_add(html, "as it is");
	else
		html_addf(html, "%s %s", variant == MATRIX_SERIES ? "with" : "without", series);
}

void html_add_cell_name(struct html *html, const struct matrix_cell *cell, bool branch)
{
	if (branch)
		html_addf(html, "<b>%s</b>, ", cell->branch);
	if (html->report->run.series) {
		html_add_variant(html, cell->variant);
		html_add(html, ", ");
	}
	if (cell->model != MATRIX_NO_MODEL)
		html_addf(html, "model %s, ", matrix_model_name(cell->model));
	html_addf(html, "%s, %d CPU%s", cell->machine, cell->cpus, cell->cpus == 1 ? "" : "s");
	if (!str_equal(cell->config, "branch"))
		html_addf(html, ", %s", cell->config);
}

void html_add_cell_link(struct html *html, const struct matrix_cell *cell, const char *class)
{
	html_addf(html, "<a class=\"%s\" href=\"#", class);
	html_add_anchor(html, "cell", cell->id);
	html_add(html, "\">");
}

enum html_mood html_mood(const struct report *report, const struct matrix_cell *cell)
{
	switch (report->cells[cell - report->run.cells].outcome) {
	case REPORT_PASS:
		return HTML_WISHED;
	case REPORT_FAIL:
		return HTML_AGAINST;
	case REPORT_ERROR:
		/* a control that is bad, or a branch that does not build by itself */
		return cell->state == MATRIX_CELL_BAD || cell->state == MATRIX_CELL_NOT_PORTED ||
				       cell->state == MATRIX_CELL_NOT_BUILT
			       ? HTML_AGAINST
			       : HTML_UNSURE;
	default:
		return HTML_UNSURE;
	}
}
