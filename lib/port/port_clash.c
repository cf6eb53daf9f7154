// SPDX-License-Identifier: GPL-2.0
/* port_clash.c - what becomes of lines that the branch and the patch both changed. */
#include <ctype.h>

#include "port_weave.h"

#define LEAST_ALIKE  0.5  /* words that the branch left as they were, for a merge to say anything */
#define DELETE_ALIKE 0.6  /* the same for lines that the patch only deletes */
#define MOST_LINES   1000 /* that are looked for, whether they have moved */
#define TELLING	     6	  /* letters and digits that make a line worth looking for */

static const struct line *ancestor(const struct port_clash *clash)
{
	return clash->weave->base->at + clash->at;
}

/* How much of the ancestor's words the branch still has. */
static ERR_CHECK ours_alike(const struct port_clash *clash, double *alike)
{
	return port_words_alike(ancestor(clash), clash->gone, clash->ours.at, clash->ours.count,
				alike);
}

/* Where one piece stands inside another. */
static bool contains(const struct lines *all, const struct lines *part)
{
	for (size_t i = 0; i + part->count <= all->count; i++)
		if (lines_equal(all->at + i, part->at, part->count))
			return true;
	return false;
}

/* Both did the same, or the branch put the same lines there among others. */
static bool is_there(const struct port_clash *clash)
{
	if (clash->ours.count == clash->theirs.count)
		return lines_equal(clash->ours.at, clash->theirs.at, clash->ours.count);
	return !clash->gone && contains(&clash->ours, &clash->theirs);
}

static ERR_CHECK weave_words(const struct port_clash *clash, struct strbuf *merged, bool *done)
{
	struct port_weave weave = { .how = PORT_EDITS_WORDS };
	LINES base = { 0 };
	LINES ours = { 0 };
	LINES theirs = { 0 };

	port_words_split(ancestor(clash), clash->gone, &base);
	port_words_split(clash->ours.at, clash->ours.count, &ours);
	port_words_split(clash->theirs.at, clash->theirs.count, &theirs);
	if (base.count > PORT_MOST_WORDS || ours.count > PORT_MOST_WORDS ||
	    theirs.count > PORT_MOST_WORDS)
		return NULL;
	weave.base = &base;
	weave.ours = &ours;
	weave.theirs = &theirs;
	return port_weave(&weave, merged, NULL, done);
}

static ERR_CHECK merge_words(const struct port_clash *clash, size_t line, struct strbuf *out,
			     struct port_remarks *remarks, bool *done)
{
	STRBUF merged = { 0 };
	double alike;

	if (!clash->gone || !clash->ours.count)
		return NULL;
	TRY(ours_alike(clash, &alike));
	if (alike >= LEAST_ALIKE)
		TRY(weave_words(clash, &merged, done));
	if (!*done)
		return NULL;
	strbuf_add(out, merged.buf, merged.len);
	port_remarks_add(remarks, line, "the branch changed other words of the same line%s",
			 clash->gone > 1 ? "s" : "");
	return NULL;
}

/* The patch deletes what the branch has in a slightly other form. */
static ERR_CHECK delete_alike(const struct port_clash *clash, size_t line,
			      struct port_remarks *remarks, bool *done)
{
	double alike;

	if (clash->theirs.count || !clash->ours.count)
		return NULL;
	TRY(ours_alike(clash, &alike));
	*done = alike >= DELETE_ALIKE;
	if (*done)
		port_remarks_add(remarks, line,
				 "%zu line%s deleted here that the branch had in another form",
				 clash->ours.count, clash->ours.count == 1 ? " was" : "s were");
	return NULL;
}

/* Whether a line says enough that it would be found again only if it is meant. */
static bool is_telling(const struct line *line)
{
	size_t letters = 0;

	for (size_t i = 0; i < line->length; i++)
		letters += isalnum((unsigned char)line->text[i]) || line->text[i] == '_';
	return letters >= TELLING;
}

static size_t count_line(const struct line *lines, size_t count, const struct line *line)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += line_equal(&lines[i], line);
	return found;
}

/* Whether the branch has a line more often than it would if the clash were simply gone. */
static bool has_moved(const struct port_clash *clash, const struct line *line)
{
	const struct lines *base = clash->weave->base;
	const struct lines *ours = clash->weave->ours;

	return count_line(ours->at, ours->count, line) +
		       count_line(ancestor(clash), clash->gone, line) >
	       count_line(base->at, base->count, line);
}

/* Whether a telling line that an edit takes away is elsewhere on the branch. */
static bool is_elsewhere(const struct port_clash *clash, const struct port_edit *edit)
{
	if (edit->gone > MOST_LINES)
		return true;
	for (size_t i = 0; i < edit->gone; i++) {
		const struct line *line = &clash->weave->base->at[edit->at + i];

		if (is_telling(line) && has_moved(clash, line))
			return true;
	}
	return false;
}

/* Whether a text has a definition in it, or anything else that is not indented. */
static bool has_definition(const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (isalpha((unsigned char)*lines[i].text) || *lines[i].text == '_')
			return true;
	return false;
}

/* Whether what an edit adds belongs to a function (or the like) that is gone altogether. */
static bool is_inside(const struct port_clash *clash, const struct port_edit *edit)
{
	return has_definition(ancestor(clash), edit->at - clash->at) &&
	       !has_definition(clash->weave->theirs->at + edit->from, edit->come);
}

/*
 * Whether an edit is of no use without the lines that it stands at. One that adds
 * more than it takes away may bring what the rest of the patch needs.
 */
static bool belongs(const struct port_clash *clash, const struct port_edit *edit)
{
	if (edit->gone)
		return edit->come <= edit->gone && !is_elsewhere(clash, edit);
	return is_inside(clash, edit);
}

/* The branch does not have the lines that the patch changes. */
static bool leave_out(const struct port_clash *clash, size_t line, struct port_remarks *remarks)
{
	if (clash->ours.count)
		return false;
	for (size_t i = 0; i < clash->edit_count; i++)
		if (!belongs(clash, &clash->edits[i]))
			return false;
	port_remarks_add(remarks, line,
			 "a change was left out here: the branch does not have the %zu line%s that "
			 "it belongs to",
			 clash->gone, clash->gone == 1 ? "" : "s");
	return true;
}

ERR_CHECK port_clash_settle(const struct port_clash *clash, size_t line, struct strbuf *out,
			    struct port_remarks *remarks, bool *done)
{
	unsigned rules = clash->weave->rules;

	*done = is_there(clash);
	if (*done) {
		lines_join(clash->ours.at, clash->ours.count, out);
		return NULL;
	}
	if (rules & PORT_WEAVE_WORDS)
		TRY(merge_words(clash, line, out, remarks, done));
	if (!*done && rules & PORT_WEAVE_DELETE)
		TRY(delete_alike(clash, line, remarks, done));
	if (!*done && rules & PORT_WEAVE_LEAVE)
		*done = leave_out(clash, line, remarks);
	return NULL;
}
