// SPDX-License-Identifier: GPL-2.0
/* Jobs run once each, in order of their start, and the first error in order wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/parallel.h"

#define JOBS 40

struct table {
	int done[JOBS];
	size_t worker[JOBS];
	size_t fails, also_fails; /* JOBS: none */
	atomic_size_t waiting;	  /* jobs that wait for `together` of them */
	size_t together;
};

static const struct err *job(void *data, size_t worker, size_t index)
{
	struct table *table = data;

	table->done[index]++;
	table->worker[index] = worker;
	/* so that they are at work at the same time */
	atomic_fetch_add(&table->waiting, 1);
	while (atomic_load(&table->waiting) < table->together)
		usleep(100);
	if (index == table->fails || index == table->also_fails)
		return err_input("job %zu", index);
	return NULL;
}

static void test_all_are_done(void **state)
{
	struct table table = { .fails = JOBS, .also_fails = JOBS };
	size_t failed;

	(void)state;
	assert_null(parallel_run(JOBS, 3, job, &table, &failed));
	assert_int_equal(failed, JOBS);
	for (size_t i = 0; i < JOBS; i++) {
		assert_int_equal(table.done[i], 1);
		assert_in_range(table.worker[i], 0, 2);
	}
}

static void test_several_at_once(void **state)
{
	/* ends only when there are three of them at the same time */
	struct table table = { .fails = JOBS, .also_fails = JOBS, .together = 3 };
	size_t failed;

	(void)state;
	assert_null(parallel_run(3, 3, job, &table, &failed));
	assert_int_not_equal(table.worker[0], table.worker[1]);
	assert_int_not_equal(table.worker[1], table.worker[2]);
}

static void test_first_error_in_order(void **state)
{
	/* both fail, at the same time */
	struct table table = { .fails = 1, .also_fails = 0, .together = 2 };
	const struct err *err;
	size_t failed;

	(void)state;
	err = parallel_run(JOBS, 2, job, &table, &failed);
	assert_non_null(err);
	assert_string_equal(err->text, "job 0");
	assert_int_equal(failed, 0);
	err_free(err);
}

static void test_nothing_starts_behind_an_error(void **state)
{
	struct table table = { .fails = 5, .also_fails = JOBS };
	const struct err *err;
	size_t failed;

	(void)state;
	err = parallel_run(JOBS, 1, job, &table, &failed);
	assert_non_null(err);
	assert_int_equal(failed, 5);
	err_free(err);
	for (size_t i = 0; i < JOBS; i++) {
		assert_int_equal(table.done[i], i <= 5);
		assert_int_equal(table.worker[i], 0); /* in the caller's own thread */
	}
}

static void test_nothing_to_do(void **state)
{
	size_t failed;

	(void)state;
	assert_null(parallel_run(0, 2, job, NULL, &failed));
	assert_int_equal(failed, 0);
	assert_true(parallel_cpus() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_done),
		cmocka_unit_test(test_several_at_once),
		cmocka_unit_test(test_first_error_in_order),
		cmocka_unit_test(test_nothing_starts_behind_an_error),
		cmocka_unit_test(test_nothing_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
