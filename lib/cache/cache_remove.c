// SPDX-License-Identifier: GPL-2.0
/*
 * cache_remove.c - takes things out of the cache.
 *
 * While its lock is held, a thing is renamed into trash/, which is one step for everybody
 * who looks for it; then the lock is given back and the trash is removed. A process that
 * is killed in between leaves trash, which the next one finds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/progress.h"
#include "cache_part.h"
#include "core/proc.h"

/* A new folder in the trash. Its path below the cache; NULL and errno when it cannot be. */
static char *make_slot(const char *cache, int *fd)
{
	OWNED_STR name = xasprintf("%ld-%d-XXXXXX", (long)time(NULL), getpid());
	OWNED_STR slot = xasprintf("%s/" CACHE_TRASH "/%s", cache, name);
	OWNED_STR trash = xasprintf("%s/" CACHE_TRASH, cache);
	OWNED_STR path = NULL;

	if (mkdir(trash, 0777) < 0 && errno != EEXIST)
		return NULL;
	/* A trash that is a link would take things out of the cache. */
	if (!kept_is_folder(cache, CACHE_TRASH)) {
		errno = ENOTDIR;
		return NULL;
	}
	if (!mkdtemp(slot))
		return NULL;
	path = xstrdup(slot + strlen(cache) + 1);
	*fd = open(slot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? NULL : TAKE_PTR(path);
}

/* Renames one path into the slot; not there is fine. */
static bool move_out(const char *cache, const char *path, int slot, size_t number)
{
	OWNED_FD parent = cache_open_parent(cache, path);
	char name[32];

	snprintf(name, sizeof(name), "%zu", number);
	if (parent < 0)
		return errno == ENOENT;
	return renameat(parent, file_base_name(path), slot, name) == 0 || errno == ENOENT;
}

/* The folder around a thing when that was the last in it, as obj/BRANCH. */
static void tidy_parent(const struct cache *cache, const struct cache_entry *entry)
{
	OWNED_STR folder = file_dir_name(entry->kept.paths.items[0]);
	OWNED_STR full = xasprintf("%s/%s", cache->folder, folder);

	if (strchr(folder, '/') && entry->kept.lock)
		rmdir(full);
}

static const struct err *cannot(const struct cache *cache, const char *path)
{
	return err_errno("cannot take '%s/%s' out of the cache", cache->folder, path);
}

static ERR_CHECK move_to_trash(struct cache *cache, struct cache_entry *entry, char **slot)
{
	OWNED_FD slot_fd = -1;

	*slot = make_slot(cache->folder, &slot_fd);
	if (!*slot)
		return cannot(cache, CACHE_TRASH);
	for (size_t i = 0; i < entry->kept.paths.count; i++)
		if (!move_out(cache->folder, entry->kept.paths.items[i], slot_fd, i))
			return cannot(cache, entry->kept.paths.items[i]);
	tidy_parent(cache, entry);
	entry->gone = true;
	return NULL;
}

static bool is_trash(const struct cache_entry *entry)
{
	return starts_with(entry->kept.paths.items[0], CACHE_TRASH "/");
}

/* Whether somebody used it since it was chosen. */
static bool was_used(const struct cache *cache, const struct cache_entry *entry)
{
	return !entry->kind->by_reading && cache_stamp(cache->folder, &entry->kept) > entry->used;
}

/* Under the lock of its users; *slot stays NULL when it is in use now, or gone already. */
static ERR_CHECK claim_and_move(struct cache *cache, struct cache_entry *entry, char **slot)
{
	OWNED_FD fd = -1;
	enum cache_use use = cache_claim(cache->folder, &entry->kept, true, &fd);

	entry->busy = use == CACHE_IN_USE || (use == CACHE_FREE && was_used(cache, entry));
	return use == CACHE_FREE && !entry->busy ? move_to_trash(cache, entry, slot) : NULL;
}

static ERR_CHECK take_out(struct cache *cache, struct cache_entry *entry)
{
	OWNED_STR slot = NULL;
	OWNED_STR path = NULL;

	if (is_trash(entry)) {
		slot = xstrdup(entry->kept.paths.items[0]);
		entry->gone = true;
	} else {
		TRY(claim_and_move(cache, entry, &slot));
	}
	path = slot ? xasprintf("%s/%s", cache->folder, slot) : NULL;
	return path ? file_remove(path) : NULL;
}

ERR_CHECK cache_remove(struct cache *cache)
{
	OWNED_STR trash = xasprintf("%s/" CACHE_TRASH, cache->folder);
	CLEANUP(progress_drop) struct progress *step = NULL;
	bool any = false;

	for (size_t i = 0; i < cache->count; i++) {
		struct cache_entry *entry = &cache->entries[i];
		const struct err *err;

		if (entry->reason == CACHE_STAYS)
			continue;
		TRY(interrupt_check());
		if (!step)
			step = progress_begin(0, "making room in the cache");
		progress_update(step, "%s", entry->kept.paths.items[0]);
		err = take_out(cache, entry);
		if (err)
			progress_warn("%s", err->text);
		err_free(err);
		any |= entry->gone;
	}
	rmdir(trash);
	progress_end(TAKE_PTR(step), "done");
	return any ? cache_write_sizes(cache) : NULL;
}

ERR_CHECK cache_pack_repository(const struct workspace *workspace)
{
	OWNED_STR lock_path = xasprintf("%s/objects/tmp_farrier.lock", workspace->repo_path);
	const char *argv[] = { "git", "--git-dir", workspace->repo_path, "gc", "--quiet", NULL };
	const char *env[] = { "GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "LC_ALL=C",
			      NULL };
	CLEANUP(progress_drop) struct progress *step = NULL;
	FILE_LOCK lock = FILE_LOCK_NONE;

	if (!workspace->own_repo)
		return err_hint(err_input("'%s' is no part of the cache", workspace->repo_path),
				"it is your own repository: run 'git gc' there");
	if (!file_is_dir(workspace->repo_path))
		return NULL;
	TRY(file_lock(lock_path, "the kernel repository", true, &lock));
	step = progress_begin(0, "git gc in '%s'", workspace->repo_path);
	TRY(proc_run_ok(&(struct proc_spec){ .argv = argv, .env = env }, NULL));
	progress_end(TAKE_PTR(step), "done");
	return NULL;
}
