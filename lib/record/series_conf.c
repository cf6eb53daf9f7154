// SPDX-License-Identifier: GPL-2.0
/*
 * series_conf.c - series.conf: the keys, and what they may say.
 *
 *     title                 one line, needed
 *     base                  the branch that it was written for
 *     version               a number, 1 if not there
 *     status                local, posted, upstream
 *     based-on              a Message-ID: where it was posted, or what it rests on
 *     base-commit           the commit that it was made on ("base-commit:" in its first mail)
 *     change-id             b4's name for all its versions ("change-id:" in its first mail)
 *     role                  fix, model
 *     arch                  only for branches built for it, a name in kernels/arches/; several
 *     cmdline               what switches it on under test
 *     counter               NAME:ROW; several
 *     prerequisite          a series, a commit, a Message-ID or a change id; several
 *     prerequisite-patch-id a patch that it needs, by git's stable patch id; several
 *     skip                  BRANCH NUMBER: REASON; several
 *     upstream              2: 6fa24b41d3f1..., patch 2 is that commit of mainline; several
 */
#include "core/config.h"
#include "series_conf.h"

static const char *const known_keys[] = {
	"series.title",	       "series.base",
	"series.version",      "series.status",
	"series.based-on",     "series.role",
	"series.arch",	       "series.cmdline",
	"series.counter",      "series.skip",
	"series.prerequisite", "series.base-commit",
	"series.change-id",    "series.prerequisite-patch-id",
	"series.upstream",     NULL,
};

static const char *const statuses[] = { "local", "posted", "upstream", NULL };
static const char *const roles[] = { "fix", "model", NULL };

static ERR_CHECK get_word(const struct config *config, const char *key, const char *const *allowed,
			  char **word)
{
	const char *value = config_get(config, key, *allowed);
	STRBUF list = { 0 };

	for (size_t i = 0; allowed[i]; i++) {
		if (str_equal(allowed[i], value)) {
			*word = xstrdup(value);
			return NULL;
		}
		strbuf_addf(&list, "%s%s", i ? ", " : "", allowed[i]);
	}
	return err_input("'%s': '%s' is '%s', not one of: %s", config_path(config), key, value,
			 strbuf_str(&list));
}

static ERR_CHECK read_counter(const struct config *config, const char *text, struct series *series)
{
	const char *colon = strchr(text, ':');

	if (!colon || colon == text || !colon[1])
		return err_input("'%s': counter '%s' is not NAME:ROW, as in 'lost:ERR'",
				 config_path(config), text);
	series->counters = xreallocarray(series->counters, series->counter_count + 1,
					 sizeof(*series->counters));
	series->counters[series->counter_count++] = (struct series_counter){
		.name = xstrndup(text, (size_t)(colon - text)), .row = xstrdup(colon + 1)
	};
	return NULL;
}

static ERR_CHECK read_counters(const struct config *config, struct series *series)
{
	STRVEC values = { 0 };
	STRVEC words = { 0 };

	config_get_all(config, "series.counter", &values);
	for (size_t i = 0; i < values.count; i++)
		strvec_split(&words, values.items[i], ", ");
	for (size_t i = 0; i < words.count; i++)
		TRY(read_counter(config, words.items[i], series));
	return NULL;
}

static ERR_CHECK read_skip(const struct config *config, const char *text, struct series *series)
{
	size_t branch = strcspn(text, " \t");
	char *end = NULL;
	long patch = text[branch] ? strtol(text + branch, &end, 10) : 0;
	STRBUF reason = { 0 };

	if (end && *end == ':')
		strbuf_adds(&reason, end + 1);
	strbuf_trim(&reason);
	if (!branch || patch < 1 || !reason.len)
		return err_input("'%s': skip '%s' is not BRANCH NUMBER: REASON",
				 config_path(config), text);
	if ((size_t)patch > series->files.count)
		return err_input("'%s': skip '%s' names patch %ld, but there are %zu",
				 config_path(config), text, patch, series->files.count);
	series->skips = xreallocarray(series->skips, series->skip_count + 1,
				      sizeof(*series->skips));
	series->skips[series->skip_count++] =
		(struct series_skip){ .branch = xstrndup(text, branch),
				      .patch = (int)patch,
				      .reason = strbuf_detach(&reason) };
	return NULL;
}

