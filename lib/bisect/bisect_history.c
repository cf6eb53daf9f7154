// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "bisect_history.h"

/* A row of bits for each commit: this many take 2 GiB. */
#define MOST_SUSPECTS 130000

void bisect_history_release(struct bisect_history *history)
{
	free(history->commits);
	free(history->sorted);
	suspect_graph_free(history->graph);
	*history = (struct bisect_history){ 0 };
}

static void release_walk(git_revwalk **walk)
{
	git_revwalk_free(*walk);
}

static ERR_CHECK start_walk(git_repository *repo, const git_oid *bad, const git_oid *goods,
			    size_t good_count, git_revwalk **walk)
{
	if (git_revwalk_new(walk, repo) < 0 || git_revwalk_push(*walk, bad) < 0)
		return repo_read_error(repo, "cannot walk the history");
	for (size_t i = 0; i < good_count; i++)
		if (git_revwalk_hide(*walk, &goods[i]) < 0)
			return repo_read_error(repo, "cannot walk the history");
	git_revwalk_sorting(*walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
	return NULL;
}

static ERR_CHECK read_commits(git_repository *repo, const git_oid *bad, const git_oid *goods,
			      size_t good_count, struct bisect_history *history)
{
	CLEANUP(release_walk) git_revwalk *walk = NULL;
	size_t alloc = 0;
	git_oid commit;
	int result;

	TRY(start_walk(repo, bad, goods, good_count, &walk));
	while ((result = git_revwalk_next(&commit, walk)) == 0) {
		if (history->count == alloc) {
			alloc = alloc * 2 + 64;
			history->commits = xreallocarray(history->commits, alloc,
							 sizeof(*history->commits));
		}
		history->commits[history->count++] = commit;
		if (history->count > MOST_SUSPECTS)
			return err_hint(err_input("there are more than %d suspects", MOST_SUSPECTS),
					"name a good revision that is nearer to the bad one");
	}
	return result == GIT_ITEROVER ? NULL : repo_read_error(repo, "cannot walk the history");
}

static int compare(const void *a, const void *b, void *commits)
{
	const git_oid *ids = commits;

	return git_oid_cmp(&ids[*(const size_t *)a], &ids[*(const size_t *)b]);
}

static void sort(struct bisect_history *history)
{
	history->sorted = xcalloc(history->count + 1, sizeof(*history->sorted));
	for (size_t i = 0; i < history->count; i++)
		history->sorted[i] = i;
	qsort_r(history->sorted, history->count, sizeof(*history->sorted), compare,
		history->commits);
}

size_t bisect_history_find(const struct bisect_history *history, const git_oid *commit)
{
	size_t low = 0, high = history->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2, number = history->sorted[middle];
		int order = git_oid_cmp(commit, &history->commits[number]);

		if (order == 0)
			return number;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return SIZE_MAX;
}

struct edges {
	size_t *starts;
	uint32_t *parents;
	size_t count, alloc;
};

static void release_edges(struct edges *edges)
{
	free(edges->starts);
	free(edges->parents);
}

static void add_edge(struct edges *edges, size_t parent)
{
	if (edges->count == edges->alloc) {
		edges->alloc = edges->alloc * 2 + 64;
		edges->parents = xreallocarray(edges->parents, edges->alloc,
					       sizeof(*edges->parents));
	}
	edges->parents[edges->count++] = (uint32_t)parent;
}

static ERR_CHECK make_graph(git_repository *repo, struct bisect_history *history)
{
	CLEANUP(release_edges) struct edges edges = { 0 };

	edges.starts = xcalloc(history->count + 1, sizeof(*edges.starts));
	for (size_t i = 0; i < history->count; i++) {
		GIT_COMMIT commit = NULL;

		TRY(repo_commit(repo, &history->commits[i], &commit));
		for (unsigned p = 0; p < git_commit_parentcount(commit); p++) {
			size_t parent = bisect_history_find(history,
							    git_commit_parent_id(commit, p));

			if (parent != SIZE_MAX)
				add_edge(&edges, parent);
		}
		edges.starts[i + 1] = edges.count;
	}
	history->graph = suspect_graph_new(history->count, edges.starts, edges.parents);
	return NULL;
}

/* Where the suspects begin: commits of the bad end's history that a good one stands for. */
struct border {
	struct border_commit {
		git_oid id;
		bool named; /* the good end itself; else a merge base, which nobody called good */
	} * items;
	size_t count;
};

static void release_border(struct border *border)
{
	free(border->items);
}

static void add_to_border(struct border *border, const git_oid *id, bool named)
{
	border->items = xreallocarray(border->items, border->count + 1, sizeof(*border->items));
	border->items[border->count++] = (struct border_commit){ .id = *id, .named = named };
}

static ERR_CHECK has(git_repository *repo, const git_oid *commit, const git_oid *ancestor,
		     bool *found)
{
	int result = git_oid_equal(commit, ancestor)
			     ? 1
			     : git_graph_descendant_of(repo, commit, ancestor);

	*found = result > 0;
	return result < 0 ? repo_read_error(repo, "cannot walk the history") : NULL;
}

static ERR_CHECK add_good(git_repository *repo, const git_oid *bad, const git_oid *good,
			  struct border *border)
{
	git_oidarray bases = { 0 };
	bool found;
	int result;

	TRY(has(repo, bad, good, &found));
	if (found) {
		add_to_border(border, good, true);
		return NULL;
	}
	result = git_merge_bases(&bases, repo, bad, good);
	if (result < 0 && result != GIT_ENOTFOUND)
		return repo_read_error(repo, "cannot walk the history");
	for (size_t i = 0; i < bases.count; i++)
		add_to_border(border, &bases.ids[i], false);
	git_oidarray_dispose(&bases);
	return NULL;
}

/* Whether another one has it, too. */
static ERR_CHECK is_inside(git_repository *repo, const struct border *border, size_t which,
			   bool *inside)
{
	*inside = false;
	for (size_t i = 0; i < border->count && !*inside; i++) {
		bool same = git_oid_equal(&border->items[i].id, &border->items[which].id);

		/* of equal ones the named, else the first, stays */
		if (same)
			*inside = i != which &&
				  (border->items[i].named != border->items[which].named
					   ? border->items[i].named
					   : i < which);
		else
			TRY(has(repo, &border->items[i].id, &border->items[which].id, inside));
	}
	return NULL;
}

static const struct err *many_bases(const git_oid *one, const git_oid *other)
{
	char first[OID_HEX_SIZE], second[OID_HEX_SIZE];

	git_oid_tostr(first, sizeof(first), one);
	git_oid_tostr(second, sizeof(second), other);
	return err_hint(err_input("the good ends are no ancestors of the bad one, and left its "
				  "history at several commits: %.12s, %.12s",
				  first, second),
			"test these, and name those that are good with --good in their place");
}

/*
 * The good end that is tested: where a good one is no ancestor of the bad one, the merge base,
 * which may have the bug that was fixed since; else the first.
 */
static ERR_CHECK choose_good_end(git_repository *repo, const git_oid *bad, const git_oid *goods,
				 size_t good_count, git_oid *good_end)
{
	CLEANUP(release_border) struct border border = { 0 };
	const git_oid *named = NULL, *base = NULL;

	for (size_t i = 0; i < good_count; i++)
		TRY(add_good(repo, bad, &goods[i], &border));
	if (!border.count)
		return err_input("the good and the bad revision have no commit in common");
	for (size_t i = 0; i < border.count; i++) {
		const struct border_commit *one = &border.items[i];
		bool inside;

		TRY(is_inside(repo, &border, i, &inside));
		if (inside)
			continue;
		if (one->named)
			named = named ? named : &one->id;
		else if (base)
			return many_bases(base, &one->id);
		else
			base = &one->id;
	}
	*good_end = base ? *base : *named;
	return NULL;
}

ERR_CHECK bisect_history_read(git_repository *repo, const git_oid *bad, const git_oid *goods,
			      size_t good_count, struct bisect_history *history)
{
	TRY(read_commits(repo, bad, goods, good_count, history));
	if (!history->count)
		return err_hint(err_input("a good revision has everything that the bad one has"),
				"is the good one the bad one?");
	sort(history);
	TRY(make_graph(repo, history));
	return choose_good_end(repo, bad, goods, good_count, &history->good_end);
}

/* Each has one parent: the one before it, the first the bad end. */
static ERR_CHECK check_line(git_repository *repo, const git_oid *bad,
			    const struct bisect_history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		const git_oid *before = i ? &history->commits[i - 1] : bad;
		GIT_COMMIT commit = NULL;

		TRY(repo_commit(repo, &history->commits[i], &commit));
		if (git_commit_parentcount(commit) != 1 ||
		    !git_oid_equal(git_commit_parent_id(commit, 0), before))
			return err_hint(err_input("between the bad and the good revision is no "
						  "line of commits"),
					"who fixed a bug is found on a branch without merges");
	}
	return NULL;
}

