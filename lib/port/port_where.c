// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "core/file.h"
#include "core/repo_diff.h"
#include "port_where.h"

#define HEAD_FORMAT "farrier-names 1 %zu %016llx\n"
#define HEAD_MAX    64
#define MOST_BYTES  ((size_t)256 << 20)
#define MOST_STEPS  64 /* commits back to a tree whose names are kept */
#define MOST_KEPT   16 /* trees; when there are more, all go */

void port_where_release(struct port_where *where)
{
	strbuf_release(&where->names);
	strvec_release(&where->changed);
	*where = (struct port_where){ 0 };
}

/* ---- reading a tree ---- */

struct walk {
	git_repository *repo;
	struct strvec lines;
	struct strbuf folder;
	size_t alloc;
};

static void release_walk(struct walk *walk)
{
	strvec_release(&walk->lines);
	strbuf_release(&walk->folder);
}

static ERR_CHECK read_folder(struct walk *walk, const git_oid *id)
{
	GIT_TREE tree = NULL;

	TRY(interrupt_check());
	TRY(repo_tree(walk->repo, id, &tree));
	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
		const char *name = git_tree_entry_name(entry);
		size_t length = walk->folder.len;

		if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
			strbuf_addf(&walk->folder, "%s%s", length ? "/" : "", name);
			TRY(read_folder(walk, git_tree_entry_id(entry)));
			strbuf_setlen(&walk->folder, length);
		} else if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB && !strchr(name, '\n')) {
			strvec_push_owned(&walk->lines,
					  xasprintf("%s/%s", name, strbuf_str(&walk->folder)));
		}
	}
	return NULL;
}

static ERR_CHECK read_names(git_repository *repo, const git_oid *tree, struct strbuf *names)
{
	CLEANUP(release_walk) struct walk walk = { .repo = repo };

	TRY(read_folder(&walk, tree));
	strvec_sort(&walk.lines);
	for (size_t i = 0; i < walk.lines.count; i++) {
		/* a folder with a newline in its name would be two lines */
		if (strchr(walk.lines.items[i], '\n'))
			continue;
		strbuf_adds(names, walk.lines.items[i]);
		strbuf_addc(names, '\n');
	}
	return NULL;
}

/* ---- keeping the names ---- */

/* FNV-1a: against damage, not against enemies. */
static unsigned long long checksum(const char *bytes, size_t length)
{
	unsigned long long hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
	return hash;
}

static bool is_whole(const struct strbuf *text, const char **body, size_t *length)
{
	const char *end = text->len ? memchr(text->buf, '\n', text->len) : NULL;
	unsigned long long hash;

	if (!end || end - text->buf > HEAD_MAX ||
	    sscanf(text->buf, HEAD_FORMAT, length, &hash) != 2)
		return false;
	*body = end + 1;
	return *length == text->len - (size_t)(*body - text->buf) &&
	       checksum(*body, *length) == hash;
}

static bool load(const char *folder, const git_oid *tree, struct strbuf *names)
{
	OWNED_STR path = xasprintf("%s/%s", folder, git_oid_tostr_s(tree));
	STRBUF text = { 0 };
	const char *body;
	size_t length;
	bool found = false;
	const struct err *err = file_read_if_there(path, MOST_BYTES, &text, &found);

	err_free(err);
	if (err || !found || !is_whole(&text, &body, &length))
		return false;
	strbuf_add(names, body, length);
	return true;
}

static void keep_few(const char *folder)
{
	STRVEC names = { 0 };
	const struct err *err = file_list(folder, &names);

	for (size_t i = 0; !err && names.count > MOST_KEPT && i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);

		err_free(file_remove(path));
	}
	err_free(err);
}

static bool write_file(const char *path, const struct strbuf *names)
{
	OWNED_FD fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	char head[HEAD_MAX + 1];
	const struct err *err;
	int length = snprintf(head, sizeof(head), HEAD_FORMAT, names->len,
			      checksum(strbuf_str(names), names->len));

	if (fd < 0)
		return false;
	err = file_write_fd(fd, path, head, (size_t)length);
	if (!err)
		err = file_write_fd(fd, path, strbuf_str(names), names->len);
	err_free(err);
	return !err;
}

/* Without waiting for the disk: its checksum tells whether it got there. */
static void keep(const char *folder, const git_oid *tree, const struct strbuf *names)
{
	OWNED_STR path = xasprintf("%s/%s", folder, git_oid_tostr_s(tree));
	OWNED_STR temporary = xasprintf("%s.%d", path, (int)getpid());
	const struct err *err = file_mkdirs(folder);

	err_free(err);
	if (err)
		return;
	keep_few(folder);
	if (!write_file(temporary, names) || rename(temporary, path) < 0)
		unlink(temporary);
}

