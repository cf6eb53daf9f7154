/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report.h - the results of a run of a matrix, for people and for their tools.
 *
 * report_open() gathers what every format says: the record of the run, that of
 * the run before it, what changed between them, and for each cell the lines of
 * the console log that prove its state. It reads records and logs and nothing
 * else: no cache, no kernel. A format is one function that appends the whole
 * report to a strbuf.
 *
 * Everything in it may have been written by somebody else: titles, reasons,
 * compilers' words and above all console lines are bytes of any kind but NUL.
 * A format escapes what it writes.
 */
#ifndef FARRIER_REPORT_H
#define FARRIER_REPORT_H

#include "bisect/bisect.h"
#include "record/matrix_run.h"

/* How much of a log is shown, and where a report stops looking for it. */
#define REPORT_LINES_BEFORE 5
#define REPORT_LINES_AFTER  12
#define REPORT_MAX_LINE	    400			 /* bytes; the rest of a line is cut off */
#define REPORT_MAX_LOG	    ((uint64_t)64 << 20) /* bytes of a log that are read */

/* One line of a console log. */
struct report_line {
	uint64_t number; /* from 1 */
	char *text;	 /* without CR and LF at its end; NULs are left out */
	bool cut;	 /* it was longer */
};

/* Why a cell is in its state: the boot that says so first, and what its console said. */
struct report_evidence {
	const struct matrix_boot *boot; /* NULL: no boot proves anything */
	/*
	 * The lines around the boot's cause; of a boot without one the last lines of its log.
	 * None when the log does not hold them any more: `missing` says why then, else it is
	 * NULL.
	 */
	struct report_line *lines;
	size_t line_count;
	char *missing;
};

/* A cell beside the same cell of the run before. */
enum report_change {
	REPORT_UNKNOWN, /* there is no run before, or the cell is not at its end */
	REPORT_SAME,
	REPORT_CHANGED, /* its state */
	REPORT_NEW,	/* the run before did not have it, or left it open */
};

/* "unknown", "same", "changed", "new" */
const char *report_change_name(enum report_change change);

/*
 * What a cell says for itself to those who only know pass and fail. In a run with a series the
 * cells without it are there to show the fault: there a bad cell with the model on is a pass,
 * and a clean one an error, for then the experiment proves nothing.
 */
enum report_outcome {
	REPORT_PASS,
	REPORT_FAIL,  /* what makes the run's answer bad */
	REPORT_ERROR, /* what makes it inconclusive */
	REPORT_SKIP,  /* not at its end */
};

/* "pass", "fail", "error", "skip" */
const char *report_outcome_name(enum report_outcome outcome);

struct report_cell {
	const struct matrix_cell *cell;	  /* of report->run */
	const struct matrix_build *build; /* its kernel, or NULL */
	const struct matrix_cell *before; /* of the run before, at its end; or NULL */
	enum report_change change;
	enum report_outcome outcome;
	char *outcome_text; /* "bad in 5 of 5 boots, as it should be without ev7-ipi" */
	/*
	 * The kernel, the machine and the command line are those of the run before, so its
	 * boots were counted again: a state that changed all the same is a flake.
	 */
	bool same_kernel;
	struct report_evidence evidence;
	json_t *counters;	/* {NAME:N}, summed over the counted boots */
	struct strvec commands; /* what to type to see it again, quoted for a shell */
};

/* What a caller may choose. A zeroed struct is plain text for no terminal. */
struct report_settings {
	bool color;	    /* text: for a terminal that shows colours */
	bool verbose;	    /* text: every cell with its rate and kernel */
	int columns;	    /* text: of the terminal; 0: not limited */
	const char *origin; /* kcidb: who submits; NULL: REPORT_ORIGIN */
};

#define REPORT_ORIGIN "farrier"

struct report {
	const struct workspace *workspace;
	struct report_settings settings;
	struct matrix_run run;
	bool has_before;
	struct matrix_run before; /* the newest run of the same matrix that ended before this one */
	struct report_cell *cells; /* as many as the run has, in its order */
	/* Cells of the run before that this run does not have. */
	const struct matrix_cell **gone;
	size_t gone_count;
	struct matrix_pair *pairs;
	size_t pair_count;
	struct matrix_pair *before_pairs;    /* of the run before */
	struct index *pair_ids, *before_ids; /* places of the pairs, by the ids of their cells */
	enum matrix_answer answer;
	char *why; /* the answer's reason, in a line: "every cell with ev7-ipi is clean, ..." */
	double efficiency; /* matrix_run_efficiency() */
};

void report_release(struct report *report);
#define REPORT CLEANUP(report_release) struct report

/*
 * Reads run `number`, or with 0 the newest run of matrix `matrix`, or with NULL of any. None, or
 * a record that cannot be believed, is ERR_INPUT that says which there are. The settings' strings
 * and the workspace are borrowed.
 */
ERR_CHECK report_open(const struct workspace *workspace, int number, const char *matrix,
		      const struct report_settings *settings, struct report *report) MUST_USE;

/* The pair that a cell belongs to, or NULL. */
const struct matrix_pair *report_pair_of(const struct report *report,
					 const struct matrix_cell *cell);

/* What the pair's cells answered in the run before; MATRIX_PAIR_OPEN when it had no such pair. */
enum matrix_pair_answer report_pair_before(const struct report *report,
					   const struct matrix_pair *pair);

/* How many cells are in a state. */
size_t report_count(const struct report *report, enum matrix_cell_state state);

/*
 * What a cell is, for people: "linux-6.12.y with ev7-ipi, model on, config no-csd-debug, 4 CPUs".
 * The branch's own config is not named, nor the machine where the run has only one. Unique in
 * the run. The caller frees it.
 */
char *report_title(const struct report *report, const struct matrix_cell *cell);

/* The state and the count: "bad 5/5", "clean 0/7", "not built". The caller frees it. */
char *report_state(const struct matrix_cell *cell);

/* The formats. Each appends the whole document. */
ERR_CHECK report_text(const struct report *report, struct strbuf *out) MUST_USE;
ERR_CHECK report_json(const struct report *report, struct strbuf *out) MUST_USE;
ERR_CHECK report_html(const struct report *report, struct strbuf *out) MUST_USE;
ERR_CHECK report_junit(const struct report *report, struct strbuf *out) MUST_USE;
ERR_CHECK report_ktap(const struct report *report, struct strbuf *out) MUST_USE;
ERR_CHECK report_kcidb(const struct report *report, struct strbuf *out) MUST_USE;

/* A bisection as a page: the answer, the posterior over the history, what was tested. */
ERR_CHECK report_bisect_html(struct bisect *bisect, const char *version,
			     struct strbuf *out) MUST_USE;

#endif
