/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_weave.h - a three-way merge that goes further than git's, and says where.
 *
 * Two lists of edits of one ancestor are woven together. Unlike in git's merge
 * (xdiff/xmerge.c), edits may touch: only those that change the same lines
 * clash. Where lines clash, the same is done with their words. What remains is
 * left to a few rules, each of which is a guess that the notes tell of.
 */
#ifndef FARRIER_PORT_WEAVE_H
#define FARRIER_PORT_WEAVE_H

#include "record/lines.h"
#include "base/err.h"

/* ---- port_edits.c: what makes one text out of another ---- */

/* Lines (or words) [at, at + gone) of the old text became [from, from + come) of the new one. */
struct port_edit {
	size_t at, gone;
	size_t from, come;
};

struct port_edits {
	struct port_edit *items;
	size_t count;
	size_t alloc;
};

#define PORT_EDITS CLEANUP(port_edits_release) struct port_edits

void port_edits_release(struct port_edits *edits);

enum port_edits_how {
	PORT_EDITS_LINES,    /* of files: the usual diff */
	PORT_EDITS_PATIENCE, /* of files: lines that occur once are paired first */
	PORT_EDITS_WORDS,    /* of short pieces: as few edits as possible */
};

/* Finds the edits, in order. The lines in between are equal. */
ERR_CHECK port_edits_find(const struct lines *old_text, const struct lines *new_text,
			  enum port_edits_how how, struct port_edits *edits) MUST_USE;

/* ---- port_words.c ---- */

/* Words that are compared at a time: the time grows with the square. */
#define PORT_MOST_WORDS 4096

/*
 * Splits lines into words: names and numbers, runs of blanks, line ends, and
 * every other character by itself. Joined they are the lines again.
 */
void port_words_split(const struct line *lines, size_t count, struct lines *words);

/*
 * How much of two pieces of text is the same words, from 0 to 1; 0 when there are
 * more than PORT_MOST_WORDS. Blanks do not count, and names are compared in parts.
 */
ERR_CHECK port_words_alike(const struct line *a, size_t a_count, const struct line *b,
			   size_t b_count, double *alike) MUST_USE;

/* ---- port_weave.c ---- */

/* What a person should look at. */
struct port_remark {
	size_t line; /* of the result, from 1 */
	char *text;
};

struct port_remarks {
	struct port_remark *items;
	size_t count;
};

void port_remarks_release(struct port_remarks *remarks);
void port_remarks_add(struct port_remarks *remarks, size_t line, const char *format, ...)
	PRINTF(3, 4);
/* Moves all of `from` to the end of `to`. */
void port_remarks_take(struct port_remarks *to, struct port_remarks *from);

/* What may be done where both sides changed the same lines. */
enum port_weave_rules {
	PORT_WEAVE_WORDS = 1,  /* merge the words */
	PORT_WEAVE_DELETE = 2, /* delete what the patch deletes, though it differs a little */
	PORT_WEAVE_LEAVE = 4,  /* leave out changes of lines that the branch does not have */
};

struct port_weave {
	const struct lines *base;   /* the ancestor */
	const struct lines *ours;   /* the branch's */
	const struct lines *theirs; /* the ancestor with the patch */
	unsigned rules;
	enum port_edits_how how; /* how lines are paired */
};

/*
 * Weaves. *clean is false when something clashes; `out` and `remarks` are of no
 * use then. `ours` and `theirs` differ from `base`.
 */
ERR_CHECK port_weave(const struct port_weave *weave, struct strbuf *out,
		     struct port_remarks *remarks, bool *clean) MUST_USE;

/* ---- port_clash.c: what can be done where both sides changed the same lines ---- */

struct port_clash {
	const struct port_weave *weave;
	size_t at, gone;	       /* lines of the ancestor */
	struct lines ours;	       /* what the branch has for them; not owned */
	struct lines theirs;	       /* what the patch makes of them; not owned */
	const struct port_edit *edits; /* the patch's edits there */
	size_t edit_count;
};

/* Writes what becomes of the lines, by the first rule that can; *done is false when none can. */
ERR_CHECK port_clash_settle(const struct port_clash *clash, size_t line, struct strbuf *out,
			    struct port_remarks *remarks, bool *done) MUST_USE;

#endif
