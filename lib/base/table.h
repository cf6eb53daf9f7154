/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table.h - text for people: colours, and columns that line up.
 *
 * Text is made printable here, so it may come from mails, logs and servers. Colours
 * are escape sequences, which only a terminal wants: the caller says whether.
 */
#ifndef FARRIER_TABLE_H
#define FARRIER_TABLE_H

#include "strbuf.h"

enum table_color {
	TABLE_PLAIN,
	TABLE_GOOD, /* green */
	TABLE_BAD,  /* red */
	TABLE_WARN, /* yellow */
	TABLE_DIM,
	TABLE_BOLD,
};

/* Appends a text that is printable already, in a colour when `colored`. */
void table_paint(struct strbuf *out, bool colored, enum table_color color, const char *text);

/* Appends a text, made printable. */
void table_add(struct strbuf *out, bool colored, enum table_color color, const char *format, ...)
	PRINTF(4, 5);

/* Columns are as wide as their widest cell. */
struct table;
struct table *table_new(void);

/* Adds a cell to the row that is being filled; `right` aligns it to the right of its column. */
void table_vcell(struct table *table, enum table_color color, bool right, const char *format,
		 va_list args) PRINTF(4, 0);
void table_cell(struct table *table, enum table_color color, const char *format, ...) PRINTF(3, 4);
void table_number(struct table *table, enum table_color color, const char *format, ...)
	PRINTF(3, 4);
/*
 * Adds a heading across the next `columns` columns, which must not be empty. Columns that are
 * narrower together are not made wider for it, so it may reach into what follows.
 */
void table_span(struct table *table, enum table_color color, size_t columns, const char *format,
		...) PRINTF(4, 5);
void table_end_row(struct table *table);

/* Appends the table with `indent` spaces before each row, and frees it. */
void table_finish(struct table *table, bool colored, int indent, struct strbuf *out);

#endif
