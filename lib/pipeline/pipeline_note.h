/* SPDX-License-Identifier: GPL-2.0 */
/* pipeline_note.h - what came of a plan's builds and boots, written into its record. */
#ifndef FARRIER_PIPELINE_NOTE_H
#define FARRIER_PIPELINE_NOTE_H

#include "pipeline_plan.h"

/* "2026-11-22T15:05:28Z": the time that many seconds ago, as boot.h has it. */
void pipeline_note_time(double ago, char text[32]);

/* kernel->build is complete: what the record says of it. `made`: in this run, not before. */
void pipeline_note_build(struct pipeline_plan *plan, size_t kernel, bool made);

/* The kernel of these cells will not be there: each comes to its end in that state. */
void pipeline_note_no_kernel(struct pipeline_plan *plan, size_t kernel,
			     enum matrix_cell_state state, const char *reason);

/* A boot of the cell ended, or was found: it goes to its place in the list. `place`: in the test.
 */
void pipeline_note_boot(struct pipeline_plan *plan, size_t cell, int number, size_t place,
			const struct boot *boot, bool reused);

/* What the boots say by now: state, rate, which of them count. */
void pipeline_note_state(struct pipeline_plan *plan, size_t cell);

#endif
