// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/proc.h"
#include "base/progress.h"
#include "tree_apt.h"

#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

/*
 * The hooks are cleared because they tidy up the system after an update of its
 * lists, which this is not, and fail for all but root.
 */
static const char own_conf[] = "#clear APT::Update::Pre-Invoke;\n"
			       "#clear APT::Update::Post-Invoke;\n"
			       "#clear APT::Update::Post-Invoke-Success;\n"
			       "APT::Update::Error-Mode \"any\";\n"
			       "Acquire::Languages \"none\";\n"
			       "Dir::Etc::sourceparts \"-\";\n"
			       "Dir::Cache::pkgcache \"pkgcache.bin\";\n"
			       "Dir::Cache::srcpkgcache \"srcpkgcache.bin\";\n";

void tree_apt_release(struct tree_apt *apt)
{
	strvec_release(&apt->options);
	free(apt->owned);
	free(apt->stale);
	*apt = (struct tree_apt){ 0 };
}

static const char *const plain_words[] = { "LC_ALL=C", NULL };

/* Fills `argv` with PROGRAM OPTIONS WORDS. */
static void make_argv(const struct tree_apt *apt, const char *program, const char *const *words,
		      struct strvec *argv)
{
	strvec_push(argv, program);
	for (size_t i = 0; i < apt->options.count; i++)
		strvec_push(argv, apt->options.items[i]);
	strvec_push_all(argv, words);
}

/* apt's first error, which says more than the last. */
static const struct err *apt_error(const struct strbuf *said, const char *format, ...) PRINTF(2, 3);

static const struct err *apt_error(const struct strbuf *said, const char *format, ...)
{
	const char *text = strbuf_str(said);
	const char *line = strstr(text, "E: ");
	STRBUF what = { 0 };
	STRBUF why = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&what, format, args);
	va_end(args);
	line = line ? line + strlen("E: ") : text;
	strbuf_add_printable(&why, line, strcspn(line, "\r\n"));
	return err_env("%s: %s", strbuf_str(&what), why.len ? strbuf_str(&why) : "apt failed");
}

/* Runs a program of apt's that only reads. */
static ERR_CHECK ask(const struct tree_apt *apt, const char *program, const char *const *words,
		     struct strbuf *out)
{
	STRVEC argv = { 0 };
	STRBUF said = { 0 };
	struct proc_exit exit;

	make_argv(apt, program, words, &argv);
	TRY(proc_run(
		&(struct proc_spec){ .argv = (const char *const *)argv.items, .env = plain_words },
		&(struct proc_io){ .out = out, .err = &said, .timeout = 120 }, &exit));
	return proc_succeeded(&exit) ? NULL : apt_error(&said, "'%s %s' failed", program, words[0]);
}

/* For downloads apt gives root up, and then cannot write below root's home. */
static void stay_root(struct tree_apt *apt)
{
	if (geteuid() != 0)
		return;
	strvec_push(&apt->options, "-o");
	strvec_push(&apt->options, "APT::Sandbox::User=root");
}

ERR_CHECK tree_apt_system(struct tree_apt *apt)
{
	*apt = (struct tree_apt){ .where = "apt's sources" };
	stay_root(apt);
	if (!proc_in_path("apt-get") || !proc_in_path("apt-cache"))
		return err_hint(err_env("no apt on this machine, so no Debian packages"),
				"use --tarball or --git");
	return NULL;
}

static bool is_security(const char *suite)
{
	return ends_with(suite, "-security");
}

char *tree_apt_mirror(const char *targets, const char *suite)
{
	STRVEC lines = { 0 };
	OWNED_STR first = NULL;

	strvec_split(&lines, targets, "\n");
	for (size_t i = 0; i < lines.count; i++) {
		STRVEC words = { 0 };

		strvec_split(&words, lines.items[i], " ");
		if (words.count < 3 || starts_with(words.items[2], "cdrom:"))
			continue;
		if ((is_security(words.items[0]) || is_security(words.items[1])) !=
		    is_security(suite))
			continue;
		/* A vendor's repository may stand before the distribution's own. */
		if (words.count > 3 && starts_with(words.items[3], "Debian"))
			return xstrdup(words.items[2]);
		if (!first)
			first = xstrdup(words.items[2]);
	}
	return TAKE_PTR(first);
}

