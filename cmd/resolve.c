// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "base/progress.h"
#include "resolve/resolve.h"
#include "editor.h"
#include "out.h"
#include "port.h"

enum { KEY_MESSAGE = 'm', KEY_CONTINUE = 0x400, KEY_ABORT, KEY_BUILD, KEY_FULL };

static const struct argp_option option_table[] = {
	{ "continue", KEY_CONTINUE, NULL, 0,
	  "Record what the work tree has, and go on with the next patch", 1 },
	{ "abort", KEY_ABORT, NULL, 0, "Drop the work tree and all that belongs to it", 1 },
	{ "message", KEY_MESSAGE, "TEXT", 0,
	  "With --continue: what was adapted and why (default: asked for in an editor)", 1 },
	{ "build", KEY_BUILD, NULL, 0, "With --continue: record it only if it builds", 1 },
	{ "full", KEY_FULL, NULL, 0,
	  "Check out every file, not only the folders of those that the series changes", 1 },
	{ 0 },
};

enum action { ACTION_START, ACTION_CONTINUE, ACTION_ABORT };

struct options {
	enum action action;
	const char *series, *branch;
	const char *message;
	bool build, full;
};

static void choose_action(struct options *options, enum action action, struct argp_state *state)
{
	if (options->action != ACTION_START && options->action != action)
		argp_error(state, "either --continue or --abort");
	options->action = action;
}

