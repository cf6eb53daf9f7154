// SPDX-License-Identifier: GPL-2.0
#include "verdict.h"

static const char *const verdict_names[] = {
	[VERDICT_GOOD] = "GOOD",   [VERDICT_BAD] = "BAD",	  [VERDICT_SKIP] = "SKIP",
	[VERDICT_INFRA] = "INFRA", [VERDICT_UNKNOWN] = "UNKNOWN",
};

static const char *const kind_names[EVENT_KINDS] = {
	[EVENT_PANIC] = "panic",
	[EVENT_OOPS] = "oops",
	[EVENT_BUG] = "bug",
	[EVENT_WARNING] = "warning",
	[EVENT_SOFT_LOCKUP] = "soft-lockup",
	[EVENT_HARD_LOCKUP] = "hard-lockup",
	[EVENT_RCU_STALL] = "rcu-stall",
	[EVENT_HUNG_TASK] = "hung-task",
	[EVENT_WORKQUEUE_LOCKUP] = "workqueue-lockup",
	[EVENT_CSD_STALL] = "csd-stall",
	[EVENT_CPU_STUCK] = "cpu-stuck",
	[EVENT_SANITIZER] = "sanitizer",
	[EVENT_LOCKDEP] = "lockdep",
	[EVENT_BOOT_FAILURE] = "boot-failure",
	[EVENT_REBOOT_LOOP] = "reboot-loop",
	[EVENT_SILENCE] = "silence",
	[EVENT_TEST_FAIL] = "test-fail",
	[EVENT_TEST_PASS] = "test-pass",
};

void verdict_release_event(struct event *event)
{
	free(event->text);
	*event = (struct event){ 0 };
}

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

enum verdict verdict_from_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdict_names); i++)
		if (str_equal(verdict_names[i], name))
			return (enum verdict)i;
	return VERDICT_UNKNOWN;
}

const char *verdict_kind_name(enum event_kind kind)
{
	return kind_names[kind];
}

bool verdict_kind_from_name(const char *name, enum event_kind *kind)
{
	for (size_t i = 0; i < EVENT_KINDS; i++) {
		if (!str_equal(kind_names[i], name))
			continue;
		*kind = (enum event_kind)i;
		return true;
	}
	return false;
}

json_t *verdict_event_json(const struct event *event)
{
	json_t *json;

	if (!event)
		return json_null();
	json = json_object();
	store_set(json, "kind", json_string(verdict_kind_name(event->kind)));
	store_set(json, "line", json_integer((json_int_t)event->line));
	store_set(json, "text", store_text(event->text ? event->text : ""));
	store_set(json, "cpu", event->cpu == EVENT_NO_CPU ? json_null() : json_integer(event->cpu));
	return json;
}
