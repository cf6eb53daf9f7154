// SPDX-License-Identifier: GPL-2.0
/* mail_inbox.c - the repositories of an inbox, read from their newest mail on. */
#include <stdio.h>

#include "base/interrupt.h"
#include "base/progress.h"
#include "core/file.h"
#include "core/http.h"
#include "core/proc.h"
#include "core/store.h"
#include "mail_inbox.h"

#define FETCHED_REF "refs/farrier/inbox"
#define EPOCH_MAX   1000
#define PATH_V1	    42 /* XX/ and 38 hex digits */

/* One reading of an inbox. */
struct reading {
	const struct workspace *workspace;
	const char *message_id;
	struct mail_index index;
	struct progress *step;
	bool found;
	size_t before; /* mails that were read behind the one that was found */
};

static void release_reading(struct reading *reading)
{
	mail_release_index(&reading->index);
	progress_drop(&reading->step);
}

static char *epoch_path(const char *inbox, int epoch)
{
	return xasprintf("%s/git/%d.git", inbox, epoch);
}

bool mail_inbox_is(const char *path)
{
	static const char *const marks[] = { "git/0.git", "objects", ".git" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		OWNED_STR mark = xasprintf("%s/%s", path, marks[i]);

		if (file_exists(mark))
			return true;
	}
	return false;
}

