// SPDX-License-Identifier: GPL-2.0
/* port_marker_text.c - the text of a file with conflict markers. */
#include "port_align.h"
#include "port_marker_text.h"

#define MOST_FUZZ 2 /* lines of context that may be left out, as patch(1) has it */

struct port_mark *port_add_mark(struct port_marked_file *marked, int hunk, const char *reason)
{
	struct port_mark *mark;

	marked->marks = xreallocarray(marked->marks, marked->mark_count + 1,
				      sizeof(*marked->marks));
	mark = &marked->marks[marked->mark_count++];
	*mark = (struct port_mark){ .hunk = hunk, .reason = xstrdup(reason) };
	return mark;
}

ERR_CHECK port_marker_merge(const struct port_text *before, const struct port_text *branch,
			    const struct port_text *patched, const struct port_labels *labels,
			    struct strbuf *out)
{
	const struct port_text nothing = { 0 };
	git_merge_file_input base = port_merge_input(before ? before : &nothing);
	git_merge_file_input ours = port_merge_input(branch);
	git_merge_file_input theirs = port_merge_input(patched);
	git_merge_file_options options;
	git_merge_file_result result = { 0 };

	git_merge_file_options_init(&options, GIT_MERGE_FILE_OPTIONS_VERSION);
	options.flags = GIT_MERGE_FILE_STYLE_ZDIFF3;
	options.ancestor_label = labels->before;
	options.our_label = labels->branch;
	options.their_label = labels->patch;
	if (git_merge_file(&result, &base, &ours, &theirs, &options) < 0)
		return repo_error("cannot merge");
	strbuf_add(out, result.ptr, result.len);
	git_merge_file_result_free(&result);
	return NULL;
}

/* One file's hunks on their way into the branch's text. */
struct placing {
	const struct diff_file *file;
	const struct lines *branch;
	const struct port_labels *labels;
	struct port_marked_file *marked;
	struct port_place *before; /* where each hunk's old side is */
	struct port_place *after;  /* where its result is already */
	long delta;		   /* lines between a place and where its hunk says */
	size_t done;		   /* lines of the branch that are written */
	struct strbuf *out;
};

static void release_placing(struct placing *placing)
{
	free(placing->before);
	free(placing->after);
}

static void copy_up_to(struct placing *placing, size_t line)
{
	lines_join(placing->branch->at + placing->done, line - placing->done, placing->out);
	placing->done = line;
}

/* Where the next hunk that was found begins: what is not found must stand before it. */
static size_t ceiling(const struct placing *placing, size_t hunk)
{
	for (size_t i = hunk + 1; i < placing->file->hunk_count; i++)
		if (placing->before[i].found)
			return placing->before[i].at;
	return placing->branch->count;
}

/* A marker begins a line, whatever stood before it. */
static void add_marker(struct placing *placing, const char *marker, const char *label)
{
	struct strbuf *out = placing->out;

	if (out->len && out->buf[out->len - 1] != '\n')
		strbuf_addc(out, '\n');
	strbuf_addf(out, "%s%s%s\n", marker, label ? " " : "", label ? label : "");
}

/* What all three sides begin and end with needs no decision. */
struct sides {
	struct lines branch, before, after; /* views, not owned */
};

static void drop_first(struct lines *lines)
{
	lines->at++;
	lines->count--;
}

static bool all_have_lines(const struct sides *sides)
{
	return sides->branch.count && sides->before.count && sides->after.count;
}

static bool same_first(const struct sides *sides)
{
	return all_have_lines(sides) && line_equal(sides->branch.at, sides->before.at) &&
	       line_equal(sides->branch.at, sides->after.at);
}

static const struct line *last_of(const struct lines *lines)
{
	return &lines->at[lines->count - 1];
}

static bool same_last(const struct sides *sides)
{
	return all_have_lines(sides) &&
	       line_equal(last_of(&sides->branch), last_of(&sides->before)) &&
	       line_equal(last_of(&sides->branch), last_of(&sides->after));
}

static void add_conflict(struct placing *placing, const struct diff_hunk *hunk, int number,
			 struct port_range region)
{
	OWNED_STR expects = xasprintf("what hunk %d of the patch expects", number);
	struct sides sides = { { .at = placing->branch->at + region.at, .count = region.count },
			       { .at = hunk->before.at, .count = hunk->before.count },
			       { .at = hunk->after.at, .count = hunk->after.count } };

