// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <time.h>

#include "port/port_align.h"
#include "record/diff.h"
#include "resolve_explain.h"
#include "resolve_history.h"
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

/* What is known of one file while it is explained. */
struct explaining {
	const struct resolve_case *it;
	const struct port_marked_file *file;
	const struct diff_file *diff;
	struct strbuf before_text, branch_text;
	struct lines before, branch;
	struct port_map map; /* from the one to the other, when `before` is known */
	bool knows_before;
	struct resolve_history history; /* on the branch */
	struct resolve_history missing; /* on the branch that the series is for */
	struct strbuf *text;
};

static void release_explaining(struct explaining *explaining)
{
	strbuf_release(&explaining->before_text);
	strbuf_release(&explaining->branch_text);
	lines_release(&explaining->before);
	lines_release(&explaining->branch);
	port_map_release(&explaining->map);
	resolve_history_release(&explaining->history);
	resolve_history_release(&explaining->missing);
}

static ERR_CHECK read_side(const struct explaining *explaining, enum port_stage stage,
			   struct strbuf *text, struct lines *lines)
{
	const struct port_side_blob *side = &explaining->file->sides[stage];
	git_repository *repo = explaining->it->resolve->own;
	GIT_BLOB blob = NULL;

	if (!side->there)
		return NULL;
	if (git_blob_lookup(&blob, repo, &side->id) < 0)
		return repo_error("cannot read blob '%s'", git_oid_tostr_s(&side->id));
	strbuf_add(text, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	lines_split(lines, strbuf_str(text), text->len);
	return NULL;
}

static const struct diff_hunk *hunk_of(const struct explaining *explaining,
				       const struct port_mark *mark)
{
	if (mark->hunk < 1 || (size_t)mark->hunk > explaining->diff->hunk_count)
		return NULL;
	return &explaining->diff->hunks[mark->hunk - 1];
}

/* The lines that a mark is about; all of them when it is about the file as a whole. */
static struct port_range range_of(const struct explaining *explaining, const struct port_mark *mark)
{
	if (mark->placed)
		return mark->branch;
	return (struct port_range){ 0, mark->hunk ? 0 : explaining->branch.count };
}

static ERR_CHECK find_history(struct explaining *explaining)
{
	const struct port_marked_file *file = explaining->file;
	CLEANUP(free_ptr) struct port_range *ranges = NULL;
	struct resolve_question question = { .tip = explaining->it->resolve->head,
					     .path = file->old_path,
					     .range_count = file->mark_count };

	if (!file->sides[PORT_STAGE_BRANCH].there || !file->mark_count)
		return NULL;
	ranges = xcalloc(file->mark_count, sizeof(*ranges));
	for (size_t i = 0; i < file->mark_count; i++)
		ranges[i] = range_of(explaining, &file->marks[i]);
	question.ranges = ranges;
	if (explaining->knows_before)
		question.until_text = &file->sides[PORT_STAGE_BEFORE].id;
	return resolve_history_find(explaining->it->resolve->own, &question, &explaining->history);
}

/* The commit that the series was made for, when it shares history with the branch. */
static bool find_other_side(const struct resolve_case *it, git_oid *tip, git_oid *fork)
{
	const struct resolve *resolve = it->resolve;
	OWNED_STR ref = xasprintf("refs/remotes/farrier/%s", resolve->series.base);
	const char *base = it->patch->base_commit;
	GIT_COMMIT commit = NULL;

	if (base && git_oid_fromstr(tip, base) == 0 &&
	    git_commit_lookup(&commit, resolve->own, tip) == 0)
		return git_merge_base(fork, resolve->own, tip, &resolve->base) == 0;
	if (!*resolve->series.base || git_reference_name_to_id(tip, resolve->own, ref) < 0)
		return false;
	return git_merge_base(fork, resolve->own, tip, &resolve->base) == 0;
}

/* Where the hunk's old lines are in another state of the file. */
static bool carry_hunk(const struct explaining *explaining, const struct diff_hunk *hunk,
		       const struct port_map *map, const struct lines *lines,
		       struct port_range *range)
{
	struct port_range all = { 0, lines->count };

