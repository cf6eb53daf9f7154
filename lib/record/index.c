// SPDX-License-Identifier: GPL-2.0
#include <jansson.h>

#include "index.h"

/* jansson's objects are hash tables; names may be any bytes but NUL, hence "nocheck". */
struct index {
	json_t *places;
};

struct index *index_new(void)
{
	struct index *index = xcalloc(1, sizeof(*index));

	index->places = json_object();
	return index;
}

void index_free(struct index *index)
{
	if (!index)
		return;
	json_decref(index->places);
	free(index);
}

void index_release(struct index **index)
{
	index_free(*index);
}

bool index_add(struct index *index, const char *name, size_t place)
{
	if (json_object_get(index->places, name))
		return false;
	return json_object_set_new_nocheck(index->places, name, json_integer((json_int_t)place)) ==
	       0;
}

size_t index_count(const struct index *index)
{
	return json_object_size(index->places);
}

size_t index_find(const struct index *index, const char *name)
{
	const json_t *place = json_object_get(index->places, name);

	return place ? (size_t)json_integer_value(place) : INDEX_NONE;
}
