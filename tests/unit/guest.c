// SPDX-License-Identifier: GPL-2.0
/* The guest's initramfs: what is in it, that it is always the same, and its cache. */
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "guest/guest.h"
#include "unit.h"

static const char program[] = "int main(void) { return 0; }\n";

/* A workspace with one guest program, and the host as its architecture. */
struct world {
	char *folder;
	struct workspace workspace;
	struct arch arch;
};

static void put(const struct world *world, const char *name, const char *text)
{
	OWNED_STR path = xasprintf("%s/kernels/guest/%s", world->folder, name);

	assert_ok(file_write(path, text, strlen(text)));
}

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	repo_library_init();
	world->folder = unit_make_folder();
	world->workspace.root = world->folder;
	world->workspace.cache = xasprintf("%s/cache", world->folder);
	world->arch.name = xstrdup("host");
	world->arch.cross = xstrdup("");
	strvec_push(&world->arch.guest_ldflags, "-static");
	put(world, "init.c", program);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	target_release_arch(&world->arch);
	free(world->workspace.cache);
	unit_remove_folder(world->folder);
	free(world);
	repo_library_shutdown();
	return 0;
}

/* "PATH MODE MAJOR:MINOR SIZE>0 MTIME" of every member, in order. */
static char *list(const char *initrd)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	STRBUF text = { 0 };

	archive_read_support_format_cpio(archive);
	assert_int_equal(archive_read_open_filename(archive, initrd, 65536), ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		strbuf_addf(&text, "%s %o %u:%u %d %ld\n", archive_entry_pathname(entry),
			    archive_entry_mode(entry), (unsigned)archive_entry_rdevmajor(entry),
			    (unsigned)archive_entry_rdevminor(entry), archive_entry_size(entry) > 0,
			    (long)archive_entry_mtime(entry));
	archive_read_free(archive);
	return strbuf_detach(&text);
}

static void test_the_initramfs_has_init_and_what_it_needs(void **state)
{
	const struct world *world = *state;
	GUEST guest = { 0 };
	OWNED_STR members = NULL;

	assert_ok(guest_initramfs(&world->workspace, &world->arch, &guest));
	members = list(guest.initrd);
	assert_string_equal(members, "dev 40755 0:0 0 0\n"
				     "dev/console 20600 5:1 0 0\n"
				     "dev/null 20666 1:3 0 0\n"
				     "proc 40555 0:0 0 0\n"
				     "sys 40555 0:0 0 0\n"
				     "tmp 41777 0:0 0 0\n"
				     "init 100755 0:0 1 0\n");
}

static void test_the_same_sources_give_the_same_bytes(void **state)
{
	struct world *world = *state;
	GUEST first = { 0 };
	GUEST second = { 0 };

	assert_ok(guest_initramfs(&world->workspace, &world->arch, &first));
	free(world->workspace.cache);
	world->workspace.cache = xasprintf("%s/other", world->folder);
	assert_ok(guest_initramfs(&world->workspace, &world->arch, &second));
	assert_string_equal(first.id, second.id);
	assert_string_not_equal(first.initrd, second.initrd);
}

static void test_it_is_made_once(void **state)
{
	const struct world *world = *state;
	GUEST first = { 0 };
	GUEST second = { 0 };
	struct stat before, after;

	assert_ok(guest_initramfs(&world->workspace, &world->arch, &first));
	assert_int_equal(stat(first.initrd, &before), 0);
	assert_ok(guest_initramfs(&world->workspace, &world->arch, &second));
	assert_string_equal(first.initrd, second.initrd);
	assert_int_equal(stat(second.initrd, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void test_a_damaged_one_is_made_again(void **state)
{
	const struct world *world = *state;
	GUEST first = { 0 };
	GUEST second = { 0 };
	char id[STORE_ID_SIZE];

	assert_ok(guest_initramfs(&world->workspace, &world->arch, &first));
	assert_ok(file_write(first.initrd, "damaged", 7));
	assert_ok(guest_initramfs(&world->workspace, &world->arch, &second));
	assert_ok(store_file_id(second.initrd, id));
	assert_string_equal(id, first.id);
}

static void test_another_source_or_flag_is_another_guest(void **state)
{
	struct world *world = *state;
	GUEST first = { 0 };
	GUEST second = { 0 };
	GUEST third = { 0 };

	assert_ok(guest_initramfs(&world->workspace, &world->arch, &first));
	put(world, "words.h", "/* nobody includes it */\n");
	assert_ok(guest_initramfs(&world->workspace, &world->arch, &second));
	strvec_push(&world->arch.guest_ldflags, "-s");
	assert_ok(guest_initramfs(&world->workspace, &world->arch, &third));
	assert_string_not_equal(first.initrd, second.initrd);
	assert_string_not_equal(second.initrd, third.initrd);
}

static void test_what_does_not_compile_is_said_with_file_and_line(void **state)
{
	const struct world *world = *state;
	GUEST guest = { 0 };

	put(world, "storm.c", "int storm(void)\n{\n\treturn nosuch;\n}\n");
	assert_err(guest_initramfs(&world->workspace, &world->arch, &guest), ERR_INPUT,
		   "storm.c:3");
}

static void test_no_sources_is_bad_input(void **state)
{
	struct world *world = *state;
	OWNED_STR folder = xasprintf("%s/kernels", world->folder);
	GUEST guest = { 0 };

	assert_ok(file_remove(folder));
	assert_err(guest_initramfs(&world->workspace, &world->arch, &guest), ERR_INPUT,
		   "no guest program");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_initramfs_has_init_and_what_it_needs),
		TEST(test_the_same_sources_give_the_same_bytes),
		TEST(test_it_is_made_once),
		TEST(test_a_damaged_one_is_made_again),
		TEST(test_another_source_or_flag_is_another_guest),
		TEST(test_what_does_not_compile_is_said_with_file_and_line),
		TEST(test_no_sources_is_bad_input),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