/* Newest first, without the newest one, which is the good end, and with the bad end. */
static void turn_round(const git_oid *bad, struct bisect_history *history)
{
	size_t count = history->count;
	git_oid *states = xcalloc(count, sizeof(*states));

	for (size_t i = 0; i + 1 < count; i++)
		states[i] = history->commits[count - 2 - i];
	states[count - 1] = *bad;
	history->good_end = history->commits[count - 1];
	free(history->commits);
	history->commits = states;
}

static void make_line(struct bisect_history *history)
{
	CLEANUP(release_edges) struct edges edges = { 0 };

	edges.starts = xcalloc(history->count + 1, sizeof(*edges.starts));
	for (size_t i = 0; i < history->count; i++) {
		if (i)
			add_edge(&edges, i - 1);
		edges.starts[i + 1] = edges.count;
	}
	history->graph = suspect_graph_new(history->count, edges.starts, edges.parents);
}

ERR_CHECK bisect_history_read_fix(git_repository *repo, const git_oid *bad, const git_oid *good,
				  struct bisect_history *history)
{
	TRY(read_commits(repo, good, bad, 1, history));
	if (!history->count)
		return err_hint(err_input("the bad revision has everything that the good one has"),
				"to find what fixed a bug, the good one is the newer");
	TRY(check_line(repo, bad, history));
	turn_round(bad, history);
	sort(history);
	make_line(history);
	return NULL;
}

