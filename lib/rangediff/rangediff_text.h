/* SPDX-License-Identifier: GPL-2.0 */
/* rangediff_text.h - between the files of the room `rangediff` only. */
#ifndef FARRIER_RANGEDIFF_TEXT_H
#define FARRIER_RANGEDIFF_TEXT_H

#include "rangediff.h"

/* Writes a patch as a text that can be compared: who, message, files, hunks. */
ERR_CHECK rangediff_text(const struct patch *patch, bool headings, struct strbuf *text) MUST_USE;

/* Adds the lines in which two texts differ, with three lines of context. */
ERR_CHECK rangediff_compare(const struct strbuf *from, const struct strbuf *to,
			    struct rangediff_pair *pair) MUST_USE;

#endif
