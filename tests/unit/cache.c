// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/cache_part.h"
#include "unit.h"

#define DAY (24 * 3600)

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

static char *put(const char *cache, const char *path)
{
	char *full = xasprintf("%s/%s", cache, path);

	assert_ok(file_write(full, "content", 7));
	return full;
}

/* ---- kept.h ---- */

static void test_a_thing_that_is_held_cannot_be_claimed(void **state)
{
	const char *cache = *state;
	OWNED_STR file = put(cache, "build/key/image");
	OWNED_STR folder = xasprintf("%s/build/key", cache);
	KEPT_LIST list = { 0 };
	struct kept *kept = kept_add(&list, "key", "build/key");
	struct kept_hold *one = NULL, *other = NULL;
	int fd;

	assert_true(kept_take_hold(folder, &one));
	assert_true(kept_take_hold(folder, &other));
	assert_int_equal(cache_claim(cache, kept, true, &fd), CACHE_IN_USE);
	kept_let_go(&one);
	assert_int_equal(cache_claim(cache, kept, true, &fd), CACHE_IN_USE);
	kept_let_go(&other);
	assert_int_equal(cache_claim(cache, kept, true, &fd), CACHE_FREE);
	assert_true(fd >= 0);
	close(fd);
}

static void test_a_hold_goes_along_with_a_rename(void **state)
{
	const char *cache = *state;
	OWNED_STR file = put(cache, "parcel/image");
	OWNED_STR parcel = xasprintf("%s/parcel", cache);
	OWNED_STR folder = xasprintf("%s/final", cache);
	KEPT_LIST list = { 0 };
	struct kept *kept = kept_add(&list, "final", "final");
	struct kept_hold *hold = NULL;
	int fd;

	assert_true(kept_take_hold(parcel, &hold));
	assert_int_equal(rename(parcel, folder), 0);
	assert_int_equal(cache_claim(cache, kept, true, &fd), CACHE_IN_USE);
	kept_let_go(&hold);
}

static void test_nothing_is_not_held(void **state)
{
	OWNED_STR file = put(*state, "there/file");
	OWNED_STR none = xasprintf("%s/none", (char *)*state);
	OWNED_STR link = xasprintf("%s/link", (char *)*state);
	struct kept_hold *hold = NULL;

	assert_int_equal(symlink("there", link), 0);
	assert_false(kept_take_hold(none, &hold));
	assert_false(kept_take_hold(link, &hold));
	assert_null(hold);
}

static void test_a_hold_is_a_use(void **state)
{
	OWNED_STR file = put(*state, "build/key/image");
	OWNED_STR folder = xasprintf("%s/build/key", (char *)*state);
	const struct timespec old[] = { { 1000, 0 }, { 1000, 0 } };
	struct kept_hold *hold = NULL;
	struct stat info;

	assert_int_equal(utimensat(AT_FDCWD, folder, old, 0), 0);
	assert_true(kept_take_hold(folder, &hold));
	assert_int_equal(stat(folder, &info), 0);
	assert_true(info.st_mtime > time(NULL) - DAY);
	kept_let_go(&hold);
}

static void test_names_behind_a_link_are_none(void **state)
{
	OWNED_STR file = put(*state, "real/sub/file");
	OWNED_STR link = xasprintf("%s/link", (char *)*state);
	OWNED_STR inner = xasprintf("%s/real/inner", (char *)*state);
	STRVEC names = { 0 };

	assert_int_equal(symlink("real", link), 0);
	assert_int_equal(symlink("sub", inner), 0);
	assert_ok(kept_names(*state, "link", &names));
	assert_ok(kept_names(*state, "link/sub", &names));
	assert_ok(kept_names(*state, "real/inner", &names));
	assert_ok(kept_names(*state, "none", &names));
	assert_int_equal(names.count, 0);
	assert_ok(kept_names(*state, "real/sub", &names));
	assert_int_equal(names.count, 1);
}

/* ---- measuring ---- */

