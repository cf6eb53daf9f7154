// SPDX-License-Identifier: GPL-2.0
/*
 * slurmrestd.c - stands in for slurmrestd and the cluster behind it, for tests; also a bad one.
 *
 *     slurmrestd ROOT NODES
 *
 * NODES nodes "n1", ... run one job each; a job is its script, run for real, with its environment
 * and SLURMD_NODENAME. What the API answers is as Slurm 22.05 was seen to answer. How requests go
 * wrong is in front/front.h, and besides:
 *
 *     gone      there is no controller: 500, and of a job "Unable to find JobId" with -1
 *     expired   the token is not taken: the same, and 5005 of a submission
 *
 * A test speaks by files of ROOT, which are looked for again and again:
 *
 *     token       the only X-SLURM-USER-TOKEN that is let in
 *     fail-NODE   once: the node dies, with its job, which is requeued if ROOT/requeue is there
 *     slowly      jobs end only when it is gone
 *     limit       seconds that a job may run
 *     twice       every job is started twice, at the same time
 *     impossible  a submission is answered by 2015 and a job that waits for ever
 *     full        the queue takes no job: a submission is answered by 2007
 *     reason      why jobs wait that do not start while it is there
 *     forgetful   jobs that are over are not known any more
 *     cancel      once: somebody cancels what runs
 *     amnesia     once: the controller is killed, what runs ends with it, and the ids are given to
 *                 jobs of somebody else, who holds them
 *
 * /restd/jobs tells what there was:
 *     as the API does, with "starts": N, "held": BOOL and what was "wanted" of the job besides
 * /restd/requests is how many there were.
 */
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "front/front.h"

#define MAX_JOBS  20000
#define MAX_NODES 64

struct job {
	char *name, *script, *output, *folder;
	char *excluded; /* ",n1,n2," */
	json_t *environment, *wanted;
	const char *state, *reason;
	bool held, impossible;
	int node; /* from 0 */
	pid_t pids[2];
	int status, starts;
	double started, forgotten;
};

