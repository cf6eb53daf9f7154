// SPDX-License-Identifier: GPL-2.0
#include "port/port_align.h"
#include "resolve_say.h"

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
		const struct diff_hunk *hunk = resolve_hunk_of(explaining, &file->marks[i]);

		if (hunk)
			carry_hunk(explaining, hunk, &map, &lines, &ranges[i]);
	}
	question.ranges = ranges;
	question.until_commit = &fork;
	return resolve_history_find(own, &question, &explaining->missing);
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
		TRY(resolve_say_mark(&explaining, i));
	}
	resolve_say_choice(&explaining);
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
		store_set(entry, "old_path", store_text(file->old_path));
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
