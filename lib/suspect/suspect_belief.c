// SPDX-License-Identifier: GPL-2.0
/*
 * suspect_belief.c - the posterior.
 *
 * For a point g = (mu, nu) of the grid and a bad commit with s passes and f failures the
 * likelihood is B(mu nu + s, (1 - mu) nu + f) / B(mu nu, (1 - mu) nu), a product of s + f factors;
 * for a good one the same with q and k. Both depend on the hypothesis only by whether it makes the
 * commit bad, so a class of hypotheses has one likelihood for each g, kept as its logarithm and
 * added to with every boot. A commit that is booted first splits the classes in those that make it
 * bad and those that do not.
 */
#include <math.h>

#include "suspect_belief.h"

#define MUS 24
static const double nus[] = { 1.5, 3, 6, 12, 30, INFINITY };
#define POINTS (MUS * ARRAY_SIZE(nus) + 1)

const struct suspect_assumptions suspect_usual = {
	.q = 0.02, .k = 50, .always = 0.3, .nobody = 0.05
};

struct point {
	double mu, nu, prior;
};

struct class
{
	double logs[POINTS]; /* likelihood */
	double prior;
	double points[POINTS]; /* of the grid, given the class */
	double probability;
};

struct suspect_belief {
	const struct suspect_graph *graph;
	struct suspect_assumptions assumptions;
	struct point grid[POINTS];
	double *prior; /* of each suspect */
	uint32_t *class_of;
	struct class *classes;
	double *probabilities;
	size_t class_count, class_alloc;
	uint32_t both_bad, no_bug;
	struct suspect_count *counts;
	struct suspect_count good_end;
	size_t bad_end;
	bool *was_split; /* the classes agree on the commit */
	enum suspect_mark *marks, good_mark;
	bool begun;
	bool fresh; /* probabilities are worked out */
};

static void make_grid(struct suspect_belief *belief)
{
	size_t point = 0;

	belief->grid[point++] =
		(struct point){ .mu = 0, .nu = INFINITY, .prior = belief->assumptions.always };
	for (size_t i = 0; i < MUS; i++)
		for (size_t j = 0; j < ARRAY_SIZE(nus); j++)
			belief->grid[point++] = (struct point){ .mu = ((double)i + 0.5) / MUS,
								.nu = nus[j] };
	suspect_belief_expect(belief, SUSPECT_ALIKE);
}

void suspect_belief_expect(struct suspect_belief *belief, enum suspect_expectation expectation)
{
	static const double weights[][ARRAY_SIZE(nus)] = {
		[SUSPECT_ALIKE] = { 0.1, 0.1, 0.1, 0.1, 0.1, 0.5 },
		[SUSPECT_DOUBT] = { 0.16, 0.16, 0.16, 0.16, 0.16, 0.2 },
		[SUSPECT_DIFFER] = { 0.33, 0.33, 0.19, 0.1, 0.04, 0.01 },
	};
	double each = (1 - belief->assumptions.always) / MUS;

	for (size_t g = 1; g < POINTS; g++)
		belief->grid[g].prior = each * weights[expectation][(g - 1) % ARRAY_SIZE(nus)];
	belief->fresh = false;
}

static uint32_t add_class(struct suspect_belief *belief)
{
	if (belief->class_count == belief->class_alloc) {
		belief->class_alloc = belief->class_alloc * 2 + 8;
		belief->classes = xreallocarray(belief->classes, belief->class_alloc,
						sizeof(*belief->classes));
		belief->probabilities = xreallocarray(belief->probabilities, belief->class_alloc,
						      sizeof(*belief->probabilities));
	}
	belief->classes[belief->class_count] = (struct class){ 0 };
	return (uint32_t)belief->class_count++;
}

