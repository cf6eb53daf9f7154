// SPDX-License-Identifier: GPL-2.0
#include "../lib/build.h"
#include "out.h"

enum { KEY_GIT_BISECT = 0x200 };

struct options {
	struct run *run;
	struct strvec branches;
};

static const struct argp_option build_options[] = {
	{ "git-bisect", KEY_GIT_BISECT, NULL, 0,
	  "Exit as 'git bisect run' wants it: 125 when the kernel does not build", 0 },
	{ 0 },
};

/* One line of the result. */
struct item {
	struct branch branch;
	struct build_request request;
	struct build_job *job;
	struct build build;
	struct plan *plan;
};

struct plan {
	struct item *items;
	size_t count;
	size_t open; /* not finished */
	bool done;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_GIT_BISECT:
		options->run->git_bisect = true;
		return 0;
	case ARGP_KEY_ARG:
		strvec_push(&options->branches, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void release_plan(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		build_release(&plan->items[i].build);
		target_release_branch(&plan->items[i].branch);
	}
	free(plan->items);
}

static void free_jobs(struct plan **plan)
{
	for (size_t i = 0; i < (*plan)->count; i++)
		build_job_free(TAKE_PTR((*plan)->items[i].job));
}

/* The branches that were named, else every one that was filled. */
static ERR_CHECK choose_branches(const struct workspace *workspace, git_repository *repo,
				 const struct strvec *named, struct strvec *chosen)
{
	STRVEC all = { 0 };

	if (named->count) {
		strvec_push_all(chosen, (const char *const *)named->items);
		return NULL;
	}
	TRY(target_branches(workspace, &all));
	for (size_t i = 0; i < all.count; i++) {
		BRANCH branch = { 0 };
		git_oid commit;
		bool filled;

		TRY(target_read_branch(workspace, all.items[i], &branch));
		TRY(repo_resolve_ref(repo, branch.ref, &commit, &filled));
		if (filled)
			strvec_push(chosen, all.items[i]);
	}
	if (!chosen->count)
		return err_hint(err_input("no branch is filled"),
				"fill one with 'farrier tree import BRANCH'");
	return NULL;
}

static ERR_CHECK add_item(const struct workspace *workspace, git_repository *repo, const char *name,
			  struct item *item)
{
	TRY(target_read_branch(workspace, name, &item->branch));
	item->request = (struct build_request){ .workspace = workspace,
						.repo = repo,
						.branch = &item->branch };
	TRY(target_branch_commit(repo, &item->branch, &item->request.base));
	item->request.commit = item->request.base;
	return NULL;
}

static const struct err *on_built(void *data, struct build *build, const struct err *err)
{
	struct item *item = data;

	if (build)
		build_move(build, &item->build);
	item->plan->done = --item->plan->open == 0;
	return err;
}

static ERR_CHECK build_all(const struct workspace *workspace, struct plan *plan)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, workspace->jobs);
	CLEANUP(build_queue_release) struct build_queue *queue = build_queue_new(loop, cpus);
	CLEANUP(free_jobs) struct plan *running = plan;

	plan->open = plan->count;
	for (size_t i = 0; i < plan->count; i++) {
		struct item *item = &plan->items[i];

		item->plan = running;
		TRY(build_start(queue, &item->request, on_built, item, &item->job));
	}
	return loop_run(loop, &plan->done);
}

static void print_diagnostic(const struct run *run, const struct build_diagnostic *one)
{
	STRBUF line = { 0 };

	if (one->file)
		strbuf_addf(&line, "%s:", one->file);
	if (one->line)
		strbuf_addf(&line, "%d:", one->line);
	strbuf_addf(&line, "%s%s: %s", one->file ? " " : "", build_severity_name(one->severity),
		    one->text);
	out_line(run, one->severity == BUILD_ERROR ? OUT_BAD : OUT_PLAIN, "  %s",
		 strbuf_str(&line));
	if (one->number)
		out_line(run, OUT_PLAIN, "    from patch %d%s%s: %s", one->number,
			 one->series ? " of " : "", one->series ? one->series : "", one->subject);
}

