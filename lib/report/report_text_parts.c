// SPDX-License-Identifier: GPL-2.0
/* report_text_parts.c - below the matrix: the evidence, the changes, every cell. */
#include "report_text.h"

/* Appends a line that ends where the terminal does. */
static void add_line(const struct report *report, enum table_color color, struct strbuf *out,
		     int indent, const char *text)
{
	size_t columns = (size_t)report->settings.columns, used = (size_t)indent;
	STRBUF line = { 0 };
	size_t length = 0;

	strbuf_add_printable(&line, text, strlen(text));
	while (length < line.len && (!columns || used < columns)) {
		length += strbuf_utf8_length(line.buf + length, line.len - length);
		used++;
	}
	if (length < line.len)
		strbuf_setlen(&line, length);
	strbuf_addf(out, "%*s", indent, "");
	table_paint(out, report->settings.color, color, strbuf_str(&line));
	strbuf_addc(out, '\n');
}

static void add_heading(const struct report *report, struct strbuf *out, const char *text)
{
	table_paint(out, report->settings.color, TABLE_BOLD, text);
	strbuf_addc(out, '\n');
}

/* The words of a console line: without printk's "[   12.345678][    T1] ". */
static const char *without_stamp(const char *line)
{
	static const char digits[] = "0123456789";

	while (*line == '[') {
		const char *in = line + 1 + strspn(line + 1, " ");
		bool caller = *in == 'T' || *in == 'C';
		size_t length = strspn(in + caller, digits) + caller;

		if (length <= (size_t)caller)
			break;
		if (!caller && in[length] == '.')
			length += 1 + strspn(in + length + 1, digits);
		if (in[length] != ']')
			break;
		line = in + length + 1;
		line += strspn(line, " ");
	}
	return line;
}

/* A path is never cut: it is there to be copied. */
static void add_path(const struct report *report, const char *path, struct strbuf *out)
{
	strbuf_adds(out, "    ");
	table_add(out, report->settings.color, TABLE_DIM, "%s", path);
	strbuf_addc(out, '\n');
}

static void add_cause(const struct report *report, const struct report_cell *cell,
		      struct strbuf *out)
{
	const struct matrix_boot *boot = cell->evidence.boot;
	STRBUF line = { 0 };

	if (boot->has_cause)
		strbuf_addf(&line, "%s, line %llu: %s", verdict_kind_name(boot->cause.kind),
			    (unsigned long long)boot->cause.line, without_stamp(boot->cause.text));
	else if (boot->text)
		strbuf_adds(&line, boot->text);
	if (line.len)
		add_line(report, TABLE_PLAIN, out, 4, line.buf);
	add_path(report, boot->log, out);
	if (!cell->evidence.missing)
		return;
	strbuf_reset(&line);
	strbuf_addf(&line, "(%s)", cell->evidence.missing);
	add_line(report, TABLE_DIM, out, 4, line.buf);
}

static void add_log(const struct report *report, const struct report_evidence *evidence,
		    struct strbuf *out)
{
	for (size_t i = 0; i < evidence->line_count; i++) {
		const struct report_line *line = &evidence->lines[i];
		bool is_cause = evidence->boot->has_cause &&
				line->number == evidence->boot->cause.line;
		OWNED_STR text = xasprintf("%c %6llu  %s%s", is_cause ? '>' : ' ',
					   (unsigned long long)line->number, line->text,
					   line->cut ? " ..." : "");

		add_line(report, is_cause ? TABLE_PLAIN : TABLE_DIM, out, 4, text);
	}
}

/* The first lines that the compiler said of a kernel that did not build. */
static void add_diagnostics(const struct report *report, const struct matrix_build *build,
			    struct strbuf *out)
{
	size_t shown = 0, i;
	json_t *entry;

	json_array_foreach (build->diagnostics, i, entry) {
		OWNED_STR text = NULL;

		if (!str_equal(store_get_string(entry, "severity", ""), "error") || shown++ == 3)
			continue;
		text = xasprintf("%s:%d: %s", store_get_string(entry, "file", "?"),
				 store_get_int(entry, "line", 0),
				 store_get_string(entry, "text", ""));
		add_line(report, TABLE_PLAIN, out, 4, text);
	}
	if (build->log)
		add_path(report, build->log, out);
}

/* The line that the others of a cell stand under. */
static void add_title(const struct report *report, const struct matrix_cell *cell,
		      const char *state, enum table_color color, struct strbuf *out)
{
	OWNED_STR title = report_title(report, cell);

	strbuf_adds(out, "  ");
	table_add(out, report->settings.color, color, "%s%s%s", title, state ? ": " : "",
		  state ? state : "");
	strbuf_addc(out, '\n');
}

static void add_proof(const struct report *report, const struct report_cell *cell,
		      struct strbuf *out)
{
	/* What is as it should be needs no more words than the table has. */
	bool expected = cell->outcome == REPORT_PASS;
	OWNED_STR state = report_state(cell->cell);

