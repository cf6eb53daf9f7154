// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "out.h"

struct cell {
	char *text;
	enum out_color color;
	bool right;
};

struct row {
	struct cell *cells;
	size_t count;
};

struct out_table {
	struct row *rows;
	size_t count;
	bool open; /* the last row takes more cells */
};

static const char *const color_codes[] = {
	[OUT_PLAIN] = "",	 [OUT_GOOD] = "\033[32m", [OUT_BAD] = "\033[31m",
	[OUT_WARN] = "\033[33m", [OUT_DIM] = "\033[2m",	  [OUT_BOLD] = "\033[1m",
};

void out_json(const json_t *json)
{
	OWNED_STR text = json_dumps(json,
				    JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));

	puts(text ? text : "null");
}

static void put(const struct run *run, enum out_color color, const char *text)
{
	if (run->color && color != OUT_PLAIN)
		printf("%s%s\033[0m", color_codes[color], text);
	else
		fputs(text, stdout);
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
	return xcalloc(1, sizeof(struct out_table));
}

static void add_cell(struct out_table *table, struct cell cell)
{
	struct row *row;

	if (!table->open) {
		table->rows = xreallocarray(table->rows, table->count + 1, sizeof(*table->rows));
		table->rows[table->count++] = (struct row){ 0 };
		table->open = true;
	}
	row = &table->rows[table->count - 1];
	row->cells = xreallocarray(row->cells, row->count + 1, sizeof(*row->cells));
	row->cells[row->count++] = cell;
}

void out_table_cell(struct out_table *table, enum out_color color, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_cell(table, (struct cell){ strbuf_vprintable(format, args), color, false });
	va_end(args);
}

void out_table_number(struct out_table *table, enum out_color color, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_cell(table, (struct cell){ strbuf_vprintable(format, args), color, true });
	va_end(args);
}

void out_table_end_row(struct out_table *table)
{
	table->open = false;
}

static size_t column_width(const struct out_table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		if (column < row->count && strbuf_utf8_columns(row->cells[column].text) > width)
			width = strbuf_utf8_columns(row->cells[column].text);
	}
	return width;
}

static void print_row(const struct run *run, const struct out_table *table, const struct row *row,
		      int indent)
{
	printf("%*s", indent, "");
	for (size_t i = 0; i < row->count; i++) {
		int pad = (int)(column_width(table, i) - strbuf_utf8_columns(row->cells[i].text));
		bool last = i + 1 == row->count;

		if (row->cells[i].right)
			printf("%*s", pad, "");
		put(run, row->cells[i].color, row->cells[i].text);
		if (!last)
			printf("%*s", (row->cells[i].right ? 0 : pad) + 2, "");
	}
	putchar('\n');
}

void out_table_print(const struct run *run, struct out_table *table, int indent)
{
	for (size_t i = 0; i < table->count; i++)
		print_row(run, table, &table->rows[i], indent);
	for (size_t i = 0; i < table->count; i++) {
		for (size_t j = 0; j < table->rows[i].count; j++)
			free(table->rows[i].cells[j].text);
		free(table->rows[i].cells);
	}
	free(table->rows);
	free(table);
}
