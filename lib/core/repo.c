// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>

#include "file.h"
#include "proc.h"
#include "repo.h"

#define RELEASE(name, type, free_function) \
	void name(type **object)           \
	{                                  \
		free_function(*object);    \
	}

RELEASE(repo_release, git_repository, git_repository_free)
RELEASE(repo_release_odb, git_odb, git_odb_free)
RELEASE(repo_release_object, git_object, git_object_free)
RELEASE(repo_release_commit, git_commit, git_commit_free)
RELEASE(repo_release_tree, git_tree, git_tree_free)
RELEASE(repo_release_tree_entry, git_tree_entry, git_tree_entry_free)
RELEASE(repo_release_blob, git_blob, git_blob_free)
RELEASE(repo_release_diff, git_diff, git_diff_free)
RELEASE(repo_release_signature, git_signature, git_signature_free)
RELEASE(repo_release_reference, git_reference, git_reference_free)

/*
 * libgit2 reads the system's certificates when it starts, which takes longer than
 * carrying a patch. farrier speaks to no server through libgit2 (lib/tree runs git,
 * lib/core/http.c has libcurl): this stands before mbedTLS's own function and reads
 * nothing; were a server ever asked, its certificate would be refused.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);
int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	(void)chain;
	(void)path;
	return -1;
}

/* The same blobs and folders are read for every branch; the largest file of a kernel's C is 1 MiB.
 */
#define CACHE_BYTES	  ((ssize_t)16 << 20)
#define CACHED_BLOB_BYTES ((size_t)1 << 20)
#define CACHED_TREE_BYTES ((size_t)256 << 10)

