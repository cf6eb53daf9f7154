// SPDX-License-Identifier: GPL-2.0
/* The parts of a resolve that are plain functions: ranges of lines, likeness, notes. */
#include "core/repo.h"
#include "port/port_align.h"
#include "resolve/resolve_explain.h"
#include "resolve/resolve_write.h"
#include "unit.h"

/* Carries AT,COUNT from one text of one-letter lines to another. */
static bool carry(const char *old_text, const char *new_text, enum port_direction direction,
		  struct port_range *range)
{
	STRBUF old = { 0 };
	STRBUF new = { 0 };
	PORT_MAP map = { 0 };

	for (; *old_text; old_text++)
		strbuf_addf(&old, "%c\n", *old_text);
	for (; *new_text; new_text++)
		strbuf_addf(&new, "%c\n", *new_text);
	assert_ok(port_map_make(&old, &new, &map));
	return port_map_carry(&map, direction, range);
}

static void one_range(const char *old, const char *new, enum port_direction direction,
		      struct port_range from, struct port_range to, bool touched)
{
	assert_int_equal(carry(old, new, direction, &from), touched);
	assert_int_equal(from.at, to.at);
	assert_int_equal(from.count, to.count);
}

static void ranges_are_carried_over_changes(void **state)
{
	(void)state;
	/* lines that came before only move it */
	one_range("abcdef", "xxabcdef", PORT_OLD_TO_NEW, (struct port_range){ 2, 2 },
		  (struct port_range){ 4, 2 }, false);
	one_range("abcdef", "xxabcdef", PORT_NEW_TO_OLD, (struct port_range){ 4, 2 },
		  (struct port_range){ 2, 2 }, false);
	/* a change inside touches it, and one beside it does not */
	one_range("abcdef", "abXYef", PORT_OLD_TO_NEW, (struct port_range){ 1, 4 },
		  (struct port_range){ 1, 4 }, true);
	one_range("abcdef", "abXYef", PORT_OLD_TO_NEW, (struct port_range){ 0, 2 },
		  (struct port_range){ 0, 2 }, false);
	one_range("abcdef", "abXYef", PORT_OLD_TO_NEW, (struct port_range){ 4, 2 },
		  (struct port_range){ 4, 2 }, false);
	/* half of it: the whole change is in it then */
	one_range("abcdef", "abXYZef", PORT_OLD_TO_NEW, (struct port_range){ 3, 2 },
		  (struct port_range){ 2, 4 }, true);
	/* lines that went, inside and at its edge */
	one_range("abcdef", "abef", PORT_OLD_TO_NEW, (struct port_range){ 1, 4 },
		  (struct port_range){ 1, 2 }, true);
	one_range("abcdef", "abef", PORT_NEW_TO_OLD, (struct port_range){ 0, 2 },
		  (struct port_range){ 0, 4 }, true);
	one_range("abcdef", "abef", PORT_NEW_TO_OLD, (struct port_range){ 2, 1 },
		  (struct port_range){ 2, 3 }, true);
	one_range("abcdef", "abef", PORT_NEW_TO_OLD, (struct port_range){ 3, 1 },
		  (struct port_range){ 5, 1 }, false);
	/* nothing of it is left */
	one_range("abcdef", "abef", PORT_OLD_TO_NEW, (struct port_range){ 2, 2 },
		  (struct port_range){ 2, 0 }, true);
	/* from nothing, and to nothing */
	one_range("", "abc", PORT_NEW_TO_OLD, (struct port_range){ 0, 3 },
		  (struct port_range){ 0, 0 }, true);
	one_range("abc", "", PORT_OLD_TO_NEW, (struct port_range){ 1, 1 },
		  (struct port_range){ 0, 0 }, true);
}

static bool align(const char *wanted_text, const char *target_text, size_t near,
		  struct port_range *found)
{
	LINES wanted = { 0 };
	LINES target = { 0 };

	lines_split(&wanted, wanted_text, strlen(wanted_text));
	lines_split(&target, target_text, strlen(target_text));
	return port_align(&wanted, &target, (struct port_range){ 0, target.count }, near, found);
}

static void the_likest_lines_are_found(void **state)
{
	struct port_range found;

	(void)state;
	assert_true(align("first\nsecond\nthird\n",
			  "zero\nfirst\nmore\nsecond\nother\nthird\nend\n", 0, &found));
	assert_int_equal(found.at, 1);
	assert_int_equal(found.count, 5);
	/* of two as good the nearer one */
	assert_true(align("same\n", "same\nb\nc\nd\nsame\n", 4, &found));
	assert_int_equal(found.at, 4);
	assert_true(align("same\n", "same\nb\nc\nd\nsame\n", 1, &found));
	assert_int_equal(found.at, 0);
	/* braces and empty lines say nothing */
	assert_false(align("word\n}\n\n", "other\n}\n\n", 0, &found));
	assert_false(align("word\n", "", 0, &found));
	assert_false(align("", "word\n", 0, &found));
}

static void one_message(const char *message, const char *note, const char *expected)
{
	OWNED_STR made = resolve_message(message, "A U Thor", note);

	assert_string_equal(made, expected);
}

static void the_note_stands_behind_the_message(void **state)
{
	(void)state;
	one_message("subject\n", "why", "subject\n\n[ A U Thor: why ]\n");
	one_message("subject\n\nbody\n\n", "why\n\nand how",
		    "subject\n\nbody\n\n[ A U Thor: why and how ]\n");
	one_message("subject\n\nbody\n\nSigned-off-by: X <x@y>\n", "why",
		    "subject\n\nbody\n\nSigned-off-by: X <x@y>\n[ A U Thor: why ]\n");
	/* 72 columns; the bracket does not stand alone */
	one_message(
		"subject\n", "aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeee ff ggg",
		"subject\n\n[ A U Thor: aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeee ff\n"
		"  ggg ]\n");
}

static void one_note(const char *message, const char *expected)
{
	OWNED_STR note = resolve_note_of(message);

	assert_string_equal(note, expected);
}

static void the_note_of_a_port_is_read_back(void **state)
{
	OWNED_STR made = resolve_message(
		"subject\n\nSigned-off-by: X <x@y>\n", "Jane",
		"a [1] long note that goes over more than a single line of "
		"the message, as they do");

	(void)state;
	one_note(made, "a [1] long note that goes over more than a single line of the message, as "
		       "they do");
	one_note("subject\n\n[ one: first ]\n[ two: second ]\nSigned-off-by: X <x@y>\n", "second");
	one_note("subject\n\nno note [ here ]\n", "");
	one_note("subject\n\n[ not: ended\n", "");
}

static void a_path_is_one_word_of_a_command(void **state)
{
	OWNED_STR plain = resolve_word("a/b_c-1.c");
	OWNED_STR odd = resolve_word("it's; rm");
	OWNED_STR option = resolve_word("-f");

	(void)state;
	assert_string_equal(plain, "a/b_c-1.c");
	assert_string_equal(odd, "'it'\\''s; rm'");
	assert_string_equal(option, "'-f'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_carried_over_changes),
		cmocka_unit_test(the_likest_lines_are_found),
		cmocka_unit_test(the_note_stands_behind_the_message),
		cmocka_unit_test(the_note_of_a_port_is_read_back),
		cmocka_unit_test(a_path_is_one_word_of_a_command),
	};
	int failed;

	repo_library_init();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	repo_library_shutdown();
	return failed;
}
