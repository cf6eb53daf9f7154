// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor.h"

/* How long a group may take to end after SIGTERM. */
#define GRACE_MILLISECONDS 2000
/* The one descriptor behind 0, 1 and 2 of a process that waits. */
#define ONLY 3

static void reset_signals(void)
{
	static const int used[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(used); i++)
		signal(used[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Puts `fd` (0: /dev/null) where the program expects it. False with errno set. */
static bool place(int fd, int wanted)
{
	if (fd == 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (fd == wanted)
		return fcntl(fd, F_SETFD, 0) == 0;
	return dup2(fd, wanted) == wanted;
}

/* The descriptors are moved out of 0..2 first, so that placing one never overwrites another. */
static bool place_all(const struct proc_spec *spec)
{
	int fds[3] = { spec->in_fd, spec->out_fd, spec->err_fd };

	for (int i = 0; i < 3; i++)
		if (fds[i] > 0 && fds[i] < 3)
			fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
	for (int i = 0; i < 3; i++)
		if (!place(fds[i], i))
			return false;
	for (size_t i = 0; i < spec->keep_count; i++)
		if (fcntl(spec->keep_fds[i], F_SETFD, 0) < 0)
			return false;
	return true;
}

static _Noreturn void exec_program(const struct proc_spec *spec, char **env, int report_fd)
{
	int number;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	reset_signals();
	if ((!spec->dir || chdir(spec->dir) == 0) && place_all(spec))
		execvpe(spec->argv[0], (char *const *)(uintptr_t)spec->argv, env);
	number = errno;
	if (write(report_fd, &number, sizeof(number)) < 0)
		_exit(126);
	_exit(127);
}

/* Kills every process whose parent is now this one; true when there was any. */
static bool kill_adopted(void)
{
	char path[64];
	FILE *list;
	int pid;
	bool any = false;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	list = fopen(path, "re");
	if (!list)
		return false;
	while (fscanf(list, "%d", &pid) == 1)
		any |= kill(pid, SIGKILL) == 0;
	fclose(list);
	return any;
}

static bool wait_for(pid_t program, int milliseconds, int *status)
{
	for (int waited = 0;; waited += 20) {
		pid_t got = waitpid(program, status, WNOHANG);

		if (got == program)
			return true;
		if (waited >= milliseconds)
			return false;
		poll(NULL, 0, 20);
	}
}

static void end_group(pid_t program, int *status)
{
	kill(-program, SIGTERM);
	if (wait_for(program, GRACE_MILLISECONDS, status))
		return;
	kill(-program, SIGKILL);
	waitpid(program, status, 0);
}

/* The children of one that is killed become ours: they are killed in the next round. */
static void end_leftovers(pid_t program)
{
	int status;

	kill(-program, SIGKILL);
	while (kill_adopted())
		if (waitpid(-1, &status, WNOHANG) == 0)
			poll(NULL, 0, 1);
}

static _Noreturn void end_as(int status)
{
	struct rlimit no_core = { 0 };

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &no_core);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

/* Waits until the program ends or farrier closes its end of the life pipe. */
static void wait_until_over(pid_t program, int life_fd, int *status)
{
	int pidfd = (int)syscall(SYS_pidfd_open, program, 0);
	struct pollfd polled[2] = { { .fd = life_fd, .events = POLLIN },
				    { .fd = pidfd, .events = POLLIN } };

	while (poll(polled, 2, -1) < 0 && errno == EINTR)
		;
	if (polled[1].revents && waitpid(program, status, 0) == program)
		return;
	end_group(program, status);
}

int supervisor_keep_only(int wanted)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	/* no program gets it */
	if (wanted != ONLY)
		dup3(wanted, ONLY, O_CLOEXEC);
	else
		fcntl(ONLY, F_SETFD, FD_CLOEXEC);
	close_range(ONLY + 1, ~0U, 0);
	return ONLY;
}

_Noreturn void supervisor_main(const struct proc_spec *spec, char **env, int life_fd, int report_fd)
{
	pid_t program;
	int status = 0;

	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "farrier-watch");
	/* until it executes, it borrows this process's memory instead of copying it */
	program = vfork();
	if (program == 0)
		exec_program(spec, env, report_fd);
	if (program < 0) {
		status = errno;
		_exit(write(report_fd, &status, sizeof(status)) < 0 ? 126 : 127);
	}
	setpgid(program, program);
	life_fd = supervisor_keep_only(life_fd);
	reset_signals();
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	wait_until_over(program, life_fd, &status);
	end_leftovers(program);
	end_as(status);
}
