// SPDX-License-Identifier: GPL-2.0
#include "base/interrupt.h"
#include "cache/cache.h"
#include "cluster/cluster_ticket.h"
#include "guest/guest.h"
#include "base/progress.h"
#include "executor/executor.h"
#include "stack/stack.h"
#include "out.h"

enum { KEY_WITH = 0x200, KEY_MODEL, KEY_MACHINE, KEY_BISECT, KEY_TICKET };

static const struct argp_option option_table[] = {
	{ "with", KEY_WITH, "SERIES", 0, "With this series on top; repeatable, in order", 1 },
	{ "model", KEY_MODEL, "SERIES", 0, "With this test-only series below the others", 1 },
	{ "machine", KEY_MACHINE, "NAME", 0,
	  "Make the image that this machine boots: for one that takes it from the network, with "
	  "the initramfs inside",
	  1 },
	{ "git-bisect", KEY_BISECT, NULL, 0,
	  "Exit as 'git bisect run' wants it: 125 when the kernel does not build", 1 },
	{ "ticket", KEY_TICKET, "DIR", 0,
	  "On a cluster's node: build what the ticket in this folder says, and leave the result "
	  "there",
	  2 },
	{ 0 },
};

struct options {
	struct run *run;
	struct strvec branches, with;
	const char *model, *machine, *ticket;
};

/* The series of the command line, the model first, and what they need below them. */
struct wanted {
	struct stack_layers layers;
	char *names; /* of those that are no model, or NULL */
};

/* One line of the result. */
struct item {
	struct branch branch;
	struct stack stack;
	struct guest guest; /* when it goes into the image */
	struct build_request request;
	void *job; /* the executor's */
	struct build build;
	bool lost; /* what went wrong says nothing of this kernel */
	struct plan *plan;
};

struct plan {
	struct item *items;
	size_t count;
	size_t open; /* not finished */
	struct executor *executor;
	bool done;
	const struct err *trouble; /* the first, of a build that is lost; or NULL */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_WITH:
		strvec_push(&options->with, arg);
		return 0;
	case KEY_MODEL:
		options->model = arg;
		return 0;
	case KEY_MACHINE:
		options->machine = arg;
		return 0;
	case KEY_TICKET:
		options->ticket = arg;
		return 0;
	case KEY_BISECT:
		options->run->git_bisect = true;
		return 0;
	case ARGP_KEY_ARG:
		strvec_push_new(&options->branches, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void release_plan(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		build_release(&plan->items[i].build);
		stack_release(&plan->items[i].stack);
		guest_release(&plan->items[i].guest);
		target_release_branch(&plan->items[i].branch);
	}
	free(plan->items);
	err_free(plan->trouble);
}

static void free_jobs(struct plan **plan)
{
	for (size_t i = 0; i < (*plan)->count; i++)
		if ((*plan)->items[i].job)
			(*plan)->executor->kind->end(TAKE_PTR((*plan)->items[i].job));
}

static void release_wanted(struct wanted *wanted)
{
	stack_layers_release(&wanted->layers);
	free(wanted->names);
}

static ERR_CHECK read_wanted(const struct workspace *workspace, const struct options *options,
			     struct wanted *wanted)
{
	STRBUF names = { 0 };

