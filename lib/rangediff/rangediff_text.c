// SPDX-License-Identifier: GPL-2.0
/* rangediff_text.c - the form in which git range-diff compares patches: range-diff.c,
 * read_patches(). */
#include <ctype.h>

#include "rangediff_text.h"
#include "record/diff.h"

/* The end of a line that ends before `end`, where its LF stands or the text ends. */
static const char *line_end(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? newline : end;
}

static void add_message(const char *message, struct strbuf *text)
{
	const char *end = message + strlen(message);

	strbuf_adds(text, " ## Commit message ##\n");
	while (message < end) {
		const char *stop = line_end(message, end);
		size_t length = (size_t)(stop - message);

		while (length && isspace((unsigned char)message[length - 1]))
			length--;
		if (length)
			strbuf_addf(text, "    %.*s", (int)length, message);
		strbuf_addc(text, '\n');
		message = stop < end ? stop + 1 : end;
	}
}

static void add_file_head(const struct diff_file *file, struct strbuf *text)
{
	strbuf_adds(text, "\n ## ");
	if (file->change == DIFF_ADD)
		strbuf_addf(text, "%s (new)", file->new_path);
	else if (file->change == DIFF_DELETE)
		strbuf_addf(text, "%s (deleted)", file->old_path);
	else if (file->change == DIFF_RENAME || file->change == DIFF_COPY)
		strbuf_addf(text, "%s => %s", file->old_path, file->new_path);
	else
		strbuf_adds(text, file->new_path);
	if (file->old_mode && file->new_mode && file->old_mode != file->new_mode)
		strbuf_addf(text, " (mode change %06o => %06o)", file->old_mode, file->new_mode);
	strbuf_adds(text, " ##\n");
}

/* The lines of a hunk as they stand in the diff, behind its header. */
static void add_hunk_lines(const struct diff_hunk *hunk, const char *end, struct strbuf *text)
{
	const char *line = line_end(hunk->heading, end);
	size_t before = hunk->before.count, after = hunk->after.count;

	for (line += line < end; line < end; line++) {
		const char *stop = line_end(line, end);
		char kind = line == stop ? ' ' : *line;

		if (!before && !after && kind != '\\')
			return;
		before -= before && (kind == ' ' || kind == '-');
		after -= after && (kind == ' ' || kind == '+');
		strbuf_adds(text, line == stop || kind == '\\' ? " " : "");
		strbuf_add(text, line, (size_t)(stop - line));
		strbuf_addc(text, '\n');
		line = stop;
	}
}

static void add_file(const struct diff_file *file, const char *end, bool headings,
		     struct strbuf *text)
{
	const char *path = file->change == DIFF_DELETE ? file->old_path : file->new_path;

	add_file_head(file, text);
	if (file->binary)
		strbuf_addf(text, " binary %s\n", file->new_id);
	for (size_t i = 0; i < file->hunk_count; i++) {
		const struct diff_hunk *hunk = &file->hunks[i];

		strbuf_adds(text, "@@");
		if (!headings)
			strbuf_addf(text, " %s", path);
		else if (hunk->heading_length)
			strbuf_addf(text, " %s: %.*s", path, (int)hunk->heading_length,
				    hunk->heading);
		strbuf_addc(text, '\n');
		add_hunk_lines(hunk, end, text);
	}
}

ERR_CHECK rangediff_text(const struct patch *patch, bool headings, struct strbuf *text)
{
	OWNED_STR what = xasprintf("patch %d", patch->number);
	const char *bytes = strbuf_str(&patch->diff);
	DIFF diff = { 0 };

	TRY(diff_parse_patch(patch, what, &diff));
	strbuf_addf(text, " ## Metadata ##\nAuthor: %s <%s>\n\n", patch->author_name,
		    patch->author_email);
	add_message(patch->message, text);
	for (size_t i = 0; i < diff.file_count; i++)
		add_file(&diff.files[i], bytes + patch->diff.len, headings, text);
	return NULL;
}
