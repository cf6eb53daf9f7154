// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "export_folder.h"
#include "export_internal.h"
#include "export_mails.h"
#include "export_newer.h"
#include "export_record.h"

void export_release(struct export_result *result)
{
	for (size_t i = 0; i < result->patch_count; i++) {
		struct export_patch *patch = &result->patches[i];

		free(patch->series);
		free(patch->subject);
		free(patch->upstream);
		free(patch->source);
		free(patch->reason);
		free(patch->hint);
		free(patch->file);
	}
	for (size_t i = 0; i < result->newer_count; i++) {
		free(result->newer[i].branch);
		free(result->newer[i].stable);
		free(result->newer[i].detail);
	}
	free(result->patches);
	free(result->newer);
	free(result->series);
	free(result->branch);
	free(result->kernel);
	free(result->base);
	strvec_release(&result->files);
	strvec_release(&result->warnings);
	strvec_release(&result->notes);
	strbuf_release(&result->mbox);
	*result = (struct export_result){ 0 };
}

static void release_job(struct export_job *job)
{
	for (size_t i = 0; i < job->item_count; i++) {
		free(job->items[i].recorded);
		free(job->items[i].mainline);
		free(job->items[i].message);
	}
	free(job->items);
	repo_release_person(&job->sender);
	export_upstream_release(&job->upstream);
	stack_release(&job->stack);
	stack_layers_release(&job->layers);
	target_release_branch(&job->branch);
}

static ERR_CHECK check_branch(const struct export_job *job)
{
	if (job->request->local || *job->branch.stable)
		return NULL;
	return err_hint(err_input("branch '%s' is no stable branch: its file names no 'stable'",
				  job->branch.name),
			"add 'stable = X.Y.y' to kernels/branches/%s.conf; --local exports plain "
			"mails",
			job->branch.name);
}

static ERR_CHECK start(struct export_job *job)
{
	const struct export_request *request = job->request;
	struct export_result *result = job->result;

	TRY(target_read_branch(request->workspace, request->branch, &job->branch));
	TRY(stack_layers_add(request->workspace, request->series, &job->layers));
	TRY(check_branch(job));
	TRY(repo_committer(request->repo, &job->sender));
	TRY(export_upstream_open(request->workspace, request->repo, &job->upstream));
	TRY(stack_carry(request->repo, &job->branch, &job->layers, &job->stack));
	result->series = xstrdup(request->series);
	result->branch = xstrdup(request->branch);
	result->local = request->local;
	result->base = xstrdup(git_oid_tostr_s(&job->stack.base));
	return repo_kernel_version(request->repo, &job->stack.base, &result->kernel);
}

/* A snapshot is no upstream commit: the mails name its version, if they name a base at all. */
static ERR_CHECK choose_base(struct export_job *job, struct export_mails *mails, char **note)
{
	struct export_result *result = job->result;
	GIT_COMMIT base = NULL;
	OWNED_STR origin = NULL;

	*note = NULL;
	TRY(repo_commit(job->request->repo, &job->stack.base, &base));
	origin = repo_trailer(base, REPO_SNAPSHOT_TRAILER);
	mails->upstream_base = !origin;
	if (!origin)
		return NULL;
	*note = xasprintf("base: %s", *result->kernel ? result->kernel : origin);
	strvec_pushf(&result->notes,
		     "no base-commit: %s is a snapshot of '%s', whose id means nothing to others; "
		     "the mails say '%s'",
		     job->branch.name, origin, *note);
	return NULL;
}

static char *make_prefix(const struct export_job *job)
{
	int version = job->request->version;
	STRBUF prefix = { 0 };

	if (!version)
		version = job->request->local ? export_series(job)->version : 1;
	strbuf_adds(&prefix, "PATCH");
	if (*job->branch.stable)
		strbuf_addf(&prefix, " %s", job->branch.stable);
	if (version > 1)
		strbuf_addf(&prefix, " v%d", version);
	return strbuf_detach(&prefix);
}

