// SPDX-License-Identifier: GPL-2.0
#include "identity.h"
#include "lines.h"
#include "pairing.h"

const char *pairing_name(enum pairing_by by)
{
	static const char *const names[] = { [PAIRING_BY_NUMBER] = "number",
					     [PAIRING_BY_CHANGE] = "change",
					     [PAIRING_BY_SUBJECT] = "subject",
					     [PAIRING_BY_LIKENESS] = "likeness" };

	return names[by];
}

void pairing_release(struct pairing *pairing)
{
	free(pairing->entries);
	*pairing = (struct pairing){ 0 };
}

bool pairing_find_old(const struct pairing *pairing, size_t new_patch, size_t *old_patch)
{
	for (size_t i = 0; i < pairing->count; i++) {
		if (pairing->entries[i].by == PAIRING_ALONE || pairing->entries[i].to != new_patch)
			continue;
		*old_patch = i;
		return true;
	}
	return false;
}

/* One version while its patches are paired. */
struct side {
	const struct patch *patches;
	size_t count;
	char (*ids)[STORE_ID_SIZE];
	struct hashes {
		uint32_t *at; /* of the changed lines, sorted */
		size_t count;
	} * changed; /* NULL until it is needed */
	bool *taken;
};

static void release_side(struct side *side)
{
	for (size_t i = 0; side->changed && i < side->count; i++)
		free(side->changed[i].at);
	free(side->changed);
	free(side->ids);
	free(side->taken);
}

static ERR_CHECK open_side(const struct patch *patches, size_t count, struct side *side)
{
	*side = (struct side){ .patches = patches, .count = count };
	side->ids = xcalloc(count + 1, STORE_ID_SIZE);
	side->taken = xcalloc(count + 1, sizeof(*side->taken));
	for (size_t i = 0; i < count; i++)
		TRY(identity_of_change(&patches[i], side->ids[i]));
	return NULL;
}

static void pair(struct pairing *pairing, struct side *old_side, size_t i, struct side *new_side,
		 size_t j, enum pairing_by by)
{
	pairing->entries[i] = (struct pairing_entry){ j, by };
	old_side->taken[i] = true;
	new_side->taken[j] = true;
}

/* Of patches with equal changes, one of the same subject first. */
static void pair_by_change(struct pairing *pairing, struct side *old_side, struct side *new_side,
			   bool same_subject)
{
	for (size_t i = 0; i < old_side->count; i++) {
		for (size_t j = 0; j < new_side->count && !old_side->taken[i]; j++) {
			if (new_side->taken[j] || !str_equal(old_side->ids[i], new_side->ids[j]) ||
			    (same_subject && !str_equal(old_side->patches[i].subject,
							new_side->patches[j].subject)))
				continue;
			pair(pairing, old_side, i, new_side, j, PAIRING_BY_CHANGE);
		}
	}
}

static size_t count_subject(const struct side *side, const char *subject)
{
	size_t count = 0;

	for (size_t i = 0; i < side->count; i++)
		count += !side->taken[i] && str_equal(side->patches[i].subject, subject);
	return count;
}

/* A subject that two of the left patches have does not tell which is which. */
static void pair_by_subject(struct pairing *pairing, struct side *old_side, struct side *new_side)
{
	for (size_t i = 0; i < old_side->count; i++) {
		const char *subject = old_side->patches[i].subject;

		if (old_side->taken[i] || count_subject(old_side, subject) != 1 ||
		    count_subject(new_side, subject) != 1)
			continue;
		for (size_t j = 0; j < new_side->count; j++)
			if (!new_side->taken[j] && str_equal(new_side->patches[j].subject, subject))
				pair(pairing, old_side, i, new_side, j, PAIRING_BY_SUBJECT);
	}
}

static int compare_hashes(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool is_change(const struct line *line)
{
	if (line->length < 2 || (*line->text != '+' && *line->text != '-'))
		return false;
	return !starts_with(line->text, "+++ ") && !starts_with(line->text, "--- ");
}

static void hash_changes(const struct patch *patch, struct hashes *hashes)
{
	LINES lines = { 0 };

	lines_split(&lines, strbuf_str(&patch->diff), patch->diff.len);
	hashes->at = xcalloc(lines.count + 1, sizeof(*hashes->at));
	for (size_t i = 0; i < lines.count; i++)
		if (is_change(&lines.at[i]))
			hashes->at[hashes->count++] = lines.at[i].hash;
	qsort(hashes->at, hashes->count, sizeof(*hashes->at), compare_hashes);
}

static void hash_side(struct side *side)
{
	side->changed = xcalloc(side->count + 1, sizeof(*side->changed));
	for (size_t i = 0; i < side->count; i++)
		if (!side->taken[i])
			hash_changes(&side->patches[i], &side->changed[i]);
}

/* Lines in common, in per cent of all the lines of both. */
static unsigned likeness(const struct hashes *a, const struct hashes *b)
{
	size_t common = 0;

	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		if (a->at[i] == b->at[j])
			common++, i++, j++;
		else if (a->at[i] < b->at[j])
			i++;
		else
			j++;
	}
	return a->count + b->count ? (unsigned)(common * 200 / (a->count + b->count)) : 0;
}

/* The two patches that are most alike; false when no two are alike enough. */
static bool find_likest(const struct side *old_side, const struct side *new_side, size_t *old_patch,
			size_t *new_patch)
{
	unsigned best = PAIRING_LIKENESS - 1;

	for (size_t i = 0; i < old_side->count; i++) {
		for (size_t j = 0; j < new_side->count && !old_side->taken[i]; j++) {
			unsigned score;

			if (new_side->taken[j])
				continue;
			score = likeness(&old_side->changed[i], &new_side->changed[j]);
			if (score <= best)
				continue;
			best = score;
			*old_patch = i;
			*new_patch = j;
		}
	}
	return best >= PAIRING_LIKENESS;
}

/* A hundred and more patches without any record are no new version: guesses about them are none. */
#define LIKENESS_MOST 100

static void pair_by_likeness(struct pairing *pairing, struct side *old_side, struct side *new_side)
{
	size_t i, j;

	if (old_side->count > LIKENESS_MOST || new_side->count > LIKENESS_MOST)
		return;
	hash_side(old_side);
	hash_side(new_side);
	while (find_likest(old_side, new_side, &i, &j))
		pair(pairing, old_side, i, new_side, j, PAIRING_BY_LIKENESS);
}

ERR_CHECK pairing_make(const struct patch *old_patches, size_t old_count,
		       const struct patch *new_patches, size_t new_count, bool by_likeness,
		       struct pairing *pairing)
{
	CLEANUP(release_side) struct side old_side = { 0 };
	CLEANUP(release_side) struct side new_side = { 0 };

	*pairing = (struct pairing){ .entries = xcalloc(old_count + 1, sizeof(*pairing->entries)),
				     .count = old_count };
	TRY(open_side(old_patches, old_count, &old_side));
	TRY(open_side(new_patches, new_count, &new_side));
	pair_by_change(pairing, &old_side, &new_side, true);
	pair_by_change(pairing, &old_side, &new_side, false);
	pair_by_subject(pairing, &old_side, &new_side);
	if (by_likeness)
		pair_by_likeness(pairing, &old_side, &new_side);
	return NULL;
}
