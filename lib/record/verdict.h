/* SPDX-License-Identifier: GPL-2.0 */
/*
 * verdict.h - what is said of a boot or a log, and the evidence for it.
 */
#ifndef FARRIER_VERDICT_H
#define FARRIER_VERDICT_H

#include "core/store.h"

enum verdict {
	VERDICT_GOOD,
	VERDICT_BAD,
	VERDICT_SKIP,	 /* cannot be tested */
	VERDICT_INFRA,	 /* the lab or a tool failed: says nothing of the kernel */
	VERDICT_UNKNOWN, /* a log that ends without either */
};

/* What a console log can say; verdict_kind_name() gives the names used in JSON. */
enum event_kind {
	EVENT_PANIC,
	EVENT_OOPS,
	EVENT_BUG,
	EVENT_WARNING,
	EVENT_SOFT_LOCKUP,
	EVENT_HARD_LOCKUP,
	EVENT_RCU_STALL,
	EVENT_HUNG_TASK,
	EVENT_WORKQUEUE_LOCKUP,
	EVENT_CSD_STALL,
	EVENT_CPU_STUCK,
	EVENT_SANITIZER,
	EVENT_LOCKDEP,
	EVENT_BOOT_FAILURE,
	EVENT_REBOOT_LOOP,
	EVENT_SILENCE,
	EVENT_TEST_FAIL,
	EVENT_TEST_PASS,
	EVENT_KINDS, /* how many there are */
};

#define EVENT_NO_CPU (-1)

/* One thing that a log says. */
struct event {
	enum event_kind kind;
	uint64_t line; /* from 1 */
	char *text;    /* the line as it stands in the log, without CR and LF; any bytes but NUL */
	int cpu;       /* or EVENT_NO_CPU */
};

void verdict_release_event(struct event *event);

/* "GOOD", "BAD", ... and back; an unknown name is VERDICT_UNKNOWN. */
const char *verdict_name(enum verdict verdict);
enum verdict verdict_from_name(const char *name);

/* "panic", "soft-lockup", ... and back; false when there is no such kind. */
const char *verdict_kind_name(enum event_kind kind);
bool verdict_kind_from_name(const char *name, enum event_kind *kind);

/* {"kind","line","text","cpu"}; null for NULL. New reference. */
json_t *verdict_event_json(const struct event *event);

#endif
