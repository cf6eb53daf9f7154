/* SPDX-License-Identifier: GPL-2.0 */
/* secret.h - tokens: one line of a request's head, from a file that only its user can read. */
#ifndef FARRIER_SECRET_H
#define FARRIER_SECRET_H

#include "base/err.h"

/* One that is empty, or has a character that no head may have, is ERR_INPUT; `from` names it. */
ERR_CHECK secret_check(const char *token, const char *from) MUST_USE;

/*
 * Reads a token of at most 16 KiB from a file; one that others can read is ERR_INPUT. `hint` says
 * where a token is to be had. The caller frees it.
 */
ERR_CHECK secret_read(const char *path, const char *hint, char **token) MUST_USE;

#endif
