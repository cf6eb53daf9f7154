// SPDX-License-Identifier: GPL-2.0
/* diff_binary.c - the data of a "GIT binary patch", found but not decoded. */
#include "diff_internal.h"

/* A line of data is a letter for its length and at most 52 bytes in base 85: git's base85.c. */
#define LONGEST_LINE 66

static bool starts_section(const struct diff_scan *scan)
{
	return diff_line_is(scan, "literal ") || diff_line_is(scan, "delta ");
}

static bool is_blank(const struct diff_scan *scan)
{
	size_t length = diff_line_length(scan);

	return length == 0 || (length == 1 && *scan->at == '\r');
}

static bool is_data(const struct diff_scan *scan)
{
	size_t length = diff_line_length(scan);
	char c = *scan->at | 0x20;

	return length > 1 && length <= LONGEST_LINE + 1 && c >= 'a' && c <= 'z' &&
	       !memchr(scan->at, ' ', length);
}

/* One direction: "literal SIZE" or "delta SIZE", its lines, and an empty one. */
static ERR_CHECK read_section(struct diff_scan *scan, struct diff_data *data)
{
	data->text = scan->at;
	data->line = scan->line;
	diff_next_line(scan);
	while (scan->at < scan->end && !is_blank(scan)) {
		if (!is_data(scan))
			return diff_refuse(scan, scan->line,
					   "a line of a binary patch that cannot be read");
		diff_next_line(scan);
	}
	data->length = (size_t)(scan->at - data->text);
	if (scan->at < scan->end)
		diff_next_line(scan);
	return NULL;
}

ERR_CHECK diff_parse_binary(struct diff_scan *scan, struct diff_file *file)
{
	file->binary = true;
	diff_next_line(scan);
	if (!starts_section(scan))
		return diff_refuse(scan, scan->line, "a binary patch without data");
	TRY(read_section(scan, &file->forward));
	return starts_section(scan) ? read_section(scan, &file->reverse) : NULL;
}
