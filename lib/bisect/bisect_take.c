// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "bisect_take.h"

/* What lies so many commits apart is so likely to be unbuildable for the same reason. */
#define NEIGHBOUR 0.8

static size_t distance(const struct suspect_graph *graph, size_t a, size_t b)
{
	const uint64_t *one = &graph->rows[a * graph->words], *two = &graph->rows[b * graph->words];
	size_t count = 0;

	for (size_t word = 0; word < graph->words; word++)
		count += (size_t)__builtin_popcountll(one[word] ^ two[word]);
	return count;
}

/* One that cannot be tested makes its neighbours doubtful. */
static void doubt_neighbours(struct bisect *bisect, size_t number)
{
	for (size_t i = 0; i < bisect->history.count; i++) {
		double chance = 1 -
				pow(NEIGHBOUR, (double)distance(bisect->history.graph, number, i));

		if (chance < bisect->chance[i])
			bisect->chance[i] = chance;
	}
}

static void count_chances(struct bisect *bisect)
{
	for (size_t i = 0; i < bisect->history.count; i++)
		bisect->chance[i] = 1;
	for (size_t i = 0; i < bisect->history.count; i++)
		if (bisect->commits[i].skipped || bisect->commits[i].unbuildable)
			doubt_neighbours(bisect, i);
	for (size_t i = 0; i < bisect->history.count; i++) {
		const struct bisect_commit *commit = &bisect->commits[i];

		if (commit->parked || bisect->image[i] != i)
			bisect->chance[i] = 0;
		else if (commit->passes + commit->fails > 0)
			bisect->chance[i] = 1;
	}
}

static void set_text(char **field, const char *text)
{
	free(*field);
	*field = text ? xstrdup(text) : NULL;
}

static void take_test(struct bisect *bisect, size_t number, const json_t *event)
{
	const char *outcome = store_get_string(event, "outcome", "");
	struct bisect_commit *commit = &bisect->commits[number];
	bool passed = str_equal(outcome, "pass"), failed = str_equal(outcome, "fail");

	if (store_get_bool(event, "reused", false))
		bisect->reused++;
	else
		bisect->tests++;
	if (!store_get_bool(event, "reused", false))
		bisect->test_seconds += store_get_number(event, "seconds", 0);
	if (passed || failed)
		commit->infra_in_row = 0;
	if (failed && !commit->fails) {
		set_text(&commit->log, store_get_string(event, "log", NULL));
		set_text(&commit->text, store_get_string(event, "text", NULL));
		commit->line = json_integer_value(json_object_get(event, "line"));
	}
	if (str_equal(outcome, "infra")) {
		bisect->infra++;
		commit->infra++;
	} else if (str_equal(outcome, "skip")) {
		commit->skipped = true;
		set_text(&commit->why, store_get_string(event, "text", "the test cannot say"));
		count_chances(bisect);
	}
	commit->passes += passed;
	commit->fails += failed;
	suspect_belief_add(bisect->belief, bisect_for_belief(bisect, number), passed, failed);
}

/* What has the image of one that is built needs no build. */
static void note_built(struct bisect *bisect)
{
	for (size_t i = 0; i <= bisect->history.count; i++)
		bisect->built[i] = false;
	for (size_t i = 0; i <= bisect->history.count; i++)
		if (bisect->commits[i].built)
			bisect->built[bisect->image[i]] = true;
	for (size_t i = 0; i <= bisect->history.count; i++)
		bisect->built[i] = bisect->built[bisect->image[i]];
}

static void take_build(struct bisect *bisect, size_t number, const json_t *event)
{
	struct bisect_commit *commit = &bisect->commits[number];

	if (!store_get_bool(event, "reused", false)) {
		bisect->builds++;
		bisect->build_seconds += store_get_number(event, "seconds", 0);
	}
	commit->built = store_get_bool(event, "ok", false);
	commit->unbuildable = !commit->built;
	note_built(bisect);
	if (commit->built)
		return;
	set_text(&commit->why, store_get_string(event, "text", "it does not build"));
	count_chances(bisect);
}

static void set_mark(struct bisect *bisect, size_t number, enum suspect_mark mark, bool skipped)
{
	struct bisect_commit *commit = &bisect->commits[number];

	commit->mark = mark;
	commit->skipped = skipped;
	suspect_belief_mark(bisect->belief, bisect_for_belief(bisect, number), mark);
	count_chances(bisect);
}

