// SPDX-License-Identifier: GPL-2.0
#include "record/target.h"
#include "port/port_state.h"
#include "port.h"

enum { KEY_ONTO = 'o', KEY_STACK = 0x100, KEY_WITH, KEY_REPO, KEY_COMMITS, KEY_MBOX, KEY_REF };

static const struct argp_option options_port[] = {
	{ "onto", KEY_ONTO, "BRANCH", 0, "Onto this branch; repeatable (default: every filled one)",
	  0 },
	{ "stack", KEY_STACK, NULL, 0, "Carry each series onto the one named before it", 0 },
	{ "with-prerequisites", KEY_WITH, NULL, 0,
	  "Carry what the series needs first, and the series onto that", 0 },
	{ "repo", KEY_REPO, "DIR", 0, "One-off: in this repository, without a workspace", 1 },
	{ "commits", KEY_COMMITS, "A..B", 0, "One-off: these commits, or a single one", 1 },
	{ "mbox", KEY_MBOX, "FILE", 0, "One-off: the patches in these mails", 1 },
	{ "ref", KEY_REF, "NAME", 0, "One-off: keep the result below refs/farrier/port/", 1 },
	{ 0 },
};

/* The two forms do not mix. */
static void check_words(const struct port_words *words, struct argp_state *state)
{
	if (!words->repo) {
		if (words->commits || words->mbox || words->ref)
			argp_error(state, "--commits, --mbox and --ref need --repo");
		if (!words->series.count)
			argp_error(state, "name the series, or use --repo");
		return;
	}
	if (words->series.count || words->stack || words->with_prerequisites)
		argp_error(state, "--repo takes no series");
	if (words->onto.count != 1)
		argp_error(state, "--repo needs one --onto REV");
	if (!words->commits == !words->mbox)
		argp_error(state, "--repo needs either --commits or --mbox");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct port_words *words = state->input;

	switch (key) {
	case KEY_ONTO:
		strvec_push_new(&words->onto, arg);
		return 0;
	case KEY_STACK:
		words->stack = true;
		return 0;
	case KEY_WITH:
		words->with_prerequisites = true;
		return 0;
	case KEY_REPO:
		words->repo = arg;
		return 0;
	case KEY_COMMITS:
		words->commits = arg;
		return 0;
	case KEY_MBOX:
		words->mbox = arg;
		return 0;
	case KEY_REF:
		words->ref = arg;
		return 0;
	case ARGP_KEY_ARG:
		strvec_push(&words->series, arg);
		return 0;
	case ARGP_KEY_END:
		check_words(words, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What every port of a run in a workspace needs. */
struct setting {
	struct workspace workspace;
	git_repository *repo;
	struct repo_person committer;
	struct series *series;
	size_t series_count;
};

static void release_setting(struct setting *setting)
{
	for (size_t i = 0; i < setting->series_count; i++)
		series_release(&setting->series[i]);
	free(setting->series);
	repo_release_person(&setting->committer);
	git_repository_free(setting->repo);
	workspace_release(&setting->workspace);
}

/* The branches that were named, or all that have a commit. */
static ERR_CHECK choose_branches(const struct setting *setting, const struct port_words *words,
				 struct strvec *names)
{
	STRVEC all = { 0 };

	if (words->onto.count) {
		strvec_push_all(names, (const char *const *)words->onto.items);
		return NULL;
	}
	TRY(target_branches(&setting->workspace, &all));
	for (size_t i = 0; i < all.count; i++) {
		BRANCH branch = { 0 };
		git_oid commit;
		bool filled;

		TRY(target_read_branch(&setting->workspace, all.items[i], &branch));
		TRY(repo_resolve_ref(setting->repo, branch.ref, &commit, &filled));
		if (filled)
			strvec_push(names, all.items[i]);
	}
	if (!names->count)
		return err_hint(err_input("no branch is filled"),
				"fill one with 'farrier tree import BRANCH'");
	return NULL;
}

/* Of a stack, the names of its series up to this one. */
static char *stack_name(const struct setting *setting, size_t upto)
{
	STRBUF name = { 0 };

	for (size_t i = 0; i <= upto; i++)
		strbuf_addf(&name, "%s%s", i ? "+" : "", setting->series[i].name);
	return strbuf_detach(&name);
}

/* One series on one branch; *tip is what it is carried onto, and then its tip. */
static ERR_CHECK port_one(const struct setting *setting, size_t index, bool stacked,
			  const char *branch, git_oid *tip, struct port_results *results)
{
	const struct series *series = &setting->series[index];
	OWNED_STR name = stacked ? stack_name(setting, index) : xstrdup(series->name);
	OWNED_STR ref = port_ref(name, branch);
	struct port_result *result;
	git_oid was;
	bool there;

	TRY(repo_resolve_ref(setting->repo, ref, &was, &there));
	TRY(port_results_add(results, setting->repo, branch, tip, &result));
	result->series = xstrdup(series->name);
	TRY(port_series(setting->repo, series, branch, tip, &setting->committer, &result->port));
	*tip = result->port.tip;
	if (port_is_complete(&result->port)) {
		TRY(repo_move_ref(setting->repo, ref, there ? &was : NULL, tip, "farrier port"));
		result->ref = TAKE_PTR(ref);
	}
	/* a series on others has a ref of another name, and says nothing of the series alone */
	if (stacked)
		return NULL;
	return port_state_write(&setting->workspace, series, branch, &result->port);
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

static ERR_CHECK take_layers(const struct setting *setting, const struct stack_layers *layers,
			     const char *branch, struct stack *stack, struct port_results *results)
{
	struct port_result *result = NULL;

	for (size_t i = 0; i < stack->count; i++) {
		TRY(port_results_add(results, setting->repo, branch, &stack->base, &result));
		result->series = xstrdup(layers->list[i]->name);
		result->port = stack->ports[i];
		stack->ports[i] = (struct port){ 0 };
	}
	if (!result)
		return NULL;
	if (stack->complete) {
		result->ref = layers_ref(layers, branch);
		TRY(repo_set_ref(setting->repo, result->ref, &stack->tip, "farrier port"));
	}
	/* what needs nothing stands alone */
	if (layers->count > 1)
		return NULL;
	return port_state_write(&setting->workspace, layers->list[0], branch, &result->port);
}

/* `count` series from `first` on, and below them what they need, as one stack. */
static ERR_CHECK port_layers(const struct setting *setting, size_t first, size_t count,
			     const char *branch, const git_oid *base, struct port_results *results)
{
	struct stack_place place = { *base, branch, &setting->committer };
	STACK_LAYERS layers = { 0 };
	STACK stack = { 0 };

	for (size_t i = first; i < first + count; i++)
		TRY(stack_layers_add(&setting->workspace, setting->series[i].name, &layers));
	TRY(stack_carry_onto(setting->repo, &place, &layers, &stack));
	return take_layers(setting, &layers, branch, &stack, results);
}

static ERR_CHECK port_branch(const struct setting *setting, const struct port_words *words,
			     const char *name, struct port_results *results)
{
	BRANCH branch = { 0 };
	git_oid base, tip;

	TRY(target_read_branch(&setting->workspace, name, &branch));
	TRY(target_branch_commit(setting->repo, &branch, &base));
	if (words->with_prerequisites && words->stack)
		return port_layers(setting, 0, setting->series_count, name, &base, results);
	tip = base;
	for (size_t i = 0; i < setting->series_count; i++) {
		if (words->with_prerequisites) {
			TRY(port_layers(setting, i, 1, name, &base, results));
			continue;
		}
		if (!words->stack)
			tip = base;
		TRY(port_one(setting, i, words->stack && i, name, &tip, results));
		if (!words->stack)
			TRY(stack_find_gaps(&setting->workspace, setting->repo, &setting->series[i],
					    &branch, &results->items[results->count - 1].gaps));
		if (!may_go_on(words, results))
			break;
	}
	return NULL;
}

static ERR_CHECK port_workspace(const struct run *run, const struct port_words *words,
				struct port_results *results)
{
	CLEANUP(release_setting) struct setting setting = { 0 };
	STRVEC branches = { 0 };

	TRY(cmd_workspace(run, &setting.workspace));
	TRY(workspace_repo(&setting.workspace, &setting.repo));
	TRY(repo_committer(setting.repo, &setting.committer));
	setting.series = xcalloc(words->series.count, sizeof(*setting.series));
	for (size_t i = 0; i < words->series.count; i++)
		TRY(series_read(&setting.workspace, words->series.items[i],
				&setting.series[setting.series_count++]));
	TRY(choose_branches(&setting, words, &branches));
	for (size_t i = 0; i < branches.count; i++)
		TRY(port_branch(&setting, words, branches.items[i], results));
	return NULL;
}

static void release_words(struct port_words *words)
{
	strvec_release(&words->series);
	strvec_release(&words->onto);
}

const struct err *cmd_port(struct run *run, int argc, char **argv)
{
	CLEANUP(release_words) struct port_words words = { 0 };
	PORT_RESULTS results = { 0 };
	struct cmd_options options = { .options = options_port,
				       .parse = parse,
				       .args = "SERIES...\n--repo DIR --onto REV "
					       "(--commits A..B | --mbox FILE)",
				       .doc = "Carries patches onto branches, in memory.",
				       .input = &words };

	cmd_parse(run, &options, argc, argv);
	if (words.repo)
		TRY(port_once(&words, &results));
	else
		TRY(port_workspace(run, &words, &results));
	port_results_print(run, &results);
	return NULL;
}
