/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lab_log.h - the log of a LAVA job, line by line.
 *
 * LAVA keeps a log as YAML, a flow mapping of one line for each entry (read in 2023.01,
 * lava_scheduler_app and lava_common/log.py):
 *
 *	- {"dt": "2026-11-22T12:46:17.312076", "lvl": "target", "msg": "Linux version ..."}
 *
 * `lvl` target and feedback are what the device printed, input what the dispatcher typed,
 * results what became of a step; all others are the dispatcher's own words. `msg` is a
 * string, a list or a mapping. Strings are YAML's, with its escapes and tags, not JSON's.
 * The dispatcher drops ESC and CR, merges blank lines and replaces bad UTF-8 before it
 * writes.
 *
 * The log is hostile: an entry that is none is counted, so that indexes stay right. One of the
 * device is then taken as it stands, since a panic may be in it; any other has level
 * LAB_UNREADABLE. Aliases are refused, depth and size limited.
 */
#ifndef FARRIER_LAB_LOG_H
#define FARRIER_LAB_LOG_H

#include "core/store.h"

enum lab_level {
	LAB_CONSOLE,	/* the device printed it */
	LAB_RESULTS,	/* a step's result; `value` is a mapping */
	LAB_TALK,	/* the dispatcher's words: debug, info, ... */
	LAB_COMPLAINT,	/* its warnings and errors */
	LAB_UNREADABLE, /* no entry */
};

struct lab_entry {
	enum lab_level level;
	double at;	  /* seconds since 1970 on the lab's clock; negative: not said */
	const char *text; /* of a `msg` that is a string; may hold NULs; else "" */
	size_t length;
	json_t *value; /* the whole `msg`; NULL when it is unreadable */
};

void lab_release_entry(struct lab_entry *entry);
#define LAB_ENTRY CLEANUP(lab_release_entry) struct lab_entry

/* Reads one line, without its LF. Never fails: see LAB_UNREADABLE. */
void lab_read_entry(const char *line, size_t length, struct lab_entry *entry);

/*
 * What the device printed, of an entry of the console. The dispatcher puts a backslash before each
 * double quote (2023.01, lava_dispatcher/shell.py): taking one away gives back what it was.
 */
void lab_console_line(const struct lab_entry *entry, struct strbuf *line);

/* Called for each entry in order; its text lives until the call returns. */
typedef const struct err *(*lab_entry_callback)(void *data, const struct lab_entry *entry);

/* Reads every line of a piece of a log; *count is how many there were, unless a call failed. */
ERR_CHECK lab_read_log(const char *bytes, size_t length, lab_entry_callback callback, void *data,
		       size_t *count) MUST_USE;

/*
 * A YAML text as JSON: every scalar becomes a string. New reference; NULL when it is no YAML
 * within the limits.
 */
json_t *lab_yaml(const char *bytes, size_t length);

#endif
