/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mail_inbox.h - the thread of a mail, out of a public-inbox git repository.
 *
 * public-inbox keeps mails as blobs (public-inbox-v1-format(5), -v2-format(5)):
 *
 *     v2   INBOX/git/N.git, epoch N; one of them, or a clone of one, is an inbox
 *          too. Each commit is a mail: its tree has the file "m", or "d" with a
 *          mail that is deleted by it.
 *     v1   one repository; a mail is the file XX/YYY..., named by the SHA-1 of its
 *          Message-ID.
 *
 * Nothing is checked out. The history is read from its newest end until the mail
 * is found and a little further, headers only; what was sent after it (replies,
 * newer versions of the series) is known by then.
 */
#ifndef FARRIER_MAIL_INBOX_H
#define FARRIER_MAIL_INBOX_H

#include "mail_part.h"

/* How far is read: mails until the one is found, and mails before it. */
#define MAIL_INBOX_MAX	  400000
#define MAIL_INBOX_BEFORE 2000

/* Whether a folder is such an inbox or one of its repositories. */
bool mail_inbox_is(const char *path);

/*
 * Writes the mails of the thread into files below `folder`, and those of threads
 * with the same title and sender. `inbox` is a path or a URL of git's; what is
 * behind a URL is fetched into the cache first, once, then what is new. *found is
 * false when the inbox does not have the mail.
 */
ERR_CHECK mail_inbox_read(const struct workspace *workspace, const char *inbox,
			  const char *message_id, const char *folder, bool *found) MUST_USE;

/* What is remembered of the mails that were read. A zeroed struct is empty. */
struct mail_index {
	struct mail_index_entry *entries;
	size_t count, alloc;
	uint64_t *links; /* of all mails: hashes of the Message-IDs that they answer */
	size_t link_count, link_alloc;
	git_oid *deleted;
	size_t deleted_count;
};

void mail_release_index(struct mail_index *index);
#define MAIL_INDEX CLEANUP(mail_release_index) struct mail_index

/* Notes a mail; *matches says whether it is the one with that Message-ID. */
void mail_index_add(struct mail_index *index, const git_oid *blob, const char *text, size_t length,
		    const char *message_id, bool *matches);

/* Notes that a mail was deleted. */
void mail_index_delete(struct mail_index *index, const git_oid *blob);

/* The mails of a thread and of its other versions, oldest first: an array that the caller frees. */
git_oid *mail_index_thread(const struct mail_index *index, const char *message_id, size_t *count);

#endif
