/* SPDX-License-Identifier: GPL-2.0 */
/*
 * series.h - a folder series/NAME: series.conf, the patches in order, recorded ports.
 *
 *     series.conf                     what people say of it, see series_conf.c for the keys
 *     0000-cover-letter.patch         optional; kept, but no patch
 *     0001-subject.patch ...          git format-patch mails, numbered without a gap
 *     v1/                             earlier versions, each with all of this but others' vN/
 *     ports/BRANCH/0002-subject.patch patches as they were fitted to a branch
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

#define SERIES_VERSION_MAX 9999

/* "2: 6fa24b41...": the commit of mainline that a patch is */
struct series_upstream {
	int patch;
	char *commit; /* 40 hex digits */
};

struct series {
	char *name;
	char *folder; /* absolute path of series/NAME; NULL: it is not of a workspace */
	char *title;
	char *base;	/* branch it was written for, or "" */
	char *status;	/* local, posted, upstream */
	char *role;	/* fix, model */
	char *based_on; /* Message-ID without <>, or "": where it was posted, or what it rests on */
	char *base_commit; /* the commit that it was made on, 40 hex digits, or "" */
	char *change_id;   /* b4's name of all its versions, or "" */
	char *cmdline;	   /* what switches it on under test, or "" */
	int version;
	struct series_counter *counters;
	size_t counter_count;
	struct series_skip *skips;
	size_t skip_count;
	struct series_upstream *upstreams;
	size_t upstream_count;
	struct strvec archs; /* names of kernels/arches/; none: for every branch */
	struct strvec
		prerequisites; /* names of series, commits, Message-IDs without <>, change ids */
	struct strvec
		patch_ids;     /* of the patches that it needs, as `git patch-id --stable` has it */
	char *cover;	       /* file name of the cover letter, or NULL */
	struct strvec files;   /* file names of the patches, in order, without the cover letter */
	struct patch *patches; /* decoded; NULL after series_open() */
	size_t patch_count;    /* of `patches`: 0 after series_open(), else files.count */
};

void series_release(struct series *series);
#define SERIES CLEANUP(series_release) struct series

/* Names of the folders in series/ that have a series.conf, sorted. */
ERR_CHECK series_list(const struct workspace *workspace, struct strvec *names) MUST_USE;

/*
 * Reads series.conf and the names of the patches, but decodes none of them. A
 * name that is not there is ERR_INPUT that lists those that are.
 */
ERR_CHECK series_open(const struct workspace *workspace, const char *name,
		      struct series *series) MUST_USE;

/* The same for a folder anywhere, which is about to become series `name`. */
ERR_CHECK series_open_folder(const char *folder, const char *name, struct series *series) MUST_USE;

/* Decodes the patches of a series that was opened. */
ERR_CHECK series_read_patches(struct series *series) MUST_USE;

/* series_open() and series_read_patches(). */
ERR_CHECK series_read(const struct workspace *workspace, const char *name,
		      struct series *series) MUST_USE;

/* Numbers of the versions that are there, the current one among them, ascending. The caller frees
 * them. */
ERR_CHECK series_versions(const struct series *series, int **versions, size_t *count) MUST_USE;

/*
 * Opens a version of a series that was opened: its own folder, or vN/ below it. A
 * vN/ without a series.conf has what the current one says of title and base, and no
 * skips. A version that is not there is ERR_INPUT that lists those that are.
 */
ERR_CHECK series_open_version(const struct series *series, int version,
			      struct series *opened) MUST_USE;

/* The reason why the series leaves a patch out on a branch, or NULL. Borrowed. */
const char *series_skip_reason(const struct series *series, const char *branch, int patch);

/* The upstream commit that series.conf names for a patch, 40 hex digits, or NULL. Borrowed. */
const char *series_upstream(const struct series *series, int patch);

/* Whether the series is for branches that are built for this architecture; "": for none. */
bool series_is_for(const struct series *series, const char *arch);

/*
 * The recorded port of a patch (ports/BRANCH/NNNN-*.patch), if there is one.
 * *found says so; the patch is the caller's. One that says what it adapts by anything
 * but an id is ERR_INPUT.
 */
ERR_CHECK series_recorded_port(const struct series *series, const char *branch, int patch,
			       struct patch *recorded, bool *found) MUST_USE;

/* Whether a patch's message has a Signed-off-by trailer. */
bool series_is_signed_off(const struct patch *patch);

/*
 * Names are folder names and parts of ref names: letters, digits, '.', '_' and
 * '-', at most SERIES_NAME_MAX bytes, nothing that git-check-ref-format refuses.
 */
#define SERIES_NAME_MAX 64
bool series_name_is_valid(const char *name);

/* A valid name made of a title: "mm: Fix a race" is "mm-fix-a-race". The caller frees it. */
char *series_name_of(const char *title);

/* A file name as git format-patch gives: "0002-mm-Fix-a-race.patch". The caller frees it. */
char *series_file_name(int number, const char *subject);

#endif
