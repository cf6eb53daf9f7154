// SPDX-License-Identifier: GPL-2.0
/* How one text file of a patch is carried: each method, what it gives, and what it is called. */
#include <git2.h>

#include "port/port_fit.h"
#include "unit.h"

/* In these texts a '|' ends a line. */
struct example {
	const char *before; /* the author's file */
	const char *after;  /* the author's file with the patch */
	const char *branch;
	const char *expected; /* NULL: nothing is applied */
	enum port_status status;
	const char *remark; /* part of a remark, or of a reason; NULL: none is made */
	bool bare;	    /* the preimage is not known */
};

static void fill(struct strbuf *text, const char *with_bars)
{
	for (const char *at = with_bars; *at; at++)
		strbuf_addc(text, *at == '|' ? '\n' : *at);
}

/* The diff as git writes it. */
static void make_diff(const struct strbuf *before, const struct strbuf *after, struct strbuf *diff)
{
	git_buf buf = { 0 };
	git_patch *patch = NULL;

	assert_int_equal(git_patch_from_buffers(&patch, strbuf_str(before), before->len, "f",
						strbuf_str(after), after->len, "f", NULL),
			 0);
	assert_int_equal(git_patch_to_buf(&buf, patch), 0);
	strbuf_add(diff, buf.ptr, buf.size);
	git_buf_dispose(&buf);
	git_patch_free(patch);
}

static bool has_remark(const struct port_remarks *remarks, const char *part)
{
	for (size_t i = 0; i < remarks->count; i++)
		if (strstr(remarks->items[i].text, part))
			return true;
	return false;
}

static void fit(const struct example *example, struct port_fit *result)
{
	CLEANUP(port_source_release) struct port_source source = { .from = PORT_FROM_INDEX };
	PORT_TEXT target = { 0 };
	STRBUF text = { 0 };
	DIFF diff = { 0 };

	fill(&source.before.bytes, example->before);
	fill(&source.after.bytes, example->after);
	fill(&target.bytes, example->branch);
	make_diff(&source.before.bytes, &source.after.bytes, &text);
	if (example->bare)
		port_source_release(&source);
	assert_ok(diff_parse(strbuf_str(&text), text.len, "patch", 1, &diff));
	assert_int_equal(diff.file_count, 1);
	assert_ok(port_fit_text(&diff.files[0], &target, &source, true, result));
}

static void check(const struct example *example)
{
	STRBUF expected = { 0 };
	PORT_FIT result = { 0 };

	fit(example, &result);
	assert_string_equal(port_status_name(result.status), port_status_name(example->status));
	if (example->expected && example->status != PORT_ALREADY) {
		fill(&expected, example->expected);
		assert_string_equal(strbuf_str(&result.bytes), strbuf_str(&expected));
	}
	if (example->status == PORT_CONFLICT)
		assert_true(result.reasons.count > 0);
	if (!example->remark)
		assert_int_equal(result.remarks.count, 0);
	else
		assert_true(has_remark(result.status == PORT_CONFLICT ? &result.reasons
								      : &result.remarks,
				       example->remark));
}

/* The blob that the patch was made for is known. */
static void known(const char *before, const char *after, const char *branch, const char *expected,
		  enum port_status status, const char *remark)
{
	check(&(struct example){ before, after, branch, expected, status, remark, false });
}

/* Only the hunks are known. */
static void bare(const char *before, const char *after, const char *branch, const char *expected,
		 enum port_status status, const char *remark)
{
	check(&(struct example){ before, after, branch, expected, status, remark, true });
}

static void what_is_there_is_already(void **state)
{
	(void)state;
	known("a|b|c|d|", "a|b|X|d|", "a|b|X|d|", NULL, PORT_ALREADY, NULL);
	bare("a|b|c|d|", "a|b|X|d|", "new|a|b|X|d|", NULL, PORT_ALREADY, NULL);
}

