// SPDX-License-Identifier: GPL-2.0
/* What a build's output says, and which patch brought a line in. */
#include "build/build_blame.h"
#include "build/build_diagnostics.h"
#include "unit.h"

/* Scans a text line by line, as make prints it with source /src and O= /obj. */
static void scan(struct build_scan *scan, struct build_diagnostics *list, const char *text)
{
	*scan = (struct build_scan){ .source = "/src", .object = "/obj", .into = list };
	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		OWNED_STR line = xstrndup(text, (size_t)(end - text));

		build_scan_line(scan, line);
	}
}

/* "FILE:LINE: SEVERITY: TEXT" of each. */
static char *render(const struct build_diagnostics *list)
{
	STRBUF text = { 0 };

	for (size_t i = 0; i < list->count; i++)
		strbuf_addf(&text, "%s:%d: %s: %s\n",
			    list->items[i].file ? list->items[i].file : "", list->items[i].line,
			    build_severity_name(list->items[i].severity), list->items[i].text);
	return strbuf_detach(&text);
}

static void expect(const char *output, const char *diagnostics)
{
	struct build_diagnostics list = { 0 };
	BUILD_SCAN state = { 0 };
	OWNED_STR text = NULL;

	scan(&state, &list, output);
	text = render(&list);
	assert_string_equal(text, diagnostics);
	build_diagnostics_release(&list);
}

static void test_gcc(void **state)
{
	(void)state;
	expect("In file included from /src/arch/alpha/include/asm/smp.h:5,\n"
	       "                 from /src/init/main.c:1:\n"
	       "/src/arch/alpha/include/asm/smp.h:57:8: error: unknown type name 'spinlock_t'\n"
	       "   57 | extern spinlock_t lock;\n"
	       "      |        ^~~~~~~~~~\n"
	       "/src/init/main.c: In function 'f':\n"
	       "/src/init/main.c:9:2: warning: unused variable 'x' [-Wunused-variable]\n"
	       "/src/init/main.c:9:2: note: declared here\n"
	       "cc1: all warnings being treated as errors\n",
	       "arch/alpha/include/asm/smp.h:57: error: unknown type name 'spinlock_t'\n"
	       "init/main.c:9: warning: unused variable 'x' [-Wunused-variable]\n"
	       "init/main.c:9: note: declared here\n");
}

static void test_the_same_twice_is_said_once(void **state)
{
	(void)state;
	expect("/src/a.h:1:1: error: boo\n/src/a.h:1:1: error: boo\n/src/a.h:2:1: error: boo\n",
	       "a.h:1: error: boo\na.h:2: error: boo\n");
}

static void test_paths_seen_from_the_object_folder(void **state)
{
	(void)state;
	expect("../src/kernel/fork.c:3:4: fatal error: no.h: No such file or directory\n"
	       "./include/generated/x.h:1: error: generated\n"
	       "/usr/include/y.h:1: error: of the host\n",
	       "kernel/fork.c:3: error: no.h: No such file or directory\n"
	       "include/generated/x.h:1: error: generated\n"
	       "/usr/include/y.h:1: error: of the host\n");
}

static void test_assembler_kconfig_make_and_modpost(void **state)
{
	(void)state;
	expect("/src/arch/alpha/kernel/entry.S:12: Error: unknown opcode `frob'\n"
	       "init/Kconfig:12: syntax error\n"
	       "init/Kconfig:13:warning: leading whitespace ignored\n"
	       "/src/Makefile:7: *** missing separator.  Stop.\n"
	       "make[3]: *** No rule to make target 'x.o', needed by 'y.a'.  Stop.\n"
	       "ERROR: modpost: \"f\" [drivers/g.ko] undefined!\n"
	       "make: *** [Makefile:9: all] Error 2\n",
	       "arch/alpha/kernel/entry.S:12: error: unknown opcode `frob'\n"
	       "init/Kconfig:12: error: syntax error\n"
	       "init/Kconfig:13: warning: leading whitespace ignored\n"
	       "Makefile:7: error: missing separator.  Stop.\n"
	       ":0: error: No rule to make target 'x.o', needed by 'y.a'.  Stop.\n"
	       ":0: error: modpost: \"f\" [drivers/g.ko] undefined!\n");
}

