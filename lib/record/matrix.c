// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "core/config.h"
#include "core/file.h"
#include "matrix.h"

#define DEFAULT_SECONDS 10
#define MAX_CPUS	4096

static const struct matrix_test default_test = {
	.clean_rate = 0.05, .bad_rate = 0.40, .error = 0.01, .max_boots = 20, .max_infra = 3
};

static const char *const known_keys[] = { "matrix.title",     "matrix.series",
					  "matrix.model",     "matrix.branch",
					  "matrix.variant",   "matrix.config",
					  "matrix.machine",   "matrix.cpus",
					  "matrix.seconds",   "matrix.clean-rate",
					  "matrix.bad-rate",  "matrix.error",
					  "matrix.max-boots", "matrix.max-infra",
					  "cells.*.branch",   "cells.*.variant",
					  "cells.*.model",    "cells.*.config",
					  "cells.*.machine",  "cells.*.cpus",
					  "cells.*.seconds",  NULL };

static void release_group(struct matrix_group *group)
{
	free(group->name);
	strvec_release(&group->branches);
	strvec_release(&group->configs);
	strvec_release(&group->machines);
	free(group->cpus);
}

void matrix_release(struct matrix *matrix)
{
	free(matrix->name);
	free(matrix->path);
	free(matrix->title);
	free(matrix->series);
	free(matrix->model);
	for (size_t i = 0; i < matrix->group_count; i++)
		release_group(&matrix->groups[i]);
	free(matrix->groups);
	*matrix = (struct matrix){ 0 };
}

ERR_CHECK matrix_names(const struct workspace *workspace, struct strvec *names)
{
	OWNED_STR folder = workspace_path(workspace, "kernels/matrix");
	STRVEC files = { 0 };

	TRY(file_list(folder, &files));
	for (size_t i = 0; i < files.count; i++)
		if (ends_with(files.items[i], ".conf"))
			strvec_push_owned(names, xstrndup(files.items[i], strlen(files.items[i]) -
										  strlen(".conf")));
	return NULL;
}

static ERR_CHECK open_matrix(const struct workspace *workspace, const char *name,
			     struct config **config)
{
	OWNED_STR path = workspace_path(workspace, "kernels/matrix/%s.conf", name);
	STRVEC names = { 0 };
	STRBUF list = { 0 };

	if (file_safe_name(name) && file_exists(path))
		return config_read(path, config);
	TRY(matrix_names(workspace, &names));
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", names.items[i]);
	return err_hint(err_input("no matrix '%s'", name), "kernels/matrix has: %s",
			names.count ? strbuf_str(&list)
				    : "nothing; 'man farrier-run' shows how "
				      "to write one");
}

/* What is looked up for one section: its own key, then that of [matrix]. */
struct section {
	const struct config *config;
	const char *name; /* NULL: [matrix] itself */
};

/* The key of a section, or of [matrix] when it has none. The caller frees it. */
static char *find_key(const struct section *section, const char *key)
{
	OWNED_STR own = section->name ? xasprintf("cells.%s.%s", section->name, key) : NULL;

	if (own && config_get(section->config, own, NULL))
		return TAKE_PTR(own);
	return xasprintf("matrix.%s", key);
}

/* The words of a list, each once, in order. */
static void get_list(const struct section *section, const char *key, struct strvec *words)
{
	OWNED_STR name = find_key(section, key);
	STRVEC values = { 0 };
	STRVEC all = { 0 };

	config_get_all(section->config, name, &values);
	for (size_t i = 0; i < values.count; i++)
		strvec_split(&all, values.items[i], ", ");
	for (size_t i = 0; i < all.count; i++)
		strvec_push_new(words, all.items[i]);
}

static ERR_CHECK refuse(const struct section *section, const char *key, const char *word,
			const char *wanted)
{
	OWNED_STR name = find_key(section, key);

	return err_input("'%s': '%s' is '%s', not %s", config_path(section->config), name, word,
			 wanted);
}

/* Reads words that are one of two; found[i] says that the i-th was named. */
static ERR_CHECK get_choice(const struct section *section, const char *key,
			    const char *const names[2], bool found[2], bool *named)
{
	STRVEC words = { 0 };
	OWNED_STR wanted = xasprintf("'%s' or '%s'", names[0], names[1]);

	get_list(section, key, &words);
	*named = words.count > 0;
	for (size_t i = 0; i < words.count; i++) {
		if (!str_equal(words.items[i], names[0]) && !str_equal(words.items[i], names[1]))
			return refuse(section, key, words.items[i], wanted);
		found[str_equal(words.items[i], names[1])] = true;
	}
	return NULL;
}

static ERR_CHECK read_variants(const struct section *section, const struct matrix *matrix,
			       struct matrix_group *group)
{
	static const char *const names[2] = { "base", "series" };
	bool named;

	TRY(get_choice(section, "variant", names, group->variants, &named));
	if (!named) {
		group->variants[MATRIX_BASE] = true;
		group->variants[MATRIX_SERIES] = matrix->series != NULL;
	}
	if (group->variants[MATRIX_SERIES] && !matrix->series)
		return err_hint(
			refuse(section, "variant", "series", "in a matrix without a series"),
			"name one: 'series = NAME' in [matrix]");
	return NULL;
}

