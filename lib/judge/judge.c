// SPDX-License-Identifier: GPL-2.0
#include "judge_filter.h"
#include "judge_patterns.h"
#include "judge_state.h"

/* Heartbeats without progress after which a log that just ends shows a hang. */
#define STILL_HEARTBEATS 10

static void prepare_filter(void)
{
	static bool ready;

	if (ready)
		return;
	judge_patterns_filter();
	judge_ktap_filter();
	ready = true;
}

struct judge *judge_new(const struct judge_settings *settings)
{
	struct judge *judge = xcalloc(1, sizeof(*judge));

	prepare_filter();
	if (settings)
		judge->settings = *settings;
	judge->lines.callback = judge_piece;
	judge->lines.data = judge;
	return judge;
}

void judge_free(struct judge *judge)
{
	if (!judge)
		return;
	for (size_t i = 0; i < judge->kept; i++)
		verdict_release_event(&judge->events[i]);
	free(judge->events);
	verdict_release_event(&judge->cause);
	verdict_release_event(&judge->silence);
	judge_lines_release(&judge->lines);
	judge_ktap_release(&judge->ktap);
	strbuf_release(&judge->clean);
	strbuf_release(&judge->joined);
	free(judge->infra);
	free(judge->emulator_says);
	free(judge);
}

void judge_release(struct judge **judge)
{
	judge_free(*judge);
}

static struct event copy_event(const struct event *event)
{
	struct event copy = *event;

	copy.text = xstrdup(event->text);
	return copy;
}

static void note_bad(struct judge *judge, const struct event *event, bool decisive)
{
	struct event *first = event->kind == EVENT_SILENCE ? &judge->silence : &judge->cause;

	if (event->kind == EVENT_TEST_PASS || judge->settings.ignore[event->kind])
		return;
	judge->bad = true;
	judge->decided = judge->decided || decisive;
	if (!first->text)
		*first = copy_event(event);
}

/* Keeps the events in the order of the log: that a test passed may be known only at its end. */
static struct event *keep_event(struct judge *judge, struct event event)
{
	size_t place = judge->kept;

	if (judge->kept == judge->room) {
		judge->room = judge->room ? 2 * judge->room : 8;
		judge->events = xreallocarray(judge->events, judge->room, sizeof(event));
	}
	while (place && judge->events[place - 1].line > event.line)
		place--;
	if (place < judge->kept)
		judge->awaits_cpu = false;
	memmove(&judge->events[place + 1], &judge->events[place],
		(judge->kept - place) * sizeof(event));
	judge->events[place] = event;
	judge->kept++;
	return &judge->events[place];
}

struct event *judge_add_event(struct judge *judge, struct event event, bool decisive)
{
	judge->counts[event.kind]++;
	judge->passed = judge->passed || event.kind == EVENT_TEST_PASS;
	judge->now.understood = true;
	note_bad(judge, &event, decisive);
	if (judge->kept < JUDGE_MAX_EVENTS)
		return keep_event(judge, event);
	free(event.text);
	return NULL;
}

char *judge_raw_text(const char *bytes, size_t length)
{
	STRBUF text = { 0 };

	for (size_t i = 0; i < length && text.len < JUDGE_MAX_TEXT; i++)
		if (bytes[i] && bytes[i] != '\r')
			strbuf_addc(&text, bytes[i]);
	return xstrdup(strbuf_str(&text));
}

void judge_add_pass(struct judge *judge)
{
	struct event event = { .kind = EVENT_TEST_PASS,
			       .line = judge->ktap.last_pass.line,
			       .text = xstrdup(judge->ktap.last_pass.text),
			       .cpu = EVENT_NO_CPU };

	judge_add_event(judge, event, false);
}

void judge_see_off(struct judge *judge)
{
	judge->off = true;
	if (!judge->passed && judge_ktap_passes_unplanned(&judge->ktap))
		judge_add_pass(judge);
}

void judge_feed(struct judge *judge, const char *bytes, size_t length)
{
	judge_lines_feed(&judge->lines, bytes, length);
}

