/* SPDX-License-Identifier: GPL-2.0 */
/*
 * matrix.h - what is booted beside what: kernels/matrix/NAME.conf.
 *
 *	[matrix]
 *		title = ev7-ipi on every branch
 *		series = ev7-ipi
 *		model = io7-edge-loss
 *		branch = linux-6.1.y, linux-6.12.y	; default: every filled one
 *		machine = clipper
 *		seconds = 10		; of test in each boot
 *		clean-rate = 5%		; a cell where the bug shows less often is clean,
 *		bad-rate = 40%		; one where it shows more often is bad,
 *		error = 1%		; so often either is said wrongly
 *		max-boots = 20		; after so many boots a cell is left undecided
 *		max-infra = 3		; so many may fail for other reasons
 *	[cells "fault"]
 *		variant = base, series
 *		model = on
 *		config = branch, no-csd-debug
 *		cpus = 2, 4
 *	[cells "control"]
 *		variant = base
 *		model = off
 *		config = branch
 *		cpus = 2
 *
 * Every [cells] section is a product: branches x variants x model x configs x machines x
 * cpus; the matrix is their sum, each cell once, as the first section has it. A key that a
 * section lacks is taken from [matrix], and after that from its default: both variants
 * (without a series only the base), the model on if there is one, the config "branch", every
 * emulator for the branch's architecture, the CPU counts of the machine, 10 seconds. A matrix
 * without sections is one product. Lists may have commas, spaces or several lines of a key.
 *
 * A config is a fragment of kernels/configs/ that is joined behind the branch's own; a line
 * there wins over an earlier one of the same symbol. "branch" adds none.
 */
#ifndef FARRIER_MATRIX_H
#define FARRIER_MATRIX_H

#include "target.h"

/* What is on top of the branch. */
enum matrix_variant {
	MATRIX_BASE,   /* what the series needs, and the model */
	MATRIX_SERIES, /* and the series */
};

/* "base", "series" */
const char *matrix_variant_name(enum matrix_variant variant);

enum matrix_model {
	MATRIX_NO_MODEL,  /* the matrix names none */
	MATRIX_MODEL_OFF, /* compiled in, and not switched on */
	MATRIX_MODEL_ON,
};

/* "none", "off", "on" */
const char *matrix_model_name(enum matrix_model model);

/* The stated risks and the budget of one cell; rates and chances from 0 to 1. */
struct matrix_test {
	double clean_rate, bad_rate, error;
	int max_boots, max_infra;
};

/* The config that is the branch's own and nothing more. */
#define MATRIX_BRANCH_CONFIG "branch"

/* One [cells] section, with the defaults of [matrix] filled in. */
struct matrix_group {
	char *name;				   /* "" for a matrix without sections */
	bool variants[2];			   /* by enum matrix_variant */
	bool models[2];				   /* off, on; neither: the matrix has no model */
	struct strvec branches, configs, machines; /* names; no branch or machine: the default */
	int *cpus;				   /* none: what each machine says */
	size_t cpu_count;
	int seconds; /* of test in each boot */
};

struct matrix {
	char *name;
	char *path;   /* of the file */
	char *title;  /* for people; the name when there is none */
	char *series; /* name, or NULL: kernels as they are */
	char *model;  /* name, or NULL */
	struct matrix_test test;
	struct matrix_group *groups;
	size_t group_count;
};

void matrix_release(struct matrix *matrix);
#define MATRIX CLEANUP(matrix_release) struct matrix

/* Names of the files in kernels/matrix/, sorted. */
ERR_CHECK matrix_names(const struct workspace *workspace, struct strvec *names) MUST_USE;

/*
 * Reads one. A name that is not there is ERR_INPUT that lists those that are; so is a key or
 * value that cannot be, with its words. Whether the series, branches, machines and configs that
 * it names are there is not looked at.
 */
ERR_CHECK matrix_read(const struct workspace *workspace, const char *name,
		      struct matrix *matrix) MUST_USE;

#endif
