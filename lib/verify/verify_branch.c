// SPDX-License-Identifier: GPL-2.0
/*
 * verify_branch.c - from the strata of a branch to one answer, and their records.
 *
 * The rule: one stratum that is not fixed makes the branch not fixed. Else one
 * that is fixed makes it fixed; strata in which the bug never showed say nothing
 * and are named as such. When several strata are fixed, the claim is that all of
 * them are, and its error is at most the sum of theirs (union bound).
 */
#include <math.h>

#include "base/strbuf.h"
#include "verify.h"

static int count_answers(const struct verify_outcome *strata, size_t count,
			 enum verify_answer answer)
{
	int found = 0;

	for (size_t i = 0; i < count; i++)
		found += strata[i].answer == answer;
	return found;
}

static const struct verify_outcome *first_with(const struct verify_outcome *strata, size_t count,
					       enum verify_answer answer)
{
	for (size_t i = 0; i < count; i++)
		if (strata[i].answer == answer)
			return &strata[i];
	return NULL;
}

static void combine_fixed(const struct verify_outcome *strata, size_t count, int fixed,
			  struct verify_outcome *branch)
{
	double error = 0;

	for (size_t i = 0; i < count; i++)
		if (strata[i].answer == VERIFY_FIXED)
			error += 1 - strata[i].confidence;
	branch->confidence = fmax(1 - error, 0);
	if (fixed == 1) {
		branch->reason = xstrdup(first_with(strata, count, VERIFY_FIXED)->reason);
		return;
	}
	branch->reason = xasprintf("on %d machines or CPU counts, each by itself; what each of "
				   "them leaves to chance adds up to %.1f %%",
				   fixed, 100 * error);
}

void verify_combine(const struct verify_outcome *strata, size_t count,
		    struct verify_outcome *branch)
{
	int fixed = count_answers(strata, count, VERIFY_FIXED);

	*branch = (struct verify_outcome){ .finished = true, .answer = VERIFY_INCONCLUSIVE };
	for (size_t i = 0; i < count; i++)
		branch->finished &= strata[i].finished;
	if (count_answers(strata, count, VERIFY_NOT_FIXED)) {
		branch->answer = VERIFY_NOT_FIXED;
		branch->reason = xstrdup(first_with(strata, count, VERIFY_NOT_FIXED)->reason);
	} else if (fixed) {
		branch->answer = VERIFY_FIXED;
		combine_fixed(strata, count, fixed, branch);
	} else {
		branch->reason = xstrdup(count ? strata[0].reason : "nothing was booted");
	}
}

static json_t *evidence_json(const struct verify_boots *boots)
{
	json_t *list = json_array();

	for (size_t i = 0; i < boots->count; i++) {
		const struct verify_boot *boot = &boots->boots[i];
		json_t *item;

		if (!boot->done || boot->verdict != VERDICT_BAD)
			continue;
		item = json_object();
		store_set(item, "boot", json_integer((json_int_t)i + 1));
		store_set(item, "log", store_text(boot->log));
		store_set(item, "kind", json_string(verdict_kind_name(boot->cause.kind)));
		store_set(item, "line", json_integer((json_int_t)boot->cause.line));
		store_set(item, "text", store_text(boot->cause.text));
		json_array_append_new(list, item);
	}
	return list;
}

/* The counters of all boots of an arm, added up. */
static json_t *counters_json(const struct verify_boots *boots)
{
	json_t *sums = json_object();

	for (size_t i = 0; i < boots->count; i++) {
		const char *name;
		json_t *value;

		json_object_foreach (boots->boots[i].counters, name, value)
			store_set(sums, name,
				  json_integer(json_integer_value(json_object_get(sums, name)) +
					       json_integer_value(value)));
	}
	return sums;
}

void verify_arms_json(const struct verify *verify, json_t *arms)
{
	for (int i = 0; i < VERIFY_ARMS; i++) {
		enum verify_arm arm = (enum verify_arm)i;
		struct verify_tally tally = verify_tally(verify, arm);
		json_t *json;

		if (!verify->arms[arm].count)
			continue;
		json = json_object();
		store_set(json, "series", json_boolean(verify_arm_has_series(arm)));
		store_set(json, "model",
			  json_boolean(verify->has_model && verify_arm_has_model(arm)));
		store_set(json, "machine", store_text(verify->machine));
		store_set(json, "cpus", json_integer(verify->cpus));
		store_set(json, "boots", json_integer(tally.boots));
		store_set(json, "bug", json_integer(tally.bugs));
		store_set(json, "infra", json_integer(tally.infra));
		store_set(json, "unknown", json_integer(tally.unknown));
		store_set(json, "counters", counters_json(&verify->arms[arm]));
		store_set(json, "evidence", evidence_json(&verify->arms[arm]));
		json_array_append_new(arms, json);
	}
}