	for (size_t i = 0; i < options->with.count; i++)
		TRY(stack_layers_add_below(workspace, options->with.items[i], &wanted->layers));
	if (options->model)
		TRY(stack_layers_add(workspace, options->model, &wanted->layers));
	for (size_t i = 0; i < options->with.count; i++) {
		strbuf_addf(&names, "%s%s", i ? ", " : "", options->with.items[i]);
		TRY(stack_layers_add(workspace, options->with.items[i], &wanted->layers));
	}
	if (names.len)
		wanted->names = strbuf_detach(&names);
	return NULL;
}

/* A series that does not fit is a kernel that does not build. */
static void note_conflict(struct item *item)
{
	struct build *build = &item->build;

	build->branch = xstrdup(item->branch.name);
	build->series = item->request.series ? xstrdup(item->request.series) : NULL;
	build->model = item->request.model ? xstrdup(item->request.model) : NULL;
	build->commit = item->stack.tip;
	build->status = BUILD_FAILED;
	build->diagnostics.items = xcalloc(1, sizeof(*build->diagnostics.items));
	build->diagnostics.items[0].text = stack_problem(&item->stack);
	build->diagnostics.count = build->diagnostics.alloc = 1;
}

/* A machine that boots from the network wants the initramfs in the image. */
static ERR_CHECK fit_machine(const struct workspace *workspace, const char *name, struct item *item)
{
	MACHINE_CONF machine = { 0 };

	TRY(target_read_machine(workspace, name, &machine));
	if (*machine.arch && !str_equal(machine.arch, item->branch.arch.name))
		return err_input("machine '%s' is for '%s', branch '%s' is built for '%s'", name,
				 machine.arch, item->branch.name, item->branch.arch.name);
	if (!machine.netboot)
		return NULL;
	TRY(guest_initramfs(workspace, &item->branch.arch, &item->guest));
	item->request.initrd = item->guest.initrd;
	item->request.initrd_id = item->guest.id;
	return NULL;
}

static ERR_CHECK add_item(const struct workspace *workspace, git_repository *repo,
			  const struct options *options, const struct wanted *wanted,
			  const char *name, struct item *item)
{
	TRY(target_read_branch(workspace, name, &item->branch));
	TRY(stack_carry(repo, &item->branch, &wanted->layers, &item->stack));
	stack_warn_of_guesses(&item->stack, name);
	item->request = (struct build_request){ .workspace = workspace,
						.repo = repo,
						.branch = &item->branch,
						.base = item->stack.base,
						.commit = item->stack.tip,
						.layers = item->stack.layers,
						.layer_count = item->stack.count,
						.series = wanted->names,
						.model = options->model };
	if (options->machine)
		TRY(fit_machine(workspace, options->machine, item));
	if (!item->stack.complete)
		note_conflict(item);
	return NULL;
}

/* A node that fails, or the like: the other kernels are built all the same. */
static void lose(struct item *item, const struct err *err)
{
	item->lost = true;
	progress_warn("%s: %s", item->branch.name, err->text);
	if (item->plan->trouble)
		err_free(err);
	else
		item->plan->trouble = err;
}

static const struct err *on_built(void *data, struct build *build, const struct err *err)
{
	struct item *item = data;

	if (err && (err->kind == ERR_INTERRUPTED || item->plan->count == 1))
		return err;
	if (err)
		lose(item, err);
	else
		build_move(build, &item->build);
	item->plan->done = --item->plan->open == 0;
	return NULL;
}

static ERR_CHECK build_all(const struct workspace *workspace, struct plan *plan)
{
	LOOP loop = loop_new();
	CLEANUP(cpus_release) struct cpus *cpus = cpus_new(loop, workspace->jobs);
	CLEANUP(executor_release) struct executor *executor = NULL;
	CLEANUP(free_jobs) struct plan *running = plan;

	TRY(executor_open(workspace, loop, cpus, &executor));
	plan->executor = executor;
	plan->open = plan->count;
	for (size_t i = 0; i < plan->count; i++) {
		struct item *item = &plan->items[i];

		item->plan = running;
		if (!item->stack.complete) {
			plan->done = --plan->open == 0;
			continue;
		}
		TRY(executor->kind->start(executor, &item->request, on_built, item, &item->job));
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
	if (failed && build->log)
		out_line(run, OUT_PLAIN, "  the log: %s", build->log);
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
		if (!plan->items[i].lost)
			add_row(table, &plan->items[i].build);
	out_table_print(run, table, 0);
	for (size_t i = 0; i < plan->count; i++)
		if (!plan->items[i].lost)
			print_details(run, &plan->items[i].build);
}

static void print_json(const struct plan *plan)
{
	OWNED_JSON *json = json_object();
	json_t *builds = json_array();

	for (size_t i = 0; i < plan->count; i++)
		if (!plan->items[i].lost)
			json_array_append_new(builds, build_json(&plan->items[i].build));
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "builds", builds);
	out_json(json);
}

/* Of branches that nobody named, those that the machine is for. */
static ERR_CHECK keep_fitting(const struct workspace *workspace, const char *name,
			      struct strvec *branches)
{
	MACHINE_CONF machine = { 0 };
	struct strvec kept = { 0 };

