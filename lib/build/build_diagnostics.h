/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build_diagnostics.h - what a make's output says: errors, warnings, and whether
 * the machine is to blame.
 */
#ifndef FARRIER_BUILD_DIAGNOSTICS_H
#define FARRIER_BUILD_DIAGNOSTICS_H

#include "build.h"

/* Reads the output of one make line by line. */
struct build_scan {
	const char *source; /* absolute, borrowed: paths are made relative to it */
	const char *object; /* make's O= folder, borrowed */
	struct build_diagnostics *into;
	size_t objects; /* "  CC  " and "  AS  " lines */
	size_t errors;
	char *unit;	     /* the outermost file of gcc's last "In file included from", or NULL */
	char *linked;	     /* the object that the linker speaks of, or NULL */
	char *machine_fault; /* the line that blames the machine, or NULL */
	char *last_failure;  /* make's last "***" line, or NULL */
};

void build_scan_release(struct build_scan *scan);
#define BUILD_SCAN CLEANUP(build_scan_release) struct build_scan

/* `line` has no newline. */
void build_scan_line(struct build_scan *scan, const char *line);

/* Adds one, unless the list has it already or is full. Copies the strings. */
void build_diagnostics_add(struct build_diagnostics *list, enum build_severity severity,
			   const char *file, int line, const char *text);

/* A list of {"file","line","severity","text"}: what a record keeps. New reference. */
json_t *build_diagnostics_to_json(const struct build_diagnostics *list);
void build_diagnostics_from_json(const json_t *json, struct build_diagnostics *list);

#endif
