// SPDX-License-Identifier: GPL-2.0
/* What a mail says of itself, and which mails are one posting. */
#include <stdio.h>

#include "mail/mail_part.h"
#include "unit_repo.h"

static void expect_prefix(const char *subject, int version, int n, int total, const char *rest)
{
	int got_version = 0, got_n = 0, got_total = 0;

	assert_true(mail_read_prefix(&subject, &got_version, &got_n, &got_total));
	assert_int_equal(got_version, version);
	assert_int_equal(got_n, n);
	assert_int_equal(got_total, total);
	assert_string_equal(subject, rest);
}

static void test_prefixes_as_people_write_them(void **state)
{
	(void)state;
	expect_prefix("[PATCH] x", 1, 1, 1, "x");
	expect_prefix("[PATCH 2/3] x: y", 1, 2, 3, "x: y");
	expect_prefix("[PATCH v3 00/12] x", 3, 0, 12, "x");
	expect_prefix("[PATCHv2 1/2] x", 2, 1, 2, "x");
	expect_prefix("[RFC PATCH net-next V4 1/2] x", 4, 1, 2, "x");
	expect_prefix("[RFC 1/2] x", 1, 1, 2, "x");
	expect_prefix("[v2, 1/2] x", 2, 1, 2, "x");
	expect_prefix("[list] [patch 6.12.y 1/2] x", 1, 1, 2, "x");
	expect_prefix("[PATCH 1/2][next] x", 1, 1, 2, "x");
	expect_prefix("[PATCH RESEND v2 1/2] x", 2, 1, 2, "x");
}

static void test_what_is_no_prefix(void **state)
{
	static const char *const subjects[] = {
		"x", "x [PATCH 1/2]", "[GIT PULL] x", "[PATCH 1/2 x", "[media] x",
		"",  "[1/0] x",	      "[v2] x",	      "[a/b] x"
	};
	int version, n, total;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		const char *subject = subjects[i];

		assert_false(mail_read_prefix(&subject, &version, &n, &total));
		assert_ptr_equal(subject, subjects[i]);
	}
}

static void test_replies(void **state)
{
	(void)state;
	assert_true(mail_is_reply("Re: [PATCH 1/2] x"));
	assert_true(mail_is_reply("RE: x"));
	assert_true(mail_is_reply("[list] Re: [PATCH] x"));
	assert_true(mail_is_reply("Aw: x"));
	assert_false(mail_is_reply("[PATCH] read: x"));
	assert_false(mail_is_reply("Return: x"));
	assert_false(mail_is_reply(""));
}

static void expect_header(const char *text, const char *name, const char *expected)
{
	OWNED_STR value = mail_header(text, strlen(text), name);

	if (expected)
		assert_string_equal(value, expected);
	else
		assert_null(value);
}

static void test_headers_are_unfolded_and_end_with_the_first_empty_line(void **state)
{
	static const char text[] = "From a@b Thu Jan  1 00:00:00 1970\r\n"
				   "subject: a\r\n"
				   " b\r\n"
				   "\tc \r\n"
				   "Subjects: d\n"
				   "X:\n"
				   "\n"
				   "To: e\n";

	(void)state;
	expect_header(text, "Subject", "a b\tc");
	expect_header(text, "X", "");
	expect_header(text, "To", NULL);
	expect_header("", "To", NULL);
	expect_header("To: x", "To", "x");
	expect_header("To", "To", NULL);
}

static void test_forms_of_input(void **state)
{
	(void)state;
	assert_true(mail_has_form("From a", 6));
	assert_true(mail_has_form("\n\nX-A: b", 8));
	assert_false(mail_has_form("[PATCH 2/3] x: y", 16));
	assert_false(mail_has_form(": x", 3));
	assert_false(mail_has_form("", 0));
	assert_false(mail_has_form("\xff\xfe", 2));
}

/* A box of mails that were never on disk: ID PARENT VERSION N TOTAL SENDER. */
struct row {
	const char *id, *parent;
	int version, n, total;
	const char *sender;
};

static void fill_box(struct mail_box *box, const struct row *rows, size_t count)
{
	box->what = xstrdup("box");
	box->mails = xcalloc(count, sizeof(*box->mails));
	box->count = count;
	for (size_t i = 0; i < count; i++) {
		struct mail *mail = &box->mails[i];

		mail->number = i + 1;
		mail->path = xasprintf("path-%zu", i + 1);
		mail->message_id = rows[i].id ? xstrdup(rows[i].id) : NULL;
		if (rows[i].parent)
			strvec_push(&mail->references, rows[i].parent);
		mail->kind = rows[i].n ? MAIL_PATCH : MAIL_COVER;
		mail->version = rows[i].version;
		mail->n = rows[i].n;
		mail->total = rows[i].total;
		mail->sender = xstrdup(rows[i].sender);
		mail->subject = xasprintf("subject %d of %s", rows[i].n, rows[i].sender);
		snprintf(mail->content, sizeof(mail->content), "%zu", i);
	}
	mail_thread(box);
}

#define FILL(box, ...)                                      \
	do {                                                \
		const struct row rows_[] = { __VA_ARGS__ }; \
		fill_box(box, rows_, ARRAY_SIZE(rows_));    \
	} while (0)

static void test_patches_that_answer_a_cover_letter_that_is_not_here(void **state)
{
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "1", "0", 1, 1, 2, "a" }, { "2", "0", 1, 2, 2, "a" });
	assert_int_equal(box.posting_count, 1);
	assert_int_equal(box.postings[0].count, 2);
}

