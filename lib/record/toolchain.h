/* SPDX-License-Identifier: GPL-2.0 */
/* toolchain.h - which compiler and linker an architecture is built with. */
#ifndef FARRIER_TOOLCHAIN_H
#define FARRIER_TOOLCHAIN_H

#include "target.h"

struct toolchain {
	char *compiler; /* first line of CROSSgcc --version */
	char *linker;	/* first line of CROSSld --version */
};

void toolchain_release(struct toolchain *toolchain);
#define TOOLCHAIN CLEANUP(toolchain_release) struct toolchain

/* Asks the programs, which takes a few milliseconds. A missing one is ERR_ENV. */
ERR_CHECK toolchain_read(const struct arch *arch, struct toolchain *toolchain) MUST_USE;

/* Whether what a tool said in the C locale is that the machine is at its end: a full disk, no
 * memory, a compiler that was killed. */
bool toolchain_blames_machine(const char *said);

#endif
