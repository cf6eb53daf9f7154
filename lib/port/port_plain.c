// SPDX-License-Identifier: GPL-2.0
/*
 * port_plain.c - what a plain diff does not say, and only the branch can tell.
 *
 * "--- linux/f" and "+++ linux/f" may be a path, or one with a prefix; "@@ -0,0"
 * may make the file or fill an empty one. git apply has to be told the former
 * (-p) and decides the latter as is done here (apply.c, check_preimage()).
 */
#include "port_internal.h"

static ERR_CHECK is_there(const struct port_job *job, const char *path, bool *there)
{
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	TRY(port_tree_find(job->repo, &job->tree, path, &kind, &mode, &id));
	*there = kind != PORT_NOTHING;
	return NULL;
}

/* Of a new file it is the folder that says where it belongs. */
static ERR_CHECK place_is_there(const struct port_job *job, const struct diff_file *file,
				const char *path, bool *there)
{
	const char *slash = strrchr(path, '/');
	OWNED_STR folder = slash ? xstrndup(path, (size_t)(slash - path)) : NULL;

	*there = false;
	if (file->change != DIFF_ADD)
		return is_there(job, path, there);
	return folder ? is_there(job, folder, there) : NULL;
}

static void drop_first_folder(char **path)
{
	char *rest = xstrdup(strchr(*path, '/') + 1);

	free(*path);
	*path = rest;
}

static ERR_CHECK settle_prefix(const struct port_job *job, struct diff_file *file)
{
	const char *slash = strchr(file->new_path, '/');
	bool there;

	if (file->prefixed || !slash || !str_equal(file->old_path, file->new_path))
		return NULL;
	TRY(place_is_there(job, file, file->new_path, &there));
	if (there)
		return NULL;
	TRY(place_is_there(job, file, slash + 1, &there));
	if (!there)
		return NULL;
	drop_first_folder(&file->old_path);
	drop_first_folder(&file->new_path);
	return NULL;
}

static ERR_CHECK settle_new(const struct port_job *job, struct diff_file *file)
{
	bool there;

	if (file->change != DIFF_MODIFY || file->hunk_count != 1 || file->hunks[0].before.count)
		return NULL;
	TRY(is_there(job, file->new_path, &there));
	if (!there)
		file->change = DIFF_ADD;
	return NULL;
}

ERR_CHECK port_settle_names(const struct port_job *job, struct diff *diff)
{
	for (size_t i = 0; i < diff->file_count; i++) {
		if (!diff->files[i].plain)
			continue;
		TRY(settle_prefix(job, &diff->files[i]));
		TRY(settle_new(job, &diff->files[i]));
	}
	return NULL;
}
