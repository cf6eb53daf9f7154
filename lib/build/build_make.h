/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build_make.h - the recipe: how make is called. A change that makes something
 * else of the same sources raises BUILD_RECIPE (build_key.h).
 */
#ifndef FARRIER_BUILD_MAKE_H
#define FARRIER_BUILD_MAKE_H

#include "build_diagnostics.h"
#include "build_folder.h"
#include "core/proc.h"

struct build_make;

/* Everything is borrowed, until it is freed. */
struct build_make_spec {
	const struct arch *arch;
	const char *source;
	const struct build_folder *folder;
	const char *target;		/* what to make */
	const struct strvec *variables; /* more for make, "NAME=VALUE" */
	const struct strvec *objects;	/* or these, going on after errors; or NULL */
	const struct cpus_jobserver *jobserver;
	/*
	 * The lock of source and O= folder: make inherits it, so that it is held
	 * until the last compiler is gone even when farrier is killed.
	 */
	int lock_fd;
	struct build_scan *scan;   /* gets every line */
	struct progress *progress; /* shows the number of objects */
	size_t expected_objects;   /* or 0 */
};

/* `log_err` is what went wrong with make's log, or NULL; the callee's. */
typedef const struct err *(*build_make_callback)(void *data, const struct proc_exit *exit,
						 const struct err *log_err);

/* Starts make; its output is appended to the folder's log. */
ERR_CHECK build_make_start(struct loop *loop, const struct build_make_spec *spec,
			   build_make_callback callback, void *data,
			   struct build_make **make) MUST_USE;

/* Ends it if it still runs. NULL does nothing. */
void build_make_free(struct build_make *make);

#endif
