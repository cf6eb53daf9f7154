// SPDX-License-Identifier: GPL-2.0
#include "check_print.h"

/* Errors that are shown of one build; the log has them all. */
#define MAX_SHOWN 10

/* What all parts of the print need. */
struct print {
	const struct run *run;
	const struct check_request *request;
	const struct check *check;
};

static const enum out_color severity_colors[] = {
	[LINT_NOTE] = OUT_DIM,
	[LINT_CHECK] = OUT_PLAIN,
	[LINT_WARNING] = OUT_WARN,
	[LINT_ERROR] = OUT_BAD,
};

static void add_place(struct strbuf *text, const char *file, int line)
{
	if (file)
		strbuf_addf(text, "%s:", file);
	if (file && line)
		strbuf_addf(text, "%d:", line);
	if (file)
		strbuf_addc(text, ' ');
}

static void print_finding(const struct print *print, const struct lint_finding *finding)
{
	STRBUF text = { 0 };

	add_place(&text, finding->file, finding->line);
	strbuf_addf(&text, "%s: %s [%s]", lint_severity_name(finding->severity), finding->text,
		    finding->type);
	out_line(print->run, severity_colors[finding->severity], "    %s", strbuf_str(&text));
}

static void print_diagnostic(const struct print *print, const struct build_diagnostic *one)
{
	STRBUF text = { 0 };

	add_place(&text, one->file, one->line);
	strbuf_addf(&text, "%s: %s", build_severity_name(one->severity), one->text);
	if (one->unit)
		strbuf_addf(&text, " (seen in %s)", one->unit);
	out_line(print->run, one->severity == BUILD_ERROR ? OUT_BAD : OUT_WARN, "    %s",
		 strbuf_str(&text));
}

/* "2 errors, 1 warning", or "ok". The message's own findings are not counted again. */
static enum out_color lint_words(const struct lint_findings *list, struct strbuf *words)
{
	static const enum lint_severity order[] = { LINT_ERROR, LINT_WARNING, LINT_CHECK,
						    LINT_NOTE };
	enum out_color color = OUT_GOOD;

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		size_t count = 0;

		for (size_t j = 0; j < list->count; j++)
			count += list->items[j].severity == order[i];
		if (!count)
			continue;
		if (!words->len)
			color = severity_colors[order[i]];
		strbuf_addf(words, "%s%zu %s%s", words->len ? ", " : "", count,
			    lint_severity_name(order[i]), count == 1 ? "" : "s");
	}
	if (!words->len)
		strbuf_adds(words, "ok");
	return color;
}

static void add_lint_cell(const struct print *print, struct out_table *table,
			  const struct lint_findings *list)
{
	STRBUF words = { 0 };
	enum out_color color;

	if (!print->request->lint)
		return;
	if (!list) {
		out_table_cell(table, OUT_DIM, "-");
		return;
	}
	color = lint_words(list, &words);
	out_table_cell(table, color, "%s", strbuf_str(&words));
}

static void add_port_cell(struct out_table *table, const struct port_patch *patch)
{
	enum out_color color = OUT_GOOD;

	if (!patch) {
		out_table_cell(table, OUT_DIM, "-");
		return;
	}
	if (patch->status == PORT_STALE || patch->status == PORT_CONFLICT)
		color = OUT_BAD;
	else if (patch->status == PORT_FUZZY)
		color = OUT_WARN;
	else if (patch->status == PORT_SKIPPED || patch->status == PORT_ALREADY)
		color = OUT_DIM;
	out_table_cell(table, color, "%s", port_status_name(patch->status));
}

