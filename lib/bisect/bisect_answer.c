// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "bisect_answer.h"

#define STUCK_CARE 5

void bisect_answer_release(struct bisect_answer *answer)
{
	free(answer->list);
	*answer = (struct bisect_answer){ 0 };
}

const char *bisect_answer_name(enum suspect_what what)
{
	static const char *const names[] = { [SUSPECT_BOOT] = "running",
					     [SUSPECT_FOUND] = "found",
					     [SUSPECT_NOBODY] = "nobody",
					     [SUSPECT_STUCK] = "stuck" };

	return names[what];
}

static int likelier(const void *a, const void *b)
{
	const struct bisect_suspect *one = a, *two = b;

	if (one->probability != two->probability)
		return one->probability < two->probability ? 1 : -1;
	return one->number < two->number ? 1 : -1;
}

static void list_suspects(struct bisect *bisect, struct bisect_answer *answer)
{
	size_t count = bisect->history.count, most;
	double sum = answer->both_bad + answer->no_bug, enough = 1 - bisect->delta;

	answer->list = xcalloc(count + 1, sizeof(*answer->list));
	for (size_t i = 0; i < count; i++)
		answer->list[i] = (struct bisect_suspect){
			.number = i, .probability = suspect_belief_of(bisect->belief, i)
		};
	qsort(answer->list, count, sizeof(*answer->list), likelier);
	most = count < BISECT_LIST_MOST ? count : BISECT_LIST_MOST;
	/* who is stuck has to look at them: rather one too many */
	if (answer->what == SUSPECT_STUCK)
		enough = 1 - bisect->delta / STUCK_CARE;
	while (answer->count < most && sum < enough)
		sum += answer->list[answer->count++].probability;
}

void bisect_answer(struct bisect *bisect, struct bisect_answer *answer)
{
	struct suspect_step step;

	/* the step leaves the belief as it was for the claim */
	bisect_next(bisect, &step);
	*answer = (struct bisect_answer){ .what = step.what,
					  .culprit = SIZE_MAX,
					  .next = SIZE_MAX,
					  .confidence = step.confidence };
	if (step.what == SUSPECT_FOUND)
		answer->culprit = step.best;
	if (step.what == SUSPECT_BOOT)
		answer->next = step.action.commit == SUSPECT_GOOD_END ? bisect_good_end(bisect)
								      : step.action.commit;
	answer->both_bad = suspect_belief_both_bad(bisect->belief);
	answer->no_bug = suspect_belief_no_bug(bisect->belief);
	answer->p = suspect_belief_pass_rate(bisect->belief);
	list_suspects(bisect, answer);
}

ERR_CHECK bisect_subject(const struct bisect *bisect, size_t number, char **subject)
{
	GIT_COMMIT commit = NULL;
	const char *summary;

	TRY(repo_commit(bisect->repo, bisect_commit_id(bisect, number), &commit));
	summary = git_commit_summary(commit);
	*subject = xstrdup(summary ? summary : "");
	return NULL;
}

static void set_id(const struct bisect *bisect, json_t *json, const char *key, size_t number)
{
	char id[OID_HEX_SIZE];

	if (number > bisect->history.count)
		store_set(json, key, json_null());
	else
		store_set(json, key,
			  json_string(
				  git_oid_tostr(id, sizeof(id), bisect_commit_id(bisect, number))));
}

static ERR_CHECK set_json(struct bisect *bisect, const struct bisect_answer *answer, json_t *json)
{
	json_t *set = json_array();

	store_set(json, "set", set);
	for (size_t i = 0; i < answer->count; i++) {
		OWNED_STR subject = NULL;
		json_t *item = json_object();

		json_array_append_new(set, item);
		TRY(bisect_subject(bisect, bisect_blamed(bisect, answer->list[i].number),
				   &subject));
		set_id(bisect, item, "commit", bisect_blamed(bisect, answer->list[i].number));
		store_set(item, "subject", store_text(subject));
		store_set(item, "probability", json_real(answer->list[i].probability));
	}
	return NULL;
}

static ERR_CHECK add_commit(const struct bisect *bisect, size_t number, json_t *list)
{
	static const char *const marks[] = {
		[SUSPECT_MARKED_GOOD] = "good", [SUSPECT_MARKED_BAD] = "bad"
	};
	const struct bisect_commit *commit = &bisect->commits[number];
	OWNED_STR subject = NULL;
	json_t *item = json_object();

	json_array_append_new(list, item);
	TRY(bisect_subject(bisect, number, &subject));
	set_id(bisect, item, "commit", number);
	store_set(item, "subject", store_text(subject));
	store_set(item, "passed", json_integer(commit->passes));
	store_set(item, "failed", json_integer(commit->fails));
	store_set(item, "infra", json_integer(commit->infra));
	store_set(item, "mark", store_text(marks[commit->mark]));
	store_set(item, "skipped", json_boolean(bisect_is_skipped(commit)));
	store_set(item, "why", store_text(commit->why));
	store_set(item, "log", store_text(commit->log));
	store_set(item, "line", commit->line ? json_integer(commit->line) : json_null());
	store_set(item, "text", store_text(commit->text));
	return NULL;
}

static json_t *assumed_json(const struct bisect *bisect, const struct bisect_answer *answer)
{
	json_t *json = json_object();

	store_set(json, "p", json_real(answer->p));
	store_set(json, "q", json_real(suspect_belief_assumptions(bisect->belief)->q));
	store_set(json, "delta", json_real(bisect->delta));
	store_set(json, "likely", json_integer((json_int_t)bisect_count_likely(bisect)));
	return json;
}

static json_t *nobody_json(const struct bisect_answer *answer)
{
	json_t *json = json_object();

	store_set(json, "both_bad", json_real(answer->both_bad));
	store_set(json, "no_bug", json_real(answer->no_bug));
	return json;
}

ERR_CHECK bisect_answer_json(struct bisect *bisect, const struct bisect_answer *answer,
			     json_t **out)
{
	OWNED_JSON *json = json_object();
	json_t *commits = json_array();

	store_set(json, "commits", commits);
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "state", json_string(bisect_answer_name(answer->what)));
	set_id(bisect, json, "culprit",
	       answer->culprit == SIZE_MAX ? SIZE_MAX : bisect_blamed(bisect, answer->culprit));
	set_id(bisect, json, "next", answer->next);
	store_set(json, "confidence", json_real(answer->confidence));
	store_set(json, "nobody", nobody_json(answer));
	store_set(json, "suspects", json_integer((json_int_t)bisect->history.count));
	store_set(json, "spared", json_integer((json_int_t)bisect->spared));
	store_set(json, "builds", json_integer(bisect->builds));
	store_set(json, "boots", json_integer(bisect->tests));
	store_set(json, "infra", json_integer(bisect->infra));
	store_set(json, "seconds", json_real(bisect->build_seconds + bisect->test_seconds));
	store_set(json, "assumed", assumed_json(bisect, answer));
	TRY(set_json(bisect, answer, json));
	for (size_t i = 0; i <= bisect->history.count; i++)
		if (bisect_is_known(&bisect->commits[i]) || bisect->commits[i].infra)
			TRY(add_commit(bisect, i, commits));
	*out = TAKE_PTR(json);
	return NULL;
}
