// SPDX-License-Identifier: GPL-2.0
/*
 * report_junit.c - JUnit's XML, as Jenkins and GitLab read it.
 *
 * There is no specification; what both read is in https://github.com/testmoapp/junitxml and in
 * GitLab's "Unit test reports". A suite is a branch, a case a cell. GitLab takes two cases of one
 * name for one, so names are unique in the file, and shows the classname as the suite.
 */
#include "report_part.h"

static void add_attribute(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, " %s=\"", name);
	/* A parser would make a blank of a line feed in an attribute. */
	for (; *value; value++)
		if (*value == '\n')
			strbuf_adds(out, "&#10;");
		else if (*value == '\t')
			strbuf_adds(out, "&#9;");
		else {
			size_t length = strcspn(value, "\n\t");

			report_add_escaped(out, value, length);
			value += length - 1;
		}
	strbuf_addc(out, '"');
}

static double cell_seconds(const struct matrix_cell *cell)
{
	double seconds = 0;

	for (size_t i = 0; i < cell->boot_count; i++)
		seconds += cell->boots[i].seconds;
	return seconds;
}

struct totals {
	size_t cases, failures, errors, skipped;
	double seconds;
};

static struct totals count_suite(const struct report *report, const char *branch)
{
	struct totals totals = { 0 };

	for (size_t i = 0; i < report->run.cell_count; i++) {
		const struct report_cell *cell = &report->cells[i];

		if (branch && !str_equal(cell->cell->branch, branch))
			continue;
		totals.cases++;
		totals.failures += cell->outcome == REPORT_FAIL;
		totals.errors += cell->outcome == REPORT_ERROR;
		totals.skipped += cell->outcome == REPORT_SKIP;
		totals.seconds += cell_seconds(cell->cell);
	}
	return totals;
}

static void add_totals(struct strbuf *out, const struct totals *totals, const char *started)
{
	strbuf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		    totals->cases, totals->failures, totals->errors, totals->skipped);
	strbuf_addf(out, " time=\"%.3f\"", totals->seconds);
	if (*started)
		strbuf_addf(out, " timestamp=\"%.19s\"", started);
}

static void add_boots(const struct matrix_cell *cell, struct strbuf *text)
{
	for (size_t i = 0; i < cell->boot_count; i++) {
		const struct matrix_boot *boot = &cell->boots[i];

		strbuf_addf(text, "boot %d: %s", boot->number, verdict_name(boot->verdict));
		if (boot->has_cause)
			strbuf_addf(text, ", %s, line %llu: %s",
				    verdict_kind_name(boot->cause.kind),
				    (unsigned long long)boot->cause.line, boot->cause.text);
		else if (boot->text)
			strbuf_addf(text, ", %s", boot->text);
		strbuf_addf(text, " (%s)\n", boot->log);
	}
}

/* Everything that GitLab shows behind a click, on a case of any outcome. */
static void add_output(const struct report_cell *cell, struct strbuf *out)
{
	STRBUF text = { 0 };

	strbuf_addf(&text, "%s\n", cell->outcome_text);
	add_boots(cell->cell, &text);
	if (cell->evidence.boot) {
		strbuf_addf(&text, "\n%s\n", cell->evidence.boot->log);
		report_add_evidence_lines(&cell->evidence, &text);
	}
	strbuf_adds(&text, "\nto see it again:\n");
	for (size_t i = 0; i < cell->commands.count; i++)
		strbuf_addf(&text, "  %s\n", cell->commands.items[i]);
	strbuf_adds(out, "   <system-out>");
	report_add_escaped(out, text.buf, text.len);
	strbuf_adds(out, "</system-out>\n");
}

static void add_problem(const struct report_cell *cell, const char *element, struct strbuf *out)
{
	const struct matrix_boot *boot = cell->evidence.boot;
	STRBUF text = { 0 };

	strbuf_addf(out, "   <%s", element);
	add_attribute(out, "message", cell->outcome_text);
	add_attribute(out, "type",
		      boot && boot->has_cause ? verdict_kind_name(boot->cause.kind)
					      : matrix_cell_state_name(cell->cell->state));
	strbuf_addf(&text, "%s\n", cell->outcome_text);
	if (boot)
		report_add_evidence_lines(&cell->evidence, &text);
	strbuf_addc(out, '>');
	report_add_escaped(out, text.buf, text.len);
	strbuf_addf(out, "</%s>\n", element);
}

static void add_result(const struct report_cell *cell, struct strbuf *out)
{
	switch (cell->outcome) {
	case REPORT_FAIL:
		add_problem(cell, "failure", out);
		break;
	case REPORT_ERROR:
		add_problem(cell, "error", out);
		break;
	case REPORT_SKIP:
		strbuf_adds(out, "   <skipped");
		add_attribute(out, "message", cell->outcome_text);
		strbuf_adds(out, "/>\n");
		break;
	case REPORT_PASS:
		break;
	}
}

static void add_case(const struct report *report, const struct report_cell *cell,
		     struct strbuf *out)
{
	OWNED_STR title = report_title(report, cell->cell);
	OWNED_STR suite = xasprintf("%s.%s", report->run.matrix, cell->cell->branch);

	strbuf_adds(out, "  <testcase");
	add_attribute(out, "name", title);
	add_attribute(out, "classname", suite);
	strbuf_addf(out, " time=\"%.3f\">\n", cell_seconds(cell->cell));
	add_result(cell, out);
	add_output(cell, out);
	strbuf_adds(out, "  </testcase>\n");
}

static void add_suite(const struct report *report, const char *branch, struct strbuf *out)
{
	struct totals totals = count_suite(report, branch);

	strbuf_adds(out, " <testsuite");
	add_attribute(out, "name", branch);
	add_totals(out, &totals, report->run.started);
	strbuf_adds(out, ">\n");
	for (size_t i = 0; i < report->run.cell_count; i++)
		if (str_equal(report->run.cells[i].branch, branch))
			add_case(report, &report->cells[i], out);
	strbuf_adds(out, " </testsuite>\n");
}

ERR_CHECK report_junit(const struct report *report, struct strbuf *out)
{
	struct totals totals = count_suite(report, NULL);
	STRVEC branches = { 0 };

	for (size_t i = 0; i < report->run.cell_count; i++)
		strvec_push_new(&branches, report->run.cells[i].branch);
	strbuf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_attribute(out, "name", report->run.matrix);
	add_totals(out, &totals, report->run.started);
	strbuf_adds(out, ">\n");
	for (size_t i = 0; i < branches.count; i++)
		add_suite(report, branches.items[i], out);
	strbuf_adds(out, "</testsuites>\n");
	return NULL;
}
