/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_markers.h - a patch that does not fit, as far as it goes, for a person to finish.
 *
 * What port_run() only says, this writes down: every file that fits is carried, and
 * one that does not has conflict markers, as git's "zdiff3" has them, around what is
 * left to decide:
 *
 *     <<<<<<< the branch
 *     its lines
 *     ||||||| what the patch was made for
 *     those lines
 *     =======
 *     what the patch makes of them
 *     >>>>>>> the patch's subject
 *
 * Where the text is known that the patch was made for, they come from the
 * three-way merge. Where it is not, no ancestor is made up: each hunk that does
 * not fit stands with its own old and new lines beside the part of the branch's
 * file that is most like it.
 */
#ifndef FARRIER_PORT_MARKERS_H
#define FARRIER_PORT_MARKERS_H

#include "port.h"
#include "port_map.h"

/* One hunk that a person must look at. */
struct port_mark {
	int hunk; /* from 1; 0: the file as a whole */
	char *reason;
	struct port_range branch; /* the lines of the branch's file that it is about */
	bool placed;		  /* false: nothing there is like it */
	bool loose;		  /* it was applied, with less context than it has */
};

/* The three sides of a file, as far as they are known. */
enum port_stage { PORT_STAGE_BEFORE, PORT_STAGE_BRANCH, PORT_STAGE_PATCHED, PORT_STAGES };

struct port_side_blob {
	bool there;
	unsigned mode;
	git_oid id;
};

/* One file of the patch; the order is that of its diff. */
struct port_marked_file {
	char *path;	/* the name that it is written to */
	char *old_path; /* the name that the branch has it under; the same unless it is renamed */
	enum port_status status;
	enum port_preimage preimage;
	bool marked;	/* conflict markers were written */
	bool untouched; /* a conflict that no markers can show: it is as the branch has it */
	struct port_side_blob sides[PORT_STAGES];
	struct port_mark *marks;
	size_t mark_count;
};

struct port_marked {
	git_oid tree; /* the branch's tree with all that, markers too */
	struct port_marked_file *files;
	size_t file_count;
};

void port_marked_release(struct port_marked *marked);
#define PORT_MARKED CLEANUP(port_marked_release) struct port_marked

/*
 * Carries patch `index` of the request onto `tree`, which is what the patches before
 * it made of the branch. `label` names the branch in the markers. Objects are
 * written to the request's repository.
 */
ERR_CHECK port_mark(const struct port_request *request, size_t index, const git_oid *tree,
		    const char *label, struct port_marked *marked) MUST_USE;

#endif
