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
 *     nonsense answer 200 with no JSON and no YAML
 *     vanish   the job is gone                  shrink   the log loses its second half
 *     cancel   somebody cancels the job
 *
 * (*) or as many seconds as ROOT/lateness says.
 *
 * While there is a file ROOT/maintenance, no device is in service and no job starts. ROOT/skew, "AT
 * SECONDS", moves the stamps of lines from second AT of a kernel on. ROOT/retry-after has what 429
 * and 503 ask for. /lavad/requests is how many there were.
 */
#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_JOBS    20000
#define MAX_DEVICES 64

static const char *root;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double speed = 1;
static int devices;
static double device_free[MAX_DEVICES];

struct line {
	double at; /* seconds of the kernel since the job's start */
	char *text;
};

struct job {
	char *name, *definition;
	double submitted, started, ended; /* 0: not yet; `ended` is known from the start */
	int device;
	struct line *lines;
	int line_count;
	double length; /* of the kernel's time */
	const char *health;
	bool cancelled, gone, shrunk;
	int requests;
};

static struct job jobs[MAX_JOBS];
static int job_count;
static int requests;

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

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static char *read_file(const char *path)
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

static char *read_root(const char *name)
{
	char *path = text_of("%s/%s", root, name), *text = read_file(path);

	free(path);
	return text;
}

static double read_number(const char *name, double fallback)
{
	char *text = read_root(name);
	double number = text ? strtod(text, NULL) : fallback;

	free(text);
	return number;
}

/* By how much the stamp of a line is wrong that comes so many seconds of the kernel after its
 * start. */
static double skew_of(double at)
{
	char *text = read_root("skew");
	double from, seconds = 0;

	if (text && (sscanf(text, "%lf %lf", &from, &seconds) != 2 || at < from))
		seconds = 0;
	free(text);
	return seconds;
}

/* --- what a job does --- */

static void add_line(struct job *job, const char *level, json_t *message)
{
	json_t *entry = json_object();
	char *text;

	json_object_set_new(entry, "lvl", json_string(level));
	json_object_set_new(entry, "msg", message);
	text = json_dumps(entry, JSON_ENSURE_ASCII); /* YAML takes no control characters */
	json_decref(entry);
	job->lines = realloc(job->lines, sizeof(*job->lines) * (size_t)(job->line_count + 1));
	/* without its "{": the time comes first, when it is known */
	job->lines[job->line_count++] = (struct line){ job->length, strdup(text + 1) };
	free(text);
}

