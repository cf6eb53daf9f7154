// SPDX-License-Identifier: GPL-2.0
/* What git made of a mail is kept, and believed only while it is whole. */
#include "record/patch_kept.h"
#include "unit.h"

#define PATCH CLEANUP(patch_release) struct patch

static const char mail[] = "From: J <j@example.org>\nSubject: [PATCH] f: b\n\nBecause.\n---\n"
			   "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n"
			   "@@ -1 +1 @@\n-a\n+b\n";

static int set_up(void **state)
{
	*state = unit_make_folder();
	repo_library_init();
	return 0;
}

static int tear_down(void **state)
{
	repo_library_shutdown();
	unit_remove_folder(*state);
	return 0;
}

static char *kept_file(const char *folder)
{
	STRVEC names = { 0 };

	assert_ok(file_list(folder, &names));
	assert_int_equal(names.count, 1);
	return xasprintf("%s/%s", folder, names.items[0]);
}

static void read_mail(const char *folder, const char *subject)
{
	PATCH patch = { 0 };

	assert_ok(patch_from_kept_mail(mail, strlen(mail), "mail", folder, &patch));
	assert_string_equal(patch.subject, subject);
	assert_string_equal(patch.author_email, "j@example.org");
	assert_non_null(strstr(strbuf_str(&patch.diff), "+b\n"));
}

static void a_mail_is_decoded_once(void **state)
{
	CLEANUP(patch_release_decoded) struct patch_decoded decoded = { 0 };
	STRBUF key = { 0 };

	read_mail(*state, "f: b");
	strbuf_adds(&key, mail);
	assert_true(patch_kept_read(*state, &key, &decoded));
	/* what is kept is what is told */
	strbuf_reset(&decoded.info);
	strbuf_adds(&decoded.info, "Author: J\nEmail: j@example.org\nSubject: kept\n");
	patch_kept_write(*state, &key, &decoded);
	read_mail(*state, "kept");
	strbuf_addc(&key, '\n');
	assert_false(patch_kept_read(*state, &key, &decoded));
}

static void what_is_damaged_is_decoded_again(void **state)
{
	OWNED_STR path = NULL;
	STRBUF whole = { 0 };

	read_mail(*state, "f: b");
	path = kept_file(*state);
	assert_ok(file_read(path, 1 << 20, &whole));
	/* every byte but the blanks between numbers counts */
	for (size_t i = 0; i < whole.len; i += 7) {
		OWNED_STR damaged = xmalloc(whole.len);

		memcpy(damaged, whole.buf, whole.len);
		damaged[i] ^= 1;
		assert_ok(file_write(path, damaged, whole.len));
		read_mail(*state, "f: b");
		assert_ok(file_write(path, whole.buf, i));
		read_mail(*state, "f: b");
	}
}

static void a_folder_that_cannot_be_written_is_no_error(void **state)
{
	(void)state;
	read_mail("/proc/no/such/folder", "f: b");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_mail_is_decoded_once),
		TEST(what_is_damaged_is_decoded_again),
		TEST(a_folder_that_cannot_be_written_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
