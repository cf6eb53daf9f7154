// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "core/stats.h"
#include "base/strbuf.h"
#include "verify.h"

bool verify_arm_has_series(enum verify_arm arm)
{
	return arm == VERIFY_WITH || arm == VERIFY_WITH_CONTROL;
}

bool verify_arm_has_model(enum verify_arm arm)
{
	return arm == VERIFY_WITHOUT || arm == VERIFY_WITH;
}

struct verify *verify_new(const struct verify_plan *plan, bool has_model, const char *machine,
			  int cpus)
{
	struct verify *verify = xcalloc(1, sizeof(*verify));

	verify->plan = *plan;
	verify->has_model = has_model;
	if (!has_model)
		verify->plan.controls = 0;
	verify->machine = xstrdup(machine);
	verify->cpus = cpus;
	return verify;
}

void verify_free(struct verify *verify)
{
	for (int arm = 0; arm < VERIFY_ARMS; arm++) {
		struct verify_boots *boots = &verify->arms[arm];

		for (size_t i = 0; i < boots->count; i++) {
			verdict_release_event(&boots->boots[i].cause);
			free(boots->boots[i].log);
			json_decref(boots->boots[i].counters);
		}
		free(boots->boots);
	}
	free(verify->machine);
	free(verify->fault_counter);
	free(verify);
}

void verify_set_fault_counter(struct verify *verify, const char *name)
{
	free(verify->fault_counter);
	verify->fault_counter = name ? xstrdup(name) : NULL;
}

static bool says_something(const struct verify_boot *boot)
{
	return boot->verdict == VERDICT_GOOD || boot->verdict == VERDICT_BAD;
}

struct verify_tally verify_tally(const struct verify *verify, enum verify_arm arm)
{
	const struct verify_boots *boots = &verify->arms[arm];
	struct verify_tally tally = { 0 };

	for (size_t i = 0; i < boots->count; i++) {
		const struct verify_boot *boot = &boots->boots[i];

		if (!boot->done)
			continue;
		tally.unknown += boot->verdict == VERDICT_UNKNOWN;
		tally.infra += !says_something(boot) && boot->verdict != VERDICT_UNKNOWN;
		tally.boots += says_something(boot);
		tally.bugs += boot->verdict == VERDICT_BAD;
	}
	return tally;
}

static int in_flight(const struct verify_boots *boots)
{
	int count = 0;

	for (size_t i = 0; i < boots->count; i++)
		count += !boots->boots[i].done;
	return count;
}

/* Stage 1 as far as it is known: the boots before the first one that is still in flight. */
struct stage {
	int boots, bugs;
	bool over;
};

static struct stage first_stage(const struct verify *verify)
{
	const struct verify_boots *arm = &verify->arms[VERIFY_WITHOUT];
	const struct verify_plan *plan = &verify->plan;
	struct stage stage = { 0 };

	for (size_t i = 0; i < arm->count && arm->boots[i].done && !stage.over; i++) {
		if (!says_something(&arm->boots[i]))
			continue;
		stage.boots++;
		stage.bugs += arm->boots[i].verdict == VERDICT_BAD;
		stage.over = stage.bugs == plan->bugs || stage.boots == plan->max_boots ||
			     (stage.bugs == 0 && stage.boots == plan->hopeless);
	}
	return stage;
}

static bool too_much_infra(const struct verify *verify)
{
	for (int arm = 0; arm < VERIFY_ARMS; arm++) {
		struct verify_tally tally = verify_tally(verify, (enum verify_arm)arm);

		if (tally.infra + tally.unknown > verify->plan.max_infra)
			return true;
	}
	return false;
}

/* Boots that an arm needs for certain, beyond what is done and in flight. */
static int still_needed(const struct verify *verify, enum verify_arm arm, int wanted)
{
	return wanted - verify_tally(verify, arm).boots - in_flight(&verify->arms[arm]);
}

