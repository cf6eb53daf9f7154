// SPDX-License-Identifier: GPL-2.0
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

static bool is_for_people(const char *name)
{
	size_t hex = strspn(name, "0123456789abcdef");

	return strchr(name, '@') || (hex >= 7 && !name[hex]);
}

/* Prerequisites that are commits or Message-IDs are for people; only series can be put below. */
static ERR_CHECK add_needed(const struct workspace *workspace, const struct series *series,
			    int depth, struct stack_layers *layers)
{
	STRVEC known = { 0 };

	if (depth > MAX_DEPTH)
		return err_input("series '%s' is a prerequisite of itself", series->name);
	TRY(series_list(workspace, &known));
	for (size_t i = 0; i < series->prerequisites.count; i++) {
		const char *name = series->prerequisites.items[i];

		if (strvec_has(&known, name))
			TRY(add(workspace, name, true, depth + 1, layers));
		else if (!is_for_people(name))
			return err_input("series '%s' needs '%s', which is no series here, commit "
					 "or Message-ID",
					 series->name, name);
	}
	return NULL;
}

static void free_series(struct series **series)
{
	if (!*series)
		return;
	series_release(*series);
	free(*series);
}

static ERR_CHECK add(const struct workspace *workspace, const char *name, bool itself, int depth,
		     struct stack_layers *layers)
{
	CLEANUP(free_series) struct series *series = NULL;

	if (has_layer(layers, name))
		return NULL;
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
