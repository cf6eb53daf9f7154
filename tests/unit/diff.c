// SPDX-License-Identifier: GPL-2.0
/* A diff is read as it is meant, or refused with the line that is wrong. */
#include "record/diff.h"
#include "unit.h"

static void parse(const char *text, struct diff *diff)
{
	assert_ok(diff_parse(text, strlen(text), "mail", 1, diff));
}

/* The text is refused, and the refusal has `part` in it. */
static void refused(const char *text, const char *part)
{
	DIFF diff = { 0 };

	assert_err(diff_parse(text, strlen(text), "mail", 1, &diff), ERR_INPUT, part);
}

static void assert_lines(const struct lines *lines, const char *expected)
{
	STRBUF text = { 0 };

	lines_join(lines->at, lines->count, &text);
	assert_string_equal(strbuf_str(&text), expected);
}

static void a_change_has_paths_ids_modes_and_hunks(void **state)
{
	DIFF diff = { 0 };
	const struct diff_file *file;

	(void)state;
	parse("words\n---\n f | 2 +-\n\ndiff --git a/dir/f b/dir/f\nold mode 100644\n"
	      "new mode 100755\nindex 123abc..456def\n--- a/dir/f\n+++ b/dir/f\n"
	      "@@ -3,3 +3,4 @@ int main(void)\n a\n-b\n+B\n+BB\n c\n@@ -20 +21 @@\n-x\n+y\n-- "
	      "\n2.39\n",
	      &diff);
	assert_int_equal(diff.file_count, 1);
	file = &diff.files[0];
	assert_int_equal(file->change, DIFF_MODIFY);
	assert_string_equal(file->old_path, "dir/f");
	assert_string_equal(file->new_path, "dir/f");
	assert_string_equal(file->old_id, "123abc");
	assert_string_equal(file->new_id, "456def");
	assert_int_equal(file->old_mode, 0100644);
	assert_int_equal(file->new_mode, 0100755);
	assert_int_equal(file->hunk_count, 2);
	assert_int_equal(file->hunks[0].line, 11);
	assert_int_equal(file->hunks[0].old_start, 3);
	assert_int_equal(file->hunks[0].leading, 1);
	assert_int_equal(file->hunks[0].trailing, 1);
	assert_lines(&file->hunks[0].before, "a\nb\nc\n");
	assert_lines(&file->hunks[0].after, "a\nB\nBB\nc\n");
	assert_memory_equal(file->hunks[0].heading, "int main(void)", 14);
	assert_int_equal(file->hunks[1].old_start, 20);
	assert_int_equal(file->hunks[1].leading, 0);
}

static void one_path(const char *header, const char *expected)
{
	OWNED_STR text = xasprintf("%s@@ -1 +1 @@\n-a\n+b\n", header);
	DIFF diff = { 0 };

	parse(text, &diff);
	assert_int_equal(diff.file_count, 1);
	assert_string_equal(diff.files[0].old_path, expected);
	assert_string_equal(diff.files[0].new_path, expected);
}

static void every_prefix_is_understood(void **state)
{
	(void)state;
	one_path("diff --git a/x/f b/x/f\n--- a/x/f\n+++ b/x/f\n", "x/f");
	one_path("diff --git ./x/f ./x/f\n--- ./x/f\n+++ ./x/f\n", "x/f");
	one_path("diff --git x/f x/f\n--- x/f\n+++ x/f\n", "x/f");
	one_path("diff --git i/x/f w/x/f\n--- i/x/f\n+++ w/x/f\n", "x/f");
	one_path("diff --git a/f g b/f g\n--- a/f g\t\n+++ b/f g\t\n", "f g");
	one_path("diff --git \"a/\\303\\244\\\"\" \"b/\\303\\244\\\"\"\n--- \"a/\\303\\244\\\"\"\n"
		 "+++ \"b/\\303\\244\\\"\"\n",
		 "\303\244\"");
	one_path("--- linux-6.1.orig/x/f\t2024-01-01 00:00:00\n+++ linux-6.1/x/f\t2024-01-02\n",
		 "x/f");
	one_path("--- a/x/f\n+++ b/x/f\n", "x/f");
	one_path("--- x/f\n+++ x/f\n", "x/f");
}

static void files_come_and_go(void **state)
{
	DIFF diff = { 0 };

	(void)state;
	parse("diff --git a/new b/new\nnew file mode 100755\nindex 000..123\n--- /dev/null\n"
	      "+++ b/new\n@@ -0,0 +1 @@\n+x\n"
	      "diff --git a/old b/old\ndeleted file mode 100644\nindex 123..000\n--- a/old\n"
	      "+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
	      "diff --git a/empty b/empty\nnew file mode 100644\nindex 000..e69de29\n"
	      "diff --git a/from b/to\nsimilarity index 100%\nrename from from\nrename to to\n"
	      "diff --git a/src b/dst\nsimilarity index 90%\ncopy from src\ncopy to dst\n"
	      "--- a/src\n+++ b/dst\n@@ -1 +1 @@\n-a\n+b\n"
	      "--- /dev/null\n+++ b/plain\n@@ -0,0 +1 @@\n+x\n",
	      &diff);
	assert_int_equal(diff.file_count, 6);
	assert_int_equal(diff.files[0].change, DIFF_ADD);
	assert_int_equal(diff.files[0].new_mode, 0100755);
	assert_int_equal(diff.files[1].change, DIFF_DELETE);
	assert_int_equal(diff.files[2].change, DIFF_ADD);
	assert_string_equal(diff.files[2].new_path, "empty");
	assert_int_equal(diff.files[3].change, DIFF_RENAME);
	assert_string_equal(diff.files[3].old_path, "from");
	assert_string_equal(diff.files[3].new_path, "to");
	assert_int_equal(diff.files[4].change, DIFF_COPY);
	assert_int_equal(diff.files[4].hunk_count, 1);
	assert_int_equal(diff.files[5].change, DIFF_ADD);
	assert_string_equal(diff.files[5].new_path, "plain");
}

