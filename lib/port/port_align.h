/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_align.h - the place in a text that is most like some lines, though not the same.
 *
 * A guess for a person to look at, never for a patch to be applied by.
 */
#ifndef FARRIER_PORT_ALIGN_H
#define FARRIER_PORT_ALIGN_H

#include "port_map.h"
#include "record/lines.h"

/*
 * Looks for the part of lines [window.at, window.at + window.count) of `target` that
 * has most of `wanted`'s lines in their order; of two as good, the one nearer to
 * line `near`. False when none has a line that says anything (a lone brace or an
 * empty line does not), or when there is too much to compare.
 */
bool port_align(const struct lines *wanted, const struct lines *target, struct port_range window,
		size_t near, struct port_range *found);

#endif
