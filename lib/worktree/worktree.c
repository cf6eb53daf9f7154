// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/proc.h"
#include "worktree.h"

/* What the user has set for all repositories must not change a byte here. */
static const char *const settings[][2] = {
	{ "core.autocrlf", "false" },
	{ "core.safecrlf", "false" },
	{ "core.eol", "lf" },
	{ "core.filemode", "true" },
	{ "core.symlinks", "true" },
	{ "core.ignorecase", "false" },
	{ "core.precomposeunicode", "false" },
	{ "core.fsmonitor", "false" },
	{ "core.untrackedcache", "false" },
	{ "core.splitindex", "false" },
	{ "core.hookspath", "/dev/null" },
	{ "core.attributesfile", "/dev/null" },
	{ "core.sparsecheckoutcone", "true" },
	{ "index.sparse", "false" },
	{ "commit.gpgsign", "false" },
	{ "gc.auto", "0" },
	{ "merge.conflictstyle", "zdiff3" },
	{ "advice.detachedhead", "false" },
	{ "advice.updatesparsepath", "false" },
};

/* $GIT_DIR/info/attributes goes before any .gitattributes of the tree (gitattributes(5)). */
static const char attributes[] = "* -text -ident -filter -working-tree-encoding\n";

/*
 * What editors, patch(1), a build and indexers leave beside the sources. It stands in for the
 * tree's .gitignore, which need not be about that: Debian's ends by ignoring all but debian/.
 */
static const char exclude[] =
	"*~\n.*.sw?\n.#*\n\\#*#\n*.orig\n*.rej\n.DS_Store\n/.idea/\n/.vscode/\n"
	"*.o\n*.o.*\n*.a\n*.ko\n*.mod\n*.mod.c\n*.so\n*.so.dbg\n*.s\n*.i\n*.ll\n*.lst\n"
	"*.su\n*.dwo\n*.gcno\n*.gcda\n*.symtypes\n*.symversions\n*.dtb\n*.dtbo\n*.pyc\n"
	".*.cmd\n.*.d\n.tmp_*\nmodules.order\nmodules.builtin*\nModule.symvers\n"
	"/vmlinux*\n/System.map\n/.config\n/.config.old\n/.version\n/.missing-syscalls.d\n"
	"/include/config/\n/include/generated/\n/arch/*/include/generated/\n"
	"/tags\n/TAGS\n/GTAGS\n/GRTAGS\n/GPATH\n/cscope.*\n/.cache/\n/compile_commands.json\n";

static ERR_CHECK write_text(const char *folder, const char *name, const char *text, size_t length)
{
	OWNED_STR path = xasprintf("%s/.git/%s", folder, name);

	return file_write(path, text, length);
}

static ERR_CHECK set_all(git_repository *own)
{
	git_config *config = NULL;
	int result = git_repository_config(&config, own);

	for (size_t i = 0; i < ARRAY_SIZE(settings) && result == 0; i++)
		result = git_config_set_string(config, settings[i][0], settings[i][1]);
	git_config_free(config);
	return result < 0 ? repo_error("cannot configure '%s'", git_repository_path(own)) : NULL;
}

/* Borrows objects; a shallow repository's history ends here where it ends there. */
static ERR_CHECK borrow(const char *folder, git_repository *kernel)
{
	OWNED_STR objects = xasprintf("%sobjects\n", repo_git_dir(kernel));
	OWNED_STR shallow = xasprintf("%sshallow", repo_git_dir(kernel));
	STRBUF text = { 0 };
	bool found;

	TRY(write_text(folder, "objects/info/alternates", objects, strlen(objects)));
	TRY(file_read_if_there(shallow, (size_t)64 << 20, &text, &found));
	return found ? write_text(folder, "shallow", strbuf_str(&text), text.len) : NULL;
}

/* What a git or a farrier holds while it writes, and leaves when it is killed. */
static ERR_CHECK remove_locks(const char *folder)
{
	static const char *const names[] = { "HEAD", "config", "index" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		OWNED_STR path = xasprintf("%s/.git/%s.lock", folder, names[i]);

		TRY(file_remove(path));
	}
	return NULL;
}

