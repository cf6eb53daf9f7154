// SPDX-License-Identifier: GPL-2.0
/* rangediff_port.c - ports: what became of each patch is known, so nothing is guessed. */
#include "rangediff_text.h"

/* The patches of a port that are commits; `of` says which patch of the series each one is. */
struct carried {
	struct patch *patches;
	size_t *of;
	size_t count;
	char **notes; /* one for each patch of the series, borrowed from nowhere */
	size_t note_count;
};

static void release_carried(struct carried *carried)
{
	for (size_t i = 0; i < carried->count; i++)
		patch_release(&carried->patches[i]);
	for (size_t i = 0; i < carried->note_count; i++)
		free(carried->notes[i]);
	free(carried->patches);
	free(carried->of);
	free(carried->notes);
}

/* What a reader must know beside the difference: how the patch was carried, or why it was not. */
static char *make_note(const struct port_patch *patch)
{
	const char *name = port_status_name(patch->status);

	if (patch->reason)
		return xasprintf("%s: %s", name, patch->reason);
	if (patch->conflict_count)
		return xasprintf("%s: %s: %s", name, patch->conflicts[0].path,
				 patch->conflicts[0].reason);
	return xstrdup(name);
}

static ERR_CHECK read_carried(git_repository *repo, const struct port *port,
			      struct carried *carried)
{
	size_t count = port->patch_count;

	carried->patches = xcalloc(count + 1, sizeof(*carried->patches));
	carried->of = xcalloc(count + 1, sizeof(*carried->of));
	carried->notes = xcalloc(count + 1, sizeof(*carried->notes));
	carried->note_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct port_patch *patch = &port->patches[i];

		carried->notes[i] = make_note(patch);
		if (!patch->has_commit)
			continue;
		carried->of[carried->count] = i;
		TRY(patch_from_commit(repo, &patch->commit, &carried->patches[carried->count++]));
		carried->patches[carried->count - 1].number = patch->number;
	}
	return NULL;
}

/* The notes of the patches that are commits. The array is the caller's, the texts are not. */
static const char **notes_of(const struct carried *carried)
{
	const char **notes = xcalloc(carried->count + 1, sizeof(*notes));

	for (size_t i = 0; i < carried->count; i++)
		notes[i] = carried->notes[carried->of[i]];
	return notes;
}

ERR_CHECK rangediff_port(git_repository *repo, const struct series *series, const struct port *port,
			 struct rangediff *diff)
{
	CLEANUP(release_carried) struct carried carried = { 0 };
	CLEANUP(free_ptr) const char **notes = NULL;
	PAIRING pairing = { 0 };
	struct rangediff_side from, to;

	TRY(read_carried(repo, port, &carried));
	notes = notes_of(&carried);
	pairing.entries = xcalloc(series->patch_count + 1, sizeof(*pairing.entries));
	pairing.count = series->patch_count;
	for (size_t i = 0; i < carried.count; i++)
		pairing.entries[carried.of[i]] = (struct pairing_entry){ i, PAIRING_BY_NUMBER };
	from = (struct rangediff_side){ series->patches, series->patch_count,
					(const char *const *)carried.notes };
	to = (struct rangediff_side){ carried.patches, carried.count, notes };
	return rangediff_run(&from, &to, &pairing, false, diff);
}

/* Turns pairs of the versions' patches into pairs of their commits. */
static void pair_carried(const struct pairing *versions, const struct carried *from,
			 const struct carried *to, struct pairing *pairing)
{
	pairing->entries = xcalloc(from->count + 1, sizeof(*pairing->entries));
	pairing->count = from->count;
	for (size_t i = 0; i < from->count; i++) {
		const struct pairing_entry *entry = &versions->entries[from->of[i]];

		for (size_t j = 0; entry->by != PAIRING_ALONE && j < to->count; j++)
			if (to->of[j] == entry->to)
				pairing->entries[i] = (struct pairing_entry){ j, entry->by };
	}
}

ERR_CHECK rangediff_ports(git_repository *repo, const struct series *from,
			  const struct port *from_port, const struct series *to,
			  const struct port *to_port, struct rangediff *diff)
{
	CLEANUP(release_carried) struct carried old_port = { 0 };
	CLEANUP(release_carried) struct carried new_port = { 0 };
	CLEANUP(free_ptr) const char **old_notes = NULL;
	CLEANUP(free_ptr) const char **new_notes = NULL;
	PAIRING versions = { 0 };
	PAIRING pairing = { 0 };
	struct rangediff_side old_side, new_side;

	TRY(pairing_make(from->patches, from->patch_count, to->patches, to->patch_count, true,
			 &versions));
	TRY(read_carried(repo, from_port, &old_port));
	TRY(read_carried(repo, to_port, &new_port));
	pair_carried(&versions, &old_port, &new_port, &pairing);
	old_notes = notes_of(&old_port);
	new_notes = notes_of(&new_port);
	old_side = (struct rangediff_side){ old_port.patches, old_port.count, old_notes };
	new_side = (struct rangediff_side){ new_port.patches, new_port.count, new_notes };
	return rangediff_run(&old_side, &new_side, &pairing, true, diff);
}
