// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build_config.h"
#include "build_diagnostics.h"
#include "build_folder.h"
#include "core/file.h"
#include "base/progress.h"

void build_folder_release(struct build_folder *folder)
{
	free(folder->path);
	free(folder->record);
	free(folder->fragment);
	free(folder->log);
	free(folder->parcel);
	free(folder->tree);
	free(folder->fragment_id);
	build_diagnostics_release(&folder->config);
	*folder = (struct build_folder){ 0 };
}

/* No branch has a '~' in its name, as no ref has. */
static char *place_name(const struct branch *branch, int place)
{
	return place ? xasprintf("%s~%d", branch->name, place + 1) : xstrdup(branch->name);
}

char *build_folder_source(const struct workspace *workspace, const struct branch *branch, int place)
{
	OWNED_STR name = place_name(branch, place);

	return workspace_cached(workspace, "src/%s", name);
}

void build_folder_name(const struct workspace *workspace, const struct branch *branch, int place,
		       struct build_folder *folder)
{
	OWNED_STR where = place_name(branch, place);
	OWNED_STR base = NULL;
	STRBUF name = { 0 };

	for (size_t i = 0; i < branch->configs.count; i++)
		strbuf_addf(&name, "%s%s", i ? "+" : "", branch->configs.items[i]);
	base = workspace_cached(workspace, "obj/%s/%s-%s", where, strbuf_str(&name),
				branch->arch.name);
	*folder = (struct build_folder){ .path = xstrdup(base),
					 .record = xasprintf("%s.json", base),
					 .fragment = xasprintf("%s.fragment", base),
					 .log = xasprintf("%s.log", base),
					 .parcel = xasprintf("%s.parcel", base),
					 .tree = xstrdup(""),
					 .fragment_id = xstrdup("") };
}

