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
 * ROOT/token, if there, has the only token that is let in. ROOT/faults, if there, has a line
 * "PER_MILLE SEED KIND..." : so many of a thousand requests go wrong in one of these ways, with
 * "POST:KIND" only those of that method:
 *
 *     refuse   hang up without doing it         lost     do it, and hang up
 *     late     hang up, do it 0.2 s later (*)   half     do it, and hang up in the answer
 *     slow     answer after 0.2 s               fail     do it, and answer 500 with HTML
 *     301 403 404 429 500 503                   that answer, without doing it
 *     cancel-503                                the same, of a cancel only
 *     nonsense answer 200 with no JSON and no YAML
 *     vanish   the job is gone                  shrink   the log loses its second half
 *     cancel   somebody cancels the job
 *
 * (*) or as many seconds as ROOT/lateness says; slow: ROOT/slowness.
 *
 * While there is a file ROOT/maintenance, no device is in service and no job starts. While there is
 * ROOT/dead, the worker is, since that file was written: it is offline, its jobs print nothing and
 * do not end, and none starts. ROOT/secretive keeps workers secret (403). ROOT/skew, "AT SECONDS",
 * moves the stamps of lines from second AT of a kernel on. ROOT/retry-after has what 429 and 503
 * ask for. ROOT/words is in what the lab says of a failed job. /lavad/requests is how many there
 * were.
 */
#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lavad/lab.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* --- faults --- */

static unsigned long random_state;

static unsigned long random_number(unsigned long below)
{
	random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
	return (random_state >> 33) % below;
}

/* The way in which this request goes wrong, or "". `kind` has room for 32 bytes. */
static void choose_fault(const char *url, const char *method, char *kind)
{
	char *text = read_root("faults"), *words[32], *rest = NULL;
	int count = 0;
	static unsigned long seed;

	*kind = '\0';
	if (!text || !strncmp(url, "/lavad/", 7)) {
		free(text);
		return;
	}
	for (char *word = strtok_r(text, " \n", &rest); word && count < 32;
	     word = strtok_r(NULL, " \n", &rest))
		words[count++] = word;
	if (count > 2) {
		if (seed != strtoul(words[1], NULL, 10) + 1) {
			seed = strtoul(words[1], NULL, 10) + 1;
			random_state = seed;
		}
		if (random_number(1000) < strtoul(words[0], NULL, 10)) {
			const char *word = words[2 + random_number((unsigned long)count - 2)];
			const char *colon = strchr(word, ':');

			if (!colon || !strncmp(word, method, (size_t)(colon - word)))
				snprintf(kind, 32, "%s", colon ? colon + 1 : word);
		}
	}
	free(text);
}

/* A request that a slow network hands over when its sender has given up. */
struct late {
	char *url, *method, *body;
};

static void *do_late(void *data)
{
	struct late *late = data;
	struct query query = { 0 };
	struct answer answer;

	usleep((useconds_t)(1e6 * read_number("lateness", 0.2)));
	pthread_mutex_lock(&lock);
	answer = do_it(late->url, late->method, late->body, &query);
	pthread_mutex_unlock(&lock);
	free(answer.body);
	free(late->url);
	free(late->method);
	free(late->body);
	free(late);
	return NULL;
}

struct request {
	char *body;
	size_t length;
};

