// SPDX-License-Identifier: GPL-2.0
/* bisect_print.c - what a bisection knows, for people. */
#include <math.h>
#include <stdio.h>

#include "bisect.h"
#include "bisect/bisect_run.h"

#define SHOWN_SUSPECTS 10
#define ID_DIGITS      12

static const char *short_id(const struct bisect *bisect, size_t number, char id[ID_DIGITS + 1])
{
	return git_oid_tostr(id, ID_DIGITS + 1, bisect_commit_id(bisect, number));
}

/* "98.4 %", and never a 100 that is not quite one. */
static char *percent(double probability)
{
	if (probability > 0.999)
		return xstrdup("> 99.9 %");
	return xasprintf("%.1f %%", 100 * probability);
}

/* A test that cannot run where it is, says the same of every commit. */
static void warn_of_test(const struct run *run, const struct bisect *bisect,
			 const struct bisect_answer *answer)
{
	const struct bisect_commit *bad = &bisect->commits[bisect->history.count - 1];
	const struct bisect_commit *good = &bisect->commits[bisect_good_end(bisect)];

	if (answer->both_bad > answer->no_bug && bad->text && good->text && good->log &&
	    str_equal(bad->text, good->text))
		out_line(run, OUT_WARN,
			 "both ends fail with the same words: can the test run where it is? see %s",
			 good->log);
}

static void print_headline(const struct run *run, const struct bisect *bisect,
			   const struct bisect_answer *answer)
{
	OWNED_STR sure = percent(answer->confidence);
	char id[ID_DIGITS + 1];

	switch (answer->what) {
	case SUSPECT_FOUND:
		out_line(run, bisect->fixes ? OUT_GOOD : OUT_BAD, "%s %s (%s)",
			 git_oid_tostr_s(
				 bisect_commit_id(bisect, bisect_blamed(bisect, answer->culprit))),
			 bisect->fixes ? "fixes it" : "is the first bad commit", sure);
		return;
	case SUSPECT_NOBODY:
		if (answer->both_bad > answer->no_bug)
			out_line(run, OUT_WARN,
				 "none of the suspects (%zu): the good end is bad, too (%s)",
				 bisect->history.count, sure);
		else
			out_line(run, OUT_WARN,
				 "none of the suspects (%zu): the bad end hardly ever fails (%s)",
				 bisect->history.count, sure);
		warn_of_test(run, bisect, answer);
		return;
	case SUSPECT_STUCK:
		out_line(run, OUT_WARN,
			 "it is one of these, and nothing that can be tested would say which:");
		return;
	case SUSPECT_BOOT:
		out_line(run, OUT_BOLD, "%zu suspects; next to be %s: %s", bisect->history.count,
			 bisect_is_by_hand(bisect) ? "looked at" : "tested",
			 short_id(bisect, answer->next, id));
		return;
	}
}

static ERR_CHECK print_suspects(const struct run *run, struct bisect *bisect,
				const struct bisect_answer *answer)
{
	struct out_table *table = out_table_new();
	size_t count = answer->count < SHOWN_SUSPECTS ? answer->count : SHOWN_SUSPECTS;

	for (size_t i = 0; i < count; i++) {
		size_t number = bisect_blamed(bisect, answer->list[i].number);
		OWNED_STR sure = percent(answer->list[i].probability);
		const struct bisect_commit *commit = &bisect->commits[number];
		OWNED_STR subject = NULL;
		char id[ID_DIGITS + 1];

		TRY(bisect_subject(bisect, number, &subject));
		out_table_number(table, OUT_PLAIN, "%s", sure);
		out_table_cell(table, OUT_PLAIN, "%s", short_id(bisect, number, id));
		out_table_number(table, OUT_DIM, "%s", bisect_is_skipped(commit) ? "skipped" : "");
		out_table_cell(table, OUT_PLAIN, "%s", subject);
		out_table_end_row(table);
	}
	out_table_print(run, table, 2);
	if (answer->count > count)
		out_line(run, OUT_DIM, "  and %s%zu more",
			 answer->count == BISECT_LIST_MOST ? "at least " : "",
			 answer->count - count);
	return NULL;
}

/* The commit's own words. */
static ERR_CHECK print_culprit(const struct run *run, struct bisect *bisect, size_t number)
{
	GIT_COMMIT commit = NULL;
	const git_signature *author;
	STRVEC lines = { 0 };

	TRY(repo_commit(bisect->repo, bisect_commit_id(bisect, number), &commit));
	author = git_commit_author(commit);
	out_line(run, OUT_PLAIN, "%s", "");
	out_line(run, OUT_PLAIN, "  Author: %s <%s>", author->name, author->email);
	strvec_split(&lines, git_commit_message(commit), "\n");
	for (size_t i = 0; i < lines.count; i++)
		out_line(run, i ? OUT_PLAIN : OUT_BOLD, "    %s", lines.items[i]);
	out_line(run, OUT_PLAIN, "%s", "");
	return NULL;
}

static const char *role_of(const struct bisect *bisect, const struct bisect_answer *answer,
			   size_t number)
{
	const struct suspect_graph *graph = bisect->history.graph;

	if (bisect->fixes && answer->culprit != SIZE_MAX &&
	    number == bisect_blamed(bisect, answer->culprit))
		return "fix";
	if (number == bisect_good_end(bisect))
		return "good end";
	if (answer->culprit == number)
		return bisect->fixes ? "before it" : "culprit";
	if (number == bisect->history.count - 1)
		return "bad end";
	if (answer->culprit != SIZE_MAX && !bisect->fixes)
		for (size_t i = graph->starts[answer->culprit];
		     i < graph->starts[answer->culprit + 1]; i++)
			if (graph->parents[i] == number)
				return "parent";
	return "";
}

