// SPDX-License-Identifier: GPL-2.0
#include "core/repo_diff.h"
#include "patch.h"

void patch_release(struct patch *patch)
{
	free(patch->subject);
	free(patch->message);
	free(patch->author_name);
	free(patch->author_email);
	free(patch->message_id);
	free(patch->below);
	free(patch->base_commit);
	free(patch->original_id);
	strbuf_release(&patch->diff);
	*patch = (struct patch){ 0 };
}

/* The difference to the first parent, or to nothing for a root commit. */
static ERR_CHECK diff_with_parent(git_repository *repo, git_commit *commit, uint32_t context,
				  git_diff **diff)
{
	git_diff_find_options find;
	git_diff_options options;
	GIT_COMMIT parent = NULL;
	GIT_TREE before = NULL;
	GIT_TREE after = NULL;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	git_diff_find_options_init(&find, GIT_DIFF_FIND_OPTIONS_VERSION);
	/* a typechange is two files, as git has it: one goes, one comes */
	options.flags = GIT_DIFF_SHOW_BINARY | GIT_DIFF_INDENT_HEURISTIC;
	options.context_lines = context;
	options.id_abbrev = GIT_OID_HEXSZ;
	find.flags = GIT_DIFF_FIND_RENAMES;
	if (git_commit_parentcount(commit) > 0 &&
	    (git_commit_parent(&parent, commit, 0) < 0 || git_commit_tree(&before, parent) < 0))
		return repo_read_error(repo, "cannot read the parent of commit '%s'",
				       git_oid_tostr_s(git_commit_id(commit)));
	if (git_commit_tree(&after, commit) < 0)
		return repo_error("cannot read the tree of commit '%s'",
				  git_oid_tostr_s(git_commit_id(commit)));
	TRY(repo_diff_trees(repo, before, after, &options, diff));
	if (git_diff_find_similar(*diff, &find) < 0)
		return repo_read_error(repo, "cannot compare commit '%s' with its parent",
				       git_oid_tostr_s(git_commit_id(commit)));
	return NULL;
}

ERR_CHECK patch_diff_of_commit(git_repository *repo, git_commit *commit, uint32_t context,
			       struct strbuf *text)
{
	git_buf printed = { 0 };
	GIT_DIFF diff = NULL;

	TRY(diff_with_parent(repo, commit, context, &diff));
	if (git_diff_to_buf(&printed, diff, GIT_DIFF_FORMAT_PATCH) < 0)
		return repo_read_error(repo, "cannot print a diff");
	strbuf_add(text, printed.ptr, printed.size);
	git_buf_dispose(&printed);
	return NULL;
}

ERR_CHECK patch_from_commit(git_repository *repo, const git_oid *oid, struct patch *patch)
{
	const git_signature *author;
	GIT_COMMIT commit = NULL;

	*patch = (struct patch){ 0 };
	TRY(repo_commit(repo, oid, &commit));
	TRY(patch_diff_of_commit(repo, commit, PATCH_CONTEXT, &patch->diff));
	author = git_commit_author(commit);
	patch->subject = xstrdup(git_commit_summary(commit) ? git_commit_summary(commit) : "");
	patch->message = xstrdup(git_commit_message(commit));
	patch->author_name = xstrdup(author->name);
	patch->author_email = xstrdup(author->email);
	patch->when = author->when;
	git_oid_cpy(&patch->commit, oid);
	return NULL;
}
