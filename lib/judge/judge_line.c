// SPDX-License-Identifier: GPL-2.0
/* judge_line.c - what one line says, whoever wrote it. */
#include "judge_filter.h"
#include "judge_patterns.h"
#include "judge_state.h"
#include "judge_text.h"

/* Of a report, the line that names the CPU is among the first. */
#define REPORT_LINES 30
/* "BUG: unable to", "Oops:" and "CPU: 1 PID: 44" are one report: they stand this close. */
#define SAME_REPORT_LINES 16
/* With the longest of prefixes. */
#define LONE_CPU_LENGTH 96

/* Of a line that is too long to be shown, what follows the event's begin. */
static char *event_text(const struct judge *judge, const char *at, size_t length)
{
	const struct judge_piece *piece = judge->now.piece;

	if (piece->first && piece->last && piece->length <= JUDGE_MAX_TEXT)
		return judge_raw_text(piece->bytes, piece->length);
	return judge_raw_text(at, length);
}

static int event_cpu(const struct judge *judge, const struct judge_segment *segment, const char *at,
		     size_t length)
{
	int cpu = judge_pattern_cpu(at, length);

	if (cpu == EVENT_NO_CPU)
		cpu = segment->cpu;
	if (cpu == EVENT_NO_CPU && judge->lone_cpu_line &&
	    judge->now.piece->number - judge->lone_cpu_line <= 1)
		cpu = judge->lone_cpu;
	return cpu;
}

/* `event` has no CPU, or is NULL. */
static void await_cpu(struct judge *judge, const struct event *event)
{
	bool same = judge->awaits_cpu && event &&
		    event->line - judge->unplaced_line <= SAME_REPORT_LINES;

	judge->awaits_cpu = event != NULL;
	if (!event)
		return;
	if (!same)
		judge->unplaced = (size_t)(event - judge->events);
	judge->unplaced_line = event->line;
}

static void add_pattern_event(struct judge *judge, const struct judge_segment *segment,
			      const struct judge_pattern *pattern, size_t start)
{
	const char *at = segment->text + start;
	size_t length = segment->length - start;
	struct event event = { .kind = (enum event_kind)pattern->kind,
			       .line = judge->now.piece->number,
			       .text = event_text(judge, at, length),
			       .cpu = event_cpu(judge, segment, at, length) };
	bool placed = event.cpu != EVENT_NO_CPU;
	struct event *kept = judge_add_event(judge, event, pattern->decisive);

	await_cpu(judge, placed ? NULL : kept);
}

static void add_boot(struct judge *judge, const struct judge_segment *segment, size_t start)
{
	static const struct judge_pattern loop = { .kind = EVENT_REBOOT_LOOP, .decisive = true };

	judge->kernel_spoke = true;
	judge->off = false;
	if (judge->boots++)
		add_pattern_event(judge, segment, &loop, start);
}

/* What a pattern says; false when the rest of the segment is not to be looked at. */
static bool apply_pattern(struct judge *judge, const struct judge_segment *segment,
			  const struct judge_pattern *pattern, const struct judge_match *match)
{
	size_t place = (size_t)(segment->text - judge->now.base) + match->start;

	if (place >= judge->now.fresh)
		return false;
	switch (pattern->kind) {
	case JUDGE_LINE_OTHER:
		return false;
	case JUDGE_LINE_BOOT:
		add_boot(judge, segment, match->start);
		return true;
	case JUDGE_LINE_OFF:
		judge_see_off(judge);
		return true;
	case JUDGE_LINE_EMULATOR:
		if (!judge->emulator_says && !judge->kernel_spoke)
			judge->emulator_says = judge_raw_text(segment->text, segment->length);
		return true;
	default:
		add_pattern_event(judge, segment, pattern, match->start);
		return true;
	}
}

static enum judge_source source_of(const struct judge *judge, const struct judge_segment *segment)
{
	if (segment->kernel)
		return JUDGE_KERNEL;
	if (judge->prefixes)
		return JUDGE_PROGRAM;
	return segment->start ? JUDGE_ANYBODY : JUDGE_UNSTARTED;
}

