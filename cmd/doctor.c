// SPDX-License-Identifier: GPL-2.0
/* doctor.c - looks at everything that farrier needs and says how to mend what is missing. */
#include <unistd.h>

#include "cluster/cluster_conf.h"
#include "core/dynamic_archive.h"
#include "core/dynamic_curl.h"
#include "core/file.h"
#include "core/proc.h"
#include "lab/lab.h"
#include "out.h"

enum health { HEALTH_OK, HEALTH_WARNING, HEALTH_MISSING };

struct check {
	char *name;
	enum health health;
	char *detail; /* what was found */
	char *fix;    /* what to do, or NULL */
};

struct examination {
	struct check *checks;
	size_t count;
};

/* A kernel repository, a source folder and a build folder for one branch. */
#define SPACE_FOR_ONE_BRANCH ((uint64_t)5 << 30)

/* How long a lab may take to say who we are. */
#define LAB_SECONDS 10.0

static void release_examination(struct examination *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->checks[i].name);
		free(all->checks[i].detail);
		free(all->checks[i].fix);
	}
	free(all->checks);
}

/* Takes `detail` and `fix`. */
static void add(struct examination *all, const char *name, enum health health, char *detail,
		char *fix)
{
	all->checks = xreallocarray(all->checks, all->count + 1, sizeof(*all->checks));
	all->checks[all->count++] = (struct check){ xstrdup(name), health, detail, fix };
}

static bool seen(const struct examination *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_equal(all->checks[i].name, name))
			return true;
	return false;
}

/* The first line that a program prints about its version; perl begins with an empty one. */
static char *version_of(const char *program)
{
	struct proc_spec spec = { .argv = (const char *const[]){ program, "--version", NULL } };
	STRBUF out = { 0 };
	STRBUF errors = { 0 };
	struct proc_exit exit;
	const struct err *err = proc_run(
		&spec, &(struct proc_io){ .out = &out, .err = &errors, .timeout = 10 }, &exit);

	strbuf_trim(&out);
	if (err || !proc_succeeded(&exit) || !out.len) {
		err_free(err);
		return xstrdup("does not tell its version");
	}
	return xstrndup(out.buf, strcspn(out.buf, "\n"));
}

static void check_program(struct examination *all, const char *program, const char *packages)
{
	if (seen(all, program))
		return;
	if (proc_in_path(program))
		add(all, program, HEALTH_OK, version_of(program), NULL);
	else
		add(all, program, HEALTH_MISSING, xstrdup("not found"),
		    *packages ? xasprintf("apt-get install %s", packages)
			      : xstrdup("install it, or put it in PATH"));
}

/* Whether a package is installed; true where there is no dpkg to ask. */
static bool is_installed(const char *package)
{
	struct proc_spec spec = { .argv = (const char *const[]){ "dpkg-query", "-W", "-f",
								 "${db:Status-Status}", "--",
								 package, NULL } };
	STRBUF out = { 0 };
	STRBUF errors = { 0 };
	struct proc_exit exit;
	const struct err *err;

	if (!proc_in_path("dpkg-query"))
		return true;
	err = proc_run(&spec, &(struct proc_io){ .out = &out, .err = &errors, .timeout = 10 },
		       &exit);
	err_free(err);
	return err || str_equal(strbuf_str(&out), "installed");
}

/* Libraries have no program to look for: what an architecture's file names is asked for. */
static void check_packages(struct examination *all, const char *packages)
{
	STRVEC names = { 0 };

	strvec_split(&names, packages, " ");
	for (size_t i = 0; i < names.count; i++)
		if (!seen(all, names.items[i]) && !is_installed(names.items[i]))
			add(all, names.items[i], HEALTH_MISSING, xstrdup("not installed"),
			    xasprintf("apt-get install %s", names.items[i]));
}

static void check_basics(struct examination *all)
{
	static const char *const programs[] = {
		"git", "make", "gcc", "bc", "bison", "flex", "perl"
	};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		check_program(all, programs[i], programs[i]);
}

/* Takes `err`. */
static void check_library(struct examination *all, const char *name, const struct err *err)
{
	if (err)
		add(all, name, HEALTH_MISSING, xstrdup(err->text), xstrdup(err->hint));
	else
		add(all, name, HEALTH_OK, xstrdup("can be loaded"), NULL);
	err_free(err);
}

