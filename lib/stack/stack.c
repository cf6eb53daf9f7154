// SPDX-License-Identifier: GPL-2.0
#include "base/progress.h"
#include "port/port_upstream.h"
#include "stack.h"

void stack_release(struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		port_release(&stack->ports[i]);
	free(stack->ports);
	free(stack->layers);
	*stack = (struct stack){ 0 };
}

/* Stacks are nobody's: the same on every machine. */
static const struct repo_person stack_committer = { .name = (char[]){ "farrier" },
						    .email = (char[]){ "farrier@localhost" } };

static size_t commits_of(const struct port *port)
{
	size_t count = 0;

	for (size_t i = 0; i < port->patch_count; i++)
		count += port->patches[i].has_commit;
	return count;
}

/* Whether the branch has a commit: as an ancestor, or as another commit of its history. */
static ERR_CHECK has_commit(git_repository *repo, const struct stack_layers *layers,
			    const struct patch *patch, const git_oid *base, char **how)
{
	struct port_upstream upstream;
	int below = git_oid_equal(base, &patch->commit)
			    ? 1
			    : git_graph_descendant_of(repo, base, &patch->commit);

	*how = NULL;
	if (below < 0)
		return repo_error("cannot compare commits");
	if (below) {
		*how = xstrdup("it is in the branch's history");
		return NULL;
	}
	TRY(port_find_upstream(repo, patch, base, 0, layers->cache, &upstream));
	if (upstream.found)
		*how = xasprintf("it is commit %.12s there, by %s",
				 git_oid_tostr_s(&upstream.commit), port_upstream_how(&upstream));
	return NULL;
}

/* The record of a commit that the branch has. */
static void note_there(const struct series *layer, const git_oid *tip, const git_oid *tree,
		       char *reason, struct port *port)
{
	*port = (struct port){ .base = *tip, .tip = *tip, .patch_count = 1 };
	port->patches = xcalloc(1, sizeof(*port->patches));
	port->patches[0] = (struct port_patch){ .number = 1,
						.subject = xstrdup(layer->patches[0].subject),
						.status = PORT_ALREADY,
						.has_tree = true,
						.tree = *tree,
						.reason = reason };
}

static ERR_CHECK carry_layer(git_repository *repo, const struct stack_place *place,
			     const struct stack_layers *layers, const struct series *layer,
			     const git_oid *tip, struct port *port)
{
	OWNED_STR how = NULL;
	git_oid tree;

	if (stack_is_commit(layer))
		TRY(has_commit(repo, layers, &layer->patches[0], &place->onto, &how));
	if (!how)
		return port_series(repo, layer, place->branch, tip,
				   place->committer ? place->committer : &stack_committer, port);
	TRY(repo_commit_tree(repo, tip, &tree));
	note_there(layer, tip, &tree, TAKE_PTR(how), port);
	return NULL;
}

ERR_CHECK stack_carry_onto(git_repository *repo, const struct stack_place *place,
			   const struct stack_layers *layers, struct stack *stack)
{
	size_t count = layers->count;

	*stack = (struct stack){ .complete = true, .base = place->onto, .tip = place->onto };
	stack->ports = xcalloc(count, sizeof(*stack->ports));
	stack->layers = xcalloc(count, sizeof(*stack->layers));
	for (size_t i = 0; i < count && stack->complete; i++) {
		struct port *port = &stack->ports[i];

		TRY(carry_layer(repo, place, layers, layers->list[i], &stack->tip, port));
		stack->count++;
		stack->layers[i] = (struct build_layer){ layers->list[i]->name, commits_of(port) };
		stack->complete = port_is_complete(port);
		stack->tip = port->tip;
	}
	return NULL;
}

ERR_CHECK stack_carry(git_repository *repo, const struct branch *branch,
		      const struct stack_layers *layers, struct stack *stack)
{
	struct stack_place place = { .branch = branch->name };

	*stack = (struct stack){ 0 };
	TRY(target_branch_commit(repo, branch, &place.onto));
	return stack_carry_onto(repo, &place, layers, stack);
}

static bool is_problem(enum port_status status)
{
	return status == PORT_CONFLICT || status == PORT_STALE;
}

static const char *patch_reason(const struct port_patch *patch)
{
	if (patch->conflict_count)
		return patch->conflicts[0].reason;
	return patch->reason ? patch->reason : "";
}

char *stack_problem(const struct stack *stack)
{
	const struct port *port = stack->count ? &stack->ports[stack->count - 1] : NULL;

	for (size_t i = 0; port && i < port->patch_count; i++) {
		const struct port_patch *patch = &port->patches[i];

		if (is_problem(patch->status))
			return xasprintf("%s patch %d, '%s': %s: %s%s%s",
					 stack->layers[stack->count - 1].series, patch->number,
					 patch->subject, port_status_name(patch->status),
					 patch->conflict_count ? patch->conflicts[0].path : "",
					 patch->conflict_count ? ": " : "", patch_reason(patch));
	}
	return xstrdup("");
}

static void warn_of_guess(const char *series, const struct port_patch *patch, const char *branch)
{
	if (patch->status == PORT_FUZZY)
		progress_warn("%s patch %d fits %s by a guess, which nobody confirmed: "
			      "'farrier resolve %s %s' shows it",
			      series, patch->number, branch, series, branch);
}

void stack_warn_of_guesses(const struct stack *stack, const char *branch)
{
	for (size_t i = 0; i < stack->count; i++)
		for (size_t j = 0; j < stack->ports[i].patch_count; j++)
			warn_of_guess(stack->layers[i].series, &stack->ports[i].patches[j], branch);
}
