/* SPDX-License-Identifier: GPL-2.0 */
/* mail_write.h - between the files of the import only. */
#ifndef FARRIER_MAIL_WRITE_H
#define FARRIER_MAIL_WRITE_H

#include "mail_part.h"

/* One import: where it works, what it found, what is there already. */
struct import {
	const struct workspace *workspace;
	const struct mail_request *request;
	struct mail_result *result;
	char *mails;  /* folder of the split mails or formatted commits */
	char *fresh;  /* folder that becomes series/NAME */
	char *target; /* series/NAME; NULL until the name is known */
	struct mail_series found;
	struct mail_needs needs;
	struct series old; /* the series as it is; old.name is NULL when there is none */
};

/* Reads what the first mail of a series, a file, says it stands on. */
ERR_CHECK mail_read_needs(const char *path, struct mail_needs *needs) MUST_USE;

/* Makes series/NAME, or puts the version that was found in place of the current one. */
ERR_CHECK mail_write_series(struct import *import) MUST_USE;

/* Puts the version that was found, an older one, into its vN/. */
ERR_CHECK mail_write_older(struct import *import) MUST_USE;

/* Puts what replies give into the patches that are there; *taken says how many were. */
ERR_CHECK mail_write_amended(struct import *import, size_t *taken) MUST_USE;

/*
 * In the fresh folder, which has the new version and the old one in vN/: lets
 * recorded ports and skips follow their patches, and tells the result what became of them.
 */
ERR_CHECK mail_carry_ports(struct import *import) MUST_USE;

/* A recorded port, the patch that it was made for, and what has become of that. */
struct mail_reword {
	const struct patch *recorded;
	const struct patch *old_patch;
	const struct patch *new_patch;
	const struct strbuf *recorded_mail; /* as the file has it */
	const struct strbuf *new_mail;
};

/*
 * Puts what the new patch's message says that the old one's did not into the
 * recorded port's mail; its own note stays. *done is false when the two do not go
 * together, or the mail is not as git format-patch writes it.
 */
ERR_CHECK mail_reword(const struct mail_reword *reword, struct strbuf *out, bool *done) MUST_USE;

#endif
