// SPDX-License-Identifier: GPL-2.0
/* port_merge.c - the three-way merge of one file. */
#include "port_internal.h"

static git_merge_file_input make_input(const struct port_text *text)
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
	git_merge_file_input base = make_input(ancestor);
	git_merge_file_input branch = make_input(ours);
	git_merge_file_input patched = make_input(theirs);
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

static bool same_bytes(const struct port_text *a, const struct port_text *b)
{
	return a->bytes.len == b->bytes.len &&
	       (!a->bytes.len || memcmp(a->bytes.buf, b->bytes.buf, a->bytes.len) == 0);
}

ERR_CHECK port_merge(const struct port_text *ancestor, const struct port_text *ours,
		     const struct port_text *theirs, struct strbuf *out, bool *clean)
{
	*clean = false;
	if (port_text_is_binary(ancestor) || port_text_is_binary(ours) ||
	    port_text_is_binary(theirs))
		return NULL;
	/* the branch has what the patch was made for: nothing is to be merged */
	if (same_bytes(ancestor, ours)) {
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
