/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rangediff.h - how the patches of one version became those of another.
 *
 *     rangediff_text.c a patch as a text that two versions can be compared by
 *     rangediff_hunk.c the difference of two such texts
 *     rangediff.c      the pairs in order, each with its difference
 *     rangediff_port.c a series against its port on a branch, and ports of two versions
 *
 * What is compared is what git range-diff compares (range-diff.c, read_patches()):
 * author, message, and the diff without its index lines and line numbers. What
 * differs from it is how patches are paired: by record (record/pairing.h) or, a
 * port with its patch, by number; likeness is the last resort and is said.
 */
#ifndef FARRIER_RANGEDIFF_H
#define FARRIER_RANGEDIFF_H

#include "port/port.h"
#include "record/pairing.h"

enum rangediff_state {
	RANGEDIFF_SAME,	   /* = */
	RANGEDIFF_CHANGED, /* ! */
	RANGEDIFF_GONE,	   /* < */
	RANGEDIFF_NEW,	   /* > */
};

#define RANGEDIFF_ID_SIZE 13

/* One patch of one side. */
struct rangediff_end {
	int number; /* from 1; 0: not there */
	/* The beginning of its commit's id, or of its change id (record/identity.h). */
	char id[RANGEDIFF_ID_SIZE];
};

/* A line of the difference of two patch texts. */
struct rangediff_line {
	char sign;  /* '-', '+', ' ', or '@': a hunk begins, `text` says where */
	char *text; /* a line of a patch text, without LF */
};

struct rangediff_pair {
	enum rangediff_state state;
	enum pairing_by by;
	struct rangediff_end from;
	struct rangediff_end to;
	char *subject; /* of the newer side when it is there */
	char *note;    /* why a side is missing, or how a port was made; or NULL */
	struct rangediff_line *lines;
	size_t line_count;
};

struct rangediff {
	struct rangediff_pair *pairs;
	size_t count;
};

void rangediff_release(struct rangediff *diff);
#define RANGEDIFF CLEANUP(rangediff_release) struct rangediff

/* '=', '!', '<', '>' */
char rangediff_mark(enum rangediff_state state);

/* One side of a comparison. Everything is borrowed. */
struct rangediff_side {
	const struct patch *patches;
	size_t count;
	const char *const *notes; /* one for each patch, NULL where there is none; or NULL */
};

/*
 * Compares two sides whose pairs are known. `headings`: what stands behind a
 * hunk's second "@@" counts, as in git range-diff; not when the two diffs were made
 * by different programs, which choose it differently. A diff that is refused is
 * ERR_INPUT.
 */
ERR_CHECK rangediff_run(const struct rangediff_side *from, const struct rangediff_side *to,
			const struct pairing *pairing, bool headings,
			struct rangediff *diff) MUST_USE;

/* Two versions of a series, which were read: paired by record, then by likeness. */
ERR_CHECK rangediff_versions(const struct series *from, const struct series *to,
			     struct rangediff *diff) MUST_USE;

/* A series and its port on a branch, made of it: paired by number. */
ERR_CHECK rangediff_port(git_repository *repo, const struct series *series, const struct port *port,
			 struct rangediff *diff) MUST_USE;

/* The ports of two versions on a branch: paired as the versions' patches are. */
ERR_CHECK rangediff_ports(git_repository *repo, const struct series *from,
			  const struct port *from_port, const struct series *to,
			  const struct port *to_port, struct rangediff *diff) MUST_USE;

#endif
