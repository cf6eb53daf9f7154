/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_apt.h - Debian packages, through apt's own programs.
 *
 * Two ways to ask apt: as the system has it, and with a state of farrier's own
 * for one suite, below the cache, which leaves the system's sources, lists and
 * packages alone and needs no root. The second takes the mirror that the system
 * uses, so no host name stands anywhere in farrier.
 */
#ifndef FARRIER_TREE_APT_H
#define FARRIER_TREE_APT_H

#include "base/err.h"
#include "base/strbuf.h"

struct tree_apt {
	struct strvec options; /* for every program of apt's; empty: as the system has it */
	const char *where;     /* for messages: "apt's sources", "suite 'sid'" */
	char *owned;
	char *stale; /* why the lists could not be refreshed, or NULL */
};

void tree_apt_release(struct tree_apt *apt);
#define TREE_APT CLEANUP(tree_apt_release) struct tree_apt

/* As the system has it. ERR_ENV when there is no apt here. */
ERR_CHECK tree_apt_system(struct tree_apt *apt) MUST_USE;

/*
 * A state of farrier's own for `suite` in `folder`, refreshed. When that fails,
 * the lists of the last time stand, if there are any, and `stale` says why.
 */
ERR_CHECK tree_apt_own(const char *folder, const char *suite, struct tree_apt *apt) MUST_USE;

/*
 * The versions of a package that apt offers, newest first; none is no error.
 * `suite`: only those of this suite, "" for all.
 */
ERR_CHECK tree_apt_offers(const struct tree_apt *apt, const char *package, const char *suite,
			  struct strvec *versions) MUST_USE;

/* Size in bytes of a package's file, 0 when apt does not say. */
ERR_CHECK tree_apt_size(const struct tree_apt *apt, const char *package, const char *version,
			uint64_t *bytes) MUST_USE;

/* Downloads a package into `folder`, going on with a part that is there. The caller frees *file. */
ERR_CHECK tree_apt_download(const struct tree_apt *apt, const char *package, const char *version,
			    const char *folder, char **file) MUST_USE;

/*
 * Picks the mirror for a suite from what 'apt-get indextargets' printed in the
 * format TREE_APT_TARGETS: security suites live on mirrors of their own. NULL
 * when there is none. The caller frees it.
 */
#define TREE_APT_TARGETS "$(RELEASE) $(CODENAME) $(REPO_URI) $(LABEL)"
char *tree_apt_mirror(const char *targets, const char *suite);

/* The versions in what 'apt-cache madison' printed, in its order. */
void tree_apt_versions(const char *madison, const char *suite, struct strvec *versions);

#endif
