/* SPDX-License-Identifier: GPL-2.0 */
/* port_history_internal.h - between port_history.c and the records that it keeps. */
#ifndef FARRIER_PORT_HISTORY_INTERNAL_H
#define FARRIER_PORT_HISTORY_INTERNAL_H

#include "port_history.h"

/*
 * The records of one set of paths: FOLDER/ID/TIP.json, where ID is the hash of
 * the paths and TIP the commit that the walk began at.
 */
struct port_records {
	char *folder; /* FOLDER/ID, or NULL: nothing is kept */
	struct strvec names;
	size_t limit;
	size_t had;	 /* commits that a record gave */
	char *continued; /* path of the record that was continued, or NULL */
};

void port_records_release(struct port_records *records);

/* Lists them; `cache` may be NULL. */
ERR_CHECK port_records_open(const char *cache, const struct strvec *paths, size_t limit,
			    struct port_records *records) MUST_USE;

/*
 * Adds what the walk from `tip` gave to the end of the history, when there is a
 * record of it that reaches as far as is asked for. False: there is none.
 */
bool port_records_continue(struct port_records *records, const git_oid *tip,
			   struct port_history *history);

/* Keeps the history, when it took so long that this is worth it. */
ERR_CHECK port_records_write(struct port_records *records, const git_oid *tip,
			     const struct port_history *history) MUST_USE;

/* A new step at the end. */
struct port_event *port_history_add(struct port_history *history);

#endif
