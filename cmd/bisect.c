// SPDX-License-Identifier: GPL-2.0
/* bisect.c - 'farrier bisect': options and verbs. */
#include <math.h>
#include <stdio.h>

#include "base/progress.h"
#include "bisect.h"
#include "bisect/bisect_git.h"
#include "bisect/bisect_run.h"
#include "core/file.h"

enum {
	KEY_REPO = 0x200,
	KEY_BAD,
	KEY_GOOD,
	KEY_BUILD,
	KEY_NO_CHECKOUT,
	KEY_BRANCH,
	KEY_MACHINE,
	KEY_CPUS,
	KEY_SECONDS,
	KEY_MODEL,
	KEY_WITH,
	KEY_IF_MISSING,
	KEY_LIKELY,
	KEY_FIXES,
	KEY_ERROR,
	KEY_RATE,
	KEY_RUNS,
};

static const struct argp_option option_table[] = {
	{ "bad", KEY_BAD, "REV", 0, "start: a commit that has the bug", 1 },
	{ "good", KEY_GOOD, "REV", 0, "start: one that has not; may be given several times", 1 },
	{ "repo", KEY_REPO, "DIR", 0,
	  "start: bisect in this repository (default: the workspace's, or the one around)", 1 },
	{ "build", KEY_BUILD, "CMD", 0,
	  "start: build with CMD (given to sh -c) once for each commit, into $FARRIER_BUILD", 2 },
	{ "no-checkout", KEY_NO_CHECKOUT, NULL, 0,
	  "start: check nothing out, the test reads $FARRIER_COMMIT", 2 },
	{ "fixes", KEY_FIXES, NULL, 0,
	  "start, series: the good end is the newer one: find the commit that fixed it", 1 },
	{ "machine", KEY_MACHINE, "M", 0,
	  "start: the test is to build a kernel and to boot it on this machine", 3 },
	{ "branch", KEY_BRANCH, "BRANCH", 0,
	  "start: build as this branch is built (default: the one that has the bad commit)", 3 },
	{ "cpus", KEY_CPUS, "N", 0, "start: with so many CPUs (default: the most that M lists)",
	  3 },
	{ "seconds", KEY_SECONDS, "N", 0, "start: test for so long in each boot (default: 10)", 3 },
	{ "model", KEY_MODEL, "SERIES", 0, "start: with this model of a fault, switched on", 3 },
	{ "with", KEY_WITH, "SERIES", 0,
	  "start: put this series on each commit; may be given several times", 3 },
	{ "if-missing", KEY_IF_MISSING, NULL, 0,
	  "start: a commit that has a patch of it already is tested as it is, not skipped", 3 },
	{ "likely", KEY_LIKELY, "PATH", 0,
	  "start: commits that touch this file or folder are likelier it; may be given several "
	  "times",
	  4 },
	{ "error", KEY_ERROR, "PERCENT", 0,
	  "start: how often the answer may be wrong (default: 5%)", 4 },
	{ "jobs", 'j', "N", 0, "run: so many tests at a time", 5 },
	{ "pass-rate", 'p', "P", 0,
	  "plan: how often a commit with the bug passes, from 0 to 0.99 (default: as it was seen, "
	  "or 0.5)",
	  6 },
	{ "runs", KEY_RUNS, "N", 0, "plan: try so many times on paper (default: 100)", 6 },
	{ 0 },
};

static double number_of(const char *text, double least, double most, const char *option,
			struct argp_state *state)
{
	char *end;
	double number = strtod(text, &end);

	if (*end == '%' && !end[1])
		number /= 100, end++;
	if (*end || end == text || !(number >= least && number <= most))
		argp_error(state, "%s takes a number from %g to %g, not '%s'", option, least, most,
			   text);
	return number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bisect_words *words = state->input;

