/* SPDX-License-Identifier: GPL-2.0 */
/*
 * series.h - a folder series/NAME: series.conf, the patches in order, recorded ports.
 */
#ifndef FARRIER_SERIES_H
#define FARRIER_SERIES_H

#include "patch.h"
#include "workspace.h"

/* "rescued:RIF": a name, and a row of /proc/interrupts. The same name twice is a sum. */
struct series_counter {
	char *name;
	char *row;
};

/* "linux-5.10.y 3: reason" */
struct series_skip {
	char *branch;
	int patch;
	char *reason;
};

struct series {
	char *name;
	char *folder; /* absolute path of series/NAME */
	char *title;
	char *base;	/* branch it was written for, or "" */
	char *status;	/* local, posted, upstream */
	char *role;	/* fix, model */
	char *based_on; /* Message-ID, or "" */
	char *cmdline;	/* what switches it on under test, or "" */
	int version;
	struct series_counter *counters;
	size_t counter_count;
	struct series_skip *skips;
	size_t skip_count;
	struct strvec prerequisites;
	struct patch *patches; /* without the cover letter */
	size_t patch_count;
};

void series_release(struct series *series);
#define SERIES CLEANUP(series_release) struct series

/* Names of the folders in series/, sorted. */
ERR_CHECK series_list(const struct workspace *workspace, struct strvec *names) MUST_USE;

/* Reads series.conf and the patches. A name that is not there is ERR_INPUT that lists those that
 * are. */
ERR_CHECK series_read(const struct workspace *workspace, const char *name,
		      struct series *series) MUST_USE;

/* The reason why the series leaves a patch out on a branch, or NULL. Borrowed. */
const char *series_skip_reason(const struct series *series, const char *branch, int patch);

/*
 * The recorded port of a patch (ports/BRANCH/NNNN-*.patch), if there is one.
 * *found says so; the patch is the caller's.
 */
ERR_CHECK series_recorded_port(const struct series *series, const char *branch, int patch,
			       struct patch *recorded, bool *found) MUST_USE;

#endif