static ERR_CHECK check_mail(struct export_job *job, const char *path, struct export_item *item)
{
	bool carriage_returns;

	TRY(export_mails_check(job->request->repo, path, &item->commit, &carriage_returns));
	if (carriage_returns)
		strvec_pushf(&job->result->warnings,
			     "'%s' has lines that end in CR LF: git send-email protects them, but "
			     "git am needs --keep-cr for the file",
			     file_base_name(path));
	return NULL;
}

/* Reads every mail back, and gathers them. */
static ERR_CHECK take_mails(struct export_job *job, const char *folder)
{
	struct export_result *result = job->result;
	size_t covers = result->files.count - job->item_count;

	for (size_t i = 0; i < result->files.count; i++) {
		OWNED_STR path = xasprintf("%s/mails/%s", folder, result->files.items[i]);
		struct export_item *item = i < covers ? NULL : &job->items[i - covers];

		if (item) {
			TRY(check_mail(job, path, item));
			result->patches[item->record].file = xstrdup(result->files.items[i]);
		}
		TRY(file_read(path, PATCH_MAIL_MAX, &result->mbox));
	}
	return NULL;
}

/* The mails in a folder of farrier's own; git gives a patch that changes nothing no mail. */
static ERR_CHECK make_mails(struct export_job *job, const char *folder)
{
	CLEANUP(export_cover_release) struct export_cover cover = { 0 };
	const struct export_request *request = job->request;
	OWNED_STR prefix = make_prefix(job);
	OWNED_STR note = NULL;
	struct export_mails mails = { .repo = request->repo,
				      .base = job->stack.base,
				      .from = job->from,
				      .to = job->to,
				      .prefix = prefix,
				      .sender = &job->sender,
				      .mail_to = request->to,
				      .mail_cc = request->cc,
				      .cover = &cover,
				      .folder = folder };
	size_t expected;

	TRY(export_cover_read(export_series(job), &cover));
	TRY(choose_base(job, &mails, &note));
	mails.note = note;
	TRY(export_mails_write(&mails, &job->result->files));
	expected = job->item_count + (cover.subject != NULL);
	if (job->result->files.count != expected)
		return err_env("git format-patch made %zu mails of %zu", job->result->files.count,
			       expected);
	return take_mails(job, folder);
}

static ERR_CHECK write_out(struct export_job *job)
{
	const struct export_request *request = job->request;
	OWNED_STR lock_path = workspace_state(request->workspace, "export.lock");
	OWNED_STR folder = workspace_state(request->workspace, "export");
	OWNED_STR mails = xasprintf("%s/mails", folder);
	FILE_LOCK lock = FILE_LOCK_NONE;
	const struct err *err;

	TRY(file_lock(lock_path, "the export", true, &lock));
	TRY(file_remove(folder)); /* of an export that was killed */
	err = make_mails(job, folder);
	if (!err && request->folder)
		err = export_folder_place(mails, &job->result->files, request->folder,
					  request->force);
	if (!err)
		err = export_record_write(request->workspace, export_series(job), job->result,
					  request->folder);
	err_free(file_remove(folder));
	return err;
}

static ERR_CHECK run(struct export_job *job)
{
	const struct export_request *request = job->request;

	if (request->folder)
		TRY(export_folder_check(request->folder, request->force));
	TRY(start(job));
	TRY(export_choose(job));
	TRY(export_write_messages(job));
	if (job->result->refused)
		return NULL;
	if (!request->local)
		TRY(export_newer(request, &job->layers, &job->branch, job->in_mainline,
				 job->result));
	if (!job->item_count)
		return NULL;
	TRY(export_write_commits(job));
	return write_out(job);
}

ERR_CHECK export_run(const struct export_request *request, struct export_result *result)
{
	CLEANUP(release_job) struct export_job job = { .request = request, .result = result };

	*result = (struct export_result){ 0 };
	return run(&job);
}
