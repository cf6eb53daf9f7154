// SPDX-License-Identifier: GPL-2.0
/* mail_import.c - a posting becomes series/NAME, at once or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/config.h"
#include "core/file.h"
#include "mail_part.h"
#include "core/proc.h"
#include "record/target.h"

/* One import: where it works, what it found, what is there already. */
struct import {
	const struct workspace *workspace;
	const struct mail_request *request;
	struct mail_result *result;
	char *mails;  /* folder of the split mails or formatted commits */
	char *fresh;  /* folder that becomes series/NAME */
	char *target; /* series/NAME; NULL until the name is known */
	struct mail_series found;
	struct series old; /* the series as it is; old.name is NULL when there is none */
};

static void release_import(struct import *import)
{
	free(import->mails);
	free(import->fresh);
	free(import->target);
	mail_release_series(&import->found);
	series_release(&import->old);
}

static ERR_CHECK check_request(const struct workspace *workspace,
			       const struct mail_request *request)
{
	STRVEC branches = { 0 };

	if (request->name && !series_name_is_valid(request->name))
		return err_hint(err_input("'%s' is no name for a series", request->name),
				"letters, digits, '.', '_' and '-', at most %d of them",
				SERIES_NAME_MAX);
	if (!request->base)
		return NULL;
	TRY(target_branches(workspace, &branches));
	if (strvec_has(&branches, request->base))
		return NULL;
	return err_hint(err_input("no branch '%s'", request->base),
			"kernels/branches/ has the branches");
}

/* Opens what series/NAME holds now. */
static ERR_CHECK set_target(struct import *import, const char *name)
{
	OWNED_STR conf = workspace_path(import->workspace, "series/%s/series.conf", name);

	free(import->target);
	import->target = workspace_path(import->workspace, "series/%s", name);
	if (file_exists(conf))
		return series_open_folder(import->target, name, &import->old);
	if (file_exists(import->target))
		return err_hint(err_input("'%s' is in the way", import->target),
				"it has no series.conf; move it, or give another --name");
	return NULL;
}

static void keep_replies(const struct mail_box *box, struct mail_result *result)
{
	for (size_t i = 0; i < box->count; i++) {
		const struct mail *mail = &box->mails[i];

		if (mail->kind != MAIL_REPLY)
			continue;
		result->replies = xreallocarray(result->replies, result->reply_count + 1,
						sizeof(*result->replies));
		result->replies[result->reply_count++] = (struct mail_reply){
			.message_id = mail->message_id ? xstrdup(mail->message_id) : NULL,
			.author = xstrdup(mail->author),
			.subject = xstrdup(mail->subject),
		};
	}
}

/* The series that the request means, and what replies give to it. */
static ERR_CHECK choose(struct import *import, const struct mail_box *box,
			const struct mail_origin *origin)
{
	const struct mail_request *request = import->request;
	struct mail_result *result = import->result;
	const char *names[] = { request->name, import->old.title, NULL };
	const struct mail_wish wish = { .names = request->name ? names : NULL,
					.message_id = origin->message_id,
					.version = request->version };

	TRY(mail_choose_wish(box, &wish, &import->found));
	TRY(mail_find_trailers(box, import->found.posting, &result->trailers));
	import->found.posting = NULL; /* the box is gone behind this */
	result->asked_version = import->found.asked_version;
	keep_replies(box, result);
	result->mails = box->count;
	result->left_out = box->count - import->found.patches.count - (import->found.cover ? 1 : 0);
	return NULL;
}

static ERR_CHECK read_source(struct import *import)
{
	const struct mail_request *request = import->request;
	MAIL_ORIGIN origin = { 0 };
	MAIL_BOX box = { 0 };
	REPO repo = NULL;

	if (!mail_is_elsewhere(request) && mail_is_range(request->source)) {
		TRY(workspace_repo(import->workspace, &repo));
		return mail_from_commits(repo, request->source, import->mails, &import->found);
	}
	TRY(mail_open_source(import->workspace, request, import->mails, &box, &origin));
	TRY(choose(import, &box, &origin));
	import->result->origin = TAKE_PTR(origin.from);
	import->result->not_searched = TAKE_PTR(origin.not_searched);
	return NULL;
}