	TRY(target_read_machine(workspace, name, &machine));
	for (size_t i = 0; i < branches->count; i++) {
		BRANCH branch = { 0 };

		TRY(target_read_branch(workspace, branches->items[i], &branch));
		if (!*machine.arch || str_equal(machine.arch, branch.arch.name))
			strvec_push(&kept, branches->items[i]);
	}
	strvec_release(branches);
	*branches = kept;
	if (kept.count)
		return NULL;
	return err_input("no filled branch is built for '%s', which machine '%s' is", machine.arch,
			 name);
}

static ERR_CHECK plan_and_build(const struct workspace *workspace, git_repository *repo,
				const struct options *options, struct wanted *wanted,
				struct plan *plan)
{
	STRVEC series = { 0 };
	STRVEC names = { 0 };

	TRY(read_wanted(workspace, options, wanted));
	if (options->with.count)
		strvec_push_all(&series, (const char *const *)options->with.items);
	if (options->model)
		strvec_push(&series, options->model);
	TRY(target_choose_branches(workspace, repo, &series, &options->branches, &names));
	if (options->machine && !options->branches.count)
		TRY(keep_fitting(workspace, options->machine, &names));
	plan->items = xcalloc(names.count, sizeof(*plan->items));
	for (size_t i = 0; i < names.count; i++) {
		plan->count++; /* also one that is made by half is released */
		TRY(add_item(workspace, repo, options, wanted, names.items[i], &plan->items[i]));
	}
	return build_all(workspace, plan);
}

static void release_options(struct options *options)
{
	strvec_release(&options->branches);
	strvec_release(&options->with);
}

static bool any_was_built(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (*plan->items[i].build.key && !plan->items[i].build.reused)
			return true;
	return false;
}

/* A node has its own cache; what goes wrong is left beside the ticket, for who wrote it. */
static ERR_CHECK serve(struct run *run, const char *folder)
{
	OWNED_STR path = realpath(folder, NULL);
	WORKSPACE workspace = { 0 };
	bool done;

	if (!path)
		return err_errno("cannot find folder '%s'", folder);
	TRY(cluster_ticket_serve(path, &done));
	if (!done)
		run->exit_code = EXIT_LAB;
	TRY(workspace_find(path, &workspace));
	cache_keep_limit(&workspace, run->started);
	return NULL;
}

static ERR_CHECK run_build(struct run *run, const struct options *options)
{
	CLEANUP(release_wanted) struct wanted wanted = { 0 };
	CLEANUP(release_plan) struct plan plan = { 0 };
	WORKSPACE workspace = { 0 };
	REPO repo = NULL;

	TRY(cmd_workspace(run, &workspace));
	TRY(workspace_repo(&workspace, &repo));
	TRY(plan_and_build(&workspace, repo, options, &wanted, &plan));
	if (any_was_built(&plan))
		cache_keep_limit(&workspace, run->started);
	if (run->json)
		print_json(&plan);
	else
		print_text(run, &plan);
	for (size_t i = 0; i < plan.count; i++)
		if (plan.items[i].build.status == BUILD_FAILED)
			run->exit_code = run->git_bisect ? EXIT_INCONCLUSIVE : EXIT_BAD;
	return TAKE_PTR(plan.trouble);
}

const struct err *cmd_build(struct run *run, int argc, char **argv)
{
	CLEANUP(release_options) struct options input = { .run = run };
	struct cmd_options options = {
		.options = option_table,
		.parse = parse,
		.args = "[BRANCH]...",
		.doc = "Builds kernels: every filled branch, or those named.",
		.input = &input
	};

	cmd_parse(run, &options, argc, argv);
	return input.ticket ? serve(run, input.ticket) : run_build(run, &input);
}
