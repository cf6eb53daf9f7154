// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "core/proc.h"
#include "diff.h"
#include "identity.h"

static void add_hunk(const struct diff_hunk *hunk, struct strbuf *text)
{
	strbuf_adds(text, "@@\n");
	lines_join(hunk->before.at, hunk->before.count, text);
	strbuf_adds(text, "\n@@\n");
	lines_join(hunk->after.at, hunk->after.count, text);
}

ERR_CHECK identity_of_change(const struct patch *patch, char id[STORE_ID_SIZE])
{
	OWNED_STR what = xasprintf("patch %d", patch->number);
	DIFF diff = { 0 };
	STRBUF text = { 0 };

	TRY(diff_parse_patch(patch, what, &diff));
	for (size_t i = 0; i < diff.file_count; i++) {
		const struct diff_file *file = &diff.files[i];

		strbuf_addf(&text, "%d %s\n%s\n", (int)file->change, file->old_path,
			    file->new_path);
		if (file->old_mode != file->new_mode)
			strbuf_addf(&text, "mode %o %o\n", file->old_mode, file->new_mode);
		if (file->binary)
			strbuf_addf(&text, "binary %s\n", file->new_id);
		for (size_t j = 0; j < file->hunk_count; j++)
			add_hunk(&file->hunks[j], &text);
	}
	store_id(strbuf_str(&text), text.len, id);
	return NULL;
}

void identity_release(struct identity_git *git)
{
	free(git->ids);
	*git = (struct identity_git){ 0 };
}

/*
 * git tells patches apart by "From ID" and "commit ID" lines: the ids are the
 * patches' places here. No such line of a diff's own, which would stand between
 * its hunks and its end, may be taken for one.
 */
static void add_patch(size_t place, const struct patch *patch, struct strbuf *input)
{
	const char *line = strbuf_str(&patch->diff);
	const char *end = line + patch->diff.len;

	strbuf_addf(input, "From %040zx Mon Sep 17 00:00:00 2001\n", place);
	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *next = newline ? newline + 1 : end;

		if (!starts_with(line, "From ") && !starts_with(line, "commit "))
			strbuf_add(input, line, (size_t)(next - line));
		line = next;
	}
	if (!ends_with(strbuf_str(input), "\n"))
		strbuf_addc(input, '\n');
}

/* "PATCH-ID PLACE" */
static void take_line(const char *line, struct identity_git *git)
{
	char id[STORE_ID_SIZE];
	size_t place;

	if (sscanf(line, "%40[0-9a-f] %zx", id, &place) == 2 && place < git->count)
		memcpy(git->ids[place], id, sizeof(id));
}

ERR_CHECK identity_ask_git(const struct patch *const *patches, size_t count,
			   struct identity_git *git)
{
	const char *argv[] = { "git", "patch-id", "--stable", NULL };
	const char *env[] = { "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR",
			      "GIT_WORK_TREE", NULL };
	STRVEC lines = { 0 };
	STRBUF input = { 0 };
	STRBUF output = { 0 };

	*git = (struct identity_git){ .ids = xcalloc(count + 1, STORE_ID_SIZE), .count = count };
	if (!count)
		return NULL;
	for (size_t i = 0; i < count; i++)
		add_patch(i, patches[i], &input);
	TRY(proc_run_ok(&(struct proc_spec){ .argv = argv, .env = env, .dir = "/" },
			&(struct proc_io){ .input = &input, .out = &output }));
	strvec_split(&lines, strbuf_str(&output), "\n");
	for (size_t i = 0; i < lines.count; i++)
		take_line(lines.items[i], git);
	return NULL;
}
