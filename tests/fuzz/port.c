// SPDX-License-Identifier: GPL-2.0
/*
 * The engine on any text and any patches. In libFuzzer's form (`make fuzz
 * TARGET=port`); otherwise driver.c runs the files of the corpus.
 *
 * The input is the text of every file that the patches name, and the patches, with
 * lines "====" between them. The repository is in memory.
 */
#include <git2/sys/mempack.h>
#include <stddef.h>
#include <stdint.h>

#include "port/port_internal.h"

#define MOST_PATCHES 4
#define MOST_FILES   8
#define MARK	     "====\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static struct patch make_patch(int number, const char *diff, size_t length)
{
	struct patch patch = { .number = number,
			       .subject = xstrdup("subject"),
			       .message = xstrdup("subject\n"),
			       .author_name = xstrdup("A"),
			       .author_email = xstrdup("a@example.com"),
			       .when = { 1700000000, 0, '+' },
			       .diff_line = 1 };

	strbuf_add(&patch.diff, diff, length);
	return patch;
}

static git_repository *open_memory(void)
{
	git_repository *repo = NULL;
	git_odb_backend *backend = NULL;
	GIT_ODB odb = NULL;

	CHECK(git_odb_new(&odb) == 0 && git_mempack_new(&backend) == 0);
	CHECK(git_odb_add_backend(odb, backend, 1) == 0);
	CHECK(git_repository_wrap_odb(&repo, odb) == 0);
	return repo;
}

/* Notes the files that a patch names; what git would refuse as a name is left out. */
static void note_files(const struct patch *patch, const git_oid *blob, struct port_changes *changes)
{
	DIFF diff = { 0 };
	const struct err *err = diff_parse_patch(patch, "fuzz", &diff);

	for (size_t i = 0; !err && i < diff.file_count && changes->count < MOST_FILES; i++) {
		const struct diff_file *file = &diff.files[i];

		CHECK(!diff_path_problem(file->old_path) && !diff_path_problem(file->new_path));
		if (file->change != DIFF_ADD)
			port_changes_write(changes, file->old_path,
					   file->old_mode ? file->old_mode : 0100644, blob);
	}
	err_free(err);
}

static git_oid commit_files(git_repository *repo, const char *text, size_t length,
			    const struct patch *patches, size_t count)
{
	CLEANUP(port_changes_release) struct port_changes changes = { 0 };
	GIT_SIGNATURE who = NULL;
	GIT_TREE tree = NULL;
	git_oid blob, empty, tree_id, commit;
	git_treebuilder *builder = NULL;
	const struct err *err;

	CHECK(git_blob_create_from_buffer(&blob, repo, text, length) == 0);
	CHECK(git_treebuilder_new(&builder, repo, NULL) == 0);
	CHECK(git_treebuilder_write(&empty, builder) == 0);
	git_treebuilder_free(builder);
	for (size_t i = 0; i < count; i++)
		note_files(&patches[i], &blob, &changes);
	err = port_tree_write(repo, &empty, &changes, &tree_id);
	if (err) /* a file and a folder of one name */
		tree_id = empty;
	err_free(err);
	CHECK(git_signature_new(&who, "B", "b@example.com", 1600000000, 0) == 0);
	CHECK(git_tree_lookup(&tree, repo, &tree_id) == 0);
	CHECK(git_commit_create(&commit, repo, NULL, who, who, NULL, "base", tree, 0, NULL) == 0);
	return commit;
}

static int check_entry(const char *root, const git_tree_entry *entry, void *data)
{
	OWNED_STR path = xasprintf("%s%s", root, git_tree_entry_name(entry));

	(void)data;
	CHECK(!diff_path_problem(path));
	return 0;
}

/* Nothing of a conflict is in a tree, every tree can be read, and no path in it is one to refuse.
 */
static void check(git_repository *repo, const struct port *port)
{
	for (size_t i = 0; i < port->patch_count; i++) {
		const struct port_patch *patch = &port->patches[i];
		GIT_TREE tree = NULL;

		CHECK((patch->status == PORT_CONFLICT) == (patch->conflict_count > 0));
		CHECK(patch->has_tree == (patch->status != PORT_CONFLICT));
		CHECK(patch->has_commit == (patch->has_tree && patch->status != PORT_ALREADY));
		if (!patch->has_tree)
			continue;
		CHECK(git_tree_lookup(&tree, repo, &patch->tree) == 0);
		git_tree_walk(tree, GIT_TREEWALK_PRE, check_entry, NULL);
	}
}

static void run(const char *text, size_t length, const struct patch *patches, size_t count)
{
	REPO repo = open_memory();
	struct port_request request = { .repo = repo,
					.patches = patches,
					.patch_count = count,
					.committer_name = "C",
					.committer_email = "c@example.com" };
	PORT port = { 0 };
	const struct err *err;

	request.onto = commit_files(repo, text, length, patches, count);
	err = port_run(&request, &port);
	CHECK(!err || err->kind == ERR_INPUT);
	if (!err)
		check(repo, &port);
	err_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	const char *at = (const char *)data, *end = at + size, *text = at;
	struct patch patches[MOST_PATCHES];
	size_t count = 0, length = 0;

	if (!ready)
		repo_library_init();
	ready = true;
	for (size_t i = 0; at && i <= MOST_PATCHES; i++) {
		const char *mark = at < end ? memmem(at, (size_t)(end - at), MARK, strlen(MARK))
					    : NULL;
		size_t taken = (size_t)((mark ? mark : end) - at);

		if (i)
			patches[count++] = make_patch((int)i, at, taken);
		else
			length = taken;
		at = mark ? mark + strlen(MARK) : NULL;
	}
	run(text, length, patches, count);
	for (size_t i = 0; i < count; i++)
		patch_release(&patches[i]);
	return 0;
}
