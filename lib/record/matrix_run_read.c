// SPDX-License-Identifier: GPL-2.0
/*
 * matrix_run_read.c - a run from its JSON.
 *
 * A record may be cut off, damaged, edited, or of a farrier to come. What it says is
 * checked before it is believed: names of states, counts that cannot be, cells of no
 * kernel, logs outside the workspace. The first thing that is wrong makes the whole
 * record "not there", for half a run would read as a run that did less.
 */
#include <limits.h>
#include <math.h>

#include "base/progress.h"
#include "matrix_run.h"

#define MAX_BOOTS 20000 /* of a cell */

/* What is read, and the first thing that is wrong with it. */
struct reading {
	const char *wrong;
};

static void refuse(struct reading *reading, const char *what)
{
	if (!reading->wrong)
		reading->wrong = what;
}

/* A string, or NULL for null and for what is not there. */
static char *text(struct reading *reading, const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	if (value && !json_is_string(value) && !json_is_null(value))
		refuse(reading, key);
	return json_is_string(value) ? xstrdup(json_string_value(value)) : NULL;
}

/* A string that must be there; "" when it is not. */
static char *need_text(struct reading *reading, const json_t *json, const char *key)
{
	char *value = text(reading, json, key);

	if (value)
		return value;
	refuse(reading, key);
	return xstrdup("");
}

/* A string that says nothing when it is not there. */
static char *any_text(struct reading *reading, const json_t *json, const char *key)
{
	char *value = text(reading, json, key);

	return value ? value : xstrdup("");
}

static int number(struct reading *reading, const json_t *json, const char *key, int least)
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_integer(value) || json_integer_value(value) < least ||
	    json_integer_value(value) > INT_MAX) {
		refuse(reading, key);
		return least;
	}
	return (int)json_integer_value(value);
}

/* A number from 0 to `most`. */
static double quantity(struct reading *reading, const json_t *json, const char *key, double most)
{
	const json_t *value = json_object_get(json, key);
	double result = json_number_value(value);

	if (json_is_number(value) && result >= 0 && result <= most)
		return result;
	refuse(reading, key);
	return 0;
}

#define MAX_SECONDS 1e12

static bool flag(struct reading *reading, const json_t *json, const char *key)
{
	if (!json_is_boolean(json_object_get(json, key)))
		refuse(reading, key);
	return store_get_bool(json, key, false);
}

/* "2026-11-22T15:05:28Z", also with a fraction of a second; or null. */
static bool is_time(const char *time)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	const char *tail = time;

	for (size_t i = 0; i < sizeof(shape) - 1; i++, tail++)
		if (shape[i] == 'd' ? *tail < '0' || *tail > '9' : *tail != shape[i])
			return false;
	if (*tail == '.')
		tail += 1 + strspn(tail + 1, "0123456789");
	return str_equal(tail, "Z");
}

static void read_time(struct reading *reading, const json_t *json, const char *key, char time[32])
{
	OWNED_STR value = text(reading, json, key);

	if (!value)
		return;
	if (!is_time(value) || strlen(value) > 31)
		refuse(reading, key);
	else
		snprintf(time, 32, "%s", value);
}

/* The value of an enum whose names `name` gives, from 0 to `last`. */
#define READ_ENUM(reading, json, key, name, last, value)                          \
	do {                                                                      \
		const char *enum_word_ = store_get_string(json, key, "");         \
		int enum_at_ = 0;                                                 \
		while (enum_at_ <= (int)(last) &&                                 \
		       !str_equal(name((__typeof__(value))enum_at_), enum_word_)) \
			enum_at_++;                                               \
		if (enum_at_ > (int)(last)) {                                     \
			refuse(reading, key);                                     \
			enum_at_ = 0;                                             \
		}                                                                 \
		(value) = (__typeof__(value))enum_at_;                            \
	} while (0)

/* An array of objects of at most `most` entries; its length, 0 when it is none. */
static size_t list_of(struct reading *reading, const json_t *json, const char *key, size_t most)
{
	const json_t *list = json_object_get(json, key), *entry;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > most) {
		refuse(reading, key);
		return 0;
	}
	json_array_foreach (list, i, entry)
		if (!json_is_object(entry))
			refuse(reading, key);
	return json_array_size(list);
}

static void read_test(struct reading *reading, const json_t *json, struct matrix_test *test)
{
	test->clean_rate = quantity(reading, json, "clean_rate", 1);
	test->bad_rate = quantity(reading, json, "bad_rate", 1);
	test->error = quantity(reading, json, "error", 1);
	test->max_boots = number(reading, json, "max_boots", 0);
	test->max_infra = number(reading, json, "max_infra", 0);
}

