/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - the initramfs that test kernels boot into.
 *
 * Its /init is kernels/guest/ of the workspace, compiled with the architecture's
 * cross compiler. The initramfs is a newc cpio (the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst), written by
 * libarchive so that the same program always gives the same bytes. Both are kept
 * in CACHE/guest/KEY, where KEY covers sources, compiler and flags.
 */
#ifndef FARRIER_GUEST_H
#define FARRIER_GUEST_H

#include "core/kept.h"
#include "core/store.h"
#include "record/target.h"

struct guest {
	char *initrd;		/* the initramfs; absolute path */
	char *init;		/* the program in it */
	char id[STORE_ID_SIZE]; /* of the initramfs */
	struct kept_hold *hold; /* as long as the struct lives, the cache keeps the files */
};

void guest_release(struct guest *guest);
#define GUEST CLEANUP(guest_release) struct guest

/*
 * Finds the architecture's initramfs in the cache or makes it. A guest that does
 * not compile is ERR_INPUT with the compiler's words: the sources are the user's.
 */
ERR_CHECK guest_initramfs(const struct workspace *workspace, const struct arch *arch,
			  struct guest *guest) MUST_USE;

/* What is kept in CACHE/guest, for housekeeping. */
extern const struct kept_kind guest_kept;

#endif
