// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "import.h"

enum { KEY_NAME = 'n', KEY_BASE = 'b', KEY_TRAILERS = 't', KEY_VERSION = 0x100, KEY_INBOX };

static const struct argp_option options_import[] = {
	{ "name", KEY_NAME, "NAME", 0, "Call the series NAME (default: made of its title)", 0 },
	{ "base", KEY_BASE, "BRANCH", 0, "The branch that the series was written for", 0 },
	{ "trailers", KEY_TRAILERS, NULL, 0, "Take over the trailers that replies give", 0 },
	{ "use-version", KEY_VERSION, "N", 0, "Take version N instead of the newest", 0 },
	{ "inbox", KEY_INBOX, "INBOX", 0,
	  "Look MESSAGE-ID up in this public-inbox repository, a path or a URL", 0 },
	{ 0 },
};

static int parse_version(const char *text, struct argp_state *state)
{
	char *end;
	long version = strtol(text, &end, 10);

	if (*end || end == text || version < 1 || version > 99999)
		argp_error(state, "'%s' is no version: a whole number from 1", text);
	return (int)version;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct mail_request *request = state->input;

	switch (key) {
	case KEY_NAME:
		request->name = arg;
		return 0;
	case KEY_BASE:
		request->base = arg;
		return 0;
	case KEY_TRAILERS:
		request->trailers = true;
		return 0;
	case KEY_VERSION:
		request->version = parse_version(arg, state);
		return 0;
	case KEY_INBOX:
		request->inbox = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (request->source)
			argp_error(state, "one source at a time");
		request->source = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the mails: an mbox, a folder, '-', a Message-ID, "
				  "a URL, or REV..REV");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct err *cmd_import(struct run *run, int argc, char **argv)
{
	struct mail_request request = { 0 };
	struct cmd_options options = { .options = options_import,
				       .parse = parse,
				       .args = "MBOX|FOLDER|-|MESSAGE-ID|URL|REV..REV",
				       .doc = "Makes or updates a series from mails, of a "
					      "file or a list's archive, or from commits "
					      "of the kernel repository.",
				       .input = &request };
	WORKSPACE workspace = { 0 };
	IMPORT_REPORT report = { 0 };

	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	TRY(mail_import(&workspace, &request, &report.result));
	TRY(import_complete_report(&workspace, &report));
	import_print(run, &report);
	return NULL;
}
