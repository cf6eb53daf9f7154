/* SPDX-License-Identifier: GPL-2.0 */
/* evidence.h - what a boot showed, in the few words that fit into a table. */
#ifndef FARRIER_EVIDENCE_H
#define FARRIER_EVIDENCE_H

#include "core/store.h"

/* "2,449 lost, 2,425 rescued" of {NAME:N}. */
void evidence_add_counters(struct strbuf *text, const json_t *counters);

/* A console line without printk's stamp, cut to what fits, and where it is. */
void evidence_add_line(struct strbuf *text, const char *line, int boot, int number);

#endif
