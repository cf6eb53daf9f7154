/* SPDX-License-Identifier: GPL-2.0 */
/* resolve_say.h - between resolve_explain.c, which finds things out, and resolve_say.c only. */
#ifndef FARRIER_RESOLVE_SAY_H
#define FARRIER_RESOLVE_SAY_H

#include "record/diff.h"
#include "resolve_explain.h"
#include "resolve_history.h"

/* What is known of one file while it is explained. */
struct explaining {
	const struct resolve_case *it;
	const struct port_marked_file *file;
	const struct diff_file *diff;
	struct strbuf before_text, branch_text;
	struct lines before, branch;
	struct port_map map; /* from the one to the other, when `before` is known */
	bool knows_before;
	struct resolve_history history; /* on the branch */
	struct resolve_history missing; /* on the branch that the series is for */
	struct strbuf *text;
};

/* The hunk that a mark is about; NULL: the file as a whole. */
const struct diff_hunk *resolve_hunk_of(const struct explaining *explaining,
					const struct port_mark *mark);

/* Everything about mark `i`, and about a file that has no markers. */
ERR_CHECK resolve_say_mark(const struct explaining *explaining, size_t i) MUST_USE;
void resolve_say_choice(const struct explaining *explaining);

#endif
