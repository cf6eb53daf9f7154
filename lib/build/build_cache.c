// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "build_cache.h"
#include "build_diagnostics.h"
#include "core/file.h"
#include "base/progress.h"

#define RECORD "build.json"

/* FOLDER/NAME when it is there. The caller frees it. */
static char *part_path(const char *folder, const char *name)
{
	OWNED_STR path = xasprintf("%s/%s", folder, name);

	return file_exists(path) ? TAKE_PTR(path) : NULL;
}

static void set_paths(const char *folder, struct build *build)
{
	free(build->image);
	free(build->config);
	free(build->log);
	free(build->inputs);
	build->inputs = part_path(folder, "inputs");
	build->image = part_path(folder, "image");
	build->config = part_path(folder, "config");
	build->log = part_path(folder, "log");
}

/* Whether the image is the recorded one; single objects have none. */
static ERR_CHECK check_image(const struct build *build, const json_t *record, bool *good)
{
	bool wanted = !json_object_get(json_object_get(record, "key"), "objects");
	char id[STORE_ID_SIZE] = "";

	if (build->image)
		TRY(store_file_id(build->image, id));
	*good = str_equal(id, build->image_id) && (*id || !wanted || build->status == BUILD_FAILED);
	return NULL;
}

static void from_record(const json_t *record, struct build *build)
{
	bool failed = str_equal(store_get_string(record, "status", ""), "failed");

	build->status = failed ? BUILD_FAILED : BUILD_CACHED;
	build->reused = true;
	build->seconds = store_get_number(record, "seconds", 0);
	build->cpu_seconds = store_get_number(record, "cpu_seconds", 0);
	snprintf(build->image_id, sizeof(build->image_id), "%s",
		 store_get_string(record, "image_id", ""));
	build_diagnostics_from_json(json_object_get(record, "diagnostics"), &build->diagnostics);
}

static ERR_CHECK read_folder(const char *folder, const json_t *record, struct build *build,
			     bool *good)
{
	from_record(record, build);
	set_paths(folder, build);
	TRY(check_image(build, record, good));
	if (!*good)
		build_diagnostics_release(&build->diagnostics);
	return NULL;
}

ERR_CHECK build_cache_load(const struct workspace *workspace, const struct build_key *key,
			   struct build *build, bool *found)
{
	OWNED_STR folder = workspace_cached(workspace, "build/%s", key->hex);
	OWNED_STR path = xasprintf("%s/" RECORD, folder);
	OWNED_JSON *record = NULL;

	*found = false;
	if (!kept_take_hold(folder, &build->hold))
		return NULL;
	TRY(store_read(path, &record));
	if (!record || !json_equal(json_object_get(record, "key"), key->document))
		return NULL;
	TRY(read_folder(folder, record, build, found));
	if (!*found)
		progress_warn("the image of build %.12s is not the one that was built; "
			      "it is built again",
			      key->hex);
	return NULL;
}

static json_t *make_record(const struct build_key *key, const struct build *build)
{
	json_t *record = json_object();

	store_set(record, "schema", json_integer(STORE_SCHEMA));
	store_set(record, "key", json_deep_copy(key->document));
	store_set(record, "status", store_text(build_status_name(build->status)));
	store_set(record, "image_id", store_text(build->image_id));
	store_set(record, "branch", store_text(build->branch));
	store_set(record, "series", store_text(build->series));
	store_set(record, "model", store_text(build->model));
	store_set(record, "commit", store_text(git_oid_tostr_s(&build->commit)));
	store_set(record, "tree", store_text(git_oid_tostr_s(&build->tree)));
	store_set(record, "seconds", json_real(build->seconds));
	store_set(record, "cpu_seconds", json_real(build->cpu_seconds));
	store_set(record, "diagnostics", build_diagnostics_to_json(&build->diagnostics));
	return record;
}

static ERR_CHECK copy_part(const char *from, const char *folder, const char *name)
{
	OWNED_STR to = xasprintf("%s/%s", folder, name);

	return from ? file_copy(from, to) : NULL;
}

/* Takes what is under the name out of the way: it is damaged, or its record is. */
static ERR_CHECK publish(const char *folder, const char *final)
{
	OWNED_STR old = xasprintf("%s.old", folder);

	TRY(file_remove(old));
	if (rename(final, old) < 0 && errno != ENOENT)
		return err_errno("cannot rename '%s'", final);
	/* Another process may have put its own there in between: it is the same build. */
	if (rename(folder, final) < 0 && errno != EEXIST && errno != ENOTEMPTY)
		return err_errno("cannot rename '%s' to '%s'", folder, final);
	TRY(file_remove(folder));
	return file_remove(old);
}

