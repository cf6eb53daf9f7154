// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "record/identity.h"
#include "stack_needs.h"

#define COMMIT_LEAST 7 /* hex digits that can be a commit */

void stack_release_needs(struct stack_needs *needs)
{
	for (size_t i = 0; i < needs->count; i++) {
		free(needs->items[i].text);
		free(needs->items[i].series);
		free(needs->items[i].subject);
		free(needs->items[i].problem);
		free(needs->items[i].hint);
	}
	free(needs->items);
	*needs = (struct stack_needs){ 0 };
}

const char *stack_need_name(enum stack_need_kind kind)
{
	static const char *const names[] = { [STACK_NEED_SERIES] = "series",
					     [STACK_NEED_COMMIT] = "commit",
					     [STACK_NEED_MAIL] = "message-id",
					     [STACK_NEED_CHANGE] = "change-id",
					     [STACK_NEED_PATCH] = "patch-id" };

	return names[kind];
}

char *stack_describe_need(const struct stack_need *need)
{
	if (need->problem)
		return xstrdup(need->problem);
	if (!git_oid_is_zero(&need->commit))
		return xasprintf("commit %.12s%s%s%s", git_oid_tostr_s(&need->commit),
				 need->subject ? " (\"" : "", need->subject ? need->subject : "",
				 need->subject ? "\")" : "");
	if (need->patch)
		return xasprintf("patch %d of series '%s', version %d%s", need->patch, need->series,
				 need->named,
				 need->named == need->version ? ""
							      : ", which is not the current one");
	if (need->named && need->named != need->version)
		return xasprintf("version %d of series '%s'; version %d is taken, the current one",
				 need->named, need->series, need->version);
	return xasprintf("series '%s', version %d", need->series, need->version);
}

ERR_CHECK stack_open_repo(const struct workspace *workspace, git_repository **repo)
{
	*repo = NULL;
	if (workspace->own_repo && !file_exists(workspace->repo_path))
		return NULL;
	return repo_open(workspace->repo_path, false, repo);
}

/* What a search asks every version of every series. */
struct question;
typedef ERR_CHECK (*question_fn)(struct question *question, struct series *version, bool *found);

struct question {
	question_fn ask;
	struct stack_need *need;
	struct stack_needs *needs; /* patch ids: all of them */
};

/* The file has the words: cheaper than decoding, and decoding then tells. */
static ERR_CHECK file_mentions(const char *path, const char *words, bool *mentions)
{
	STRBUF bytes = { 0 };

	TRY(file_read(path, PATCH_MAIL_MAX, &bytes));
	*mentions = bytes.len && memmem(bytes.buf, bytes.len, words, strlen(words));
	return NULL;
}

static ERR_CHECK is_mail(const char *folder, const char *file, const char *id, bool *is)
{
	OWNED_STR path = xasprintf("%s/%s", folder, file);
	CLEANUP(patch_release) struct patch patch = { 0 };
	STRBUF bytes = { 0 };
	bool mentions;

	TRY(file_mentions(path, id, &mentions));
	if (!mentions)
		return NULL;
	TRY(file_read(path, PATCH_MAIL_MAX, &bytes));
	TRY(patch_from_mail(strbuf_str(&bytes), bytes.len, path, &patch));
	*is = patch.message_id && str_equal(patch.message_id, id);
	return NULL;
}

/* Whether the version was posted under that Message-ID, or one of its mails has it. */
static ERR_CHECK ask_mail(struct question *question, struct series *version, bool *found)
{
	const char *id = question->need->text;

	*found = str_equal(version->based_on, id);
	if (!*found && version->cover)
		TRY(is_mail(version->folder, version->cover, id, found));
	for (size_t i = 0; i < version->files.count && !*found; i++)
		TRY(is_mail(version->folder, version->files.items[i], id, found));
	return NULL;
}

/* "CHANGE-ID" or "CHANGE-ID:vN": the series is named by the first part. */
static ERR_CHECK ask_change(struct question *question, struct series *version, bool *found)
{
	const char *id = version->change_id;
	size_t length = strlen(id);
	const char *text = question->need->text;

	*found = length && strncmp(text, id, length) == 0 &&
		 (!text[length] || starts_with(text + length, ":v"));
	return NULL;
}