static void test_a_file_with_two_names_counts_once(void **state)
{
	const char *cache = *state;
	OWNED_STR file = put(cache, "a/file");
	OWNED_STR folder = xasprintf("%s/b", cache);
	OWNED_STR other = xasprintf("%s/b/same", cache);
	CACHE_SEEN seen = { 0 };
	struct cache_size one = { 0 }, two = { 0 }, empty = { 0 };
	CACHE_SEEN none = { 0 };

	assert_ok(file_mkdirs(folder));
	assert_ok(cache_measure(cache, "b", NULL, &none, &empty));
	assert_int_equal(link(file, other), 0);
	assert_ok(cache_measure(cache, "a", NULL, &seen, &one));
	assert_ok(cache_measure(cache, "b", NULL, &seen, &two));
	assert_int_equal(one.files, 1);
	assert_true(one.bytes > empty.bytes);
	assert_int_equal(two.files, 0);
	assert_int_equal(two.bytes, empty.bytes);
}

static void test_a_sparse_file_counts_what_it_takes(void **state)
{
	OWNED_STR file = put(*state, "a/file");
	CACHE_SEEN seen = { 0 };
	struct cache_size size = { 0 };

	assert_int_equal(truncate(file, (off_t)1 << 40), 0);
	assert_ok(cache_measure(*state, "a", NULL, &seen, &size));
	assert_true(size.bytes < 1 << 20);
}

static void test_what_is_left_out_is_not_measured(void **state)
{
	OWNED_STR one = put(*state, "a/b/file");
	OWNED_STR other = put(*state, "a/c/file");
	CACHE_SEEN seen = { 0 };
	STRVEC skip = { 0 };
	struct cache_size size = { 0 };

	strvec_push(&skip, "a/b");
	strvec_push(&skip, "b");
	assert_ok(cache_measure(*state, "", &skip, &seen, &size));
	assert_int_equal(size.files, 1);
}

/* ---- choosing ---- */

static const struct kept_kind some_kind = { .name = "some" };
static const struct kept_kind staying_kind = { .name = "staying", .stays = true };
static const struct kept_kind fetched_kind = { .name = "fetched", .is_fetched = true };

static struct cache_entry *add(struct cache *cache, const char *path, double seconds,
			       uint64_t bytes, int days)
{
	KEPT_LIST list = { 0 };
	struct cache_entry *entry;

	cache->now = 1700000000;
	cache->entries = xreallocarray(cache->entries, cache->count + 1, sizeof(*entry));
	entry = &cache->entries[cache->count++];
	*entry = (struct cache_entry){ .kind = &some_kind,
				       .kept = *kept_add(&list, path, path),
				       .seconds = seconds,
				       .bytes = bytes,
				       .used = cache->now - days * DAY };
	list.count = 0;
	cache->total += bytes;
	return entry;
}

/* The paths of what goes, in its order. */
static char *choice(struct cache *cache, const struct cache_wish *wish)
{
	STRBUF text = { 0 };

	cache_choose(cache, wish);
	for (size_t i = 0; i < cache->count; i++)
		if (cache->entries[i].reason != CACHE_STAYS)
			strbuf_addf(&text, "%s%s", text.len ? " " : "",
				    cache->entries[i].kept.name);
	return xstrdup(strbuf_str(&text));
}

#define MB ((uint64_t)1000000)

static void test_no_more_goes_than_has_to(void **state)
{
	CACHE cache = { 0 };
	OWNED_STR goes = NULL;

	(void)state;
	add(&cache, "dear", 100, 10 * MB, 1);
	add(&cache, "cheap", 1, 10 * MB, 1);
	add(&cache, "old", 100, 10 * MB, 50);
	goes = choice(&cache, &(struct cache_wish){ .limit = 15 * MB });
	assert_string_equal(goes, "cheap old");
	assert_int_equal(cache_going(&cache), 20 * MB);
}

static void test_a_parent_is_worth_what_its_children_are(void **state)
{
	CACHE cache = { 0 };
	OWNED_STR goes = NULL;

	(void)state;
	add(&cache, "src/a", 10, 100 * MB, 1);
	add(&cache, "obj/a/x", 10000, 10 * MB, 1)->kept.needs = xstrdup("src/a");
	add(&cache, "src/b", 20, 100 * MB, 1);
	add(&cache, "obj/b/x", 20, 10 * MB, 1)->kept.needs = xstrdup("src/b");
	goes = choice(&cache, &(struct cache_wish){ .limit = 210 * MB });
	assert_string_equal(goes, "src/b obj/b/x");
}

