/* SPDX-License-Identifier: GPL-2.0 */
/* port_marker_text.h - between port_markers.c and port_marker_text.c only. */
#ifndef FARRIER_PORT_MARKER_TEXT_H
#define FARRIER_PORT_MARKER_TEXT_H

#include "port_internal.h"
#include "port_markers.h"

/* What stands behind the markers; one line each. */
struct port_labels {
	const char *branch;
	const char *before;
	const char *patch;
};

struct port_mark *port_add_mark(struct port_marked_file *marked, int hunk, const char *reason);

/* Three-way merge; a NULL `before` means that there was no such file. */
ERR_CHECK port_marker_merge(const struct port_text *before, const struct port_text *branch,
			    const struct port_text *patched, const struct port_labels *labels,
			    struct strbuf *out) MUST_USE;

/* Hunk by hunk, and the marks that say which were not found. */
void port_marker_hunks(const struct diff_file *file, const struct lines *branch,
		       const struct port_labels *labels, struct port_marked_file *marked,
		       struct strbuf *out);

#endif
