/* SPDX-License-Identifier: GPL-2.0 */
/*
 * resolve_where.h - names that a hunk speaks of and the branch's file does not have.
 *
 * A name that is nowhere near often means that the branch lacks a patch that the
 * series rests on; one that is in another file, that the code moved there. The
 * search is bounded: the file's folder, then the folders above it, but never the
 * whole tree.
 */
#ifndef FARRIER_RESOLVE_WHERE_H
#define FARRIER_RESOLVE_WHERE_H

#include "core/repo.h"
#include "record/diff.h"

#define RESOLVE_MOST_NAMES  5
#define RESOLVE_MOST_PLACES 3

struct resolve_name {
	char *name;
	struct strvec places; /* "path:line" */
};

struct resolve_names {
	struct resolve_name items[RESOLVE_MOST_NAMES];
	size_t count;
	char *searched; /* the folder that was searched, with all below it */
};

void resolve_names_release(struct resolve_names *names);
#define RESOLVE_NAMES CLEANUP(resolve_names_release) struct resolve_names

/* Names in the old side of the hunk and in its heading that `text`, the file at `path`, lacks. */
ERR_CHECK resolve_names_find(git_repository *repo, const git_oid *tree, const char *path,
			     const struct strbuf *text, const struct diff_hunk *hunk,
			     struct resolve_names *names) MUST_USE;

#endif
