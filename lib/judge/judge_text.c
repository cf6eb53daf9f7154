// SPDX-License-Identifier: GPL-2.0
#include "judge_regex.h"
#include "judge_text.h"

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

bool judge_text_is_plain(const char *bytes, size_t length)
{
	uint64_t odd = 0;
	size_t i = 0;

	for (; i + 8 <= length; i += 8) {
		uint64_t word;

		memcpy(&word, bytes + i, 8);
		/* the top bit of a byte is set when it had it, or 0x20 was too much, or DEL is one
		 * less */
		odd |= word | (word - EVERY_BYTE(0x20)) | (word + EVERY_BYTE(1));
	}
	odd &= EVERY_BYTE(0x80);
	for (; i < length; i++)
		odd |= (unsigned char)bytes[i] < 0x20 || (unsigned char)bytes[i] >= 0x7f;
	return !odd;
}

static bool between(char c, unsigned char low, unsigned char high)
{
	return (unsigned char)c >= low && (unsigned char)c <= high;
}

/* ECMA-48 5.4: parameters, intermediates, and a final byte. 1 when it is none: the rest stays. */
static size_t control_sequence(const char *bytes, size_t length)
{
	size_t i = 2;

	while (i < length && between(bytes[i], 0x30, 0x3f))
		i++;
	while (i < length && between(bytes[i], 0x20, 0x2f))
		i++;
	return i < length && between(bytes[i], 0x40, 0x7e) ? i + 1 : 1;
}

/* ECMA-48 5.6, as terminals take it: up to BEL or ESC \. One without end hides nothing. */
static size_t control_string(const char *bytes, size_t length)
{
	for (size_t i = 2; i < length; i++) {
		if (bytes[i] == '\a')
			return i + 1;
		if (bytes[i] == '\033')
			return i + 1 < length && bytes[i + 1] == '\\' ? i + 2 : 2;
	}
	return 2;
}

/* The length of the escape sequence at `bytes`, which starts with ESC. */
static size_t escape_length(const char *bytes, size_t length)
{
	size_t i = 1;

	if (length < 2)
		return 1;
	if (bytes[1] == '[')
		return control_sequence(bytes, length);
	if (bytes[1] == ']' || bytes[1] == 'P')
		return control_string(bytes, length);
	while (i < length && between(bytes[i], 0x20, 0x2f))
		i++;
	return i < length && between(bytes[i], 0x30, 0x7e) ? i + 1 : 1;
}

static bool is_dropped(char c)
{
	return (between(c, 0, 0x1f) && c != '\t' && c != '\r') || c == 0x7f;
}

size_t judge_text_clean(const char *bytes, size_t length, size_t mark, struct strbuf *clean)
{
	size_t marked = SIZE_MAX;

	for (size_t i = 0, step; i < length; i += step) {
		if (i >= mark && marked == SIZE_MAX)
			marked = clean->len;
		step = strbuf_utf8_length(bytes + i, length - i);
		if (bytes[i] == '\033')
			step = escape_length(bytes + i, length - i);
		else if (step && !is_dropped(bytes[i]))
			strbuf_add(clean, bytes + i, step);
		if (!step)
			step = 1;
	}
	return marked == SIZE_MAX ? clean->len + 1 : marked;
}

#define PRINTK_TIME "(?:<\\d{1,3}>)?\\[ {0,4}\\d{1,9}\\.\\d{6}\\]"
#define CALLER	    "\\[ {0,5}(?:T\\d{1,9}|C(\\d{1,5}))\\]"

/*
 * printk's own prefix, which can be anywhere, and what else can be at the start
 * of a line: the level alone, the caller alone, dmesg -T and a syslog's "kernel:".
 */
static struct judge_regex prefix = {
	.pattern = PRINTK_TIME "(?:" CALLER ")? ?",
	.anchored = true,
};
static struct judge_regex first_prefix = {
	.pattern = "<\\d{1,3}>(?!\\[)"
		   "|" CALLER " "
		   "|\\[\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\\] "
		   "|\\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\S{1,64} kernel: (?:\\[ "
		   "*\\d+\\.\\d{6}\\] ?)?",
	.anchored = true,
};

/* What a lab or a terminal program puts before each line. */
static struct judge_regex stamp = {
	.pattern = "\\[?\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?"
		   "(?:Z|[+-]\\d\\d:?\\d\\d)?\\]?:? ",
	.anchored = true,
};

static int caller_cpu(const struct judge_match *match)
{
	return (int)match->numbers[0];
}

/* Back over the "<6>" before a '[', if there is one behind `begin`. */
static size_t level_before(const char *text, size_t begin, size_t place)
{
	size_t digit = place;

	if (place == begin || text[place - 1] != '>')
		return place;
	for (digit = place - 1; digit > begin && place - digit < 5; digit--)
		if (text[digit - 1] == '<')
			return digit - 1;
		else if (!between(text[digit - 1], '0', '9'))
			return place;
	return place;
}

/* The first printk prefix at or behind `begin` that nobody quotes. */
static bool find_prefix(const char *text, size_t length, size_t begin, struct judge_match *match)
{
	for (size_t place = begin; place < length; place++) {
		const char *bracket = memchr(text + place, '[', length - place);
		size_t start;

		if (!bracket)
			return false;
		place = (size_t)(bracket - text);
		start = level_before(text, begin, place);
		if (start && strchr("\"'`", text[start - 1]))
			continue;
		if (judge_regex_find(&prefix, text, length, start, match))
			return true;
	}
	return false;
}

/* The prefix at `begin` itself. */
static bool prefix_here(const struct judge_segments *segments, size_t begin,
			struct judge_match *match)
{
	const char *text = segments->text;

	if (begin && strchr("\"'`", text[begin - 1]))
		return false;
	if (judge_regex_find(&prefix, text, segments->length, begin, match))
		return true;
	return !begin && segments->start &&
	       judge_regex_find(&first_prefix, text, segments->length, 0, match);
}

size_t judge_text_stamp(const char *text, size_t length)
{
	struct judge_match match;
	size_t digit = length && *text == '[';

	/* the shortest is "2026-11-22 15:05:28 ", and asking for a match costs ten times as much */
	if (length < digit + 20 || text[digit + 4] != '-' ||
	    !judge_regex_find(&stamp, text, length, 0, &match))
		return 0;
	return match.end;
}

static void skip_stamp(struct judge_segments *segments)
{
	size_t length = judge_text_stamp(segments->text, segments->length);

	segments->text += length;
	segments->length -= length;
}

bool judge_text_next(struct judge_segments *segments, struct judge_segment *segment)
{
	struct judge_match match = { 0 };
	size_t begin;

	if (segments->start && !segments->position)
		skip_stamp(segments);
	begin = segments->position;
	if (begin >= segments->length)
		return false;
	*segment = (struct judge_segment){ .start = segments->start && !begin, .cpu = -1 };
	if (prefix_here(segments, begin, &match)) {
		segment->kernel = segment->start = true;
		segment->cpu = caller_cpu(&match);
		begin = match.end;
	}
	segment->cut_short = find_prefix(segments->text, segments->length, begin, &match);
	segments->position = segment->cut_short ? match.start : segments->length;
	segment->text = segments->text + begin;
	segment->length = segments->position - begin;
	return true;
}