	*range = (struct port_range){ hunk->old_start - (hunk->before.count ? 1 : 0),
				      hunk->before.count };
	if (!explaining->knows_before)
		return port_align(&hunk->before, lines, all, range->at, range);
	port_map_carry(map, PORT_OLD_TO_NEW, range);
	return true;
}

/* What changed the lines where the series comes from, and never reached the branch. */
static ERR_CHECK find_missing(struct explaining *explaining)
{
	const struct port_marked_file *file = explaining->file;
	git_repository *own = explaining->it->resolve->own;
	struct resolve_question question = { .path = explaining->diff->old_path,
					     .range_count = file->mark_count };
	CLEANUP(free_ptr) struct port_range *ranges = NULL;
	PORT_MAP map = { 0 };
	STRBUF text = { 0 };
	LINES lines = { 0 };
	bool found;
	git_oid fork;

	if (!file->mark_count || !find_other_side(explaining->it, &question.tip, &fork))
		return NULL;
	TRY(repo_read_file(own, &question.tip, question.path, LINES_MAX_TEXT, &text, &found));
	if (!found)
		return NULL;
	lines_split(&lines, strbuf_str(&text), text.len);
	if (explaining->knows_before)
		TRY(port_map_make(&explaining->before_text, &text, &map));
	ranges = xcalloc(file->mark_count, sizeof(*ranges));
	for (size_t i = 0; i < file->mark_count; i++) {
		const struct diff_hunk *hunk = hunk_of(explaining, &file->marks[i]);

		if (hunk)
			carry_hunk(explaining, hunk, &map, &lines, &ranges[i]);
	}
	question.ranges = ranges;
	question.until_commit = &fork;
	return resolve_history_find(own, &question, &explaining->missing);
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
			    "%.12s, where the branch begins here, is a snapshot: %swhich commits "
			    "made its lines is not known",
			    id, any ? "before it, " : "");
		break;
	case RESOLVE_AT_ROOT:
		resolve_say(explaining->text, 3, "the file's history ends at %.12s", id);
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

static json_t *commits_json(const struct explaining *explaining, size_t mark)
{
	const struct resolve_history *sides[] = { &explaining->history, &explaining->missing };
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		for (size_t j = 0; sides[i]->count && j < sides[i]->lists[mark].count; j++) {
			const struct resolve_commit *commit = &sides[i]->lists[mark].items[j];
			json_t *entry = json_object();

			store_set(entry, "commit", json_string(git_oid_tostr_s(&commit->id)));
			store_set(entry, "author", store_text(commit->author));
			store_set(entry, "subject", store_text(commit->subject));
			store_set(entry, "on_branch", json_boolean(i == 0));
			json_array_append_new(list, entry);
		}
	}
	return list;
}

static void record_mark(const struct explaining *explaining, size_t i, json_t *conflicts)
{
	const struct port_mark *mark = &explaining->file->marks[i];
	json_t *entry = json_object();

	store_set(entry, "path", store_text(explaining->file->path));
	store_set(entry, "hunk", json_integer(mark->hunk));
	store_set(entry, "reason", store_text(mark->reason));
	store_set(entry, "line",
		  mark->placed ? json_integer((json_int_t)mark->branch.at + 1) : json_null());
	store_set(entry, "commits", commits_json(explaining, i));
	json_array_append_new(conflicts, entry);
}

