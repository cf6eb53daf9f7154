/* SPDX-License-Identifier: GPL-2.0 */
/*
 * patch_kept.h - mails that were decoded before.
 *
 * git mailinfo takes 5 ms for a mail; a series is read by every verb, and its
 * mails hardly ever change. What git made of one is kept under the hash of the
 * mail, with a hash of its own: a file that is damaged is decoded again.
 */
#ifndef FARRIER_PATCH_KEPT_H
#define FARRIER_PATCH_KEPT_H

#include "core/kept.h"
#include "patch_decoded.h"

/* False when there is nothing that can be believed. */
bool patch_kept_read(const char *folder, const struct strbuf *mail, struct patch_decoded *decoded);

/* Keeps it; that this may fail (a read-only cache) matters to nobody. */
void patch_kept_write(const char *folder, const struct strbuf *mail,
		      const struct patch_decoded *decoded);

/* What is kept in CACHE/mails, for housekeeping. */
extern const struct kept_kind patch_kept_mails;

#endif
