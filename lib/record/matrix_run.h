/* SPDX-License-Identifier: GPL-2.0 */
/*
 * matrix_run.h - the record of one run of a matrix: .farrier/runs/NNNN/run.json.
 *
 * The record is written when the plan stands, soon after a cell comes to its end, and when the
 * run does, each time whole and atomically. It holds everything that a report says, so that
 * reports need no cache and no kernel; console logs stay where the boots are
 * (.farrier/boots/KEY/NNNN/console.log, relative to the workspace).
 *
 *	{"schema":1, "run":3, "matrix":"default", "title":T, "key":ID, "series":S|null,
 *	 "model":M|null, "farrier":"0.1", "started":TIME, "ended":TIME|null, "cpus":2,
 *	 "test":{"clean_rate":0.05,"bad_rate":0.4,"error":0.01,"max_boots":20,"max_infra":3},
 *	 "branches":[{"name","version","arch","base":OID}],
 *	 "builds":[{"id":"linux-6.12.y/series/branch","branch","variant","config",
 *		    "status":"waiting|ok|cached|failed|not-ported|infra","key","image","log","commit",
 *		    "started":TIME|null,"seconds","cpu_seconds","usual_seconds",
 *		    "reason":TEXT|null,
 *		    "diagnostics":[...as build_json()]}],
 *	 "cells":[{"id":"linux-6.12.y/series/on/branch/clipper/4","group","branch","variant",
 *		   "model":"on","config","machine","cpus","seconds","build":ID,"key":KEY|null,
 *		   "state":"waiting|clean|bad|undecided|infra|no-result|not-ported|not-built",
 *		   "reason":TEXT|null,"rate":{"boots":7,"bad":0,"low":0.0,"high":0.41},
 *		   "cmdline":TEXT,
 *		   "boots":[{"number":1,"verdict":"GOOD","counted":true,"cause":EVENT|null,
 *			     "text":TEXT|null,"log":PATH,"seconds":S,"machine_cpu":S,
 *			     "counters":{NAME:N},"started":TIME,"reused":false}]}],
 *	 "pairs":[{"branch","config","machine","cpus","model","base":CELL,"series":CELL,
 *		   "answer":"fixed|not-fixed|no-bug|broken|open"}],
 *	 "answer":"good|bad|inconclusive|open", "timing":{"wall","make_cpu","machine_cpu",
 *	 "own_cpu","own_memory","booted","reused","built"}}
 *
 * Times are UTC as in boot.h; seconds are wall time unless they are called cpu. Over several
 * sittings of one run (after a kill) the timing is that of the last.
 */
#ifndef FARRIER_MATRIX_RUN_H
#define FARRIER_MATRIX_RUN_H

#include "index.h"
#include "matrix.h"
#include "verdict.h"

/* A record with more of them is not believed. */
#define MATRIX_MOST_CELLS 20000

enum matrix_build_status {
	MATRIX_BUILD_WAITING,
	MATRIX_BUILD_OK,
	MATRIX_BUILD_CACHED,
	MATRIX_BUILD_FAILED,
	MATRIX_BUILD_NOT_PORTED,
	MATRIX_BUILD_INFRA, /* the machine that builds failed, which says nothing of the kernel */
};

const char *matrix_build_status_name(enum matrix_build_status status);

/* One kernel: cells share it. */
struct matrix_build {
	char *id, *branch, *config;
	enum matrix_variant variant;
	enum matrix_build_status status;
	char *key, *image, *log, *commit; /* or NULL */
	char *reason;			  /* the first error, or NULL */
	double seconds, cpu_seconds;	  /* of make, when it was built in this run */
	double usual_seconds;		  /* what such a build took before, or 0 */
	char started[32];		  /* when it was built in this run; else "" */
	json_t *diagnostics;		  /* array */
};

enum matrix_cell_state {
	MATRIX_CELL_WAITING, /* not at its end yet, or never */
	MATRIX_CELL_CLEAN,
	MATRIX_CELL_BAD,
	MATRIX_CELL_UNDECIDED, /* the budget is used up */
	MATRIX_CELL_INFRA,     /* too many boots said nothing of the kernel */
	MATRIX_CELL_NO_RESULT, /* too many boots ended without a result of the test */
	MATRIX_CELL_NOT_PORTED,
	MATRIX_CELL_NOT_BUILT,
};

const char *matrix_cell_state_name(enum matrix_cell_state state);

struct matrix_boot {
	int number; /* of its folder, from 1 */
	enum verdict verdict;
	bool counted; /* the cell's state rests on it: INFRA, UNKNOWN and those behind are not */
	size_t index; /* in the cell's test; not recorded */
	bool reused;  /* it was there before this run */
	bool has_cause;
	struct event cause;
	char *text; /* as boot.h's, or NULL */
	char *log;  /* relative to the workspace */
	double seconds, machine_cpu;
	json_t *counters; /* {NAME:N} */
	char started[32];
};

/* How often the bug showed, with the bounds of a 95 % confidence interval. */
struct matrix_rate {
	int boots, bad;
	double low, high;
};

