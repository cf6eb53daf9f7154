// SPDX-License-Identifier: GPL-2.0
#include "base/interrupt.h"
#include "port_history.h"
#include "port_history_internal.h"

/* What a path is in a tree, remembered: neighbours in history share nearly all of their trees. */
#define MEMO_SLOTS 8192

struct memo {
	git_oid tree;
	const char *rest; /* the path below that tree; NULL: empty slot */
	git_oid id;
};

/* A commit that waits to be looked at. */
struct waiting {
	git_oid commit;
	git_time_t time;
	git_oid *states; /* what each path is in it; zero: not there */
};

struct walk {
	git_repository *repo;
	struct port_history *history;
	struct port_records *records;
	size_t limit;
	struct waiting *heap; /* newest first */
	size_t heap_count, heap_alloc;
	git_oid *seen; /* a hash table of commits; zero: empty */
	size_t seen_count, seen_slots;
	struct memo *memo;
	bool cut; /* something is missing */
};

static void release_walk(struct walk *walk)
{
	for (size_t i = 0; i < walk->heap_count; i++)
		free(walk->heap[i].states);
	free(walk->heap);
	free(walk->seen);
	free(walk->memo);
}

static void release_step(struct port_event *step)
{
	free(step->touches);
}

void port_history_release(struct port_history *history)
{
	for (size_t i = 0; i < history->count; i++)
		release_step(&history->steps[i]);
	free(history->steps);
	strvec_release(&history->paths);
	*history = (struct port_history){ 0 };
}

/* Whether `path` is `folder` or below it. */
static bool is_at_or_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && (!path[length] || path[length] == '/');
}

bool port_history_find(const struct port_history *history, const char *path, size_t *index)
{
	bool found = false;

	/* sorted: of several folders around it the nearest is the last */
	for (size_t i = 0; i < history->paths.count; i++)
		if (is_at_or_below(path, history->paths.items[i])) {
			*index = i;
			found = true;
		}
	return found;
}

struct port_event *port_history_add(struct port_history *history)
{
	if (history->count == history->alloc) {
		history->alloc = history->alloc ? history->alloc * 2 : 16;
		history->steps = xreallocarray(history->steps, history->alloc,
					       sizeof(*history->steps));
	}
	history->steps[history->count] = (struct port_event){ 0 };
	return &history->steps[history->count++];
}

/* ---- the commits that were seen ---- */

static size_t oid_slot(const git_oid *id, size_t slots)
{
	size_t hash;

	memcpy(&hash, id->id, sizeof(hash));
	return hash & (slots - 1);
}

static bool put_seen(git_oid *table, size_t slots, const git_oid *id)
{
	size_t i = oid_slot(id, slots);

	while (!git_oid_is_zero(&table[i])) {
		if (git_oid_equal(&table[i], id))
			return false;
		i = (i + 1) & (slots - 1);
	}
	git_oid_cpy(&table[i], id);
	return true;
}

static void grow_seen(struct walk *walk)
{
	size_t slots = walk->seen_slots ? walk->seen_slots * 2 : 1024;
	git_oid *table = xcalloc(slots, sizeof(*table));

	for (size_t i = 0; i < walk->seen_slots; i++)
		if (!git_oid_is_zero(&walk->seen[i]))
			put_seen(table, slots, &walk->seen[i]);
	free(walk->seen);
	walk->seen = table;
	walk->seen_slots = slots;
}

/* True when the commit was not seen before. */
static bool note_seen(struct walk *walk, const git_oid *id)
{
	if (walk->seen_count * 2 >= walk->seen_slots)
		grow_seen(walk);
	if (!put_seen(walk->seen, walk->seen_slots, id))
		return false;
	walk->seen_count++;
	return true;
}

/* ---- the commits that wait ---- */

static bool is_newer(const struct waiting *a, const struct waiting *b)
{
	return a->time > b->time;
}

static void swap(struct waiting *a, struct waiting *b)
{
	struct waiting copy = *a;

	*a = *b;
	*b = copy;
}