static void where_it_says_is_clean(void **state)
{
	(void)state;
	known("a|b|c|d|", "a|b|X|d|", "a|b|c|d|", "a|b|X|d|", PORT_CLEAN, NULL);
	bare("a|b|c|d|", "a|b|X|d|", "a|b|c|d|", "a|b|X|d|", PORT_CLEAN, NULL);
}

static void at_other_lines_is_offset(void **state)
{
	(void)state;
	known("a|b|c|d|e|f|g|", "a|b|c|X|e|f|g|", "1|2|a|b|c|d|e|f|g|", "1|2|a|b|c|X|e|f|g|",
	      PORT_OFFSET, NULL);
	bare("a|b|c|d|e|f|g|", "a|b|c|X|e|f|g|", "1|2|a|b|c|d|e|f|g|", "1|2|a|b|c|X|e|f|g|",
	     PORT_OFFSET, NULL);
}

static void another_context_is_merged(void **state)
{
	(void)state;
	known("a|b|c|d|e|f|g|", "a|b|c|X|e|f|g|", "a|b|c|d|e|F|g|", "a|b|c|X|e|F|g|", PORT_MERGED,
	      NULL);
}

static void without_the_preimage_context_is_spared(void **state)
{
	(void)state;
	bare("a|b|c|d|e|f|g|", "a|b|c|X|e|f|g|", "a|b|c|d|e|F|G|", "a|b|c|X|e|F|G|", PORT_FUZZY,
	     "hunk 1 was found without 4 lines of its context");
}

static void changes_that_touch_are_both_made(void **state)
{
	(void)state;
	/* on the line before, on the line behind, and on both */
	known("a|b|c|d|", "a|b|X|d|", "a|B|c|d|", "a|B|X|d|", PORT_FUZZY,
	      "changed the line before");
	known("a|b|c|d|", "a|b|X|d|", "a|b|c|D|", "a|b|X|D|", PORT_FUZZY,
	      "changed the line behind");
	known("a|b|c|d|", "a|b|X|d|", "a|B|c|D|", "a|B|X|D|", PORT_FUZZY, "lines around");
	/* added before what is gone, added behind what is new, deleted beside what is new */
	known("a|b|c|d|", "a|new|b|c|d|", "a|d|", "a|new|d|", PORT_FUZZY, "behind");
	known("a|b|c|d|", "a|b|new|c|d|", "a|B1|B2|c|d|", "a|B1|B2|new|c|d|", PORT_FUZZY, "before");
	known("a|b|c|d|", "a|b|d|", "a|B|c|d|", "a|B|d|", PORT_FUZZY, "before");
}

static void two_additions_in_one_place_are_a_conflict(void **state)
{
	(void)state;
	known("a|b|", "a|one|b|", "a|two|b|", NULL, PORT_CONFLICT, "");
	bare("a|b|", "a|one|b|", "a|two|b|", NULL, PORT_CONFLICT, "");
}

/* ... but not when the branch has the one among others. */
static void an_addition_that_is_there_is_not_made_twice(void **state)
{
	(void)state;
	known("a|b|c|d|e|f|g|h|i|", "a|new line|b|c|d|e|f|g|X|i|",
	      "a|own|new line|b|c|d|e|f|g|h|I|", "a|own|new line|b|c|d|e|f|g|X|I|", PORT_FUZZY,
	      "behind");
}

static void words_of_one_line_are_merged(void **state)
{
	(void)state;
	known("{|\tret = old_call(dev, 0);|}|", "{|\tret = old_call(dev, 1);|}|",
	      "{|\terr = old_call(dev, 0);|}|", "{|\terr = old_call(dev, 1);|}|", PORT_FUZZY,
	      "other words");
	/* an addition before a word that the branch has changed */
	known("{|\tLOG(ERR, \"recvmsg failed\");|}|",
	      "{|\tif (ret)|\t\tLOG(ERR, \"recvmsg failed\");|}|",
	      "{|\tRTE_LOG(ERR, CONFIG, \"recvmsg failed\");|}|",
	      "{|\tif (ret)|\t\tRTE_LOG(ERR, CONFIG, \"recvmsg failed\");|}|", PORT_FUZZY,
	      "other words");
}

