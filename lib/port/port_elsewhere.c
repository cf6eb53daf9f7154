// SPDX-License-Identifier: GPL-2.0
/*
 * port_elsewhere.c - where the text of a file is that the branch does not have.
 *
 * Files are split and joined: the functions of one are in another of the same
 * folder, of the folder above, or in one of the same name. Only these are read.
 */
#include <ctype.h>

#include "core/file.h"
#include "port_fit.h"

#define MOST_FILES 256
#define MOST_BYTES ((size_t)4 << 20) /* of one file */
#define TELLING	   12		     /* letters and digits */

struct elsewhere {
	struct port_job *job;
	const struct diff_file *file;
	bool has_author; /* the author's tree is known */
	git_oid author;
	size_t files;  /* that were looked at */
	size_t most;   /* hunks that belong into the best file */
	size_t rivals; /* other files into which as many do */
	char *best;
	char *trace; /* a file that has lines that the patch deletes, but no place for a hunk */
};

static void release_elsewhere(struct elsewhere *elsewhere)
{
	free(elsewhere->best);
	free(elsewhere->trace);
}

/* Whether a line would not be written twice by chance. */
static bool is_telling(const struct line *line)
{
	size_t letters = 0;

	for (size_t i = 0; i < line->length; i++)
		letters += isalnum((unsigned char)line->text[i]) != 0;
	return letters >= TELLING;
}

/* Whether a text has a telling line that the hunk deletes. */
static bool has_deleted(const struct diff_hunk *hunk, const struct lines *text)
{
	size_t end = hunk->before.count - hunk->trailing;

	for (size_t i = hunk->leading; i < end; i++) {
		const struct line *line = &hunk->before.at[i];

		if (is_telling(line) && !lines_has(&hunk->after, line) && lines_has(text, line))
			return true;
	}
	return false;
}

static void replace(char **path, const char *folder, const char *name)
{
	free(*path);
	*path = xasprintf("%s%s", folder, name);
}

/* How many hunks have a place in a text. */
static size_t count_places(const struct diff_file *file, const struct lines *lines)
{
	size_t count = 0;

	for (size_t i = 0; i < file->hunk_count; i++)
		count += port_hunk_belongs(&file->hunks[i], lines);
	return count;
}

/* Whether the author, too, had a place for the hunks there: then it is not the one that is meant.
 */
static ERR_CHECK was_twin(const struct elsewhere *elsewhere, const char *path, bool *twin)
{
	git_repository *repo = elsewhere->job->repo;
	PORT_TEXT text = { 0 };
	LINES lines = { 0 };
	enum port_kind kind;
	unsigned mode;
	git_oid id;

	*twin = false;
	if (!elsewhere->has_author)
		return NULL;
	TRY(port_tree_find(repo, &elsewhere->author, path, &kind, &mode, &id));
	if (kind != PORT_FILE)
		return NULL;
	TRY(port_text_read(repo, &id, &text));
	lines_split(&lines, text.bytes.buf, text.bytes.len);
	*twin = count_places(elsewhere->file, &lines) > 0;
	return NULL;
}

static ERR_CHECK judge(struct elsewhere *elsewhere, const struct port_text *text,
		       const char *folder, const char *name)
{
	const struct diff_file *file = elsewhere->file;
	OWNED_STR path = xasprintf("%s%s", folder, name);
	LINES lines = { 0 };
	bool twin = false;
	size_t count;

	lines_split(&lines, text->bytes.buf, text->bytes.len);
	count = count_places(file, &lines);
	if (count)
		TRY(was_twin(elsewhere, path, &twin));
	if (twin)
		return NULL;
	for (size_t i = 0; i < file->hunk_count && !elsewhere->trace; i++)
		if (has_deleted(&file->hunks[i], &lines))
			replace(&elsewhere->trace, folder, name);
	if (count && count == elsewhere->most) {
		elsewhere->rivals++;
	} else if (count > elsewhere->most) {
		replace(&elsewhere->best, folder, name);
		elsewhere->most = count;
		elsewhere->rivals = 0;
	}
	return NULL;
}

static ERR_CHECK look_at(struct elsewhere *elsewhere, const git_oid *id, const char *folder,
			 const char *name)
{
	PORT_TEXT text = { 0 };

	if (elsewhere->files++ >= MOST_FILES)
		return NULL;
	TRY(port_text_read(elsewhere->job->repo, id, &text));
	if (text.bytes.len > MOST_BYTES || port_text_is_binary(&text))
		return NULL;
	return judge(elsewhere, &text, folder, name);
}

/* The files of a folder, whose path ends with a slash or is "". */
static ERR_CHECK look_into(struct elsewhere *elsewhere, const char *folder)
{
	OWNED_STR path = xstrndup(folder, strlen(folder) ? strlen(folder) - 1 : 0);
	git_oid id = elsewhere->job->tree;
	enum port_kind kind = PORT_FOLDER;
	GIT_TREE tree = NULL;
	unsigned mode;

	if (*path)
		TRY(port_tree_find(elsewhere->job->repo, &elsewhere->job->tree, path, &kind, &mode,
				   &id));
	if (kind != PORT_FOLDER)
		return NULL;
	TRY(repo_tree(elsewhere->job->repo, &id, &tree));
	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);

		if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB &&
		    git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK)
			TRY(look_at(elsewhere, git_tree_entry_id(entry), folder,
				    git_tree_entry_name(entry)));
	}
	return NULL;
}

static char *folder_of(const char *path)
{
	return xstrndup(path, (size_t)(file_base_name(path) - path));
}

/* The folder above one whose path ends with a slash. */
static char *folder_above(const char *folder)
{
	OWNED_STR path = xstrndup(folder, strlen(folder) - 1);

	return folder_of(path);
}

/* Those of the same name, the nearest first. */
static ERR_CHECK look_at_namesakes(struct elsewhere *elsewhere)
{
	CLEANUP(port_listing_release) struct port_listing listing = { 0 };

	TRY(port_find_namesakes(elsewhere->job, elsewhere->file->old_path, &listing));
	for (size_t i = 0; i < listing.count; i++)
		TRY(look_at(elsewhere, &listing.entries[i].id, "", listing.entries[i].path));
	return NULL;
}

static ERR_CHECK look_around(struct elsewhere *elsewhere)
{
	OWNED_STR folder = folder_of(elsewhere->file->old_path);
	OWNED_STR above = NULL;

	TRY(look_at_namesakes(elsewhere));
	TRY(look_into(elsewhere, folder));
	if (!*folder || elsewhere->best)
		return NULL;
	above = folder_above(folder);
	return look_into(elsewhere, above);
}

ERR_CHECK port_find_elsewhere(struct port_job *job, const struct patch *patch,
			      const struct diff_file *file, char **path, bool *sure)
{
	CLEANUP(release_elsewhere) struct elsewhere elsewhere = { .job = job, .file = file };

	TRY(port_author_tree(job, patch, &elsewhere.author, &elsewhere.has_author));
	TRY(look_around(&elsewhere));
	*sure = elsewhere.best && !elsewhere.rivals && elsewhere.most == file->hunk_count;
	*path = elsewhere.best ? TAKE_PTR(elsewhere.best) : TAKE_PTR(elsewhere.trace);
	return NULL;
}
