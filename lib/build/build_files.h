/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build_files.h - a list of files to write and to remove below one folder.
 *
 * Removals come first. A file that already has the wanted content is left as it
 * is, times included. Nothing is ever opened through a link.
 */
#ifndef FARRIER_BUILD_FILES_H
#define FARRIER_BUILD_FILES_H

#include "core/repo.h"

struct build_file {
	char *path;    /* relative to the folder */
	git_oid blob;  /* what to write */
	unsigned mode; /* git's; 0: remove */
};

struct build_files {
	struct build_file *items;
	size_t count, alloc;
	size_t written; /* by build_files_apply(): files that were not as wanted */
	size_t removed;
};

void build_files_release(struct build_files *files);
#define BUILD_FILES CLEANUP(build_files_release) struct build_files

/* A path that could leave the folder is ERR_INPUT. Submodules are left out. */
ERR_CHECK build_files_write(struct build_files *files, const char *path, const git_oid *blob,
			    unsigned mode) MUST_USE;
ERR_CHECK build_files_remove(struct build_files *files, const char *path) MUST_USE;

/*
 * Does it all, with progress when there is much to do. A list that was applied
 * halfway may be applied again. One thread: a kernel's 88,000 files take 5 s of
 * inflating and 4 s of the file system, and two threads mostly wait for each other.
 */
ERR_CHECK build_files_apply(struct build_files *files, git_repository *repo,
			    const char *folder) MUST_USE;

#endif