/* Fills in every patch id that the version has and none before it had. */
static ERR_CHECK ask_patches(struct question *question, struct series *version, bool *found)
{
	CLEANUP(free_ptr) const struct patch **patches = NULL;
	struct stack_needs *needs = question->needs;
	IDENTITY_GIT git = { 0 };

	*found = false;
	TRY(series_read_patches(version));
	patches = xcalloc(version->patch_count + 1, sizeof(*patches));
	for (size_t i = 0; i < version->patch_count; i++)
		patches[i] = &version->patches[i];
	TRY(identity_ask_git(patches, version->patch_count, &git));
	for (size_t i = 0; i < needs->count; i++) {
		struct stack_need *need = &needs->items[i];

		for (size_t j = 0; j < git.count && need->kind == STACK_NEED_PATCH && !need->series;
		     j++) {
			if (!str_equal(git.ids[j], need->text))
				continue;
			need->series = xstrdup(version->name);
			need->named = version->version;
			need->patch = (int)j + 1;
		}
	}
	return NULL;
}

/* Asks the versions of a series, the current one first. */
static ERR_CHECK ask_series(const struct series *series, struct question *question, int *version)
{
	CLEANUP(free_ptr) int *versions = NULL;
	size_t count;
	bool found = false;

	*version = 0;
	TRY(series_versions(series, &versions, &count));
	for (size_t i = count; i-- > 0 && !found;) {
		SERIES opened = { 0 };

		TRY(series_open_version(series, versions[i], &opened));
		TRY(question->ask(question, &opened, &found));
		if (found)
			*version = versions[i];
	}
	return NULL;
}

/* A series that cannot be read is somebody else's trouble, which 'farrier list' tells. */
static ERR_CHECK unless_input(const struct err *err)
{
	if (!err || err->kind != ERR_INPUT)
		return err;
	err_free(err);
	return NULL;
}

static ERR_CHECK ask_one(const struct workspace *workspace, const char *name,
			 struct question *question)
{
	SERIES series = { 0 };
	int version;

	TRY(series_open(workspace, name, &series));
	TRY(ask_series(&series, question, &version));
	for (size_t i = 0; question->needs && i < question->needs->count; i++) {
		struct stack_need *need = &question->needs->items[i];

		if (need->patch && str_equal(need->series, name))
			need->version = series.version;
	}
	if (!version)
		return NULL;
	question->need->series = xstrdup(name);
	question->need->named = version;
	question->need->version = series.version;
	return NULL;
}

/* Asks every series but the one that needs it, until one answers. */
static ERR_CHECK ask_all(const struct workspace *workspace, const char *but,
			 struct question *question)
{
	STRVEC names = { 0 };

	TRY(series_list(workspace, &names));
	for (size_t i = 0; i < names.count && !question->need->series; i++)
		if (!str_equal(names.items[i], but))
			TRY(unless_input(ask_one(workspace, names.items[i], question)));
	return NULL;
}

static void set_problem(struct stack_need *need, char *problem, char *hint)
{
	need->problem = problem;
	need->hint = hint;
}

static ERR_CHECK find_mail(const struct workspace *workspace, const struct series *series,
			   struct stack_need *need)
{
	struct question question = { .ask = ask_mail, .need = need };

	need->kind = STACK_NEED_MAIL;
	TRY(ask_all(workspace, series->name, &question));
	if (!need->series)
		set_problem(need, xasprintf("no series here was posted as '%s'", need->text),
			    xasprintf("'farrier import %s'; or take it out of series.conf when the "
				      "branches have it",
				      need->text));
	return NULL;
}

/* The version behind "CHANGE-ID:v"; 0 when it names none. */
static int change_version(const char *text)
{
	const char *colon = strstr(text, ":v");
	int version = colon ? atoi(colon + 2) : 0;

	return version > 0 && version <= SERIES_VERSION_MAX ? version : 0;
}

static ERR_CHECK find_change(const struct workspace *workspace, const struct series *series,
			     struct stack_need *need)
{
	struct question question = { .ask = ask_change, .need = need };

	need->kind = STACK_NEED_CHANGE;
	TRY(ask_all(workspace, series->name, &question));
	if (need->series) {
		need->named = change_version(need->text);
		return NULL;
	}
	set_problem(need,
		    xasprintf("'%s' is no series here, no commit, no Message-ID and no change id "
			      "of a series here",
			      need->text),
		    xstrdup("'farrier list' lists the series; 'farrier import' makes one"));
	return NULL;
}

