/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pairing.h - which patch of one version is which of another.
 *
 * By record first: the same change, then exactly the same subject. Only among
 * those that are left, and only when asked, by how much the diffs have in common;
 * who shows such a pair says so, as it is a guess.
 */
#ifndef FARRIER_PAIRING_H
#define FARRIER_PAIRING_H

#include "series.h"

enum pairing_by {
	PAIRING_ALONE,	    /* it has none */
	PAIRING_BY_NUMBER,  /* whoever made the pairs knew which is which */
	PAIRING_BY_CHANGE,  /* the same diff, at whatever lines */
	PAIRING_BY_SUBJECT, /* exactly the same, and no other patch has it */
	PAIRING_BY_LIKENESS /* at least PAIRING_LIKENESS of the changed lines are the same */
};

#define PAIRING_LIKENESS 40 /* per cent */

/* "number", "change", "subject", "likeness"; NULL for PAIRING_ALONE */
const char *pairing_name(enum pairing_by by);

struct pairing {
	/* For each old patch its new one (from 0), and how that is known. */
	struct pairing_entry {
		size_t to;
		enum pairing_by by;
	} * entries;
	size_t count;
};

void pairing_release(struct pairing *pairing);
#define PAIRING CLEANUP(pairing_release) struct pairing

/* Pairs `old_count` patches with `new_count` others. A diff that is refused is ERR_INPUT. */
ERR_CHECK pairing_make(const struct patch *old_patches, size_t old_count,
		       const struct patch *new_patches, size_t new_count, bool likeness,
		       struct pairing *pairing) MUST_USE;

/* The old patch of a new one, from 0; false when it has none. */
bool pairing_find_old(const struct pairing *pairing, size_t new_patch, size_t *old_patch);

#endif
