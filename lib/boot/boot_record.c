// SPDX-License-Identifier: GPL-2.0
/* boot_record.c - a boot as JSON, and back. */
#include "boot_result.h"

void boot_release(struct boot *boot)
{
	free(boot->machine);
	free(boot->build);
	free(boot->log);
	free(boot->cmdline);
	free(boot->text);
	free(boot->error);
	free(boot->why);
	json_decref(boot->history);
	verdict_release_event(&boot->cause);
	boot_drop_counters(boot);
	free(boot->counters);
	for (size_t i = 0; i < boot->stall_count; i++)
		free(boot->stalls[i].text);
	free(boot->stalls);
	*boot = (struct boot){ 0 };
}

/* To the millisecond: more is noise. */
static json_t *seconds_json(double seconds)
{
	return seconds < 0 ? json_null()
			   : json_real((double)(int64_t)(seconds * 1000 + 0.5) / 1000);
}

static json_t *counters_json(const struct boot *boot)
{
	json_t *json = json_object();

	for (size_t i = 0; i < boot->counter_count; i++)
		store_set(json, boot->counters[i].name, json_integer(boot->counters[i].count));
	return json;
}

static json_t *stalls_json(const struct boot *boot)
{
	json_t *json = json_array();

	for (size_t i = 0; i < boot->stall_count; i++) {
		const struct boot_suspicion *stall = &boot->stalls[i];
		json_t *entry = json_object();

		store_set(entry, "kind", json_string(boot_stall_name(stall->stall)));
		store_set(entry, "at", seconds_json(stall->at));
		store_set(entry, "text", store_text(stall->text));
		store_set(entry, "resumed", seconds_json(stall->resumed));
		json_array_append_new(json, entry);
	}
	return json;
}

static json_t *timing_json(const struct boot *boot)
{
	json_t *json = json_object();

	store_set(json, "first_output", seconds_json(boot->first_output));
	store_set(json, "first_heartbeat", seconds_json(boot->first_heartbeat));
	store_set(json, "decided", seconds_json(boot->decided));
	store_set(json, "machine_cpu", seconds_json(boot->machine_cpu));
	store_set(json, "lost", seconds_json(boot->lost));
	store_set(json, "stood", seconds_json(boot->stood));
	store_set(json, "stood_until", seconds_json(boot->stood_until));
	return json;
}

static const char *const endings[] = { [MACHINE_OFF] = "off",
				       [MACHINE_RESET] = "reset",
				       [MACHINE_STOPPED] = "stopped",
				       [MACHINE_TIMED_OUT] = "timed-out",
				       [MACHINE_FAILED] = "failed" };

static json_t *end_json(const struct boot *boot)
{
	json_t *json = json_object();

	store_set(json, "how", json_string(endings[boot->ended]));
	store_set(json, "error", store_text(boot->error));
	store_set(json, "why", store_text(boot->why));
	store_set(json, "hung", boot->hung < 0 ? json_null() : json_integer(boot->hung));
	return json;
}

json_t *boot_json(const struct boot *boot)
{
	json_t *json = json_object();

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "machine", store_text(boot->machine));
	store_set(json, "cpus", json_integer(boot->cpus));
	store_set(json, "build", store_text(boot->build));
	store_set(json, "verdict", json_string(verdict_name(boot->verdict)));
	store_set(json, "cause", verdict_event_json(boot->has_cause ? &boot->cause : NULL));
	store_set(json, "text", store_text(boot->text));
	store_set(json, "seconds", seconds_json(boot->seconds));
	store_set(json, "log", store_text(boot->log));
	store_set(json, "counters", counters_json(boot));
	store_set(json, "stalls", stalls_json(boot));
	store_set(json, "timing", timing_json(boot));
	store_set(json, "heartbeats", json_integer((json_int_t)boot->heartbeats));
	store_set(json, "cmdline", store_text(boot->cmdline));
	store_set(json, "started", json_string(boot->started));
	store_set(json, "judge", json_integer(boot->judge));
	store_set(json, "end", end_json(boot));
	store_set(json, "history", boot->history ? json_incref(boot->history) : json_array());
	return json;
}

static char *text_of(const json_t *json, const char *key)
{
	const char *text = store_get_string(json, key, NULL);

	return text ? xstrdup(text) : NULL;
}

static bool read_cause(const json_t *json, struct event *cause)
{
	if (!verdict_kind_from_name(store_get_string(json, "kind", ""), &cause->kind))
		return false;
	cause->line = (uint64_t)store_get_number(json, "line", 0);
	cause->text = xstrdup(store_get_string(json, "text", ""));
	cause->cpu = store_get_int(json, "cpu", EVENT_NO_CPU);
	return true;
}

