/* SPDX-License-Identifier: GPL-2.0 */
/* resolve_write.h - a recorded port as a mail. */
#ifndef FARRIER_RESOLVE_WRITE_H
#define FARRIER_RESOLVE_WRITE_H

#include "record/patch.h"

/* A message with "[ name: note ]" behind it, wrapped; in its last paragraph when those are
 * trailers. Caller frees. */
char *resolve_message(const char *message, const char *name, const char *note);

/* The text of the last "[ name: note ]" of a message, on one line; "" for none. Caller frees. */
char *resolve_note_of(const char *message);

/* Commits `tree` on `parent` with the patch's author and date. */
ERR_CHECK resolve_commit(git_repository *repo, const struct patch *patch, const char *message,
			 const git_oid *tree, const git_oid *parent,
			 const struct repo_person *committer, git_oid *commit) MUST_USE;

/* The commit as git format-patch has it, with the id of the patch that it adapts. `folder` is for
 * temporary files. */
ERR_CHECK resolve_mail(git_repository *repo, const git_oid *parent, const git_oid *commit,
		       const char *original_id, const char *folder, struct strbuf *mail) MUST_USE;

#endif
