/* SPDX-License-Identifier: GPL-2.0 */
/*
 * verify_cell.h - the boots of one cell of a matrix, as verify_cell_rule.h counts them.
 *
 * A pure state machine, as verify.h is: it says whether to start a boot and is told how
 * boots ended. Clear cells stop early, doubtful ones get more boots, up to the budget.
 *
 * Boots count in the order in which they were started (verify.h says why), up to the one
 * that decides; what was started behind that one and ended later changes nothing. Boots
 * without a result (anything but GOOD and BAD) do not count and are replaced; more than
 * `max_infra` of them, in the same order, end the cell. So the answer does not depend on
 * which boot ended first, and once given it stays.
 *
 * Boots that exist from an earlier run are told first, in the order of their start, each
 * with verify_cell_start() and verify_cell_finish().
 */
#ifndef FARRIER_VERIFY_CELL_H
#define FARRIER_VERIFY_CELL_H

#include "record/verdict.h"
#include "verify_cell_rule.h"

struct verify_cell;

/* The rule is borrowed and must live as long as the cell. */
struct verify_cell *verify_cell_new(const struct verify_cell_rule *rule);
void verify_cell_free(struct verify_cell *cell);
void verify_cell_release(struct verify_cell **cell);
#define VERIFY_CELL CLEANUP(verify_cell_release) struct verify_cell *

/*
 * The chance that one boot more than those in flight will be needed: 1 when no outcome of
 * theirs decides, 0 when the cell is decided or every outcome does. For a caller with idle
 * CPUs that has to choose between cells.
 */
double verify_cell_need(const struct verify_cell *cell);

/*
 * Whether a boot should be started now. Not `speculative`: only one that is needed however
 * those in flight end. `speculative`, for idle CPUs: one that is more likely needed than not.
 */
bool verify_cell_next(const struct verify_cell *cell, bool speculative);

/* Notes that a boot was started; returns its index, from 0. */
size_t verify_cell_start(struct verify_cell *cell);

/* Notes how it ended. */
void verify_cell_finish(struct verify_cell *cell, size_t index, enum verdict verdict);

/* As far as the boots before the first one that is still in flight say. */
enum verify_cell_state verify_cell_state(const struct verify_cell *cell);

/* Of the boots that the state rests on. */
struct verify_cell_rate verify_cell_rate(const struct verify_cell *cell);

/* Whether the state rests on this boot, among others. */
bool verify_cell_counted(const struct verify_cell *cell, size_t index);

/* Boots that are done and did not count because they had no result. */
int verify_cell_infra(const struct verify_cell *cell);

/* Boots that are started and not finished. */
int verify_cell_in_flight(const struct verify_cell *cell);

/* Boots that will still have to be started, on average; those in flight are not among them. */
double verify_cell_expected(const struct verify_cell *cell);

#endif
