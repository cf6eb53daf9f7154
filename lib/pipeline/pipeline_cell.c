// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "pipeline_cell.h"
#include "base/progress.h"

/*
 * Goes up when a boot of the same cell would go differently with a newer farrier. What
 * a newer judge makes of the same log is not in the key: recorded boots are judged again.
 */
#define BOOT_RECIPE 1

static json_t *counters_json(const struct pipeline_cell_spec *spec)
{
	json_t *json = json_array();

	for (size_t i = 0; i < spec->counter_count; i++)
		json_array_append_new(
			json, json_sprintf("%s:%s", spec->counters[i].name, spec->counters[i].row));
	return json;
}

static ERR_CHECK cell_key(const struct pipeline_cell_spec *spec, const char *cmdline,
			  char key[STORE_ID_SIZE])
{
	char machine[STORE_ID_SIZE];
	OWNED_JSON *json = json_object();
	OWNED_STR text = NULL;

	TRY(store_file_id(machine_settings(spec->machine)->path, machine));
	store_set(json, "recipe", json_integer(BOOT_RECIPE));
	store_set(json, "build", store_text(spec->build_key));
	store_set(json, "initrd", store_text(spec->initrd_key));
	store_set(json, "machine", json_string(machine));
	store_set(json, "version", store_text(spec->machine_version));
	store_set(json, "cpus", json_integer(spec->cpus));
	store_set(json, "cmdline", store_text(cmdline));
	store_set(json, "seconds", json_integer(spec->seconds));
	store_set(json, "counters", counters_json(spec));
	text = store_canonical(json);
	store_id(text, strlen(text), key);
	return NULL;
}

static void set_request(const struct pipeline_cell_spec *spec, struct pipeline_cell *cell)
{
	for (const char *const *part = spec->cmdline; *part; part++)
		if (**part)
			strvec_push(&cell->cmdline, *part);
	cell->request = (struct boot_request){
		.build = spec->build_key,
		.kernel = spec->kernel,
		.initrd = spec->initrd,
		.machine = spec->machine,
		.cpus = spec->cpus,
		.cmdline = (const char *const *)cell->cmdline.items,
		.cmdline_count = cell->cmdline.count,
		.cmdline_max = spec->cmdline_max,
		.seconds = spec->seconds,
		.counters = spec->counters,
		.counter_count = spec->counter_count,
	};
}

ERR_CHECK pipeline_cell_init(const struct pipeline_cell_spec *spec, struct pipeline_cell *cell)
{
	OWNED_STR cmdline = NULL;
	char key[STORE_ID_SIZE];

	*cell = (struct pipeline_cell){ .title = xstrdup(spec->title) };
	set_request(spec, cell);
	TRY(boot_cmdline(&cell->request, &cmdline));
	TRY(cell_key(spec, cmdline, key));
	cell->folder = workspace_state(spec->workspace, "boots/%s", key);
	return NULL;
}

void pipeline_cell_release(struct pipeline_cell *cell)
{
	free(cell->title);
	free(cell->folder);
	strvec_release(&cell->cmdline);
	*cell = (struct pipeline_cell){ 0 };
}

static char *boot_folder(const struct pipeline_cell *cell, int number)
{
	return xasprintf("%s/%04d", cell->folder, number);
}

void pipeline_cell_learn(struct pipeline_cell *cell, const struct boot *boot)
{
	double share = boot->seconds > 0 ? boot->machine_cpu / boot->seconds : 0;

	if (boot->verdict != VERDICT_GOOD && boot->verdict != VERDICT_BAD)
		return;
	cell->usual = boot->seconds;
	/* A busy host takes CPUs away; the most that was seen is what the boot would take. */
	if (share > cell->share)
		cell->share = share;
	if (boot->first_heartbeat > cell->usual_start)
		cell->usual_start = boot->first_heartbeat;
}

/* Whether a boot came to an end there, even if its record cannot be read any more. */
static bool has_ended(const char *folder)
{
	OWNED_STR record = xasprintf("%s/boot.json", folder);

	return file_exists(record);
}

/* One that says nothing of the kernel was a failure of its own experiment. */
static bool is_of_use(const struct pipeline_cell *cell, const struct boot *boot)
{
	return boot->verdict == VERDICT_GOOD || boot->verdict == VERDICT_BAD ||
	       (cell->since && strcmp(boot->started, cell->since) >= 0);
}

ERR_CHECK pipeline_cell_recorded(struct pipeline_cell *cell, struct boot *boot, bool *found)
{
	for (;;) {
		OWNED_STR folder = boot_folder(cell, cell->taken + 1);

		TRY(boot_read(folder, boot, found));
		if (!*found && !has_ended(folder))
			return NULL;
		cell->taken++;
		if (*found)
			TRY(boot_judge_again(&cell->request, boot));
		if (*found && is_of_use(cell, boot))
			break;
		if (*found)
			boot_release(boot);
	}
	cell->reused++;
	return NULL;
}

struct pipeline_boot {
	struct boot_request request;
	char *folder, *title;
	struct boot_job *job;
};

void pipeline_boot_free(struct pipeline_boot *boot)
{
	if (!boot)
		return;
	boot_job_free(boot->job);
	free(boot->folder);
	free(boot->title);
	free(boot);
}

static void release_boot(struct pipeline_boot **boot)
{
	pipeline_boot_free(*boot);
}

int pipeline_cell_reserve(struct pipeline_cell *cell)
{
	return ++cell->taken;
}

ERR_CHECK pipeline_cell_start(struct pipeline_cell *cell, int number, struct loop *loop,
			      boot_callback on_done, void *data, struct pipeline_boot **out)
{
	CLEANUP(release_boot) struct pipeline_boot *boot = xcalloc(1, sizeof(*boot));

	boot->folder = boot_folder(cell, number);
	boot->title = xasprintf("boot %d of %s", number, cell->title);
	boot->request = cell->request;
	boot->request.folder = boot->folder;
	boot->request.title = boot->title;
	boot->request.expected = cell->usual;
	boot->request.limits.usual = cell->usual_start;
	/* What is there is a boot that was cut off: it is done again in its place. */
	TRY(boot_start(loop, &boot->request, on_done, data, &boot->job));
	cell->booted++;
	*out = TAKE_PTR(boot);
	return NULL;
}