ERR_CHECK build_cache_store(const struct workspace *workspace, const struct build_key *key,
			    const struct build_cache_parts *parts, struct build *build)
{
	OWNED_STR all = workspace_cached(workspace, "build");
	OWNED_STR final = xasprintf("%s/%s", all, key->hex);
	OWNED_STR record_path = xasprintf("%s/" RECORD, parts->folder);
	OWNED_JSON *record = NULL;

	TRY(file_mkdirs(all));
	TRY(file_remove(parts->folder));
	TRY(file_mkdirs(parts->folder));
	TRY(copy_part(parts->image, parts->folder, "image"));
	TRY(copy_part(parts->config, parts->folder, "config"));
	TRY(copy_part(parts->log, parts->folder, "log"));
	TRY(copy_part(parts->inputs, parts->folder, "inputs"));
	set_paths(parts->folder, build);
	if (build->image)
		TRY(store_file_id(build->image, build->image_id));
	record = make_record(key, build);
	TRY(store_write(record_path, record));
	/* From before it can be found until after: nobody may take it away in between. */
	if (!kept_take_hold(parts->folder, &build->hold))
		return err_env("'%s' is gone", parts->folder);
	TRY(publish(parts->folder, final));
	/* Perhaps it is another process' build of the same that is there now. */
	if (!kept_take_hold(final, &build->hold))
		return err_env("'%s' is gone", final);
	set_paths(final, build);
	return NULL;
}

ERR_CHECK build_cache_read(const struct build_key *key, const char *folder, struct build *build,
			   bool *good)
{
	OWNED_STR path = xasprintf("%s/" RECORD, folder);
	OWNED_JSON *record = NULL;

	*good = false;
	TRY(store_read(path, &record));
	if (record && json_equal(json_object_get(record, "key"), key->document))
		TRY(read_folder(folder, record, build, good));
	if (build->status == BUILD_CACHED)
		build->status = BUILD_OK;
	build->reused = false;
	return NULL;
}

ERR_CHECK build_cache_adopt(const struct workspace *workspace, const struct build_key *key,
			    const char *folder, struct build *build)
{
	OWNED_STR place = workspace_cached(workspace, "build/%s.new", key->hex);
	OWNED_STR image = part_path(folder, "image");
	OWNED_STR config = part_path(folder, "config");
	OWNED_STR log = part_path(folder, "log");
	OWNED_STR inputs = part_path(folder, "inputs");
	struct build_cache_parts parts = {
		.image = image, .config = config, .log = log, .inputs = inputs, .folder = place
	};

	return build_cache_store(workspace, key, &parts, build);
}

/* The one name in `names` that starts with the prefix. */
static ERR_CHECK only_match(const struct strvec *names, const char *prefix, const char **match)
{
	*match = NULL;
	for (size_t i = 0; i < names->count; i++) {
		if (!starts_with(names->items[i], prefix))
			continue;
		if (*match)
			return err_hint(err_input("more than one build starts with '%s'", prefix),
					"give more digits: %s, %s", *match, names->items[i]);
		*match = names->items[i];
	}
	if (!*match || !*prefix)
		return err_hint(err_input("no build '%s'", prefix),
				"'farrier build' makes builds and prints their keys");
	return NULL;
}

static void set_text(char **field, const json_t *record, const char *key)
{
	const char *value = store_get_string(record, key, NULL);

	*field = value ? xstrdup(value) : NULL;
}

ERR_CHECK build_find(const struct workspace *workspace, const char *key_prefix, struct build *build)
{
	OWNED_STR all = workspace_cached(workspace, "build");
	OWNED_STR folder = NULL;
	OWNED_STR path = NULL;
	OWNED_JSON *record = NULL;
	STRVEC names = { 0 };
	const json_t *key;
	const char *name;
	bool good = false;

	*build = (struct build){ 0 };
	TRY(file_list(all, &names));
	TRY(only_match(&names, key_prefix, &name));
	folder = xasprintf("%s/%s", all, name);
	path = xasprintf("%s/" RECORD, folder);
	if (kept_take_hold(folder, &build->hold))
		TRY(store_read(path, &record));
	if (record)
		TRY(read_folder(folder, record, build, &good));
	if (!good)
		return err_hint(err_input("build '%s' is damaged", name), "build it again");
	snprintf(build->key, sizeof(build->key), "%s", name);
	set_text(&build->branch, record, "branch");
	set_text(&build->series, record, "series");
	set_text(&build->model, record, "model");
	key = json_object_get(record, "key");
	set_text(&build->make_arch, key, "arch");
	set_text(&build->initrd_id, json_object_get(key, "netboot"), "initrd");
	git_oid_fromstr(&build->commit, store_get_string(record, "commit", ""));
	git_oid_fromstr(&build->tree, store_get_string(record, "tree", ""));
	return NULL;
}
