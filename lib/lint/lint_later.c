// SPDX-License-Identifier: GPL-2.0
/* lint_later.c - fixes of fixes: what mainline had to mend behind a patch. */
#include <strings.h>

#include "lint_part.h"

/* Clocks of committers differ: so many commits in a row are older than the patches, then it ends.
 */
#define MAX_OLDER 1000

/* A commit of mainline that says what it fixes. */
struct fix {
	git_oid oid;
	char hex[OID_HEX_SIZE]; /* of what it fixes */
	char *subject;
};

struct lint_later {
	const struct series *series;
	git_time_t oldest; /* no fix is older than what it fixes */
	size_t older;	   /* commits in a row */
	git_oid *commits;  /* of each patch; zero: not known */
	struct fix *fixes;
	size_t count, alloc;
};

void lint_later_free(struct lint_later *later)
{
	if (!later)
		return;
	for (size_t i = 0; i < later->count; i++)
		free(later->fixes[i].subject);
	free(later->fixes);
	free(later->commits);
	free(later);
}

void lint_later_release(struct lint_later **later)
{
	lint_later_free(*later);
}

static const char *summary_of(git_commit *commit)
{
	return git_commit_summary(commit) ? git_commit_summary(commit) : "";
}

static void note_patch(struct lint_later *later, git_commit *commit)
{
	const char *author = git_commit_author(commit)->email;

	for (size_t i = 0; i < later->series->patch_count; i++) {
		const struct patch *patch = &later->series->patches[i];

		if (git_oid_is_zero(&later->commits[i]) &&
		    str_equal(summary_of(commit), patch->subject) &&
		    strcasecmp(author, patch->author_email) == 0)
			git_oid_cpy(&later->commits[i], git_commit_id(commit));
	}
}

static struct fix *add_fix(struct lint_later *later)
{
	if (later->count == later->alloc) {
		later->alloc = later->alloc ? later->alloc * 2 : 1024;
		later->fixes = xreallocarray(later->fixes, later->alloc, sizeof(*later->fixes));
	}
	return &later->fixes[later->count++];
}

static void note_fixes(struct lint_later *later, git_commit *commit)
{
	for (const char *line = git_commit_message(commit); line; line = strchr(line, '\n')) {
		LINT_TARGET target = { 0 };
		struct fix *fix;

		line += *line == '\n';
		if (!lint_read_target(line, &target))
			continue;
		fix = add_fix(later);
		git_oid_cpy(&fix->oid, git_commit_id(commit));
		memcpy(fix->hex, target.hex, sizeof(fix->hex));
		fix->subject = xstrdup(summary_of(commit));
	}
}

static bool visit(void *data, git_commit *commit)
{
	struct lint_later *later = data;

	later->older = git_commit_time(commit) < later->oldest ? later->older + 1 : 0;
	if (later->older > MAX_OLDER)
		return false;
	note_patch(later, commit);
	note_fixes(later, commit);
	return true;
}

static struct lint_later *begin(const struct series *series)
{
	struct lint_later *later = xcalloc(1, sizeof(*later));

	later->series = series;
	later->commits = xcalloc(series->patch_count, sizeof(git_oid));
	for (size_t i = 0; i < series->patch_count; i++) {
		const struct patch *patch = &series->patches[i];

		if (!lint_upstream_id(patch->message, &later->commits[i]))
			git_oid_cpy(&later->commits[i], &patch->commit);
		if (i == 0 || patch->when.time < later->oldest)
			later->oldest = patch->when.time;
	}
	return later;
}

ERR_CHECK lint_later_new(git_repository *repo, const git_oid *mainline, const struct series *series,
			 struct lint_later **out)
{
	CLEANUP(lint_later_release) struct lint_later *later = begin(series);
	bool past;

	TRY(lint_has_past(repo, mainline, &past));
	if (past)
		TRY(lint_walk(repo, mainline, false, LINT_MAINLINE_COMMITS, visit, later));
	*out = TAKE_PTR(later);
	return NULL;
}

static bool in_series(const struct series *series, const char *subject)
{
	for (size_t i = 0; i < series->patch_count; i++)
		if (str_equal(series->patches[i].subject, subject))
			return true;
	return false;
}

static ERR_CHECK report(const struct lint_later *later, const struct fix *fix,
			struct lint_history *history, struct lint_findings *findings)
{
	bool has;

	TRY(lint_branch_has(history, &fix->oid, &has));
	if (!has && !in_series(later->series, fix->subject))
		lint_add(findings, LINT_WARNING, "FIXED_LATER", NULL, 0,
			 "mainline mends it with %.12s (\"%s\"), which is neither here nor in the "
			 "series",
			 git_oid_tostr_s(&fix->oid), fix->subject);
	return NULL;
}

/* Whether a fix is for one of the commits, and not one of them itself. */
static bool is_for(const struct fix *fix, const struct strvec *broken)
{
	bool fits = false;

	for (size_t i = 0; i < broken->count; i++) {
		if (str_equal(broken->items[i], git_oid_tostr_s(&fix->oid)))
			return false;
		fits |= starts_with(broken->items[i], fix->hex);
	}
	return fits;
}

ERR_CHECK lint_later_report(const struct lint_later *later, size_t patch,
			    struct lint_history *history, struct lint_findings *findings)
{
	STRVEC broken = { 0 };
	bool more, past;

	TRY(lint_branch_has_past(history, &past));
	more = past && !git_oid_is_zero(&later->commits[patch]);
	strvec_push(&broken, git_oid_tostr_s(&later->commits[patch]));
	/* until no fix of a fix comes to it */
	while (more) {
		more = false;
		for (size_t i = 0; i < later->count; i++) {
			const struct fix *fix = &later->fixes[i];

			if (!is_for(fix, &broken))
				continue;
			strvec_push(&broken, git_oid_tostr_s(&fix->oid));
			TRY(report(later, fix, history, findings));
			more = true;
		}
	}
	return NULL;
}
