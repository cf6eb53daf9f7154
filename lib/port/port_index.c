// SPDX-License-Identifier: GPL-2.0
/* port_index.c - where a path is in a list, without looking through all of it. */
#include <search.h>

#include "port_internal.h"

struct node {
	const char *path;
	size_t at;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->path, ((const struct node *)b)->path);
}

bool port_index_find(const struct port_index *index, const char *path, size_t *at)
{
	struct node key = { .path = path };
	void *found = tfind(&key, &index->root, compare);

	if (found)
		*at = (*(struct node *const *)found)->at;
	return found;
}

void port_index_add(struct port_index *index, const char *path, size_t at)
{
	struct node *node = xmalloc(sizeof(*node));

	*node = (struct node){ path, at };
	tsearch(node, &index->root, compare);
}

void port_index_release(struct port_index *index)
{
	tdestroy(index->root, free);
	index->root = NULL;
}
