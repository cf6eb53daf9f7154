/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_package.h - finds the Debian package that fills a branch, and gets it.
 */
#ifndef FARRIER_TREE_PACKAGE_H
#define FARRIER_TREE_PACKAGE_H

#include "core/file.h"
#include "tree_apt.h"
#include "record/workspace.h"

struct tree_package {
	char *name;
	char *version;
	char *label; /* "NAME VERSION" */
	char *file;  /* the package, or the tarball that an installed one has; NULL until fetched */
	char *folder; /* where it is downloaded to */
	struct tree_apt apt;
	struct file_lock lock; /* on that folder */
};

#define TREE_PACKAGE_NONE              \
	(struct tree_package)          \
	{                              \
		.lock = FILE_LOCK_NONE \
	}

void tree_package_release(struct tree_package *package);
#define TREE_PACKAGE CLEANUP(tree_package_release) struct tree_package

/*
 * Splits "NAME" or "NAME=VERSION" into name, version (NULL when none is named)
 * and label. ERR_INPUT for what is no package's name or version.
 */
ERR_CHECK tree_package_parse(const char *text, struct tree_package *package) MUST_USE;

/*
 * Decides on the version, the newest when none is named, and where it is to be
 * had: installed, in the system's sources, or in `suite` ("" for none) on the
 * system's mirror. ERR_INPUT lists the versions there are when it is not there.
 */
ERR_CHECK tree_package_find(const struct workspace *workspace, const char *suite,
			    struct tree_package *package) MUST_USE;

/* Downloads it unless it is installed. What a killed download left is used. */
ERR_CHECK tree_package_fetch(const struct workspace *workspace,
			     struct tree_package *package) MUST_USE;

/* Removes the download: the branch has it all. */
void tree_package_forget(struct tree_package *package);

#endif
