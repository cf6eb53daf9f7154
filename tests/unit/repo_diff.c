// SPDX-License-Identifier: GPL-2.0
/* What differs between two trees is what libgit2 says, without reading what does not. */
#include "core/repo_diff.h"
#include "port/port_internal.h"
#include "unit.h"

struct world {
	char *folder;
	git_repository *repo;
};

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	repo_library_init();
	world->folder = unit_make_folder();
	assert_ok(repo_open(world->folder, true, &world->repo));
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	git_repository_free(world->repo);
	unit_remove_folder(world->folder);
	free(world);
	repo_library_shutdown();
	return 0;
}

/* A tree of "PATH=TEXT" words. */
static git_tree *make_tree(struct world *world, const char *words)
{
	CLEANUP(port_changes_release) struct port_changes changes = { 0 };
	STRVEC list = { 0 };
	git_tree *tree;
	git_oid id;

	strvec_split(&list, words, " ");
	for (size_t i = 0; i < list.count; i++) {
		char *text = strchr(list.items[i], '=');
		git_oid blob;

		*text++ = '\0';
		assert_int_equal(
			git_blob_create_from_buffer(&blob, world->repo, text, strlen(text)), 0);
		port_changes_write(&changes, list.items[i], 0100644, &blob);
	}
	assert_ok(port_tree_write(world->repo, NULL, &changes, &id));
	assert_ok(repo_tree(world->repo, &id, &tree));
	return tree;
}

static void assert_changed(struct world *world, const char *before, const char *after,
			   const char *expected)
{
	GIT_TREE old = before ? make_tree(world, before) : NULL;
	GIT_TREE new = after ? make_tree(world, after) : NULL;
	git_diff_options options;
	GIT_DIFF whole = NULL;
	GIT_DIFF quick = NULL;
	STRVEC paths = { 0 };
	STRBUF text = { 0 };

	assert_ok(repo_changed_paths(world->repo, old, new, &paths));
	strvec_sort(&paths);
	for (size_t i = 0; i < paths.count; i++)
		if (!i || !str_equal(paths.items[i], paths.items[i - 1]))
			strbuf_addf(&text, "%s%s", text.len ? " " : "", paths.items[i]);
	assert_string_equal(strbuf_str(&text), expected);

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_INCLUDE_TYPECHANGE;
	assert_int_equal(git_diff_tree_to_tree(&whole, world->repo, old, new, &options), 0);
	assert_ok(repo_diff_trees(world->repo, old, new, &options, &quick));
	assert_int_equal(git_diff_num_deltas(quick), git_diff_num_deltas(whole));
	for (size_t i = 0; i < git_diff_num_deltas(whole); i++) {
		const git_diff_delta *a = git_diff_get_delta(whole, i);
		const git_diff_delta *b = git_diff_get_delta(quick, i);

		assert_string_equal(a->new_file.path, b->new_file.path);
		assert_int_equal(a->status, b->status);
	}
}

static void changes_at_any_depth_are_found(void **state)
{
	assert_changed(*state, "a=1 b/c=1 b/d/e=1 f=1", "a=1 b/c=2 b/d/e=1 f=2", "b/c f");
	assert_changed(*state, "a/b/c/d=1", "a/b/c/d=2", "a/b/c/d");
}

static void files_come_and_go_with_their_folders(void **state)
{
	assert_changed(*state, "a=1 b/c=1 b/d=1", "a=1 e/f=1", "b/c b/d e/f");
	assert_changed(*state, NULL, "a=1 b/c=1", "a b/c");
	assert_changed(*state, "a=1 b/c=1", NULL, "a b/c");
}

/* git sorts a folder as if its name ended with a slash. */
static void a_file_that_becomes_a_folder_is_both(void **state)
{
	assert_changed(*state, "a=1 a.c=1 a0=1", "a/b=1 a.c=1 a0=1", "a a/b");
	assert_changed(*state, "a/b=1 a-b=1", "a=1 a-b=2", "a a-b a/b");
}

static void equal_trees_have_no_difference(void **state)
{
	assert_changed(*state, "a=1 b/c=1", "a=1 b/c=1", "");
}

/* A path is a name here, not a pattern. */
static void names_that_look_like_patterns_are_names(void **state)
{
	assert_changed(*state, "a*=1 ab=1 [x]/c=1 x/c=1", "a*=2 ab=1 [x]/c=2 x/c=1", "[x]/c a*");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(changes_at_any_depth_are_found),
		TEST(files_come_and_go_with_their_folders),
		TEST(a_file_that_becomes_a_folder_is_both),
		TEST(equal_trees_have_no_difference),
		TEST(names_that_look_like_patterns_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
