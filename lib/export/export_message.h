/* SPDX-License-Identifier: GPL-2.0 */
/* export_message.h - the commit message that a patch has on a stable branch. */
#ifndef FARRIER_EXPORT_MESSAGE_H
#define FARRIER_EXPORT_MESSAGE_H

#include "export.h"

/* What a message is made of. */
struct export_text {
	const char *patch;    /* the message that the patch has in the series */
	const char *recorded; /* the message of its recorded port, or NULL */
	const char
		*mainline; /* the message of the upstream commit, or NULL when it is not at hand */
	const char *upstream; /* 40 hex digits, or NULL to name none */
	enum export_line line;
	const char *dependent;		  /* what "Stable-dep-of: " names, or NULL */
	const struct repo_person *signer; /* whose Signed-off-by is added, or NULL */
};

/*
 * Puts it together: title, upstream line, original message with its trailers,
 * Stable-dep-of, the recorded port's "[ name: what was adapted ]", what trailers the
 * recorded port adds, Signed-off-by. A recorded port that changes the message otherwise is
 * taken at its word. The caller frees it.
 */
char *export_message(const struct export_text *text);

/* Whether a recorded port's message has a "[ name: what was adapted ]" of its own. */
bool export_message_has_note(const char *patch, const char *recorded);

/*
 * The upstream commit that a message names itself: "commit ID upstream." or "[ Upstream
 * commit ID ]" as its body's first line, else its last "(cherry picked from commit ID)".
 */
bool export_message_upstream(const char *message, char id[OID_HEX_SIZE]);

/* Whether a message's last line that is not empty is this person's Signed-off-by. */
bool export_message_signed_by(const char *message, const struct repo_person *person);

#endif
