/* SPDX-License-Identifier: GPL-2.0 */
/*
 * export_upstream.h - the commit of mainline that a patch is.
 *
 * Named by series.conf (`upstream = N: ID`), else by the patch's message, else looked for
 * on the branch `mainline`. A name is checked against that branch where it has a history.
 */
#ifndef FARRIER_EXPORT_UPSTREAM_H
#define FARRIER_EXPORT_UPSTREAM_H

#include "export.h"

/* The branch that stable-kernel-rules.rst means by mainline. */
#define EXPORT_MAINLINE "mainline"

struct export_upstream {
	git_repository *repo;
	char *cache; /* a folder for what was searched before */
	bool filled;
	bool history; /* it has one: it is no snapshot of a package or a tarball */
	git_oid tip;
};

void export_upstream_release(struct export_upstream *upstream);

/* Looks at the branch; a workspace without it, or one that is not filled, is fine. */
ERR_CHECK export_upstream_open(const struct workspace *workspace, git_repository *repo,
			       struct export_upstream *upstream) MUST_USE;

/*
 * Fills in `upstream` and `source`, or `reason` and `hint` and the fate EXPORT_REFUSED.
 * *checked says whether the commit is known to be in mainline.
 */
ERR_CHECK export_upstream_find(struct export_upstream *upstream, const struct series *series,
			       const struct patch *patch, struct export_patch *record,
			       bool *checked) MUST_USE;

#endif
