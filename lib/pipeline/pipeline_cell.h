/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pipeline_cell.h - the boots of one kernel on one machine in one way.
 *
 * A cell is everything that a boot depends on: the image, the initramfs, the
 * machine's settings and program, the number of CPUs, the command line, the
 * seconds of test. Its key is the id of all that, and its boots are kept in
 * .farrier/boots/KEY/NNNN/, numbered from 0001: a later run with the same key finds them
 * and boots only what is missing. A boot without a result (INFRA, UNKNOWN) keeps
 * its folder, so that nobody overwrites it, but is not taken up again by a later
 * experiment; `since` says when the one at hand began, in boot.h's way of time.
 */
#ifndef FARRIER_PIPELINE_CELL_H
#define FARRIER_PIPELINE_CELL_H

#include "boot/boot.h"

struct pipeline_cell {
	char *title;  /* for the reader: "linux-6.12.y without ev7-ipi, model on, 4 CPUs" */
	char *folder; /* of its boots */
	struct boot_request request; /* without folder and title; its strings are borrowed */
	struct strvec cmdline;	     /* what request.cmdline points to */
	int taken;		     /* the number of the last boot that was taken up or started */
	int reused, booted;
	const char *since;  /* boots without a result from then on are taken up, too; or NULL */
	double usual_start; /* seconds to the first heartbeat seen so far, or 0 */
	double usual;	    /* seconds of a boot seen so far, or 0 */
	double share;	    /* the most CPUs that a boot kept busy so far, or 0 */
};

struct pipeline_cell_spec {
	const struct workspace *workspace;
	const char *title;
	const char *build_key, *kernel;	 /* path of the image */
	const char *initrd, *initrd_key; /* path */
	struct machine *machine;
	const char *machine_version; /* what the machine's program says it is, "" when far away */
	int cpus, seconds, cmdline_max;
	const char *const *cmdline; /* NULL-terminated parts */
	const struct series_counter *counters;
	size_t counter_count;
};

/* What the spec points to must outlive the cell. */
ERR_CHECK pipeline_cell_init(const struct pipeline_cell_spec *spec,
			     struct pipeline_cell *cell) MUST_USE;
void pipeline_cell_release(struct pipeline_cell *cell);

/*
 * Takes up the next recorded boot, if there is one: *found says so and `boot` is
 * the caller's. Boots are taken up in the order in which they were started.
 */
ERR_CHECK pipeline_cell_recorded(struct pipeline_cell *cell, struct boot *boot,
				 bool *found) MUST_USE;

/* Learns from a boot that ended or was recorded how long the next one takes. */
void pipeline_cell_learn(struct pipeline_cell *cell, const struct boot *boot);

/* A boot under way, with everything that it needs to live. */
struct pipeline_boot;

/* The number of the boot that is to be started next; it is given once. */
int pipeline_cell_reserve(struct pipeline_cell *cell);

/* Starts the boot of that number. `*boot` is the caller's. */
ERR_CHECK pipeline_cell_start(struct pipeline_cell *cell, int number, struct loop *loop,
			      boot_callback on_done, void *data,
			      struct pipeline_boot **boot) MUST_USE;

/* Ends it if it still goes on; frees. NULL does nothing. */
void pipeline_boot_free(struct pipeline_boot *boot);

#endif
