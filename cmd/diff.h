/* SPDX-License-Identifier: GPL-2.0 */
/* diff.h - how range-diffs look, for 'farrier diff' and what else shows one. */
#ifndef FARRIER_CMD_DIFF_H
#define FARRIER_CMD_DIFF_H

#include "rangediff/rangediff.h"
#include "cmd.h"

/* Prints as git range-diff does; with `whole`, each pair's difference below its line. */
void diff_print(const struct run *run, const struct rangediff *diff, bool whole);

/* The pairs as a list; with `whole`, each with its difference. New reference. */
json_t *diff_json(const struct rangediff *diff, bool whole);

#endif
