// SPDX-License-Identifier: GPL-2.0
/* port_weave.c - weaves two lists of edits of one text together. */
#include <stdio.h>

#include "port_weave.h"

#define MOST_CLASHES                                                                \
	100 /* in one file: a branch that differs that much is no place for guesses \
	     */

enum side { OURS, THEIRS };

/* One run over a text. */
struct run {
	const struct port_weave *weave;
	const struct lines *side[2];
	struct port_edits edits[2];
	size_t next[2]; /* the first edit of each side that is not dealt with */
	size_t done;	/* lines of the base that are dealt with */
	bool ours_ends; /* the branch's last edit ended there */
	size_t counted; /* bytes of `out` whose lines were counted ... */
	size_t line;	/* ... and the line that follows them, from 1 */
	size_t clashes;
	struct strbuf *out;
	struct port_remarks *remarks;
	bool clean;
};

static void release_run(struct run *run)
{
	port_edits_release(&run->edits[OURS]);
	port_edits_release(&run->edits[THEIRS]);
}

void port_remarks_release(struct port_remarks *remarks)
{
	for (size_t i = 0; i < remarks->count; i++)
		free(remarks->items[i].text);
	free(remarks->items);
	*remarks = (struct port_remarks){ 0 };
}

static void add_remark(struct port_remarks *remarks, size_t line, char *text)
{
	remarks->items = xreallocarray(remarks->items, remarks->count + 1, sizeof(*remarks->items));
	remarks->items[remarks->count++] = (struct port_remark){ line, text };
}

void port_remarks_add(struct port_remarks *remarks, size_t line, const char *format, ...)
{
	STRBUF text = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&text, format, args);
	va_end(args);
	add_remark(remarks, line, strbuf_detach(&text));
}

void port_remarks_take(struct port_remarks *to, struct port_remarks *from)
{
	for (size_t i = 0; i < from->count; i++)
		add_remark(to, from->items[i].line, TAKE_PTR(from->items[i].text));
	port_remarks_release(from);
}

/* The line of the result that is written next. */
static size_t line_now(struct run *run)
{
	for (; run->counted < run->out->len; run->counted++)
		run->line += run->out->buf[run->counted] == '\n';
	return run->line;
}

/* Whether two edits of the base change the same; that they touch is not enough. */
static bool meet(size_t a, size_t a_gone, size_t b, size_t b_gone)
{
	if (!a_gone && !b_gone)
		return a == b;
	if (!a_gone)
		return b < a && a < b + b_gone;
	if (!b_gone)
		return a < b && b < a + a_gone;
	return a < b + b_gone && b < a + a_gone;
}

/* Whether lines end in what an edit takes away or puts there. */
static bool ends_line(const struct run *run, enum side side, const struct port_edit *edit)
{
	for (size_t i = 0; i < edit->gone; i++)
		if (*run->weave->base->at[edit->at + i].text == '\n')
			return true;
	for (size_t i = 0; i < edit->come; i++)
		if (*run->side[side]->at[edit->from + i].text == '\n')
			return true;
	return false;
}

/* How lines are broken cannot be said where words beside the break change too. */
static bool breaks_differ(const struct run *run, const struct port_edit *ours,
			  const struct port_edit *theirs)
{
	return run->weave->how == PORT_EDITS_WORDS && ours->gone && theirs->gone &&
	       ours->at <= theirs->at + theirs->gone && theirs->at <= ours->at + ours->gone &&
	       (ends_line(run, OURS, ours) || ends_line(run, THEIRS, theirs));
}

static const struct port_edit *next_edit(const struct run *run, enum side side)
{
	const struct port_edits *edits = &run->edits[side];

	return run->next[side] < edits->count ? &edits->items[run->next[side]] : NULL;
}

static void copy_base(struct run *run, size_t end)
{
	if (end > run->done)
		run->ours_ends = false;
	lines_join(run->weave->base->at + run->done, end - run->done, run->out);
	run->done = end;
}

static void remark_touch(struct run *run, const struct port_edit *edit)
{
	const struct port_edit *ours = next_edit(run, OURS);
	bool before = run->ours_ends;
	bool behind = ours && ours->at == edit->at + edit->gone;

	if (run->remarks && (before || behind))
		port_remarks_add(run->remarks, line_now(run), "the branch changed the line%s %s it",
				 before && behind ? "s" : "",
				 before && behind ? "around"
				 : before	  ? "before"
						  : "behind");
}

