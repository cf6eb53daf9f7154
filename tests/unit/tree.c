// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "tree/tree_apt.h"
#include "core/digest.h"
#include "tree/tree_package.h"
#include "tree/tree_path.h"

static void assert_clean(const char *raw, const char *expected)
{
	STRBUF clean = { 0 };

	assert_ok(tree_path_clean(raw, &clean));
	assert_string_equal(strbuf_str(&clean), expected);
}

static void test_paths_are_cleaned(void **state)
{
	(void)state;
	assert_clean("linux/Makefile", "linux/Makefile");
	assert_clean("./a//b/./c/", "a/b/c");
	assert_clean("./", "");
	assert_clean(".gitignore", ".gitignore");
	assert_clean(".github/x", ".github/x");
	assert_clean("a..b/...", "a..b/...");
	assert_clean("git~2", "git~2");
	assert_clean("e\xcc\x81\xff", "e\xcc\x81\xff");
}

static void test_paths_out_of_the_tree_are_refused(void **state)
{
	STRBUF clean = { 0 };

	(void)state;
	assert_err(tree_path_clean("../x", &clean), ERR_INPUT, "out of the tree");
	assert_err(tree_path_clean("a/../../x", &clean), ERR_INPUT, "out of the tree");
	assert_err(tree_path_clean("a/..", &clean), ERR_INPUT, "out of the tree");
	assert_err(tree_path_clean("/etc/passwd", &clean), ERR_INPUT, "absolute");
}

static void test_gits_own_names_are_refused_on_any_file_system(void **state)
{
	static const char *const names[] = { ".git",	     ".git/config", "a/.git/hooks/x",
					     ".GIT/config",  "git~1/x",	    "GIT~1",
					     ".git./config", ".git /x",	    ".git::$INDEX/x",
					     ".git\\x" };
	STRBUF clean = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_err(tree_path_clean(names[i], &clean), ERR_INPUT, "git's own");
}

static void test_a_path_has_a_limit(void **state)
{
	STRBUF path = { 0 };
	STRBUF clean = { 0 };

	(void)state;
	while (path.len < TREE_PATH_MAX)
		strbuf_adds(&path, "a/");
	strbuf_adds(&path, "name");
	assert_err(tree_path_clean(strbuf_str(&path), &clean), ERR_INPUT, "too long");
}

static void test_quoting_is_gits(void **state)
{
	STRBUF out = { 0 };

	(void)state;
	tree_path_quote(&out, "a b\"c\\d\ne\xc3\xa9");
	assert_string_equal(strbuf_str(&out), "\"a b\\\"c\\\\d\\012e\xc3\xa9\"");
}

static const char targets[] = "stable stable http://vendor/apt/ Vendor\n"
			      "bookworm bookworm http://mirror/debian/ Debian\n"
			      "bookworm-updates bookworm-updates http://mirror/debian/ Debian\n"
			      "bookworm-security bookworm-security http://mirror/sec/ "
			      "Debian-Security\n";

static void assert_mirror(const char *text, const char *suite, const char *expected)
{
	OWNED_STR mirror = tree_apt_mirror(text, suite);

	assert_string_equal(mirror ? mirror : "none", expected);
}

static void test_a_suite_is_looked_for_on_the_mirror_of_its_kind(void **state)
{
	(void)state;
	assert_mirror(targets, "sid", "http://mirror/debian/");
	assert_mirror(targets, "bullseye", "http://mirror/debian/");
	assert_mirror(targets, "bullseye-security", "http://mirror/sec/");
	assert_mirror("bookworm bookworm http://m/ Debian\n", "bullseye-security", "none");
	assert_mirror("cdrom cdrom cdrom:[x]/ Debian\n", "sid", "none");
	assert_mirror("", "sid", "none");
	/* a system that follows names like 'stable-security' */
	assert_mirror("stable-security bookworm-security http://m/ Debian-Security\n",
		      "bullseye-security", "http://m/");
	/* lists that were fetched without a label */
	assert_mirror("testing trixie http://m/\n", "sid", "http://m/");
}

static const char madison[] =
	" linux-source-9 | 9.9.2-1 | http://m/debian-security bookworm-security/main amd64 "
	"Packages\n"
	" linux-source-9 | 9.9.2-1 | http://n/debian-security bookworm-security/main amd64 "
	"Packages\n"
	" linux-source-9 | 9.9.1-1 | http://m/debian bookworm/main amd64 Packages\n"
	"        linux-9 | 9.9.3-1 | http://m/debian bookworm/main Sources\n";

static void test_versions_are_those_of_packages_in_the_suite(void **state)
{
	STRVEC all = { 0 };
	STRVEC some = { 0 };
	STRVEC none = { 0 };

	(void)state;
	tree_apt_versions(madison, "", &all);
	assert_int_equal(all.count, 2);
	assert_string_equal(all.items[0], "9.9.2-1");
	assert_string_equal(all.items[1], "9.9.1-1");
	tree_apt_versions(madison, "bookworm", &some);
	assert_int_equal(some.count, 1);
	assert_string_equal(some.items[0], "9.9.1-1");
	tree_apt_versions(madison, "sid", &none);
	assert_int_equal(none.count, 0);
}

static void test_a_package_is_a_name_with_or_without_version(void **state)
{
	TREE_PACKAGE plain = TREE_PACKAGE_NONE;
	TREE_PACKAGE exact = TREE_PACKAGE_NONE;

	(void)state;
	assert_ok(tree_package_parse("linux-source-6.12", &plain));
	assert_string_equal(plain.name, "linux-source-6.12");
	assert_null(plain.version);
	assert_ok(tree_package_parse("linux-source-6.12=1:6.12.117-1~deb12u1", &exact));
	assert_string_equal(exact.version, "1:6.12.117-1~deb12u1");
	assert_string_equal(exact.label, "linux-source-6.12 1:6.12.117-1~deb12u1");
}

static void test_what_is_no_package_is_refused(void **state)
{
	static const char *const names[] = { "",   "-o",  "../x",  "a b",   "Linux",
					     "a=", "a=-", "a=1 2", "a=$(x)" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		TREE_PACKAGE package = TREE_PACKAGE_NONE;

		assert_err(tree_package_parse(names[i], &package), ERR_INPUT, "is no package");
	}
}

static void test_the_digest_is_sha256(void **state)
{
	DIGEST digest = NULL;
	OWNED_STR text = NULL;

	(void)state;
	assert_ok(digest_new(&digest));
	/* FIPS 180-2, B.1 */
	digest_add(digest, "a", 1);
	digest_add(digest, "bc", 2);
	assert_ok(digest_finish(digest, &text));
	assert_string_equal(text, "sha256:ba7816bf8f01cfea414140de5dae2223"
				  "b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_are_cleaned),
		cmocka_unit_test(test_paths_out_of_the_tree_are_refused),
		cmocka_unit_test(test_gits_own_names_are_refused_on_any_file_system),
		cmocka_unit_test(test_a_path_has_a_limit),
		cmocka_unit_test(test_quoting_is_gits),
		cmocka_unit_test(test_a_suite_is_looked_for_on_the_mirror_of_its_kind),
		cmocka_unit_test(test_versions_are_those_of_packages_in_the_suite),
		cmocka_unit_test(test_a_package_is_a_name_with_or_without_version),
		cmocka_unit_test(test_what_is_no_package_is_refused),
		cmocka_unit_test(test_the_digest_is_sha256),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
