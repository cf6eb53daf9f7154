/* SPDX-License-Identifier: GPL-2.0 */
/*
 * machine_qmp.h - QEMU's machine protocol, as much of it as a boot needs.
 *
 * JSON objects, one a line, over a socket: a greeting, then commands and their
 * answers by "id", and events in between (QEMU's docs/interop/qmp-spec). A peer
 * that talks no QMP, or none any more, is no error: nothing is answered then,
 * and the process' end decides.
 */
#ifndef FARRIER_MACHINE_QMP_H
#define FARRIER_MACHINE_QMP_H

#include "core/loop.h"
#include "core/store.h"

struct machine_qmp;

/* `details` is the event's "data", an object, borrowed; or NULL. */
typedef const struct err *(*machine_qmp_event)(void *data, const char *event,
					       const json_t *details);
/* The text that a monitor command printed. */
typedef const struct err *(*machine_qmp_reply)(void *data, const char *text);

/* Takes the descriptor, of a stream socket, and begins the handshake. */
struct machine_qmp *machine_qmp_new(struct loop *loop, int fd, machine_qmp_event on_event,
				    void *data);
/* NULL does nothing. */
void machine_qmp_free(struct machine_qmp *qmp);

/* Sends a command without arguments, whose answer is not waited for. */
void machine_qmp_send(struct machine_qmp *qmp, const char *command);

/* Runs a command of QEMU's human monitor; without an answer `on_reply` does not come. */
void machine_qmp_monitor(struct machine_qmp *qmp, const char *command, machine_qmp_reply on_reply);

/* Reads what is there without waiting: for events that came just before the end. */
ERR_CHECK machine_qmp_drain(struct machine_qmp *qmp) MUST_USE;

#endif
