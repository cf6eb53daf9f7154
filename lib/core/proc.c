// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "proc.h"
#include "spawner.h"

extern char **environ;

struct proc {
	pid_t supervisor;
	int pidfd;
	int life_fd; /* closing it ends the group */
	double began;
	struct loop *loop;
	struct loop_source *source;
	proc_callback on_exit;
	void *data;
};

#define DEFAULT_LIMIT ((size_t)64 << 20)
#define WATCH_SECONDS 0.5

static size_t name_length(const char *assignment)
{
	return strcspn(assignment, "=");
}

static bool same_name(const char *a, const char *b)
{
	size_t length = name_length(a);

	return length == name_length(b) && strncmp(a, b, length) == 0;
}

static bool is_overridden(const char *assignment, const char *const *changes)
{
	for (; changes && *changes; changes++)
		if (same_name(assignment, *changes))
			return true;
	return false;
}

static void make_environment(const char *const *changes, struct strvec *env)
{
	for (char **own = environ; *own; own++)
		if (!is_overridden(*own, changes))
			strvec_push(env, *own);
	for (; changes && *changes; changes++)
		if (strchr(*changes, '='))
			strvec_push(env, *changes);
}

static ERR_CHECK exec_error(const struct proc_spec *spec, int number)
{
	const struct err *err;

	if (number == ENOENT && spec->dir && access(spec->dir, F_OK) < 0)
		return err_env("cannot run '%s': no folder '%s'", spec->argv[0], spec->dir);
	errno = number;
	err = err_errno("cannot run '%s'", spec->argv[0]);
	return number == ENOENT ? err_hint(err, "install it; 'farrier doctor' names the package")
				: err;
}

/* An int of the report; 0 at its end. */
static int read_word(int fd)
{
	int word = 0;
	ssize_t got;

	do
		got = read(fd, &word, sizeof(word));
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(word) ? word : 0;
}

static ERR_CHECK make_pipe(int *read_end, int *write_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno("cannot make a pipe");
	*read_end = ends[0];
	*write_end = ends[1];
	return NULL;
}

