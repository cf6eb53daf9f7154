// SPDX-License-Identifier: GPL-2.0
#include "record/target.h"
#include "diff.h"
#include "out.h"

/* What the command line says. */
struct words {
	const char *series;
	const char *branch; /* or NULL */
	const char *range;  /* "v1..v2", or NULL */
};

static void take_word(struct words *words, const char *word, struct argp_state *state)
{
	bool is_range = strstr(word, "..") != NULL;

	if (!words->series)
		words->series = word;
	else if (is_range && !words->range)
		words->range = word;
	else if (!is_range && !words->branch && !words->range)
		words->branch = word;
	else
		argp_error(state, "one series, one branch and one range of versions at a time");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		take_word(state->input, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the series");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Two sides, each a version of the series, as it is or as its port on a branch. */
struct comparison {
	struct series series;
	struct series from, to;
	struct port from_port, to_port;
	struct rangediff diff;
};

static void release_comparison(struct comparison *comparison)
{
	series_release(&comparison->series);
	series_release(&comparison->from);
	series_release(&comparison->to);
	port_release(&comparison->from_port);
	port_release(&comparison->to_port);
	rangediff_release(&comparison->diff);
}

static ERR_CHECK read_version(const struct series *series, int version, struct series *opened)
{
	TRY(series_open_version(series, version, opened));
	return series_read_patches(opened);
}

/* "v2" or "2" up to `end`; nothing at all is `fallback`. */
static ERR_CHECK read_number(const char *range, const char *text, const char *end, int fallback,
			     int *version)
{
	OWNED_STR word = xstrndup(text, (size_t)(end - text));
	const char *digits = *word == 'v' ? word + 1 : word;
	size_t length = strlen(digits);

	*version = fallback;
	if (!*word)
		return NULL;
	*version = atoi(digits);
	if (length && length <= 4 && strspn(digits, "0123456789") == length && *version)
		return NULL;
	return err_hint(err_input("'%s' is no range of versions", range), "as in v1..v2, or v1..");
}

/* The version before `version`. */
static ERR_CHECK version_before(const struct series *series, int version, int *before)
{
	CLEANUP(free_ptr) int *versions = NULL;
	size_t count;

	*before = 0;
	TRY(series_versions(series, &versions, &count));
	for (size_t i = 0; i < count; i++)
		if (versions[i] < version)
			*before = versions[i];
	if (*before)
		return NULL;
	return err_hint(
		err_input("series '%s' has no version before %d here", series->name, version),
		"name a branch, to compare its port; or 'farrier import --name %s' the mails "
		"of an earlier version",
		series->name);
}

static ERR_CHECK read_range(const struct series *series, const char *range, int *from, int *to)
{
	const char *dots = range ? strstr(range, "..") : NULL;

	*from = 0;
	*to = series->version;
	if (range) {
		TRY(read_number(range, range, dots, 0, from));
		TRY(read_number(range, dots + 2, dots + strlen(dots), series->version, to));
	}
	return *from ? NULL : version_before(series, *to, from);
}

/* What two sides are compared on; opened only when a branch was named. */
struct place {
	git_repository *repo;
	struct branch branch;
	git_oid onto;
	struct repo_person committer;
};

static void release_place(struct place *place)
{
	repo_release_person(&place->committer);
	target_release_branch(&place->branch);
	git_repository_free(place->repo);
}

static ERR_CHECK open_place(const struct workspace *workspace, const char *name,
			    struct place *place)
{
	TRY(target_read_branch(workspace, name, &place->branch));
	TRY(workspace_repo(workspace, &place->repo));
	TRY(target_branch_commit(place->repo, &place->branch, &place->onto));
	return repo_committer(place->repo, &place->committer);
}

/* The port as 'farrier port' makes it now; no ref is read or written. */
static ERR_CHECK carry(const struct place *place, const struct series *series, struct port *port)
{
	return port_series(place->repo, series, place->branch.name, &place->onto, &place->committer,
			   port);
}

static ERR_CHECK compare(const struct workspace *workspace, const struct words *words,
			 struct comparison *comparison)
{
	CLEANUP(release_place) struct place place = { 0 };
	struct comparison *c = comparison;
	int from, to;

	if (words->branch)
		TRY(open_place(workspace, words->branch, &place));
	if (words->branch && !words->range) {
		TRY(read_version(&c->series, c->series.version, &c->from));
		TRY(carry(&place, &c->from, &c->from_port));
		return rangediff_port(place.repo, &c->from, &c->from_port, &c->diff);
	}
	TRY(read_range(&c->series, words->range, &from, &to));
	TRY(read_version(&c->series, from, &c->from));
	TRY(read_version(&c->series, to, &c->to));
	if (!words->branch)
		return rangediff_versions(&c->from, &c->to, &c->diff);
	TRY(carry(&place, &c->from, &c->from_port));
	TRY(carry(&place, &c->to, &c->to_port));
	return rangediff_ports(place.repo, &c->from, &c->from_port, &c->to, &c->to_port, &c->diff);
}

static json_t *side_json(int version, const char *branch)
{
	json_t *json = json_object();

	store_set(json, "version", json_integer(version));
	store_set(json, "onto", store_text(branch));
	return json;
}

static void print_json(const struct words *words, const struct comparison *comparison)
{
	bool of_port = words->branch && !words->range;
	int to = of_port ? comparison->from.version : comparison->to.version;
	OWNED_JSON *json = json_object();

	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "series", store_text(comparison->series.name));
	store_set(json, "from",
		  side_json(comparison->from.version, of_port ? NULL : words->branch));
	store_set(json, "to", side_json(to, words->branch));
	store_set(json, "patches", diff_json(&comparison->diff, true));
	out_json(json);
}

const struct err *cmd_diff(struct run *run, int argc, char **argv)
{
	struct words words = { 0 };
	struct cmd_options options = { .parse = parse,
				       .args = "SERIES [BRANCH] [VERSION..VERSION]",
				       .doc = "Shows how a series changed from version to version, "
					      "or on the way to a branch.",
				       .input = &words };
	CLEANUP(release_comparison) struct comparison comparison = { 0 };
	WORKSPACE workspace = { 0 };

	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	TRY(series_open(&workspace, words.series, &comparison.series));
	TRY(compare(&workspace, &words, &comparison));
	if (run->json)
		print_json(&words, &comparison);
	else
		diff_print(run, &comparison.diff, true);
	return NULL;
}
