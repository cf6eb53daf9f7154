// SPDX-License-Identifier: GPL-2.0
/*
 * Boots in a lab that goes wrong in every way, a thousand of them, each with another sequence of
 * faults: no verdict is wrong, no job is made twice, nothing hangs and nobody asks in a hurry.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/progress.h"
#include "boot/boot.h"
#include "core/file.h"
#include "core/http.h"
#include "unit.h"

#define AT_A_TIME 16
/* More than any of them needs when each request meets trouble. */
#define MOST_SECONDS  60.0
#define MOST_REQUESTS 400

struct lab {
	char *folder, *port, *url;
	int input; /* of the server: closed, it ends */
	pid_t pid;
	char *kernels[4], *initrd, *job, *artifacts;
	struct machine_conf conf;
	struct machine *machine;
};

static char *constant(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* What a kernel may come to; INFRA is added when the faults allow it. */
static const struct {
	const char *name, *script;
	enum verdict verdict;
} kinds[] = {
	{ "good",
	  "say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP\nsay KTAP version 1\nsay 1..1\n"
	  "guest\nbeat 1 10 9\nwait 1\nbeat 2 20 19\nsay ok 1 storm\nsay # farrier: end\n"
	  "say [    2.000000] reboot: Power down\noff\n",
	  VERDICT_GOOD },
	{ "panic",
	  "say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP\nguest\nbeat 1 10 9\n"
	  "say Kernel panic - not syncing: Attempted to kill init!\nwait 1\neof\n",
	  VERDICT_BAD },
	{ "still",
	  "say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP\nguest\nbeat 1 10 9\nwait 1\n"
	  "beat 2 10 10\nwait 1\nbeat 3 10 11\nwait 1\nbeat 4 10 12\nwait 1\nbeat 5 10 13\nwait 1\n"
	  "beat 6 10 14\nwait 1\nbeat 7 10 15\nwait 1\nbeat 8 10 16\nwait 1\nbeat 9 10 17\nhang\n",
	  VERDICT_BAD },
	{ "gone",
	  "say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP\nguest\nbeat 1 10 9\nwait 1\neof\n",
	  VERDICT_INFRA },
};

static void write_text(struct lab *lab, const char *name, const char *text)
{
	OWNED_STR path = xasprintf("%s/%s", lab->folder, name);

	assert_null(file_write(path, text, strlen(text)));
}

static void start_server(struct lab *lab)
{
	OWNED_STR program = xasprintf("%s/build/dev/standin/lavad",
				      getenv("FARRIER_SOURCE") ? getenv("FARRIER_SOURCE") : ".");
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	lab->pid = fork();
	if (!lab->pid) {
		dup2(ends[0], 0);
		execl(program, program, lab->folder, "16", "20", (char *)NULL);
		_exit(127);
	}
	close(ends[0]);
	lab->input = ends[1];
	for (int i = 0; i < 200 && !file_exists(lab->port); i++)
		usleep(50000);
	assert_true(file_exists(lab->port));
}

static int setup(void **state)
{
	struct lab *lab = xcalloc(1, sizeof(*lab));
	STRBUF port = { 0 };

	progress_setup(&(struct progress_settings){ .mode = PROGRESS_QUIET });
	lab->folder = unit_make_folder();
	lab->port = xasprintf("%s/port", lab->folder);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		write_text(lab, kinds[i].name, kinds[i].script);
		lab->kernels[i] = xasprintf("%s/%s", lab->folder, kinds[i].name);
	}
	write_text(lab, "initrd", "x");
	write_text(lab, "limit", "8");
	write_text(lab, "job.json",
		   "{\"device_type\": \"toy\", \"job_name\": \"{tag}\", \"kernel\": \"{kernel}\", "
		   "\"cmdline\": \"{cmdline}\", \"cpus\": \"{cpus}\"}");
	lab->initrd = xasprintf("%s/initrd", lab->folder);
	lab->job = xasprintf("%s/job.json", lab->folder);
	lab->artifacts = xasprintf("%s/www", lab->folder);
	start_server(lab);
	assert_null(file_read(lab->port, 100, &port));
	lab->url = xasprintf("http://127.0.0.1:%d", atoi(strbuf_str(&port)));
	lab->conf = (struct machine_conf){ .name = constant("lab"),
					   .path = constant("lab.conf"),
					   .kind = constant("lava"),
					   .memory = constant(""),
					   .cmdline = constant("console=ttyS0"),
					   .lab = { .url = lab->url,
						    .token_file = constant(""),
						    .job = lab->job,
						    .artifacts = lab->artifacts,
						    .artifacts_token_file = constant(""),
						    .artifacts_url = constant(""),
						    .poll_ms = 20,
						    .patience = 20 },
					   .boot_seconds = 20,
					   .detector_seconds = 2,
					   .quiet_seconds = 5 };
	setenv("FARRIER_LAB_TOKEN", "a-token-of-the-test", 1);
	assert_null(machine_open(&lab->conf, &lab->machine));
	*state = lab;
	return 0;
}

