/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_state.h - how far a series has come on a branch.
 *
 * A ref alone does not say what it is a port of: the kernel repository may be shared
 * by workspaces with series of the same name, and no ref is written on a conflict. So
 * every port of a workspace's series leaves a record, in
 * .farrier/ports/SERIES/BRANCH.json, of what it was made from and how it went:
 *
 *     {"schema":1,"key","base","tip","complete","patches":[{"n","status"}]}
 *
 * "key" is the id of the patches' files, the recorded ports' files and the skips for
 * the branch. Without a record nothing was ported, whatever refs there are.
 */
#ifndef FARRIER_PORT_STATE_H
#define FARRIER_PORT_STATE_H

#include "port.h"

struct port_state {
	const char *name; /* "ported", "outdated", "conflict" or "not-ported"; static */
	char *why;	  /* outdated, conflict: for people; or NULL */
	bool has_tip;	  /* ported; outdated, if the ref still has what was ported */
	git_oid tip;
};

void port_state_release(struct port_state *state);
#define PORT_STATE CLEANUP(port_state_release) struct port_state

/* Records a port that was made of the series as it is now, whole or not, after its ref is written.
 */
ERR_CHECK port_state_write(const struct workspace *workspace, const struct series *series,
			   const char *branch, const struct port *port) MUST_USE;

/* The state on a branch whose commit is `base`. The series need only be opened. */
ERR_CHECK port_state_read(const struct workspace *workspace, git_repository *repo,
			  const struct series *series, const char *branch, const git_oid *base,
			  struct port_state *state) MUST_USE;

#endif
