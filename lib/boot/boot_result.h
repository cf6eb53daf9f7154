/* SPDX-License-Identifier: GPL-2.0 */
/* boot_result.h - between boot.c and boot_result.c: what the judge found, into the boot. */
#ifndef FARRIER_BOOT_RESULT_H
#define FARRIER_BOOT_RESULT_H

#include "boot.h"
#include "judge/judge.h"

/* Takes the text. */
void boot_set_text(struct boot *boot, char *text);

/*
 * Ends the judge as the machine ended (boot->ended, error and why), and takes over what it found:
 * verdict, cause and reason, and whether the guest ran as it was asked to.
 */
void boot_take_verdict(struct boot *boot, const struct boot_request *request, struct judge *judge);

void boot_drop_counters(struct boot *boot);

/* Sums the rows of /proc/interrupts by the names that the request gives them. */
void boot_take_counters(struct boot *boot, const struct boot_request *request,
			const struct judge *judge);

#endif
