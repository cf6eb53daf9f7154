// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "err.h"

static char *format_text(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		return xstrdup(format);
	return text;
}

static const struct err *make(enum err_kind kind, char *text)
{
	struct err *err = xcalloc(1, sizeof(*err));

	err->kind = kind;
	err->text = text;
	return err;
}

const struct err *err_input(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	return make(ERR_INPUT, text);
}

const struct err *err_env(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	return make(ERR_ENV, text);
}

const struct err *err_errno(const char *format, ...)
{
	int number = errno;
	OWNED_STR text = NULL;
	va_list args;

	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	return make(ERR_ENV, xasprintf("%s: %s", text, strerror(number)));
}

const struct err *err_interrupted(int signal)
{
	return make(ERR_INTERRUPTED, xasprintf("interrupted by SIG%s", sigabbrev_np(signal)));
}

/* Errors are const for everyone but this file, which made them. */
static struct err *writable(const struct err *err)
{
	return (struct err *)(uintptr_t)err;
}

const struct err *err_context(const struct err *err, const char *format, ...)
{
	OWNED_STR context = NULL;
	OWNED_STR old = NULL;
	va_list args;

	if (!err)
		return NULL;
	va_start(args, format);
	context = format_text(format, args);
	va_end(args);
	old = err->text;
	writable(err)->text = xasprintf("%s: %s", context, old);
	return err;
}

const struct err *err_hint(const struct err *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return NULL;
	free(err->hint);
	va_start(args, format);
	writable(err)->hint = format_text(format, args);
	va_end(args);
	return err;
}

void err_free(const struct err *err)
{
	if (!err)
		return;
	free(err->text);
	free(err->hint);
	free(writable(err));
}