	while (same_first(&sides)) {
		lines_join(sides.branch.at, 1, placing->out);
		drop_first(&sides.branch);
		drop_first(&sides.before);
		drop_first(&sides.after);
	}
	placing->done = region.at + region.count;
	while (same_last(&sides)) {
		placing->done--;
		sides.branch.count--;
		sides.before.count--;
		sides.after.count--;
	}
	add_marker(placing, "<<<<<<<", placing->labels->branch);
	lines_join(sides.branch.at, sides.branch.count, placing->out);
	add_marker(placing, "|||||||", expects);
	lines_join(sides.before.at, sides.before.count, placing->out);
	add_marker(placing, "=======", NULL);
	lines_join(sides.after.at, sides.after.count, placing->out);
	add_marker(placing, ">>>>>>>", placing->labels->patch);
}

/* The part of the branch's text that the hunk is about, between what is placed around it. */
static bool find_region(const struct placing *placing, size_t hunk, struct port_range *region)
{
	const struct diff_hunk *wanted = &placing->file->hunks[hunk];
	size_t top = ceiling(placing, hunk);
	struct port_range window = { placing->done, top - placing->done };
	long said = (long)wanted->old_start - 1 + placing->delta;
	size_t near = said < (long)placing->done ? placing->done : (size_t)said;

	if (port_align(&wanted->before, placing->branch, window, near, region))
		return true;
	*region = (struct port_range){ near < top ? near : top, 0 };
	return false;
}

static void place_found(struct placing *placing, size_t i)
{
	const struct diff_hunk *hunk = &placing->file->hunks[i];
	const struct port_place *place = &placing->before[i];
	size_t left_out = place->front + place->back;
	size_t count = hunk->before.count - left_out;
	struct port_mark *mark;

	copy_up_to(placing, place->at);
	lines_join(hunk->after.at + place->front, hunk->after.count - left_out, placing->out);
	placing->done = place->at + count;
	placing->delta = place->offset;
	if (!left_out)
		return;
	mark = port_add_mark(placing->marked, (int)i + 1, "it was applied with less context");
	mark->branch = (struct port_range){ place->at, count };
	mark->placed = mark->loose = true;
}

static void place_missing(struct placing *placing, size_t i)
{
	const struct diff_hunk *hunk = &placing->file->hunks[i];
	OWNED_STR reason = NULL;
	struct port_range region;
	struct port_mark *mark;
	bool placed = find_region(placing, i, &region);

	if (placed && !placing->after[i].found)
		reason = xasprintf("its text (line %zu in the original) is not in the branch's "
				   "file; what is most like it begins at line %zu",
				   hunk->old_start, region.at + 1);
	else
		reason = port_explain(hunk, placing->branch, &placing->after[i]);
	mark = port_add_mark(placing->marked, (int)i + 1, reason);
	mark->branch = region;
	mark->placed = placed;
	placing->marked->marked = true;
	copy_up_to(placing, region.at);
	add_conflict(placing, hunk, (int)i + 1, region);
}

/* Whether the hunk's result stands there, between what is placed around it. */
static bool is_there(const struct placing *placing, size_t i)
{
	const struct port_place *after = &placing->after[i];

	return after->found && placing->file->hunks[i].after.count && after->at >= placing->done &&
	       after->at + placing->file->hunks[i].after.count <= ceiling(placing, i);
}

void port_marker_hunks(const struct diff_file *file, const struct lines *branch,
		       const struct port_labels *labels, struct port_marked_file *marked,
		       struct strbuf *out)
{
	CLEANUP(release_placing)
	struct placing placing = { .file = file,
				   .branch = branch,
				   .labels = labels,
				   .marked = marked,
				   .before = xcalloc(file->hunk_count, sizeof(struct port_place)),
				   .after = xcalloc(file->hunk_count, sizeof(struct port_place)),
				   .out = out };

	port_find_hunks(file, branch, PORT_BEFORE, MOST_FUZZ, placing.before);
	port_find_hunks(file, branch, PORT_AFTER, 0, placing.after);
	for (size_t i = 0; i < file->hunk_count; i++) {
		if (placing.before[i].found)
			place_found(&placing, i);
		else if (is_there(&placing, i))
			copy_up_to(&placing, placing.after[i].at + file->hunks[i].after.count);
		else
			place_missing(&placing, i);
	}
	copy_up_to(&placing, branch->count);
}
