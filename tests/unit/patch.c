// SPDX-License-Identifier: GPL-2.0
/* A mail or a commit becomes a patch. */
#include "record/patch.h"
#include "unit_repo.h"

#define HEADERS                                                            \
	"From: =?UTF-8?q?J=C3=BCrgen?= <j@example.org>\n"                  \
	"Subject: [PATCH v2 1/3] [media] alpha: mend =?UTF-8?q?=C3=A4?=\n" \
	"Date: Sat, 30 May 2026 16:25:42 -0400\n"                          \
	"Message-ID: <1-j@example.org>\n\n"
#define DIFF                   \
	"diff --git a/f b/f\n" \
	"index 1..2 100644\n"  \
	"--- a/f\n"            \
	"+++ b/f\n"            \
	"@@ -1 +1 @@\n"        \
	"-a\n"                 \
	"+b\n"

#define PATCH CLEANUP(patch_release) struct patch

static void read_mail(const char *mail, struct patch *patch)
{
	assert_ok(patch_from_mail(mail, strlen(mail), "mail", patch));
}

static char *refusal(const char *mail)
{
	PATCH patch = { 0 };
	const struct err *err = patch_from_mail(mail, strlen(mail), "mail", &patch);
	char *text;

	assert_non_null(err);
	assert_int_equal(err->kind, ERR_INPUT);
	assert_non_null(err->hint);
	text = xstrdup(err->text);
	err_free(err);
	return text;
}

static void a_mail_gives_who_when_and_why(void **state)
{
	PATCH patch = { 0 };

	(void)state;
	read_mail(HEADERS "Because.\n\n\nReally.  \n\nSigned-off-by: X <x@y>\n---\n f | 2\n\n" DIFF
			  "-- \n2.39\n",
		  &patch);
	assert_string_equal(patch.subject, "[media] alpha: mend ä");
	assert_string_equal(patch.message, "[media] alpha: mend ä\n\nBecause.\n\nReally.\n\n"
					   "Signed-off-by: X <x@y>\n");
	assert_string_equal(patch.author_name, "Jürgen");
	assert_string_equal(patch.author_email, "j@example.org");
	assert_string_equal(patch.message_id, "1-j@example.org");
	assert_string_equal(strbuf_str(&patch.diff), DIFF);
	assert_int_equal(patch.when.time, 1780172742);
	assert_int_equal(patch.when.offset, -240);
	assert_int_equal(patch.diff_line, 15);
	assert_null(patch.base_commit);
}

static void a_mail_without_a_diff_is_fine(void **state)
{
	PATCH patch = { 0 };

	(void)state;
	read_mail(HEADERS "> quoted\n\nNo.\n", &patch);
	assert_int_equal(patch.diff.len, 0);
	assert_string_equal(patch.message, "[media] alpha: mend ä\n\n> quoted\n\nNo.\n");
}

static void the_author_in_the_body_wins(void **state)
{
	PATCH patch = { 0 };

	(void)state;
	read_mail(HEADERS "From: A B <a@b>\n\nText.\n---\n" DIFF, &patch);
	assert_string_equal(patch.author_email, "a@b");
	assert_string_equal(strbuf_str(&patch.diff), DIFF);
}

static void the_base_is_read(void **state)
{
	PATCH patch = { 0 };

	(void)state;
	read_mail(HEADERS "Text.\n---\n" DIFF "\nbase-commit: "
			  "0123456789012345678901234567890123456789\n-- \n2.39\n",
		  &patch);
	assert_string_equal(patch.base_commit, "0123456789012345678901234567890123456789");
}

static void a_removed_dash_is_no_signature(void **state)
{
	static const char diff[] = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-- \n+b\n@@ -9 +9 @@\n-c\n+d\n";
	PATCH patch = { 0 };
	STRBUF mail = { 0 };

	(void)state;
	strbuf_addf(&mail, "%sText.\n---\n%s-- \n2.39\n", HEADERS, diff);
	read_mail(mail.buf, &patch);
	assert_string_equal(strbuf_str(&patch.diff), diff);
}

static void wire_line_ends_are_dropped(void **state)
{
	static const char mail[] = "From: A <a@b>\r\nSubject: [PATCH] s\r\n\r\nT\r\n---\r\n"
				   "--- a/f\r\n+++ b/f\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n";
	PATCH patch = { 0 };

	(void)state;
	read_mail(mail, &patch);
	assert_string_equal(strbuf_str(&patch.diff), "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n");
}

static void carriage_returns_of_a_file_are_kept(void **state)
{
	static const char mail[] = "From: A <a@b>\nSubject: [PATCH] s\n\nT\n---\n"
				   "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\r\n+b\r\n";
	PATCH patch = { 0 };

	(void)state;
	read_mail(mail, &patch);
	assert_string_equal(strbuf_str(&patch.diff), "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\r\n+b\r\n");
}

static void a_web_archive_page_is_refused_with_the_line(void **state)
{
	OWNED_STR text = refusal("[PATCH 2/3] alpha: fix\nFrom: A B\n\nText.\n---\n"
				 "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\nbreak;\n"
				 "+x\n");

	(void)state;
	assert_non_null(strstr(text, "line 10, 'break;'"));
	assert_non_null(strstr(text, "leading white space"));
}

static void what_is_no_mail_is_refused(void **state)
{
	OWNED_STR text = refusal("hello\n");
	OWNED_STR empty = refusal("");

	(void)state;
	assert_non_null(strstr(text, "no mail"));
	assert_non_null(strstr(empty, "no mail"));
}

static void zones_have_names_too(void **state)
{
	PATCH patch = { 0 };

	(void)state;
	read_mail("From: A <a@b>\nSubject: s\nDate: Mon, 1 Jan 2024 00:00:00 EST\n\nT\n", &patch);
	assert_int_equal(patch.when.time, 1704085200);
	assert_int_equal(patch.when.offset, -300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_gives_who_when_and_why),
		cmocka_unit_test(a_mail_without_a_diff_is_fine),
		cmocka_unit_test(the_author_in_the_body_wins),
		cmocka_unit_test(the_base_is_read),
		cmocka_unit_test(a_removed_dash_is_no_signature),
		cmocka_unit_test(wire_line_ends_are_dropped),
		cmocka_unit_test(carriage_returns_of_a_file_are_kept),
		cmocka_unit_test(a_web_archive_page_is_refused_with_the_line),
		cmocka_unit_test(what_is_no_mail_is_refused),
		cmocka_unit_test(zones_have_names_too),
	};

	return cmocka_run_group_tests(tests, unit_begin_repo, unit_end_repo);
}
