// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>

#include "core/proc.h"
#include "base/progress.h"
#include "tree_package.h"

void tree_package_release(struct tree_package *package)
{
	free(package->name);
	free(package->version);
	free(package->label);
	free(package->file);
	free(package->folder);
	tree_apt_release(&package->apt);
	file_unlock(&package->lock);
	*package = TREE_PACKAGE_NONE;
}

static bool only_of(const char *text, const char *allowed)
{
	return *text && *text != '-' && strspn(text, allowed) == strlen(text);
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static void set_version(struct tree_package *package, const char *version)
{
	free(package->version);
	free(package->label);
	package->version = xstrdup(version);
	package->label = xasprintf("%s %s", package->name, version);
}

ERR_CHECK tree_package_parse(const char *text, struct tree_package *package)
{
	size_t length = strcspn(text, "=");
	const char *version = text[length] ? text + length + 1 : NULL;

	*package = TREE_PACKAGE_NONE;
	package->name = xstrndup(text, length);
	package->label = xstrdup(text);
	/* What Debian's policy allows in a name and in a version (5.6.7, 5.6.12). */
	if (!only_of(package->name, LOWER DIGITS "+-."))
		return err_input("'%s' is no package name", package->name);
	if (!version)
		return NULL;
	if (!only_of(version, LOWER UPPER DIGITS ".+-~:"))
		return err_input("'%s' is no package version", version);
	set_version(package, version);
	return NULL;
}

/* Runs a program whose failure means no. */
static ERR_CHECK ask_dpkg(const char *const *argv, struct strbuf *out, bool *yes)
{
	STRBUF said = { 0 };
	struct proc_exit exit;

	TRY(proc_run(&(struct proc_spec){ .argv = argv,
					  .env = (const char *const[]){ "LC_ALL=C", NULL } },
		     &(struct proc_io){ .out = out, .err = &said, .timeout = 60 }, &exit));
	*yes = proc_succeeded(&exit);
	return NULL;
}

/* The kernel's tarball among the files of an installed package; NULL when it has none. */
static ERR_CHECK installed_file(const char *name, char **file)
{
	STRVEC lines = { 0 };
	STRBUF out = { 0 };
	bool yes;

	*file = NULL;
	TRY(ask_dpkg((const char *const[]){ "dpkg-query", "-L", name, NULL }, &out, &yes));
	strvec_split(&lines, strbuf_str(&out), "\n");
	for (size_t i = 0; yes && i < lines.count; i++)
		if (strstr(lines.items[i], "/usr/src/linux-source-") &&
		    strstr(lines.items[i], ".tar") && file_exists(lines.items[i])) {
			*file = xstrdup(lines.items[i]);
			return NULL;
		}
	return NULL;
}

/* *version and *file are NULL when it is not installed. */
static ERR_CHECK installed_version(const char *name, char **version, char **file)
{
	static const char format[] = "--showformat=${db:Status-Status} ${Version}";
	STRVEC words = { 0 };
	STRBUF out = { 0 };
	bool yes;

	*version = NULL;
	*file = NULL;
	if (!proc_in_path("dpkg-query"))
		return NULL;
	TRY(ask_dpkg((const char *const[]){ "dpkg-query", "-W", format, name, NULL }, &out, &yes));
	strvec_split(&words, strbuf_str(&out), " \n");
	if (!yes || words.count < 2 || !str_equal(words.items[0], "installed"))
		return NULL;
	TRY(installed_file(name, file));
	if (*file)
		*version = xstrdup(words.items[1]);
	return NULL;
}

static ERR_CHECK is_newer(const char *version, const char *than, bool *newer)
{
	STRBUF out = { 0 };

	return ask_dpkg(
		(const char *const[]){ "dpkg", "--compare-versions", version, "gt", than, NULL },
		&out, newer);
}

/* The versions that the system's sources offer, or else those of the suite. */
static ERR_CHECK find_offers(const struct workspace *workspace, const char *suite,
			     struct tree_package *package, struct strvec *versions)
{
	OWNED_STR folder = workspace_cached(workspace, "apt/%s", suite);
	OWNED_STR lock_path = workspace_cached(workspace, "apt/%s.lock", suite);
	FILE_LOCK lock = FILE_LOCK_NONE;

	TRY(tree_apt_system(&package->apt));
	TRY(tree_apt_offers(&package->apt, package->name, suite, versions));
	if (versions->count || !*suite)
		return NULL;
	tree_apt_release(&package->apt);
	TRY(file_lock(lock_path, "apt's lists", true, &lock));
	TRY(tree_apt_own(folder, suite, &package->apt));
	TRY(tree_apt_offers(&package->apt, package->name, suite, versions));
	if (!package->apt.stale)
		return NULL;
	if (!versions->count)
		return err_hint(err_env("%s", package->apt.stale), "check the network");
	progress_warn("%s; using what it had the last time", package->apt.stale);
	return NULL;
}

static const struct err *no_such_version(const struct tree_package *package,
					 const struct strvec *offers, const char *installed)
{
	STRBUF list = { 0 };

	for (size_t i = 0; i < offers->count; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", offers->items[i]);
	if (installed && !strvec_has(offers, installed))
		strbuf_addf(&list, "%s%s", list.len ? ", " : "", installed);
	return err_hint(err_input("package '%s' has no version '%s' in %s", package->name,
				  package->version, package->apt.where),
			"there is: %s", strbuf_str(&list));
}

static const struct err *no_such_package(const struct tree_package *package, const char *suite)
{
	const struct err *err = err_input("no package '%s' in %s", package->name,
					  package->apt.where);

	return err_hint(err, "%s",
			*suite ? "check the name, and branch.suite of the branch"
			       : "run 'apt-get update', add the suite that has it to apt's "
				 "sources, or name it as branch.suite of the branch");
}

static ERR_CHECK choose(const char *suite, struct tree_package *package,
			const struct strvec *offers, const char *installed, bool *use_installed)
{
	bool newer;

	if (!offers->count && !installed)
		return no_such_package(package, suite);
	if (package->version)
		return strvec_has(offers, package->version)
			       ? NULL
			       : no_such_version(package, offers, installed);
	if (offers->count && !installed) {
		set_version(package, offers->items[0]);
		return NULL;
	}
	*use_installed = true;
	if (offers->count) {
		TRY(is_newer(offers->items[0], installed, &newer));
		*use_installed = !newer;
	}
	set_version(package, *use_installed ? installed : offers->items[0]);
	return NULL;
}

ERR_CHECK tree_package_find(const struct workspace *workspace, const char *suite,
			    struct tree_package *package)
{
	OWNED_STR installed = NULL;
	OWNED_STR file = NULL;
	STRVEC offers = { 0 };
	bool use_installed = false;

	TRY(installed_version(package->name, &installed, &file));
	if (package->version && installed && str_equal(package->version, installed)) {
		package->file = TAKE_PTR(file);
		return NULL;
	}
	TRY(find_offers(workspace, suite, package, &offers));
	TRY(choose(suite, package, &offers, installed, &use_installed));
	if (use_installed)
		package->file = TAKE_PTR(file);
	return NULL;
}

/* "linux-source-6.12_1%3a6.12.117-1_all.deb" begins so. The caller frees it. */
static char *file_prefix(const struct tree_package *package)
{
	STRBUF prefix = { 0 };

	strbuf_addf(&prefix, "%s_", package->name);
	for (const char *c = package->version; *c; c++)
		if (*c == ':')
			strbuf_adds(&prefix, "%3a");
		else
			strbuf_addc(&prefix, *c);
	strbuf_addc(&prefix, '_');
	return strbuf_detach(&prefix);
}

/* Leaves of earlier downloads only what this one can go on with. */
static ERR_CHECK tidy(const struct tree_package *package)
{
	OWNED_STR prefix = file_prefix(package);
	STRVEC names = { 0 };

	TRY(file_mkdirs(package->folder));
	TRY(file_list(package->folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", package->folder, names.items[i]);

		if (!starts_with(names.items[i], prefix))
			TRY(file_remove(path));
	}
	return NULL;
}

static ERR_CHECK check_room(const struct tree_package *package)
{
	uint64_t size, room;

	TRY(tree_apt_size(&package->apt, package->name, package->version, &size));
	TRY(file_free_space(package->folder, &room));
	if (room >= size)
		return NULL;
	return err_hint(err_env("not enough room for package '%s': %" PRIu64 " MB are needed in "
				"'%s', %" PRIu64 " are free",
				package->label, size / 1000000, package->folder, room / 1000000),
			"make room, or set XDG_CACHE_HOME to a folder on a larger disk");
}

ERR_CHECK tree_package_fetch(const struct workspace *workspace, struct tree_package *package)
{
	OWNED_STR lock_path = workspace_cached(workspace, "packages.lock");

	if (package->file)
		return NULL;
	TRY(file_lock(lock_path, "the folder for downloads", true, &package->lock));
	package->folder = workspace_cached(workspace, "packages");
	TRY(tidy(package));
	TRY(check_room(package));
	return tree_apt_download(&package->apt, package->name, package->version, package->folder,
				 &package->file);
}

void tree_package_forget(struct tree_package *package)
{
	if (package->folder)
		err_free(file_remove(package->folder));
}
