/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mail_net.h - mails from a public-inbox server such as lore.kernel.org.
 *
 * Such a server (https://public-inbox.org/) gives for every inbox at BASE:
 *
 *     BASE/MESSAGE-ID/t.mbox.gz       the whole thread of a mail, an mboxrd
 *     POST BASE/?x=m&t=1&q=QUERY      the threads of all mails that match, the same way
 *
 * What it sends is taken for nothing but bytes until it looks like mail: a web
 * page, an archive that is cut off, or more than the limit is an error.
 */
#ifndef FARRIER_MAIL_NET_H
#define FARRIER_MAIL_NET_H

#include "mail_part.h"

/* Where a mail is. A zeroed struct is nowhere. */
struct mail_place {
	char *message_id; /* without <>, or NULL: only the URL is known */
	char *archive;	  /* URL of the inbox, ends with '/'; NULL without a Message-ID */
	char *url;	  /* as it was given, or NULL: only the Message-ID was */
};

void mail_release_place(struct mail_place *place);
#define MAIL_PLACE CLEANUP(mail_release_place) struct mail_place

/*
 * Reads what was given: a Message-ID with or without <>, or a URL. One that has a
 * Message-ID in its path (https://lore.kernel.org/LIST/MESSAGE-ID/...) means its
 * thread; of one without a list (/r/MESSAGE-ID, https://patch.msgid.link/MESSAGE-ID)
 * the workspace's archive is asked. ERR_INPUT when it is none of these.
 */
ERR_CHECK mail_net_parse(const char *source, const struct workspace *workspace,
			 struct mail_place *place) MUST_USE;

/* Whether an argument can only mean a mail somewhere else: a URL, or a Message-ID and no file. */
bool mail_net_is_place(const char *source);

/*
 * Writes the thread (or what the URL is) as an mbox to `path`, and says in *from
 * which URL it came from. A mail that the archive does not know is ERR_INPUT,
 * all that a server may do wrong is ERR_ENV.
 */
ERR_CHECK mail_net_fetch(const struct workspace *workspace, const struct mail_place *place,
			 const char *path, char **from) MUST_USE;

/*
 * Writes the threads of the mails with this title and sender to `path`. *found says
 * whether there are any; *why is the reason when the archive cannot be searched.
 * The caller frees it.
 */
ERR_CHECK mail_net_search(const struct workspace *workspace, const char *archive, const char *title,
			  const char *address, const char *path, bool *found, char **why) MUST_USE;

#endif
