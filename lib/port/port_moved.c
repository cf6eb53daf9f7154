// SPDX-License-Identifier: GPL-2.0
/*
 * port_moved.c - a file that the branch has under another name.
 *
 * Only looked for when the branch has none under the patch's name: the one walk
 * over the whole tree, once for each run of the engine. Candidates have the same
 * name in another folder, or another name in the same folder, and did not exist
 * when the patch was made, as far as that is known. Of these the one whose text is
 * most alike is taken, if it is at least half alike, as git's rename detection
 * has it (diffcore-rename.c).
 */
#include "core/file.h"
#include "port_internal.h"

#define MOST_CANDIDATES 50
#define LEAST_ALIKE	0.5
#define CLEAR_LEAD	0.05 /* the best must be better than the second by this */

struct candidate {
	const struct port_entry *entry;
	size_t nearness; /* path components that it shares with the patch's name */
};

struct candidates {
	struct candidate *items;
	size_t count;
};

static void release_candidates(struct candidates *candidates)
{
	free(candidates->items);
}

void port_listing_release(struct port_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->entries[i].path);
	free(listing->entries);
	*listing = (struct port_listing){ 0 };
}

static int note_entry(const char *folder, const git_tree_entry *entry, void *data)
{
	struct port_listing *listing = data;
	struct port_entry *added;

	if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB ||
	    git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
		return 0;
	if (listing->count == listing->alloc) {
		listing->alloc = listing->alloc ? listing->alloc * 2 : 1024;
		listing->entries = xreallocarray(listing->entries, listing->alloc,
						 sizeof(*listing->entries));
	}
	added = &listing->entries[listing->count++];
	added->path = xasprintf("%s%s", folder, git_tree_entry_name(entry));
	git_oid_cpy(&added->id, git_tree_entry_id(entry));
	return 0;
}

static ERR_CHECK list_tree(struct port_job *job)
{
	GIT_TREE tree = NULL;

	if (job->listing.listed)
		return NULL;
	TRY(repo_tree(job->repo, &job->tree, &tree));
	if (git_tree_walk(tree, GIT_TREEWALK_PRE, note_entry, &job->listing) < 0)
		return repo_error("cannot walk the branch's tree");
	job->listing.listed = true;
	return NULL;
}

/* Components that two paths share at their beginning, and at their end. */
static size_t shared_components(const char *a, const char *b)
{
	size_t i, length_a = strlen(a), length_b = strlen(b);
	size_t shared = 0;

	for (i = 0; a[i] && a[i] == b[i]; i++)
		shared += a[i] == '/';
	for (i = 1; i <= length_a && i <= length_b && a[length_a - i] == b[length_b - i]; i++)
		shared += a[length_a - i] == '/';
	return shared;
}

static bool same_folder(const char *a, const char *b)
{
	size_t length = (size_t)(file_base_name(a) - a);

	return length == (size_t)(file_base_name(b) - b) && strncmp(a, b, length) == 0;
}

/* Whether the path existed when the patch was made: then it is another file. */
static ERR_CHECK existed_before(struct port_job *job, const struct patch *patch, const char *path,
				bool *existed)
{
	GIT_COMMIT commit = NULL;
	GIT_COMMIT parent = NULL;
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	*existed = false;
	if (git_oid_is_zero(&patch->commit))
		return NULL;
	TRY(repo_commit(job->repo, &patch->commit, &commit));
	if (git_commit_parent(&parent, commit, 0) < 0)
		return NULL;
	TRY(port_tree_find(job->repo, git_commit_tree_id(parent), path, &kind, &mode, &id));
	*existed = kind != PORT_NOTHING;
	return NULL;
}

static int compare_nearness(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->nearness != right->nearness)
		return left->nearness > right->nearness ? -1 : 1;
	return strcmp(left->entry->path, right->entry->path);
}

static ERR_CHECK collect(struct port_job *job, const struct patch *patch, const char *path,
			 struct candidates *candidates)
{
	size_t kept = 0;

	TRY(list_tree(job));
	for (size_t i = 0; i < job->listing.count; i++) {
		const struct port_entry *entry = &job->listing.entries[i];

		if (!str_equal(file_base_name(entry->path), file_base_name(path)) &&
		    !same_folder(entry->path, path))
			continue;
		candidates->items = xreallocarray(candidates->items, candidates->count + 1,
						  sizeof(*candidates->items));
		candidates->items[candidates->count++] =
			(struct candidate){ entry, shared_components(entry->path, path) };
	}
	if (!candidates->count)
		return NULL;
	qsort(candidates->items, candidates->count, sizeof(*candidates->items), compare_nearness);
	for (size_t i = 0; i < candidates->count && kept < MOST_CANDIDATES; i++) {
		bool existed;

		TRY(existed_before(job, patch, candidates->items[i].entry->path, &existed));
		if (!existed)
			candidates->items[kept++] = candidates->items[i];
	}
	candidates->count = kept;
	return NULL;
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *left = a, *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return left->length < right->length ? -1 : left->length > right->length;
}

/* How much of two texts is lines that both have, from 0 to 1. */
static double how_alike(const struct port_text *a, const struct port_text *b)
{
	size_t i = 0, j = 0, common = 0;
	LINES left = { 0 };
	LINES right = { 0 };

	lines_split(&left, a->bytes.buf, a->bytes.len);
	lines_split(&right, b->bytes.buf, b->bytes.len);
	if (!left.count || !right.count)
		return 0;
	qsort(left.at, left.count, sizeof(*left.at), compare_lines);
	qsort(right.at, right.count, sizeof(*right.at), compare_lines);
	while (i < left.count && j < right.count) {
		int order = compare_lines(&left.at[i], &right.at[j]);

		if (order == 0)
			common += left.at[i].length;
		i += order <= 0;
		j += order >= 0;
	}
	return (double)common * 2 / (double)(a->bytes.len + b->bytes.len);
}

/* Without a preimage: 1 when every hunk is there by its text, else 0. */
static double hunks_fit(const struct diff_file *file, const struct port_text *text)
{
	LINES lines = { 0 };
	struct port_place *places;
	bool found;

	if (!file->hunk_count)
		return 0;
	lines_split(&lines, text->bytes.buf, text->bytes.len);
	places = xcalloc(file->hunk_count, sizeof(*places));
	found = port_find_hunks(file, &lines, PORT_BEFORE, 0, places);
	free(places);
	return found;
}

ERR_CHECK port_find_moved(struct port_job *job, const struct patch *patch,
			  const struct diff_file *file, const struct port_source *source,
			  char **path)
{
	CLEANUP(release_candidates) struct candidates candidates = { 0 };
	const struct port_entry *best = NULL;
	double most = 0, second = 0;

	*path = NULL;
	TRY(collect(job, patch, file->old_path, &candidates));
	for (size_t i = 0; i < candidates.count; i++) {
		const struct port_entry *entry = candidates.items[i].entry;
		PORT_TEXT text = { 0 };
		double alike;

		TRY(port_text_read(job->repo, &entry->id, &text));
		alike = source->from == PORT_FROM_NONE ? hunks_fit(file, &text)
						       : how_alike(&source->before, &text);
		second = alike > most ? most : alike > second ? alike : second;
		if (alike > most) {
			most = alike;
			best = entry;
		}
	}
	if (best && most >= LEAST_ALIKE && most - second >= CLEAR_LEAD)
		*path = xstrdup(best->path);
	return NULL;
}
