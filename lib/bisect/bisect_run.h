/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bisect_run.h - goes on until the answer: what is tested next, several tests at a time.
 *
 * A test that would be chosen while others are under way is chosen as if those came out as is
 * likeliest. One that says nothing (INFRA) is tried again; a commit of which that happened
 * BISECT_MOST_INFRA times in a row is parked until the next run, and others are tested.
 */
#ifndef FARRIER_BISECT_RUN_H
#define FARRIER_BISECT_RUN_H

#include "bisect_test.h"

#define BISECT_MOST_INFRA 3

/*
 * `slots` tests at a time, 0: as many as the kind of test likes. `*step` is the answer. Trouble
 * that leaves no commit to test is ERR_ENV, after which a later run goes on.
 */
ERR_CHECK bisect_run(struct bisect *bisect, int slots, struct suspect_step *step) MUST_USE;

#endif
