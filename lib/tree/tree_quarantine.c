// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/progress.h"
#include "tree_quarantine.h"

#define PREFIX "tmp_farrier-"

char *tree_quarantine_objects(git_repository *repo)
{
	return xasprintf("%sobjects", repo_git_dir(repo));
}

ERR_CHECK tree_quarantine_lock(git_repository *repo, struct file_lock *lock)
{
	OWNED_STR objects = tree_quarantine_objects(repo);
	OWNED_STR path = xasprintf("%s/tmp_farrier.lock", objects);

	*lock = FILE_LOCK_NONE;
	if (access(objects, W_OK | X_OK) < 0)
		return err_hint(err_errno("cannot write to repository '%s'", repo_git_dir(repo)),
				"make it writable, or set kernel.repo in farrier.conf to another");
	return file_lock(path, "the kernel repository", true, lock);
}

static void remove_leftovers(const char *objects)
{
	STRVEC names = { 0 };

	err_free(file_list(objects, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", objects, names.items[i]);

		if (!starts_with(names.items[i], PREFIX))
			continue;
		progress_detail("removing what an interrupted import left in '%s'", path);
		err_free(file_remove(path));
	}
}

/* A shallow clone's borders are part of what its objects mean. */
static ERR_CHECK copy_shallow(git_repository *repo, const char *folder)
{
	OWNED_STR from = xasprintf("%sshallow", repo_git_dir(repo));
	OWNED_STR to = xasprintf("%s/shallow", folder);
	STRBUF borders = { 0 };
	bool found;

	TRY(file_read_if_there(from, (size_t)64 << 20, &borders, &found));
	return found ? file_write(to, strbuf_str(&borders), borders.len) : NULL;
}

static ERR_CHECK borrow_objects(const char *objects, const char *folder)
{
	OWNED_STR alternates = xasprintf("%s/objects/info/alternates", folder);
	STRBUF line = { 0 };

	/* An absolute path, so never one of the comments or quoted names that git knows here. */
	strbuf_addf(&line, "%s\n", objects);
	return file_write(alternates, line.buf, line.len);
}

ERR_CHECK tree_quarantine_open(git_repository *repo, struct tree_quarantine *quarantine)
{
	OWNED_STR objects = tree_quarantine_objects(repo);
	OWNED_STR folder = xasprintf("%s/" PREFIX "XXXXXX", objects);
	REPO bare = NULL;

	*quarantine = (struct tree_quarantine){ 0 };
	remove_leftovers(objects);
	if (!mkdtemp(folder))
		return err_errno("cannot make a folder in '%s'", objects);
	quarantine->objects = TAKE_PTR(objects);
	quarantine->folder = TAKE_PTR(folder);
	if (git_repository_init(&bare, quarantine->folder, true) < 0)
		return repo_error("cannot make a repository in '%s'", quarantine->folder);
	TRY(copy_shallow(repo, quarantine->folder));
	return borrow_objects(quarantine->objects, quarantine->folder);
}

void tree_quarantine_env(const struct tree_quarantine *quarantine, struct strvec *env)
{
	static const char *const settings[] = { "GIT_WORK_TREE",
						"GIT_INDEX_FILE",
						"GIT_OBJECT_DIRECTORY",
						"GIT_ALTERNATE_OBJECT_DIRECTORIES",
						"GIT_COMMON_DIR",
						"GIT_NAMESPACE",
						"GIT_SHALLOW_FILE",
						"GIT_GRAFT_FILE",
						"GIT_REPLACE_REF_BASE",
						"GIT_CONFIG",
						"GIT_TERMINAL_PROMPT=0",
						"LC_ALL=C",
						NULL };

	strvec_push_all(env, settings);
	strvec_pushf(env, "GIT_DIR=%s", quarantine->folder);
}

ERR_CHECK tree_quarantine_commit(const struct tree_quarantine *quarantine, git_oid *commit)
{
	REPO bare = NULL;

	TRY(repo_open(quarantine->folder, false, &bare));
	return repo_resolve(bare, TREE_QUARANTINE_REF, commit);
}

static ERR_CHECK move_files(const char *from, const char *to, const struct strvec *names,
			    const char *suffix)
{
	for (size_t i = 0; i < names->count; i++) {
		OWNED_STR old = xasprintf("%s/%s", from, names->items[i]);
		OWNED_STR new = xasprintf("%s/%s", to, names->items[i]);

		if (!starts_with(names->items[i], "pack-") || !ends_with(names->items[i], suffix))
			continue;
		if (!file_exists(new) && rename(old, new) < 0)
			return err_errno("cannot rename '%s' to '%s'", old, new);
	}
	return NULL;
}

ERR_CHECK tree_quarantine_publish(const struct tree_quarantine *quarantine)
{
	OWNED_STR from = xasprintf("%s/objects/pack", quarantine->folder);
	OWNED_STR to = xasprintf("%s/pack", quarantine->objects);
	STRVEC names = { 0 };

	TRY(file_mkdirs(to));
	TRY(file_list(from, &names));
	/* A pack without its index is not seen: the index goes last. */
	TRY(move_files(from, to, &names, ".pack"));
	TRY(move_files(from, to, &names, ".rev"));
	return move_files(from, to, &names, ".idx");
}

void tree_quarantine_close(struct tree_quarantine *quarantine)
{
	if (quarantine->folder)
		err_free(file_remove(quarantine->folder));
	free(quarantine->objects);
	free(quarantine->folder);
	*quarantine = (struct tree_quarantine){ 0 };
}
