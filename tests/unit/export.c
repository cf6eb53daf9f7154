// SPDX-License-Identifier: GPL-2.0
/* What a patch's message becomes on a stable branch, and what is left of a cover letter. */
#include "export/export_cover.h"
#include "export/export_message.h"
#include "unit_repo.h"

#define ID	 "0123456789abcdef0123456789abcdef01234567"
#define OTHER_ID "89abcdef0123456789abcdef0123456789abcdef"
#define UPSTREAM "commit " ID " upstream.\n\n"

static struct repo_person porter = { .name = (char[]){ "P Orter" },
				     .email = (char[]){ "p@example.org" } };
#define SIGNED "Signed-off-by: P Orter <p@example.org>\n"

static void assert_message(const struct export_text *text, const char *expected)
{
	OWNED_STR message = export_message(text);

	assert_string_equal(message, expected);
}

#define PLAIN "f: mend it\n\nWhy.\n\nFixes: 0123 (\"f\")\nSigned-off-by: A <a@x>\n"
#define BODY  "Why.\n\nFixes: 0123 (\"f\")\nSigned-off-by: A <a@x>\n"

static void the_upstream_line_stands_first(void **state)
{
	struct export_text text = { .patch = PLAIN, .upstream = ID };

	(void)state;
	assert_message(&text, "f: mend it\n\n" UPSTREAM BODY);
	text.line = EXPORT_LINE_BRACKET;
	assert_message(&text, "f: mend it\n\n[ Upstream commit " ID " ]\n\n" BODY);
	text.upstream = NULL;
	assert_message(&text, PLAIN);
}

static void one_that_is_there_is_not_doubled(void **state)
{
	struct export_text text = { .patch = "f: mend it\n\n[ Upstream commit " OTHER_ID
					     " ]\n\n" BODY,
				    .upstream = ID };

	(void)state;
	assert_message(&text, "f: mend it\n\n" UPSTREAM BODY);
	text.patch = "f: mend it\n\ncommit " OTHER_ID " upstream.\n\n" BODY;
	assert_message(&text, "f: mend it\n\n" UPSTREAM BODY);
}

static void the_order_is_that_of_the_rules(void **state)
{
	struct export_text text = { .patch = PLAIN,
				    .recorded =
					    "f: mend it\n\nWhy.\n\n[ P: no g() here,\n  so h() ]\n"
					    "Fixes: 0123 (\"f\")\nSigned-off-by: A <a@x>\n"
					    "Tested-by: B <b@x>\n",
				    .upstream = ID,
				    .dependent = "0123456789ab (\"g\")",
				    .signer = &porter };

	(void)state;
	assert_message(&text, "f: mend it\n\n" UPSTREAM BODY "Stable-dep-of: 0123456789ab (\"g\")\n"
			      "[ P: no g() here,\n  so h() ]\nTested-by: B <b@x>\n" SIGNED);
}

static void a_note_behind_everything_stays_before_the_sign_off(void **state)
{
	struct export_text text = { .patch = PLAIN,
				    .recorded = PLAIN "[ P: no g() ]\n" SIGNED,
				    .upstream = ID,
				    .signer = &porter };

	(void)state;
	assert_message(&text, "f: mend it\n\n" UPSTREAM BODY "[ P: no g() ]\n" SIGNED);
}

static void a_recorded_port_that_says_more_is_taken_at_its_word(void **state)
{
	struct export_text text = { .patch = PLAIN,
				    .recorded = "f: mend it\n\nWhy, here.\n\n[ P: no g() ]\n"
						"Signed-off-by: A <a@x>\n",
				    .mainline = PLAIN,
				    .upstream = ID,
				    .signer = &porter };

	(void)state;
	assert_message(&text, "f: mend it\n\n" UPSTREAM "Why, here.\n\n[ P: no g() ]\n"
			      "Signed-off-by: A <a@x>\n" SIGNED);
}

static void the_upstream_message_is_the_original(void **state)
{
	struct export_text text = { .patch = PLAIN,
				    .recorded = PLAIN "[ P: no g() ]\n",
				    .mainline = "f: mend it\nfor good\n\n" BODY "Link: https://x\n",
				    .upstream = ID };

	(void)state;
	assert_message(&text,
		       "f: mend it for good\n\n" UPSTREAM BODY "Link: https://x\n[ P: no g() ]\n");
}

static void trailers_do_not_join_the_prose(void **state)
{
	struct export_text text = { .patch = "f: mend it\n\nSee [1]: it is so [2]\n",
				    .signer = &porter };

	(void)state;
	assert_message(&text, "f: mend it\n\nSee [1]: it is so [2]\n\n" SIGNED);
	text.patch = "f: mend it\n";
	assert_message(&text, "f: mend it\n\n" SIGNED);
	text.upstream = ID;
	assert_message(&text, "f: mend it\n\n" UPSTREAM SIGNED);
	text.line = EXPORT_LINE_BRACKET;
	assert_message(&text, "f: mend it\n\n[ Upstream commit " ID " ]\n\n" SIGNED);
}