/* [matrix] model is the model's name, a section's says whether it is on. */
static ERR_CHECK read_models(const struct section *section, const struct matrix *matrix,
			     struct matrix_group *group)
{
	static const char *const names[2] = { "off", "on" };
	bool named = false;
	OWNED_STR own = section->name ? xasprintf("cells.%s.model", section->name) : NULL;

	if (own && config_get(section->config, own, NULL))
		TRY(get_choice(section, "model", names, group->models, &named));
	if (named && !matrix->model)
		return err_hint(err_input("'%s': '%s' is there, but the matrix has no model",
					  matrix->path, own),
				"name one: 'model = SERIES' in [matrix]");
	if (!named && matrix->model)
		group->models[1] = true;
	return NULL;
}

static ERR_CHECK read_cpus(const struct section *section, struct matrix_group *group)
{
	STRVEC words = { 0 };

	get_list(section, "cpus", &words);
	group->cpus = xcalloc(words.count + 1, sizeof(*group->cpus));
	for (size_t i = 0; i < words.count; i++) {
		char *end;
		long count = strtol(words.items[i], &end, 10);

		if (*end || count < 1 || count > MAX_CPUS)
			return refuse(section, "cpus", words.items[i], "a number of CPUs");
		group->cpus[group->cpu_count++] = (int)count;
	}
	return NULL;
}

/* Names become file names. */
static ERR_CHECK check_names(const struct section *section, const char *key,
			     const struct strvec *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (!file_safe_name(names->items[i]))
			return refuse(section, key, names->items[i], "a name");
	return NULL;
}

static ERR_CHECK read_group(const struct section *section, const struct matrix *matrix,
			    struct matrix_group *group)
{
	OWNED_STR seconds = find_key(section, "seconds");

	group->name = xstrdup(section->name ? section->name : "");
	TRY(read_variants(section, matrix, group));
	TRY(read_models(section, matrix, group));
	get_list(section, "branch", &group->branches);
	get_list(section, "config", &group->configs);
	get_list(section, "machine", &group->machines);
	TRY(check_names(section, "branch", &group->branches));
	TRY(check_names(section, "config", &group->configs));
	TRY(check_names(section, "machine", &group->machines));
	if (!group->configs.count)
		strvec_push(&group->configs, MATRIX_BRANCH_CONFIG);
	TRY(read_cpus(section, group));
	return config_get_int(section->config, seconds, 1, 86400, DEFAULT_SECONDS, &group->seconds);
}

static ERR_CHECK read_groups(const struct config *config, struct matrix *matrix)
{
	STRVEC names = { 0 };
	size_t count;

	config_sections(config, "cells", &names);
	count = names.count ? names.count : 1;
	matrix->groups = xcalloc(count, sizeof(*matrix->groups));
	while (matrix->group_count < count) {
		size_t index = matrix->group_count++;
		struct section section = { config, names.count ? names.items[index] : NULL };

		TRY(read_group(&section, matrix, &matrix->groups[index]));
	}
	return NULL;
}

/* "5%" or "0.05", between 0 and 1. */
static ERR_CHECK get_rate(const struct config *config, const char *key, double *rate)
{
	const char *text = config_get(config, key, NULL);
	double value;
	char *end;

	if (!text)
		return NULL;
	value = strtod(text, &end);
	if (end != text && *end == '%') {
		value /= 100;
		end++;
	}
	if (end == text || *end || !isfinite(value) || value < 0 || value >= 1)
		return err_input("'%s': '%s' takes a rate such as 5%% or 0.05, not '%s'",
				 config_path(config), key, text);
	*rate = value;
	return NULL;
}

static ERR_CHECK read_test(const struct config *config, struct matrix_test *test)
{
	*test = default_test;
	TRY(get_rate(config, "matrix.clean-rate", &test->clean_rate));
	TRY(get_rate(config, "matrix.bad-rate", &test->bad_rate));
	TRY(get_rate(config, "matrix.error", &test->error));
	if (test->clean_rate >= test->bad_rate)
		return err_input("'%s': 'matrix.clean-rate' must be below 'matrix.bad-rate'",
				 config_path(config));
	if (test->error <= 0 || test->error >= 0.5)
		return err_input("'%s': 'matrix.error' must be above 0 and below 50%%",
				 config_path(config));
	TRY(config_get_int(config, "matrix.max-boots", 1, 10000, default_test.max_boots,
			   &test->max_boots));
	return config_get_int(config, "matrix.max-infra", 0, 10000, default_test.max_infra,
			      &test->max_infra);
}

/* NULL for a key that is missing or empty. The caller frees it. */
static char *get_name(const struct config *config, const char *key)
{
	const char *value = config_get(config, key, "");

	return *value ? xstrdup(value) : NULL;
}

ERR_CHECK matrix_read(const struct workspace *workspace, const char *name, struct matrix *matrix)
{
	CONFIG config = NULL;

	*matrix = (struct matrix){ 0 };
	TRY(open_matrix(workspace, name, &config));
	TRY(config_only(config, known_keys));
	matrix->name = xstrdup(name);
	matrix->path = xstrdup(config_path(config));
	matrix->title = xstrdup(config_get(config, "matrix.title", name));
	matrix->series = get_name(config, "matrix.series");
	matrix->model = get_name(config, "matrix.model");
	TRY(read_test(config, &matrix->test));
	return read_groups(config, matrix);
}
