// SPDX-License-Identifier: GPL-2.0
/* port_workspace.c - 'farrier port' of a workspace's series onto its branches. */
#include "core/parallel.h"
#include "core/repo_write.h"
#include "record/target.h"
#include "port/port_state.h"
#include "port.h"

/* What every port of a run needs; nobody writes it while there are threads. */
struct setting {
	const struct port_words *words;
	struct workspace workspace;
	struct repo_person committer;
	struct series *series;
	size_t series_count;
};

/* What becomes of one branch, and the handle of the thread that is at it. */
struct lane {
	const struct setting *setting;
	const char *branch;
	git_repository *repo;
	struct port_results results;
};

/* All branches. A repository handle is for one thread. */
struct lanes {
	struct lane *items;
	size_t count;
	git_repository **repos;
	size_t workers;
};

static void release_setting(struct setting *setting)
{
	for (size_t i = 0; i < setting->series_count; i++)
		series_release(&setting->series[i]);
	free(setting->series);
	repo_release_person(&setting->committer);
	workspace_release(&setting->workspace);
}

static void release_lanes(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->count; i++)
		port_results_release(&lanes->items[i].results);
	for (size_t i = 0; i < lanes->workers; i++)
		git_repository_free(lanes->repos[i]);
	free(lanes->items);
	free(lanes->repos);
}

/* Of a stack, the names of its series up to this one. */
static char *stack_name(const struct setting *setting, size_t upto)
{
	STRBUF name = { 0 };

	for (size_t i = 0; i <= upto; i++)
		strbuf_addf(&name, "%s%s", i ? "+" : "", setting->series[i].name);
	return strbuf_detach(&name);
}

/* One series on the branch; *tip is what it is carried onto, and then its tip. */
static ERR_CHECK port_one(struct lane *lane, size_t index, bool stacked, git_oid *tip)
{
	const struct setting *setting = lane->setting;
	const struct series *series = &setting->series[index];
	OWNED_STR name = stacked ? stack_name(setting, index) : xstrdup(series->name);
	OWNED_STR ref = port_ref(name, lane->branch);
	struct port_result *result;

	TRY(port_results_add(&lane->results, lane->repo, lane->branch, tip, &result));
	result->series = xstrdup(series->name);
	TRY(repo_resolve_ref(lane->repo, ref, &result->was, &result->had_ref));
	TRY(port_series(lane->repo, series, lane->branch, tip, &setting->committer, &result->port));
	*tip = result->port.tip;
	if (port_is_complete(&result->port))
		result->ref = TAKE_PTR(ref);
	/* a series on others has a ref of another name, and says nothing of the series alone */
	if (!stacked)
		result->own = series;
	return NULL;
}

/* Whether every series of a stack is in: what stands on half a series is nothing. */
static bool may_go_on(const struct port_words *words, const struct port_results *results)
{
	return !words->stack || port_is_complete(&results->items[results->count - 1].port);
}

/* Where a stack is kept: the names of its layers, joined. */
static char *layers_ref(const struct stack_layers *layers, const char *branch)
{
	STRBUF name = { 0 };

	for (size_t i = 0; i < layers->count; i++)
		strbuf_addf(&name, "%s%s", i ? "+" : "", layers->list[i]->name);
	return port_ref(strbuf_str(&name), branch);
}

static ERR_CHECK take_layers(struct lane *lane, const struct stack_layers *layers, size_t first,
			     struct stack *stack)
{
	struct port_result *result = NULL;

	for (size_t i = 0; i < stack->count; i++) {
		TRY(port_results_add(&lane->results, lane->repo, lane->branch, &stack->base,
				     &result));
		result->series = xstrdup(layers->list[i]->name);
		result->port = stack->ports[i];
		stack->ports[i] = (struct port){ 0 };
	}
	if (!result)
		return NULL;
	if (stack->complete) {
		OWNED_STR ref = layers_ref(layers, lane->branch);

		TRY(repo_resolve_ref(lane->repo, ref, &result->was, &result->had_ref));
		result->ref = TAKE_PTR(ref);
	}
	/* what needs nothing stands alone */
	if (layers->count == 1)
		result->own = &lane->setting->series[first];
	return NULL;
}

/* `count` series from `first` on, and below them what they need, as one stack. */
static ERR_CHECK port_layers(struct lane *lane, size_t first, size_t count, const git_oid *base)
{
	const struct setting *setting = lane->setting;
	struct stack_place place = { *base, lane->branch, &setting->committer };
	STACK_LAYERS layers = { 0 };
	STACK stack = { 0 };

	for (size_t i = first; i < first + count; i++)
		TRY(stack_layers_add(&setting->workspace, setting->series[i].name, &layers));
	TRY(stack_carry_onto(lane->repo, &place, &layers, &stack));
	return take_layers(lane, &layers, first, &stack);
}

