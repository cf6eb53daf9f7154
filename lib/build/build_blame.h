/* SPDX-License-Identifier: GPL-2.0 */
/* build_blame.h - which patch of a chain brought in the line that a diagnostic names. */
#ifndef FARRIER_BUILD_BLAME_H
#define FARRIER_BUILD_BLAME_H

#include "build.h"

/*
 * Fills series, number, subject and commit of every diagnostic whose line comes
 * from a commit between request->base and request->commit. Others stay as they are.
 */
ERR_CHECK build_blame(const struct build_request *request,
		      struct build_diagnostics *diagnostics) MUST_USE;

#endif
