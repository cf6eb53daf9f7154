/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest says on the console, and what the host may rely on.
 *
 * The guest is a static program that the kernel under test runs as /init. It speaks KTAP
 * (Documentation/dev-tools/ktap.rst) with one test, and everything else in comments that
 * begin with "# farrier: ". A clean run on four CPUs:
 *
 *	KTAP version 1
 *	1..1
 *	# farrier: guest 1 test=storm seconds=10 cpus=4 threads=8
 *	# farrier: counter before RIF 0 0 0 0
 *	# farrier: heartbeat 1 progress 1234 1201 1190 1204
 *	...
 *	# farrier: counter after RIF 12 9 8 10
 *	ok 1 storm
 *	# farrier: end
 *
 * Lines are printable ASCII, at most GUEST_LINE bytes, and leave in one write(2) each. The
 * console adds CR before LF, and a kernel message may still land inside a line: the UART is
 * fed from a buffer that printk() does not wait for.
 *
 * guest V test=T seconds=N cpus=C threads=W
 *	V is GUEST_PROTOCOL; C online CPUs, W workers on all of them together. The values are
 *	those in force, which is how a host finds out that the kernel cut its command line.
 *
 * counter before|after ROW N...
 *	The row of /proc/interrupts with that name, one number per online CPU in CPU order,
 *	or "absent". Rows that count for the whole machine (ERR) have a single number.
 *
 * heartbeat K progress N...
 *	Once a second, K from 1 without gaps. N are the operations done since the start, one
 *	number per online CPU in CPU order. Heartbeats come from whichever CPU is still
 *	alive, so they may go on while every N stands still: that is a hang, as silence is.
 *	The first is due a second after the guest and counter lines, as soon as all threads
 *	are made; a kernel may hang before it.
 *	There are `seconds` of them, or up to GUEST_STOP_SECONDS more if workers do not stop.
 *
 * note TEXT
 *	Something unusual that does not change the result.
 *
 * ok 1 T, not ok 1 T: REASON
 *	The result. REASON names what failed, and on which CPU.
 *
 * Bail out! REASON
 *	Instead of a result: the guest cannot run (a bad parameter, no /proc), or it died of a
 *	signal. In the latter case no end follows, and the kernel panics.
 *
 * end
 *	The last line before power off, after a result as after a bad parameter.
 *
 * Parameters are words of the kernel command line; one that is unknown or malformed is a
 * bail out, and of a repeated one the last counts:
 *
 *	farrier.test=storm|none		none prints its result at once (default storm)
 *	farrier.seconds=N		how long, 1 to 86400 (default 10)
 *	farrier.threads=N		workers per CPU, 1 to 16 (default 2)
 *	farrier.counters=ROW,ROW...	rows of /proc/interrupts to print (default none)
 *
 * Run by hand, not as process 1, the guest takes the same words without "farrier." as
 * arguments, and interrupts=FILE in place of /proc/interrupts. It mounts nothing, does not
 * power off, and exits with 0 if the result is ok and 1 otherwise.
 */
#ifndef GUEST_PROTOCOL_H
#define GUEST_PROTOCOL_H

#define GUEST_PROTOCOL 1
#define GUEST_COMMENT  "# farrier: "
#define GUEST_LINE     4096

/* Longer than the 5 s after which the kernel's CSD debugging names a stuck CPU. */
#define GUEST_STOP_SECONDS 8

#endif
