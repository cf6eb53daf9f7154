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

/* The same for a mail that has no "[PATCH]", or a reply: with a diff it is the one patch of a
 * series. */
ERR_CHECK mail_read_bare(struct mail *mail) MUST_USE;

/*
 * The parts of mail_read() that need no other program. Headers first: `why` is set when
 * the mail is none. Then, with the subject decoded, what kind of mail it is; then the
 * patch of one, where an error says what is wrong with it.
 */
void mail_read_headers(const struct strbuf *text, struct mail *mail);
void mail_classify(struct mail *mail);
ERR_CHECK mail_take_patch(const struct strbuf *text, const char *what, const struct patch *patch,
			  struct mail *mail) MUST_USE;

/* Marks copies, then fills box->postings. */
void mail_thread(struct mail_box *box);

/* Whether the text starts as an mbox or a mail does. */
bool mail_has_form(const char *text, size_t length);

/* A header's value, unfolded, or NULL. The caller frees it. */
char *mail_header(const char *text, size_t length, const char *name);

/* Reads "[PATCH v2 1/3] " off a subject: false when it has none. *subject then stands behind it. */
bool mail_read_prefix(const char **subject, int *version, int *n, int *total);

/* The posting that a mail is a member of, or NULL. */
const struct mail_posting *mail_posting_of(const struct mail_box *box, const struct mail *mail);

/* The address in a From header, without <>: "a@b" of "A B <a@b>". The caller frees it. */
char *mail_address(const char *sender);

/* Where the mails of an import came from, when that was no file. A zeroed struct: a file. */
struct mail_origin {
	char *from;	    /* a URL without secrets, or an inbox */
	char *message_id;   /* that was asked for, or NULL */
	char *not_searched; /* as in mail_result */
};

void mail_release_origin(struct mail_origin *origin);
#define MAIL_ORIGIN CLEANUP(mail_release_origin) struct mail_origin

/* Whether a source has to be looked for in an inbox or on the net. */
bool mail_is_elsewhere(const struct mail_request *request);

/*
 * Reads the mails that the request names, with newer versions where they can be
 * found: in request->inbox, else in the workspace's inbox and then in its archive.
 */
ERR_CHECK mail_open_source(const struct workspace *workspace, const struct mail_request *request,
			   const char *folder, struct mail_box *box,
			   struct mail_origin *origin) MUST_USE;

/* What git mailinfo makes of a mail's body, in UTF-8: the message, and "---" and all behind it. */
struct mail_body {
	struct strbuf message;
	struct strbuf rest; /* not converted: a diff is bytes */
};

void mail_release_body(struct mail_body *body);
#define MAIL_BODY CLEANUP(mail_release_body) struct mail_body

/* Decodes a file; an in-body "From:" stays. *readable is false when git cannot. */
ERR_CHECK mail_read_body(const char *path, struct mail_body *body, bool *readable) MUST_USE;

/*
 * The trailers that replies give to the patches of a posting, in the order of the
 * mails. Those to an older version count for a patch whose diff is still the same.
 */
ERR_CHECK mail_find_trailers(const struct mail_box *box, const struct mail_posting *posting,
			     struct mail_trailers *trailers) MUST_USE;

/*
 * Marks the trailers that the message of patch n has as PRESENT; with `take` puts
 * the others that are offered to it into its mail, the file `path`, and marks them
 * TAKEN. *taken counts them.
 */
ERR_CHECK mail_amend(const char *path, int n, struct mail_trailers *trailers, bool take,
		     size_t *taken) MUST_USE;

/* Whether `longer` is `message` with more trailers (or the same). */
bool mail_only_adds_trailers(const char *longer, const char *message);

/* Whether two lines are one trailer: the same name, and the same person or text. */
bool mail_same_trailer(const char *a, const char *b);

/* Whether a line is "Some-name: value" as trailers are. */
bool mail_is_trailer(const char *line);

/* Whether a subject starts with "Re:" or its like, maybe behind a list's "[name]". */
bool mail_is_reply(const char *subject);

#endif
