/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_layers.h - the series that go on a branch together, in order.
 *
 * What a series names as its `prerequisite` goes below it, once, however many need
 * it (stack_needs.h says what it may name). Of a prerequisite that was named in an
 * older version the current one is taken, with a note as progress. One that is not
 * found is ERR_INPUT that says what to do. Patch ids that are not found are none: a
 * mail names those of everything between it and its base, mostly long merged.
 *
 * A commit is a layer, too: a series "commit-ID" of one patch, which knows the commit
 * it is (patch.commit) and has no folder.
 */
#ifndef FARRIER_STACK_LAYERS_H
#define FARRIER_STACK_LAYERS_H

#include "stack_needs.h"

struct stack_layers {
	struct series **list; /* bottom first */
	size_t count;
	char *cache; /* the folder for records of searches in history; NULL while there is no layer
		      */
};

void stack_layers_release(struct stack_layers *layers);
#define STACK_LAYERS CLEANUP(stack_layers_release) struct stack_layers

/* Puts a series, and below it what it needs, on top; one that is there already stays where it is.
 */
ERR_CHECK stack_layers_add(const struct workspace *workspace, const char *name,
			   struct stack_layers *layers) MUST_USE;

/* Whether a layer is a commit, not a series. */
bool stack_is_commit(const struct series *layer);

/* The same for what a series needs, without the series. */
ERR_CHECK stack_layers_add_below(const struct workspace *workspace, const char *name,
				 struct stack_layers *layers) MUST_USE;

#endif