static void apply(struct run *run, enum side side)
{
	const struct port_edit *edit = next_edit(run, side);

	copy_base(run, edit->at);
	if (side == THEIRS)
		remark_touch(run, edit);
	lines_join(run->side[side]->at + edit->from, edit->come, run->out);
	run->done = edit->at + edit->gone;
	run->ours_ends = side == OURS;
	run->next[side]++;
}

/* Takes every edit that meets the clash into it, which can make it longer. */
static bool widen(struct run *run, struct port_clash *clash, enum side side)
{
	const struct port_edit *edit = next_edit(run, side);
	size_t end = clash->at + clash->gone;

	if (!edit || !meet(clash->at, clash->gone, edit->at, edit->gone))
		return false;
	if (edit->at + edit->gone > end)
		clash->gone = edit->at + edit->gone - clash->at;
	run->next[side]++;
	return true;
}

/* What a side has for the lines of the clash. `first` is its first edit there. */
static struct lines measure(const struct run *run, const struct port_clash *clash, enum side side,
			    size_t first)
{
	const struct port_edit *begin = &run->edits[side].items[first];
	const struct port_edit *last = &run->edits[side].items[run->next[side] - 1];
	size_t from = begin->from - (begin->at - clash->at);
	size_t to = last->from + last->come + (clash->at + clash->gone - last->at - last->gone);

	return (struct lines){ run->side[side]->at + from, to - from, 0 };
}

static struct port_clash find_clash(struct run *run)
{
	const struct port_edit *ours = next_edit(run, OURS);
	const struct port_edit *theirs = next_edit(run, THEIRS);
	const struct port_edit *begin = ours->at <= theirs->at ? ours : theirs;
	size_t first[2] = { run->next[OURS], run->next[THEIRS] };
	struct port_clash clash = { .weave = run->weave, .at = begin->at, .gone = begin->gone };

	run->next[begin == ours ? OURS : THEIRS]++;
	while (widen(run, &clash, OURS) || widen(run, &clash, THEIRS))
		;
	clash.ours = measure(run, &clash, OURS, first[OURS]);
	clash.theirs = measure(run, &clash, THEIRS, first[THEIRS]);
	clash.edits = &run->edits[THEIRS].items[first[THEIRS]];
	clash.edit_count = run->next[THEIRS] - first[THEIRS];
	return clash;
}

static ERR_CHECK settle(struct run *run, const struct port_clash *clash)
{
	copy_base(run, clash->at);
	run->done = clash->at + clash->gone;
	run->ours_ends = true;
	return port_clash_settle(clash, line_now(run), run->out, run->remarks, &run->clean);
}

/* Of two edits that do not meet, the one that stands first; an insertion before what it touches. */
static enum side first_side(const struct port_edit *ours, const struct port_edit *theirs)
{
	if (!ours || !theirs)
		return ours ? OURS : THEIRS;
	if (ours->at != theirs->at)
		return ours->at < theirs->at ? OURS : THEIRS;
	return ours->gone <= theirs->gone ? OURS : THEIRS;
}

static ERR_CHECK step(struct run *run)
{
	const struct port_edit *ours = next_edit(run, OURS);
	const struct port_edit *theirs = next_edit(run, THEIRS);
	struct port_clash clash;

	if (ours && theirs && breaks_differ(run, ours, theirs)) {
		run->clean = false;
		return NULL;
	}
	if (!ours || !theirs || !meet(ours->at, ours->gone, theirs->at, theirs->gone)) {
		apply(run, first_side(ours, theirs));
		return NULL;
	}
	if (run->clashes++ == MOST_CLASHES) {
		run->clean = false;
		return NULL;
	}
	clash = find_clash(run);
	return settle(run, &clash);
}

ERR_CHECK port_weave(const struct port_weave *weave, struct strbuf *out,
		     struct port_remarks *remarks, bool *clean)
{
	CLEANUP(release_run)
	struct run run = { .weave = weave,
			   .side = { weave->ours, weave->theirs },
			   .line = 1,
			   .counted = out->len,
			   .out = out,
			   .remarks = remarks,
			   .clean = true };

	TRY(port_edits_find(weave->base, weave->ours, weave->how, &run.edits[OURS]));
	TRY(port_edits_find(weave->base, weave->theirs, weave->how, &run.edits[THEIRS]));
	while (run.clean && (next_edit(&run, OURS) || next_edit(&run, THEIRS)))
		TRY(step(&run));
	*clean = run.clean;
	if (run.clean)
		copy_base(&run, weave->base->count);
	return NULL;
}
