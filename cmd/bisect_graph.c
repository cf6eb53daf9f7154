// SPDX-License-Identifier: GPL-2.0
/*
 * bisect_graph.c - 'farrier bisect visualize': git draws the history, and farrier writes beside
 * each commit what is believed of it. Commits of which nothing is to be said are counted.
 */
#include <stdio.h>

#include "bisect.h"
#include "core/proc.h"

/* Less likely suspects are only counted, unless they were tested. */
#define LEAST_SHOWN 0.005
#define BAR_COLUMNS 20
#define MARK	    '\1'
#define MOST_GRAPH  ((size_t)256 << 20)

struct graph {
	struct run *run;
	struct bisect *bisect;
	size_t left_out;
};

static ERR_CHECK ask_git(struct bisect *bisect, struct strbuf *out)
{
	const json_t *goods = json_object_get(bisect->start, "good");
	STRVEC argv = { 0 };
	size_t index;
	json_t *good;

	strvec_push(&argv, "git");
	strvec_pushf(&argv, "--git-dir=%s", git_repository_path(bisect->repo));
	strvec_push(&argv, "log");
	strvec_push(&argv, "--graph");
	strvec_push(&argv, "--no-color");
	strvec_push(&argv, "--format=%x01%H");
	strvec_pushf(&argv, "%s%s", bisect->fixes ? "^" : "", git_oid_tostr_s(&bisect->bad));
	json_array_foreach (goods, index, good)
		strvec_pushf(&argv, "%s%s", bisect->fixes ? "" : "^", json_string_value(good));
	return proc_run_ok(&(struct proc_spec){ .argv = (const char *const *)argv.items },
			   &(struct proc_io){ .out = out, .limit = MOST_GRAPH });
}

static void print_left_out(struct graph *graph)
{
	if (graph->left_out)
		out_line(graph->run, OUT_DIM, "  ... %zu commit%s", graph->left_out,
			 graph->left_out == 1 ? "" : "s");
	graph->left_out = 0;
}

static bool is_shown(struct graph *graph, size_t number)
{
	const struct bisect_commit *commit = &graph->bisect->commits[number];

	return bisect_is_known(commit) ||
	       suspect_belief_of(graph->bisect->belief, number) >= LEAST_SHOWN;
}

static char *counts_of(const struct bisect_commit *commit)
{
	if (bisect_is_skipped(commit))
		return xstrdup("skipped");
	if (commit->mark != SUSPECT_UNMARKED)
		return xstrdup(commit->mark == SUSPECT_MARKED_BAD ? "marked bad" : "marked good");
	if (!commit->passes && !commit->fails)
		return xstrdup("");
	return xasprintf("%d of %d failed", commit->fails, commit->passes + commit->fails);
}

static ERR_CHECK print_commit(struct graph *graph, const char *edges, size_t number)
{
	double probability = suspect_belief_of(graph->bisect->belief, number);
	OWNED_STR counts = counts_of(&graph->bisect->commits[number]);
	OWNED_STR subject = NULL;
	char bar[BAR_COLUMNS + 1] = "";
	int columns = (int)(probability * BAR_COLUMNS + 0.5);

	if (!is_shown(graph, number)) {
		graph->left_out++;
		return NULL;
	}
	print_left_out(graph);
	TRY(bisect_subject(graph->bisect, number, &subject));
	memset(bar, '#', (size_t)columns);
	bar[columns] = '\0';
	out_line(graph->run, probability >= 0.5 ? OUT_BAD : OUT_PLAIN,
		 "%-8s %.12s %5.1f %% %-*s %-14s %s", edges,
		 git_oid_tostr_s(bisect_commit_id(graph->bisect, number)), 100 * probability,
		 BAR_COLUMNS, bar, counts, subject);
	return NULL;
}

static ERR_CHECK print_line(struct graph *graph, char *line)
{
	char *mark = strchr(line, MARK);
	size_t number;
	git_oid id;

	if (!mark) {
		if (!graph->left_out)
			out_line(graph->run, OUT_DIM, "%s", line);
		return NULL;
	}
	*mark = '\0';
	if (git_oid_fromstr(&id, mark + 1) < 0)
		return NULL;
	number = bisect_history_find(&graph->bisect->history, &id);
	return number == SIZE_MAX ? NULL : print_commit(graph, line, number);
}

ERR_CHECK bisect_print_graph(struct run *run, struct bisect *bisect)
{
	CLEANUP(bisect_answer_release) struct bisect_answer answer = { 0 };
	struct graph graph = { .run = run, .bisect = bisect };
	STRBUF text = { 0 };
	char *rest = NULL;

	bisect_answer(bisect, &answer); /* what is claimed is what is drawn */
	TRY(ask_git(bisect, &text));
	if (!text.len)
		return NULL;
	for (char *line = strtok_r(text.buf, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		TRY(print_line(&graph, line));
	print_left_out(&graph);
	out_line(run, OUT_DIM, "nobody of them: %.1f %%",
		 100 * (suspect_belief_both_bad(bisect->belief) +
			suspect_belief_no_bug(bisect->belief)));
	return NULL;
}
