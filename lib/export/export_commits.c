// SPDX-License-Identifier: GPL-2.0
/* export_commits.c - the patches as commits with the messages that they go out with. */
#include "export_internal.h"
#include "export_message.h"

/* The upstream commit itself says more than the patch as it was posted. */
static ERR_CHECK read_mainline(git_repository *repo, const struct export_patch *record,
			       struct export_item *item)
{
	GIT_COMMIT commit = NULL;
	const char *encoding;
	git_oid oid;

	if (!record->upstream || git_oid_fromstr(&oid, record->upstream) < 0 ||
	    git_commit_lookup(&commit, repo, &oid) < 0)
		return NULL;
	encoding = git_commit_message_encoding(commit);
	if (encoding && strcasecmp(encoding, "UTF-8") != 0)
		return NULL;
	item->mainline = xstrdup(git_commit_message(commit));
	git_oid_cpy(&item->original, &oid);
	return NULL;
}

static ERR_CHECK read_recorded(const struct export_job *job, struct export_item *item,
			       struct export_result *result)
{
	CLEANUP(patch_release) struct patch recorded = { 0 };
	bool found;

	if (item->ported->status != PORT_RECORDED)
		return NULL;
	TRY(series_recorded_port(item->series, job->branch.name, item->patch->number, &recorded,
				 &found));
	if (!found)
		return NULL;
	item->recorded = xstrdup(recorded.message);
	if (!export_message_has_note(item->patch->message, recorded.message))
		strvec_pushf(&result->warnings,
			     "%s patch %d was adapted by hand, but its recorded port does not say "
			     "what: it wants a line '[ name: what was adapted ]'",
			     item->series->name, item->patch->number);
	return NULL;
}

/* What prerequisites are for: the first of the series' own patches that goes out. */
static char *dependent_of(const struct export_job *job)
{
	for (size_t i = 0; i < job->item_count; i++) {
		const struct export_item *item = &job->items[i];
		const struct export_patch *record = &job->result->patches[item->record];

		if (!item->below && record->upstream)
			return xasprintf("%.12s (\"%s\")", record->upstream, record->subject);
	}
	return NULL;
}

static bool is_signed_off(const char *message)
{
	return strstr(message, "\nSigned-off-by: ") != NULL;
}

/* Nobody's sign-off at all is refused for stable; the sender's own, missing, is said. */
static void check_signatures(struct export_job *job)
{
	STRBUF missing = { 0 };

	for (size_t i = 0; i < job->item_count; i++) {
		const struct export_item *item = &job->items[i];
		struct export_patch *record = &job->result->patches[item->record];

		if (record->fate == EXPORT_REFUSED)
			continue;
		if (!job->request->local && !is_signed_off(item->message))
			export_refuse(job->result, record, xstrdup("nobody has signed it off"),
				      xstrdup("-s adds your Signed-off-by"));
		else if (!export_message_signed_by(item->message, &job->sender))
			strbuf_addf(&missing, "%s%d", missing.len ? ", " : "", item->patch->number);
	}
	if (missing.len)
		strvec_pushf(&job->result->warnings,
			     "your Signed-off-by does not end patch %s: -s adds it",
			     strbuf_str(&missing));
}

ERR_CHECK export_write_messages(struct export_job *job)
{
	OWNED_STR dependent = dependent_of(job);

	for (size_t i = 0; i < job->item_count; i++) {
		struct export_item *item = &job->items[i];
		const struct export_patch *record = &job->result->patches[item->record];
		struct export_text text = {
			.patch = item->patch->message,
			.line = job->request->line,
			.signer = job->request->signoff ? &job->sender : NULL,
			.upstream = record->upstream,
			.dependent = item->below ? dependent : NULL,
		};

		TRY(read_mainline(job->request->repo, record, item));
		TRY(read_recorded(job, item, job->result));
		text.recorded = item->recorded;
		text.mainline = item->mainline;
		item->message = export_message(&text);
	}
	check_signatures(job);
	return NULL;
}

/* The author of the upstream commit, or as the series has it: never who ported it. */
static ERR_CHECK make_author(const struct export_job *job, const struct export_item *item,
			     git_signature **author)
{
	const struct patch *patch = item->patch;
	const char *name = *patch->author_name ? patch->author_name : patch->author_email;
	GIT_COMMIT original = NULL;
	int result;

	if (!git_oid_is_zero(&item->original)) {
		TRY(repo_commit(job->request->repo, &item->original, &original));
		result = git_signature_dup(author, git_commit_author(original));
	} else {
		result = git_signature_new(author, name,
					   *patch->author_email ? patch->author_email : name,
					   patch->when.time, patch->when.offset);
	}
	return result < 0 ? repo_error("patch %d: its author", patch->number) : NULL;
}

static ERR_CHECK write_commit(struct export_job *job, struct export_item *item)
{
	git_repository *repo = job->request->repo;
	GIT_SIGNATURE author = NULL;
	GIT_SIGNATURE committer = NULL;
	GIT_COMMIT ported = NULL;
	GIT_COMMIT parent = NULL;
	GIT_TREE tree = NULL;
	const git_commit *parents[1];
	git_time when;

	TRY(make_author(job, item, &author));
	TRY(repo_commit(repo, &item->ported->commit, &ported));
	when = git_commit_committer(ported)->when;
	if (git_signature_new(&committer, job->sender.name, job->sender.email, when.time,
			      when.offset) < 0)
		return repo_error("'%s <%s>' cannot be a committer", job->sender.name,
				  job->sender.email);
	TRY(repo_tree(repo, &item->ported->tree, &tree));
	TRY(repo_commit(repo, &job->to, &parent));
	parents[0] = parent;
	if (git_commit_create(&item->commit, repo, NULL, author, committer, NULL, item->message,
			      tree, 1, parents) < 0)
		return repo_error("cannot write a commit");
	git_oid_cpy(&job->to, &item->commit);
	return NULL;
}

ERR_CHECK export_write_commits(struct export_job *job)
{
	git_oid_cpy(&job->to, &job->from);
	for (size_t i = 0; i < job->item_count; i++)
		TRY(write_commit(job, &job->items[i]));
	return NULL;
}
