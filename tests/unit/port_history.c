// SPDX-License-Identifier: GPL-2.0
/* What a branch's history says of paths and patches, on small repositories made here. */
#include "port/port_internal.h"
#include "port/port_upstream.h"
#include "unit.h"

#define PATCH CLEANUP(patch_release) struct patch

struct world {
	char *folder;
	char *cache;
	git_repository *repo;
	git_time_t clock;
};

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	OWNED_STR path = NULL;

	repo_library_init();
	world->folder = unit_make_folder();
	world->cache = xasprintf("%s/cache", world->folder);
	path = xasprintf("%s/repo", world->folder);
	assert_ok(repo_open(path, true, &world->repo));
	world->clock = 1700000000;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	git_repository_free(world->repo);
	unit_remove_folder(world->folder);
	free(world->cache);
	free(world);
	repo_library_shutdown();
	return 0;
}

/* A commit on some parents with the first one's tree, in which one file is changed (NULL: none). */
static git_oid commit_on(struct world *world, const git_oid *parents, size_t count,
			 const char *path, const char *text, const char *message)
{
	CLEANUP(port_changes_release) struct port_changes changes = { 0 };
	git_commit *commits[2] = { 0 };
	GIT_SIGNATURE who = NULL;
	git_oid tree, blob, id;
	GIT_TREE made = NULL;

	assert_int_equal(git_signature_new(&who, "A U Thor", "a@x", world->clock++, 0), 0);
	for (size_t i = 0; i < count; i++)
		assert_ok(repo_commit(world->repo, &parents[i], &commits[i]));
	if (count)
		tree = *git_commit_tree_id(commits[0]);
	else
		assert_int_equal(git_oid_fromstr(&tree, "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
				 0);
	if (path) {
		assert_int_equal(
			git_blob_create_from_buffer(&blob, world->repo, text, strlen(text)), 0);
		port_changes_write(&changes, path, 0100644, &blob);
		assert_ok(port_tree_write(world->repo, count ? &tree : NULL, &changes, &tree));
	}
	assert_ok(repo_tree(world->repo, &tree, &made));
	assert_int_equal(git_commit_create(&id, world->repo, NULL, who, who, NULL, message, made,
					   count, (const git_commit **)commits),
			 0);
	for (size_t i = 0; i < count; i++)
		git_commit_free(commits[i]);
	return id;
}

static git_oid commit(struct world *world, const git_oid *parent, const char *path,
		      const char *text, const char *message)
{
	return commit_on(world, parent, parent ? 1 : 0, path, text, message);
}

/* So many commits to another file. */
static git_oid pass_time(struct world *world, git_oid tip, int count)
{
	for (int i = 0; i < count; i++) {
		OWNED_STR text = xasprintf("%d\n", i);

		tip = commit(world, &tip, "other", text, "other");
	}
	return tip;
}

static void read_history(struct world *world, const git_oid *tip, const char *path, size_t limit,
			 const char *cache, struct port_history *history)
{
	STRVEC paths = { 0 };

	strvec_push(&paths, path);
	assert_ok(port_history_read(world->repo, tip, &paths, limit, cache, history));
}

static void assert_commit(const git_oid *actual, const git_oid *expected)
{
	assert_string_equal(git_oid_tostr_s(actual), git_oid_tostr_s(expected));
}

static void only_commits_that_change_the_path_are_listed(void **state)
{
	struct world *world = *state;
	PORT_HISTORY history = { 0 };
	git_oid first = commit(world, NULL, "dir/f", "1\n", "first");
	git_oid other = commit(world, &first, "dir/g", "1\n", "other");
	git_oid second = commit(world, &other, "dir/f", "2\n", "second");
	git_oid tip = pass_time(world, second, 3);

	read_history(world, &tip, "dir/f", 0, NULL, &history);
	assert_int_equal(history.count, 2);
	assert_commit(&history.steps[0].commit, &second);
	assert_commit(&history.steps[1].commit, &first);
	assert_true(git_oid_is_zero(&history.steps[1].touches[0].before));
	assert_commit(&history.steps[0].touches[0].before, &history.steps[1].touches[0].after);
	assert_true(history.whole);
	assert_int_equal(history.walked, 6);
}

static void a_folder_is_a_path_too(void **state)
{
	struct world *world = *state;
	PORT_HISTORY history = { 0 };
	git_oid first = commit(world, NULL, "dir/f", "1\n", "first");
	git_oid second = commit(world, &first, "dir/sub/g", "1\n", "second");
	git_oid tip = pass_time(world, second, 1);

	read_history(world, &tip, "dir", 0, NULL, &history);
	assert_int_equal(history.count, 2);
	assert_commit(&history.steps[0].commit, &second);
}

static void a_merge_is_followed_to_the_side_that_gave_the_path(void **state)
{
	struct world *world = *state;
	PORT_HISTORY history = { 0 };
	git_oid base = commit(world, NULL, "f", "1\n", "base");
	git_oid side = commit(world, &base, "f", "2\n", "side");
	git_oid main = pass_time(world, base, 2);
	git_oid both[] = { main, side };
	git_oid merge = commit_on(world, both, 2, "f", "2\n", "merge");
	git_oid tip = pass_time(world, merge, 1);

	read_history(world, &tip, "f", 0, NULL, &history);
	assert_int_equal(history.count, 2);
	assert_commit(&history.steps[0].commit, &side);
	assert_commit(&history.steps[1].commit, &base);
	/* the two commits of the main side are not looked at */
	assert_int_equal(history.walked, 4);
}

static void a_merge_that_differs_from_both_sides_is_listed_with_both(void **state)
{
	struct world *world = *state;
	PORT_HISTORY history = { 0 };
	git_oid base = commit(world, NULL, "f", "1\n", "base");
	git_oid left = commit(world, &base, "f", "2\n", "left");
	git_oid right = commit(world, &base, "f", "3\n", "right");
	git_oid both[] = { left, right };
	git_oid merge = commit_on(world, both, 2, "f", "23\n", "merge");

	read_history(world, &merge, "f", 0, NULL, &history);
	assert_int_equal(history.count, 4);
	assert_int_equal(history.steps[0].parents, 2);
	assert_commit(&history.steps[1].commit, &right);
	assert_commit(&history.steps[2].commit, &left);
	assert_commit(&history.steps[3].commit, &base);
}

static void the_walk_ends_at_the_limit_and_says_so(void **state)
{
	struct world *world = *state;
	PORT_HISTORY history = { 0 };
	git_oid tip = commit(world, NULL, "f", "1\n", "base");

	tip = pass_time(world, tip, 10);
	read_history(world, &tip, "f", 5, NULL, &history);
	assert_int_equal(history.count, 0);
	assert_int_equal(history.walked, 5);
	assert_false(history.whole);
}

/* The only record below the cache. */
static char *record_of(const struct world *world)
{
	STRVEC folders = { 0 };
	STRVEC names = { 0 };
	OWNED_STR folder = NULL;

	assert_ok(file_list(world->cache, &folders));
	assert_int_equal(folders.count, 1);
	folder = xasprintf("%s/%s", world->cache, folders.items[0]);
	assert_ok(file_list(folder, &names));
	assert_int_equal(names.count, 1);
	return xasprintf("%s/%s", folder, names.items[0]);
}

static void a_long_walk_is_kept_and_gone_on_from(void **state)
{
	static const char seven[] = "{\"schema\":1,\"paths\":[\"f\"],\"limit\":10000,"
				    "\"walked\":7,\"whole\":true,\"steps\":[]}\n";
	struct world *world = *state;
	PORT_HISTORY history = { 0 };
	PORT_HISTORY again = { 0 };
	PORT_HISTORY later = { 0 };
	git_oid first = commit(world, NULL, "f", "1\n", "first");
	git_oid tip = pass_time(world, first, 100);
	OWNED_STR record = NULL;
	OWNED_STR newer = NULL;
	git_oid second;

	read_history(world, &tip, "f", 0, world->cache, &history);
	record = record_of(world);
	/* what is in the record is what is told: it says 7 */
	assert_ok(file_write(record, seven, strlen(seven)));
	read_history(world, &tip, "f", 0, world->cache, &again);
	assert_int_equal(again.walked, 7);
	assert_int_equal(again.count, 0);

	second = commit(world, &tip, "f", "2\n", "second");
	tip = pass_time(world, second, 100);
	read_history(world, &tip, "f", 0, world->cache, &later);
	assert_int_equal(later.count, 1);
	assert_int_equal(later.walked, 101 + 7);
	newer = record_of(world);
	assert_string_not_equal(newer, record);
}

static void a_damaged_record_is_made_again(void **state)
{
	static const char *const damages[] = {
		"",
		"{",
		"[]",
		"{\"schema\":1}",
		"{\"schema\":1,\"paths\":[\"f\"],\"limit\":10000,\"walked\":7,\"whole\":true,"
		"\"steps\":[[\"12\",1,[[0,\"\",\"\"]]]]}",
		"{\"schema\":1,\"paths\":[\"g\"],\"limit\":10000,\"walked\":7,\"whole\":true,"
		"\"steps\":[]}",
	};
	struct world *world = *state;
	git_oid first = commit(world, NULL, "f", "1\n", "first");
	git_oid tip = pass_time(world, first, 100);

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		PORT_HISTORY before = { 0 };
		PORT_HISTORY after = { 0 };
		OWNED_STR record = NULL;

		read_history(world, &tip, "f", 0, world->cache, &before);
		record = record_of(world);
		assert_ok(file_write(record, damages[i], strlen(damages[i])));
		read_history(world, &tip, "f", 0, world->cache, &after);
		assert_int_equal(after.walked, 101);
		assert_int_equal(after.count, 1);
		assert_commit(&after.steps[0].commit, &first);
	}
}

