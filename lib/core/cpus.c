// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cpus.h"

struct cpus_claim {
	struct cpus *cpus;
	int share;
	bool granted;
	cpus_callback callback;
	void *data;
	struct cpus_claim *next; /* the one that waits behind it */
};

struct cpus_jobserver {
	struct cpus *cpus;
	int fds[2]; /* read and write end, make's */
	int own_fd; /* another read end: non-blocking here does not make it so for make */
	int lent;
	struct loop_source *watch; /* only while somebody waits */
	struct cpus_jobserver *next;
};

struct cpus {
	struct loop *loop;
	int total, idle;	    /* hundredths of a CPU */
	struct cpus_claim *waiting; /* first come, first served */
	struct cpus_jobserver *jobservers;
	struct loop_source *settle;
};

static const struct err *on_settle(void *data, short events);

struct cpus *cpus_new(struct loop *loop, int total)
{
	struct cpus *cpus = xcalloc(1, sizeof(*cpus));

	cpus->loop = loop;
	cpus->total = (total > 0 ? total : 1) * CPUS_ONE;
	cpus->idle = cpus->total;
	cpus->settle = loop_add_timer(loop, loop_now(), on_settle, cpus);
	return cpus;
}

void cpus_free(struct cpus *cpus)
{
	if (!cpus)
		return;
	loop_remove(cpus->loop, cpus->settle);
	free(cpus);
}

void cpus_release(struct cpus **cpus)
{
	cpus_free(*cpus);
}

int cpus_idle(const struct cpus *cpus)
{
	return cpus->idle;
}

/* Everything is decided in the loop, so that no callback comes from within a call. */
static void settle_soon(struct cpus *cpus)
{
	loop_set_timer(cpus->settle, loop_now());
}

struct cpus_claim *cpus_claim(struct cpus *cpus, int share, cpus_callback callback, void *data)
{
	struct cpus_claim *claim = xcalloc(1, sizeof(*claim));
	struct cpus_claim **last = &cpus->waiting;

	share = share < 1 ? 1 : share;
	*claim = (struct cpus_claim){ .cpus = cpus,
				      .share = share < cpus->total ? share : cpus->total,
				      .callback = callback,
				      .data = data };
	while (*last)
		last = &(*last)->next;
	*last = claim;
	settle_soon(cpus);
	return claim;
}

static void leave_queue(struct cpus_claim *claim)
{
	struct cpus_claim **link = &claim->cpus->waiting;

	while (*link && *link != claim)
		link = &(*link)->next;
	if (*link)
		*link = claim->next;
}

void cpus_unclaim(struct cpus_claim *claim)
{
	if (!claim)
		return;
	if (claim->granted)
		claim->cpus->idle += claim->share;
	else
		leave_queue(claim);
	settle_soon(claim->cpus);
	free(claim);
}

/* Takes tokens out of the pipes until the first in the queue has enough. */
static void take_back(struct cpus *cpus)
{
	int wanted = cpus->waiting->share;
	char token;

	for (struct cpus_jobserver *js = cpus->jobservers; js; js = js->next)
		while (cpus->idle < wanted && js->lent > 0 && read(js->own_fd, &token, 1) == 1) {
			js->lent--;
			cpus->idle += CPUS_ONE;
		}
}

static const struct err *on_token(void *data, short events)
{
	(void)events;
	return on_settle(data, 0);
}

static void watch_pipes(struct cpus *cpus, bool wanted)
{
	for (struct cpus_jobserver *js = cpus->jobservers; js; js = js->next) {
		if (wanted && !js->watch)
			js->watch = loop_add_fd(cpus->loop, js->own_fd, POLLIN, on_token, cpus);
		if (!wanted)
			loop_remove(cpus->loop, TAKE_PTR(js->watch));
	}
}

static struct cpus_jobserver *poorest(struct cpus *cpus)
{
	struct cpus_jobserver *found = cpus->jobservers;

	for (struct cpus_jobserver *js = cpus->jobservers; js; js = js->next)
		if (js->lent < found->lent)
			found = js;
	return found;
}

static ERR_CHECK lend_spare(struct cpus *cpus)
{
	while (cpus->idle >= CPUS_ONE && cpus->jobservers) {
		struct cpus_jobserver *js = poorest(cpus);
		ssize_t done = write(js->fds[1], "+", 1);

		if (done < 0 && errno == EINTR)
			continue;
		if (done != 1)
			return err_errno("cannot write to make's jobserver");
		js->lent++;
		cpus->idle -= CPUS_ONE;
	}
	return NULL;
}

static const struct err *on_settle(void *data, short events)
{
	struct cpus *cpus = data;

	(void)events;
	while (cpus->waiting) {
		struct cpus_claim *claim = cpus->waiting;

		take_back(cpus);
		if (cpus->idle < claim->share)
			break;
		cpus->waiting = claim->next;
		cpus->idle -= claim->share;
		claim->granted = true;
		TRY(claim->callback(claim->data));
	}
	watch_pipes(cpus, cpus->waiting != NULL);
	return cpus->waiting ? NULL : lend_spare(cpus);
}

static ERR_CHECK open_pipe(struct cpus_jobserver *jobserver)
{
	OWNED_STR path = NULL;

	if (pipe2(jobserver->fds, O_CLOEXEC) < 0)
		return err_errno("cannot make a pipe");
	path = xasprintf("/proc/self/fd/%d", jobserver->fds[0]);
	jobserver->own_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (jobserver->own_fd < 0)
		return err_errno("cannot open '%s'", path);
	return NULL;
}

static void close_pipe(struct cpus_jobserver *jobserver)
{
	close_fd(&jobserver->fds[0]);
	close_fd(&jobserver->fds[1]);
	close_fd(&jobserver->own_fd);
}

ERR_CHECK cpus_open_jobserver(struct cpus *cpus, struct cpus_jobserver **out)
{
	struct cpus_jobserver *jobserver = xcalloc(1, sizeof(*jobserver));
	const struct err *err;

	*jobserver = (struct cpus_jobserver){ .cpus = cpus, .fds = { -1, -1 }, .own_fd = -1 };
	err = open_pipe(jobserver);
	if (err) {
		close_pipe(jobserver);
		free(jobserver);
		return err;
	}
	jobserver->next = cpus->jobservers;
	cpus->jobservers = jobserver;
	settle_soon(cpus);
	*out = jobserver;
	return NULL;
}

void cpus_close_jobserver(struct cpus_jobserver *jobserver)
{
	struct cpus_jobserver **link;

	if (!jobserver)
		return;
	link = &jobserver->cpus->jobservers;
	while (*link != jobserver)
		link = &(*link)->next;
	*link = jobserver->next;
	loop_remove(jobserver->cpus->loop, jobserver->watch);
	jobserver->cpus->idle += jobserver->lent * CPUS_ONE;
	settle_soon(jobserver->cpus);
	close_pipe(jobserver);
	free(jobserver);
}

const int *cpus_jobserver_fds(const struct cpus_jobserver *jobserver)
{
	return jobserver->fds;
}

int cpus_jobserver_lent(const struct cpus_jobserver *jobserver)
{
	return jobserver->lent;
}

char *cpus_jobserver_makeflags(const struct cpus_jobserver *jobserver)
{
	return xasprintf("MAKEFLAGS= -j --jobserver-auth=%d,%d", jobserver->fds[0],
			 jobserver->fds[1]);
}