static void test_linker(void **state)
{
	(void)state;
	expect("alpha-linux-gnu-ld: arch/alpha/kernel/smp.o: in function `send':\n"
	       "smp.c:(.text+0x1c): undefined reference to `drain'\n"
	       "alpha-linux-gnu-ld: smp.c:(.text+0x20): undefined reference to `poll'\n"
	       "/usr/bin/ld: /src/kernel/fork.c:31: undefined reference to `f'\n"
	       "/usr/bin/ld: main.o:(.bss+0x0): multiple definition of `x'; first defined here\n",
	       "arch/alpha/kernel/smp.c:0: error: undefined reference to `drain'\n"
	       "arch/alpha/kernel/smp.c:0: error: undefined reference to `poll'\n"
	       "kernel/fork.c:31: error: undefined reference to `f'\n"
	       "arch/alpha/kernel/main.o:0: error: multiple definition of `x'; "
	       "first defined here\n");
}

static void test_nothing_of_the_kind(void **state)
{
	(void)state;
	expect("  CC      kernel/error.o\n  LD      vmlinux\nmake[1]: Entering directory '/obj'\n"
	       "12:30:01 error: no path\n::1: error: nothing\na b.c:1: error: words\n",
	       "");
}

static void expect_fault(const char *output, bool wanted)
{
	struct build_diagnostics list = { 0 };
	BUILD_SCAN state = { 0 };

	scan(&state, &list, output);
	assert_int_equal(state.machine_fault != NULL, wanted);
	build_diagnostics_release(&list);
}

static void test_the_machine_is_to_blame_only_when_it_is(void **state)
{
	(void)state;
	expect_fault("/src/a.c:1:1: fatal error: error writing to /tmp/c.s: "
		     "No space left on device\n",
		     true);
	expect_fault("gcc: fatal error: Killed signal terminated program cc1\n", true);
	expect_fault("make[2]: *** [scripts/Makefile.build:243: a.o] Killed\n", true);
	expect_fault("   12 |  pr_err(\"No space left on device\\n\");\n", false);
	expect_fault("/src/a.c:1:2: error: #error No space left on device\n", false);
	expect_fault("/src/a.c:1:1: error: boo\nmake: *** [Makefile:9: all] Error 2\n", false);
}

static void test_objects_are_counted(void **state)
{
	struct build_diagnostics list = { 0 };
	BUILD_SCAN counted = { 0 };

	(void)state;
	scan(&counted, &list, "  CC      a.o\n  AS      b.o\n  LD      vmlinux\n  HOSTCC  c\n");
	assert_int_equal(counted.objects, 2);
}

static void test_a_flood_is_cut_off_and_counted(void **state)
{
	struct build_diagnostics list = { 0 };

	(void)state;
	for (int line = 1; line <= 1500; line++)
		build_diagnostics_add(&list, BUILD_WARNING, "a.c", line, "boo");
	assert_int_equal(list.count, 1000);
	assert_int_equal(list.left_out, 500);
	build_diagnostics_release(&list);
}

/* A repository with a chain of commits to one file. */
struct world {
	char *folder;
	git_repository *repo;
	git_oid last;
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	repo_library_init();
	world->folder = unit_make_folder();
	assert_ok(repo_open(world->folder, true, &world->repo));
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	git_repository_free(world->repo);
	unit_remove_folder(world->folder);
	free(world);
	repo_library_shutdown();
	return 0;
}

