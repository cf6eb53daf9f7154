// SPDX-License-Identifier: GPL-2.0
#include "out.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **folder = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*folder)
			argp_error(state, "one folder at a time");
		*folder = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the folder");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct err *cmd_init(struct run *run, int argc, char **argv)
{
	const char *folder = NULL;
	struct cmd_options options = { .parse = parse,
				       .args = "DIR",
				       .doc = "Makes a new workspace in DIR.",
				       .input = &folder };

	cmd_parse(run, &options, argc, argv);
	TRY(workspace_init(folder));
	if (run->json) {
		OWNED_JSON *json = json_object();

		store_set(json, "schema", json_integer(STORE_SCHEMA));
		store_set(json, "workspace", store_text(folder));
		out_json(json);
	} else {
		out_line(run, OUT_PLAIN, "made workspace '%s'", folder);
	}
	return NULL;
}