struct suspect_belief *suspect_belief_new(const struct suspect_graph *graph, const double *prior,
					  const struct suspect_assumptions *assumptions)
{
	struct suspect_belief *belief = xcalloc(1, sizeof(*belief));
	double sum = 0, nobody = assumptions->nobody;

	belief->graph = graph;
	belief->bad_end = graph->count - 1;
	belief->assumptions = *assumptions;
	belief->prior = xcalloc(graph->count, sizeof(*belief->prior));
	belief->class_of = xcalloc(graph->count, sizeof(*belief->class_of));
	belief->counts = xcalloc(graph->count, sizeof(*belief->counts));
	belief->was_split = xcalloc(graph->count, sizeof(*belief->was_split));
	belief->marks = xcalloc(graph->count, sizeof(*belief->marks));
	for (size_t i = 0; i < graph->count; i++)
		sum += belief->prior[i] = prior ? prior[i] : 1;
	for (size_t i = 0; i < graph->count; i++)
		belief->prior[i] *= (1 - nobody) / sum;
	make_grid(belief);
	add_class(belief);
	belief->both_bad = add_class(belief);
	belief->no_bug = add_class(belief);
	belief->classes[0].prior = 1 - nobody;
	belief->classes[belief->both_bad].prior = nobody / 2;
	belief->classes[belief->no_bug].prior = nobody / 2;
	return belief;
}

void suspect_belief_free(struct suspect_belief *belief)
{
	if (!belief)
		return;
	free(belief->prior);
	free(belief->class_of);
	free(belief->classes);
	free(belief->probabilities);
	free(belief->counts);
	free(belief->was_split);
	free(belief->marks);
	free(belief);
}

void suspect_belief_set_bad_end(struct suspect_belief *belief, size_t commit)
{
	belief->bad_end = commit;
}

size_t suspect_belief_bad_end(const struct suspect_belief *belief)
{
	return belief->bad_end;
}

static void *copy_of(const void *from, size_t count, size_t size)
{
	void *to = xcalloc(count + 1, size);

	memcpy(to, from, count * size);
	return to;
}

struct suspect_belief *suspect_belief_copy(const struct suspect_belief *belief)
{
	size_t count = belief->graph->count, classes = belief->class_count;
	struct suspect_belief *copy = copy_of(belief, 1, sizeof(*belief));

	copy->prior = copy_of(belief->prior, count, sizeof(*copy->prior));
	copy->class_of = copy_of(belief->class_of, count, sizeof(*copy->class_of));
	copy->counts = copy_of(belief->counts, count, sizeof(*copy->counts));
	copy->was_split = copy_of(belief->was_split, count, sizeof(*copy->was_split));
	copy->marks = copy_of(belief->marks, count, sizeof(*copy->marks));
	copy->classes = copy_of(belief->classes, classes, sizeof(*copy->classes));
	copy->probabilities = copy_of(belief->probabilities, classes, sizeof(*copy->probabilities));
	copy->class_alloc = classes;
	return copy;
}

void suspect_belief_release(struct suspect_belief **belief)
{
	suspect_belief_free(*belief);
}

const struct suspect_graph *suspect_belief_graph(const struct suspect_belief *belief)
{
	return belief->graph;
}

/* Classes whose members do not agree on a commit become two. */
static void split(struct suspect_belief *belief, size_t commit)
{
	size_t old = belief->class_count;
	uint32_t *other = xcalloc(old, sizeof(*other)); /* those that do not make it bad */
	uint8_t *seen = xcalloc(old, 1);		/* 1: bad, 2: good */

	for (size_t i = 0; i < belief->graph->count; i++)
		seen[belief->class_of[i]] |= suspect_graph_reaches(belief->graph, commit, i) ? 1
											     : 2;
	for (uint32_t c = 0; c < old; c++)
		if (seen[c] == 3) {
			other[c] = add_class(belief);
			belief->classes[other[c]] = belief->classes[c];
			belief->classes[other[c]].prior = 0;
			belief->classes[c].prior = 0;
		}
	for (size_t i = 0; i < belief->graph->count; i++) {
		uint32_t c = belief->class_of[i];

		if (seen[c] != 3)
			continue;
		if (!suspect_graph_reaches(belief->graph, commit, i))
			belief->class_of[i] = other[c];
		belief->classes[belief->class_of[i]].prior += belief->prior[i];
	}
	free(other);
	free(seen);
}

/* The factor of one more boot at a point of the grid. */
static double factor(const struct point *point, struct suspect_count count, bool passed)
{
	double hits = passed ? point->mu : 1 - point->mu;

	if (isinf(point->nu))
		return hits;
	return (hits * point->nu + (passed ? count.passes : count.fails)) /
	       (point->nu + count.passes + count.fails);
}

