// SPDX-License-Identifier: GPL-2.0
#include "core/config.h"
#include "core/file.h"
#include "base/progress.h"
#include "series.h"
#include "target.h"

#define MAX_FRAGMENT		 ((size_t)1 << 20)
#define DEFAULT_BOOT_SECONDS	 120
#define DEFAULT_DETECTOR_SECONDS 30
#define DEFAULT_QUIET_SECONDS	 5
/* A lab hands its log on in portions: LAVA's worker every 5 s. */
#define DEFAULT_FAR_QUIET_SECONDS 20
#define DEFAULT_POLL_MS		  1000
#define DEFAULT_PATIENCE	  900

static const char *const arch_keys[] = { "arch.make",
					 "arch.cross",
					 "arch.image",
					 "arch.guest-ldflags",
					 "arch.cmdline-max",
					 "arch.packages",
					 "arch.netboot",
					 "arch.netboot-initrd",
					 "arch.netboot-make",
					 "arch.folder",
					 NULL };

static const char *const branch_keys[] = { "branch.ref",    "branch.stable",  "branch.package",
					   "branch.suite",  "branch.url",     "branch.arch",
					   "branch.config", "branch.cmdline", NULL };

static const char *const machine_keys[] = { "machine.kind",
					    "machine.arch",
					    "machine.qemu",
					    "machine.model",
					    "machine.memory",
					    "machine.accel",
					    "machine.cmdline",
					    "machine.cpus",
					    "machine.boot-seconds",
					    "machine.detector-seconds",
					    "machine.quiet-seconds",
					    "machine.packages",
					    "machine.image",
					    "machine.url",
					    "machine.token-file",
					    "machine.job",
					    "machine.artifacts",
					    "machine.artifacts-url",
					    "machine.parallel",
					    "machine.artifacts-token-file",
					    "machine.poll-ms",
					    "machine.patience",
					    NULL };

void target_release_arch(struct arch *arch)
{
	free(arch->name);
	free(arch->make);
	free(arch->folder);
	free(arch->cross);
	free(arch->image);
	free(arch->packages);
	free(arch->netboot);
	free(arch->netboot_initrd);
	strvec_release(&arch->netboot_make);
	strvec_release(&arch->guest_ldflags);
	*arch = (struct arch){ 0 };
}

void target_release_branch(struct branch *branch)
{
	free(branch->name);
	free(branch->path);
	free(branch->ref);
	free(branch->stable);
	free(branch->package);
	free(branch->suite);
	free(branch->url);
	free(branch->cmdline);
	strvec_release(&branch->configs);
	target_release_arch(&branch->arch);
	*branch = (struct branch){ 0 };
}

void target_release_machine(struct machine_conf *machine)
{
	free(machine->name);
	free(machine->path);
	free(machine->kind);
	free(machine->arch);
	free(machine->qemu);
	free(machine->model);
	free(machine->memory);
	free(machine->accel);
	free(machine->cmdline);
	free(machine->packages);
	free(machine->cpus);
	free(machine->lab.url);
	free(machine->lab.token_file);
	free(machine->lab.job);
	free(machine->lab.artifacts);
	free(machine->lab.artifacts_url);
	free(machine->lab.artifacts_token_file);
	free(machine->lab.strays);
	*machine = (struct machine_conf){ 0 };
}

/* Names in kernels/KIND/, without their suffix. */
static ERR_CHECK list_names(const struct workspace *workspace, const char *kind, const char *suffix,
			    struct strvec *names)
{
	OWNED_STR folder = workspace_path(workspace, "kernels/%s", kind);
	STRVEC files = { 0 };

	TRY(file_list(folder, &files));
	for (size_t i = 0; i < files.count; i++)
		if (ends_with(files.items[i], suffix))
			strvec_push_owned(names, xstrndup(files.items[i],
							  strlen(files.items[i]) - strlen(suffix)));
	strvec_sort(names); /* "a-b.conf" is before "a.conf", but "a" before "a-b" */
	return NULL;
}

static ERR_CHECK list_confs(const struct workspace *workspace, const char *kind,
			    struct strvec *names)
{
	return list_names(workspace, kind, ".conf", names);
}

ERR_CHECK target_branches(const struct workspace *workspace, struct strvec *names)
{
	return list_confs(workspace, "branches", names);
}

