/* SPDX-License-Identifier: GPL-2.0 */
/* import.h - between the files of 'farrier import' only. */
#ifndef FARRIER_CMD_IMPORT_H
#define FARRIER_CMD_IMPORT_H

#include "mail/mail.h"
#include "rangediff/rangediff.h"
#include "cmd.h"
#include "needs.h"

/* What 'farrier import' prints. */
struct import_report {
	struct mail_result result;
	struct rangediff diff; /* of a version that took another's place, or was put beside it */
	int from, to;	       /* the versions in `diff`; 0 when there is none */
	struct needs needs;    /* of the version that is current now */
};

void import_release_report(struct import_report *report);
#define IMPORT_REPORT CLEANUP(import_release_report) struct import_report

/* Finds out the rest about what was imported. */
ERR_CHECK import_complete_report(const struct workspace *workspace,
				 struct import_report *report) MUST_USE;

void import_print(const struct run *run, const struct import_report *report);

/* The trailers that replies give, and what a search for newer versions left out. */
void import_print_trailers(const struct run *run, const struct mail_result *result);
void import_print_versions(const struct run *run, const struct mail_result *result);
json_t *import_trailers_json(const struct mail_result *result);

#endif
