// SPDX-License-Identifier: GPL-2.0
/* A job runs beside the loop, and its end comes to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/task.h"

struct bench {
	atomic_bool go, done;
	const char *fails; /* the text of the job's error, or NULL */
	int ticks;	   /* of the loop, while the job was at work */
	bool told;
	struct task *task;
	struct loop_source *timer;
};

static const struct err *job(void *data)
{
	struct bench *bench = data;

	while (!atomic_load(&bench->go))
		usleep(100);
	atomic_store(&bench->done, true);
	return bench->fails ? err_input("%s", bench->fails) : NULL;
}

static const struct err *on_end(void *data, const struct err *err)
{
	struct bench *bench = data;

	bench->told = true;
	task_free(TAKE_PTR(bench->task)); /* as callers may */
	return err;
}

static const struct err *on_tick(void *data, short events)
{
	struct bench *bench = data;

	(void)events;
	if (++bench->ticks == 3)
		atomic_store(&bench->go, true);
	loop_set_timer(bench->timer, loop_now() + 0.001);
	return NULL;
}

static const struct err *run(struct bench *bench)
{
	LOOP loop = loop_new();

	assert_null(task_start(loop, job, on_end, bench, &bench->task));
	bench->timer = loop_add_timer(loop, loop_now(), on_tick, bench);
	return loop_run(loop, &bench->told);
}

static void test_the_loop_goes_on_meanwhile(void **state)
{
	struct bench bench = { 0 };

	(void)state;
	assert_null(run(&bench));
	assert_true(bench.told);
	assert_true(bench.ticks >= 3); /* the job waits for them */
}

static void test_what_fails_is_told(void **state)
{
	struct bench bench = { .fails = "no such thing" };
	const struct err *err;

	(void)state;
	err = run(&bench);
	assert_non_null(err);
	assert_string_equal(err->text, "no such thing");
	err_free(err);
}

static void test_a_task_that_nobody_waits_for_is_brought_to_its_end(void **state)
{
	struct bench bench = { .go = true, .fails = "nobody hears of it" };
	LOOP loop = loop_new();

	(void)state;
	assert_null(task_start(loop, job, on_end, &bench, &bench.task));
	task_free(bench.task);
	assert_true(atomic_load(&bench.done));
	assert_false(bench.told);
	task_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_loop_goes_on_meanwhile),
		cmocka_unit_test(test_what_fails_is_told),
		cmocka_unit_test(test_a_task_that_nobody_waits_for_is_brought_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