/* Stage 1 certainly needs as many boots as bugs are missing, or as make it hopeless. */
static bool first_stage_needs_boot(const struct verify *verify, const struct stage *stage)
{
	const struct verify_plan *plan = &verify->plan;
	int room = plan->max_boots - stage->boots;
	int certain = plan->bugs - stage->bugs;

	if (stage->over)
		return false;
	if (stage->bugs == 0 && plan->hopeless - stage->boots < certain)
		certain = plan->hopeless - stage->boots;
	if (certain > room)
		certain = room;
	/* Done behind one that is in flight: known, but not counted yet. */
	return still_needed(verify, VERIFY_WITHOUT, stage->boots + certain) > 0;
}

static bool second_stage_possible(const struct verify *verify, const struct stage *stage)
{
	return stage->over && stage->bugs > 0 &&
	       verify_clean_needed(&verify->plan, stage->boots, stage->bugs) <=
		       verify->plan.max_clean;
}

static bool refuted(const struct verify *verify)
{
	return verify_tally(verify, VERIFY_WITH).bugs > 0 ||
	       verify_tally(verify, VERIFY_WITH_CONTROL).bugs > 0;
}

bool verify_next(const struct verify *verify, enum verify_arm *arm)
{
	struct stage stage = first_stage(verify);
	int controls = verify->plan.controls;

	if (refuted(verify) || too_much_infra(verify))
		return false;
	*arm = VERIFY_WITHOUT;
	if (first_stage_needs_boot(verify, &stage))
		return true;
	if (stage.over && !second_stage_possible(verify, &stage))
		return false;
	*arm = VERIFY_WITH;
	if (stage.over &&
	    still_needed(verify, VERIFY_WITH,
			 verify_clean_needed(&verify->plan, stage.boots, stage.bugs)) > 0)
		return true;
	/* Controls wait until the bug was seen: without it there is no claim to control. */
	*arm = VERIFY_WITHOUT_CONTROL;
	if (stage.bugs > 0 && still_needed(verify, *arm, controls) > 0)
		return true;
	*arm = VERIFY_WITH_CONTROL;
	return stage.bugs > 0 && still_needed(verify, *arm, controls) > 0;
}

size_t verify_start(struct verify *verify, enum verify_arm arm)
{
	struct verify_boots *boots = &verify->arms[arm];

	boots->boots = xreallocarray(boots->boots, boots->count + 1, sizeof(*boots->boots));
	boots->boots[boots->count] = (struct verify_boot){ 0 };
	return boots->count++;
}

void verify_finish(struct verify *verify, enum verify_arm arm, size_t index,
		   const struct verify_result *result)
{
	struct verify_boot *boot = &verify->arms[arm].boots[index];

	boot->done = true;
	boot->verdict = result->verdict;
	boot->log = result->log ? xstrdup(result->log) : NULL;
	boot->counters = result->counters ? json_deep_copy(result->counters) : NULL;
	if (!result->cause)
		return;
	boot->cause = *result->cause;
	boot->cause.text = xstrdup(result->cause->text ? result->cause->text : "");
}

static void set_outcome(struct verify_outcome *outcome, enum verify_answer answer, char *reason)
{
	outcome->finished = true;
	outcome->answer = answer;
	outcome->reason = reason;
}

static char *refutation(const struct verify *verify)
{
	struct verify_tally with = verify_tally(verify, VERIFY_WITH);
	struct verify_tally control = verify_tally(verify, VERIFY_WITH_CONTROL);

	if (with.bugs)
		return xasprintf("the bug showed in %d of %d boots with the series", with.bugs,
				 with.boots);
	return xasprintf("with the series, %d of %d boots failed although the model was off",
			 control.bugs, control.boots);
}

static char *never_shown(const struct verify *verify, const struct stage *stage)
{
	double detectable = stats_upper_bound(stage->boots, 0, verify->plan.bound);

	return xasprintf(
		"the bug never showed in %d boot%s without the series; a bug that shows in "
		"%.0f %% of boots or more would have, with %.0f %% certainty",
		stage->boots, stage->boots == 1 ? "" : "s", 100 * detectable,
		100 * (1 - verify->plan.bound));
}

static char *fixed_reason(const struct verify_outcome *outcome, const struct verify_plan *plan)
{
	return xasprintf("if the series did nothing, the bug would show in at least %.1f %% of "
			 "boots (%.0f %% bound), and %d clean boots in a row would happen %.1f %% "
			 "of the time",
			 100 * outcome->rate_bound, 100 * (1 - plan->bound), outcome->clean,
			 100 * (1 - outcome->confidence));
}

