// SPDX-License-Identifier: GPL-2.0
/* What callers of the judge see while a log comes in; whole logs are in tests/judge/. */
#include <stdio.h>

#include "unit.h"
#include "judge/judge.h"
#include "judge/judge_filter.h"
#include "judge/judge_patterns.h"

#define LINUX  "[    0.000000] Linux version 6.12.117 (build@host) #1 SMP\n"
#define HEADER "KTAP version 1\n1..1\n"
#define LOCKUP "[   28.035141] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [init:34]\n"

static void feed(struct judge *judge, const char *text)
{
	judge_feed(judge, text, strlen(text));
}

static void test_verdict_follows_the_log(void **state)
{
	JUDGE judge = judge_new(NULL);

	(void)state;
	assert_int_equal(judge_verdict(judge), VERDICT_UNKNOWN);
	feed(judge, LINUX HEADER "ok 1 storm\n");
	assert_int_equal(judge_verdict(judge), VERDICT_UNKNOWN);
	assert_false(judge_saw_end(judge));
	feed(judge, "# farrier: end\n");
	assert_int_equal(judge_verdict(judge), VERDICT_GOOD);
	assert_true(judge_saw_end(judge));
	feed(judge, "[    9.000000] Kernel panic - not syncing: late\n");
	assert_int_equal(judge_verdict(judge), VERDICT_BAD);
}

static void test_line_counts_when_its_lf_is_there(void **state)
{
	JUDGE judge = judge_new(NULL);
	const char *lockup = LOCKUP;

	(void)state;
	feed(judge, LINUX);
	judge_feed(judge, lockup, strlen(lockup) - 1);
	assert_false(judge_is_decided(judge));
	assert_int_equal(judge_lines(judge), 2);
	feed(judge, "\n");
	assert_true(judge_is_decided(judge));
	assert_int_equal(judge_lines(judge), 2);
	assert_int_equal(judge_cause(judge)->line, 2);
}

static void test_warning_does_not_decide(void **state)
{
	JUDGE judge = judge_new(NULL);

	(void)state;
	feed(judge, LINUX "[    2.000000] WARNING: CPU: 1 PID: 44 at kernel/smp.c:812 f+0x4/0x8\n");
	assert_int_equal(judge_verdict(judge), VERDICT_BAD);
	assert_false(judge_is_decided(judge));
	feed(judge, LOCKUP);
	assert_true(judge_is_decided(judge));
	assert_int_equal(judge_cause(judge)->kind, EVENT_WARNING);
}

static void test_ignored_kind_neither_decides_nor_is_the_cause(void **state)
{
	struct judge_settings settings = { .ignore[EVENT_SOFT_LOCKUP] = true };
	JUDGE judge = judge_new(&settings);

	(void)state;
	feed(judge, LINUX LOCKUP);
	assert_false(judge_is_decided(judge));
	assert_null(judge_cause(judge));
	assert_int_equal(judge_count(judge, EVENT_SOFT_LOCKUP), 1);
}

static void test_silence_gives_way_to_a_culprit(void **state)
{
	JUDGE judge = judge_new(NULL);

	(void)state;
	feed(judge, LINUX HEADER "# farrier: heartbeat 1 progress 3 4\n");
	judge_silence(judge, "no heartbeat for 10 s");
	assert_int_equal(judge_verdict(judge), VERDICT_BAD);
	assert_int_equal(judge_cause(judge)->kind, EVENT_SILENCE);
	assert_int_equal(judge_cause(judge)->line, 4);
	assert_string_equal(judge_cause(judge)->text, "no heartbeat for 10 s");
	feed(judge, LOCKUP);
	assert_int_equal(judge_cause(judge)->kind, EVENT_SOFT_LOCKUP);
	assert_int_equal(judge_cause(judge)->line, 5);
}

static void test_heartbeat_tells_who_stands_still(void **state)
{
	JUDGE judge = judge_new(NULL);
	const struct judge_heartbeat *beat = judge_heartbeat(judge);

	(void)state;
	assert_int_equal(beat->number, 0);
	feed(judge, LINUX HEADER "# farrier: heartbeat 1 progress 3 4\n");
	assert_int_equal(beat->number, 1);
	assert_int_equal(beat->line, 4);
	assert_int_equal(beat->cpus, 2);
	assert_int_equal(beat->progress[1], 4);
	feed(judge, "# farrier: heartbeat 2 progress 5 4\n# farrier: heartbeat 3 progress 6 4\n");
	assert_int_equal(beat->still[0], 0);
	assert_int_equal(beat->still[1], 2);
	assert_int_equal(beat->all_still, 0);
	feed(judge, "# farrier: heartbeat 4 progress 6 4\n");
	assert_int_equal(beat->all_still, 1);
	feed(judge, "# farrier: heartbeat 5 progress 6\n# farrier: heartbeat 6 progress x\n");
	assert_int_equal(beat->number, 5);
	assert_int_equal(beat->cpus, 1);
	assert_int_equal(beat->still[0], 0);
}

