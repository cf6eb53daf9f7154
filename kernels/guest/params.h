/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's parameters; protocol.h says what they are. */
#ifndef GUEST_PARAMS_H
#define GUEST_PARAMS_H

#include <stdbool.h>

#include "counters.h"

struct params {
	bool storm; /* test=storm; test=none otherwise */
	unsigned int seconds;
	unsigned int threads; /* per CPU */
	struct counters counters;
};

/* The word that is no good, and what is wrong with it; text lasts until the next one. */
struct params_error {
	char text[256];
};

void params_default(struct params *params);

/* From a kernel command line, which is cut up; words without "farrier." are not ours. */
bool params_from_cmdline(struct params *params, char *cmdline, struct params_error *error);

/* From main()'s arguments, without "farrier.", and with interrupts=FILE. */
bool params_from_args(struct params *params, char **args, struct params_error *error);

#endif
