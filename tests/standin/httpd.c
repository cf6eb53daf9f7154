// SPDX-License-Identifier: GPL-2.0
/*
 * httpd.c - a web server for tests that does what it is told, also what no good server does.
 *
 *     httpd [--tls CERT KEY] ROOT
 *
 * listens on a free port of 127.0.0.1, writes the port to ROOT/port, a line "METHOD
 * URL" and the headers of every request to ROOT/log, its body to ROOT/log.body, and
 * ends when its standard input does.
 *
 * A request for /a/b?c is answered from ROOT/a/b.http if it is there, else with the
 * file ROOT/a/b, else with 404; a path that ends with '/' means "index" there. A .http
 * file is a list of answers, with empty lines between them; the first one whose
 * conditions hold is given:
 *
 *     method POST        condition: only for this method
 *     query WORD         condition: the URL's query contains WORD (decoded)
 *     body-has WORD      condition: the request's body contains WORD
 *     times 2            condition: at most so many times
 *     status 503         default 200
 *     header NAME: TEXT
 *     file NAME          body: this file of the same folder
 *     text TEXT          body: this line
 *     repeat N           body: so many bytes of what is there, over and over
 *     cut N              says how long the body is, and hangs up after N bytes
 *     chunked            does not say how long the body is
 *     stall N            sends N bytes of the body and then nothing, with the line open
 *     hang               never answers
 */
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (64 << 20)

static const char *root;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *text_of(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	return text;
}

/* One answer of a .http file. */
struct answer {
	char method[16];
	char query[256], body_has[256];
	long times; /* -1: always */
	unsigned int status;
	char headers[16][512];
	int header_count;
	char *body;
	size_t length;
	long long repeat, cut, stall; /* -1: not */
	bool chunked, hang;
};

/* How often the n-th answer of a script was given; a script that is written again starts again. */
static struct count {
	char *key;
	long given;
	struct count *next;
} * counts;

