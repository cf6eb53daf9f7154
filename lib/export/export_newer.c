// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <stdio.h>

#include "export_newer.h"
#include "export_record.h"
#include "export_upstream.h"
#include "port/port_upstream.h"

/* "6.12.y" as a number that orders branches; without a version: above all. */
static long rank_of(const char *stable)
{
	int major, minor;

	if (sscanf(stable, "%4d.%6d", &major, &minor) != 2)
		return LONG_MAX;
	return (long)major * 1000000 + minor;
}

static int compare_newer(const void *a, const void *b)
{
	const struct export_newer *x = a, *y = b;
	long left = rank_of(x->stable), right = rank_of(y->stable);

	return left < right ? -1 : left > right ? 1 : strcmp(x->branch, y->branch);
}

/* Whether a branch has a patch, or had it before its lines were changed again. */
static ERR_CHECK has_patch(const struct export_request *request, const struct stack *stack,
			   const struct patch *patch, const struct port_patch *ported, bool *has)
{
	OWNED_STR cache = workspace_cached(request->workspace, "history");
	struct port_upstream found = { 0 };

	*has = ported && (ported->status == PORT_ALREADY || ported->status == PORT_SKIPPED);
	if (*has)
		return NULL;
	TRY(port_find_upstream(request->repo, patch, &stack->base, 0, cache, &found));
	*has = found.found;
	return NULL;
}

/* What of the series' own patches is not in the branch; NULL when nothing is. */
static ERR_CHECK find_missing(const struct export_request *request, const struct stack *stack,
			      const struct stack_layers *layers, char **detail)
{
	const struct series *series = layers->list[layers->count - 1];
	bool reached = stack->count == layers->count;
	STRBUF missing = { 0 };

	for (size_t i = 0; i < series->patch_count; i++) {
		const struct patch *patch = &series->patches[i];
		bool has;

		TRY(has_patch(request, stack, patch,
			      reached ? &stack->ports[stack->count - 1].patches[i] : NULL, &has));
		if (!has)
			strbuf_addf(&missing, "%s%d", missing.len ? ", " : "", patch->number);
	}
	*detail = missing.len ? xasprintf("patch %s not found there", strbuf_str(&missing)) : NULL;
	return NULL;
}

static ERR_CHECK find_state(const struct export_request *request, const struct stack_layers *layers,
			    const struct branch *branch, struct export_newer *newer)
{
	const struct series *series = layers->list[layers->count - 1];
	STACK stack = { 0 };
	bool before;

	TRY(stack_carry(request->repo, branch, layers, &stack));
	TRY(find_missing(request, &stack, layers, &newer->detail));
	newer->state = newer->detail ? EXPORT_MISSING : EXPORT_THERE;
	if (!newer->detail)
		return NULL;
	TRY(export_record_has(request->workspace, series, branch->name, &before));
	if (before)
		newer->state = EXPORT_BEFORE;
	return NULL;
}

static ERR_CHECK look_at(const struct export_request *request, const struct stack_layers *layers,
			 const struct branch *branch, bool in_mainline,
			 struct export_result *result)
{
	struct export_newer *newer;
	git_oid commit;
	bool filled;

	result->newer = xreallocarray(result->newer, result->newer_count + 1,
				      sizeof(*result->newer));
	newer = &result->newer[result->newer_count++];
	*newer = (struct export_newer){ .branch = xstrdup(branch->name),
					.stable = xstrdup(branch->stable),
					.state = EXPORT_UNKNOWN };
	if (in_mainline && str_equal(branch->name, EXPORT_MAINLINE)) {
		newer->state = EXPORT_THERE;
		return NULL;
	}
	TRY(repo_resolve_ref(request->repo, branch->ref, &commit, &filled));
	if (filled)
		return find_state(request, layers, branch, newer);
	newer->detail = xasprintf("not filled: 'farrier tree import %s'", branch->name);
	return NULL;
}

ERR_CHECK export_newer(const struct export_request *request, const struct stack_layers *layers,
		       const struct branch *branch, bool in_mainline, struct export_result *result)
{
	STRVEC names = { 0 };
	STRVEC asked = { 0 }; /* one tree may be built for several architectures */

	TRY(target_branches(request->workspace, &names));
	for (size_t i = 0; i < names.count; i++) {
		BRANCH other = { 0 };

		TRY(target_read_branch(request->workspace, names.items[i], &other));
		if (rank_of(other.stable) <= rank_of(branch->stable) ||
		    strvec_has(&asked, other.ref))
			continue;
		strvec_push(&asked, other.ref);
		TRY(look_at(request, layers, &other, in_mainline, result));
	}
	if (result->newer_count)
		qsort(result->newer, result->newer_count, sizeof(*result->newer), compare_newer);
	return NULL;
}
