// SPDX-License-Identifier: GPL-2.0
/*
 * machine_qemu.c - machines that QEMU models, one process a run.
 *
 * The guest's serial port is QEMU's standard output, a pipe that ends here. What
 * QEMU itself says on standard error is kept apart: it is why a run failed. QMP
 * goes over a socket that QEMU inherits, so there is no path to clean up, and
 * the process ends with farrier (proc.h) however farrier ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/file.h"
#include "machine_kind.h"
#include "machine_qmp.h"
#include "core/proc.h"

/* What QEMU may say of itself before the rest is dropped. */
#define MAX_WORDS ((size_t)64 << 10)

/* How long QEMU may take to follow "quit" before its process is ended. */
#define QUIT_SECONDS 1.0

struct qemu {
	struct machine_run *run;
	struct proc *proc;
	struct machine_qmp *qmp;
	int console_fd, words_fd; /* -1 once at their end */
	struct loop_source *console, *words, *started, *quit_timer;
	struct strbuf said; /* on standard error */
	bool guest_ended;   /* a SHUTDOWN event said so */
	bool guest_reset;   /* and that it was a reset */
	bool running;	    /* the watcher knows that it runs */
	char *outside;	    /* reason of a SHUTDOWN that neither the guest nor farrier asked for */
	struct strbuf registers; /* answers to inspect, as they came */
};

static const struct err *open_qemu(const struct machine_conf *conf, void **state)
{
	(void)state;
	if (!*conf->qemu || !*conf->model)
		return err_hint(err_input("'%s': 'machine.%s' is missing", conf->path,
					  *conf->qemu ? "model" : "qemu"),
				"it names the %s",
				*conf->qemu ? "machine that QEMU models" : "QEMU program");
	return NULL;
}

static const struct err *describe(const struct machine_conf *conf, char **version)
{
	struct proc_spec spec = { .argv = (const char *const[]){ conf->qemu, "--version", NULL } };
	STRBUF out = { 0 };

	TRY(err_hint(proc_run_ok(&spec, &(struct proc_io){ .out = &out, .timeout = 20 }),
		     "'farrier doctor' says what to install"));
	*version = xstrndup(strbuf_str(&out), strcspn(strbuf_str(&out), "\n"));
	return NULL;
}

static void make_argv(const struct machine_run *run, int qmp_fd, struct strvec *argv)
{
	const struct machine_conf *conf = run->machine->conf;

	strvec_push_all(argv,
			(const char *const[]){ conf->qemu, "-no-user-config", "-nodefaults",
					       "-display", "none", "-nic", "none", "-no-reboot",
					       "-machine", conf->model, "-m", conf->memory, NULL });
	if (*conf->accel)
		strvec_push_all(argv, (const char *const[]){ "-accel", conf->accel, NULL });
	strvec_push(argv, "-smp");
	strvec_pushf(argv, "%d", run->job.cpus);
	strvec_push_all(argv,
			(const char *const[]){ "-chardev", "stdio,id=console,signal=off", "-serial",
					       "chardev:console", "-chardev", NULL });
	strvec_pushf(argv, "socket,id=qmp,fd=%d", qmp_fd);
	strvec_push_all(argv, (const char *const[]){ "-mon", "chardev=qmp,mode=control", "-kernel",
						     run->job.kernel, "-append", run->job.cmdline,
						     NULL });
	if (run->job.initrd)
		strvec_push_all(argv, (const char *const[]){ "-initrd", run->job.initrd, NULL });
}

static void close_stream(struct qemu *qemu, int *fd, struct loop_source **source)
{
	loop_remove(qemu->run->loop, *source);
	*source = NULL;
	close_fd(fd);
	*fd = -1;
}

/* Once, before anything else is told. */
static ERR_CHECK tell_running(struct qemu *qemu)
{
	if (qemu->running)
		return NULL;
	qemu->running = true;
	return machine_run_running(qemu->run);
}

