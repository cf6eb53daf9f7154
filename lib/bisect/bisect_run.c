// SPDX-License-Identifier: GPL-2.0
#include "bisect_run.h"
#include "base/progress.h"

/* So many decisions of what is under way are taken for granted, at most. */
#define MOST_AHEAD 8

/* What was decided: so many tests of a commit, of which `left` are still to be begun. */
struct plan {
	size_t number;
	int left;
};

struct slot {
	struct runner *runner;
	int index;
	bool busy, over; /* over: its job is to be freed */
	size_t number;
	struct bisect_job *job;
	struct progress *progress;
};

struct runner {
	struct bisect *bisect;
	struct loop *loop;
	const struct bisect_test_kind *kind;
	void *state;
	struct bisect_room room;
	struct slot *slots; /* room.tests */
	struct plan *plans; /* room.tests; those without tests left are free */
	int busy;
	struct suspect_step step; /* the last that was thought of */
	bool done;
	struct loop_source *timer; /* the next look for work */
};

static void release_runner(struct runner *runner)
{
	for (int i = 0; i < runner->room.tests; i++) {
		progress_drop(&runner->slots[i].progress);
		runner->kind->free(runner->slots[i].job);
	}
	free(runner->slots);
	free(runner->plans);
	if (runner->kind && runner->state)
		runner->kind->close(runner->state);
	if (runner->timer)
		loop_remove(runner->loop, runner->timer);
	loop_free(runner->loop);
}

static size_t number_of(const struct bisect *bisect, size_t for_belief)
{
	return for_belief == SUSPECT_GOOD_END ? bisect_good_end(bisect) : for_belief;
}

static const char *short_id(const struct bisect *bisect, size_t number, char id[13])
{
	return git_oid_tostr(id, 13, bisect_commit_id(bisect, number));
}

/* --- what a test says --- */

static const struct err *on_built(void *data, const struct bisect_built *built)
{
	struct slot *slot = data;
	struct bisect *bisect = slot->runner->bisect;
	json_t *event = bisect_event(bisect, "build", slot->number);

	store_set(event, "ok", json_boolean(built->ok));
	store_set(event, "seconds", json_real(built->seconds));
	if (built->reused)
		store_set(event, "reused", json_true());
	if (!built->ok)
		store_set(event, "text", store_text(built->text));
	return bisect_happen(bisect, event);
}

static ERR_CHECK note_test(struct slot *slot, const struct bisect_outcome *outcome)
{
	struct bisect *bisect = slot->runner->bisect;
	json_t *event = bisect_event(bisect, "test", slot->number);

	store_set(event, "outcome", json_string(bisect_result_name(outcome->result)));
	store_set(event, "seconds", json_real(outcome->seconds));
	if (outcome->reused)
		store_set(event, "reused", json_true());
	if (outcome->log)
		store_set(event, "log", store_text(outcome->log));
	if (outcome->text)
		store_set(event, "text", store_text(outcome->text));
	if (outcome->line)
		store_set(event, "line", json_integer(outcome->line));
	return bisect_happen(bisect, event);
}

static void park(struct bisect *bisect, size_t number)
{
	struct bisect_commit *commit = &bisect->commits[number];
	char id[13];

	if (++commit->infra_in_row < BISECT_MOST_INFRA)
		return;
	commit->parked = true;
	if (number != bisect_good_end(bisect))
		bisect->chance[number] = 0;
	progress_warn("%s: %d tests in a row said nothing; others are tested first",
		      short_id(bisect, number, id), commit->infra_in_row);
}

/*
 * What is planned of a commit goes on while it passes: "until it fails", and what cannot be tested,
 * not again. Plans of others were made before this was known.
 */
static void reconsider(struct runner *runner, size_t number, enum bisect_result result)
{
	for (int i = 0; i < runner->room.tests; i++)
		if (runner->plans[i].number != number || result != BISECT_PASS)
			runner->plans[i].left = 0;
}