static int teardown(void **state)
{
	struct lab *lab = *state;

	machine_free(lab->machine);
	close(lab->input);
	waitpid(lab->pid, NULL, 0);
	unit_remove_folder(lab->folder);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		free(lab->kernels[i]);
	free(lab->initrd);
	free(lab->job);
	free(lab->artifacts);
	free(lab->port);
	free(lab->url);
	free(lab);
	return 0;
}

/* One boot of a campaign. */
struct
try {
	struct campaign *campaign;
	size_t kind;
	char *folder;
	struct boot_request request;
	struct boot_job *job;
	double began, took;
	bool done;
	enum verdict verdict;
	char *text;
};

struct campaign {
	struct lab *lab;
	struct loop *loop;
	struct loop_source *pump;
	struct try *tries;
	size_t count, started, ended, freed;
	bool done;
};

static const struct err *on_done(void *data, const struct boot *boot)
{
	struct try *try = data;

	try->done = true;
	try->verdict = boot->verdict;
	try->text = xstrdup(boot->text ? boot->text : "");
	try->took = loop_now() - try->began;
	try->campaign->ended++;
	loop_set_timer(try->campaign->pump, loop_now());
	return NULL;
}

static ERR_CHECK start_try(struct campaign *campaign, size_t index)
{
	struct try *try = &campaign->tries[index];
	struct lab *lab = campaign->lab;

	try->campaign = campaign;
	try->kind = index % ARRAY_SIZE(kinds);
	try->folder = xasprintf("%s/%p-%zu", lab->folder, (void *)campaign->tries, index);
	try->began = loop_now();
	try->request = (struct boot_request){ .kernel = lab->kernels[try->kind],
					      .initrd = lab->initrd,
					      .folder = try->folder,
					      .machine = lab->machine,
					      .cpus = 2,
					      .seconds = 1 };
	return boot_start(campaign->loop, &try->request, on_done, try, &try->job);
}

static const struct err *pump(void *data, short events)
{
	struct campaign *campaign = data;

	(void)events;
	for (size_t i = 0; i < campaign->started; i++) {
		struct try *try = &campaign->tries[i];

		if (try->done && try->job)
			boot_job_free(TAKE_PTR(try->job));
	}
	while (campaign->started < campaign->count &&
	       campaign->started - campaign->ended < AT_A_TIME)
		TRY(start_try(campaign, campaign->started++));
	campaign->done = campaign->ended == campaign->count;
	return NULL;
}

/* "PER_MILLE SEED KIND..." */
static void run_campaign(struct lab *lab, const char *faults, size_t count,
			 struct campaign *campaign)
{
	LOOP loop = loop_new();

	write_text(lab, "faults", faults);
	*campaign = (struct campaign){ .lab = lab, .loop = loop, .count = count };
	campaign->tries = xcalloc(count, sizeof(*campaign->tries));
	campaign->pump = loop_add_timer(loop, loop_now(), pump, campaign);
	assert_null(loop_run(loop, &campaign->done));
	assert_null(pump(campaign, 0));
	write_text(lab, "faults", "");
}

static void end_campaign(struct campaign *campaign)
{
	for (size_t i = 0; i < campaign->count; i++) {
		free(campaign->tries[i].folder);
		free(campaign->tries[i].text);
	}
	free(campaign->tries);
}

/* Wrong is what says BAD or GOOD of another kernel; returns how many were INFRA for nothing. */
static size_t check_verdicts(const struct campaign *campaign)
{
	size_t infra = 0;

	for (size_t i = 0; i < campaign->count; i++) {
		const struct try *try = &campaign->tries[i];
		enum verdict expected = kinds[try->kind].verdict;

		if (try->verdict != expected && try->verdict != VERDICT_INFRA)
			fail_msg("try %zu: a '%s' kernel was %s: %s", i, kinds[try->kind].name,
				 verdict_name(try->verdict), try->text);
		if (try->took > MOST_SECONDS)
			fail_msg("try %zu of '%s' took %.0f s", i, kinds[try->kind].name,
				 try->took);
		if (try->verdict != expected)
			print_message("# try %zu of '%s' is INFRA: %s\n", i, kinds[try->kind].name,
				      try->text);
		infra += try->verdict != expected;
	}
	return infra;
}

