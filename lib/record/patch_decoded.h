/* SPDX-License-Identifier: GPL-2.0 */
/* patch_decoded.h - between the files of the room `patch`, and its fuzzer. */
#ifndef FARRIER_PATCH_DECODED_H
#define FARRIER_PATCH_DECODED_H

#include "patch.h"

/* What git mailinfo makes of a mail. */
struct patch_decoded {
	struct strbuf info;    /* "Author: ", "Email: ", "Subject: ", "Date: " lines */
	struct strbuf message; /* what stands before "---" */
	struct strbuf rest;    /* the "---" line and all behind it, or from the diff on */
};

void patch_release_decoded(struct patch_decoded *decoded);

/*
 * Fills a zeroed patch; `mail` is what was decoded. *complete is false when there is
 * no subject or no author.
 */
ERR_CHECK patch_take_decoded(const struct strbuf *mail, struct patch_decoded *decoded,
			     struct patch *patch, bool *complete) MUST_USE;

/* The next line of a text, or NULL behind the last. */
static inline const char *patch_next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

/* Makes LF of every CR LF. */
void patch_drop_crs(struct strbuf *text);

#endif
