/* SPDX-License-Identifier: GPL-2.0 */
/*
 * out.h - results on stdout: aligned tables, colours on terminals, JSON.
 *
 * Text from mails, logs and servers goes through here, where it is made
 * printable; base/table.h lines it up and colours it.
 */
#ifndef FARRIER_OUT_H
#define FARRIER_OUT_H

#include "base/table.h"
#include "cmd.h"

enum out_color {
	OUT_PLAIN = TABLE_PLAIN,
	OUT_GOOD = TABLE_GOOD,
	OUT_BAD = TABLE_BAD,
	OUT_WARN = TABLE_WARN,
	OUT_DIM = TABLE_DIM,
	OUT_BOLD = TABLE_BOLD,
};

/* Prints one JSON document and a newline. Borrows `json`. */
void out_json(const json_t *json);

/* The same on one line, and at once: for streams of documents. */
void out_json_line(const json_t *json);

/* Prints one line, made printable, in a colour when run->color. */
void out_line(const struct run *run, enum out_color color, const char *format, ...) PRINTF(3, 4);

/* Prints a part of a line: no newline, and tabs stay. */
void out_part(const struct run *run, enum out_color color, const char *text);

/* A table: cells are text (made printable) with a colour; columns are as wide as their widest cell.
 */
struct out_table;
struct out_table *out_table_new(void);
/* Adds a cell to the row that is being filled. */
void out_table_cell(struct out_table *table, enum out_color color, const char *format, ...)
	PRINTF(3, 4);
/* The same, aligned to the right of its column. */
void out_table_number(struct out_table *table, enum out_color color, const char *format, ...)
	PRINTF(3, 4);
void out_table_end_row(struct out_table *table);
/* Prints the table with `indent` spaces before each row, and frees it. */
void out_table_print(const struct run *run, struct out_table *table, int indent);

#endif
