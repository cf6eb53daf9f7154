// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine_qmp.h"

/* The registers of 64 CPUs are some 200 kB; a longer line is no answer. */
#define MAX_LINE ((size_t)4 << 20)

/* Monitor commands that wait for their answer; more at a time are not sent. */
#define MAX_WAITING 8

struct machine_qmp {
	struct loop *loop;
	struct loop_source *source;
	int fd; /* -1 once the peer is gone or talks nonsense */
	struct strbuf input;
	machine_qmp_event on_event;
	void *data;
	machine_qmp_reply waiting[MAX_WAITING]; /* indexed by "id" - 1; NULL: free */
};

static void hang_up(struct machine_qmp *qmp)
{
	loop_remove(qmp->loop, qmp->source);
	qmp->source = NULL;
	close_fd(&qmp->fd);
	qmp->fd = -1;
}

static ERR_CHECK take_answer(struct machine_qmp *qmp, const json_t *message)
{
	int id = store_get_int(message, "id", 0);
	const char *text = store_get_string(message, "return", NULL);
	machine_qmp_reply on_reply;

	if (id < 1 || id > MAX_WAITING || !qmp->waiting[id - 1])
		return NULL;
	on_reply = qmp->waiting[id - 1];
	qmp->waiting[id - 1] = NULL;
	return text ? on_reply(qmp->data, text) : NULL;
}

static ERR_CHECK take_line(struct machine_qmp *qmp, const char *line, size_t length)
{
	OWNED_JSON *message = json_loadb(line, length, 0, NULL);
	const char *event = store_get_string(message, "event", NULL);

	if (event)
		return qmp->on_event(qmp->data, event, json_object_get(message, "data"));
	return take_answer(qmp, message);
}

static ERR_CHECK take_lines(struct machine_qmp *qmp)
{
	size_t taken = 0;
	char *end;

	while (taken < qmp->input.len &&
	       (end = memchr(qmp->input.buf + taken, '\n', qmp->input.len - taken))) {
		const char *line = qmp->input.buf + taken;

		taken = (size_t)(end - qmp->input.buf) + 1;
		TRY(take_line(qmp, line, (size_t)(end - line)));
	}
	memmove(qmp->input.buf, qmp->input.buf + taken, qmp->input.len - taken);
	strbuf_setlen(&qmp->input, qmp->input.len - taken);
	if (qmp->input.len > MAX_LINE)
		hang_up(qmp);
	return NULL;
}

ERR_CHECK machine_qmp_drain(struct machine_qmp *qmp)
{
	while (qmp->fd >= 0) {
		char bytes[16384];
		ssize_t got = recv(qmp->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return NULL;
		if (got <= 0) {
			hang_up(qmp);
			return NULL;
		}
		strbuf_add(&qmp->input, bytes, (size_t)got);
		TRY(take_lines(qmp));
	}
	return NULL;
}

static const struct err *on_readable(void *data, short events)
{
	(void)events;
	return machine_qmp_drain(data);
}

/* A command is far smaller than a socket's buffer: what does not fit has no reader. */
static void send_text(struct machine_qmp *qmp, const char *text, size_t length)
{
	if (qmp->fd < 0)
		return;
	if (send(qmp->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)length)
		hang_up(qmp);
}

void machine_qmp_send(struct machine_qmp *qmp, const char *command)
{
	STRBUF text = { 0 };

	strbuf_addf(&text, "{\"execute\":\"%s\"}\n", command);
	send_text(qmp, text.buf, text.len);
}

void machine_qmp_monitor(struct machine_qmp *qmp, const char *command, machine_qmp_reply on_reply)
{
	OWNED_JSON *message = NULL;
	OWNED_STR text = NULL;
	STRBUF line = { 0 };
	int slot = 0;

	while (slot < MAX_WAITING && qmp->waiting[slot])
		slot++;
	if (slot == MAX_WAITING)
		return;
	qmp->waiting[slot] = on_reply;
	message = json_pack("{s:s, s:{s:s}, s:i}", "execute", "human-monitor-command", "arguments",
			    "command-line", command, "id", slot + 1);
	text = store_canonical(message);
	strbuf_addf(&line, "%s\n", text);
	send_text(qmp, line.buf, line.len);
}

struct machine_qmp *machine_qmp_new(struct loop *loop, int fd, machine_qmp_event on_event,
				    void *data)
{
	struct machine_qmp *qmp = xcalloc(1, sizeof(*qmp));

	*qmp = (struct machine_qmp){ .loop = loop, .fd = fd, .on_event = on_event, .data = data };
	qmp->source = loop_add_fd(loop, fd, POLLIN, on_readable, qmp);
	machine_qmp_send(qmp, "qmp_capabilities");
	return qmp;
}

void machine_qmp_free(struct machine_qmp *qmp)
{
	if (!qmp)
		return;
	if (qmp->fd >= 0)
		hang_up(qmp);
	strbuf_release(&qmp->input);
	free(qmp);
}