static ERR_CHECK make(const char *folder, git_repository *kernel)
{
	git_repository_init_options options;
	REPO own = NULL;

	TRY(remove_locks(folder));
	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_MKPATH;
	options.initial_head = "none";
	if (git_repository_init_ext(&own, folder, &options) < 0)
		return repo_error("cannot make a repository in '%s'", folder);
	TRY(set_all(own));
	TRY(write_text(folder, "info/attributes", attributes, strlen(attributes)));
	TRY(write_text(folder, "info/exclude", exclude, strlen(exclude)));
	return borrow(folder, kernel);
}

ERR_CHECK worktree_open(const char *folder, git_repository *kernel, git_repository **own)
{
	OWNED_STR alternates = xasprintf("%s/.git/objects/info/alternates", folder);
	/* 'git sparse-checkout' sets it; what is in that file does not matter here */
	const char *extensions[] = { "worktreeconfig" };

	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, ARRAY_SIZE(extensions));
	if (!file_exists(alternates))
		TRY(make(folder, kernel));
	return repo_open(folder, false, own);
}

static void release_references(git_reference_iterator **references)
{
	git_reference_iterator_free(*references);
}

static void add_tag(git_reference *tag, struct strbuf *text)
{
	if (git_reference_type(tag) == GIT_REFERENCE_DIRECT)
		strbuf_addf(text, "%s %s\n", git_oid_tostr_s(git_reference_target(tag)),
			    git_reference_name(tag));
	git_reference_free(tag);
}

/* In one file, as 'git pack-refs' would leave them: a kernel has a thousand. */
static ERR_CHECK copy_tags(const char *folder, git_repository *kernel)
{
	OWNED_STR path = xasprintf("%s/.git/packed-refs", folder);
	CLEANUP(release_references) git_reference_iterator *tags = NULL;
	STRBUF text = { 0 };
	git_reference *tag;
	int result;

	if (file_exists(path))
		return NULL;
	if (git_reference_iterator_glob_new(&tags, kernel, "refs/tags/*") < 0)
		return repo_error("cannot list tags");
	while ((result = git_reference_next(&tag, tags)) == 0)
		add_tag(tag, &text);
	if (result != GIT_ITEROVER)
		return repo_error("cannot list tags");
	return file_write(path, strbuf_str(&text), text.len);
}

ERR_CHECK worktree_as_git(const char *folder, git_repository *kernel)
{
	OWNED_STR path = xasprintf("%s/.git/info/attributes", folder);

	TRY(file_remove(path));
	return copy_tags(folder, kernel);
}

/*
 * Runs git in the work tree; `index` NULL: its own. git holds a lock as long as it lives: one that
 * outlives a killed farrier is waited for by the next.
 */
static ERR_CHECK run_git(const char *folder, const char *index, const char *const *words,
			 const struct strbuf *input, struct strbuf *out)
{
	static const char *const unset[] = { "GIT_CONFIG",
					     "GIT_CONFIG_COUNT",
					     "GIT_CONFIG_PARAMETERS",
					     "GIT_CONFIG_SYSTEM",
					     "GIT_OBJECT_DIRECTORY",
					     "GIT_ALTERNATE_OBJECT_DIRECTORIES",
					     "GIT_COMMON_DIR",
					     "GIT_NAMESPACE",
					     "GIT_PREFIX",
					     "GIT_LITERAL_PATHSPECS",
					     "GIT_GLOB_PATHSPECS",
					     "GIT_ICASE_PATHSPECS",
					     "GIT_EXTERNAL_DIFF",
					     "GIT_TRACE",
					     NULL };
	STRVEC argv = { 0 };
	STRVEC env = { 0 };
	struct proc_io io = { .input = input, .out = out };
	OWNED_STR lock_path = xasprintf("%s/.git/farrier.lock", folder);
	FILE_LOCK lock = FILE_LOCK_NONE;

	TRY(file_lock(lock_path, "the work tree", true, &lock));
	strvec_push(&argv, "git");
	strvec_push_all(&argv, words);
	strvec_push_all(&env, unset);
	strvec_pushf(&env, "GIT_DIR=%s/.git", folder);
	strvec_pushf(&env, "GIT_WORK_TREE=%s", folder);
	strvec_pushf(&env, "GIT_INDEX_FILE=%s/.git/%s", folder, index ? index : "index");
	strvec_push(&env, "GIT_CONFIG_GLOBAL=/dev/null");
	strvec_push(&env, "GIT_CONFIG_NOSYSTEM=1");
	strvec_push(&env, "GIT_ATTR_NOSYSTEM=1");
	strvec_push(&env, "LC_ALL=C");
	return proc_run_ok(&(struct proc_spec){ .argv = (const char *const *)argv.items,
						.env = (const char *const *)env.items,
						.dir = folder,
						.keep_fds = &lock.fd,
						.keep_count = 1 },
			   &io);
}

