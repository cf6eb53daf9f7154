// SPDX-License-Identifier: GPL-2.0
/*
 * bisect.c - how good and how dear bisection is when the test lies, simulated on a real history.
 *
 *     bisect DAG [RUNS [JOBS]]
 *
 * DAG has a line for each commit, "n parent parent ...", oldest first (git log --topo-order
 * --reverse with numbers). Build 10, boot 1; the boots of both ends are not counted. Every line
 * has its bar, and the exit status is 1 when one does not hold. The seeds are fixed. A second table
 * (a fifth of the runs) holds farrier with other errors allowed against plain bisection with several
 * boots a step, and marks the Pareto front: what nothing else was righter than at a lower cost.
 */
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "suspect/suspect_trial.h"

#define BUILD 10.0
#define BOOT  1.0
#define DELTA 0.05

/* Plain bisection, as git's: a step is bad when so many of so many boots fail, else good. */
struct plain {
	int fails, boots;
};

/* A bar that is 0 does not apply. */
static const struct bench {
	struct suspect_truth truth;
	double least_right, most_cost, most_claim; /* percent, cost, percentage points */
} benches[] = {
	{ { .p = 0.3, .q = 0.01 }, 95, 160, 2 },
	{ { .p = 0.5, .q = 0.01 }, 95, 200, 2 },
	{ { .p = 0.7, .q = 0.01 }, 95, 290, 2 },
	{ { .p = 0.9, .q = 0.01 }, 90, 0, 2 },
	{ { .p = 0.5, .q = 0.01, .nu = 3 }, 0, 0, 4 },
	{ { .p = 0.5, .q = 0.01, .nu = 10 }, 0, 0, 4 },
	{ { .p = 0.5, .q = 0.01, .who = SUSPECT_NO_ONE }, 95, 0, 0 },
	{ { .p = 0.5, .q = 0.01, .who = SUSPECT_EVERYONE }, 95, 0, 0 },
	{ { .p = 0, .q = 0 }, 95, 0, 2 },
};

static const double passes[] = { 0.3, 0.5, 0.7 };

/* What is held against each other: farrier with `delta`, or plain bisection. */
static const struct method {
	const char *name;
	double delta;
	struct plain plain;
} methods[] = {
	{ "farrier, error 20 %", 0.2, { 0 } },
	{ "farrier, error 10 %", 0.1, { 0 } },
	{ "farrier, error 5 %", 0.05, { 0 } },
	{ "farrier, error 2 %", 0.02, { 0 } },
	{ "plain, 1 boot", 0, { 1, 1 } },
	{ "plain, 1 of 3 fails", 0, { 1, 3 } },
	{ "plain, 1 of 5 fails", 0, { 1, 5 } },
	{ "plain, 1 of 10 fails", 0, { 1, 10 } },
	{ "plain, 1 of 20 fails", 0, { 1, 20 } },
	{ "plain, 2 of 10 fail", 0, { 2, 10 } },
	{ "plain, 2 of 20 fail", 0, { 2, 20 } },
	{ "plain, 3 of 30 fail", 0, { 3, 30 } },
};

struct sums {
	int runs, right;
	double confidence, cost, builds, boots, commits, ends;
};

static struct suspect_graph *read_graph(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t count = 0, parents = 0;
	size_t *starts = xcalloc(1 << 20, sizeof(*starts));
	uint32_t *list = xcalloc(1 << 21, sizeof(*list));
	struct suspect_graph *graph;
	char line[4096];

	if (!file) {
		perror(path);
		exit(3);
	}
	while (count < (1 << 20) - 1 && fgets(line, sizeof(line), file)) {
		char *rest = line, *end;

		strtoul(rest, &rest, 10);
		for (;; rest = end) {
			unsigned long parent = strtoul(rest, &end, 10);

			if (end == rest)
				break;
			list[parents++] = (uint32_t)parent;
		}
		starts[++count] = parents;
	}
	fclose(file);
	graph = suspect_graph_new(count, starts, list);
	free(starts);
	free(list);
	return graph;
}

static void add(struct sums *sums, const struct suspect_outcome *outcome)
{
	sums->runs++;
	sums->right += outcome->right;
	sums->confidence += outcome->confidence;
	sums->cost += outcome->cost;
	sums->builds += outcome->builds;
	sums->boots += outcome->boots;
	sums->commits += outcome->commits;
	sums->ends += outcome->ends;
}

