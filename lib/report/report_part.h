/* SPDX-License-Identifier: GPL-2.0 */
/* report_part.h - between the files of the report room only. */
#ifndef FARRIER_REPORT_PART_H
#define FARRIER_REPORT_PART_H

#include "report.h"

/* "" for one, else "s". */
const char *report_plural(size_t count);

/* report_words.c: what goes into struct report_cell and struct report. The caller frees texts. */
bool report_is_on_trial(const struct matrix_run *run, const struct matrix_cell *cell);
enum report_outcome report_outcome_of(const struct matrix_run *run, const struct matrix_cell *cell);
char *report_outcome_text(const struct matrix_run *run, const struct matrix_cell *cell);
char *report_why(const struct report *report);

/* report_evidence.c: finds the boot, and reads its log. */
void report_find_evidence(const struct workspace *workspace, const struct matrix_cell *cell,
			  struct report_evidence *evidence);
void report_release_evidence(struct report_evidence *evidence);

/*
 * report_commands.c: the commands that show a cell again. `evidence` names the log that farrier
 * judge is to read.
 */
void report_find_commands(const struct report *report, const struct report_cell *cell,
			  struct strvec *commands);

/*
 * report_escape.c: text for XML 1.0 and for HTML, in an element or in an attribute in either kind
 * of quotes. LF and tab stay; other control characters, bad UTF-8, what turns the direction of
 * writing, and the characters that XML 1.0 forbids (section 2.2, "Char") become \xNN, as on a
 * terminal: a reader sees what was there.
 */
void report_add_escaped(struct strbuf *out, const char *text, size_t length);
void report_adds_escaped(struct strbuf *out, const char *text);

/*
 * The evidence as plain lines, each printable and with its number, the cause marked with ">"; and
 * why there are none.
 */
void report_add_evidence_lines(const struct report_evidence *evidence, struct strbuf *out);

#endif
