// SPDX-License-Identifier: GPL-2.0
#include <strings.h>

#include "base/interrupt.h"
#include "lint_part.h"

#define CHECK_EVERY 1000 /* commits between two looks for an interrupt */
#define MIN_DIGITS  7	 /* of a commit's id that is looked up */

struct lint_history {
	git_repository *repo;
	git_oid branch;
	/* upstream ids that the branch's commits name; sorted */
	git_oid *named;
	size_t count;
	bool listed;
};

struct lint_history *lint_history_new(git_repository *repo, const git_oid *branch)
{
	struct lint_history *history = xcalloc(1, sizeof(*history));

	history->repo = repo;
	history->branch = *branch;
	return history;
}

void lint_history_free(struct lint_history *history)
{
	if (!history)
		return;
	free(history->named);
	free(history);
}

void lint_history_release(struct lint_history **history)
{
	lint_history_free(*history);
}

static void release_walk(git_revwalk **walk)
{
	git_revwalk_free(*walk);
}

ERR_CHECK lint_has_past(git_repository *repo, const git_oid *oid, bool *past)
{
	GIT_COMMIT commit = NULL;

	TRY(repo_commit(repo, oid, &commit));
	*past = git_commit_parentcount(commit) > 0 && git_repository_is_shallow(repo) == 0;
	return NULL;
}

/* Calls back for the commits before `start`, newest first, until it says no or `limit` is reached.
 */
ERR_CHECK lint_walk(git_repository *repo, const git_oid *start, bool first_parent, size_t limit,
		    bool (*visit)(void *data, git_commit *commit), void *data)
{
	CLEANUP(release_walk) git_revwalk *walk = NULL;
	git_oid oid;

	if (git_revwalk_new(&walk, repo) < 0 || git_revwalk_push(walk, start) < 0)
		return repo_error("cannot read the history of '%s'", git_oid_tostr_s(start));
	git_revwalk_sorting(walk, GIT_SORT_TIME);
	if (first_parent)
		git_revwalk_simplify_first_parent(walk);
	for (size_t i = 0; i < limit && git_revwalk_next(&oid, walk) == 0; i++) {
		GIT_COMMIT commit = NULL;

		if (i % CHECK_EVERY == 0)
			TRY(interrupt_check());
		/* a history that ends in the middle has no more to say */
		if (git_commit_lookup(&commit, repo, &oid) < 0 || !visit(data, commit))
			return NULL;
	}
	return NULL;
}

ERR_CHECK lint_branch_has_past(const struct lint_history *history, bool *past)
{
	return lint_has_past(history->repo, &history->branch, past);
}

static bool add_named(void *data, git_commit *commit)
{
	struct lint_history *history = data;
	git_oid id;

	if (!lint_upstream_id(git_commit_message(commit), &id))
		return true;
	if (history->count % 1024 == 0)
		history->named = xreallocarray(history->named, history->count + 1024,
					       sizeof(git_oid));
	history->named[history->count++] = id;
	return true;
}

static int compare_ids(const void *a, const void *b)
{
	return git_oid_cmp(a, b);
}

static ERR_CHECK list_named(struct lint_history *history)
{
	if (history->listed)
		return NULL;
	history->listed = true;
	TRY(lint_walk(history->repo, &history->branch, true, LINT_BRANCH_COMMITS, add_named,
		      history));
	if (history->count)
		qsort(history->named, history->count, sizeof(git_oid), compare_ids);
	return NULL;
}

ERR_CHECK lint_branch_has(struct lint_history *history, const git_oid *oid, bool *has)
{
	int below = git_oid_equal(oid, &history->branch)
			    ? 1
			    : git_graph_descendant_of(history->repo, &history->branch, oid);

	if (below < 0)
		return repo_error("cannot compare commits");
	*has = below == 1;
	if (*has)
		return NULL;
	TRY(list_named(history));
	*has = history->count &&
	       bsearch(oid, history->named, history->count, sizeof(git_oid), compare_ids);
	return NULL;
}

/* ---- Fixes: of the patches ---- */

