// SPDX-License-Identifier: GPL-2.0
/*
 * machine_lava.c - machines in a LAVA lab, one job a run.
 *
 * What is known of the job stands in the run's folder, lab.json, from before it is submitted:
 *
 *	{"schema":1, "lab":URL, "tag":TAG, "job":ID|null, "uncertain":BOOL}
 *
 * A run whose folder has one takes the job up: its log is read again from the first line.
 *
 * The run's clock is the lab's: between two lines as long as their stamps say, behind the last
 * one as long as it was heard that there is no other.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "base/interrupt.h"
#include "base/progress.h"
#include "core/file.h"
#include "core/random.h"
#include "core/task.h"
#include "lab/lab_artifact.h"
#include "lab/lab_job.h"
#include "lab/lab_strays.h"
#include "lab/lab_template.h"
#include "machine_kind.h"

/* How long farrier waits for the lab when it ends and a job is to be cancelled. */
#define FAREWELL_SECONDS 10.0
/* The same for jobs that were not heard of any more. */
#define STRAYS_SECONDS 10.0
/* What a job needs beside its run: downloads, power, the end. */
#define JOB_MINUTES 5
/* Stamps that go on by more than was waited for, and so much: the lab's clock was set. */
#define CLOCK_SET_SECONDS 60.0
/* Two processes of a lab write a log; what is earlier by less is their disorder. */
#define DISORDER_SECONDS 5.0

struct lava {
	struct lab *lab;
	struct lab_store *store;
	int slots;	    /* 0: not asked yet */
	atomic_flag looked; /* for strays of earlier farriers */
	bool left_strays;
};

struct lava_run {
	struct machine_run *run;
	struct lava *lava;
	char *record; /* path of lab.json */
	char tag[32];
	int64_t id;
	bool uncertain;
	struct task *task; /* places kernel and initramfs */
	const struct lab_artifact *kernel, *initrd;
	json_t *definition;
	struct lab_job_spec spec;
	struct lab_job *job;
	bool running, ended;
	double clock, began; /* machine_run_now(), and when it ran */
	double looked;	     /* loop_now() of the last look that came to the log's end, or 0 */
	double heard;	     /* until then silence is counted */
	double came;	     /* loop_now() of the last entry, or of the first look; or 0 */
	/* The last entry: its stamp (negative: none yet), the clock then, silence heard since. */
	double stamp, entry_clock, silence;
};

/* --- jobs that may still come --- */

static void cancel_strays(struct lava *lava)
{
	const char *folder = lab_settings(lava->lab)->strays;
	const struct err *err = folder ? lab_strays_cancel(lava->lab, folder, STRAYS_SECONDS)
				       : NULL;

	if (err)
		progress_detail("jobs that may have come late: %s", err->text);
	err_free(err);
}

static ERR_CHECK note_stray(struct lava *lava, const char *tag)
{
	const char *folder = lab_settings(lava->lab)->strays;

	lava->left_strays = true;
	return folder ? lab_strays_note(folder, tag) : NULL;
}

static void warn_of_stray(const struct lava_run *lava)
{
	progress_warn("job %lld may still run: whenever machine '%s' is used, it is cancelled",
		      (long long)lava->id, lava->run->machine->conf->name);
}

static void close_lava(void *state)
{
	struct lava *lava = state;

	if (!lava)
		return;
	interrupt_hold(true);
	if (lava->left_strays)
		cancel_strays(lava);
	interrupt_hold(false);
	lab_store_free(lava->store);
	lab_free(lava->lab);
	free(lava);
}

static const struct err *open_lava(const struct machine_conf *conf, void **state)
{
	LAB lab = NULL;
	struct lava *lava;

	if (!*conf->lab.job)
		return err_hint(err_input("'%s': 'machine.job' is missing", conf->path),
				"it names the template of a job, a JSON file");
	TRY(lab_open(conf, &lab));
	lava = xcalloc(1, sizeof(*lava));
	lava->lab = TAKE_PTR(lab);
	lava->store = lab_store_new(conf);
	*state = lava;
	return NULL;
}

/* --- how many at a time --- */