	switch (key) {
	case KEY_REPO:
		words->repo = arg;
		return 0;
	case KEY_BAD:
		words->bad = arg;
		return 0;
	case KEY_GOOD:
		strvec_push(&words->goods, arg);
		return 0;
	case KEY_BUILD:
		words->build = arg;
		return 0;
	case KEY_NO_CHECKOUT:
		words->no_checkout = true;
		return 0;
	case KEY_MACHINE:
		words->machine = arg;
		return 0;
	case KEY_BRANCH:
		words->branch = arg;
		return 0;
	case KEY_MODEL:
		words->model = arg;
		return 0;
	case KEY_WITH:
		strvec_push_new(&words->with, arg);
		return 0;
	case KEY_LIKELY:
		strvec_push_new(&words->likely, arg);
		return 0;
	case KEY_IF_MISSING:
		words->if_missing = true;
		return 0;
	case KEY_FIXES:
		words->fixes = true;
		return 0;
	case KEY_CPUS:
		words->cpus = (int)number_of(arg, 1, 4096, "--cpus", state);
		return 0;
	case KEY_SECONDS:
		words->seconds = (int)number_of(arg, 1, 86400, "--seconds", state);
		return 0;
	case KEY_ERROR:
		words->error = number_of(arg, 0.0001, 0.5, "--error", state);
		return 0;
	case KEY_RUNS:
		words->runs = (int)number_of(arg, 1, 100000, "--runs", state);
		return 0;
	case 'p':
		words->rate = number_of(arg, 0, 0.99, "--pass-rate", state);
		return 0;
	case 'j':
		words->jobs = (int)number_of(arg, 1, 1024, "--jobs", state);
		return 0;
	case ARGP_KEY_ARG:
		if (!words->verb)
			words->verb = arg;
		else
			strvec_push(&words->args, arg);
		return 0;
	case ARGP_KEY_END:
		if (!words->verb)
			argp_error(state,
				   "say what to do: 'start', 'series', 'run', 'status', 'good', "
				   "'bad', 'skip', "
				   "'undo', 'log', 'replay', 'visualize', 'plan' or 'reset'");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static ERR_CHECK open_session(const struct bisect_words *words, struct bisect **bisect)
{
	OWNED_STR home = NULL;

	TRY(bisect_home(words->run, &home));
	return bisect_open(home, bisect);
}

/* Others wait, or would both write the log. */
static ERR_CHECK open_and_lock(const struct bisect_words *words, struct bisect **bisect,
			       struct file_lock *lock)
{
	OWNED_STR home = NULL;
	OWNED_STR path = NULL;

	TRY(bisect_home(words->run, &home));
	path = xasprintf("%s/bisect/lock", home);
	/* without a session there is nothing to lock */
	TRY(bisect_open(home, bisect));
	TRY(file_lock(path, "the bisection", false, lock));
	/* again: what the other one did is to be seen */
	bisect_free(TAKE_PTR(*bisect));
	return bisect_open(home, bisect);
}

static ERR_CHECK need_args(const struct bisect_words *words, size_t least, size_t most,
			   const char *what)
{
	if (words->args.count >= least && words->args.count <= most && !words->command.count)
		return NULL;
	return err_input("'farrier bisect %s' takes %s", words->verb, what);
}

static const struct err *verb_run(const struct bisect_words *words)
{
	FILE_LOCK lock = FILE_LOCK_NONE;
	BISECT bisect = NULL;
	struct suspect_step step;

	TRY(need_args(words, 0, 0, "no more words"));
	TRY(open_and_lock(words, &bisect, &lock));
	TRY(bisect_run(bisect, words->jobs, &step));
	return bisect_print(words->run, bisect);
}

static const struct err *verb_status(const struct bisect_words *words)
{
	BISECT bisect = NULL;

	TRY(need_args(words, 0, 0, "no more words"));
	TRY(open_session(words, &bisect));
	return bisect_print(words->run, bisect);
}

static const struct err *verb_mark(const struct bisect_words *words)
{
	FILE_LOCK lock = FILE_LOCK_NONE;
	BISECT bisect = NULL;

	TRY(open_and_lock(words, &bisect, &lock));
	if (!words->args.count) {
		/* as git: what was to be looked at next */
		CLEANUP(bisect_answer_release) struct bisect_answer answer = { 0 };

		TRY(need_args(words, 0, 0, "revisions"));
		bisect_answer(bisect, &answer);
		if (answer.what != SUSPECT_BOOT)
			return err_input("name the revision: nothing is to be tested next");
		TRY(bisect_mark(bisect, git_oid_tostr_s(bisect_commit_id(bisect, answer.next)),
				words->verb));
	}
	for (size_t i = 0; i < words->args.count; i++)
		TRY(bisect_mark(bisect, words->args.items[i], words->verb));
	return bisect_print(words->run, bisect);
}

static const struct err *verb_undo(const struct bisect_words *words)
{
	FILE_LOCK lock = FILE_LOCK_NONE;
	BISECT bisect = NULL;

	TRY(need_args(words, 0, 0, "no more words"));
	TRY(open_and_lock(words, &bisect, &lock));
	TRY(bisect_undo(bisect));
	return bisect_print(words->run, bisect);
}

static const struct err *verb_log(const struct bisect_words *words)
{
	STRBUF text = { 0 };
	BISECT bisect = NULL;

	TRY(need_args(words, 0, 0, "no more words"));
	TRY(open_session(words, &bisect));
	if (words->run->json) {
		out_json(bisect->events);
		return NULL;
	}
	TRY(bisect_git_log(bisect, &text));
	fputs(strbuf_str(&text), stdout); /* subjects in it are printable */
	return NULL;
}

static const struct err *verb_visualize(const struct bisect_words *words)
{
	BISECT bisect = NULL;

	TRY(need_args(words, 0, 0, "no more words"));
	TRY(open_session(words, &bisect));
	return words->run->json ? bisect_print(words->run, bisect)
				: bisect_print_graph(words->run, bisect);
}

static const struct err *verb_plan(const struct bisect_words *words)
{
	BISECT bisect = NULL;

	TRY(need_args(words, 0, 0, "no more words"));
	TRY(open_session(words, &bisect));
	return bisect_print_plan(words, bisect);
}

static const struct err *verb_reset(const struct bisect_words *words)
{
	FILE_LOCK lock = FILE_LOCK_NONE;
	BISECT bisect = NULL;

	TRY(need_args(words, 0, 0, "no more words"));
	TRY(open_and_lock(words, &bisect, &lock));
	TRY(bisect_reset(bisect));
	out_line(words->run, OUT_PLAIN, "bisection %d is over; its log is '%s'", bisect->number,
		 bisect->path);
	return NULL;
}

static const struct verb {
	const char *name;
	const struct err *(*main)(const struct bisect_words *words);
} verbs[] = {
	{ "start", bisect_verb_start },
	{ "series", bisect_verb_series },
	{ "run", verb_run },
	{ "status", verb_status },
	{ "good", verb_mark },
	{ "bad", verb_mark },
	{ "skip", verb_mark },
	{ "undo", verb_undo },
	{ "log", verb_log },
	{ "replay", bisect_verb_replay },
	{ "visualize", verb_visualize },
	{ "plan", verb_plan },
	{ "reset", verb_reset },
};

static ERR_CHECK do_verb(const struct bisect_words *words)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (str_equal(verbs[i].name, words->verb))
			return verbs[i].main(words);
	return err_hint(err_input("there is no 'farrier bisect %s'", words->verb),
			"'farrier bisect --help' lists the words");
}

const struct err *cmd_bisect(struct run *run, int argc, char **argv)
{
	struct bisect_words words = { .run = run, .error = 0.05, .rate = NAN, .runs = 100 };
	struct cmd_options options = {
		.options = option_table,
		.parse = parse,
		.args = "start --bad REV --good REV... (--machine M | -- CMD [ARG]...)\n"
			"series NAME --branch BRANCH [--fixes] (--machine M | -- CMD [ARG]...)\n"
			"run | status | visualize | log | plan | undo | reset\n"
			"good | bad | skip [REV]...\n"
			"replay LOG [-- CMD [ARG]...]",
		.doc = "Finds the commit that brought a bug in, with a test that may lie.",
		.input = &words
	};
	const struct err *err;

	/* behind "--" is a command, of which nothing is ours */
	for (int i = 1; i < argc; i++)
		if (str_equal(argv[i], "--")) {
			for (int word = i + 1; word < argc; word++)
				strvec_push(&words.command, argv[word]);
			argc = i;
		}
	cmd_parse(run, &options, argc, argv);
	err = do_verb(&words);
	strvec_release(&words.goods);
	strvec_release(&words.with);
	strvec_release(&words.likely);
	strvec_release(&words.args);
	strvec_release(&words.command);
	return err;
}
