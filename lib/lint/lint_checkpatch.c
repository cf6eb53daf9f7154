// SPDX-License-Identifier: GPL-2.0
#include <time.h>

#include "core/file.h"
#include "core/proc.h"
#include "lint_checkpatch.h"
#include "record/diff.h"

#define MAX_SCRIPT ((size_t)8 << 20)
/* It takes some 0.2 s a patch; some texts make perl's expressions very slow. */
#define TIMEOUT_SECONDS 120

/* Goes up when what is made of checkpatch's words changes. */
#define FOUND_VERSION "1"

/* What it reads beside itself; the first has to be there. */
static const char *const parts[] = { "checkpatch.pl", "spelling.txt", "const_structs.checkpatch" };

/* lint_message.c says these once for all branches. */
static const char *const ours[] = { "MISSING_SIGN_OFF", "NO_AUTHOR_SIGN_OFF", "BAD_FIXES_TAG" };

void lint_checkpatch_release(struct lint_checkpatch *tool)
{
	free(tool->folder);
	*tool = (struct lint_checkpatch){ 0 };
}

struct scripts {
	struct strbuf text[ARRAY_SIZE(parts)];
};

static void release_scripts(struct scripts *scripts)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		strbuf_release(&scripts->text[i]);
}

/* Reads the scripts; `key` is the id of them all, or "" when there is no checkpatch. */
static ERR_CHECK read_scripts(git_repository *repo, const git_oid *commit, struct scripts *scripts,
			      char key[STORE_ID_SIZE])
{
	STRBUF ids = { 0 };

	*key = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		OWNED_STR path = xasprintf("scripts/%s", parts[i]);
		char id[STORE_ID_SIZE];
		bool found;

		TRY(repo_read_file(repo, commit, path, MAX_SCRIPT, &scripts->text[i], &found));
		if (!found && i == 0)
			return NULL;
		store_id(strbuf_str(&scripts->text[i]), scripts->text[i].len, id);
		strbuf_addf(&ids, "%s\n", id);
	}
	strbuf_adds(&ids, FOUND_VERSION);
	store_id(ids.buf, ids.len, key);
	return NULL;
}

ERR_CHECK lint_checkpatch_open(const struct workspace *workspace, git_repository *repo,
			       const git_oid *commit, bool strict, struct lint_checkpatch *tool)
{
	CLEANUP(release_scripts) struct scripts scripts = { 0 };
	char key[STORE_ID_SIZE];

	*tool = (struct lint_checkpatch){ .strict = strict };
	TRY(read_scripts(repo, commit, &scripts, key));
	if (!*key)
		return NULL;
	tool->folder = workspace_cached(workspace, "lint/%s", key);
	for (size_t i = ARRAY_SIZE(parts); i-- > 0;) {
		OWNED_STR path = xasprintf("%s/scripts/%s", tool->folder, parts[i]);

		if (!file_exists(path))
			TRY(file_write(path, strbuf_str(&scripts.text[i]), scripts.text[i].len));
	}
	return NULL;
}

/*
 * The patch as git format-patch would write it: mails come in encodings that
 * checkpatch does not know. *diff_line is where the diff begins, from 1.
 */
static void write_mail(const struct patch *patch, struct strbuf *mail, size_t *diff_line)
{
	const char *body = strchr(patch->message, '\n');
	time_t when = (time_t)patch->when.time;
	struct tm date;
	char text[64];

	gmtime_r(&when, &date);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &date);
	strbuf_addf(mail, "From %040d Mon Sep 17 00:00:00 2001\n", 0);
	strbuf_addf(mail, "From: %s <%s>\nDate: %s\n", patch->author_name, patch->author_email,
		    text);
	strbuf_addf(mail, "Subject: [PATCH] %s\n", patch->subject);
	strbuf_addf(mail, "%s---\n\n", body ? body : "\n");
	*diff_line = 1;
	for (size_t i = 0; i < mail->len; i++)
		*diff_line += mail->buf[i] == '\n';
	strbuf_add(mail, strbuf_str(&patch->diff), patch->diff.len);
}

/* The line of a text, from 1; its length without the newline. NULL behind the end. */
static const char *line_at(const struct strbuf *text, size_t number, size_t *length)
{
	const char *line = strbuf_str(text), *end = line + text->len;

	while (--number && line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		line = newline ? newline + 1 : end;
	}
	if (line >= end)
		return NULL;
	*length = strcspn(line, "\n");
	return line;
}

/* The line of the kernel's file after the patch that a line of a hunk is, or that it stands before.
 */
static int target_line(const struct strbuf *mail, const struct diff_hunk *hunk, size_t number)
{
	size_t line = hunk->new_start, length;

	for (size_t i = hunk->line + 1; i < number; i++) {
		const char *text = line_at(mail, i, &length);

		line += text && *text != '-' && *text != '\\';
	}
	return (int)line;
}

static const struct diff_file *file_at(const struct diff *diff, size_t number)
{
	const struct diff_file *file = NULL;

	for (size_t i = 0; i < diff->file_count && diff->files[i].line <= number; i++)
		file = &diff->files[i];
	return file;
}

static const struct diff_hunk *hunk_at(const struct diff_file *file, size_t number)
{
	const struct diff_hunk *hunk = NULL;

	for (size_t i = 0; i < file->hunk_count && file->hunks[i].line < number; i++)
		hunk = &file->hunks[i];
	return hunk;
}