ERR_CHECK target_machines(const struct workspace *workspace, struct strvec *names)
{
	return list_confs(workspace, "machines", names);
}

/* Opens kernels/KIND/NAME.conf; `what` is how people call it. */
static ERR_CHECK open_conf(const struct workspace *workspace, const char *kind, const char *what,
			   const char *name, struct config **config)
{
	OWNED_STR path = workspace_path(workspace, "kernels/%s/%s.conf", kind, name);
	STRVEC names = { 0 };
	STRBUF list = { 0 };

	if (file_safe_name(name) && file_exists(path))
		return config_read(path, config);
	TRY(list_confs(workspace, kind, &names));
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", names.items[i]);
	return err_hint(err_input("no %s '%s'", what, name), "kernels/%s has: %s", kind,
			strbuf_str(&list));
}

ERR_CHECK target_read_arch(const struct workspace *workspace, const char *name, struct arch *arch)
{
	CONFIG config = NULL;
	const char *value;

	TRY(open_conf(workspace, "arches", "architecture", name, &config));
	TRY(config_only(config, arch_keys));
	arch->name = xstrdup(name);
	TRY(config_need(config, "arch.make", &value));
	arch->make = xstrdup(value);
	TRY(config_need(config, "arch.image", &value));
	arch->image = xstrdup(value);
	arch->folder = xstrdup(config_get(config, "arch.folder", arch->make));
	arch->packages = xstrdup(config_get(config, "arch.packages", ""));
	arch->cross = xstrdup(config_get(config, "arch.cross", ""));
	arch->netboot = xstrdup(config_get(config, "arch.netboot", ""));
	arch->netboot_initrd = xstrdup(config_get(config, "arch.netboot-initrd", "INITRD"));
	config_get_all(config, "arch.netboot-make", &arch->netboot_make);
	strvec_split(&arch->guest_ldflags, config_get(config, "arch.guest-ldflags", "-static"),
		     " ");
	return config_get_int(config, "arch.cmdline-max", 0, 1 << 20, 0, &arch->cmdline_max);
}

ERR_CHECK target_read_branch(const struct workspace *workspace, const char *name,
			     struct branch *branch)
{
	CONFIG config = NULL;
	const char *arch, *ref;
	STRVEC fragments = { 0 };

	*branch = (struct branch){ 0 };
	TRY(open_conf(workspace, "branches", "branch", name, &config));
	TRY(config_only(config, branch_keys));
	TRY(config_need(config, "branch.ref", &ref));
	branch->name = xstrdup(name);
	branch->path = xstrdup(config_path(config));
	branch->ref = xstrdup(ref);
	branch->stable = xstrdup(config_get(config, "branch.stable", ""));
	branch->package = xstrdup(config_get(config, "branch.package", ""));
	branch->suite = xstrdup(config_get(config, "branch.suite", ""));
	branch->url = xstrdup(config_get(config, "branch.url", ""));
	branch->cmdline = xstrdup(config_get(config, "branch.cmdline", ""));
	config_get_all(config, "branch.config", &fragments);
	for (size_t i = 0; i < fragments.count; i++)
		strvec_split(&branch->configs, fragments.items[i], ", ");
	arch = config_get(config, "branch.arch", "");
	if (*arch)
		return target_read_arch(workspace, arch, &branch->arch);
	branch->arch = (struct arch){ .name = xstrdup(""),
				      .make = xstrdup(""),
				      .cross = xstrdup(""),
				      .image = xstrdup(""),
				      .packages = xstrdup(""),
				      .netboot = xstrdup(""),
				      .netboot_initrd = xstrdup("") };
	return NULL;
}

ERR_CHECK target_need_build(const struct workspace *workspace, const struct branch *branch)
{
	bool arch = !*branch->arch.name;
	STRVEC names = { 0 };
	STRBUF list = { 0 };

	if (!arch && branch->configs.count)
		return NULL;
	TRY(list_names(workspace, arch ? "arches" : "configs", arch ? ".conf" : ".config", &names));
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", names.items[i]);
	return err_hint(err_input("'%s': 'branch.%s' is missing, without which nothing is built",
				  branch->path, arch ? "arch" : "config"),
			"name one of kernels/%s: %s", arch ? "arches" : "configs",
			strbuf_str(&list));
}