static void read_branch(struct reading *reading, const json_t *json, struct matrix_branch *branch)
{
	branch->name = need_text(reading, json, "name");
	branch->version = any_text(reading, json, "version");
	branch->arch = any_text(reading, json, "arch");
	branch->base = any_text(reading, json, "base");
}

static void read_build(struct reading *reading, const json_t *json, struct matrix_build *build)
{
	json_t *diagnostics = json_object_get(json, "diagnostics");

	build->id = need_text(reading, json, "id");
	build->branch = need_text(reading, json, "branch");
	build->config = need_text(reading, json, "config");
	READ_ENUM(reading, json, "variant", matrix_variant_name, MATRIX_SERIES, build->variant);
	READ_ENUM(reading, json, "status", matrix_build_status_name, MATRIX_BUILD_INFRA,
		  build->status);
	build->key = text(reading, json, "key");
	build->image = text(reading, json, "image");
	build->log = text(reading, json, "log");
	build->commit = text(reading, json, "commit");
	build->reason = text(reading, json, "reason");
	read_time(reading, json, "started", build->started);
	build->seconds = quantity(reading, json, "seconds", MAX_SECONDS);
	build->cpu_seconds = quantity(reading, json, "cpu_seconds", MAX_SECONDS);
	build->usual_seconds = quantity(reading, json, "usual_seconds", MAX_SECONDS);
	if (json_is_array(diagnostics))
		build->diagnostics = json_incref(diagnostics);
	else
		refuse(reading, "diagnostics");
}

static void read_cause(struct reading *reading, const json_t *json, struct matrix_boot *boot)
{
	boot->cause.cpu = EVENT_NO_CPU;
	if (json_is_null(json))
		return;
	boot->has_cause = true;
	if (!verdict_kind_from_name(store_get_string(json, "kind", ""), &boot->cause.kind))
		refuse(reading, "kind");
	boot->cause.line = (uint64_t)quantity(reading, json, "line", 1e15);
	boot->cause.text = need_text(reading, json, "text");
	boot->cause.cpu = store_get_int(json, "cpu", EVENT_NO_CPU);
}

/* Relative, and not out of the workspace. */
static bool is_inside(const char *path)
{
	return *path != '/' && !str_equal(path, "..") && !starts_with(path, "../") &&
	       !strstr(path, "/../") && !ends_with(path, "/..");
}

static void read_counters(struct reading *reading, const json_t *json, struct matrix_boot *boot)
{
	json_t *counters = json_object_get(json, "counters"), *value;
	const char *name;

	if (!json_is_object(counters)) {
		refuse(reading, "counters");
		return;
	}
	json_object_foreach (counters, name, value)
		if (!json_is_integer(value))
			refuse(reading, "counters");
	boot->counters = json_incref(counters);
}

static void read_boot(struct reading *reading, const json_t *json, struct matrix_boot *boot)
{
	boot->number = number(reading, json, "number", 1);
	READ_ENUM(reading, json, "verdict", verdict_name, VERDICT_UNKNOWN, boot->verdict);
	boot->counted = flag(reading, json, "counted");
	boot->reused = flag(reading, json, "reused");
	read_cause(reading, json_object_get(json, "cause"), boot);
	boot->text = text(reading, json, "text");
	boot->log = need_text(reading, json, "log");
	if (!is_inside(boot->log))
		refuse(reading, "log");
	boot->seconds = quantity(reading, json, "seconds", MAX_SECONDS);
	boot->machine_cpu = quantity(reading, json, "machine_cpu", MAX_SECONDS);
	read_counters(reading, json, boot);
	read_time(reading, json, "started", boot->started);
}

static void read_rate(struct reading *reading, const json_t *json, struct matrix_rate *rate)
{
	rate->boots = number(reading, json, "boots", 0);
	rate->bad = number(reading, json, "bad", 0);
	rate->low = quantity(reading, json, "low", 1);
	rate->high = quantity(reading, json, "high", 1);
	if (rate->bad > rate->boots || rate->low > rate->high)
		refuse(reading, "rate");
}

static void read_boots(struct reading *reading, const json_t *json, struct matrix_cell *cell)
{
	const json_t *list = json_object_get(json, "boots");
	size_t count = list_of(reading, json, "boots", MAX_BOOTS);

	cell->boots = xcalloc(count + 1, sizeof(*cell->boots));
	cell->boot_count = count;
	for (size_t i = 0; i < count; i++)
		read_boot(reading, json_array_get(list, i), &cell->boots[i]);
}