static void add_build_cells(const struct print *print, struct out_table *table,
			    const struct check_step *step)
{
	if (!print->request->build)
		return;
	if (!step->done)
		out_table_cell(table, OUT_DIM, "-");
	else if (step->outcome == CHECK_BROKEN)
		out_table_cell(table, OUT_BAD, "failed");
	else if (step->outcome == CHECK_HIDDEN && step->culprit)
		out_table_cell(table, OUT_WARN, "failed by %d", step->culprit);
	else if (step->outcome == CHECK_HIDDEN)
		out_table_cell(table, OUT_WARN, "failed before");
	else
		out_table_cell(table, OUT_GOOD, "%s", build_status_name(step->build.status));
	if (step->done && !step->build.reused)
		out_table_number(table, OUT_PLAIN, "%.0f s", step->build.seconds);
	else
		out_table_number(table, OUT_DIM, "-");
}

static void add_ground_row(const struct print *print, struct out_table *table,
			   const struct check_step *step, const char *what)
{
	if (!print->request->build || !step->wanted)
		return;
	out_table_number(table, OUT_PLAIN, "-");
	add_port_cell(table, NULL);
	add_lint_cell(print, table, NULL);
	add_build_cells(print, table, step);
	out_table_cell(table, OUT_DIM, "%s", what);
	out_table_end_row(table);
}

static void print_table(const struct print *print, const struct check_branch *branch)
{
	const struct port *port = check_port(branch);
	struct out_table *table = out_table_new();

	add_ground_row(print, table, &branch->base, "the branch itself");
	add_ground_row(print, table, &branch->needs, "with the prerequisites");
	for (size_t i = 0; i < branch->patch_count; i++) {
		const struct check_patch *patch = &branch->patches[i];

		out_table_number(table, OUT_PLAIN, "%zu", i + 1);
		add_port_cell(table, port ? &port->patches[i] : NULL);
		add_lint_cell(print, table, &patch->lint);
		add_build_cells(print, table, &patch->step);
		out_table_cell(table, OUT_PLAIN, "%s", print->check->series.patches[i].subject);
		out_table_end_row(table);
	}
	out_table_print(print->run, table, 2);
}

/* How much of a patch was built, when it was not all: " (without a.c, b.c)". */
static void add_left_out(const struct check_patch *patch, struct strbuf *text)
{
	for (size_t i = 0; i < patch->left_out.count; i++)
		strbuf_addf(text, "%s%s", i ? ", " : " (without ", patch->left_out.items[i]);
	if (patch->left_out.count)
		strbuf_addc(text, ')');
}

static void print_faults(const struct print *print, const struct check_step *step)
{
	for (size_t i = 0; i < step->fault_count && i < MAX_SHOWN; i++)
		print_diagnostic(print, &step->build.diagnostics.items[step->faults[i]]);
	if (step->fault_count > MAX_SHOWN)
		out_line(print->run, OUT_PLAIN, "    and %zu more", step->fault_count - MAX_SHOWN);
	if (step->build.log)
		out_line(print->run, OUT_DIM, "    the log: %s", step->build.log);
}

static void print_ground(const struct print *print, const struct check_branch *branch)
{
	const struct run *run = print->run;

	if (branch->problem)
		out_line(run, OUT_BAD, "  not tried, as a prerequisite does not fit: %s",
			 branch->problem);
	if (branch->base.outcome == CHECK_BROKEN && branch->needs.outcome == CHECK_OK) {
		out_line(run, OUT_PLAIN,
			 "  the branch itself does not build; the prerequisites "
			 "mend it");
		return;
	}
	if (check_ground(branch)->outcome != CHECK_BROKEN)
		return;
	out_line(run, OUT_BAD, "  the branch does not build without the series%s:",
		 branch->needs.wanted ? ", even with its prerequisites" : "");
	print_faults(print, check_ground(branch));
}

static void print_conflicts(const struct print *print, const struct port_patch *patch)
{
	if (patch->status == PORT_STALE)
		out_line(print->run, OUT_BAD, "  patch %d is stale: %s", patch->number,
			 patch->reason);
	if (patch->status == PORT_FUZZY)
		out_line(print->run, OUT_WARN, "  patch %d was carried fuzzily: look at it",
			 patch->number);
	for (size_t i = 0; i < patch->conflict_count; i++) {
		const struct port_conflict *one = &patch->conflicts[i];

		if (one->hunk)
			out_line(print->run, OUT_BAD, "  patch %d conflicts in %s, hunk %d: %s",
				 patch->number, one->path, one->hunk, one->reason);
		else
			out_line(print->run, OUT_BAD, "  patch %d conflicts in %s: %s",
				 patch->number, one->path, one->reason);
	}
}