static void test_a_chain_of_answers(void **state)
{
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "3", "2", 1, 3, 3, "a" }, { "2", "1", 1, 2, 3, "a" },
	     { "1", NULL, 1, 1, 3, "a" });
	assert_int_equal(box.posting_count, 1);
	assert_int_equal(box.postings[0].first->n, 1);
}

static void test_versions_are_apart_but_of_one_line(void **state)
{
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "0", NULL, 1, 0, 1, "a" }, { "1", "0", 1, 1, 1, "a" },
	     { "20", "0", 2, 0, 1, "a" }, { "21", "20", 2, 1, 1, "a" });
	assert_int_equal(box.posting_count, 2);
	assert_int_equal(box.line_count, 1);
	assert_int_equal(box.postings[1].version, 2);
	assert_int_equal(box.postings[1].count, 2);
}

static void test_two_threads_with_the_same_numbers_are_two_series(void **state)
{
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "1", "0", 1, 1, 2, "a" }, { "x", "w", 1, 1, 2, "a" },
	     { "y", "w", 1, 2, 2, "a" }, { "2", "0", 1, 2, 2, "a" });
	assert_int_equal(box.posting_count, 2);
	assert_string_equal(box.postings[0].members[1]->message_id, "2");
}

static void test_unthreaded_doubles_are_not_guessed(void **state)
{
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "1", NULL, 1, 1, 2, "a" }, { "2", NULL, 1, 2, 2, "a" },
	     { "3", NULL, 1, 1, 2, "a" }, { "4", NULL, 1, 2, 2, "a" });
	assert_int_equal(box.posting_count, 4);
}

static void test_two_senders_are_two_series(void **state)
{
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "1", NULL, 1, 1, 2, "a" }, { "2", NULL, 1, 2, 2, "b" });
	assert_int_equal(box.posting_count, 2);
	assert_int_equal(box.line_count, 2);
}

static void test_a_loop_of_answers_ends(void **state)
{
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "1", "2", 1, 1, 2, "a" }, { "2", "1", 1, 2, 2, "a" },
	     { "3", "3", 1, 1, 1, "b" });
	assert_int_equal(box.posting_count, 2);
}

static void test_a_copy_is_left_out(void **state)
{
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "1", NULL, 1, 1, 1, "a" }, { "1", NULL, 1, 1, 1, "a" });
	assert_int_equal(box.posting_count, 1);
	assert_int_equal(box.mails[1].kind, MAIL_OTHER);
	assert_string_equal(box.mails[1].why, "it is a copy of mail 1");
}

static void test_the_newest_complete_version_is_chosen(void **state)
{
	MAIL_SERIES series = { 0 };
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "21", NULL, 2, 1, 1, "a" }, { "1", NULL, 1, 1, 1, "a" });
	assert_ok(mail_choose(&box, NULL, &series));
	assert_int_equal(series.version, 2);
	assert_string_equal(series.patches.items[0], "path-1");
	assert_string_equal(series.message_id, "21");
	assert_null(series.cover);
}

static void test_missing_patches_are_listed(void **state)
{
	MAIL_SERIES series = { 0 };
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "0", NULL, 1, 0, 4, "a" }, { "2", "0", 1, 2, 4, "a" });
	assert_err(mail_choose(&box, NULL, &series), ERR_INPUT,
		   "patches 1, 3, 4 of 4 are missing from version 1");
}

static void test_a_name_chooses_among_several(void **state)
{
	const char *const names[] = { "nobody", "subject-1-of-b", NULL };
	MAIL_SERIES none = { 0 };
	MAIL_SERIES series = { 0 };
	MAIL_BOX box = { 0 };

	(void)state;
	FILL(&box, { "1", NULL, 1, 1, 1, "a" }, { "2", NULL, 1, 1, 1, "b" });
	assert_err(mail_choose(&box, NULL, &none), ERR_INPUT, "'box' has 2 series");
	assert_ok(mail_choose(&box, names, &series));
	assert_string_equal(series.patches.items[0], "path-2");
}

static void test_ranges_are_told_from_paths(void **state)
{
	(void)state;
	assert_true(mail_is_range("v1..v2"));
	assert_true(mail_is_range("refs/heads/a..b"));
	assert_false(mail_is_range("../x.mbox"));
	assert_false(mail_is_range("a/../x.mbox"));
	assert_false(mail_is_range("x.mbox"));
	assert_false(mail_is_range("-"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes_as_people_write_them),
		cmocka_unit_test(test_what_is_no_prefix),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_headers_are_unfolded_and_end_with_the_first_empty_line),
		cmocka_unit_test(test_forms_of_input),
		cmocka_unit_test(test_patches_that_answer_a_cover_letter_that_is_not_here),
		cmocka_unit_test(test_a_chain_of_answers),
		cmocka_unit_test(test_versions_are_apart_but_of_one_line),
		cmocka_unit_test(test_two_threads_with_the_same_numbers_are_two_series),
		cmocka_unit_test(test_unthreaded_doubles_are_not_guessed),
		cmocka_unit_test(test_two_senders_are_two_series),
		cmocka_unit_test(test_a_loop_of_answers_ends),
		cmocka_unit_test(test_a_copy_is_left_out),
		cmocka_unit_test(test_the_newest_complete_version_is_chosen),
		cmocka_unit_test(test_missing_patches_are_listed),
		cmocka_unit_test(test_a_name_chooses_among_several),
		cmocka_unit_test(test_ranges_are_told_from_paths),
	};

	return cmocka_run_group_tests(tests, unit_begin_repo, unit_end_repo);
}
