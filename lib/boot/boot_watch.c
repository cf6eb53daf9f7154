// SPDX-License-Identifier: GPL-2.0
#include "boot_watch.h"
#include "base/strbuf.h"

/* Never less than this may pass before a boot that prints nothing yet is suspected. */
#define QUIET_BOOT_SECONDS 20.0
#define QUIET_BOOT_FACTOR  3.0

/* A kernel with more CPUs than this has no progress row of its own for the rest. */
#define MAX_CPUS 4096

/* Heartbeats are about a second apart, so `beats` of them may take a little less than `quiet`. */
#define STANDSTILL_SHARE 0.9

static void set_default(double *value, double fallback)
{
	if (*value <= 0)
		*value = fallback;
}

void boot_limits_complete(struct boot_limits *limits)
{
	set_default(&limits->boot, 120);
	set_default(&limits->test, 10);
	set_default(&limits->quiet, 5);
	set_default(&limits->detectors, 30);
	set_default(&limits->settle, BOOT_SETTLE_SECONDS);
	if (limits->beats <= 0)
		limits->beats = 5;
}

double boot_limits_total(const struct boot_limits *limits)
{
	return limits->boot + 3 * limits->test + limits->detectors;
}

const char *boot_stall_name(enum boot_stall stall)
{
	static const char *const names[] = {
		[BOOT_NO_STALL] = "none",	  [BOOT_QUIET_START] = "quiet-start",
		[BOOT_LATE_START] = "late-start", [BOOT_SILENCE] = "silence",
		[BOOT_STANDSTILL] = "standstill", [BOOT_NO_POWER_OFF] = "no-power-off",
	};

	return names[stall];
}

static double tick(const struct boot_watch *watch)
{
	return watch->limits.quiet / 10;
}

void boot_watch_start(struct boot_watch *watch, const struct boot_limits *limits, double now)
{
	*watch = (struct boot_watch){
		.limits = *limits, .started = now, .last_byte = now, .last_beat = now
	};
	boot_limits_complete(&watch->limits);
	watch->promised = now + tick(watch);
}

void boot_watch_release(struct boot_watch *watch)
{
	free(watch->cpus);
	*watch = (struct boot_watch){ 0 };
}

void boot_watch_bytes(struct boot_watch *watch, double now)
{
	watch->last_byte = now;
}

static void note_progress(struct boot_watch *watch, struct boot_watch_cpu *cpu, uint64_t progress,
			  double now, bool late)
{
	if (cpu->progress == progress) {
		cpu->still += !late;
		return;
	}
	*cpu = (struct boot_watch_cpu){ .progress = progress, .since = watch->beat, .at = now };
}

void boot_watch_heartbeat(struct boot_watch *watch, double now, uint64_t beat,
			  const uint64_t *progress, size_t count)
{
	/* Heartbeats that a loaded host delivers all at once count as one. */
	bool late = now - watch->last_beat < watch->limits.quiet / watch->limits.beats / 2;

	if (beat == watch->beat)
		return;
	watch->beat = beat;
	watch->last_beat = now;
	if (count > MAX_CPUS)
		count = MAX_CPUS;
	if (count > watch->cpu_count)
		watch->cpus = xreallocarray(watch->cpus, count, sizeof(*watch->cpus));
	for (; watch->cpu_count < count; watch->cpu_count++)
		watch->cpus[watch->cpu_count] =
			(struct boot_watch_cpu){ .progress = progress[watch->cpu_count],
						 .since = beat,
						 .at = now,
						 .still = -1 };
	for (size_t i = 0; i < count; i++)
		note_progress(watch, &watch->cpus[i], progress[i], now, late);
}

void boot_watch_result(struct boot_watch *watch)
{
	watch->result = true;
}

static void promise(struct boot_watch *watch, double when)
{
	watch->promised = when;
	watch->promised_cpu = watch->own_cpu;
}

static void note_standstill(struct boot_watch *watch, double seconds, double now)
{
	if (seconds < BOOT_STANDSTILL_SECONDS)
		return;
	watch->stood = seconds;
	watch->stood_until = now;
}

static void shift(double *time, double seconds, double now)
{
	*time = *time + seconds < now ? *time + seconds : now;
}

/* This process did not run: the machine's silence meanwhile says nothing. */
static void leave_out_lost_time(struct boot_watch *watch, double now)
{
	double late = now - watch->promised;

	if (watch->limits.far || late < 2 * tick(watch))
		return;
	watch->lost += late;
	note_standstill(watch, late - (watch->own_cpu - watch->promised_cpu), now);
	shift(&watch->started, late, now);
	shift(&watch->last_byte, late, now);
	shift(&watch->last_beat, late, now);
	shift(&watch->stalled_at, late, now);
	for (size_t i = 0; i < watch->cpu_count; i++)
		shift(&watch->cpus[i].at, late, now);
	promise(watch, now + tick(watch));
}