static void test_counters_have_a_difference(void **state)
{
	const struct judge_counter *counters;
	JUDGE judge = judge_new(NULL);
	uint64_t difference;
	size_t count;

	(void)state;
	feed(judge, LINUX HEADER "# farrier: counter before RIF 1 2\n"
				 "# farrier: counter before RIS absent\n"
				 "# farrier: counter before ERR 7\n"
				 "# farrier: counter after RIF 11 5\n"
				 "# farrier: counter after RIS absent\n");
	counters = judge_counters(judge, &count);
	assert_int_equal(count, 3);
	assert_string_equal(counters[0].name, "RIF");
	assert_true(judge_counter_difference(&counters[0], &difference));
	assert_int_equal(difference, 13);
	assert_true(counters[1].after.absent);
	assert_false(judge_counter_difference(&counters[1], &difference));
	assert_false(judge_counter_difference(&counters[2], &difference));
}

static void test_guest_says_what_is_in_force(void **state)
{
	JUDGE judge = judge_new(NULL);

	(void)state;
	feed(judge, HEADER "# farrier: guest 1 test=storm seconds=10 cpus=4 threads=8\n"
			   "# farrier: guest 1 test=storm seconds=x\n");
	assert_string_equal(judge_guest(judge)->test, "storm");
	assert_int_equal(judge_guest(judge)->seconds, 10);
	assert_int_equal(judge_guest(judge)->cpus, 4);
	assert_int_equal(judge_guest(judge)->threads, 8);
}

static void test_infra_never_replaces_bad(void **state)
{
	JUDGE quiet = judge_new(NULL);
	JUDGE bad = judge_new(NULL);

	(void)state;
	judge_end(quiet, JUDGE_INFRA, "QEMU died of signal 11");
	assert_int_equal(judge_verdict(quiet), VERDICT_INFRA);
	assert_string_equal(judge_infra(quiet), "QEMU died of signal 11");
	feed(bad, LINUX LOCKUP);
	judge_end(bad, JUDGE_INFRA, "QEMU died of signal 11");
	assert_int_equal(judge_verdict(bad), VERDICT_BAD);
}

static void test_power_off_is_an_end_though_its_line_was_lost(void **state)
{
	JUDGE passed = judge_new(NULL);
	JUDGE silent = judge_new(NULL);

	(void)state;
	feed(passed, LINUX HEADER "ok 1 storm\n");
	judge_end(passed, JUDGE_POWERED_OFF, NULL);
	assert_int_equal(judge_verdict(passed), VERDICT_GOOD);
	feed(silent, LINUX HEADER);
	judge_end(silent, JUDGE_POWERED_OFF, NULL);
	assert_int_equal(judge_verdict(silent), VERDICT_UNKNOWN);
}

static void test_record_holds_verdict_cause_and_events(void **state)
{
	JUDGE judge = judge_new(NULL);
	OWNED_JSON *json = NULL;

	(void)state;
	feed(judge, LINUX LOCKUP);
	judge_end(judge, JUDGE_STOPPED, NULL);
	json = judge_json(judge);
	assert_string_equal(store_get_string(json, "verdict", NULL), "BAD");
	assert_int_equal(store_get_int(json_object_get(json, "cause"), "line", 0), 2);
	assert_int_equal(store_get_int(json_object_get(json, "cause"), "cpu", -1), 0);
	assert_int_equal(json_array_size(json_object_get(json, "events")), 1);
	assert_int_equal(store_get_int(json_object_get(json, "counts"), "soft-lockup", 0), 1);
}

/* The pattern without the backslashes that stand before punctuation. */
static char *unescaped(const char *pattern)
{
	STRBUF text = { 0 };

	for (; *pattern; pattern++) {
		if (*pattern == '\\' && strchr("[]()#.+-", pattern[1]))
			continue;
		strbuf_addc(&text, *pattern);
	}
	return strbuf_detach(&text);
}

static void test_every_pattern_contains_its_trigger(void **state)
{
	const struct judge_pattern *patterns;
	size_t count;

	(void)state;
	patterns = judge_pattern_table(&count);
	for (size_t i = 0; i < count; i++) {
		OWNED_STR pattern = unescaped(patterns[i].pattern);

		if (!patterns[i].trigger)
			continue;
		assert_true(strlen(patterns[i].trigger) >= 3);
		if (!strstr(pattern, patterns[i].trigger))
			fail_msg("'%s' is not in '%s'", patterns[i].trigger, pattern);
	}
}

static void test_filter_hits_at_any_place(void **state)
{
	const char *text = "xxxxx LOCKUP yyyyy";

	(void)state;
	judge_patterns_filter();
	assert_true(judge_filter_hit(text, strlen(text)));
	assert_true(judge_filter_hit("LOCK", 4));
	assert_false(judge_filter_hit("LOC", 3));
	assert_false(judge_filter_hit("", 0));
	assert_false(judge_filter_hit("[    0.128906] pci 0000:00:01.0: BAR 2", 38));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict_follows_the_log),
		cmocka_unit_test(test_line_counts_when_its_lf_is_there),
		cmocka_unit_test(test_warning_does_not_decide),
		cmocka_unit_test(test_ignored_kind_neither_decides_nor_is_the_cause),
		cmocka_unit_test(test_silence_gives_way_to_a_culprit),
		cmocka_unit_test(test_heartbeat_tells_who_stands_still),
		cmocka_unit_test(test_counters_have_a_difference),
		cmocka_unit_test(test_guest_says_what_is_in_force),
		cmocka_unit_test(test_infra_never_replaces_bad),
		cmocka_unit_test(test_power_off_is_an_end_though_its_line_was_lost),
		cmocka_unit_test(test_record_holds_verdict_cause_and_events),
		cmocka_unit_test(test_every_pattern_contains_its_trigger),
		cmocka_unit_test(test_filter_hits_at_any_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
