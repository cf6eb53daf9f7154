// SPDX-License-Identifier: GPL-2.0
/* The timing rules of a boot, on a clock of the test's own. */
#include "unit.h"
#include "boot/boot_watch.h"

/* A console to come, played against the rules in steps of a tenth of a second. */
struct play {
	struct boot_watch watch;
	double now;
	double suspected, resumed, ended; /* when; negative: not yet */
	enum boot_call end;
	uint64_t beat;
	uint64_t progress[4];
	size_t cpus;
};

static void begin(struct play *play, struct boot_limits limits)
{
	*play = (struct play){
		.now = 1000, .suspected = -1, .resumed = -1, .ended = -1, .cpus = 2
	};
	boot_watch_start(&play->watch, &limits, play->now);
}

static void finish(struct play *play)
{
	boot_watch_release(&play->watch);
}

static double since_start(const struct play *play)
{
	return play->now - 1000;
}

static void check(struct play *play)
{
	enum boot_call call = boot_watch_check(&play->watch, play->now);

	if (call == BOOT_SUSPECT)
		play->suspected = since_start(play);
	else if (call == BOOT_RESUMED)
		play->resumed = since_start(play);
	else if (call != BOOT_GO_ON && play->ended < 0) {
		play->ended = since_start(play);
		play->end = call;
	}
}

/* Nothing comes for some seconds. */
static void wait(struct play *play, double seconds)
{
	for (int i = 0; i < (int)(seconds * 10 + 0.5) && play->ended < 0; i++) {
		play->now += 0.1;
		check(play);
	}
}

static void print(struct play *play)
{
	boot_watch_bytes(&play->watch, play->now);
}

/* One heartbeat, a second after what was before. */
static void beat(struct play *play, uint64_t add0, uint64_t add1)
{
	wait(play, 1);
	if (play->ended >= 0)
		return;
	play->progress[0] += add0;
	play->progress[1] += add1;
	print(play);
	boot_watch_heartbeat(&play->watch, play->now, ++play->beat, play->progress, play->cpus);
}

static void beats(struct play *play, int count, uint64_t add0, uint64_t add1)
{
	while (count-- && play->ended < 0)
		beat(play, add0, add1);
}

static void assert_about(double value, double wanted)
{
	if (value < wanted - 0.75 || value > wanted + 0.75)
		print_error("%f is not about %f\n", value, wanted);
	assert_true(value >= wanted - 0.75 && value <= wanted + 0.75);
}

static void assert_says(struct play *play, const char *wanted)
{
	OWNED_STR text = boot_watch_describe(&play->watch, play->now);

	assert_string_equal(text, wanted);
}

static void test_a_boot_that_beats_is_left_alone(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	wait(&play, 15);
	beats(&play, 20, 100, 90);
	assert_true(play.suspected < 0);
	assert_true(play.ended < 0);
	finish(&play);
}

static void test_silence_is_called_after_5_s_and_ended_30_s_later(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 7, 100, 90);
	wait(&play, 60);
	assert_about(play.suspected, 7 + 5);
	assert_about(play.ended, 7 + 5 + 30);
	assert_int_equal(play.end, BOOT_HUNG);
	assert_says(&play, "no heartbeat for 35 s");
	finish(&play);
}

static void test_standstill_of_one_cpu_is_called_though_heartbeats_go_on(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ .test = 60 });
	beats(&play, 7, 100, 90);
	beats(&play, 50, 100, 0);
	assert_about(play.suspected, 7 + 5);
	assert_about(play.ended, 7 + 5 + 30);
	assert_int_equal(play.end, BOOT_HUNG);
	assert_says(&play, "CPU 1 stood still at 630 since heartbeat 7, heartbeats go on to 42");
	finish(&play);
}

static void test_silence_names_the_cpus_that_stood_still_before(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 7, 100, 90);
	beats(&play, 2, 100, 0);
	wait(&play, 60);
	assert_says(&play, "no heartbeat for 35 s; CPU 1 stood still at 630 since heartbeat 7");
	finish(&play);
}

static void test_slow_progress_is_progress(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ .test = 60 });
	for (int i = 0; i < 12; i++) {
		beats(&play, 3, 5, 0);
		beat(&play, 0, 1);
	}
	assert_true(play.suspected < 0);
	finish(&play);
}

static void test_suspicion_is_dropped_when_progress_resumes(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ .test = 60 });
	beats(&play, 5, 100, 90);
	beats(&play, 8, 100, 0);
	assert_about(play.suspected, 5 + 5);
	beats(&play, 40, 100, 90);
	assert_about(play.resumed, 5 + 8 + 1);
	assert_true(play.ended < 0);
	finish(&play);
}

static void test_heartbeats_that_come_late_and_all_at_once_are_no_standstill(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 3, 100, 90);
	wait(&play, 4.5);
	for (int i = 0; i < 6; i++) {
		play.progress[0] += i; /* CPU 1 had no time on a loaded host */
		boot_watch_heartbeat(&play.watch, play.now, ++play.beat, play.progress, play.cpus);
		check(&play);
	}
	assert_true(play.suspected < 0);
	finish(&play);
}

static void test_a_deciding_line_ends_the_boot_within_a_second(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 3, 100, 90);
	boot_watch_decided(&play.watch, play.now);
	assert_true(boot_watch_next(&play.watch, play.now) <= play.now + 1);
	wait(&play, 10);
	assert_int_equal(play.end, BOOT_SETTLED);
	assert_true(play.ended > 3.5 && play.ended <= 4);
	finish(&play);
}

