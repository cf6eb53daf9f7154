// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "identity.h"
#include "series_conf.h"

#define NUMBER_DIGITS 4

void series_release(struct series *series)
{
	free(series->name);
	free(series->folder);
	free(series->title);
	free(series->base);
	free(series->status);
	free(series->role);
	free(series->based_on);
	free(series->base_commit);
	free(series->change_id);
	free(series->cmdline);
	free(series->cover);
	for (size_t i = 0; i < series->counter_count; i++) {
		free(series->counters[i].name);
		free(series->counters[i].row);
	}
	free(series->counters);
	for (size_t i = 0; i < series->skip_count; i++) {
		free(series->skips[i].branch);
		free(series->skips[i].reason);
	}
	free(series->skips);
	for (size_t i = 0; i < series->upstream_count; i++)
		free(series->upstreams[i].commit);
	free(series->upstreams);
	strvec_release(&series->archs);
	strvec_release(&series->prerequisites);
	strvec_release(&series->patch_ids);
	strvec_release(&series->files);
	for (size_t i = 0; i < series->patch_count; i++)
		patch_release(&series->patches[i]);
	free(series->patches);
	*series = (struct series){ 0 };
}

static bool has_conf(const struct workspace *workspace, const char *name)
{
	OWNED_STR conf = workspace_path(workspace, "series/%s/series.conf", name);

	return file_exists(conf);
}

ERR_CHECK series_list(const struct workspace *workspace, struct strvec *names)
{
	OWNED_STR folder = workspace_path(workspace, "series");
	STRVEC entries = { 0 };

	TRY(file_list(folder, &entries));
	for (size_t i = 0; i < entries.count; i++)
		if (*entries.items[i] != '.' && has_conf(workspace, entries.items[i]))
			strvec_push(names, entries.items[i]);
	return NULL;
}

static ERR_CHECK no_series(const struct workspace *workspace, const char *name)
{
	STRVEC names = { 0 };
	STRBUF list = { 0 };

	TRY(series_list(workspace, &names));
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", names.items[i]);
	if (!names.count)
		return err_hint(err_input("no series '%s'", name),
				"there is none yet: 'farrier import' makes one");
	return err_hint(err_input("no series '%s'", name), "there are: %s", strbuf_str(&list));
}

/* The number that a file name NNNN-*.patch starts with, or -1 when it is no such name. */
static int file_number(const char *name)
{
	char *end;
	long number;

	if (!ends_with(name, ".patch") || strspn(name, "0123456789") < NUMBER_DIGITS)
		return -1;
	number = strtol(name, &end, 10);
	return *end == '-' && number <= 99999 ? (int)number : -1;
}

static ERR_CHECK add_file(struct series *series, const char *name)
{
	int number = file_number(name);
	int expected = (int)series->files.count + 1;

	if (number == 0) {
		free(series->cover);
		series->cover = xstrdup(name);
		return NULL;
	}
	if (number < 0)
		return err_hint(err_input("'%s/%s' has no number", series->folder, name),
				"patches are called NNNN-subject.patch, as git format-patch does");
	if (number == expected - 1)
		return err_input("series '%s' has two patches %d: '%s' and '%s'", series->name,
				 number, series->files.items[number - 1], name);
	if (number != expected)
		return err_input("series '%s' has no patch %d, but a patch %d", series->name,
				 expected, number);
	strvec_push(&series->files, name);
	return NULL;
}

ERR_CHECK series_find_files(struct series *series)
{
	STRVEC names = { 0 };

	TRY(file_list(series->folder, &names));
	for (size_t i = 0; i < names.count; i++)
		if (ends_with(names.items[i], ".patch"))
			TRY(add_file(series, names.items[i]));
	if (!series->files.count)
		return err_input("series '%s' has no patch in '%s'", series->name, series->folder);
	return NULL;
}

ERR_CHECK series_open_folder(const char *folder, const char *name, struct series *series)
{
	OWNED_STR conf = xasprintf("%s/series.conf", folder);

	*series = (struct series){ .name = xstrdup(name), .folder = xstrdup(folder) };
	TRY(series_find_files(series));
	return series_read_conf(conf, series);
}

ERR_CHECK series_open(const struct workspace *workspace, const char *name, struct series *series)
{
	OWNED_STR folder = workspace_path(workspace, "series/%s", name);

	*series = (struct series){ 0 };
	if (!series_name_is_valid(name) || !has_conf(workspace, name))
		return no_series(workspace, name);
	return series_open_folder(folder, name, series);
}

