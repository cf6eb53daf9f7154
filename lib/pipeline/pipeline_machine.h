/* SPDX-License-Identifier: GPL-2.0 */
/* pipeline_machine.h - the machines that a pipeline boots on: which, and opened once. */
#ifndef FARRIER_PIPELINE_MACHINE_H
#define FARRIER_PIPELINE_MACHINE_H

#include "machine/machine.h"

struct pipeline_machine {
	struct machine_conf conf;
	struct machine *machine; /* borrows `conf` */
	char *version;		 /* machine_version() */
	int slots;		 /* machine_slots() */
};

void pipeline_machine_free(struct pipeline_machine *machine);

/* Opens a machine of kernels/machines/. A program that is missing is ERR_ENV. */
ERR_CHECK pipeline_machine_open(const struct workspace *workspace, const char *name,
				struct pipeline_machine **machine) MUST_USE;

/* Whether the machine runs what is built for the architecture. */
bool pipeline_machine_runs(const struct machine_conf *conf, const struct arch *arch);

/* Adds every emulator for the architecture, by name; there may be none. */
ERR_CHECK pipeline_machine_emulators(const struct workspace *workspace, const struct arch *arch,
				     struct strvec *names) MUST_USE;

#endif