static double good_factor(const struct suspect_belief *belief, struct suspect_count count,
			  bool passed)
{
	struct point point = { .mu = 1 - belief->assumptions.q, .nu = belief->assumptions.k };

	return factor(&point, count, passed);
}

static bool makes_bad(const struct suspect_belief *belief, const uint32_t *some, uint32_t class,
		      size_t commit)
{
	if (class == belief->no_bug)
		return false;
	if (class == belief->both_bad)
		return true;
	return commit != SUSPECT_GOOD_END &&
	       suspect_graph_reaches(belief->graph, commit, some[class]);
}

/* One member of each class. */
static uint32_t *pick_members(const struct suspect_belief *belief)
{
	uint32_t *some = xcalloc(belief->class_count, sizeof(*some));

	for (size_t i = 0; i < belief->graph->count; i++)
		some[belief->class_of[i]] = (uint32_t)i;
	return some;
}

static void multiply(struct suspect_belief *belief, const uint32_t *some, size_t commit,
		     struct suspect_count count, bool passed)
{
	double good = log(good_factor(belief, count, passed));
	double bad[POINTS];

	for (size_t g = 0; g < POINTS; g++)
		bad[g] = log(factor(&belief->grid[g], count, passed));
	for (uint32_t c = 0; c < belief->class_count; c++) {
		bool is_bad = makes_bad(belief, some, c, commit);

		for (size_t g = 0; g < POINTS; g++)
			belief->classes[c].logs[g] += is_bad ? bad[g] : good;
	}
}

static void make_classes_agree(struct suspect_belief *belief, size_t commit)
{
	belief->begun |= commit != SUSPECT_GOOD_END && commit != belief->bad_end;
	if (commit == SUSPECT_GOOD_END || belief->was_split[commit])
		return;
	belief->was_split[commit] = true;
	split(belief, commit);
}

/* The logarithm of how likely a mark is, of a commit that is bad or not. */
static double log_mark(enum suspect_mark mark, bool is_bad)
{
	if (mark == SUSPECT_UNMARKED)
		return 0;
	return log((mark == SUSPECT_MARKED_BAD) == is_bad ? 1 - SUSPECT_MARK_ERROR
							  : SUSPECT_MARK_ERROR);
}

enum suspect_mark suspect_belief_marked(const struct suspect_belief *belief, size_t commit)
{
	return commit == SUSPECT_GOOD_END ? belief->good_mark : belief->marks[commit];
}

void suspect_belief_mark(struct suspect_belief *belief, size_t commit, enum suspect_mark mark)
{
	enum suspect_mark before = suspect_belief_marked(belief, commit);
	uint32_t *some;

	make_classes_agree(belief, commit);
	some = pick_members(belief);
	for (uint32_t c = 0; c < belief->class_count; c++) {
		bool is_bad = makes_bad(belief, some, c, commit);

		for (size_t g = 0; g < POINTS; g++)
			belief->classes[c].logs[g] += log_mark(mark, is_bad) -
						      log_mark(before, is_bad);
	}
	free(some);
	*(commit == SUSPECT_GOOD_END ? &belief->good_mark : &belief->marks[commit]) = mark;
	belief->fresh = false;
}

void suspect_belief_add(struct suspect_belief *belief, size_t commit, int passes, int fails)
{
	struct suspect_count *count = commit == SUSPECT_GOOD_END ? &belief->good_end
								 : &belief->counts[commit];
	uint32_t *some;

	if (passes + fails <= 0)
		return;
	make_classes_agree(belief, commit);
	some = pick_members(belief);
	for (; passes > 0; passes--) {
		multiply(belief, some, commit, *count, true);
		count->passes++;
	}
	for (; fails > 0; fails--) {
		multiply(belief, some, commit, *count, false);
		count->fails++;
	}
	free(some);
	belief->fresh = false;
}

struct suspect_count suspect_belief_count(const struct suspect_belief *belief, size_t commit)
{
	return commit == SUSPECT_GOOD_END ? belief->good_end : belief->counts[commit];
}

bool suspect_belief_begun(const struct suspect_belief *belief)
{
	return belief->begun;
}

