// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#include "cluster_conf.h"
#include "core/config.h"
#include "core/file.h"

#define DEFAULT_CPUS	   8
#define DEFAULT_TIME_LIMIT 60 /* minutes */
#define DEFAULT_QUEUE	   64
#define DEFAULT_POLL_MS	   2000
#define DEFAULT_PATIENCE   900 /* seconds */
#define DEFAULT_NODE_CACHE "/var/tmp/farrier"
#define DEFAULT_NODE_PATH  "/usr/local/bin:/usr/bin:/bin"

void cluster_conf_release(struct cluster_conf *conf)
{
	free(conf->partition);
	free(conf->account);
	free(conf->qos);
	free(conf->shared);
	free(conf->node_cache);
	free(conf->program);
	free(conf->path);
	free(conf->url);
	free(conf->socket);
	free(conf->user);
	free(conf->token_file);
	*conf = (struct cluster_conf){ 0 };
}

static char *own_name(void)
{
	const struct passwd *self = getpwuid(geteuid());

	return xstrdup(self ? self->pw_name : "");
}

/* farrier itself: where nodes have the same system, it is there, too. */
static char *own_program(void)
{
	char path[PATH_MAX] = "";

	return xstrdup(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0 ? path : "farrier");
}

/* Paths go into a job's script; and no make works in a path with a space. */
static ERR_CHECK check_path(const struct config *config, const char *key, const char *path)
{
	OWNED_JSON *text = json_string(path); /* not, if it is no UTF-8 */

	if (text && *path == '/' && !strpbrk(path, " \t\n'\"\\$`:#%*?;&|<>()"))
		return NULL;
	return err_hint(err_input("'%s': '%s' is '%s'", config_path(config), key, path),
			"it is an absolute path without spaces, quotes and the like");
}

static char *read_path(const struct workspace *workspace, const struct config *config,
		       const char *key)
{
	const char *path = config_get(config, key, "");

	return *path ? file_expand(path, workspace->root) : NULL;
}

static ERR_CHECK read_numbers(const struct config *config, struct cluster_conf *conf)
{
	int poll, patience;

	TRY(config_get_int(config, "build.cpus", 1, 4096, DEFAULT_CPUS, &conf->cpus));
	TRY(config_get_int(config, "build.time-limit", 1, 100000, DEFAULT_TIME_LIMIT,
			   &conf->minutes));
	TRY(config_get_int(config, "build.memory", 0, 1 << 30, 0, &conf->megabytes));
	TRY(config_get_int(config, "build.queue", 1, 10000, DEFAULT_QUEUE, &conf->most));
	TRY(config_get_int(config, "build.poll-ms", 10, 600000, DEFAULT_POLL_MS, &poll));
	TRY(config_get_int(config, "build.patience", 0, 86400, DEFAULT_PATIENCE, &patience));
	conf->poll = poll / 1000.0;
	conf->patience = patience;
	return NULL;
}

static ERR_CHECK read_places(const struct workspace *workspace, const struct config *config,
			     struct cluster_conf *conf)
{
	const char *program = config_get(config, "build.node-farrier", "");

	conf->shared = read_path(workspace, config, "build.shared");
	if (!conf->shared)
		return err_hint(err_input("'%s': 'build.shared' is missing", config_path(config)),
				"it names a folder that every node of the cluster has at the same "
				"path");
	TRY(check_path(config, "build.shared", conf->shared));
	conf->node_cache = xstrdup(config_get(config, "build.node-cache", DEFAULT_NODE_CACHE));
	TRY(check_path(config, "build.node-cache", conf->node_cache));
	conf->path = xstrdup(config_get(config, "build.node-path", DEFAULT_NODE_PATH));
	conf->program = *program ? xstrdup(program) : own_program();
	return check_path(config, "build.node-farrier", conf->program);
}

ERR_CHECK cluster_conf_read(const struct workspace *workspace, struct cluster_conf *conf)
{
	OWNED_STR path = workspace_path(workspace, "farrier.conf");
	CONFIG config = NULL;
	const char *executor, *user, *url;

	TRY(config_read(path, &config));
	executor = config_get(config, "build.executor", "local");
	conf->slurm = str_equal(executor, "slurm");
	if (!conf->slurm && !str_equal(executor, "local"))
		return err_input("'%s': 'build.executor' is 'local' or 'slurm', not '%s'", path,
				 executor);
	if (!conf->slurm)
		return NULL;
	url = config_get(config, "build.url", "");
	user = config_get(config, "build.user", "");
	conf->url = *url ? xstrdup(url) : NULL;
	conf->socket = read_path(workspace, config, "build.socket");
	conf->user = *user ? xstrdup(user) : own_name();
	conf->token_file = read_path(workspace, config, "build.token-file");
	conf->rest = (struct slurm_conf){ .url = conf->url,
					  .socket = conf->socket,
					  .user = conf->user,
					  .token_file = conf->token_file };
	conf->partition = xstrdup(config_get(config, "build.partition", ""));
	conf->account = xstrdup(config_get(config, "build.account", ""));
	conf->qos = xstrdup(config_get(config, "build.qos", ""));
	TRY(read_numbers(config, conf));
	return read_places(workspace, config, conf);
}
