// SPDX-License-Identifier: GPL-2.0
#include "base/interrupt.h"
#include "base/progress.h"
#include "bisect_images.h"
#include "core/repo_diff.h"

/* Of a commit, compared with one parent. */
struct changes {
	struct strvec paths;
	bool *added;
};

/* Read once: trees do not change. */
struct bisect_images {
	struct changes *changes; /* of each suspect and parent, one after the other */
	size_t count;
	size_t *starts; /* of each suspect */
	size_t suspects;
};

struct bisect_images *bisect_images_new(void)
{
	return xcalloc(1, sizeof(struct bisect_images));
}

void bisect_images_free(struct bisect_images *images)
{
	if (!images)
		return;
	for (size_t i = 0; i < images->count; i++) {
		strvec_release(&images->changes[i].paths);
		free(images->changes[i].added);
	}
	free(images->changes);
	free(images->starts);
	free(images);
}

static void add_change(struct changes *changes, const char *path, bool added)
{
	changes->added = xreallocarray(changes->added, changes->paths.count + 1,
				       sizeof(*changes->added));
	changes->added[changes->paths.count] = added;
	strvec_push(&changes->paths, path);
}

static ERR_CHECK compare(git_repository *repo, git_tree *before, git_tree *after,
			 struct changes *changes)
{
	git_diff_options options;
	GIT_DIFF diff = NULL;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_SKIP_BINARY_CHECK;
	TRY(repo_diff_trees(repo, before, after, &options, &diff));
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);

		add_change(changes, delta->new_file.path, delta->status == GIT_DELTA_ADDED);
	}
	return NULL;
}

static ERR_CHECK read_commit(struct bisect_images *images, git_repository *repo, const git_oid *id)
{
	GIT_COMMIT commit = NULL;
	GIT_TREE after = NULL;

	TRY(repo_commit(repo, id, &commit));
	if (git_commit_tree(&after, commit) < 0)
		return repo_read_error(repo, "cannot read a tree");
	for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
		GIT_TREE before = NULL;
		git_oid tree;

		TRY(repo_commit_tree(repo, git_commit_parent_id(commit, i), &tree));
		TRY(repo_tree(repo, &tree, &before));
		images->changes = xreallocarray(images->changes, images->count + 1,
						sizeof(*images->changes));
		images->changes[images->count] = (struct changes){ 0 };
		TRY(compare(repo, before, after, &images->changes[images->count++]));
	}
	return NULL;
}

static ERR_CHECK read_all(struct bisect_images *images, const struct bisect *bisect)
{
	size_t count = bisect->history.count;
	struct progress *progress = progress_begin(0, "what %zu commits change", count);
	const struct err *err = NULL;

	images->suspects = count;
	images->starts = xcalloc(count + 1, sizeof(*images->starts));
	for (size_t i = 0; i < count && !err; i++) {
		err = interrupt_check();
		if (!err)
			err = read_commit(images, bisect->repo, &bisect->history.commits[i]);
		images->starts[i + 1] = images->count;
		progress_update(progress, "%zu of %zu", i + 1, count);
	}
	if (err)
		progress_drop(&progress);
	else
		progress_end(progress, "read");
	return err;
}

static bool matters(const struct changes *changes, const struct build_inputs *inputs)
{
	for (size_t i = 0; i < changes->paths.count; i++)
		if (build_inputs_matter(inputs, changes->paths.items[i], changes->added[i]))
			return true;
	return false;
}

static bool is_spared(const struct bisect_images *images, size_t number,
		      const struct build_inputs *inputs)
{
	for (size_t i = images->starts[number]; i < images->starts[number + 1]; i++)
		if (matters(&images->changes[i], inputs))
			return false;
	return true;
}

/* The image of the first parent that is a suspect; else it is one of before all suspects. */
static size_t image_before(const struct bisect *bisect, const size_t *image, size_t number)
{
	const struct suspect_graph *graph = bisect->history.graph;

	if (graph->starts[number] == graph->starts[number + 1])
		return bisect_good_end(bisect);
	return image[graph->parents[graph->starts[number]]];
}

ERR_CHECK bisect_images_update(struct bisect_images *images, struct bisect *bisect,
			       const struct build_inputs *inputs)
{
	size_t count = bisect->history.count;
	CLEANUP(free_ptr) size_t *image = xcalloc(count, sizeof(*image));
	json_t *event, *list;

	/* states are compared with their parents, which here come after them */
	if (bisect->fixes)
		return NULL;
	if (!images->starts)
		TRY(read_all(images, bisect));
	list = json_array();
	for (size_t i = 0; i < count; i++) {
		image[i] = is_spared(images, i, inputs) ? image_before(bisect, image, i) : i;
		json_array_append_new(list, json_integer((json_int_t)image[i]));
	}
	event = bisect_event(bisect, "images", SIZE_MAX);
	store_set(event, "images", list);
	TRY(bisect_happen(bisect, event));
	progress_note("%zu of %zu suspects change nothing that went into the image", bisect->spared,
		      count);
	return NULL;
}
