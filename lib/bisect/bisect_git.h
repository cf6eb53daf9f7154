/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bisect_git.h - git's log of a bisection, written and read.
 *
 * 'git bisect log' prints comments and lines of 'git bisect WORD ID', and 'git bisect replay'
 * reads the latter only (bisect.c, bisect_replay() in git's sources). What git has no word for, how
 *often a commit passed and failed, is in comments of ours, which farrier's replay reads:
 *
 *	# farrier: ID passed N, failed M
 *
 * Where the commit that fixed something is looked for, git's terms are "fixed" (new) and "broken"
 * (old), and a comment "# farrier: fixes" is in front.
 */
#ifndef FARRIER_BISECT_GIT_H
#define FARRIER_BISECT_GIT_H

#include "bisect.h"

/* Commits in the order in which they were first tested or marked; bad is what is likelier bad. */
ERR_CHECK bisect_git_log(struct bisect *bisect, struct strbuf *text) MUST_USE;

/* What a log says, as revisions: the ends, and the events behind. */
struct bisect_replay {
	char *bad;
	struct strvec goods;
	bool fixes;
	char *term_bad, *term_good; /* git's words, when the log has its own */
	const char *refused;	    /* an option that changes what is searched; or NULL */
	json_t *events;		    /* {"event", "commit", ...} with "commit" a revision */
};

void bisect_replay_release(struct bisect_replay *replay);

/* One without both ends is ERR_INPUT. `path` is for the error's text. */
ERR_CHECK bisect_replay_read(const char *path, const struct strbuf *text,
			     struct bisect_replay *replay) MUST_USE;

/* Takes its events into a session that was begun with its ends. */
ERR_CHECK bisect_replay_take(struct bisect *bisect, const struct bisect_replay *replay) MUST_USE;

#endif
