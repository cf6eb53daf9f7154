// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "base/strbuf.h"

static void printable_equals(const char *bytes, size_t length, const char *expected)
{
	STRBUF sb = { 0 };

	strbuf_add_printable(&sb, bytes, length);
	assert_string_equal(strbuf_str(&sb), expected);
}

#define PRINTABLE(bytes, expected) printable_equals(bytes, sizeof(bytes) - 1, expected)

static void test_an_empty_buffer_is_an_empty_string(void **state)
{
	STRBUF sb = { 0 };
	OWNED_STR detached = NULL;

	(void)state;
	assert_string_equal(strbuf_str(&sb), "");
	detached = strbuf_detach(&sb);
	assert_string_equal(detached, "");
}

static void test_added_pieces_are_joined(void **state)
{
	STRBUF sb = { 0 };

	(void)state;
	strbuf_adds(&sb, "fits ");
	strbuf_addf(&sb, "%d of %d", 5, 6);
	strbuf_addc(&sb, '.');
	assert_string_equal(strbuf_str(&sb), "fits 5 of 6.");
	for (int i = 0; i < 10000; i++)
		strbuf_adds(&sb, "0123456789");
	assert_int_equal(sb.len, 12 + 100000);
}

static void test_trim_cuts_both_ends(void **state)
{
	STRBUF sb = { 0 };

	(void)state;
	strbuf_adds(&sb, " \t a b \n");
	strbuf_trim(&sb);
	assert_string_equal(strbuf_str(&sb), "a b");
}

static void test_escape_sequences_are_shown_not_sent(void **state)
{
	(void)state;
	PRINTABLE("\x1b[31mred\x07", "\\x1b[31mred\\x07");
	PRINTABLE("a\rb\nc", "a\\x0db\\x0ac");
	PRINTABLE("a\0b", "a\\x00b");
	PRINTABLE("tab\there", "tab here");
	PRINTABLE("\x7f", "\\x7f");
}

static void test_good_utf8_stays(void **state)
{
	(void)state;
	PRINTABLE("Gr\xc3\xb6\xc3\x9f"
		  "e \xe2\x80\x94 \xf0\x9f\x90\xb4",
		  "Gr\xc3\xb6\xc3\x9f"
		  "e \xe2\x80\x94 \xf0\x9f\x90\xb4");
}

static void test_bad_utf8_is_shown_as_bytes(void **state)
{
	(void)state;
	PRINTABLE("\xc3", "\\xc3");
	PRINTABLE("\xc0\xaf", "\\xc0\\xaf");
	PRINTABLE("\xed\xa0\x80", "\\xed\\xa0\\x80");
	PRINTABLE("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	PRINTABLE("\xff\xfe", "\\xff\\xfe");
}

static void test_c1_controls_and_bidi_overrides_are_shown_as_bytes(void **state)
{
	(void)state;
	PRINTABLE("\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b"
		  "31m");
	PRINTABLE("a\xe2\x80\xae"
		  "b",
		  "a\\xe2\\x80\\xae"
		  "b");
	PRINTABLE("a\xe2\x81\xa6"
		  "b",
		  "a\\xe2\\x81\\xa6"
		  "b");
}

static void test_split_gives_trimmed_words(void **state)
{
	STRVEC words = { 0 };

	(void)state;
	strvec_split(&words, " 2, 4,,8 ,", ",");
	assert_int_equal(words.count, 3);
	assert_string_equal(words.items[0], "2");
	assert_string_equal(words.items[2], "8");
	assert_null(words.items[3]);
	assert_true(strvec_has(&words, "4"));
	assert_false(strvec_has(&words, "5"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_buffer_is_an_empty_string),
		cmocka_unit_test(test_added_pieces_are_joined),
		cmocka_unit_test(test_trim_cuts_both_ends),
		cmocka_unit_test(test_escape_sequences_are_shown_not_sent),
		cmocka_unit_test(test_good_utf8_stays),
		cmocka_unit_test(test_bad_utf8_is_shown_as_bytes),
		cmocka_unit_test(test_c1_controls_and_bidi_overrides_are_shown_as_bytes),
		cmocka_unit_test(test_split_gives_trimmed_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