static ERR_CHECK read_skips(const struct config *config, struct series *series)
{
	STRVEC values = { 0 };

	config_get_all(config, "series.skip", &values);
	for (size_t i = 0; i < values.count; i++)
		TRY(read_skip(config, values.items[i], series));
	return NULL;
}

static ERR_CHECK read_upstream(const struct config *config, const char *text, struct series *series)
{
	char *end;
	long patch = strtol(text, &end, 10);
	const char *id = end + (*end == ':');

	id += strspn(id, " \t");
	if (patch < 1 || *end != ':' || strlen(id) != GIT_OID_HEXSZ ||
	    strspn(id, "0123456789abcdef") != GIT_OID_HEXSZ)
		return err_input("'%s': upstream '%s' is not NUMBER: COMMIT, with all 40 hex "
				 "digits of the commit",
				 config_path(config), text);
	if ((size_t)patch > series->files.count)
		return err_input("'%s': upstream '%s' names patch %ld, but there are %zu",
				 config_path(config), text, patch, series->files.count);
	if (series_upstream(series, (int)patch))
		return err_input("'%s' names two upstream commits of patch %ld",
				 config_path(config), patch);
	series->upstreams = xreallocarray(series->upstreams, series->upstream_count + 1,
					  sizeof(*series->upstreams));
	series->upstreams[series->upstream_count++] =
		(struct series_upstream){ .patch = (int)patch, .commit = xstrdup(id) };
	return NULL;
}

static ERR_CHECK read_upstreams(const struct config *config, struct series *series)
{
	STRVEC values = { 0 };

	config_get_all(config, "series.upstream", &values);
	for (size_t i = 0; i < values.count; i++)
		TRY(read_upstream(config, values.items[i], series));
	return NULL;
}

/* People copy Message-IDs with and without their <>. */
static char *without_brackets(const char *id)
{
	size_t length = strlen(id);

	if (length > 2 && *id == '<' && id[length - 1] == '>')
		return xstrndup(id + 1, length - 2);
	return xstrdup(id);
}

static bool is_id(const char *text)
{
	return strlen(text) == GIT_OID_HEXSZ && strspn(text, "0123456789abcdef") == GIT_OID_HEXSZ;
}

static ERR_CHECK get_id(const struct config *config, const char *key, char **id)
{
	const char *value = config_get(config, key, "");

	if (*value && !is_id(value))
		return err_input("'%s': '%s' takes 40 hex digits, not '%s'", config_path(config),
				 key, value);
	*id = xstrdup(value);
	return NULL;
}

static ERR_CHECK read_prerequisites(const struct config *config, struct series *series)
{
	STRVEC values = { 0 };

	config_get_all(config, "series.prerequisite", &values);
	for (size_t i = 0; i < values.count; i++)
		strvec_push_owned(&series->prerequisites, without_brackets(values.items[i]));
	config_get_all(config, "series.prerequisite-patch-id", &series->patch_ids);
	for (size_t i = 0; i < series->patch_ids.count; i++)
		if (!is_id(series->patch_ids.items[i]))
			return err_input("'%s': 'series.prerequisite-patch-id' takes 40 hex "
					 "digits, not '%s'",
					 config_path(config), series->patch_ids.items[i]);
	return NULL;
}

ERR_CHECK series_read_conf(const char *path, struct series *series)
{
	CONFIG config = NULL;
	const char *title;

	TRY(config_read(path, &config));
	TRY(config_only(config, known_keys));
	TRY(config_need(config, "series.title", &title));
	TRY(config_get_int(config, "series.version", 1, SERIES_VERSION_MAX, 1, &series->version));
	TRY(get_word(config, "series.status", statuses, &series->status));
	TRY(get_word(config, "series.role", roles, &series->role));
	config_get_all(config, "series.arch", &series->archs);
	series->title = xstrdup(title);
	series->base = xstrdup(config_get(config, "series.base", ""));
	series->cmdline = xstrdup(config_get(config, "series.cmdline", ""));
	series->based_on = without_brackets(config_get(config, "series.based-on", ""));
	series->change_id = xstrdup(config_get(config, "series.change-id", ""));
	TRY(get_id(config, "series.base-commit", &series->base_commit));
	TRY(read_prerequisites(config, series));
	TRY(read_counters(config, series));
	TRY(read_upstreams(config, series));
	return read_skips(config, series);
}
