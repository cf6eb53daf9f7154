// SPDX-License-Identifier: GPL-2.0
/*
 * mail_needs.c - what a series stands on, as its first mail says.
 *
 * "base-commit:" and "prerequisite-patch-id:" stand behind the diff or the cover
 * letter (git format-patch --base, Documentation/git-format-patch.txt);
 * "change-id:", "prerequisite-message-id:" and "prerequisite-change-id:" are
 * b4's and stand behind the "---" (b4's docs/contributor/prep.rst).
 */
#include "core/file.h"
#include "mail_write.h"

#define REFERENCE_MAX 250 /* bytes of a Message-ID or change id that is believed */
#define NEEDS_MAX     999

void mail_release_needs(struct mail_needs *needs)
{
	free(needs->base_commit);
	free(needs->change_id);
	strvec_release(&needs->patch_ids);
	strvec_release(&needs->references);
	*needs = (struct mail_needs){ 0 };
}

static bool is_id(const char *word)
{
	return strlen(word) == GIT_OID_HEXSZ && strspn(word, "0123456789abcdef") == GIT_OID_HEXSZ;
}

/* One printable word, without the <> of a Message-ID. */
static char *reference_of(const char *word)
{
	size_t length = strlen(word);

	if (length > 2 && *word == '<' && word[length - 1] == '>')
		word++, length -= 2;
	for (size_t i = 0; i < length; i++)
		if (word[i] <= ' ' || word[i] >= 0x7f || strchr("<>\"\\#;", word[i]))
			return NULL;
	return length && length <= REFERENCE_MAX ? xstrndup(word, length) : NULL;
}

static void add_reference(const char *word, struct strvec *list)
{
	OWNED_STR reference = reference_of(word);

	if (reference && !strvec_has(list, reference) && list->count < NEEDS_MAX)
		strvec_push(list, reference);
}

/* What stands behind "NAME: " at the beginning of a line, or NULL. */
static const char *value_of(const char *line, const char *name)
{
	size_t length = strlen(name);

	return starts_with(line, name) && starts_with(line + length, ": ") ? line + length + 2
									   : NULL;
}

static void take_line(const char *line, struct mail_needs *needs)
{
	const char *value;

	if ((value = value_of(line, "base-commit")) && is_id(value) && !needs->base_commit)
		needs->base_commit = xstrdup(value);
	else if ((value = value_of(line, "change-id")) && !needs->change_id)
		needs->change_id = reference_of(value);
	else if ((value = value_of(line, "prerequisite-patch-id")) && is_id(value) &&
		 !strvec_has(&needs->patch_ids, value) && needs->patch_ids.count < NEEDS_MAX)
		strvec_push(&needs->patch_ids, value);
	else if ((value = value_of(line, "prerequisite-message-id")) ||
		 (value = value_of(line, "prerequisite-change-id")))
		add_reference(value, &needs->references);
}

/* Lines of a diff begin with a sign, so none of them is taken for one of these. */
static void take_text(const char *text, size_t length, struct mail_needs *needs)
{
	const char *end = text + length;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		STRBUF line = { 0 };

		strbuf_add(&line, text, (size_t)((newline ? newline : end) - text));
		if (line.len && (*line.buf == 'b' || *line.buf == 'c' || *line.buf == 'p')) {
			strbuf_trim(&line);
			take_line(line.buf, needs);
		}
		text = newline ? newline + 1 : end;
	}
}

ERR_CHECK mail_read_needs(const char *path, struct mail_needs *needs)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	STRBUF bytes = { 0 };

	*needs = (struct mail_needs){ 0 };
	TRY(file_read(path, PATCH_MAIL_MAX, &bytes));
	TRY(patch_from_mail(strbuf_str(&bytes), bytes.len, path, &patch));
	take_text(patch.message, strlen(patch.message), needs);
	if (patch.below)
		take_text(patch.below, strlen(patch.below), needs);
	take_text(strbuf_str(&patch.diff), patch.diff.len, needs);
	return NULL;
}