static void push(struct walk *walk, struct waiting item)
{
	size_t i = walk->heap_count++;

	if (walk->heap_count > walk->heap_alloc) {
		walk->heap_alloc = walk->heap_alloc ? walk->heap_alloc * 2 : 16;
		walk->heap = xreallocarray(walk->heap, walk->heap_alloc, sizeof(*walk->heap));
	}
	walk->heap[i] = item;
	for (; i && is_newer(&walk->heap[i], &walk->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&walk->heap[i], &walk->heap[(i - 1) / 2]);
}

static struct waiting pop(struct walk *walk)
{
	struct waiting top = walk->heap[0];
	size_t i = 0, child;

	walk->heap[0] = walk->heap[--walk->heap_count];
	while ((child = 2 * i + 1) < walk->heap_count) {
		if (child + 1 < walk->heap_count &&
		    is_newer(&walk->heap[child + 1], &walk->heap[child]))
			child++;
		if (!is_newer(&walk->heap[child], &walk->heap[i]))
			break;
		swap(&walk->heap[child], &walk->heap[i]);
		i = child;
	}
	return top;
}

/* ---- what a path is in a commit ---- */

static struct memo *memo_slot(struct walk *walk, const git_oid *tree, const char *rest)
{
	size_t hash = oid_slot(tree, MEMO_SLOTS) ^ ((uintptr_t)rest * 31);

	return &walk->memo[hash & (MEMO_SLOTS - 1)];
}

/* False when an object is missing. */
static bool look_up(struct walk *walk, const git_oid *tree_id, const char *path, git_oid *id)
{
	struct memo *memo = memo_slot(walk, tree_id, path);
	size_t length = strcspn(path, "/");
	OWNED_STR name = NULL;
	GIT_TREE tree = NULL;
	const git_tree_entry *entry;

	if (memo->rest == path && git_oid_equal(&memo->tree, tree_id)) {
		git_oid_cpy(id, &memo->id);
		return true;
	}
	if (git_tree_lookup(&tree, walk->repo, tree_id) < 0)
		return false;
	name = xstrndup(path, length);
	entry = git_tree_entry_byname(tree, name);
	memset(id, 0, sizeof(*id));
	if (entry && !path[length])
		git_oid_cpy(id, git_tree_entry_id(entry));
	else if (entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE &&
		 !look_up(walk, git_tree_entry_id(entry), path + length + 1, id))
		return false;
	git_oid_cpy(&memo->tree, tree_id);
	memo->rest = path;
	git_oid_cpy(&memo->id, id);
	return true;
}

/* NULL when something is missing. */
static git_oid *read_states(struct walk *walk, git_commit *commit)
{
	const struct strvec *paths = &walk->history->paths;
	git_oid *states = xcalloc(paths->count, sizeof(*states));

	for (size_t i = 0; i < paths->count; i++)
		if (!look_up(walk, git_commit_tree_id(commit), paths->items[i], &states[i])) {
			free(states);
			return NULL;
		}
	return states;
}

/* Reads a commit and what the paths are in it; false when it is missing. */
static bool read_waiting(struct walk *walk, const git_oid *id, struct waiting *item)
{
	GIT_COMMIT commit = NULL;

	*item = (struct waiting){ .commit = *id };
	if (git_commit_lookup(&commit, walk->repo, id) == 0) {
		item->time = git_commit_time(commit);
		item->states = read_states(walk, commit);
	}
	if (!item->states)
		walk->cut = true;
	return item->states != NULL;
}

/* ---- the walk ---- */

static bool same_states(const struct walk *walk, const struct waiting *a, const struct waiting *b)
{
	return memcmp(a->states, b->states, walk->history->paths.count * sizeof(git_oid)) == 0;
}

/* Notes what a commit changed against its first parent; `before` NULL: it has none. */
static void add_step(struct walk *walk, const struct waiting *item, unsigned parents,
		     const git_oid *before)
{
	static const git_oid nothing;
	size_t paths = walk->history->paths.count;
	struct port_event *step = NULL;

	for (size_t i = 0; i < paths; i++) {
		const git_oid *old = before ? &before[i] : &nothing;

		if (git_oid_equal(old, &item->states[i]))
			continue;
		if (!step) {
			step = port_history_add(walk->history);
			step->commit = item->commit;
			step->parents = parents;
			step->touches = xcalloc(paths, sizeof(*step->touches));
		}
		step->touches[step->touch_count++] = (struct port_touch){ i, *old,
									  item->states[i] };
	}
}

/* The parents of a commit that are there, with the paths in them. */
struct parents {
	struct waiting *items;
	size_t count;
};

static void release_parents(struct parents *parents)
{
	for (size_t i = 0; i < parents->count; i++)
		free(parents->items[i].states);
	free(parents->items);
}

static ERR_CHECK read_parents(struct walk *walk, const git_oid *id, unsigned *count,
			      struct parents *parents)
{
	GIT_COMMIT commit = NULL;

	TRY(repo_commit(walk->repo, id, &commit));
	*count = git_commit_parentcount(commit);
	parents->items = xcalloc(*count, sizeof(*parents->items));
	for (unsigned i = 0; i < *count; i++)
		if (read_waiting(walk, git_commit_parent_id(commit, i),
				 &parents->items[parents->count]))
			parents->count++;
	return NULL;
}

static void follow(struct walk *walk, struct waiting *parent)
{
	struct waiting item = *parent;

	parent->states = NULL;
	if (note_seen(walk, &item.commit))
		push(walk, item);
	else
		free(item.states);
}

/* Looks at one commit: notes it when it changed a path, and goes on to its parents. */
static ERR_CHECK take(struct walk *walk, const struct waiting *item)
{
	CLEANUP(release_parents) struct parents parents = { 0 };
	unsigned count;

	TRY(read_parents(walk, &item->commit, &count, &parents));
	for (size_t i = 0; i < parents.count; i++)
		if (same_states(walk, item, &parents.items[i])) {
			follow(walk, &parents.items[i]);
			return NULL;
		}
	/* against a parent that is missing nothing can be said */
	if (parents.count == count)
		add_step(walk, item, count, count ? parents.items[0].states : NULL);
	for (size_t i = 0; i < parents.count; i++)
		follow(walk, &parents.items[i]);
	return NULL;
}

static bool was_seen(const struct walk *walk, const git_oid *id)
{
	for (size_t i = oid_slot(id, walk->seen_slots); !git_oid_is_zero(&walk->seen[i]);
	     i = (i + 1) & (walk->seen_slots - 1))
		if (git_oid_equal(&walk->seen[i], id))
			return true;
	return false;
}

/*
 * Everything that is left is below the one commit that waits: an earlier walk may
 * know it. Where clocks were wrong this one has come by some of it already.
 */
static bool continue_from_record(struct walk *walk)
{
	struct port_history *history = walk->history;
	const git_oid *from = &walk->heap[0].commit;
	size_t kept = history->count;

	if (!port_records_continue(walk->records, from, history))
		return false;
	for (size_t i = kept; i < history->count; i++)
		if (git_oid_equal(&history->steps[i].commit, from) ||
		    !was_seen(walk, &history->steps[i].commit))
			history->steps[kept++] = history->steps[i];
		else
			release_step(&history->steps[i]);
	history->count = kept;
	return true;
}

static ERR_CHECK run(struct walk *walk)
{
	struct port_history *history = walk->history;

	while (walk->heap_count && history->walked < walk->limit) {
		struct waiting item;
		const struct err *err;

		TRY(interrupt_check());
		if (walk->heap_count == 1 && history->walked && continue_from_record(walk))
			return NULL;
		item = pop(walk);
		history->walked++;
		err = take(walk, &item);
		free(item.states);
		TRY(err);
	}
	history->whole = !walk->heap_count && !walk->cut;
	return NULL;
}

static ERR_CHECK is_alone(git_repository *repo, const git_oid *tip, bool *alone)
{
	GIT_COMMIT commit = NULL;

	TRY(repo_commit(repo, tip, &commit));
	*alone = git_commit_parentcount(commit) == 0;
	return NULL;
}

/* Sorted, each once. */
static void sort_paths(struct strvec *paths)
{
	STRVEC all = *paths;

	*paths = (struct strvec){ 0 };
	strvec_sort(&all);
	for (size_t i = 0; i < all.count; i++)
		if (!i || !str_equal(all.items[i], all.items[i - 1]))
			strvec_push(paths, all.items[i]);
}

/* The folders of the paths; what lies at the top stays. False when nothing changes. */
static bool take_folders(struct strvec *paths)
{
	STRVEC all = *paths;
	bool changed = false;

	*paths = (struct strvec){ 0 };
	for (size_t i = 0; i < all.count; i++) {
		char *slash = strrchr(all.items[i], '/');

		changed |= slash != NULL;
		if (slash)
			*slash = '\0';
		strvec_push(paths, all.items[i]);
	}
	sort_paths(paths);
	return changed;
}

static void set_paths(const struct strvec *paths, struct strvec *copy)
{
	if (paths->count)
		strvec_push_all(copy, (const char *const *)paths->items);
	sort_paths(copy);
	while (copy->count > PORT_HISTORY_PATHS && take_folders(copy))
		;
}

ERR_CHECK port_history_read(git_repository *repo, const git_oid *tip, const struct strvec *paths,
			    size_t limit, const char *cache, struct port_history *history)
{
	CLEANUP(port_records_release) struct port_records records = { 0 };
	CLEANUP(release_walk)
	struct walk walk = { .repo = repo, .history = history, .records = &records };
	struct waiting first;
	bool alone;

	*history = (struct port_history){ 0 };
	walk.limit = limit ? limit : PORT_HISTORY_LIMIT;
	set_paths(paths, &history->paths);
	TRY(is_alone(repo, tip, &alone));
	if (!alone)
		TRY(port_records_open(cache, &history->paths, walk.limit, &records));
	if (!alone && port_records_continue(&records, tip, history))
		return NULL;
	walk.memo = xcalloc(MEMO_SLOTS, sizeof(*walk.memo));
	if (!read_waiting(&walk, tip, &first))
		return repo_error("cannot read the tree of '%s'", git_oid_tostr_s(tip));
	follow(&walk, &first);
	TRY(run(&walk));
	return walk.cut ? NULL : port_records_write(&records, tip, history);
}
