/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack.h - series on top of each other on a branch, and the kernel that makes.
 *
 * The layers are carried one after the other, each onto the last one's tip. Nothing
 * but objects is written: a stack is for building, its commits have no ref. A layer
 * that is a commit is looked for in the branch's history first: there it is
 * `already`, with a reason that says how it was found.
 */
#ifndef FARRIER_STACK_H
#define FARRIER_STACK_H

#include "build/build.h"
#include "stack_layers.h"
#include "port/port.h"

struct stack {
	git_oid base; /* the branch's commit */
	git_oid tip;
	struct build_layer *layers; /* names are borrowed from the series */
	struct port *ports;	    /* one for each layer that was tried */
	size_t count;
	bool complete; /* every layer is wholly in the tip */
};

void stack_release(struct stack *stack);
#define STACK CLEANUP(stack_release) struct stack

/*
 * Carries the layers, in order, onto the branch; stops behind the first one that
 * does not fit wholly. The layers must outlive the stack.
 */
ERR_CHECK stack_carry(git_repository *repo, const struct branch *branch,
		      const struct stack_layers *layers, struct stack *stack) MUST_USE;

/* Where a stack stands when that is not a branch as it is. */
struct stack_place {
	git_oid onto;			     /* a commit */
	const char *branch;		     /* whose recorded ports and skips count; "": none */
	const struct repo_person *committer; /* NULL: nobody, the same on every machine */
};

/* The same onto any commit. */
ERR_CHECK stack_carry_onto(git_repository *repo, const struct stack_place *place,
			   const struct stack_layers *layers, struct stack *stack) MUST_USE;

/* The first patch that is not in the tip, for people: "ev7-ipi patch 2 ...: conflict: reason".
 * Caller frees. */
char *stack_problem(const struct stack *stack);

/* Warns of patches that fit the branch by a guess only: what is built from them may not be meant.
 */
void stack_warn_of_guesses(const struct stack *stack, const char *branch);

/* Patch ids of branches, CACHE/patch-ids, for housekeeping. */
extern const struct kept_kind stack_kept_patch_ids;

#endif