void repo_library_init(void)
{
	git_libgit2_init();
	/* What is read was hashed when it was written; kernels have a million objects. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, CACHE_BYTES);
	git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_BLOB, CACHED_BLOB_BYTES);
	git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, CACHED_TREE_BYTES);
}

void repo_library_shutdown(void)
{
	git_libgit2_shutdown();
}

const struct err *repo_error(const char *format, ...)
{
	const git_error *error = git_error_last();
	STRBUF text = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&text, format, args);
	va_end(args);
	return err_env("%s: %s", strbuf_str(&text),
		       error && error->message ? error->message : "unknown error");
}

static bool is_partial(git_repository *repo)
{
	git_config *config = NULL;
	git_config_iterator *iterator = NULL;
	git_config_entry *entry;
	bool partial = false;

	if (git_repository_config_snapshot(&config, repo) == 0 &&
	    git_config_iterator_glob_new(
		    &iterator, config, "^(extensions\\.partialclone|remote\\..*\\.promisor)$") == 0)
		partial = git_config_next(&entry, iterator) == 0;
	git_config_iterator_free(iterator);
	git_config_free(config);
	return partial;
}

static const struct err *hint_missing(git_repository *repo, const struct err *err)
{
	const char *path = git_repository_path(repo);

	if (is_partial(repo))
		return err_hint(err,
				"the repository is a partial clone; 'git -C %s fetch --refetch "
				"--no-filter' brings all objects",
				path);
	if (git_repository_is_shallow(repo) == 1)
		return err_hint(err,
				"the repository is shallow; 'git -C %s fetch --unshallow' brings "
				"its history",
				path);
	return err_hint(err, "'git -C %s fsck' says what is wrong with the repository", path);
}

const struct err *repo_read_error(git_repository *repo, const char *format, ...)
{
	STRBUF text = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&text, format, args);
	va_end(args);
	return hint_missing(repo, repo_error("%s", strbuf_str(&text)));
}

static const struct err *open_error(const char *path, int result)
{
	if (result == GIT_EOWNER)
		return err_hint(err_env("'%s' belongs to another user", path),
				"git config --global --add safe.directory '%s'", path);
	return repo_error("cannot open repository '%s'", path);
}

/*
 * One at a time: libgit2 refuses to write what another writes, and what one that was killed did.
 * The lock is inside, as "PATH.lock" is for callers to hold.
 */
static ERR_CHECK make_bare(const char *path, git_repository **repo)
{
	OWNED_STR lock_path = xasprintf("%s/farrier.lock", path);
	OWNED_STR head = xasprintf("%s/HEAD.lock", path);
	OWNED_STR config = xasprintf("%s/config.lock", path);
	FILE_LOCK lock = FILE_LOCK_NONE;

	TRY(file_mkdirs(path));
	TRY(file_lock(lock_path, "the repository", true, &lock));
	if (git_repository_open_ext(repo, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) < 0) {
		TRY(file_remove(head));
		TRY(file_remove(config));
		if (git_repository_init(repo, path, true) < 0)
			return repo_error("cannot make a repository in '%s'", path);
	}
	file_unlock_and_remove(&lock, lock_path);
	return NULL;
}

ERR_CHECK repo_open(const char *path, bool create, git_repository **repo)
{
	int result = git_repository_open_ext(repo, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);

	if (result == GIT_ENOTFOUND && create)
		return make_bare(path, repo);
	if (result == GIT_ENOTFOUND)
		return err_hint(err_input("'%s' is no git repository", path),
				"set kernel.repo in farrier.conf, or fill the cache's own with "
				"'farrier tree import'");
	return result < 0 ? open_error(path, result) : NULL;
}

ERR_CHECK repo_open_around(const char *path, git_repository **repo)
{
	int result = git_repository_open_ext(repo, path, 0, NULL);

	if (result == GIT_ENOTFOUND)
		return err_hint(err_input("'%s' is no git repository, nor in one", path),
				"name a clone, a bare repository or a folder in a work tree");
	return result < 0 ? open_error(path, result) : NULL;
}

const char *repo_git_dir(git_repository *repo)
{
	return git_repository_commondir(repo);
}

ERR_CHECK repo_resolve(git_repository *repo, const char *revision, git_oid *commit)
{
	CLEANUP(repo_release_object) git_object *object = NULL;
	CLEANUP(repo_release_object) git_object *peeled = NULL;

	if (git_revparse_single(&object, repo, revision) < 0) {
		const struct err *err = err_input("no commit '%s' in '%s'", revision,
						  git_repository_path(repo));

		return git_repository_is_shallow(repo) == 1 ? hint_missing(repo, err) : err;
	}
	if (git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) < 0)
		return err_input("'%s' is no commit", revision);
	git_oid_cpy(commit, git_object_id(peeled));
	return NULL;
}

ERR_CHECK repo_resolve_ref(git_repository *repo, const char *name, git_oid *commit, bool *found)
{
	int result = git_reference_name_to_id(commit, repo, name);

	*found = result == 0;
	if (result < 0 && result != GIT_ENOTFOUND)
		return repo_error("cannot read ref '%s'", name);
	return NULL;
}

void repo_release_person(struct repo_person *person)
{
	free(person->name);
	free(person->email);
	*person = (struct repo_person){ 0 };
}

static void set_person(struct repo_person *person, const char *name, const char *email)
{
	person->name = xstrdup(name);
	person->email = xstrdup(email);
}

/* git's own way, which knows all its rules. */
static ERR_CHECK ask_git(git_repository *repo, struct repo_person *person)
{
	OWNED_STR dir = xasprintf("--git-dir=%s", repo_git_dir(repo));
	const char *argv[] = { "git", dir, "var", "GIT_COMMITTER_IDENT", NULL };
	GIT_SIGNATURE signature = NULL;
	STRBUF answer = { 0 };
	const struct err *err;

	err = proc_run_ok(&(struct proc_spec){ .argv = argv }, &(struct proc_io){ .out = &answer });
	strbuf_trim(&answer);
	if (!err && git_signature_from_buffer(&signature, strbuf_str(&answer)) < 0)
		err = err_env("git var: '%s' cannot be read", strbuf_str(&answer));
	if (!err)
		set_person(person, signature->name, signature->email);
	return err_hint(err_context(err, "who you are"),
			"git config --global user.name 'Your Name'; "
			"git config --global user.email you@example.com");
}

