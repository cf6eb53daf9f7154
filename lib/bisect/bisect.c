// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <time.h>

#include "bisect.h"
#include "bisect_log.h"
#include "bisect_take.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "core/file.h"

#define BAD_REF	 "refs/farrier/bisect/bad"
#define GOOD_REF "refs/farrier/bisect/good"

/* Before anything was measured. */
#define USUAL_BUILD 10.0
#define USUAL_TEST  1.0

void bisect_free(struct bisect *bisect)
{
	if (!bisect)
		return;
	for (size_t i = 0; bisect->commits && i <= bisect->history.count; i++) {
		free(bisect->commits[i].why);
		free(bisect->commits[i].log);
		free(bisect->commits[i].text);
	}
	suspect_belief_free(bisect->belief);
	free(bisect->commits);
	free(bisect->chance);
	free(bisect->built);
	free(bisect->likely);
	free(bisect->image);
	free(bisect->markings);
	bisect_history_release(&bisect->history);
	stack_layers_release(&bisect->layers);
	stack_layers_release(&bisect->sought);
	if (bisect->workspace)
		workspace_release(bisect->workspace);
	free(bisect->workspace);
	json_decref(bisect->events);
	json_decref(bisect->start);
	repo_release(&bisect->repo);
	free(bisect->folder);
	free(bisect->path);
	free(bisect);
}

void bisect_release(struct bisect **bisect)
{
	bisect_free(*bisect);
}

bool bisect_is_known(const struct bisect_commit *commit)
{
	return commit->passes || commit->fails || commit->skipped || commit->unbuildable ||
	       commit->mark != SUSPECT_UNMARKED;
}

bool bisect_is_skipped(const struct bisect_commit *commit)
{
	return commit->skipped || (commit->unbuildable && commit->mark == SUSPECT_UNMARKED);
}

size_t bisect_good_end(const struct bisect *bisect)
{
	return bisect->history.count;
}

const git_oid *bisect_commit_id(const struct bisect *bisect, size_t number)
{
	return number < bisect->history.count ? &bisect->history.commits[number]
					      : &bisect->history.good_end;
}

size_t bisect_blamed(const struct bisect *bisect, size_t suspect)
{
	if (!bisect->fixes)
		return suspect;
	return suspect ? suspect - 1 : bisect_good_end(bisect);
}

size_t bisect_for_belief(const struct bisect *bisect, size_t number)
{
	size_t image = bisect->image[number];

	return image == bisect_good_end(bisect) ? SUSPECT_GOOD_END : image;
}

size_t bisect_number_of(const struct bisect *bisect, const git_oid *commit)
{
	if (git_oid_equal(commit, &bisect->history.good_end))
		return bisect_good_end(bisect);
	return bisect_history_find(&bisect->history, commit);
}

size_t bisect_count_likely(const struct bisect *bisect)
{
	size_t likely = 0;

	for (size_t i = 0; i < bisect->history.count; i++)
		likely += bisect->image[i] == i && bisect->likely[i];
	return likely;
}

/* --- what happens --- */

ERR_CHECK bisect_happen(struct bisect *bisect, json_t *stolen)
{
	OWNED_JSON *event = stolen;

	TRY(bisect_log_append(bisect->path, event));
	bisect_take(bisect, event);
	json_array_append(bisect->events, event);
	return NULL;
}

json_t *bisect_event(const struct bisect *bisect, const char *what, size_t number)
{
	json_t *event = json_object();
	char id[OID_HEX_SIZE];

	store_set(event, "event", json_string(what));
	if (number <= bisect->history.count)
		store_set(event, "commit",
			  json_string(
				  git_oid_tostr(id, sizeof(id), bisect_commit_id(bisect, number))));
	return event;
}

/* --- sessions --- */

static ERR_CHECK read_ids(const json_t *start, git_oid *bad, git_oid **goods, size_t *count)
{
	const json_t *list = json_object_get(start, "good");

	*count = json_array_size(list);
	*goods = xcalloc(*count + 1, sizeof(**goods));
	for (size_t i = 0; i < *count; i++)
		if (git_oid_fromstr(&(*goods)[i],
				    json_string_value(json_array_get(list, i)) ?: "") < 0)
			return err_input("a good revision is no commit's id");
	if (git_oid_fromstr(bad, store_get_string(start, "bad", "")) < 0 || !*count)
		return err_input("the session has no ends");
	return NULL;
}

