// SPDX-License-Identifier: GPL-2.0
/*
 * report_kcidb.c - a submission to KCIDB, version 5.3 of https://github.com/kernelci/kcidb-io.
 *
 * A checkout is a branch with or without the series, a build a kernel of it, a test one boot: boots
 * are what happened, states are what was concluded from them, and a database of results wants the
 * former. The model, a fault made on purpose, is part of what is tested; "misc" says so.
 *
 * Ids name what was tested by its content, and a boot by its key, number and time. The same boot
 * in a later run, or in a report that is sent again, has the same id.
 *
 * Logs are not on any server, so there are no URLs but the repository's. The id of a snapshot of
 * a package or tarball is no commit that anybody else has: it is only in "misc".
 */
#include "core/file.h"
#include "core/repo.h"
#include "record/target.h"
#include "report_part.h"

#define MAX_EXCERPT 16384 /* characters, of the schema */

struct submission {
	const struct report *report;
	const char *origin;
	git_repository *repo; /* or NULL */
};

static json_t *id_json(const struct submission *submission, const char *format, ...) PRINTF(2, 3);

static json_t *id_json(const struct submission *submission, const char *format, ...)
{
	STRBUF id = { 0 };
	va_list args;

	strbuf_addf(&id, "%s:", submission->origin);
	va_start(args, format);
	strbuf_vaddf(&id, format, args);
	va_end(args);
	return store_text(id.buf);
}

static const struct matrix_branch *find_branch(const struct matrix_run *run, const char *name)
{
	for (size_t i = 0; i < run->branch_count; i++)
		if (str_equal(run->branches[i].name, name))
			return &run->branches[i];
	return NULL;
}

static json_t *checkout_id(const struct submission *submission, const struct matrix_build *build)
{
	const struct matrix_branch *branch = find_branch(&submission->report->run, build->branch);
	const char *commit = build->commit ? build->commit : branch ? branch->base : "";

	return id_json(submission, "checkout/%s/%s/%s", commit, build->branch,
		       matrix_variant_name(build->variant));
}

static json_t *build_id(const struct submission *submission, const struct matrix_build *build)
{
	return id_json(submission, "build/%s/%s", build->key ? build->key : "", build->id);
}

/* Whether others have a commit of that id: it is here, and no snapshot. */
static bool is_true_commit(const struct submission *submission, const char *id)
{
	git_commit *commit;
	git_oid oid;
	bool known;

	if (!submission->repo || strlen(id) != GIT_OID_HEXSZ || git_oid_fromstr(&oid, id) < 0 ||
	    git_commit_lookup(&commit, submission->repo, &oid) < 0)
		return false;
	known = !repo_is_snapshot(commit);
	git_commit_free(commit);
	return known;
}

/* The workspace's file for the branch may have gone since the run. */
static void add_repository(const struct submission *submission, const char *name, json_t *json)
{
	BRANCH branch = { 0 };
	const struct err *err = target_read_branch(submission->report->workspace, name, &branch);

	if (!err && starts_with(branch.url, "https://"))
		store_set(json, "git_repository_url", store_text(branch.url));
	err_free(err);
}

static json_t *checkout_comment(const struct matrix_run *run, const struct matrix_build *build,
				const struct matrix_branch *branch)
{
	STRBUF text = { 0 };

	strbuf_adds(&text, build->branch);
	if (branch && *branch->version)
		strbuf_addf(&text, ", %s", branch->version);
	if (run->series)
		strbuf_addf(&text, ", %s %s", build->variant == MATRIX_SERIES ? "with" : "without",
			    run->series);
	if (run->model)
		strbuf_addf(&text, ", with the test-only series %s", run->model);
	return store_text(text.buf);
}

static json_t *checkout_misc(const struct matrix_run *run, const struct matrix_build *build,
			     const struct matrix_branch *branch)
{
	json_t *json = json_object();

	store_set(json, "base", store_text(branch ? branch->base : NULL));
	store_set(json, "commit", store_text(build->commit));
	store_set(json, "version", store_text(branch ? branch->version : NULL));
	store_set(json, "series", store_text(build->variant == MATRIX_SERIES ? run->series : NULL));
	store_set(json, "model", store_text(run->model));
	return json_pack("{s:o}", "farrier", json);
}

