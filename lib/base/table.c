// SPDX-License-Identifier: GPL-2.0
#include "table.h"

#define GAP 2 /* columns between cells */

struct cell {
	char *text;
	enum table_color color;
	bool right;
	size_t span; /* of how many columns */
};

struct row {
	struct cell *cells;
	size_t count;
};

struct table {
	struct row *rows;
	size_t count;
	bool open; /* the last row takes more cells */
};

void table_paint(struct strbuf *out, bool colored, enum table_color color, const char *text)
{
	static const char *const codes[] = {
		[TABLE_PLAIN] = "",	   [TABLE_GOOD] = "\033[32m", [TABLE_BAD] = "\033[31m",
		[TABLE_WARN] = "\033[33m", [TABLE_DIM] = "\033[2m",   [TABLE_BOLD] = "\033[1m",
	};

	if (colored && color != TABLE_PLAIN)
		strbuf_addf(out, "%s%s\033[0m", codes[color], text);
	else
		strbuf_adds(out, text);
}

void table_add(struct strbuf *out, bool colored, enum table_color color, const char *format, ...)
{
	OWNED_STR text = NULL;
	va_list args;

	va_start(args, format);
	text = strbuf_vprintable(format, args);
	va_end(args);
	table_paint(out, colored, color, text);
}

struct table *table_new(void)
{
	return xcalloc(1, sizeof(struct table));
}

static void add_cell(struct table *table, struct cell cell)
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

void table_vcell(struct table *table, enum table_color color, bool right, const char *format,
		 va_list args)
{
	add_cell(table, (struct cell){ strbuf_vprintable(format, args), color, right, 1 });
}

void table_cell(struct table *table, enum table_color color, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	table_vcell(table, color, false, format, args);
	va_end(args);
}

void table_number(struct table *table, enum table_color color, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	table_vcell(table, color, true, format, args);
	va_end(args);
}

void table_span(struct table *table, enum table_color color, size_t columns, const char *format,
		...)
{
	va_list args;

	va_start(args, format);
	add_cell(table, (struct cell){ strbuf_vprintable(format, args), color, false, columns });
	va_end(args);
}

void table_end_row(struct table *table)
{
	table->open = false;
}

/* The widths of all columns; *count is how many there are. The caller frees them. */
static size_t *column_widths(const struct table *table, size_t *count)
{
	size_t *widths = NULL;

	*count = 0;
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];
		size_t column = 0;

		for (size_t j = 0; j < row->count; column += row->cells[j].span, j++) {
			size_t end = column + row->cells[j].span;
			size_t width = strbuf_utf8_columns(row->cells[j].text);

			if (end > *count) {
				widths = xreallocarray(widths, end, sizeof(*widths));
				memset(widths + *count, 0, (end - *count) * sizeof(*widths));
				*count = end;
			}
			if (row->cells[j].span == 1 && width > widths[column])
				widths[column] = width;
		}
	}
	return widths;
}

static size_t span_width(const size_t *widths, size_t column, size_t span)
{
	size_t width = (span - 1) * GAP;

	for (size_t i = column; i < column + span; i++)
		width += widths[i];
	return width;
}

/* Cells up to the last that is not empty: what is behind it would be blanks only. */
static size_t filled_cells(const struct row *row)
{
	size_t count = row->count;

	while (count && !*row->cells[count - 1].text)
		count--;
	return count;
}

static void add_row(const struct row *row, const size_t *widths, bool colored, int indent,
		    struct strbuf *out)
{
	size_t filled = filled_cells(row), column = 0;

	if (filled)
		strbuf_addf(out, "%*s", indent, "");
	for (size_t i = 0; i < filled; column += row->cells[i].span, i++) {
		const struct cell *cell = &row->cells[i];
		size_t width = span_width(widths, column, cell->span);
		size_t used = strbuf_utf8_columns(cell->text);
		int pad = used < width ? (int)(width - used) : 0;

		if (cell->right)
			strbuf_addf(out, "%*s", pad, "");
		table_paint(out, colored, cell->color, cell->text);
		if (i + 1 < filled)
			strbuf_addf(out, "%*s", (cell->right ? 0 : pad) + GAP, "");
	}
	strbuf_addc(out, '\n');
}

static void free_table(struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		for (size_t j = 0; j < table->rows[i].count; j++)
			free(table->rows[i].cells[j].text);
		free(table->rows[i].cells);
	}
	free(table->rows);
	free(table);
}

void table_finish(struct table *table, bool colored, int indent, struct strbuf *out)
{
	size_t count;
	CLEANUP(free_ptr) size_t *widths = column_widths(table, &count);

	for (size_t i = 0; i < table->count; i++)
		add_row(&table->rows[i], widths, colored, indent, out);
	free_table(table);
}
