/* SPDX-License-Identifier: GPL-2.0 */
/*
 * repo.h - the kernel repository, through libgit2.
 *
 * farrier writes objects and refs below refs/farrier/ and nothing else there:
 * never a worktree, an index, HEAD or anybody's branch. repo_set_ref() is the
 * only way to write a ref, and refuses any other name.
 */
#ifndef FARRIER_REPO_H
#define FARRIER_REPO_H

#include <git2.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Cleanup for libgit2's types. */
void repo_release(git_repository **repo);
void repo_release_odb(git_odb **odb);
void repo_release_object(git_object **object);
void repo_release_commit(git_commit **commit);
void repo_release_tree(git_tree **tree);
void repo_release_tree_entry(git_tree_entry **entry);
void repo_release_blob(git_blob **blob);
void repo_release_diff(git_diff **diff);
void repo_release_signature(git_signature **signature);
void repo_release_reference(git_reference **reference);

#define REPO	       CLEANUP(repo_release) git_repository *
#define GIT_ODB	       CLEANUP(repo_release_odb) git_odb *
#define GIT_COMMIT     CLEANUP(repo_release_commit) git_commit *
#define GIT_TREE       CLEANUP(repo_release_tree) git_tree *
#define GIT_TREE_ENTRY CLEANUP(repo_release_tree_entry) git_tree_entry *
#define GIT_BLOB       CLEANUP(repo_release_blob) git_blob *
#define GIT_DIFF       CLEANUP(repo_release_diff) git_diff *
#define GIT_SIGNATURE  CLEANUP(repo_release_signature) git_signature *

#define OID_HEX_SIZE (GIT_OID_HEXSZ + 1)

/* Starts and ends libgit2; called from main() and from the unit tests. */
void repo_library_init(void);
void repo_library_shutdown(void);

/* libgit2's last error as ERR_ENV behind the given text. */
const struct err *repo_error(const char *format, ...) PRINTF(1, 2) MUST_USE;

/*
 * The same for an object that could not be read, with a hint what to do about it: a
 * shallow or partial clone may lack what others have.
 */
const struct err *repo_read_error(git_repository *repo, const char *format, ...)
	PRINTF(2, 3) MUST_USE;

/*
 * Opens a repository, bare or not. With `create` a missing one, or one that a kill left half made,
 * is made, bare; others that want the same wait.
 */
ERR_CHECK repo_open(const char *path, bool create, git_repository **repo) MUST_USE;

/* Opens the one that a person named by it or by any folder in it, as git does. */
ERR_CHECK repo_open_around(const char *path, git_repository **repo) MUST_USE;

/* The folder that holds objects/ and refs/, with a final '/'. */
const char *repo_git_dir(git_repository *repo);

/* Resolves a revision to a commit; not found is ERR_INPUT. */
ERR_CHECK repo_resolve(git_repository *repo, const char *revision, git_oid *commit) MUST_USE;

/* Resolves a ref if it is there. */
ERR_CHECK repo_resolve_ref(git_repository *repo, const char *name, git_oid *commit,
			   bool *found) MUST_USE;

/* A name and an address. */
struct repo_person {
	char *name;
	char *email;
};

void repo_release_person(struct repo_person *person);
#define REPO_PERSON CLEANUP(repo_release_person) struct repo_person

/* The user's git identity as committer: from the environment, the configuration, or as git guesses
 * it. */
ERR_CHECK repo_committer(git_repository *repo, struct repo_person *person) MUST_USE;

/* The commit or tree with that id. */
ERR_CHECK repo_commit(git_repository *repo, const git_oid *oid, git_commit **commit) MUST_USE;
ERR_CHECK repo_commit_tree(git_repository *repo, const git_oid *commit, git_oid *tree) MUST_USE;
ERR_CHECK repo_tree(git_repository *repo, const git_oid *oid, git_tree **tree) MUST_USE;

/* A file's content in a commit's tree; *found is false when there is none. At most `limit` bytes.
 */
ERR_CHECK repo_read_file(git_repository *repo, const git_oid *commit, const char *path,
			 size_t limit, struct strbuf *content, bool *found) MUST_USE;

/* Points a ref below refs/farrier/ at a commit, atomically; any other name is refused. */
ERR_CHECK repo_set_ref(git_repository *repo, const char *name, const git_oid *commit,
		       const char *why) MUST_USE;

/*
 * The same, but only while the ref is what it was when the work began: `was`, or
 * nothing at all when that is NULL. ERR_ENV when somebody else has moved it, unless
 * to where it is to go.
 */
ERR_CHECK repo_move_ref(git_repository *repo, const char *name, const git_oid *was,
			const git_oid *commit, const char *why) MUST_USE;

/* Removes a ref below refs/farrier/; none is fine. */
ERR_CHECK repo_delete_ref(git_repository *repo, const char *name) MUST_USE;

/* Removes all refs whose names begin so: "refs/farrier/NAME/". */
ERR_CHECK repo_delete_refs_below(git_repository *repo, const char *prefix) MUST_USE;

/*
 * Whether a commit is a snapshot that 'tree import' made of a package or a
 * tarball, not an upstream commit: its id means nothing to anybody else and it
 * is never a base-commit. It says so in a trailer of its message.
 */
#define REPO_SNAPSHOT_TRAILER "Farrier-Snapshot"
bool repo_is_snapshot(git_commit *commit);

/* The value of a "Name: value" line in the last paragraph of a commit's message, or NULL. Caller
 * frees. */
char *repo_trailer(git_commit *commit, const char *name);

/* "6.12.117", from the text of a kernel's Makefile; "" when it is none. The caller frees it. */
char *repo_makefile_version(const char *makefile);

/* "6.12.117", read from the Makefile of a kernel tree; "" when it is no kernel. Caller frees. */
ERR_CHECK repo_kernel_version(git_repository *repo, const git_oid *commit, char **version) MUST_USE;

#endif
