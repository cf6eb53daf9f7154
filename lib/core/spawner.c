// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawner.h"
#include "supervisor.h"

/* Descriptors of a request: life, report, the program's 0, 1 and 2, and those that it keeps. */
enum { LIFE, REPORT, IN, OUT, ERROR, KEPT };
#define MOST_KEPT 16
#define MOST_FDS  (KEPT + MOST_KEPT)

/* What goes over the socket; `bytes` of text follow. Both ends are the same program. */
struct request {
	size_t bytes;		/* argv, env and dir, each text with its NUL */
	size_t argc, envc;	/* of them; the folder is last, if there is one */
	size_t count;		/* of descriptors that come along */
	int slots[MOST_FDS];	/* what each of them is */
	int numbers[MOST_KEPT]; /* what the program knows those by that it keeps */
	size_t kept;
};

/* --- farrier's side --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int farrier_end = -1;
static pid_t spawner;
static pid_t owner; /* it is no use to a fork of farrier's, whose children they would not be */

static _Noreturn void spawner_main(int fd);

/* It ends by itself, if it has not done so. */
static void drop(void)
{
	close_fd(&farrier_end);
	farrier_end = -1;
	if (spawner > 0 && owner == getpid())
		waitpid(spawner, NULL, 0);
	spawner = 0;
}

static ERR_CHECK start(void)
{
	int ends[2];

	if (farrier_end >= 0 && owner == getpid())
		return NULL;
	drop();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno("cannot make a pair of sockets");
	spawner = fork();
	if (spawner == 0)
		spawner_main(ends[1]);
	close(ends[1]);
	farrier_end = ends[0];
	owner = getpid();
	if (spawner > 0)
		return NULL;
	drop();
	return err_errno("cannot fork");
}

ERR_CHECK spawner_prepare(void)
{
	const struct err *err;

	pthread_mutex_lock(&lock);
	err = start();
	pthread_mutex_unlock(&lock);
	return err;
}

static void add_fd(struct request *request, int *fds, int fd, int slot)
{
	if (fd <= 0)
		return;
	request->slots[request->count] = slot;
	fds[request->count++] = fd;
}

static void add_text(struct strbuf *text, const char *one)
{
	strbuf_add(text, one, strlen(one) + 1);
}

static void describe(const struct proc_spec *spec, const struct strvec *env,
		     struct request *request, int *fds, struct strbuf *text)
{
	for (; spec->argv[request->argc]; request->argc++)
		add_text(text, spec->argv[request->argc]);
	for (; request->envc < env->count; request->envc++)
		add_text(text, env->items[request->envc]);
	if (spec->dir)
		add_text(text, spec->dir);
	request->bytes = text->len;
	add_fd(request, fds, spec->in_fd, IN);
	add_fd(request, fds, spec->out_fd, OUT);
	add_fd(request, fds, spec->err_fd, ERROR);
	for (; request->kept < spec->keep_count; request->kept++) {
		request->numbers[request->kept] = spec->keep_fds[request->kept];
		add_fd(request, fds, spec->keep_fds[request->kept], KEPT + (int)request->kept);
	}
}

/* Room for the descriptors of one message. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * MOST_FDS)];
};

static bool send_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t done = send(fd, bytes, length, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		length -= (size_t)done;
	}
	return true;
}

static bool send_request(int fd, const struct request *request, const int *fds,
			 const struct strbuf *text)
{
	union control control = { 0 };
	struct iovec part = { .iov_base = (void *)(uintptr_t)request, .iov_len = sizeof(*request) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = CMSG_SPACE(sizeof(int) * request->count) };
	ssize_t done;

	control.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					   .cmsg_type = SCM_RIGHTS,
					   .cmsg_len = CMSG_LEN(sizeof(int) * request->count) };
	memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * request->count);
	do
		done = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	return done == (ssize_t)sizeof(*request) && send_all(fd, text->buf, text->len);
}

/* One that somebody killed is started again. */
static ERR_CHECK ask(const struct request *request, const int *fds, const struct strbuf *text)
{
	for (int tries = 0; tries < 2; tries++) {
		TRY(start());
		if (send_request(farrier_end, request, fds, text))
			return NULL;
		drop();
	}
	return err_errno("cannot ask for a process");
}

