// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "unit.h"
#include "core/dynamic.h"

/* Never called: there is no such function in libm. */
double no_such_function(double x);

#define FOUND(X)   X(floor) X(ceil)
#define LACKING(X) X(floor) X(no_such_function)

FOUND(DYNAMIC_DEFINE)
static DYNAMIC_DEFINE(no_such_function)

	static const struct dynamic_function found[] = { FOUND(DYNAMIC_ENTRY) };
static const struct dynamic_function lacking[] = { LACKING(DYNAMIC_ENTRY) };

static struct dynamic_library library(const char *file, const struct dynamic_function *functions,
				      size_t count)
{
	return (struct dynamic_library){
		.file = file, .package = "libc6", .functions = functions, .count = count
	};
}

static void test_functions_are_called_through_their_pointers(void **state)
{
	struct dynamic_library math = library("libm.so.6", found, ARRAY_SIZE(found));

	(void)state;
	assert_ok(dynamic_load(&math));
	assert_true(sym_floor(1.5) == 1.0 && sym_ceil(1.5) == 2.0);
	assert_ok(dynamic_load(&math));
}

/* Says so at every call, not only at the first. */
static void test_a_library_that_is_not_there_is_named_with_its_package(void **state)
{
	struct dynamic_library none = library("libno-such.so.1", found, ARRAY_SIZE(found));

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct err *err = dynamic_load(&none);

		assert_non_null(err);
		assert_int_equal(err->kind, ERR_ENV);
		assert_string_equal(err->text,
				    "cannot load the library 'libno-such.so.1': cannot "
				    "open shared object file: No such file or directory");
		assert_string_equal(err->hint, "apt-get install libc6");
		err_free(err);
	}
}

static void test_a_library_without_one_of_the_functions_is_refused(void **state)
{
	struct dynamic_library old = library("libm.so.6", lacking, ARRAY_SIZE(lacking));

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_err(dynamic_load(&old), ERR_ENV,
			   "library 'libm.so.6' has no function 'no_such_function'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions_are_called_through_their_pointers),
		cmocka_unit_test(test_a_library_that_is_not_there_is_named_with_its_package),
		cmocka_unit_test(test_a_library_without_one_of_the_functions_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