static ERR_CHECK explain_mark(const struct explaining *explaining, size_t i)
{
	const struct port_mark *mark = &explaining->file->marks[i];
	const struct diff_hunk *hunk = hunk_of(explaining, mark);

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
static void say_choice(const struct explaining *explaining)
{
	const struct port_marked_file *file = explaining->file;
	bool gone = explaining->diff->change == DIFF_DELETE;

	if (!file->untouched)
		return;
	resolve_say(explaining->text, 3, "the work tree has it as the branch has it%s",
		    file->sides[PORT_STAGE_BRANCH].there ? "" : ": not at all");
	if (gone)
		resolve_say(explaining->text, 3, "to delete it as the patch does: git rm '%s'",
			    file->path);
	else if (file->sides[PORT_STAGE_PATCHED].there)
		resolve_say(explaining->text, 3, "to take the patch's: git cat-file blob %s >'%s'",
			    git_oid_tostr_s(&file->sides[PORT_STAGE_PATCHED].id), file->path);
	else if (explaining->diff->binary)
		resolve_say(explaining->text, 3,
			    "the patch's side is not in the repository: copy the file here");
}

static ERR_CHECK explain_file(const struct resolve_case *it, const struct port_marked_file *file,
			      const struct diff_file *diff, struct strbuf *text, json_t *conflicts)
{
	CLEANUP(release_explaining)
	struct explaining explaining = { .it = it, .file = file, .diff = diff, .text = text };

	explaining.knows_before = file->preimage != PORT_FROM_NONE;
	TRY(read_side(&explaining, PORT_STAGE_BEFORE, &explaining.before_text, &explaining.before));
	TRY(read_side(&explaining, PORT_STAGE_BRANCH, &explaining.branch_text, &explaining.branch));
	if (explaining.knows_before)
		TRY(port_map_make(&explaining.before_text, &explaining.branch_text,
				  &explaining.map));
	TRY(find_history(&explaining));
	TRY(find_missing(&explaining));
	for (size_t i = 0; i < file->mark_count; i++) {
		record_mark(&explaining, i, conflicts);
		TRY(explain_mark(&explaining, i));
	}
	say_choice(&explaining);
	return NULL;
}

/* One line for each file, so that nothing that was done is a surprise. */
static const char *state_of(const struct port_marked_file *file)
{
	if (file->marked)
		return "conflict, marked in the file";
	if (file->untouched)
		return "conflict, left as the branch has it";
	return port_status_name(file->status);
}

static void say_files(const struct resolve_case *it, struct strbuf *text, json_t *record)
{
	json_t *files = json_array();

	for (size_t i = 0; i < it->marked->file_count; i++) {
		const struct port_marked_file *file = &it->marked->files[i];
		json_t *entry = json_object();

		resolve_say(text, 2, "%s: %s%s", file->path, state_of(file),
			    file->marked && file->preimage == PORT_FROM_NONE
				    ? ", hunk by hunk: the text it was made for is not known"
				    : "");
		store_set(entry, "path", store_text(file->path));
		store_set(entry, "status", json_string(port_status_name(file->status)));
		store_set(entry, "marked", json_boolean(file->marked));
		store_set(entry, "untouched", json_boolean(file->untouched));
		json_array_append_new(files, entry);
	}
	store_set(record, "files", files);
}

/* The branch has a file that the patch knows by another name. */
static void say_moves(const struct resolve_case *it, const struct diff *diff, struct strbuf *text)
{
	for (size_t i = 0; i < it->marked->file_count; i++) {
		const struct port_marked_file *file = &it->marked->files[i];

		if (diff->files[i].change == DIFF_MODIFY &&
		    !str_equal(file->path, diff->files[i].new_path))
			resolve_say(text, 2, "%s is %s on the branch", diff->files[i].new_path,
				    file->path);
	}
}

ERR_CHECK resolve_explain(const struct resolve_case *it, struct strbuf *text, json_t *record)
{
	OWNED_STR what = xasprintf("patch %d", it->patch->number);
	json_t *conflicts = json_array();
	DIFF diff = { 0 };

	store_set(record, "conflicts", conflicts);
	TRY(diff_parse(strbuf_str(&it->patch->diff), it->patch->diff.len, what,
		       it->patch->diff_line, &diff));
	say_files(it, text, record);
	say_moves(it, &diff, text);
	for (size_t i = 0; i < it->marked->file_count; i++)
		TRY(explain_file(it, &it->marked->files[i], &diff.files[i], text, conflicts));
	return NULL;
}