static void a_record_that_ends_too_early_is_not_used(void **state)
{
	struct world *world = *state;
	PORT_HISTORY little = { 0 };
	PORT_HISTORY more = { 0 };
	git_oid first = commit(world, NULL, "f", "1\n", "first");
	git_oid tip = pass_time(world, first, 200);

	read_history(world, &tip, "f", 100, world->cache, &little);
	assert_int_equal(little.count, 0);
	read_history(world, &tip, "f", 1000, world->cache, &more);
	assert_int_equal(more.count, 1);
}

static void remove_object(const struct world *world, const git_oid *id)
{
	const char *hex = git_oid_tostr_s(id);
	OWNED_STR path = xasprintf("%s/repo/objects/%.2s/%s", world->folder, hex, hex + 2);

	assert_true(file_exists(path));
	assert_ok(file_remove(path));
}

/* What was read is forgotten. */
static void reopen(struct world *world)
{
	OWNED_STR path = xasprintf("%s/repo", world->folder);

	git_repository_free(world->repo);
	assert_ok(repo_open(path, false, &world->repo));
}

static void where_commits_are_missing_the_walk_ends(void **state)
{
	struct world *world = *state;
	PORT_HISTORY history = { 0 };
	STRVEC kept = { 0 };
	git_oid first = commit(world, NULL, "f", "1\n", "first");
	git_oid second = commit(world, &first, "f", "2\n", "second");
	git_oid third = commit(world, &second, "f", "3\n", "third");
	git_oid tip = pass_time(world, third, 100);

	remove_object(world, &first);
	reopen(world);
	read_history(world, &tip, "f", 0, world->cache, &history);
	/* what the second one changed cannot be told */
	assert_int_equal(history.count, 1);
	assert_commit(&history.steps[0].commit, &third);
	assert_false(history.whole);
	/* more may be there next time */
	assert_ok(file_list(world->cache, &kept));
	assert_int_equal(kept.count, 0);
}

