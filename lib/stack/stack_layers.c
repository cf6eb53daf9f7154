// SPDX-License-Identifier: GPL-2.0
#include "base/progress.h"
#include "stack_layers.h"

/* Series that need each other in a circle end here. */
#define MAX_DEPTH 16

void stack_layers_release(struct stack_layers *layers)
{
	for (size_t i = 0; i < layers->count; i++) {
		series_release(layers->list[i]);
		free(layers->list[i]);
	}
	free(layers->list);
	free(layers->cache);
	*layers = (struct stack_layers){ 0 };
}

static bool has_layer(const struct stack_layers *layers, const char *name)
{
	for (size_t i = 0; i < layers->count; i++)
		if (str_equal(layers->list[i]->name, name))
			return true;
	return false;
}

static void push(struct stack_layers *layers, struct series *series)
{
	layers->list = xreallocarray(layers->list, layers->count + 1, sizeof(*layers->list));
	layers->list[layers->count++] = series;
}

static ERR_CHECK add(const struct workspace *workspace, const char *name, bool itself, int depth,
		     struct stack_layers *layers);

static void free_series(struct series **series)
{
	if (!*series)
		return;
	series_release(*series);
	free(*series);
}

static ERR_CHECK cannot_put_below(const struct series *series, const struct stack_need *need)
{
	const struct err *err = err_input("series '%s' needs '%s': %s", series->name, need->text,
					  need->problem);

	return need->hint ? err_hint(err, "%s", need->hint) : err;
}

bool stack_is_commit(const struct series *layer)
{
	return !layer->folder;
}

/* A commit as a series of one patch. */
static ERR_CHECK add_commit(const struct workspace *workspace, const struct stack_need *need,
			    struct stack_layers *layers)
{
	OWNED_STR name = xasprintf("commit-%.12s", git_oid_tostr_s(&need->commit));
	CLEANUP(free_series) struct series *series = NULL;
	REPO repo = NULL;

	if (has_layer(layers, name))
		return NULL;
	series = xcalloc(1, sizeof(*series));
	series->name = TAKE_PTR(name);
	series->title = xstrdup(need->subject);
	series->status = xstrdup("upstream");
	series->role = xstrdup("fix");
	series->base = xstrdup("");
	series->based_on = xstrdup("");
	series->base_commit = xstrdup("");
	series->change_id = xstrdup("");
	series->cmdline = xstrdup("");
	series->version = 1;
	strvec_push_owned(&series->files, series_file_name(1, need->subject));
	series->patches = xcalloc(1, sizeof(*series->patches));
	series->patch_count = 1;
	TRY(workspace_repo(workspace, &repo));
	TRY(patch_from_commit(repo, &need->commit, &series->patches[0]));
	series->patches[0].number = 1;
	push(layers, TAKE_PTR(series));
	return NULL;
}

/* Says once, of each layer, that another version was named. */
static void note_version(const struct series *series, const struct stack_need *need,
			 const struct stack_layers *layers)
{
	if (need->named && need->named != need->version && !has_layer(layers, need->series))
		progress_note("'%s' needs '%.60s', which is version %d of '%s': version %d is "
			      "taken, the current one",
			      series->name, need->text, need->named, need->series, need->version);
}

static ERR_CHECK add_needed(const struct workspace *workspace, const struct series *series,
			    int depth, struct stack_layers *layers)
{
	STACK_NEEDS needs = { 0 };

	if (depth > MAX_DEPTH)
		return err_input("series '%s' is a prerequisite of itself", series->name);
	TRY(stack_find_needs(workspace, series, &needs));
	for (size_t i = 0; i < needs.count; i++) {
		const struct stack_need *need = &needs.items[i];

		if (need->kind == STACK_NEED_COMMIT && !need->problem) {
			TRY(add_commit(workspace, need, layers));
		} else if (need->series) {
			note_version(series, need, layers);
			TRY(add(workspace, need->series, true, depth + 1, layers));
		} else if (need->kind != STACK_NEED_PATCH) {
			return cannot_put_below(series, need);
		}
	}
	return NULL;
}

static ERR_CHECK add(const struct workspace *workspace, const char *name, bool itself, int depth,
		     struct stack_layers *layers)
{
	CLEANUP(free_series) struct series *series = NULL;

	if (has_layer(layers, name))
		return NULL;
	if (!layers->cache)
		layers->cache = workspace_cached(workspace, "history");
	series = xcalloc(1, sizeof(*series));
	TRY(series_read(workspace, name, series));
	TRY(add_needed(workspace, series, depth, layers));
	if (itself)
		push(layers, TAKE_PTR(series));
	return NULL;
}

ERR_CHECK stack_layers_add(const struct workspace *workspace, const char *name,
			   struct stack_layers *layers)
{
	return add(workspace, name, true, 0, layers);
}

ERR_CHECK stack_layers_add_below(const struct workspace *workspace, const char *name,
				 struct stack_layers *layers)
{
	return add(workspace, name, false, 0, layers);
}