static const struct err *on_done(void *data, const struct bisect_outcome *outcome)
{
	struct slot *slot = data;
	struct runner *runner = slot->runner;
	struct bisect *bisect = runner->bisect;
	bool known = outcome->result == BISECT_PASS || outcome->result == BISECT_FAIL;

	/* what does not build was noted as such */
	if (known || !bisect->commits[slot->number].unbuildable)
		TRY(note_test(slot, outcome));
	if (outcome->result == BISECT_INFRA)
		park(bisect, slot->number);
	progress_end(TAKE_PTR(slot->progress), "%s%s%s", bisect_result_name(outcome->result),
		     outcome->text && outcome->result != BISECT_PASS ? ", " : "",
		     outcome->text && outcome->result != BISECT_PASS ? outcome->text : "");
	reconsider(runner, slot->number, outcome->result);
	slot->over = true;
	loop_set_timer(runner->timer, loop_now());
	return NULL;
}

/* --- what is tested next --- */

/* As if so many tests of a commit came out as is likeliest. */
static void suppose(const struct runner *runner, struct suspect_belief *belief, size_t number,
		    int tests)
{
	size_t commit = bisect_for_belief(runner->bisect, number);
	bool fails = suspect_belief_is_bad(belief, commit) *
			     (1 - suspect_belief_pass_rate(belief)) >
		     0.5;

	if (tests)
		suspect_belief_add(belief, commit, fails ? 0 : tests, fails);
}

/* What is under way, and what is planned. */
static void think_ahead(const struct runner *runner, struct suspect_belief *belief)
{
	for (int i = 0; i < runner->room.tests; i++)
		if (runner->slots[i].busy)
			suppose(runner, belief, runner->slots[i].number, 1);
	for (int i = 0; i < runner->room.tests; i++)
		suppose(runner, belief, runner->plans[i].number, runner->plans[i].left);
}

/* One that a job is building is not to be built twice. */
static bool is_under_way(const struct runner *runner, size_t number)
{
	for (int i = 0; i < runner->room.tests; i++)
		if (runner->slots[i].busy && runner->slots[i].number == number &&
		    !runner->bisect->built[number])
			return true;
	return false;
}

static bool has_room_to_build(const struct runner *runner)
{
	int builds = 0;

	for (int i = 0; i < runner->room.tests; i++)
		builds += runner->slots[i].busy && !runner->bisect->built[runner->slots[i].number];
	return builds < runner->room.builds;
}

static bool may_begin(const struct runner *runner, size_t number)
{
	return runner->bisect->built[number] ||
	       (has_room_to_build(runner) && !is_under_way(runner, number));
}

static ERR_CHECK trouble(const struct runner *runner, size_t number)
{
	const struct bisect_commit *commit = &runner->bisect->commits[number];
	const char *end = number == bisect_good_end(runner->bisect) ? "good" : "bad";
	char id[13];

	short_id(runner->bisect, number, id);
	if (commit->parked)
		return err_hint(err_env("%s: every test of the %s end said nothing", id, end),
				"see the logs in '%s/logs'; 'farrier bisect run' goes on",
				runner->bisect->folder);
	if (!commit->skipped && !commit->unbuildable)
		return NULL;
	return err_hint(err_input("%s, the %s end, cannot be tested: %s", id, end,
				  commit->why ? commit->why : ""),
			"when you know that it is %s, say 'farrier bisect %s %s'", end, end, id);
}

/* Decides on the next tests, when there are any. */
static ERR_CHECK think(struct runner *runner)
{
	struct bisect *bisect = runner->bisect;
	SUSPECT_BELIEF ahead = NULL;
	struct suspect_costs costs;
	struct suspect_step step;

	bisect_next(bisect, &runner->step);
	if (runner->step.what != SUSPECT_BOOT)
		return NULL;
	if (runner->step.of_ends)
		TRY(trouble(runner, number_of(bisect, runner->step.action.commit)));
	if (!runner->busy)
		return NULL;
	ahead = suspect_belief_copy(bisect->belief);
	think_ahead(runner, ahead);
	bisect_costs(bisect, &costs);
	for (int i = 0; i < MOST_AHEAD; i++) {
		size_t number;

		suspect_next(ahead, &costs, bisect->delta, &step);
		if (step.what != SUSPECT_BOOT)
			break;
		runner->step = step;
		number = number_of(bisect, step.action.commit);
		if (!has_room_to_build(runner) || !is_under_way(runner, number))
			break;
		/* it is being built: what would be next when its tests were over? */
		suppose(runner, ahead, number, step.action.boots);
	}
	return NULL;
}

/* Of what was decided the first that can go on now. */
static struct plan *find_plan(struct runner *runner)
{
	for (int i = 0; i < runner->room.tests; i++)
		if (runner->plans[i].left && may_begin(runner, runner->plans[i].number))
			return &runner->plans[i];
	return NULL;
}

