/* SPDX-License-Identifier: GPL-2.0 */
/*
 * config.h - the files people edit: git-config syntax, one file at a time.
 *
 * Unknown sections and keys are refused, so that a misspelt key is not
 * silently ignored. Strings that are returned belong to the config.
 */
#ifndef FARRIER_CONFIG_H
#define FARRIER_CONFIG_H

#include "base/err.h"
#include "base/strbuf.h"

struct config;

/* Reads a file; a syntax error is ERR_INPUT with its line. */
ERR_CHECK config_read(const char *path, struct config **config) MUST_USE;
void config_free(struct config *config);
void config_release(struct config **config);
#define CONFIG CLEANUP(config_release) struct config *

/* The file it was read from. */
const char *config_path(const struct config *config);

/*
 * Refuses keys that are not in `known`, a NULL-terminated list such as "series.title";
 * "cells.*.cpus" is that key in every [cells "NAME"].
 */
ERR_CHECK config_only(const struct config *config, const char *const *known) MUST_USE;

/* The last value of `key`, or `fallback` (which may be NULL). */
const char *config_get(const struct config *config, const char *key, const char *fallback);

/* The same, but a missing or empty value is ERR_INPUT that names file and key. */
ERR_CHECK config_need(const struct config *config, const char *key, const char **value) MUST_USE;

/* A whole number from `least` to `most`, or `fallback` when the key is not there. */
ERR_CHECK config_get_int(const struct config *config, const char *key, int least, int most,
			 int fallback, int *value) MUST_USE;

/* The NAMEs of all [SECTION "NAME"] that have keys, in the file's order. */
void config_sections(const struct config *config, const char *section, struct strvec *names);

/* Every value of a repeated key, in order. */
void config_get_all(const struct config *config, const char *key, struct strvec *values);

/*
 * Sets a value in the file on disk and writes it atomically; comments stay.
 * The file is made when missing.
 */
ERR_CHECK config_write(const char *path, const char *key, const char *value) MUST_USE;

/* The same for a repeated key: these are all its values afterwards; none removes it. */
ERR_CHECK config_write_all(const char *path, const char *key, const struct strvec *values) MUST_USE;

#endif
