// SPDX-License-Identifier: GPL-2.0
/* A folder series/NAME becomes a struct series, or an error that names what is wrong. */
#include "record/series.h"
#include "unit.h"

static const char conf[] = "[series]\n"
			   "\ttitle = f: mend it\n"
			   "\tbase = mainline\n"
			   "\tversion = 2\n"
			   "\tbased-on = <1@example.org>\n"
			   "\tcmdline = f=on\n"
			   "\tcounter = rescued:RIP\n"
			   "\tcounter = rescued:RIF, lost:LOE\n"
			   "\tprerequisite = other\n"
			   "\tskip = linux-5.10.y 2: not there yet: see f.c\n";

#define MAIL                            \
	"From: A <a@example.org>\n"     \
	"Subject: [PATCH] f: mend it\n" \
	"\n"                            \
	"Why.\n"                        \
	"\n"                            \
	"Signed-off-by: A <a@x.org>\n"  \
	"---\n"                         \
	"diff --git a/f b/f\n"          \
	"--- a/f\n"                     \
	"+++ b/f\n"                     \
	"@@ -1 +1 @@\n"                 \
	"-a\n"                          \
	"+b\n"

/* A workspace whose root is a temporary folder with the series "x". */
static int setup(void **state)
{
	struct workspace *workspace = xcalloc(1, sizeof(*workspace));

	repo_library_init();
	workspace->root = unit_make_folder();
	*state = workspace;
	return 0;
}

static int teardown(void **state)
{
	struct workspace *workspace = *state;

	unit_remove_folder(TAKE_PTR(workspace->root));
	workspace_release(workspace);
	free(workspace);
	repo_library_shutdown();
	return 0;
}

static void put(const struct workspace *workspace, const char *file, const char *content)
{
	OWNED_STR path = workspace_path(workspace, "series/x/%s", file);

	assert_ok(file_write(path, content, strlen(content)));
}

static void put_series(const struct workspace *workspace)
{
	put(workspace, "series.conf", conf);
	put(workspace, "0000-cover-letter.patch", "From: a\nSubject: [PATCH 0/2] x\n\nx\n");
	put(workspace, "0001-one.patch", MAIL);
	put(workspace, "0002-two.patch", MAIL);
}

static void test_what_the_conf_says_is_read(void **state)
{
	SERIES series = { 0 };

	put_series(*state);
	assert_ok(series_open(*state, "x", &series));
	assert_string_equal(series.title, "f: mend it");
	assert_string_equal(series.base, "mainline");
	assert_string_equal(series.cmdline, "f=on");
	assert_string_equal(series.based_on, "1@example.org");
	assert_int_equal(series.version, 2);
	assert_int_equal(series.counter_count, 3);
	assert_string_equal(series.counters[1].name, "rescued");
	assert_string_equal(series.counters[1].row, "RIF");
	assert_string_equal(series.counters[2].name, "lost");
	assert_string_equal(series.prerequisites.items[0], "other");
}

static void test_what_the_conf_leaves_out_has_a_default(void **state)
{
	SERIES series = { 0 };

	put_series(*state);
	put(*state, "series.conf", "[series]\n\ttitle = t\n");
	assert_ok(series_open(*state, "x", &series));
	assert_string_equal(series.status, "local");
	assert_string_equal(series.role, "fix");
	assert_string_equal(series.base, "");
	assert_string_equal(series.cmdline, "");
	assert_int_equal(series.version, 1);
	assert_int_equal(series.counter_count, 0);
}

static void test_a_skip_is_for_its_branch_and_patch(void **state)
{
	SERIES series = { 0 };

	put_series(*state);
	assert_ok(series_open(*state, "x", &series));
	assert_string_equal(series_skip_reason(&series, "linux-5.10.y", 2),
			    "not there yet: see f.c");
	assert_null(series_skip_reason(&series, "linux-5.10.y", 1));
	assert_null(series_skip_reason(&series, "linux-6.1.y", 2));
}

static void test_a_series_is_for_every_architecture_or_those_it_names(void **state)
{
	SERIES any = { 0 };
	SERIES two = { 0 };

	put_series(*state);
	assert_ok(series_open(*state, "x", &any));
	assert_true(series_is_for(&any, "one") && series_is_for(&any, ""));
	put(*state, "series.conf", "[series]\n\ttitle = t\n\tarch = one\n\tarch = two\n");
	assert_ok(series_open(*state, "x", &two));
	assert_true(series_is_for(&two, "one") && series_is_for(&two, "two"));
	assert_false(series_is_for(&two, "three"));
	assert_false(series_is_for(&two, ""));
}