/* One run: what it was given, and what that is. */
struct job {
	const struct lint_text *text;
	struct strbuf mail;
	size_t diff_line;
	struct diff diff;
	struct lint_findings *findings;
};

static void release_job(struct job *job)
{
	strbuf_release(&job->mail);
	diff_release(&job->diff);
}

static void add_finding(struct job *job, size_t number, enum lint_severity severity,
			const char *type, const char *what)
{
	const struct diff_file *file = number >= job->diff_line ? file_at(&job->diff, number)
								: NULL;
	const struct diff_hunk *hunk = file ? hunk_at(file, number) : NULL;
	const char *line;
	size_t length;

	if (file) {
		lint_add(job->findings, severity, type, file->new_path,
			 hunk ? target_line(&job->mail, hunk, number) : 0, "%s", what);
		return;
	}
	line = line_at(&job->mail, number, &length);
	lint_add(job->findings, severity, type, job->text->file,
		 line && length ? lint_text_line(job->text, line, length) : 0, "%s", what);
}

static bool is_ours(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (str_equal(type, ours[i]))
			return true;
	return false;
}

/* "-:13: WARNING:BRACES: braces {} are not necessary", or false. */
static bool read_finding(struct job *job, char *line)
{
	static const struct {
		const char *word;
		enum lint_severity severity;
	} words[] = { { "ERROR:", LINT_ERROR },
		      { "WARNING:", LINT_WARNING },
		      { "CHECK:", LINT_CHECK } };
	char *end = line;
	size_t number = 0;

	if (starts_with(line, "-:"))
		number = strtoul(line + 2, &end, 10);
	if (starts_with(end, ": "))
		end += 2;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char *type = end + strlen(words[i].word);
		char *what;

		if (!starts_with(end, words[i].word) || !(what = strstr(type, ": ")))
			continue;
		*what = '\0';
		if (!is_ours(type))
			add_finding(job, number, words[i].severity, type, what + 2);
		return true;
	}
	return false;
}

static ERR_CHECK run_script(const struct lint_checkpatch *tool, const struct job *job,
			    struct strbuf *out)
{
	OWNED_STR home = xasprintf("HOME=%s", tool->folder);
	const char *argv[] = { "perl",
			       "scripts/checkpatch.pl",
			       "--no-tree",
			       "--quiet",
			       "--terse",
			       "--show-types",
			       "--no-summary",
			       "--color=never",
			       tool->strict ? "--strict" : "--no-strict",
			       "-",
			       NULL };
	const char *env[] = { home, "GIT_DIR", "GIT_WORK_TREE", "PERL5OPT", "PERL5LIB", NULL };
	struct proc_spec spec = { .argv = argv, .env = env, .dir = tool->folder };
	STRBUF complaint = { 0 };
	struct proc_io io = {
		.input = &job->mail, .out = out, .err = &complaint, .timeout = TIMEOUT_SECONDS
	};
	struct proc_exit exit;

	TRY(err_context(proc_run(&spec, &io, &exit), "checkpatch of '%s'", job->text->file));
	/* 1 is "has findings"; without any it was something else */
	if (proc_succeeded(&exit) || out->len)
		return NULL;
	return err_hint(err_env("checkpatch failed on '%s': %.*s", job->text->file,
				(int)strcspn(strbuf_str(&complaint), "\n"), strbuf_str(&complaint)),
			"'farrier check --no-lint' does without it");
}

static ERR_CHECK ask(const struct lint_checkpatch *tool, struct job *job)
{
	STRBUF out = { 0 };
	STRVEC lines = { 0 };

	TRY(diff_parse(strbuf_str(&job->text->patch->diff), job->text->patch->diff.len,
		       job->text->file, job->diff_line, &job->diff));
	TRY(run_script(tool, job, &out));
	strvec_split(&lines, strbuf_str(&out), "\n");
	for (size_t i = 0; i < lines.count; i++)
		read_finding(job, lines.items[i]);
	return NULL;
}

/* Everything that decides what is found: findings name lines of the patch's file, too. */
static char *record_path(const struct lint_checkpatch *tool, const struct job *job)
{
	STRBUF all = { 0 };
	char id[STORE_ID_SIZE];

	strbuf_addf(&all, "%d %s\n", tool->strict, job->text->file);
	strbuf_add(&all, strbuf_str(&job->text->mail), job->text->mail.len);
	store_id(all.buf, all.len, id);
	return xasprintf("%s/found/%s.json", tool->folder, id);
}

ERR_CHECK lint_checkpatch_run(const struct lint_checkpatch *tool, const struct lint_text *text,
			      struct lint_findings *findings)
{
	LINT_FINDINGS found = { 0 };
	CLEANUP(release_job) struct job job = { .text = text, .findings = &found };
	OWNED_STR path = NULL;
	OWNED_JSON *record = NULL;

	if (!tool->folder)
		return NULL;
	path = record_path(tool, &job);
	TRY(store_read(path, &record));
	if (!record) {
		write_mail(text->patch, &job.mail, &job.diff_line);
		TRY(ask(tool, &job));
		record = json_object();
		store_set(record, "schema", json_integer(STORE_SCHEMA));
		store_set(record, "findings", lint_json(&found));
		TRY(store_write(path, record));
	}
	lint_from_json(json_object_get(record, "findings"), findings);
	return NULL;
}

/* perl may be at work in there, and nobody has it locked. */
const struct kept_kind lint_kept = { .name = "lint",
				     .folder = "lint",
				     .by_key = true,
				     .by_reading = true,
				     .seconds_per_file = 0.2,
				     .rest = 3600 };