static void search_patterns(struct judge *judge, const struct judge_segment *segment)
{
	enum judge_source source = source_of(judge, segment);
	const struct judge_pattern *pattern;
	struct judge_match match;
	size_t offset = 0;

	if (source == JUDGE_PROGRAM && !segment->start)
		return;
	do {
		pattern = judge_pattern_find(segment->text, segment->length, offset, source,
					     &match);
		if (!pattern || !apply_pattern(judge, segment, pattern, &match))
			return;
		offset = match.end;
		/* behind a prefix there is one message; elsewhere several may run together */
	} while (source != JUDGE_KERNEL && source != JUDGE_PROGRAM && offset < segment->length);
}

/* True when the segment was the test's. */
static bool apply_ktap(struct judge *judge, const struct judge_segment *segment,
		       enum judge_ktap_line kind)
{
	struct event event = { .kind = EVENT_TEST_FAIL, .cpu = EVENT_NO_CPU };
	const struct judge_cite *fail = &judge->ktap.last_fail;

	if (kind == JUDGE_KTAP_NONE)
		return false;
	judge->now.understood = true;
	if (kind == JUDGE_KTAP_PASS)
		judge_add_pass(judge);
	if (kind == JUDGE_KTAP_FAIL) {
		event.line = fail->line;
		event.text = fail->line == judge->now.piece->number
				     ? event_text(judge, segment->text, segment->length)
				     : xstrdup(fail->text);
		judge_add_event(judge, event, true);
	}
	return true;
}

static bool take_rest_of_cut(struct judge *judge, const struct judge_segment *segment)
{
	struct judge_ktap *ktap = &judge->ktap;

	if (!judge_ktap_awaits(ktap) || segment->kernel)
		return false;
	if (judge_ktap_goes_on(ktap, segment->text, segment->length) && segment->cut_short)
		return false;
	if (judge_ktap_goes_on(ktap, segment->text, segment->length))
		return apply_ktap(judge, segment,
				  judge_ktap_take_cut(ktap, segment->text, segment->length));
	apply_ktap(judge, segment, judge_ktap_take_cut(ktap, "", 0));
	return false;
}

static bool take_test_line(struct judge *judge, const struct judge_segment *segment)
{
	const struct judge_piece *piece = judge->now.piece;

	if (!segment->start || !piece->first || !piece->last)
		return false;
	if (take_rest_of_cut(judge, segment))
		return true;
	if (segment->cut_short && !segment->kernel) {
		judge_ktap_cut(&judge->ktap, segment->text, segment->length, piece->number);
		judge->now.understood = judge_ktap_awaits(&judge->ktap);
		return judge->now.understood;
	}
	return apply_ktap(
		judge, segment,
		judge_ktap_take(&judge->ktap, segment->text, segment->length, piece->number));
}

static void place_event(struct event *event, int cpu)
{
	if (event->cpu == EVENT_NO_CPU && event->kind != EVENT_TEST_FAIL &&
	    event->kind != EVENT_TEST_PASS)
		event->cpu = cpu;
}

static void place_events(struct judge *judge, int cpu)
{
	const struct event *first = &judge->events[judge->unplaced];

	for (size_t i = judge->unplaced; i < judge->kept; i++)
		place_event(&judge->events[i], cpu);
	if (judge->cause.text && judge->cause.line >= first->line)
		place_event(&judge->cause, cpu);
}

/* A report's later lines name the CPU, or die_if_kernel()'s line before an oops. */
static void look_for_cpu(struct judge *judge, const struct judge_segment *segment)
{
	uint64_t number = judge->now.piece->number;
	int cpu = judge_pattern_lone_cpu(segment->text, segment->length);

	if (cpu != EVENT_NO_CPU) {
		judge->lone_cpu = cpu;
		judge->lone_cpu_line = number;
	}
	if (!judge->awaits_cpu)
		return;
	cpu = judge_pattern_report_cpu(segment->text, segment->length);
	if (cpu != EVENT_NO_CPU)
		place_events(judge, cpu);
	if (cpu != EVENT_NO_CPU || number - judge->unplaced_line >= REPORT_LINES)
		judge->awaits_cpu = false;
}

