// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "core/file.h"
#include "export_folder.h"

static bool is_mail(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits >= 4 && name[digits] == '-' && ends_with(name, ".patch");
}

ERR_CHECK export_folder_check(const char *folder, bool force)
{
	STRVEC names = { 0 };

	if (!file_exists(folder))
		return NULL;
	if (!file_is_dir(folder))
		return err_hint(err_input("'%s' is no folder", folder), "give another one with -o");
	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		if (force && is_mail(names.items[i]))
			continue;
		return err_hint(err_input("'%s' is not empty: it holds '%s'%s", folder,
					  names.items[i], force ? ", which is no mail" : ""),
				force ? "give another folder with -o; -f replaces earlier mails "
					"and nothing else"
				      : "-f replaces earlier mails, -o names another folder");
	}
	return NULL;
}

/* The folder as an absolute path, so that "." has a name and a parent. */
static ERR_CHECK real_target(const char *folder, char **target)
{
	OWNED_STR parent = NULL;
	OWNED_STR real = NULL;

	if (file_exists(folder)) {
		*target = realpath(folder, NULL);
		return *target ? NULL : err_errno("cannot find '%s'", folder);
	}
	parent = file_dir_name(folder);
	TRY(file_mkdirs(parent));
	real = realpath(parent, NULL);
	if (!real)
		return err_errno("cannot find '%s'", parent);
	*target = xasprintf("%s/%s", real, file_base_name(folder));
	return NULL;
}

static ERR_CHECK swap(const char *fresh, const char *target)
{
	if (!file_exists(target))
		return rename(fresh, target) < 0 ? err_errno("cannot make '%s'", target) : NULL;
	if (renameat2(AT_FDCWD, fresh, AT_FDCWD, target, RENAME_EXCHANGE) < 0)
		return err_errno("cannot replace '%s'", target);
	/* what was there: nothing, or earlier mails */
	return file_remove(fresh);
}

ERR_CHECK export_folder_place(const char *from, const struct strvec *names, const char *folder,
			      bool force)
{
	OWNED_STR target = NULL;
	OWNED_STR parent = NULL;
	OWNED_STR fresh = NULL;
	STRBUF trimmed = { 0 };

	strbuf_adds(&trimmed, folder);
	while (trimmed.len > 1 && trimmed.buf[trimmed.len - 1] == '/')
		strbuf_setlen(&trimmed, trimmed.len - 1);
	TRY(export_folder_check(trimmed.buf, force));
	TRY(real_target(trimmed.buf, &target));
	parent = file_dir_name(target);
	fresh = xasprintf("%s/.%s.farrier", parent, file_base_name(target));
	TRY(file_remove(fresh)); /* of an export that was killed */
	TRY(file_mkdirs(fresh));
	for (size_t i = 0; i < names->count; i++) {
		OWNED_STR file = xasprintf("%s/%s", from, names->items[i]);
		OWNED_STR to = xasprintf("%s/%s", fresh, names->items[i]);
		STRBUF mail = { 0 };

		TRY(file_read(file, PATCH_MAIL_MAX, &mail));
		TRY(file_write(to, strbuf_str(&mail), mail.len));
	}
	return swap(fresh, target);
}
