// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>

#include "base/interrupt.h"
#include "core/file.h"
#include "resolve_where.h"

#define LEAST_NAME  4		       /* letters; shorter ones say little */
#define MOST_FILES  3000	       /* that are read */
#define MOST_BYTES  ((size_t)48 << 20) /* of them in all */
#define LARGEST	    ((size_t)1 << 20)  /* of one */
#define MOST_LEVELS 2		       /* folders above the file's own */

void resolve_names_release(struct resolve_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		free(names->items[i].name);
		strvec_release(&names->items[i].places);
	}
	free(names->searched);
	*names = (struct resolve_names){ 0 };
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Where a name stands by itself in a text, or NULL. */
static const char *find_name(const char *text, size_t length, const char *name)
{
	size_t name_length = strlen(name);
	const char *end = text + length;

	for (const char *at = text; (at = memmem(at, (size_t)(end - at), name, name_length));
	     at++) {
		const char *behind = at + name_length;

		if ((at == text || !is_name_char(at[-1])) &&
		    (behind == end || !is_name_char(*behind)))
			return at;
	}
	return NULL;
}

static bool has_name(const struct resolve_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (str_equal(names->items[i].name, name))
			return true;
	return false;
}

/* Comments are prose: of a line only what stands before one counts. */
static size_t without_comment(const char *line, size_t length)
{
	size_t start = 0;

	while (start < length && isspace((unsigned char)line[start]))
		start++;
	if (start < length && line[start] == '*')
		return 0;
	for (size_t i = start; i + 1 < length; i++)
		if (line[i] == '/' && (line[i + 1] == '*' || line[i + 1] == '/'))
			return i;
	return length;
}

/* Words with an underscore or in front of a bracket are names of the program's, not of the
 * language's.
 */
static bool is_telling(const char *word, size_t length, const char *end)
{
	const char *behind = word + length;

	if (length < LEAST_NAME || isdigit((unsigned char)*word))
		return false;
	return memchr(word, '_', length) || (behind < end && *behind == '(');
}

static void add_names(const char *line, size_t length, const struct strbuf *text,
		      struct resolve_names *names)
{
	const char *end = line + without_comment(line, length);

	for (const char *at = line; at < end;) {
		size_t word = 0;
		OWNED_STR name = NULL;

		while (at + word < end && is_name_char(at[word]))
			word++;
		name = xstrndup(at, word);
		if (is_telling(at, word, end) && names->count < RESOLVE_MOST_NAMES &&
		    !has_name(names, name) && !find_name(strbuf_str(text), text->len, name))
			names->items[names->count++].name = TAKE_PTR(name);
		at += word ? word : 1;
	}
}

static size_t line_number(const char *text, const char *at)
{
	size_t number = 1;

	while ((text = memchr(text, '\n', (size_t)(at - text)))) {
		number++;
		text++;
	}
	return number;
}

/* One search through a folder. */
struct search {
	git_repository *repo;
	const char *folder; /* "" for the root */
	const char *skip;   /* a folder that was searched before; or NULL */
	struct resolve_names *names;
	size_t files, bytes;
};

static void look_into(struct search *search, const char *path, git_blob *blob)
{
	const char *text = git_blob_rawcontent(blob);
	size_t length = (size_t)git_blob_rawsize(blob);

	for (size_t i = 0; i < search->names->count; i++) {
		struct resolve_name *name = &search->names->items[i];
		const char *at;

		if (name->places.count >= RESOLVE_MOST_PLACES)
			continue;
		at = length ? find_name(text, length, name->name) : NULL;
		if (at)
			strvec_pushf(&name->places, "%s:%zu", path, line_number(text, at));
	}
}

static int visit(const char *folder, const git_tree_entry *entry, void *data)
{
	struct search *search = data;
	OWNED_STR path = xasprintf("%s%s%s%s", search->folder, *search->folder ? "/" : "", folder,
				   git_tree_entry_name(entry));
	GIT_BLOB blob = NULL;

	if (search->skip && str_equal(path, search->skip))
		return 1; /* not below it */
	if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB ||
	    git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
		return 0;
	if (search->files++ >= MOST_FILES || search->bytes >= MOST_BYTES)
		return -1;
	if (git_blob_lookup(&blob, search->repo, git_tree_entry_id(entry)) < 0 ||
	    (uint64_t)git_blob_rawsize(blob) > LARGEST)
		return 0;
	search->bytes += (size_t)git_blob_rawsize(blob);
	look_into(search, path, blob);
	return 0;
}

static ERR_CHECK folder_tree(git_repository *repo, const git_oid *root, const char *folder,
			     git_tree **tree)
{
	GIT_TREE_ENTRY entry = NULL;
	GIT_TREE top = NULL;

	TRY(repo_tree(repo, root, &top));
	if (git_tree_entry_bypath(&entry, top, folder) < 0 ||
	    git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		return NULL;
	return repo_tree(repo, git_tree_entry_id(entry), tree);
}

static bool all_found(const struct resolve_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (!names->items[i].places.count)
			return false;
	return true;
}

/* The file's folder, then those above it, each without the one before. */
static ERR_CHECK search_folders(git_repository *repo, const git_oid *tree, const char *path,
				struct resolve_names *names)
{
	OWNED_STR folder = file_dir_name(path);
	OWNED_STR before = NULL;

	for (int level = 0; level <= MOST_LEVELS && !str_equal(folder, "."); level++) {
		struct search search = { repo, folder, before, names, 0, 0 };
		GIT_TREE found = NULL;

		TRY(interrupt_check());
		TRY(folder_tree(repo, tree, folder, &found));
		if (!found)
			return NULL;
		/* stopping at the limit is no error */
		git_tree_walk(found, GIT_TREEWALK_PRE, visit, &search);
		free(names->searched);
		names->searched = xstrdup(folder);
		if (all_found(names) || search.files > MOST_FILES)
			return NULL;
		free(before);
		before = TAKE_PTR(folder);
		folder = file_dir_name(before);
	}
	return NULL;
}

ERR_CHECK resolve_names_find(git_repository *repo, const git_oid *tree, const char *path,
			     const struct strbuf *text, const struct diff_hunk *hunk,
			     struct resolve_names *names)
{
	*names = (struct resolve_names){ 0 };
	add_names(hunk->heading, hunk->heading_length, text, names);
	for (size_t i = 0; i < hunk->before.count; i++)
		add_names(hunk->before.at[i].text, hunk->before.at[i].length, text, names);
	return names->count ? search_folders(repo, tree, path, names) : NULL;
}
