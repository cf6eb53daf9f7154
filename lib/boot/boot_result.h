/* SPDX-License-Identifier: GPL-2.0 */
/* boot_result.h - between boot.c and boot_result.c: what the judge found, into the boot. */
#ifndef FARRIER_BOOT_RESULT_H
#define FARRIER_BOOT_RESULT_H

#include "boot.h"
#include "judge/judge.h"

/* Takes the text. */
void boot_set_text(struct boot *boot, char *text);

/* Ends the judge as the machine ended, and takes verdict, cause and reason over. */
void boot_take_verdict(struct boot *boot, struct judge *judge, const struct machine_end *end);

/*
 * Says in the text, if nothing else does, that the guest did not run as it was
 * asked to: the kernel cut its command line, or lacks CPUs.
 */
void boot_check_guest(struct boot *boot, const struct boot_request *request,
		      const struct judge *judge);

/* Sums the rows of /proc/interrupts by the names that the request gives them. */
void boot_take_counters(struct boot *boot, const struct boot_request *request,
			const struct judge *judge);

#endif
