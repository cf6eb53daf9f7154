// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "task.h"

struct task {
	struct loop *loop;
	task_job job;
	task_callback callback;
	void *data;
	pthread_t thread;
	bool running; /* the thread is not joined yet */
	int done_fd;
	struct loop_source *source;
	const struct err *err; /* the job's, until it is told */
};

static void *run(void *data)
{
	struct task *task = data;

	task->err = task->job(task->data);
	/* An eventfd takes the first count at once. */
	eventfd_write(task->done_fd, 1);
	return NULL;
}

static void join(struct task *task)
{
	if (task->running)
		pthread_join(task->thread, NULL);
	task->running = false;
}

static const struct err *on_done(void *data, short events)
{
	struct task *task = data;
	const struct err *err;

	(void)events;
	join(task);
	loop_remove(task->loop, TAKE_PTR(task->source));
	err = TAKE_PTR(task->err);
	return task->callback(task->data, err);
}

/* With no signal in it: the loop's poll() is what they are to wake. */
static int create_thread(struct task *task)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&task->thread, NULL, run, task);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

static void release_task(struct task **task)
{
	task_free(*task);
}

ERR_CHECK task_start(struct loop *loop, task_job job, task_callback callback, void *data,
		     struct task **out)
{
	CLEANUP(release_task) struct task *task = xcalloc(1, sizeof(*task));

	*task = (struct task){ .loop = loop, .job = job, .callback = callback, .data = data };
	task->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (task->done_fd < 0)
		return err_errno("cannot make an eventfd");
	task->source = loop_add_fd(loop, task->done_fd, POLLIN, on_done, task);
	errno = create_thread(task);
	if (errno)
		return err_errno("cannot start a thread");
	task->running = true;
	*out = TAKE_PTR(task);
	return NULL;
}

void task_free(struct task *task)
{
	if (!task)
		return;
	join(task);
	loop_remove(task->loop, task->source);
	err_free(task->err);
	close_fd(&task->done_fd);
	free(task);
}
