// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <time.h>

#include "diff_internal.h"

static void release_hunk(struct diff_hunk *hunk)
{
	lines_release(&hunk->before);
	lines_release(&hunk->after);
}

void diff_release(struct diff *diff)
{
	for (size_t i = 0; i < diff->file_count; i++) {
		struct diff_file *file = &diff->files[i];

		for (size_t j = 0; j < file->hunk_count; j++)
			release_hunk(&file->hunks[j]);
		free(file->hunks);
		free(file->old_path);
		free(file->new_path);
	}
	free(diff->files);
	*diff = (struct diff){ 0 };
}

const char *diff_peek_line(const struct diff_scan *scan)
{
	const char *newline = memchr(scan->at, '\n', (size_t)(scan->end - scan->at));

	return newline ? newline + 1 : scan->end;
}

size_t diff_line_length(const struct diff_scan *scan)
{
	const char *next = diff_peek_line(scan);

	return (size_t)(next - scan->at) - (next > scan->at && next[-1] == '\n');
}

bool diff_line_is(const struct diff_scan *scan, const char *prefix)
{
	size_t length = strlen(prefix);

	return (size_t)(scan->end - scan->at) >= length && memcmp(scan->at, prefix, length) == 0;
}

void diff_next_line(struct diff_scan *scan)
{
	scan->at = diff_peek_line(scan);
	scan->line++;
}

const struct err *diff_refuse(const struct diff_scan *scan, size_t line, const char *format, ...)
{
	STRBUF text = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&text, format, args);
	va_end(args);
	return err_input("'%s': line %zu%s: %s", scan->what, line,
			 scan->place_unknown ? " of its diff" : "", strbuf_str(&text));
}

/* The path behind a header's word, in place of what *path was. */
static ERR_CHECK path_behind(const struct diff_scan *scan, const char *word, char **path)
{
	size_t skipped = strlen(word);

	return diff_read_path(scan, scan->at + skipped, diff_line_length(scan) - skipped, path);
}

