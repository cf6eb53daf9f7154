// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <unistd.h>

#include "base/progress.h"
#include "export/export.h"
#include "out.h"

#define STABLE_LIST "stable@vger.kernel.org"
#define MAX_VERSION 9999

enum {
	KEY_OUTPUT = 'o',
	KEY_FORCE = 'f',
	KEY_SIGNOFF = 's',
	KEY_LOCAL = 0x100,
	KEY_PREREQUISITES,
	KEY_FUZZY,
	KEY_LINE,
	KEY_TO,
	KEY_CC,
	KEY_REROLL
};

static const struct argp_option options_export[] = {
	{ "output", KEY_OUTPUT, "DIR", 0,
	  "Put the mails there (default: SERIES-BRANCH); - prints them", 0 },
	{ "force", KEY_FORCE, NULL, 0, "Replace earlier mails in the folder", 0 },
	{ "local", KEY_LOCAL, NULL, 0, "Plain mails of a series that is not upstream", 0 },
	{ "with-prerequisites", KEY_PREREQUISITES, NULL, 0,
	  "Export the series that it needs along with it", 0 },
	{ "signoff", KEY_SIGNOFF, NULL, 0, "Add your Signed-off-by", 0 },
	{ "allow-fuzzy", KEY_FUZZY, NULL, 0, "Export patches that are fuzzy: you looked at them",
	  0 },
	{ "upstream-line", KEY_LINE, "FORM", 0,
	  "commit (the default): 'commit ID upstream.'; bracket: '[ Upstream commit ID ]'", 0 },
	{ "reroll-count", KEY_REROLL, "N", 0, "The mails are version N of this submission", 0 },
	{ "to", KEY_TO, "ADDRESS", 0,
	  "To: of the mails; repeatable (default: " STABLE_LIST ", none with --local)", 0 },
	{ "cc", KEY_CC, "ADDRESS", 0, "Cc: of the mails; repeatable", 0 },
	{ 0 },
};

/* What the command line says. */
struct words {
	const char *series;
	const char *branch;
	const char *output;
	const char *line;
	struct strvec to;
	struct strvec cc;
	struct export_request request;
};

static void release_words(struct words *words)
{
	strvec_release(&words->to);
	strvec_release(&words->cc);
}

static int read_version(const char *text, struct argp_state *state)
{
	char *end;
	long version = strtol(text, &end, 10);

	if (*end || version < 1 || version > MAX_VERSION)
		argp_error(state, "--reroll-count takes a number from 1, not '%s'", text);
	return (int)version;
}

