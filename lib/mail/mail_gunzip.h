/* SPDX-License-Identifier: GPL-2.0 */
/* mail_gunzip.h - bytes from a server, unpacked. */
#ifndef FARRIER_MAIL_GUNZIP_H
#define FARRIER_MAIL_GUNZIP_H

#include "base/err.h"
#include "base/strbuf.h"

/*
 * Adds what the bytes are when unpacked, by libarchive's gzip filter; bytes that
 * are not compressed are added as they are. An archive that is damaged or cut off,
 * and more than `limit` bytes, are ERR_ENV.
 */
ERR_CHECK mail_gunzip(const char *bytes, size_t length, size_t limit, struct strbuf *out) MUST_USE;

#endif
