// SPDX-License-Identifier: GPL-2.0
/*
 * port_folder.c - a folder that the branch has under another name.
 *
 * A new file belongs where the others of its folder are now (git's directory
 * renames, merge-ort.c). The others prove it: those that the author had in the
 * folder, each of which may be in one place only, by its name, in which the author
 * had nothing.
 */
#include "core/file.h"
#include "port_internal.h"

#define MOST_FILES 50 /* of the folder that are asked */

/* Where the files of a folder are now, and how many of them. */
struct votes {
	struct strvec folders; /* one for each file that was found */
	size_t asked;
};

static void release_votes(struct votes *votes)
{
	strvec_release(&votes->folders);
}

/* One file of the folder that is gone votes for the folder that has it, if that is one. */
static ERR_CHECK vote(struct port_job *job, const git_oid *author, const char *path,
		      struct votes *votes)
{
	CLEANUP(port_listing_release) struct port_listing listing = { 0 };
	const char *found = NULL;

	votes->asked++;
	TRY(port_find_namesakes(job, path, &listing));
	for (size_t i = 0; i < listing.count; i++) {
		enum port_kind kind;
		unsigned mode;
		git_oid id;

		TRY(port_tree_find(job->repo, author, listing.entries[i].path, &kind, &mode, &id));
		if (kind != PORT_NOTHING)
			continue;
		if (found)
			return NULL;
		found = listing.entries[i].path;
	}
	if (found)
		strvec_push_owned(&votes->folders, file_dir_name(found));
	return NULL;
}

static ERR_CHECK ask_all(struct port_job *job, const git_oid *author, const char *folder,
			 struct votes *votes)
{
	GIT_TREE tree = NULL;
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	TRY(port_tree_find(job->repo, author, folder, &kind, &mode, &id));
	if (kind != PORT_FOLDER)
		return NULL;
	TRY(repo_tree(job->repo, &id, &tree));
	for (size_t i = 0; i < git_tree_entrycount(tree) && i < MOST_FILES; i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
		OWNED_STR path = xasprintf("%s/%s", folder, git_tree_entry_name(entry));

		if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB)
			TRY(vote(job, author, path, votes));
	}
	return NULL;
}

/* The folder that at least two of its files, and more than half of them, went to; or NULL. */
static const char *winner(struct votes *votes)
{
	const char *best = NULL;
	size_t most = 0, count = 0;

	strvec_sort(&votes->folders);
	for (size_t i = 0; i < votes->folders.count; i++) {
		const char *folder = votes->folders.items[i];

		count = i && str_equal(folder, votes->folders.items[i - 1]) ? count + 1 : 1;
		if (count > most) {
			most = count;
			best = folder;
		}
	}
	return most >= 2 && most * 2 > votes->asked ? best : NULL;
}

ERR_CHECK port_find_moved_folder(struct port_job *job, const struct patch *patch, const char *path,
				 char **moved)
{
	OWNED_STR folder = file_dir_name(path);
	CLEANUP(release_votes) struct votes votes = { 0 };
	enum port_kind kind;
	unsigned mode;
	git_oid id, author;
	const char *to;
	bool known;

	*moved = NULL;
	TRY(port_author_tree(job, patch, &author, &known));
	if (!known || str_equal(folder, "."))
		return NULL;
	TRY(port_tree_find(job->repo, &job->tree, folder, &kind, &mode, &id));
	if (kind != PORT_NOTHING)
		return NULL;
	TRY(ask_all(job, &author, folder, &votes));
	to = winner(&votes);
	if (to)
		*moved = xasprintf("%s%s%s", str_equal(to, ".") ? "" : to,
				   str_equal(to, ".") ? "" : "/", file_base_name(path));
	return NULL;
}
