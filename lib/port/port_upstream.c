// SPDX-License-Identifier: GPL-2.0
#include <strings.h>

#include "base/interrupt.h"
#include "core/store.h"
#include "record/diff.h"
#include "port.h"
#include "port_upstream.h"

#define LEAST_HEX    7	/* an abbreviated id in "This reverts commit <id>" */
#define LEAST_WALKED 64 /* searching less than this again is faster than keeping what was found */

const char *port_upstream_how(const struct port_upstream *upstream)
{
	return upstream->how == PORT_BY_PATCH_ID ? "patch-id" : "subject";
}

/* ---- the patch that is looked for ---- */

struct search {
	git_repository *repo;
	const struct port_history *history;
	const struct patch *patch;
	bool by_subject;
	size_t *wanted; /* paths that a commit which makes the same change touches */
	size_t wanted_count;
	uint32_t context;	/* lines of context that the patch was made with */
	char id[STORE_ID_SIZE]; /* port_patch_id() */
	/* commits that newer ones took back, and by whom */
	struct taken_back {
		char hex[OID_HEX_SIZE];
		git_oid by;
	} * taken_back;
	size_t taken_back_count;
};

static void release_search(struct search *search)
{
	free(search->wanted);
	free(search->taken_back);
}

static ERR_CHECK parse(const struct patch *patch, struct diff *diff)
{
	OWNED_STR what = xasprintf("patch %d", patch->number);

	return diff_parse(strbuf_str(&patch->diff), patch->diff.len, what, patch->diff_line, diff);
}

ERR_CHECK port_upstream_paths(const struct patch *patch, struct strvec *paths)
{
	DIFF diff = { 0 };

	TRY(parse(patch, &diff));
	for (size_t i = 0; i < diff.file_count; i++) {
		strvec_push(paths, diff.files[i].old_path);
		if (!str_equal(diff.files[i].old_path, diff.files[i].new_path))
			strvec_push(paths, diff.files[i].new_path);
	}
	return NULL;
}

static void want(struct search *search, const char *path)
{
	size_t index;

	if (!port_history_find(search->history, path, &index))
		return;
	for (size_t i = 0; i < search->wanted_count; i++)
		if (search->wanted[i] == index)
			return;
	search->wanted[search->wanted_count++] = index;
}

/* A mail may have been made with another context than git's three lines. */
static void note_context(struct search *search, const struct diff_file *file)
{
	for (size_t i = 0; i < file->hunk_count; i++) {
		const struct diff_hunk *hunk = &file->hunks[i];

		if (hunk->leading > search->context)
			search->context = (uint32_t)hunk->leading;
		if (hunk->trailing > search->context)
			search->context = (uint32_t)hunk->trailing;
	}
}

static ERR_CHECK prepare(struct search *search)
{
	DIFF diff = { 0 };

	TRY(parse(search->patch, &diff));
	search->wanted = xcalloc(search->history->paths.count, sizeof(*search->wanted));
	for (size_t i = 0; i < diff.file_count; i++) {
		if (diff.files[i].change != DIFF_COPY)
			want(search, diff.files[i].old_path);
		want(search, diff.files[i].new_path);
		note_context(search, &diff.files[i]);
	}
	return port_patch_id(search->patch, search->id);
}

/* ---- one commit of the history ---- */

static bool touches_all(const struct search *search, const struct port_event *step)
{
	for (size_t i = 0; i < search->wanted_count; i++) {
		bool touched = false;

		for (size_t j = 0; j < step->touch_count && !touched; j++)
			touched = step->touches[j].path == search->wanted[i];
		if (!touched)
			return false;
	}
	return search->wanted_count > 0;
}

static ERR_CHECK patch_id_of(const struct search *search, git_commit *commit,
			     char id[STORE_ID_SIZE])
{
	CLEANUP(patch_release) struct patch patch = { 0 };

	/* the end of a history that is not whole: its diff is a whole tree */
	if (!git_commit_parentcount(commit))
		return err_input("a root commit");
	TRY(patch_diff_of_commit(search->repo, commit, search->context, &patch.diff));
	return port_patch_id(&patch, id);
}