static void the_same_word_is_a_conflict(void **state)
{
	(void)state;
	known("{|\tret = call(dev, 0);|}|", "{|\tret = call(dev, 1);|}|",
	      "{|\tret = call(dev, 2);|}|", NULL, PORT_CONFLICT, "");
	/* most of the line is another, although the word that changes is there */
	known("{|\tret = call(dev, 0);|}|", "{|\tret = call(dev, 1);|}|",
	      "{|\tset_up(everything, that, there, is, at, once, dev, 0);|}|", NULL, PORT_CONFLICT,
	      "");
	known("{|\tret = call(dev, 0);|}|", "{|\tret = call(dev, 1);|}|",
	      "{|\tset_the_whole_thing_up(everything);|}|", NULL, PORT_CONFLICT, "");
}

/* How a statement is broken into lines cannot be told when the words at the break change. */
static void a_line_break_beside_another_change_is_a_conflict(void **state)
{
	(void)state;
	known("call(one, two,|     three, four, five, six);|",
	      "call(one, two, three, four, five, six);|",
	      "call(one, two,|     drei, four, five, six);|", NULL, PORT_CONFLICT, "");
}

static void a_hunk_is_merged_where_it_belongs(void **state)
{
	(void)state;
	/* only by its own lines, and there by words */
	bare("one();|two();|three();|call(dev, 0);|four();|five();|six();|",
	     "one();|two();|three();|call(dev, 1);|four();|five();|six();|",
	     "zero();|one();|two();|three();|call(hw, 0);|four();|five();|six();|",
	     "zero();|one();|two();|three();|call(hw, 1);|four();|five();|six();|", PORT_FUZZY,
	     "hunk 1 was merged");
	/* a line of the context is gone */
	bare("one();|two();|three();|old();|four();|five();|six();|",
	     "one();|two();|three();|new();|four();|five();|six();|",
	     "one();|two();|old();|four();|five();|six();|",
	     "one();|two();|new();|four();|five();|six();|", PORT_FUZZY, "hunk 1 was merged");
}

static void a_hunk_that_belongs_to_two_places_is_a_conflict(void **state)
{
	(void)state;
	bare("one();|two();|three();|call(dev, 0);|four();|five();|six();|",
	     "one();|two();|three();|call(dev, 1);|four();|five();|six();|",
	     "one();|two();|three();|call(hw, 0);|four();|five();|six();|x();|x();|x();|x();|x();|"
	     "x();|x();|x();|one();|two();|three();|call(sw, 0);|four();|five();|six();|",
	     NULL, PORT_CONFLICT, "");
}

static void of_two_places_the_function_of_the_heading_is_meant(void **state)
{
#define BODY(call) "|{|\tone();|\ttwo();|\t" call ";|\tthree();|\tfour();|}|"
	(void)state;
	bare("int f(void)" BODY("call(dev, 0)") "int g(void)" BODY("call(dev, 0)"),
	     "int f(void)" BODY("call(dev, 0)") "int g(void)" BODY("call(dev, 1)"),
	     "int f(void)" BODY("call(hw, 0)") "int g(void)" BODY("call(hw, 0)"),
	     "int f(void)" BODY("call(hw, 0)") "int g(void)" BODY("call(hw, 1)"), PORT_FUZZY,
	     "hunk 1 was merged");
}

/* One line that is everywhere is no place. */
static void a_hunk_that_belongs_nowhere_is_a_conflict(void **state)
{
	(void)state;
	bare("one();|two();|three();|return 0;|}|static int x;|",
	     "one();|two();|three();|four();|return 0;|}|static int x;|",
	     "eins();|zwei();|drei();|return 0;|}|static int y;|", NULL, PORT_CONFLICT, "");
}