/* ---- which tree's names ---- */

static ERR_CHECK parent_of(git_repository *repo, git_oid *commit, git_oid *tree, bool *more)
{
	GIT_COMMIT here = NULL;

	TRY(repo_commit(repo, commit, &here));
	git_oid_cpy(tree, git_commit_tree_id(here));
	*more = git_commit_parentcount(here) > 0;
	if (*more)
		git_oid_cpy(commit, git_commit_parent_id(here, 0));
	return NULL;
}

/* The nearest tree behind `onto` that is kept; else the beginning, when it is near; else its own.
 */
static ERR_CHECK choose_tree(git_repository *repo, const git_oid *onto, const struct strvec *kept,
			     git_oid *tree)
{
	git_oid commit = *onto, own, at;
	bool more = true;

	TRY(repo_commit_tree(repo, onto, &own));
	for (int i = 0; more && i < MOST_STEPS; i++) {
		const struct err *err = parent_of(repo, &commit, &at, &more);

		/* a shallow clone ends here */
		if (err) {
			err_free(err);
			break;
		}
		git_oid_cpy(tree, &at);
		if (strvec_has(kept, git_oid_tostr_s(&at)))
			return NULL;
	}
	if (more)
		git_oid_cpy(tree, &own);
	return NULL;
}

static ERR_CHECK make_ready(struct port_where *where, git_repository *repo, const git_oid *onto,
			    const char *cache)
{
	OWNED_STR folder = cache ? xasprintf("%s/names", cache) : NULL;
	STRVEC kept = { 0 };

	if (folder)
		TRY(file_list(folder, &kept));
	TRY(choose_tree(repo, onto, &kept, &where->tree));
	if (!folder || !load(folder, &where->tree, &where->names)) {
		TRY(read_names(repo, &where->tree, &where->names));
		if (folder)
			keep(folder, &where->tree, &where->names);
	}
	where->ready = true;
	return NULL;
}

/* ---- looking a name up ---- */

static size_t line_start(const struct strbuf *names, size_t at)
{
	while (at && names->buf[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct strbuf *names, size_t at)
{
	const char *end = memchr(names->buf + at, '\n', names->len - at);

	return end ? (size_t)(end - names->buf) : names->len;
}

/* Where the first line begins that is not less than `prefix`. */
static size_t lower_bound(const struct strbuf *names, const char *prefix)
{
	size_t low = 0, high = names->len, length = strlen(prefix);

	while (low < high) {
		size_t start = line_start(names, low + (high - low) / 2);
		size_t end = line_end(names, start);
		size_t common = end - start < length ? end - start : length;
		int order = memcmp(names->buf + start, prefix, common);

		if (order < 0 || (order == 0 && end - start < length))
			low = end + 1;
		else
			high = start;
	}
	return low;
}

static void find_in_names(const struct strbuf *names, const char *name, struct strvec *paths)
{
	OWNED_STR prefix = xasprintf("%s/", name);
	size_t length = strlen(prefix);

	for (size_t at = lower_bound(names, prefix);
	     at + length <= names->len && memcmp(names->buf + at, prefix, length) == 0;
	     at = line_end(names, at) + 1) {
		int folder = (int)(line_end(names, at) - at - length);

		strvec_pushf(paths, "%.*s%s%s", folder, names->buf + at + length, folder ? "/" : "",
			     name);
	}
}

static ERR_CHECK compare_to(struct port_where *where, git_repository *repo, const git_oid *tree_id)
{
	GIT_TREE before = NULL;
	GIT_TREE after = NULL;

	if (git_oid_equal(&where->current, tree_id))
		return NULL;
	strvec_release(&where->changed);
	where->changed = (struct strvec){ 0 };
	TRY(repo_tree(repo, &where->tree, &before));
	TRY(repo_tree(repo, tree_id, &after));
	TRY(repo_changed_paths(repo, before, after, &where->changed));
	git_oid_cpy(&where->current, tree_id);
	return NULL;
}

ERR_CHECK port_where_find(struct port_where *where, git_repository *repo, const git_oid *onto,
			  const git_oid *tree, const char *cache, const char *name,
			  struct strvec *paths)
{
	if (!where->ready)
		TRY(make_ready(where, repo, onto, cache));
	TRY(compare_to(where, repo, tree));
	if (where->names.len)
		find_in_names(&where->names, name, paths);
	for (size_t i = 0; i < where->changed.count; i++)
		if (str_equal(file_base_name(where->changed.items[i]), name))
			strvec_push(paths, where->changed.items[i]);
	return NULL;
}
