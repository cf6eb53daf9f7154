// SPDX-License-Identifier: GPL-2.0
/*
 * lavad.c - stands in for a LAVA server, for tests; also a bad one.
 *
 *     lavad ROOT DEVICES [SPEED]
 *
 * listens on a free port of 127.0.0.1, writes the port to ROOT/port, and ends when its standard
 * input does. DEVICES devices "toy-01", ... of type "toy" run jobs whose definition is
 *
 *     {"device_type": "toy", "job_name": NAME, "kernel": "file:///PATH", "cmdline": TEXT,
 *      "cpus": "2"}
 *
 * The kernel is a text, as for tests/standin/qemu, with these directives:
 *
 *     say TEXT | guest | beat N A B... | wait SECONDS | off
 *     eof         the console is gone: Incomplete, Infrastructure
 *     hang        until ROOT/limit seconds, 60 if there is no such file: Incomplete, Test
 *     with WORD DIRECTIVE | without WORD DIRECTIVE
 *
 * A second of a kernel takes 1/SPEED seconds. Everything is worked out from the time at which
 * somebody asks: there is no clock that runs. /lavad/jobs tells a test what there was:
 *
 *     [{"id": 1, "tag": NAME, "state": S, "health": H, "cancelled": BOOL, "requests": N}]
 *
 * ROOT/token, if there, has the only token that is let in. How requests go wrong is in
 * front/front.h, and besides:
 *
 *     cancel-503  503, of a cancel only
 *     vanish      the job is gone                shrink   the log loses its second half
 *     cancel      somebody cancels the job
 *
 * While there is a file ROOT/maintenance, no device is in service and no job starts. While there is
 * ROOT/dead, the worker is, since that file was written: it is offline, its jobs print nothing and
 * do not end, and none starts. ROOT/secretive keeps workers secret (403). ROOT/skew, "AT SECONDS",
 * moves the stamps of lines from second AT of a kernel on. ROOT/words is in what the lab says of a
 * failed job. /lavad/requests is how many there were.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lavad/lab.h"

static struct answer answer(struct MHD_Connection *connection, const char *url, const char *method,
			    const char *body)
{
	static const char *const names[] = { "start", "end", "description__contains", "state",
					     "id__lt" };
	const char *values[5] = { NULL }, *sent = NULL;
	char *token = read_root("token"), *wanted;
	struct answer said;

	for (int i = 0; connection && i < 5; i++)
		values[i] = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND,
							names[i]);
	if (connection)
		sent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
	wanted = text_of("Token %.*s", token ? (int)strcspn(token, "\n") : 0, token ? token : "");
	if (connection && token && (!sent || strcmp(sent, wanted) != 0) &&
	    strncmp(url, "/lavad/", 7) != 0)
		said = detail(403, "Invalid token.");
	else
		said = do_it(
			url, method, body,
			&(struct query){ values[0], values[1], values[2], values[3], values[4] });
	free(token);
	free(wanted);
	return said;
}

/* Asked of every request, also of those that go wrong. */
static void harm(char *kind, size_t size, const char *url)
{
	count_request(url);
	if (!strncmp(kind, "cancel-", 7))
		snprintf(kind, size, "%s", strstr(url, "/cancel/") ? "503" : "");
	harm_job(kind, url);
}

int main(int argc, char **argv)
{
	static const struct front_world world = { .own = "/lavad/",
						  .answer = answer,
						  .harm = harm };

	if (argc < 3) {
		fprintf(stderr, "usage: lavad ROOT DEVICES [SPEED]\n");
		return 2;
	}
	open_lab(atoi(argv[2]), argc > 3 ? strtod(argv[3], NULL) : 1);
	return front_run(argv[1], &world);
}