static ERR_CHECK read_patch(const char *path, int number, struct patch *patch)
{
	OWNED_STR cache = NULL;
	OWNED_STR kept = NULL;
	STRBUF mail = { 0 };

	TRY(workspace_cache(&cache));
	kept = xasprintf("%s/mails", cache);
	TRY(file_read(path, PATCH_MAIL_MAX, &mail));
	TRY(patch_from_kept_mail(strbuf_str(&mail), mail.len, path, kept, patch));
	patch->number = number;
	if (!patch->diff.len)
		return err_input("'%s' has no diff", path);
	return NULL;
}

ERR_CHECK series_read_patches(struct series *series)
{
	series->patches = xcalloc(series->files.count, sizeof(*series->patches));
	series->patch_count = series->files.count;
	for (size_t i = 0; i < series->patch_count; i++) {
		OWNED_STR path = xasprintf("%s/%s", series->folder, series->files.items[i]);

		TRY(read_patch(path, (int)i + 1, &series->patches[i]));
	}
	return NULL;
}

ERR_CHECK series_read(const struct workspace *workspace, const char *name, struct series *series)
{
	TRY(series_open(workspace, name, series));
	return series_read_patches(series);
}

bool series_is_for(const struct series *series, const char *arch)
{
	return !series->archs.count || strvec_has(&series->archs, arch);
}

const char *series_skip_reason(const struct series *series, const char *branch, int patch)
{
	for (size_t i = 0; i < series->skip_count; i++)
		if (series->skips[i].patch == patch && str_equal(series->skips[i].branch, branch))
			return series->skips[i].reason;
	return NULL;
}

const char *series_upstream(const struct series *series, int patch)
{
	for (size_t i = 0; i < series->upstream_count; i++)
		if (series->upstreams[i].patch == patch)
			return series->upstreams[i].commit;
	return NULL;
}

static ERR_CHECK find_recorded(const char *folder, int patch, char **file)
{
	STRVEC names = { 0 };

	*file = NULL;
	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		if (file_number(names.items[i]) != patch)
			continue;
		if (*file)
			return err_input("'%s' has two ports of patch %d: '%s' and '%s'", folder,
					 patch, *file, names.items[i]);
		*file = xstrdup(names.items[i]);
	}
	return NULL;
}

/* What cannot be read would never be found to be stale. */
static ERR_CHECK check_original(const struct series *series, const struct patch *recorded,
				const char *path)
{
	const char *said = recorded->original_id;
	char id[STORE_ID_SIZE] = "ID";

	if (!said ||
	    (strlen(said) == GIT_OID_HEXSZ && strspn(said, "0123456789abcdef") == GIT_OID_HEXSZ))
		return NULL;
	if ((size_t)recorded->number <= series->patch_count)
		TRY(identity_of_change(&series->patches[recorded->number - 1], id));
	return err_hint(err_input("'%s': farrier-original: '%s' is no change id of 40 hex digits",
				  path, said),
			"if it adapts patch %d as that is now, write 'farrier-original: %s'; else "
			"delete the line",
			recorded->number, id);
}

ERR_CHECK series_recorded_port(const struct series *series, const char *branch, int patch,
			       struct patch *recorded, bool *found)
{
	OWNED_STR folder = xasprintf("%s/ports/%s", series->folder ? series->folder : "", branch);
	OWNED_STR file = NULL;
	OWNED_STR path = NULL;

	*recorded = (struct patch){ 0 };
	*found = false;
	if (!series->folder || !file_safe_name(branch))
		return NULL;
	TRY(find_recorded(folder, patch, &file));
	if (!file)
		return NULL;
	path = xasprintf("%s/%s", folder, file);
	TRY(read_patch(path, patch, recorded));
	*found = true;
	return check_original(series, recorded, path);
}

bool series_is_signed_off(const struct patch *patch)
{
	git_message_trailer_array trailers = { 0 };
	bool signed_off = false;

	if (git_message_trailers(&trailers, patch->message) < 0)
		return false;
	for (size_t i = 0; i < trailers.count; i++)
		signed_off |= str_equal(trailers.trailers[i].key, "Signed-off-by");
	git_message_trailer_array_free(&trailers);
	return signed_off;
}