ERR_CHECK repo_committer(git_repository *repo, struct repo_person *person)
{
	const char *name = getenv("GIT_COMMITTER_NAME");
	const char *email = getenv("GIT_COMMITTER_EMAIL");
	GIT_SIGNATURE signature = NULL;

	if (name && *name && email && *email) {
		set_person(person, name, email);
		return NULL;
	}
	if ((name && *name) || (email && *email) || git_signature_default(&signature, repo) < 0)
		return ask_git(repo, person);
	set_person(person, signature->name, signature->email);
	return NULL;
}

ERR_CHECK repo_commit(git_repository *repo, const git_oid *oid, git_commit **commit)
{
	if (git_commit_lookup(commit, repo, oid) < 0)
		return repo_read_error(repo, "cannot read commit '%s'", git_oid_tostr_s(oid));
	return NULL;
}

ERR_CHECK repo_commit_tree(git_repository *repo, const git_oid *oid, git_oid *tree)
{
	GIT_COMMIT commit = NULL;

	TRY(repo_commit(repo, oid, &commit));
	git_oid_cpy(tree, git_commit_tree_id(commit));
	return NULL;
}

ERR_CHECK repo_tree(git_repository *repo, const git_oid *oid, git_tree **tree)
{
	if (git_tree_lookup(tree, repo, oid) < 0)
		return repo_read_error(repo, "cannot read tree '%s'", git_oid_tostr_s(oid));
	return NULL;
}