static void add_tested(struct bisect *bisect, const struct bisect_answer *answer, size_t number,
		       struct out_table *table)
{
	static const char *const marks[] = { "", "marked good", "marked bad" };
	const struct bisect_commit *commit = &bisect->commits[number];
	double bad = suspect_belief_is_bad(bisect->belief, bisect_for_belief(bisect, number));
	char id[ID_DIGITS + 1];

	out_table_cell(table, OUT_PLAIN, "%s", short_id(bisect, number, id));
	out_table_cell(table, OUT_PLAIN, "%s", role_of(bisect, answer, number));
	out_table_number(table, commit->fails ? OUT_BAD : OUT_PLAIN, "%d failed", commit->fails);
	out_table_number(table, commit->passes ? OUT_GOOD : OUT_PLAIN, "%d passed", commit->passes);
	out_table_cell(table, OUT_DIM, "%s",
		       bisect_is_skipped(commit)     ? "skipped"
		       : commit->mark		     ? marks[commit->mark]
		       : !commit->fails && bad > 0.5 ? "never failed"
		       : bad > 0.5		     ? "bad"
						     : "good");
	out_table_cell(table, OUT_DIM, "%s",
		       bisect_is_skipped(commit) ? (commit->why ? commit->why : "")
		       : commit->fails		 ? (commit->text ? commit->text : "")
						 : "");
	out_table_end_row(table);
}

/* Newest first. */
static void print_tested(const struct run *run, struct bisect *bisect,
			 const struct bisect_answer *answer)
{
	struct out_table *table = out_table_new();

	for (size_t i = bisect->history.count; i-- > 0;)
		if (bisect_is_known(&bisect->commits[i]))
			add_tested(bisect, answer, i, table);
	if (bisect_is_known(&bisect->commits[bisect_good_end(bisect)]))
		add_tested(bisect, answer, bisect_good_end(bisect), table);
	out_table_print(run, table, 2);
}

static void print_cost(const struct run *run, const struct bisect *bisect,
		       const struct bisect_answer *answer)
{
	OWNED_STR builds = bisect->builds ? xasprintf("%d build%s, ", bisect->builds,
						      bisect->builds == 1 ? "" : "s")
					  : xstrdup("");

	if (bisect_is_by_hand(bisect))
		return;
	if (bisect->spared)
		out_line(run, OUT_DIM,
			 "%zu of %zu suspects change nothing that went into the image",
			 bisect->spared, bisect->history.count);
	out_line(run, OUT_DIM, "%s%d test%s, %d without a result, %.0f s", builds, bisect->tests,
		 bisect->tests == 1 ? "" : "s", bisect->infra,
		 bisect->build_seconds + bisect->test_seconds);
	out_line(run, OUT_DIM,
		 "assumed: a bad commit passes %.0f %% of its tests, a good one fails %.1f %%",
		 100 * answer->p, 100 * suspect_belief_assumptions(bisect->belief)->q);
	if (bisect_count_likely(bisect))
		out_line(
			run, OUT_DIM,
			"assumed: the suspects that touch a --likely path (%zu) began with half of "
			"the probability",
			bisect_count_likely(bisect));
}

static void print_evidence(const struct run *run, const struct bisect *bisect, size_t number)
{
	const struct bisect_commit *commit = &bisect->commits[number];

	if (!commit->fails || !commit->log)
		return;
	out_line(run, OUT_PLAIN, "  seen in %s%s%s", commit->log, commit->text ? ": " : "",
		 commit->text ? commit->text : "");
}

static int exit_code(const struct bisect_answer *answer)
{
	switch (answer->what) {
	case SUSPECT_NOBODY:
		return EXIT_BAD;
	case SUSPECT_STUCK:
		return EXIT_INCONCLUSIVE;
	case SUSPECT_FOUND:
	case SUSPECT_BOOT:
		break;
	}
	return EXIT_GOOD;
}

static ERR_CHECK print_text(struct run *run, struct bisect *bisect,
			    const struct bisect_answer *answer)
{
	print_headline(run, bisect, answer);
	if (answer->what == SUSPECT_FOUND) {
		TRY(print_culprit(run, bisect, bisect_blamed(bisect, answer->culprit)));
		print_evidence(run, bisect, answer->culprit);
	}
	if (answer->what == SUSPECT_STUCK || (answer->what == SUSPECT_BOOT && bisect->tests))
		TRY(print_suspects(run, bisect, answer));
	print_tested(run, bisect, answer);
	print_cost(run, bisect, answer);
	return NULL;
}

ERR_CHECK bisect_print(struct run *run, struct bisect *bisect)
{
	CLEANUP(bisect_answer_release) struct bisect_answer answer = { 0 };
	OWNED_JSON *json = NULL;

	bisect_answer(bisect, &answer);
	run->exit_code = exit_code(&answer);
	if (!run->json)
		return print_text(run, bisect, &answer);
	TRY(bisect_answer_json(bisect, &answer, &json));
	out_json(json);
	return NULL;
}