static ERR_CHECK port_branch(struct lane *lane)
{
	const struct setting *setting = lane->setting;
	const struct port_words *words = setting->words;
	struct port_results *results = &lane->results;
	BRANCH branch = { 0 };
	git_oid base, tip;

	TRY(target_read_branch(&setting->workspace, lane->branch, &branch));
	TRY(target_branch_commit(lane->repo, &branch, &base));
	if (words->with_prerequisites && words->stack)
		return port_layers(lane, 0, setting->series_count, &base);
	tip = base;
	for (size_t i = 0; i < setting->series_count; i++) {
		if (words->with_prerequisites) {
			TRY(port_layers(lane, i, 1, &base));
			continue;
		}
		if (!words->stack)
			tip = base;
		TRY(port_one(lane, i, words->stack && i, &tip));
		if (!words->stack)
			TRY(stack_find_gaps(&setting->workspace, lane->repo, &setting->series[i],
					    &branch, &results->items[results->count - 1].gaps));
		if (!may_go_on(words, results))
			break;
	}
	return NULL;
}

static ERR_CHECK open_worker(struct lanes *lanes, size_t worker, git_repository **repo)
{
	if (!lanes->repos[worker]) {
		TRY(workspace_repo(&lanes->items[0].setting->workspace, &lanes->repos[worker]));
		TRY(repo_write_quickly(lanes->repos[worker]));
	}
	*repo = lanes->repos[worker];
	return NULL;
}

/* Carries only, which writes nothing but objects: the thread of another branch may fail. */
static const struct err *port_lane(void *data, size_t worker, size_t index)
{
	struct lanes *lanes = data;
	struct lane *lane = &lanes->items[index];

	TRY(open_worker(lanes, worker, &lane->repo));
	return port_branch(lane);
}

static ERR_CHECK keep_result(const struct setting *setting, git_repository *repo,
			     const struct port_result *result)
{
	if (result->ref)
		TRY(repo_move_ref(repo, result->ref, result->had_ref ? &result->was : NULL,
				  &result->port.tip, "farrier port"));
	if (!result->own)
		return NULL;
	return port_state_write(&setting->workspace, result->own, result->onto, &result->port);
}

/* Writes the refs and states of one branch, and hands its results over. */
static ERR_CHECK keep_lane(struct lane *lane, git_repository *repo, struct port_results *results)
{
	for (size_t i = 0; i < lane->results.count; i++)
		TRY(keep_result(lane->setting, repo, &lane->results.items[i]));
	port_results_take(results, &lane->results);
	return NULL;
}

static void make_lanes(const struct setting *setting, const struct strvec *branches,
		       struct lanes *lanes)
{
	size_t cpus = parallel_cpus(), jobs = (size_t)setting->workspace.jobs;

	lanes->workers = cpus < jobs ? cpus : jobs;
	lanes->repos = xcalloc(lanes->workers, sizeof(*lanes->repos));
	lanes->items = xcalloc(branches->count, sizeof(*lanes->items));
	for (; lanes->count < branches->count; lanes->count++)
		lanes->items[lanes->count] = (struct lane){
			.setting = setting, .branch = branches->items[lanes->count]
		};
}

/* Onto all branches at once; what is kept is kept in their order, up to one that failed. */
static ERR_CHECK port_all(struct lanes *lanes, struct port_results *results)
{
	const struct err *err, *unkept = NULL;
	size_t failed;

	err = parallel_run(lanes->count, lanes->workers, port_lane, lanes, &failed);
	for (size_t i = 0; i < lanes->count && i <= failed && !unkept; i++)
		unkept = keep_lane(&lanes->items[i], lanes->repos[0], results);
	if (!unkept)
		return err;
	err_free(err);
	return unkept;
}

ERR_CHECK port_workspace(const struct run *run, const struct port_words *words,
			 struct port_results *results)
{
	CLEANUP(release_setting) struct setting setting = { .words = words };
	CLEANUP(release_lanes) struct lanes lanes = { 0 };
	STRVEC branches = { 0 };
	REPO repo = NULL;

	TRY(cmd_workspace(run, &setting.workspace));
	TRY(workspace_repo(&setting.workspace, &repo));
	TRY(repo_write_quickly(repo));
	TRY(repo_committer(repo, &setting.committer));
	setting.series = xcalloc(words->series.count, sizeof(*setting.series));
	for (size_t i = 0; i < words->series.count; i++)
		TRY(series_read(&setting.workspace, words->series.items[i],
				&setting.series[setting.series_count++]));
	TRY(target_choose_branches(&setting.workspace, repo, &words->series, &words->onto,
				   &branches));
	make_lanes(&setting, &branches, &lanes);
	lanes.repos[0] = TAKE_PTR(repo);
	return port_all(&lanes, results);
}
