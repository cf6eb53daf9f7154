// SPDX-License-Identifier: GPL-2.0
/* tree.c - 'farrier tree import' fills a branch, 'farrier tree list' shows them all. */
#include "tree/tree.h"
#include "out.h"

enum { KEY_PACKAGE = 0x200, KEY_TARBALL, KEY_GIT, KEY_FORCE };

#define ABBREV 12

static const struct argp_option tree_options[] = {
	{ "package", KEY_PACKAGE, "P[=VERSION]", 0, "Fill it from this Debian package", 0 },
	{ "tarball", KEY_TARBALL, "FILE", 0, "Fill it from a tarball or a .deb file", 0 },
	{ "git", KEY_GIT, "URL REF", 0, "Fetch REF from a git repository", 0 },
	{ "force", KEY_FORCE, NULL, 0, "Import again what the branch has already", 0 },
	{ 0 },
};

struct words {
	const char *verb;   /* "import", "list" */
	const char *branch; /* import */
	struct tree_source source;
};

static void set_source(struct argp_state *state, enum tree_kind kind, const char *what)
{
	struct words *words = state->input;

	if (words->source.kind != TREE_FROM_BRANCH)
		argp_error(state, "one source at a time");
	words->source.kind = kind;
	words->source.what = what;
}

/* --git takes two words. */
static void take_git(struct argp_state *state, const char *url)
{
	struct words *words = state->input;

	set_source(state, TREE_FROM_GIT, url);
	if (state->next >= state->argc || *state->argv[state->next] == '-')
		argp_error(state, "--git takes an URL and a ref");
	else
		words->source.revision = state->argv[state->next++];
}

static void take_word(struct argp_state *state, const char *word)
{
	struct words *words = state->input;

	if (!words->verb)
		words->verb = word;
	else if (str_equal(words->verb, "import") && !words->branch)
		words->branch = word;
	else
		argp_error(state, "'%s' is one word too many", word);
}

static void check_words(struct argp_state *state)
{
	const struct words *words = state->input;

	if (!words->verb)
		argp_error(state, "say 'import' or 'list'");
	else if (str_equal(words->verb, "list")) {
		if (words->source.kind != TREE_FROM_BRANCH || words->source.force)
			argp_error(state, "these options belong to 'import'");
	} else if (!str_equal(words->verb, "import"))
		argp_error(state, "'%s' is neither 'import' nor 'list'", words->verb);
	else if (!words->branch)
		argp_error(state, "name the branch");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	switch (key) {
	case KEY_PACKAGE:
		set_source(state, TREE_FROM_PACKAGE, arg);
		return 0;
	case KEY_TARBALL:
		set_source(state, TREE_FROM_TARBALL, arg);
		return 0;
	case KEY_GIT:
		take_git(state, arg);
		return 0;
	case KEY_FORCE:
		words->source.force = true;
		return 0;
	case ARGP_KEY_ARG:
		take_word(state, arg);
		return 0;
	case ARGP_KEY_END:
		check_words(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static json_t *state_json(const struct branch *branch, const struct tree_state *tree)
{
	json_t *json = json_object();

	store_set(json, "name", store_text(branch->name));
	store_set(json, "ref", store_text(branch->ref));
	store_set(json, "commit",
		  tree->filled ? store_text(git_oid_tostr_s(&tree->commit)) : json_null());
	store_set(json, "version", *tree->version ? store_text(tree->version) : json_null());
	store_set(json, "snapshot", store_text(tree->snapshot));
	return json;
}

static char *source_text(const char *commit, const char *snapshot)
{
	if (!commit)
		return xstrdup("empty");
	if (snapshot)
		return xasprintf("snapshot of %s", snapshot);
	return xasprintf("upstream commit %.*s", ABBREV, commit);
}

static void print_import(const struct run *run, const struct branch *branch,
			 const struct tree_state *tree, bool changed)
{
	const char *commit = git_oid_tostr_s(&tree->commit);
	OWNED_STR source = source_text(commit, tree->snapshot);

	if (run->json) {
		OWNED_JSON *json = json_object();

		store_set(json, "schema", json_integer(STORE_SCHEMA));
		store_set(json, "branch", state_json(branch, tree));
		store_set(json, "changed", json_boolean(changed));
		out_json(json);
		return;
	}
	out_line(run, OUT_PLAIN, "%s: %s%s%s%s, commit %s", branch->name,
		 changed ? "" : "nothing to do, it has ", tree->version, *tree->version ? ", " : "",
		 source, commit);
}

static ERR_CHECK import(const struct run *run, const struct workspace *workspace,
			const struct words *words)
{
	BRANCH branch = { 0 };
	TREE_STATE tree = { 0 };
	bool changed;

	TRY(target_read_branch(workspace, words->branch, &branch));
	TRY(tree_import(workspace, &branch, &words->source, &tree, &changed));
	print_import(run, &branch, &tree, changed);
	return NULL;
}

static void add_row(struct out_table *table, const json_t *branch)
{
	const char *commit = store_get_string(branch, "commit", NULL);
	const char *snapshot = store_get_string(branch, "snapshot", NULL);
	OWNED_STR source = source_text(commit, snapshot);

	out_table_cell(table, OUT_BOLD, "%s", store_get_string(branch, "name", ""));
	out_table_cell(table, OUT_PLAIN, "%s", store_get_string(branch, "version", "-"));
	out_table_cell(table, commit ? OUT_PLAIN : OUT_WARN, "%s", source);
	out_table_cell(table, OUT_DIM, "%.*s", ABBREV, commit ? commit : "-");
	out_table_cell(table, OUT_DIM, "%s", store_get_string(branch, "ref", ""));
	out_table_end_row(table);
}

static void print_list(const struct run *run, const json_t *json)
{
	struct out_table *table;
	const json_t *branch;
	size_t i;

	if (run->json) {
		out_json(json);
		return;
	}
	table = out_table_new();
	json_array_foreach (json_object_get(json, "branches"), i, branch)
		add_row(table, branch);
	out_table_print(run, table, 0);
}

static ERR_CHECK list(const struct run *run, const struct workspace *workspace)
{
	OWNED_JSON *json = json_object();
	json_t *branches = json_array();
	REPO repo = NULL;
	STRVEC names = { 0 };

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "branches", branches);
	TRY(workspace_repo(workspace, &repo));
	TRY(target_branches(workspace, &names));
	for (size_t i = 0; i < names.count; i++) {
		BRANCH branch = { 0 };
		TREE_STATE tree = { 0 };

		TRY(target_read_branch(workspace, names.items[i], &branch));
		TRY(tree_read_state(repo, &branch, &tree));
		json_array_append_new(branches, state_json(&branch, &tree));
	}
	print_list(run, json);
	return NULL;
}

const struct err *cmd_tree(struct run *run, int argc, char **argv)
{
	struct words words = { 0 };
	struct cmd_options options = {
		.options = tree_options,
		.parse = parse,
		.args = "import BRANCH\nlist",
		.doc = "Fills the branches of the kernel repository, and shows what they hold.\v"
		       "Without a source, 'import' takes the package that the branch names in "
		       "kernels/branches/, or else its url.",
		.input = &words
	};
	WORKSPACE workspace = { 0 };

	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	if (str_equal(words.verb, "list"))
		return list(run, &workspace);
	return import(run, &workspace, &words);
}
