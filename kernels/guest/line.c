// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "line.h"

static void add(struct line *line, const char *fmt, va_list args)
{
	size_t space = sizeof(line->text) - 1 - line->len; /* 1 for the newline */
	int n = vsnprintf(line->text + line->len, space, fmt, args);

	if (n > 0)
		line->len += (size_t)n < space ? (size_t)n : space - 1;
}

void line_add(struct line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(line, fmt, args);
	va_end(args);
}

void line_write(struct line *line)
{
	size_t done = 0;

	for (size_t i = 0; i < line->len; i++)
		if (line->text[i] < ' ' || line->text[i] > '~')
			line->text[i] = '?';
	line->text[line->len++] = '\n';

	while (done < line->len) {
		ssize_t n = write(STDOUT_FILENO, line->text + done, line->len - done);

		if (n < 0 && errno != EINTR)
			return;
		done += n > 0 ? (size_t)n : 0;
	}
}

void say(const char *fmt, ...)
{
	struct line line;
	va_list args;

	line.len = 0;
	va_start(args, fmt);
	add(&line, fmt, args);
	va_end(args);
	line_write(&line);
}