void boot_watch_decided(struct boot_watch *watch, double now)
{
	if (watch->decided)
		return;
	leave_out_lost_time(watch, now);
	watch->decided = true;
	watch->decided_at = now;
}

static bool stands_still(const struct boot_watch *watch, const struct boot_watch_cpu *cpu)
{
	return cpu->still >= watch->limits.beats &&
	       watch->last_beat - cpu->at >= watch->limits.quiet * STANDSTILL_SHARE;
}

static bool any_stands_still(const struct boot_watch *watch)
{
	for (size_t i = 0; i < watch->cpu_count; i++)
		if (stands_still(watch, &watch->cpus[i]))
			return true;
	return false;
}

static enum boot_stall stall_before_heartbeat(const struct boot_watch *watch, double now)
{
	double silence = watch->limits.usual * QUIET_BOOT_FACTOR;

	if (silence < QUIET_BOOT_SECONDS)
		silence = QUIET_BOOT_SECONDS;
	if (now - watch->started >= watch->limits.boot)
		return BOOT_LATE_START;
	if (watch->limits.usual > 0 && now - watch->last_byte >= silence)
		return BOOT_QUIET_START;
	return BOOT_NO_STALL;
}

static enum boot_stall find_stall(const struct boot_watch *watch, double now)
{
	if (watch->result)
		return now - watch->last_byte >= watch->limits.quiet ? BOOT_NO_POWER_OFF
								     : BOOT_NO_STALL;
	if (!watch->beat)
		return stall_before_heartbeat(watch, now);
	if (now - watch->last_beat >= watch->limits.quiet)
		return BOOT_SILENCE;
	return any_stands_still(watch) ? BOOT_STANDSTILL : BOOT_NO_STALL;
}

static bool is_out_of_time(const struct boot_watch *watch, double now)
{
	return now - watch->started >= boot_limits_total(&watch->limits);
}

enum boot_call boot_watch_check(struct boot_watch *watch, double now)
{
	enum boot_stall before = watch->stall;

	leave_out_lost_time(watch, now);
	boot_watch_next(watch, now);
	if (watch->decided)
		return now >= watch->decided_at + watch->limits.settle ? BOOT_SETTLED : BOOT_GO_ON;
	watch->stall = find_stall(watch, now);
	if (is_out_of_time(watch, now))
		return watch->stall ? BOOT_HUNG : BOOT_TOO_LONG;
	if (watch->stall && !before) {
		watch->stalled_at = now;
		return BOOT_SUSPECT;
	}
	if (before && !watch->stall)
		return BOOT_RESUMED;
	if (watch->stall && now - watch->stalled_at >= watch->limits.detectors)
		return BOOT_HUNG;
	return BOOT_GO_ON;
}

double boot_watch_next(struct boot_watch *watch, double now)
{
	double next = now + tick(watch);
	double settled = watch->decided_at + watch->limits.settle;

	if (watch->decided && settled < next)
		next = settled;
	promise(watch, next);
	return next;
}

/* "CPU 1 stood still at 1204 since heartbeat 7, CPU 2 at ..."; `least`: heartbeats without a
 * change. */
static void describe_cpus(const struct boot_watch *watch, int least, struct strbuf *text)
{
	const char *verb = " stood still at ";
	const char *before = text->len ? "; CPU " : "CPU ";

	for (size_t i = 0; i < watch->cpu_count; i++) {
		const struct boot_watch_cpu *cpu = &watch->cpus[i];

		if (cpu->still < least)
			continue;
		strbuf_addf(text, "%s%zu%s%llu since heartbeat %llu", before, i, verb,
			    (unsigned long long)cpu->progress, (unsigned long long)cpu->since);
		verb = " at ";
		before = ", CPU ";
	}
}

char *boot_watch_describe(const struct boot_watch *watch, double now)
{
	STRBUF text = { 0 };

	switch (watch->stall) {
	case BOOT_NO_STALL:
		strbuf_addf(&text, "still going on after %.0f s", now - watch->started);
		break;
	case BOOT_QUIET_START:
		strbuf_addf(&text, "no output for %.0f s, before the first heartbeat",
			    now - watch->last_byte);
		break;
	case BOOT_LATE_START:
		strbuf_addf(&text, "no heartbeat within %.0f s of the start", now - watch->started);
		break;
	case BOOT_NO_POWER_OFF:
		strbuf_addf(&text, "no power off for %.0f s after the test's result",
			    now - watch->last_byte);
		break;
	case BOOT_SILENCE:
		strbuf_addf(&text, "no heartbeat for %.0f s", now - watch->last_beat);
		describe_cpus(watch, 1, &text);
		break;
	case BOOT_STANDSTILL:
		describe_cpus(watch, watch->limits.beats, &text);
		strbuf_addf(&text, ", heartbeats go on to %llu", (unsigned long long)watch->beat);
		break;
	}
	return strbuf_detach(&text);
}