static ERR_CHECK find_mirror(const char *suite, char **mirror)
{
	TREE_APT system = { 0 };
	STRBUF targets = { 0 };

	TRY(tree_apt_system(&system));
	TRY(ask(&system, "apt-get",
		(const char *const[]){ "indextargets", "--format", TREE_APT_TARGETS,
				       "Created-By: Packages", NULL },
		&targets));
	*mirror = tree_apt_mirror(strbuf_str(&targets), suite);
	if (*mirror)
		return NULL;
	return err_hint(err_env("apt uses no mirror that could have suite '%s'", suite),
			is_security(suite) ? "add the security suite of this system to apt's "
					     "sources, and run 'apt-get update'"
					   : "run 'apt-get update'");
}

static bool is_suite(const char *suite)
{
	return *suite && *suite != '-' && *suite != '.' &&
	       strspn(suite, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(suite);
}

static void set_option(struct tree_apt *apt, const char *name, const char *folder, const char *file)
{
	strvec_push(&apt->options, "-o");
	strvec_pushf(&apt->options, "%s=%s/%s", name, folder, file);
}

static ERR_CHECK write_own(const char *folder, const char *suite, const char *mirror)
{
	OWNED_STR conf = xasprintf("%s/apt.conf", folder);
	OWNED_STR sources = xasprintf("%s/sources.list", folder);
	OWNED_STR lists = xasprintf("%s/lists/partial", folder);
	OWNED_STR archives = xasprintf("%s/cache/archives/partial", folder);
	STRBUF line = { 0 };

	strbuf_addf(&line, "deb %s%s %s main\n",
		    file_exists(KEYRING) ? "[signed-by=" KEYRING "] " : "", mirror, suite);
	TRY(file_mkdirs(lists));
	TRY(file_mkdirs(archives));
	TRY(file_write(conf, own_conf, strlen(own_conf)));
	return file_write(sources, line.buf, line.len);
}

static ERR_CHECK refresh(struct tree_apt *apt)
{
	CLEANUP(progress_drop)
	struct progress *step = progress_begin(0, "asking the mirror what %s has", apt->where);
	const char *const words[] = { "-q", "update", NULL };
	STRVEC argv = { 0 };
	STRBUF out = { 0 };
	STRBUF said = { 0 };
	const struct err *err;
	struct proc_exit exit;

	make_argv(apt, "apt-get", words, &argv);
	TRY(proc_run(
		&(struct proc_spec){ .argv = (const char *const *)argv.items, .env = plain_words },
		&(struct proc_io){ .out = &out, .err = &said }, &exit));
	progress_drop(&step);
	if (proc_succeeded(&exit))
		return NULL;
	err = apt_error(&said, "cannot learn what %s has", apt->where);
	apt->stale = xstrdup(err->text);
	err_free(err);
	return NULL;
}

ERR_CHECK tree_apt_own(const char *folder, const char *suite, struct tree_apt *apt)
{
	OWNED_STR mirror = NULL;

	*apt = (struct tree_apt){ 0 };
	if (!is_suite(suite))
		return err_input("'%s' is no suite of Debian", suite);
	TRY(find_mirror(suite, &mirror));
	TRY(write_own(folder, suite, mirror));
	apt->owned = xasprintf("suite '%s'", suite);
	apt->where = apt->owned;
	stay_root(apt);
	strvec_push(&apt->options, "-c");
	strvec_pushf(&apt->options, "%s/apt.conf", folder);
	set_option(apt, "Dir::State::Lists", folder, "lists");
	set_option(apt, "Dir::Cache", folder, "cache");
	set_option(apt, "Dir::Etc::sourcelist", folder, "sources.list");
	return refresh(apt);
}

void tree_apt_versions(const char *madison, const char *suite, struct strvec *versions)
{
	STRVEC lines = { 0 };

	strvec_split(&lines, madison, "\n");
	for (size_t i = 0; i < lines.count; i++) {
		STRVEC columns = { 0 };
		STRVEC source = { 0 };

		/* "name | version | http://mirror/debian sid/main amd64 Packages" */
		strvec_split(&columns, lines.items[i], "|");
		if (columns.count != 3 || !ends_with(columns.items[2], " Packages"))
			continue;
		strvec_split(&source, columns.items[2], " ");
		if (*suite && (source.count < 2 || !starts_with(source.items[1], suite) ||
			       source.items[1][strlen(suite)] != '/'))
			continue;
		if (!strvec_has(versions, columns.items[1]))
			strvec_push(versions, columns.items[1]);
	}
}

ERR_CHECK tree_apt_offers(const struct tree_apt *apt, const char *package, const char *suite,
			  struct strvec *versions)
{
	STRBUF out = { 0 };

	TRY(ask(apt, "apt-cache", (const char *const[]){ "madison", "--", package, NULL }, &out));
	tree_apt_versions(strbuf_str(&out), suite, versions);
	return NULL;
}

ERR_CHECK tree_apt_size(const struct tree_apt *apt, const char *package, const char *version,
			uint64_t *bytes)
{
	OWNED_STR which = xasprintf("%s=%s", package, version);
	STRBUF out = { 0 };
	const char *line;

	*bytes = 0;
	TRY(ask(apt, "apt-cache",
		(const char *const[]){ "--no-all-versions", "show", "--", which, NULL }, &out));
	line = strstr(strbuf_str(&out), "\nSize: ");
	if (line)
		*bytes = strtoull(line + strlen("\nSize: "), NULL, 10);
	return NULL;
}

struct download {
	const char *folder;
	struct progress *step;
	uint64_t wanted; /* bytes, 0: not known */
};

/* Bytes of the files in a folder. */
static uint64_t folder_size(const char *folder)
{
	STRVEC names = { 0 };
	uint64_t bytes = 0;

	err_free(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);
		struct stat info;

		if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
			bytes += (uint64_t)info.st_size;
	}
	return bytes;
}

