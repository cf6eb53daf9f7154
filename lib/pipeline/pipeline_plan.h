/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pipeline_plan.h - from a matrix to kernels, cells, and what of them is there already.
 *
 * The plan carries the series in memory, works out the key of every build and of every
 * cell, and takes up what is recorded: builds in the cache, boots in .farrier/boots/. It
 * starts nothing but the toolchain's and the machines' "--version", and makes the guest's
 * initramfs when that is not there. pipeline_run.h does the rest.
 *
 * What is known stands in `run`, the record (record/matrix_run.h); for what is to be done
 * there are more things to know, in `kernels` and `cells`, in the same order as the
 * record's `builds` and `cells`.
 */
#ifndef FARRIER_PIPELINE_PLAN_H
#define FARRIER_PIPELINE_PLAN_H

#include "guest/guest.h"
#include "pipeline_cell.h"
#include "pipeline_machine.h"
#include "record/matrix_run.h"
#include "stack/stack.h"
#include "verify/verify_cell.h"

/* A branch of the matrix, and what is carried onto it. */
struct pipeline_branch {
	struct branch branch;
	git_oid base;
	bool needed[2];		/* by enum matrix_variant: a cell is of it */
	struct stack stacks[2]; /* of those */
	struct guest own_guest; /* of the first branch of an architecture */
	const struct guest *guest;
};

/* A kernel, described by run.builds[] of the same index. */
struct pipeline_kernel {
	size_t branch;
	bool netboot;	      /* for machines that boot from the network */
	struct branch target; /* the branch, with the config's fragment */
	const struct stack *stack;
	struct build_request request;
	struct build build; /* when it is there: its key, image, ... */
	bool there;	    /* also when it is known not to build */
	struct build_cost cost;
	size_t twin;   /* the kernel before it of the same key, or itself */
	bool building; /* now */
};

/* What boots of one kind were like: cells that differ in nothing but the branch. */
struct pipeline_kind {
	const struct matrix_cell *first; /* one of them */
	int boots;			 /* that are known */
	double seconds;			 /* of them all */
	double share;			 /* the most CPUs that one kept busy, or 0 */
	double usual_start;		 /* the most seconds to the first heartbeat, or 0 */
};

/* A cell, described by run.cells[] of the same index. */
struct pipeline_plan_cell {
	size_t kernel;
	size_t machine;
	size_t kind;
	char *title;
	const char *cmdline[4];
	struct pipeline_cell cell; /* empty when the kernel is not ported */
	struct verify_cell *test;
	/* The cell before it whose boots are the same, and which does them for both; or itself. */
	size_t leader;
	int flying; /* boots under way */
};

struct pipeline_plan {
	const struct workspace *workspace;
	git_repository *repo;
	struct matrix matrix;
	struct matrix_run run;
	struct verify_cell_rule *rule;
	struct stack_layers layers[2];	     /* by enum matrix_variant */
	const struct series *series, *model; /* among the layers; or NULL */
	struct series_counter *counters;     /* strings are the layers' */
	size_t counter_count;
	struct pipeline_machine **machines;
	size_t machine_count;
	struct pipeline_branch *branches; /* in the order of run.branches */
	struct pipeline_kernel *kernels;
	struct pipeline_plan_cell *cells;
	struct pipeline_kind *kinds;
	size_t kind_count;
	double began;  /* on loop_now()'s clock */
	char *trouble; /* the first build that failed by the machine's fault, not the source's */
};

void pipeline_plan_release(struct pipeline_plan *plan);
#define PIPELINE_PLAN CLEANUP(pipeline_plan_release) struct pipeline_plan

/*
 * Makes the plan of a matrix; borrows `workspace` and `repo`. A name in it that is not
 * there is ERR_INPUT. The newest run of this matrix is taken up when it is the same, keys
 * and all, and never ended: number and start are its; else the number is the next free one.
 *
 * A plan is for one pipeline_run(), for which it may not move in memory.
 */
ERR_CHECK pipeline_plan_make(const struct workspace *workspace, git_repository *repo,
			     const char *matrix, struct pipeline_plan *plan) MUST_USE;

/* Takes up recorded boots as long as the cell wants more, and notes what they say. */
ERR_CHECK pipeline_plan_take_boots(struct pipeline_plan *plan, size_t cell) MUST_USE;

/* Learns from a boot of a cell what the next ones of its kind are like. */
void pipeline_plan_learn(struct pipeline_plan *plan, size_t cell, const struct boot *boot);

/* Whether a cell still waits for this kernel, which is not there. */
bool pipeline_plan_needs(const struct pipeline_plan *plan, size_t kernel);

/* What is still to do, as far as earlier builds and boots tell. */
struct pipeline_forecast {
	int builds;		      /* to make */
	double boots;		      /* to do, on average */
	int unknown_builds;	      /* of them no time is known */
	int unknown_cells;	      /* so many cells' boots are like none that was ever seen */
	double make_cpu, machine_cpu; /* seconds */
	double wall;		      /* seconds, on all CPUs */
};
struct pipeline_forecast pipeline_plan_forecast(const struct pipeline_plan *plan);

/* CPU seconds that make is expected to take for a kernel that is to be built now; 0: not known. */
double pipeline_plan_build_cpu(const struct pipeline_plan *plan, size_t kernel);
/* Seconds of one boot of a cell; 0: not known. */
double pipeline_plan_boot_seconds(const struct pipeline_plan *plan, size_t cell);
/* CPUs that such a boot keeps busy when it gets them; 0: not known. */
double pipeline_plan_share(const struct pipeline_plan *plan, size_t cell);
/* Seconds to the first heartbeat, the most of this cell or, before it has one, of others of its
 * machine; 0: not known. */
double pipeline_plan_usual_start(const struct pipeline_plan *plan, size_t cell);

#endif