/* ---- is it there already? ---- */

#define BEFORE "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
#define AFTER  "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"
#define LONGER "0\n00\n000\n0000\n"

/* The change of a line, as a commit elsewhere made it. */
static void make_patch(struct world *world, const char *message, struct patch *patch)
{
	git_oid base = commit(world, NULL, "f", BEFORE, "base");
	git_oid change = commit(world, &base, "f", AFTER, message);

	assert_ok(patch_from_commit(world->repo, &change, patch));
}

static struct port_upstream find(struct world *world, const struct patch *patch, git_oid tip)
{
	struct port_upstream result;

	assert_ok(port_find_upstream(world->repo, patch, &tip, 0, NULL, &result));
	return result;
}

static void the_same_change_is_found_at_other_lines_and_under_another_subject(void **state)
{
	struct world *world = *state;
	PATCH patch = { 0 };
	struct port_upstream result;
	git_oid base, change, tip;

	make_patch(world, "f: five", &patch);
	base = commit(world, NULL, "f", LONGER BEFORE, "stable");
	change = commit(world, &base, "f", LONGER AFTER, "Say five");
	tip = commit(world, &change, "f", "rewritten\n", "Rewrite it");
	result = find(world, &patch, tip);
	assert_true(result.found);
	assert_int_equal(result.how, PORT_BY_PATCH_ID);
	assert_commit(&result.commit, &change);
	assert_false(find(world, &patch, base).found);
}

