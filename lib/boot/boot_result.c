// SPDX-License-Identifier: GPL-2.0
#include "boot_result.h"

void boot_set_text(struct boot *boot, char *text)
{
	free(boot->text);
	boot->text = text;
}

/* The kernel cut its command line, or lacks CPUs: the text says so, if nothing else is there. */
static void check_guest(struct boot *boot, const struct boot_request *request,
			const struct judge *judge)
{
	const struct judge_guest *guest = judge_guest(judge);
	unsigned int seconds = (unsigned int)boot_test_seconds(request);

	if (!guest->protocol || boot->text)
		return;
	if (guest->seconds == seconds && guest->cpus == (unsigned int)request->cpus)
		return;
	/* It ran, but not what was asked for: a pass proves nothing. */
	if (boot->verdict == VERDICT_GOOD)
		boot->verdict = guest->seconds != seconds ? VERDICT_INFRA : VERDICT_UNKNOWN;
	if (guest->seconds != seconds)
		boot->text = xasprintf("the guest ran %u s instead of %u s: the kernel cut its "
				       "command line",
				       guest->seconds, seconds);
	else
		boot->text = xasprintf("the kernel ran on %u of %d CPUs", guest->cpus,
				       request->cpus);
}

static const char *counter_name(const struct boot_request *request, const char *row)
{
	for (size_t i = 0; i < request->counter_count; i++)
		if (str_equal(request->counters[i].row, row))
			return request->counters[i].name;
	return NULL;
}

static void add_count(struct boot *boot, const char *name, int64_t count)
{
	for (size_t i = 0; i < boot->counter_count; i++) {
		if (!str_equal(boot->counters[i].name, name))
			continue;
		boot->counters[i].count = add_clamped(boot->counters[i].count, count);
		return;
	}
	boot->counters = xreallocarray(boot->counters, boot->counter_count + 1,
				       sizeof(*boot->counters));
	boot->counters[boot->counter_count++] = (struct boot_counter){ xstrdup(name), count };
}

void boot_drop_counters(struct boot *boot)
{
	for (size_t i = 0; i < boot->counter_count; i++)
		free(boot->counters[i].name);
	boot->counter_count = 0;
}

void boot_take_counters(struct boot *boot, const struct boot_request *request,
			const struct judge *judge)
{
	size_t count;
	const struct judge_counter *rows = judge_counters(judge, &count);

	for (size_t i = 0; i < count; i++) {
		const char *name = counter_name(request, rows[i].name);
		uint64_t difference;

		if (name && judge_counter_difference(&rows[i], &difference))
			add_count(boot, name, (int64_t)difference);
	}
}

static void take_cause(struct boot *boot, const struct event *cause)
{
	verdict_release_event(&boot->cause);
	boot->has_cause = cause != NULL;
	if (!cause)
		return;
	boot->cause = *cause;
	boot->cause.text = xstrdup(cause->text);
}

/* How long a detector looks back, as kernels/machines/ tunes them; 0: it is none of time. */
static double looks_back(enum event_kind kind)
{
	switch (kind) {
	case EVENT_CSD_STALL:
		return 5; /* the lock's 2 s, once more, and the printing */
	case EVENT_SOFT_LOCKUP:
	case EVENT_HARD_LOCKUP:
	case EVENT_RCU_STALL:
		return 30;
	case EVENT_WORKQUEUE_LOCKUP:
		return 60;
	case EVENT_HUNG_TASK:
		return 150;
	default:
		return 0;
	}
}

/* Nothing but words of detectors, and what comes of a test that was stopped. */
static bool is_all_of_time(const struct judge *judge)
{
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		if (kind != EVENT_TEST_PASS && kind != EVENT_TEST_FAIL && kind != EVENT_SILENCE &&
		    looks_back((enum event_kind)kind) <= 0 &&
		    judge_count(judge, (enum event_kind)kind))
			return false;
	return true;
}

/* A host that stood still makes sound kernels complain of stalls. */
static void excuse_stalled_host(struct boot *boot, const struct judge *judge)
{
	double since = boot->decided - boot->stood_until;

	if (boot->verdict != VERDICT_BAD || !boot->has_cause || boot->stood <= 0 ||
	    boot->decided < 0 || since > looks_back(boot->cause.kind) || !is_all_of_time(judge))
		return;
	boot->verdict = VERDICT_INFRA;
	boot_set_text(boot, xasprintf("this host stood still for %.0f s, so that a %s of the guest "
				      "(line %llu) says nothing",
				      boot->stood, verdict_kind_name(boot->cause.kind),
				      (unsigned long long)boot->cause.line));
	take_cause(boot, NULL);
}

void boot_take_verdict(struct boot *boot, const struct boot_request *request, struct judge *judge)
{
	static const enum judge_ending endings[] = { [MACHINE_OFF] = JUDGE_POWERED_OFF,
						     [MACHINE_RESET] = JUDGE_RESET,
						     [MACHINE_STOPPED] = JUDGE_STOPPED,
						     [MACHINE_TIMED_OUT] = JUDGE_TIMED_OUT,
						     [MACHINE_FAILED] = JUDGE_INFRA };

	judge_end(judge, endings[boot->ended], boot->error);
	boot->judge = JUDGE_VERSION;
	boot->verdict = judge_verdict(judge);
	take_cause(boot, judge_cause(judge));
	boot_set_text(boot, boot->why ? xstrdup(boot->why) : NULL);
	if (boot->verdict == VERDICT_INFRA && judge_infra(judge))
		boot_set_text(boot, xstrdup(judge_infra(judge)));
	if (boot->verdict == VERDICT_UNKNOWN && !boot->text && boot->ended == MACHINE_OFF)
		boot_set_text(boot, xstrdup("the machine switched itself off before the test had a "
					    "result"));
	check_guest(boot, request, judge);
	excuse_stalled_host(boot, judge);
}
