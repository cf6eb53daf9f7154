/* SPDX-License-Identifier: GPL-2.0 */
/* port_fit.h - fits the changes of one text file into the branch's. */
#ifndef FARRIER_PORT_FIT_H
#define FARRIER_PORT_FIT_H

#include "port_internal.h"
#include "port_weave.h"

struct port_fit {
	enum port_status status;     /* already, clean, offset, merged, fuzzy or conflict */
	struct strbuf bytes;	     /* the result, unless already or conflict */
	struct port_remarks remarks; /* what to look at, when fuzzy */
	struct port_remarks reasons; /* why not, when conflict; `line` is the hunk's number */
};

#define PORT_FIT CLEANUP(port_fit_release) struct port_fit

void port_fit_release(struct port_fit *fit);

/*
 * Fits the hunks of `file` into `target`, by the first method of port.h that
 * can. `source` is what the author had, as far as it is known. Unless `bold`,
 * nothing is guessed but that less context may do.
 */
ERR_CHECK port_fit_text(const struct diff_file *file, const struct port_text *target,
			const struct port_source *source, bool bold, struct port_fit *fit) MUST_USE;

/* ---- port_locate.c ---- */

/*
 * Merges each hunk with what stands where it belongs. `before` and `after` are
 * the places where its sides stand as they are, if they do. *done is false when
 * a hunk belongs nowhere for sure, or clashes; `out` is of no use then.
 */
ERR_CHECK port_locate_hunks(const struct diff_file *file, const struct lines *target,
			    const struct port_place *before, const struct port_place *after,
			    struct strbuf *out, struct port_remarks *remarks, bool *done) MUST_USE;

/* Whether most of the lines that a hunk wants to find stand together in a text, and only once. */
bool port_hunk_belongs(const struct diff_hunk *hunk, const struct lines *text);

/* ---- port_names.c ---- */

/*
 * Gives the names in the lines that `file` adds the form that the branch uses,
 * where lines of `base` prove it, and remarks on it. *known is false when a name
 * of `base` is not on the branch and nothing tells what it is there. `base` is
 * the author's file, or as much as is known of it.
 */
void port_names_adapt(const struct diff_file *file, const struct lines *base,
		      const struct lines *ours, struct strbuf *result, struct port_remarks *remarks,
		      bool *known);

/* ---- port_elsewhere.c ---- */

/*
 * The file that has text of one that the branch does not have, or NULL; the
 * caller frees it. *sure: it is the place for all of the hunks, and the only one.
 */
ERR_CHECK port_find_elsewhere(struct port_job *job, const struct patch *patch,
			      const struct diff_file *file, char **path, bool *sure) MUST_USE;

#endif
