/* SPDX-License-Identifier: GPL-2.0 */
/* gc.h - between gc.c and gc_print.c only. */
#ifndef FARRIER_CMD_GC_H
#define FARRIER_CMD_GC_H

#include "cache/cache.h"
#include "cmd.h"

struct gc_result {
	const struct cache *cache; /* after cache_remove(), unless it is a dry run */
	struct cache_wish wish;
	bool dry_run;
};

/* Prints a table by kind and what went; with --json one document. */
void gc_print(const struct run *run, const struct gc_result *result);

#endif
