// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <time.h>

#include "base/interrupt.h"
#include "loop.h"
#include "base/progress.h"

struct loop_source {
	int fd; /* -1: a timer */
	short events;
	double when; /* INFINITY: disarmed, or a descriptor */
	bool removed;
	loop_callback callback;
	void *data;
	struct loop_source *next;
};

struct loop {
	struct loop_source *sources;
	size_t count;
	bool dispatching;
};

/* The live line's clock moves at least this often while the loop waits. */
#define TICK_SECONDS 0.5

struct loop *loop_new(void)
{
	return xcalloc(1, sizeof(struct loop));
}

void loop_free(struct loop *loop)
{
	struct loop_source *source = loop->sources;

	while (source) {
		struct loop_source *next = source->next;

		free(source);
		source = next;
	}
	free(loop);
}

void loop_release(struct loop **loop)
{
	if (*loop)
		loop_free(*loop);
}

double loop_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct loop_source *add(struct loop *loop, struct loop_source made)
{
	struct loop_source *source = xmalloc(sizeof(*source));

	*source = made;
	source->next = loop->sources;
	loop->sources = source;
	loop->count++;
	return source;
}

struct loop_source *loop_add_fd(struct loop *loop, int fd, short events, loop_callback callback,
				void *data)
{
	return add(loop, (struct loop_source){ .fd = fd,
					       .events = events,
					       .when = INFINITY,
					       .callback = callback,
					       .data = data });
}

struct loop_source *loop_add_timer(struct loop *loop, double when, loop_callback callback,
				   void *data)
{
	return add(loop, (struct loop_source){
				 .fd = -1, .when = when, .callback = callback, .data = data });
}

void loop_set_timer(struct loop_source *timer, double when)
{
	timer->when = when;
}

/* Frees what was removed; not while callbacks run, which may hold the list. */
static void sweep(struct loop *loop)
{
	struct loop_source **link = &loop->sources;

	if (loop->dispatching)
		return;
	while (*link) {
		struct loop_source *source = *link;

		if (!source->removed) {
			link = &source->next;
			continue;
		}
		*link = source->next;
		free(source);
		loop->count--;
	}
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	if (!source)
		return;
	source->removed = true;
	sweep(loop);
}

static double next_deadline(const struct loop *loop)
{
	double when = loop_now() + TICK_SECONDS;

	for (const struct loop_source *source = loop->sources; source; source = source->next)
		if (source->when < when)
			when = source->when;
	return when;
}

static int milliseconds_until(double when)
{
	double left = ceil((when - loop_now()) * 1000);

	return left > 0 ? (int)left : 0;
}

static const struct err *dispatch_timers(struct loop *loop)
{
	double now = loop_now();

	for (struct loop_source *source = loop->sources; source; source = source->next) {
		if (source->removed || source->when > now)
			continue;
		source->when = INFINITY;
		TRY(source->callback(source->data, 0));
	}
	return NULL;
}

static const struct err *dispatch_fds(const struct pollfd *polled, struct loop_source **polled_for,
				      size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (polled[i].revents && !polled_for[i]->removed)
			TRY(polled_for[i]->callback(polled_for[i]->data, polled[i].revents));
	return NULL;
}

static const struct err *run_once(struct loop *loop)
{
	CLEANUP(free_ptr) struct pollfd *polled = xcalloc(loop->count, sizeof(*polled));
	CLEANUP(free_ptr)
	struct loop_source **polled_for = xcalloc(loop->count, sizeof(*polled_for));
	const struct err *err;
	size_t count = 0;
	int ready;

	for (struct loop_source *source = loop->sources; source; source = source->next) {
		if (source->fd < 0)
			continue;
		polled[count] = (struct pollfd){ .fd = source->fd, .events = source->events };
		polled_for[count++] = source;
	}
	ready = poll(polled, count, milliseconds_until(next_deadline(loop)));
	if (ready < 0 && errno != EINTR)
		return err_errno("cannot poll");
	TRY(interrupt_check());
	progress_tick();
	loop->dispatching = true;
	err = ready > 0 ? dispatch_fds(polled, polled_for, count) : NULL;
	if (!err)
		err = dispatch_timers(loop);
	loop->dispatching = false;
	sweep(loop);
	return err;
}

ERR_CHECK loop_run(struct loop *loop, const bool *done)
{
	while (!*done)
		TRY(run_once(loop));
	return NULL;
}
