/* SPDX-License-Identifier: GPL-2.0 */
/* index.h - where in a long list something is, by its name: a hash table. */
#ifndef FARRIER_INDEX_H
#define FARRIER_INDEX_H

#include "base/base.h"

struct index;

struct index *index_new(void);
/* NULL does nothing. */
void index_free(struct index *index);
void index_release(struct index **index);
#define INDEX CLEANUP(index_release) struct index *

/* Notes a place, unless the name has one: false then, and nothing is changed. */
bool index_add(struct index *index, const char *name, size_t place);

/* How many names it has. */
size_t index_count(const struct index *index);

#define INDEX_NONE SIZE_MAX
/* The place of a name, or INDEX_NONE. */
size_t index_find(const struct index *index, const char *name);

#endif
