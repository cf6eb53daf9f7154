/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build_folder.h - make's O= folder, CACHE/obj/BRANCH/NAME, and what is known of it.
 *
 * NAME is the branch's configs and the architecture; BRANCH is "BRANCH~2" and so on of further
 * places to build in. Beside the folder stand its record NAME.json, the fragment and the log of the
 * last make. The record says whether a make is at work ("busy"); one that is found busy was cut
 * off, and whatever that make may have left half-written is removed before the next.
 */
#ifndef FARRIER_BUILD_FOLDER_H
#define FARRIER_BUILD_FOLDER_H

#include "build_key.h"

struct build_folder {
	char *path;	/* O= */
	char *record;	/* NAME.json */
	char *fragment; /* KCONFIG_ALLCONFIG= */
	char *log;
	char *parcel; /* where a finished build is put together */
	bool empty;   /* nothing was ever built here */
	/* from the record */
	char *tree;			 /* the tree that was configured last, or "" */
	char *fragment_id;		 /* with these fragments, or "" */
	struct build_diagnostics config; /* and this came of it */
	size_t objects;			 /* compiled by the last make from nothing */
	double seconds;			 /* of the last make from nothing */
	double again;			 /* of the last make that was none */
	double cpu, again_cpu;		 /* CPU time of the same */
};

void build_folder_release(struct build_folder *folder);
#define BUILD_FOLDER CLEANUP(build_folder_release) struct build_folder

/*
 * Only works out the paths. A branch has workspace.at_once places to build in, from 0: each with
 * a source folder and O= folders of its own.
 */
void build_folder_name(const struct workspace *workspace, const struct branch *branch, int place,
		       struct build_folder *folder);
/* The place's source folder. The caller frees it. */
char *build_folder_source(const struct workspace *workspace, const struct branch *branch,
			  int place);

/*
 * Makes it ready for a make: reads the record, empties the folder when toolchain,
 * recipe or source folder changed, mends what a make that was cut off left, and
 * marks it busy.
 */
ERR_CHECK build_folder_begin(struct build_folder *folder, const struct build_key *key,
			     const char *source) MUST_USE;

/* Whether .config is there and was made of the same fragments and an equal Kconfig. */
ERR_CHECK build_folder_is_configured(const struct build_folder *folder, git_repository *repo,
				     const struct build_key *key, bool *configured) MUST_USE;

/*
 * What makes in this folder took, or, while it has no record, makes in others: of the same
 * branch first. Records without CPU times count `jobs` CPUs as busy.
 */
ERR_CHECK build_folder_cost(const struct workspace *workspace, const struct branch *branch,
			    struct build_cost *cost) MUST_USE;

/* Records what the struct says now, busy or not. */
ERR_CHECK build_folder_save(const struct build_folder *folder, const struct build_key *key,
			    const char *source, bool busy) MUST_USE;

#endif
