/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suspect_graph.h - the commits of which one may have brought a bug in, and who comes from whom.
 *
 * Commits are numbers from 0, parents before children; the last one is the bad end. Parents that
 * are no suspects (they come from a good end) are not in it.
 */
#ifndef FARRIER_SUSPECT_GRAPH_H
#define FARRIER_SUSPECT_GRAPH_H

#include "base/base.h"

struct suspect_graph {
	size_t count;
	size_t words;	/* of 64 bits in a row */
	uint64_t *rows; /* row x, bit b: commit b is x or an ancestor of x */
	size_t *starts; /* commit x has parents[starts[x]] to before parents[starts[x + 1]] */
	uint32_t *parents;
};

/* The arrays are copied. A parent that does not come before its child is a bug of the caller's. */
struct suspect_graph *suspect_graph_new(size_t count, const size_t *starts,
					const uint32_t *parents);
void suspect_graph_free(struct suspect_graph *graph);
void suspect_graph_release(struct suspect_graph **graph);
#define SUSPECT_GRAPH CLEANUP(suspect_graph_release) struct suspect_graph *

/* Whether a culprit makes a commit bad: it is the commit or an ancestor of it. */
static inline bool suspect_graph_reaches(const struct suspect_graph *graph, size_t commit,
					 size_t culprit)
{
	return graph->rows[commit * graph->words + culprit / 64] >> (culprit % 64) & 1;
}

/* How many suspects are a commit or an ancestor of it. */
size_t suspect_graph_weight(const struct suspect_graph *graph, size_t commit);

#endif
