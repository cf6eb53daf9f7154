// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "core/config.h"
#include "core/file.h"
#include "core/proc.h"
#include "workspace.h"

#define CACHE_LIMIT "40G"
/* A make of more gains less and less: configuring and linking are done by one. */
#define CPUS_PER_BUILD 16
#define MAIL_ARCHIVE   "https://lore.kernel.org/all/"
#define MAIL_LIMIT     64 /* MiB */
#define MAIL_TIMEOUT   30 /* seconds */

static const char *const known_keys[] = {
	"kernel.repo",
	"build.jobs",
	"build.at-once",
	/* of cluster_conf.h */
	"build.executor",
	"build.url",
	"build.socket",
	"build.user",
	"build.token-file",
	"build.partition",
	"build.account",
	"build.qos",
	"build.memory",
	"build.cpus",
	"build.time-limit",
	"build.queue",
	"build.shared",
	"build.node-cache",
	"build.node-farrier",
	"build.node-path",
	"build.poll-ms",
	"build.patience",
	"cache.limit",
	"mail.archive",
	"mail.inbox",
	"mail.limit",
	"mail.timeout",
	"export.upstream-line",
	NULL,
};

void workspace_release(struct workspace *workspace)
{
	free(workspace->root);
	free(workspace->state);
	free(workspace->cache);
	free(workspace->repo_path);
	free(workspace->mail_archive);
	free(workspace->mail_inbox);
	free(workspace->upstream_line);
	*workspace = (struct workspace){ 0 };
}

ERR_CHECK workspace_cache(char **folder)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (cache && *cache == '/')
		*folder = xasprintf("%s/farrier", cache);
	else if (home && *home == '/')
		*folder = xasprintf("%s/.cache/farrier", home);
	else
		return err_hint(err_env("no folder for the cache"), "set HOME or XDG_CACHE_HOME");
	return NULL;
}

static bool is_workspace(const char *folder)
{
	OWNED_STR conf = xasprintf("%s/farrier.conf", folder);

	return file_exists(conf);
}

/* *root is NULL when there is none. */
static ERR_CHECK find_root(const char *start, char **root)
{
	OWNED_STR folder = realpath(start ? start : ".", NULL);

	if (!folder)
		return err_errno("cannot find folder '%s'", start ? start : ".");
	*root = NULL;
	while (!is_workspace(folder)) {
		char *parent = file_dir_name(folder);

		if (str_equal(folder, "/")) {
			free(parent);
			return NULL;
		}
		free(folder);
		folder = parent;
	}
	*root = TAKE_PTR(folder);
	return NULL;
}

ERR_CHECK workspace_parse_size(const char *text, uint64_t *bytes)
{
	int64_t size;

	if (git_config_parse_int64(&size, text) < 0 || size < 0)
		return err_hint(err_input("'%s' is no size", text),
				"a number of bytes, or one with k, m or g behind it as in '40G'");
	*bytes = (uint64_t)size;
	return NULL;
}

static ERR_CHECK read_mail_settings(struct workspace *workspace, const struct config *config)
{
	const char *archive = config_get(config, "mail.archive", MAIL_ARCHIVE);
	const char *inbox = config_get(config, "mail.inbox", NULL);

	if (!starts_with(archive, "https://") && !starts_with(archive, "http://"))
		return err_hint(err_input("'%s': 'mail.archive' is no URL", config_path(config)),
				"for example " MAIL_ARCHIVE);
	workspace->mail_archive = xasprintf("%s%s", archive, ends_with(archive, "/") ? "" : "/");
	if (inbox && *inbox)
		workspace->mail_inbox = strstr(inbox, "://") ? xstrdup(inbox)
							     : file_expand(inbox, workspace->root);
	TRY(config_get_int(config, "mail.limit", 1, 256, MAIL_LIMIT, &workspace->mail_limit));
	return config_get_int(config, "mail.timeout", 1, 3600, MAIL_TIMEOUT,
			      &workspace->mail_timeout);
}

