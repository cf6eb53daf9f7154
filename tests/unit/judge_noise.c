// SPDX-License-Identifier: GPL-2.0
/*
 * Every case of tests/judge/ again, with noise that a console may add: verdict, and each
 * event's kind and line, must stay. The noise is random, but the same in every run.
 */
#include <stdio.h>

#include "unit.h"
#include "judge/judge.h"

/* xorshift32 (Marsaglia 2003). */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static uint32_t below(uint32_t *seed, uint32_t limit)
{
	return next_random(seed) % limit;
}

/* Adds a line, without its LF, and noise. `length` includes no LF. */
typedef void (*noise)(struct strbuf *out, const char *line, size_t length, uint32_t *seed);

/* Puts one of `pieces` at every place where `may` is true, one time in five. */
static void sprinkle(struct strbuf *out, const char *line, size_t length, uint32_t *seed,
		     const char *const *pieces, const size_t *sizes, uint32_t count)
{
	for (size_t i = 0; i <= length; i++) {
		uint32_t which = below(seed, count);

		if (!below(seed, 5))
			strbuf_add(out, pieces[which], sizes[which]);
		if (i < length)
			strbuf_addc(out, line[i]);
	}
}

static void add_nuls(struct strbuf *out, const char *line, size_t length, uint32_t *seed)
{
	static const char *const pieces[] = { "\0", "\0\0\0", "\a", "\x7f", "\xff", "\xfe" };
	static const size_t sizes[] = { 1, 3, 1, 1, 1, 1 };

	sprinkle(out, line, length, seed, pieces, sizes, ARRAY_SIZE(pieces));
}

static void add_escapes(struct strbuf *out, const char *line, size_t length, uint32_t *seed)
{
	static const char *const pieces[] = { "\033[0m",   "\033[1;31m",     "\033[2K",
					      "\033[?25l", "\033]0;title\a", "\033(B" };
	static const size_t sizes[] = { 4, 7, 4, 6, 10, 3 };

	sprinkle(out, line, length, seed, pieces, sizes, ARRAY_SIZE(pieces));
}

static void add_crs(struct strbuf *out, const char *line, size_t length, uint32_t *seed)
{
	strbuf_add(out, line, length);
	for (uint32_t i = below(seed, 4); i; i--)
		strbuf_addc(out, '\r');
}

static void add_stamps(struct strbuf *out, const char *line, size_t length, uint32_t *seed)
{
	static const char *const stamps[] = { "2026-11-22T15:05:28.123456 ",
					      "[2026-11-22 15:05:28] ", "2026-11-22T15:05:28Z ",
					      "2026-11-22T15:05:28,123+01:00: " };

	strbuf_adds(out, stamps[below(seed, ARRAY_SIZE(stamps))]);
	strbuf_add(out, line, length);
}

/* The length of "[   12.345678]" at the start of a line, or 0. */
static size_t time_length(const char *line, size_t length)
{
	const char *end = length > 14 && *line == '[' ? memchr(line, ']', 20) : NULL;

	return end && memchr(line, '.', (size_t)(end - line)) ? (size_t)(end - line) + 1 : 0;
}

static void add_levels(struct strbuf *out, const char *line, size_t length, uint32_t *seed)
{
	if (time_length(line, length))
		strbuf_addf(out, "<%u>", below(seed, 8));
	strbuf_add(out, line, length);
}

/* Of a task: that of a CPU would say more than the case does. */
static void add_callers(struct strbuf *out, const char *line, size_t length, uint32_t *seed)
{
	size_t time = time_length(line, length);

	strbuf_add(out, line, time);
	if (time && line[time] == ' ')
		strbuf_addf(out, "[%5sT%u]", "", 1 + below(seed, 9999));
	strbuf_add(out, line + time, length - time);
}

static void add_nothing(struct strbuf *out, const char *line, size_t length, uint32_t *seed)
{
	(void)seed;
	strbuf_add(out, line, length);
}