/* Without these two farrier starts, and fails when it needs them. */
static void check_libraries(struct examination *all)
{
	check_library(all, "libcurl", dynamic_curl_load());
	check_library(all, "libarchive", dynamic_archive_load());
}

static void check_space(struct examination *all, const struct workspace *workspace)
{
	uint64_t bytes = 0;
	const struct err *err = file_free_space(workspace->cache, &bytes);
	char *detail = xasprintf("%s, %.1f GB free", workspace->cache, (double)bytes / 1e9);

	if (!err && bytes >= SPACE_FOR_ONE_BRANCH)
		add(all, "cache", HEALTH_OK, detail, NULL);
	else
		add(all, "cache", HEALTH_WARNING, detail,
		    xstrdup("a branch needs about 5 GB; set XDG_CACHE_HOME to a larger disk"));
	err_free(err);
}

static ERR_CHECK check_branch(struct examination *all, const struct workspace *workspace,
			      git_repository *repo, const char *name)
{
	BRANCH branch = { 0 };
	OWNED_STR label = xasprintf("branch %s", name);
	OWNED_STR compiler = NULL;
	OWNED_STR version = NULL;
	git_oid commit;
	bool filled = false;

	TRY(target_read_branch(workspace, name, &branch));
	if (*branch.arch.name) {
		compiler = xasprintf("%sgcc", branch.arch.cross);
		check_program(all, compiler, branch.arch.packages);
		check_packages(all, branch.arch.packages);
	}
	if (repo)
		TRY(repo_resolve_ref(repo, branch.ref, &commit, &filled));
	if (!filled) {
		add(all, label, HEALTH_WARNING, xstrdup("empty"),
		    xasprintf("farrier tree import %s", name));
		return NULL;
	}
	TRY(repo_kernel_version(repo, &commit, &version));
	add(all, label, HEALTH_OK, xstrdup(version), NULL);
	return NULL;
}

static ERR_CHECK check_branches(struct examination *all, const struct workspace *workspace)
{
	REPO repo = NULL;
	STRVEC names = { 0 };

	/* Opening would make the cache's own; nothing is changed here. */
	if (workspace->own_repo && !file_exists(workspace->repo_path)) {
		add(all, "repository", HEALTH_WARNING, xstrdup("not made yet"),
		    xstrdup("farrier tree import BRANCH"));
	} else {
		TRY(workspace_repo(workspace, &repo));
		add(all, "repository", HEALTH_OK, xstrdup(workspace->repo_path), NULL);
	}
	TRY(target_branches(workspace, &names));
	for (size_t i = 0; i < names.count; i++)
		TRY(check_branch(all, workspace, repo, names.items[i]));
	return NULL;
}

static void add_answer(struct examination *all, const char *name, const struct err *err,
		       char **detail)
{
	if (err)
		add(all, name, HEALTH_WARNING, xstrdup(err->text),
		    err->hint ? xstrdup(err->hint) : NULL);
	else
		add(all, name, HEALTH_OK, TAKE_PTR(*detail), NULL);
	free(*detail);
	err_free(err);
}

/* Asked once, without patience. */
static ERR_CHECK ask_lab(const struct machine_conf *machine, char **detail)
{
	LAB lab = NULL;
	LAB_REPLY reply = { 0 };
	struct lab_request request = { .method = HTTP_GET,
				       .path = "system/whoami/",
				       .timeout = LAB_SECONDS };

	TRY(lab_open(machine, &lab));
	TRY(lab_ask(lab, &request, 0, &reply));
	*detail = xasprintf("%s, as %s", machine->lab.url,
			    store_get_string(reply.json, "user", "nobody"));
	if (!lab_has_token(lab))
		return err_hint(
			err_env("%s, without a token: no job can be submitted", machine->lab.url),
			"see machine.token-file in farrier-lab(1)");
	return NULL;
}

static void check_lab(struct examination *all, const struct machine_conf *machine)
{
	OWNED_STR name = xasprintf("lab of %s", machine->name);
	char *detail = NULL;

	add_answer(all, name, ask_lab(machine, &detail), &detail);
}

