/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build_config.h - whether every line of the config fragments stuck.
 *
 * Kconfig drops without a word what it does not know or what depends on
 * something that is not set. What the tree does not know at all is said as a
 * diagnostic, because branches differ; what it knows and still dropped is a
 * mistake in the fragment, and the build fails.
 */
#ifndef FARRIER_BUILD_CONFIG_H
#define FARRIER_BUILD_CONFIG_H

#include "build.h"

/*
 * Compares a .config's text with the joined fragments (target_read_config()), and
 * adds a BUILD_CONFIG diagnostic for each line that did not stick, with the
 * fragment's file and line. *dropped counts those that the tree knows. Of several lines
 * of one symbol the last counts, as for Kconfig.
 */
ERR_CHECK build_config_check(git_repository *repo, const git_oid *tree, const char *fragment,
			     const char *config, struct build_diagnostics *diagnostics,
			     size_t *dropped) MUST_USE;

/*
 * Whether two trees may be configured differently: a Kconfig file, the top
 * Makefile or something in scripts/ differs.
 */
ERR_CHECK build_config_differs(git_repository *repo, const git_oid *a, const git_oid *b,
			       bool *differs) MUST_USE;

#endif