static bool is_commit_id(const char *text)
{
	size_t length = strlen(text);

	return length >= COMMIT_LEAST && length <= GIT_OID_HEXSZ &&
	       strspn(text, "0123456789abcdef") == length;
}

static ERR_CHECK find_commit(const struct workspace *workspace, struct stack_need *need)
{
	GIT_COMMIT commit = NULL;
	REPO repo = NULL;
	git_oid prefix;
	int result;

	need->kind = STACK_NEED_COMMIT;
	TRY(stack_open_repo(workspace, &repo));
	if (git_oid_fromstrn(&prefix, need->text, strlen(need->text)) < 0)
		return repo_error("cannot read '%s'", need->text);
	result = repo ? git_commit_lookup_prefix(&commit, repo, &prefix, strlen(need->text))
		      : GIT_ENOTFOUND;
	if (result == GIT_EAMBIGUOUS)
		set_problem(need, xasprintf("more than one commit begins with '%s'", need->text),
			    xstrdup("write more of its id into series.conf"));
	else if (result < 0)
		set_problem(need,
			    xasprintf("there is no commit '%s' in '%s'", need->text,
				      workspace->repo_path),
			    xasprintf("fetch it ('git -C %s fetch URL %s'), or import its mail and "
				      "name that series",
				      workspace->repo_path, need->text));
	else if (git_commit_parentcount(commit) != 1 || repo_is_snapshot(commit))
		set_problem(need, xasprintf("commit '%s' is no patch", need->text),
			    xstrdup("it is a merge or a whole tree; name the commits that matter"));
	if (need->problem)
		return NULL;
	git_oid_cpy(&need->commit, git_commit_id(commit));
	need->subject = xstrdup(git_commit_summary(commit) ? git_commit_summary(commit) : "");
	return NULL;
}

static ERR_CHECK find_need(const struct workspace *workspace, const struct series *series,
			   const struct strvec *known, struct stack_need *need)
{
	SERIES found = { 0 };

	if (strvec_has(known, need->text)) {
		TRY(series_open(workspace, need->text, &found));
		need->kind = STACK_NEED_SERIES;
		need->series = xstrdup(need->text);
		need->version = found.version;
		return NULL;
	}
	if (strchr(need->text, '@'))
		return find_mail(workspace, series, need);
	if (is_commit_id(need->text))
		return find_commit(workspace, need);
	return find_change(workspace, series, need);
}

static ERR_CHECK find_patches(const struct workspace *workspace, const struct series *series,
			      struct stack_needs *needs)
{
	struct stack_need unused = { 0 };
	struct question question = { .ask = ask_patches, .need = &unused, .needs = needs };

	if (!series->patch_ids.count)
		return NULL;
	TRY(ask_all(workspace, series->name, &question));
	for (size_t i = 0; i < needs->count; i++) {
		struct stack_need *need = &needs->items[i];

		if (need->kind == STACK_NEED_PATCH && !need->series)
			set_problem(need,
				    xasprintf("no patch here has the patch id %.12s", need->text),
				    xstrdup("the cover letter may tell which series it is of: "
					    "import that"));
	}
	return NULL;
}

ERR_CHECK stack_find_needs(const struct workspace *workspace, const struct series *series,
			   struct stack_needs *needs)
{
	STRVEC known = { 0 };

	*needs = (struct stack_needs){ 0 };
	needs->items = xcalloc(series->prerequisites.count + series->patch_ids.count + 1,
			       sizeof(*needs->items));
	TRY(series_list(workspace, &known));
	for (size_t i = 0; i < series->prerequisites.count; i++) {
		struct stack_need *need = &needs->items[needs->count++];

		need->text = xstrdup(series->prerequisites.items[i]);
		TRY(find_need(workspace, series, &known, need));
	}
	for (size_t i = 0; i < series->patch_ids.count; i++)
		needs->items[needs->count++] = (struct stack_need){
			.kind = STACK_NEED_PATCH, .text = xstrdup(series->patch_ids.items[i])
		};
	return find_patches(workspace, series, needs);
}
