/* SPDX-License-Identifier: GPL-2.0 */
/* lab_token.h - who we are in a lab. */
#ifndef FARRIER_LAB_TOKEN_H
#define FARRIER_LAB_TOKEN_H

#include "record/target.h"

/* *token is the caller's to free, or NULL: nobody. A file that others can read is ERR_INPUT. */
ERR_CHECK lab_find_token(const struct lab_conf *conf, char **token) MUST_USE;

#endif