/* NULL: nothing can be begun now. */
static ERR_CHECK next_plan(struct runner *runner, struct plan **plan)
{
	size_t number;

	*plan = find_plan(runner);
	if (*plan)
		return NULL;
	TRY(think(runner));
	if (runner->step.what != SUSPECT_BOOT)
		return NULL;
	number = number_of(runner->bisect, runner->step.action.commit);
	for (int i = 0; i < runner->room.tests && may_begin(runner, number); i++) {
		if (runner->plans[i].left)
			continue;
		runner->plans[i] = (struct plan){ .number = number,
						  .left = runner->step.action.boots };
		*plan = &runner->plans[i];
		return NULL;
	}
	return NULL;
}

static ERR_CHECK start(struct runner *runner, struct slot *slot, size_t number)
{
	struct bisect_waiter waiter = { .on_built = on_built, .on_done = on_done, .data = slot };
	const struct bisect *bisect = runner->bisect;
	const struct bisect_commit *commit = &bisect->commits[number];
	char id[13];

	slot->busy = true;
	slot->number = number;
	runner->busy++;
	slot->progress = progress_begin(bisect->tests ? bisect->test_seconds / bisect->tests : 0,
					"test %d: %s%s, %d passed, %d failed", bisect->tests + 1,
					number == bisect_good_end(bisect)     ? "good end "
					: number == bisect->history.count - 1 ? "bad end "
									      : "",
					short_id(bisect, number, id), commit->passes,
					commit->fails);
	return runner->kind->start(runner->state, slot->index, number, &waiter, &slot->job);
}

static struct slot *free_slot(struct runner *runner)
{
	for (int i = 0; i < runner->room.tests; i++)
		if (!runner->slots[i].busy)
			return &runner->slots[i];
	return NULL;
}

static void clear_slots(struct runner *runner)
{
	for (int i = 0; i < runner->room.tests; i++) {
		struct slot *slot = &runner->slots[i];

		if (!slot->over)
			continue;
		runner->kind->free(TAKE_PTR(slot->job));
		slot->over = slot->busy = false;
		runner->busy--;
	}
}

/* Commits that are only parked may still say who it is. */
static ERR_CHECK check_parked(const struct runner *runner)
{
	size_t parked = 0;

	for (size_t i = 0; i < runner->bisect->history.count; i++)
		parked += runner->bisect->commits[i].parked;
	if (runner->step.what != SUSPECT_STUCK || !parked)
		return NULL;
	return err_hint(err_env("%zu commit%s could not be tested: every test of %s said nothing",
				parked, parked == 1 ? "" : "s", parked == 1 ? "it" : "them"),
			"see the logs in '%s/logs'; 'farrier bisect run' goes on",
			runner->bisect->folder);
}

static const struct err *look_for_work(void *data, short events)
{
	struct runner *runner = data;
	struct slot *slot;

	(void)events;
	clear_slots(runner);
	while ((slot = free_slot(runner))) {
		struct plan *plan;

		TRY(next_plan(runner, &plan));
		if (runner->step.what != SUSPECT_BOOT) {
			runner->done = true;
			return check_parked(runner);
		}
		if (!plan)
			return NULL;
		plan->left--;
		TRY(start(runner, slot, plan->number));
	}
	return NULL;
}

ERR_CHECK bisect_run(struct bisect *bisect, int slots, struct suspect_step *step)
{
	CLEANUP(release_runner)
	struct runner runner = { .bisect = bisect, .loop = loop_new() };

	TRY(bisect_test_kind(bisect, &runner.kind));
	runner.room.tests = slots;
	TRY(runner.kind->open(bisect, runner.loop, &runner.room, &runner.state));
	runner.slots = xcalloc((size_t)runner.room.tests, sizeof(*runner.slots));
	runner.plans = xcalloc((size_t)runner.room.tests, sizeof(*runner.plans));
	for (int i = 0; i < runner.room.tests; i++)
		runner.slots[i] = (struct slot){ .runner = &runner, .index = i };
	runner.timer = loop_add_timer(runner.loop, loop_now(), look_for_work, &runner);
	TRY(loop_run(runner.loop, &runner.done));
	*step = runner.step;
	return NULL;
}