static ERR_CHECK read_cpus(const struct config *config, struct machine_conf *machine)
{
	STRVEC words = { 0 };

	strvec_split(&words, config_get(config, "machine.cpus", "1"), ", ");
	machine->cpus = xcalloc(words.count, sizeof(*machine->cpus));
	for (size_t i = 0; i < words.count; i++) {
		char *end;
		long count = strtol(words.items[i], &end, 10);

		if (*end || count < 1 || count > 4096)
			return err_input("'%s': '%s' is no number of CPUs", machine->path,
					 words.items[i]);
		machine->cpus[machine->cpu_counts++] = (int)count;
	}
	return NULL;
}

static ERR_CHECK read_image(const struct config *config, struct machine_conf *machine)
{
	const char *image = config_get(config, "machine.image", "kernel");

	machine->netboot = str_equal(image, "netboot");
	if (machine->netboot || str_equal(image, "kernel"))
		return NULL;
	return err_input("'%s': 'machine.image' is 'kernel' or 'netboot', not '%s'", machine->path,
			 image);
}

/* Paths are those beside the machine's file, or below ~. */
static char *read_path(const struct config *config, const char *key)
{
	OWNED_STR folder = file_dir_name(config_path(config));
	const char *path = config_get(config, key, "");

	return *path ? file_expand(path, folder) : xstrdup("");
}

static ERR_CHECK read_lab(const struct config *config, struct lab_conf *lab)
{
	const char *artifacts = config_get(config, "machine.artifacts", "");

	lab->url = xstrdup(config_get(config, "machine.url", ""));
	lab->token_file = read_path(config, "machine.token-file");
	lab->artifacts_token_file = read_path(config, "machine.artifacts-token-file");
	lab->job = read_path(config, "machine.job");
	lab->artifacts = strstr(artifacts, "://") ? xstrdup(artifacts)
						  : read_path(config, "machine.artifacts");
	lab->artifacts_url = xstrdup(config_get(config, "machine.artifacts-url", ""));
	TRY(config_get_int(config, "machine.parallel", 0, 1000, 0, &lab->parallel));
	TRY(config_get_int(config, "machine.poll-ms", 10, 600000, DEFAULT_POLL_MS, &lab->poll_ms));
	return config_get_int(config, "machine.patience", 0, 86400, DEFAULT_PATIENCE,
			      &lab->patience);
}

ERR_CHECK target_read_machine(const struct workspace *workspace, const char *name,
			      struct machine_conf *machine)
{
	CONFIG config = NULL;
	const char *kind;

	*machine = (struct machine_conf){ 0 };
	TRY(open_conf(workspace, "machines", "machine", name, &config));
	TRY(config_only(config, machine_keys));
	TRY(config_need(config, "machine.kind", &kind));
	machine->name = xstrdup(name);
	machine->path = xstrdup(config_path(config));
	machine->kind = xstrdup(kind);
	machine->arch = xstrdup(config_get(config, "machine.arch", ""));
	machine->qemu = xstrdup(config_get(config, "machine.qemu", ""));
	machine->model = xstrdup(config_get(config, "machine.model", ""));
	machine->memory = xstrdup(config_get(config, "machine.memory", "512M"));
	machine->accel = xstrdup(config_get(config, "machine.accel", ""));
	machine->cmdline = xstrdup(config_get(config, "machine.cmdline", ""));
	machine->packages = xstrdup(config_get(config, "machine.packages", ""));
	TRY(config_get_int(config, "machine.boot-seconds", 1, 86400, DEFAULT_BOOT_SECONDS,
			   &machine->boot_seconds));
	TRY(config_get_int(config, "machine.detector-seconds", 1, 86400, DEFAULT_DETECTOR_SECONDS,
			   &machine->detector_seconds));
	TRY(config_get_int(config, "machine.quiet-seconds", 1, 86400,
			   config_get(config, "machine.url", NULL) ? DEFAULT_FAR_QUIET_SECONDS
								   : DEFAULT_QUIET_SECONDS,
			   &machine->quiet_seconds));
	TRY(read_image(config, machine));
	TRY(read_lab(config, &machine->lab));
	machine->lab.strays = workspace_state(workspace, "lab/%s", name);
	return read_cpus(config, machine);
}

