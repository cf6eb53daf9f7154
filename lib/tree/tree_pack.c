// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "core/proc.h"
#include "tree_pack.h"

#define BUFFER_SIZE ((size_t)256 << 10)
#define PIPE_SIZE   (1 << 20)
#define MAX_WORDS   4096

struct tree_pack {
	struct loop *loop;
	struct proc *proc;
	int fd;	     /* git's standard input */
	int said_fd; /* what git prints, in memory */
	bool done;
	struct proc_exit exit;
	size_t used;
	char buffer[BUFFER_SIZE];
};

static const struct err *on_exit_of_git(void *data, const struct proc_exit *exit)
{
	struct tree_pack *pack = data;

	pack->exit = *exit;
	pack->done = true;
	return NULL;
}

static ERR_CHECK start_git(struct tree_pack *pack, const struct tree_quarantine *quarantine,
			   int in_fd)
{
	/*
	 * Level 1 is what keeps pace with the reader. Deltas between neighbours in a
	 * tarball cost more time than they save space. Large files are streamed,
	 * not held in memory.
	 */
	static const char *const argv[] = { "git",
					    "-c",
					    "pack.compression=1",
					    "-c",
					    "fastimport.unpackLimit=0",
					    "-c",
					    "core.bigFileThreshold=32m",
					    "fast-import",
					    "--quiet",
					    "--done",
					    "--date-format=raw",
					    "--depth=0",
					    NULL };
	/* The user's settings have no say in what the objects are. */
	static const char *const settings[] = { "GIT_CONFIG_NOSYSTEM=1",
						"GIT_CONFIG_GLOBAL=/dev/null",
						"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", NULL };
	STRVEC env = { 0 };

	tree_quarantine_env(quarantine, &env);
	strvec_push_all(&env, settings);
	return proc_spawn(pack->loop,
			  &(struct proc_spec){ .argv = argv,
					       .env = (const char *const *)env.items,
					       .in_fd = in_fd,
					       .out_fd = pack->said_fd,
					       .err_fd = pack->said_fd },
			  on_exit_of_git, pack, &pack->proc);
}

ERR_CHECK tree_pack_begin(const struct tree_quarantine *quarantine, struct tree_pack **out)
{
	TREE_PACK pack = xcalloc(1, sizeof(*pack));
	OWNED_FD in_fd = -1;
	int ends[2];

	pack->loop = loop_new();
	pack->fd = -1;
	pack->said_fd = memfd_create("git", MFD_CLOEXEC);
	if (pack->said_fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return err_errno("cannot make a pipe");
	in_fd = ends[0];
	pack->fd = ends[1];
	/* Room for both sides to run at their own pace; without it is only slower. */
	fcntl(pack->fd, F_SETPIPE_SZ, PIPE_SIZE);
	TRY(start_git(pack, quarantine, in_fd));
	*out = TAKE_PTR(pack);
	return NULL;
}

/* The line that says why, which may stand before others. */
static void add_reason(int fd, struct strbuf *reason)
{
	char text[MAX_WORDS + 1] = "";
	const char *line = text;
	ssize_t got = pread(fd, text, MAX_WORDS, 0);

	text[got > 0 ? got : 0] = '\0';
	if (strstr(text, "fatal: "))
		line = strstr(text, "fatal: ") + strlen("fatal: ");
	strbuf_add_printable(reason, line, strcspn(line, "\n"));
}

/* Waits for git's end, which is an error unless it had read all. */
static ERR_CHECK wait_for_git(struct tree_pack *pack, bool complete)
{
	STRBUF reason = { 0 };
	OWNED_STR how = NULL;

	close_fd(&pack->fd);
	pack->fd = -1;
	TRY(loop_run(pack->loop, &pack->done));
	if (complete && proc_succeeded(&pack->exit))
		return NULL;
	how = proc_describe(&pack->exit);
	add_reason(pack->said_fd, &reason);
	return err_env("'git fast-import' failed with %s%s%s", how, reason.len ? ": " : "",
		       strbuf_str(&reason));
}

static ERR_CHECK write_through(struct tree_pack *pack, const char *bytes, size_t length)
{
	while (length) {
		ssize_t done = write(pack->fd, bytes, length);

		TRY(interrupt_check());
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EPIPE)
			return wait_for_git(pack, false);
		if (done < 0)
			return err_errno("cannot write to 'git fast-import'");
		bytes += done;
		length -= (size_t)done;
	}
	return NULL;
}

static ERR_CHECK flush(struct tree_pack *pack)
{
	size_t used = pack->used;

	pack->used = 0;
	return write_through(pack, pack->buffer, used);
}

ERR_CHECK tree_pack_write(struct tree_pack *pack, const void *bytes, size_t length)
{
	if (length > BUFFER_SIZE - pack->used)
		TRY(flush(pack));
	if (length >= BUFFER_SIZE)
		return write_through(pack, bytes, length);
	memcpy(pack->buffer + pack->used, bytes, length);
	pack->used += length;
	return NULL;
}

ERR_CHECK tree_pack_finish(struct tree_pack *pack)
{
	TRY(tree_pack_write(pack, "done\n", strlen("done\n")));
	TRY(flush(pack));
	return wait_for_git(pack, true);
}

void tree_pack_release(struct tree_pack **pack)
{
	struct tree_pack *old = *pack;

	if (!old)
		return;
	proc_free(old->proc);
	close_fd(&old->fd);
	close_fd(&old->said_fd);
	loop_free(old->loop);
	free(old);
}