ERR_CHECK spawner_ask(const struct proc_spec *spec, const struct strvec *env, int life_fd,
		      int report_fd)
{
	struct request request = { 0 };
	int fds[MOST_FDS];
	STRBUF text = { 0 };
	const struct err *err;

	if (spec->keep_count > MOST_KEPT)
		return err_env("a program cannot keep %zu descriptors", spec->keep_count);
	add_fd(&request, fds, life_fd, LIFE);
	add_fd(&request, fds, report_fd, REPORT);
	describe(spec, env, &request, fds, &text);
	pthread_mutex_lock(&lock);
	err = ask(&request, fds, &text);
	pthread_mutex_unlock(&lock);
	return err;
}

/* --- the other side, a process of its own --- */

static bool receive_all(int fd, char *bytes, size_t length)
{
	while (length) {
		ssize_t done = read(fd, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		length -= (size_t)done;
	}
	return true;
}

/* False at farrier's end. */
static bool receive_request(int fd, struct request *request, int *fds)
{
	union control control;
	struct iovec part = { .iov_base = request, .iov_len = sizeof(*request) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t done;

	do
		done = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (done < 0 && errno == EINTR);
	if (done <= 0)
		return false;
	if (done < (ssize_t)sizeof(*request) &&
	    !receive_all(fd, (char *)request + done, sizeof(*request) - (size_t)done))
		return false;
	if (!CMSG_FIRSTHDR(&message) ||
	    CMSG_FIRSTHDR(&message)->cmsg_len != CMSG_LEN(sizeof(int) * request->count))
		return false;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int) * request->count);
	return true;
}

/*
 * Puts each descriptor where it belongs, in the forked child: those that are kept get the numbers
 * that they had in farrier, the others go above all of these.
 */
static bool place_fds(const struct request *request, const int *fds, int *places)
{
	int above = 3;

	for (size_t i = 0; i < request->kept; i++)
		if (request->numbers[i] >= above)
			above = request->numbers[i] + 1;
	for (size_t i = 0; i < request->count; i++) {
		int *place = &places[request->slots[i]];

		*place = fcntl(fds[i], F_DUPFD_CLOEXEC, above);
		if (*place < 0)
			return false;
	}
	for (size_t i = 0; i < request->kept; i++)
		if (dup3(places[KEPT + i], request->numbers[i], O_CLOEXEC) < 0)
			return false;
	return true;
}

static void read_texts(char **at, char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		texts[i] = *at;
		*at += strlen(*at) + 1;
	}
	texts[count] = NULL;
}

static _Noreturn void be_supervisor(const struct request *request, const int *fds, char *text)
{
	int places[MOST_FDS] = { 0 };
	char **argv = xcalloc(request->argc + 1, sizeof(*argv));
	char **env = xcalloc(request->envc + 1, sizeof(*env));
	char *at = text;
	struct proc_spec spec = { .argv = (const char *const *)argv,
				  .keep_fds = request->numbers,
				  .keep_count = request->kept };
	int word;

	read_texts(&at, argv, request->argc);
	read_texts(&at, env, request->envc);
	spec.dir = at < text + request->bytes ? at : NULL;
	word = place_fds(request, fds, places) ? (int)getpid() : -errno;
	if (write(places[REPORT], &word, sizeof(word)) != sizeof(word) || word < 0)
		_exit(126);
	spec.in_fd = places[IN];
	spec.out_fd = places[OUT];
	spec.err_fd = places[ERROR];
	supervisor_main(&spec, env, places[LIFE], places[REPORT]);
}

/* A child of farrier, not of this process. */
static pid_t fork_sibling(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void serve(const struct request *request, const int *fds, char *text)
{
	pid_t child = fork_sibling();
	int word = -errno;

	if (child == 0)
		be_supervisor(request, fds, text);
	/* the second of them all is the report's */
	if (child < 0 && write(fds[1], &word, sizeof(word)) < 0)
		_exit(126);
}

static _Noreturn void spawner_main(int fd)
{
	struct request request;
	int fds[MOST_FDS];

	setsid();
	prctl(PR_SET_NAME, "farrier-start");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	fd = supervisor_keep_only(fd);
	while (receive_request(fd, &request, fds)) {
		char *text = xmalloc(request.bytes + 1);

		if (!receive_all(fd, text, request.bytes))
			break;
		serve(&request, fds, text);
		for (size_t i = 0; i < request.count; i++)
			close(fds[i]);
		free(text);
	}
	_exit(0);
}