static void read_cell(struct reading *reading, const json_t *json, struct matrix_cell *cell)
{
	cell->id = need_text(reading, json, "id");
	cell->group = any_text(reading, json, "group");
	cell->branch = need_text(reading, json, "branch");
	cell->config = need_text(reading, json, "config");
	cell->machine = need_text(reading, json, "machine");
	cell->build = need_text(reading, json, "build");
	READ_ENUM(reading, json, "variant", matrix_variant_name, MATRIX_SERIES, cell->variant);
	READ_ENUM(reading, json, "model", matrix_model_name, MATRIX_MODEL_ON, cell->model);
	READ_ENUM(reading, json, "state", matrix_cell_state_name, MATRIX_CELL_NOT_BUILT,
		  cell->state);
	cell->cpus = number(reading, json, "cpus", 1);
	cell->seconds = number(reading, json, "seconds", 0);
	cell->key = text(reading, json, "key");
	cell->cmdline = text(reading, json, "cmdline");
	cell->reason = text(reading, json, "reason");
	read_rate(reading, json_object_get(json, "rate"), &cell->rate);
	read_boots(reading, json, cell);
}

static void read_timing(struct reading *reading, const json_t *json, struct matrix_timing *timing)
{
	timing->wall = quantity(reading, json, "wall", MAX_SECONDS);
	timing->make_cpu = quantity(reading, json, "make_cpu", MAX_SECONDS);
	timing->machine_cpu = quantity(reading, json, "machine_cpu", MAX_SECONDS);
	timing->own_cpu = quantity(reading, json, "own_cpu", MAX_SECONDS);
	/* older records do not have it */
	timing->own_memory = json_integer_value(json_object_get(json, "own_memory"));
	timing->booted = number(reading, json, "booted", 0);
	timing->reused = number(reading, json, "reused", 0);
	timing->built = number(reading, json, "built", 0);
}

static void read_lists(struct reading *reading, const json_t *json, struct matrix_run *run)
{
	run->branch_count = list_of(reading, json, "branches", MATRIX_MOST_CELLS);
	run->build_count = list_of(reading, json, "builds", MATRIX_MOST_CELLS);
	run->cell_count = list_of(reading, json, "cells", MATRIX_MOST_CELLS);
	run->branches = xcalloc(run->branch_count + 1, sizeof(*run->branches));
	run->builds = xcalloc(run->build_count + 1, sizeof(*run->builds));
	run->cells = xcalloc(run->cell_count + 1, sizeof(*run->cells));
	for (size_t i = 0; i < run->branch_count; i++)
		read_branch(reading, json_array_get(json_object_get(json, "branches"), i),
			    &run->branches[i]);
	for (size_t i = 0; i < run->build_count; i++)
		read_build(reading, json_array_get(json_object_get(json, "builds"), i),
			   &run->builds[i]);
	for (size_t i = 0; i < run->cell_count; i++)
		read_cell(reading, json_array_get(json_object_get(json, "cells"), i),
			  &run->cells[i]);
}

/* Every cell's kernel is there, and no id names two things. */
static void check_ids(struct reading *reading, const struct matrix_run *run)
{
	for (size_t i = 0; i < run->build_count; i++)
		if (matrix_run_find_build(run, run->builds[i].id) != &run->builds[i])
			refuse(reading, "a build's id that is there twice");
	for (size_t i = 0; i < run->cell_count; i++) {
		const struct matrix_cell *cell = &run->cells[i];

		if (matrix_run_find_cell(run, cell->id) != cell)
			refuse(reading, "a cell's id that is there twice");
		if (!matrix_run_find_build(run, cell->build))
			refuse(reading, "a cell of a build that is not there");
	}
}

static void read_run(struct reading *reading, const json_t *json, struct matrix_run *run)
{
	run->number = number(reading, json, "run", 1);
	run->matrix = need_text(reading, json, "matrix");
	run->title = any_text(reading, json, "title");
	run->key = need_text(reading, json, "key");
	run->series = text(reading, json, "series");
	run->model = text(reading, json, "model");
	run->farrier = any_text(reading, json, "farrier");
	read_time(reading, json, "started", run->started);
	read_time(reading, json, "ended", run->ended);
	run->cpus = number(reading, json, "cpus", 1);
	read_test(reading, json_object_get(json, "test"), &run->test);
	read_lists(reading, json, run);
	read_timing(reading, json_object_get(json, "timing"), &run->timing);
	check_ids(reading, run);
}

ERR_CHECK matrix_run_read(const char *folder, struct matrix_run *run, bool *found)
{
	OWNED_STR path = xasprintf("%s/run.json", folder);
	struct reading reading = { 0 };
	OWNED_JSON *json = NULL;

	*run = (struct matrix_run){ 0 };
	*found = false;
	TRY(store_read(path, &json));
	if (!json)
		return NULL;
	read_run(&reading, json, run);
	if (reading.wrong) {
		progress_warn("'%s' is not believed: it is damaged or of another version (%s)",
			      path, reading.wrong);
		matrix_run_release(run);
		return NULL;
	}
	*found = true;
	return NULL;
}
