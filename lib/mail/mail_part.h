/* SPDX-License-Identifier: GPL-2.0 */
/* mail_part.h - between the files of the room `mail` only. */
#ifndef FARRIER_MAIL_PART_H
#define FARRIER_MAIL_PART_H

#include "mail.h"

/* For proc_spec.env: the user's own git configuration must not change what a mail says. */
extern const char *const mail_plain_git[];

/* Splits the input into files 0001, 0002, ... below `folder`; *count says how many. */
ERR_CHECK mail_split(const char *path, const char *folder, size_t *count) MUST_USE;

/*
 * Reads the file `mail->path` into the rest of `mail`. A mail that cannot be
 * decoded is MAIL_OTHER, or a MAIL_PATCH with `why`; errors are the environment's.
 */
ERR_CHECK mail_read(struct mail *mail) MUST_USE;

/* The same for a mail that has no "[PATCH]": with a diff it is the one patch of a series. */
ERR_CHECK mail_read_bare(struct mail *mail) MUST_USE;

/* Marks copies, then fills box->postings. */
void mail_thread(struct mail_box *box);

/* Whether the text starts as an mbox or a mail does. */
bool mail_has_form(const char *text, size_t length);

/* A header's value, unfolded, or NULL. The caller frees it. */
char *mail_header(const char *text, size_t length, const char *name);

/* Reads "[PATCH v2 1/3] " off a subject: false when it has none. *subject then stands behind it. */
bool mail_read_prefix(const char **subject, int *version, int *n, int *total);

/* Whether a subject starts with "Re:" or its like, maybe behind a list's "[name]". */
bool mail_is_reply(const char *subject);

#endif