static void test_a_deciding_line_counts_while_suspected(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 3, 100, 90);
	wait(&play, 20);
	assert_about(play.suspected, 8);
	boot_watch_decided(&play.watch, play.now);
	wait(&play, 10);
	assert_int_equal(play.end, BOOT_SETTLED);
	finish(&play);
}

static void test_without_any_heartbeat_the_boot_limit_holds(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ .boot = 60 });
	for (int i = 0; i < 100; i++) {
		wait(&play, 1);
		print(&play);
	}
	assert_about(play.suspected, 60);
	assert_about(play.ended, 90);
	assert_int_equal(play.end, BOOT_HUNG);
	assert_says(&play, "no heartbeat within 90 s of the start");
	finish(&play);
}

static void test_a_quiet_start_is_judged_by_earlier_boots(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ .usual = 9 });
	wait(&play, 2);
	print(&play);
	wait(&play, 100);
	assert_about(play.suspected, 2 + 27);
	assert_about(play.ended, 2 + 27 + 30);
	assert_says(&play, "no output for 57 s, before the first heartbeat");
	finish(&play);
}

static void test_a_quiet_start_has_20_s_at_least(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ .usual = 1 });
	wait(&play, 30);
	assert_about(play.suspected, 20);
	finish(&play);
}

static void test_a_test_that_never_ends_is_too_long(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ .boot = 20, .test = 10, .detectors = 10 });
	beats(&play, 100, 100, 90);
	assert_about(play.ended, 20 + 30 + 10);
	assert_int_equal(play.end, BOOT_TOO_LONG);
	assert_says(&play, "still going on after 60 s");
	finish(&play);
}

static void test_standing_still_after_the_result_is_no_hang(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 10, 100, 90);
	boot_watch_result(&play.watch);
	wait(&play, 4);
	assert_true(play.suspected < 0);
	wait(&play, 40);
	assert_about(play.suspected, 15);
	assert_about(play.ended, 45);
	assert_says(&play, "no power off for 35 s after the test's result");
	finish(&play);
}

static void test_time_in_which_nobody_looked_is_left_out(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 5, 100, 90);
	play.now += 100; /* this process was stopped */
	check(&play);
	assert_true(play.suspected < 0);
	beats(&play, 5, 100, 90);
	assert_true(play.suspected < 0);
	assert_about(play.watch.lost, 100);
	assert_about(play.watch.stood, 100);
	play.now += 10;
	play.watch.own_cpu += 9;		   /* the caller was at work */
	boot_watch_decided(&play.watch, play.now); /* what came meanwhile is read first */
	boot_watch_next(&play.watch, play.now);
	check(&play);
	assert_about(play.watch.lost, 109); /* the next look was promised for a tick later */
	assert_about(play.watch.stood, 100);
	finish(&play);
}

static void test_silence_counts_behind_time_in_which_nobody_looked(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 5, 100, 90);
	play.now += 100;
	check(&play);
	beats(&play, 5, 100, 90);
	wait(&play, 10);
	assert_about(play.suspected, 5 + 100 + 5 + 5);
	finish(&play);
}

static void test_the_same_heartbeat_again_is_none(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 2, 100, 90);
	for (int i = 0; i < 10; i++) {
		wait(&play, 1);
		boot_watch_heartbeat(&play.watch, play.now, 2, play.progress, play.cpus);
	}
	assert_about(play.suspected, 7);
	finish(&play);
}

static void test_a_cpu_more_or_less_is_survived(void **state)
{
	struct play play;

	(void)state;
	begin(&play, (struct boot_limits){ 0 });
	beats(&play, 2, 100, 90);
	play.cpus = 4;
	beats(&play, 2, 100, 90);
	play.cpus = 1;
	beats(&play, 2, 100, 90);
	play.cpus = 0;
	beats(&play, 20, 100, 90);
	assert_true(play.ended < 0);
	finish(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_boot_that_beats_is_left_alone),
		cmocka_unit_test(test_silence_is_called_after_5_s_and_ended_30_s_later),
		cmocka_unit_test(test_standstill_of_one_cpu_is_called_though_heartbeats_go_on),
		cmocka_unit_test(test_silence_names_the_cpus_that_stood_still_before),
		cmocka_unit_test(test_slow_progress_is_progress),
		cmocka_unit_test(test_suspicion_is_dropped_when_progress_resumes),
		cmocka_unit_test(test_heartbeats_that_come_late_and_all_at_once_are_no_standstill),
		cmocka_unit_test(test_a_deciding_line_ends_the_boot_within_a_second),
		cmocka_unit_test(test_a_deciding_line_counts_while_suspected),
		cmocka_unit_test(test_without_any_heartbeat_the_boot_limit_holds),
		cmocka_unit_test(test_a_quiet_start_is_judged_by_earlier_boots),
		cmocka_unit_test(test_a_quiet_start_has_20_s_at_least),
		cmocka_unit_test(test_a_test_that_never_ends_is_too_long),
		cmocka_unit_test(test_standing_still_after_the_result_is_no_hang),
		cmocka_unit_test(test_time_in_which_nobody_looked_is_left_out),
		cmocka_unit_test(test_silence_counts_behind_time_in_which_nobody_looked),
		cmocka_unit_test(test_the_same_heartbeat_again_is_none),
		cmocka_unit_test(test_a_cpu_more_or_less_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
