/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_path.h - names from an archive, made fit for a git tree or refused.
 */
#ifndef FARRIER_TREE_PATH_H
#define FARRIER_TREE_PATH_H

#include "base/err.h"
#include "base/strbuf.h"

#define TREE_PATH_MAX 4096

/*
 * Cleans a path of "." and empty components: "./a//b/" becomes "a/b", "./" becomes
 * "". ERR_INPUT for what git refuses to check out or what would leave the tree:
 * an absolute path, "..", a component that is ".git" on any file system (git's
 * verify_path() and is_ntfs_dotgit()), and one that is too long.
 */
ERR_CHECK tree_path_clean(const char *raw, struct strbuf *clean) MUST_USE;

/* Adds a path in the quotes that 'git fast-import' takes. */
void tree_path_quote(struct strbuf *out, const char *path);

#endif
