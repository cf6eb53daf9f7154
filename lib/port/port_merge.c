// SPDX-License-Identifier: GPL-2.0
/* port_merge.c - the three-way merge of one file. */
#include "port_internal.h"

git_merge_file_input port_merge_input(const struct port_text *text)
{
	git_merge_file_input input;

	git_merge_file_input_init(&input, GIT_MERGE_FILE_INPUT_VERSION);
	input.ptr = strbuf_str(&text->bytes);
	input.size = text->bytes.len;
	return input;
}

static ERR_CHECK merge_with(const struct port_text *ancestor, const struct port_text *ours,
			    const struct port_text *theirs, uint32_t flags, struct strbuf *out,
			    bool *clean)
{
	git_merge_file_input base = port_merge_input(ancestor);
	git_merge_file_input branch = port_merge_input(ours);
	git_merge_file_input patched = port_merge_input(theirs);
	git_merge_file_options options;
	git_merge_file_result result = { 0 };

	git_merge_file_options_init(&options, GIT_MERGE_FILE_OPTIONS_VERSION);
	options.flags = flags;
	if (git_merge_file(&result, &base, &branch, &patched, &options) < 0)
		return repo_error("cannot merge");
	*clean = result.automergeable;
	if (*clean)
		strbuf_add(out, result.ptr, result.len);
	git_merge_file_result_free(&result);
	return NULL;
}

ERR_CHECK port_merge(const struct port_text *ancestor, const struct port_text *ours,
		     const struct port_text *theirs, struct strbuf *out, bool *clean)
{
	*clean = false;
	if (port_text_is_binary(ancestor) || port_text_is_binary(ours) ||
	    port_text_is_binary(theirs))
		return NULL;
	/* the branch has what the patch was made for: nothing is to be merged */
	if (strbuf_equal(&ancestor->bytes, &ours->bytes)) {
		strbuf_add(out, theirs->bytes.buf, theirs->bytes.len);
		*clean = true;
		return NULL;
	}
	TRY(merge_with(ancestor, ours, theirs, GIT_MERGE_FILE_DEFAULT, out, clean));
	if (*clean)
		return NULL;
	/* another way to pair the lines may find none that both sides changed */
	return merge_with(ancestor, ours, theirs, GIT_MERGE_FILE_DIFF_PATIENCE, out, clean);
}