static long *count_of(const char *path, int n)
{
	struct stat info = { 0 };
	struct count *count;
	char *key;

	stat(path, &info);
	key = text_of("%s#%d#%lu#%ld.%ld", path, n, (unsigned long)info.st_ino,
		      (long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
	for (count = counts; count; count = count->next)
		if (!strcmp(count->key, key)) {
			free(key);
			return &count->given;
		}
	count = calloc(1, sizeof(*count));
	count->key = key;
	count->next = counts;
	counts = count;
	return &count->given;
}

static char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	char *text;

	if (!file)
		return NULL;
	text = malloc(FILE_MAX + 1);
	*length = fread(text, 1, FILE_MAX, file);
	text[*length] = '\0';
	fclose(file);
	return realloc(text, *length + 1);
}

struct request {
	char *body;
	size_t length;
};

/* The query as it was meant: all arguments, decoded, one behind the other. */
static enum MHD_Result add_argument(void *data, enum MHD_ValueKind kind, const char *name,
				    const char *value)
{
	char *query = data;

	(void)kind;
	snprintf(query + strlen(query), 4096 - strlen(query), "%s=%s&", name, value ? value : "");
	return MHD_YES;
}

static void read_line(struct answer *answer, const char *line, const char *folder)
{
	char word[32] = "", *path;
	const char *rest = line + strcspn(line, " ");

	snprintf(word, sizeof(word), "%.*s", (int)(rest - line), line);
	rest += *rest == ' ';
	if (!strcmp(word, "method"))
		snprintf(answer->method, sizeof(answer->method), "%s", rest);
	else if (!strcmp(word, "query"))
		snprintf(answer->query, sizeof(answer->query), "%s", rest);
	else if (!strcmp(word, "body-has"))
		snprintf(answer->body_has, sizeof(answer->body_has), "%s", rest);
	else if (!strcmp(word, "times"))
		answer->times = atol(rest);
	else if (!strcmp(word, "status"))
		answer->status = (unsigned int)atoi(rest);
	else if (!strcmp(word, "header") && answer->header_count < 16)
		snprintf(answer->headers[answer->header_count++], 512, "%s", rest);
	else if (!strcmp(word, "repeat"))
		answer->repeat = atoll(rest);
	else if (!strcmp(word, "cut"))
		answer->cut = atoll(rest);
	else if (!strcmp(word, "stall"))
		answer->stall = atoll(rest);
	else if (!strcmp(word, "chunked"))
		answer->chunked = true;
	else if (!strcmp(word, "hang"))
		answer->hang = true;
	else if (!strcmp(word, "text")) {
		answer->body = text_of("%s\n", rest);
		answer->length = strlen(answer->body);
	} else if (!strcmp(word, "file")) {
		path = text_of("%s/%s", folder, rest);
		answer->body = read_file(path, &answer->length);
		free(path);
	} else {
		fprintf(stderr, "httpd: no word '%s'\n", word);
		exit(2);
	}
}

static struct answer empty_answer(void)
{
	return (struct answer){ .times = -1, .status = 200, .repeat = -1, .cut = -1, .stall = -1 };
}

static bool holds(const struct answer *answer, const char *method, const char *query,
		  const struct request *request, long given)
{
	return (!*answer->method || !strcmp(answer->method, method)) &&
	       (!*answer->query || strstr(query, answer->query)) &&
	       (!*answer->body_has || (request->body && strstr(request->body, answer->body_has))) &&
	       (answer->times < 0 || given < answer->times);
}

/* The first answer of a .http file whose conditions hold. */
static bool find_answer(const char *path, const char *method, const char *query,
			const struct request *request, struct answer *found)
{
	char *folder = text_of("%.*s", (int)(strrchr(path, '/') - path), path);
	size_t length;
	char *text = read_file(path, &length), *next = text;
	int n = 0;

	*found = empty_answer();
	while (next) {
		char *line = strsep(&next, "\n");

		if (*line)
			read_line(found, line, folder);
		if (*line && next && *next)
			continue;
		if (holds(found, method, query, request, *count_of(path, n))) {
			++*count_of(path, n);
			free(text);
			free(folder);
			return true;
		}
		free(found->body);
		*found = empty_answer();
		n++;
		while (next && *next == '\n')
			next++;
		if (next && !*next)
			break;
	}
	free(text);
	free(folder);
	return false;
}

static struct answer choose(const char *url, const char *method, const char *query,
			    const struct request *request)
{
	struct answer answer = empty_answer();
	char *path = text_of("%s%s%s", root, url, url[strlen(url) - 1] == '/' ? "index" : "");
	char *script = text_of("%s.http", path);
	bool found = access(script, R_OK) == 0 &&
		     find_answer(script, method, query, request, &answer);

	if (!found && !strstr(url, ".."))
		answer.body = read_file(path, &answer.length);
	if (!found && !answer.body) {
		answer.status = 404;
		answer.body = text_of("<html>not found</html>\n");
		answer.length = strlen(answer.body);
	}
	free(path);
	free(script);
	return answer;
}

static ssize_t send_body(void *data, uint64_t position, char *buffer, size_t size)
{
	struct answer *answer = data;
	uint64_t total = answer->repeat >= 0 ? (uint64_t)answer->repeat : answer->length;
	size_t i = 0;

	if (answer->cut >= 0 && position >= (uint64_t)answer->cut)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	while (answer->stall >= 0 && position >= (uint64_t)answer->stall)
		pause();
	if (position >= total || !answer->length)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (answer->cut >= 0 && total > (uint64_t)answer->cut)
		total = (uint64_t)answer->cut;
	if (answer->stall >= 0 && total > (uint64_t)answer->stall)
		total = (uint64_t)answer->stall;
	for (; i < size && position + i < total; i++)
		buffer[i] = answer->body[(position + i) % answer->length];
	return (ssize_t)i;
}

static void free_answer(void *data)
{
	struct answer *answer = data;

	free(answer->body);
	free(answer);
}

static enum MHD_Result give(struct MHD_Connection *connection, const struct answer *chosen)
{
	struct answer *answer = malloc(sizeof(*answer));
	uint64_t total = chosen->repeat >= 0 ? (uint64_t)chosen->repeat : chosen->length;
	struct MHD_Response *response;
	enum MHD_Result result;

	*answer = *chosen;
	response = MHD_create_response_from_callback(answer->chunked ? MHD_SIZE_UNKNOWN : total,
						     65536, send_body, answer, free_answer);
	for (int i = 0; i < answer->header_count; i++) {
		char *colon = strstr(answer->headers[i], ": ");

		if (!colon)
			continue;
		*colon = '\0';
		MHD_add_response_header(response, answer->headers[i], colon + 2);
	}
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result log_header(void *data, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	(void)kind;
	fprintf(data, "  %s: %s\n", name, value ? value : "");
	return MHD_YES;
}

static FILE *open_log(const char *name)
{
	char *path = text_of("%s/%s", root, name);
	FILE *file = fopen(path, "a");

	free(path);
	return file;
}

static void log_request(struct MHD_Connection *connection, const char *method, const char *url,
			const char *query, const struct request *request)
{
	FILE *log = open_log("log"), *bodies = open_log("log.body");

	fprintf(log, "%s %s%s%s\n", method, url, *query ? "?" : "", query);
	MHD_get_connection_values(connection, MHD_HEADER_KIND, log_header, log);
	if (request->length)
		fwrite(request->body, 1, request->length, bodies);
	fclose(log);
	fclose(bodies);
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *size, void **state)
{
	struct request *request = *state;
	char query[4096] = "";
	struct answer answer;

	(void)data, (void)version;
	if (!request) {
		*state = calloc(1, sizeof(*request));
		return MHD_YES;
	}
	if (*size) {
		request->body = realloc(request->body, request->length + *size + 1);
		memcpy(request->body + request->length, upload, *size);
		request->length += *size;
		request->body[request->length] = '\0';
		*size = 0;
		return MHD_YES;
	}
	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, query);
	pthread_mutex_lock(&lock);
	log_request(connection, method, url, query, request);
	answer = choose(url, method, query, request);
	pthread_mutex_unlock(&lock);
	while (answer.hang)
		pause();
	return give(connection, &answer);
}

static void done(void *data, struct MHD_Connection *connection, void **state,
		 enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;

	(void)data, (void)connection, (void)code;
	if (request)
		free(request->body);
	free(request);
}

static struct MHD_Daemon *start(const char *cert, const char *key)
{
	unsigned int flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_OptionItem tls[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert },
					{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key },
					{ MHD_OPTION_END, 0, NULL } };

	return MHD_start_daemon(cert ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, handle, NULL,
				MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED, done,
				NULL, MHD_OPTION_ARRAY, cert ? tls : tls + 2, MHD_OPTION_END);
}

int main(int argc, char **argv)
{
	bool tls = argc == 5 && !strcmp(argv[1], "--tls");
	size_t length;
	char *path, *temporary, byte;
	struct MHD_Daemon *daemon;
	FILE *port;

	if (argc != 2 && !tls) {
		fprintf(stderr, "usage: httpd [--tls CERT KEY] ROOT\n");
		return 2;
	}
	root = argv[argc - 1];
	daemon = tls ? start(read_file(argv[2], &length), read_file(argv[3], &length))
		     : start(NULL, NULL);
	if (!daemon) {
		fprintf(stderr, "httpd: cannot listen\n");
		return 3;
	}
	path = text_of("%s/port", root);
	temporary = text_of("%s/port.tmp", root);
	port = fopen(temporary, "w");
	fprintf(port, "%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fclose(port);
	rename(temporary, path);
	while (read(0, &byte, 1) > 0)
		;
	_exit(0); /* threads that stall are not waited for */
}
