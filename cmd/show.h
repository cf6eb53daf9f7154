/* SPDX-License-Identifier: GPL-2.0 */
/* show.h - between the files of 'farrier show' only. */
#ifndef FARRIER_CMD_SHOW_H
#define FARRIER_CMD_SHOW_H

#include "state.h"

/* The branch in whose history patches are looked for: what is there is upstream. */
#define SHOW_UPSTREAM "mainline"

/*
 * Adds to every patch of the list "upstream", a commit or null, with how it was
 * found in "upstream_by" (patch-id, subject), and in "upstream_reverted" the commit
 * that took it back, or null.
 */
ERR_CHECK show_add_upstream(const struct states *states, const struct series *series,
			    json_t *patches) MUST_USE;

/*
 * Adds to every branch of the list the numbers of its recorded ports: "recorded",
 * those made from the patch as it is now, and "stale", those made from another one.
 */
ERR_CHECK show_add_recorded(const struct series *series, json_t *branches) MUST_USE;

/* The branches as text, one line each. */
void show_print_branches(const struct run *run, const json_t *branches);

#endif