/* One read; `*more` is false when there is nothing now or never again. */
static ERR_CHECK pull_console(struct qemu *qemu, bool *more)
{
	char bytes[65536];
	ssize_t got = read(qemu->console_fd, bytes, sizeof(bytes));

	*more = got > 0 || (got < 0 && errno == EINTR);
	if (got > 0)
		return machine_run_console(qemu->run, bytes, (size_t)got);
	if (got == 0 || (errno != EAGAIN && errno != EINTR))
		close_stream(qemu, &qemu->console_fd, &qemu->console);
	return NULL;
}

static const struct err *on_console(void *data, short events)
{
	bool more;

	(void)events;
	TRY(tell_running(data));
	return pull_console(data, &more);
}

static void pull_words(struct qemu *qemu, bool *more)
{
	char bytes[4096];
	ssize_t got = read(qemu->words_fd, bytes, sizeof(bytes));

	*more = got > 0 || (got < 0 && errno == EINTR);
	if (got > 0 && qemu->said.len < MAX_WORDS)
		strbuf_add(&qemu->said, bytes, (size_t)got);
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		close_stream(qemu, &qemu->words_fd, &qemu->words);
}

static const struct err *on_words(void *data, short events)
{
	bool more;

	(void)events;
	pull_words(data, &more);
	return NULL;
}

static const struct err *on_event(void *data, const char *event, const json_t *details)
{
	struct qemu *qemu = data;
	const char *reason = store_get_string(details, "reason", "unknown reason");

	if (!str_equal(event, "SHUTDOWN"))
		return NULL;
	if (store_get_bool(details, "guest", false)) {
		qemu->guest_ended = true;
		qemu->guest_reset = str_equal(reason, "guest-reset");
	} else if (!qemu->run->stopping && !qemu->outside) {
		qemu->outside = xstrdup(reason);
	}
	return NULL;
}

/* Everything that was written before the process was gone is in the pipes by now. */
static ERR_CHECK drain(struct qemu *qemu)
{
	bool more = true;

	while (qemu->console_fd >= 0 && more)
		TRY(pull_console(qemu, &more));
	for (more = true; qemu->words_fd >= 0 && more;)
		pull_words(qemu, &more);
	return machine_qmp_drain(qemu->qmp);
}

/* QEMU's last words, on one line. */
static char *last_words(const struct qemu *qemu)
{
	STRVEC lines = { 0 };
	STRBUF safe = { 0 };

	strvec_split(&lines, strbuf_str(&qemu->said), "\r\n");
	if (lines.count) {
		const char *last = lines.items[lines.count - 1];

		strbuf_adds(&safe, ": ");
		strbuf_add_printable(&safe, last, strnlen(last, 1000));
	}
	return strbuf_detach(&safe);
}

/* NULL when the run did not fail. The caller frees it. */
static char *failure(const struct qemu *qemu, const struct proc_exit *exit)
{
	const char *program = file_base_name(qemu->run->machine->conf->qemu);
	OWNED_STR words = last_words(qemu);
	OWNED_STR how = proc_describe(exit);

	if (qemu->run->stopping || qemu->guest_ended)
		return NULL;
	if (qemu->outside)
		return xasprintf("%s was ended from outside (%s)%s", program, qemu->outside,
				 words ? words : "");
	if (proc_succeeded(exit))
		return NULL;
	return xasprintf("%s failed: %s%s", program, how, words ? words : "");
}

static const struct err *on_exit_of_qemu(void *data, const struct proc_exit *exit)
{
	struct qemu *qemu = data;
	OWNED_STR text = NULL;
	struct machine_end end = { .text = "",
				   .seconds = exit->seconds,
				   .cpu_seconds = exit->cpu_seconds };

	TRY(tell_running(qemu));
	TRY(drain(qemu));
	text = failure(qemu, exit);
	if (text) {
		end.how = MACHINE_FAILED;
		end.text = text;
	} else {
		end.how = qemu->guest_reset			      ? MACHINE_RESET
			  : qemu->guest_ended || !qemu->run->stopping ? MACHINE_OFF
								      : MACHINE_STOPPED;
	}
	if (qemu->said.len) {
		OWNED_STR path = xasprintf("%s/machine.log", qemu->run->job.folder);

		TRY(file_write(path, qemu->said.buf, qemu->said.len));
	}
	return machine_run_end(qemu->run, &end);
}

