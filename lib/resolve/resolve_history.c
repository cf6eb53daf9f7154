// SPDX-License-Identifier: GPL-2.0
#include "base/interrupt.h"
#include "record/lines.h"
#include "resolve_history.h"

#define MOST_COMMITS 20000 /* that are looked at */
#define MOST_WAITING 256   /* sides of merges that wait for their turn */
#define MOST_LISTED  5	   /* for each range */

/* A commit whose file is still to be compared with its parents'. */
struct entry {
	git_oid commit;
	git_oid blob;
	git_time_t time;
	struct port_range *ranges;
};

struct walk {
	git_repository *repo;
	const struct resolve_question *question;
	struct resolve_history *history;
	struct entry waiting[MOST_WAITING];
	size_t count;
	size_t looked_at;
};

void resolve_history_release(struct resolve_history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		for (size_t j = 0; j < history->lists[i].count; j++) {
			free(history->lists[i].items[j].author);
			free(history->lists[i].items[j].subject);
		}
		free(history->lists[i].items);
	}
	free(history->lists);
	*history = (struct resolve_history){ 0 };
}

static void release_walk(struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		free(walk->waiting[i].ranges);
}

static void end_at(struct walk *walk, enum resolve_end end, const git_oid *commit)
{
	if (end < walk->history->end)
		return;
	walk->history->end = end;
	git_oid_cpy(&walk->history->end_commit, commit);
}

