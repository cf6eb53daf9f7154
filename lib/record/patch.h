/* SPDX-License-Identifier: GPL-2.0 */
/*
 * patch.h - one patch: who, when, why, and the diff.
 *
 * Read from a git format-patch mail (decoded by `git mailinfo`, never by hand)
 * or from a commit.
 */
#ifndef FARRIER_PATCH_H
#define FARRIER_PATCH_H

#include "core/repo.h"

struct patch {
	int number;    /* its place in the series, from 1 */
	char *subject; /* without "[PATCH ...]" */
	char *message; /* the whole commit message, subject first, ends with a newline */
	char *author_name;
	char *author_email;
	git_time when;	    /* author's date; time 0 when the mail has none that can be read */
	char *message_id;   /* without <>, or NULL */
	char *base_commit;  /* from "base-commit:", or NULL */
	char *below;	    /* what stands between "---" and the diff, or the mail's end; or NULL */
	struct strbuf diff; /* from the first "diff --git" (or "---") to the mail's signature */
	size_t diff_line;   /* where the diff begins in the mail, from 1; 0 when it was encoded */
	bool flowed;	    /* the mail is "format=flowed" (RFC 3676), which damages diffs */
	char *original_id;  /* what "farrier-original:" says a recorded port adapts, or NULL; from
			     * series_recorded_port() it is 40 hex digits
			     */
	git_oid commit;	    /* where it came from, when it came from a commit; else zero */
};

void patch_release(struct patch *patch);

/* The largest mail that is read, in bytes. */
#define PATCH_MAIL_MAX ((size_t)64 << 20)

/*
 * Decodes one mail, which may begin with mbox's "From " line. A mail without a
 * diff is fine (a cover letter, a reply): its diff is empty. What is no mail is
 * ERR_INPUT that names `what`; the text of a web archive's page is recognised
 * by the white space that it lost, and the error says so and names the line.
 */
ERR_CHECK patch_from_mail(const char *mail, size_t length, const char *what,
			  struct patch *patch) MUST_USE;

/* The same for a mail that is read often: what git makes of it is kept in the folder `kept`, or
 * NULL.
 */
ERR_CHECK patch_from_kept_mail(const char *mail, size_t length, const char *what, const char *kept,
			       struct patch *patch) MUST_USE;

#define PATCH_CONTEXT 3 /* lines around a change, which is git's default */

/*
 * Appends a commit's diff to its first parent as git format-patch prints it with so many
 * lines of context: full blob ids, renames, binary data.
 */
ERR_CHECK patch_diff_of_commit(git_repository *repo, git_commit *commit, uint32_t context,
			       struct strbuf *text) MUST_USE;

/* Reads a commit against its first parent, with full blob ids and renames. */
ERR_CHECK patch_from_commit(git_repository *repo, const git_oid *commit,
			    struct patch *patch) MUST_USE;

#endif
