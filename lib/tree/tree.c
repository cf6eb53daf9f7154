// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <sys/stat.h>

#include "base/progress.h"
#include "tree.h"
#include "tree_archive.h"
#include "tree_fetch.h"
#include "tree_package.h"
#include "tree_quarantine.h"
#include "tree_snapshot.h"

void tree_release_state(struct tree_state *state)
{
	free(state->version);
	free(state->snapshot);
	free(state->source_id);
	*state = (struct tree_state){ 0 };
}

ERR_CHECK tree_read_state(git_repository *repo, const struct branch *branch,
			  struct tree_state *state)
{
	GIT_COMMIT commit = NULL;

	*state = (struct tree_state){ 0 };
	TRY(repo_resolve_ref(repo, branch->ref, &state->commit, &state->filled));
	if (!state->filled) {
		state->version = xstrdup("");
		return NULL;
	}
	TRY(repo_commit(repo, &state->commit, &commit));
	state->snapshot = repo_trailer(commit, REPO_SNAPSHOT_TRAILER);
	state->source_id = repo_trailer(commit, TREE_SOURCE_TRAILER);
	return repo_kernel_version(repo, &state->commit, &state->version);
}

/* One import: what it was asked for, and what there was before. */
struct import {
	const struct workspace *workspace;
	const struct branch *branch;
	const struct tree_source *source;
	git_repository *repo;
	struct tree_state before;
	git_oid commit; /* the branch's new one, when `found` */
	bool found;
};

static void import_release(struct import *import)
{
	tree_release_state(&import->before);
	git_repository_free(import->repo);
}

static bool holds(const struct import *import, const char *label, const char *id)
{
	const struct tree_state *before = &import->before;

	return !import->source->force && before->snapshot && str_equal(before->snapshot, label) &&
	       (!id || (before->source_id && str_equal(before->source_id, id)));
}

/* A pack is about twice an xz tarball; as much again is left for others. */
#define ROOM_FACTOR 4

static ERR_CHECK check_room(const struct import *import, const char *path)
{
	OWNED_STR objects = tree_quarantine_objects(import->repo);
	uint64_t room, needed;
	struct stat info;

	if (stat(path, &info) < 0)
		return err_input("cannot open '%s': %m", path);
	needed = (uint64_t)info.st_size * ROOM_FACTOR;
	TRY(file_free_space(objects, &room));
	if (room >= needed)
		return NULL;
	return err_hint(err_env("not enough room in '%s': %" PRIu64 " MB are needed, %" PRIu64
				" are free",
				objects, needed / 1000000, room / 1000000),
			"make room, or set kernel.repo in farrier.conf to a repository elsewhere");
}

static ERR_CHECK write_snapshot(struct import *import, const char *path, const char *label,
				const char *id)
{
	TRY(check_room(import, path));
	TRY(tree_snapshot_write(import->repo,
				&(struct tree_snapshot){ .path = path, .label = label, .id = id },
				&import->commit));
	import->found = true;
	return NULL;
}

static ERR_CHECK import_tarball(struct import *import, const char *path)
{
	STRBUF label = { 0 };
	OWNED_STR id = NULL;
	const char *name = file_base_name(path);

	strbuf_add_printable(&label, name, strlen(name));
	strbuf_trim(&label);
	TRY(check_room(import, path));
	TRY(tree_archive_id(path, &id));
	if (holds(import, strbuf_str(&label), id))
		return NULL;
	return write_snapshot(import, path, strbuf_str(&label), id);
}

static ERR_CHECK import_package(struct import *import, const char *name)
{
	TREE_PACKAGE package = TREE_PACKAGE_NONE;
	OWNED_STR id = NULL;

	TRY(tree_package_parse(name, &package));
	if (package.version && holds(import, package.label, NULL))
		return NULL;
	TRY(tree_package_find(import->workspace, import->branch->suite, &package));
	if (holds(import, package.label, NULL))
		return NULL;
	TRY(tree_package_fetch(import->workspace, &package));
	TRY(tree_archive_id(package.file, &id));
	TRY(write_snapshot(import, package.file, package.label, id));
	tree_package_forget(&package);
	return NULL;
}

static ERR_CHECK import_git(struct import *import, const char *url, const char *ref)
{
	TRY(tree_fetch(import->repo, url, ref, &import->commit));
	import->found = true;
	return NULL;
}

static ERR_CHECK import_default(struct import *import)
{
	const struct branch *branch = import->branch;
	OWNED_STR ref = NULL;

	if (*branch->package)
		return import_package(import, branch->package);
	if (!*branch->url)
		return err_hint(
			err_input("branch '%s' names neither a package nor an url", branch->name),
			"use --package, --tarball or --git, or add one to "
			"kernels/branches/%s.conf",
			branch->name);
	/* The stable repository calls its branches so. */
	ref = *branch->stable ? xasprintf("refs/heads/linux-%s", branch->stable) : xstrdup("HEAD");
	return import_git(import, branch->url, ref);
}

static ERR_CHECK import_source(struct import *import)
{
	const struct tree_source *source = import->source;

	switch (source->kind) {
	case TREE_FROM_PACKAGE:
		return import_package(import, source->what);
	case TREE_FROM_TARBALL:
		return import_tarball(import, source->what);
	case TREE_FROM_GIT:
		return import_git(import, source->what, source->revision);
	default:
		return import_default(import);
	}
}

static ERR_CHECK check_ref(const struct branch *branch)
{
	if (starts_with(branch->ref, "refs/farrier/"))
		return NULL;
	return err_hint(
		err_input("branch '%s' is '%s', a ref of your own, which farrier only reads",
			  branch->name, branch->ref),
		"set branch.ref in kernels/branches/%s.conf to refs/farrier/tree/%s to have "
		"it filled",
		branch->name, branch->name);
}

ERR_CHECK tree_import(const struct workspace *workspace, const struct branch *branch,
		      const struct tree_source *source, struct tree_state *state, bool *changed)
{
	CLEANUP(import_release)
	struct import import = { .workspace = workspace, .branch = branch, .source = source };
	FILE_LOCK lock = FILE_LOCK_NONE;
	OWNED_STR why = xasprintf("farrier tree import %s", branch->name);

	*state = (struct tree_state){ 0 };
	*changed = false;
	TRY(check_ref(branch));
	TRY(workspace_repo(workspace, &import.repo));
	TRY(tree_quarantine_lock(import.repo, &lock));
	TRY(tree_read_state(import.repo, branch, &import.before));
	TRY(import_source(&import));
	if (import.found)
		*changed = !import.before.filled ||
			   git_oid_cmp(&import.commit, &import.before.commit) != 0;
	if (*changed)
		TRY(repo_set_ref(import.repo, branch->ref, &import.commit, why));
	return tree_read_state(import.repo, branch, state);
}
