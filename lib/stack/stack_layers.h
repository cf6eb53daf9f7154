/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_layers.h - the series that go on a branch together, in order.
 *
 * A `prerequisite` of a series that names another series of the workspace goes
 * below it, once, however many need it.
 */
#ifndef FARRIER_STACK_LAYERS_H
#define FARRIER_STACK_LAYERS_H

#include "record/series.h"

struct stack_layers {
	struct series **list; /* bottom first */
	size_t count;
};

void stack_layers_release(struct stack_layers *layers);
#define STACK_LAYERS CLEANUP(stack_layers_release) struct stack_layers

/* Puts a series, and below it what it needs, on top; one that is there already stays where it is.
 */
ERR_CHECK stack_layers_add(const struct workspace *workspace, const char *name,
			   struct stack_layers *layers) MUST_USE;

/* The same for what a series needs, without the series. */
ERR_CHECK stack_layers_add_below(const struct workspace *workspace, const char *name,
				 struct stack_layers *layers) MUST_USE;

#endif
