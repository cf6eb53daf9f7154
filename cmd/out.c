// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "out.h"

void out_json(const json_t *json)
{
	OWNED_STR text = json_dumps(json,
				    JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));

	puts(text ? text : "null");
}

void out_json_line(const json_t *json)
{
	OWNED_STR text = json_dumps(json,
				    JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));

	puts(text ? text : "null");
	fflush(stdout);
}

static void put(const struct run *run, enum out_color color, const char *text)
{
	STRBUF painted = { 0 };

	table_paint(&painted, run->color, (enum table_color)color, text);
	fputs(strbuf_str(&painted), stdout);
}

void out_line(const struct run *run, enum out_color color, const char *format, ...)
{
	OWNED_STR text = NULL;
	va_list args;

	va_start(args, format);
	text = strbuf_vprintable(format, args);
	va_end(args);
	put(run, color, text);
	putchar('\n');
}

void out_part(const struct run *run, enum out_color color, const char *text)
{
	STRBUF line = { 0 };

	for (;; text++) {
		size_t length = strcspn(text, "\t");

		strbuf_add_printable(&line, text, length);
		text += length;
		if (!*text)
			break;
		strbuf_addc(&line, '\t');
	}
	if (line.len)
		put(run, color, line.buf);
}

struct out_table *out_table_new(void)
{
	return (struct out_table *)table_new();
}

void out_table_cell(struct out_table *table, enum out_color color, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	table_vcell((struct table *)table, (enum table_color)color, false, format, args);
	va_end(args);
}

void out_table_number(struct out_table *table, enum out_color color, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	table_vcell((struct table *)table, (enum table_color)color, true, format, args);
	va_end(args);
}

void out_table_end_row(struct out_table *table)
{
	table_end_row((struct table *)table);
}

void out_table_print(const struct run *run, struct out_table *table, int indent)
{
	STRBUF text = { 0 };

	table_finish((struct table *)table, run->color, indent, &text);
	fputs(strbuf_str(&text), stdout);
}