/* What cannot be read as a patch (a path that is refused, say) is another one. */
static bool same_change(const struct search *search, git_commit *commit)
{
	char id[STORE_ID_SIZE];
	const struct err *err = patch_id_of(search, commit, id);
	bool same = !err && str_equal(id, search->id);

	err_free(err);
	return same;
}

static bool same_words(const struct search *search, git_commit *commit)
{
	const struct patch *patch = search->patch;
	const git_signature *author = git_commit_author(commit);
	const char *subject = git_commit_summary(commit);

	return subject && *subject && str_equal(subject, patch->subject) &&
	       (strcasecmp(author->email, patch->author_email) == 0 ||
		(*author->name && strcasecmp(author->name, patch->author_name) == 0));
}

/* ---- what was taken back ---- */

static const struct taken_back *find_taken_back(const struct search *search, const git_oid *commit)
{
	const char *hex = git_oid_tostr_s(commit);

	for (size_t i = 0; i < search->taken_back_count; i++)
		if (starts_with(hex, search->taken_back[i].hex))
			return &search->taken_back[i];
	return NULL;
}

static void add_taken_back(struct search *search, const git_oid *by, const char *hex, size_t length)
{
	struct taken_back *entry;

	search->taken_back = xreallocarray(search->taken_back, search->taken_back_count + 1,
					   sizeof(*search->taken_back));
	entry = &search->taken_back[search->taken_back_count++];
	*entry = (struct taken_back){ .by = *by };
	memcpy(entry->hex, hex, length);
}

/* The subject 'Revert "that of the patch"', for messages that name no commit. */
static bool names_subject(const struct search *search, git_commit *commit)
{
	OWNED_STR revert = xasprintf("Revert \"%s\"", search->patch->subject);
	const char *subject = git_commit_summary(commit);

	return subject && str_equal(subject, revert);
}

/* "This reverts commit <id>", as git revert writes it; people break the line anywhere. */
static void note_reverts(struct search *search, git_commit *commit)
{
	static const char words[] = "This reverts commit";
	const git_oid *id = git_commit_id(commit);
	bool any = false;

	for (const char *at = strstr(git_commit_message(commit), words); at;
	     at = strstr(at, words)) {
		size_t length;

		at += sizeof(words) - 1;
		at += strspn(at, "s \t\n");
		length = strspn(at, "0123456789abcdef");
		if (length < LEAST_HEX || length > GIT_OID_HEXSZ)
			continue;
		add_taken_back(search, id, at, length);
		any = true;
	}
	if (!any && names_subject(search, commit))
		add_taken_back(search, id, "", 0);
}

/* What a path is now; NULL when nothing touched it. */
static const struct port_touch *newest_touch(const struct search *search, size_t path,
					     const struct port_event **step)
{
	for (size_t i = 0; i < search->history->count; i++) {
		*step = &search->history->steps[i];
		for (size_t j = 0; j < (*step)->touch_count; j++)
			if ((*step)->touches[j].path == path)
				return &(*step)->touches[j];
	}
	return NULL;
}

/* Without a word: every path is, byte for byte, what it was before. *by is the last that did it. */
static bool is_undone(const struct search *search, const struct port_event *step, git_oid *by)
{
	const struct port_event *newer;

	for (size_t i = 0; i < step->touch_count; i++) {
		const struct port_touch *touch = &step->touches[i];
		const struct port_touch *now = newest_touch(search, touch->path, &newer);

		if (!now || !git_oid_equal(&now->after, &touch->before))
			return false;
		*by = newer->commit;
	}
	return true;
}

/* ---- the search ---- */

/* Newest first, so that what took a commit back is known before the commit comes. */
static ERR_CHECK look_at(struct search *search, const struct port_event *step,
			 struct port_upstream *result)
{
	const struct taken_back *taken_back = find_taken_back(search, &step->commit);
	bool by_subject, by_change, gone = taken_back != NULL;
	git_oid revert = taken_back ? taken_back->by : step->commit;
	GIT_COMMIT commit = NULL;

	TRY(interrupt_check());
	TRY(repo_commit(search->repo, &step->commit, &commit));
	if (!taken_back)
		note_reverts(search, commit);
	by_change = touches_all(search, step) && same_change(search, commit);
	by_subject = search->by_subject && same_words(search, commit);
	if (!by_change && !by_subject)
		return NULL;
	gone = gone || is_undone(search, step, &revert);
	if (gone && result->reverted)
		return NULL;
	result->found = !gone;
	result->reverted = gone;
	result->commit = step->commit;
	result->how = by_change ? PORT_BY_PATCH_ID : PORT_BY_SUBJECT;
	if (gone)
		result->revert = revert;
	return NULL;
}

