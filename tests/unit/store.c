// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "base/progress.h"
#include "core/repo.h"
#include "core/store.h"

static int setup(void **state)
{
	*state = unit_make_folder();
	repo_library_init();
	return 0;
}

static int teardown(void **state)
{
	unit_remove_folder(*state);
	repo_library_shutdown();
	return 0;
}

static void test_a_record_comes_back(void **state)
{
	OWNED_STR path = xasprintf("%s/record.json", (char *)*state);
	OWNED_JSON *record = json_pack("{s:s, s:i}", "status", "ok", "boots", 9);
	OWNED_JSON *again = NULL;

	assert_ok(store_write(path, record));
	assert_ok(store_read(path, &again));
	assert_string_equal(store_get_string(again, "status", ""), "ok");
	assert_int_equal(store_get_int(again, "boots", 0), 9);
	assert_int_equal(store_get_int(again, "schema", 0), STORE_SCHEMA);
}

static void damaged(void **state, const char *content)
{
	OWNED_STR path = xasprintf("%s/record.json", (char *)*state);
	OWNED_JSON *record = NULL;

	assert_ok(file_write(path, content, strlen(content)));
	assert_ok(store_read(path, &record));
	assert_null(record);
}

static void test_what_is_no_record_is_not_believed(void **state)
{
	damaged(state, "");
	damaged(state, "{\"schema\":1,\"stat");
	damaged(state, "{\"schema\":2}");
	damaged(state, "[1]");
	damaged(state, "{\"schema\":1,\"a\":1,\"a\":2}");
	damaged(state, "\x01\x02\x03");
}

static void test_bytes_become_utf8(void **state)
{
	OWNED_JSON *good = store_string("gr\xc3\xbcn", 5);
	OWNED_JSON *bad = store_string("a\xff"
				       "b",
				       3);

	(void)state;
	assert_string_equal(json_string_value(good), "gr\xc3\xbcn");
	assert_string_equal(json_string_value(bad), "a\xef\xbf\xbd"
						    "b");
}

static void test_an_id_is_gits_blob_id(void **state)
{
	OWNED_STR path = xasprintf("%s/file", (char *)*state);
	char id[STORE_ID_SIZE], file_id[STORE_ID_SIZE];

	store_id("hello\n", 6, id);
	assert_string_equal(id, "ce013625030ba8dba906f756967f9e9ca394464a");
	assert_ok(file_write(path, "hello\n", 6));
	assert_ok(store_file_id(path, file_id));
	assert_string_equal(id, file_id);
}

static void test_the_same_value_is_the_same_text(void **state)
{
	OWNED_JSON *one = json_pack("{s:i, s:i}", "a", 1, "b", 2);
	OWNED_JSON *two = json_pack("{s:i, s:i}", "b", 2, "a", 1);
	OWNED_STR first = store_canonical(one);
	OWNED_STR second = store_canonical(two);

	(void)state;
	assert_string_equal(first, "{\"a\":1,\"b\":2}");
	assert_string_equal(first, second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_record_comes_back),
		TEST(test_what_is_no_record_is_not_believed),
		TEST(test_bytes_become_utf8),
		TEST(test_an_id_is_gits_blob_id),
		TEST(test_the_same_value_is_the_same_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
