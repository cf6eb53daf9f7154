// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/build_cache.h"
#include "cluster_ticket.h"
#include "core/config.h"
#include "core/file.h"

/* What a build's folder has besides its record. */
static const char *const parts[] = { "image", "config", "log", "inputs" };

/* --- here --- */

static ERR_CHECK copy_kernels(const char *folder, const struct workspace *workspace,
			      const char *name)
{
	OWNED_STR from = workspace_path(workspace, "kernels/%s", name);
	OWNED_STR to = xasprintf("%s/kernels/%s", folder, name);
	OWNED_STR parent = file_dir_name(to);

	TRY(file_mkdirs(parent));
	return file_copy(from, to);
}

/* The branch as it is for this build: a cell may have other fragments than its file says. */
static ERR_CHECK write_branch(const char *folder, const struct build_request *request)
{
	const struct branch *branch = request->branch;
	OWNED_STR path = xasprintf("%s/kernels/branches/%s.conf", folder, branch->name);
	OWNED_STR arch = xasprintf("arches/%s.conf", branch->arch.name);

	TRY(config_write(path, "branch.ref", branch->ref));
	TRY(config_write(path, "branch.arch", branch->arch.name));
	TRY(config_write_all(path, "branch.config", &branch->configs));
	TRY(copy_kernels(folder, request->workspace, arch));
	for (size_t i = 0; i < branch->configs.count; i++) {
		OWNED_STR name = xasprintf("configs/%s.config", branch->configs.items[i]);

		TRY(copy_kernels(folder, request->workspace, name));
	}
	return NULL;
}

static ERR_CHECK write_workspace(const char *folder, const struct cluster_conf *conf,
				 const struct workspace *workspace)
{
	OWNED_STR path = xasprintf("%s/farrier.conf", folder);
	OWNED_STR repo = xasprintf("%s/linux.git", conf->shared);
	OWNED_STR cpus = xasprintf("%d", conf->cpus);
	OWNED_STR limit = xasprintf("%llu", (unsigned long long)workspace->cache_limit);
	OWNED_STR at_once = xasprintf("%d", workspace->at_once);

	TRY(config_write(path, "kernel.repo", repo));
	TRY(config_write(path, "build.jobs", cpus));
	TRY(config_write(path, "build.at-once", at_once));
	return config_write(path, "cache.limit", limit);
}

static json_t *ticket_json(const struct build_request *request, const struct build_key *key,
			   const git_oid *commit)
{
	json_t *ticket = json_object(), *objects = json_array();

	for (size_t i = 0; request->objects && i < request->objects->count; i++)
		json_array_append_new(objects, store_text(request->objects->items[i]));
	store_set(ticket, "schema", json_integer(STORE_SCHEMA));
	store_set(ticket, "key", json_string(key->hex));
	store_set(ticket, "branch", store_text(request->branch->name));
	store_set(ticket, "commit", json_string(git_oid_tostr_s(commit)));
	store_set(ticket, "objects", request->objects ? json_incref(objects) : json_null());
	store_set(ticket, "initrd", store_text(request->initrd ? request->initrd_id : NULL));
	json_decref(objects);
	return ticket;
}

ERR_CHECK cluster_ticket_write(const char *folder, const struct cluster_conf *conf,
			       const struct build_request *request, const struct build_key *key,
			       const git_oid *commit)
{
	OWNED_JSON *ticket = ticket_json(request, key, commit);
	OWNED_JSON *written = NULL;
	OWNED_STR path = xasprintf("%s/ticket.json", folder);
	OWNED_STR trouble = xasprintf("%s/trouble.json", folder);
	OWNED_STR initrd = xasprintf("%s/initrd", folder);

	TRY(file_mkdirs(folder));
	TRY(file_remove(trouble));
	/* it is written last: the rest is there, and a job may be reading it */
	TRY(store_read(path, &written));
	if (written && json_equal(written, ticket))
		return NULL;
	TRY(write_workspace(folder, conf, request->workspace));
	TRY(write_branch(folder, request));
	if (request->initrd)
		TRY(file_copy(request->initrd, initrd));
	return store_write(path, ticket);
}

bool cluster_ticket_has_result(const char *folder)
{
	OWNED_STR sums = xasprintf("%s/result/sums.json", folder);

	return file_exists(sums);
}

