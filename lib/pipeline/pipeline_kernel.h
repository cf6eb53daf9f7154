/* SPDX-License-Identifier: GPL-2.0 */
/* pipeline_kernel.h - what is in a kernel of an experiment, and why one does not build. */
#ifndef FARRIER_PIPELINE_KERNEL_H
#define FARRIER_PIPELINE_KERNEL_H

#include "stack/stack.h"

/*
 * The layers of one kernel. What the series needs is in every kernel, and so is the
 * model, which goes below the series so that both share what it changes. `series` and
 * `model` are names or NULL.
 */
ERR_CHECK pipeline_layers(const struct workspace *workspace, const char *series, const char *model,
			  bool with_series, struct stack_layers *layers) MUST_USE;

/* A layer by its series' name, or NULL. Borrowed. */
const struct series *pipeline_find_layer(const struct stack_layers *layers, const char *name);

/* Refuses what is no model, and one without a switch: control boots would be the same boots. */
ERR_CHECK pipeline_check_model(const struct series *model) MUST_USE;

/* Why a kernel did not build, for people. The caller frees it. */
char *pipeline_first_error(const struct build *build);

#endif
