// SPDX-License-Identifier: GPL-2.0
#include "base/interrupt.h"
#include "port_internal.h"

static void drop_notes(struct port_patch *patch)
{
	for (size_t i = 0; i < patch->note_count; i++) {
		free(patch->notes[i].path);
		free(patch->notes[i].text);
	}
	free(patch->notes);
	patch->notes = NULL;
	patch->note_count = 0;
}

void port_release_patch(struct port_patch *patch)
{
	for (size_t i = 0; i < patch->file_count; i++)
		free(patch->files[i].path);
	for (size_t i = 0; i < patch->conflict_count; i++) {
		free(patch->conflicts[i].path);
		free(patch->conflicts[i].reason);
	}
	drop_notes(patch);
	free(patch->files);
	free(patch->conflicts);
	free(patch->subject);
	free(patch->reason);
	free(patch->needs);
}

void port_release(struct port *port)
{
	for (size_t i = 0; i < port->patch_count; i++)
		port_release_patch(&port->patches[i]);
	free(port->patches);
	*port = (struct port){ 0 };
}

static void release_job(struct port_job *job)
{
	port_originals_release(&job->originals);
	port_where_release(&job->where);
	port_leaving_release(&job->leaving);
	port_missing_release(job);
	port_history_release(&job->past);
}

/* A mail with an empty name is written by somebody with an address, and the other way round. */
static ERR_CHECK make_author(const struct patch *patch, git_signature **author)
{
	const char *name = *patch->author_name ? patch->author_name : patch->author_email;
	const char *email = *patch->author_email ? patch->author_email : patch->author_name;

	if (git_signature_new(author, name, email, patch->when.time, patch->when.offset) < 0)
		return err_input("patch %d: its author '%s <%s>' cannot be written into a commit",
				 patch->number, patch->author_name, patch->author_email);
	return NULL;
}

static ERR_CHECK make_committer(const struct port_job *job, const struct patch *patch,
				git_signature **committer)
{
	git_time when = patch->when.time > job->base_time.time ? patch->when : job->base_time;
	const struct port_request *request = job->request;

	if (git_signature_new(committer, request->committer_name, request->committer_email,
			      when.time, when.offset) < 0)
		return err_hint(err_input("'%s <%s>' cannot be a committer",
					  request->committer_name, request->committer_email),
				"set user.name and user.email with git config");
	return NULL;
}

static ERR_CHECK write_commit(struct port_job *job, const struct patch *patch,
			      struct port_patch *record)
{
	GIT_SIGNATURE author = NULL;
	GIT_SIGNATURE committer = NULL;
	GIT_COMMIT parent = NULL;
	GIT_TREE tree = NULL;
	const git_commit *parents[1];

	TRY(make_author(patch, &author));
	TRY(make_committer(job, patch, &committer));
	TRY(repo_tree(job->repo, &record->tree, &tree));
	TRY(repo_commit(job->repo, &job->parent, &parent));
	parents[0] = parent;
	if (git_commit_create(&record->commit, job->repo, NULL, author, committer, NULL,
			      patch->message, tree, 1, parents) < 0)
		return repo_error("cannot write a commit");
	record->has_commit = true;
	git_oid_cpy(&job->parent, &record->commit);
	return NULL;
}

static ERR_CHECK parse_diff(const struct patch *patch, struct diff *diff)
{
	OWNED_STR what = xasprintf("patch %d", patch->number);

	TRY(diff_parse_patch(patch, what, diff));
	if (diff->file_count == 0)
		return err_input("patch %d, '%s', has no diff", patch->number, patch->subject);
	return NULL;
}

/* Parts can only be left out of a patch that does something without them. */
static void check_left_out(struct port_patch *record)
{
	bool any = false;

	for (size_t i = 0; i < record->file_count; i++)
		any |= !record->files[i].left_out && record->files[i].status != PORT_ALREADY;
	for (size_t i = 0; i < record->file_count && !any; i++) {
		if (!record->files[i].left_out)
			continue;
		record->files[i].left_out = false;
		record->files[i].status = PORT_CONFLICT;
		port_add_conflict(record, record->files[i].path, 0,
				  "there is no such file in the branch");
	}
}

