/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port.h - carries patches onto a branch, in memory.
 *
 * Nothing is checked out and no ref is written: the result is a chain of
 * commits in the object database. Only the trees on the way to changed files
 * are read and written, so the time does not grow with the tree.
 *
 * A patch that a commit of the branch's history makes, as its patch id tells, is
 * there already, whatever became of the lines since, unless it was taken back.
 *
 * How a file is carried, first that fits:
 *
 *   1. The text the patch was made for (its true preimage) is known: a
 *      three-way merge of preimage, branch and the patch's own result.
 *   2. The hunks are looked for by exact text, in order, at any offset: the
 *      match nearest to where the hunk says, moved by the offset of the hunk
 *      before it, as git apply does (apply.c, find_pos()).
 *   3. Guesses, which are fuzzy and come with notes of what to look at:
 *      a. both sides' edits of the true preimage are woven together, so that
 *         edits may touch and lines are merged word by word (port_weave.h);
 *      b. the hunks with up to two lines of context less, as patch(1) does;
 *      c. each hunk is merged with the lines that it seems to belong to;
 *      d. as (a), and a deletion also deletes what differs a little, and a
 *         change of lines that the branch does not have is left out.
 *
 * Names that the author's file had and the branch's file has not are adapted in
 * added lines where other lines prove what the branch calls them. Where nothing
 * does, a merge is fuzzy, and a guess is not made.
 *
 * A file that the branch does not have is looked for under another name first,
 * then its text in the files near. A part of a patch for which there is neither
 * is left out, if the rest of the patch does something.
 *
 * The merge decides where it succeeds; the status is the mildest one whose
 * method gives the same content. Each file is carried by itself: one without a
 * known preimage does not spoil the others. When any file of a patch cannot be
 * carried, nothing of that patch is in the result, and the patches behind it
 * are tried without it; one that does not fit for that says which it needs.
 */
#ifndef FARRIER_PORT_H
#define FARRIER_PORT_H

#include "core/kept.h"
#include "record/series.h"
#include "core/store.h"

/* Best first; a patch has the worst of its files'. */
enum port_status {
	PORT_ALREADY,  /* the change is in the branch */
	PORT_CLEAN,    /* every hunk applied where and as written */
	PORT_OFFSET,   /* as written, at other lines */
	PORT_MERGED,   /* three-way merge against the true preimage */
	PORT_RECORDED, /* a recorded port was used and still fits */
	PORT_FUZZY,    /* context had to be reduced or words merged: a person must look */
	PORT_STALE,    /* a recorded port no longer fits */
	PORT_CONFLICT, /* not applied */
	PORT_SKIPPED,  /* the series leaves it out on this branch */
};

/* Where the text that a patch was made for comes from. */
enum port_preimage {
	PORT_FROM_COMMIT,   /* the parent of the commit that the patch was read from */
	PORT_FROM_INDEX,    /* the blob that the patch's index line names */
	PORT_FROM_PREVIOUS, /* the result of an earlier patch of the series */
	PORT_FROM_HISTORY,  /* an earlier state of the path on the branch */
	PORT_FROM_NONE,	    /* not known */
};

struct port_file {
	char *path;
	enum port_status status;
	enum port_preimage preimage;
	bool left_out; /* fuzzy: the branch has neither the file nor its text */
};

struct port_conflict {
	char *path;
	int hunk;     /* from 1, or 0: the file as a whole */
	char *reason; /* for people */
};

/* What a person should look at in a fuzzy patch's result. */
struct port_note {
	char *path;
	size_t line; /* of the result, from 1, or 0: the file as a whole */
	char *text;  /* for people */
};

struct port_patch {
	int number; /* from 1 */
	char *subject;
	enum port_status status;
	bool has_commit; /* false for already, stale, conflict, skipped */
	git_oid commit;
	bool has_tree; /* false for stale, conflict, skipped */
	git_oid tree;  /* the branch's whole tree with this patch */
	char *reason;  /* why it was skipped or is stale, what it needs; or NULL */
	int *needs;    /* fuzzy or conflict: earlier patches, not in the tip, that it is about */
	size_t need_count;
	struct port_file *files;
	size_t file_count;
	struct port_conflict *conflicts;
	size_t conflict_count;
	struct port_note *notes;
	size_t note_count;
};

struct port {
	git_oid base; /* the commit it was carried onto */
	git_oid tip;  /* the last good commit; `base` when there is none */
	struct port_patch *patches;
	size_t patch_count;
};

struct port_request {
	git_repository *repo;
	git_oid onto; /* a commit */
	const struct patch *patches;
	size_t patch_count;
	/* A recorded port for each patch, NULL where there is none; or NULL altogether. */
	const struct patch *const *recorded;
	/* The reason why a patch is left out, NULL where it is not; or NULL altogether. */
	const char *const *skips;
	const char *committer_name;
	const char *committer_email;
	/*
	 * How many commits of the branch's history are searched, for the patches
	 * themselves and for what they were made for; 0: PORT_HISTORY_LIMIT
	 */
	size_t history_limit;
	const char *cache; /* folder in which what was read of the history is kept, or NULL */
};

#define PORT CLEANUP(port_release) struct port

void port_release(struct port *port);

/*
 * Carries the patches. A patch that does not fit is a value in the result; bad
 * input (a diff that is refused, a patch without one) is ERR_INPUT. The same
 * request gives the same ids: the committer's date is the later of the author's
 * and the base's.
 */
ERR_CHECK port_run(const struct port_request *request, struct port *port) MUST_USE;

/*
 * The same for a series that was read, with its recorded ports and skips for the
 * branch; what was read of the branch's history is kept in farrier's cache.
 */
ERR_CHECK port_series(git_repository *repo, const struct series *series, const char *branch,
		      const git_oid *onto, const struct repo_person *committer,
		      struct port *port) MUST_USE;

/* The folder of farrier's cache for what was read of histories. Caller frees. */
ERR_CHECK port_cache(char **folder) MUST_USE;

/* What is kept there, for housekeeping. */
extern const struct kept_kind port_kept_histories;

/* Where the port of a series on a branch is kept: "refs/farrier/port/SERIES/BRANCH". Caller frees.
 */
char *port_ref(const char *series, const char *branch);

/* Whether every patch is in the tip, was there already or is left out on purpose. */
bool port_is_complete(const struct port *port);

/* Whether a person must look: anything fuzzy, stale or in conflict. */
bool port_needs_person(const struct port *port);

/* "already", "clean", ... */
const char *port_status_name(enum port_status status);

/*
 * What identifies a patch's change whatever the lines it stands at, 40 hex
 * digits: recorded ports name the original that they adapt by it. A diff that
 * is refused is ERR_INPUT.
 */
ERR_CHECK port_patch_id(const struct patch *patch, char id[STORE_ID_SIZE]) MUST_USE;

/* One entry of "ports", as the contract has it; `series` may be NULL. New reference. */
json_t *port_json(const struct port *port, const char *series, const char *onto);

#endif
