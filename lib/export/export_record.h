/* SPDX-License-Identifier: GPL-2.0 */
/* export_record.h - .farrier/exports/SERIES/BRANCH.json: what was exported last. */
#ifndef FARRIER_EXPORT_RECORD_H
#define FARRIER_EXPORT_RECORD_H

#include "export.h"

/* Whether these patches were exported for stable on the branch before. */
ERR_CHECK export_record_has(const struct workspace *workspace, const struct series *series,
			    const char *branch, bool *has) MUST_USE;

/* Records an export. */
ERR_CHECK export_record_write(const struct workspace *workspace, const struct series *series,
			      const struct export_result *result, const char *folder) MUST_USE;

#endif