/* As LAVA's dispatcher writes it: without CR and ESC, a backslash before each double quote. */
static void print(struct job *job, const char *text)
{
	char *line = malloc(strlen(text) * 2 + 1), *to = line;

	for (; *text; text++) {
		if (*text == '\r' || *text == '\x1b')
			continue;
		if (*text == '"')
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '\0';
	add_line(job, "target", json_string(line));
	free(line);
}

static void end_job(struct job *job, const char *health, const char *type, const char *words)
{
	json_t *result = json_object();

	json_object_set_new(result, "case", json_string("job"));
	json_object_set_new(result, "definition", json_string("lava"));
	json_object_set_new(result, "result", json_string(type ? "fail" : "pass"));
	if (type) {
		json_object_set_new(result, "error_type", json_string(type));
		json_object_set_new(result, "error_msg", json_string(words));
	}
	add_line(job, "results", result);
	job->health = health;
}

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += length)
		if ((at == text || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
	return false;
}

/* One directive; false when the job is over. */
static bool play(struct job *job, char *directive, const json_t *definition)
{
	const char *cmdline = json_string_value(json_object_get(definition, "cmdline"));
	const char *cpus = json_string_value(json_object_get(definition, "cpus"));
	char *rest = directive + strcspn(directive, " "), *text;

	if (*rest)
		*rest++ = '\0';
	if (!strcmp(directive, "say")) {
		print(job, rest);
	} else if (!strcmp(directive, "wait")) {
		job->length += strtod(rest, NULL);
	} else if (!strcmp(directive, "beat")) {
		char *progress = rest + strcspn(rest, " ");

		text = text_of("# farrier: heartbeat %.*s progress%s", (int)(progress - rest), rest,
			       progress);
		print(job, text);
		free(text);
	} else if (!strcmp(directive, "guest")) {
		const char *seconds = cmdline ? strstr(cmdline, "farrier.seconds=") : NULL;

		text = text_of("# farrier: guest 1 test=storm seconds=%d cpus=%s threads=4",
			       seconds ? atoi(seconds + 16) : 0, cpus ? cpus : "1");
		print(job, text);
		free(text);
	} else if (!strcmp(directive, "with") || !strcmp(directive, "without")) {
		char *then = rest + strcspn(rest, " ");

		if (*then)
			*then++ = '\0';
		if (has_word(cmdline ? cmdline : "", rest) == !strcmp(directive, "with"))
			return play(job, then, definition);
	} else if (!strcmp(directive, "off")) {
		end_job(job, "Complete", NULL, NULL);
		return false;
	} else if (!strcmp(directive, "eof")) {
		end_job(job, "Incomplete", "Infrastructure", "Connection closed");
		return false;
	} else if (!strcmp(directive, "hang")) {
		char *limit = read_root("limit");

		job->length += limit ? strtod(limit, NULL) : 60;
		free(limit);
		end_job(job, "Incomplete", "Test", "lava-test-monitor timed out after 60 seconds");
		return false;
	}
	return true;
}

static void talk(struct job *job, const char *text)
{
	add_line(job, "info", json_string(text));
}

/* The whole log of a job, with the times at which its lines come. */
static void prepare(struct job *job)
{
	json_t *definition = json_loads(job->definition, 0, NULL);
	const char *url = json_string_value(json_object_get(definition, "kernel"));
	char *script = url && !strncmp(url, "file://", 7) ? read_file(url + 7) : NULL;
	char *rest = NULL, *line;
	bool goes_on = true;

	talk(job, "lava-dispatcher, installed at version: stand-in");
	talk(job, "start: 1 deployimages (timeout 00:01:00) [common]");
	if (!script) {
		end_job(job, "Incomplete", "Infrastructure", "cannot download the kernel");
		json_decref(definition);
		return;
	}
	talk(job, "start: 2 boot-toy (timeout 00:02:00) [common]");
	for (line = strtok_r(script, "\n", &rest); line && goes_on;
	     line = strtok_r(NULL, "\n", &rest))
		goes_on = play(job, line, definition);
	if (goes_on)
		end_job(job, "Complete", NULL, NULL);
	json_decref(definition);
	free(script);
}

/* --- the scheduler --- */

static bool in_service(void)
{
	char *maintenance = read_root("maintenance");
	bool good = !maintenance;

	free(maintenance);
	return good;
}

static int free_device(double when)
{
	for (int i = 0; i < devices; i++)
		if (device_free[i] <= when)
			return i;
	return -1;
}

static void advance(void)
{
	double time = now();

	for (int i = 0; i < job_count && in_service(); i++) {
		struct job *job = &jobs[i];

		if (job->started || job->ended)
			continue;
		job->device = free_device(time);
		if (job->device < 0)
			return;
		job->started = time;
		prepare(job);
		job->ended = time + job->length / speed + 0.01;
		device_free[job->device] = job->ended;
	}
}

static bool is_finished(const struct job *job)
{
	return job->ended && job->ended <= now();
}

static void cancel_job(struct job *job)
{
	if (is_finished(job))
		return;
	job->cancelled = true;
	if (!job->started) {
		job->ended = now();
		job->health = "Canceled";
		return;
	}
	/* what was printed until now, and the end */
	while (job->line_count && job->lines[job->line_count - 1].at / speed > now() - job->started)
		job->line_count--;
	job->length = (now() - job->started) * speed;
	end_job(job, "Canceled", "Canceled", "The job was canceled");
	job->ended = now() + 0.01;
	device_free[job->device] = job->ended;
}

/* --- answers --- */

struct answer {
	unsigned int status;
	const char *type;
	char *body;
	char *header; /* "NAME: VALUE" or NULL */
};

static struct answer json_answer(unsigned int status, json_t *json)
{
	char *text = json_dumps(json, JSON_ENCODE_ANY);

	json_decref(json);
	return (struct answer){ status, "application/json", text, NULL };
}

static struct answer detail(unsigned int status, const char *text)
{
	return json_answer(status, json_pack("{s:s}", "detail", text));
}

static const char *job_state(const struct job *job)
{
	if (is_finished(job))
		return "Finished";
	return !job->started ? "Submitted" : job->cancelled ? "Canceling" : "Running";
}

static json_t *job_json(const struct job *job)
{
	json_t *json = json_object();
	char device[32];

	snprintf(device, sizeof(device), "toy-%02d", job->device + 1);
	json_object_set_new(json, "id", json_integer(job - jobs + 1));
	json_object_set_new(json, "description", json_string(job->name));
	json_object_set_new(json, "requested_device_type", json_string("toy"));
	json_object_set_new(json, "actual_device",
			    job->started ? json_string(device) : json_null());
	json_object_set_new(json, "state", json_string(job_state(job)));
	json_object_set_new(json, "health",
			    json_string(is_finished(job) ? job->health : "Unknown"));
	json_object_set_new(json, "token", json_string("a-secret-of-the-lab"));
	return json;
}

static struct answer get_log(struct job *job, const char *start, const char *end)
{
	long from = start ? atol(start) : 0, to = end ? atol(end) : 1L << 40;
	char *text = strdup("");
	size_t length = 0;
	int last = job->shrunk ? job->line_count / 2 : job->line_count;

	for (long i = from; job->started && i < last && i < to; i++) {
		const struct line *line = &job->lines[i];
		double at = job->started + line->at + skew_of(line->at);
		time_t whole = (time_t)at;
		struct tm utc;
		char stamp[64], *entry;

		if (job->started + line->at / speed > now())
			break;
		gmtime_r(&whole, &utc);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
		entry = text_of("- {\"dt\": \"%s.%06d\", %s\n", stamp,
				(int)((at - (double)whole) * 1e6), line->text);
		text = realloc(text, length + strlen(entry) + 1);
		strcpy(text + length, entry);
		length += strlen(entry);
		free(entry);
	}
	if (!length) {
		free(text);
		return detail(404, "Not found.");
	}
	return (struct answer){ 200, "application/yaml", text, NULL };
}

static struct answer submit(const char *body)
{
	json_t *request = json_loads(body ? body : "", 0, NULL), *definition;
	const char *text = json_string_value(json_object_get(request, "definition"));
	const char *type, *name;
	struct job *job = &jobs[job_count];

	definition = json_loads(text ? text : "", 0, NULL);
	type = json_string_value(json_object_get(definition, "device_type"));
	name = json_string_value(json_object_get(definition, "job_name"));
	if (!type || strcmp(type, "toy") != 0 || !name || job_count == MAX_JOBS) {
		json_decref(definition);
		json_decref(request);
		return json_answer(400, json_pack("{s:s}", "message",
						  "Devices unavailable: No device of that type"));
	}
	*job = (struct job){ .name = strdup(name), .definition = strdup(text), .submitted = now() };
	job_count++;
	json_decref(definition);
	json_decref(request);
	advance();
	return json_answer(201, json_pack("{s:s, s:[i]}", "message",
					  "Job(s) successfully submitted", "job_ids", job_count));
}

static struct answer list_jobs(const char *contains, const char *state, const char *before)
{
	json_t *list = json_array();

	for (int i = 0; i < job_count; i++)
		if (!jobs[i].gone && (!contains || strstr(jobs[i].name, contains)) &&
		    (!state || !strcmp(job_state(&jobs[i]), state)) &&
		    (!before || i + 1 < atoi(before)))
			json_array_append_new(list, job_json(&jobs[i]));
	return json_answer(200, json_pack("{s:i, s:n, s:n, s:o}", "count", json_array_size(list),
					  "next", "previous", "results", list));
}

static struct answer list_devices(void)
{
	json_t *list = json_array();

	for (int i = 0; i < devices; i++) {
		char name[32];

		snprintf(name, sizeof(name), "toy-%02d", i + 1);
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s}", "hostname", name, "device_type",
					"toy", "state", device_free[i] > now() ? "Running" : "Idle",
					"health", in_service() ? "Good" : "Maintenance"));
	}
	return json_answer(200, json_pack("{s:i, s:n, s:n, s:o}", "count", devices, "next",
					  "previous", "results", list));
}