static void refuse_conf(void **state, const char *content, const char *why)
{
	SERIES series = { 0 };

	put_series(*state);
	put(*state, "series.conf", content);
	assert_err(series_open(*state, "x", &series), ERR_INPUT, why);
}

static void test_a_wrong_conf_is_refused(void **state)
{
	refuse_conf(state, "[series]\n", "'series.title' is missing");
	refuse_conf(state, "[series]\n\ttitle = t\n\tstate = local\n",
		    "unknown key 'series.state'");
	refuse_conf(state, "[series]\n\ttitle = t\n\tstatus = done\n",
		    "not one of: local, posted, upstream");
	refuse_conf(state, "[series]\n\ttitle = t\n\trole = x\n", "not one of: fix, model");
	refuse_conf(state, "[series]\n\ttitle = t\n\tversion = 0\n", "'series.version'");
	refuse_conf(state, "[series]\n\ttitle = t\n\tcounter = RIF\n", "is not NAME:ROW");
	refuse_conf(state, "[series]\n\ttitle = t\n\tskip = b 1\n", "is not BRANCH NUMBER: REASON");
	refuse_conf(state, "[series]\n\ttitle = t\n\tskip = b: 1\n", "is not BRANCH NUMBER");
	refuse_conf(state, "[series]\n\ttitle = t\n\tskip = b 3: x\n", "but there are 2");
	refuse_conf(state, "[series\n", "series.conf");
}

static void test_the_patches_are_read_in_order(void **state)
{
	SERIES series = { 0 };

	put_series(*state);
	assert_ok(series_read(*state, "x", &series));
	assert_int_equal(series.patch_count, 2);
	assert_int_equal(series.patches[1].number, 2);
	assert_string_equal(series.patches[0].subject, "f: mend it");
	assert_string_equal(series.files.items[1], "0002-two.patch");
	assert_string_equal(series.cover, "0000-cover-letter.patch");
	assert_true(series_is_signed_off(&series.patches[0]));
}

static void test_a_quoted_signature_is_no_sign_off(void **state)
{
	CLEANUP(patch_release) struct patch patch = { 0 };

	(void)state;
	patch.message = xstrdup("f: mend it\n\nSigned-off-by: nobody\nsaid so.\n\nReally.\n");
	assert_false(series_is_signed_off(&patch));
}

static void refuse_files(void **state, const char *extra, const char *gone, const char *why)
{
	const struct workspace *workspace = *state;
	OWNED_STR folder = workspace_path(workspace, "series/x");
	OWNED_STR path = workspace_path(workspace, "series/x/%s", gone);
	SERIES series = { 0 };

	assert_ok(file_remove(folder));
	put_series(workspace);
	assert_ok(file_remove(path));
	if (*extra)
		put(workspace, extra, MAIL);
	assert_err(series_open(workspace, "x", &series), ERR_INPUT, why);
}

static void test_numbers_have_no_gap_and_no_double(void **state)
{
	refuse_files(state, "", "0001-one.patch", "has no patch 1, but a patch 2");
	refuse_files(state, "0004-four.patch", "-", "has no patch 3, but a patch 4");
	refuse_files(state, "0002-zwei.patch", "-", "two patches 2: '0002-two.patch'");
	refuse_files(state, "fix.patch", "-", "fix.patch' has no number");
}

static void test_a_patch_without_a_diff_is_refused(void **state)
{
	SERIES series = { 0 };

	put_series(*state);
	put(*state, "0002-two.patch", "From: a@b\nSubject: [PATCH 2/2] x\n\nx\n");
	assert_err(series_read(*state, "x", &series), ERR_INPUT, "0002-two.patch' has no diff");
}

static void test_only_folders_with_a_conf_are_series(void **state)
{
	const struct workspace *workspace = *state;
	OWNED_STR other = workspace_path(workspace, "series/.import/series.conf");
	OWNED_STR notes = workspace_path(workspace, "series/notes/README");
	SERIES series = { 0 };
	STRVEC names = { 0 };

	put_series(workspace);
	assert_ok(file_write(other, conf, strlen(conf)));
	assert_ok(file_write(notes, "x", 1));
	assert_ok(series_list(workspace, &names));
	assert_int_equal(names.count, 1);
	assert_string_equal(names.items[0], "x");
	assert_err(series_open(workspace, "y", &series), ERR_INPUT, "no series 'y'");
	assert_err(series_open(workspace, "../series/x", &series), ERR_INPUT, "no series '../");
}

