// SPDX-License-Identifier: GPL-2.0
/* port_once.c - 'farrier port --repo': any repository, no workspace. */
#include <stdio.h>
#include <unistd.h>

#include "core/file.h"
#include "core/repo_write.h"
#include "mail/mail.h"
#include "port.h"

#define REF_PREFIX "refs/farrier/"

struct patches {
	struct patch *items;
	size_t count;
};

static void release_patches(struct patches *patches)
{
	for (size_t i = 0; i < patches->count; i++)
		patch_release(&patches->items[i]);
	free(patches->items);
}

static struct patch *add_patch(struct patches *patches)
{
	patches->items = xreallocarray(patches->items, patches->count + 1, sizeof(*patches->items));
	patches->items[patches->count] = (struct patch){ 0 };
	return &patches->items[patches->count++];
}

static ERR_CHECK add_commit(git_repository *repo, const git_oid *oid, struct patches *patches)
{
	GIT_COMMIT commit = NULL;
	struct patch *patch;

	TRY(repo_commit(repo, oid, &commit));
	if (git_commit_parentcount(commit) > 1)
		return err_hint(
			err_input("commit '%.12s' is a merge, not a patch", git_oid_tostr_s(oid)),
			"name a range without merges");
	patch = add_patch(patches);
	TRY(patch_from_commit(repo, oid, patch));
	patch->number = (int)patches->count;
	return NULL;
}

static void release_walk(git_revwalk **walk)
{
	git_revwalk_free(*walk);
}

/* A..B, or one commit. */
static ERR_CHECK read_commits(git_repository *repo, const char *range, struct patches *patches)
{
	CLEANUP(release_walk) git_revwalk *walk = NULL;
	const char *dots = strstr(range, "..");
	OWNED_STR left = xstrndup(range, dots ? (size_t)(dots - range) : strlen(range));
	git_oid from, to, oid;

	TRY(repo_resolve(repo, left, &from));
	if (!dots)
		return add_commit(repo, &from, patches);
	if (dots[2] == '.' || !dots[2])
		return err_input("'%s' is not A..B", range);
	TRY(repo_resolve(repo, dots + 2, &to));
	if (git_revwalk_new(&walk, repo) < 0 || git_revwalk_push(walk, &to) < 0 ||
	    git_revwalk_hide(walk, &from) < 0 ||
	    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE) < 0)
		return repo_error("cannot list the commits '%s'", range);
	while (git_revwalk_next(&oid, walk) == 0)
		TRY(add_commit(repo, &oid, patches));
	return patches->count ? NULL : err_input("'%s' has no commit", range);
}

static ERR_CHECK add_mail(const char *path, struct patches *patches)
{
	struct patch *patch = add_patch(patches);
	STRBUF text = { 0 };

	TRY(file_read(path, PATCH_MAIL_MAX, &text));
	TRY(patch_from_mail(strbuf_str(&text), text.len, path, patch));
	patch->number = (int)patches->count;
	return NULL;
}

/* Patches that belong to no series are taken in their order, as git am does. */
static bool are_single(const struct mail_box *box)
{
	size_t patches = 0;

	for (size_t i = 0; i < box->count; i++) {
		patches += box->mails[i].kind == MAIL_PATCH;
		if (box->mails[i].kind == MAIL_PATCH && box->mails[i].total != 1)
			return false;
	}
	return patches > 1;
}

static ERR_CHECK read_box(const char *path, const char *folder, struct patches *patches)
{
	MAIL_BOX box = { 0 };
	MAIL_SERIES series = { 0 };

	TRY(mail_open_box(path, folder, &box));
	if (are_single(&box)) {
		for (size_t i = 0; i < box.count; i++)
			if (box.mails[i].kind == MAIL_PATCH)
				TRY(add_mail(box.mails[i].path, patches));
		return NULL;
	}
	TRY(mail_choose(&box, NULL, &series));
	for (size_t i = 0; i < series.patches.count; i++)
		TRY(add_mail(series.patches.items[i], patches));
	return NULL;
}