static void take_word(struct words *words, char *arg, struct argp_state *state)
{
	if (!words->series)
		words->series = arg;
	else if (!words->branch)
		words->branch = arg;
	else
		argp_error(state, "one series and one branch at a time");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	switch (key) {
	case KEY_OUTPUT:
		words->output = arg;
		return 0;
	case KEY_FORCE:
		words->request.force = true;
		return 0;
	case KEY_LOCAL:
		words->request.local = true;
		return 0;
	case KEY_PREREQUISITES:
		words->request.prerequisites = true;
		return 0;
	case KEY_SIGNOFF:
		words->request.signoff = true;
		return 0;
	case KEY_FUZZY:
		words->request.allow_fuzzy = true;
		return 0;
	case KEY_LINE:
		words->line = arg;
		return 0;
	case KEY_REROLL:
		words->request.version = read_version(arg, state);
		return 0;
	case KEY_TO:
		strvec_push(&words->to, arg);
		return 0;
	case KEY_CC:
		strvec_push(&words->cc, arg);
		return 0;
	case ARGP_KEY_ARG:
		take_word(words, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (!words->branch)
			argp_error(state, "name the series and the branch");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --upstream-line, else export.upstream-line of farrier.conf. */
static ERR_CHECK choose_line(const struct words *words, const struct workspace *workspace,
			     enum export_line *line)
{
	const char *form = words->line ? words->line : workspace->upstream_line;

	*line = EXPORT_LINE_COMMIT;
	if (str_equal(form, "bracket"))
		*line = EXPORT_LINE_BRACKET;
	else if (*form && !str_equal(form, "commit"))
		return err_input("'%s' is '%s', not commit or bracket",
				 words->line ? "--upstream-line" : "export.upstream-line", form);
	return NULL;
}

static ERR_CHECK check_addresses(const char *option, const struct strvec *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		TRY(export_check_address(option, addresses->items[i]));
	return NULL;
}

static void print_patches(const struct run *run, const struct export_result *result)
{
	struct out_table *table = out_table_new();

	for (size_t i = 0; i < result->patch_count; i++) {
		const struct export_patch *patch = &result->patches[i];

		if (!patch->file)
			continue;
		out_table_cell(table, OUT_PLAIN, "%s", patch->file);
		if (patch->upstream)
			out_table_cell(table, OUT_DIM, "%.12s", patch->upstream);
		out_table_cell(table, OUT_PLAIN, "%s", port_status_name(patch->status));
		out_table_end_row(table);
	}
	out_table_print(run, table, 2);
}

static void print_left(const struct run *run, const struct export_result *result)
{
	for (size_t i = 0; i < result->patch_count; i++) {
		const struct export_patch *patch = &result->patches[i];

		if (patch->fate == EXPORT_LEFT)
			out_line(run, OUT_DIM, "  left out: %s patch %d, '%s': %s", patch->series,
				 patch->number, patch->subject, patch->reason);
	}
}

static void print_text(const struct run *run, const struct export_result *result,
		       const char *folder)
{
	out_line(run, OUT_BOLD, "%s for %s%s%s", result->series, result->branch,
		 *result->kernel ? ", " : "", result->kernel);
	print_patches(run, result);
	print_left(run, result);
	if (result->files.count)
		out_line(run, OUT_PLAIN, "  %zu mail%s; git send-email %s/*.patch",
			 result->files.count, result->files.count == 1 ? "" : "s", folder);
	else
		out_line(run, OUT_PLAIN, "  nothing to export");
}

/* What stands in the way, or should be known before the mails are sent: on standard error. */
static void say_refusals(const struct export_result *result)
{
	const char *said = "";

	for (size_t i = 0; i < result->patch_count; i++) {
		const struct export_patch *patch = &result->patches[i];

		if (patch->fate != EXPORT_REFUSED)
			continue;
		progress_warn("not exported: %s patch %d, '%s': %s", patch->series, patch->number,
			      patch->subject, patch->reason);
		if (patch->hint && !str_equal(patch->hint, said))
			progress_note("hint: %s", patch->hint);
		said = patch->hint ? patch->hint : "";
	}
}

static void say_newer(const struct export_newer *newer)
{
	switch (newer->state) {
	case EXPORT_THERE:
		progress_note("newer branch %-14s has it", newer->branch);
		return;
	case EXPORT_BEFORE:
		progress_note("newer branch %-14s was exported before; %s", newer->branch,
			      newer->detail);
		return;
	case EXPORT_MISSING:
		progress_warn("newer branch %-14s lacks it: %s; stable wants it there first or "
			      "with it",
			      newer->branch, newer->detail);
		return;
	default:
		progress_warn("newer branch %-14s is not known: %s", newer->branch, newer->detail);
	}
}

static void say_all(const struct export_result *result)
{
	say_refusals(result);
	for (size_t i = 0; i < result->newer_count; i++)
		say_newer(&result->newer[i]);
	for (size_t i = 0; i < result->warnings.count; i++)
		progress_warn("%s", result->warnings.items[i]);
	for (size_t i = 0; i < result->notes.count; i++)
		progress_note("%s", result->notes.items[i]);
}

/* The mails as they are, but for a terminal, which gets nothing that a patch could do harm with. */
static void print_mails(const struct run *run, const struct export_result *result)
{
	const char *text = strbuf_str(&result->mbox);

	if (!isatty(STDOUT_FILENO)) {
		fwrite(text, 1, result->mbox.len, stdout);
		return;
	}
	for (size_t length; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		out_line(run, OUT_PLAIN, "%.*s", (int)length, text);
	}
}

static void print_result(struct run *run, const struct export_result *result, const char *folder)
{
	OWNED_JSON *json = run->json ? export_json(result, folder) : NULL;

	say_all(result);
	if (result->refused)
		run->exit_code = EXIT_BAD;
	if (json)
		out_json(json);
	else if (!folder)
		print_mails(run, result);
	else if (!result->refused)
		print_text(run, result, folder);
}

const struct err *cmd_export(struct run *run, int argc, char **argv)
{
	CLEANUP(release_words) struct words words = { 0 };
	struct export_request *request = &words.request;
	EXPORT_RESULT result = { 0 };
	OWNED_STR folder = NULL;
	WORKSPACE workspace = { 0 };
	REPO repo = NULL;
	struct cmd_options options = { .options = options_export,
				       .parse = parse,
				       .args = "SERIES BRANCH",
				       .doc = "Writes a series on a branch as mails, in the stable "
					      "tree's format.",
				       .input = &words };

	cmd_parse(run, &options, argc, argv);
	if (run->json && words.output && str_equal(words.output, "-"))
		return err_input("'-o -' prints mails where --json prints its document");
	TRY(check_addresses("--to", &words.to));
	TRY(check_addresses("--cc", &words.cc));
	TRY(cmd_workspace(run, &workspace));
	TRY(choose_line(&words, &workspace, &request->line));
	TRY(workspace_repo(&workspace, &repo));
	if (!words.output)
		folder = xasprintf("%s-%s", words.series, words.branch);
	else if (!str_equal(words.output, "-"))
		folder = xstrdup(words.output);
	if (!words.to.count && !request->local)
		strvec_push(&words.to, STABLE_LIST);
	request->workspace = &workspace;
	request->repo = repo;
	request->series = words.series;
	request->branch = words.branch;
	request->folder = folder;
	request->to = &words.to;
	request->cc = &words.cc;
	TRY(export_run(request, &result));
	print_result(run, &result, folder);
	return NULL;
}