/* --- plain bisection --- */

/* xorshift64*, as in lib/suspect/suspect_trial.c */
static double draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (double)((*seed * 0x2545f4914f6cdd1dULL) >> 11) / 9007199254740992.0;
}

/* The suspect that splits those that are left most evenly; how many are left. */
static size_t find_middle(const struct suspect_graph *graph, const uint64_t *left, size_t *middle)
{
	size_t count = 0, most = 0;

	for (size_t i = 0; i < graph->words; i++)
		count += (size_t)__builtin_popcountll(left[i]);
	for (size_t x = 0; x < graph->count; x++) {
		size_t before = 0, less;

		if (!(left[x / 64] >> (x % 64) & 1))
			continue;
		for (size_t i = 0; i < graph->words; i++)
			before += (size_t)__builtin_popcountll(graph->rows[x * graph->words + i] &
							       left[i]);
		less = before < count - before ? before : count - before;
		if (less >= most) {
			most = less;
			*middle = x;
		}
	}
	return count;
}

static void try_plain(const struct suspect_graph *graph, const struct suspect_truth *truth,
		      const struct plain *plain, uint64_t seed, struct suspect_outcome *outcome)
{
	uint64_t *left = xcalloc(graph->words, sizeof(*left));
	size_t culprit, middle = 0;

	seed = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (int i = 0; i < 8; i++)
		draw(&seed);
	*outcome = (struct suspect_outcome){ 0 };
	culprit = (size_t)(draw(&seed) * (double)graph->count);
	memcpy(left, graph->rows + (graph->count - 1) * graph->words, graph->words * sizeof(*left));
	while (find_middle(graph, left, &middle) > 1) {
		bool bad = suspect_graph_reaches(graph, middle, culprit);
		int fails = 0;

		outcome->cost += BUILD;
		for (int i = 0; i < plain->boots && fails < plain->fails; i++) {
			outcome->cost += BOOT;
			fails += bad ? draw(&seed) >= truth->p : draw(&seed) < truth->q;
		}
		for (size_t i = 0; i < graph->words; i++)
			left[i] &= fails >= plain->fails ? graph->rows[middle * graph->words + i]
							 : ~graph->rows[middle * graph->words + i];
	}
	outcome->right = middle == culprit;
	free(left);
}

/* --- runs --- */

/* What is run: farrier's method with `delta`, or plain bisection. */
struct job {
	const struct suspect_graph *graph;
	const struct suspect_truth *truth;
	double delta;
	const struct plain *plain;
};

static void run_share(const struct job *job, int runs, int first, int step, struct sums *sums)
{
	for (int i = first; i < runs; i += step) {
		struct suspect_outcome outcome;

		if (job->delta > 0)
			suspect_trial(job->graph, job->truth, BUILD, BOOT, job->delta,
				      (uint64_t)i + 1, &outcome);
		else
			try_plain(job->graph, job->truth, job->plain, (uint64_t)i + 1, &outcome);
		add(sums, &outcome);
	}
}

static struct sums run_all(const struct job *job, int runs, int jobs)
{
	struct sums *shares = mmap(NULL, (size_t)jobs * sizeof(*shares), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sums all = { 0 };

	if (shares == MAP_FAILED)
		exit(3);
	for (int i = 0; i < jobs; i++)
		if (!fork()) {
			run_share(job, runs, i, jobs, &shares[i]);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < jobs; i++) {
		all.runs += shares[i].runs;
		all.right += shares[i].right;
		all.confidence += shares[i].confidence;
		all.cost += shares[i].cost;
		all.builds += shares[i].builds;
		all.boots += shares[i].boots;
		all.commits += shares[i].commits;
		all.ends += shares[i].ends;
	}
	munmap(shares, (size_t)jobs * sizeof(*shares));
	return all;
}

/* --- the tables --- */

/* Whether nothing else is at least as right and as cheap, and in one of them better. */
static bool is_on_front(const struct sums *sums, size_t which)
{
	const struct sums *one = &sums[which];

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (sums[i].right >= one->right && sums[i].cost <= one->cost &&
		    (sums[i].right > one->right || sums[i].cost < one->cost))
			return false;
	return true;
}

static void compare(const struct suspect_graph *graph, int runs, int jobs)
{
	struct sums sums[ARRAY_SIZE(passes)][ARRAY_SIZE(methods)];

	printf("\nq 0.01, %d runs each; * is on the Pareto front of its column\n%-22s", runs, "");
	for (size_t j = 0; j < ARRAY_SIZE(passes); j++)
		printf("  p %.1f: right    cost ", passes[j]);
	printf("\n");
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		for (size_t j = 0; j < ARRAY_SIZE(passes); j++) {
			struct suspect_truth truth = { .p = passes[j], .q = 0.01 };
			struct job job = { graph, &truth, methods[i].delta, &methods[i].plain };

			sums[j][i] = run_all(&job, runs, jobs);
		}
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		printf("%-22s", methods[i].name);
		for (size_t j = 0; j < ARRAY_SIZE(passes); j++)
			printf("        %5.1f %%  %6.1f %c", 100.0 * sums[j][i].right / runs,
			       sums[j][i].cost / runs, is_on_front(sums[j], i) ? '*' : ' ');
		printf("\n");
	}
}