void lint_release_target(struct lint_target *target)
{
	free(target->subject);
}

bool lint_read_target(const char *line, struct lint_target *target)
{
	const char *hex = line + strlen("Fixes:"), *text, *end;
	size_t digits;

	*target = (struct lint_target){ .line = line, .length = strcspn(line, "\n") };
	if (strncasecmp(line, "Fixes:", strlen("Fixes:")) != 0)
		return false;
	hex += strspn(hex, " \t");
	digits = strspn(hex, "0123456789abcdef");
	if (digits < MIN_DIGITS || digits > GIT_OID_HEXSZ)
		return false;
	memcpy(target->hex, hex, digits);
	text = hex + digits;
	end = line + target->length;
	if (starts_with(text, " (\"") && end - text > 5 && starts_with(end - 2, "\")"))
		target->subject = xstrndup(text + 3, (size_t)(end - text) - 5);
	return true;
}

/* The commit that starts with these digits; *found is 1, 0, or more for several. */
static ERR_CHECK find_commit(git_repository *repo, const char *hex, git_oid *oid, int *found)
{
	GIT_COMMIT commit = NULL;
	git_oid prefix;
	int result;

	if (git_oid_fromstrn(&prefix, hex, strlen(hex)) < 0)
		return repo_error("'%s' is no commit id", hex);
	result = git_commit_lookup_prefix(&commit, repo, &prefix, strlen(hex));
	*found = result == 0 ? 1 : result == GIT_EAMBIGUOUS ? 2 : 0;
	if (result < 0 && result != GIT_EAMBIGUOUS && result != GIT_ENOTFOUND)
		return repo_error("cannot read commit '%s'", hex);
	if (commit)
		git_oid_cpy(oid, git_commit_id(commit));
	return NULL;
}

static ERR_CHECK summary_of(git_repository *repo, const git_oid *oid, char **summary)
{
	GIT_COMMIT commit = NULL;

	TRY(repo_commit(repo, oid, &commit));
	*summary = xstrdup(git_commit_summary(commit) ? git_commit_summary(commit) : "");
	return NULL;
}

static ERR_CHECK check_there(struct lint_history *history, const struct lint_text *text,
			     const struct lint_target *target, int place, int found,
			     struct lint_findings *findings)
{
	bool past;

	TRY(lint_branch_has_past(history, &past));
	if (found > 1)
		lint_add(findings, LINT_WARNING, "FIXES_UNKNOWN", text->file, place,
			 "more than one commit starts with %s", target->hex);
	else if (past)
		lint_add(findings, LINT_WARNING, "FIXES_UNKNOWN", text->file, place,
			 "the repository has no commit %s", target->hex);
	else
		lint_add(findings, LINT_NOTE, "FIXES_UNKNOWN", text->file, place,
			 "commit %s cannot be looked up: the branch has no history here",
			 target->hex);
	return NULL;
}

static ERR_CHECK check_target(struct lint_history *history, const struct lint_text *text,
			      const struct lint_target *target, struct lint_findings *findings)
{
	int place = lint_text_line(text, target->line, target->length);
	OWNED_STR summary = NULL;
	bool has, past;
	git_oid oid;
	int found;

	TRY(find_commit(history->repo, target->hex, &oid, &found));
	if (found != 1)
		return check_there(history, text, target, place, found, findings);
	TRY(summary_of(history->repo, &oid, &summary));
	if (target->subject && !str_equal(target->subject, summary))
		lint_add(findings, LINT_WARNING, "FIXES_SUBJECT", text->file, place,
			 "the subject of %s is \"%s\"", target->hex, summary);
	TRY(lint_branch_has_past(history, &past));
	if (!past)
		return NULL;
	TRY(lint_branch_has(history, &oid, &has));
	if (!has)
		lint_add(findings, LINT_WARNING, "FIXES_NOT_HERE", text->file, place,
			 "the branch does not have %s, so it does not need this patch",
			 target->hex);
	return NULL;
}