static git_oid commit(struct world *world, const char *subject, const char *content)
{
	GIT_SIGNATURE who = NULL;
	GIT_TREE tree = NULL;
	GIT_COMMIT parent = NULL;
	git_treebuilder *builder;
	git_oid blob, oid;

	assert_int_equal(git_signature_new(&who, "A", "a@example.com", 1700000000, 0), 0);
	assert_int_equal(git_blob_create_from_buffer(&blob, world->repo, content, strlen(content)),
			 0);
	assert_int_equal(git_treebuilder_new(&builder, world->repo, NULL), 0);
	git_treebuilder_insert(NULL, builder, "a.c", &blob, GIT_FILEMODE_BLOB);
	assert_int_equal(git_treebuilder_write(&oid, builder), 0);
	git_treebuilder_free(builder);
	assert_ok(repo_tree(world->repo, &oid, &tree));
	if (!git_oid_is_zero(&world->last))
		assert_ok(repo_commit(world->repo, &world->last, &parent));
	assert_int_equal(git_commit_create_v(&world->last, world->repo, NULL, who, who, NULL,
					     subject, tree, parent ? 1 : 0, parent),
			 0);
	return world->last;
}

static void test_a_line_is_traced_to_its_patch(void **state)
{
	struct world *world = *state;
	struct build_layer layers[] = { { "model", 1 }, { "fix", 2 } };
	struct build_request request = { .repo = world->repo, .layers = layers, .layer_count = 2 };
	struct build_diagnostics list = { 0 };

	request.base = commit(world, "base", "one\ntwo\nthree\n");
	commit(world, "model: lose edges", "one\nlost\ntwo\nthree\n");
	commit(world, "fix: serialize", "zero\none\nlost\ntwo\nthree\n");
	request.commit = commit(world, "fix: poll", "zero\none\nlost\ntwo\nthree\npoll\n");
	build_diagnostics_add(&list, BUILD_ERROR, "a.c", 6, "of the second patch of fix");
	build_diagnostics_add(&list, BUILD_ERROR, "a.c", 2, "of the base");
	build_diagnostics_add(&list, BUILD_WARNING, "a.c", 1, "of the first patch of fix");
	build_diagnostics_add(&list, BUILD_ERROR, "a.c", 3, "of the model");
	build_diagnostics_add(&list, BUILD_ERROR, "a.c", 99, "behind the end");
	build_diagnostics_add(&list, BUILD_ERROR, "generated.h", 1, "not in the tree");
	build_diagnostics_add(&list, BUILD_ERROR, NULL, 0, "nowhere");
	assert_ok(build_blame(&request, &list));
	assert_int_equal(list.items[0].number, 2);
	assert_string_equal(list.items[0].series, "fix");
	assert_string_equal(list.items[0].subject, "fix: poll");
	assert_true(git_oid_equal(&list.items[0].commit, &request.commit));
	assert_int_equal(list.items[1].number, 0);
	assert_int_equal(list.items[2].number, 1);
	assert_string_equal(list.items[2].subject, "fix: serialize");
	assert_int_equal(list.items[3].number, 1);
	assert_string_equal(list.items[3].series, "model");
	for (int i = 4; i < 7; i++)
		assert_int_equal(list.items[i].number, 0);
	build_diagnostics_release(&list);
}

static void test_without_patches_nobody_is_blamed(void **state)
{
	struct world *world = *state;
	struct build_request request = { .repo = world->repo };
	struct build_diagnostics list = { 0 };

	request.commit = request.base = commit(world, "base", "one\n");
	build_diagnostics_add(&list, BUILD_ERROR, "a.c", 1, "of the base");
	assert_ok(build_blame(&request, &list));
	assert_int_equal(list.items[0].number, 0);
	build_diagnostics_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gcc),
		cmocka_unit_test(test_the_same_twice_is_said_once),
		cmocka_unit_test(test_paths_seen_from_the_object_folder),
		cmocka_unit_test(test_assembler_kconfig_make_and_modpost),
		cmocka_unit_test(test_linker),
		cmocka_unit_test(test_nothing_of_the_kind),
		cmocka_unit_test(test_the_machine_is_to_blame_only_when_it_is),
		cmocka_unit_test(test_objects_are_counted),
		cmocka_unit_test(test_a_flood_is_cut_off_and_counted),
		cmocka_unit_test_setup_teardown(test_a_line_is_traced_to_its_patch, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_without_patches_nobody_is_blamed, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
