// SPDX-License-Identifier: GPL-2.0
/* mail_import.c - a posting becomes series/NAME, at once or not at all. */
#include "core/config.h"
#include "core/file.h"
#include "mail_write.h"
#include "record/target.h"

static void release_import(struct import *import)
{
	free(import->mails);
	free(import->fresh);
	free(import->target);
	mail_release_series(&import->found);
	mail_release_needs(&import->needs);
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

/* The first patch (from 1) that a version does not have like that; 0 when it has them all. */
static ERR_CHECK find_difference(const struct import *import, const struct series *version,
				 size_t *patch)
{
	const struct strvec *old = &version->files;
	const struct strvec *found = &import->found.patches;

	for (size_t i = 0; i < old->count || i < found->count; i++) {
		OWNED_STR path = NULL;
		bool same = false;

		if (i < old->count && i < found->count) {
			path = xasprintf("%s/%s", version->folder, old->items[i]);
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

/* The same patches again, with what replies have given since. */
static ERR_CHECK amend_unchanged(struct import *import)
{
	size_t taken;

	TRY(leave_unchanged(import));
	TRY(mail_write_amended(import, &taken));
	if (taken)
		import->result->outcome = MAIL_UPDATED;
	return NULL;
}

static ERR_CHECK other_patches(const struct import *import, size_t difference)
{
	return err_hint(err_input("series '%s' has a version %d already, with another patch %zu",
				  import->old.name, import->found.version, difference),
			"give another --name");
}

/* A version older than the current one is kept beside it, to compare with. */
static ERR_CHECK keep_older(struct import *import)
{
	OWNED_STR folder = xasprintf("%s/v%d", import->target, import->found.version);
	SERIES kept = { 0 };
	size_t difference;

	import->result->outcome = MAIL_KEPT;
	if (!file_exists(folder))
		return mail_write_older(import);
	TRY(series_open_version(&import->old, import->found.version, &kept));
	TRY(find_difference(import, &kept, &difference));
	if (difference)
		return other_patches(import, difference);
	import->result->outcome = MAIL_UNCHANGED;
	return NULL;
}

/* Decides what an import onto a series that is there already does. */
static ERR_CHECK update_series(struct import *import)
{
	struct mail_series *found = &import->found;
	int old_version = import->old.version;
	size_t difference;

	import->result->old_version = old_version;
	TRY(find_difference(import, &import->old, &difference));
	if (!found->posted)
		found->version = difference ? old_version + 1 : old_version;
	import->result->version = found->version;
	if (!difference && found->version == old_version)
		return amend_unchanged(import);
	if (found->version < old_version)
		return keep_older(import);
	if (found->version == old_version)
		return other_patches(import, difference);
	import->result->outcome = MAIL_UPDATED;
	return mail_write_series(import);
}

static ERR_CHECK new_series(struct import *import)
{
	if (!import->found.version)
		import->found.version = 1;
	import->result->outcome = MAIL_IMPORTED;
	import->result->version = import->found.version;
	return mail_write_series(import);
}

static const char *first_mail(const struct mail_series *found)
{
	return found->cover ? found->cover : found->patches.items[0];
}

static ERR_CHECK run_import(struct import *import)
{
	const char *name = import->request->name;

	if (name)
		TRY(set_target(import, name));
	TRY(read_source(import));
	TRY(mail_read_needs(first_mail(&import->found), &import->needs));
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