static ERR_CHECK load(const char *home, int number, const json_t *start, struct bisect **out)
{
	BISECT bisect = xcalloc(1, sizeof(*bisect));
	CLEANUP(free_ptr) git_oid *goods = NULL;
	struct suspect_assumptions assumptions = suspect_usual;
	size_t good_count, count;

	bisect->number = number;
	bisect->folder = xasprintf("%s/bisect/%04d", home, number);
	bisect->path = xasprintf("%s/events.jsonl", bisect->folder);
	bisect->start = json_deep_copy(start);
	bisect->events = json_array();
	bisect->delta = store_get_number(start, "delta", 0.05);
	assumptions.q = store_get_number(start, "q", assumptions.q);
	TRY(read_ids(start, &bisect->bad, &goods, &good_count));
	TRY(repo_open(store_get_string(start, "repo", ""), false, &bisect->repo));
	bisect->fixes = store_get_bool(start, "fixes", false);
	if (bisect->fixes)
		TRY(bisect_history_read_fix(bisect->repo, &bisect->bad, &goods[0],
					    &bisect->history));
	else
		TRY(bisect_history_read(bisect->repo, &bisect->bad, goods, good_count,
					&bisect->history));
	count = bisect->history.count;
	bisect->commits = xcalloc(count + 1, sizeof(*bisect->commits));
	bisect->chance = xcalloc(count + 1, sizeof(*bisect->chance));
	bisect->built = xcalloc(count + 1, sizeof(*bisect->built));
	bisect->likely = xcalloc(count, sizeof(*bisect->likely));
	bisect->image = xcalloc(count + 1, sizeof(*bisect->image));
	for (size_t i = 0; i <= count; i++)
		bisect->image[i] = i;
	for (size_t i = 0; i < count; i++)
		bisect->chance[i] = 1;
	bisect->assumptions = assumptions;
	bisect->belief = suspect_belief_new(bisect->history.graph, NULL, &assumptions);
	*out = TAKE_PTR(bisect);
	return NULL;
}

static ERR_CHECK last_number(const char *home, int *number)
{
	OWNED_STR folder = xasprintf("%s/bisect", home);
	STRVEC names = { 0 };

	*number = 0;
	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		char *end;
		long found = strtol(names.items[i], &end, 10);

		if (!*end && found > *number && found < 1000000)
			*number = (int)found;
	}
	return NULL;
}

/* What it starts from must not go with the next 'git gc'. */
static ERR_CHECK hold_ends(const struct bisect *bisect)
{
	TRY(repo_set_ref(bisect->repo, BAD_REF, &bisect->bad, "farrier bisect start"));
	return repo_set_ref(bisect->repo, GOOD_REF, &bisect->history.good_end,
			    "farrier bisect start");
}

/* Who touches what is likely to matter is looked up once, and noted. */
static ERR_CHECK note_likely(struct bisect *bisect)
{
	const json_t *list = json_object_get(bisect->start, "likely");
	OWNED_JSON *event = bisect_event(bisect, "likely", SIZE_MAX);
	json_t *suspects = json_array();
	STRVEC paths = { 0 };
	size_t index;
	json_t *path;

	store_set(event, "suspects", suspects);
	json_array_foreach (list, index, path)
		strvec_push(&paths, json_string_value(path));
	if (!paths.count)
		return NULL;
	for (size_t i = 0; i < bisect->history.count; i++) {
		const git_oid *blamed = bisect_commit_id(bisect, bisect_blamed(bisect, i));
		bool touches;

		TRY(interrupt_check());
		TRY(bisect_history_touches(bisect->repo, blamed, &paths, &touches));
		if (touches)
			json_array_append_new(suspects, json_integer((json_int_t)i));
	}
	if (!json_array_size(suspects))
		progress_warn("none of the suspects touches %s%s", paths.items[0],
			      paths.count > 1 ? " or the others" : "");
	return bisect_happen(bisect, json_incref(event));
}