ERR_CHECK port_upstream_in(git_repository *repo, const struct port_history *history,
			   const struct patch *patch, bool by_subject, struct port_upstream *result)
{
	CLEANUP(release_search)
	struct search search = {
		.repo = repo, .history = history, .patch = patch, .by_subject = by_subject
	};

	*result = (struct port_upstream){ 0 };
	TRY(prepare(&search));
	for (size_t i = 0; i < history->count && !result->found; i++)
		/* a merge or a whole tree is no patch */
		if (history->steps[i].parents == 1)
			TRY(look_at(&search, &history->steps[i], result));
	return NULL;
}

/* ---- what was found before ---- */

/* Everything that decides what is found. NULL: nothing is kept. */
static ERR_CHECK record_path(const struct patch *patch, const git_oid *tip, size_t limit,
			     const char *cache, char **path)
{
	char id[STORE_ID_SIZE];
	STRBUF key = { 0 };

	*path = NULL;
	if (!cache)
		return NULL;
	TRY(port_patch_id(patch, id));
	strbuf_addf(&key, "%s %zu %s\n%s\n%s\n%s\n", git_oid_tostr_s(tip), limit, id,
		    patch->subject, patch->author_name, patch->author_email);
	store_id(key.buf, key.len, id);
	*path = xasprintf("%s/found/%s.json", cache, id);
	return NULL;
}

static json_t *result_json(const struct port_upstream *result)
{
	bool any = result->found || result->reverted;
	json_t *json = json_object();

	store_set(json, "found", json_boolean(result->found));
	if (any)
		store_set(json, "commit", json_string(git_oid_tostr_s(&result->commit)));
	store_set(json, "how", json_string(port_upstream_how(result)));
	if (result->reverted)
		store_set(json, "revert", json_string(git_oid_tostr_s(&result->revert)));
	return json;
}

/* A commit that the repository has; false: there is no such member, or it is wrong. */
static bool read_commit_id(git_repository *repo, const json_t *json, const char *key, git_oid *id)
{
	const char *hex = store_get_string(json, key, "");
	GIT_COMMIT commit = NULL;

	return strlen(hex) == GIT_OID_HEXSZ && git_oid_fromstr(id, hex) == 0 &&
	       git_commit_lookup(&commit, repo, id) == 0;
}

/* False when there is no record that can be believed. */
static bool read_result(git_repository *repo, const char *path, struct port_upstream *result)
{
	OWNED_JSON *json = NULL;
	const struct err *err = path ? store_read(path, &json) : NULL;

	err_free(err);
	if (!json || !json_is_boolean(json_object_get(json, "found")))
		return false;
	result->found = store_get_bool(json, "found", false);
	result->reverted = json_object_get(json, "revert") != NULL;
	result->how = str_equal(store_get_string(json, "how", ""), "subject") ? PORT_BY_SUBJECT
									      : PORT_BY_PATCH_ID;
	if ((result->found || result->reverted) &&
	    !read_commit_id(repo, json, "commit", &result->commit))
		return false;
	return !result->reverted || read_commit_id(repo, json, "revert", &result->revert);
}

ERR_CHECK port_find_upstream(git_repository *repo, const struct patch *patch, const git_oid *tip,
			     size_t limit, const char *cache, struct port_upstream *result)
{
	PORT_HISTORY history = { 0 };
	OWNED_JSON *json = NULL;
	OWNED_STR path = NULL;
	STRVEC paths = { 0 };

	*result = (struct port_upstream){ 0 };
	TRY(record_path(patch, tip, limit, cache, &path));
	if (read_result(repo, path, result))
		return NULL;
	TRY(port_upstream_paths(patch, &paths));
	TRY(port_history_read(repo, tip, &paths, limit, cache, &history));
	TRY(port_upstream_in(repo, &history, patch, true, result));
	if (!path || history.walked < LEAST_WALKED)
		return NULL;
	json = result_json(result);
	return store_write(path, json);
}