/* "costarring" and "liquid" have one FNV-1a hash: words are compared by theirs. */
static void words_of_one_hash_are_not_one_word(void **state)
{
	(void)state;
	known("{|\tcostarring = call(dev, 0);|}|", "{|\tcostarring = call(dev, 1);|}|",
	      "{|\tliquid = call(dev, 0);|}|", NULL, PORT_CONFLICT, "");
}

/* Of two hunks one is there already, and the other is new: each is taken for itself. */
static void hunks_are_taken_one_by_one(void **state)
{
	(void)state;
	bare("one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|",
	     "one|TWO|three|four|five|six|seven|eight|nine|ten|ELEVEN|twelve|",
	     "one|TWO|three|four|five|six|seven|eight|nine|ten|eleven|twelve|",
	     "one|TWO|three|four|five|six|seven|eight|nine|ten|ELEVEN|twelve|", PORT_FUZZY,
	     "hunk 1 is there already");
}

static void a_deletion_deletes_what_differs_a_little(void **state)
{
	(void)state;
	known("a|the quick brown fox|jumps over the dog|b|", "a|b|",
	      "a|the quick brown fox|jumps over the cat|b|", "a|b|", PORT_FUZZY, "another form");
	known("a|the quick brown fox|jumps over the dog|b|", "a|b|",
	      "a|something else|that nobody wrote before|b|", NULL, PORT_CONFLICT, "");
	/* names are alike when their parts are */
	known("a|\tlib->free_device_list(list);|b|", "a|b|", "a|\tlib_free_device_list(list);|b|",
	      "a|b|", PORT_FUZZY, "another form");
}

static void a_change_of_what_is_gone_is_left_out(void **state)
{
	static const char with[] =
		"a|b|c|d|e|f|static void gone(void)|{|\tcall_me_maybe();|}|g|h|i|";

	(void)state;
	known(with, "a|X|c|d|e|f|static void gone(void)|{|\tcall_nobody();|}|g|h|i|",
	      "a|b|c|d|e|f|g|h|i|", "a|X|c|d|e|f|g|h|i|", PORT_FUZZY, "left out");
	/* that another function has the same line says nothing */
	known("\tcall_me_maybe();|a|b|c|d|e|f|static void gone(void)|{|\tcall_me_maybe();|}|g|h|i|",
	      "\tcall_me_maybe();|a|X|c|d|e|f|static void gone(void)|{|\tcall_nobody();|}|g|h|i|",
	      "\tcall_me_maybe();|a|b|c|d|e|f|g|h|i|", "\tcall_me_maybe();|a|X|c|d|e|f|g|h|i|",
	      PORT_FUZZY, "left out");
	/* not when the line is elsewhere */
	known(with, "a|X|c|d|e|f|static void gone(void)|{|\tcall_nobody();|}|g|h|i|",
	      "a|b|c|d|e|f|g|h|i|\tcall_me_maybe();|", NULL, PORT_CONFLICT, "");
	/* not when the change adds something */
	known(with, "a|X|c|d|e|f|static void gone(void)|{|\tcall_me_twice();|\tcall_me();|}|g|h|i|",
	      "a|b|c|d|e|f|g|h|i|", NULL, PORT_CONFLICT, "");
	/* not when something new is defined there */
	known("a|b|c|void f(void);|void g(void);|d|e|",
	      "X|b|c|void f(void);|void n(void);|void g(void);|d|e|", "a|b|c|d|e|", NULL,
	      PORT_CONFLICT, "");
}

