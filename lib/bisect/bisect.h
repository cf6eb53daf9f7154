/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bisect.h - one bisection: its state, which is its log, and what is believed of it.
 *
 * HOME/bisect/NNNN/ is a session: events.jsonl (bisect_log.h), logs/ of tests, work trees and
 * what was built. HOME is .farrier of the workspace, or of the git folder of the repository that
 * the session was started in, or of the current folder. The newest session is the one, unless
 * it was reset. What it starts from is held by refs/farrier/bisect/ in the repository.
 *
 * Whatever happens is appended to the log first and then taken in, by the same function that
 * takes in the log of a session which goes on.
 */
#ifndef FARRIER_BISECT_H
#define FARRIER_BISECT_H

#include "bisect_history.h"
#include "core/store.h"
#include "stack/stack_layers.h"
#include "suspect/suspect_next.h"

/* What is known of a suspect, or of the good end. */
struct bisect_commit {
	int passes, fails;
	int infra;	  /* tests that said nothing */
	int infra_in_row; /* of this process */
	bool parked;	  /* for this process: it was INFRA too often */
	bool built, unbuildable;
	bool skipped; /* by a test or a person */
	char *why;    /* it is skipped or unbuildable, or NULL */
	enum suspect_mark mark;
	char *log, *text; /* what convinced: of its first failure; or NULL */
	int64_t line;
};

/* A person's mark, to be taken back. */
struct bisect_marking {
	size_t commit;
	enum suspect_mark mark;
	bool skipped;
};

struct bisect {
	char *folder, *path; /* of the session; of its log */
	int number;
	json_t *start; /* its first event */
	git_repository *repo;
	git_oid bad;
	struct bisect_history history;
	struct bisect_commit *commits; /* history.count, and the good end behind them */
	double *chance;		       /* that a commit can be tested, see suspect_choose.h */
	bool *built;
	struct suspect_belief *belief;
	size_t *image; /* of each: the first suspect with the same image, as far as is known */
	size_t spared; /* suspects that cannot be the culprit by that */
	bool *likely;  /* they touch what is likely to matter: half of the prior is theirs */
	struct workspace *workspace; /* of what is put on commits and of cells; or NULL */
	struct stack_layers layers;  /* that are put on each commit */
	struct stack_layers sought;  /* the series whose patches are the suspects, and below it */
	struct bisect_marking *markings;
	size_t marking_count;
	json_t *events; /* all of them */
	struct suspect_assumptions assumptions;
	double delta;
	bool fixes;		  /* what is looked for is who fixed it */
	int builds, tests, infra; /* that were made for it */
	int reused;		  /* tests that others had made */
	double build_seconds, test_seconds;
	bool reset;
};

void bisect_free(struct bisect *bisect);
void bisect_release(struct bisect **bisect);
#define BISECT CLEANUP(bisect_release) struct bisect *

/* Whether it says nothing: it cannot be tested, and nobody marked it. */
bool bisect_is_skipped(const struct bisect_commit *commit);

/* Whether a commit was tested or marked, or is known not to be testable. */
bool bisect_is_known(const struct bisect_commit *commit);

/* The number of the good end among `commits`. */
size_t bisect_good_end(const struct bisect *bisect);
const git_oid *bisect_commit_id(const struct bisect *bisect, size_t number);
/* The other way; SIZE_MAX: it is neither a suspect nor the good end. */
size_t bisect_number_of(const struct bisect *bisect, const git_oid *commit);
/* The commit that is to blame, or to thank, when a suspect is it. */
size_t bisect_blamed(const struct bisect *bisect, size_t suspect);
/*
 * The number under which suspect_belief.h knows it: tests of one image are tests of one commit,
 * whoever's build was booted.
 */
size_t bisect_for_belief(const struct bisect *bisect, size_t number);

/*
 * Starts a session in `home` from its first event: "repo", "bad" and "good" as ids, "delta",
 * "test", "likely" with paths, "series" whose patches the suspects are. Borrows it.
 */
ERR_CHECK bisect_begin(const char *home, const json_t *start, struct bisect **bisect) MUST_USE;

/* Opens the session that goes on; none is ERR_INPUT. */
ERR_CHECK bisect_open(const char *home, struct bisect **bisect) MUST_USE;

/* Writes an event down and takes it in. Steals it. */
ERR_CHECK bisect_happen(struct bisect *bisect, json_t *event) MUST_USE;

/* A new event about a commit. New reference. */
json_t *bisect_event(const struct bisect *bisect, const char *what, size_t number);

/* A person marks a revision "good", "bad" or "skip"; one that is no suspect is ERR_INPUT. */
ERR_CHECK bisect_mark(struct bisect *bisect, const char *revision, const char *as) MUST_USE;
/* Takes the last mark back; none is ERR_INPUT. */
ERR_CHECK bisect_undo(struct bisect *bisect) MUST_USE;
/* Ends the session; its log stays. */
ERR_CHECK bisect_reset(struct bisect *bisect) MUST_USE;

/* Whether somebody looks instead of a test. */
bool bisect_is_by_hand(const struct bisect *bisect);

/* How many suspects have a share of the half of the prior that is for the likely ones. */
size_t bisect_count_likely(const struct bisect *bisect);

/* Seconds that a build and a test take, as far as it is known. */
void bisect_costs(const struct bisect *bisect, struct suspect_costs *costs);

/* What is to be done next, or the answer. */
void bisect_next(struct bisect *bisect, struct suspect_step *step);

#endif
