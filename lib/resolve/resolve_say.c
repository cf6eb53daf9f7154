// SPDX-License-Identifier: GPL-2.0
/* resolve_say.c - the text of what is known of a file that does not fit. */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "port/port_align.h"
#include "resolve_say.h"
#include "resolve_where.h"

#define TAB	   8
#define MOST_LINES 40 /* of code in one place */

void resolve_say(struct strbuf *text, int indent, const char *format, ...)
{
	OWNED_STR line = NULL;
	va_list args;

	va_start(args, format);
	line = strbuf_vprintable(format, args);
	va_end(args);
	if (*line)
		strbuf_addf(text, "%*s%s", indent, "", line);
	strbuf_addc(text, '\n');
}

char *resolve_word(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=./,:@%";
	STRBUF word = { 0 };

	if (strspn(path, plain) == strlen(path) && *path != '-')
		return xstrdup(path);
	strbuf_addc(&word, '\'');
	for (; *path; path++) {
		if (*path == '\'')
			strbuf_adds(&word, "'\\'");
		strbuf_addc(&word, *path);
	}
	strbuf_addc(&word, '\'');
	return strbuf_detach(&word);
}

/* A line of code: tabs are spaces, so that it stands as in the file. */
static void say_code(struct strbuf *text, char sign, const struct line *line)
{
	size_t length = line->length - (line->length && line->text[line->length - 1] == '\n');
	STRBUF wide = { 0 };
	size_t column = 0;

	for (size_t i = 0; i < length; i++) {
		size_t spaces = line->text[i] == '\t' ? TAB - column % TAB : 0;

		if (!spaces)
			strbuf_addc(&wide, line->text[i]);
		for (size_t j = 0; j < spaces; j++)
			strbuf_addc(&wide, ' ');
		column += spaces ? spaces : 1;
	}
	strbuf_addf(text, "      | %c", sign);
	strbuf_add_printable(text, strbuf_str(&wide), wide.len);
	strbuf_addc(text, '\n');
}

const struct diff_hunk *resolve_hunk_of(const struct explaining *explaining,
					const struct port_mark *mark)
{
	if (mark->hunk < 1 || (size_t)mark->hunk > explaining->diff->hunk_count)
		return NULL;
	return &explaining->diff->hunks[mark->hunk - 1];
}

static void say_commits(const struct explaining *explaining, const struct resolve_commits *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct resolve_commit *commit = &list->items[i];
		time_t seconds = (time_t)(commit->when.time + commit->when.offset * 60);
		struct tm parts = { 0 };
		char date[32] = "?";

		if (gmtime_r(&seconds, &parts))
			strftime(date, sizeof(date), "%Y-%m-%d", &parts);
		resolve_say(explaining->text, 6, "%.12s %s %s: %s", git_oid_tostr_s(&commit->id),
			    date, commit->author, commit->subject);
	}
	if (list->more)
		resolve_say(explaining->text, 6, "and %zu more", list->more);
}

/* Why no more is known than that. */
static void say_end(const struct explaining *explaining, bool any)
{
	const struct resolve_history *history = &explaining->history;
	const char *id = git_oid_tostr_s(&history->end_commit);

	switch (history->end) {
	case RESOLVE_AT_SNAPSHOT:
		resolve_say(explaining->text, 3,
			    "%.12s is a snapshot without history: which commits %schanged these "
			    "lines is not known here",
			    id, any ? "before it " : "");
		break;
	case RESOLVE_AT_ROOT:
		resolve_say(explaining->text, 3, "the file's history begins at %.12s", id);
		break;
	case RESOLVE_AT_LIMIT:
		resolve_say(explaining->text, 3, "not looked further back than %.12s", id);
		break;
	case RESOLVE_AT_TEXT:
		if (!any)
			resolve_say(explaining->text, 3,
				    "no commit on the branch touched these lines since %.12s", id);
		break;
	}
}

static void say_history(const struct explaining *explaining, size_t mark)
{
	const struct resolve_history *history = &explaining->history;
	const struct resolve_commits *missing = NULL;
	bool any;

	if (explaining->missing.count)
		missing = &explaining->missing.lists[mark];
	if (history->count) {
		any = history->lists[mark].count > 0;
		if (any)
			resolve_say(explaining->text, 3,
				    "touched on %s%s by:", explaining->it->resolve->branch.name,
				    explaining->knows_before
					    ? " since the text the patch was made for"
					    : "");
		say_commits(explaining, &history->lists[mark]);
		say_end(explaining, any);
	}
	if (!missing || !missing->count)
		return;
	resolve_say(explaining->text, 3, "touched where the series comes from by what %s may lack:",
		    explaining->it->resolve->branch.name);
	say_commits(explaining, missing);
}

static void say_lines(const struct explaining *explaining, char sign, const struct lines *lines,
		      struct port_range range, size_t *left)
{
	for (size_t i = range.at; i < range.at + range.count && i < lines->count; i++) {
		if (*left == 0)
			return;
		if (--*left == 0)
			resolve_say(explaining->text, 6, "| ... and more");
		else
			say_code(explaining->text, sign, &lines->at[i]);
	}
}

static bool overlap(struct port_range a, struct port_range b)
{
	return a.at <= b.at + b.count && b.at <= a.at + a.count;
}

