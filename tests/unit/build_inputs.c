// SPDX-License-Identifier: GPL-2.0
/* What an image was made of, out of kbuild's own files, and which changes may matter. */
#include "build/build_inputs.h"
#include "unit.h"

static int make_folder(void **state)
{
	*state = unit_make_folder();
	return 0;
}

static int remove_folder(void **state)
{
	unit_remove_folder(*state);
	return 0;
}

static void put(const char *folder, const char *name, const char *text)
{
	OWNED_STR path = xasprintf("%s/%s", folder, name);

	assert_ok(file_write(path, text, strlen(text)));
}

/* As kbuild leaves them, of 6.1 and of 6.12. */
static void make_objects(const char *folder)
{
	put(folder, "obj/kernel/.smp.o.cmd",
	    "savedcmd_kernel/smp.o := gcc -I/src/tree/include -I./include -include "
	    "/src/tree/include/linux/kconfig.h -DX='\"a\"' -c -o kernel/smp.o "
	    "/src/tree/kernel/smp.c \n\nsource_kernel/smp.o := /src/tree/kernel/smp.c\n\n"
	    "deps_kernel/smp.o := \\\n  /src/tree/include/linux/kconfig.h \\\n"
	    "    $(wildcard include/config/FOO) \\\n  /src/tree/include/linux/smp.h \\\n"
	    "  include/generated/bounds.h \\\n\nkernel/smp.o: $(deps_kernel/smp.o)\n");
	put(folder, "obj/drivers/tty/vt/.map.c.cmd",
	    "cmd_drivers/tty/vt/map.c := ./conmakehash /src/tree/drivers/tty/vt/cp437.uni > "
	    "drivers/tty/vt/map.c\n");
	put(folder, "obj/include/config/auto.conf.cmd",
	    "autoconfig := include/config/auto.conf\n\ndeps_config := \\\n\tKconfig \\\n"
	    "\tdrivers/Kconfig \\\n\n$(autoconfig): $(deps_config)\n");
	put(folder, "obj/kernel/smp.o", "/src/tree/not/a/command.c");
	put(folder, "obj/other/.x.o.cmd", "cmd_other/x.o := gcc /src/treeother/x.c\n");
}

static void collect(const char *folder, struct build_inputs *inputs)
{
	OWNED_STR objects = xasprintf("%s/obj", folder);
	OWNED_STR list = xasprintf("%s/inputs", folder);
	bool grew;

	make_objects(folder);
	assert_ok(build_inputs_collect(objects, "/src/tree", list));
	inputs->arch = xstrdup("toy");
	assert_ok(build_inputs_add(inputs, list, &grew));
	assert_true(grew);
	assert_ok(build_inputs_add(inputs, list, &grew));
	assert_false(grew);
}

static void test_what_an_image_was_made_of(void **state)
{
	static const char *const files[] = { "kernel/smp.c",
					     "include/linux/kconfig.h",
					     "include/linux/smp.h",
					     "drivers/tty/vt/cp437.uni",
					     "Kconfig",
					     "drivers/Kconfig" };
	BUILD_INPUTS inputs = { 0 };

	collect(*state, &inputs);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		assert_non_null(json_object_get(inputs.files, files[i]));
	/* and the folder that is searched */
	assert_int_equal(json_object_size(inputs.files), ARRAY_SIZE(files) + 1);
	assert_non_null(json_object_get(inputs.folders, "kernel"));
	assert_non_null(json_object_get(inputs.folders, "drivers/tty/vt"));
	assert_null(json_object_get(inputs.folders, "drivers/tty"));
}

static void test_which_changes_matter(void **state)
{
	static const struct {
		const char *path;
		bool added, matters;
	} changes[] = {
		{ "kernel/smp.c", false, true },
		{ "kernel/other.c", false, false },
		{ "kernel/other.c", true, true }, /* a Makefile may take all of them */
		{ "kernel/other.txt", true, false },
		{ "kernel/Makefile", false, true },
		{ "kernel/Makefile.more", false, true },
		{ "kernel/Kconfig", false, false },
		{ "kernel/Kconfig", true, true },
		{ "drivers/Makefile", false, true }, /* above drivers/tty/vt */
		{ "drivers/tty/Kbuild", false, true },
		{ "drivers/net/Makefile", false, false },
		{ "drivers/ttyx/Makefile", false, false },
		{ "drivers/Kconfig", false, true },
		{ "drivers/net/Kconfig", false, false },
		{ "drivers/tty/vt/cp437.uni", false, true },
		{ "arch/toy/Makefile", false, true },
		{ "arch/toy/boot/Makefile", false, true },
		{ "arch/toyx/Makefile", false, false },
		{ "arch/toy/include/asm/new.h", true, true },
		{ "arch/toy/include/asm/old.h", false, false },
		{ "include/linux/new.h", true, true },
		{ "include/linux/unused.h", false, false },
		{ "scripts/anything", false, true },
		{ "Makefile", false, true },
		{ "MAINTAINERS", false, false },
		{ "Documentation/Kconfig", false, false },
		{ "Documentation/Makefile", false, false },
	};
	BUILD_INPUTS inputs = { 0 };

	collect(*state, &inputs);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if (build_inputs_matter(&inputs, changes[i].path, changes[i].added) !=
		    changes[i].matters)
			fail_msg("%s, %s", changes[i].path, changes[i].added ? "new" : "changed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_an_image_was_made_of, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(test_which_changes_matter, make_folder,
						remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