/* A folder in a pattern: what would be a wildcard is escaped. */
static void add_pattern(struct strbuf *patterns, const char *folder)
{
	STRBUF name = { 0 };

	for (; *folder; folder++) {
		if (strchr("\\*?[", *folder))
			strbuf_addc(&name, '\\');
		strbuf_addc(&name, *folder);
	}
	strbuf_addf(patterns, "/%s/\n!/%s/*/\n", strbuf_str(&name), strbuf_str(&name));
}

static void add_folders(struct strvec *folders, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		OWNED_STR folder = xstrndup(path, (size_t)(slash - path));

		if (!strvec_has(folders, folder))
			strvec_push(folders, folder);
	}
}

/* Files in the top folder, and in every folder on the way to a path. */
static ERR_CHECK choose_folders(const char *folder, git_repository *own,
				const struct worktree_checkout *checkout)
{
	git_config *config = NULL;
	STRBUF patterns = { 0 };
	STRVEC folders = { 0 };
	int result;

	for (size_t i = 0; i < checkout->paths->count; i++)
		add_folders(&folders, checkout->paths->items[i]);
	strvec_sort(&folders);
	strbuf_adds(&patterns, "/*\n!/*/\n");
	for (size_t i = 0; i < folders.count; i++)
		add_pattern(&patterns, folders.items[i]);
	TRY(write_text(folder, "info/sparse-checkout", patterns.buf, patterns.len));
	result = git_repository_config(&config, own);
	if (result == 0)
		result = git_config_set_bool(config, "core.sparsecheckout", !checkout->full);
	git_config_free(config);
	return result < 0 ? repo_error("cannot configure '%s'", folder) : NULL;
}

/* For 'git update-index --index-info -z': what is there for a path goes first. */
static void add_entry(struct strbuf *info, const struct worktree_entry *entry)
{
	strbuf_addf(info, "0 %040d 0\t%s", 0, entry->path);
	strbuf_addc(info, '\0');
	for (int i = 0; i < 4; i++) {
		const struct worktree_stage *stage = &entry->stages[i];

		if (!stage->there)
			continue;
		strbuf_addf(info, "%o %s %d\t%s", stage->mode, git_oid_tostr_s(&stage->id), i,
			    entry->path);
		strbuf_addc(info, '\0');
	}
}

static ERR_CHECK set_entries(const char *folder, const struct worktree_checkout *checkout)
{
	const char *const change[] = { "update-index", "-z", "--index-info", NULL };
	const char *const refresh[] = { "update-index", "-q", "--unmerged", "--refresh", NULL };
	STRBUF info = { 0 };

	for (size_t i = 0; i < checkout->entry_count; i++)
		add_entry(&info, &checkout->entries[i]);
	if (!info.len)
		return NULL;
	TRY(run_git(folder, NULL, change, &info, NULL));
	/* it says by its exit code that files differ, which they do */
	err_free(run_git(folder, NULL, refresh, NULL, NULL));
	return NULL;
}

