// SPDX-License-Identifier: GPL-2.0
/* cache_leftovers.c - what processes that were killed left in the cache. */
#include <sys/stat.h>

#include "cache_part.h"

/* Whoever writes a temporary file renames it soon; none is at work on it for so long. */
#define OLD (24 * 3600)

/* mkostemp() made the last six of "NAME.tmp-XXXXXX" in file_write(). */
static bool is_temporary(const char *name)
{
	const char *mark = strstr(name, ".tmp-");

	return mark && strlen(mark) == strlen(".tmp-XXXXXX");
}

static bool is_parcel(const char *name)
{
	return ends_with(name, ".old") || ends_with(name, ".new");
}

/* git and libgit2 begin their temporary files like this. */
static bool is_gits(const char *name)
{
	return (starts_with(name, "tmp_") && !starts_with(name, "tmp_farrier")) ||
	       starts_with(name, ".tmp-") || starts_with(name, "pack_git2_");
}

static bool is_old(const char *cache, const char *path, time_t now)
{
	OWNED_STR full = xasprintf("%s/%s", cache, path);
	struct stat info;

	/* The ctime is when it was renamed, too. */
	return lstat(full, &info) == 0 && info.st_mtime + OLD < now && info.st_ctime + OLD < now;
}

/* FOLDER/NAME; "" is the cache itself. */
static char *join(const char *folder, const char *name)
{
	return xasprintf("%s%s%s", folder, *folder ? "/" : "", name);
}

static ERR_CHECK look_in(const char *cache, const char *folder, bool (*is_leftover)(const char *),
			 struct kept_list *list)
{
	time_t now = time(NULL);
	STRVEC names = { 0 };

	TRY(kept_names(cache, folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = join(folder, names.items[i]);

		if (is_leftover(names.items[i]) && is_old(cache, path, now))
			kept_add(list, path, path);
	}
	return NULL;
}

/* The folders in which records are written, down to `depth` below this one. */
static ERR_CHECK look_below(const char *cache, const char *folder, int depth,
			    struct kept_list *list)
{
	STRVEC names = { 0 };

	TRY(look_in(cache, folder, is_temporary, list));
	TRY(kept_names(cache, folder, &names));
	for (size_t i = 0; depth && i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);

		if (kept_is_folder(cache, path))
			TRY(look_below(cache, path, depth - 1, list));
	}
	return NULL;
}

static ERR_CHECK list_trash(const char *cache, struct kept_list *list)
{
	STRVEC names = { 0 };

	TRY(kept_names(cache, CACHE_TRASH, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf(CACHE_TRASH "/%s", names.items[i]);

		kept_add(list, path, path);
	}
	return NULL;
}

/* A quarantine whose import still runs is locked, however old it is. */
static ERR_CHECK list_quarantines(const char *cache, struct kept_list *list)
{
	static const char objects[] = "linux.git/objects";
	STRVEC names = { 0 };

	TRY(kept_names(cache, objects, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", objects, names.items[i]);

		if (starts_with(names.items[i], "tmp_farrier-"))
			kept_add(list, path, path)->lock = xasprintf("%s/tmp_farrier.lock",
								     objects);
	}
	return NULL;
}

/* A kernel's lock goes with whoever makes it, unless that is killed. */
static ERR_CHECK list_build_locks(const char *cache, struct kept_list *list)
{
	STRVEC names = { 0 };

	TRY(kept_names(cache, "build", &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = join("build", names.items[i]);

		if (ends_with(path, ".lock"))
			kept_add(list, path, path)->lock = xstrdup(path);
	}
	return NULL;
}

static ERR_CHECK list_leftovers(const char *cache, struct kept_list *list)
{
	static const struct {
		const char *folder;
		int depth;
	} places[] = { { "", 0 },	 { "build", 1 }, { "src", 0 },
		       { "obj", 1 },	 { "guest", 1 }, { "mails", 0 },
		       { "history", 2 }, { "lint", 2 },	 { "patch-ids", 0 } };

	TRY(list_trash(cache, list));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		TRY(look_below(cache, places[i].folder, places[i].depth, list));
	TRY(look_in(cache, "build", is_parcel, list));
	TRY(look_in(cache, "guest", is_parcel, list));
	TRY(list_build_locks(cache, list));
	TRY(list_quarantines(cache, list));
	TRY(look_in(cache, "linux.git/objects", is_gits, list));
	return look_in(cache, "linux.git/objects/pack", is_gits, list);
}

const struct kept_kind cache_leftovers = { .name = "leftovers", .list = list_leftovers };
