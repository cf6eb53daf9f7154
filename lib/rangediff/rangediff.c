// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "rangediff_text.h"
#include "record/identity.h"

void rangediff_release(struct rangediff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		struct rangediff_pair *pair = &diff->pairs[i];

		for (size_t j = 0; j < pair->line_count; j++)
			free(pair->lines[j].text);
		free(pair->lines);
		free(pair->subject);
		free(pair->note);
	}
	free(diff->pairs);
	*diff = (struct rangediff){ 0 };
}

char rangediff_mark(enum rangediff_state state)
{
	return "=!<>"[state];
}

/* One comparison while it is made. */
struct job {
	const struct rangediff_side *from;
	const struct rangediff_side *to;
	const struct pairing *pairing;
	bool headings;
	bool *shown; /* of `from` */
	struct rangediff *diff;
};

static void release_job(struct job *job)
{
	free(job->shown);
}

static ERR_CHECK describe(const struct patch *patch, struct rangediff_end *end)
{
	char id[STORE_ID_SIZE];

	end->number = patch->number;
	if (git_oid_is_zero(&patch->commit))
		TRY(identity_of_change(patch, id));
	else
		git_oid_tostr(id, sizeof(id), &patch->commit);
	snprintf(end->id, sizeof(end->id), "%.*s", RANGEDIFF_ID_SIZE - 1, id);
	return NULL;
}

static void take_note(const struct rangediff_side *side, size_t i, struct rangediff_pair *pair)
{
	if (!pair->note && side->notes && side->notes[i])
		pair->note = xstrdup(side->notes[i]);
}

static struct rangediff_pair *add_pair(struct job *job, enum rangediff_state state)
{
	struct rangediff *diff = job->diff;
	struct rangediff_pair *pair;

	diff->pairs = xreallocarray(diff->pairs, diff->count + 1, sizeof(*diff->pairs));
	pair = &diff->pairs[diff->count++];
	*pair = (struct rangediff_pair){ .state = state };
	return pair;
}

static ERR_CHECK add_gone(struct job *job, size_t i)
{
	struct rangediff_pair *pair = add_pair(job, RANGEDIFF_GONE);

	pair->subject = xstrdup(job->from->patches[i].subject);
	take_note(job->from, i, pair);
	return describe(&job->from->patches[i], &pair->from);
}

static ERR_CHECK add_new(struct job *job, size_t j)
{
	struct rangediff_pair *pair = add_pair(job, RANGEDIFF_NEW);

	pair->subject = xstrdup(job->to->patches[j].subject);
	take_note(job->to, j, pair);
	return describe(&job->to->patches[j], &pair->to);
}

static ERR_CHECK add_both(struct job *job, size_t i, size_t j)
{
	struct rangediff_pair *pair = add_pair(job, RANGEDIFF_SAME);
	STRBUF from = { 0 };
	STRBUF to = { 0 };

	pair->subject = xstrdup(job->to->patches[j].subject);
	pair->by = job->pairing->entries[i].by;
	take_note(job->to, j, pair);
	TRY(describe(&job->from->patches[i], &pair->from));
	TRY(describe(&job->to->patches[j], &pair->to));
	TRY(rangediff_text(&job->from->patches[i], job->headings, &from));
	TRY(rangediff_text(&job->to->patches[j], job->headings, &to));
	if (from.len == to.len && memcmp(strbuf_str(&from), strbuf_str(&to), from.len) == 0)
		return NULL;
	pair->state = RANGEDIFF_CHANGED;
	return rangediff_compare(&from, &to, pair);
}

/* The patches that are gone and stand before anything else that was not shown. */
static ERR_CHECK add_all_gone(struct job *job, size_t *i)
{
	for (; *i < job->from->count; (*i)++) {
		if (job->shown[*i])
			continue;
		if (job->pairing->entries[*i].by != PAIRING_ALONE)
			return NULL;
		TRY(add_gone(job, *i));
	}
	return NULL;
}

/* The order is that of git range-diff (output()): the newer side's, what is gone where it stood. */
ERR_CHECK rangediff_run(const struct rangediff_side *from, const struct rangediff_side *to,
			const struct pairing *pairing, bool headings, struct rangediff *diff)
{
	CLEANUP(release_job)
	struct job job = { .from = from,
			   .to = to,
			   .pairing = pairing,
			   .headings = headings,
			   .shown = xcalloc(from->count + 1, sizeof(bool)),
			   .diff = diff };
	size_t i = 0;

	*diff = (struct rangediff){ 0 };
	for (size_t j = 0; j < to->count; j++) {
		size_t old_patch;

		TRY(add_all_gone(&job, &i));
		if (!pairing_find_old(pairing, j, &old_patch)) {
			TRY(add_new(&job, j));
			continue;
		}
		TRY(add_both(&job, old_patch, j));
		job.shown[old_patch] = true;
	}
	return add_all_gone(&job, &i);
}

ERR_CHECK rangediff_versions(const struct series *from, const struct series *to,
			     struct rangediff *diff)
{
	struct rangediff_side old_side = { .patches = from->patches, .count = from->patch_count };
	struct rangediff_side new_side = { .patches = to->patches, .count = to->patch_count };
	PAIRING pairing = { 0 };

	TRY(pairing_make(from->patches, from->patch_count, to->patches, to->patch_count, true,
			 &pairing));
	return rangediff_run(&old_side, &new_side, &pairing, true, diff);
}