static struct answer tell_test(void)
{
	json_t *list = json_array();

	for (int i = 0; i < job_count; i++)
		json_array_append_new(
			list,
			json_pack("{s:i, s:s, s:s, s:s, s:b, s:i}", "id", i + 1, "tag",
				  jobs[i].name, "state", job_state(&jobs[i]), "health",
				  is_finished(&jobs[i]) ? jobs[i].health : "Unknown", "cancelled",
				  jobs[i].cancelled, "requests", jobs[i].requests));
	return json_answer(200, list);
}

struct query {
	const char *start, *end, *contains, *state, *before;
};

static struct answer answer_job(const char *path, const char *method, const struct query *query)
{
	int id = 0, length = 0;
	struct job *job;

	if (sscanf(path, "%d/%n", &id, &length) != 1 || !length)
		return detail(404, "Not found.");
	path += length;
	if (id < 1 || id > job_count || jobs[id - 1].gone)
		return strcmp(path, "cancel/")
			       ? detail(404, "Not found.")
			       : (struct answer){ 500, "text/html", strdup("<h1>Server Error</h1>"),
						  NULL };
	job = &jobs[id - 1];
	job->requests++;
	if (!strcmp(path, ""))
		return json_answer(200, job_json(job));
	if (!strcmp(path, "logs/"))
		return get_log(job, query->start, query->end);
	if (strcmp(path, "cancel/") != 0)
		return detail(404, "Not found.");
	if (strcmp(method, "GET") != 0)
		return detail(405, "Method not allowed.");
	cancel_job(job);
	return json_answer(200, json_pack("{s:s}", "message", "Job cancel signal sent."));
}