static void normalise(struct suspect_belief *belief)
{
	double most = -INFINITY, sum = 0;

	if (belief->fresh)
		return;
	for (size_t c = 0; c < belief->class_count; c++)
		for (size_t g = 0; g < POINTS; g++)
			if (belief->classes[c].logs[g] > most)
				most = belief->classes[c].logs[g];
	for (size_t c = 0; c < belief->class_count; c++) {
		struct class *class = &belief->classes[c];
		double all = 0;

		for (size_t g = 0; g < POINTS; g++)
			all += class->points[g] = belief->grid[g].prior *
						  exp(class->logs[g] - most);
		for (size_t g = 0; g < POINTS && all > 0; g++)
			class->points[g] /= all;
		sum += class->probability = class->prior * all;
	}
	for (size_t c = 0; c < belief->class_count; c++) {
		belief->classes[c].probability /= sum;
		belief->probabilities[c] = belief->classes[c].probability;
	}
	belief->fresh = true;
}

double suspect_belief_share(const struct suspect_belief *belief, size_t commit)
{
	const struct class *class = &belief->classes[belief->class_of[commit]];

	return class->prior > 0 ? belief->prior[commit] / class->prior : 0;
}

double suspect_belief_of(struct suspect_belief *belief, size_t commit)
{
	normalise(belief);
	return belief->classes[belief->class_of[commit]].probability *
	       suspect_belief_share(belief, commit);
}

double suspect_belief_both_bad(struct suspect_belief *belief)
{
	normalise(belief);
	return belief->classes[belief->both_bad].probability;
}

double suspect_belief_no_bug(struct suspect_belief *belief)
{
	normalise(belief);
	return belief->classes[belief->no_bug].probability;
}

double suspect_belief_is_bad(struct suspect_belief *belief, size_t commit)
{
	double sum = suspect_belief_both_bad(belief);

	for (size_t i = 0; i <= commit && commit != SUSPECT_GOOD_END; i++)
		if (suspect_graph_reaches(belief->graph, commit, i))
			sum += suspect_belief_of(belief, i);
	return sum < 1 ? sum : 1;
}

size_t suspect_belief_best(struct suspect_belief *belief)
{
	double most = -1;
	size_t best = 0;

	for (size_t i = 0; i < belief->graph->count; i++) {
		double probability = suspect_belief_of(belief, i);

		if (probability > most) {
			most = probability;
			best = i;
		}
	}
	return best;
}

double suspect_belief_pass_rate(struct suspect_belief *belief)
{
	double rate = 0;

	normalise(belief);
	for (size_t c = 0; c < belief->class_count; c++)
		for (size_t g = 0; g < POINTS; g++)
			rate += belief->classes[c].probability * belief->classes[c].points[g] *
				belief->grid[g].mu;
	return rate;
}

void suspect_belief_classes(struct suspect_belief *belief, struct suspect_classes *classes)
{
	normalise(belief);
	*classes = (struct suspect_classes){ .count = belief->class_count,
					     .of = belief->class_of,
					     .probability = belief->probabilities,
					     .both_bad = belief->both_bad,
					     .no_bug = belief->no_bug };
}

void suspect_belief_passes(struct suspect_belief *belief, uint32_t class,
			   struct suspect_count count, int boots, double *passes)
{
	const struct class *given = &belief->classes[class];

	normalise(belief);
	memset(passes, 0, ((size_t)boots + 1) * sizeof(*passes));
	for (size_t g = 0; g < POINTS; g++) {
		struct suspect_count then = count;
		double pass = given->points[g];

		if (pass < 1e-9)
			continue;
		passes[0] += pass;
		for (int i = 1; i <= boots; i++, then.passes++) {
			pass *= factor(&belief->grid[g], then, true);
			passes[i] += pass;
		}
	}
}

const struct suspect_assumptions *suspect_belief_assumptions(const struct suspect_belief *belief)
{
	return &belief->assumptions;
}

void suspect_belief_good_passes(const struct suspect_belief *belief, struct suspect_count count,
				int boots, double *passes)
{
	passes[0] = 1;
	for (int i = 0; i < boots; i++, count.passes++)
		passes[i + 1] = passes[i] * good_factor(belief, count, true);
}