static void test_a_recorded_port_is_found_by_number(void **state)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	SERIES series = { 0 };
	bool found = true;

	put_series(*state);
	put(*state, "ports/linux-5.10.y/0002-adapted.patch", MAIL);
	assert_ok(series_open(*state, "x", &series));
	assert_ok(series_recorded_port(&series, "linux-5.10.y", 1, &patch, &found));
	assert_false(found);
	assert_ok(series_recorded_port(&series, "../ports/linux-5.10.y", 2, &patch, &found));
	assert_false(found);
	assert_ok(series_recorded_port(&series, "linux-5.10.y", 2, &patch, &found));
	assert_true(found);
	assert_int_equal(patch.number, 2);
}

static void test_two_recorded_ports_of_one_patch_are_refused(void **state)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	SERIES series = { 0 };
	bool found;

	put_series(*state);
	put(*state, "ports/b/0002-a.patch", MAIL);
	put(*state, "ports/b/0002-b.patch", MAIL);
	assert_ok(series_open(*state, "x", &series));
	assert_err(series_recorded_port(&series, "b", 2, &patch, &found), ERR_INPUT,
		   "two ports of patch 2: '0002-a.patch' and '0002-b.patch'");
}

static void test_names_are_safe_as_folders_and_refs(void **state)
{
	static const char *const good[] = { "a", "ev7-ipi", "a.b_c-1", "9p" };
	static const char *const bad[] = { "",	 ".",	"..",  "-a",	 ".a",	     "a/b", "a..b",
					   "a.", "a b", "a\n", "a.lock", "\xc3\xa4", "a:b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(series_name_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(series_name_is_valid(bad[i]));
}

static void expect_name(const char *title, const char *expected)
{
	OWNED_STR name = series_name_of(title);

	assert_string_equal(name, expected);
	assert_true(series_name_is_valid(name));
}

static void test_a_title_makes_a_valid_name(void **state)
{
	(void)state;
	expect_name("mm: Fix a race", "mm-fix-a-race");
	expect_name("../../etc", "etc");
	expect_name("--", "series");
	expect_name("", "series");
	expect_name("fix v1.2 of x.lock", "fix-v1-2-of-x-lock");
	expect_name("\xe4\xbd\xa0", "series");
	expect_name("a very long title that goes on and on and on, until nobody knows why",
		    "a-very-long-title-that-goes-on-and-on-and-on-until-nobody-knows");
}

static void expect_file(const char *subject, const char *expected)
{
	OWNED_STR name = series_file_name(2, subject);

	assert_string_equal(name, expected);
}

static void test_files_are_called_as_format_patch_calls_them(void **state)
{
	(void)state;
	expect_file("mm: Fix a_race in v1.2...3.", "0002-mm-Fix-a_race-in-v1.2.3.patch");
	expect_file("a .. b", "0002-a-.-b.patch");
	expect_file("../../x", "0002-.-.-x.patch");
	expect_file("\xe4\xbd\xa0", "0002-patch.patch");
	expect_file("smp: Serialize all the synchronous IPI operations to fix a deadlock",
		    "0002-smp-Serialize-all-the-synchronous-IPI-operations-to-.patch");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_what_the_conf_says_is_read),
		TEST(test_what_the_conf_leaves_out_has_a_default),
		TEST(test_a_skip_is_for_its_branch_and_patch),
		TEST(test_a_series_is_for_every_architecture_or_those_it_names),
		TEST(test_a_wrong_conf_is_refused),
		TEST(test_the_patches_are_read_in_order),
		TEST(test_a_quoted_signature_is_no_sign_off),
		TEST(test_numbers_have_no_gap_and_no_double),
		TEST(test_a_patch_without_a_diff_is_refused),
		TEST(test_only_folders_with_a_conf_are_series),
		TEST(test_a_recorded_port_is_found_by_number),
		TEST(test_two_recorded_ports_of_one_patch_are_refused),
		TEST(test_names_are_safe_as_folders_and_refs),
		TEST(test_a_title_makes_a_valid_name),
		TEST(test_files_are_called_as_format_patch_calls_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