/* Whether the model did anything in the boots with the series. */
static bool model_is_inert(const struct verify *verify)
{
	const struct verify_boots *boots = &verify->arms[VERIFY_WITH];

	for (size_t i = 0; verify->fault_counter && i < boots->count; i++)
		if (store_get_number(boots->boots[i].counters, verify->fault_counter, 0) > 0)
			return false;
	return verify->fault_counter != NULL;
}

/* Why clean boots with the series prove nothing; NULL when they do. The caller frees it. */
static char *void_reason(const struct verify *verify)
{
	struct verify_tally control = verify_tally(verify, VERIFY_WITHOUT_CONTROL);
	int unknown = verify_tally(verify, VERIFY_WITH).unknown +
		      verify_tally(verify, VERIFY_WITH_CONTROL).unknown;

	if (control.bugs)
		return xasprintf("without the series, %d of %d boots failed although the model was "
				 "off: the model does not decide it",
				 control.bugs, control.boots);
	if (unknown)
		return xasprintf("with the series, %d boot%s ended without a result", unknown,
				 unknown == 1 ? "" : "s");
	if (model_is_inert(verify))
		return xasprintf("the model did nothing in the boots with the series: its counter "
				 "'%s' stayed 0",
				 verify->fault_counter);
	return NULL;
}

/* Everything that was asked for is done: says what it comes to. */
static void conclude(const struct verify *verify, const struct stage *stage,
		     struct verify_outcome *outcome)
{
	OWNED_STR invalid = void_reason(verify);

	if (stage->bugs == 0) {
		set_outcome(outcome, VERIFY_INCONCLUSIVE, never_shown(verify, stage));
	} else if (outcome->needed > verify->plan.max_clean) {
		set_outcome(outcome, VERIFY_INCONCLUSIVE,
			    xasprintf("the bug showed in only %d of %d boots without the series: "
				      "%d clean boot%s with it would be needed, the limit is %d",
				      stage->bugs, stage->boots, outcome->needed,
				      outcome->needed == 1 ? "" : "s", verify->plan.max_clean));
	} else if (invalid) {
		set_outcome(outcome, VERIFY_INCONCLUSIVE, TAKE_PTR(invalid));
	} else {
		outcome->confidence = 1 - pow(1 - outcome->rate_bound, outcome->clean);
		set_outcome(outcome, VERIFY_FIXED, fixed_reason(outcome, &verify->plan));
	}
}

void verify_outcome(const struct verify *verify, struct verify_outcome *outcome)
{
	struct stage stage = first_stage(verify);
	enum verify_arm next;
	int waiting = 0;

	*outcome = (struct verify_outcome){
		.answer = VERIFY_INCONCLUSIVE,
		.boots = stage.boots,
		.bugs = stage.bugs,
		.clean = verify_tally(verify, VERIFY_WITH).boots,
		.rate_bound = stats_lower_bound(stage.boots, stage.bugs, verify->plan.bound),
		.needed = verify_clean_needed(&verify->plan, stage.boots, stage.bugs),
	};
	for (int arm = 0; arm < VERIFY_ARMS; arm++)
		waiting += in_flight(&verify->arms[arm]);
	if (refuted(verify))
		set_outcome(outcome, VERIFY_NOT_FIXED, refutation(verify));
	else if (too_much_infra(verify))
		set_outcome(outcome, VERIFY_INCONCLUSIVE,
			    xasprintf("more than %d boots of one kind ended without a result",
				      verify->plan.max_infra));
	else if (!waiting && !verify_next(verify, &next))
		conclude(verify, &stage, outcome);
	else
		outcome->reason = xstrdup("not finished");
}

void verify_release_outcome(struct verify_outcome *outcome)
{
	free(outcome->reason);
	*outcome = (struct verify_outcome){ 0 };
}

const char *verify_answer_name(enum verify_answer answer)
{
	static const char *const names[] = { "fixed", "not-fixed", "inconclusive" };

	return names[answer];
}
