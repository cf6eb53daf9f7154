/* SPDX-License-Identifier: GPL-2.0 */
/*
 * export_mails.h - commits as mails, written by git format-patch.
 *
 * git runs in a folder of its own that looks like a bare repository: it has no
 * configuration, reads the objects of the real one, and takes the attributes that the
 * exported tree brings along, which decide the function names in hunk headers. So
 * the mails are what git format-patch gives in a clean work tree of the branch, whoever
 * runs it.
 *
 * The mails are one shallow thread. Their Message-IDs are made of the mails' own text:
 * the same export gives the same bytes, and git send-email keeps them.
 */
#ifndef FARRIER_EXPORT_MAILS_H
#define FARRIER_EXPORT_MAILS_H

#include "export_cover.h"

struct export_mails {
	git_repository *repo;
	git_oid base;	    /* the branch's commit */
	bool upstream_base; /* it means something to others: written as base-commit */
	git_oid from;	    /* the commits behind this one ... */
	git_oid to;	    /* ... up to this one go out; what is between base and from is needed */
	const char *prefix; /* "PATCH 6.12.y" */
	const struct repo_person *sender;
	const struct strvec *mail_to;
	const struct strvec *mail_cc;
	const struct export_cover *cover; /* its subject may be NULL: then there is none */
	const char *note;   /* goes below the first patch's "---", or ends the cover; or NULL */
	const char *folder; /* empty; gets git/, and the mails in mails/ */
};

/*
 * Encodes From and Subject of a cover letter (RFC 2047) when they are not ASCII, as git
 * does it for patches only (until 2.39 at least): git is shown a commit with that title and
 * author, and writes them. `env` is git's environment, `total` the number of patches.
 */
ERR_CHECK export_cover_encode(const struct export_mails *mails, const struct strvec *env,
			      size_t total, struct strbuf *mail) MUST_USE;

/* Writes the mails; `names` gets their file names in order. */
ERR_CHECK export_mails_write(const struct export_mails *mails, struct strvec *names) MUST_USE;

/*
 * Reads a mail as git am would and compares it with its commit: author, title, message.
 * What a mail cannot carry (a line "---" in a message, say) is ERR_INPUT.
 */
ERR_CHECK export_mails_check(git_repository *repo, const char *path, const git_oid *commit,
			     bool *carriage_returns) MUST_USE;

#endif