static ERR_CHECK check_machines(struct examination *all, const struct workspace *workspace)
{
	STRVEC names = { 0 };

	TRY(target_machines(workspace, &names));
	for (size_t i = 0; i < names.count; i++) {
		MACHINE_CONF machine = { 0 };

		TRY(target_read_machine(workspace, names.items[i], &machine));
		if (*machine.qemu)
			check_program(all, machine.qemu, machine.packages);
		if (*machine.lab.url)
			check_lab(all, &machine);
	}
	return NULL;
}

static ERR_CHECK ask_cluster(const struct cluster_conf *conf, char **detail)
{
	struct slurm_request request = { .method = HTTP_GET, .path = "ping" };
	const char *where = conf->url ? conf->url : conf->socket;
	SLURM slurm = NULL;
	SLURM_REPLY reply = { 0 };

	TRY(slurm_open(&conf->rest, &slurm));
	TRY(slurm_ask(slurm, &request, &reply));
	if (reply.outcome != SLURM_DONE)
		return err_hint(err_env("%s: %s", where, reply.words ? reply.words : "no answer"),
				"is the controller up, and the token of '%s' still valid?",
				conf->user);
	*detail = xasprintf("%s, as %s", where, conf->user);
	return NULL;
}

/* What only a node has, such as the toolchain there, the first job says. */
static ERR_CHECK check_cluster(struct examination *all, const struct workspace *workspace)
{
	CLUSTER_CONF conf = { 0 };
	char *detail = NULL;

	TRY(cluster_conf_read(workspace, &conf));
	if (!conf.slurm)
		return NULL;
	add_answer(all, "cluster", ask_cluster(&conf, &detail), &detail);
	if (access(conf.shared, W_OK | X_OK) == 0)
		add(all, "shared folder", HEALTH_OK, xstrdup(conf.shared), NULL);
	else
		add(all, "shared folder", HEALTH_WARNING,
		    xasprintf("'%s' is not there, or not yours to write in", conf.shared),
		    xstrdup("every node needs it at the same path: build.shared in farrier.conf"));
	return NULL;
}

static const char *const health_names[] = { "ok", "warning", "missing" };

static void print_json(const struct examination *all)
{
	OWNED_JSON *json = json_object();
	json_t *checks = json_array();

	for (size_t i = 0; i < all->count; i++) {
		json_t *check = json_object();

		store_set(check, "name", store_text(all->checks[i].name));
		store_set(check, "status", json_string(health_names[all->checks[i].health]));
		store_set(check, "detail", store_text(all->checks[i].detail));
		store_set(check, "fix", store_text(all->checks[i].fix));
		json_array_append_new(checks, check);
	}
	store_set(json, "schema", json_integer(STORE_SCHEMA));
	store_set(json, "checks", checks);
	out_json(json);
}

static void print_table(const struct run *run, const struct examination *all)
{
	static const enum out_color colors[] = { OUT_GOOD, OUT_WARN, OUT_BAD };
	struct out_table *table = out_table_new();

	for (size_t i = 0; i < all->count; i++) {
		const struct check *check = &all->checks[i];

		out_table_cell(table, colors[check->health], "%s", health_names[check->health]);
		out_table_cell(table, OUT_PLAIN, "%s", check->name);
		if (check->fix)
			out_table_cell(table, OUT_PLAIN, "%s; %s", check->detail, check->fix);
		else
			out_table_cell(table, OUT_DIM, "%s", check->detail);
		out_table_end_row(table);
	}
	out_table_print(run, table, 0);
}

static int exit_code(const struct examination *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->checks[i].health == HEALTH_MISSING)
			return EXIT_LAB;
	return EXIT_GOOD;
}

const struct err *cmd_doctor(struct run *run, int argc, char **argv)
{
	struct cmd_options options = { .doc = "Checks the tools, the kernel repository and the "
					      "machines, and says how to mend what is missing." };
	CLEANUP(release_examination) struct examination all = { 0 };
	WORKSPACE workspace = { 0 };

	cmd_parse(run, &options, argc, argv);
	TRY(cmd_workspace(run, &workspace));
	check_basics(&all);
	check_libraries(&all);
	check_space(&all, &workspace);
	TRY(check_branches(&all, &workspace));
	TRY(check_machines(&all, &workspace));
	TRY(check_cluster(&all, &workspace));
	if (run->json)
		print_json(&all);
	else
		print_table(run, &all);
	run->exit_code = exit_code(&all);
	return NULL;
}
