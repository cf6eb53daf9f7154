/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_map.h - which lines of one text are which of another.
 *
 * What differs between two states of a file, as a list of steps, and ranges of
 * lines carried over it. Lines count from 0.
 */
#ifndef FARRIER_PORT_MAP_H
#define FARRIER_PORT_MAP_H

#include "base/err.h"
#include "base/strbuf.h"

struct port_range {
	size_t at;
	size_t count; /* 0: the place in front of line `at` */
};

/* These lines became those. */
struct port_step {
	struct port_range old, new;
};

struct port_map {
	struct port_step *steps; /* in order, not touching each other */
	size_t count;
	size_t alloc;
};

void port_map_release(struct port_map *map);
#define PORT_MAP CLEANUP(port_map_release) struct port_map

/* Compares two texts line by line. Binary texts are one step. */
ERR_CHECK port_map_make(const struct strbuf *old, const struct strbuf *new,
			struct port_map *map) MUST_USE;

enum port_direction { PORT_OLD_TO_NEW, PORT_NEW_TO_OLD };

/*
 * Carries a range to the other text. True when a step changed lines of it, or
 * took lines away inside it or at its edge; those are then in the range.
 */
bool port_map_carry(const struct port_map *map, enum port_direction direction,
		    struct port_range *range);

#endif