/* The type of device that the template asks for, which words in braces do not change. */
static ERR_CHECK device_type(const struct machine_conf *conf, char **type)
{
	OWNED_JSON *template = NULL;
	json_error_t error;

	template = json_load_file(conf->lab.job, 0, &error);
	if (!template)
		return err_input("'%s', line %d: %s", conf->lab.job, error.line, error.text);
	*type = xstrdup(store_get_string(template, "device_type", ""));
	if (!**type)
		return err_input("'%s' asks for no 'device_type'", conf->lab.job);
	return NULL;
}

static ERR_CHECK count_devices(struct lava *lava, const struct machine_conf *conf)
{
	OWNED_STR type = NULL;
	OWNED_STR escaped = NULL;
	OWNED_STR path = NULL;
	struct lab_request request = { .method = HTTP_GET };
	LAB_REPLY reply = { 0 };
	size_t index;
	json_t *device;

	TRY(device_type(conf, &type));
	TRY(http_escape(type, &escaped));
	path = xasprintf("devices/?device_type=%s&limit=1000", escaped);
	request.path = path;
	TRY(lab_ask(lava->lab, &request, 60, &reply));
	json_array_foreach (json_object_get(reply.json, "results"), index, device)
		lava->slots += lab_takes_jobs(device);
	if (lava->slots)
		return NULL;
	return err_hint(err_env("the lab of '%s' has no device of type '%s' that is in service",
				conf->name, type),
			"'farrier lab devices --machine %s' lists them", conf->name);
}

static const struct err *count_slots(void *state, const struct machine_conf *conf, int *slots)
{
	struct lava *lava = state;

	if (!lava->slots && conf->lab.parallel)
		lava->slots = conf->lab.parallel;
	if (!lava->slots)
		TRY(count_devices(lava, conf));
	*slots = lava->slots;
	return NULL;
}

/* Another template is another way to boot. */
static const struct err *describe(const struct machine_conf *conf, char **version)
{
	char id[STORE_ID_SIZE];

	TRY(err_context(store_file_id(conf->lab.job, id), "job template"));
	*version = xasprintf("LAVA job %s", id);
	return NULL;
}

/* --- the record --- */

static const struct err *write_record(struct lava_run *lava)
{
	OWNED_JSON *json = json_object();

	store_set(json, "lab", store_text(lava->run->machine->conf->lab.url));
	store_set(json, "tag", json_string(lava->tag));
	store_set(json, "job", lava->id ? json_integer(lava->id) : json_null());
	store_set(json, "uncertain", json_boolean(lava->uncertain));
	return store_write(lava->record, json);
}

