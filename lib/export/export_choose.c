// SPDX-License-Identifier: GPL-2.0
/* export_choose.c - which patches go out, which are not needed, and which may not. */
#include "export_internal.h"

void export_refuse(struct export_result *result, struct export_patch *patch, char *reason,
		   char *hint)
{
	patch->fate = EXPORT_REFUSED;
	patch->reason = reason;
	patch->hint = hint;
	result->refused = true;
}

static struct export_patch *add_patch(struct export_result *result, const struct series *series,
				      const struct port_patch *ported)
{
	struct export_patch *patch;

	result->patches = xreallocarray(result->patches, result->patch_count + 1,
					sizeof(*result->patches));
	patch = &result->patches[result->patch_count++];
	*patch = (struct export_patch){ .series = xstrdup(series->name),
					.number = ported->number,
					.subject = xstrdup(ported->subject),
					.status = ported->status };
	return patch;
}

static void add_item(struct export_job *job, const struct series *series,
		     const struct port_patch *ported)
{
	job->items = xreallocarray(job->items, job->item_count + 1, sizeof(*job->items));
	job->items[job->item_count++] =
		(struct export_item){ .series = series,
				      .patch = &series->patches[ported->number - 1],
				      .ported = ported,
				      .below = series != export_series(job),
				      .record = job->result->patch_count - 1 };
}

static char *why_not_ported(const struct port_patch *ported)
{
	const struct port_conflict *conflict = ported->conflicts;

	if (!ported->conflict_count)
		return xasprintf("%s: %s", port_status_name(ported->status),
				 ported->reason ? ported->reason : "it does not fit");
	return xasprintf("conflict: %s: %s%s", conflict->path, conflict->reason,
			 ported->conflict_count > 1 ? ", and more" : "");
}

static char *how_to_resolve(const struct export_job *job, const struct series *series)
{
	return xasprintf("farrier resolve %s %s", series->name, job->branch.name);
}

/* A patch that the branch does not need, cannot take yet, or gets. */
static void sort_patch(struct export_job *job, const struct series *series,
		       const struct port_patch *ported)
{
	struct export_patch *patch = add_patch(job->result, series, ported);

	switch (ported->status) {
	case PORT_ALREADY:
		patch->fate = EXPORT_LEFT;
		patch->reason = xasprintf("%s has it already", job->branch.name);
		return;
	case PORT_SKIPPED:
		patch->fate = EXPORT_LEFT;
		patch->reason = xstrdup(ported->reason ? ported->reason : "skipped");
		return;
	case PORT_CONFLICT:
	case PORT_STALE:
		export_refuse(job->result, patch, why_not_ported(ported),
			      how_to_resolve(job, series));
		return;
	case PORT_FUZZY:
		if (!job->request->allow_fuzzy) {
			export_refuse(job->result, patch,
				      xstrdup("fuzzy: it fits only with less context, and nobody "
					      "has said that it is right"),
				      xasprintf("look at it, then 'farrier resolve %s %s' records "
						"it; --allow-fuzzy exports it as it is",
						series->name, job->branch.name));
			return;
		}
		break;
	default:
		break;
	}
	add_item(job, series, ported);
}

/* A prerequisite that stays at home: the receiver has to have it. */
static void warn_of_layer(struct export_job *job, const struct series *series, size_t commits)
{
	if (commits)
		strvec_pushf(&job->result->warnings,
			     "'%s' stands on %zu patch%s of '%s', which %s does not have: "
			     "--with-prerequisites exports them along",
			     export_series(job)->name, commits, commits == 1 ? "" : "es",
			     series->name, job->branch.name);
}

/* What series.conf names and farrier cannot put below the series. */
static void note_other_needs(struct export_job *job)
{
	const struct strvec *needs = &export_series(job)->prerequisites;

	for (size_t i = 0; i < needs->count; i++) {
		bool carried = false;

		for (size_t j = 0; j < job->layers.count; j++)
			carried |= str_equal(job->layers.list[j]->name, needs->items[i]);
		if (!carried)
			strvec_pushf(&job->result->warnings, "'%s' needs '%s': see that %s has it",
				     export_series(job)->name, needs->items[i], job->branch.name);
	}
}

static bool has_problem(const struct port *port)
{
	return !port_is_complete(port);
}

ERR_CHECK export_choose(struct export_job *job)
{
	const struct stack *stack = &job->stack;

	git_oid_cpy(&job->from, &stack->base);
	for (size_t i = 0; i < stack->count; i++) {
		const struct series *series = job->layers.list[i];
		const struct port *port = &stack->ports[i];
		bool goes_out = series == export_series(job) || job->request->prerequisites;

		if (!goes_out && !has_problem(port)) {
			warn_of_layer(job, series, stack->layers[i].count);
			git_oid_cpy(&job->from, &port->tip);
			continue;
		}
		for (size_t j = 0; j < port->patch_count; j++)
			sort_patch(job, series, &port->patches[j]);
	}
	note_other_needs(job);
	if (job->request->local)
		return NULL;
	job->in_mainline = job->item_count > 0;
	for (size_t i = 0; i < job->item_count; i++) {
		struct export_item *item = &job->items[i];
		struct export_patch *record = &job->result->patches[item->record];
		bool checked;

		TRY(export_upstream_find(&job->upstream, item->series, item->patch, record,
					 &checked));
		job->in_mainline &= checked;
		job->result->refused |= record->fate == EXPORT_REFUSED;
	}
	if (job->item_count && !job->in_mainline && !job->result->refused)
		strvec_push(&job->result->warnings,
			    "the upstream commits are as they were named: branch '" EXPORT_MAINLINE
			    "' has no history here to check them in");
	return NULL;
}
