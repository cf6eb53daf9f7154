// SPDX-License-Identifier: GPL-2.0
#include "stack_gaps.h"

void stack_release_gaps(struct stack_gaps *gaps)
{
	for (size_t i = 0; i < gaps->count; i++) {
		free(gaps->items[i].name);
		free(gaps->items[i].problem);
		free(gaps->items[i].hint);
	}
	free(gaps->items);
	*gaps = (struct stack_gaps){ 0 };
}

void stack_release_base(struct stack_base *base)
{
	free(base->problem);
	*base = (struct stack_base){ 0 };
}

const char *stack_base_name(enum stack_base_state state)
{
	static const char *const names[] = { [STACK_BASE_NONE] = "none",
					     [STACK_BASE_AWAY] = "away",
					     [STACK_BASE_EXACT] = "exact",
					     [STACK_BASE_OTHER] = "other" };

	return names[state];
}

static struct stack_gap *add_gap(struct stack_gaps *gaps, const char *name)
{
	gaps->items = xreallocarray(gaps->items, gaps->count + 1, sizeof(*gaps->items));
	gaps->items[gaps->count] = (struct stack_gap){ .name = xstrdup(name) };
	return &gaps->items[gaps->count++];
}

/* What the series itself names and nobody here has. False: what it needs can be put below it. */
static bool add_unknown(const struct stack_needs *needs, struct stack_gaps *gaps)
{
	for (size_t i = 0; i < needs->count; i++) {
		const struct stack_need *need = &needs->items[i];
		struct stack_gap *gap;

		if (!need->problem || need->kind == STACK_NEED_PATCH)
			continue;
		gap = add_gap(gaps, need->text);
		gap->unknown = true;
		gap->problem = xstrdup(need->problem);
		gap->hint = need->hint ? xstrdup(need->hint) : NULL;
	}
	return gaps->count > 0;
}

static bool is_there(const struct port *port)
{
	for (size_t i = 0; i < port->patch_count; i++)
		if (port->patches[i].status != PORT_ALREADY &&
		    port->patches[i].status != PORT_SKIPPED)
			return false;
	return true;
}

static void add_layers(const struct stack_layers *layers, const struct stack *stack,
		       struct stack_gaps *gaps)
{
	for (size_t i = 0; i < stack->count; i++) {
		struct stack_gap *gap;

		if (is_there(&stack->ports[i]))
			continue;
		gap = add_gap(gaps, layers->list[i]->name);
		gap->fits = port_is_complete(&stack->ports[i]);
		if (gap->fits)
			continue;
		gap->problem = stack_problem(stack);
		if (stack_is_commit(layers->list[i]))
			gap->hint = xstrdup("make it a series to fit it by hand: 'farrier import "
					    "--name NAME COMMIT~1..COMMIT', and name that as the "
					    "prerequisite");
	}
}

/* A prerequisite's own prerequisite that is not here makes the whole stack unknown, not an error.
 */
static ERR_CHECK take_error(const struct err *err, const char *name, struct stack_gaps *gaps)
{
	struct stack_gap *gap;

	if (!err || err->kind != ERR_INPUT)
		return err;
	gap = add_gap(gaps, name);
	gap->unknown = true;
	gap->problem = xstrdup(err->text);
	gap->hint = err->hint ? xstrdup(err->hint) : NULL;
	err_free(err);
	return NULL;
}

ERR_CHECK stack_find_gaps(const struct workspace *workspace, git_repository *repo,
			  const struct series *series, const struct branch *branch,
			  struct stack_gaps *gaps)
{
	STACK_LAYERS layers = { 0 };
	STACK_NEEDS needs = { 0 };
	STACK stack = { 0 };
	const struct err *err;

	*gaps = (struct stack_gaps){ 0 };
	if (!series->prerequisites.count && !series->patch_ids.count)
		return NULL;
	TRY(stack_find_needs(workspace, series, &needs));
	if (add_unknown(&needs, gaps))
		return NULL;
	err = stack_layers_add_below(workspace, series->name, &layers);
	if (err)
		return take_error(err, series->name, gaps);
	TRY(stack_carry(repo, branch, &layers, &stack));
	add_layers(&layers, &stack, gaps);
	return NULL;
}

/* The first patch that is not as it was written, or NULL. */
static const struct port_patch *find_inexact(const struct stack *stack)
{
	const struct port *port = &stack->ports[stack->count - 1];

	for (size_t i = 0; i < port->patch_count; i++)
		if (port->patches[i].status != PORT_CLEAN)
			return &port->patches[i];
	return NULL;
}

static void judge_base(const struct stack *stack, struct stack_base *base)
{
	const struct port_patch *patch = stack->complete ? find_inexact(stack) : NULL;

	base->state = STACK_BASE_EXACT;
	if (stack->complete && !patch)
		return;
	base->state = STACK_BASE_OTHER;
	base->problem = stack->complete ? xasprintf("patch %d, '%s': %s", patch->number,
						    patch->subject, port_status_name(patch->status))
					: stack_problem(stack);
}

ERR_CHECK stack_check_base(const struct workspace *workspace, const struct series *series,
			   struct stack_base *base)
{
	struct repo_person nobody = { .name = (char[]){ "farrier" },
				      .email = (char[]){ "farrier@localhost" } };
	struct stack_place place = { .branch = "", .committer = &nobody };
	STACK_LAYERS layers = { 0 };
	GIT_COMMIT commit = NULL;
	STACK stack = { 0 };
	REPO repo = NULL;
	const struct err *err;

	*base = (struct stack_base){ 0 };
	if (!*series->base_commit)
		return NULL;
	base->state = STACK_BASE_AWAY;
	TRY(stack_open_repo(workspace, &repo));
	if (!repo || git_oid_fromstr(&place.onto, series->base_commit) < 0 ||
	    git_commit_lookup(&commit, repo, &place.onto) < 0)
		return NULL;
	err = stack_layers_add(workspace, series->name, &layers);
	if (err && err->kind == ERR_INPUT) {
		base->state = STACK_BASE_OTHER;
		base->problem = xstrdup(err->text);
		err_free(err);
		return NULL;
	}
	TRY(err);
	TRY(stack_carry_onto(repo, &place, &layers, &stack));
	judge_base(&stack, base);
	return NULL;
}
