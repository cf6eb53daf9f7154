/* SPDX-License-Identifier: GPL-2.0 */
/* port_internal.h - between the files of the port room only. */
#ifndef FARRIER_PORT_INTERNAL_H
#define FARRIER_PORT_INTERNAL_H

#include "record/diff.h"
#include "port.h"
#include "port_upstream.h"
#include "port_where.h"

/* A file's content: of the branch, or as the patch's author had it. */
struct port_text {
	bool there;
	unsigned mode; /* as git has it; 0 when not known */
	git_oid id;    /* zero for bytes that were made and not yet hashed */
	struct strbuf bytes;
};

#define PORT_TEXT CLEANUP(port_text_release) struct port_text

void port_text_release(struct port_text *text);

/* Fills in `id` and `there` for bytes that were just made. */
void port_text_seal(struct port_text *text);

/* Reads a blob; larger than LINES_MAX_TEXT is ERR_INPUT. */
ERR_CHECK port_text_read(git_repository *repo, const git_oid *id, struct port_text *text) MUST_USE;

/* Whether it has a NUL near its beginning, which is git's test (xdiff-interface.c). */
bool port_text_is_binary(const struct port_text *text);

/* Whether an id begins with the hex digits, of which there are at least 4. */
bool port_id_has_prefix(const git_oid *id, const char *hex);

/* ---- port_index.c ---- */

/* A zeroed struct is empty. Paths are borrowed, and each is added once. */
struct port_index {
	void *root;
};

bool port_index_find(const struct port_index *index, const char *path, size_t *at);
void port_index_add(struct port_index *index, const char *path, size_t at);
void port_index_release(struct port_index *index);

/* ---- port_text.c: what the author's files were, patch after patch ---- */

struct port_originals {
	struct port_original {
		char *path;
		struct port_text text;
	} * entries;
	size_t count;
	struct port_index index;
};

void port_originals_release(struct port_originals *originals);

/* Remembers that the author's file became `text`, in place of what it was before. */
void port_originals_set(struct port_originals *originals, const char *path,
			const struct port_text *text);

/* The remembered text whose id begins with `hex`, or NULL. */
const struct port_text *port_originals_find(const struct port_originals *originals,
					    const char *path, const char *hex);

/* ---- port_apply.c: hunks by exact text ---- */

/* Where a hunk was found. */
struct port_place {
	bool found;
	size_t at;    /* first line that was compared, from 0 */
	long offset;  /* lines away from where the hunk says */
	size_t front; /* lines of context that were left out at the beginning ... */
	size_t back;  /* ... and at the end, to find it */
};

/* The two sides that a hunk can be looked for by. */
enum port_side {
	PORT_BEFORE, /* to apply it */
	PORT_AFTER,  /* to see whether it is there already */
};

/*
 * Looks for every hunk of a file; `places` has one entry for each. True when
 * all were found. What is not there with all its context is looked for with up
 * to `fuzz` lines less on the side that has more of it, as patch(1) does.
 */
bool port_find_hunks(const struct diff_file *file, const struct lines *target, enum port_side side,
		     size_t fuzz, struct port_place *places);

/* Puts the hunks at their places. */
void port_apply_hunks(const struct diff_file *file, const struct lines *target,
		      const struct port_place *places, struct strbuf *out);

/* Applies the hunks exactly where they say, or returns false. */
bool port_apply_exactly(const struct diff_file *file, const struct port_text *text,
			struct strbuf *out);

/* Takes the hunks back exactly where they say, or returns false. */
bool port_revert_exactly(const struct diff_file *file, const struct port_text *text,
			 struct strbuf *out);

/* Says in words why a hunk was not found. The caller frees it. */
char *port_explain(const struct diff_hunk *hunk, const struct lines *target,
		   const struct port_place *after);

/* ---- port_space.c ---- */

/* Says so when a hunk's text is there but for white space; else NULL. The caller frees it. */
char *port_explain_space(const struct diff_hunk *hunk, const struct lines *target);

/* ---- port_merge.c ---- */

/* One side of a merge, for libgit2; it points into the text. */
git_merge_file_input port_merge_input(const struct port_text *text);

/* Merges; *clean is false when there are conflicts, and `out` is untouched then. */
ERR_CHECK port_merge(const struct port_text *ancestor, const struct port_text *ours,
		     const struct port_text *theirs, struct strbuf *out, bool *clean) MUST_USE;

/* ---- port_preimage.c: what a file of the patch was made for ---- */

struct port_source {
	enum port_preimage from;
	struct port_text before; /* the true preimage, when from is not PORT_FROM_NONE */
	struct port_text after;	 /* what the patch makes of it */
};

void port_source_release(struct port_source *source);

