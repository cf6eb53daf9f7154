// SPDX-License-Identifier: GPL-2.0
#include <strings.h>

#include "base/interrupt.h"
#include "lint_history.h"

#define CHECK_EVERY 1000 /* commits between two looks for an interrupt */
#define MIN_DIGITS  7	 /* of a commit's id that is looked up */

struct lint_history {
	git_repository *repo;
	git_oid branch, mainline;
	bool has_mainline;
	/* upstream ids that the branch's commits name; sorted */
	git_oid *named;
	size_t count;
	bool listed;
};

struct lint_history *lint_history_new(git_repository *repo, const git_oid *branch,
				      const git_oid *mainline)
{
	struct lint_history *history = xcalloc(1, sizeof(*history));

	history->repo = repo;
	history->branch = *branch;
	if (mainline)
		history->mainline = *mainline;
	history->has_mainline = mainline != NULL;
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

/* Whether there is more of a commit than itself: not of a snapshot, nor of a shallow clone. */
static ERR_CHECK has_past(git_repository *repo, const git_oid *oid, bool *past)
{
	GIT_COMMIT commit = NULL;

	TRY(repo_commit(repo, oid, &commit));
	*past = git_commit_parentcount(commit) > 0 && git_repository_is_shallow(repo) == 0;
	return NULL;
}

/* Calls back for the commits before `start`, newest first, until it says no or `limit` is reached.
 */
static ERR_CHECK walk_back(git_repository *repo, const git_oid *start, bool first_parent,
			   size_t limit, bool (*visit)(void *data, git_commit *commit), void *data)
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
	TRY(walk_back(history->repo, &history->branch, true, LINT_BRANCH_COMMITS, add_named,
		      history));
	if (history->count)
		qsort(history->named, history->count, sizeof(git_oid), compare_ids);
	return NULL;
}

/* Whether the branch has a commit, or a backport of it that says so. */
static ERR_CHECK branch_has(struct lint_history *history, const git_oid *oid, bool *has)
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

/* One "Fixes: ID ("subject")" as it is written. */
struct target {
	char hex[OID_HEX_SIZE];
	char *subject;	  /* or NULL */
	const char *line; /* in the message, and its length */
	size_t length;
};

static void release_target(struct target *target)
{
	free(target->subject);
}

static bool read_target(const char *line, struct target *target)
{
	const char *hex = line + strlen("Fixes:"), *text, *end;
	size_t digits;

	*target = (struct target){ .line = line, .length = strcspn(line, "\n") };
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
			     const struct target *target, int place, int found,
			     struct lint_findings *findings)
{
	bool past;

	TRY(has_past(history->repo, &history->branch, &past));
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
			      const struct target *target, struct lint_findings *findings)
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
	TRY(has_past(history->repo, &history->branch, &past));
	if (!past)
		return NULL;
	TRY(branch_has(history, &oid, &has));
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
		CLEANUP(release_target) struct target target = { 0 };

		line += *line == '\n';
		if (read_target(line, &target))
			TRY(check_target(history, text, &target, findings));
	}
	return NULL;
}

/* ---- fixes of fixes ---- */

/* A commit of mainline that says what it fixes. */
struct fix {
	git_oid oid;
	char hex[OID_HEX_SIZE]; /* of what it fixes */
	char *subject;
};

/* What one walk through mainline looks for, and what it found. */
struct search {
	const struct series *series;
	git_time_t oldest; /* no fix is older than what it fixes */
	git_oid *commits;  /* of each patch; zero: not known */
	struct fix *fixes; /* newest first */
	size_t count;
};

static void release_search(struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		free(search->fixes[i].subject);
	free(search->fixes);
	free(search->commits);
}

static void note_patch(struct search *search, git_commit *commit)
{
	const char *summary = git_commit_summary(commit);
	const char *author = git_commit_author(commit)->email;

	for (size_t i = 0; summary && i < search->series->patch_count; i++) {
		const struct patch *patch = &search->series->patches[i];

		if (git_oid_is_zero(&search->commits[i]) && str_equal(summary, patch->subject) &&
		    strcasecmp(author, patch->author_email) == 0)
			git_oid_cpy(&search->commits[i], git_commit_id(commit));
	}
}