static bool report(const struct bench *bench, const struct sums *sums)
{
	static const char *const who[] = { "", " nothing is bad", " all are bad" };
	double runs = sums->runs, right = 100 * sums->right / runs;
	double claim = 100 * sums->confidence / runs - right, cost = sums->cost / runs;
	bool held = right >= bench->least_right &&
		    (bench->most_cost <= 0 || cost <= bench->most_cost) &&
		    (bench->most_claim <= 0 || claim <= bench->most_claim);

	printf("p %.1f q %.2f nu %4.1f%-15s  right %5.1f %%", bench->truth.p, bench->truth.q,
	       bench->truth.nu, who[bench->truth.who], right);
	printf("  claims %+5.1f  cost %6.1f  (%.1f builds, %.1f boots, %.1f of the ends)  %s\n",
	       claim, cost, sums->builds / runs, sums->boots / runs, sums->ends / runs,
	       held ? "held" : "NOT HELD");
	fflush(stdout);
	return held;
}

/* The first choice is the dearest: nothing is ruled out. A history with a merge every ten commits. */
static bool time_choice(size_t count)
{
	size_t *starts = xcalloc(count + 1, sizeof(*starts)), parents = 0;
	uint32_t *list = xcalloc(2 * count, sizeof(*list));
	struct suspect_costs costs = { .build = BUILD, .boot = BOOT };
	struct suspect_action action;
	SUSPECT_GRAPH graph = NULL;
	SUSPECT_BELIEF belief = NULL;
	struct timespec began, ended;
	double seconds;

	for (size_t i = 0; i < count; i++) {
		if (i)
			list[parents++] = (uint32_t)i - 1;
		if (i > 30 && i % 10 == 0)
			list[parents++] = (uint32_t)i - 25;
		starts[i + 1] = parents;
	}
	graph = suspect_graph_new(count, starts, list);
	belief = suspect_belief_new(graph, NULL, &suspect_usual);
	suspect_belief_add(belief, count - 1, 2, 3);
	clock_gettime(CLOCK_MONOTONIC, &began);
	suspect_choose(belief, &costs, &action);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	seconds = (double)(ended.tv_sec - began.tv_sec) +
		  (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
	printf("choosing among %zu commits: %.2f s (bar: 1 s)  %s\n", count, seconds,
	       seconds < 1 ? "held" : "NOT HELD");
	free(starts);
	free(list);
	return seconds < 1;
}

int main(int argc, char **argv)
{
	int runs = argc > 2 ? atoi(argv[2]) : 1000;
	int jobs = argc > 3 ? atoi(argv[3]) : (int)sysconf(_SC_NPROCESSORS_ONLN);
	SUSPECT_GRAPH graph = NULL;
	bool held = true;

	if (argc < 2 || runs < 1 || jobs < 1) {
		fprintf(stderr, "usage: bisect DAG [RUNS [JOBS]]\n");
		return 2;
	}
	graph = read_graph(argv[1]);
	printf("%zu commits, %d runs each, %d at a time\n", graph->count, runs, jobs);
	held &= time_choice(15000);
	for (size_t i = 0; i < ARRAY_SIZE(benches); i++) {
		struct job job = { graph, &benches[i].truth, DELTA, NULL };
		struct sums sums = run_all(&job, runs, jobs);

		held &= report(&benches[i], &sums);
	}
	compare(graph, runs / 5 ? runs / 5 : 1, jobs);
	return held ? 0 : 1;
}
