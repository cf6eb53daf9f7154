// SPDX-License-Identifier: GPL-2.0
#include <sys/stat.h>
#include <time.h>

#include "core/file.h"
#include "lab_job.h"
#include "lab_strays.h"

#define KEPT_SECONDS (24 * 3600)

ERR_CHECK lab_strays_note(const char *folder, const char *tag)
{
	OWNED_STR path = xasprintf("%s/%s", folder, tag);

	if (!file_safe_name(tag) || !starts_with(tag, "farrier-"))
		return err_input("'%s' is no tag", tag);
	if (file_exists(path))
		return NULL;
	TRY(file_mkdirs(folder));
	return file_write(path, "", 0);
}

static bool is_old(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && time(NULL) - info.st_mtime > KEPT_SECONDS;
}

ERR_CHECK lab_strays_cancel(struct lab *lab, const char *folder, double seconds)
{
	double until = loop_now() + seconds;
	STRVEC tags = { 0 };

	if (!file_is_dir(folder))
		return NULL;
	TRY(file_list(folder, &tags));
	for (size_t i = 0; i < tags.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, tags.items[i]);

		if (!starts_with(tags.items[i], "farrier-"))
			continue;
		if (loop_now() >= until)
			return err_env("%zu tags were not looked for in time", tags.count - i);
		TRY(lab_cancel_tag(lab, tags.items[i], until - loop_now()));
		if (is_old(path))
			TRY(file_remove(path));
	}
	return NULL;
}