static struct answer do_it(const char *url, const char *method, const char *body,
			   const struct query *query)
{
	static const char api[] = "/api/v0.2/";
	const char *path = url + strlen(api);

	advance();
	if (!strcmp(url, "/lavad/requests"))
		return json_answer(200, json_integer(requests));
	if (!strcmp(url, "/lavad/jobs"))
		return tell_test();
	if (strncmp(url, api, strlen(api)) != 0)
		return (struct answer){ 404, "text/html", strdup("<h1>Not Found</h1>"), NULL };
	if (!strcmp(path, "system/whoami/"))
		return json_answer(200, json_pack("{s:s}", "user", "ci"));
	if (!strcmp(path, "system/version/"))
		return json_answer(200, json_pack("{s:s}", "version", "stand-in"));
	if (!strcmp(path, "devices/"))
		return list_devices();
	if (!strcmp(path, "jobs/") && !strcmp(method, "POST"))
		return submit(body);
	if (!strcmp(path, "jobs/"))
		return list_jobs(query->contains, query->state, query->before);
	if (!strncmp(path, "jobs/", 5))
		return answer_job(path + 5, method, query);
	return detail(404, "Not found.");
}

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

static struct job *job_of(const char *url)
{
	int id = 0;

	if (sscanf(url, "/api/v0.2/jobs/%d/", &id) != 1 || id < 1 || id > job_count)
		return NULL;
	return &jobs[id - 1];
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
	struct job *job;

	pthread_mutex_lock(&lock);
	requests += strncmp(url, "/lavad/", 7) != 0;
	token = read_root("token");
	wanted = text_of("Token %.*s", token ? (int)strcspn(token, "\n") : 0, token ? token : "");
	choose_fault(url, method, kind);
	job = job_of(url);
	if (!strcmp(kind, "vanish") && job)
		job->gone = true;
	else if (!strcmp(kind, "shrink") && job)
		job->shrunk = true;
	else if (!strcmp(kind, "cancel") && job)
		cancel_job(job);
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
		usleep(200000);
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
	root = argv[1];
	devices = atoi(argv[2]);
	if (argc > 3)
		speed = strtod(argv[3], NULL);
	daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD,
				  0, NULL, NULL, handle, NULL, MHD_OPTION_NOTIFY_COMPLETED, forget,
				  NULL, MHD_OPTION_END);
	if (!daemon) {
		fprintf(stderr, "lavad: cannot listen\n");
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
	_exit(0);
}
