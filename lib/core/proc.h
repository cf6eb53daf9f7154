/* SPDX-License-Identifier: GPL-2.0 */
/*
 * proc.h - the one way to run other programs.
 *
 * No shell: programs get an argv. Each runs in a process group of its own under
 * a small supervisor, a child of farrier that waits for it. When farrier asks,
 * or is gone (also after kill -9, which closes its end of a pipe), the
 * supervisor ends the whole group: SIGTERM, a grace time, SIGKILL, and then
 * every descendant that had left the group, which the kernel hands to the
 * supervisor as their subreaper.
 */
#ifndef FARRIER_PROC_H
#define FARRIER_PROC_H

#include "base/err.h"
#include "loop.h"
#include "base/strbuf.h"

struct proc_spec {
	const char *const *argv;   /* NULL-terminated; argv[0] is looked up in PATH */
	const char *const *env;	   /* "NAME=VALUE" sets, "NAME" unsets, in farrier's own; or NULL */
	const char *dir;	   /* working folder, or NULL for farrier's own */
	int in_fd, out_fd, err_fd; /* what the child gets as 0, 1, 2; a zero is /dev/null */
	const int *keep_fds;	   /* further descriptors that it keeps, under the same numbers */
	size_t keep_count;
};

struct proc_exit {
	int status;	    /* as wait(2) gives it */
	double seconds;	    /* wall time */
	double cpu_seconds; /* user and system time of it and all it waited for */
};

struct proc;

/* Called once when the program and its group are gone. */
typedef const struct err *(*proc_callback)(void *data, const struct proc_exit *exit);

/*
 * Starts a program. A program that cannot be executed is ERR_ENV with a hint.
 * `*proc` is the caller's, to free.
 */
ERR_CHECK proc_spawn(struct loop *loop, const struct proc_spec *spec, proc_callback on_exit,
		     void *data, struct proc **proc) MUST_USE;

/* Asks the supervisor to end the group; on_exit still comes. */
void proc_stop(struct proc *proc);

/* Ends the program if it still runs, waits until it is gone, frees. on_exit does not come. */
void proc_free(struct proc *proc);
void proc_release(struct proc **proc);

/* Whether the program ended by itself with exit code 0. */
bool proc_succeeded(const struct proc_exit *exit);

/* "exit code 3" or "killed by SIGSEGV". The caller frees it. */
char *proc_describe(const struct proc_exit *exit);

/* What proc_run() reads and writes besides the spec's own descriptors. */
struct proc_io {
	const struct strbuf *input; /* for its standard input, or NULL for none */
	struct strbuf *out;	    /* gets its standard output, or NULL */
	struct strbuf *err;	    /* gets its standard error, or NULL for the same as `out` */
	size_t limit;		    /* most bytes of each; 0: 64 MiB. More is ERR_ENV */
	double timeout;		    /* seconds, then it is ended and that is ERR_ENV; 0: none */
	/* Called twice a second while the program runs, to show how far it is; or NULL. */
	const struct err *(*watch)(void *data);
	void *data;
};

/*
 * Runs a program to its end and captures what it prints. A non-zero exit is a
 * value in `*exit`, not an error.
 */
ERR_CHECK proc_run(const struct proc_spec *spec, const struct proc_io *io,
		   struct proc_exit *exit) MUST_USE;

/*
 * The same, for programs whose failure is farrier's: a non-zero exit becomes
 * ERR_ENV with the last line that it printed on standard error.
 */
ERR_CHECK proc_run_ok(const struct proc_spec *spec, const struct proc_io *io) MUST_USE;

/* Whether a program of this name is in PATH. */
bool proc_in_path(const char *name);

#endif