static void a_sign_off_is_added_unless_it_is_the_last_word(void **state)
{
	struct export_text text = { .patch = "f: mend it\n\n" SIGNED, .signer = &porter };

	(void)state;
	assert_message(&text, "f: mend it\n\n" SIGNED);
	text.patch = "f: mend it\n\n" SIGNED "Signed-off-by: M <m@x>\n";
	assert_message(&text, "f: mend it\n\n" SIGNED "Signed-off-by: M <m@x>\n" SIGNED);
}

static void a_message_names_its_upstream_commit(void **state)
{
	char id[OID_HEX_SIZE];

	(void)state;
	assert_true(export_message_upstream("t\n\ncommit " ID " upstream.\n\nx\n", id));
	assert_string_equal(id, ID);
	assert_true(export_message_upstream("t\n\n[ Upstream commit " OTHER_ID " ]\n", id));
	assert_string_equal(id, OTHER_ID);
	assert_true(export_message_upstream("t\n\nx\n\n(cherry picked from commit " OTHER_ID
					    ")\nA-b: c\n(cherry picked from "
					    "commit " ID ")\n",
					    id));
	assert_string_equal(id, ID);
	assert_false(export_message_upstream("t\n\nx\n\ncommit " ID " upstream.\n", id));
	assert_false(export_message_upstream("t\n\ncommit 0123456 upstream.\n", id));
	assert_false(export_message_upstream("t\n\ncommit " ID "0 upstream.\n", id));
	assert_false(export_message_upstream("commit " ID " upstream.\n", id));
	assert_false(export_message_upstream("", id));
}

static void assert_trimmed(const char *text, const char *expected)
{
	STRBUF trimmed = { 0 };

	strbuf_adds(&trimmed, text);
	export_cover_trim(&trimmed);
	assert_string_equal(strbuf_str(&trimmed), expected);
}

static void a_cover_letter_loses_what_git_wrote(void **state)
{
	(void)state;
	assert_trimmed("Text.\n  list\n\nA U (2):\n  one\n  two\n\nB (1):\n  three\n\n"
		       " f   | 2 +-\n bin | Bin 3 -> 4 bytes\n 2 files changed, 1 insertion(+)\n"
		       " create mode 100644 f\n\n\nbase-commit: " ID "\n--\n2.39.5\n\n",
		       "Text.\n  list");
	assert_trimmed("Text.\n\n f | 2 +-\n 1 file changed\n", "Text.");
	assert_trimmed("Text.\n\n---\nChanges in v2:\n- all\n\nA (1):\n  one\n",
		       "Text.\n\n---\nChanges in v2:\n- all");
	assert_trimmed("Text.\n\n  a list\n  of lines\n", "Text.\n\n  a list\n  of lines");
	assert_trimmed("A (1):\n  one\n", "");
	assert_trimmed("In (5):\nmore text\n", "In (5):\nmore text");
	assert_trimmed("", "");
	assert_trimmed("\n", "");
}

static void a_cover_letter_keeps_what_stands_below_its_dashes(void **state)
{
	static const char mail[] = "From: A <a@x>\nSubject: [PATCH v2 0/1] f: mend\n\nText.\n\n"
				   "---\nChanges in v2:\n- all\n\n---\nA (1):\n  one\n\n f | 2 +-\n"
				   " 1 file changed\n---\nbase-commit: " ID "\n-- \n2.39.5\n";
	struct series series = { .folder = unit_make_folder(), .cover = (char[]){ "0000" } };
	CLEANUP(export_cover_release) struct export_cover cover = { 0 };
	OWNED_STR path = xasprintf("%s/0000", series.folder);

	(void)state;
	assert_ok(file_write(path, mail, strlen(mail)));
	assert_ok(export_cover_read(&series, &cover));
	assert_string_equal(cover.subject, "f: mend");
	assert_string_equal(cover.text, "Text.\n\n---\nChanges in v2:\n- all");
	unit_remove_folder(series.folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_upstream_line_stands_first),
		cmocka_unit_test(one_that_is_there_is_not_doubled),
		cmocka_unit_test(the_order_is_that_of_the_rules),
		cmocka_unit_test(a_note_behind_everything_stays_before_the_sign_off),
		cmocka_unit_test(a_recorded_port_that_says_more_is_taken_at_its_word),
		cmocka_unit_test(the_upstream_message_is_the_original),
		cmocka_unit_test(trailers_do_not_join_the_prose),
		cmocka_unit_test(a_sign_off_is_added_unless_it_is_the_last_word),
		cmocka_unit_test(a_message_names_its_upstream_commit),
		cmocka_unit_test(a_cover_letter_loses_what_git_wrote),
		cmocka_unit_test(a_cover_letter_keeps_what_stands_below_its_dashes),
	};

	return cmocka_run_group_tests(tests, unit_begin_repo, unit_end_repo);
}
