/* SPDX-License-Identifier: GPL-2.0 */
/*
 * identity.h - what makes a patch the same patch, whatever it was sent in.
 *
 * Two ids, for two purposes. The change id is farrier's own: the paths, modes and
 * lines of a diff without the places where they stand. A recorded port names the
 * patch that it adapts by it ("farrier-original:"). The patch id is git's, of `git
 * patch-id --stable`: mails name prerequisites by it ("prerequisite-patch-id:"). For
 * patches that rename, or change only a mode, or hold binary or empty files, git
 * 2.39's own `format-patch --base` counts otherwise than its patch-id does; those
 * are not recognised.
 */
#ifndef FARRIER_IDENTITY_H
#define FARRIER_IDENTITY_H

#include "core/store.h"
#include "patch.h"

/* The change id, 40 hex digits. A diff that is refused is ERR_INPUT. */
ERR_CHECK identity_of_change(const struct patch *patch, char id[STORE_ID_SIZE]) MUST_USE;

/* git's patch ids: an array of as many as there are patches. "" where a diff has none. */
struct identity_git {
	char (*ids)[STORE_ID_SIZE];
	size_t count;
};

void identity_release(struct identity_git *git);
#define IDENTITY_GIT CLEANUP(identity_release) struct identity_git

/* Asks git for the patch ids of all the patches at once. */
ERR_CHECK identity_ask_git(const struct patch *const *patches, size_t count,
			   struct identity_git *git) MUST_USE;

#endif
