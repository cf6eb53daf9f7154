/* SPDX-License-Identifier: GPL-2.0 */
/* bisect_take.h - what an event changes in a bisection, and in what is believed of it. */
#ifndef FARRIER_BISECT_TAKE_H
#define FARRIER_BISECT_TAKE_H

#include "bisect.h"

/* Takes in one line of the log (bisect_log.h) behind its first; of a commit that is none of the
 * session's, nothing. */
void bisect_take(struct bisect *bisect, const json_t *event);

#endif