static void read_counters(const json_t *json, struct boot *boot)
{
	const char *name;
	json_t *value;

	boot->counters = xcalloc(json_object_size(json) + 1, sizeof(*boot->counters));
	json_object_foreach ((json_t *)(uintptr_t)json, name, value)
		boot->counters[boot->counter_count++] =
			(struct boot_counter){ xstrdup(name), json_integer_value(value) };
}

static enum boot_stall stall_from_name(const char *name)
{
	for (int i = BOOT_QUIET_START; i <= BOOT_NO_POWER_OFF; i++)
		if (str_equal(boot_stall_name((enum boot_stall)i), name))
			return (enum boot_stall)i;
	return BOOT_NO_STALL;
}

static void read_stalls(const json_t *json, struct boot *boot)
{
	json_t *entry;
	size_t i;

	boot->stalls = xcalloc(json_array_size(json) + 1, sizeof(*boot->stalls));
	json_array_foreach (json, i, entry)
		boot->stalls[boot->stall_count++] = (struct boot_suspicion){
			.stall = stall_from_name(store_get_string(entry, "kind", "")),
			.at = store_get_number(entry, "at", 0),
			.resumed = store_get_number(entry, "resumed", BOOT_NEVER),
			.text = text_of(entry, "text"),
		};
}

static void read_timing(const json_t *json, struct boot *boot)
{
	boot->first_output = store_get_number(json, "first_output", BOOT_NEVER);
	boot->first_heartbeat = store_get_number(json, "first_heartbeat", BOOT_NEVER);
	boot->decided = store_get_number(json, "decided", BOOT_NEVER);
	boot->machine_cpu = store_get_number(json, "machine_cpu", 0);
	boot->lost = store_get_number(json, "lost", 0);
	boot->stood = store_get_number(json, "stood", 0);
	boot->stood_until = store_get_number(json, "stood_until", BOOT_NEVER);
}

/* Of a record from before there was an "end": what it must have been. */
static void infer_end(struct boot *boot)
{
	bool off = boot->text && starts_with(boot->text, "the machine switched itself off");
	const struct boot_suspicion *last = boot->stall_count ? &boot->stalls[boot->stall_count - 1]
							      : NULL;

	boot->ended = boot->verdict == VERDICT_GOOD || off ? MACHINE_OFF : MACHINE_STOPPED;
	if (!last || last->resumed >= 0 || !boot->text || !str_equal(boot->text, last->text))
		return;
	boot->why = xstrdup(last->text);
	boot->hung = INT64_MAX;
}

static void read_end(const json_t *json, struct boot *boot)
{
	const char *how = store_get_string(json, "how", "");

	boot->hung = -1;
	if (!json) {
		infer_end(boot);
		return;
	}
	boot->ended = MACHINE_FAILED;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (str_equal(how, endings[i]))
			boot->ended = (enum machine_how)i;
	boot->error = text_of(json, "error");
	boot->why = text_of(json, "why");
	boot->hung = (int64_t)store_get_number(json, "hung", -1);
}

ERR_CHECK boot_read(const char *folder, struct boot *boot, bool *found)
{
	OWNED_STR path = xasprintf("%s/boot.json", folder);
	OWNED_JSON *json = NULL;

	*boot = (struct boot){ 0 };
	TRY(store_read(path, &json));
	*found = json != NULL;
	if (!json)
		return NULL;
	boot->machine = text_of(json, "machine");
	boot->build = text_of(json, "build");
	boot->log = xasprintf("%s/console.log", folder); /* which may have moved */
	boot->cmdline = text_of(json, "cmdline");
	boot->text = text_of(json, "text");
	boot->cpus = store_get_int(json, "cpus", 0);
	boot->verdict = verdict_from_name(store_get_string(json, "verdict", ""));
	boot->has_cause = read_cause(json_object_get(json, "cause"), &boot->cause);
	boot->seconds = store_get_number(json, "seconds", 0);
	boot->heartbeats = (uint64_t)store_get_number(json, "heartbeats", 0);
	snprintf(boot->started, sizeof(boot->started), "%s", store_get_string(json, "started", ""));
	read_counters(json_object_get(json, "counters"), boot);
	read_stalls(json_object_get(json, "stalls"), boot);
	read_timing(json_object_get(json, "timing"), boot);
	boot->judge = store_get_int(json, "judge", 0);
	boot->history = json_deep_copy(json_object_get(json, "history"));
	read_end(json_object_get(json, "end"), boot);
	return NULL;
}