static bool is_newer(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

/* NAME without its last ".x", as far as it has one. */
static size_t stem_length(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot > name ? (size_t)(dot - name) : 0;
}

/*
 * One command may make several files (bison: x.tab.c and x.tab.h), of which make looks at
 * one: when that is there, it takes the others for made. Files that differ in the last ".x"
 * alone are therefore looked at and removed together; whatever is in the folder of make's
 * can be made again.
 */
struct family {
	char *folder;
	char *stem; /* "x.tab.", or the whole name where there is no dot */
	struct strvec names;
};

static void release_family(struct family *family)
{
	free(family->folder);
	free(family->stem);
	strvec_release(&family->names);
}

static bool is_member(const struct family *family, const char *name)
{
	return starts_with(name, family->stem) &&
	       (ends_with(family->stem, ".") || str_equal(name, family->stem));
}

/* Whether a command of the family ended when this file was there as it is. */
static bool is_complete(const struct family *family, const struct stat *target)
{
	for (size_t i = 0; i < family->names.count; i++) {
		const char *name = family->names.items[i];
		OWNED_STR path = xasprintf("%s/%s", family->folder, name);
		struct stat info;

		if (*name == '.' && is_member(family, name + 1) && ends_with(name, ".cmd") &&
		    lstat(path, &info) == 0 && !is_newer(target, &info))
			return true;
	}
	return false;
}

static void remove_members(const struct family *family)
{
	for (size_t i = 0; i < family->names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", family->folder, family->names.items[i]);
		struct stat info;

		if (is_member(family, family->names.items[i]) && lstat(path, &info) == 0 &&
		    S_ISREG(info.st_mode))
			unlink(path);
	}
}

/*
 * Kbuild writes ".NAME.cmd" when NAME is complete, so a NAME that is newer than
 * its .cmd file is perhaps half-written, and make would take it for done.
 */
static ERR_CHECK remove_if_torn(const FTSENT *command)
{
	size_t length = command->fts_namelen - strlen(".") - strlen(".cmd");
	OWNED_STR name = xstrndup(command->fts_name + 1, length);
	size_t stem = stem_length(name);
	CLEANUP(release_family)
	struct family family = { .folder = file_dir_name(command->fts_path) };
	OWNED_STR target = xasprintf("%s/%s", family.folder, name);
	struct stat info;

	if (stat(target, &info) < 0 || !is_newer(&info, command->fts_statp))
		return NULL;
	family.stem = stem ? xstrndup(name, stem + 1) : xstrdup(name);
	TRY(file_list(family.folder, &family.names));
	if (!is_complete(&family, &info))
		remove_members(&family);
	return NULL;
}

static ERR_CHECK mend(const char *path)
{
	char *const roots[] = { (char *)(uintptr_t)path, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const struct err *err = NULL;
	const FTSENT *entry;

	if (!walk)
		return err_errno("cannot list '%s'", path);
	progress_detail("a make in '%s' was cut off: removing what it left half-written", path);
	while (!err && (entry = fts_read(walk)))
		if (entry->fts_info == FTS_F && entry->fts_name[0] == '.' &&
		    entry->fts_namelen > strlen("..cmd") && ends_with(entry->fts_name, ".cmd"))
			err = remove_if_torn(entry);
	fts_close(walk);
	return err;
}

static void read_record(const json_t *record, struct build_folder *folder)
{
	free(folder->tree);
	free(folder->fragment_id);
	folder->tree = xstrdup(store_get_string(record, "tree", ""));
	folder->fragment_id = xstrdup(store_get_string(record, "fragment", ""));
	folder->objects = (size_t)store_get_int(record, "objects", 0);
	folder->seconds = store_get_number(record, "seconds", 0);
	folder->again = store_get_number(record, "again", 0);
	folder->cpu = store_get_number(record, "cpu", 0);
	folder->again_cpu = store_get_number(record, "again_cpu", 0);
	build_diagnostics_from_json(json_object_get(record, "diagnostics"), &folder->config);
}

ERR_CHECK build_folder_begin(struct build_folder *folder, const struct build_key *key,
			     const char *source)
{
	OWNED_STR settled = xasprintf("%s/.config", folder->path);
	OWNED_JSON *record = NULL;

	TRY(store_read(folder->record, &record));
	if (record && (!str_equal(store_get_string(record, "frame", ""), key->frame) ||
		       !str_equal(store_get_string(record, "source", ""), source))) {
		progress_note("toolchain or recipe changed: '%s' is built from nothing",
			      folder->path);
		store_release_json(&record);
		record = NULL;
	}
	if (!record)
		TRY(file_remove(folder->path));
	else
		read_record(record, folder);
	TRY(file_mkdirs(folder->path));
	folder->empty = !file_exists(settled);
	if (record && store_get_bool(record, "busy", false))
		TRY(mend(folder->path));
	TRY(file_write(folder->fragment, strbuf_str(&key->fragment), key->fragment.len));
	return build_folder_save(folder, key, source, true);
}

ERR_CHECK build_folder_is_configured(const struct build_folder *folder, git_repository *repo,
				     const struct build_key *key, bool *configured)
{
	GIT_TREE known = NULL;
	git_oid tree;
	bool differs;

	*configured = false;
	if (folder->empty || !str_equal(folder->fragment_id, key->fragment_id) ||
	    git_oid_fromstr(&tree, folder->tree) < 0 || git_tree_lookup(&known, repo, &tree) < 0)
		return NULL;
	TRY(build_config_differs(repo, &tree, &key->tree, &differs));
	*configured = !differs;
	return NULL;
}

ERR_CHECK build_folder_save(const struct build_folder *folder, const struct build_key *key,
			    const char *source, bool busy)
{
	OWNED_JSON *record = json_object();

	store_set(record, "schema", json_integer(STORE_SCHEMA));
	store_set(record, "frame", store_text(key->frame));
	store_set(record, "source", store_text(source));
	store_set(record, "busy", json_boolean(busy));
	store_set(record, "tree", store_text(folder->tree));
	store_set(record, "fragment", store_text(folder->fragment_id));
	store_set(record, "objects", json_integer((json_int_t)folder->objects));
	store_set(record, "seconds", json_real(folder->seconds));
	store_set(record, "again", json_real(folder->again));
	store_set(record, "cpu", json_real(folder->cpu));
	store_set(record, "again_cpu", json_real(folder->again_cpu));
	store_set(record, "diagnostics", build_diagnostics_to_json(&folder->config));
	return store_write(folder->record, record);
}