static struct job jobs[MAX_JOBS];
static int job_count, node_count, requests;
static bool node_busy[MAX_NODES];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool is_there(const char *name)
{
	char *path = root_path(name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Whether the test asked for it; once. */
static bool asked_once(const char *name)
{
	char *path = root_path(name);
	bool there = unlink(path) == 0;

	free(path);
	return there;
}

/* --- the cluster --- */

static void run_script(const struct job *job)
{
	char *node = text_of("SLURMD_NODENAME=n%d", job->node + 1);
	char *script = text_of("%sscript-%d-%d", root_path(""), (int)(job - jobs), getpid());
	int output = open(job->output, O_WRONLY | O_CREAT | O_APPEND, 0644);
	FILE *file = fopen(script, "w");
	const char *key;
	json_t *value;

	setpgid(0, 0);
	fputs(job->script, file);
	fclose(file);
	chmod(script, 0755);
	clearenv();
	json_object_foreach (job->environment, key, value)
		setenv(key, json_string_value(value), 1);
	putenv(node);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(output, 1);
	dup2(output, 2);
	/* a folder that is not there silently becomes another */
	if (chdir(job->folder) < 0 && chdir("/tmp") < 0)
		_exit(1);
	execl(script, script, NULL);
	perror(script);
	_exit(127);
}

static void start(struct job *job, int node)
{
	job->node = node;
	node_busy[node] = true;
	job->started = now();
	for (int i = 0; i < (is_there("twice") ? 2 : 1); i++) {
		job->starts++;
		job->pids[i] = fork();
		if (!job->pids[i])
			run_script(job);
	}
	job->state = "RUNNING";
	job->reason = "None";
}

static void kill_all(struct job *job, int signal)
{
	for (int i = 0; i < 2; i++)
		if (job->pids[i] > 0)
			kill(-job->pids[i], signal);
}

static void over(struct job *job, const char *state, const char *reason)
{
	for (int i = 0; i < 2; i++)
		if (job->pids[i] > 0) {
			kill(-job->pids[i], SIGKILL);
			waitpid(job->pids[i], NULL, 0);
			job->pids[i] = 0;
		}
	if (job->node >= 0)
		node_busy[job->node] = false;
	job->state = state;
	job->reason = reason;
	job->forgotten = now();
}

static void reap(struct job *job)
{
	bool all = true;

	if (is_there("slowly"))
		return;
	for (int i = 0; i < 2; i++) {
		int status;

		if (job->pids[i] <= 0)
			continue;
		if (waitpid(job->pids[i], &status, WNOHANG) == job->pids[i]) {
			job->status = i ? job->status : status;
			job->pids[i] = 0;
		} else {
			all = false;
		}
	}
	if (all)
		over(job, job->status ? "FAILED" : "COMPLETED",
		     job->status ? "NonZeroExitCode" : "None");
}

static void fail_nodes(void)
{
	for (int node = 0; node < node_count; node++) {
		char *name = text_of("fail-n%d", node + 1);

		if (asked_once(name))
			for (int i = 0; i < job_count; i++) {
				struct job *job = &jobs[i];

				if (strcmp(job->state, "RUNNING") != 0 || job->node != node)
					continue;
				over(job, is_there("requeue") ? "PENDING" : "NODE_FAIL",
				     is_there("requeue") ? "BeginTime" : "NodeDown");
			}
		free(name);
	}
}

static void forget_running(void)
{
	for (int i = 0; i < job_count; i++) {
		struct job *job = &jobs[i];

		if (strcmp(job->state, "RUNNING") != 0)
			continue;
		over(job, "PENDING", "None");
		job->node = -1;
		job->held = true;
		job->forgotten = 0;
		job->name = text_of("climate-%d", i);
	}
}

static bool is_excluded(const struct job *job, int node)
{
	char name[32];

	snprintf(name, sizeof(name), ",n%d,", node + 1);
	return strstr(job->excluded, name) != NULL;
}

static void advance(void)
{
	char *reason = read_root("reason");
	double limit = read_number("limit", 1e9);
	bool cancel = asked_once("cancel");
	static char why[64];

	fail_nodes();
	if (asked_once("amnesia"))
		forget_running();
	for (int i = 0; i < job_count; i++) {
		struct job *job = &jobs[i];

		if (!strcmp(job->state, "RUNNING")) {
			reap(job);
			if (strcmp(job->state, "RUNNING") != 0)
				continue;
			if (cancel)
				over(job, "CANCELLED", "None");
			else if (now() - job->started > limit)
				over(job, "TIMEOUT", "TimeLimit");
			continue;
		}
		if (strcmp(job->state, "PENDING") != 0 || job->held || job->impossible)
			continue;
		if (reason) {
			snprintf(why, sizeof(why), "%.*s", (int)strcspn(reason, "\n"), reason);
			job->reason = why;
			continue;
		}
		job->reason = "BadConstraints";
		for (int node = 0; node < node_count && strcmp(job->state, "RUNNING") != 0; node++)
			if (!is_excluded(job, node)) {
				job->reason = "Resources";
				if (!node_busy[node])
					start(job, node);
			}
	}
	free(reason);
}

static void *go_on(void *data)
{
	(void)data;
	for (;;) {
		front_lock();
		advance();
		front_unlock();
		usleep(20000);
	}
	return NULL;
}

static void end_all(void)
{
	front_lock();
	for (int i = 0; i < job_count; i++)
		kill_all(&jobs[i], SIGKILL);
}

/* --- what it answers --- */

static struct answer json_answer(unsigned int status, json_t *json)
{
	struct answer answer = { status, "application/json", json_dumps(json, JSON_ENCODE_ANY),
				 NULL };

	json_decref(json);
	return answer;
}

static struct answer error(int number, const char *text, bool submission)
{
	return json_answer(500, json_pack("{s:{}, s:[{s:i, s:s}]}", "meta", "errors",
					  submission ? "error_code" : "error_number", number,
					  "error", text));
}

static struct answer done(void)
{
	return json_answer(200, json_pack("{s:{}, s:[]}", "meta", "errors"));
}

static json_t *describe(int index)
{
	const struct job *job = &jobs[index];
	char *node = job->node >= 0 ? text_of("n%d", job->node + 1) : strdup("");
	json_t *json = json_pack("{s:i, s:s, s:s, s:s, s:i, s:s}", "job_id", index + 1, "name",
				 job->name, "job_state", job->state, "state_reason",
				 job->held ? "JobHeldUser" : job->reason, "exit_code", job->status,
				 "nodes", node);

	free(node);
	return json;
}

static bool is_known(const struct job *job)
{
	return job->forgotten <= 0 || !is_there("forgetful");
}

static struct answer list(void)
{
	json_t *all = json_array();

	for (int i = 0; i < job_count; i++)
		if (is_known(&jobs[i]))
			json_array_append_new(all, describe(i));
	return json_answer(200, json_pack("{s:[], s:o}", "errors", "jobs", all));
}

static char *text_in(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return strdup(text ? text : "");
}

static struct answer submit(const char *body)
{
	json_t *request = json_loads(body ? body : "", 0, NULL);
	const json_t *wanted = json_object_get(request, "job");
	struct job *job = &jobs[job_count];
	bool impossible = is_there("impossible");
	char *percent;

	if (!json_object_size(json_object_get(wanted, "environment")))
		return error(2127, "environment must be set", true);
	if (is_there("full"))
		return error(2007, "Unable to create job record, try again", true);
	*job = (struct job){
		.name = text_in(wanted, "name"),
		.script = text_in(request, "script"),
		.output = text_in(wanted, "standard_output"),
		.folder = text_in(wanted, "current_working_directory"),
		.excluded = text_of(
			",%s,", json_string_value(json_object_get(wanted, "exclude_nodes")) ?: ""),
		.environment = json_incref(json_object_get(wanted, "environment")),
		.wanted = json_object_get(request, "job"),
		.state = "PENDING",
		.reason = impossible ? "PartitionConfig" : "None",
		.held = json_is_true(json_object_get(wanted, "hold")),
		.impossible = impossible,
		.node = -1
	};
	json_incref(job->wanted);
	percent = strstr(job->output, "%j");
	if (percent)
		job->output = text_of("%.*s%d%s", (int)(percent - job->output), job->output,
				      job_count + 1, percent + 2);
	json_decref(request);
	job_count++;
	if (impossible)
		return json_answer(200,
				   json_pack("{s:[{s:i, s:s}], s:i}", "errors", "error_code", 2015,
					     "error",
					     "Requested partition configuration not available now",
					     "job_id", job_count));
	if (job->held)
		return json_answer(200, json_pack("{s:[{s:i, s:s}], s:i}", "errors", "error_code",
						  2042, "error",
						  "Job is in held state, pending scheduler release",
						  "job_id", job_count));
	return json_answer(200, json_pack("{s:[], s:i}", "errors", "job_id", job_count));
}

static struct answer on_job(int id, const char *method, const char *body)
{
	struct job *job = id > 0 && id <= job_count ? &jobs[id - 1] : NULL;
	json_t *request;

	if (!job || !is_known(job))
		return error(2017, "Invalid job id specified", false);
	if (!strcmp(method, "GET"))
		return json_answer(200,
				   json_pack("{s:[], s:[o]}", "errors", "jobs", describe(id - 1)));
	if (!strcmp(method, "DELETE")) {
		if (!strcmp(job->state, "PENDING") || !strcmp(job->state, "RUNNING"))
			over(job, "CANCELLED", "None");
		return done();
	}
	if (job->forgotten > 0)
		return error(2084, "Job has already finished", false);
	request = json_loads(body ? body : "", 0, NULL);
	if (json_is_false(json_object_get(request, "hold")))
		job->held = false;
	json_decref(request);
	return done();
}

static struct answer tell_test(void)
{
	json_t *all = json_array();

	for (int i = 0; i < job_count; i++) {
		json_t *one = describe(i);

		json_object_set_new(one, "starts", json_integer(jobs[i].starts));
		json_object_set_new(one, "held", json_boolean(jobs[i].held));
		json_object_set(one, "wanted", jobs[i].wanted);
		json_array_append_new(all, one);
	}
	return json_answer(200, all);
}

/* As a slurmrestd whose controller is away, or who does not like the token. */
static struct answer out_of_reach(const char *url, const char *method, bool expired)
{
	if (!strcmp(method, "POST"))
		return expired ? error(5005, "Zero Bytes were transmitted or received", true)
			       : error(1800, "Unable to contact slurm controller (connect failure)",
				       true);
	return json_answer(500,
			   json_pack("{s:[{s:s, s:i, s:s}], s:[]}", "errors", "description",
				     strstr(url, "/job/") ? "Unable to find JobId" : "Failed",
				     "error_number", -1, "error", "Unspecified error", "jobs"));
}

static const char *fault; /* of this request, of the world's own kinds */

static void harm(char *kind, size_t size, const char *url)
{
	(void)size;
	(void)url;
	fault = !strcmp(kind, "gone") ? "gone" : !strcmp(kind, "expired") ? "expired" : NULL;
}

static bool is_let_in(struct MHD_Connection *connection)
{
	char *token = read_root("token");
	const char *sent = connection ? MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
								    "X-SLURM-USER-TOKEN")
				      : NULL;
	bool good = !token || !connection ||
		    (sent && strlen(sent) == strcspn(token, "\n") &&
		     !strncmp(sent, token, strlen(sent)));

	free(token);
	return good;
}

static struct answer answer(struct MHD_Connection *connection, const char *url, const char *method,
			    const char *body)
{
	static const char api[] = "/slurm/v0.0.38/";
	const char *why = fault, *path = url + strlen(api);

	fault = NULL;
	if (!strcmp(url, "/restd/jobs"))
		return tell_test();
	if (!strcmp(url, "/restd/requests"))
		return json_answer(200, json_integer(requests));
	requests++;
	if (why)
		return out_of_reach(url, method, !strcmp(why, "expired"));
	if (!is_let_in(connection))
		return out_of_reach(url, method, true);
	if (strncmp(url, api, strlen(api)) != 0)
		return (struct answer){ 404, "text/plain", strdup("not found"), NULL };
	if (!strcmp(path, "ping"))
		return json_answer(200, json_pack("{s:[], s:[{s:s, s:s}]}", "errors", "pings",
						  "hostname", "toy", "ping", "UP"));
	if (!strcmp(path, "jobs"))
		return list();
	if (!strcmp(path, "job/submit") && !strcmp(method, "POST"))
		return submit(body);
	if (!strncmp(path, "job/", 4))
		return on_job(atoi(path + 4), method, body);
	return (struct answer){ 404, "text/plain", strdup("not found"), NULL };
}

int main(int argc, char **argv)
{
	static const struct front_world world = {
		.own = "/restd/", .answer = answer, .harm = harm, .end = end_all
	};
	pthread_t thread;
	const char *root;

	if (argc < 3) {
		fprintf(stderr, "usage: slurmrestd ROOT NODES\n");
		return 2;
	}
	node_count = atoi(argv[2]) < MAX_NODES ? atoi(argv[2]) : MAX_NODES;
	root = realpath(argv[1], NULL);
	if (!root) {
		perror(argv[1]);
		return 3;
	}
	front_open(root);
	if (pthread_create(&thread, NULL, go_on, NULL) != 0)
		return 3;
	return front_run(root, &world);
}
