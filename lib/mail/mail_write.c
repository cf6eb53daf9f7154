// SPDX-License-Identifier: GPL-2.0
/* mail_write.c - the folder that becomes series/NAME. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/config.h"
#include "core/file.h"
#include "core/proc.h"
#include "mail_write.h"

static ERR_CHECK copy_mail(const char *folder, const char *from, int number, const char *subject)
{
	OWNED_STR name = number ? series_file_name(number, subject)
				: xstrdup("0000-cover-letter.patch");
	OWNED_STR to = xasprintf("%s/%s", folder, name);
	STRBUF bytes = { 0 };

	TRY(file_read(from, PATCH_MAIL_MAX, &bytes));
	return file_write(to, strbuf_str(&bytes), bytes.len);
}

static ERR_CHECK write_patches(const struct mail_series *found, const char *folder)
{
	if (found->cover)
		TRY(copy_mail(folder, found->cover, 0, NULL));
	for (size_t i = 0; i < found->patches.count; i++)
		TRY(copy_mail(folder, found->patches.items[i], (int)i + 1,
			      found->subjects.items[i]));
	return NULL;
}

/* What the old version's mail said of prerequisites goes, what people wrote stays. */
static ERR_CHECK keep_prerequisites(const struct import *import, struct strvec *kept)
{
	const struct series *old = &import->old;
	const char *first = old->cover ? old->cover : old->files.items[0];
	OWNED_STR path = xasprintf("%s/%s", old->folder, first);
	MAIL_NEEDS needs = { 0 };

	TRY(mail_read_needs(path, &needs));
	for (size_t i = 0; i < old->prerequisites.count; i++)
		if (!strvec_has(&needs.references, old->prerequisites.items[i]))
			strvec_push(kept, old->prerequisites.items[i]);
	return NULL;
}

static ERR_CHECK write_one(const char *path, const char *key, const char *value)
{
	STRVEC values = { 0 };

	if (value)
		strvec_push(&values, value);
	return config_write_all(path, key, &values);
}

static ERR_CHECK write_needs(const struct import *import, const char *path, bool update)
{
	const struct mail_needs *needs = &import->needs;
	STRVEC prerequisites = { 0 };

	if (update)
		TRY(keep_prerequisites(import, &prerequisites));
	for (size_t i = 0; i < needs->references.count; i++)
		if (!strvec_has(&prerequisites, needs->references.items[i]))
			strvec_push(&prerequisites, needs->references.items[i]);
	TRY(write_one(path, "series.base-commit", needs->base_commit));
	TRY(write_one(path, "series.change-id", needs->change_id));
	TRY(config_write_all(path, "series.prerequisite-patch-id", &needs->patch_ids));
	return config_write_all(path, "series.prerequisite", &prerequisites);
}

/* Writes or edits the series.conf of a folder that has the version that was found. */
static ERR_CHECK write_conf(const struct import *import, const char *folder, bool update)
{
	const struct mail_series *found = &import->found;
	OWNED_STR path = xasprintf("%s/series.conf", folder);
	OWNED_STR version = xasprintf("%d", found->version);
	STRBUF title = { 0 };

	strbuf_add_printable(&title, found->title, strlen(found->title));
	strbuf_trim(&title);
	TRY(config_write(path, "series.title", title.len ? title.buf : import->result->name));
	TRY(config_write(path, "series.version", version));
	TRY(config_write(path, "series.status", found->posted ? "posted" : "local"));
	if (found->message_id)
		TRY(config_write(path, "series.based-on", found->message_id));
	if (import->request->base)
		TRY(config_write(path, "series.base", import->request->base));
	TRY(write_needs(import, path, update));
	return update ? NULL : config_write(path, "series.role", "fix");
}

static ERR_CHECK copy_folder(const char *from, const char *to)
{
	const char *argv[] = { "cp", "-aT", "--", from, to, NULL };

	return proc_run_ok(&(struct proc_spec){ .argv = argv }, NULL);
}