/* What is at a path: a file's or folder's id, or zeros. */
static ERR_CHECK look_at(git_tree *tree, const char *path, git_oid *id)
{
	git_tree_entry *entry = NULL;
	int result = git_tree_entry_bypath(&entry, tree, path);

	memset(id, 0, sizeof(*id));
	if (result < 0 && result != GIT_ENOTFOUND)
		return repo_error("cannot read a tree");
	if (entry)
		*id = *git_tree_entry_id(entry);
	git_tree_entry_free(entry);
	return NULL;
}

static ERR_CHECK differ(git_tree *before, git_tree *after, const struct strvec *paths,
			bool *differs)
{
	for (size_t i = 0; i < paths->count && !*differs; i++) {
		git_oid one, other;

		TRY(look_at(before, paths->items[i], &one));
		TRY(look_at(after, paths->items[i], &other));
		*differs = !git_oid_equal(&one, &other);
	}
	return NULL;
}

ERR_CHECK bisect_history_touches(git_repository *repo, const git_oid *id,
				 const struct strvec *paths, bool *touches)
{
	GIT_COMMIT commit = NULL;
	GIT_TREE after = NULL;

	*touches = false;
	TRY(repo_commit(repo, id, &commit));
	if (git_commit_tree(&after, commit) < 0)
		return repo_read_error(repo, "cannot read a tree");
	for (unsigned i = 0; i < git_commit_parentcount(commit) && !*touches; i++) {
		GIT_TREE before = NULL;
		git_oid tree;

		TRY(repo_commit_tree(repo, git_commit_parent_id(commit, i), &tree));
		TRY(repo_tree(repo, &tree, &before));
		TRY(differ(before, after, paths, touches));
	}
	return NULL;
}
