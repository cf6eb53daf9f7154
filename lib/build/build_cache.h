/* SPDX-License-Identifier: GPL-2.0 */
/* build_cache.h - finished builds by key, in CACHE/build/KEY. */
#ifndef FARRIER_BUILD_CACHE_H
#define FARRIER_BUILD_CACHE_H

#include "build_key.h"

/*
 * Fills `build` from the cache when the key is there, its document is the same
 * and its image is the one that was recorded; else *found is false. A damaged
 * build is said as a warning.
 */
ERR_CHECK build_cache_load(const struct workspace *workspace, const struct build_key *key,
			   struct build *build, bool *found) MUST_USE;

/* What a make left behind. Paths that are NULL have nothing to keep. */
struct build_cache_parts {
	const char *image;
	const char *config;
	const char *log;
	const char *inputs; /* build_inputs.h */
	const char *folder; /* an own place on the same file system, for putting it together */
};

/*
 * Puts a build into the cache in one step and sets its paths. What was there
 * under this key is replaced.
 */
ERR_CHECK build_cache_store(const struct workspace *workspace, const struct build_key *key,
			    const struct build_cache_parts *parts, struct build *build) MUST_USE;

/*
 * Reads a build that was made elsewhere, and stands complete in a folder as it would in the cache.
 * *good is false where it is of another key, or its image is not the recorded one.
 */
ERR_CHECK build_cache_read(const struct build_key *key, const char *folder, struct build *build,
			   bool *good) MUST_USE;
/* Takes it from there into the cache. */
ERR_CHECK build_cache_adopt(const struct workspace *workspace, const struct build_key *key,
			    const char *folder, struct build *build) MUST_USE;

#endif
