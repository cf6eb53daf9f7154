/* SPDX-License-Identifier: GPL-2.0 */
/*
 * suspect_choose.h - what to do next: which commit to boot, and how often.
 *
 * An action is "boot commit x until it fails, at most m times". The one with the largest gain for
 * its cost is chosen: the gain is what its outcome is expected to say about the culprit (mutual
 * information, in nats), the cost that of the boots which it takes on average and of the build,
 * if the image is not there yet.
 */
#ifndef FARRIER_SUSPECT_CHOOSE_H
#define FARRIER_SUSPECT_CHOOSE_H

#include "suspect_belief.h"

#define SUSPECT_MOST_BOOTS 24

struct suspect_costs {
	double build, boot; /* in any unit */
	const bool *built;  /* of each suspect: its image is there; NULL: none */
	/*
	 * How likely it is that a suspect can be tested at all; 0: it is not to be chosen. NULL:
	 * all can.
	 */
	const double *chance;
};

struct suspect_action {
	size_t commit; /* or SUSPECT_GOOD_END */
	int boots;     /* at most */
	double gain, cost;
};

void suspect_choose(struct suspect_belief *belief, const struct suspect_costs *costs,
		    struct suspect_action *action);

/* Which commit a person is to look at: the one of which it is known least whether it is bad. */
void suspect_choose_look(struct suspect_belief *belief, const struct suspect_costs *costs,
			 struct suspect_action *action);

#endif
