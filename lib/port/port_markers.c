// SPDX-License-Identifier: GPL-2.0
#include "port_marker_text.h"

#define MODE_TYPE 0170000
#define MODE_FILE 0100000

/* One file of the patch. */
struct marking {
	struct port_job *job;
	const struct patch *patch;
	const struct diff_file *file;
	const char *label;
	struct port_changes *changes;
	struct port_marked_file *marked;
	struct port_text target;   /* the branch's file */
	struct port_source source; /* the author's */
};

static void release_marking(struct marking *marking)
{
	port_text_release(&marking->target);
	port_source_release(&marking->source);
}

void port_marked_release(struct port_marked *marked)
{
	for (size_t i = 0; i < marked->file_count; i++) {
		struct port_marked_file *file = &marked->files[i];

		for (size_t j = 0; j < file->mark_count; j++)
			free(file->marks[j].reason);
		free(file->marks);
		free(file->path);
		free(file->old_path);
	}
	free(marked->files);
	*marked = (struct port_marked){ 0 };
}

static void release_job(struct port_job *job)
{
	port_originals_release(&job->originals);
	port_where_release(&job->where);
	port_history_release(&job->past);
}

static ERR_CHECK parse_patch(const struct patch *patch, struct diff *diff)
{
	OWNED_STR what = xasprintf("patch %d", patch->number);

	return diff_parse(strbuf_str(&patch->diff), patch->diff.len, what, patch->diff_line, diff);
}

/* An earlier patch is carried once more, for what the author's files become by it. */
static ERR_CHECK learn(struct port_job *job, const struct patch *patch)
{
	CLEANUP(port_changes_release) struct port_changes changes = { 0 };
	CLEANUP(port_release_patch) struct port_patch record = { 0 };
	DIFF diff = { 0 };

	TRY(parse_patch(patch, &diff));
	for (size_t i = 0; i < diff.file_count; i++)
		TRY(port_carry_file(job, patch, &diff.files[i], &changes, &record));
	return NULL;
}

static ERR_CHECK write_blob(git_repository *repo, const struct port_text *text, unsigned mode,
			    struct port_side_blob *side)
{
	if (!text->there)
		return NULL;
	if (git_blob_create_from_buffer(&side->id, repo, strbuf_str(&text->bytes),
					text->bytes.len) < 0)
		return repo_error("cannot write an object");
	side->there = true;
	side->mode = mode ? mode : text->mode ? text->mode : 0100644;
	return NULL;
}

static ERR_CHECK read_target(struct marking *marking, const char *path, bool *found)
{
	enum port_kind kind;
	unsigned mode = 0;
	git_oid id;

	TRY(port_tree_find(marking->job->repo, &marking->job->tree, path, &kind, &mode, &id));
	*found = kind == PORT_FILE;
	if (!*found)
		return NULL;
	TRY(port_text_read(marking->job->repo, &id, &marking->target));
	marking->target.mode = mode;
	return NULL;
}

/* What the branch has in the place of the patch's file. */
static ERR_CHECK find_target(struct marking *marking)
{
	struct port_marked_file *marked = marking->marked;
	const char *names[] = { marking->file->old_path, marked->path };
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(names) && !found; i++) {
		TRY(read_target(marking, names[i], &found));
		if (!found || str_equal(names[i], marked->old_path))
			continue;
		free(marked->old_path);
		marked->old_path = xstrdup(names[i]);
	}
	return NULL;
}

static unsigned result_mode(const struct marking *marking)
{
	const struct diff_file *file = marking->file;

	return file->new_mode && file->new_mode != file->old_mode ? file->new_mode
								  : marking->target.mode;
}

static ERR_CHECK note_sides(const struct marking *marking)
{
	git_repository *repo = marking->job->repo;
	struct port_side_blob *sides = marking->marked->sides;
	const struct port_source *source = &marking->source;
	PORT_TEXT added = { 0 };

	if (source->from != PORT_FROM_NONE) {
		TRY(write_blob(repo, &source->before, marking->file->old_mode,
			       &sides[PORT_STAGE_BEFORE]));
		if (marking->file->change != DIFF_DELETE)
			TRY(write_blob(repo, &source->after, marking->file->new_mode,
				       &sides[PORT_STAGE_PATCHED]));
	}
	if (marking->file->change == DIFF_ADD && marking->file->hunk_count) {
		lines_join(marking->file->hunks[0].after.at, marking->file->hunks[0].after.count,
			   &added.bytes);
		added.there = true;
		TRY(write_blob(repo, &added, marking->file->new_mode, &sides[PORT_STAGE_PATCHED]));
	}
	return write_blob(repo, &marking->target, 0, &sides[PORT_STAGE_BRANCH]);
}

