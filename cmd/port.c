// SPDX-License-Identifier: GPL-2.0
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
