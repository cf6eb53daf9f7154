/* SPDX-License-Identifier: GPL-2.0 */
/* resolve_explain.h - what does not fit and why: for people as text, and in the record. */
#ifndef FARRIER_RESOLVE_EXPLAIN_H
#define FARRIER_RESOLVE_EXPLAIN_H

#include "port/port_markers.h"
#include "resolve.h"

struct resolve_case {
	const struct resolve *resolve;
	const struct patch *patch; /* what was carried: the patch, or its recorded port */
	const struct port_patch *outcome;
	const struct port_marked *marked;
	git_oid tree; /* of HEAD */
	bool full;
};

/* Adds the text to `text`, and "files" and "conflicts" to the record. */
ERR_CHECK resolve_explain(const struct resolve_case *it, struct strbuf *text,
			  json_t *record) MUST_USE;

/* Adds one printable line, with `indent` spaces before it. */
void resolve_say(struct strbuf *text, int indent, const char *format, ...) PRINTF(3, 4);

/* A path as one word of a command that a person may copy. Caller frees. */
char *resolve_word(const char *path);

#endif