/* Some files of the branch. */
struct port_listing {
	struct port_entry {
		char *path;
		git_oid id;
	} * entries;
	size_t count;
};

void port_listing_release(struct port_listing *listing);

/* What a patch takes out of the tree and puts there, sorted: the paths are the diff's. */
struct port_leaving {
	const char **gone; /* deleted, or renamed away */
	size_t gone_count;
	const char **made;
	size_t made_count;
};

/*
 * What one run may cost: far more than any series in the kernel's history, and so
 * little that a hostile one ends. Beyond the first a patch is refused; beyond the
 * second a file that the branch does not have is not looked for.
 */
#define PORT_MOST_READ	   ((size_t)1 << 30)
#define PORT_MOST_SEARCHES 200

/* Frees what a patch of the result holds. */
void port_release_patch(struct port_patch *patch);

/* One run of the engine. */
struct port_job {
	const struct port_request *request;
	git_repository *repo;
	git_oid tree; /* what the branch is so far */
	git_oid parent;
	git_time base_time;
	struct port_originals originals;
	struct port_where where;      /* names in the branch, when one had to be looked for */
	const struct patch *patch;    /* the one at hand ... */
	struct port_leaving leaving;  /* ... and what it takes out of the tree */
	size_t read;		      /* bytes of the branch's files so far */
	size_t searches;	      /* files that were looked for under other names */
	size_t decoded;		      /* bytes of binary patches so far */
	struct port_missing *missing; /* patches that are not in the tip */
	size_t missing_count;
	size_t needs_budget;
	bool alone; /* the branch has no history */
	bool has_past;
	struct port_history past; /* over the paths of all patches, when it was asked for */
};

/*
 * Finds the true preimage of a file that is changed, renamed, copied or
 * deleted, and the patch's own result. `target` is the branch's file.
 */
ERR_CHECK port_find_source(struct port_job *job, const struct patch *patch,
			   const struct diff_file *file, const struct port_text *target,
			   struct port_source *source) MUST_USE;

/* The first half of it: what the file was, when that is known. */
ERR_CHECK port_find_before(struct port_job *job, const struct patch *patch,
			   const struct diff_file *file, const struct port_text *target,
			   struct port_source *source) MUST_USE;

/* The blob whose id begins with `hex`, when there is one and only one. */
ERR_CHECK port_find_blob(git_repository *repo, const char *hex, struct port_text *text) MUST_USE;

/* ---- port_binary.c: whole blobs ---- */

/*
 * As port_find_source() for a binary file: from the repository, or decoded from
 * the patch. `after` may be known where `before` is not (then from is
 * PORT_FROM_NONE), and is empty for a file that is deleted. Data that is damaged
 * or unpacks to too much is ERR_INPUT.
 */
ERR_CHECK port_binary_source(struct port_job *job, const struct patch *patch,
			     const struct diff_file *file, const struct port_text *target,
			     struct port_source *source) MUST_USE;

/* ---- port_past.c: what the branch's history tells ---- */

/* Whether a commit of the branch makes the patch's change, and stands. */
ERR_CHECK port_find_already(struct port_job *job, const struct patch *patch,
			    struct port_upstream *upstream) MUST_USE;

/* The state of the file in the branch's history that the patch's index line names. */
ERR_CHECK port_find_named(struct port_job *job, const struct diff_file *file,
			  struct port_text *text) MUST_USE;

/*
 * Looks for an earlier state of the file in which every hunk fits and gives the
 * result that the index line names. `source` is empty, and stays so when there is
 * none.
 */
ERR_CHECK port_find_earlier(struct port_job *job, const struct diff_file *file,
			    struct port_source *source) MUST_USE;

/* ---- port_moved.c: a file that the branch has under another name ---- */

/* The branch's name of the patch's file, which it does not have under its own; NULL: none. Caller
 * frees. */
ERR_CHECK port_find_moved(struct port_job *job, const struct patch *patch,
			  const struct diff_file *file, const struct port_source *source,
			  char **path) MUST_USE;

/* The files of the branch that have the path's name, nearest first, at most PORT_MOST_NAMESAKES. */
#define PORT_MOST_NAMESAKES 256
ERR_CHECK port_find_namesakes(struct port_job *job, const char *path,
			      struct port_listing *listing) MUST_USE;

/*
 * What a new file's path is in a branch that does not have its folder, because that
 * has another name there, as more than half of its files prove; NULL: it has not.
 * Only for a patch that was read from a commit. Caller frees.
 */
ERR_CHECK port_find_moved_folder(struct port_job *job, const struct patch *patch, const char *path,
				 char **moved) MUST_USE;