static const struct err *on_started(void *data, short events)
{
	(void)events;
	return tell_running(data);
}

static ERR_CHECK open_pipe(int *reader, int *writer)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno("cannot make a pipe");
	*reader = ends[0];
	*writer = ends[1];
	fcntl(*reader, F_SETFL, O_NONBLOCK);
	return NULL;
}

static ERR_CHECK spawn(struct qemu *qemu, int console, int words, int qmp)
{
	STRVEC argv = { 0 };
	struct proc_spec spec = {
		.out_fd = console, .err_fd = words, .keep_fds = &qmp, .keep_count = 1
	};

	make_argv(qemu->run, qmp, &argv);
	spec.argv = (const char *const *)argv.items;
	return proc_spawn(qemu->run->loop, &spec, on_exit_of_qemu, qemu, &qemu->proc);
}

static const struct err *start(struct machine_run *run, void **state)
{
	struct qemu *qemu = xcalloc(1, sizeof(*qemu));
	OWNED_FD console = -1;
	OWNED_FD words = -1;
	OWNED_FD theirs = -1;
	int sockets[2];

	*qemu = (struct qemu){ .run = run, .console_fd = -1, .words_fd = -1 };
	*state = qemu;
	TRY(open_pipe(&qemu->console_fd, &console));
	TRY(open_pipe(&qemu->words_fd, &words));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return err_errno("cannot make a socket");
	theirs = sockets[1];
	qemu->qmp = machine_qmp_new(run->loop, sockets[0], on_event, qemu);
	TRY(spawn(qemu, console, words, theirs));
	qemu->console = loop_add_fd(run->loop, qemu->console_fd, POLLIN, on_console, qemu);
	qemu->words = loop_add_fd(run->loop, qemu->words_fd, POLLIN, on_words, qemu);
	qemu->started = loop_add_timer(run->loop, loop_now(), on_started, qemu);
	return NULL;
}

static const struct err *on_quit_overdue(void *data, short events)
{
	struct qemu *qemu = data;

	(void)events;
	proc_stop(qemu->proc);
	return NULL;
}

static void stop(void *state)
{
	struct qemu *qemu = state;

	machine_qmp_send(qemu->qmp, "quit");
	qemu->quit_timer = loop_add_timer(qemu->run->loop, loop_now() + QUIT_SECONDS,
					  on_quit_overdue, qemu);
}

static const struct err *on_registers(void *data, const char *text)
{
	struct qemu *qemu = data;
	OWNED_STR path = xasprintf("%s/registers.txt", qemu->run->job.folder);

	for (; *text; text++)
		if (*text != '\r')
			strbuf_addc(&qemu->registers, *text);
	return file_write(path, strbuf_str(&qemu->registers), qemu->registers.len);
}

static void inspect(void *state)
{
	struct qemu *qemu = state;

	machine_qmp_monitor(qemu->qmp, "info cpus", on_registers);
	machine_qmp_monitor(qemu->qmp, "info registers -a", on_registers);
}

static void free_qemu(void *state)
{
	struct qemu *qemu = state;
	struct loop *loop = qemu->run->loop;

	proc_free(qemu->proc);
	machine_qmp_free(qemu->qmp);
	close_stream(qemu, &qemu->console_fd, &qemu->console);
	close_stream(qemu, &qemu->words_fd, &qemu->words);
	loop_remove(loop, qemu->started);
	loop_remove(loop, qemu->quit_timer);
	free(qemu->outside);
	strbuf_release(&qemu->said);
	strbuf_release(&qemu->registers);
	free(qemu);
}

const struct machine_kind machine_qemu = {
	.name = "qemu",
	.here = true,
	.open = open_qemu,
	.describe = describe,
	.start = start,
	.stop = stop,
	.inspect = inspect,
	.free = free_qemu,
};
