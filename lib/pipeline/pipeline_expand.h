/* SPDX-License-Identifier: GPL-2.0 */
/* pipeline_expand.h - the products of a matrix, written out as cells, kernels and branches. */
#ifndef FARRIER_PIPELINE_EXPAND_H
#define FARRIER_PIPELINE_EXPAND_H

#include "pipeline_plan.h"

/*
 * Fills branches, machines, kernels and cells of the plan from plan->matrix: names, indices
 * and order, nothing that has to be worked out. Cells stand by branch, in the order of the
 * matrix. A branch or machine that is not there, or no cell at all, is ERR_INPUT.
 */
ERR_CHECK pipeline_expand(struct pipeline_plan *plan) MUST_USE;

#endif