static ERR_CHECK read_settings(struct workspace *workspace)
{
	OWNED_STR path = workspace_path(workspace, "farrier.conf");
	CONFIG config = NULL;
	const char *repo;

	TRY(config_read(path, &config));
	TRY(config_only(config, known_keys));
	repo = config_get(config, "kernel.repo", NULL);
	workspace->own_repo = !repo || !*repo;
	workspace->repo_path = workspace->own_repo ? workspace_cached(workspace, "linux.git")
						   : file_expand(repo, workspace->root);
	workspace->upstream_line = xstrdup(config_get(config, "export.upstream-line", ""));
	TRY(config_get_int(config, "build.jobs", 0, 4096, 0, &workspace->jobs));
	TRY(config_get_int(config, "build.at-once", 0, 64, 0, &workspace->at_once));
	TRY(err_context(workspace_parse_size(config_get(config, "cache.limit", CACHE_LIMIT),
					     &workspace->cache_limit),
			"'%s': cache.limit", path));
	if (!workspace->jobs)
		workspace->jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (!workspace->at_once)
		workspace->at_once = 1 + (workspace->jobs - 1) / CPUS_PER_BUILD;
	return read_mail_settings(workspace, config);
}

ERR_CHECK workspace_find(const char *start, struct workspace *workspace)
{
	bool found;

	TRY(workspace_find_if_there(start, workspace, &found));
	if (found)
		return NULL;
	return err_hint(err_input("no workspace at or above '%s'", start ? start : "."),
			"'farrier init DIR' makes one, -C DIR names one");
}

ERR_CHECK workspace_find_if_there(const char *start, struct workspace *workspace, bool *found)
{
	*workspace = (struct workspace){ 0 };
	TRY(find_root(start, &workspace->root));
	*found = workspace->root != NULL;
	if (!*found)
		return NULL;
	TRY(workspace_cache(&workspace->cache));
	workspace->state = workspace_path(workspace, ".farrier");
	return read_settings(workspace);
}

/*
 * The kernels/ that the program came with: installed in PREFIX/share/farrier, or
 * beside the program (./farrier) or its build folder (build/dev/farrier).
 */
static ERR_CHECK data_folder(char **folder)
{
	static const char *const places[] = { "../share/farrier", ".", "../.." };
	OWNED_STR program = realpath("/proc/self/exe", NULL);
	OWNED_STR bin = file_dir_name(program ? program : "/");

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		OWNED_STR arches = xasprintf("%s/%s/kernels/arches", bin, places[i]);

		if (!file_is_dir(arches))
			continue;
		*folder = xasprintf("%s/%s/kernels", bin, places[i]);
		return NULL;
	}
	return err_hint(
		err_env("the files that farrier came with are not at '%s/%s'", bin, places[0]),
		"run 'make install' again");
}

static const char first_conf[] = "[kernel]\n"
				 "\t; repo = ~/src/linux.git\n"
				 "[build]\n"
				 "\t; jobs = 0\n"
				 "[cache]\n"
				 "\t; limit = " CACHE_LIMIT "\n"
				 "[mail]\n"
				 "\t; archive = " MAIL_ARCHIVE "\n";

ERR_CHECK workspace_init(const char *folder)
{
	OWNED_STR conf = xasprintf("%s/farrier.conf", folder);
	OWNED_STR series = xasprintf("%s/series", folder);
	OWNED_STR ignore = xasprintf("%s/.gitignore", folder);
	OWNED_STR data = NULL;

	if (file_exists(conf))
		return err_input("'%s' is a workspace already", folder);
	TRY(data_folder(&data));
	TRY(file_mkdirs(series));
	if (!file_exists(ignore))
		TRY(file_write(ignore, "/.farrier/\n", strlen("/.farrier/\n")));
	TRY(proc_run_ok(&(struct proc_spec){ .argv = (const char *const[]){ "cp", "-rT", "--", data,
									    "kernels", NULL },
					     .dir = folder },
			NULL));
	return file_write(conf, first_conf, strlen(first_conf));
}

ERR_CHECK workspace_repo(const struct workspace *workspace, git_repository **repo)
{
	return repo_open(workspace->repo_path, workspace->own_repo, repo);
}

static char *join(const char *folder, const char *format, va_list args) PRINTF(2, 0);

static char *join(const char *folder, const char *format, va_list args)
{
	STRBUF path = { 0 };

	strbuf_addf(&path, "%s/", folder);
	strbuf_vaddf(&path, format, args);
	return strbuf_detach(&path);
}

char *workspace_path(const struct workspace *workspace, const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = join(workspace->root, format, args);
	va_end(args);
	return path;
}

char *workspace_state(const struct workspace *workspace, const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = join(workspace->state, format, args);
	va_end(args);
	return path;
}

char *workspace_cached(const struct workspace *workspace, const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = join(workspace->cache, format, args);
	va_end(args);
	return path;
}
