/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_where.h - where in the branch's tree files of a name are.
 *
 * The names of a whole tree are read once and kept in the cache, 5 MiB for a
 * kernel; for the commits on top of it only what they changed is read. So looking
 * for a file that has moved does not take longer in a larger tree.
 */
#ifndef FARRIER_PORT_WHERE_H
#define FARRIER_PORT_WHERE_H

#include "core/repo.h"

/* Every file of a tree, as sorted lines "NAME/FOLDER"; and of another, what differs. */
struct port_where {
	bool ready;
	struct strbuf names;
	git_oid tree;
	git_oid current;       /* the tree that `changed` leads to; zero: not compared yet */
	struct strvec changed; /* paths */
};

void port_where_release(struct port_where *where);

/*
 * Adds the paths in `tree` that files called `name` may have; some may be no more.
 * `onto` is the commit that the tree came from, `cache` a folder or NULL. Names
 * with a newline are not found.
 */
ERR_CHECK port_where_find(struct port_where *where, git_repository *repo, const git_oid *onto,
			  const git_oid *tree, const char *cache, const char *name,
			  struct strvec *paths) MUST_USE;

#endif