struct matrix_cell {
	char *id, *group, *branch, *config, *machine, *build; /* the last is a matrix_build's id */
	enum matrix_variant variant;
	enum matrix_model model;
	int cpus, seconds;
	char *key;     /* of its boots' folder, NULL until its kernel is there */
	char *cmdline; /* or NULL */
	enum matrix_cell_state state;
	char *reason; /* or NULL */
	struct matrix_rate rate;
	struct matrix_boot *boots; /* in the order of their start */
	size_t boot_count;
};

/* The same cell without and with the series. */
enum matrix_pair_answer {
	MATRIX_PAIR_OPEN,
	MATRIX_PAIR_FIXED,     /* bad without, clean with */
	MATRIX_PAIR_NOT_FIXED, /* bad with and without */
	MATRIX_PAIR_NO_BUG,    /* clean with and without */
	MATRIX_PAIR_BROKEN,    /* clean without, bad with */
};

const char *matrix_pair_answer_name(enum matrix_pair_answer answer);

struct matrix_pair {
	const struct matrix_cell *base, *series; /* among the run's cells */
	enum matrix_pair_answer answer;
};

enum matrix_answer {
	MATRIX_ANSWER_OPEN, /* not at its end */
	/* Every cell with the series is clean; with a model, every branch has pairs with it on, and
	 * each of them is fixed. */
	MATRIX_ANSWER_GOOD,
	MATRIX_ANSWER_BAD,	    /* a cell with the series is bad, or has no kernel */
	MATRIX_ANSWER_INCONCLUSIVE, /* neither */
};

const char *matrix_answer_name(enum matrix_answer answer);

struct matrix_branch {
	char *name, *version, *arch, *base;
};

struct matrix_timing {
	double wall, make_cpu, machine_cpu, own_cpu; /* seconds */
	int64_t own_memory;			     /* bytes, at most, of farrier itself */
	int built, booted, reused;		     /* kernels; boots */
};

struct matrix_run {
	int number;
	char *matrix, *title, *key;
	char *series, *model;	     /* or NULL */
	char *farrier;		     /* version */
	char started[32], ended[32]; /* "" until it ended */
	int cpus;		     /* of the host, that it may use */
	struct matrix_test test;
	struct matrix_branch *branches;
	size_t branch_count;
	struct matrix_build *builds;
	size_t build_count;
	struct matrix_cell *cells;
	size_t cell_count;
	struct matrix_timing timing;
	/* By id, as far as they were looked for; matrix_run_find_...() keep them. */
	struct index *build_ids, *cell_ids;
	size_t builds_indexed, cells_indexed;
};

void matrix_run_release(struct matrix_run *run);
#define MATRIX_RUN CLEANUP(matrix_run_release) struct matrix_run

/* wall / ((make_cpu + machine_cpu) / cpus): 1 is what cannot be beaten; 0 when nothing ran. */
double matrix_run_efficiency(const struct matrix_run *run);

/*
 * The pairs, in the order of their cells without the series; a cell whose counterpart the
 * matrix does not have is in none. The caller frees the array.
 */
struct matrix_pair *matrix_run_pairs(const struct matrix_run *run, size_t *count);

/*
 * Cells with the series are on trial; all of them in a run without a series. Bad: one on
 * trial is bad, or has no kernel. Good: all on trial are clean, every pair with the model on
 * is fixed, and no cell without series and model is bad (that fault is not the model's, which
 * then proves nothing). Open: a cell waits and the run has not ended. Else inconclusive.
 */
enum matrix_answer matrix_run_answer(const struct matrix_run *run);

/* Borrowed; NULL when there is none of that id. */
const struct matrix_build *matrix_run_find_build(const struct matrix_run *run, const char *id);
const struct matrix_cell *matrix_run_find_cell(const struct matrix_run *run, const char *id);

/*
 * The record above but for its "cells", of which there may be very many, and one of them. Pairs
 * and answer are worked out here. New references.
 */
json_t *matrix_run_json(const struct matrix_run *run);
json_t *matrix_run_cell_json(const struct matrix_cell *cell);
/* The text of what matrix_run_json() made, and of the cells, to the end of `out`. */
void matrix_run_print(const struct matrix_run *run, json_t *json, struct strbuf *out);
/*
 * Reads FOLDER/run.json. A record that is not there, or cannot be believed in any part (that
 * is warned of), is *found = false and an empty run. Pairs and answer of the file are not read.
 */
ERR_CHECK matrix_run_read(const char *folder, struct matrix_run *run, bool *found) MUST_USE;
/* Writes FOLDER/run.json. */
ERR_CHECK matrix_run_write(const char *folder, const struct matrix_run *run) MUST_USE;

/*
 * Numbers of the folders in .farrier/runs that have a record, ascending, also of those whose
 * record cannot be believed; the caller frees the array.
 */
ERR_CHECK matrix_run_numbers(const struct workspace *workspace, int **numbers,
			     size_t *count) MUST_USE;
/* .farrier/runs/NNNN. The caller frees it. */
char *matrix_run_folder(const struct workspace *workspace, int number);

#endif
