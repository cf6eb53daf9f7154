/* SPDX-License-Identifier: GPL-2.0 */
/* options.h - between main.c and options.c only. */
#ifndef FARRIER_OPTIONS_H
#define FARRIER_OPTIONS_H

#include "cmd.h"

extern const struct argp options_global;

/* Whether stdout is a terminal that wants colours (NO_COLOR and TERM=dumb do not). */
bool options_color_auto(void);

/* Sets the progress reporter up as the options say. */
void options_apply(const struct run *run);

#endif
