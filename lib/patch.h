/* SPDX-License-Identifier: GPL-2.0 */
/*
 * patch.h - one patch: who, when, why, and the diff.
 *
 * Read from a git format-patch mail (decoded by `git mailinfo`, never by hand)
 * or from a commit.
 */
#ifndef FARRIER_PATCH_H
#define FARRIER_PATCH_H

#include "repo.h"

struct patch {
	int number;    /* its place in the series, from 1 */
	char *subject; /* without "[PATCH ...]" */
	char *message; /* the whole commit message, subject first, ends with a newline */
	char *author_name;
	char *author_email;
	git_time when;	    /* author's date */
	char *message_id;   /* without <>, or NULL */
	char *base_commit;  /* from "base-commit:", or NULL */
	struct strbuf diff; /* from the first "diff --git" (or "---") to the mail's signature */
	git_oid commit;	    /* where it came from, when it came from a commit; else zero */
};

void patch_release(struct patch *patch);

/*
 * Decodes one mail. A mail without a diff is fine (a cover letter, a reply): its
 * diff is empty. What is no mail is ERR_INPUT that names `what`.
 */
ERR_CHECK patch_from_mail(const char *mail, size_t length, const char *what,
			  struct patch *patch) MUST_USE;

/* Reads a commit against its first parent, with full blob ids and renames. */
ERR_CHECK patch_from_commit(git_repository *repo, const git_oid *commit,
			    struct patch *patch) MUST_USE;

#endif