static ssize_t send_half(void *data, uint64_t position, char *buffer, size_t size)
{
	const char *body = data;
	size_t half = strlen(body) / 2;

	if (position >= half)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (size > half - position)
		size = half - position;
	memcpy(buffer, body + position, size);
	return (ssize_t)size;
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct answer *answer,
				   bool half)
{
	size_t length = strlen(answer->body);
	struct MHD_Response *response;
	enum MHD_Result result;

	if (half && length > 1)
		response = MHD_create_response_from_callback(length, 4096, send_half, answer->body,
							     free);
	else
		response = MHD_create_response_from_buffer(length, answer->body,
							   MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(response, "Content-Type", answer->type);
	if (answer->header) {
		char *colon = strchr(answer->header, ':');

		*colon = '\0';
		MHD_add_response_header(response, answer->header, colon + 2);
	}
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	free(answer->header);
	return result;
}

/* An answer that has nothing to do with the request; false for the other kinds of faults. */
static bool plain_fault(const char *kind, struct answer *answer)
{
	int status = atoi(kind);

	if (!strcmp(kind, "nonsense"))
		*answer = (struct answer){ 200, "text/html", strdup("<h1>Welcome</h1>"), NULL };
	else if (status == 301)
		*answer = (struct answer){ 301, "text/html", strdup(""),
					   strdup("Location: http://127.0.0.1:1/elsewhere") };
	else if (status == 429 || status == 503)
		*answer = (struct answer){
			(unsigned int)status, "text/html", strdup("<h1>Not now</h1>"),
			text_of("Retry-After: %.0f", read_number("retry-after", 0))
		};
	else if (status >= 500)
		*answer = (struct answer){ (unsigned int)status, "text/html",
					   strdup("<h1>Server Error (500)</h1>"), NULL };
	else if (status)
		*answer = detail((unsigned int)status, "Not this time.");
	else
		return false;
	return true;
}

static enum MHD_Result serve(struct MHD_Connection *connection, const char *url, const char *method,
			     const char *body)
{
	const struct query query = {
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "start"),
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "end"),
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND,
					    "description__contains"),
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "state"),
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "id__lt")
	};
	const char *sent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
						       "Authorization");
	char kind[32], *token, *wanted;
	struct answer answer;

	pthread_mutex_lock(&lock);
	count_request(url);
	token = read_root("token");
	wanted = text_of("Token %.*s", token ? (int)strcspn(token, "\n") : 0, token ? token : "");
	choose_fault(url, method, kind);
	if (!strncmp(kind, "cancel-", 7))
		snprintf(kind, sizeof(kind), "%s", strstr(url, "/cancel/") ? "503" : "");
	harm_job(kind, url);
	if (plain_fault(kind, &answer))
		;
	else if (!strcmp(kind, "refuse") || !strcmp(kind, "late"))
		answer = (struct answer){ 0 };
	else if (token && (!sent || strcmp(sent, wanted) != 0) && strncmp(url, "/lavad/", 7) != 0)
		answer = detail(403, "Invalid token.");
	else
		answer = do_it(url, method, body, &query);
	pthread_mutex_unlock(&lock);
	free(token);
	free(wanted);
	if (!strcmp(kind, "late") && !strcmp(method, "POST")) {
		struct late *late = calloc(1, sizeof(*late));
		pthread_t thread;

		*late = (struct late){ strdup(url), strdup(method), strdup(body ? body : "") };
		if (pthread_create(&thread, NULL, do_late, late) == 0)
			pthread_detach(thread);
	}
	if (!strcmp(kind, "slow"))
		usleep((useconds_t)(1e6 * read_number("slowness", 0.2)));
	if (!strcmp(kind, "lost") || !answer.body) {
		free(answer.body);
		return MHD_NO;
	}
	if (!strcmp(kind, "fail")) {
		free(answer.body);
		answer = (struct answer){ 500, "text/html", strdup("<h1>Server Error</h1>"), NULL };
	}
	return send_answer(connection, &answer, !strcmp(kind, "half"));
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	struct request *request = *state;

	(void)data;
	(void)version;
	if (!request) {
		*state = calloc(1, sizeof(*request));
		return MHD_YES;
	}
	if (*upload_size) {
		request->body = realloc(request->body, request->length + *upload_size + 1);
		memcpy(request->body + request->length, upload, *upload_size);
		request->length += *upload_size;
		request->body[request->length] = '\0';
		*upload_size = 0;
		return MHD_YES;
	}
	return serve(connection, url, method, request->body);
}

static void forget(void *data, struct MHD_Connection *connection, void **state,
		   enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;

	(void)data;
	(void)connection;
	(void)code;
	if (request)
		free(request->body);
	free(request);
}

int main(int argc, char **argv)
{
	char *path, *temporary, byte;
	struct MHD_Daemon *daemon;
	FILE *port;

	if (argc < 3) {
		fprintf(stderr, "usage: lavad ROOT DEVICES [SPEED]\n");
		return 2;
	}
	open_lab(argv[1], atoi(argv[2]), argc > 3 ? strtod(argv[3], NULL) : 1);
	daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD,
				  0, NULL, NULL, handle, NULL, MHD_OPTION_NOTIFY_COMPLETED, forget,
				  NULL, MHD_OPTION_END);
	if (!daemon) {
		fprintf(stderr, "lavad: cannot listen\n");
		return 3;
	}
	path = text_of("%s/port", argv[1]);
	temporary = text_of("%s/port.tmp", argv[1]);
	port = fopen(temporary, "w");
	fprintf(port, "%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fclose(port);
	rename(temporary, path);
	while (read(0, &byte, 1) > 0)
		;
	_exit(0);
}
