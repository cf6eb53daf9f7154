/* SPDX-License-Identifier: GPL-2.0 */
/* state.h - how far a series has come on every branch, for list and show. */
#ifndef FARRIER_STATE_H
#define FARRIER_STATE_H

#include "record/series.h"
#include "cmd.h"

/* The branches of a workspace, and the kernel repository when there is one. */
struct states {
	const struct workspace *workspace; /* borrowed */
	git_repository *repo;		   /* NULL: nothing was ever filled or ported */
	struct branch *branches;
	size_t count;
};

void states_release(struct states *states);
#define STATES CLEANUP(states_release) struct states

/* Reads the branches and opens the repository; makes nothing. */
ERR_CHECK states_open(const struct workspace *workspace, struct states *states) MUST_USE;

/*
 * Every branch as {"branch","state","why","tip"}, new reference: the states of
 * lib/port/port_state.h, or "empty" (the branch was never filled). The series need only be
 * opened.
 */
ERR_CHECK states_json(const struct states *states, const struct series *series,
		      json_t **json) MUST_USE;

#endif