static void check_options(const struct options *options, struct argp_state *state)
{
	if (!options->branch)
		argp_error(state, "name the series and the branch");
	if ((options->message || options->build) && options->action != ACTION_CONTINUE)
		argp_error(state, "--message and --build need --continue");
	if (options->full && options->action == ACTION_ABORT)
		argp_error(state, "--abort checks nothing out");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_CONTINUE:
		choose_action(options, ACTION_CONTINUE, state);
		return 0;
	case KEY_ABORT:
		choose_action(options, ACTION_ABORT, state);
		return 0;
	case KEY_MESSAGE:
		options->message = arg;
		return 0;
	case KEY_BUILD:
		options->build = true;
		return 0;
	case KEY_FULL:
		options->full = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->branch)
			argp_error(state, "one series and one branch at a time");
		*(options->series ? &options->branch : &options->series) = arg;
		return 0;
	case ARGP_KEY_END:
		check_options(options, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The session as JSON; `more` (stolen) has what this run adds. */
static void print_json(const struct resolve *resolve, const char *state, json_t *more)
{
	OWNED_JSON *json = resolve_json(resolve, state);
	OWNED_JSON *extra = more;

	if (extra)
		json_object_update(json, extra);
	out_json(json);
}

static void print_text(const struct run *run, const struct resolve *resolve)
{
	STRVEC lines = { 0 };
	const char *text = strbuf_str(&resolve->text);

	while (*text) {
		size_t length = strcspn(text, "\n");
		bool head = length && *text != ' ';

		out_line(run, head ? OUT_BOLD : OUT_PLAIN, "%.*s", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

/* What is open now, or that nothing is. */
static void print_open(struct run *run, const struct resolve *resolve)
{
	if (resolve->record) {
		print_text(run, resolve);
		run->exit_code = EXIT_BAD;
		return;
	}
	out_line(run, OUT_GOOD, "nothing of '%s' is left to resolve on '%s'", resolve->series.name,
		 resolve->branch.name);
}

static const char *state_name(const struct resolve *resolve)
{
	return resolve->record ? "open" : "done";
}

static ERR_CHECK start(struct run *run, const struct options *options, struct resolve *resolve)
{
	if (resolve->record)
		return err_hint(
			err_input("the resolve of '%s' on '%s' is in progress: patch %d, '%s'",
				  options->series, options->branch,
				  store_get_int(resolve->record, "patch", 0),
				  store_get_string(resolve->record, "subject", "")),
			"the work tree is '%s', what to do is in '%s'; then 'farrier resolve %s %s "
			"--continue' or '--abort'",
			resolve->tree, resolve->text_path, options->series, options->branch);
	TRY(resolve_start(resolve, options->full));
	if (!run->json) {
		print_open(run, resolve);
		return NULL;
	}
	print_json(resolve, state_name(resolve), NULL);
	run->exit_code = resolve->record ? EXIT_BAD : EXIT_GOOD;
	return NULL;
}

static ERR_CHECK abort_it(struct run *run, const struct options *options, struct resolve *resolve)
{
	bool was_there = file_exists(resolve->folder);

	TRY(resolve_drop(resolve));
	if (run->json)
		print_json(resolve, "aborted", NULL);
	else if (was_there)
		out_line(run, OUT_PLAIN, "the resolve of '%s' on '%s' is dropped", options->series,
			 options->branch);
	else
		out_line(run, OUT_PLAIN, "there is no resolve of '%s' on '%s'", options->series,
			 options->branch);
	return NULL;
}

/* Builds; false when it does not, with the compiler's lines. */
static ERR_CHECK build(struct run *run, struct resolve *resolve,
		       const struct resolve_result *result, bool *good)
{
	BUILD built = { 0 };

	TRY(resolve_build(resolve, result, &built));
	*good = built.status != BUILD_FAILED;
	if (*good)
		return NULL;
	run->exit_code = EXIT_BAD;
	if (run->json) {
		print_json(resolve, "open", json_pack("{s:o}", "build", build_json(&built)));
		return NULL;
	}
	out_line(run, OUT_BAD, "it does not build: nothing was recorded");
	for (size_t i = 0; i < built.diagnostics.count; i++) {
		const struct build_diagnostic *one = &built.diagnostics.items[i];

		out_line(run, one->severity == BUILD_ERROR ? OUT_BAD : OUT_PLAIN, "  %s:%d: %s: %s",
			 one->file ? one->file : "make", one->line,
			 build_severity_name(one->severity), one->text);
		if (one->number)
			out_line(run, OUT_PLAIN, "    from patch %d of %s: %s", one->number,
				 one->series, one->subject);
	}
	if (built.log)
		out_line(run, OUT_PLAIN, "  the log: %s", built.log);
	return NULL;
}

static void add_template(const struct resolve *resolve, const struct resolve_result *result,
			 struct strbuf *text)
{
	OWNED_STR old = resolve_old_note(resolve);

	strbuf_addf(text, "%s\n", old);
	strbuf_addf(text, "# What was adapted for %s, and why, in a sentence or two.\n",
		    resolve->branch.name);
	strbuf_addf(text, "# It becomes \"[ your name: ... ]\" behind the message of\n");
	strbuf_addf(text, "#   %s\n", store_get_string(resolve->record, "subject", ""));
	strbuf_adds(text, "# Lines that begin with '#' are left out. Without a text nothing is "
			  "recorded.\n");
	for (size_t i = 0; i < result->left.count; i++)
		strbuf_addf(text, "# left as the branch has it: %s\n", result->left.items[i]);
	for (size_t i = 0; i < result->strange.count; i++)
		strbuf_addf(text, "# new, and not the patch's: %s\n", result->strange.items[i]);
	for (size_t i = 0; i < result->others.count; i++)
		strbuf_addf(text, "# also changed, and not the patch's: %s\n",
			    result->others.items[i]);
}

static ERR_CHECK ask_note(const struct options *options, const struct resolve *resolve,
			  const struct resolve_result *result, struct strbuf *note)
{
	OWNED_STR path = xasprintf("%s/NOTE_EDITMSG", resolve->folder);

	if (options->message) {
		strbuf_adds(note, options->message);
		strbuf_trim(note);
	} else if (!editor_can_run()) {
		return err_hint(err_input("what was adapted, and why?"),
				"say it with -m TEXT: there is no terminal to ask at");
	} else {
		add_template(resolve, result, note);
		TRY(editor_run(path, note));
	}
	if (!note->len)
		return err_hint(err_input("no note: nothing was recorded"),
				"a recorded port says what was adapted and why");
	return NULL;
}

static void warn(const struct resolve_result *result)
{
	for (size_t i = 0; i < result->left.count; i++)
		progress_warn("'%s' is as the branch has it: the patch's change of it is left out",
			      result->left.items[i]);
	for (size_t i = 0; i < result->strange.count; i++)
		progress_warn("'%s' is new, and none of the patch's files",
			      result->strange.items[i]);
	for (size_t i = 0; i < result->others.count; i++)
		progress_warn("also changed: '%s', which the patch does not touch",
			      result->others.items[i]);
}

static ERR_CHECK print_recorded(struct run *run, const struct resolve *resolve, const char *path)
{
	OWNED_STR onto = xstrdup(resolve->branch.name);
	PORT_RESULTS results = { 0 };
	struct port_result *result;
	json_t *more;

	TRY(port_results_add(&results, resolve->kernel, onto, &resolve->base, &result));
	result->series = xstrdup(resolve->series.name);
	TRY(resolve_stand(resolve, &result->port));
	if (run->json) {
		more = json_object();
		store_set(more, "recorded", store_text(path));
		store_set(more, "port", port_json(&result->port, result->series, onto));
		print_json(resolve, state_name(resolve), more);
		run->exit_code = port_needs_person(&result->port) ? EXIT_BAD : EXIT_GOOD;
		return NULL;
	}
	out_line(run, OUT_GOOD, "recorded %s", path);
	port_results_print(run, &results);
	out_line(run, OUT_PLAIN, "%s", "");
	print_open(run, resolve);
	if (!resolve->record)
		out_line(run, OUT_PLAIN, "'farrier port %s --onto %s' keeps the result as a ref",
			 result->series, onto);
	return NULL;
}

static ERR_CHECK go_on(struct run *run, const struct options *options, struct resolve *resolve)
{
	bool full = store_get_bool(resolve->record, "full", false) || options->full;
	RESOLVE_RESULT result = { 0 };
	OWNED_STR path = NULL;
	STRBUF note = { 0 };
	bool good = true;

	if (!resolve->record)
		return err_hint(err_input("no resolve of '%s' on '%s' is in progress",
					  options->series, options->branch),
				"'farrier resolve %s %s' begins one", options->series,
				options->branch);
	TRY(resolve_look(resolve, &result));
	warn(&result);
	if (options->build)
		TRY(build(run, resolve, &result, &good));
	if (!good)
		return NULL;
	TRY(ask_note(options, resolve, &result, &note));
	TRY(resolve_record(resolve, &result, strbuf_str(&note), &path));
	TRY(err_context(resolve_start(resolve, full), "'%s' is recorded, but", path));
	return print_recorded(run, resolve, path);
}

const struct err *cmd_resolve(struct run *run, int argc, char **argv)
{
	struct options input = { 0 };
	struct cmd_options options = {
		.options = option_table,
		.parse = parse,
		.args = "SERIES BRANCH",
		.doc = "Opens the first patch that does not fit a branch in a "
		       "work tree, and records what you make of it.",
		.input = &input
	};
	WORKSPACE workspace = { 0 };
	REPO repo = NULL;
	RESOLVE resolve = { .lock = FILE_LOCK_NONE };

	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	if (input.action != ACTION_ABORT)
		TRY(workspace_repo(&workspace, &repo));
	TRY(resolve_open(&workspace, repo, input.series, input.branch, &resolve));
	switch (input.action) {
	case ACTION_CONTINUE:
		return go_on(run, &input, &resolve);
	case ACTION_ABORT:
		return abort_it(run, &input, &resolve);
	default:
		return start(run, &input, &resolve);
	}
}