/* Whether markers can be written: a text file of the branch, and a way to the place. */
static ERR_CHECK can_be_marked(const struct marking *marking, bool *can)
{
	const struct diff_file *file = marking->file;
	const struct port_marked_file *marked = marking->marked;
	OWNED_STR obstacle = NULL;
	enum port_kind kind = PORT_NOTHING;
	unsigned mode;
	git_oid id;

	*can = marking->target.there && (marking->target.mode & MODE_TYPE) == MODE_FILE &&
	       !port_text_is_binary(&marking->target) && !file->binary && file->hunk_count &&
	       file->change != DIFF_DELETE && (!file->new_mode || file->new_mode & 0100000) &&
	       (file->new_mode & MODE_TYPE) != 0120000 && (file->new_mode & MODE_TYPE) != 0160000;
	if (!*can || str_equal(marked->path, marked->old_path))
		return NULL;
	TRY(port_tree_obstacle(marking->job->repo, &marking->job->tree, marked->path, &obstacle));
	TRY(port_tree_find(marking->job->repo, &marking->job->tree, marked->path, &kind, &mode,
			   &id));
	*can = !obstacle && kind == PORT_NOTHING;
	return NULL;
}

/* The changed lines of a hunk in the text that it was made for, without its context. */
static struct port_range changed_lines(const struct diff_hunk *hunk)
{
	size_t start = hunk->old_start - (hunk->before.count ? 1 : 0) + hunk->leading;
	size_t context = hunk->leading + hunk->trailing;

	return (struct port_range){ start, hunk->before.count - context };
}

/* Whether the branch changed what the hunk changes, or what stands right beside it. */
static bool branch_touched(const struct port_map *map, const struct diff_hunk *hunk)
{
	struct port_range range = changed_lines(hunk);

	if (range.at)
		range = (struct port_range){ range.at - 1, range.count + 1 };
	range.count++;
	return port_map_carry(map, PORT_OLD_TO_NEW, &range);
}

static const char *reason_for(const struct port_patch *record, size_t from, int hunk)
{
	for (size_t i = from; i < record->conflict_count; i++)
		if (record->conflicts[i].hunk == hunk)
			return record->conflicts[i].reason;
	return NULL;
}

static void mark_hunk(const struct marking *marking, const struct port_map *map, size_t i,
		      const char *reason)
{
	const struct diff_hunk *hunk = &marking->file->hunks[i];
	struct port_mark *mark = port_add_mark(marking->marked, (int)i + 1,
					       reason ? reason : "it does not merge");

	mark->branch = (struct port_range){ hunk->old_start - (hunk->before.count ? 1 : 0),
					    hunk->before.count };
	port_map_carry(map, PORT_OLD_TO_NEW, &mark->branch);
	mark->placed = true;
}

/* Which hunks the merge could not place; `from` is where the file's conflicts begin. */
static ERR_CHECK mark_merged(const struct marking *marking, const struct port_patch *record,
			     size_t from)
{
	const struct diff_file *file = marking->file;
	PORT_MAP map = { 0 };

	TRY(port_map_make(&marking->source.before.bytes, &marking->target.bytes, &map));
	for (size_t i = 0; i < file->hunk_count; i++)
		if (branch_touched(&map, &file->hunks[i]))
			mark_hunk(marking, &map, i,
				  "the branch changed the lines that it changes, or lines beside "
				  "them");
	for (size_t i = 0; i < file->hunk_count && !marking->marked->mark_count; i++)
		mark_hunk(marking, &map, i, reason_for(record, from, (int)i + 1));
	return NULL;
}

/* A label stands in a file and on a line of its own. */
static char *safe_label(const char *text)
{
	STRBUF safe = { 0 };

	strbuf_add_printable(&safe, text, strlen(text));
	return strbuf_detach(&safe);
}

static ERR_CHECK write_marked(const struct marking *marking, struct strbuf *text)
{
	const struct port_marked_file *marked = marking->marked;
	git_oid id;

	if (git_blob_create_from_buffer(&id, marking->job->repo, strbuf_str(text), text->len) < 0)
		return repo_error("cannot write '%s'", marked->path);
	if (marking->file->change == DIFF_RENAME && !str_equal(marked->path, marked->old_path))
		port_changes_delete(marking->changes, marked->old_path);
	port_changes_write(marking->changes, marked->path, result_mode(marking), &id);
	return NULL;
}

