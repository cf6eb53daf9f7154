// SPDX-License-Identifier: GPL-2.0
#include "pipeline_kernel.h"

ERR_CHECK pipeline_layers(const struct workspace *workspace, const char *series, const char *model,
			  bool with_series, struct stack_layers *layers)
{
	if (series)
		TRY(stack_layers_add_below(workspace, series, layers));
	if (model)
		TRY(stack_layers_add(workspace, model, layers));
	return with_series ? stack_layers_add(workspace, series, layers) : NULL;
}

const struct series *pipeline_find_layer(const struct stack_layers *layers, const char *name)
{
	for (size_t i = 0; i < layers->count; i++)
		if (str_equal(layers->list[i]->name, name))
			return layers->list[i];
	return NULL;
}

ERR_CHECK pipeline_check_model(const struct series *model)
{
	if (!str_equal(model->role, "model"))
		return err_input("series '%s' is no model: its role is '%s'", model->name,
				 model->role);
	if (!*model->cmdline)
		return err_input("model '%s' has no cmdline that turns it on", model->name);
	return NULL;
}

char *pipeline_first_error(const struct build *build)
{
	for (size_t i = 0; i < build->diagnostics.count; i++) {
		const struct build_diagnostic *item = &build->diagnostics.items[i];

		if (item->severity == BUILD_WARNING || item->severity == BUILD_NOTE)
			continue;
		if (item->file)
			return xasprintf("%s:%d: %s", item->file, item->line, item->text);
		return xstrdup(item->text);
	}
	return xasprintf("see '%s'", build->log);
}
