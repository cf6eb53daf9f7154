// SPDX-License-Identifier: GPL-2.0
/* tree_kept.c - what this room keeps in the cache, for housekeeping. */
#include "tree.h"

/* The folder for downloads as a whole: packages.lock is its lock. */
static ERR_CHECK list_packages(const char *cache, struct kept_list *list)
{
	if (kept_is_folder(cache, "packages"))
		kept_add(list, "packages", "packages")->lock = xstrdup("packages.lock");
	return NULL;
}

/* It holds the branches and every port: no ref of it ever goes. */
static ERR_CHECK list_repository(const char *cache, struct kept_list *list)
{
	if (kept_is_folder(cache, "linux.git"))
		kept_add(list, "linux.git", "linux.git");
	return NULL;
}

/* A download asks apt for its lists after their lock was given back. */
const struct kept_kind tree_kept_lists = { .name = "package-lists",
					   .folder = "apt",
					   .has_locks = true,
					   .is_fetched = true,
					   .rest = 3600 };
const struct kept_kind tree_kept_packages = { .name = "packages",
					      .list = list_packages,
					      .is_fetched = true };
const struct kept_kind tree_kept_repository = {
	.name = "repository", .list = list_repository, .stays = true, .is_fetched = true
};
