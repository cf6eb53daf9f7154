// SPDX-License-Identifier: GPL-2.0
/* A ref is moved from where it was, or not at all. */
#include "core/repo.h"
#include "unit.h"

#define REF "refs/farrier/port/x"

struct state {
	char *folder;
	git_repository *repo;
	git_oid first;
	git_oid second;
};

static git_oid make_commit(git_repository *repo, const char *message)
{
	GIT_SIGNATURE who = NULL;
	GIT_TREE tree = NULL;
	git_treebuilder *builder = NULL;
	git_oid tree_id, id;

	assert_int_equal(git_signature_new(&who, "A", "a@example.com", 1700000000, 0), 0);
	assert_int_equal(git_treebuilder_new(&builder, repo, NULL), 0);
	assert_int_equal(git_treebuilder_write(&tree_id, builder), 0);
	git_treebuilder_free(builder);
	assert_int_equal(git_tree_lookup(&tree, repo, &tree_id), 0);
	assert_int_equal(git_commit_create(&id, repo, NULL, who, who, NULL, message, tree, 0, NULL),
			 0);
	return id;
}

static int set_up(void **state)
{
	struct state *s = xcalloc(1, sizeof(*s));

	s->folder = unit_make_folder();
	assert_ok(repo_open(s->folder, true, &s->repo));
	s->first = make_commit(s->repo, "first");
	s->second = make_commit(s->repo, "second");
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct state *s = *state;

	git_repository_free(s->repo);
	unit_remove_folder(s->folder);
	free(s);
	return 0;
}

static void assert_ref(const struct state *s, const git_oid *expected)
{
	git_oid now;
	bool found;

	assert_ok(repo_resolve_ref(s->repo, REF, &now, &found));
	assert_int_equal(found, expected != NULL);
	if (found)
		assert_string_equal(git_oid_tostr_s(&now), git_oid_tostr_s(expected));
}

static void a_ref_is_made_where_none_was(void **state)
{
	struct state *s = *state;

	assert_ok(repo_move_ref(s->repo, REF, NULL, &s->first, "test"));
	assert_ref(s, &s->first);
	assert_err(repo_move_ref(s->repo, REF, NULL, &s->second, "test"), ERR_ENV, "meanwhile");
	assert_ref(s, &s->first);
}

static void a_ref_is_moved_from_where_it_was(void **state)
{
	struct state *s = *state;

	assert_ok(repo_set_ref(s->repo, REF, &s->first, "test"));
	assert_err(repo_move_ref(s->repo, REF, &s->second, &s->second, "x"), ERR_ENV, "meanwhile");
	assert_ref(s, &s->first);
	assert_ok(repo_move_ref(s->repo, REF, &s->first, &s->second, "test"));
	assert_ref(s, &s->second);
}

static void a_ref_that_went_is_not_made_again(void **state)
{
	struct state *s = *state;

	assert_err(repo_move_ref(s->repo, REF, &s->first, &s->second, "x"), ERR_ENV, "meanwhile");
	assert_ref(s, NULL);
}

static void two_that_write_the_same_agree(void **state)
{
	struct state *s = *state;

	assert_ok(repo_set_ref(s->repo, REF, &s->second, "test"));
	assert_ok(repo_move_ref(s->repo, REF, &s->first, &s->second, "test"));
	assert_ok(repo_move_ref(s->repo, REF, NULL, &s->second, "test"));
	assert_ref(s, &s->second);
}

static void a_locked_ref_stays(void **state)
{
	struct state *s = *state;
	OWNED_STR lock = xasprintf("%s/" REF ".lock", s->folder);

	assert_ok(repo_set_ref(s->repo, REF, &s->first, "test"));
	assert_ok(file_write(lock, "", 0));
	assert_err(repo_move_ref(s->repo, REF, &s->first, &s->second, "x"), ERR_ENV, "lock");
	assert_ok(file_remove(lock));
	assert_ref(s, &s->first);
}

static void no_other_ref_is_written(void **state)
{
	struct state *s = *state;

	assert_err(repo_move_ref(s->repo, "refs/heads/main", NULL, &s->first, "x"), ERR_INPUT,
		   "refs/farrier/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_ref_is_made_where_none_was, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_ref_is_moved_from_where_it_was, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_ref_that_went_is_not_made_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(two_that_write_the_same_agree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_locked_ref_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_other_ref_is_written, set_up, tear_down),
	};
	int failed;

	repo_library_init();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	repo_library_shutdown();
	return failed;
}