	add_title(report, cell->cell, expected ? state : NULL, report_text_color(cell), out);
	if (!expected)
		add_line(report, TABLE_PLAIN, out, 4, cell->outcome_text);
	if (cell->evidence.boot)
		add_cause(report, cell, out);
	if (cell->outcome == REPORT_PASS)
		return;
	if (cell->evidence.boot)
		add_log(report, &cell->evidence, out);
	if (cell->cell->state == MATRIX_CELL_NOT_BUILT && cell->build)
		add_diagnostics(report, cell->build, out);
}

/* Cells of an outcome that have something to show; those that are as they should be say why. */
static void add_proofs(const struct report *report, enum report_outcome outcome,
		       const char *heading, struct strbuf *out)
{
	bool any = false;

	for (size_t i = 0; i < report->run.cell_count; i++) {
		const struct report_cell *cell = &report->cells[i];

		if (cell->outcome != outcome || (outcome == REPORT_PASS && !cell->evidence.boot))
			continue;
		if (!any)
			add_heading(report, out, heading);
		any = true;
		add_proof(report, cell, out);
	}
	if (any)
		strbuf_addc(out, '\n');
}

void report_text_evidence(const struct report *report, struct strbuf *out)
{
	add_proofs(report, REPORT_FAIL, "what makes it bad", out);
	add_proofs(report, REPORT_ERROR, "what proves nothing", out);
	add_proofs(report, REPORT_PASS, "the bug, where it should show", out);
}

static void add_changed(const struct report *report, const struct report_cell *cell,
			struct strbuf *out)
{
	OWNED_STR now = report_state(cell->cell);
	OWNED_STR then = cell->before ? report_state(cell->before) : NULL;
	OWNED_STR line = NULL;

	if (cell->change == REPORT_NEW)
		line = xasprintf("new: %s", now);
	else
		line = xasprintf("was %s, is %s%s", then, now,
				 cell->same_kernel ? " (the same kernel and machine)" : "");
	add_title(report, cell->cell, NULL, report_text_color(cell), out);
	add_line(report, TABLE_PLAIN, out, 4, line);
}

static void add_changed_pairs(const struct report *report, struct strbuf *out)
{
	for (size_t i = 0; i < report->pair_count; i++) {
		const struct matrix_pair *pair = &report->pairs[i];
		enum matrix_pair_answer before = report_pair_before(report, pair);
		OWNED_STR line = NULL;

		/* One that is open again is one of a cell that is in the list above. */
		if (before == pair->answer || before == MATRIX_PAIR_OPEN ||
		    pair->answer == MATRIX_PAIR_OPEN)
			continue;
		line = xasprintf("as a pair: was %s, is %s", report_answer_words(before),
				 report_answer_words(pair->answer));
		add_title(report, pair->series, NULL, TABLE_PLAIN, out);
		add_line(report, TABLE_PLAIN, out, 4, line);
	}
}

void report_text_changes(const struct report *report, struct strbuf *out)
{
	OWNED_STR heading = NULL;
	size_t same = 0;

	if (!report->has_before)
		return;
	heading = xasprintf("since run %d, %.10s", report->before.number, report->before.ended);
	add_heading(report, out, heading);
	for (size_t i = 0; i < report->run.cell_count; i++) {
		const struct report_cell *cell = &report->cells[i];

		same += cell->change == REPORT_SAME;
		if (cell->change == REPORT_CHANGED || cell->change == REPORT_NEW)
			add_changed(report, cell, out);
	}
	for (size_t i = 0; i < report->gone_count; i++) {
		OWNED_STR state = report_state(report->gone[i]);
		OWNED_STR line = xasprintf("gone: %s: was %s", report->gone[i]->id, state);

		add_line(report, TABLE_PLAIN, out, 2, line);
	}
	add_changed_pairs(report, out);
	table_add(out, report->settings.color, TABLE_DIM, "  %zu of %zu cells as before", same,
		  report->run.cell_count);
	strbuf_adds(out, "\n\n");
}

static void add_counters(const struct report_cell *cell, struct table *table)
{
	STRBUF text = { 0 };
	const char *name;
	json_t *value;

	json_object_foreach (cell->counters, name, value)
		strbuf_addf(&text, "%s%lld %s", text.len ? ", " : "",
			    (long long)json_integer_value(value), name);
	table_cell(table, TABLE_DIM, "%s", strbuf_str(&text));
}

void report_text_cells(const struct report *report, struct strbuf *out)
{
	struct table *table = table_new();

	add_heading(report, out, "every cell, with bounds of the bug's rate (95 %)");
	for (size_t i = 0; i < report->run.cell_count; i++) {
		const struct report_cell *cell = &report->cells[i];
		const struct matrix_rate *rate = &cell->cell->rate;
		OWNED_STR title = report_title(report, cell->cell);
		OWNED_STR state = report_state(cell->cell);

		table_cell(table, TABLE_PLAIN, "%s", title);
		table_cell(table, report_text_color(cell), "%s", state);
		if (rate->boots)
			table_number(table, TABLE_PLAIN, "%.0f to %.0f %%", 100 * rate->low,
				     100 * rate->high);
		else
			table_cell(table, TABLE_PLAIN, "%s", "");
		table_cell(table, TABLE_DIM, "%.12s",
			   cell->build && cell->build->key ? cell->build->key : "");
		add_counters(cell, table);
		table_end_row(table);
	}
	table_finish(table, report->settings.color, 2, out);
	strbuf_addc(out, '\n');
}
