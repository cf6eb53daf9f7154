// SPDX-License-Identifier: GPL-2.0
/* A handle that writes quickly reads what it did before, and writes nothing twice. */
#include <sys/stat.h>

#include "core/repo_write.h"
#include "unit_repo.h"

#define TEXT "some text\n"

struct state {
	char *folder;
	git_repository *quick;
	git_repository *other; /* the same repository, as somebody else has it open */
};

static int set_up(void **state)
{
	struct state *s = xcalloc(1, sizeof(*s));

	s->folder = unit_make_folder();
	assert_ok(repo_open(s->folder, true, &s->quick));
	assert_ok(repo_write_quickly(s->quick));
	assert_ok(repo_open(s->folder, false, &s->other));
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct state *s = *state;

	git_repository_free(s->quick);
	git_repository_free(s->other);
	unit_remove_folder(s->folder);
	free(s);
	return 0;
}

static git_oid write_text(git_repository *repo, const char *text)
{
	git_oid id;

	assert_int_equal(git_blob_create_from_buffer(&id, repo, text, strlen(text)), 0);
	return id;
}

static void assert_text(git_repository *repo, const git_oid *id, const char *text)
{
	GIT_BLOB blob = NULL;

	assert_int_equal(git_blob_lookup(&blob, repo, id), 0);
	assert_int_equal(git_blob_rawsize(blob), strlen(text));
	assert_memory_equal(git_blob_rawcontent(blob), text, strlen(text));
}

static char *object_path(const struct state *s, const git_oid *id)
{
	const char *hex = git_oid_tostr_s(id);

	return xasprintf("%s/objects/%.2s/%s", s->folder, hex, hex + 2);
}

static void what_is_written_is_a_loose_object(void **state)
{
	struct state *s = *state;
	git_oid id = write_text(s->quick, TEXT);
	OWNED_STR path = object_path(s, &id);

	assert_true(file_exists(path));
	assert_text(s->other, &id, TEXT);
	assert_text(s->quick, &id, TEXT);
}

/* More, and larger, than it remembers. */
static void all_that_was_written_is_read(void **state)
{
	struct state *s = *state;
	STRBUF large = { 0 };
	git_oid ids[100], id;

	for (int i = 0; i < 30000; i++)
		strbuf_addf(&large, "line %d\n", i);
	id = write_text(s->quick, large.buf);
	assert_text(s->quick, &id, large.buf);
	for (int i = 0; i < 100; i++) {
		OWNED_STR text = xasprintf("text %d\n", i);

		ids[i] = write_text(s->quick, text);
	}
	for (int i = 0; i < 100; i++) {
		OWNED_STR text = xasprintf("text %d\n", i);

		assert_text(s->quick, &ids[i], text);
		assert_text(s->other, &ids[i], text);
	}
}

/* Packs all of the repository, as 'git gc' does beside a run. */
static void pack(const struct state *s, const git_oid *id)
{
	OWNED_STR folder = xasprintf("%s/objects/pack", s->folder);
	OWNED_STR loose = object_path(s, id);
	git_packbuilder *builder = NULL;

	assert_int_equal(git_packbuilder_new(&builder, s->other), 0);
	assert_int_equal(git_packbuilder_insert(builder, id, NULL), 0);
	assert_int_equal(git_packbuilder_write(builder, folder, 0, NULL, NULL), 0);
	git_packbuilder_free(builder);
	assert_ok(file_remove(loose));
}

static void what_somebody_packed_meanwhile_is_read(void **state)
{
	struct state *s = *state;
	git_oid id = write_text(s->other, TEXT);

	pack(s, &id);
	assert_text(s->quick, &id, TEXT);
}

static void what_is_in_a_pack_is_not_written_again(void **state)
{
	struct state *s = *state;
	git_oid id = write_text(s->other, TEXT), again;
	OWNED_STR path = object_path(s, &id);

	pack(s, &id);
	assert_text(s->quick, &id, TEXT);
	again = write_text(s->quick, TEXT);
	assert_true(git_oid_equal(&id, &again));
	assert_false(file_exists(path));
}

static void what_is_loose_is_not_written_again(void **state)
{
	struct state *s = *state;
	git_oid id = write_text(s->other, TEXT);
	OWNED_STR path = object_path(s, &id);
	struct stat before, after;

	assert_int_equal(stat(path, &before), 0);
	write_text(s->quick, TEXT);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void what_is_nowhere_is_missing(void **state)
{
	struct state *s = *state;
	GIT_BLOB blob = NULL;
	git_oid id;

	assert_int_equal(git_oid_fromstr(&id, "1234567890123456789012345678901234567890"), 0);
	assert_int_equal(git_blob_lookup(&blob, s->quick, &id), GIT_ENOTFOUND);
}

static void an_abbreviated_id_is_found(void **state)
{
	struct state *s = *state;
	git_oid id = write_text(s->quick, TEXT);
	GIT_BLOB blob = NULL;

	assert_int_equal(git_blob_lookup_prefix(&blob, s->quick, &id, 10), 0);
	assert_true(git_oid_equal(git_blob_id(blob), &id));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_a_loose_object),
		TEST(all_that_was_written_is_read),
		TEST(what_somebody_packed_meanwhile_is_read),
		TEST(what_is_in_a_pack_is_not_written_again),
		TEST(what_is_loose_is_not_written_again),
		TEST(what_is_nowhere_is_missing),
		TEST(an_abbreviated_id_is_found),
	};

	return cmocka_run_group_tests(tests, unit_begin_repo, unit_end_repo);
}