static void a_missing_newline_is_kept(void **state)
{
	DIFF diff = { 0 };

	(void)state;
	parse("--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n",
	      &diff);
	assert_lines(&diff.files[0].hunks[0].before, "a\nb");
	assert_lines(&diff.files[0].hunks[0].after, "a\nb\n");
}

static void carriage_returns_are_content(void **state)
{
	DIFF diff = { 0 };

	(void)state;
	parse("--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n", &diff);
	assert_lines(&diff.files[0].hunks[0].after, "a\r\nc\r\n");
}

static void a_binary_patch_is_recognised(void **state)
{
	DIFF diff = { 0 };

	(void)state;
	parse("diff --git a/f b/f\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZ\n\n"
	      "diff --git a/g b/g\nindex 1..2 100644\nBinary files a/g and b/g differ\n",
	      &diff);
	assert_true(diff.files[0].binary);
	assert_true(diff.files[1].binary);
}

static void words_are_no_diff(void **state)
{
	DIFF diff = { 0 };

	(void)state;
	parse("hello\n--- \nnothing here\n-- \n", &diff);
	assert_int_equal(diff.file_count, 0);
}

static void refused_path(const char *path)
{
	OWNED_STR plain = xasprintf("--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-a\n+b\n", path, path);
	OWNED_STR rename = xasprintf(
		"diff --git a/x b/y\nsimilarity index 100%%\nrename from x\nrename to %s\n", path);

	refused(plain, "line 1: path");
	refused(rename, "line 1: path");
}

static void paths_out_of_the_tree_are_refused(void **state)
{
	(void)state;
	refused_path("/etc/passwd");
	refused_path("../x");
	refused_path("x/../../y");
	refused_path("./x");
	refused_path("x/./y");
	refused_path("x//y");
	refused_path("x/");
	refused_path(".git/hooks/pre-commit");
	refused_path("x/.GIT/config");
	refused_path("x/.git./config");
	refused_path("GIT~1/config");
	refused_path(".git::$INDEX_ALLOCATION/x");
	refused_path("x\001y");
	refused("--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n", "is absolute");
	refused("diff --git \"a/x\\ny\" \"b/x\\ny\"\nold mode 100644\nnew mode 100755\n",
		"control character");
}

static void names_like_git_are_fine(void **state)
{
	(void)state;
	assert_null(diff_path_problem(".gitignore"));
	assert_null(diff_path_problem("x/.gitattributes"));
	assert_null(diff_path_problem("a/...b/c"));
	assert_null(diff_path_problem("scripts/git"));
}

static void hunks_that_lie_are_refused(void **state)
{
	(void)state;
	refused("--- a/f\n+++ b/f\n@@ -1,3 +1 @@\n-a\n+b\n",
		"line 3: the hunk promises 2 more old");
	refused("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n+c\n", "line 6: more lines than the hunk");
	refused("--- a/f\n+++ b/f\n@@ -1,2 +1 @@\n-a\n+b\n+c\n",
		"line 6: more lines than the hunk");
	refused("--- a/f\n+++ b/f\n@@ -1,2147483648 +1 @@\n-a\n+b\n", "line 3: a hunk's header");
	refused("--- a/f\n+++ b/f\n@@ -0,0 +0,0 @@\n", "line 3: a hunk without lines");
	refused("--- a/f\n+++ b/f\n@@ -x +1 @@\n", "line 3: a hunk's header");
	refused("--- a/f\n+++ b/f\n@@ -5 +5 @@\n-a\n+b\n@@ -2 +2 @@\n-a\n+b\n",
		"line 6: a hunk that");
	refused("--- /dev/null\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n", "line 3: a new file");
	refused("@@ -1 +1 @@\n-a\n+b\n", "line 1: a hunk without a file");
}

static void lost_white_space_is_named(void **state)
{
	(void)state;
	refused("--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\nbreak;\n+x\n", "line 4: 'break;'");
}

static void headers_that_contradict_are_refused(void **state)
{
	(void)state;
	refused("diff --git a/f b/f\n--- a/g\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n", "line 3: 'a/g'");
	refused("diff --git a/f b/f\nindex 1..2 100644\n", "line 1: 'f' is named but not changed");
	refused("diff --git a/f b/f\nnew file mode 100600000\n", "mode");
	refused("diff --git a/f b/f\nnew file mode 060000\n", "mode");
	refused("diff --git a/f b/f\nindex 1,2..3\n", "index line");
	refused("diff --cc f\n", "combined diff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_has_paths_ids_modes_and_hunks),
		cmocka_unit_test(every_prefix_is_understood),
		cmocka_unit_test(files_come_and_go),
		cmocka_unit_test(a_missing_newline_is_kept),
		cmocka_unit_test(carriage_returns_are_content),
		cmocka_unit_test(a_binary_patch_is_recognised),
		cmocka_unit_test(words_are_no_diff),
		cmocka_unit_test(paths_out_of_the_tree_are_refused),
		cmocka_unit_test(names_like_git_are_fine),
		cmocka_unit_test(hunks_that_lie_are_refused),
		cmocka_unit_test(lost_white_space_is_named),
		cmocka_unit_test(headers_that_contradict_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
