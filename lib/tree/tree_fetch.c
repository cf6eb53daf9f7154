// SPDX-License-Identifier: GPL-2.0
#include "core/proc.h"
#include "base/progress.h"
#include "tree_fetch.h"
#include "tree_quarantine.h"

struct fetch {
	const char *url;
	struct progress *step;
	struct strbuf said; /* git's progress and its errors */
};

/* What git said last; a line of progress ends with a CR. */
static const struct err *show_progress(void *data)
{
	struct fetch *fetch = data;
	const char *text = strbuf_str(&fetch->said);
	size_t end = fetch->said.len;
	size_t start;

	while (end && (text[end - 1] == '\r' || text[end - 1] == '\n'))
		end--;
	start = end;
	while (start && text[start - 1] != '\r' && text[start - 1] != '\n')
		start--;
	if (end > start)
		progress_update(fetch->step, "%.*s", (int)(end - start), text + start);
	return NULL;
}

/* No option, and nothing below `least`. */
static bool is_word(const char *word, unsigned char least)
{
	if (!*word || *word == '-')
		return false;
	for (; *word; word++)
		if ((unsigned char)*word < least || *word == 0x7f)
			return false;
	return true;
}

static ERR_CHECK check_words(const char *url, const char *ref)
{
	if (!is_word(url, ' '))
		return err_input("'%s' is no git URL", url);
	if (!is_word(ref, ' ' + 1) || *ref == '+' || *ref == '^' || strpbrk(ref, ":*?[\\"))
		return err_input("'%s' is no ref", ref);
	return NULL;
}

static const struct err *explain(const struct fetch *fetch, const char *ref,
				 const struct proc_exit *exit)
{
	const char *text = strbuf_str(&fetch->said);
	const char *fatal = strstr(text, "fatal: ");
	OWNED_STR how = proc_describe(exit);
	STRBUF why = { 0 };

	if (strstr(text, "couldn't find remote ref"))
		return err_input("'%s' has no ref '%s'", fetch->url, ref);
	if (fatal)
		strbuf_add_printable(&why, fatal + strlen("fatal: "),
				     strcspn(fatal + strlen("fatal: "), "\r\n"));
	return err_env("cannot fetch from '%s': %s", fetch->url, fatal ? strbuf_str(&why) : how);
}

static ERR_CHECK run_git(const struct tree_quarantine *quarantine, struct fetch *fetch,
			 const char *ref)
{
	/* A pack, however few objects come, so that it can be moved as a whole. */
	const char *const options[] = { "git",
					"-c",
					"fetch.unpackLimit=1",
					"-c",
					"transfer.unpackLimit=1",
					"-c",
					"fetch.writeCommitGraph=false",
					"fetch",
					"--progress",
					"--no-tags",
					"--no-write-fetch-head",
					"--no-auto-maintenance",
					"--no-recurse-submodules",
					"--",
					fetch->url,
					NULL };
	STRVEC argv = { 0 };
	STRVEC env = { 0 };
	struct proc_exit exit;

	strvec_push_all(&argv, options);
	strvec_pushf(&argv, "+%s:" TREE_QUARANTINE_REF, ref);
	tree_quarantine_env(quarantine, &env);
	/* ext:: and remote helpers would run a command that the URL names. */
	strvec_push(&env, "GIT_ALLOW_PROTOCOL=file:git:http:https:ssh");
	TRY(proc_run(
		&(struct proc_spec){ .argv = (const char *const *)argv.items,
				     .env = (const char *const *)env.items },
		&(struct proc_io){ .err = &fetch->said, .watch = show_progress, .data = fetch },
		&exit));
	return proc_succeeded(&exit) ? NULL : explain(fetch, ref, &exit);
}

static void fetch_release(struct fetch *fetch)
{
	progress_drop(&fetch->step);
	strbuf_release(&fetch->said);
}

ERR_CHECK tree_fetch(git_repository *repo, const char *url, const char *ref, git_oid *commit)
{
	CLEANUP(fetch_release) struct fetch fetch = { .url = url };
	TREE_QUARANTINE quarantine = { 0 };

	TRY(check_words(url, ref));
	TRY(tree_quarantine_open(repo, &quarantine));
	fetch.step = progress_begin(0, "fetching %s from %s", ref, url);
	TRY(run_git(&quarantine, &fetch, ref));
	TRY(tree_quarantine_commit(&quarantine, commit));
	TRY(tree_quarantine_publish(&quarantine));
	progress_end(TAKE_PTR(fetch.step), "done");
	return NULL;
}
