// SPDX-License-Identifier: GPL-2.0
#include "needs.h"
#include "out.h"

void needs_release(struct needs *needs)
{
	stack_release_needs(&needs->needs);
	stack_release_base(&needs->base);
	free(needs->base_commit);
	free(needs->repo_path);
	*needs = (struct needs){ 0 };
}

ERR_CHECK needs_read(const struct workspace *workspace, const struct series *series, bool try_base,
		     struct needs *needs)
{
	*needs = (struct needs){ .base_commit = xstrdup(series->base_commit),
				 .repo_path = xstrdup(workspace->repo_path) };
	TRY(stack_find_needs(workspace, series, &needs->needs));
	if (!try_base)
		return NULL;
	TRY(stack_search_branches(workspace, series, &needs->needs));
	return stack_check_base(workspace, series, &needs->base);
}

static void print_base(const struct run *run, const struct needs *needs)
{
	const char *commit = needs->base_commit;

	switch (needs->base.state) {
	case STACK_BASE_NONE:
		out_line(run, OUT_PLAIN, "  %-12s  %s", "base-commit", commit);
		break;
	case STACK_BASE_EXACT:
		out_line(run, OUT_PLAIN, "  %-12s  %.12s, to which every patch applies exactly",
			 "base-commit", commit);
		break;
	case STACK_BASE_AWAY:
		out_line(run, OUT_WARN,
			 "  %-12s  %.12s, which '%s' does not have: 'git -C %s fetch URL %s' gets "
			 "it",
			 "base-commit", commit, needs->repo_path, needs->repo_path, commit);
		break;
	case STACK_BASE_OTHER:
		out_line(run, OUT_WARN, "  %-12s  %.12s, to which it does not apply exactly: %s",
			 "base-commit", commit, needs->base.problem);
		break;
	}
}

static void print_need(const struct run *run, const struct stack_need *need)
{
	OWNED_STR description = stack_describe_need(need);
	int shown = need->kind == STACK_NEED_PATCH ? 12 : 60;

	if (need->kind == STACK_NEED_SERIES)
		out_line(run, OUT_PLAIN, "  %-12s  %s", "prerequisite", description);
	else
		out_line(run, need->problem ? OUT_WARN : OUT_PLAIN, "  %-12s  %s %.*s: %s",
			 "prerequisite", stack_need_name(need->kind), shown, need->text,
			 description);
	if (need->problem && need->hint)
		out_line(run, OUT_DIM, "  %-12s  %s", "", need->hint);
}

void needs_print(const struct run *run, const struct needs *needs)
{
	if (*needs->base_commit)
		print_base(run, needs);
	for (size_t i = 0; i < needs->needs.count; i++)
		print_need(run, &needs->needs.items[i]);
}

json_t *needs_base_json(const struct needs *needs)
{
	json_t *json;

	if (!*needs->base_commit)
		return json_null();
	json = json_object();
	store_set(json, "commit", store_text(needs->base_commit));
	store_set(json, "state", json_string(stack_base_name(needs->base.state)));
	store_set(json, "problem", store_text(needs->base.problem));
	return json;
}

json_t *needs_json(const struct needs *needs)
{
	json_t *list = json_array();

	for (size_t i = 0; i < needs->needs.count; i++) {
		const struct stack_need *need = &needs->needs.items[i];
		bool commit = !git_oid_is_zero(&need->commit);
		json_t *json = json_object();

		store_set(json, "kind", json_string(stack_need_name(need->kind)));
		store_set(json, "text", store_text(need->text));
		store_set(json, "series", store_text(need->series));
		store_set(json, "named", need->named ? json_integer(need->named) : json_null());
		store_set(json, "version",
			  need->version ? json_integer(need->version) : json_null());
		store_set(json, "patch", need->patch ? json_integer(need->patch) : json_null());
		store_set(json, "commit",
			  commit ? json_string(git_oid_tostr_s(&need->commit)) : json_null());
		store_set(json, "problem", store_text(need->problem));
		store_set(json, "hint", store_text(need->hint));
		json_array_append_new(list, json);
	}
	return list;
}