void judge_silence(struct judge *judge, const char *text)
{
	struct event event = { .kind = EVENT_SILENCE,
			       .line = judge_lines(judge),
			       .text = judge_raw_text(text, strlen(text)),
			       .cpu = EVENT_NO_CPU };

	judge_add_event(judge, event, false);
}

static void judge_standstill(struct judge *judge)
{
	const struct judge_heartbeat *beat = &judge->ktap.heartbeat;
	STRBUF text = { 0 };

	if (!judge->ktap.open || beat->all_still < STILL_HEARTBEATS)
		return;
	strbuf_addf(&text, "no progress on any CPU in the last %u heartbeats, up to number %u",
		    beat->all_still, beat->number);
	judge_silence(judge, text.buf);
}

/* A kernel that restarts on purpose says so; this one is gone without a word. */
static void judge_reset(struct judge *judge)
{
	static const char text[] = "the machine was reset before the test had ended";
	struct event event = { .kind = EVENT_REBOOT_LOOP,
			       .line = judge_lines(judge),
			       .text = judge_raw_text(text, strlen(text)),
			       .cpu = EVENT_NO_CPU };

	judge_add_event(judge, event, true);
}

void judge_end(struct judge *judge, enum judge_ending ending, const char *why)
{
	struct judge_piece rest = { .bytes = "", .fresh = 1, .first = true, .last = true };

	judge_lines_end(&judge->lines);
	rest.number = judge_lines(judge);
	if (judge_ktap_awaits(&judge->ktap))
		judge_piece(judge, &rest);
	if (ending == JUDGE_POWERED_OFF || judge->ktap.farewell)
		judge_see_off(judge);
	if (ending == JUDGE_RESET && !judge_saw_end(judge))
		judge_reset(judge);
	if (ending == JUDGE_LOG_ENDS)
		judge_standstill(judge);
	if (ending == JUDGE_TIMED_OUT && judge->kernel_spoke && !judge_saw_end(judge))
		judge_silence(judge, why ? why : "it took too long");
	if (ending == JUDGE_INFRA || (ending == JUDGE_TIMED_OUT && !judge->kernel_spoke))
		judge->infra = xstrdup(why ? why : "the machine failed");
	else if (judge->emulator_says && !judge->kernel_spoke)
		judge->infra = xstrdup(judge->emulator_says);
}

bool judge_kernel_spoke(const struct judge *judge)
{
	return judge->kernel_spoke;
}

bool judge_saw_end(const struct judge *judge)
{
	return judge->off || judge->ktap.farewell;
}

enum verdict judge_verdict(const struct judge *judge)
{
	if (judge->bad)
		return VERDICT_BAD;
	if (judge->passed && !judge->ktap.open && judge_saw_end(judge))
		return VERDICT_GOOD;
	if (judge->infra)
		return VERDICT_INFRA;
	return VERDICT_UNKNOWN;
}

const struct event *judge_cause(const struct judge *judge)
{
	if (judge->cause.text)
		return &judge->cause;
	return judge->silence.text ? &judge->silence : NULL;
}

const struct event *judge_events(const struct judge *judge, size_t *count)
{
	*count = judge->kept;
	return judge->events;
}

uint64_t judge_count(const struct judge *judge, enum event_kind kind)
{
	return judge->counts[kind];
}

bool judge_is_decided(const struct judge *judge)
{
	return judge->decided;
}

const char *judge_infra(const struct judge *judge)
{
	return judge->infra;
}

uint64_t judge_lines(const struct judge *judge)
{
	return judge_lines_count(&judge->lines);
}

const struct judge_guest *judge_guest(const struct judge *judge)
{
	return &judge->ktap.guest;
}

const struct judge_heartbeat *judge_heartbeat(const struct judge *judge)
{
	return &judge->ktap.heartbeat;
}

const struct judge_counter *judge_counters(const struct judge *judge, size_t *count)
{
	*count = judge->ktap.counter_count;
	return judge->ktap.counters;
}