/* Tries every file of a patch; the record says how it went. */
static ERR_CHECK carry_files(struct port_job *job, const struct patch *patch,
			     struct port_changes *changes, struct port_patch *record)
{
	DIFF diff = { 0 };

	TRY(parse_diff(patch, &diff));
	job->patch = patch;
	TRY(port_settle_names(job, &diff));
	port_leaving_fill(&job->leaving, &diff);
	record->status = PORT_ALREADY;
	for (size_t i = 0; i < diff.file_count; i++) {
		TRY(interrupt_check());
		TRY(port_carry_file(job, patch, &diff.files[i], changes, record));
	}
	check_left_out(record);
	for (size_t i = 0; i < record->file_count; i++)
		if (record->files[i].status > record->status)
			record->status = record->files[i].status;
	if (record->status == PORT_CONFLICT)
		drop_notes(record); /* there is no result to look at */
	if (record->status != PORT_CONFLICT && record->status != PORT_FUZZY)
		return NULL;
	return port_find_needs(job, &diff, record);
}

/* Puts what was carried on the tip. */
static ERR_CHECK take_patch(struct port_job *job, const struct patch *patch,
			    struct port_changes *changes, struct port_patch *record)
{
	TRY(port_tree_write(job->repo, &job->tree, changes, &record->tree));
	record->has_tree = true;
	if (record->status != PORT_ALREADY)
		TRY(write_commit(job, patch, record));
	git_oid_cpy(&job->tree, &record->tree);
	return NULL;
}

/* The patch as it stands. `onto_tip` false: only what the author's files become is learnt. */
static ERR_CHECK carry_original(struct port_job *job, const struct patch *patch, bool onto_tip,
				struct port_patch *record)
{
	CLEANUP(port_changes_release) struct port_changes changes = { 0 };

	TRY(carry_files(job, patch, &changes, record));
	if (!onto_tip || record->status == PORT_CONFLICT)
		return NULL;
	return take_patch(job, patch, &changes, record);
}

/* Why a recorded port is not to be used: the patch that it adapts is another one now. NULL: none.
 */
static ERR_CHECK original_changed(const struct patch *patch, const struct patch *recorded,
				  char **reason)
{
	char id[STORE_ID_SIZE];

	*reason = NULL;
	if (!recorded->original_id)
		return NULL;
	TRY(port_patch_id(patch, id));
	if (!str_equal(id, recorded->original_id))
		*reason = xasprintf("the patch has changed since its port was recorded: its change "
				    "id is %.12s now, not %.12s",
				    id, recorded->original_id);
	return NULL;
}

/* A file that fits only loosely has no conflict, but is why a recorded port is not used. */
static void explain_fuzzy(struct port_patch *record)
{
	for (size_t i = 0; i < record->file_count; i++)
		if (record->files[i].status == PORT_FUZZY)
			port_add_conflict(record, record->files[i].path, 0,
					  "it fits only loosely: lines around the change are not "
					  "those that the port was recorded with");
}

static ERR_CHECK carry_recorded(struct port_job *job, const struct patch *patch,
				const struct patch *recorded, struct port_patch *record)
{
	CLEANUP(port_changes_release) struct port_changes changes = { 0 };

	TRY(original_changed(patch, recorded, &record->reason));
	if (record->reason) {
		record->status = PORT_STALE;
		return NULL;
	}
	TRY(carry_files(job, recorded, &changes, record));
	explain_fuzzy(record);
	/* what a person fitted is not bent further without one */
	if (record->status == PORT_CONFLICT || record->status == PORT_FUZZY) {
		OWNED_STR needs = record->reason;

		record->status = PORT_STALE;
		record->reason = xasprintf("the branch has changed since the port was recorded%s%s",
					   needs ? "; " : "", needs ? needs : "");
		return NULL;
	}
	for (size_t i = 0; i < record->file_count; i++)
		if (record->files[i].status != PORT_ALREADY)
			record->files[i].status = PORT_RECORDED;
	if (record->status != PORT_ALREADY)
		record->status = PORT_RECORDED;
	return take_patch(job, recorded, &changes, record);
}

