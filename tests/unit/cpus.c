// SPDX-License-Identifier: GPL-2.0
/* Tokens are handed out in order, lent to makes, taken back, and never lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cpus.h"

struct asker {
	struct cpus_claim *claim;
	bool granted;
	int *turn; /* counts grants */
	int when;  /* its place among them */
};

static const struct err *on_granted(void *data)
{
	struct asker *asker = data;

	asker->granted = true;
	if (asker->turn)
		asker->when = ++*asker->turn;
	return NULL;
}

static const struct err *on_timer(void *data, short events)
{
	(void)events;
	*(bool *)data = true;
	return NULL;
}

/* Lets the loop do all that it can do now. */
static void turn_loop(struct loop *loop)
{
	bool done = false;
	struct loop_source *timer = loop_add_timer(loop, loop_now() + 0.01, on_timer, &done);

	assert_null(loop_run(loop, &done));
	loop_remove(loop, timer);
}

static void ask(struct cpus *cpus, int count, struct asker *asker)
{
	asker->claim = cpus_claim(cpus, count * CPUS_ONE, on_granted, asker);
}

static void test_claims_are_served_in_order(void **state)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, 3);
	int turn = 0;
	struct asker first = { .turn = &turn };
	struct asker big = { .turn = &turn };
	struct asker small = { .turn = &turn };

	(void)state;
	ask(cpus, 2, &first);
	ask(cpus, 2, &big);
	ask(cpus, 1, &small);
	assert_false(first.granted);
	turn_loop(loop);
	assert_true(first.granted);
	assert_false(big.granted);
	assert_false(small.granted); /* one is idle, but the big claim came first */
	cpus_unclaim(first.claim);
	turn_loop(loop);
	assert_int_equal(big.when, 2);
	assert_int_equal(small.when, 3);
	assert_int_equal(cpus_idle(cpus), 0);
	cpus_unclaim(big.claim);
	cpus_unclaim(small.claim);
	assert_int_equal(cpus_idle(cpus), 3 * CPUS_ONE);
}

static void test_a_claim_for_more_than_all_is_cut_down(void **state)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, 2);
	struct asker asker = { 0 };

	(void)state;
	ask(cpus, 4, &asker);
	turn_loop(loop);
	assert_true(asker.granted);
	cpus_unclaim(asker.claim);
	assert_int_equal(cpus_idle(cpus), 2 * CPUS_ONE);
}

static void test_who_leaves_the_queue_does_not_block_it(void **state)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, 2);
	struct asker one = { 0 }, two = { 0 }, three = { 0 };

	(void)state;
	ask(cpus, 1, &one);
	ask(cpus, 2, &two);
	ask(cpus, 1, &three);
	turn_loop(loop);
	assert_false(three.granted);
	cpus_unclaim(two.claim);
	turn_loop(loop);
	assert_true(three.granted);
	cpus_unclaim(one.claim);
	cpus_unclaim(three.claim);
}

static void test_a_make_gets_all_that_is_spare(void **state)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, 4);
	struct cpus_jobserver *jobserver;
	struct asker make = { 0 };
	OWNED_STR flags = NULL;
	OWNED_STR expected = NULL;

	(void)state;
	ask(cpus, 1, &make);
	assert_null(cpus_open_jobserver(cpus, &jobserver));
	turn_loop(loop);
	assert_int_equal(cpus_jobserver_lent(jobserver), 3);
	assert_int_equal(cpus_idle(cpus), 0);
	flags = cpus_jobserver_makeflags(jobserver);
	expected = xasprintf("MAKEFLAGS= -j --jobserver-auth=%d,%d",
			     cpus_jobserver_fds(jobserver)[0], cpus_jobserver_fds(jobserver)[1]);
	assert_string_equal(flags, expected);
	cpus_close_jobserver(jobserver);
	cpus_unclaim(make.claim);
	assert_int_equal(cpus_idle(cpus), 4 * CPUS_ONE);
}

static void test_tokens_come_back_from_a_make_when_somebody_asks(void **state)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, 3);
	struct cpus_jobserver *jobserver;
	struct asker make = { 0 }, boot = { 0 };
	char token;

	(void)state;
	ask(cpus, 1, &make);
	assert_null(cpus_open_jobserver(cpus, &jobserver));
	turn_loop(loop);
	/* make runs one job more, the other token lies idle in the pipe */
	assert_int_equal(read(cpus_jobserver_fds(jobserver)[0], &token, 1), 1);
	ask(cpus, 2, &boot);
	turn_loop(loop);
	assert_false(boot.granted);
	assert_int_equal(write(cpus_jobserver_fds(jobserver)[1], &token, 1), 1);
	turn_loop(loop);
	assert_true(boot.granted);
	assert_int_equal(cpus_jobserver_lent(jobserver), 0);
	cpus_unclaim(boot.claim);
	turn_loop(loop);
	assert_int_equal(cpus_jobserver_lent(jobserver), 2);
	cpus_close_jobserver(jobserver);
	cpus_unclaim(make.claim);
}

static void test_a_killed_make_loses_no_token(void **state)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, 3);
	struct cpus_jobserver *jobserver;
	struct asker make = { 0 };
	char tokens[2];

	(void)state;
	ask(cpus, 1, &make);
	assert_null(cpus_open_jobserver(cpus, &jobserver));
	turn_loop(loop);
	/* two jobs hold tokens and never put them back */
	assert_int_equal(read(cpus_jobserver_fds(jobserver)[0], tokens, 2), 2);
	cpus_close_jobserver(jobserver);
	cpus_unclaim(make.claim);
	assert_int_equal(cpus_idle(cpus), 3 * CPUS_ONE);
}

static void test_two_makes_share(void **state)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, 6);
	struct cpus_jobserver *a, *b;
	struct asker make_a = { 0 }, make_b = { 0 };

	(void)state;
	ask(cpus, 1, &make_a);
	ask(cpus, 1, &make_b);
	assert_null(cpus_open_jobserver(cpus, &a));
	assert_null(cpus_open_jobserver(cpus, &b));
	turn_loop(loop);
	assert_int_equal(cpus_jobserver_lent(a), 2);
	assert_int_equal(cpus_jobserver_lent(b), 2);
	cpus_close_jobserver(a);
	cpus_unclaim(make_a.claim);
	turn_loop(loop);
	assert_int_equal(cpus_jobserver_lent(b), 5);
	cpus_close_jobserver(b);
	cpus_unclaim(make_b.claim);
	assert_int_equal(cpus_idle(cpus), 6 * CPUS_ONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims_are_served_in_order),
		cmocka_unit_test(test_a_claim_for_more_than_all_is_cut_down),
		cmocka_unit_test(test_who_leaves_the_queue_does_not_block_it),
		cmocka_unit_test(test_a_make_gets_all_that_is_spare),
		cmocka_unit_test(test_tokens_come_back_from_a_make_when_somebody_asks),
		cmocka_unit_test(test_a_killed_make_loses_no_token),
		cmocka_unit_test(test_two_makes_share),
	};

	return cmocka_run_group_tests_name("cpus", tests, NULL, NULL);
}