static json_t *ask_jobs(const struct lab *lab)
{
	OWNED_STR url = xasprintf("%s/lavad/jobs", lab->url);
	HTTP_ANSWER answer = { 0 };
	json_t *jobs;

	assert_null(http_run(&(struct http_request){ .url = url }, &answer));
	jobs = json_loadb(strbuf_str(&answer.body), answer.body.len, 0, NULL);
	assert_true(json_is_array(jobs));
	return jobs;
}

/* What a try wrote down of its job. */
static json_t *record_of(const struct try *try)
{
	OWNED_STR path = xasprintf("%s/lab.json", try->folder);
	json_t *record = json_load_file(path, 0, NULL);

	assert_non_null(record);
	return record;
}

/* Jobs of the try besides its own that nobody cancelled, and all of them. */
static void count_jobs(const json_t *jobs, const struct try *try, size_t *others, size_t *all)
{
	OWNED_JSON *record = record_of(try);
	const char *tag = store_get_string(record, "tag", "?");
	int own = store_get_int(record, "job", 0);
	size_t index;
	json_t *job;

	*others = *all = 0;
	json_array_foreach (jobs, index, job) {
		if (!str_equal(store_get_string(job, "tag", ""), tag))
			continue;
		++*all;
		*others += store_get_int(job, "id", 0) != own &&
			   !str_equal(store_get_string(job, "state", ""), "Finished");
		if (store_get_int(job, "requests", 0) > MOST_REQUESTS)
			fail_msg("job %d was asked for %d times", store_get_int(job, "id", 0),
				 store_get_int(job, "requests", 0));
	}
}

static void test_a_lab_without_faults(void **state)
{
	struct campaign campaign;
	OWNED_JSON *jobs = NULL;

	run_campaign(*state, "", 40, &campaign);
	assert_int_equal(check_verdicts(&campaign), 0);
	jobs = ask_jobs(*state);
	assert_int_equal(json_array_size(jobs), 40);
	end_campaign(&campaign);
}

/* What passes by itself costs time, and nothing else. */
static void test_faults_that_pass(void **state)
{
	struct campaign campaign;
	OWNED_JSON *jobs = NULL;

	run_campaign(*state, "200 1 refuse lost half slow fail 429 500 503 nonsense", 400,
		     &campaign);
	/* Five submissions that fail in a row are given up: rarely, one of the 400. */
	assert_in_range(check_verdicts(&campaign), 0, 2);
	jobs = ask_jobs(*state);
	for (size_t i = 0; i < campaign.count; i++) {
		size_t others, all;

		count_jobs(jobs, &campaign.tries[i], &others, &all);
		assert_in_range(all, 0, 1);
	}
	end_campaign(&campaign);
}

/* A submission that comes late makes a second job, which is cancelled and never counted. */
static void test_submissions_that_come_late(void **state)
{
	struct campaign campaign;
	OWNED_JSON *jobs = NULL;
	size_t twice = 0;

	run_campaign(*state, "500 2 POST:late POST:lost", 200, &campaign);
	assert_int_equal(check_verdicts(&campaign), 0);
	usleep(500000); /* the latest are there, and over */
	jobs = ask_jobs(*state);
	for (size_t i = 0; i < campaign.count; i++) {
		size_t others, all;

		count_jobs(jobs, &campaign.tries[i], &others, &all);
		assert_int_equal(others, 0);
		twice += all > 1;
	}
	assert_true(twice > 0); /* or nothing was tested */
	end_campaign(&campaign);
}

/* All at once, also what no patience mends. */
static void test_every_fault(void **state)
{
	struct campaign campaign;
	OWNED_JSON *jobs = NULL;

	run_campaign(*state,
		     "150 3 refuse lost late half slow fail 301 403 404 429 500 503 nonsense "
		     "refuse lost late half slow fail 429 500 503 vanish shrink cancel",
		     400, &campaign);
	check_verdicts(&campaign);
	jobs = ask_jobs(*state);
	for (size_t i = 0; i < campaign.count; i++) {
		size_t others, all;

		count_jobs(jobs, &campaign.tries[i], &others,
			   &all); /* fails on too many requests */
		assert_in_range(all, 0, 5);
	}
	end_campaign(&campaign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_lab_without_faults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_faults_that_pass, setup, teardown),
		cmocka_unit_test_setup_teardown(test_submissions_that_come_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_fault, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
