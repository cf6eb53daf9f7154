/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lint.h - what can be said against a patch without building it.
 *
 *     lint_message.c     subject and trailers, once for a series
 *     lint_stable.c      the form of a port: upstream line, note, author; Cc: stable
 *     lint_history.c     Fixes: targets, commits that are needed first
 *     lint_later.c       fixes of fixes
 *     lint_checkpatch.c  the branch's own scripts/checkpatch.pl
 *
 * All findings are of one kind, in lists. The rules of messages are those of the
 * kernel's Documentation/process/submitting-patches.rst and stable-kernel-rules.rst.
 */
#ifndef FARRIER_LINT_H
#define FARRIER_LINT_H

#include "core/kept.h"
#include "core/store.h"
#include "record/series.h"

/* As checkpatch uses the words; a note is for people and never a fault. */
enum lint_severity {
	LINT_NOTE,
	LINT_CHECK, /* a matter of taste; found only when the linter is strict */
	LINT_WARNING,
	LINT_ERROR,
};

/* "note", "check", "warning", "error" */
const char *lint_severity_name(enum lint_severity severity);

struct lint_finding {
	enum lint_severity severity;
	char *type; /* "LONG_LINE": what to look for in checkpatch's documentation, or here */
	char *file; /* of the kernel, or the patch's own below the workspace; or NULL */
	int line;   /* from 1, or 0 */
	char *text; /* any bytes but NUL */
};

/* A zeroed struct is an empty list. */
struct lint_findings {
	struct lint_finding *items;
	size_t count, alloc;
};

void lint_findings_release(struct lint_findings *list);
#define LINT_FINDINGS CLEANUP(lint_findings_release) struct lint_findings

/* Adds one, unless it is there already. Copies the strings; `file` may be NULL. */
void lint_add(struct lint_findings *list, enum lint_severity severity, const char *type,
	      const char *file, int line, const char *format, ...) PRINTF(6, 7);

bool lint_has(const struct lint_findings *list, const struct lint_finding *finding);

/* How many are at least this severe. */
size_t lint_count(const struct lint_findings *list, enum lint_severity least);

/* [{"severity","type","file","line","text"}]; the list as a record keeps it. New reference. */
json_t *lint_json(const struct lint_findings *list);
void lint_from_json(const json_t *json, struct lint_findings *list);

/* A patch as it stands in a file of the workspace, so that findings can name the line. */
struct lint_text {
	const struct patch *patch; /* borrowed */
	char *file;		   /* below the workspace */
	struct strbuf mail;	   /* its bytes */
};

void lint_text_release(struct lint_text *text);
#define LINT_TEXT CLEANUP(lint_text_release) struct lint_text

/* `path` is absolute. */
ERR_CHECK lint_text_read(const struct workspace *workspace, const char *path,
			 const struct patch *patch, struct lint_text *text) MUST_USE;

/* The line of the file that reads so (`length` bytes), or 0 when it is not there, as in encoded
 * mails. */
int lint_text_line(const struct lint_text *text, const char *line, size_t length);

/* The line of the Subject header, or 0. */
int lint_text_subject(const struct lint_text *text);

/* ---- lint_message.c ---- */

/* Subject and trailers. With `strict`, matters of taste too. */
void lint_message(const struct lint_text *text, bool strict, struct lint_findings *findings);

/* ---- lint_stable.c ---- */

/*
 * The form of a recorded port: "commit ID upstream." right behind the title (wanted
 * when the series is `upstream`), the original message, "[ name: note ]", sign-offs;
 * and the author is still the original's.
 */
void lint_port(const struct lint_text *port, const struct patch *original, bool upstream,
	       struct lint_findings *findings);

/* The commit that a message says it is: "commit ID upstream.", "[ Upstream commit ID ]" or
 * "(cherry picked from commit ID)". False when it says none. */
bool lint_upstream_id(const char *message, git_oid *id);

/* What checkpatch said, CACHE/lint, for housekeeping. */
extern const struct kept_kind lint_kept;

#endif
