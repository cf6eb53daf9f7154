/* SPDX-License-Identifier: GPL-2.0 */
/* lab_token.h - who we are in a lab. */
#ifndef FARRIER_LAB_TOKEN_H
#define FARRIER_LAB_TOKEN_H

#include "record/target.h"

/* What a file holds; one that others can read is ERR_INPUT. The caller frees it. */
ERR_CHECK lab_read_token(const char *path, char **token) MUST_USE;

/* *token is the caller's to free, or NULL: nobody. */
ERR_CHECK lab_find_token(const struct lab_conf *conf, char **token) MUST_USE;

#endif
