/* SPDX-License-Identifier: GPL-2.0 */
/* report_text.h - between the files of the text format only. */
#ifndef FARRIER_REPORT_TEXT_H
#define FARRIER_REPORT_TEXT_H

#include "base/table.h"
#include "report_part.h"

/* What a cell's state is painted in: good is what it should be. */
enum table_color report_text_color(const struct report_cell *cell);

/* A pair's answer for people: "not fixed". */
const char *report_answer_words(enum matrix_pair_answer answer);

/* The sections below the matrix; each ends with an empty line, or is not there. */
void report_text_evidence(const struct report *report, struct strbuf *out);
void report_text_changes(const struct report *report, struct strbuf *out);
void report_text_cells(const struct report *report, struct strbuf *out);

#endif
