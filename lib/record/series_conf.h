/* SPDX-License-Identifier: GPL-2.0 */
/* series_conf.h - between the files of the room `series` only. */
#ifndef FARRIER_SERIES_CONF_H
#define FARRIER_SERIES_CONF_H

#include "series.h"

/* Reads series.conf into a series whose files are known (skip entries are checked against them). */
ERR_CHECK series_read_conf(const char *path, struct series *series) MUST_USE;

/* Finds the patches in series->folder. */
ERR_CHECK series_find_files(struct series *series) MUST_USE;

#endif