/* A regular file; nothing that is followed elsewhere or waited for. */
static bool is_plain(const char *path)
{
	struct stat info;

	return lstat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* The file is the one that the node had, or was not there either. */
static ERR_CHECK check_sum(const char *result, const json_t *files, const char *name)
{
	OWNED_STR path = xasprintf("%s/%s", result, name);
	const char *wanted = json_string_value(json_object_get(files, name));
	char hex[STORE_ID_SIZE] = "";

	if (is_plain(path))
		TRY(store_file_id(path, hex));
	else if (!wanted && !file_exists(path))
		return NULL;
	if (wanted && str_equal(wanted, hex))
		return NULL;
	return err_env("'%s' did not come back from the node as it was there", path);
}

static ERR_CHECK check_sums(const char *result)
{
	OWNED_STR path = xasprintf("%s/sums.json", result);
	OWNED_JSON *sums = NULL;
	const json_t *files;

	TRY(store_read(path, &sums));
	files = json_object_get(sums, "files");
	if (!json_object_size(files))
		return err_env("'%s' is empty", path);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		TRY(check_sum(result, files, parts[i]));
	return check_sum(result, files, "build.json");
}

ERR_CHECK cluster_ticket_take(const char *folder, const struct build_request *request,
			      const struct build_key *key, struct build *build, bool *damaged)
{
	OWNED_STR result = xasprintf("%s/result", folder);
	bool good = false;

	*damaged = true;
	TRY(check_sums(result));
	TRY(build_cache_read(key, result, build, &good));
	if (!good)
		return err_env("'%s' is not the build that was asked for, or is damaged", result);
	*damaged = false;
	return build_cache_adopt(request->workspace, key, result, build);
}

bool cluster_ticket_has_trouble(const char *folder)
{
	OWNED_STR path = xasprintf("%s/trouble.json", folder);

	return file_exists(path);
}

ERR_CHECK cluster_ticket_trouble(const char *folder)
{
	OWNED_STR path = xasprintf("%s/trouble.json", folder);
	OWNED_STR ticket = xasprintf("%s/ticket.json", folder);
	OWNED_JSON *trouble = NULL;
	const char *hint;

	TRY(store_read(path, &trouble));
	if (!trouble)
		return NULL;
	/* it may be what was wrong */
	TRY(file_remove(ticket));
	hint = store_get_string(trouble, "hint", NULL);
	return err_hint(err_env("node %s: %s", store_get_string(trouble, "node", "?"),
				store_get_string(trouble, "text", "?")),
			"%s", hint ? hint : "see the job's output in the same folder");
}

/* --- on the node --- */

static const char *node_name(void)
{
	static char host[256];
	const char *name = getenv("SLURMD_NODENAME");

	if (name && *name)
		return name;
	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	return *host ? host : "unknown";
}

/* Everything that the ticket says of the build. */
struct service {
	const char *folder;
	struct workspace workspace;
	struct branch branch;
	git_repository *repo;
	struct strvec objects;
	char *initrd, *initrd_id;
	char *key;
	struct build_request request;
	struct build build;
};

static void release_service(struct service *service)
{
	build_release(&service->build);
	strvec_release(&service->objects);
	free(service->initrd);
	free(service->initrd_id);
	free(service->key);
	repo_release(&service->repo);
	target_release_branch(&service->branch);
	workspace_release(&service->workspace);
}

/* As many builds of one branch may come to this node at a time, each with so many CPUs. */
static void use_whole_node(struct workspace *workspace)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (workspace->jobs > 0 && cpus / workspace->jobs > workspace->at_once)
		workspace->at_once = (int)(cpus / workspace->jobs);
}

static ERR_CHECK read_ticket(struct service *service)
{
	OWNED_STR path = xasprintf("%s/ticket.json", service->folder);
	struct build_request *request = &service->request;
	OWNED_JSON *ticket = NULL;
	const char *initrd;
	const json_t *list;
	size_t index;
	json_t *name;

	TRY(store_read(path, &ticket));
	if (!ticket)
		return err_hint(err_input("'%s' holds no ticket", service->folder),
				"farrier itself writes them, for a cluster's nodes");
	TRY(workspace_find(service->folder, &service->workspace));
	use_whole_node(&service->workspace);
	TRY(target_read_branch(&service->workspace, store_get_string(ticket, "branch", ""),
			       &service->branch));
	TRY(workspace_repo(&service->workspace, &service->repo));
	*request = (struct build_request){ .workspace = &service->workspace,
					   .repo = service->repo,
					   .branch = &service->branch };
	if (git_oid_fromstr(&request->commit, store_get_string(ticket, "commit", "")) < 0)
		return err_input("'%s' names no commit", path);
	request->base = request->commit;
	list = json_object_get(ticket, "objects");
	json_array_foreach (list, index, name)
		strvec_push(&service->objects, json_string_value(name) ?: "");
	request->objects = json_is_array(list) ? &service->objects : NULL;
	initrd = store_get_string(ticket, "initrd", NULL);
	service->key = xstrdup(store_get_string(ticket, "key", ""));
	if (!initrd)
		return NULL;
	service->initrd = xasprintf("%s/initrd", service->folder);
	service->initrd_id = xstrdup(initrd);
	request->initrd = service->initrd;
	request->initrd_id = service->initrd_id;
	return NULL;
}