static void reap(struct proc *proc, struct proc_exit *exit)
{
	struct rusage usage = { 0 };

	*exit = (struct proc_exit){ 0 };
	while (wait4(proc->supervisor, &exit->status, 0, &usage) < 0 && errno == EINTR)
		;
	exit->seconds = loop_now() - proc->began;
	exit->cpu_seconds = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
			    (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
	proc->supervisor = -1;
}

static const struct err *on_supervisor_gone(void *data, short events)
{
	struct proc *proc = data;
	struct proc_exit exit;

	(void)events;
	loop_remove(proc->loop, proc->source);
	proc->source = NULL;
	reap(proc, &exit);
	return proc->on_exit(proc->data, &exit);
}

/* What is read of the report: first whose child the supervisor is, then that it could not start. */
static ERR_CHECK watch_start(struct proc *proc, const struct proc_spec *spec, int report)
{
	int word = read_word(report);

	if (word <= 0) {
		errno = word ? -word : ECHILD;
		return err_errno("cannot fork");
	}
	proc->supervisor = word;
	proc->pidfd = (int)syscall(SYS_pidfd_open, proc->supervisor, 0);
	word = read_word(report);
	if (word)
		return exec_error(spec, word);
	if (proc->pidfd < 0)
		return err_errno("cannot open a pidfd");
	fcntl(proc->pidfd, F_SETFD, FD_CLOEXEC);
	return NULL;
}

ERR_CHECK proc_spawn(struct loop *loop, const struct proc_spec *spec, proc_callback on_exit,
		     void *data, struct proc **out)
{
	CLEANUP(proc_release) struct proc *proc = xcalloc(1, sizeof(*proc));
	OWNED_FD life = -1;
	OWNED_FD report = -1;
	OWNED_FD told = -1;
	STRVEC env = { 0 };

	*proc = (struct proc){ .pidfd = -1,
			       .life_fd = -1,
			       .began = loop_now(),
			       .loop = loop,
			       .on_exit = on_exit,
			       .data = data };
	make_environment(spec->env, &env);
	TRY(make_pipe(&life, &proc->life_fd));
	TRY(make_pipe(&report, &told));
	TRY(spawner_ask(spec, &env, life, told));
	close_fd(&told);
	told = -1;
	TRY(watch_start(proc, spec, report));
	proc->source = loop_add_fd(loop, proc->pidfd, POLLIN, on_supervisor_gone, proc);
	*out = TAKE_PTR(proc);
	return NULL;
}

void proc_stop(struct proc *proc)
{
	if (proc->life_fd >= 0)
		close(proc->life_fd);
	proc->life_fd = -1;
}

void proc_free(struct proc *proc)
{
	struct proc_exit ignored;

	if (!proc)
		return;
	proc_stop(proc);
	loop_remove(proc->loop, proc->source);
	if (proc->supervisor > 0)
		reap(proc, &ignored);
	close_fd(&proc->pidfd);
	free(proc);
}

void proc_release(struct proc **proc)
{
	proc_free(*proc);
}

bool proc_succeeded(const struct proc_exit *exit)
{
	return WIFEXITED(exit->status) && WEXITSTATUS(exit->status) == 0;
}

char *proc_describe(const struct proc_exit *exit)
{
	if (WIFSIGNALED(exit->status))
		return xasprintf("killed by SIG%s", sigabbrev_np(WTERMSIG(exit->status)));
	return xasprintf("exit code %d", WEXITSTATUS(exit->status));
}

bool proc_in_path(const char *name)
{
	STRVEC folders = { 0 };
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return access(name, X_OK) == 0;
	strvec_split(&folders, path ? path : "/usr/bin:/bin", ":");
	for (size_t i = 0; i < folders.count; i++) {
		OWNED_STR candidate = xasprintf("%s/%s", folders.items[i], name);

		if (access(candidate, X_OK) == 0)
			return true;
	}
	return false;
}

/* One running proc_run(): three streams and an exit to wait for. */
struct run {
	struct loop *loop;
	const struct proc_io *io;
	struct proc *proc;
	struct proc_exit *exit;
	size_t limit;
	int in_fd, out_fd, err_fd; /* farrier's ends; -1 once closed */
	struct loop_source *in, *out, *err, *watch;
	size_t written;
	bool exited, timed_out, done;
};

static void finish_stream(struct run *run, int *fd, struct loop_source **source)
{
	loop_remove(run->loop, *source);
	*source = NULL;
	close(*fd);
	*fd = -1;
	run->done = run->exited && run->out_fd < 0 && run->err_fd < 0;
}

static const struct err *on_writable(void *data, short events)
{
	struct run *run = data;
	const struct strbuf *input = run->io->input;
	ssize_t done = write(run->in_fd, input->buf + run->written, input->len - run->written);

	(void)events;
	if (done > 0)
		run->written += (size_t)done;
	if ((done < 0 && errno != EINTR && errno != EAGAIN) || run->written == input->len)
		finish_stream(run, &run->in_fd, &run->in);
	return NULL;
}

static const struct err *pull(struct run *run, int *fd, struct loop_source **source,
			      struct strbuf *into)
{
	char bytes[65536];
	ssize_t got = read(*fd, bytes, sizeof(bytes));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return NULL;
	if (got <= 0) {
		finish_stream(run, fd, source);
		return NULL;
	}
	strbuf_add(into, bytes, (size_t)got);
	if (into->len > run->limit)
		return err_env("printed more than %zu bytes", run->limit);
	return NULL;
}

static const struct err *on_out(void *data, short events)
{
	struct run *run = data;

	(void)events;
	return pull(run, &run->out_fd, &run->out, run->io->out);
}

static const struct err *on_err(void *data, short events)
{
	struct run *run = data;

	(void)events;
	return pull(run, &run->err_fd, &run->err, run->io->err);
}

static const struct err *on_run_exit(void *data, const struct proc_exit *exit)
{
	struct run *run = data;

	*run->exit = *exit;
	run->exited = true;
	run->done = run->out_fd < 0 && run->err_fd < 0;
	return NULL;
}

static const struct err *on_timeout(void *data, short events)
{
	struct run *run = data;

	(void)events;
	run->timed_out = true;
	proc_stop(run->proc);
	return NULL;
}

static const struct err *on_watch(void *data, short events)
{
	struct run *run = data;

	(void)events;
	loop_set_timer(run->watch, loop_now() + WATCH_SECONDS);
	return run->io->watch(run->io->data);
}

static void run_release(struct run *run)
{
	proc_free(run->proc);
	close_fd(&run->in_fd);
	close_fd(&run->out_fd);
	close_fd(&run->err_fd);
	loop_free(run->loop);
}

static ERR_CHECK stream_pipe(int *own, int *given, bool farrier_reads)
{
	TRY(farrier_reads ? make_pipe(own, given) : make_pipe(given, own));
	fcntl(*own, F_SETFL, O_NONBLOCK);
	return NULL;
}

static ERR_CHECK start_run(struct run *run, const struct proc_spec *wanted)
{
	struct proc_spec spec = *wanted;
	OWNED_FD in = -1;
	OWNED_FD out = -1;
	OWNED_FD err = -1;

	if (run->io->input) {
		TRY(stream_pipe(&run->in_fd, &in, false));
		spec.in_fd = in;
	}
	if (run->io->out) {
		TRY(stream_pipe(&run->out_fd, &out, true));
		spec.out_fd = out;
		if (!run->io->err && !spec.err_fd)
			spec.err_fd = out;
	}
	if (run->io->err) {
		TRY(stream_pipe(&run->err_fd, &err, true));
		spec.err_fd = err;
	}
	return proc_spawn(run->loop, &spec, on_run_exit, run, &run->proc);
}

ERR_CHECK proc_run(const struct proc_spec *spec, const struct proc_io *io, struct proc_exit *exit)
{
	CLEANUP(run_release)
	struct run run = { .loop = loop_new(),
			   .io = io,
			   .exit = exit,
			   .limit = io->limit ? io->limit : DEFAULT_LIMIT,
			   .in_fd = -1,
			   .out_fd = -1,
			   .err_fd = -1 };

	TRY(start_run(&run, spec));
	if (run.in_fd >= 0)
		run.in = loop_add_fd(run.loop, run.in_fd, POLLOUT, on_writable, &run);
	if (run.out_fd >= 0)
		run.out = loop_add_fd(run.loop, run.out_fd, POLLIN, on_out, &run);
	if (run.err_fd >= 0)
		run.err = loop_add_fd(run.loop, run.err_fd, POLLIN, on_err, &run);
	if (io->timeout > 0)
		loop_add_timer(run.loop, loop_now() + io->timeout, on_timeout, &run);
	if (io->watch)
		run.watch = loop_add_timer(run.loop, loop_now() + WATCH_SECONDS, on_watch, &run);
	TRY(err_context(loop_run(run.loop, &run.done), "'%s'", spec->argv[0]));
	if (run.timed_out)
		return err_env("'%s' did not end within %.0f s", spec->argv[0], io->timeout);
	return NULL;
}

static char *last_line(const struct strbuf *text)
{
	STRVEC lines = { 0 };
	STRBUF safe = { 0 };

	strvec_split(&lines, strbuf_str(text), "\r\n");
	if (lines.count)
		strbuf_add_printable(&safe, lines.items[lines.count - 1],
				     strlen(lines.items[lines.count - 1]));
	return strbuf_detach(&safe);
}

ERR_CHECK proc_run_ok(const struct proc_spec *spec, const struct proc_io *wanted)
{
	STRBUF own_err = { 0 };
	struct proc_io io = wanted ? *wanted : (struct proc_io){ 0 };
	struct proc_exit exit;
	OWNED_STR why = NULL;
	OWNED_STR said = NULL;

	if (!io.err)
		io.err = &own_err;
	TRY(proc_run(spec, &io, &exit));
	if (proc_succeeded(&exit))
		return NULL;
	why = proc_describe(&exit);
	said = last_line(io.err);
	return err_env("'%s' failed with %s%s%s", spec->argv[0], why, *said ? ": " : "", said);
}