ERR_CHECK lint_fixes(struct lint_history *history, const struct lint_text *text,
		     struct lint_findings *findings)
{
	for (const char *line = text->patch->message; line; line = strchr(line, '\n')) {
		LINT_TARGET target = { 0 };

		line += *line == '\n';
		if (lint_read_target(line, &target))
			TRY(check_target(history, text, &target, findings));
	}
	return NULL;
}

/* ---- commits that are needed first ---- */

ERR_CHECK lint_needed_commit(struct lint_history *history, const char *name,
			     struct lint_findings *findings)
{
	size_t digits = strspn(name, "0123456789abcdef");
	bool has = false, past;
	git_oid oid;
	int found;

	if (digits < MIN_DIGITS || digits > GIT_OID_HEXSZ || name[digits])
		return NULL;
	TRY(find_commit(history->repo, name, &oid, &found));
	TRY(lint_branch_has_past(history, &past));
	if (found == 1 && past)
		TRY(lint_branch_has(history, &oid, &has));
	if (has)
		return NULL;
	if (past)
		lint_add(findings, LINT_WARNING, "PREREQUISITE", NULL, 0,
			 "the branch does not have its prerequisite, commit %s", name);
	else
		lint_add(findings, LINT_NOTE, "PREREQUISITE", NULL, 0,
			 "whether the branch has its prerequisite, commit %s, is not known: it has "
			 "no history here",
			 name);
	return NULL;
}

/* What one Cc: stable line asks for. */
struct wish {
	int major, minor;
	char commit[OID_HEX_SIZE]; /* needed there first, or "" */
};

/* "6.1.x", "v6.1+", "6.1.y" */
static bool read_version(const char **text, int *major, int *minor)
{
	const char *at = *text + (**text == 'v');
	char *end;

	*major = (int)strtol(at, &end, 10);
	if (end == at || *end != '.' || *major < 0 || *major > 1000)
		return false;
	at = end + 1;
	*minor = (int)strtol(at, &end, 10);
	*text = end;
	return end > at && *minor >= 0 && *minor < 10000;
}

/* Cc: <stable@vger.kernel.org> # 6.1.x: 1234567: subject */
static bool read_wish(const char *line, struct wish *wish)
{
	size_t length = strcspn(line, "\n"), digits;
	const char *address = memmem(line, length, "stable@", strlen("stable@"));
	const char *text = address ? memchr(address, '#', length - (size_t)(address - line)) : NULL;

	*wish = (struct wish){ 0 };
	if (strncasecmp(line, "Cc:", strlen("Cc:")) != 0 || !text)
		return false;
	text += 1 + strspn(text + 1, " \t");
	if (!read_version(&text, &wish->major, &wish->minor))
		return false;
	text += strcspn(text, ": \n");
	if (!starts_with(text, ": "))
		return true;
	digits = strspn(text + 2, "0123456789abcdef");
	if (digits >= MIN_DIGITS && digits <= GIT_OID_HEXSZ)
		memcpy(wish->commit, text + 2, digits);
	return true;
}

static bool is_later(const struct wish *wish, int major, int minor)
{
	return wish->major > major || (wish->major == major && wish->minor > minor);
}

ERR_CHECK lint_stable_lines(struct lint_history *history, const struct lint_text *text,
			    const char *stable, struct lint_findings *findings)
{
	struct wish first = { 0 };
	int major, minor;

	if (!read_version(&stable, &major, &minor))
		return NULL;
	for (const char *line = text->patch->message; line; line = strchr(line, '\n')) {
		struct wish wish;

		line += *line == '\n';
		if (!read_wish(line, &wish))
			continue;
		if (wish.major == major && wish.minor == minor)
			TRY(lint_needed_commit(history, wish.commit, findings));
		if (!first.major || !is_later(&wish, first.major, first.minor))
			first = wish;
	}
	if (first.major && is_later(&first, major, minor))
		lint_add(findings, LINT_NOTE, "CC_STABLE", text->file, 0,
			 "it asks for stable branches from %d.%d on only", first.major,
			 first.minor);
	return NULL;
}