ERR_CHECK bisect_begin(const char *home, const json_t *start, struct bisect **out)
{
	BISECT bisect = NULL;
	int number;

	TRY(last_number(home, &number));
	TRY(load(home, number + 1, start, &bisect));
	TRY(file_mkdirs(bisect->folder));
	TRY(bisect_log_create(bisect->path, start));
	TRY(hold_ends(bisect));
	json_array_append(bisect->events, bisect->start);
	TRY(note_likely(bisect));
	if (bisect_is_by_hand(bisect)) {
		/* who starts by hand has looked at the ends */
		json_t *bad = bisect_event(bisect, "mark", bisect->history.count - 1);
		json_t *good = bisect_event(bisect, "mark", bisect_good_end(bisect));

		store_set(bad, "as", json_string("bad"));
		store_set(good, "as", json_string("good"));
		TRY(bisect_happen(bisect, bad));
		TRY(bisect_happen(bisect, good));
	}
	*out = TAKE_PTR(bisect);
	return NULL;
}

static const struct err *no_session(void)
{
	return err_hint(err_input("no bisection is under way here"),
			"'farrier bisect start --bad REV --good REV -- CMD' begins one");
}

ERR_CHECK bisect_open(const char *home, struct bisect **out)
{
	OWNED_JSON *events = NULL;
	OWNED_STR path = NULL;
	BISECT bisect = NULL;
	size_t index;
	json_t *event;
	int number;

	TRY(last_number(home, &number));
	path = xasprintf("%s/bisect/%04d/events.jsonl", home, number);
	if (!number || !file_exists(path))
		return no_session();
	TRY(bisect_log_read(path, &events));
	if (!json_array_size(events))
		return no_session();
	TRY(load(home, number, json_array_get(events, 0), &bisect));
	json_array_foreach (events, index, event)
		bisect_take(bisect, event);
	json_array_extend(bisect->events, events);
	if (bisect->reset)
		return no_session();
	*out = TAKE_PTR(bisect);
	return NULL;
}

static ERR_CHECK find_suspect(const struct bisect *bisect, const char *revision, size_t *number)
{
	git_oid commit;

	TRY(repo_resolve(bisect->repo, revision, &commit));
	*number = bisect_number_of(bisect, &commit);
	if (*number != SIZE_MAX)
		return NULL;
	return err_hint(err_input("'%s' is no suspect: it is not between the good and the bad end",
				  revision),
			"'farrier bisect visualize' lists those that are left");
}

ERR_CHECK bisect_mark(struct bisect *bisect, const char *revision, const char *as)
{
	size_t number;
	json_t *event;

	TRY(find_suspect(bisect, revision, &number));
	event = bisect_event(bisect, "mark", number);
	store_set(event, "as", json_string(as));
	return bisect_happen(bisect, event);
}

ERR_CHECK bisect_undo(struct bisect *bisect)
{
	size_t own = bisect_is_by_hand(bisect) ? 2 : 0; /* the ends */

	if (bisect->marking_count <= own)
		return err_input("there is no mark to take back");
	return bisect_happen(bisect, bisect_event(bisect, "undo", SIZE_MAX));
}

ERR_CHECK bisect_reset(struct bisect *bisect)
{
	TRY(bisect_happen(bisect, bisect_event(bisect, "reset", SIZE_MAX)));
	TRY(repo_delete_ref(bisect->repo, BAD_REF));
	return repo_delete_ref(bisect->repo, GOOD_REF);
}

bool bisect_is_by_hand(const struct bisect *bisect)
{
	const json_t *test = json_object_get(bisect->start, "test");

	return str_equal(store_get_string(test, "kind", ""), "none");
}

void bisect_costs(const struct bisect *bisect, struct suspect_costs *costs)
{
	const json_t *test = json_object_get(bisect->start, "test");
	bool builds = str_equal(store_get_string(test, "kind", ""), "cell") ||
		      json_is_string(json_object_get(test, "build"));
	int tests = bisect->tests, count = bisect->builds;

	*costs = (struct suspect_costs){ .built = bisect->built, .chance = bisect->chance };
	costs->boot = tests ? bisect->test_seconds / tests : USUAL_TEST;
	/* of something that takes no time the number is to be small */
	if (costs->boot < 0.001)
		costs->boot = 0.001;
	if (builds)
		costs->build = count ? bisect->build_seconds / count : USUAL_BUILD;
}

void bisect_next(struct bisect *bisect, struct suspect_step *step)
{
	struct suspect_costs costs;

	bisect_costs(bisect, &costs);
	if (bisect_is_by_hand(bisect))
		suspect_next_look(bisect->belief, &costs, bisect->delta, step);
	else
		suspect_next(bisect->belief, &costs, bisect->delta, step);
}