static ERR_CHECK mode_behind(const struct diff_scan *scan, const char *word, unsigned *mode)
{
	const char *text = scan->at + strlen(word);
	const char *end = scan->at + diff_line_length(scan);
	unsigned value = 0;

	for (; text < end && *text >= '0' && *text <= '7' && value < 01000000; text++)
		value = value * 8 + (unsigned)(*text - '0');
	if ((value & 0170000) == 0100000)
		value = value & 0100 ? 0100755 : 0100644;
	if (value != 0100755 && value != 0100644 && value != 0120000 && value != 0160000)
		return diff_refuse(scan, scan->line, "a file mode that git does not have");
	*mode = value;
	return NULL;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool read_id(const char **text, const char *end, char id[DIFF_MAX_ID + 1])
{
	size_t length = 0;

	while (*text + length < end && is_hex((*text)[length]))
		length++;
	if (!length || length > DIFF_MAX_ID)
		return false;
	memcpy(id, *text, length);
	id[length] = '\0';
	*text += length;
	return true;
}

/* "index OLD..NEW[ MODE]" */
static ERR_CHECK read_index(const struct diff_scan *scan, struct diff_file *file)
{
	const char *text = scan->at + strlen("index ");
	const char *end = scan->at + diff_line_length(scan);
	STRBUF word = { 0 };

	if (!read_id(&text, end, file->old_id) || end - text < 2 || memcmp(text, "..", 2) != 0)
		return diff_refuse(scan, scan->line, "an index line that cannot be read");
	text += 2;
	if (!read_id(&text, end, file->new_id))
		return diff_refuse(scan, scan->line, "an index line that cannot be read");
	if (text == end || *text != ' ')
		return NULL;
	strbuf_add(&word, scan->at, (size_t)(text + 1 - scan->at));
	TRY(mode_behind(scan, word.buf, &file->old_mode));
	file->new_mode = file->old_mode;
	return NULL;
}

/* Reads one of git's extended header lines; *known is false when the line is none. */
static ERR_CHECK read_extended(const struct diff_scan *scan, struct diff_file *file, bool *known)
{
	*known = true;
	if (diff_line_is(scan, "old mode "))
		return mode_behind(scan, "old mode ", &file->old_mode);
	if (diff_line_is(scan, "new mode "))
		return mode_behind(scan, "new mode ", &file->new_mode);
	if (diff_line_is(scan, "new file mode ")) {
		file->change = DIFF_ADD;
		return mode_behind(scan, "new file mode ", &file->new_mode);
	}
	if (diff_line_is(scan, "deleted file mode ")) {
		file->change = DIFF_DELETE;
		return mode_behind(scan, "deleted file mode ", &file->old_mode);
	}
	if (diff_line_is(scan, "rename from ") || diff_line_is(scan, "rename to "))
		file->change = DIFF_RENAME;
	if (diff_line_is(scan, "copy from ") || diff_line_is(scan, "copy to "))
		file->change = DIFF_COPY;
	if (diff_line_is(scan, "rename from "))
		return path_behind(scan, "rename from ", &file->old_path);
	if (diff_line_is(scan, "rename to "))
		return path_behind(scan, "rename to ", &file->new_path);
	if (diff_line_is(scan, "copy from "))
		return path_behind(scan, "copy from ", &file->old_path);
	if (diff_line_is(scan, "copy to "))
		return path_behind(scan, "copy to ", &file->new_path);
	if (diff_line_is(scan, "index "))
		return read_index(scan, file);
	if (diff_line_is(scan, "Binary files "))
		file->binary = true;
	else
		*known = diff_line_is(scan, "similarity index ") ||
			 diff_line_is(scan, "dissimilarity index ");
	return NULL;
}

/* Whether "--- " and "+++ " lines are at hand: a "--- " alone may be anything. */
static bool at_names(const struct diff_scan *scan)
{
	struct diff_scan next = *scan;

	if (!diff_line_is(scan, "--- "))
		return false;
	diff_next_line(&next);
	return diff_line_is(&next, "+++ ");
}

/* What the "diff --git" line and "---", "+++" say must be the same. */
static ERR_CHECK compare_names(const struct diff_scan *scan, const struct diff_file *file,
			       const char *old_path, const char *new_path)
{
	bool old_fits = str_equal(old_path, "/dev/null") ||
			diff_same_path(old_path, file->old_path);
	bool new_fits = str_equal(new_path, "/dev/null") ||
			diff_same_path(new_path, file->new_path);

	if (!old_fits || !new_fits)
		return diff_refuse(scan, scan->line, "'%s' is not the file that the header names",
				   old_fits ? new_path : old_path);
	return NULL;
}

/* diff -N gives a file that is not there the time 0, in the zone of whoever ran it. */
static bool has_no_time(const struct diff_scan *scan)
{
	OWNED_STR line = xstrndup(scan->at, diff_line_length(scan));
	const char *time = strrchr(line, '\t');
	struct tm parts = { 0 };

	time = time ? strptime(time + 1, "%Y-%m-%d %H:%M:%S", &parts) : NULL;
	if (!time)
		return false;
	if (*time == '.')
		time += 1 + strspn(time + 1, "0");
	time = strptime(time, " %z", &parts);
	return time && timegm(&parts) == 0;
}

static ERR_CHECK read_names(struct diff_scan *scan, struct diff_file *file)
{
	bool no_old, no_new;
	OWNED_STR old_path = NULL;
	OWNED_STR new_path = NULL;

	no_old = has_no_time(scan);
	TRY(path_behind(scan, "--- ", &old_path));
	diff_next_line(scan);
	no_new = has_no_time(scan);
	TRY(path_behind(scan, "+++ ", &new_path));
	if (file->old_path && file->new_path) {
		TRY(compare_names(scan, file, old_path, new_path));
		diff_next_line(scan);
		return NULL;
	}
	file->plain = true;
	file->prefixed = diff_strip_prefixes(&old_path, &new_path);
	if (!old_path && !new_path)
		return diff_refuse(scan, scan->line, "a change of no file");
	if (!old_path || no_old)
		file->change = DIFF_ADD;
	if (!new_path || no_new)
		file->change = DIFF_DELETE;
	diff_next_line(scan);
	free(file->old_path);
	free(file->new_path);
	file->old_path = xstrdup(new_path ? new_path : old_path);
	file->new_path = xstrdup(file->old_path);
	return NULL;
}

static ERR_CHECK check_path(const struct diff_scan *scan, const struct diff_file *file,
			    const char *path)
{
	const char *problem = diff_path_problem(path);

	if (problem)
		return diff_refuse(scan, file->line, "path '%s' %s", path, problem);
	return NULL;
}

static ERR_CHECK check_file(const struct diff_scan *scan, const struct diff_file *file)
{
	bool changes = file->hunk_count || file->binary || file->change != DIFF_MODIFY ||
		       file->old_mode != file->new_mode;
	const struct diff_hunk *first = file->hunk_count ? &file->hunks[0] : NULL;

	if (!file->old_path || !file->new_path)
		return diff_refuse(scan, file->line, "a file without a name");
	TRY(check_path(scan, file, file->old_path));
	TRY(check_path(scan, file, file->new_path));
	if (file->new_mode == 0120000 && diff_is_git_modules(file->new_path))
		return diff_refuse(scan, file->line, "'%s' as a link", file->new_path);
	if (!changes)
		return diff_refuse(scan, file->line, "'%s' is named but not changed",
				   file->new_path);
	if (file->change == DIFF_ADD && first && (first->before.count || file->hunk_count > 1))
		return diff_refuse(scan, first->line, "a new file cannot lose lines");
	if (file->change == DIFF_DELETE && first && (first->after.count || file->hunk_count > 1))
		return diff_refuse(scan, first->line, "a deleted file cannot gain lines");
	for (size_t i = 1; i < file->hunk_count; i++)
		if (file->hunks[i].old_start <
		    file->hunks[i - 1].old_start + file->hunks[i - 1].before.count)
			return diff_refuse(scan, file->hunks[i].line,
					   "a hunk that overlaps the one before it");
	return NULL;
}

static ERR_CHECK new_file(const struct diff_scan *scan, struct diff *diff, struct diff_file **file)
{
	if (diff->file_count == DIFF_MAX_FILES)
		return diff_refuse(scan, scan->line, "more than %d files", DIFF_MAX_FILES);
	/* grows by doubling: the count is a power of two when the list is full */
	if ((diff->file_count & (diff->file_count - 1)) == 0)
		diff->files = xreallocarray(diff->files,
					    diff->file_count ? diff->file_count * 2 : 1,
					    sizeof(*diff->files));
	*file = &diff->files[diff->file_count++];
	**file = (struct diff_file){ .line = scan->line };
	return NULL;
}

static ERR_CHECK read_git_header(struct diff_scan *scan, struct diff_file *file)
{
	size_t skipped = strlen("diff --git ");
	bool known = true;

	TRY(diff_read_git_paths(scan, scan->at + skipped, diff_line_length(scan) - skipped,
				&file->old_path, &file->new_path));
	diff_next_line(scan);
	while (scan->at < scan->end) {
		TRY(read_extended(scan, file, &known));
		if (!known)
			break;
		diff_next_line(scan);
	}
	return NULL;
}

static ERR_CHECK read_file(struct diff_scan *scan, struct diff *diff)
{
	struct diff_file *file = NULL;

	TRY(new_file(scan, diff, &file));
	if (diff_line_is(scan, "diff --git "))
		TRY(read_git_header(scan, file));
	if (diff_line_is(scan, "GIT binary patch"))
		TRY(diff_parse_binary(scan, file));
	if (!file->binary && at_names(scan))
		TRY(read_names(scan, file));
	while (diff_line_is(scan, "@@ -"))
		TRY(diff_parse_hunk(scan, file));
	return check_file(scan, file);
}

/* "Binary files A and B differ", which diff(1) puts between others that it can show. */
static bool is_binary_note(const struct diff_scan *scan)
{
	static const char end[] = " differ";
	size_t length = diff_line_length(scan);

	return diff_line_is(scan, "Binary files ") && length > strlen(end) &&
	       memcmp(scan->at + length - strlen(end), end, strlen(end)) == 0;
}

static ERR_CHECK read_something(struct diff_scan *scan, struct diff *diff)
{
	if (diff_line_is(scan, "diff --git ") || at_names(scan))
		return read_file(scan, diff);
	if (diff_line_is(scan, "diff --cc ") || diff_line_is(scan, "diff --combined ") ||
	    diff_line_is(scan, "@@@ -"))
		return diff_refuse(scan, scan->line, "the combined diff of a merge is no patch");
	if (diff_line_is(scan, "@@ -"))
		return diff_refuse(scan, scan->line, "a hunk without a file");
	if (is_binary_note(scan) && diff->file_count)
		return diff_refuse(scan, scan->line, "a binary file without its data");
	diff_next_line(scan);
	return NULL;
}

ERR_CHECK diff_parse_patch(const struct patch *patch, const char *what, struct diff *diff)
{
	const struct err *err = diff_parse(strbuf_str(&patch->diff), patch->diff.len, what,
					   patch->diff_line, diff);

	if (err && patch->flowed)
		err = err_hint(err, "the mail is format=flowed, which takes spaces off lines and "
				    "joins them: ask for it as plain text, or as an attachment");
	return err;
}

ERR_CHECK diff_parse(const char *text, size_t length, const char *what, size_t first_line,
		     struct diff *diff)
{
	struct diff_scan scan = { .at = text,
				  .end = text + length,
				  .what = what,
				  .line = first_line ? first_line : 1,
				  .place_unknown = first_line == 0 };

	*diff = (struct diff){ 0 };
	if (length > LINES_MAX_TEXT)
		return err_input("'%s' has a diff of more than %zu MiB", what,
				 LINES_MAX_TEXT >> 20);
	while (scan.at < scan.end)
		TRY(read_something(&scan, diff));
	return NULL;
}
