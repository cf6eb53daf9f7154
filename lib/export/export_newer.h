/* SPDX-License-Identifier: GPL-2.0 */
/* export_newer.h - whether the newer branches have the fix too, as stable wants it. */
#ifndef FARRIER_EXPORT_NEWER_H
#define FARRIER_EXPORT_NEWER_H

#include "export.h"
#include "stack/stack.h"

/*
 * Looks at every branch that is newer than `branch`, oldest first: by the version of its
 * `stable` key; a branch without one is mainline, the newest. Fills in result->newer.
 * `in_mainline` says that mainline is known to have the commits.
 */
ERR_CHECK export_newer(const struct export_request *request, const struct stack_layers *layers,
		       const struct branch *branch, bool in_mainline,
		       struct export_result *result) MUST_USE;

#endif
