// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "core/config.h"
#include "core/repo.h"

static int setup(void **state)
{
	char *folder = unit_make_folder();

	*state = xasprintf("%s/x.conf", folder);
	free(folder);
	repo_library_init();
	return 0;
}

static int teardown(void **state)
{
	char *folder = file_dir_name(*state);

	free(*state);
	unit_remove_folder(folder);
	repo_library_shutdown();
	return 0;
}

static const char text[] = "; a comment\n"
			   "[series]\n"
			   "\ttitle = \"a; b\"\n"
			   "\tversion = 2\n"
			   "\tcounter = rescued:RIP\n"
			   "\tcounter = rescued:RIF\n";

static struct config *read_text(void **state, const char *content)
{
	struct config *config = NULL;

	assert_ok(file_write(*state, content, strlen(content)));
	assert_ok(config_read(*state, &config));
	return config;
}

static void test_values_are_read(void **state)
{
	CONFIG config = read_text(state, text);
	STRVEC counters = { 0 };
	int version = 0;

	assert_string_equal(config_get(config, "series.title", ""), "a; b");
	assert_ok(config_get_int(config, "series.version", 1, 99, 1, &version));
	assert_int_equal(version, 2);
	config_get_all(config, "series.counter", &counters);
	assert_int_equal(counters.count, 2);
	assert_string_equal(counters.items[1], "rescued:RIF");
	assert_null(config_get(config, "series.none", NULL));
}

static void test_a_misspelt_key_is_refused(void **state)
{
	CONFIG config = read_text(state, "[series]\n\ttitel = x\n");

	assert_err(config_only(config, (const char *const[]){ "series.title", NULL }), ERR_INPUT,
		   "unknown key 'series.titel'");
}

static void test_a_number_that_is_none_is_refused(void **state)
{
	CONFIG config = read_text(state, "[series]\n\tversion = two\n");
	int version;

	assert_err(config_get_int(config, "series.version", 1, 99, 1, &version), ERR_INPUT,
		   "from 1 to 99, not 'two'");
}

static void test_a_missing_key_is_named(void **state)
{
	CONFIG config = read_text(state, "[series]\n\ttitle =\n");
	const char *value;

	assert_err(config_need(config, "series.title", &value), ERR_INPUT,
		   "'series.title' is missing");
}

static void test_a_syntax_error_names_the_file(void **state)
{
	struct config *config = NULL;

	assert_ok(file_write(*state, "[series\n", 8));
	assert_err(config_read(*state, &config), ERR_INPUT, "x.conf");
}

static void test_an_edit_keeps_comments(void **state)
{
	STRBUF after = { 0 };

	assert_ok(file_write(*state, text, strlen(text)));
	assert_ok(config_write(*state, "series.version", "3"));
	assert_ok(file_read(*state, 1000, &after));
	assert_non_null(strstr(strbuf_str(&after), "; a comment"));
	assert_non_null(strstr(strbuf_str(&after), "version = 3"));
	assert_null(strstr(strbuf_str(&after), "version = 2"));
}

static void test_all_values_of_a_key_are_replaced(void **state)
{
	STRVEC values = { 0 };
	STRVEC read = { 0 };
	CONFIG config = NULL;
	CONFIG without = NULL;
	STRVEC none = { 0 };

	assert_ok(file_write(*state, text, strlen(text)));
	strvec_push(&values, "-a:b # c");
	strvec_push(&values, "\"d\" ; e");
	strvec_push(&values, "rescued:RIP");
	assert_ok(config_write_all(*state, "series.counter", &values));
	assert_ok(config_read(*state, &config));
	config_get_all(config, "series.counter", &read);
	assert_int_equal(read.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(read.items[i], values.items[i]);
	assert_string_equal(config_get(config, "series.title", ""), "a; b");
	assert_ok(config_write_all(*state, "series.counter", &none));
	assert_ok(config_write_all(*state, "series.other", &none));
	assert_ok(config_read(*state, &without));
	assert_null(config_get(without, "series.counter", NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_values_of_a_key_are_replaced),
		TEST(test_values_are_read),
		TEST(test_a_misspelt_key_is_refused),
		TEST(test_a_number_that_is_none_is_refused),
		TEST(test_a_missing_key_is_named),
		TEST(test_a_syntax_error_names_the_file),
		TEST(test_an_edit_keeps_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
