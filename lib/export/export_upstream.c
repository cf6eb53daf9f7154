// SPDX-License-Identifier: GPL-2.0
#include "export_message.h"
#include "export_upstream.h"
#include "port/port_upstream.h"

void export_upstream_release(struct export_upstream *upstream)
{
	free(upstream->cache);
	*upstream = (struct export_upstream){ 0 };
}

ERR_CHECK export_upstream_open(const struct workspace *workspace, git_repository *repo,
			       struct export_upstream *upstream)
{
	STRVEC names = { 0 };
	BRANCH branch = { 0 };
	GIT_COMMIT commit = NULL;

	*upstream = (struct export_upstream){ .repo = repo,
					      .cache = workspace_cached(workspace, "history") };
	TRY(target_branches(workspace, &names));
	if (!strvec_has(&names, EXPORT_MAINLINE))
		return NULL;
	TRY(target_read_branch(workspace, EXPORT_MAINLINE, &branch));
	TRY(repo_resolve_ref(repo, branch.ref, &upstream->tip, &upstream->filled));
	if (!upstream->filled)
		return NULL;
	TRY(repo_commit(repo, &upstream->tip, &commit));
	upstream->history = !repo_is_snapshot(commit);
	return NULL;
}

/* The name that somebody gave, and who; NULL when nobody did. */
static const char *given_name(const struct series *series, const struct patch *patch,
			      char id[OID_HEX_SIZE], const char **source)
{
	const char *named = series_upstream(series, patch->number);

	if (named) {
		*source = "series.conf";
		return named;
	}
	*source = "its message";
	return export_message_upstream(patch->message, id) ? id : NULL;
}

enum standing {
	IN_MAINLINE,
	NOT_IN_MAINLINE,
	NOT_KNOWN, /* there is no history to say */
};

static ERR_CHECK look_up(const struct export_upstream *upstream, const char *id,
			 enum standing *standing)
{
	GIT_COMMIT commit = NULL;
	git_oid oid;
	int result;

	*standing = NOT_KNOWN;
	if (!upstream->filled || !upstream->history)
		return NULL;
	git_oid_fromstr(&oid, id);
	if (git_commit_lookup(&commit, upstream->repo, &oid) < 0) {
		if (!git_repository_is_shallow(upstream->repo))
			*standing = NOT_IN_MAINLINE;
		return NULL;
	}
	result = git_oid_equal(&oid, &upstream->tip)
			 ? 1
			 : git_graph_descendant_of(upstream->repo, &upstream->tip, &oid);
	if (result < 0)
		return repo_error("cannot compare commits");
	*standing = result ? IN_MAINLINE : NOT_IN_MAINLINE;
	return NULL;
}

static void refuse(struct export_patch *record, char *reason, char *hint)
{
	record->fate = EXPORT_REFUSED;
	record->reason = reason;
	record->hint = hint;
}

static char *how_to_name(const struct export_upstream *upstream, const struct series *series)
{
	return xasprintf("when it is upstream, series/%s/series.conf can say so: 'upstream = N: "
			 "COMMIT'%s; --local exports plain mails",
			 series->name,
			 upstream->history ? ""
					   : ", or let branch '" EXPORT_MAINLINE
					     "' be a clone with its history");
}

/* Nobody named the commit: looks for it where there is a history. */
static ERR_CHECK search(const struct export_upstream *upstream, const struct series *series,
			const struct patch *patch, struct export_patch *record, bool *checked)
{
	struct port_upstream found = { 0 };
	char *reason;

	if (upstream->history)
		TRY(port_find_upstream(upstream->repo, patch, &upstream->tip, 0, upstream->cache,
				       &found));
	if (found.found) {
		record->upstream = xstrdup(git_oid_tostr_s(&found.commit));
		record->source = xasprintf("branch '" EXPORT_MAINLINE "', by its %s",
					   port_upstream_how(&found));
		*checked = true;
		return NULL;
	}
	if (found.reverted)
		reason = xasprintf("it was in branch '" EXPORT_MAINLINE
				   "', but commit %.12s reverted it",
				   git_oid_tostr_s(&found.revert));
	else if (upstream->history)
		reason = xstrdup("it is not upstream: branch '" EXPORT_MAINLINE
				 "' has no such patch, and stable takes what mainline has");
	else
		reason = xasprintf("its upstream commit is not known: branch '" EXPORT_MAINLINE
				   "' is %s",
				   upstream->filled ? "a snapshot, without a history to look in"
						    : "not filled");
	refuse(record, reason, how_to_name(upstream, series));
	return NULL;
}

ERR_CHECK export_upstream_find(struct export_upstream *upstream, const struct series *series,
			       const struct patch *patch, struct export_patch *record,
			       bool *checked)
{
	char id[OID_HEX_SIZE];
	const char *source;
	const char *name = given_name(series, patch, id, &source);
	enum standing standing;

	*checked = false;
	if (!name)
		return search(upstream, series, patch, record, checked);
	TRY(look_up(upstream, name, &standing));
	if (standing == NOT_IN_MAINLINE) {
		refuse(record,
		       xasprintf("commit %s, which %s names, is not in branch '" EXPORT_MAINLINE
				 "'",
				 name, source),
		       xstrdup("update the branch, or mend the name"));
		return NULL;
	}
	record->upstream = xstrdup(name);
	record->source = xstrdup(source);
	*checked = standing == IN_MAINLINE;
	return NULL;
}