/* A build that is good shows no warnings but with -v: the kernel has its own. */
static void print_details(const struct run *run, const struct build *build)
{
	const struct build_diagnostics *list = &build->diagnostics;
	bool failed = build->status == BUILD_FAILED;

	if (failed)
		out_line(run, OUT_BAD, "%s does not build:", build->branch);
	for (size_t i = 0; i < list->count; i++)
		if (failed || run->verbose || list->items[i].number ||
		    list->items[i].severity == BUILD_CONFIG)
			print_diagnostic(run, &list->items[i]);
	if (list->left_out)
		out_line(run, OUT_PLAIN, "  and %zu more", list->left_out);
	if (failed)
		out_line(run, OUT_PLAIN, "  the log: %s", build->log ? build->log : "none");
}

static void add_row(struct out_table *table, const struct build *build)
{
	enum out_color color = build->status == BUILD_FAILED ? OUT_BAD : OUT_GOOD;

	out_table_cell(table, OUT_BOLD, "%s", build->branch);
	out_table_cell(table, OUT_PLAIN, "%s%s%s", build->series ? build->series : "no series",
		       build->model ? ", model " : "", build->model ? build->model : "");
	out_table_cell(table, color, "%s", build_status_name(build->status));
	if (build->reused)
		out_table_number(table, OUT_DIM, "-");
	else
		out_table_number(table, OUT_PLAIN, "%.0f s", build->seconds);
	out_table_cell(table, OUT_PLAIN, "%.12s", build->key);
	out_table_cell(table, OUT_DIM, "%s", build->image ? build->image : "no image");
	out_table_end_row(table);
}

static void print_text(const struct run *run, const struct plan *plan)
{
	struct out_table *table = out_table_new();

	for (size_t i = 0; i < plan->count; i++)
		add_row(table, &plan->items[i].build);
	out_table_print(run, table, 0);
	for (size_t i = 0; i < plan->count; i++)
		print_details(run, &plan->items[i].build);
}

static void print_json(const struct plan *plan)
{
	OWNED_JSON *json = json_object();
	json_t *builds = json_array();

	for (size_t i = 0; i < plan->count; i++)
		json_array_append_new(builds, build_json(&plan->items[i].build));
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "builds", builds);
	out_json(json);
}

static ERR_CHECK plan_and_build(const struct workspace *workspace, git_repository *repo,
				const struct options *options, struct plan *plan)
{
	STRVEC names = { 0 };

	TRY(choose_branches(workspace, repo, &options->branches, &names));
	plan->items = xcalloc(names.count, sizeof(*plan->items));
	for (; plan->count < names.count; plan->count++)
		TRY(add_item(workspace, repo, names.items[plan->count], &plan->items[plan->count]));
	return build_all(workspace, plan);
}

const struct err *cmd_build(struct run *run, int argc, char **argv)
{
	struct options input = { .run = run };
	struct cmd_options options = {
		.options = build_options,
		.parse = parse,
		.args = "[BRANCH]...",
		.doc = "Builds kernels: every filled branch, or those named.",
		.input = &input
	};
	CLEANUP(release_plan) struct plan plan = { 0 };
	WORKSPACE workspace = { 0 };
	REPO repo = NULL;
	const struct err *err;

	cmd_parse(run, &options, argc, argv);
	err = cmd_workspace(run, &workspace);
	if (!err)
		err = workspace_repo(&workspace, &repo);
	if (!err)
		err = plan_and_build(&workspace, repo, &input, &plan);
	strvec_release(&input.branches);
	if (err)
		return err;
	if (run->json)
		print_json(&plan);
	else
		print_text(run, &plan);
	for (size_t i = 0; i < plan.count; i++)
		if (plan.items[i].build.status == BUILD_FAILED)
			run->exit_code = run->git_bisect ? EXIT_INCONCLUSIVE : EXIT_BAD;
	return NULL;
}
