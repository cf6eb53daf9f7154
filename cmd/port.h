/* SPDX-License-Identifier: GPL-2.0 */
/* port.h - between the files of 'farrier port' only. */
#ifndef FARRIER_CMD_PORT_H
#define FARRIER_CMD_PORT_H

#include "port/port.h"
#include "stack/stack_gaps.h"
#include "cmd.h"

/* What the command line says. */
struct port_words {
	struct strvec series;
	struct strvec onto;
	bool stack;
	bool with_prerequisites;
	const char *repo;
	const char *commits;
	const char *mbox;
	const char *ref;
};

/* One port that was made, and where it is kept. */
struct port_result {
	char *series; /* NULL: one-off */
	char *onto;
	char *version; /* of the kernel, or "" */
	char *ref;     /* that was written, or NULL */
	bool had_ref;  /* it was there before: at `was` */
	git_oid was;
	const struct series *own; /* whose state on the branch this is, or NULL; borrowed */
	struct port port;
	struct stack_gaps
		gaps; /* prerequisites that the branch lacks and the port does not bring */
};

struct port_results {
	struct port_result *items;
	size_t count;
};

void port_results_release(struct port_results *results);
#define PORT_RESULTS CLEANUP(port_results_release) struct port_results

/* Adds an empty result, with the branch's name and the kernel's version at `commit`. */
ERR_CHECK port_results_add(struct port_results *results, git_repository *repo, const char *onto,
			   const git_oid *commit, struct port_result **result) MUST_USE;

/* Moves what is in `more` behind what is there. */
void port_results_take(struct port_results *results, struct port_results *more);

/* Prints all and sets the exit code. */
void port_results_print(struct run *run, const struct port_results *results);

/* farrier port SERIES... */
ERR_CHECK port_workspace(const struct run *run, const struct port_words *words,
			 struct port_results *results) MUST_USE;

/* farrier port --repo R --onto REV (--commits A..B | --mbox F) [--ref NAME] */
ERR_CHECK port_once(const struct port_words *words, struct port_results *results) MUST_USE;

#endif
