// SPDX-License-Identifier: GPL-2.0
/* front.c - see front.h. */
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front.h"

static const char *root;
static const struct front_world *world;
char *text_of(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	return text;
}

char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text;
	size_t length;

	if (!file)
		return NULL;
	text = malloc(1 << 20);
	length = fread(text, 1, (1 << 20) - 1, file);
	text[length] = '\0';
	fclose(file);
	return text;
}

char *read_root(const char *name)
{
	char *path = text_of("%s/%s", root, name), *text = read_file(path);

	free(path);
	return text;
}

char *root_path(const char *name)
{
	return text_of("%s/%s", root, name);
}

double read_number(const char *name, double fallback)
{
	char *text = read_root(name);
	double number = text ? strtod(text, NULL) : fallback;

	free(text);
	return number;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* --- faults --- */

static unsigned long random_state;

static unsigned long random_number(unsigned long below)
{
	random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
	return (random_state >> 33) % below;
}

/* The next request of the method in ROOT/once goes wrong, and no other. */
static bool hits_once(const char *url, const char *method, char *kind)
{
	char *text = read_root("once"), *path = root_path("once");
	size_t length = text ? strcspn(text, ":") : 0;
	bool hit = text && text[length] && strncmp(url, world->own, strlen(world->own)) != 0 &&
		   strlen(method) == length && !strncmp(text, method, length);

	if (hit) {
		snprintf(kind, 32, "%.*s", (int)strcspn(text + length + 1, "\n"),
			 text + length + 1);
		unlink(path);
	}
	free(path);
	free(text);
	return hit;
}

/* The way in which this request goes wrong, or "". `kind` has room for 32 bytes. */
static void choose_fault(const char *url, const char *method, char *kind)
{
	char *text = read_root("faults"), *words[32], *rest = NULL;
	int count = 0;
	static unsigned long seed;

	*kind = '\0';
	if (hits_once(url, method, kind)) {
		free(text);
		return;
	}
	if (!text || !strncmp(url, world->own, strlen(world->own))) {
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
	struct answer answer;

	usleep((useconds_t)(1e6 * read_number("lateness", 0.2)));
	pthread_mutex_lock(&lock);
	answer = world->answer(NULL, late->url, late->method, late->body);
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
		*answer = (struct answer){ (unsigned int)status, "application/json",
					   strdup("{\"detail\": \"Not this time.\"}"), NULL };
	else
		return false;
	return true;
}

static enum MHD_Result serve(struct MHD_Connection *connection, const char *url, const char *method,
			     const char *body)
{
	char kind[32];
	struct answer answer;

	pthread_mutex_lock(&lock);
	choose_fault(url, method, kind);
	if (world->harm)
		world->harm(kind, sizeof(kind), url);
	if (plain_fault(kind, &answer))
		;
	else if (!strcmp(kind, "refuse") || !strcmp(kind, "late"))
		answer = (struct answer){ 0 };
	else
		answer = world->answer(connection, url, method, body);
	pthread_mutex_unlock(&lock);
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

void front_lock(void)
{
	pthread_mutex_lock(&lock);
}

void front_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void front_open(const char *at)
{
	root = at;
}

int front_run(const char *at, const struct front_world *whose)
{
	char *path, *temporary, byte;
	struct MHD_Daemon *daemon;
	FILE *port;

	root = at;
	world = whose;
	daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD,
				  0, NULL, NULL, handle, NULL, MHD_OPTION_NOTIFY_COMPLETED, forget,
				  NULL, MHD_OPTION_END);
	if (!daemon) {
		fprintf(stderr, "stand-in: cannot listen\n");
		return 3;
	}
	path = text_of("%s/port", at);
	temporary = text_of("%s/port.tmp", at);
	port = fopen(temporary, "w");
	fprintf(port, "%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fclose(port);
	rename(temporary, path);
	while (read(0, &byte, 1) > 0)
		;
	if (world->end)
		world->end();
	_exit(0);
}
