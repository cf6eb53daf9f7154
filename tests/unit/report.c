// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "base/table.h"
#include "report/report_part.h"

static void escapes_to(const char *text, size_t length, const char *expected)
{
	STRBUF out = { 0 };

	report_add_escaped(&out, text, length);
	assert_string_equal(strbuf_str(&out), expected);
	assert_int_equal(out.len, strlen(expected));
}

static void test_markup_is_escaped(void **state)
{
	(void)state;
	escapes_to("<a href=\"x\" b='y'>&amp;", 23,
		   "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
	escapes_to("]]>", 3, "]]&gt;");
	escapes_to("", 0, "");
}

static void test_what_xml_forbids_is_shown_as_bytes(void **state)
{
	(void)state;
	escapes_to("a\0b", 3, "a\\x00b");
	escapes_to("\x1b[31m\r\x7f", 7, "\\x1b[31m\\x0d\\x7f");
	escapes_to("\xef\xbf\xbe\xef\xbf\xbf", 6, "\\xef\\xbf\\xbe\\xef\\xbf\\xbf");
	escapes_to("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* a surrogate */
	escapes_to("\xff\xc3", 2, "\\xff\\xc3");
	escapes_to("\xc2\x85\xe2\x80\xae", 5, "\\xc2\\x85\\xe2\\x80\\xae");
}

static void test_text_stays(void **state)
{
	static const char text[] = "gr\xc3\xbcn \xf0\x9f\x90\x8e\n\tline \xef\xbf\xbd";

	(void)state;
	escapes_to(text, sizeof(text) - 1, text);
}

/* Every byte and every pair of bytes: what comes out is UTF-8 without markup and controls. */
static void test_whatever_goes_in_what_comes_out_is_harmless(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char text[2] = { (char)(pair >> 8), (char)pair };
		STRBUF out = { 0 };

		report_add_escaped(&out, text, sizeof(text));
		for (size_t i = 0; i < out.len;) {
			unsigned char c = (unsigned char)out.buf[i];
			size_t length = strbuf_utf8_length(out.buf + i, out.len - i);

			assert_true(length > 0);
			assert_true((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t');
			assert_null(strchr("<>\"'", c));
			i += length;
		}
	}
}

/* A workspace with one cell whose first boot's log is `log`. */
struct fixture {
	struct workspace workspace;
	struct matrix_cell cell;
	struct matrix_boot boot;
	struct report_evidence evidence;
};

static char log_name[] = "log";

static void read_evidence(struct fixture *fixture, char *folder, const char *log, size_t length,
			  uint64_t line)
{
	OWNED_STR path = xasprintf("%s/log", folder);

	if (log)
		assert_ok(file_write(path, log, length));
	else
		assert_ok(file_remove(path));
	*fixture = (struct fixture){
		.workspace = { .root = folder },
		.boot = { .number = 1,
			  .verdict = VERDICT_BAD,
			  .counted = true,
			  .has_cause = true,
			  .cause = { EVENT_OOPS, line, NULL, 0 },
			  .log = log_name },
	};
	fixture->cell = (struct matrix_cell){ .state = MATRIX_CELL_BAD,
					      .boots = &fixture->boot,
					      .boot_count = 1 };
	report_find_evidence(&fixture->workspace, &fixture->cell, &fixture->evidence);
	assert_ptr_equal(fixture->evidence.boot, &fixture->boot);
}

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

static void numbered_lines(size_t count, struct strbuf *log)
{
	for (size_t i = 1; i <= count; i++)
		strbuf_addf(log, "line %zu\r\n", i);
}

static void test_evidence_is_the_lines_around_the_cause(void **state)
{
	struct fixture fixture;
	STRBUF log = { 0 };

	numbered_lines(100000, &log); /* more than is read at once */
	read_evidence(&fixture, *state, log.buf, log.len, 90000);
	assert_int_equal(fixture.evidence.line_count, REPORT_LINES_BEFORE + 1 + REPORT_LINES_AFTER);
	assert_int_equal(fixture.evidence.lines[0].number, 90000 - REPORT_LINES_BEFORE);
	assert_string_equal(fixture.evidence.lines[REPORT_LINES_BEFORE].text, "line 90000");
	assert_null(fixture.evidence.missing);
	report_release_evidence(&fixture.evidence);
}

static void test_evidence_at_the_ends_of_a_log(void **state)
{
	struct fixture fixture;

	read_evidence(&fixture, *state, "one\ntwo", 7, 1);
	assert_int_equal(fixture.evidence.line_count, 2);
	assert_string_equal(fixture.evidence.lines[1].text, "two");
	assert_null(fixture.evidence.missing);
	report_release_evidence(&fixture.evidence);
	read_evidence(&fixture, *state, "one\ntwo\n", 8, 2);
	assert_int_equal(fixture.evidence.line_count, 2);
	assert_null(fixture.evidence.missing);
	report_release_evidence(&fixture.evidence);
}

static void test_what_is_missing_is_said(void **state)
{
	struct fixture fixture;

	read_evidence(&fixture, *state, "one\ntwo\n", 8, 3);
	assert_string_equal(fixture.evidence.missing, "its log ends at line 2");
	report_release_evidence(&fixture.evidence);
	read_evidence(&fixture, *state, "", 0, 1);
	assert_string_equal(fixture.evidence.missing, "its log ends at line 0");
	report_release_evidence(&fixture.evidence);
	read_evidence(&fixture, *state, NULL, 0, 1);
	assert_string_equal(fixture.evidence.missing, "its log is not there any more");
	assert_int_equal(fixture.evidence.line_count, 0);
	report_release_evidence(&fixture.evidence);
}

static void test_a_line_without_an_end_is_cut(void **state)
{
	struct fixture fixture;
	STRBUF log = { 0 };

	strbuf_grow(&log, 5000000);
	memset(log.buf, 'x', 5000000);
	strbuf_setlen(&log, 5000000);
	strbuf_adds(&log, "\nnext\n");
	read_evidence(&fixture, *state, log.buf, log.len, 2);
	assert_true(fixture.evidence.lines[0].cut);
	assert_int_equal(strlen(fixture.evidence.lines[0].text), REPORT_MAX_LINE);
	assert_string_equal(fixture.evidence.lines[1].text, "next");
	assert_false(fixture.evidence.lines[1].cut);
	report_release_evidence(&fixture.evidence);
	read_evidence(&fixture, *state, "a\0b\nc", 5, 1);
	assert_string_equal(fixture.evidence.lines[0].text, "ab");
	report_release_evidence(&fixture.evidence);
}

/* A boot that failed without a cause shows what its log ends with. */
static void test_without_a_cause_the_end_of_the_log_is_the_evidence(void **state)
{
	struct fixture fixture;
	STRBUF log = { 0 };

	numbered_lines(50, &log);
	read_evidence(&fixture, *state, log.buf, log.len, 1);
	report_release_evidence(&fixture.evidence);
	fixture.boot.has_cause = false;
	fixture.boot.counted = false;
	fixture.boot.verdict = VERDICT_INFRA;
	report_find_evidence(&fixture.workspace, &fixture.cell, &fixture.evidence);
	assert_null(fixture.evidence.boot); /* of a bad cell it proves nothing */
	fixture.cell.state = MATRIX_CELL_INFRA;
	report_find_evidence(&fixture.workspace, &fixture.cell, &fixture.evidence);
	assert_int_equal(fixture.evidence.lines[fixture.evidence.line_count - 1].number, 50);
	assert_int_equal(fixture.evidence.line_count, REPORT_LINES_BEFORE + 1 + REPORT_LINES_AFTER);
	report_release_evidence(&fixture.evidence);
}

static void test_a_table_lines_up_and_ends_without_blanks(void **state)
{
	struct table *table = table_new();
	STRBUF out = { 0 };

	(void)state;
	table_cell(table, TABLE_PLAIN, "%s", "");
	table_span(table, TABLE_PLAIN, 2, "two columns here");
	table_cell(table, TABLE_PLAIN, "x");
	table_end_row(table);
	table_cell(table, TABLE_PLAIN, "gr\xc3\xbcn\x1b");
	table_number(table, TABLE_GOOD, "%d", 7);
	table_cell(table, TABLE_PLAIN, "a long cell");
	table_cell(table, TABLE_PLAIN, "%s", "");
	table_end_row(table);
	table_finish(table, false, 2, &out);
	assert_string_equal(out.buf, "            two columns here  x\n"
				     "  gr\xc3\xbcn\\x1b  7  a long cell\n");
	strbuf_reset(&out);
	table_add(&out, true, TABLE_BAD, "%s", "\033[2J");
	assert_string_equal(out.buf, "\033[31m\\x1b[2J\033[0m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup_is_escaped),
		cmocka_unit_test(test_what_xml_forbids_is_shown_as_bytes),
		cmocka_unit_test(test_text_stays),
		cmocka_unit_test(test_whatever_goes_in_what_comes_out_is_harmless),
		cmocka_unit_test(test_evidence_is_the_lines_around_the_cause),
		cmocka_unit_test(test_evidence_at_the_ends_of_a_log),
		cmocka_unit_test(test_what_is_missing_is_said),
		cmocka_unit_test(test_a_line_without_an_end_is_cut),
		cmocka_unit_test(test_without_a_cause_the_end_of_the_log_is_the_evidence),
		cmocka_unit_test(test_a_table_lines_up_and_ends_without_blanks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