static json_t *checkout_json(const struct submission *submission, const struct matrix_build *build)
{
	const struct matrix_run *run = &submission->report->run;
	const struct matrix_branch *branch = find_branch(run, build->branch);
	json_t *json = json_object();

	store_set(json, "id", checkout_id(submission, build));
	store_set(json, "origin", store_text(submission->origin));
	store_set(json, "comment", checkout_comment(run, build, branch));
	store_set(json, "valid", json_boolean(build->status != MATRIX_BUILD_NOT_PORTED));
	store_set(json, "misc", checkout_misc(run, build, branch));
	if (*run->started)
		store_set(json, "start_time", store_text(run->started));
	if (!run->series && !run->model)
		store_set(json, "patchset_hash", store_text(""));
	if (build->status == MATRIX_BUILD_NOT_PORTED && build->reason)
		store_set(json, "log_excerpt", store_text(build->reason));
	if (branch && is_true_commit(submission, branch->base)) {
		store_set(json, "git_commit_hash", store_text(branch->base));
		add_repository(submission, build->branch, json);
	}
	return json;
}

/* Appends unless there is one of that id. */
static void append_new(json_t *list, struct index *ids, json_t *json)
{
	if (index_add(ids, store_get_string(json, "id", ""), json_array_size(list)))
		json_array_append_new(list, json);
	else
		json_decref(json);
}

/* What the schema allows as the name of an architecture: "x86-64" is "x86_64". */
static void add_architecture(const struct matrix_branch *branch, json_t *json)
{
	OWNED_STR name = xstrdup(branch ? branch->arch : "");

	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	if (*name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name))
		store_set(json, "architecture", store_text(name));
}

static void add_excerpt(struct strbuf *text, json_t *json)
{
	if (text->len > MAX_EXCERPT)
		strbuf_setlen(text, MAX_EXCERPT);
	if (text->len)
		store_set(json, "log_excerpt", store_string(text->buf, text->len));
}

static void add_diagnostics(const struct matrix_build *build, json_t *json)
{
	STRBUF text = { 0 };
	json_t *entry;
	size_t i;

	if (build->reason)
		strbuf_addf(&text, "%s\n", build->reason);
	json_array_foreach (build->diagnostics, i, entry) {
		if (!str_equal(store_get_string(entry, "severity", ""), "error"))
			continue;
		strbuf_addf(&text, "%s:%d: error: %s\n", store_get_string(entry, "file", ""),
			    store_get_int(entry, "line", 0), store_get_string(entry, "text", ""));
	}
	add_excerpt(&text, json);
}

static json_t *build_json(const struct submission *submission, const struct matrix_build *build)
{
	const struct matrix_run *run = &submission->report->run;
	bool failed = build->status == MATRIX_BUILD_FAILED;
	json_t *json = json_object();

	store_set(json, "id", build_id(submission, build));
	store_set(json, "checkout_id", checkout_id(submission, build));
	store_set(json, "origin", store_text(submission->origin));
	store_set(json, "comment", store_text(build->id));
	store_set(json, "config_name", store_text(build->config));
	store_set(json, "status", store_text(failed ? "FAIL" : "PASS"));
	store_set(json, "misc", json_pack("{s:{s:o}}", "farrier", "key", store_text(build->key)));
	add_architecture(find_branch(run, build->branch), json);
	if (build->seconds > 0)
		store_set(json, "duration", json_real(build->seconds));
	if (failed)
		add_diagnostics(build, json);
	return json;
}

static const char *test_status(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_GOOD:
		return "PASS";
	case VERDICT_BAD:
		return "FAIL";
	case VERDICT_SKIP:
		return "SKIP";
	case VERDICT_INFRA:
		return "MISS";
	default:
		return "ERROR";
	}
}

static json_t *environment_json(const struct matrix_cell *cell)
{
	OWNED_STR comment = xasprintf("%s, %d CPU%s", cell->machine, cell->cpus,
				      report_plural((size_t)cell->cpus));
	json_t *json = json_object();

	store_set(json, "comment", store_text(comment));
	store_set(json, "misc",
		  json_pack("{s:o, s:i, s:o}", "machine", store_text(cell->machine), "cpus",
			    cell->cpus, "cmdline", store_text(cell->cmdline)));
	return json;
}

