// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - the command table, and the one place that prints errors and sets the exit code.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/progress.h"
#include "options.h"

#ifndef FARRIER_VERSION
#define FARRIER_VERSION "unknown"
#endif

struct command {
	const char *name;
	const char *summary; /* as in its man page's NAME line */
	const struct err *(*main)(struct run *run, int argc, char **argv);
};

static const struct command commands[] = {
	{ "init", "make a new workspace", cmd_init },
	{ "tree", "fill the branches of the kernel repository", cmd_tree },
	{ "doctor", "check the tools, the repository and the machines", cmd_doctor },
	{ "import", "make or update a series from mail or commits", cmd_import },
	{ "list", "list the series", cmd_list },
	{ "port", "carry patches onto branches", cmd_port },
	{ "resolve", "finish by hand what does not fit a branch", cmd_resolve },
	{ "show", "show a series, and its state on every branch", cmd_show },
	{ "check", "look at every patch of a series, and build behind each", cmd_check },
	{ "export", "write mails in the stable tree's format", cmd_export },
	{ "diff", "show how a series changed, by version or by port", cmd_diff },
	{ "build", "build kernels", cmd_build },
	{ "boot", "boot a kernel and judge its console", cmd_boot },
	{ "judge", "name what happened in console logs", cmd_judge },
	{ "verify", "find out by experiment whether a series fixes its bug", cmd_verify },
	{ "run", "build and boot a whole matrix, and judge every cell", cmd_run },
	{ "bisect", "find the commit that brought a bug in, with a test that may lie", cmd_bisect },
	{ "report", "report the results of a run, for people and for tools", cmd_report },
	{ "lab", "ask a LAVA lab: devices, jobs, logs", cmd_lab },
	{ "gc", "show how large the cache is, and make room in it", cmd_gc },
};

const char *argp_program_version = "farrier " FARRIER_VERSION;

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (str_equal(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static char *help_filter(int key, const char *text, void *input)
{
	STRBUF list = { 0 };

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	strbuf_adds(&list, "Commands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		strbuf_addf(&list, "  %-8s %s\n", commands[i].name, commands[i].summary);
	strbuf_adds(&list, "\n'farrier COMMAND --help' and 'man farrier-COMMAND' say more.");
	return strbuf_detach(&list);
}

/* Where the verb stands in argv; parsing stops there. */
struct start {
	struct run *run;
	int verb;
};

static error_t parse_start(int key, char *arg, struct argp_state *state)
{
	struct start *start = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = start->run;
		return 0;
	case ARGP_KEY_ARG:
		start->verb = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_state_help(state, stderr, ARGP_HELP_STD_ERR);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int parse_global_options(struct run *run, int argc, char **argv)
{
	struct argp_child children[] = { { .argp = &options_global }, { 0 } };
	struct argp argp = { .parser = parse_start,
			     .args_doc = "COMMAND [ARG]...",
			     .doc = "Fits one patch series to every stable kernel branch, builds, "
				    "boots and judges it.\v",
			     .children = children,
			     .help_filter = help_filter };
	struct start start = { run, 0 };

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &start);
	return start.verb;
}

static void print_error(const struct err *err)
{
	STRBUF text = { 0 };

	progress_clear();
	strbuf_add_printable(&text, err->text, strlen(err->text));
	fprintf(stderr, "farrier: %s\n", strbuf_str(&text));
	if (!err->hint)
		return;
	strbuf_reset(&text);
	strbuf_add_printable(&text, err->hint, strlen(err->hint));
	fprintf(stderr, "hint: %s\n", strbuf_str(&text));
}

/* 0 good, 1 bad, 125 cannot be tested, 128 and more: stop, since this says nothing of the commit.
 */
static int bisect_code(int code)
{
	switch (code) {
	case EXIT_USAGE:
	case EXIT_LAB:
	case ERR_INTERRUPTED:
		return 128;
	case EXIT_INCONCLUSIVE:
		return 125;
	default:
		return code;
	}
}

static int finish(const struct run *run, const struct err *err)
{
	int code = run->exit_code;

	if (!err && fflush(stdout) != 0)
		err = err_errno("cannot write standard output");
	if (err) {
		print_error(err);
		code = (int)err->kind;
	}
	err_free(err);
	return run->git_bisect ? bisect_code(code) : code;
}

static bool wants_git_bisect(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (str_equal(argv[i], "--git-bisect"))
			return true;
	return false;
}

/* Where somebody closed one, the next file that is opened would take its place. */
static void open_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	struct run run = { .color = options_color_auto(), .started = time(NULL) };
	const struct command *command;
	OWNED_STR name = NULL;
	const struct err *err;
	int verb, code;

	/* Misuse must not look like a bad commit to git bisect. */
	argp_err_exit_status = wants_git_bisect(argc, argv) ? 128 : EXIT_USAGE;
	argv[0] = (char[]){ "farrier" };
	open_standard_fds();
	interrupt_catch();
	verb = parse_global_options(&run, argc, argv);
	options_apply(&run);
	command = find_command(argv[verb]);
	if (!command) {
		err = err_hint(err_input("no command '%s'", argv[verb]),
			       "'farrier --help' lists the commands");
		return finish(&run, err);
	}
	base_keep_memory();
	repo_library_init();
	name = xasprintf("farrier %s", command->name);
	argv[verb] = name;
	err = command->main(&run, argc - verb, argv + verb);
	code = finish(&run, err);
	repo_library_shutdown();
	return code;
}