ERR_CHECK repo_read_file(git_repository *repo, const git_oid *commit, const char *path,
			 size_t limit, struct strbuf *content, bool *found)
{
	GIT_TREE_ENTRY entry = NULL;
	GIT_TREE tree = NULL;
	GIT_BLOB blob = NULL;
	git_oid oid;
	int result;

	*found = false;
	TRY(repo_commit_tree(repo, commit, &oid));
	TRY(repo_tree(repo, &oid, &tree));
	result = git_tree_entry_bypath(&entry, tree, path);
	if (result == GIT_ENOTFOUND ||
	    (result == 0 && git_tree_entry_type(entry) != GIT_OBJECT_BLOB))
		return NULL;
	if (result < 0 || git_blob_lookup(&blob, repo, git_tree_entry_id(entry)) < 0)
		return repo_read_error(repo, "cannot read '%s'", path);
	if ((uint64_t)git_blob_rawsize(blob) > limit)
		return err_input("'%s' is larger than %zu bytes", path, limit);
	strbuf_add(content, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	*found = true;
	return NULL;
}

static ERR_CHECK check_ref_name(const char *name)
{
	int valid = 0;

	git_reference_name_is_valid(&valid, name);
	if (!valid || !starts_with(name, "refs/farrier/"))
		return err_input("'%s' is no ref name below refs/farrier/", name);
	return NULL;
}

static const struct err *ref_error(const char *name, int result)
{
	const struct err *err = repo_error("cannot write ref '%s'", name);

	if (result != GIT_ELOCKED)
		return err;
	return err_hint(err, "another program writes it now; or one that was killed has left the "
			     "lock file, which may be deleted then");
}

ERR_CHECK repo_set_ref(git_repository *repo, const char *name, const git_oid *commit,
		       const char *why)
{
	CLEANUP(repo_release_reference) git_reference *reference = NULL;
	int result;

	TRY(check_ref_name(name));
	result = git_reference_create(&reference, repo, name, commit, true, why);
	return result < 0 ? ref_error(name, result) : NULL;
}

ERR_CHECK repo_delete_ref(git_repository *repo, const char *name)
{
	int result;

	TRY(check_ref_name(name));
	result = git_reference_remove(repo, name);
	return result < 0 && result != GIT_ENOTFOUND ? ref_error(name, result) : NULL;
}

static int keep_name(const char *name, void *names)
{
	strvec_push(names, name);
	return 0;
}

ERR_CHECK repo_delete_refs_below(git_repository *repo, const char *prefix)
{
	OWNED_STR pattern = xasprintf("%s*", prefix);
	STRVEC names = { 0 };

	if (git_reference_foreach_glob(repo, pattern, keep_name, &names) < 0)
		return repo_error("cannot read the refs below '%s'", prefix);
	for (size_t i = 0; i < names.count; i++)
		TRY(repo_delete_ref(repo, names.items[i]));
	return NULL;
}

ERR_CHECK repo_move_ref(git_repository *repo, const char *name, const git_oid *was,
			const git_oid *commit, const char *why)
{
	CLEANUP(repo_release_reference) git_reference *reference = NULL;
	bool found;
	git_oid now;
	int result;

	TRY(check_ref_name(name));
	if (was)
		result = git_reference_create_matching(&reference, repo, name, commit, true, was,
						       why);
	else
		result = git_reference_create(&reference, repo, name, commit, false, why);
	if (result == 0)
		return NULL;
	if (result != GIT_EMODIFIED && result != GIT_EEXISTS && result != GIT_ENOTFOUND)
		return ref_error(name, result);
	TRY(repo_resolve_ref(repo, name, &now, &found));
	if (found && git_oid_equal(&now, commit))
		return NULL;
	return err_hint(err_env("ref '%s' was changed by somebody else meanwhile", name),
			"nothing was written; run the command again");
}

char *repo_trailer(git_commit *commit, const char *name)
{
	git_message_trailer_array trailers = { 0 };
	char *value = NULL;

	if (git_message_trailers(&trailers, git_commit_message(commit)) < 0)
		return NULL;
	for (size_t i = 0; i < trailers.count; i++)
		if (str_equal(trailers.trailers[i].key, name)) {
			free(value);
			value = xstrdup(trailers.trailers[i].value);
		}
	git_message_trailer_array_free(&trailers);
	return value;
}

bool repo_is_snapshot(git_commit *commit)
{
	OWNED_STR value = repo_trailer(commit, REPO_SNAPSHOT_TRAILER);

	return value != NULL;
}

/* The value of "NAME = value" at the top of a kernel's Makefile, "" when there is none. */
static char *makefile_value(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		STRBUF value = { 0 };
		const char *equals;

		line += *line == '\n';
		if (strncmp(line, name, length) != 0 || !isspace((unsigned char)line[length]))
			continue;
		equals = line + length + strspn(line + length, " \t");
		if (*equals != '=')
			continue;
		strbuf_add(&value, equals + 1, strcspn(equals + 1, "\n"));
		strbuf_trim(&value);
		return strbuf_detach(&value);
	}
	return xstrdup("");
}

char *repo_makefile_version(const char *makefile)
{
	OWNED_STR major = makefile_value(makefile, "VERSION");
	OWNED_STR minor = makefile_value(makefile, "PATCHLEVEL");
	OWNED_STR patch = makefile_value(makefile, "SUBLEVEL");
	OWNED_STR extra = makefile_value(makefile, "EXTRAVERSION");

	if (!*major || !*minor)
		return xstrdup("");
	return xasprintf("%s.%s.%s%s", major, minor, *patch ? patch : "0", extra);
}

ERR_CHECK repo_kernel_version(git_repository *repo, const git_oid *commit, char **version)
{
	STRBUF makefile = { 0 };
	bool found;

	TRY(repo_read_file(repo, commit, "Makefile", (size_t)1 << 20, &makefile, &found));
	*version = repo_makefile_version(strbuf_str(&makefile));
	return NULL;
}
