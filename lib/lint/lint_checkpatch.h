/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lint_checkpatch.h - a tree's own scripts/checkpatch.pl.
 *
 * The script and what it reads are taken from the tree's objects, once for each
 * version of them, to CACHE/lint/KEY/scripts. It runs there, so that neither the
 * user's nor the tree's .checkpatch.conf changes what it says. What it said of a
 * text is kept beside it, as CACHE/lint/KEY/found/ID.json.
 */
#ifndef FARRIER_LINT_CHECKPATCH_H
#define FARRIER_LINT_CHECKPATCH_H

#include "lint.h"

struct lint_checkpatch {
	char *folder; /* CACHE/lint/KEY, or NULL: the tree has no checkpatch */
	bool strict;
};

void lint_checkpatch_release(struct lint_checkpatch *tool);
#define LINT_CHECKPATCH CLEANUP(lint_checkpatch_release) struct lint_checkpatch

ERR_CHECK lint_checkpatch_open(const struct workspace *workspace, git_repository *repo,
			       const git_oid *commit, bool strict,
			       struct lint_checkpatch *tool) MUST_USE;

/*
 * Adds what it says of a patch. Findings name the kernel's file and line where they
 * are about the diff, else the patch's file. What lint_message() looks at is left out.
 */
ERR_CHECK lint_checkpatch_run(const struct lint_checkpatch *tool, const struct lint_text *text,
			      struct lint_findings *findings) MUST_USE;

#endif