/* The file's blob in a commit; false when it has none. */
static bool file_in(git_commit *commit, const char *path, git_oid *id)
{
	GIT_TREE_ENTRY entry = NULL;
	GIT_TREE tree = NULL;

	if (git_commit_tree(&tree, commit) < 0 || git_tree_entry_bypath(&entry, tree, path) < 0 ||
	    git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
		return false;
	git_oid_cpy(id, git_tree_entry_id(entry));
	return true;
}

static bool is_waiting(const struct walk *walk, const git_oid *commit)
{
	for (size_t i = 0; i < walk->count; i++)
		if (git_oid_equal(&walk->waiting[i].commit, commit))
			return true;
	return false;
}

static void push(struct walk *walk, git_commit *commit, const git_oid *blob,
		 const struct port_range *ranges)
{
	size_t count = walk->question->range_count;
	struct entry *entry;

	if (is_waiting(walk, git_commit_id(commit)))
		return;
	if (walk->count == MOST_WAITING) {
		end_at(walk, RESOLVE_AT_LIMIT, git_commit_id(commit));
		return;
	}
	entry = &walk->waiting[walk->count++];
	git_oid_cpy(&entry->commit, git_commit_id(commit));
	git_oid_cpy(&entry->blob, blob);
	entry->time = git_commit_time(commit);
	entry->ranges = xcalloc(count, sizeof(*ranges));
	memcpy(entry->ranges, ranges, count * sizeof(*ranges));
}

/* Takes the newest out, so that two ways to one commit meet in it. */
static struct entry pop(struct walk *walk)
{
	size_t newest = 0;
	struct entry entry;

	for (size_t i = 1; i < walk->count; i++)
		if (walk->waiting[i].time > walk->waiting[newest].time)
			newest = i;
	entry = walk->waiting[newest];
	walk->waiting[newest] = walk->waiting[--walk->count];
	return entry;
}

static void list_commit(struct walk *walk, git_commit *commit, size_t range)
{
	struct resolve_commits *list = &walk->history->lists[range];
	const git_signature *author = git_commit_author(commit);

	for (size_t i = 0; i < list->count; i++)
		if (git_oid_equal(&list->items[i].id, git_commit_id(commit)))
			return;
	if (list->count == MOST_LISTED) {
		list->more++;
		return;
	}
	list->items = xreallocarray(list->items, list->count + 1, sizeof(*list->items));
	list->items[list->count++] = (struct resolve_commit){
		.id = *git_commit_id(commit),
		.when = author->when,
		.author = xstrdup(author->name),
		.subject = xstrdup(git_commit_summary(commit) ? git_commit_summary(commit) : ""),
	};
}

static ERR_CHECK read_blob(git_repository *repo, const git_oid *id, struct strbuf *text)
{
	GIT_BLOB blob = NULL;

	if (git_blob_lookup(&blob, repo, id) < 0)
		return repo_error("cannot read blob '%s'", git_oid_tostr_s(id));
	if ((uint64_t)git_blob_rawsize(blob) > LINES_MAX_TEXT)
		return err_input("blob '%s' is larger than %zu MiB", git_oid_tostr_s(id),
				 LINES_MAX_TEXT >> 20);
	strbuf_add(text, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	return NULL;
}

/* Carries the ranges to a parent whose file is another one; `merge`: it is not the only one. */
static ERR_CHECK go_to_parent(struct walk *walk, const struct entry *entry, git_commit *commit,
			      git_commit *parent, const git_oid *parent_blob, bool merge)
{
	size_t count = walk->question->range_count;
	CLEANUP(free_ptr) struct port_range *ranges = xcalloc(count, sizeof(*ranges));
	PORT_MAP map = { 0 };
	STRBUF before = { 0 };
	STRBUF after = { 0 };

	memcpy(ranges, entry->ranges, count * sizeof(*ranges));
	TRY(read_blob(walk->repo, parent_blob, &before));
	TRY(read_blob(walk->repo, &entry->blob, &after));
	TRY(port_map_make(&before, &after, &map));
	for (size_t i = 0; i < count; i++)
		if (port_map_carry(&map, PORT_NEW_TO_OLD, &ranges[i]) && !merge)
			list_commit(walk, commit, i);
	push(walk, parent, parent_blob, ranges);
	return NULL;
}

/* A parent with the very same file; what the others did is not in it. */
static ERR_CHECK go_to_same(struct walk *walk, const struct entry *entry, git_commit *commit,
			    bool *went)
{
	*went = false;
	for (unsigned i = 0; i < git_commit_parentcount(commit) && !*went; i++) {
		GIT_COMMIT parent = NULL;
		git_oid blob;

		if (git_commit_parent(&parent, commit, i) < 0)
			continue;
		*went = file_in(parent, walk->question->path, &blob) &&
			git_oid_equal(&blob, &entry->blob);
		if (*went)
			push(walk, parent, &blob, entry->ranges);
	}
	return NULL;
}

static ERR_CHECK go_back(struct walk *walk, const struct entry *entry, git_commit *commit)
{
	unsigned parents = git_commit_parentcount(commit);
	bool same, went, known = false; /* a shallow clone names parents that it does not have */

	TRY(go_to_same(walk, entry, commit, &same));
	went = same;
	for (unsigned i = 0; i < parents && !same; i++) {
		GIT_COMMIT parent = NULL;
		git_oid blob;

		if (git_commit_parent(&parent, commit, i) < 0)
			continue;
		known = true;
		if (!file_in(parent, walk->question->path, &blob))
			continue;
		TRY(go_to_parent(walk, entry, commit, parent, &blob, parents > 1));
		went = true;
	}
	if (went)
		return NULL;
	if (!known || repo_is_snapshot(commit)) {
		end_at(walk, repo_is_snapshot(commit) ? RESOLVE_AT_SNAPSHOT : RESOLVE_AT_ROOT,
		       git_commit_id(commit));
		return NULL;
	}
	/* the file came with this commit */
	for (size_t i = 0; i < walk->question->range_count && parents == 1; i++)
		list_commit(walk, commit, i);
	end_at(walk, RESOLVE_AT_ROOT, git_commit_id(commit));
	return NULL;
}

static ERR_CHECK look_at(struct walk *walk, const struct entry *entry)
{
	const struct resolve_question *question = walk->question;
	GIT_COMMIT commit = NULL;

	TRY(interrupt_check());
	if ((question->until_text && git_oid_equal(&entry->blob, question->until_text)) ||
	    (question->until_commit && git_oid_equal(&entry->commit, question->until_commit))) {
		end_at(walk, RESOLVE_AT_TEXT, &entry->commit);
		return NULL;
	}
	TRY(repo_commit(walk->repo, &entry->commit, &commit));
	return go_back(walk, entry, commit);
}

static ERR_CHECK start(struct walk *walk)
{
	const struct resolve_question *question = walk->question;
	GIT_COMMIT commit = NULL;
	git_oid blob;

	TRY(repo_commit(walk->repo, &question->tip, &commit));
	git_oid_cpy(&walk->history->end_commit, &question->tip);
	if (file_in(commit, question->path, &blob))
		push(walk, commit, &blob, question->ranges);
	return NULL;
}

ERR_CHECK resolve_history_find(git_repository *repo, const struct resolve_question *question,
			       struct resolve_history *history)
{
	CLEANUP(release_walk)
	struct walk walk = { .repo = repo, .question = question, .history = history };

	*history = (struct resolve_history){ .count = question->range_count };
	history->lists = xcalloc(question->range_count, sizeof(*history->lists));
	TRY(start(&walk));
	while (walk.count) {
		struct entry entry = pop(&walk);
		const struct err *err = NULL;

		if (walk.looked_at++ < MOST_COMMITS)
			err = look_at(&walk, &entry);
		else
			end_at(&walk, RESOLVE_AT_LIMIT, &entry.commit);
		free(entry.ranges);
		TRY(err);
	}
	return NULL;
}