/* Moves one file of the fresh folder into its vN/. */
static ERR_CHECK retire_file(const struct import *import, const char *file)
{
	OWNED_STR from = xasprintf("%s/%s", import->fresh, file);
	OWNED_STR to = xasprintf("%s/v%d/%s", import->fresh, import->old.version, file);

	if (rename(from, to) < 0)
		return err_errno("cannot rename '%s' to '%s'", from, to);
	return NULL;
}

/* Copies series.conf or ports/ into vN/; neither has to be there. */
static ERR_CHECK retire_copy(const struct import *import, const char *name)
{
	OWNED_STR from = xasprintf("%s/%s", import->target, name);
	OWNED_STR to = xasprintf("%s/v%d/%s", import->fresh, import->old.version, name);

	return file_exists(from) ? copy_folder(from, to) : NULL;
}

/* Starts the fresh folder as a copy of the series whose current version stands in vN/. */
static ERR_CHECK retire_old_version(const struct import *import)
{
	OWNED_STR folder = xasprintf("%s/v%d", import->fresh, import->old.version);

	TRY(copy_folder(import->target, import->fresh));
	if (file_exists(folder))
		return err_hint(
			err_input("'%s/v%d' is there already", import->target, import->old.version),
			"series.conf says that version %d is the current one; move the folder away",
			import->old.version);
	TRY(file_mkdirs(folder));
	TRY(retire_copy(import, "series.conf"));
	TRY(retire_copy(import, "ports"));
	for (size_t i = 0; i < import->old.files.count; i++)
		TRY(retire_file(import, import->old.files.items[i]));
	return import->old.cover ? retire_file(import, import->old.cover) : NULL;
}

/* What was written must read back as a series before anybody else sees it. */
static ERR_CHECK read_back(const struct import *import, const char *folder)
{
	SERIES series = { 0 };

	TRY(series_open_folder(folder, import->result->name, &series));
	return series_read_patches(&series);
}

static ERR_CHECK put_in_place(const struct import *import)
{
	OWNED_STR parent = file_dir_name(import->target);
	unsigned int flags = import->old.name ? RENAME_EXCHANGE : RENAME_NOREPLACE;

	TRY(file_mkdirs(parent));
	if (renameat2(AT_FDCWD, import->fresh, AT_FDCWD, import->target, flags) < 0)
		return err_errno("cannot rename '%s' to '%s'", import->fresh, import->target);
	return NULL;
}

/* What replies give goes into the mails before they are written; else it is only offered. */
static ERR_CHECK amend_found(const struct import *import)
{
	const struct strvec *patches = &import->found.patches;
	size_t taken;

	for (size_t i = 0; i < patches->count; i++)
		TRY(mail_amend(patches->items[i], (int)i + 1, &import->result->trailers,
			       import->request->trailers, &taken));
	return NULL;
}

ERR_CHECK mail_write_amended(struct import *import, size_t *taken)
{
	*taken = 0;
	TRY(copy_folder(import->target, import->fresh));
	for (size_t i = 0; i < import->old.files.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", import->fresh, import->old.files.items[i]);
		size_t more;

		TRY(mail_amend(path, (int)i + 1, &import->result->trailers,
			       import->request->trailers, &more));
		*taken += more;
	}
	if (!*taken)
		return NULL;
	TRY(read_back(import, import->fresh));
	return put_in_place(import);
}

ERR_CHECK mail_write_series(struct import *import)
{
	bool update = import->old.name != NULL;

	TRY(amend_found(import));
	if (update)
		TRY(retire_old_version(import));
	TRY(write_patches(&import->found, import->fresh));
	if (update)
		TRY(mail_carry_ports(import));
	TRY(write_conf(import, import->fresh, update));
	TRY(read_back(import, import->fresh));
	return put_in_place(import);
}

ERR_CHECK mail_write_older(struct import *import)
{
	OWNED_STR folder = xasprintf("%s/v%d", import->fresh, import->found.version);

	TRY(amend_found(import));
	TRY(copy_folder(import->target, import->fresh));
	TRY(file_mkdirs(folder));
	TRY(write_patches(&import->found, folder));
	TRY(write_conf(import, folder, false));
	TRY(read_back(import, folder));
	return put_in_place(import);
}
