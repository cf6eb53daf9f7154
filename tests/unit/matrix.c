// SPDX-License-Identifier: GPL-2.0
#include "record/matrix.h"
#include "unit.h"

struct fixture {
	char *folder;
	struct workspace workspace;
	struct matrix matrix;
};

static int setup(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	fixture->folder = unit_make_folder();
	fixture->workspace.root = xstrdup(fixture->folder);
	repo_library_init();
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	matrix_release(&fixture->matrix);
	workspace_release(&fixture->workspace);
	unit_remove_folder(fixture->folder);
	free(fixture);
	repo_library_shutdown();
	return 0;
}

static const struct err *read_text(struct fixture *fixture, const char *text)
{
	OWNED_STR path = xasprintf("%s/kernels/matrix/x.conf", fixture->folder);

	assert_ok(file_write(path, text, strlen(text)));
	return matrix_read(&fixture->workspace, "x", &fixture->matrix);
}

static void test_sections_take_what_they_lack_from_the_matrix(void **state)
{
	struct fixture *fixture = *state;
	const struct matrix_group *groups;

	assert_ok(read_text(fixture, "[matrix]\n"
				     "title = toys\nseries = fix\nmodel = fault\n"
				     "branch = a, b\nmachine = bench\ncpus = 1 8\nseconds = 3\n"
				     "[cells \"a.b c\"]\n"
				     "model = off, on\nconfig = branch, quiet\ncpus = 2,4\n"
				     "cpus = 6\n"
				     "[cells \"control\"]\n"
				     "variant = base\nmodel = off\nbranch = c\nseconds = 9\n"));
	assert_string_equal(fixture->matrix.title, "toys");
	assert_string_equal(fixture->matrix.model, "fault");
	assert_int_equal(fixture->matrix.group_count, 2);
	groups = fixture->matrix.groups;
	assert_string_equal(groups[0].name, "a.b c");
	assert_true(groups[0].variants[MATRIX_BASE] && groups[0].variants[MATRIX_SERIES]);
	assert_true(groups[0].models[0] && groups[0].models[1]);
	assert_string_equal(groups[0].branches.items[1], "b");
	assert_string_equal(groups[0].configs.items[1], "quiet");
	assert_int_equal(groups[0].cpu_count, 3);
	assert_int_equal(groups[0].cpus[2], 6);
	assert_int_equal(groups[0].seconds, 3);
	assert_false(groups[1].variants[MATRIX_SERIES]);
	assert_true(groups[1].models[0] && !groups[1].models[1]);
	assert_int_equal(groups[1].branches.count, 1);
	assert_string_equal(groups[1].configs.items[0], "branch");
	assert_int_equal(groups[1].cpus[1], 8);
	assert_int_equal(groups[1].seconds, 9);
}

static void test_an_empty_matrix_is_one_product_of_defaults(void **state)
{
	struct fixture *fixture = *state;
	const struct matrix *matrix = &fixture->matrix;

	assert_ok(read_text(fixture, "[matrix]\n"));
	assert_string_equal(matrix->title, "x");
	assert_null(matrix->series);
	assert_int_equal(matrix->group_count, 1);
	assert_string_equal(matrix->groups[0].name, "");
	assert_true(matrix->groups[0].variants[MATRIX_BASE]);
	assert_false(matrix->groups[0].variants[MATRIX_SERIES]);
	assert_false(matrix->groups[0].models[0] || matrix->groups[0].models[1]);
	assert_int_equal(matrix->groups[0].seconds, 10);
	assert_true(matrix->test.clean_rate < matrix->test.bad_rate);
}

static void test_rates_are_percents_or_fractions(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(read_text(fixture, "[matrix]\nclean-rate = 2.5%\nbad-rate = 0.3\n"
				     "error = 5%\nmax-boots = 50\nmax-infra = 0\n"));
	assert_float_equal(fixture->matrix.test.clean_rate, 0.025, 1e-9);
	assert_float_equal(fixture->matrix.test.bad_rate, 0.3, 1e-9);
	assert_int_equal(fixture->matrix.test.max_boots, 50);
	assert_int_equal(fixture->matrix.test.max_infra, 0);
}

static void test_what_cannot_be_is_refused_with_its_words(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "[matrix]\nbranches = a\n", "unknown key 'matrix.branches'" },
		{ "[cells \"x\"]\ncpu = 2\n", "unknown key 'cells.x.cpu'" },
		{ "[matrix]\ncpus = 2, two\n", "'matrix.cpus' is 'two', not a number" },
		{ "[matrix]\ncpus = 0\n", "'matrix.cpus' is '0', not a number" },
		{ "[matrix]\nseries = s\nvariant = with\n",
		  "'matrix.variant' is 'with', not 'base' or 'series'" },
		{ "[cells \"x\"]\nvariant = series\n",
		  "'cells.x.variant' is 'series', not in a matrix without a series" },
		{ "[cells \"x\"]\nmodel = on\n", "the matrix has no model" },
		{ "[matrix]\nmodel = m\n[cells \"x\"]\nmodel = maybe\n",
		  "'cells.x.model' is 'maybe', not 'off' or 'on'" },
		{ "[matrix]\nconfig = ../x\n", "'matrix.config' is '../x', not a name" },
		{ "[matrix]\nclean-rate = 120%\n", "'matrix.clean-rate' takes a rate" },
		{ "[matrix]\nclean-rate = nan\n", "'matrix.clean-rate' takes a rate" },
		{ "[matrix]\nclean-rate = 40%\n", "must be below 'matrix.bad-rate'" },
		{ "[matrix]\nerror = 50%\n", "'matrix.error' must be above 0" },
		{ "[matrix]\nseconds = 0\n", "'matrix.seconds' takes a whole number" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_err(read_text(fixture, cases[i].text), ERR_INPUT, cases[i].said);
		matrix_release(&fixture->matrix);
	}
}

static void test_an_unknown_matrix_lists_those_that_are_there(void **state)
{
	struct fixture *fixture = *state;
	const struct err *err;

	assert_ok(read_text(fixture, "[matrix]\n"));
	matrix_release(&fixture->matrix);
	err = matrix_read(&fixture->workspace, "../x", &fixture->matrix);
	assert_non_null(err);
	assert_string_equal(err->text, "no matrix '../x'");
	assert_string_equal(err->hint, "kernels/matrix has: x");
	err_free(err);
}

static void test_the_default_matrix_is_read(void **state)
{
	struct fixture *fixture = *state;
	const char *source = getenv("FARRIER_SOURCE");
	const struct matrix *matrix = &fixture->matrix;

	free(fixture->workspace.root);
	fixture->workspace.root = xstrdup(source ? source : ".");
	assert_ok(matrix_read(&fixture->workspace, "default", &fixture->matrix));
	assert_int_equal(matrix->group_count, 2);
	assert_string_equal(matrix->groups[0].configs.items[1], "no-csd-debug");
	assert_false(matrix->groups[1].models[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sections_take_what_they_lack_from_the_matrix),
		TEST(test_an_empty_matrix_is_one_product_of_defaults),
		TEST(test_rates_are_percents_or_fractions),
		TEST(test_what_cannot_be_is_refused_with_its_words),
		TEST(test_an_unknown_matrix_lists_those_that_are_there),
		TEST(test_the_default_matrix_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
