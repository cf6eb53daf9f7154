// SPDX-License-Identifier: GPL-2.0
/* mail_commits.c - commits of the kernel repository as mails, written by git format-patch. */
#include "core/file.h"
#include "mail_part.h"
#include "core/proc.h"

/* "..", not as in "../x.mbox" or "a/../x". */
static const char *find_dots(const char *argument)
{
	const char *dots = strstr(argument, "..");

	if (!dots || dots == argument || dots[-1] == '/' || dots[2] == '/')
		return NULL;
	return dots;
}

bool mail_is_range(const char *argument)
{
	return find_dots(argument) && !file_exists(argument);
}

static void release_walk(git_revwalk **walk)
{
	git_revwalk_free(*walk);
}

static ERR_CHECK resolve_range(git_repository *repo, const char *range, git_oid *from, git_oid *to)
{
	const char *dots = find_dots(range);
	OWNED_STR left = xstrndup(range, (size_t)(dots - range));

	if (dots[2] == '.' || !dots[2])
		return err_input("'%s' is not A..B", range);
	TRY(repo_resolve(repo, left, from));
	return repo_resolve(repo, dots + 2, to);
}

static ERR_CHECK check_commit(git_repository *repo, const git_oid *oid)
{
	GIT_COMMIT commit = NULL;

	TRY(repo_commit(repo, oid, &commit));
	if (git_commit_parentcount(commit) > 1)
		return err_hint(
			err_input("commit '%.12s' is a merge, not a patch", git_oid_tostr_s(oid)),
			"rebase the commits, or name a range without merges");
	if (git_commit_parentcount(commit) == 0 || repo_is_snapshot(commit))
		return err_input("commit '%.12s' is a whole tree, not a patch",
				 git_oid_tostr_s(oid));
	return NULL;
}

static ERR_CHECK check_commits(git_repository *repo, const char *range, const git_oid *from,
			       const git_oid *to, size_t *count)
{
	CLEANUP(release_walk) git_revwalk *walk = NULL;
	git_oid oid;

	*count = 0;
	if (git_revwalk_new(&walk, repo) < 0 || git_revwalk_push(walk, to) < 0 ||
	    git_revwalk_hide(walk, from) < 0)
		return repo_error("cannot list the commits '%s'", range);
	while (git_revwalk_next(&oid, walk) == 0) {
		TRY(check_commit(repo, &oid));
		if (++*count > MAIL_PATCH_MAX)
			return err_input("'%s' has more than %d commits", range, MAIL_PATCH_MAX);
	}
	return *count ? NULL : err_input("'%s' has no commit", range);
}

/* Every format.* and diff.* setting that could change the mails is given its default here. */
static ERR_CHECK format_patch(git_repository *repo, const git_oid *from, const git_oid *to,
			      const char *folder)
{
	static const char *const options[] = { "-c",
					       "diff.orderFile=/dev/null",
					       "format-patch",
					       "--quiet",
					       "--no-progress",
					       "--numbered",
					       "--start-number=1",
					       "--suffix=.patch",
					       "--filename-max-length=64",
					       "--no-attach",
					       "--no-thread",
					       "--no-cover-letter",
					       "--no-signoff",
					       "--no-base",
					       "--no-notes",
					       "--no-to",
					       "--no-cc",
					       "--no-add-header",
					       "--no-from",
					       "--no-signature",
					       "--encode-email-headers",
					       "--full-index",
					       "--binary",
					       "--find-renames",
					       "--unified=3",
					       "--inter-hunk-context=0",
					       "--diff-algorithm=default",
					       "--src-prefix=a/",
					       "--dst-prefix=b/",
					       "--no-relative",
					       "--no-ext-diff",
					       "--no-textconv",
					       "--no-color",
					       "--no-indent-heuristic",
					       "--subject-prefix=PATCH",
					       NULL };
	STRVEC argv = { 0 };
	char a[OID_HEX_SIZE], b[OID_HEX_SIZE];

	strvec_push(&argv, "git");
	strvec_pushf(&argv, "--git-dir=%s", repo_git_dir(repo));
	strvec_push_all(&argv, options);
	strvec_pushf(&argv, "--output-directory=%s", folder);
	strvec_pushf(&argv, "%s..%s", git_oid_tostr(a, sizeof(a), from),
		     git_oid_tostr(b, sizeof(b), to));
	return proc_run_ok(&(struct proc_spec){ .argv = (const char *const *)argv.items,
						.env = (const char *const[]){ "GIT_WORK_TREE",
									      "GIT_DIR", NULL } },
			   NULL);
}

static ERR_CHECK add_patch(const char *path, size_t count, struct mail_series *series)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	STRBUF text = { 0 };

	TRY(file_read(path, PATCH_MAIL_MAX, &text));
	if (text.len)
		TRY(patch_from_mail(strbuf_str(&text), text.len, path, &patch));
	if (!patch.diff.len)
		return err_input("commit %zu of %zu changes nothing", series->patches.count + 1,
				 count);
	strvec_push(&series->patches, path);
	strvec_push(&series->subjects, patch.subject);
	return NULL;
}

ERR_CHECK mail_from_commits(git_repository *repo, const char *range, const char *folder,
			    struct mail_series *series)
{
	STRVEC names = { 0 };
	git_oid from, to;
	size_t count;

	*series = (struct mail_series){ 0 };
	TRY(resolve_range(repo, range, &from, &to));
	TRY(check_commits(repo, range, &from, &to, &count));
	TRY(format_patch(repo, &from, &to, folder));
	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);

		TRY(add_patch(path, count, series));
	}
	if (names.count != count)
		return err_input("%zu of the %zu commits of '%s' change%s nothing",
				 count - names.count, count, range,
				 count - names.count == 1 ? "s" : "");
	series->title = xstrdup(series->subjects.items[0]);
	return NULL;
}
