// SPDX-License-Identifier: GPL-2.0
/*
 * port_moved.c - a file that the branch has under another name.
 *
 * Only looked for when the branch has none under the patch's name. First its
 * history is asked, the author's and the branch's, for a commit that renamed it.
 * Else candidates have the same name in another folder, or another name in the
 * same folder, and did not exist when the patch was made, as far as that is known.
 * Of these the one whose text is most alike is taken, if it is at least half
 * alike, as git's rename detection has it (diffcore-rename.c).
 */
#include "core/file.h"
#include "port_internal.h"

#define MOST_CANDIDATES 50
#define LEAST_ALIKE	0.5
#define CLEAR_LEAD	0.05 /* the best must be better than the second by this */

void port_listing_release(struct port_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->entries[i].path);
	free(listing->entries);
	*listing = (struct port_listing){ 0 };
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

struct candidate {
	const char *path;
	size_t nearness; /* path components that it shares with the patch's name */
};

/* Nearest first; among these by name. */
static int compare_nearness(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->nearness != right->nearness)
		return left->nearness > right->nearness ? -1 : 1;
	return strcmp(left->path, right->path);
}

static struct candidate *sort_by_nearness(const struct strvec *paths, const char *path)
{
	struct candidate *sorted = xcalloc(paths->count, sizeof(*sorted));

	for (size_t i = 0; i < paths->count; i++)
		sorted[i] = (struct candidate){ paths->items[i],
						shared_components(paths->items[i], path) };
	if (paths->count)
		qsort(sorted, paths->count, sizeof(*sorted), compare_nearness);
	return sorted;
}

/* Adds a file of the branch as it is now; what is none, or a link, is passed over. */
static ERR_CHECK add_entry(struct port_job *job, const char *path, struct port_listing *listing)
{
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	TRY(port_tree_find(job->repo, &job->tree, path, &kind, &mode, &id));
	if (kind != PORT_FILE || mode == GIT_FILEMODE_LINK)
		return NULL;
	listing->entries = xreallocarray(listing->entries, listing->count + 1,
					 sizeof(*listing->entries));
	listing->entries[listing->count++] = (struct port_entry){ xstrdup(path), id };
	return NULL;
}

/* The nearest of some paths, each once. */
static ERR_CHECK add_nearest(struct port_job *job, const struct strvec *paths, const char *path,
			     size_t most, struct port_listing *listing)
{
	CLEANUP(free_ptr) struct candidate *sorted = sort_by_nearness(paths, path);

	for (size_t i = 0; i < paths->count && listing->count < most; i++)
		if (!i || !str_equal(sorted[i].path, sorted[i - 1].path))
			TRY(add_entry(job, sorted[i].path, listing));
	return NULL;
}

static ERR_CHECK find_names(struct port_job *job, const char *path, struct strvec *paths)
{
	const struct port_request *request = job->request;

	return port_where_find(&job->where, job->repo, &request->onto, &job->tree, request->cache,
			       file_base_name(path), paths);
}

ERR_CHECK port_find_namesakes(struct port_job *job, const char *path, struct port_listing *listing)
{
	STRVEC paths = { 0 };

	*listing = (struct port_listing){ 0 };
	TRY(find_names(job, path, &paths));
	return add_nearest(job, &paths, path, PORT_MOST_NAMESAKES, listing);
}

/* The files beside one. */
static ERR_CHECK find_beside(struct port_job *job, const char *path, struct strvec *paths)
{
	OWNED_STR folder = xstrndup(path, (size_t)(file_base_name(path) - path));
	OWNED_STR name = xstrndup(folder, *folder ? strlen(folder) - 1 : 0);
	enum port_kind kind = PORT_FOLDER;
	git_oid id = job->tree;
	GIT_TREE tree = NULL;
	unsigned mode;

	if (*name)
		TRY(port_tree_find(job->repo, &job->tree, name, &kind, &mode, &id));
	if (kind != PORT_FOLDER)
		return NULL;
	TRY(repo_tree(job->repo, &id, &tree));
	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);

		if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB)
			strvec_pushf(paths, "%s%s", folder, git_tree_entry_name(entry));
	}
	return NULL;
}

