// SPDX-License-Identifier: GPL-2.0
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

ERR_CHECK stack_carry(git_repository *repo, const struct branch *branch,
		      const struct stack_layers *layers, struct stack *stack)
{
	size_t count = layers->count;

	*stack = (struct stack){ .complete = true };
	stack->ports = xcalloc(count, sizeof(*stack->ports));
	stack->layers = xcalloc(count, sizeof(*stack->layers));
	TRY(target_branch_commit(repo, branch, &stack->base));
	stack->tip = stack->base;
	for (size_t i = 0; i < count && stack->complete; i++) {
		struct port *port = &stack->ports[i];

		TRY(port_series(repo, layers->list[i], branch->name, &stack->tip, &stack_committer,
				port));
		stack->count++;
		stack->layers[i] = (struct build_layer){ layers->list[i]->name, commits_of(port) };
		stack->complete = port_is_complete(port);
		stack->tip = port->tip;
	}
	return NULL;
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
