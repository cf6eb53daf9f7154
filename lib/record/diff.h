/* SPDX-License-Identifier: GPL-2.0 */
/*
 * diff.h - a unified diff, parsed: files and hunks.
 *
 * Understands git's extended headers (Documentation/diff-generate-patch.txt in
 * git) and plain unified diffs, with the prefixes "a/" and "b/", "./", two
 * folder names, or none. Text around the files (a mail's words, a diffstat) is
 * passed over.
 *
 * A diff is hostile input. What is refused, as ERR_INPUT naming the line: paths
 * that are absolute or have empty, ".", ".." or ".git" components (in any case,
 * and in the spellings other systems read as .git), components of more than 255
 * bytes or control characters but a tab; a link in place of .gitmodules; hunks
 * whose length is not what they say; lines of a hunk that begin with none of
 * ' ', '+', '-' and '\'; unknown modes; combined diffs; and more than the limits
 * below.
 */
#ifndef FARRIER_DIFF_H
#define FARRIER_DIFF_H

#include "base/err.h"
#include "lines.h"
#include "patch.h"

#define DIFF_MAX_FILES 20000
#define DIFF_MAX_LINES 100000000 /* line numbers and counts in a hunk's header */
#define DIFF_MAX_HUNKS 250000	 /* of a patch */
#define DIFF_MAX_TOTAL 10000000	 /* lines of its hunks, context twice */
#define DIFF_MAX_PATH  4096
#define DIFF_MAX_ID    40

enum diff_change {
	DIFF_MODIFY, /* content, mode or both */
	DIFF_ADD,
	DIFF_DELETE,
	DIFF_RENAME,
	DIFF_COPY,
};

struct diff_hunk {
	size_t line;	  /* line of the text where its "@@" stands, as errors count them */
	size_t old_start; /* as written, from 1; 0 for an empty file */
	size_t new_start;
	struct lines before; /* context and '-' lines: what the hunk wants to find */
	struct lines after;  /* context and '+' lines: what it puts there */
	size_t leading;	     /* context lines before the first change */
	size_t trailing;     /* context lines after the last change */
	const char *heading; /* what stands behind the second "@@", heading_length bytes */
	size_t heading_length;
};

/* One direction of a binary patch: from "literal" or "delta" to the end of its lines. */
struct diff_data {
	const char *text; /* NULL: there is none */
	size_t length;
	size_t line; /* of the text where it begins */
};

struct diff_file {
	enum diff_change change;
	char *old_path; /* without prefix; the same as new_path unless renamed or copied */
	char *new_path;
	unsigned old_mode; /* 0100644, 0100755, 0120000, 0160000, or 0 when not stated */
	unsigned new_mode;
	char old_id[DIFF_MAX_ID + 1]; /* hex digits as written, maybe abbreviated; or "" */
	char new_id[DIFF_MAX_ID + 1];
	bool binary;		  /* "GIT binary patch", or only "Binary files differ" */
	struct diff_data forward; /* of the former: makes the new file, of the old one if a delta */
	struct diff_data reverse; /* the other way round; may be missing */
	bool plain;    /* without "diff --git": "@@ -0,0" may be a new file or an empty one */
	bool prefixed; /* a prefix was taken off; without one, the first folder may be one */
	struct diff_hunk *hunks;
	size_t hunk_count;
	size_t line; /* line of the text where the file begins */
};

/* Points into the text that was parsed, which must outlive it. */
struct diff {
	struct diff_file *files;
	size_t file_count;
};

#define DIFF CLEANUP(diff_release) struct diff

void diff_release(struct diff *diff);

/*
 * Parses a text. A text without any file gives an empty diff. Errors name
 * `what` and the line, counted so that the text's first line is `first_line`
 * (0: the text's place in the whole is not known; then lines count from 1 and
 * the error says "of its diff").
 */
ERR_CHECK diff_parse(const char *text, size_t length, const char *what, size_t first_line,
		     struct diff *diff) MUST_USE;

/* The same for a patch's diff; what its mail's format does to diffs is in the error's hint. */
ERR_CHECK diff_parse_patch(const struct patch *patch, const char *what, struct diff *diff) MUST_USE;

/* Why a path must not be written, as a text that follows "path '...' ", or NULL when it is fine. */
const char *diff_path_problem(const char *path);

#endif