/* A mail that is too large to be read stands there as an empty one. */
static ERR_CHECK read_blob(git_odb *odb, const git_oid *blob, struct strbuf *text)
{
	git_odb_object *object = NULL;

	strbuf_reset(text);
	if (git_odb_read(&object, odb, blob) < 0)
		return repo_error("cannot read mail '%s' of the inbox", git_oid_tostr_s(blob));
	if (git_odb_object_size(object) <= PATCH_MAIL_MAX)
		strbuf_add(text, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return NULL;
}

static ERR_CHECK note_mail(struct reading *reading, git_odb *odb, const git_oid *blob)
{
	STRBUF text = { 0 };
	bool matches;

	TRY(read_blob(odb, blob, &text));
	mail_index_add(&reading->index, blob, strbuf_str(&text), text.len, reading->message_id,
		       &matches);
	reading->found |= matches;
	return NULL;
}

/* v1: the mails that a commit added are those that its parent does not have. */
struct added {
	struct reading *reading;
	git_odb *odb;
	const struct err *err;
};

static int on_added(const git_diff_delta *delta, float progress, void *data)
{
	struct added *added = data;

	(void)progress;
	if (delta->status == GIT_DELTA_DELETED)
		mail_index_delete(&added->reading->index, &delta->old_file.id);
	else if (strlen(delta->new_file.path) == PATH_V1 - 1)
		added->err = note_mail(added->reading, added->odb, &delta->new_file.id);
	return added->err ? -1 : 0;
}

static ERR_CHECK read_commit_v1(struct reading *reading, git_repository *repo, git_odb *odb,
				git_commit *commit, git_tree *tree)
{
	struct added added = { .reading = reading, .odb = odb };
	GIT_COMMIT parent = NULL;
	GIT_TREE old = NULL;
	GIT_DIFF diff = NULL;

	if (git_commit_parentcount(commit) &&
	    (git_commit_parent(&parent, commit, 0) < 0 || git_commit_tree(&old, parent) < 0))
		return repo_error("cannot read the inbox");
	if (git_diff_tree_to_tree(&diff, repo, old, tree, NULL) < 0)
		return repo_error("cannot read the inbox");
	if (git_diff_foreach(diff, on_added, NULL, NULL, NULL, &added) < 0 && !added.err)
		return repo_error("cannot read the inbox");
	return added.err;
}

static ERR_CHECK read_commit(struct reading *reading, git_repository *repo, git_odb *odb,
			     git_commit *commit)
{
	const git_tree_entry *mail, *deleted;
	GIT_TREE tree = NULL;

	if (git_commit_tree(&tree, commit) < 0)
		return repo_error("cannot read the inbox");
	mail = git_tree_entry_byname(tree, "m");
	deleted = git_tree_entry_byname(tree, "d");
	if (mail && git_tree_entry_type(mail) == GIT_OBJECT_BLOB)
		return note_mail(reading, odb, git_tree_entry_id(mail));
	if (deleted && git_tree_entry_type(deleted) == GIT_OBJECT_BLOB) {
		mail_index_delete(&reading->index, git_tree_entry_id(deleted));
		return NULL;
	}
	return read_commit_v1(reading, repo, odb, commit, tree);
}

static bool is_done(const struct reading *reading)
{
	return reading->before >= MAIL_INBOX_BEFORE || reading->index.count >= MAIL_INBOX_MAX;
}

/* Reads a repository's history, which has no merges, from its end on. */
static ERR_CHECK read_history(struct reading *reading, git_repository *repo, const git_oid *tip)
{
	GIT_COMMIT commit = NULL;
	GIT_ODB odb = NULL;

	TRY(repo_commit(repo, tip, &commit));
	if (git_repository_odb(&odb, repo) < 0)
		return repo_error("cannot read the inbox");
	while (commit && !is_done(reading)) {
		GIT_COMMIT parent = NULL;

		TRY(interrupt_check());
		reading->before += reading->found;
		TRY(read_commit(reading, repo, odb, commit));
		progress_update(reading->step, "%zu mail%s", reading->index.count,
				reading->index.count == 1 ? "" : "s");
		if (git_commit_parentcount(commit) && git_commit_parent(&parent, commit, 0) < 0)
			return repo_error("cannot read the inbox");
		git_commit_free(commit);
		commit = TAKE_PTR(parent);
	}
	return NULL;
}

static ERR_CHECK write_mail(git_repository *repo, const git_oid *blob, const char *path,
			    size_t *left)
{
	STRBUF text = { 0 };
	GIT_ODB odb = NULL;

	if (git_repository_odb(&odb, repo) < 0)
		return repo_error("cannot read the inbox");
	TRY(read_blob(odb, blob, &text));
	if (text.len > *left)
		return err_input("the thread is larger than the limit (mail.limit)");
	*left -= text.len;
	return file_write(path, strbuf_str(&text), text.len);
}

/* The repository that has a blob; NULL when none has it. */
static git_repository *holder_of(git_repository *const *repos, size_t count, const git_oid *blob)
{
	for (size_t i = 0; i < count; i++) {
		GIT_ODB odb = NULL;

		if (git_repository_odb(&odb, repos[i]) == 0 && git_odb_exists(odb, blob))
			return repos[i];
	}
	return NULL;
}

static ERR_CHECK write_thread(const struct reading *reading, git_repository *const *repos,
			      size_t repo_count, const char *folder)
{
	size_t left = (size_t)reading->workspace->mail_limit << 20;
	size_t count;
	CLEANUP(free_ptr)
	git_oid *blobs = mail_index_thread(&reading->index, reading->message_id, &count);

	if (count > MAIL_COUNT_MAX)
		return err_input("the thread has %zu mails; the limit is %d", count,
				 MAIL_COUNT_MAX);
	for (size_t i = 0; i < count; i++) {
		OWNED_STR path = xasprintf("%s/%06zu", folder, i);
		git_repository *repo = holder_of(repos, repo_count, &blobs[i]);

		if (repo)
			TRY(write_mail(repo, &blobs[i], path, &left));
	}
	return NULL;
}

/* The repositories of an inbox, the newest epoch first. */
struct inbox {
	git_repository *repos[EPOCH_MAX];
	size_t count;
	const char *tip; /* what is read of them */
};

static void release_inbox(struct inbox *inbox)
{
	for (size_t i = 0; i < inbox->count; i++)
		git_repository_free(inbox->repos[i]);
}

static ERR_CHECK open_one(struct inbox *inbox, const char *path)
{
	const struct err *err = repo_open(path, false, &inbox->repos[inbox->count]);

	if (err && err->kind == ERR_INPUT)
		return err_hint(err, "an inbox is a folder with git/0.git, an epoch of one, or a "
				     "repository of version 1");
	if (!err)
		inbox->count++;
	return err;
}

static ERR_CHECK open_inbox(struct inbox *inbox, const char *path)
{
	OWNED_STR first = epoch_path(path, 0);
	int epochs = 0;

	if (!file_exists(first))
		return open_one(inbox, path);
	for (bool there = true; there && epochs < EPOCH_MAX; epochs += there) {
		OWNED_STR epoch = epoch_path(path, epochs);

		there = file_exists(epoch);
	}
	while (epochs-- > 0) {
		OWNED_STR epoch = epoch_path(path, epochs);

		TRY(open_one(inbox, epoch));
	}
	return NULL;
}

static const struct err *fetch_failed(const char *url, const struct strbuf *said)
{
	OWNED_STR shown = http_public_url(url);
	const char *fatal = strstr(strbuf_str(said), "fatal: ");
	STRBUF why = { 0 };

	if (fatal)
		strbuf_add_printable(&why, fatal + strlen("fatal: "),
				     strcspn(fatal + strlen("fatal: "), "\r\n"));
	return err_hint(err_env("cannot fetch the inbox '%s': %s", shown,
				fatal ? strbuf_str(&why) : "git failed"),
			"a large inbox is fetched by epochs: URL/0, URL/1, ...");
}

/* Fetches what is new of a remote inbox into its repository in the cache. */
static ERR_CHECK fetch(const struct workspace *workspace, const char *url, char **path)
{
	char id[STORE_ID_SIZE];
	OWNED_STR lock_path = NULL;
	OWNED_STR shown = http_public_url(url);
	FILE_LOCK lock = FILE_LOCK_NONE;
	REPO repo = NULL;
	STRVEC argv = { 0 };
	STRBUF said = { 0 };
	struct proc_exit exit;
	CLEANUP(progress_drop) struct progress *step = NULL;
	/* ext:: and remote helpers would run a command that the URL names. */
	const char *env[] = { "GIT_ALLOW_PROTOCOL=file:git:http:https:ssh", "GIT_TERMINAL_PROMPT=0",
			      "GIT_DIR", "GIT_WORK_TREE", NULL };

	store_id(url, strlen(url), id);
	*path = workspace_cached(workspace, "inbox/%s.git", id);
	lock_path = xasprintf("%s.lock", *path);
	TRY(file_lock(lock_path, "the inbox", true, &lock));
	TRY(repo_open(*path, true, &repo));
	strvec_push_all(&argv, (const char *const[]){ "git", "--git-dir", *path, "fetch", "--quiet",
						      "--no-tags", "--no-write-fetch-head",
						      "--no-recurse-submodules", "--", url,
						      "+HEAD:" FETCHED_REF, NULL });
	step = progress_begin(0, "fetching the inbox %s", shown);
	TRY(proc_run(&(struct proc_spec){ .argv = (const char *const *)argv.items, .env = env },
		     &(struct proc_io){ .err = &said }, &exit));
	if (!proc_succeeded(&exit))
		return fetch_failed(url, &said);
	progress_end(TAKE_PTR(step), "done");
	return NULL;
}

static ERR_CHECK read_all(struct reading *reading, const struct inbox *inbox)
{
	for (size_t i = 0; i < inbox->count && !is_done(reading); i++) {
		git_oid tip;

		TRY(repo_resolve(inbox->repos[i], inbox->tip, &tip));
		TRY(read_history(reading, inbox->repos[i], &tip));
	}
	if (!reading->found && reading->index.count >= MAIL_INBOX_MAX)
		return err_input("mail '%s' is not among the newest %d mails of the inbox",
				 reading->message_id, MAIL_INBOX_MAX);
	return NULL;
}

ERR_CHECK mail_inbox_read(const struct workspace *workspace, const char *source,
			  const char *message_id, const char *folder, bool *found)
{
	CLEANUP(release_reading)
	struct reading reading = { .workspace = workspace, .message_id = message_id };
	CLEANUP(release_inbox) struct inbox inbox = { .tip = "HEAD" };
	OWNED_STR shown = strstr(source, "://") ? http_public_url(source) : xstrdup(source);
	OWNED_STR path = NULL;

	*found = false;
	if (strstr(source, "://")) {
		TRY(fetch(workspace, source, &path));
		inbox.tip = FETCHED_REF;
	} else {
		path = xstrdup(source);
	}
	TRY(open_inbox(&inbox, path));
	reading.step = progress_begin(0, "looking in the inbox %s", shown);
	TRY(err_context(read_all(&reading, &inbox), "'%s'", shown));
	*found = reading.found;
	if (reading.found)
		TRY(write_thread(&reading, inbox.repos, inbox.count, folder));
	progress_end(TAKE_PTR(reading.step), "%zu mail%s read", reading.index.count,
		     reading.index.count == 1 ? "" : "s");
	return NULL;
}

const struct kept_kind mail_kept_inboxes = {
	.name = "inboxes", .folder = "inbox", .has_locks = true, .is_fetched = true, .rest = 3600
};