static json_t *test_misc(const struct report *report, const struct matrix_cell *cell,
			 const struct matrix_boot *boot)
{
	json_t *json = json_object();

	store_set(json, "matrix", store_text(report->run.matrix));
	store_set(json, "cell", store_text(cell->id));
	store_set(json, "cell_state", store_text(matrix_cell_state_name(cell->state)));
	store_set(json, "model", store_text(matrix_model_name(cell->model)));
	store_set(json, "boot", json_integer(boot->number));
	store_set(json, "counted", json_boolean(boot->counted));
	store_set(json, "cause", verdict_event_json(boot->has_cause ? &boot->cause : NULL));
	store_set(json, "log", store_text(boot->log));
	store_set(json, "counters", boot->counters ? json_incref(boot->counters) : json_null());
	return json_pack("{s:o}", "farrier", json);
}

static void add_log(const struct report_cell *cell, const struct matrix_boot *boot, json_t *json)
{
	STRBUF text = { 0 };

	if (cell->evidence.boot == boot && cell->evidence.line_count)
		report_add_evidence_lines(&cell->evidence, &text);
	else if (boot->has_cause)
		strbuf_add_printable(&text, boot->cause.text, strlen(boot->cause.text));
	else if (boot->text)
		strbuf_add_printable(&text, boot->text, strlen(boot->text));
	add_excerpt(&text, json);
}

static json_t *test_json(const struct submission *submission, const struct report_cell *cell,
			 const struct matrix_boot *boot)
{
	OWNED_STR title = report_title(submission->report, cell->cell);
	json_t *json = json_object();

	store_set(json, "id",
		  id_json(submission, "boot/%s/%04d/%s",
			  cell->cell->key ? cell->cell->key : cell->cell->id, boot->number,
			  boot->started));
	store_set(json, "build_id", build_id(submission, cell->build));
	store_set(json, "origin", store_text(submission->origin));
	store_set(json, "path", store_text("farrier.boot"));
	store_set(json, "comment", store_text(title));
	store_set(json, "status", store_text(test_status(boot->verdict)));
	store_set(json, "environment", environment_json(cell->cell));
	store_set(json, "misc", test_misc(submission->report, cell->cell, boot));
	store_set(json, "duration", json_real(boot->seconds));
	if (*boot->started)
		store_set(json, "start_time", store_text(boot->started));
	add_log(cell, boot, json);
	return json;
}

/* A kernel that a submission can name: it was made, or it was tried. */
static bool is_built(const struct matrix_build *build)
{
	return build->status != MATRIX_BUILD_WAITING && build->status != MATRIX_BUILD_NOT_PORTED &&
	       build->status != MATRIX_BUILD_INFRA;
}

static json_t *tests_json(const struct submission *submission)
{
	json_t *list = json_array();
	INDEX ids = index_new();

	for (size_t i = 0; i < submission->report->run.cell_count; i++) {
		const struct report_cell *cell = &submission->report->cells[i];

		if (!cell->build || !is_built(cell->build))
			continue;
		for (size_t j = 0; j < cell->cell->boot_count; j++)
			append_new(list, ids, test_json(submission, cell, &cell->cell->boots[j]));
	}
	return list;
}

/* Kernels that wait are not there yet, and what was not ported has none. */
static void add_builds(const struct submission *submission, json_t *json)
{
	const struct matrix_run *run = &submission->report->run;
	json_t *checkouts = json_array(), *builds = json_array();
	INDEX checkout_ids = index_new();
	INDEX build_ids = index_new();

	for (size_t i = 0; i < run->build_count; i++) {
		const struct matrix_build *build = &run->builds[i];

		if (build->status != MATRIX_BUILD_WAITING)
			append_new(checkouts, checkout_ids, checkout_json(submission, build));
		if (is_built(build))
			append_new(builds, build_ids, build_json(submission, build));
	}
	store_set(json, "checkouts", checkouts);
	store_set(json, "builds", builds);
}

ERR_CHECK report_kcidb(const struct report *report, struct strbuf *out)
{
	const char *origin = report->settings.origin, *path = report->workspace->repo_path;
	OWNED_JSON *json = json_pack("{s:{s:i, s:i}}", "version", "major", 5, "minor", 3);
	OWNED_STR text = NULL;
	REPO repo = NULL;
	struct submission submission = { report, origin ? origin : REPORT_ORIGIN, NULL };

	/* Without the repository no commit can be named, and all the rest can. */
	if (path && file_is_dir(path))
		err_free(repo_open(path, false, &repo));
	submission.repo = repo;
	add_builds(&submission, json);
	store_set(json, "tests", tests_json(&submission));
	text = json_dumps(json, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	strbuf_addf(out, "%s\n", text ? text : "null");
	return NULL;
}