static void test_a_parent_takes_its_children_along(void **state)
{
	CACHE cache = { 0 };
	OWNED_STR goes = NULL;

	(void)state;
	add(&cache, "src/a", 0, 100 * MB, 9);
	add(&cache, "obj/a/x", 1e6, 10 * MB, 9)->kept.needs = xstrdup("src/a");
	add(&cache, "other", 1, 100 * MB, 9);
	cache.entries[0].kind = &fetched_kind;
	goes = choice(&cache, &(struct cache_wish){ .limit = 0, .all_of = &fetched_kind });
	assert_string_equal(goes, "src/a obj/a/x");
}

static void test_a_child_in_use_keeps_its_parent(void **state)
{
	CACHE cache = { 0 };
	OWNED_STR goes = NULL;

	(void)state;
	add(&cache, "src/a", 1, 100 * MB, 9);
	add(&cache, "obj/a/x", 1, 10 * MB, 9)->kept.needs = xstrdup("src/a");
	cache.entries[1].busy = true;
	goes = choice(&cache, &(struct cache_wish){ .limit = 1 });
	assert_string_equal(goes, "");
}

static void test_a_child_without_its_parent_is_worth_nothing(void **state)
{
	CACHE cache = { 0 };
	OWNED_STR goes = NULL;

	(void)state;
	add(&cache, "cheap", 1, 10 * MB, 9);
	add(&cache, "obj/a/x", 1e6, 10 * MB, 1)->kept.needs = xstrdup("src/a");
	goes = choice(&cache, &(struct cache_wish){ .limit = 10 * MB });
	assert_string_equal(goes, "obj/a/x");
}

static void test_what_is_needed_goes_last_and_what_stays_never(void **state)
{
	CACHE cache = { 0 };
	OWNED_STR goes = NULL;

	(void)state;
	add(&cache, "needed", 1, 10 * MB, 90)->needed = true;
	add(&cache, "stays", 0, 10 * MB, 90)->kind = &staying_kind;
	add(&cache, "busy", 0, 10 * MB, 90)->busy = true;
	add(&cache, "dear", 1000, 10 * MB, 1);
	goes = choice(&cache, &(struct cache_wish){ .limit = 1, .older_than = 10 });
	assert_string_equal(goes, "dear needed");
}

static void test_a_fetch_costs_what_the_network_takes(void **state)
{
	CACHE cache = { 0 };
	OWNED_STR goes = NULL;

	(void)state;
	add(&cache, "slower", 8, 10 * MB, 1);
	add(&cache, "fetched", 0, 10 * MB, 1)->kind = &fetched_kind;
	add(&cache, "faster", 2, 10 * MB, 1);
	goes = choice(&cache, &(struct cache_wish){ .limit = 1 });
	assert_string_equal(goes, "faster fetched slower");
}

static void test_a_time_in_the_future_is_now(void **state)
{
	CACHE cache = { 0 };
	OWNED_STR goes = NULL;

	(void)state;
	add(&cache, "future", 1, 10 * MB, -5000);
	add(&cache, "today", 2, 10 * MB, 0);
	goes = choice(&cache, &(struct cache_wish){ .limit = 10 * MB });
	assert_string_equal(goes, "future");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_thing_that_is_held_cannot_be_claimed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_hold_goes_along_with_a_rename, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_nothing_is_not_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_hold_is_a_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_behind_a_link_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_with_two_names_counts_once, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_sparse_file_counts_what_it_takes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_what_is_left_out_is_not_measured, setup,
						teardown),
		cmocka_unit_test(test_no_more_goes_than_has_to),
		cmocka_unit_test(test_a_parent_is_worth_what_its_children_are),
		cmocka_unit_test(test_a_parent_takes_its_children_along),
		cmocka_unit_test(test_a_child_in_use_keeps_its_parent),
		cmocka_unit_test(test_a_child_without_its_parent_is_worth_nothing),
		cmocka_unit_test(test_what_is_needed_goes_last_and_what_stays_never),
		cmocka_unit_test(test_a_fetch_costs_what_the_network_takes),
		cmocka_unit_test(test_a_time_in_the_future_is_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
