/* SPDX-License-Identifier: GPL-2.0 */
/* build_kept.h - what this room keeps in the cache, for housekeeping. */
#ifndef FARRIER_BUILD_KEPT_H
#define FARRIER_BUILD_KEPT_H

#include "core/kept.h"

/* build/KEY; whoever has the build holds it. */
extern const struct kept_kind build_kept_kernels;
/* src/BRANCH and its record. */
extern const struct kept_kind build_kept_sources;
/* obj/BRANCH/CONFIGS-ARCH and what stands beside it; worth nothing without its source folder. */
extern const struct kept_kind build_kept_objects;

#endif
