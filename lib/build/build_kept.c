// SPDX-License-Identifier: GPL-2.0
#include "build_kept.h"
#include "core/store.h"

/* Filling a folder with a kernel's tree, when it was not measured: 88,000 files. */
#define USUAL_FILLING 10.0

static bool is_key(const char *name)
{
	return strlen(name) == STORE_ID_SIZE - 1 &&
	       strspn(name, "0123456789abcdef") == STORE_ID_SIZE - 1;
}

/* A record that cannot be read says nothing: what it records is worth nothing either. */
static json_t *read_record(const char *cache, const char *path)
{
	OWNED_STR full = xasprintf("%s/%s", cache, path);
	json_t *record = NULL;

	err_free(store_read(full, &record));
	return record;
}

static char *describe(const json_t *record)
{
	const char *series = store_get_string(record, "series", NULL);
	const char *model = store_get_string(record, "model", NULL);

	return xasprintf("%s%s%s%s%s", store_get_string(record, "branch", "unknown"),
			 series ? " with " : "", series ? series : "", model ? ", model " : "",
			 model ? model : "");
}

static ERR_CHECK list_kernels(const char *cache, struct kept_list *list)
{
	STRVEC names = { 0 };

	TRY(kept_names(cache, "build", &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("build/%s", names.items[i]);
		OWNED_STR record_path = xasprintf("%s/build.json", path);
		OWNED_JSON *record = NULL;
		struct kept *kept;

		if (!is_key(names.items[i]) || !kept_is_folder(cache, path))
			continue;
		record = read_record(cache, record_path);
		kept = kept_add(list, names.items[i], path);
		kept->label = describe(record);
		kept->seconds = store_get_number(record, "seconds", 0);
	}
	return NULL;
}

/* The lock file is written whenever somebody takes the lock. */
static void belong_to_branch(struct kept *kept, const char *branch)
{
	kept->lock = xasprintf("src/%s.lock", branch);
}

static ERR_CHECK list_sources(const char *cache, struct kept_list *list)
{
	STRVEC names = { 0 };

	TRY(kept_names(cache, "src", &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("src/%s", names.items[i]);
		OWNED_STR record_path = xasprintf("%s.json", path);
		OWNED_JSON *record = NULL;
		struct kept *kept;

		if (!kept_is_folder(cache, path))
			continue;
		record = read_record(cache, record_path);
		kept = kept_add(list, names.items[i], path);
		strvec_push(&kept->paths, record_path);
		belong_to_branch(kept, names.items[i]);
		kept->stamp = xstrdup(kept->lock);
		kept->seconds = store_get_number(record, "seconds", USUAL_FILLING);
	}
	return NULL;
}

static void add_objects(const char *cache, const char *branch, const char *name,
			struct kept_list *list)
{
	static const char *const beside[] = { ".json", ".fragment", ".log", ".parcel" };
	OWNED_STR path = xasprintf("obj/%s/%s", branch, name);
	OWNED_STR record_path = xasprintf("%s.json", path);
	OWNED_STR full_name = xasprintf("%s/%s", branch, name);
	OWNED_JSON *record = NULL;
	struct kept *kept;

	if (!kept_is_folder(cache, path) || ends_with(name, ".parcel"))
		return;
	record = read_record(cache, record_path);
	kept = kept_add(list, full_name, path);
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++)
		strvec_pushf(&kept->paths, "%s%s", path, beside[i]);
	belong_to_branch(kept, branch);
	kept->stamp = TAKE_PTR(record_path);
	kept->needs = xasprintf("src/%s", branch);
	kept->seconds = store_get_number(record, "seconds", 0);
	/* Nobody built from nothing here and saw it succeed: at least what was made last. */
	if (kept->seconds <= 0)
		kept->seconds = store_get_number(record, "again", 0);
}

static ERR_CHECK list_objects(const char *cache, struct kept_list *list)
{
	STRVEC branches = { 0 };

	TRY(kept_names(cache, "obj", &branches));
	for (size_t i = 0; i < branches.count; i++) {
		OWNED_STR folder = xasprintf("obj/%s", branches.items[i]);
		STRVEC names = { 0 };

		TRY(kept_names(cache, folder, &names));
		for (size_t j = 0; j < names.count; j++)
			add_objects(cache, branches.items[i], names.items[j], list);
	}
	return NULL;
}

const struct kept_kind build_kept_kernels = { .name = "kernels",
					      .folder = "build",
					      .list = list_kernels };
const struct kept_kind build_kept_sources = {
	.name = "sources", .folder = "src", .list = list_sources, .is_steady = true
};
const struct kept_kind build_kept_objects = { .name = "objects",
					      .folder = "obj",
					      .list = list_objects };