static void judge_text(struct judge *judge, const char *text, size_t length, bool start)
{
	struct judge_segments segments = { .text = text, .length = length, .start = start };
	struct judge_segment segment;

	while (judge_text_next(&segments, &segment)) {
		if (segment.kernel)
			judge->prefixes = judge->kernel_spoke = true;
		if (take_test_line(judge, &segment))
			continue;
		if (segment.start)
			look_for_cpu(judge, &segment);
		search_patterns(judge, &segment);
	}
}

/* A CR goes back to the begin of the line: what follows starts anew. */
static size_t judge_parts(struct judge *judge, const char *text, size_t length)
{
	bool start = judge->now.piece->first;
	size_t parts = 0;

	while (length) {
		const char *cr = memchr(text, '\r', length);
		size_t step = cr ? (size_t)(cr - text) : length;

		if (step) {
			judge_text(judge, text, step, start || parts);
			parts++;
		}
		step += cr != NULL;
		text += step;
		length -= step;
	}
	return parts;
}

/* CRs may also be noise in the midst of a message. */
static void judge_without_crs(struct judge *judge, const char *text, size_t length)
{
	strbuf_reset(&judge->joined);
	for (size_t i = 0; i < length; i++)
		if (text[i] != '\r')
			strbuf_addc(&judge->joined, text[i]);
	judge->now.base = strbuf_str(&judge->joined);
	judge_text(judge, judge->now.base, judge->joined.len, true);
}

static void judge_closely(struct judge *judge, const char *text, size_t length)
{
	const struct judge_segment nothing = { .text = "", .start = true, .cpu = EVENT_NO_CPU };
	const struct judge_piece *piece = judge->now.piece;
	size_t parts;

	judge->now.base = text;
	judge->now.understood = false;
	parts = judge_parts(judge, text, length);
	if (!parts)
		take_rest_of_cut(judge, &nothing);
	if (parts > 1 && !judge->now.understood && piece->first && piece->last)
		judge_without_crs(judge, text, length);
}

/* "[    3.101562] CPU 1 ": too little for the filter. */
static bool is_lone_cpu(const char *text, size_t length)
{
	size_t end = length;

	while (end && text[end - 1] == ' ')
		end--;
	return end && length < LONE_CPU_LENGTH && text[end - 1] >= '0' && text[end - 1] <= '9' &&
	       memmem(text, length, "CPU ", 4);
}

/* What the test says may stand behind a lab's stamp. */
static bool test_may_speak(const char *text, size_t length)
{
	size_t stamp = judge_text_stamp(text, length);

	return judge_ktap_starts(text + stamp, length - stamp);
}

static bool is_of_interest(const struct judge *judge, const char *text, size_t length)
{
	if (judge_filter_hit(text, length))
		return true;
	if (judge->awaits_cpu || judge_ktap_awaits(&judge->ktap))
		return true;
	if (test_may_speak(text, length) || is_lone_cpu(text, length))
		return true;
	return !judge->prefixes && length && strchr("[<", *text);
}

static void judge_cleaned(struct judge *judge, const struct judge_piece *piece)
{
	struct strbuf *clean = &judge->clean;

	strbuf_reset(clean);
	judge->now.fresh = judge_text_clean(piece->bytes, piece->length, piece->fresh, clean);
	if (memchr(strbuf_str(clean), '\r', clean->len) ||
	    is_of_interest(judge, strbuf_str(clean), clean->len))
		judge_closely(judge, strbuf_str(clean), clean->len);
}

void judge_piece(void *data, const struct judge_piece *piece)
{
	struct judge_piece line = *piece;
	struct judge *judge = data;

	while (line.last && line.length && line.bytes[line.length - 1] == '\r')
		line.length--;
	judge->now.piece = &line;
	judge->now.fresh = line.fresh;
	if (!judge_text_is_plain(line.bytes, line.length))
		judge_cleaned(judge, &line);
	else if (is_of_interest(judge, line.bytes, line.length))
		judge_closely(judge, line.bytes, line.length);
	judge->now.piece = NULL;
}