/* It goes into the image, under the key of the one that was meant. */
static ERR_CHECK check_initrd(const struct service *service)
{
	char hex[STORE_ID_SIZE];

	if (!service->initrd)
		return NULL;
	TRY(store_file_id(service->initrd, hex));
	if (str_equal(hex, service->initrd_id))
		return NULL;
	return err_env("'%s' did not come to the node as it was", service->initrd);
}

/* Config and source are the same, so it is the toolchain that a key differs by. */
static ERR_CHECK check_key(const struct service *service, const char *key)
{
	if (str_equal(key, service->key))
		return NULL;
	return err_hint(err_env("the toolchain here is another one than where the build was "
				"asked for"),
			"install the same versions of compiler and linker on both");
}

static ERR_CHECK build_here(struct service *service)
{
	BUILD_KEY key = { 0 };

	TRY(read_ticket(service));
	TRY(check_initrd(service));
	TRY(build_key_make(&service->request, &key));
	TRY(check_key(service, key.hex));
	TRY(build_run(&service->request, &service->build));
	TRY(check_initrd(service));
	return check_key(service, service->build.key);
}

static ERR_CHECK add_file(const char *from, const char *to, const char *name, json_t *files)
{
	OWNED_STR source = xasprintf("%s/%s", from, name);
	OWNED_STR copy = xasprintf("%s/%s", to, name);
	char hex[STORE_ID_SIZE];

	if (!file_exists(source))
		return NULL;
	TRY(store_file_id(source, hex));
	store_set(files, name, json_string(hex));
	return file_copy(source, copy);
}

/* The whole result appears in one step; a job that was started twice finds it there. */
static ERR_CHECK leave_result(const struct service *service)
{
	OWNED_STR from = workspace_cached(&service->workspace, "build/%s", service->key);
	OWNED_STR result = xasprintf("%s/result", service->folder);
	OWNED_STR place = xasprintf("%s.%s.%d", result, node_name(), getpid());
	OWNED_STR sums_path = xasprintf("%s/sums.json", place);
	OWNED_JSON *sums = json_object();
	json_t *files = json_object();

	store_set(sums, "files", files);
	TRY(file_remove(place));
	TRY(file_mkdirs(place));
	TRY(add_file(from, place, "build.json", files));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		TRY(add_file(from, place, parts[i], files));
	TRY(store_write(sums_path, sums));
	if (rename(place, result) < 0 && !cluster_ticket_has_result(service->folder))
		return err_errno("cannot rename '%s'", place);
	return file_remove(place);
}

static ERR_CHECK leave_trouble(const char *folder, const struct err *err)
{
	OWNED_STR path = xasprintf("%s/trouble.json", folder);
	OWNED_JSON *trouble = json_object();

	store_set(trouble, "node", store_text(node_name()));
	store_set(trouble, "text", store_text(err->text));
	store_set(trouble, "hint", store_text(err->hint));
	return store_write(path, trouble);
}

ERR_CHECK cluster_ticket_serve(const char *folder, bool *done)
{
	CLEANUP(release_service) struct service service = { .folder = folder };
	const struct err *err, *failed;

	*done = cluster_ticket_has_result(folder);
	if (*done)
		return NULL;
	err = build_here(&service);
	if (!err)
		err = leave_result(&service);
	if (!err)
		*done = true;
	/* whoever was stopped is started again, or is not needed */
	if (!err || err->kind == ERR_INTERRUPTED)
		return err;
	failed = leave_trouble(folder, err);
	if (!failed) {
		err_free(err);
		return NULL;
	}
	err_free(failed);
	return err;
}
