/* SPDX-License-Identifier: GPL-2.0 */
/* guest_archive.h - an initramfs with one program in it. */
#ifndef FARRIER_GUEST_ARCHIVE_H
#define FARRIER_GUEST_ARCHIVE_H

#include "base/err.h"

/*
 * Writes a newc cpio with `program` as /init, and the folders and devices that it
 * needs, not compressed: every kernel can read that, and neither side works for it.
 * Nothing of this machine gets in: no times, owners, or inodes.
 */
ERR_CHECK guest_archive_write(const char *path, const char *program) MUST_USE;

#endif