static void a_name_takes_the_form_that_the_branch_has(void **state)
{
	(void)state;
	known("a|\tnew_cancel(one);|b|c|d|e|", "a|\tnew_cancel(one);|b|c|\tnew_cancel(two);|d|e|",
	      "a|\told_cancel(one);|b|c|d|e|", "a|\told_cancel(one);|b|c|\told_cancel(two);|d|e|",
	      PORT_FUZZY, "'new_cancel' is called 'old_cancel' on the branch");
	/* names that it is a part of are others */
	known("a|\tnew_cancel(one);|x_new_cancel(new_cancel_x);|b|c|d|e|",
	      "a|\tnew_cancel(one);|x_new_cancel(new_cancel_x);|b|c|\tnew_cancel(two);|d|e|",
	      "a|\told_cancel(one);|x_new_cancel(new_cancel_x);|b|c|d|E|",
	      "a|\told_cancel(one);|x_new_cancel(new_cancel_x);|b|c|\told_cancel(two);|d|E|",
	      PORT_FUZZY, "'new_cancel' is called 'old_cancel' on the branch");
	/* the author had the other name, too: it is another thing */
	known("a|\tnew_cancel(one);|old_cancel(NULL, 1);|b|c|d|e|",
	      "a|\tnew_cancel(one);|old_cancel(NULL, 1);|b|c|\tnew_cancel(two);|d|e|",
	      "a|\told_cancel(one);|old_cancel(NULL, 1);|b|c|d|E|",
	      "a|\told_cancel(one);|old_cancel(NULL, 1);|b|c|\tnew_cancel(two);|d|E|", PORT_FUZZY,
	      "'new_cancel' was in the author's file");
	known("a|\tnew_cancel(one);|b|c|d|e|",
	      "a|\tnew_cancel(one);|b|c|\tnew_cancel_all(two);|d|e|",
	      "a|\told_cancel(one);|b|c|d|e|",
	      "a|\told_cancel(one);|b|c|\tnew_cancel_all(two);|d|e|", PORT_MERGED, NULL);
}

static void a_name_that_is_not_on_the_branch_is_pointed_out(void **state)
{
	(void)state;
	/* a merge needs to be looked at */
	known("some_call(1);|a|b|c|d|e|f|", "some_call(1);|a|b|c|some_call(2);|d|e|f|",
	      "A|b|c|d|e|f|", "A|b|c|some_call(2);|d|e|f|", PORT_FUZZY,
	      "'some_call' was in the author's file");
	/* a guess is not made */
	known("some_call(1);|a|b|c|d|e|f|", "some_call(1);|a|b|c|some_call(2);|d|e|f|",
	      "A|b|C|d|e|f|", NULL, PORT_CONFLICT, "'some_call' was in the author's file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_already),
		cmocka_unit_test(where_it_says_is_clean),
		cmocka_unit_test(at_other_lines_is_offset),
		cmocka_unit_test(another_context_is_merged),
		cmocka_unit_test(without_the_preimage_context_is_spared),
		cmocka_unit_test(changes_that_touch_are_both_made),
		cmocka_unit_test(two_additions_in_one_place_are_a_conflict),
		cmocka_unit_test(an_addition_that_is_there_is_not_made_twice),
		cmocka_unit_test(words_of_one_line_are_merged),
		cmocka_unit_test(the_same_word_is_a_conflict),
		cmocka_unit_test(a_line_break_beside_another_change_is_a_conflict),
		cmocka_unit_test(a_hunk_is_merged_where_it_belongs),
		cmocka_unit_test(a_hunk_that_belongs_to_two_places_is_a_conflict),
		cmocka_unit_test(of_two_places_the_function_of_the_heading_is_meant),
		cmocka_unit_test(a_hunk_that_belongs_nowhere_is_a_conflict),
		cmocka_unit_test(words_of_one_hash_are_not_one_word),
		cmocka_unit_test(hunks_are_taken_one_by_one),
		cmocka_unit_test(a_deletion_deletes_what_differs_a_little),
		cmocka_unit_test(a_change_of_what_is_gone_is_left_out),
		cmocka_unit_test(a_name_takes_the_form_that_the_branch_has),
		cmocka_unit_test(a_name_that_is_not_on_the_branch_is_pointed_out),
	};
	int result;

	git_libgit2_init();
	result = cmocka_run_group_tests(tests, NULL, NULL);
	git_libgit2_shutdown();
	return result;
}