/* The branch's lines; against what the patch was made for, where that is known. */
static void say_branch(const struct explaining *explaining, const struct port_mark *mark)
{
	size_t left = MOST_LINES;

	if (!mark->placed || !mark->hunk)
		return;
	if (!explaining->knows_before) {
		resolve_say(explaining->text, 3,
			    "the branch has there, from line %zu:", mark->branch.at + 1);
		say_lines(explaining, ' ', &explaining->branch, mark->branch, &left);
		return;
	}
	resolve_say(explaining->text, 3,
		    "the branch differs there from what the patch was made for:");
	for (size_t i = 0; i < explaining->map.count; i++) {
		const struct port_step *step = &explaining->map.steps[i];

		if (!overlap(step->new, mark->branch))
			continue;
		say_lines(explaining, '-', &explaining->before, step->old, &left);
		say_lines(explaining, '+', &explaining->branch, step->new, &left);
	}
}

/* The hunk as the patch has it: context lines are one line on both sides. */
static void say_hunk(const struct explaining *explaining, const struct diff_hunk *hunk)
{
	const struct lines *old = &hunk->before, *new = &hunk->after;
	size_t i = 0, j = 0;

	resolve_say(explaining->text, 3, "the patch wants:");
	resolve_say(explaining->text, 6, "| @@ -%zu,%zu +%zu,%zu @@ %.*s", hunk->old_start,
		    old->count, hunk->new_start, new->count, (int)hunk->heading_length,
		    hunk->heading);
	while ((i < old->count || j < new->count) && i + j < (size_t)MOST_LINES * 2) {
		bool in_old = i < old->count, in_new = j < new->count;

		if (in_old && in_new && old->at[i].text == new->at[j].text) {
			say_code(explaining->text, ' ', &old->at[i++]);
			j++;
		} else if (in_old && (!in_new || old->at[i].text < new->at[j].text)) {
			say_code(explaining->text, '-', &old->at[i++]);
		} else {
			say_code(explaining->text, '+', &new->at[j++]);
		}
	}
	if (i < old->count || j < new->count)
		resolve_say(explaining->text, 6, "| ... and more");
}

/* The same lines at another place of the file. */
static void say_elsewhere(const struct explaining *explaining, const struct port_mark *mark,
			  const struct diff_hunk *hunk)
{
	struct port_range all = { 0, explaining->branch.count };
	struct port_range found;

	if (!port_align(&hunk->before, &explaining->branch, all, hunk->old_start, &found) ||
	    (mark->placed && overlap(found, mark->branch)))
		return;
	resolve_say(explaining->text, 3,
		    "lines more like it stand at line %zu of the branch's file", found.at + 1);
}

static ERR_CHECK say_names(const struct explaining *explaining, const struct diff_hunk *hunk)
{
	const struct resolve_case *it = explaining->it;
	RESOLVE_NAMES names = { 0 };

	TRY(resolve_names_find(it->resolve->own, &it->tree, explaining->file->old_path,
			       &explaining->branch_text, hunk, &names));
	for (size_t i = 0; i < names.count; i++) {
		const struct resolve_name *name = &names.items[i];
		STRBUF places = { 0 };

		for (size_t j = 0; j < name->places.count; j++)
			strbuf_addf(&places, "%s%s", j ? ", " : "", name->places.items[j]);
		if (places.len)
			resolve_say(explaining->text, 3, "'%s' is not in this file, but in %s",
				    name->name, strbuf_str(&places));
		else
			resolve_say(explaining->text, 3,
				    "'%s' is not in this file, nor below %s: does the branch lack "
				    "a patch?",
				    name->name, names.searched ? names.searched : "its folder");
	}
	return NULL;
}

ERR_CHECK resolve_say_mark(const struct explaining *explaining, size_t i)
{
	const struct port_mark *mark = &explaining->file->marks[i];
	const struct diff_hunk *hunk = resolve_hunk_of(explaining, mark);

	resolve_say(explaining->text, 0, "%s", "");
	if (hunk)
		resolve_say(explaining->text, 0, "%s, hunk %d of %zu", explaining->file->path,
			    mark->hunk, explaining->diff->hunk_count);
	else
		resolve_say(explaining->text, 0, "%s", explaining->file->path);
	resolve_say(explaining->text, 3, "%s", mark->reason);
	if (!hunk) {
		say_history(explaining, i);
		return NULL;
	}
	say_hunk(explaining, hunk);
	say_branch(explaining, mark);
	say_history(explaining, i);
	say_elsewhere(explaining, mark, hunk);
	return mark->loose ? NULL : say_names(explaining, hunk);
}

/* What to do with a file that has no markers: which of the sides can be taken as a whole. */
void resolve_say_choice(const struct explaining *explaining)
{
	const struct port_marked_file *file = explaining->file;
	OWNED_STR path = resolve_word(file->path);
	bool gone = explaining->diff->change == DIFF_DELETE;

	if (!file->untouched)
		return;
	resolve_say(explaining->text, 3, "the work tree has it as the branch has it%s",
		    file->sides[PORT_STAGE_BRANCH].there ? "" : ": not at all");
	if (gone)
		resolve_say(explaining->text, 3, "to delete it as the patch does: git rm -- %s",
			    path);
	else if (file->sides[PORT_STAGE_PATCHED].there)
		resolve_say(explaining->text, 3, "to take the patch's: git cat-file blob %s >%s",
			    git_oid_tostr_s(&file->sides[PORT_STAGE_PATCHED].id), path);
	else if (explaining->diff->binary)
		resolve_say(explaining->text, 3,
			    "the patch's side is not in the repository: copy the file here");
}
