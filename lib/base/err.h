/* SPDX-License-Identifier: GPL-2.0 */
/*
 * err.h - the one error type.
 *
 * A function that can fail returns `const struct err *`: NULL is success, and
 * anything else belongs to the caller, who returns it, adds context once where
 * that helps the reader, or frees it. Expected outcomes (a conflict, a failed
 * build, a hang) are values in records, never errors.
 *
 * Only cmd/main.c prints an error and turns its kind into an exit code.
 * Messages: lower case, no full stop, the subject in 'quotes'.
 */
#ifndef FARRIER_ERR_H
#define FARRIER_ERR_H

#include "base.h"

/* What kind of failure it is. The numbers are the exit codes of the program. */
enum err_kind {
	ERR_INPUT = 2,	       /* usage, or bad input: the user's to mend */
	ERR_ENV = 3,	       /* a tool, the disk, the network or a lab failed */
	ERR_INTERRUPTED = 130, /* a signal asked the program to stop */
};

struct err {
	enum err_kind kind;
	char *text; /* what failed, one line or more, no final newline */
	char *hint; /* what to do about it, or NULL */
};

#define ERR_CHECK const struct err *

/* Makes an error of the named kind. */
const struct err *err_input(const char *format, ...) PRINTF(1, 2) MUST_USE;
const struct err *err_env(const char *format, ...) PRINTF(1, 2) MUST_USE;

/* ERR_ENV with ": " and strerror(errno) behind the text. */
const struct err *err_errno(const char *format, ...) PRINTF(1, 2) MUST_USE;

/* ERR_INTERRUPTED, naming the signal. */
const struct err *err_interrupted(int signal) MUST_USE;

/* Puts "context: " before the text of `err`, which it takes and returns. NULL stays NULL. */
const struct err *err_context(const struct err *err, const char *format, ...) PRINTF(2, 3) MUST_USE;

/* Says what to do about it; replaces an earlier hint. Takes and returns `err`; NULL stays NULL. */
const struct err *err_hint(const struct err *err, const char *format, ...) PRINTF(2, 3) MUST_USE;

/* Frees `err`, which may be NULL: for the places where a failure does not matter. */
void err_free(const struct err *err);

/* Returns from the calling function when `expression` gives an error. */
#define TRY(expression)                                    \
	do {                                               \
		const struct err *try_err_ = (expression); \
		if (try_err_)                              \
			return try_err_;                   \
	} while (0)

#endif