static ERR_CHECK mark_text(const struct marking *marking, const struct port_patch *record,
			   size_t from, struct strbuf *text)
{
	const struct port_source *source = &marking->source;
	OWNED_STR subject = safe_label(marking->patch->subject);
	OWNED_STR before = xasprintf("what the patch was made for, %.12s",
				     git_oid_tostr_s(&source->before.id));
	struct port_labels labels = { marking->label, before, subject };
	PORT_TEXT added = { 0 };
	LINES lines = { 0 };

	marking->marked->marked = true;
	if (marking->file->change == DIFF_ADD) {
		const struct diff_hunk *whole = &marking->file->hunks[0];

		port_add_mark(marking->marked, 0, reason_for(record, from, 0))->placed = true;
		labels.before = "nothing: the patch makes this file";
		lines_join(whole->after.at, whole->after.count, &added.bytes);
		return port_marker_merge(NULL, &marking->target, &added, &labels, text);
	}
	if (source->from != PORT_FROM_NONE) {
		TRY(mark_merged(marking, record, from));
		return port_marker_merge(&source->before, &marking->target, &source->after, &labels,
					 text);
	}
	marking->marked->marked = false;
	lines_split(&lines, marking->target.bytes.buf, marking->target.bytes.len);
	port_marker_hunks(marking->file, &lines, &labels, marking->marked, text);
	return NULL;
}

/* The file does not fit. */
static ERR_CHECK mark_conflict(struct marking *marking, const struct port_patch *record,
			       size_t from)
{
	STRBUF text = { 0 };
	bool can;

	TRY(can_be_marked(marking, &can));
	if (can) {
		TRY(mark_text(marking, record, from, &text));
		return write_marked(marking, &text);
	}
	marking->marked->untouched = true;
	for (size_t i = from; i < record->conflict_count; i++)
		port_add_mark(marking->marked, record->conflicts[i].hunk,
			      record->conflicts[i].reason);
	return NULL;
}

/* The file fits, but by a guess. */
static ERR_CHECK mark_fuzzy(const struct marking *marking)
{
	struct port_marked_file loose = { 0 };
	struct port_labels none = { "", "", "" };
	STRBUF text = { 0 };
	LINES lines = { 0 };

	lines_split(&lines, marking->target.bytes.buf, marking->target.bytes.len);
	port_marker_hunks(marking->file, &lines, &none, &loose, &text);
	for (size_t i = 0; i < loose.mark_count; i++)
		loose.marks[i].loose = true;
	marking->marked->marks = loose.marks;
	marking->marked->mark_count = loose.mark_count;
	if (!loose.mark_count)
		port_add_mark(marking->marked, 0, "the name of the file is a guess")->loose = true;
	return NULL;
}

static ERR_CHECK mark_file(struct marking *marking, struct port_patch *record)
{
	size_t from = record->conflict_count;
	const struct port_file *carried;

	/* the engine learns the file's result, after which this would find that */
	marking->marked->old_path = xstrdup(marking->file->old_path);
	marking->marked->path = xstrdup(marking->file->new_path);
	TRY(find_target(marking));
	TRY(port_find_source(marking->job, marking->patch, marking->file, &marking->target,
			     &marking->source));
	TRY(port_carry_file(marking->job, marking->patch, marking->file, marking->changes, record));
	carried = &record->files[record->file_count - 1];
	if (!str_equal(carried->path, marking->marked->path)) {
		free(marking->marked->path);
		free(marking->marked->old_path);
		marking->marked->path = xstrdup(carried->path);
		marking->marked->old_path = xstrdup(carried->path);
		TRY(find_target(marking));
	}
	marking->marked->status = carried->status;
	marking->marked->preimage = marking->source.from;
	TRY(note_sides(marking));
	if (carried->status == PORT_CONFLICT)
		return mark_conflict(marking, record, from);
	return carried->status == PORT_FUZZY ? mark_fuzzy(marking) : NULL;
}

static ERR_CHECK mark_files(struct port_job *job, const struct patch *patch, const char *label,
			    struct port_marked *marked)
{
	CLEANUP(port_changes_release) struct port_changes changes = { 0 };
	CLEANUP(port_release_patch) struct port_patch record = { 0 };
	DIFF diff = { 0 };

	TRY(parse_patch(patch, &diff));
	marked->files = xcalloc(diff.file_count, sizeof(*marked->files));
	for (size_t i = 0; i < diff.file_count; i++) {
		CLEANUP(release_marking)
		struct marking marking = { .job = job,
					   .patch = patch,
					   .file = &diff.files[i],
					   .label = label,
					   .changes = &changes,
					   .marked = &marked->files[marked->file_count++] };

		TRY(mark_file(&marking, &record));
	}
	return port_tree_write(job->repo, &job->tree, &changes, &marked->tree);
}

ERR_CHECK port_mark(const struct port_request *request, size_t index, const git_oid *tree,
		    const char *label, struct port_marked *marked)
{
	CLEANUP(release_job)
	struct port_job job = { .request = request, .repo = request->repo };

	*marked = (struct port_marked){ 0 };
	git_oid_cpy(&job.tree, tree);
	git_oid_cpy(&job.parent, &request->onto);
	for (size_t i = 0; i < index; i++)
		TRY(learn(&job, &request->patches[i]));
	return mark_files(&job, &request->patches[index], label, marked);
}