/* A patch that is not carried as it stands still tells what the author's files become. */
static ERR_CHECK learn(struct port_job *job, const struct patch *patch)
{
	struct port_patch ignored = { 0 };
	const struct err *err = carry_original(job, patch, false, &ignored);

	port_release_patch(&ignored);
	return err;
}

/* A commit of the branch's history makes this change: nothing is left to do. */
static ERR_CHECK take_as_there(struct port_job *job, const struct patch *patch,
			       const git_oid *commit, struct port_patch *record)
{
	STRVEC paths = { 0 };

	TRY(learn(job, patch));
	TRY(port_upstream_paths(patch, &paths));
	strvec_sort(&paths);
	record->files = xcalloc(paths.count, sizeof(*record->files));
	for (size_t i = 0; i < paths.count; i++)
		if (!i || !str_equal(paths.items[i], paths.items[i - 1]))
			record->files[record->file_count++] = (struct port_file){
				.path = xstrdup(paths.items[i]),
				.status = PORT_ALREADY,
				.preimage = PORT_FROM_NONE,
			};
	record->status = PORT_ALREADY;
	record->reason = xasprintf("commit %.12s of the branch makes this change",
				   git_oid_tostr_s(commit));
	record->has_tree = true;
	git_oid_cpy(&record->tree, &job->tree);
	return NULL;
}

static ERR_CHECK carry_patch(struct port_job *job, size_t i, struct port_patch *record)
{
	const struct port_request *request = job->request;
	const struct patch *patch = &request->patches[i];
	struct port_upstream upstream;

	record->number = patch->number;
	record->subject = xstrdup(patch->subject);
	if (request->skips && request->skips[i]) {
		record->status = PORT_SKIPPED;
		record->reason = xstrdup(request->skips[i]);
		return learn(job, patch);
	}
	TRY(port_find_already(job, patch, &upstream));
	if (upstream.found)
		return take_as_there(job, patch, &upstream.commit, record);
	if (!request->recorded || !request->recorded[i])
		return carry_original(job, patch, true, record);
	TRY(learn(job, patch));
	return carry_recorded(job, patch, request->recorded[i], record);
}

/* What is not in the tip is what later patches may miss. */
static ERR_CHECK note_missing(struct port_job *job, size_t i, const struct port_patch *record)
{
	const struct port_request *request = job->request;
	enum port_status status = record->status;

	if (status != PORT_CONFLICT && status != PORT_STALE && status != PORT_SKIPPED)
		return NULL;
	if (request->recorded && request->recorded[i])
		TRY(port_missing_add(job, request->recorded[i], record->number, status));
	return port_missing_add(job, &request->patches[i], record->number, status);
}

static ERR_CHECK start_job(const struct port_request *request, struct port_job *job)
{
	GIT_COMMIT onto = NULL;

	*job = (struct port_job){ .request = request, .repo = request->repo };
	TRY(repo_commit(request->repo, &request->onto, &onto));
	git_oid_cpy(&job->tree, git_commit_tree_id(onto));
	git_oid_cpy(&job->parent, &request->onto);
	job->base_time = git_commit_committer(onto)->when;
	job->alone = git_commit_parentcount(onto) == 0;
	return NULL;
}

ERR_CHECK port_run(const struct port_request *request, struct port *port)
{
	CLEANUP(release_job) struct port_job job = { 0 };

	*port = (struct port){ 0 };
	git_oid_cpy(&port->base, &request->onto);
	TRY(start_job(request, &job));
	port->patches = xcalloc(request->patch_count, sizeof(*port->patches));
	for (size_t i = 0; i < request->patch_count; i++) {
		port->patch_count++;
		TRY(carry_patch(&job, i, &port->patches[i]));
		TRY(note_missing(&job, i, &port->patches[i]));
	}
	git_oid_cpy(&port->tip, &job.parent);
	return NULL;
}

bool port_is_complete(const struct port *port)
{
	for (size_t i = 0; i < port->patch_count; i++)
		if (port->patches[i].status == PORT_STALE ||
		    port->patches[i].status == PORT_CONFLICT)
			return false;
	return true;
}

bool port_needs_person(const struct port *port)
{
	for (size_t i = 0; i < port->patch_count; i++)
		if (port->patches[i].status == PORT_FUZZY)
			return true;
	return !port_is_complete(port);
}