ERR_CHECK target_read_config(const struct workspace *workspace, const struct branch *branch,
			     struct strbuf *fragment)
{
	for (size_t i = 0; i < branch->configs.count; i++) {
		const char *name = branch->configs.items[i];
		OWNED_STR path = workspace_path(workspace, "kernels/configs/%s.config", name);

		if (!file_safe_name(name) || !file_exists(path))
			return err_input("branch '%s' names config '%s', but there is no '%s'",
					 branch->name, name, path);
		strbuf_addf(fragment, "# %s.config\n", name);
		TRY(file_read(path, MAX_FRAGMENT, fragment));
		strbuf_addc(fragment, '\n');
	}
	return NULL;
}

ERR_CHECK target_branch_commit(git_repository *repo, const struct branch *branch, git_oid *commit)
{
	bool found;

	TRY(repo_resolve_ref(repo, branch->ref, commit, &found));
	if (!found)
		return err_hint(
			err_input("branch '%s' is empty: no ref '%s'", branch->name, branch->ref),
			"fill it with 'farrier tree import %s'", branch->name);
	return NULL;
}

/* The architectures that all of the series are for. */
struct archs {
	bool any;
	struct strvec names;
};

static void release_archs(struct archs *archs)
{
	strvec_release(&archs->names);
}

static bool archs_have(const struct archs *archs, const char *arch)
{
	return archs->any || strvec_has(&archs->names, arch);
}

static void narrow(struct archs *archs, const struct series *series)
{
	struct strvec both = { 0 };

	if (!series->archs.count)
		return;
	for (size_t i = 0; i < series->archs.count; i++)
		if (archs_have(archs, series->archs.items[i]))
			strvec_push(&both, series->archs.items[i]);
	strvec_release(&archs->names);
	*archs = (struct archs){ .names = both };
}

static ERR_CHECK read_archs(const struct workspace *workspace, const struct strvec *names,
			    struct archs *archs)
{
	*archs = (struct archs){ .any = true };
	for (size_t i = 0; names && i < names->count; i++) {
		SERIES series = { 0 };

		TRY(series_open(workspace, names->items[i], &series));
		narrow(archs, &series);
	}
	return NULL;
}

static ERR_CHECK warn_of_archs(const struct workspace *workspace, const struct strvec *names,
			       const struct strvec *branches)
{
	for (size_t i = 0; names && i < names->count; i++) {
		SERIES series = { 0 };

		TRY(series_open(workspace, names->items[i], &series));
		for (size_t j = 0; j < branches->count; j++) {
			BRANCH branch = { 0 };

			TRY(target_read_branch(workspace, branches->items[j], &branch));
			if (!series_is_for(&series, branch.arch.name))
				progress_warn("series '%s' is not for branch '%s': its 'arch' does "
					      "not name '%s'",
					      series.name, branch.name, branch.arch.name);
		}
	}
	return NULL;
}

/* Every branch that is filled and built for one of the architectures. */
static ERR_CHECK find_branches(const struct workspace *workspace, git_repository *repo,
			       const struct archs *archs, struct strvec *found, bool *any)
{
	STRVEC all = { 0 };

	TRY(target_branches(workspace, &all));
	for (size_t i = 0; i < all.count; i++) {
		BRANCH branch = { 0 };
		git_oid commit;
		bool filled;

		TRY(target_read_branch(workspace, all.items[i], &branch));
		TRY(repo_resolve_ref(repo, branch.ref, &commit, &filled));
		*any |= filled;
		if (filled && archs_have(archs, branch.arch.name))
			strvec_push(found, all.items[i]);
	}
	return NULL;
}

ERR_CHECK target_choose_branches(const struct workspace *workspace, git_repository *repo,
				 const struct strvec *series, const struct strvec *named,
				 struct strvec *chosen)
{
	CLEANUP(release_archs) struct archs archs = { 0 };
	bool any = false;

	if (named->count) {
		strvec_push_all(chosen, (const char *const *)named->items);
		return warn_of_archs(workspace, series, named);
	}
	TRY(read_archs(workspace, series, &archs));
	TRY(find_branches(workspace, repo, &archs, chosen, &any));
	if (chosen->count)
		return NULL;
	if (!any)
		return err_hint(err_input("no branch is filled"),
				"fill one with 'farrier tree import BRANCH'");
	return err_hint(err_input("no filled branch is built for what the series is for"),
			"'arch' in its series.conf names architectures, 'farrier tree list' has "
			"the branches");
}
