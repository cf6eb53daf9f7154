/* SPDX-License-Identifier: GPL-2.0 */
/*
 * strbuf.h - the one growing string, and the one growing list of strings.
 *
 * A strbuf is always NUL-terminated behind `len`, but may hold NULs before:
 * mails, logs and blobs are bytes. A zeroed struct is an empty strbuf.
 */
#ifndef FARRIER_STRBUF_H
#define FARRIER_STRBUF_H

#include <stdarg.h>

#include "base.h"

struct strbuf {
	char *buf;    /* NULL while nothing was added; see strbuf_str() */
	size_t len;   /* bytes in use, without the final NUL */
	size_t alloc; /* bytes allocated */
};

#define STRBUF CLEANUP(strbuf_release) struct strbuf

void strbuf_release(struct strbuf *sb);

/* Empties it, keeps the memory. */
void strbuf_reset(struct strbuf *sb);

/* Makes room for `extra` more bytes and the NUL. */
void strbuf_grow(struct strbuf *sb, size_t extra);

/* The content as a C string; "" when nothing was added. Valid until the next change. */
const char *strbuf_str(const struct strbuf *sb);

/* Gives the content to the caller, who frees it; the strbuf is empty afterwards. */
char *strbuf_detach(struct strbuf *sb);

void strbuf_add(struct strbuf *sb, const void *bytes, size_t length);
void strbuf_adds(struct strbuf *sb, const char *string);
void strbuf_addc(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *format, ...) PRINTF(2, 3);
void strbuf_vaddf(struct strbuf *sb, const char *format, va_list args) PRINTF(2, 0);

bool strbuf_equal(const struct strbuf *a, const struct strbuf *b);

/* Cuts white space off both ends. */
void strbuf_trim(struct strbuf *sb);

/* Shortens to `length` bytes, which is at most `len`. */
void strbuf_setlen(struct strbuf *sb, size_t length);

/*
 * Adds text from outside so that a terminal shows it and nothing more: printable
 * UTF-8 stays, control characters, escape sequences and bad UTF-8 become \xNN,
 * a tab becomes a space. Also what goes into plain reports.
 */
void strbuf_add_printable(struct strbuf *sb, const char *bytes, size_t length);

/* What strbuf_add_printable() makes of a formatted text. The caller frees it. */
char *strbuf_vprintable(const char *format, va_list args) PRINTF(1, 0);

/*
 * The length of the UTF-8 sequence that `bytes` starts with, or 0 when it is not
 * well-formed: too short, over-long, a surrogate, or past U+10FFFF (RFC 3629).
 */
size_t strbuf_utf8_length(const char *bytes, size_t left);

/* The columns of a text in UTF-8: one for each character. */
size_t strbuf_utf8_columns(const char *text);

/*
 * A list of strings that owns them; `items` ends with a NULL, so that it can be
 * an argv. A zeroed struct is an empty list whose `items` is NULL.
 */
struct strvec {
	char **items;
	size_t count;
	size_t alloc;
};

#define STRVEC CLEANUP(strvec_release) struct strvec

void strvec_release(struct strvec *vec);
void strvec_push(struct strvec *vec, const char *string);
void strvec_pushf(struct strvec *vec, const char *format, ...) PRINTF(2, 3);
/* The same unless the list has it. */
void strvec_push_new(struct strvec *vec, const char *string);
/* Takes the string. */
void strvec_push_owned(struct strvec *vec, char *string);
/* Pushes every string up to a NULL. */
void strvec_push_all(struct strvec *vec, const char *const *strings);
bool strvec_has(const struct strvec *vec, const char *string);
/* Sorts by strcmp. */
void strvec_sort(struct strvec *vec);
/* Splits at any of `separators` and pushes the non-empty words, trimmed of white space. */
void strvec_split(struct strvec *vec, const char *text, const char *separators);

#endif