/* The tree that the patch was made on, when it was read from a commit. */
ERR_CHECK port_author_tree(struct port_job *job, const struct patch *patch, git_oid *tree,
			   bool *known) MUST_USE;

/* ---- port_follow.c: renames in history ---- */

/*
 * The branch's name of a file, as the commits tell that renamed it: those of the
 * branch, or those before the patch. NULL: they do not. Caller frees.
 */
ERR_CHECK port_follow(struct port_job *job, const struct patch *patch, const char *path,
		      char **name) MUST_USE;

/* ---- port_tree.c: a tree, and what is changed in it ---- */

struct port_change {
	char *path;
	bool deleted;
	unsigned mode;
	git_oid id;
};

struct port_changes {
	struct port_change *items;
	size_t count;
	struct port_index index; /* until the tree is written */
};

void port_changes_release(struct port_changes *changes);

/* Writes a file, over what was noted for the path before. */
void port_changes_write(struct port_changes *changes, const char *path, unsigned mode,
			const git_oid *id);

/* Deletes a file, unless the path is written by the same changes. */
void port_changes_delete(struct port_changes *changes, const char *path);

/* What was noted for a path, or NULL. */
const struct port_change *port_changes_find(const struct port_changes *changes, const char *path);

/* Makes the tree with the changes; folders that become empty go. */
ERR_CHECK port_tree_write(git_repository *repo, const git_oid *tree, struct port_changes *changes,
			  git_oid *result) MUST_USE;

/* What a path is in a tree. */
enum port_kind { PORT_NOTHING, PORT_FILE, PORT_FOLDER, PORT_SUBMODULE };
ERR_CHECK port_tree_find(git_repository *repo, const git_oid *tree, const char *path,
			 enum port_kind *kind, unsigned *mode, git_oid *id) MUST_USE;

/* The leading part of `path` that is no folder in the tree but a file or link; NULL: none. Caller
 * frees. */
ERR_CHECK port_tree_obstacle(git_repository *repo, const git_oid *tree, const char *path,
			     char **obstacle) MUST_USE;

/* ---- port_plain.c ---- */

/*
 * Decides what a plain diff leaves open: whether the first folder of a path is a
 * prefix, and whether a hunk of nothing but new lines makes the file.
 */
ERR_CHECK port_settle_names(const struct port_job *job, struct diff *diff) MUST_USE;

/* ---- port_needs.c ---- */

/* Notes a patch that is not in the tip. Call it when what its author had is learnt. */
ERR_CHECK port_missing_add(struct port_job *job, const struct patch *patch, int number,
			   enum port_status status) MUST_USE;
void port_missing_release(struct port_job *job);

/* Whether any of these changes the file. */
bool port_is_missing_some(const struct port_job *job, const struct diff_file *file);

/* Finds which of these a patch that is fuzzy or in conflict needs; `diff` is the patch's, with its
 * names settled. */
ERR_CHECK port_find_needs(struct port_job *job, const struct diff *diff,
			  struct port_patch *record) MUST_USE;

/* ---- port_submodule.c ---- */

/* Whether the file of the patch is a submodule, by its modes or by what the branch has there. */
ERR_CHECK port_is_submodule(const struct port_job *job, const struct diff_file *file,
			    bool *is_submodule) MUST_USE;

/* Carries it: adds to `changes`, or a conflict to the record. */
ERR_CHECK port_carry_submodule(struct port_job *job, const struct diff_file *file,
			       struct port_changes *changes, struct port_patch *record,
			       enum port_status *status) MUST_USE;

/* ---- port_leaving.c ---- */

/* Notes what a diff takes out of the tree. */
void port_leaving_fill(struct port_leaving *leaving, const struct diff *diff);
void port_leaving_release(struct port_leaving *leaving);

/* Whether the patch at hand deletes a path or renames it away. */
bool port_leaves(const struct port_job *job, const char *path);

/* Whether it makes a path, maybe in place of another kind of file that it deletes. */
bool port_arrives(const struct port_job *job, const char *path);

/* Whether it does so with every file of a folder, whose tree is `id`. */
ERR_CHECK port_folder_leaves(const struct port_job *job, const char *path, const git_oid *id,
			     bool *leaves) MUST_USE;

/* ---- port_file.c: one file of a patch ---- */

/* Carries a file: adds to the record, and to `changes` unless it conflicts. */
ERR_CHECK port_carry_file(struct port_job *job, const struct patch *patch,
			  const struct diff_file *file, struct port_changes *changes,
			  struct port_patch *record) MUST_USE;

/* ---- port_carry.c ---- */

/* Notes why a hunk, or with 0 the file, conflicts. */
void port_add_conflict(struct port_patch *record, const char *path, int hunk, const char *format,
		       ...) PRINTF(4, 5);

#endif