/* A git that lives, though its farrier was killed, holds the lock of run_git(). */
static ERR_CHECK remove_stale_locks(const char *folder)
{
	OWNED_STR path = xasprintf("%s/.git/farrier.lock", folder);
	FILE_LOCK lock = FILE_LOCK_NONE;

	TRY(file_lock(path, "the work tree", true, &lock));
	return remove_locks(folder);
}

ERR_CHECK worktree_checkout(const char *folder, git_repository *own,
			    const struct worktree_checkout *checkout)
{
	char tree[OID_HEX_SIZE];
	const char *const read[] = { "read-tree", "--reset", "-u",
				     git_oid_tostr(tree, sizeof(tree), &checkout->tree), NULL };

	if (checkout->full)
		TRY(remove_stale_locks(folder));
	TRY(choose_folders(folder, own, checkout));
	if (git_repository_set_head_detached(own, &checkout->head) < 0)
		return repo_error("cannot set HEAD of '%s'", folder);
	TRY(run_git(folder, NULL, read, NULL, NULL));
	return set_entries(folder, checkout);
}

ERR_CHECK worktree_hold(const char *folder, const git_oid *base, const git_oid *ids, size_t count)
{
	OWNED_STR prefix = xasprintf("%s/.git/objects/pack/pack", folder);
	/* without --local, what is borrowed is packed, too */
	const char *const pack[] = { "pack-objects", "-q", "--revs", prefix, NULL };
	STRBUF revs = { 0 };
	STRBUF name = { 0 };

	strbuf_addf(&revs, "^%s\n", git_oid_tostr_s(base));
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&revs, "%s\n", git_oid_tostr_s(&ids[i]));
	return run_git(folder, NULL, pack, &revs, &name);
}

/*
 * The copy is as old as the index: git looks into files that are not older than it, since
 * they can have changed within the same tick (racy-git.txt in git's documentation).
 */
static ERR_CHECK copy_index(const char *index, const char *copy)
{
	struct timespec times[2];
	struct stat info;

	TRY(file_copy(index, copy));
	if (stat(index, &info) < 0)
		return err_errno("cannot read '%s'", index);
	times[0] = info.st_atim;
	times[1] = info.st_mtim;
	if (utimensat(AT_FDCWD, copy, times, 0) < 0)
		return err_errno("cannot set the time of '%s'", copy);
	return NULL;
}

/* By farrier's list and not by the tree's .gitignore, or a new file would be lost unsaid. */
static ERR_CHECK add_new_files(const char *folder, const char *index)
{
	OWNED_STR own = xasprintf("--exclude-from=%s/.git/info/exclude", folder);
	const char *const list[] = { "ls-files", "-z", "--others", own, NULL };
	const char *const add[] = {
		"--literal-pathspecs", "add", "--force", "--sparse", "--pathspec-from-file=-",
		"--pathspec-file-nul", NULL
	};
	STRBUF names = { 0 };

	TRY(run_git(folder, index, list, NULL, &names));
	return names.len ? run_git(folder, index, add, &names, NULL) : NULL;
}

static ERR_CHECK add_all(const char *folder, const char *index)
{
	const char *const update[] = { "add", "--update", "--sparse", "--", ":/", NULL };

	TRY(run_git(folder, index, update, NULL, NULL));
	return add_new_files(folder, index);
}

ERR_CHECK worktree_snapshot(const char *folder, git_oid *tree)
{
	static const char name[] = "index.farrier";
	const char *const write[] = { "write-tree", NULL };
	OWNED_STR index = xasprintf("%s/.git/index", folder);
	OWNED_STR copy = xasprintf("%s/.git/%s", folder, name);
	STRBUF answer = { 0 };
	const struct err *err;

	TRY(copy_index(index, copy));
	err = add_all(folder, name);
	if (!err)
		err = run_git(folder, name, write, NULL, &answer);
	err_free(file_remove(copy));
	TRY(err);
	strbuf_trim(&answer);
	if (git_oid_fromstr(tree, strbuf_str(&answer)) < 0)
		return err_env("git write-tree: '%s' is no id", strbuf_str(&answer));
	return NULL;
}
