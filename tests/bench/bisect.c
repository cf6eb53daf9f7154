// SPDX-License-Identifier: GPL-2.0
/*
 * bisect.c - how good and how dear bisection is when the test lies, simulated on a real history.
 *
 *     bisect DAG [RUNS [JOBS]]
 *
 * DAG has a line for each commit, "n parent parent ...", oldest first (git log --topo-order
 * --reverse with numbers). Build 10, boot 1; the boots of both ends are not counted. Every line
 * has its bar, and the exit status is 1 when one does not hold. The seeds are fixed.
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

static void run_share(const struct suspect_graph *graph, const struct bench *bench, int runs,
		      int jobs, int job, struct sums *sums)
{
	for (int i = job; i < runs; i += jobs) {
		struct suspect_outcome outcome;

		suspect_trial(graph, &bench->truth, BUILD, BOOT, DELTA, (uint64_t)i + 1, &outcome);
		add(sums, &outcome);
	}
}

static struct sums run_all(const struct suspect_graph *graph, const struct bench *bench, int runs,
			   int jobs)
{
	struct sums *shares = mmap(NULL, (size_t)jobs * sizeof(*shares), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sums all = { 0 };

	if (shares == MAP_FAILED)
		exit(3);
	for (int job = 0; job < jobs; job++)
		if (!fork()) {
			run_share(graph, bench, runs, jobs, job, &shares[job]);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	for (int job = 0; job < jobs; job++) {
		all.runs += shares[job].runs;
		all.right += shares[job].right;
		all.confidence += shares[job].confidence;
		all.cost += shares[job].cost;
		all.builds += shares[job].builds;
		all.boots += shares[job].boots;
		all.commits += shares[job].commits;
		all.ends += shares[job].ends;
	}
	munmap(shares, (size_t)jobs * sizeof(*shares));
	return all;
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
		struct sums sums = run_all(graph, &benches[i], runs, jobs);

		held &= report(&benches[i], &sums);
	}
	return held ? 0 : 1;
}