static ERR_CHECK read_mail(const char *path, struct strbuf *bytes, struct patch *patch)
{
	TRY(file_read(path, PATCH_MAIL_MAX, bytes));
	return patch_from_mail(strbuf_str(bytes), bytes->len, path, patch);
}

/* Whether two mails hold the same patch, however they were sent; `a` may have trailers of replies.
 */
static ERR_CHECK compare_mails(const char *path_a, const char *path_b, bool *same)
{
	CLEANUP(patch_release) struct patch a = { 0 };
	CLEANUP(patch_release) struct patch b = { 0 };
	STRBUF bytes_a = { 0 };
	STRBUF bytes_b = { 0 };

	TRY(read_mail(path_a, &bytes_a, &a));
	TRY(read_mail(path_b, &bytes_b, &b));
	*same = mail_only_adds_trailers(a.message, b.message) &&
		str_equal(a.author_name, b.author_name) &&
		str_equal(a.author_email, b.author_email) && a.diff.len == b.diff.len &&
		memcmp(strbuf_str(&a.diff), strbuf_str(&b.diff), a.diff.len) == 0;
	return NULL;
}

/* The first patch (from 1) that the series does not have like that; 0 when it has them all. */
static ERR_CHECK find_difference(const struct import *import, size_t *patch)
{
	const struct strvec *old = &import->old.files;
	const struct strvec *found = &import->found.patches;

	for (size_t i = 0; i < old->count || i < found->count; i++) {
		OWNED_STR path = NULL;
		bool same = false;

		if (i < old->count && i < found->count) {
			path = xasprintf("%s/%s", import->old.folder, old->items[i]);
			TRY(compare_mails(path, found->items[i], &same));
		}
		if (!same) {
			*patch = i + 1;
			return NULL;
		}
	}
	*patch = 0;
	return NULL;
}

static ERR_CHECK copy_mail(const struct import *import, const char *from, int number,
			   const char *subject)
{
	OWNED_STR name = number ? series_file_name(number, subject)
				: xstrdup("0000-cover-letter.patch");
	OWNED_STR to = xasprintf("%s/%s", import->fresh, name);
	STRBUF bytes = { 0 };

	TRY(file_read(from, PATCH_MAIL_MAX, &bytes));
	return file_write(to, strbuf_str(&bytes), bytes.len);
}

static ERR_CHECK write_patches(const struct import *import)
{
	const struct mail_series *found = &import->found;

	if (found->cover)
		TRY(copy_mail(import, found->cover, 0, NULL));
	for (size_t i = 0; i < found->patches.count; i++)
		TRY(copy_mail(import, found->patches.items[i], (int)i + 1,
			      found->subjects.items[i]));
	return NULL;
}

