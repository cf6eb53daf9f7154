// SPDX-License-Identifier: GPL-2.0
/* series_version.c - the versions of a series: the current one, and those kept in vN/. */
#include "core/file.h"
#include "series_conf.h"

/* The N of "vN", as farrier writes it; 0 when it is none. */
static int version_of(const char *name)
{
	char *end;
	long version;

	if (*name != 'v' || name[1] < '1' || name[1] > '9')
		return 0;
	version = strtol(name + 1, &end, 10);
	return *end || version > SERIES_VERSION_MAX ? 0 : (int)version;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

ERR_CHECK series_versions(const struct series *series, int **versions, size_t *count)
{
	STRVEC names = { 0 };
	int *list;

	TRY(file_list(series->folder, &names));
	list = xcalloc(names.count + 1, sizeof(*list));
	*count = 0;
	list[(*count)++] = series->version;
	for (size_t i = 0; i < names.count; i++) {
		int version = version_of(names.items[i]);

		if (version && version != series->version)
			list[(*count)++] = version;
	}
	qsort(list, *count, sizeof(*list), compare);
	*versions = list;
	return NULL;
}

static ERR_CHECK no_version(const struct series *series, int version)
{
	CLEANUP(free_ptr) int *versions = NULL;
	const struct err *err = err_input("series '%s' has no version %d here", series->name,
					  version);
	STRBUF list = { 0 };
	size_t count;

	TRY(series_versions(series, &versions, &count));
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&list, "%s%d", i ? ", " : "", versions[i]);
	return err_hint(err,
			"there is %s; 'farrier import --name %s' takes the mails of an earlier one",
			strbuf_str(&list), series->name);
}

/* What an old version without a series.conf of its own is: what the series is, but for its mails.
 */
static ERR_CHECK open_bare(const struct series *series, struct series *opened)
{
	opened->title = xstrdup(series->title);
	opened->base = xstrdup(series->base);
	opened->status = xstrdup(series->status);
	opened->role = xstrdup(series->role);
	opened->cmdline = xstrdup(series->cmdline);
	opened->based_on = xstrdup("");
	opened->base_commit = xstrdup("");
	opened->change_id = xstrdup("");
	return series_find_files(opened);
}

ERR_CHECK series_open_version(const struct series *series, int version, struct series *opened)
{
	OWNED_STR folder = xasprintf("%s/v%d", series->folder, version);
	OWNED_STR conf = xasprintf("%s/series.conf", folder);

	*opened = (struct series){ 0 };
	if (version == series->version)
		return series_open_folder(series->folder, series->name, opened);
	if (!file_is_dir(folder))
		return no_version(series, version);
	if (file_exists(conf)) {
		TRY(series_open_folder(folder, series->name, opened));
	} else {
		opened->name = xstrdup(series->name);
		opened->folder = TAKE_PTR(folder);
		TRY(open_bare(series, opened));
	}
	opened->version = version;
	return NULL;
}
