/* SPDX-License-Identifier: GPL-2.0 */
/*
 * digest.h - the SHA-256 of bytes that come in pieces.
 *
 * libarchive computes it: its mtree format (mtree(5)) is a list of files with
 * their digests, and a list of one is written to memory.
 */
#ifndef FARRIER_DIGEST_H
#define FARRIER_DIGEST_H

#include "base/err.h"

struct digest;

/* ERR_ENV when there is no libarchive. */
ERR_CHECK digest_new(struct digest **digest) MUST_USE;
void digest_add(struct digest *digest, const void *bytes, size_t length);
/* "sha256:" and 64 hex digits, which the caller frees. Nothing can be added afterwards. */
ERR_CHECK digest_finish(struct digest *digest, char **text) MUST_USE;

void digest_release(struct digest **digest);
#define DIGEST CLEANUP(digest_release) struct digest *

#endif
