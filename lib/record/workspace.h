/* SPDX-License-Identifier: GPL-2.0 */
/*
 * workspace.h - where things are: the user's folder, its state, the cache.
 *
 * A workspace is a folder with farrier.conf, series/ and kernels/. Its state
 * (runs, sessions) is in .farrier/ below it; what can be made again is in the
 * cache, $XDG_CACHE_HOME/farrier or ~/.cache/farrier, shared by all workspaces.
 */
#ifndef FARRIER_WORKSPACE_H
#define FARRIER_WORKSPACE_H

#include "core/repo.h"

struct workspace {
	char *root;	      /* absolute */
	char *state;	      /* ROOT/.farrier */
	char *cache;	      /* absolute */
	char *repo_path;      /* the kernel repository: kernel.repo, or CACHE/linux.git */
	bool own_repo;	      /* it is the cache's own, so farrier may create it */
	int jobs;	      /* CPUs to use, at least 1 */
	int at_once;	      /* build.at-once: kernels of one branch that are built at a time */
	uint64_t cache_limit; /* cache.limit: bytes that the cache may have; 0: no limit */
	char *mail_archive;   /* mail.archive: a public-inbox server's URL, ends with '/' */
	char *mail_inbox;     /* mail.inbox: a public-inbox repository, a path or a URL; or NULL */
	int mail_limit;	      /* mail.limit: most MiB of mail from one place, unpacked */
	int mail_timeout;     /* mail.timeout: seconds that a server may be silent */
	char *upstream_line;  /* export.upstream-line: how export names upstream commits, or "" */
};

void workspace_release(struct workspace *workspace);
#define WORKSPACE CLEANUP(workspace_release) struct workspace

/* Finds the workspace at or above `start` (NULL: the current folder) and reads farrier.conf. */
ERR_CHECK workspace_find(const char *start, struct workspace *workspace) MUST_USE;

/* The same, but none is no error. */
ERR_CHECK workspace_find_if_there(const char *start, struct workspace *workspace,
				  bool *found) MUST_USE;

/* Makes a new workspace in `folder`, with the kernels/ that farrier was installed with. */
ERR_CHECK workspace_init(const char *folder) MUST_USE;

/* Bytes as git-config writes them: "40G" is 40 times 2^30. Anything else is ERR_INPUT. */
ERR_CHECK workspace_parse_size(const char *text, uint64_t *bytes) MUST_USE;

/* The cache folder, for what needs no workspace. The caller frees it. */
ERR_CHECK workspace_cache(char **folder) MUST_USE;

/* Opens the kernel repository; the cache's own is created when missing. */
ERR_CHECK workspace_repo(const struct workspace *workspace, git_repository **repo) MUST_USE;

/* ROOT/FORMAT..., STATE/FORMAT..., CACHE/FORMAT... The caller frees them. */
char *workspace_path(const struct workspace *workspace, const char *format, ...) PRINTF(2, 3);
char *workspace_state(const struct workspace *workspace, const char *format, ...) PRINTF(2, 3);
char *workspace_cached(const struct workspace *workspace, const char *format, ...) PRINTF(2, 3);

#endif
