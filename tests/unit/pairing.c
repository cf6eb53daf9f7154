// SPDX-License-Identifier: GPL-2.0
/* Patches are paired by what is recorded of them, and by likeness only when nothing is. */
#include "record/identity.h"
#include "record/pairing.h"
#include "unit_repo.h"

/* A patch of file "f" that puts `lines` in place of one line. */
static struct patch make(const char *subject, const char *lines, size_t count, int start)
{
	struct patch patch = { .number = 1,
			       .subject = xstrdup(subject),
			       .message = xasprintf("%s\n", subject),
			       .author_name = xstrdup("A"),
			       .author_email = xstrdup("a@example.org"),
			       .diff_line = 1 };

	strbuf_addf(&patch.diff,
		    "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -%d,2 +%d,%zu @@\n one\n", start,
		    start, count + 1);
	strbuf_adds(&patch.diff, lines);
	strbuf_adds(&patch.diff, "-two\n");
	return patch;
}

static void release(struct patch *patches, size_t count)
{
	for (size_t i = 0; i < count; i++)
		patch_release(&patches[i]);
}

static void check(const struct pairing *pairing, size_t i, enum pairing_by by, size_t to)
{
	assert_int_equal(pairing->entries[i].by, by);
	if (by != PAIRING_ALONE)
		assert_int_equal(pairing->entries[i].to, to);
}

static void test_the_same_change_is_the_same_patch_wherever_it_stands(void **state)
{
	struct patch old_patches[] = { make("a", "+x\n", 1, 1), make("b", "+y\n", 1, 1) };
	struct patch new_patches[] = { make("b, renamed", "+y\n", 1, 50), make("a", "+x\n", 1, 7) };
	PAIRING pairing = { 0 };
	size_t old_patch;

	(void)state;
	assert_ok(pairing_make(old_patches, 2, new_patches, 2, false, &pairing));
	check(&pairing, 0, PAIRING_BY_CHANGE, 1);
	check(&pairing, 1, PAIRING_BY_CHANGE, 0);
	assert_true(pairing_find_old(&pairing, 0, &old_patch));
	assert_int_equal(old_patch, 1);
	release(old_patches, 2);
	release(new_patches, 2);
}

static void test_of_equal_changes_the_one_of_the_same_subject(void **state)
{
	struct patch old_patches[] = { make("a", "+x\n", 1, 1), make("b", "+x\n", 1, 9) };
	struct patch new_patches[] = { make("b", "+x\n", 1, 9), make("a", "+x\n", 1, 1) };
	PAIRING pairing = { 0 };

	(void)state;
	assert_ok(pairing_make(old_patches, 2, new_patches, 2, false, &pairing));
	check(&pairing, 0, PAIRING_BY_CHANGE, 1);
	check(&pairing, 1, PAIRING_BY_CHANGE, 0);
	release(old_patches, 2);
	release(new_patches, 2);
}

static void test_a_subject_that_two_have_pairs_nobody(void **state)
{
	struct patch old_patches[] = { make("a", "+x\n", 1, 1), make("c", "+z\n", 1, 1) };
	struct patch new_patches[] = { make("a", "+p\n", 1, 1), make("a", "+q\n", 1, 1),
				       make("c", "+r\n", 1, 1) };
	PAIRING pairing = { 0 };

	(void)state;
	assert_ok(pairing_make(old_patches, 2, new_patches, 3, false, &pairing));
	check(&pairing, 0, PAIRING_ALONE, 0);
	check(&pairing, 1, PAIRING_BY_SUBJECT, 2);
	release(old_patches, 2);
	release(new_patches, 3);
}

static void test_likeness_is_last_and_only_when_asked(void **state)
{
	struct patch old_patches[] = { make("a", "+x\n+y\n+z\n", 3, 1) };
	struct patch new_patches[] = { make("b", "+m\n+n\n+o\n", 3, 1),
				       make("c", "+x\n+y\n+w\n", 3, 1) };
	PAIRING pairing = { 0 };
	PAIRING none = { 0 };

	(void)state;
	assert_ok(pairing_make(old_patches, 1, new_patches, 2, false, &none));
	check(&none, 0, PAIRING_ALONE, 0);
	assert_ok(pairing_make(old_patches, 1, new_patches, 2, true, &pairing));
	check(&pairing, 0, PAIRING_BY_LIKENESS, 1);
	release(old_patches, 1);
	release(new_patches, 2);
}

static void test_what_has_little_in_common_is_not_alike(void **state)
{
	struct patch old_patches[] = { make("a", "+x\n+y\n+z\n+u\n", 4, 1) };
	struct patch new_patches[] = { make("b", "+m\n+n\n+o\n+p\n", 4, 1) };
	PAIRING pairing = { 0 };

	(void)state;
	assert_ok(pairing_make(old_patches, 1, new_patches, 1, true, &pairing));
	check(&pairing, 0, PAIRING_ALONE, 0);
	release(old_patches, 1);
	release(new_patches, 1);
}

/* As 'git patch-id --stable' of git 2.39 gives it for these very bytes. */
static void test_patch_ids_are_those_of_git(void **state)
{
	struct patch patches[] = { make("a", "+x\n", 1, 1), make("b", "+y\n", 1, 1) };
	const struct patch *list[] = { &patches[0], &patches[1] };
	IDENTITY_GIT git = { 0 };

	(void)state;
	assert_ok(identity_ask_git(list, 2, &git));
	assert_string_equal(git.ids[0], "3dad02aa8c70d6b1b4c63dfa64ff07af52b84e60");
	assert_string_equal(git.ids[1], "7dcedcad4e3c0ba67edf1400489046417ea25a85");
	release(patches, 2);
}

static void test_a_diff_cannot_speak_for_another_patch(void **state)
{
	struct patch patches[] = { make("a", "+x\n", 1, 1), make("b", "+y\n", 1, 1) };
	const struct patch *list[] = { &patches[0], &patches[1] };
	IDENTITY_GIT git = { 0 };

	(void)state;
	/* behind its end stands another whole patch, as if git had printed it for the first one */
	strbuf_addf(&patches[1].diff, "From %040d Mon Sep 17 00:00:00 2001\n", 0);
	strbuf_adds(&patches[1].diff,
		    "diff --git a/g b/g\n--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n");
	assert_ok(identity_ask_git(list, 2, &git));
	assert_string_equal(git.ids[0], "3dad02aa8c70d6b1b4c63dfa64ff07af52b84e60");
	release(patches, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_change_is_the_same_patch_wherever_it_stands),
		cmocka_unit_test(test_of_equal_changes_the_one_of_the_same_subject),
		cmocka_unit_test(test_a_subject_that_two_have_pairs_nobody),
		cmocka_unit_test(test_likeness_is_last_and_only_when_asked),
		cmocka_unit_test(test_what_has_little_in_common_is_not_alike),
		cmocka_unit_test(test_patch_ids_are_those_of_git),
		cmocka_unit_test(test_a_diff_cannot_speak_for_another_patch),
	};

	return cmocka_run_group_tests(tests, unit_begin_repo, unit_end_repo);
}
