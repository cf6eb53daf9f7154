// SPDX-License-Identifier: GPL-2.0
#include <assert.h>

#include "suspect_graph.h"

static void fill_row(struct suspect_graph *graph, size_t commit)
{
	uint64_t *row = &graph->rows[commit * graph->words];

	row[commit / 64] |= (uint64_t)1 << (commit % 64);
	for (size_t i = graph->starts[commit]; i < graph->starts[commit + 1]; i++) {
		const uint64_t *parent = &graph->rows[graph->parents[i] * graph->words];

		assert(graph->parents[i] < commit);
		for (size_t word = 0; word <= commit / 64; word++)
			row[word] |= parent[word];
	}
}

struct suspect_graph *suspect_graph_new(size_t count, const size_t *starts, const uint32_t *parents)
{
	struct suspect_graph *graph = xcalloc(1, sizeof(*graph));

	graph->count = count;
	graph->words = (count + 63) / 64;
	graph->rows = xcalloc(count * graph->words + 1, sizeof(*graph->rows));
	graph->starts = xcalloc(count + 1, sizeof(*graph->starts));
	memcpy(graph->starts, starts, (count + 1) * sizeof(*starts));
	graph->parents = xcalloc(starts[count] + 1, sizeof(*graph->parents));
	if (starts[count])
		memcpy(graph->parents, parents, starts[count] * sizeof(*parents));
	for (size_t commit = 0; commit < count; commit++)
		fill_row(graph, commit);
	return graph;
}

void suspect_graph_free(struct suspect_graph *graph)
{
	if (!graph)
		return;
	free(graph->rows);
	free(graph->starts);
	free(graph->parents);
	free(graph);
}

void suspect_graph_release(struct suspect_graph **graph)
{
	suspect_graph_free(*graph);
}

size_t suspect_graph_weight(const struct suspect_graph *graph, size_t commit)
{
	const uint64_t *row = &graph->rows[commit * graph->words];
	size_t weight = 0;

	for (size_t word = 0; word < graph->words; word++)
		weight += (size_t)__builtin_popcountll(row[word]);
	return weight;
}
