// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <stdatomic.h>

#include "interrupt.h"

/* Lock-free, so the handler may write it; every thread reads it. */
static atomic_int caught;
static atomic_bool held;

static void on_signal(int number)
{
	caught = number;
}

void interrupt_catch(void)
{
	/* Without SA_RESTART, so that poll() wakes; reset, so that the second one kills. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

const struct err *interrupt_check(void)
{
	int number = atomic_load_explicit(&caught, memory_order_relaxed);

	return number && !atomic_load_explicit(&held, memory_order_relaxed)
		       ? err_interrupted(number)
		       : NULL;
}

void interrupt_hold(bool hold)
{
	atomic_store_explicit(&held, hold, memory_order_relaxed);
}
