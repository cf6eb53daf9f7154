/* SPDX-License-Identifier: GPL-2.0 */
/* diff_internal.h - between the files of the diff room only. */
#ifndef FARRIER_DIFF_INTERNAL_H
#define FARRIER_DIFF_INTERNAL_H

#include "diff.h"

/* A place in the text, always at the beginning of a line. */
struct diff_scan {
	const char *at;
	const char *end;
	const char *what;
	size_t line; /* number of the line at `at` */
	bool place_unknown;
	size_t hunk_count; /* of all files so far */
	size_t line_count; /* of all hunks, context twice */
};

/* The line at hand without its LF; its length. */
size_t diff_line_length(const struct diff_scan *scan);
/* Whether the line at hand begins with `prefix`. */
bool diff_line_is(const struct diff_scan *scan, const char *prefix);
/* Goes to the next line. */
void diff_next_line(struct diff_scan *scan);
/* Where the next line begins, or the end of the text. */
const char *diff_peek_line(const struct diff_scan *scan);

/* ERR_INPUT that names the text and line `line`. */
const struct err *diff_refuse(const struct diff_scan *scan, size_t line, const char *format, ...)
	PRINTF(3, 4) MUST_USE;

/* Parses a hunk whose "@@ -" line is at hand, and adds it. */
ERR_CHECK diff_parse_hunk(struct diff_scan *scan, struct diff_file *file) MUST_USE;

/* Finds the data of a binary patch whose "GIT binary patch" line is at hand. */
ERR_CHECK diff_parse_binary(struct diff_scan *scan, struct diff_file *file) MUST_USE;

/*
 * A path as it stands in a header line, unquoted: `length` bytes, of which a
 * tab and what is behind it (a time) do not count. *path is the caller's.
 */
ERR_CHECK diff_read_path(const struct diff_scan *scan, const char *text, size_t length,
			 char **path) MUST_USE;

/* The two paths of a "diff --git" line; both NULL when the line alone does not tell them. */
ERR_CHECK diff_read_git_paths(const struct diff_scan *scan, const char *text, size_t length,
			      char **old_path, char **new_path) MUST_USE;

/*
 * Takes the prefixes off a pair of paths of which either may be "/dev/null" (then it
 * becomes NULL); false when there were none.
 */
bool diff_strip_prefixes(char **old_path, char **new_path);

/* Whether a path is git's list of submodules, as any system may spell it. */
bool diff_is_git_modules(const char *path);

/* Whether a path with its prefix, as the "---" and "+++" lines have it, is `path`. */
bool diff_same_path(const char *with_prefix, const char *path);

#endif