static bool is_tag(const char *tag)
{
	return starts_with(tag, "farrier-") && strlen(tag) < sizeof(((struct lava_run *)0)->tag) &&
	       tag[strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static ERR_CHECK make_tag(struct lava_run *lava)
{
	uint64_t number;

	TRY(random_number(&number));
	snprintf(lava->tag, sizeof(lava->tag), "farrier-%016llx", (unsigned long long)number);
	return NULL;
}

/* Of a run that was cut off here, in the same lab. */
static ERR_CHECK read_record(struct lava_run *lava)
{
	OWNED_JSON *json = NULL;
	const char *tag;

	TRY(store_read(lava->record, &json));
	tag = store_get_string(json, "tag", "");
	if (!is_tag(tag) ||
	    !str_equal(store_get_string(json, "lab", ""), lava->run->machine->conf->lab.url))
		return make_tag(lava);
	snprintf(lava->tag, sizeof(lava->tag), "%s", tag);
	lava->id = json_integer_value(json_object_get(json, "job"));
	lava->uncertain = store_get_bool(json, "uncertain", true);
	return NULL;
}

/* --- what the job tells --- */

static double now(const void *state)
{
	const struct lava_run *lava = state;

	return lava->clock;
}

static ERR_CHECK tell_end(struct lava_run *lava, enum machine_how how, const char *text)
{
	struct machine_end end = { .how = how,
				   .text = text,
				   .seconds = lava->running ? lava->clock - lava->began : 0 };

	lava->ended = true;
	if (lava->uncertain)
		TRY(note_stray(lava->lava, lava->tag));
	return machine_run_end(lava->run, &end);
}

static ERR_CHECK tell_running(struct lava_run *lava)
{
	if (lava->running)
		return NULL;
	lava->running = true;
	lava->began = lava->clock;
	return machine_run_running(lava->run);
}

static const struct err *on_known(void *data, int64_t id, bool uncertain)
{
	struct lava_run *lava = data;

	lava->id = id;
	lava->uncertain = uncertain;
	return write_record(lava);
}

static const struct err *on_state(void *data, const char *text)
{
	struct lava_run *lava = data;

	return machine_run_state(lava->run, text);
}

static void set_clock(struct lava_run *lava, double clock)
{
	if (clock > lava->clock)
		lava->clock = clock;
}

/*
 * Seconds between the last entry and one with this stamp. When the lab's clock was set in between,
 * it is the time that passed here; of a log that is read behind the event nobody can tell.
 */
static double passed_until(const struct lava_run *lava, double stamp)
{
	double passed = lava->stamp < 0 ? 0 : stamp - lava->stamp;
	double waited = lava->came > 0 ? loop_now() - lava->came : passed;

	if (passed > waited + CLOCK_SET_SECONDS || passed < -DISORDER_SECONDS)
		return waited > 0 ? waited : 0;
	return passed > 0 ? passed : 0;
}

static void pass_time(struct lava_run *lava, double stamp)
{
	lava->silence = 0;
	lava->entry_clock += passed_until(lava, stamp);
	if (stamp > lava->stamp || stamp < lava->stamp - DISORDER_SECONDS)
		lava->stamp = stamp;
	/* it is as of now that nothing more is heard */
	lava->heard = loop_now();
	if (lava->looked > 0)
		lava->came = lava->heard;
	set_clock(lava, lava->entry_clock);
}

static ERR_CHECK print(struct lava_run *lava, const struct lab_entry *entry)
{
	STRBUF line = { 0 };

	lab_console_line(entry, &line);
	strbuf_addc(&line, '\n');
	return machine_run_console(lava->run, line.buf, line.len);
}

/* "start: 2 boot-qemu-image (timeout ...)": a top-level step that boots. */
static bool is_boot_step(const char *text)
{
	int number, end = 0;

	return sscanf(text, "start: %d %n", &number, &end) == 1 && end > 0 &&
	       starts_with(text + end, "boot");
}

static const struct err *on_entry(void *data, const struct lab_entry *entry)
{
	struct lava_run *lava = data;

	pass_time(lava, entry->at);
	if (entry->level == LAB_CONSOLE) {
		TRY(tell_running(lava));
		return print(lava, entry);
	}
	if (entry->level == LAB_TALK && is_boot_step(entry->text))
		return tell_running(lava);
	return NULL;
}

/* The silence of a time in which the lab was not heard, is not known to be one. */
static const struct err *on_heard(void *data, double until, bool deaf)
{
	struct lava_run *lava = data;
	double present = loop_now();

	if (lava->looked <= 0 || deaf)
		lava->heard = present;
	if (until > lava->heard) {
		lava->silence += until - lava->heard;
		lava->heard = until;
	}
	lava->looked = present;
	if (lava->came <= 0)
		lava->came = present;
	set_clock(lava, lava->entry_clock + lava->silence);
	return NULL;
}

static const struct err *on_job_end(void *data, const struct lab_end *end)
{
	static const enum machine_how hows[] = {
		/* The lab switches the machine off; whether all is well its console says. */
		[LAB_COMPLETE] = MACHINE_STOPPED,    [LAB_INCOMPLETE] = MACHINE_FAILED,
		[LAB_TIMED_OUT] = MACHINE_TIMED_OUT, [LAB_CANCELED] = MACHINE_FAILED,
		[LAB_LOST] = MACHINE_FAILED,
	};
	struct lava_run *lava = data;
	enum machine_how how = hows[end->how];
	OWNED_STR text = NULL;

	if (lava->run->stopping && end->how != LAB_LOST)
		how = MACHINE_STOPPED;
	/* It may run on, or come to run. */
	if (!end->over)
		warn_of_stray(lava);
	lava->uncertain |= !end->over;
	if (how != MACHINE_STOPPED && lava->id)
		text = xasprintf("job %lld: %s", (long long)lava->id, end->words);
	else if (how != MACHINE_STOPPED)
		text = xstrdup(end->words);
	return tell_end(lava, how, text ? text : "");
}

/* --- the run --- */

/* What the job is allowed, and ends by itself behind while its worker lives. */
static int job_minutes(const struct lava_run *lava)
{
	return (int)(lava->run->job.seconds / 60) + JOB_MINUTES;
}

static ERR_CHECK make_definition(struct lava_run *lava)
{
	const struct machine_job *wanted = &lava->run->job;
	const struct machine_conf *conf = lava->run->machine->conf;
	OWNED_STR cpus = xasprintf("%d", wanted->cpus);
	OWNED_STR minutes = xasprintf("%d", job_minutes(lava));
	const struct lab_value values[] = {
		{ "kernel", lava->kernel->url },
		{ "kernel_sha256", lava->kernel->sha256 },
		{ "initrd", lava->initrd ? lava->initrd->url : NULL },
		{ "initrd_sha256", lava->initrd ? lava->initrd->sha256 : NULL },
		{ "cmdline", wanted->cmdline },
		{ "tag", lava->tag },
		{ "cpus", cpus },
		{ "minutes", minutes },
		{ "memory", conf->memory },
	};

	TRY(lab_fill_template(conf->lab.job, values, ARRAY_SIZE(values), &lava->definition));
	if (strstr(store_get_string(lava->definition, "job_name", ""), lava->tag))
		return NULL;
	return err_hint(err_input("'%s': 'job_name' does not hold {tag}", conf->lab.job),
			"by it farrier finds its job again when an answer is lost");
}

static ERR_CHECK start_job(struct lava_run *lava)
{
	struct lab_job_watcher watcher = { .on_known = on_known,
					   .on_state = on_state,
					   .on_entry = on_entry,
					   .on_heard = on_heard,
					   .on_end = on_job_end,
					   .data = lava };

	lava->spec = (struct lab_job_spec){ .tag = lava->tag,
					    .definition = lava->definition,
					    .id = lava->id,
					    .uncertain = lava->uncertain,
					    .most_seconds = 60.0 * job_minutes(lava) };
	return lab_job_start(lava->lava->lab, lava->run->loop, &lava->spec, &watcher, &lava->job);
}

static const struct err *place(void *data)
{
	struct lava_run *lava = data;

	if (!atomic_flag_test_and_set(&lava->lava->looked))
		cancel_strays(lava->lava);
	TRY(lab_store_place(lava->lava->store, lava->run->job.kernel, &lava->kernel));
	if (lava->run->job.initrd)
		TRY(lab_store_place(lava->lava->store, lava->run->job.initrd, &lava->initrd));
	return NULL;
}

static const struct err *on_placed(void *data, const struct err *err)
{
	struct lava_run *lava = data;

	if (err && err->kind == ERR_ENV) {
		OWNED_STR text = xstrdup(err->text);

		err_free(err);
		return tell_end(lava, MACHINE_FAILED, text);
	}
	TRY(err);
	if (lava->run->stopping)
		return tell_end(lava, MACHINE_STOPPED, "");
	TRY(make_definition(lava));
	return start_job(lava);
}

static const struct err *start(struct machine_run *run, void **state)
{
	struct lava_run *lava = xcalloc(1, sizeof(*lava));

	*lava = (struct lava_run){ .run = run, .lava = run->machine->state, .stamp = -1 };
	lava->clock = lava->entry_clock = loop_now();
	*state = lava;
	lava->record = xasprintf("%s/lab.json", run->job.folder);
	TRY(read_record(lava));
	if (lava->id)
		return start_job(lava);
	return task_start(run->loop, place, on_placed, lava, &lava->task);
}

static void stop(void *state)
{
	struct lava_run *lava = state;

	if (lava->job)
		lab_job_cancel(lava->job);
}

/* A run that is given up in the middle: its job is to leave the device to others. */
static void give_up(struct lava_run *lava)
{
	const struct err *err = note_stray(lava->lava, lava->tag);

	interrupt_hold(true);
	if (!err)
		err = lab_cancel_tag(lava->lava->lab, lava->tag, FAREWELL_SECONDS);
	interrupt_hold(false);
	if (!err)
		err = file_remove(lava->record);
	else
		warn_of_stray(lava);
	err_free(err);
}

static void free_lava(void *state)
{
	struct lava_run *lava = state;

	task_free(lava->task);
	lab_job_free(lava->job);
	if (!lava->ended && (lava->id || lava->uncertain))
		give_up(lava);
	json_decref(lava->definition);
	free(lava->record);
	free(lava);
}

const struct machine_kind machine_lava = {
	.name = "lava",
	.open = open_lava,
	.close = close_lava,
	.describe = describe,
	.slots = count_slots,
	.start = start,
	.stop = stop,
	.now = now,
	.free = free_lava,
};
