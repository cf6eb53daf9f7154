/* SPDX-License-Identifier: GPL-2.0 */
/* export_cover.h - the text of a series' cover letter. */
#ifndef FARRIER_EXPORT_COVER_H
#define FARRIER_EXPORT_COVER_H

#include "export.h"

struct export_cover {
	char *subject;
	char *text; /* without signature, shortlog, diffstat and base, which are made anew; "" for
		       none */
};

void export_cover_release(struct export_cover *cover);

/* Reads it; a series without a cover letter has a NULL subject. */
ERR_CHECK export_cover_read(const struct series *series, struct export_cover *cover) MUST_USE;

/* Takes off the end of a cover letter's text what git format-patch wrote there. */
void export_cover_trim(struct strbuf *text);

#endif