static ERR_CHECK write_conf(const struct import *import)
{
	const struct mail_series *found = &import->found;
	OWNED_STR path = xasprintf("%s/series.conf", import->fresh);
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
	return import->old.name ? NULL : config_write(path, "series.role", "fix");
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

/* Starts the fresh folder as a copy of the series whose patches stand in vN/. */
static ERR_CHECK retire_old_version(const struct import *import)
{
	OWNED_STR folder = xasprintf("%s/v%d", import->fresh, import->old.version);
	const char *argv[] = { "cp", "-aT", "--", import->target, import->fresh, NULL };

	TRY(proc_run_ok(&(struct proc_spec){ .argv = argv }, NULL));
	if (file_exists(folder))
		return err_hint(
			err_input("'%s/v%d' is there already", import->target, import->old.version),
			"series.conf says that version %d is the current one", import->old.version);
	TRY(file_mkdirs(folder));
	for (size_t i = 0; i < import->old.files.count; i++)
		TRY(retire_file(import, import->old.files.items[i]));
	return import->old.cover ? retire_file(import, import->old.cover) : NULL;
}

/* What was written must read back as a series before anybody else sees it. */
static ERR_CHECK read_back(const struct import *import)
{
	SERIES series = { 0 };

	TRY(series_open_folder(import->fresh, import->result->name, &series));
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

static ERR_CHECK write_series(const struct import *import)
{
	TRY(amend_found(import));
	if (import->old.name)
		TRY(retire_old_version(import));
	TRY(write_patches(import));
	TRY(write_conf(import));
	TRY(read_back(import));
	return put_in_place(import);
}

/* The same patches again: only the base may be new. */
static ERR_CHECK leave_unchanged(const struct import *import)
{
	OWNED_STR conf = xasprintf("%s/series.conf", import->target);
	const char *base = import->request->base;

	import->result->outcome = MAIL_UNCHANGED;
	if (!base || str_equal(base, import->old.base))
		return NULL;
	import->result->outcome = MAIL_UPDATED;
	return config_write(conf, "series.base", base);
}

/* The same patches again, with what replies have given since: amended in a copy of the folder. */
static ERR_CHECK amend_unchanged(const struct import *import)
{
	struct mail_result *result = import->result;
	bool take = import->request->trailers;
	const char *argv[] = { "cp", "-aT", "--", import->target, import->fresh, NULL };
	size_t taken = 0;

	TRY(leave_unchanged(import));
	TRY(proc_run_ok(&(struct proc_spec){ .argv = argv }, NULL));
	for (size_t i = 0; i < import->old.files.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", import->fresh, import->old.files.items[i]);
		size_t more;

		TRY(mail_amend(path, (int)i + 1, &result->trailers, take, &more));
		taken += more;
	}
	if (!taken)
		return NULL;
	result->outcome = MAIL_UPDATED;
	TRY(read_back(import));
	return put_in_place(import);
}

/* Decides what an import onto a series that is there already does. */
static ERR_CHECK update_series(struct import *import)
{
	struct mail_series *found = &import->found;
	int old_version = import->old.version;
	size_t difference;

	import->result->old_version = old_version;
	TRY(find_difference(import, &difference));
	if (!found->posted)
		found->version = difference ? old_version + 1 : old_version;
	import->result->version = found->version;
	if (!difference && found->version == old_version)
		return amend_unchanged(import);
	if (found->version < old_version)
		return err_input("series '%s' has version %d already; this is version %d",
				 import->old.name, old_version, found->version);
	if (found->version == old_version)
		return err_hint(err_input("series '%s' has a version %d already, with another "
					  "patch %zu",
					  import->old.name, old_version, difference),
				"give another --name");
	import->result->outcome = MAIL_UPDATED;
	return write_series(import);
}

static ERR_CHECK new_series(struct import *import)
{
	if (!import->found.version)
		import->found.version = 1;
	import->result->outcome = MAIL_IMPORTED;
	import->result->version = import->found.version;
	return write_series(import);
}

static ERR_CHECK run_import(struct import *import)
{
	const char *name = import->request->name;

	if (name)
		TRY(set_target(import, name));
	TRY(read_source(import));
	import->result->name = name ? xstrdup(name) : series_name_of(import->found.title);
	import->result->cover = import->found.cover != NULL;
	strvec_push_all(&import->result->subjects,
			(const char *const *)import->found.subjects.items);
	if (!name)
		TRY(set_target(import, import->result->name));
	return import->old.name ? update_series(import) : new_series(import);
}

ERR_CHECK mail_import(const struct workspace *workspace, const struct mail_request *request,
		      struct mail_result *result)
{
	CLEANUP(release_import)
	struct import import = { .workspace = workspace, .request = request, .result = result };
	OWNED_STR lock_path = workspace_state(workspace, "import.lock");
	OWNED_STR folder = workspace_state(workspace, "import");
	FILE_LOCK lock = FILE_LOCK_NONE;
	const struct err *err;

	*result = (struct mail_result){ 0 };
	TRY(check_request(workspace, request));
	TRY(file_lock(lock_path, "the import", true, &lock));
	TRY(file_remove(folder)); /* what an import left that was killed */
	import.mails = xasprintf("%s/mails", folder);
	import.fresh = xasprintf("%s/series", folder);
	TRY(file_mkdirs(import.mails));
	err = run_import(&import);
	err_free(file_remove(folder));
	return err;
}