static void another_change_of_that_subject_and_author_is_found_by_these(void **state)
{
	struct world *world = *state;
	PATCH patch = { 0 };
	struct port_upstream result;
	git_oid base, change;

	make_patch(world, "f: five", &patch);
	base = commit(world, NULL, "f", BEFORE, "stable");
	change = commit(world, &base, "f", AFTER "10\n", "f: five\n\nAnd ten.\n");
	result = find(world, &patch, change);
	assert_true(result.found);
	assert_int_equal(result.how, PORT_BY_SUBJECT);
	assert_commit(&result.commit, &change);
	free(patch.author_email);
	free(patch.author_name);
	patch.author_email = xstrdup("b@x");
	patch.author_name = xstrdup("B");
	assert_false(find(world, &patch, change).found);
}

static git_oid revert(struct world *world, git_oid tip, const char *text, git_oid what)
{
	OWNED_STR message = xasprintf("Revert \"it\"\n\nThis reverts commit %s.\n",
				      git_oid_tostr_s(&what));

	return commit(world, &tip, "f", text, message);
}

static void what_was_taken_back_is_not_found_unless_that_was_too(void **state)
{
	struct world *world = *state;
	PATCH patch = { 0 };
	struct port_upstream result;
	git_oid base, change, gone, back;

	make_patch(world, "f: five", &patch);
	base = commit(world, NULL, "f", BEFORE, "stable");
	change = commit(world, &base, "f", AFTER, "f: five");
	gone = revert(world, change, BEFORE, change);
	result = find(world, &patch, gone);
	assert_false(result.found);
	assert_true(result.reverted);
	assert_commit(&result.commit, &change);
	assert_commit(&result.revert, &gone);
	back = revert(world, gone, AFTER, gone);
	result = find(world, &patch, back);
	assert_true(result.found);
	/* the revert of the revert makes the same change, and stands */
	assert_commit(&result.commit, &back);
}

static void a_revert_without_an_id_counts_by_its_subject(void **state)
{
	struct world *world = *state;
	PATCH patch = { 0 };
	struct port_upstream again;
	git_oid base, change, gone;

	make_patch(world, "f: five", &patch);
	base = commit(world, NULL, "f", BEFORE, "stable");
	change = commit(world, &base, "f", AFTER, "f: five");
	gone = commit(world, &change, "f", BEFORE, "Revert \"f: five\"");
	assert_true(find(world, &patch, gone).reverted);
	/* and once more as it was */
	change = commit(world, &gone, "f", AFTER, "f: five");
	again = find(world, &patch, change);
	assert_commit(&again.commit, &change);
}

static void what_was_found_is_kept_but_believed_only_while_it_is_there(void **state)
{
	struct world *world = *state;
	PATCH patch = { 0 };
	struct port_upstream first, again;
	git_oid base, change, tip;
	OWNED_STR folder = NULL;
	STRVEC names = { 0 };

	make_patch(world, "f: five", &patch);
	base = commit(world, NULL, "f", BEFORE, "stable");
	change = commit(world, &base, "f", AFTER, "f: five");
	tip = pass_time(world, change, 100);
	assert_ok(port_find_upstream(world->repo, &patch, &tip, 0, world->cache, &first));
	assert_commit(&first.commit, &change);

	folder = xasprintf("%s/found", world->cache);
	assert_ok(file_list(folder, &names));
	assert_int_equal(names.count, 1);
	for (int i = 0; i < 2; i++) {
		/* another commit that is there, and one that is not */
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[0]);
		OWNED_STR record = xasprintf(
			"{\"schema\":1,\"found\":true,\"how\":\"subject\",\"commit\":\"%s\"}\n",
			i ? "1234567890123456789012345678901234567890" : git_oid_tostr_s(&base));

		assert_ok(file_write(path, record, strlen(record)));
		assert_ok(port_find_upstream(world->repo, &patch, &tip, 0, world->cache, &again));
		assert_commit(&again.commit, i ? &change : &base);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(only_commits_that_change_the_path_are_listed),
		TEST(a_folder_is_a_path_too),
		TEST(a_merge_is_followed_to_the_side_that_gave_the_path),
		TEST(a_merge_that_differs_from_both_sides_is_listed_with_both),
		TEST(the_walk_ends_at_the_limit_and_says_so),
		TEST(a_long_walk_is_kept_and_gone_on_from),
		TEST(a_damaged_record_is_made_again),
		TEST(a_record_that_ends_too_early_is_not_used),
		TEST(where_commits_are_missing_the_walk_ends),
		TEST(the_same_change_is_found_at_other_lines_and_under_another_subject),
		TEST(another_change_of_that_subject_and_author_is_found_by_these),
		TEST(what_was_taken_back_is_not_found_unless_that_was_too),
		TEST(a_revert_without_an_id_counts_by_its_subject),
		TEST(what_was_found_is_kept_but_believed_only_while_it_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