static void note_fixes(struct search *search, git_commit *commit)
{
	for (const char *line = git_commit_message(commit); line; line = strchr(line, '\n')) {
		CLEANUP(release_target) struct target target = { 0 };
		struct fix *fix;

		line += *line == '\n';
		if (!read_target(line, &target))
			continue;
		search->fixes = xreallocarray(search->fixes, search->count + 1, sizeof(*fix));
		fix = &search->fixes[search->count++];
		git_oid_cpy(&fix->oid, git_commit_id(commit));
		memcpy(fix->hex, target.hex, sizeof(fix->hex));
		fix->subject = xstrdup(git_commit_summary(commit) ? git_commit_summary(commit)
								  : "");
	}
}

static bool visit_mainline(void *data, git_commit *commit)
{
	struct search *search = data;

	if (git_commit_time(commit) < search->oldest)
		return false;
	note_patch(search, commit);
	note_fixes(search, commit);
	return true;
}

static void begin_search(const struct series *series, struct search *search)
{
	*search = (struct search){ .series = series,
				   .commits = xcalloc(series->patch_count, sizeof(git_oid)) };
	for (size_t i = 0; i < series->patch_count; i++) {
		const struct patch *patch = &series->patches[i];

		if (!lint_upstream_id(patch->message, &search->commits[i]))
			git_oid_cpy(&search->commits[i], &patch->commit);
		if (i == 0 || patch->when.time < search->oldest)
			search->oldest = patch->when.time;
	}
}

static bool in_series(const struct series *series, const char *subject)
{
	for (size_t i = 0; i < series->patch_count; i++)
		if (str_equal(series->patches[i].subject, subject))
			return true;
	return false;
}

static ERR_CHECK report_fix(struct lint_history *history, const struct search *search,
			    const struct fix *fix, struct lint_findings *findings)
{
	bool has;

	TRY(branch_has(history, &fix->oid, &has));
	if (!has && !in_series(search->series, fix->subject))
		lint_add(findings, LINT_WARNING, "FIXED_LATER", NULL, 0,
			 "mainline mends it with %.12s (\"%s\"), which is neither here nor in the "
			 "series",
			 git_oid_tostr_s(&fix->oid), fix->subject);
	return NULL;
}

/* Everything that fixes `start`, and what fixes that: a fix is newer than what it fixes. */
static ERR_CHECK report_chain(struct lint_history *history, const struct search *search,
			      const git_oid *start, struct lint_findings *findings)
{
	STRVEC broken = { 0 };

	strvec_push(&broken, git_oid_tostr_s(start));
	for (size_t i = search->count; i-- > 0;) {
		const struct fix *fix = &search->fixes[i];
		bool fits = false;

		for (size_t j = 0; j < broken.count; j++)
			fits |= starts_with(broken.items[j], fix->hex);
		if (!fits)
			continue;
		strvec_push(&broken, git_oid_tostr_s(&fix->oid));
		TRY(report_fix(history, search, fix, findings));
	}
	return NULL;
}

ERR_CHECK lint_later_fixes(struct lint_history *history, const struct series *series,
			   struct lint_findings *findings)
{
	CLEANUP(release_search) struct search search = { 0 };
	bool past = false, mainline_past = false;

	if (history->has_mainline)
		TRY(has_past(history->repo, &history->mainline, &mainline_past));
	TRY(has_past(history->repo, &history->branch, &past));
	if (!past || !mainline_past)
		return NULL;
	begin_search(series, &search);
	TRY(walk_back(history->repo, &history->mainline, false, LINT_MAINLINE_COMMITS,
		      visit_mainline, &search));
	for (size_t i = 0; i < series->patch_count; i++)
		if (!git_oid_is_zero(&search.commits[i]))
			TRY(report_chain(history, &search, &search.commits[i], &findings[i]));
	return NULL;
}

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
	TRY(has_past(history->repo, &history->branch, &past));
	if (found == 1 && past)
		TRY(branch_has(history, &oid, &has));
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
