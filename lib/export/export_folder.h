/* SPDX-License-Identifier: GPL-2.0 */
/* export_folder.h - a folder of mails that is there as a whole or not at all. */
#ifndef FARRIER_EXPORT_FOLDER_H
#define FARRIER_EXPORT_FOLDER_H

#include "export.h"

/*
 * Whether the mails may go to `folder`: it is missing or empty, or with `force` holds
 * nothing but earlier mails (NNNN-*.patch). Anything else is ERR_INPUT.
 */
ERR_CHECK export_folder_check(const char *folder, bool force) MUST_USE;

/* Copies the named files of `from` and puts them at `folder` with one rename. */
ERR_CHECK export_folder_place(const char *from, const struct strvec *names, const char *folder,
			      bool force) MUST_USE;

#endif