static const struct err *show_download(void *data)
{
	const struct download *download = data;
	uint64_t bytes = folder_size(download->folder);

	if (download->wanted)
		progress_update(download->step, "%" PRIu64 " of %" PRIu64 " MB", bytes / 1000000,
				download->wanted / 1000000);
	return NULL;
}

static bool is_package_file(const char *name, const char *package)
{
	return starts_with(name, package) && name[strlen(package)] == '_' &&
	       ends_with(name, ".deb");
}

static ERR_CHECK find_download(const char *folder, const char *package, char **file)
{
	STRVEC names = { 0 };

	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++)
		if (is_package_file(names.items[i], package)) {
			*file = xasprintf("%s/%s", folder, names.items[i]);
			return NULL;
		}
	return err_env("apt downloaded '%s', but it is not in '%s'", package, folder);
}

ERR_CHECK tree_apt_download(const struct tree_apt *apt, const char *package, const char *version,
			    const char *folder, char **file)
{
	OWNED_STR which = xasprintf("%s=%s", package, version);
	CLEANUP(progress_drop)
	struct progress *step = progress_begin(0, "downloading %s %s", package, version);
	struct download download = { .folder = folder, .step = step };
	const char *const words[] = { "-q", "download", "--", which, NULL };
	STRVEC argv = { 0 };
	STRBUF out = { 0 };
	STRBUF said = { 0 };
	struct proc_exit exit;

	TRY(tree_apt_size(apt, package, version, &download.wanted));
	make_argv(apt, "apt-get", words, &argv);
	TRY(proc_run(&(struct proc_spec){ .argv = (const char *const *)argv.items,
					  .env = plain_words,
					  .dir = folder },
		     &(struct proc_io){
			     .out = &out, .err = &said, .watch = show_download, .data = &download },
		     &exit));
	if (!proc_succeeded(&exit))
		return err_hint(apt_error(&said, "cannot download %s %s", package, version),
				"check the network; 'apt-get update' refreshes what apt knows");
	TRY(find_download(folder, package, file));
	progress_end(TAKE_PTR(step), "%" PRIu64 " MB", folder_size(folder) / 1000000);
	return NULL;
}