static void add_all(struct strbuf *out, const char *line, size_t length, uint32_t *seed)
{
	static const noise noises[] = {
		add_callers, add_levels, add_stamps, add_nuls, add_crs, NULL
	};
	STRBUF now = { 0 };
	STRBUF next = { 0 };

	strbuf_add(&now, line, length);
	for (size_t i = 0; noises[i]; i++) {
		strbuf_reset(&next);
		noises[i](&next, strbuf_str(&now), now.len, seed);
		strbuf_reset(&now);
		strbuf_add(&now, strbuf_str(&next), next.len);
	}
	strbuf_add(out, strbuf_str(&now), now.len);
}

static void make_noisy(const struct strbuf *log, noise add, uint32_t *seed, struct strbuf *noisy)
{
	const char *at = strbuf_str(log), *end = at + log->len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		add(noisy, at, (size_t)((lf ? lf : end) - at), seed);
		if (lf)
			strbuf_addc(noisy, '\n');
		at = lf ? lf + 1 : end;
	}
}

static struct judge *judged(const struct strbuf *log, uint32_t *seed, uint32_t step)
{
	struct judge *judge = judge_new(NULL);

	for (size_t at = 0; at < log->len;) {
		size_t size = 1 + below(seed, step);

		if (size > log->len - at)
			size = log->len - at;
		judge_feed(judge, log->buf + at, size);
		at += size;
	}
	judge_end(judge, JUDGE_LOG_ENDS, NULL);
	return judge;
}

static void describe(const struct judge *judge, struct strbuf *out)
{
	const struct event *cause = judge_cause(judge);
	size_t count;
	const struct event *events = judge_events(judge, &count);

	strbuf_addf(out, "%s", verdict_name(judge_verdict(judge)));
	if (cause)
		strbuf_addf(out, ", %s in %llu", verdict_kind_name(cause->kind),
			    (unsigned long long)cause->line);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(out, "; %llu %s %d", (unsigned long long)events[i].line,
			    verdict_kind_name(events[i].kind), events[i].cpu);
}

static const struct {
	const char *name;
	noise add;
	bool no_escapes; /* would tear those of the case apart */
} noises[] = {
	{ "any pieces", add_nothing, false },	   { "NULs", add_nuls, true },
	{ "escape sequences", add_escapes, true }, { "CRs", add_crs, false },
	{ "stamps", add_stamps, false },	   { "levels", add_levels, false },
	{ "callers", add_callers, false },	   { "all", add_all, true },
};

/* What a case is about may be the very place where the noise goes. */
static bool fits(const char *name, const struct strbuf *log, size_t which)
{
	bool escapes = memchr(strbuf_str(log), '\033', log->len);

	if (noises[which].no_escapes && escapes)
		return false;
	/* a line has one stamp, of a lab or of a syslog */
	return !(starts_with(name, "stamps-") && noises[which].add != add_nothing &&
		 noises[which].add != add_nuls && noises[which].add != add_crs);
}

static void check_case(const char *name, const struct strbuf *log, size_t which, uint32_t seed)
{
	STRBUF noisy = { 0 };
	STRBUF expected = { 0 };
	STRBUF actual = { 0 };
	JUDGE quiet = judged(log, &seed, 1 << 20);
	JUDGE loud = NULL;

	make_noisy(log, noises[which].add, &seed, &noisy);
	loud = judged(&noisy, &seed, 40);
	describe(quiet, &expected);
	describe(loud, &actual);
	if (!str_equal(expected.buf, actual.buf))
		fail_msg("%s with %s: %s, not %s", name, noises[which].name, actual.buf,
			 expected.buf);
}

static void test_noise_changes_nothing(void **state)
{
	const char *source = getenv("FARRIER_SOURCE");
	OWNED_STR folder = xasprintf("%s/tests/judge", source ? source : ".");
	struct strvec names = { 0 };
	unsigned int checked = 0;

	(void)state;
	assert_ok(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s/log", folder, names.items[i]);
		STRBUF log = { 0 };

		assert_ok(file_read(path, 1 << 20, &log));
		for (size_t which = 0; which < ARRAY_SIZE(noises); which++) {
			if (!fits(names.items[i], &log, which))
				continue;
			check_case(names.items[i], &log, which, (uint32_t)(i * 97 + which + 1));
			checked++;
		}
	}
	assert_true(checked > 500);
	strvec_release(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