static ERR_CHECK read_mbox(const char *path, struct patches *patches)
{
	const char *base = getenv("TMPDIR");
	OWNED_STR folder = xasprintf("%s/farrier-XXXXXX", base && *base ? base : "/tmp");
	const struct err *err, *second;

	if (!mkdtemp(folder))
		return err_errno("cannot make a folder '%s'", folder);
	err = read_box(path, folder, patches);
	second = file_remove(folder);
	if (err)
		err_free(second);
	return err ? err : second;
}

/* --ref NAME is a whole name below refs/farrier/, or the end of one below refs/farrier/port/. */
static char *full_ref(const char *name)
{
	return starts_with(name, "refs/") ? xstrdup(name) : xasprintf(REF_PREFIX "port/%s", name);
}

/* The ref that is to keep the result; NULL: none. `was` is where it stood before. */
struct keep {
	char *ref;
	bool there;
	git_oid was;
};

static void release_keep(struct keep *keep)
{
	free(keep->ref);
}

static ERR_CHECK look_at_ref(git_repository *repo, const char *name, struct keep *keep)
{
	if (!name)
		return NULL;
	keep->ref = full_ref(name);
	return repo_resolve_ref(repo, keep->ref, &keep->was, &keep->there);
}

/* A result for what the branch was is not kept as one for what it is. */
static ERR_CHECK check_onto(git_repository *repo, const char *onto, const git_oid *was)
{
	git_oid now;

	TRY(repo_resolve(repo, onto, &now));
	if (git_oid_equal(&now, was))
		return NULL;
	return err_hint(err_env("'%s' has moved meanwhile", onto),
			"nothing was written; run the command again");
}

static ERR_CHECK write_ref(git_repository *repo, struct keep *keep, struct port_result *result)
{
	if (!keep->ref || !port_is_complete(&result->port))
		return NULL;
	TRY(check_onto(repo, result->onto, &result->port.base));
	TRY(repo_move_ref(repo, keep->ref, keep->there ? &keep->was : NULL, &result->port.tip,
			  "farrier port"));
	result->ref = TAKE_PTR(keep->ref);
	return NULL;
}

/* A name that will be refused is refused before the work. */
static ERR_CHECK check_ref(const char *name)
{
	OWNED_STR ref = name ? full_ref(name) : NULL;
	int valid = 1;

	if (ref)
		git_reference_name_is_valid(&valid, ref);
	if (!valid || (ref && !starts_with(ref, REF_PREFIX)))
		return err_input("'%s' is no ref name below " REF_PREFIX, name);
	return NULL;
}

ERR_CHECK port_once(const struct port_words *words, struct port_results *results)
{
	CLEANUP(release_patches) struct patches patches = { 0 };
	struct port_request request = { 0 };
	struct port_result *result;
	REPO repo = NULL;
	REPO_PERSON committer = { 0 };
	OWNED_STR cache = NULL;
	CLEANUP(release_keep) struct keep keep = { 0 };

	TRY(port_cache(&cache));
	TRY(check_ref(words->ref));
	TRY(repo_open_around(words->repo, &repo));
	TRY(repo_write_quickly(repo));
	TRY(repo_resolve(repo, words->onto.items[0], &request.onto));
	TRY(look_at_ref(repo, words->ref, &keep));
	TRY(repo_committer(repo, &committer));
	if (words->commits)
		TRY(read_commits(repo, words->commits, &patches));
	else
		TRY(read_mbox(words->mbox, &patches));
	request.repo = repo;
	request.cache = cache;
	request.patches = patches.items;
	request.patch_count = patches.count;
	request.committer_name = committer.name;
	request.committer_email = committer.email;
	TRY(port_results_add(results, repo, words->onto.items[0], &request.onto, &result));
	TRY(port_run(&request, &result->port));
	return write_ref(repo, &keep, result);
}