static void take_mark(struct bisect *bisect, size_t number, const json_t *event)
{
	const char *as = store_get_string(event, "as", "");
	const struct bisect_commit *commit = &bisect->commits[number];

	bisect->markings = xreallocarray(bisect->markings, bisect->marking_count + 1,
					 sizeof(*bisect->markings));
	bisect->markings[bisect->marking_count++] = (struct bisect_marking){
		.commit = number, .mark = commit->mark, .skipped = commit->skipped
	};
	if (str_equal(as, "skip")) {
		set_text(&bisect->commits[number].why, "skipped by hand");
		set_mark(bisect, number, SUSPECT_UNMARKED, true);
	} else {
		set_mark(bisect, number,
			 str_equal(as, "bad") ? SUSPECT_MARKED_BAD : SUSPECT_MARKED_GOOD, false);
	}
}

static void take_undo(struct bisect *bisect)
{
	const struct bisect_marking *last;

	if (!bisect->marking_count)
		return;
	last = &bisect->markings[--bisect->marking_count];
	set_mark(bisect, last->commit, last->mark, last->skipped);
}

/* Half of the prior is alike for all that may be it, half for those of them that are likely. */
static void set_prior(const struct bisect *bisect, double *prior)
{
	size_t count = bisect->history.count, possible = 0, likely = bisect_count_likely(bisect);

	for (size_t i = 0; i < count; i++)
		possible += bisect->image[i] == i;
	for (size_t i = 0; i < count; i++)
		if (bisect->image[i] == i)
			prior[i] = 1.0 / (double)possible +
				   (bisect->likely[i] ? 1.0 / (double)likely : 0);
}

/* Believes anew from all that is known. */
static void believe(struct bisect *bisect)
{
	size_t count = bisect->history.count;
	CLEANUP(free_ptr) double *prior = xcalloc(count, sizeof(*prior));

	set_prior(bisect, prior);
	suspect_belief_free(bisect->belief);
	bisect->belief = suspect_belief_new(
		bisect->history.graph, bisect->spared < count ? prior : NULL, &bisect->assumptions);
	if (bisect->image[count - 1] < count)
		suspect_belief_set_bad_end(bisect->belief, bisect->image[count - 1]);
	for (size_t i = 0; i <= count; i++) {
		const struct bisect_commit *commit = &bisect->commits[i];
		size_t number = bisect_for_belief(bisect, i);

		suspect_belief_add(bisect->belief, number, commit->passes, commit->fails);
		if (commit->mark != SUSPECT_UNMARKED)
			suspect_belief_mark(bisect->belief, number, commit->mark);
	}
}

static void take_likely(struct bisect *bisect, const json_t *event)
{
	const json_t *list = json_object_get(event, "suspects");
	size_t index;
	json_t *value;

	json_array_foreach (list, index, value) {
		size_t number = (size_t)json_integer_value(value);

		if (number < bisect->history.count)
			bisect->likely[number] = true;
	}
	believe(bisect);
}

/* Which commits make the same image: for each the first, count for one of before them all. */
static void take_images(struct bisect *bisect, const json_t *event)
{
	size_t count = bisect->history.count, index;
	const json_t *list = json_object_get(event, "images");
	json_t *value;

	if (json_array_size(list) != count)
		return;
	bisect->spared = 0;
	json_array_foreach (list, index, value) {
		size_t image = (size_t)json_integer_value(value);

		/* a commit's image is its own or one of before it */
		bisect->image[index] = image <= index || image == count ? image : index;
		bisect->spared += bisect->image[index] != index;
	}
	note_built(bisect);
	count_chances(bisect);
	believe(bisect);
}

void bisect_take(struct bisect *bisect, const json_t *event)
{
	const char *what = store_get_string(event, "event", "");
	size_t number = SIZE_MAX;
	git_oid commit;

	if (git_oid_fromstr(&commit, store_get_string(event, "commit", "")) == 0)
		number = bisect_number_of(bisect, &commit);
	if (str_equal(what, "undo"))
		take_undo(bisect);
	else if (str_equal(what, "images"))
		take_images(bisect, event);
	else if (str_equal(what, "likely"))
		take_likely(bisect, event);
	else if (str_equal(what, "reset"))
		bisect->reset = true;
	else if (number == SIZE_MAX)
		return;
	else if (str_equal(what, "test"))
		take_test(bisect, number, event);
	else if (str_equal(what, "build"))
		take_build(bisect, number, event);
	else if (str_equal(what, "mark"))
		take_mark(bisect, number, event);
}
