// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static int setup(void **state)
{
	*state = unit_make_folder();
	return 0;
}

static int teardown(void **state)
{
	unit_remove_folder(*state);
	return 0;
}

static void test_what_was_written_is_read(void **state)
{
	OWNED_STR path = xasprintf("%s/a/b/c", (char *)*state);
	STRBUF text = { 0 };

	assert_ok(file_write(path, "one\0two", 7));
	assert_ok(file_read(path, 100, &text));
	assert_int_equal(text.len, 7);
	assert_memory_equal(text.buf, "one\0two", 7);
}

static void test_a_write_leaves_no_temporary_file(void **state)
{
	OWNED_STR path = xasprintf("%s/record", (char *)*state);
	STRVEC names = { 0 };

	assert_ok(file_write(path, "x", 1));
	assert_ok(file_write(path, "y", 1));
	assert_ok(file_list(*state, &names));
	assert_int_equal(names.count, 1);
}

static void test_a_failed_write_keeps_the_old_content(void **state)
{
	OWNED_STR path = xasprintf("%s/folder", (char *)*state);
	OWNED_STR inside = xasprintf("%s/folder/old", (char *)*state);

	assert_ok(file_write(inside, "old", 3));
	assert_err(file_write(path, "new", 3), ERR_ENV, "cannot rename");
	assert_true(file_exists(inside));
}

static void test_a_file_over_the_limit_is_refused(void **state)
{
	OWNED_STR path = xasprintf("%s/large", (char *)*state);
	STRBUF text = { 0 };

	assert_ok(file_write(path, "0123456789", 10));
	assert_err(file_read(path, 9, &text), ERR_INPUT, "larger than 9 bytes");
}

static void test_a_missing_file_is_named(void **state)
{
	OWNED_STR path = xasprintf("%s/none", (char *)*state);
	STRBUF text = { 0 };
	bool found = true;

	assert_err(file_read(path, 9, &text), ERR_ENV, "none': No such file");
	assert_ok(file_read_if_there(path, 9, &text, &found));
	assert_false(found);
}

static void test_remove_does_not_follow_links(void **state)
{
	OWNED_STR kept = xasprintf("%s/kept/file", (char *)*state);
	OWNED_STR kept_folder = xasprintf("%s/kept", (char *)*state);
	OWNED_STR doomed = xasprintf("%s/doomed/sub/file", (char *)*state);
	OWNED_STR link = xasprintf("%s/doomed/link", (char *)*state);
	OWNED_STR folder = xasprintf("%s/doomed", (char *)*state);

	assert_ok(file_write(kept, "x", 1));
	assert_ok(file_write(doomed, "x", 1));
	assert_int_equal(symlink(kept_folder, link), 0);
	assert_ok(file_remove(folder));
	assert_false(file_exists(folder));
	assert_true(file_exists(kept));
	assert_ok(file_remove(folder));
}

static void test_names_that_leave_a_folder_are_not_safe(void **state)
{
	(void)state;
	assert_true(file_safe_name("linux-6.12.y"));
	assert_false(file_safe_name(""));
	assert_false(file_safe_name(".."));
	assert_false(file_safe_name("a/b"));
	assert_false(file_safe_name("-rf"));
	assert_false(file_safe_name("a\nb"));
}

static void test_a_held_lock_names_its_holder(void **state)
{
	OWNED_STR path = xasprintf("%s/lock", (char *)*state);
	FILE_LOCK first = FILE_LOCK_NONE;
	FILE_LOCK second = FILE_LOCK_NONE;
	OWNED_STR holder = xasprintf("process %d", getpid());

	assert_ok(file_lock(path, "the folder", false, &first));
	assert_err(file_lock(path, "the folder", false, &second), ERR_ENV, holder);
	file_unlock(&first);
	assert_ok(file_lock(path, "the folder", false, &second));
}

static void test_a_killed_holder_leaves_no_lock(void **state)
{
	OWNED_STR path = xasprintf("%s/lock", (char *)*state);
	FILE_LOCK lock = FILE_LOCK_NONE;
	int ready[2], status;
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct file_lock held = FILE_LOCK_NONE;

		if (file_lock(path, "the folder", false, &held) || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_err(file_lock(path, "the folder", false, &lock), ERR_ENV, "in use by process");
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_ok(file_lock(path, "the folder", false, &lock));
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_was_written_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_write_leaves_no_temporary_file, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_failed_write_keeps_the_old_content, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_file_over_the_limit_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_missing_file_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remove_does_not_follow_links, setup, teardown),
		cmocka_unit_test(test_names_that_leave_a_folder_are_not_safe),
		cmocka_unit_test_setup_teardown(test_a_held_lock_names_its_holder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_killed_holder_leaves_no_lock, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