ERR_CHECK port_author_tree(struct port_job *job, const struct patch *patch, git_oid *tree,
			   bool *known)
{
	GIT_COMMIT commit = NULL;
	GIT_COMMIT parent = NULL;

	*known = false;
	if (git_oid_is_zero(&patch->commit))
		return NULL;
	TRY(repo_commit(job->repo, &patch->commit, &commit));
	if (git_commit_parent(&parent, commit, 0) < 0)
		return NULL;
	git_oid_cpy(tree, git_commit_tree_id(parent));
	*known = true;
	return NULL;
}

/* Whether the path existed when the patch was made: then it is another file. */
static ERR_CHECK existed_before(struct port_job *job, const git_oid *author, const char *path,
				bool *existed)
{
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	TRY(port_tree_find(job->repo, author, path, &kind, &mode, &id));
	*existed = kind != PORT_NOTHING;
	return NULL;
}

/* Takes out what existed before, and all but the nearest. */
static ERR_CHECK drop_others(struct port_job *job, const struct patch *patch,
			     struct port_listing *listing)
{
	bool known, existed = false;
	size_t kept = 0, i = 0;
	git_oid author;

	TRY(port_author_tree(job, patch, &author, &known));
	for (; i < listing->count && kept < MOST_CANDIDATES; i++) {
		if (known)
			TRY(existed_before(job, &author, listing->entries[i].path, &existed));
		if (!existed) {
			struct port_entry entry = listing->entries[kept];

			listing->entries[kept++] = listing->entries[i];
			listing->entries[i] = entry;
		}
	}
	for (i = kept; i < listing->count; i++)
		free(listing->entries[i].path);
	listing->count = kept;
	return NULL;
}

static ERR_CHECK collect(struct port_job *job, const struct patch *patch, const char *path,
			 struct port_listing *listing)
{
	STRVEC paths = { 0 };

	TRY(find_names(job, path, &paths));
	TRY(find_beside(job, path, &paths));
	TRY(add_nearest(job, &paths, path, PORT_MOST_NAMESAKES, listing));
	return drop_others(job, patch, listing);
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

/* What the author had: a rename without a change names no blob. */
static ERR_CHECK read_before(struct port_job *job, const struct patch *patch,
			     const struct diff_file *file, struct port_text *before)
{
	enum port_kind kind;
	git_oid author, id;
	unsigned mode;
	bool known;

	TRY(port_author_tree(job, patch, &author, &known));
	if (!known)
		return NULL;
	TRY(port_tree_find(job->repo, &author, file->old_path, &kind, &mode, &id));
	return kind == PORT_FILE ? port_text_read(job->repo, &id, before) : NULL;
}

/* The best of the candidates, when it is clearly the best; NULL: none is. */
static ERR_CHECK choose(struct port_job *job, const struct diff_file *file,
			const struct port_text *before, const struct port_listing *listing,
			const struct port_entry **chosen)
{
	const struct port_entry *best = NULL;
	double most = 0, second = 0;

	for (size_t i = 0; i < listing->count; i++) {
		const struct port_entry *entry = &listing->entries[i];
		PORT_TEXT text = { 0 };
		double alike;

		TRY(port_text_read(job->repo, &entry->id, &text));
		alike = before->there ? how_alike(before, &text) : hunks_fit(file, &text);
		second = alike > most ? most : alike > second ? alike : second;
		if (alike > most) {
			most = alike;
			best = entry;
		}
	}
	*chosen = most >= LEAST_ALIKE && most - second >= CLEAR_LEAD ? best : NULL;
	return NULL;
}

ERR_CHECK port_find_moved(struct port_job *job, const struct patch *patch,
			  const struct diff_file *file, const struct port_source *source,
			  char **path)
{
	CLEANUP(port_listing_release) struct port_listing listing = { 0 };
	const struct port_text *before = &source->before;
	const struct port_entry *chosen;
	PORT_TEXT own = { 0 };

	TRY(port_follow(job, patch, file->old_path, path));
	if (*path)
		return NULL;
	TRY(collect(job, patch, file->old_path, &listing));
	if (listing.count && source->from == PORT_FROM_NONE) {
		TRY(read_before(job, patch, file, &own));
		before = &own;
	}
	TRY(choose(job, file, before, &listing, &chosen));
	if (chosen)
		*path = xstrdup(chosen->path);
	return NULL;
}