static void print_build(const struct print *print, const struct check_branch *branch, size_t index)
{
	const struct check_patch *patch = &branch->patches[index];
	const struct build_diagnostics *list = &patch->step.build.diagnostics;
	STRBUF left_out = { 0 };
	bool warned = false;

	add_left_out(patch, &left_out);
	if (patch->step.outcome == CHECK_BROKEN) {
		out_line(print->run, OUT_BAD, "  patch %zu does not build%s:", index + 1,
			 strbuf_str(&left_out));
		print_faults(print, &patch->step);
		if (check_mended_by(branch, index))
			out_line(print->run, OUT_PLAIN, "    patch %d mends it",
				 check_mended_by(branch, index));
	} else if (patch->left_out.count) {
		out_line(print->run, OUT_PLAIN, "  patch %zu%s: %s", index + 1,
			 strbuf_str(&left_out),
			 !patch->step.done		   ? "not built"
			 : patch->step.outcome == CHECK_OK ? "what is left of it builds"
							   : "nothing new was seen");
	}
	for (size_t i = 0; i < list->count; i++) {
		if (!check_is_new_warning(&patch->step, &list->items[i]))
			continue;
		if (!warned)
			out_line(print->run, OUT_WARN, "  patch %zu brings a warning:", index + 1);
		warned = true;
		print_diagnostic(print, &list->items[i]);
	}
}

/* The first branch before this one whose patch has that finding, too; or NULL. */
static const char *shown_before(const struct print *print, const struct check_branch *branch,
				size_t index, const struct lint_finding *finding)
{
	for (const struct check_branch *other = print->check->branches; other < branch; other++)
		if (lint_has(&other->patches[index].lint, finding))
			return other->branch.name;
	return NULL;
}

static void print_lint(const struct print *print, const struct check_branch *branch, size_t index)
{
	const struct lint_findings *list = &branch->patches[index].lint;
	const char *other = NULL;
	size_t known = 0, shown = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *before = shown_before(print, branch, index, &list->items[i]);

		other = before ? before : other;
		known += before != NULL;
		if (before)
			continue;
		if (!shown++)
			out_line(print->run, OUT_PLAIN, "  patch %zu, as it stands:", index + 1);
		print_finding(print, &list->items[i]);
	}
	if (known)
		out_line(print->run, OUT_DIM, "  patch %zu: %zu finding%s as on %s", index + 1,
			 known, known == 1 ? "" : "s", other);
}

static void print_branch(const struct print *print, const struct check_branch *branch)
{
	const struct port *port = check_port(branch);

	out_line(print->run, OUT_BOLD, "%s on %s%s%s", print->check->series.name,
		 branch->branch.name, *branch->version ? ", " : "", branch->version);
	print_table(print, branch);
	print_ground(print, branch);
	for (size_t i = 0; i < branch->lint.count; i++)
		print_finding(print, &branch->lint.items[i]);
	for (size_t i = 0; i < branch->patch_count; i++) {
		if (port)
			print_conflicts(print, &port->patches[i]);
		print_build(print, branch, i);
		print_lint(print, branch, i);
	}
}

static void print_messages(const struct print *print)
{
	for (size_t i = 0; i < print->check->series.patch_count; i++) {
		const struct lint_findings *list = &print->check->messages[i];

		if (list->count)
			out_line(print->run, OUT_PLAIN, "patch %zu, on every branch:", i + 1);
		for (size_t j = 0; j < list->count; j++)
			print_finding(print, &list->items[j]);
	}
}

void check_print(const struct run *run, const struct check_request *request,
		 const struct check *check)
{
	const struct print print = { run, request, check };

	print_messages(&print);
	for (size_t i = 0; i < check->count; i++)
		print_branch(&print, &check->branches[i]);
}
