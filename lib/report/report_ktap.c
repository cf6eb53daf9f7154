// SPDX-License-Identifier: GPL-2.0
/*
 * report_ktap.c - KTAP version 1, of the kernel's Documentation/dev-tools/ktap.rst.
 *
 * A test is a branch, its subtests are the cells. The evidence is in diagnostic lines before the
 * result that it belongs to. A cell that is not at its end is skipped; one that proves nothing is
 * "not ok" with the directive ERROR, since nothing was found out about the kernel.
 */
#include "report_part.h"

/* Printable and on one line; a description also has no "#", which would begin a directive. */
static void add_words(struct strbuf *out, const char *text, bool description)
{
	STRBUF line = { 0 };

	strbuf_add_printable(&line, text, strlen(text));
	for (size_t i = 0; description && i < line.len; i++)
		if (line.buf[i] == '#')
			line.buf[i] = '_';
	strbuf_add(out, strbuf_str(&line), line.len);
}

static void add_diagnostic(struct strbuf *out, const char *text)
{
	strbuf_adds(out, "  # ");
	add_words(out, text, false);
	strbuf_addc(out, '\n');
}

static void add_log(const struct report_evidence *evidence, struct strbuf *out)
{
	STRBUF text = { 0 };
	char *line, *rest;

	add_diagnostic(out, evidence->boot->log);
	report_add_evidence_lines(evidence, &text);
	for (line = text.buf; line && *line; line = rest) {
		rest = strchr(line, '\n');
		if (rest)
			*rest++ = '\0';
		add_diagnostic(out, line);
	}
}

static void add_directive(const struct report_cell *cell, struct strbuf *out)
{
	switch (cell->outcome) {
	case REPORT_ERROR:
		strbuf_adds(out, " # ERROR ");
		break;
	case REPORT_SKIP:
		strbuf_adds(out, " # SKIP ");
		break;
	default:
		return;
	}
	add_words(out, cell->outcome_text, true);
}

static void add_cell(const struct report *report, const struct report_cell *cell, size_t number,
		     struct strbuf *out)
{
	bool ok = cell->outcome == REPORT_PASS || cell->outcome == REPORT_SKIP;
	OWNED_STR title = report_title(report, cell->cell);

	if (cell->outcome != REPORT_SKIP)
		add_diagnostic(out, cell->outcome_text);
	if (cell->evidence.boot)
		add_log(&cell->evidence, out);
	strbuf_addf(out, "  %s %zu ", ok ? "ok" : "not ok", number);
	add_words(out, title, true);
	add_directive(cell, out);
	strbuf_addc(out, '\n');
}

/* What the cells of a branch come to. */
struct sum {
	size_t cells, skipped;
	bool ok;
};

static struct sum sum_branch(const struct report *report, const char *branch)
{
	struct sum sum = { .ok = true };

	for (size_t i = 0; i < report->run.cell_count; i++) {
		const struct report_cell *cell = &report->cells[i];

		if (!str_equal(cell->cell->branch, branch))
			continue;
		sum.cells++;
		sum.skipped += cell->outcome == REPORT_SKIP;
		sum.ok &= cell->outcome == REPORT_PASS || cell->outcome == REPORT_SKIP;
	}
	return sum;
}

static void add_branch(const struct report *report, const char *branch, size_t number,
		       struct strbuf *out)
{
	struct sum sum = sum_branch(report, branch);
	size_t cell = 0;

	strbuf_addf(out, "  KTAP version 1\n  1..%zu\n", sum.cells);
	for (size_t i = 0; i < report->run.cell_count; i++)
		if (str_equal(report->run.cells[i].branch, branch))
			add_cell(report, &report->cells[i], ++cell, out);
	strbuf_addf(out, "%s %zu ", sum.ok ? "ok" : "not ok", number);
	add_words(out, branch, true);
	strbuf_adds(out, sum.skipped == sum.cells ? " # SKIP no cell is at its end\n" : "\n");
}

ERR_CHECK report_ktap(const struct report *report, struct strbuf *out)
{
	STRVEC branches = { 0 };

	for (size_t i = 0; i < report->run.cell_count; i++)
		strvec_push_new(&branches, report->run.cells[i].branch);
	strbuf_addf(out, "KTAP version 1\n1..%zu\n", branches.count);
	for (size_t i = 0; i < branches.count; i++)
		add_branch(report, branches.items[i], i + 1, out);
	return NULL;
}
