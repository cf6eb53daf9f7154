/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build_place.h - where a kernel is made: one of its branch's source folders and the O= folder that
 * belongs to it, while nobody else is at work there or on the same kernel.
 *
 * Two locks: CACHE/build/KEY.lock of who makes this kernel, taken first, and that of the source
 * folder, which make inherits: whoever comes after a farrier that was killed waits for its make.
 */
#ifndef FARRIER_BUILD_PLACE_H
#define FARRIER_BUILD_PLACE_H

#include "build_folder.h"
#include "core/file.h"

struct build_place {
	char *source; /* the source folder; the first one's until one was taken */
	struct build_folder folder;
	struct file_lock lock;
	char *key_path;
	struct file_lock key_lock;
};

#define BUILD_PLACE_NONE                                           \
	{                                                          \
		.lock = FILE_LOCK_NONE, .key_lock = FILE_LOCK_NONE \
	}

/* Of a BUILD_PLACE_NONE. */
void build_place_name(const struct build_request *request, const struct build_key *key,
		      struct build_place *place);

/*
 * Takes the lock of the kernel, and that of the first source folder that is free. One that was
 * taken already is kept. *holder is 0, or the process that has it, which may be this one.
 */
ERR_CHECK build_place_take_key(struct build_place *place, int *holder) MUST_USE;
ERR_CHECK build_place_take(struct build_place *place, const struct build_request *request,
			   int *holder) MUST_USE;

static inline bool build_place_is_taken(const struct build_place *place)
{
	return place->lock.fd >= 0;
}

/* Gives back both. */
void build_place_leave(struct build_place *place);
void build_place_release(struct build_place *place);

#endif
