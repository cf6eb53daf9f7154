// SPDX-License-Identifier: GPL-2.0
/*
 * port_leaving.c - what a patch takes out of the tree, and what it puts there.
 *
 * A file that becomes a link, a folder or another file's new name is two files in
 * a diff, in the order of their names: whether a place is free depends on what a
 * later part of the patch deletes.
 */
#include "port_internal.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has(const char *const *paths, size_t count, const char *path)
{
	return count && bsearch(&path, paths, count, sizeof(*paths), compare);
}

void port_leaving_fill(struct port_leaving *leaving, const struct diff *diff)
{
	port_leaving_release(leaving);
	leaving->gone = xcalloc(diff->file_count, sizeof(*leaving->gone));
	leaving->made = xcalloc(diff->file_count, sizeof(*leaving->made));
	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];

		if (file->change == DIFF_DELETE || file->change == DIFF_RENAME)
			leaving->gone[leaving->gone_count++] = file->old_path;
		if (file->change != DIFF_DELETE && file->change != DIFF_MODIFY)
			leaving->made[leaving->made_count++] = file->new_path;
	}
	qsort(leaving->gone, leaving->gone_count, sizeof(*leaving->gone), compare);
	qsort(leaving->made, leaving->made_count, sizeof(*leaving->made), compare);
}

void port_leaving_release(struct port_leaving *leaving)
{
	free(leaving->gone);
	free(leaving->made);
	*leaving = (struct port_leaving){ 0 };
}

bool port_leaves(const struct port_job *job, const char *path)
{
	return has(job->leaving.gone, job->leaving.gone_count, path);
}

bool port_arrives(const struct port_job *job, const char *path)
{
	return has(job->leaving.made, job->leaving.made_count, path);
}

/* A walk that stops at the first file that stays. */
struct staying {
	const struct port_job *job;
	const char *folder;
};

static int stays(const char *sub, const git_tree_entry *entry, void *data)
{
	const struct staying *staying = data;
	OWNED_STR path = NULL;

	if (git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		return 0;
	path = xasprintf("%s/%s%s", staying->folder, sub, git_tree_entry_name(entry));
	return port_leaves(staying->job, path) ? 0 : GIT_EUSER;
}

ERR_CHECK port_folder_leaves(const struct port_job *job, const char *path, const git_oid *id,
			     bool *leaves)
{
	struct staying staying = { job, path };
	GIT_TREE tree = NULL;
	int result;

	*leaves = false;
	if (!job->leaving.gone_count)
		return NULL;
	TRY(repo_tree(job->repo, id, &tree));
	result = git_tree_walk(tree, GIT_TREEWALK_PRE, stays, &staying);
	if (result < 0 && result != GIT_EUSER)
		return repo_error("cannot walk folder '%s'", path);
	*leaves = result == 0;
	return NULL;
}
