/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_digest.h - the SHA-256 of bytes that come in pieces.
 *
 * libarchive computes it: its mtree format (mtree(5)) is a list of files with
 * their digests, and a list of one is written to memory.
 */
#ifndef FARRIER_TREE_DIGEST_H
#define FARRIER_TREE_DIGEST_H

#include "base/err.h"

struct tree_digest;

/* ERR_ENV when there is no libarchive. */
ERR_CHECK tree_digest_new(struct tree_digest **digest) MUST_USE;
void tree_digest_add(struct tree_digest *digest, const void *bytes, size_t length);
/* "sha256:" and 64 hex digits, which the caller frees. Nothing can be added afterwards. */
ERR_CHECK tree_digest_finish(struct tree_digest *digest, char **text) MUST_USE;

void tree_digest_release(struct tree_digest **digest);
#define TREE_DIGEST CLEANUP(tree_digest_release) struct tree_digest *

#endif
