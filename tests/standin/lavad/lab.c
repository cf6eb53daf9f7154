// SPDX-License-Identifier: GPL-2.0
/* lab.c - see ../lavad.c. */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lab.h"

#define MAX_JOBS    20000
#define MAX_DEVICES 64

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
	int line_count, line_room;
	double length; /* of the kernel's time */
	const char *health;
	bool cancelled, gone, shrunk;
	int requests;
};

static struct job jobs[MAX_JOBS];
static int job_count;
static int requests;

void open_lab(int device_count, double how_fast)
{
	devices = device_count;
	speed = how_fast;
}

void count_request(const char *url)
{
	requests += strncmp(url, "/lavad/", 7) != 0;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The stamps of lines from this second of a kernel on are wrong by so many. */
struct skew {
	double from, seconds;
};

static struct skew read_skew(void)
{
	char *text = read_root("skew");
	struct skew skew = { 0 };

	if (text && sscanf(text, "%lf %lf", &skew.from, &skew.seconds) != 2)
		skew = (struct skew){ 0 };
	free(text);
	return skew;
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
	if (job->line_count == job->line_room) {
		job->line_room = 2 * job->line_room + 64;
		job->lines = realloc(job->lines, sizeof(*job->lines) * (size_t)job->line_room);
	}
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
		char *words = read_root("words");

		end_job(job, "Incomplete", "Infrastructure", words ? words : "Connection closed");
		free(words);
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

/* When the worker died; never: a time that does not come. */
static double death(void)
{
	char *path = root_path("dead");
	struct stat status;
	double when = 1e12;

	if (stat(path, &status) == 0)
		when = (double)status.st_mtim.tv_sec + (double)status.st_mtim.tv_nsec / 1e9;
	free(path);
	return when;
}

/* How far things have gone where a worker is needed. */
static double reached(void)
{
	double time = now(), end = death();

	return time < end ? time : end;
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

	for (int i = 0; i < job_count && in_service() && reached() >= time; i++) {
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
	return job->ended && job->ended <= (job->started ? reached() : now());
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
	while (job->line_count &&
	       job->lines[job->line_count - 1].at / speed > reached() - job->started)
		job->line_count--;
	job->length = (reached() - job->started) * speed;
	end_job(job, "Canceled", "Canceled", "The job was canceled");
	job->ended = now() + 0.01;
	device_free[job->device] = job->ended;
}

/* --- answers --- */

static struct answer json_answer(unsigned int status, json_t *json)
{
	char *text = json_dumps(json, JSON_ENCODE_ANY);

	json_decref(json);
	return (struct answer){ status, "application/json", text, NULL };
}

struct answer detail(unsigned int status, const char *text)
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
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	int last = job->shrunk ? job->line_count / 2 : job->line_count;
	double until = reached();
	struct skew skew = read_skew();

	for (long i = from; job->started && i < last && i < to; i++) {
		const struct line *line = &job->lines[i];
		double at = job->started + line->at + (line->at < skew.from ? 0 : skew.seconds);
		time_t whole = (time_t)at;
		struct tm utc;
		char stamp[64];

		if (job->started + line->at / speed > until)
			break;
		gmtime_r(&whole, &utc);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
		fprintf(stream, "- {\"dt\": \"%s.%06d\", %s\n", stamp,
			(int)((at - (double)whole) * 1e6), line->text);
	}
	fclose(stream);
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
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s, s:s}", "hostname", name,
						"device_type", "toy", "state",
						device_free[i] > now() ? "Running" : "Idle",
						"health", in_service() ? "Good" : "Maintenance",
						"worker_host", "worker0"));
	}
	return json_answer(200, json_pack("{s:i, s:n, s:n, s:o}", "count", devices, "next",
					  "previous", "results", list));
}

/* It calls twice a second. */
static json_t *worker_json(void)
{
	char ping[64];

	snprintf(ping, sizeof(ping), "%.1f", floor(reached() * 2) / 2);
	return json_pack("{s:s, s:s, s:s, s:s}", "hostname", "worker0", "state",
			 reached() < now() ? "Offline" : "Online", "health", "Active", "last_ping",
			 ping);
}

static struct answer answer_worker(const char *path)
{
	char *secretive = read_root("secretive");

	free(secretive);
	if (secretive)
		return detail(403, "You do not have permission to perform this action.");
	if (!strcmp(path, "worker0/"))
		return json_answer(200, worker_json());
	if (*path)
		return detail(404, "Not found.");
	return json_answer(200, json_pack("{s:i, s:n, s:n, s:[o]}", "count", 1, "next", "previous",
					  "results", worker_json()));
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

struct answer do_it(const char *url, const char *method, const char *body,
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
	if (!strncmp(path, "devices/toy-", 12))
		return json_answer(200, json_pack("{s:s, s:s}", "hostname", path + 8, "worker_host",
						  "worker0"));
	if (!strncmp(path, "workers/", 8))
		return answer_worker(path + 8);
	if (!strcmp(path, "jobs/") && !strcmp(method, "POST"))
		return submit(body);
	if (!strcmp(path, "jobs/"))
		return list_jobs(query->contains, query->state, query->before);
	if (!strncmp(path, "jobs/", 5))
		return answer_job(path + 5, method, query);
	return detail(404, "Not found.");
}

static struct job *job_of(const char *url)
{
	int id = 0;

	if (sscanf(url, "/api/v0.2/jobs/%d/", &id) != 1 || id < 1 || id > job_count)
		return NULL;
	return &jobs[id - 1];
}

void harm_job(const char *kind, const char *url)
{
	struct job *job = job_of(url);

	if (!strcmp(kind, "vanish") && job)
		job->gone = true;
	else if (!strcmp(kind, "shrink") && job)
		job->shrunk = true;
	else if (!strcmp(kind, "cancel") && job)
		cancel_job(job);
}
