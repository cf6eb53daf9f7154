// SPDX-License-Identifier: GPL-2.0
/*
 * killer - kills a program with SIGKILL just before it changes a file for the N-th time.
 *
 *	killer N PROGRAM [ARGUMENT...]
 *
 * What a random moment hits once in a thousand times, between a file and the rename that
 * makes it seen, is hit for sure. Only the program itself is counted and killed, not what
 * it runs. A program that comes to its end before is let go: its exit code is the killer's,
 * and the count is said on standard error. A program that was killed gives 137.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

/*
 * Old calls are not there on every architecture. A new folder shows to the next call; most
 * calls of mkdir() only make sure.
 */
static const long changes[] = {
	SYS_renameat2, SYS_linkat, SYS_unlinkat, SYS_fsync, SYS_ftruncate,
#ifdef SYS_rename
	SYS_rename,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_link
	SYS_link,
#endif
#ifdef SYS_unlink
	SYS_unlink,
#endif
#ifdef SYS_rmdir
	SYS_rmdir,
#endif
};

static void die(const char *what)
{
	fprintf(stderr, "killer: %s: %s\n", what, strerror(errno));
	exit(125);
}

static int is_change(const struct __ptrace_syscall_info *call)
{
	if (call->op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
	if (call->entry.nr == SYS_openat)
		return (call->entry.args[2] & O_CREAT) != 0;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if ((long)call->entry.nr == changes[i])
			return 1;
	return 0;
}

static void start(char **argv)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	execvp(argv[0], argv);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	long limit = argc > 2 ? strtol(argv[1], NULL, 10) : 0, count = 0;
	pid_t pid = limit > 0 ? fork() : -1;
	int status, signal = 0;

	if (pid < 0) {
		fprintf(stderr, "usage: killer N PROGRAM [ARGUMENT...]\n");
		return 125;
	}
	if (!pid)
		start(argv + 2);
	if (waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
		die("cannot trace");
	for (;;) {
		struct __ptrace_syscall_info call;

		/* ESRCH: somebody killed it, which the status will say. */
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) < 0 && errno != ESRCH)
			die("cannot go on");
		if (waitpid(pid, &status, 0) != pid)
			die("cannot wait");
		if (!WIFSTOPPED(status))
			break;
		signal = WSTOPSIG(status);
		if (signal == SIGTRAP)
			signal = 0;
		if (signal != (SIGTRAP | 0x80))
			continue;
		signal = 0;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(call), &call) < 0)
			die("cannot read a system call");
		if (is_change(&call) && ++count == limit)
			kill(pid, SIGKILL);
	}
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	fprintf(stderr, "killer: ended after %ld changes\n", count);
	return WEXITSTATUS(status);
}
