// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "export_cover.h"

void export_cover_release(struct export_cover *cover)
{
	free(cover->subject);
	free(cover->text);
	*cover = (struct export_cover){ 0 };
}

/* Where the line before `line` begins, or NULL before the first. */
static const char *line_before(const char *text, const char *line)
{
	if (line == text)
		return NULL;
	for (line--; line > text && line[-1] != '\n';)
		line--;
	return line;
}

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

/* "A U Thor (3):" */
static bool is_shortlog_name(const char *line)
{
	const char *open = memrchr(line, '(', line_length(line));
	size_t digits = open ? strspn(open + 1, "0123456789") : 0;

	return digits && open > line && open[-1] == ' ' && starts_with(open + 1 + digits, "):") &&
	       line_length(open) == digits + 3;
}

/* " f.c | 2 +-" or " 1 file changed, 1 insertion(+)" */
static bool is_diffstat(const char *line)
{
	OWNED_STR copy = xstrndup(line, line_length(line));
	const char *bar = strstr(copy, " | ");

	if (*copy != ' ')
		return false;
	return (bar && strcspn(bar + 3, "0123456789B") < strlen(bar + 3)) ||
	       strstr(copy, " changed, ");
}

static bool may_be_generated(const char *line)
{
	return *line == '\n' || *line == ' ' || is_shortlog_name(line) ||
	       starts_with(line, "---\n") || starts_with(line, "change-id: ") ||
	       starts_with(line, "base-commit: ") || starts_with(line, "prerequisite-");
}

/* Where a mail's signature begins: at a line "-- ", which lost its space when it was tidied. */
static const char *find_signature(const char *text)
{
	const char *signature = NULL;

	for (const char *at = text; (at = strstr(at, "\n--")); at++)
		if (starts_with(at + 3, " \n") || at[3] == '\n')
			signature = at;
	return signature;
}

void export_cover_trim(struct strbuf *text)
{
	const char *start = strbuf_str(text);
	const char *signature = find_signature(start);
	const char *zone, *cut;

	if (!text->len)
		return;
	if (signature)
		strbuf_setlen(text, (size_t)(signature - start) + 1);
	zone = start + text->len;
	for (const char *line = line_before(start, zone); line && may_be_generated(line);
	     line = line_before(start, line))
		zone = line;
	for (cut = zone;
	     *cut && !is_shortlog_name(cut) && !is_diffstat(cut) && (*cut == '\n' || *cut == ' ');)
		cut += line_length(cut) + (cut[line_length(cut)] == '\n');
	strbuf_setlen(text, (size_t)(cut - start));
	while (text->len && strchr("\n ", text->buf[text->len - 1]))
		strbuf_setlen(text, text->len - 1);
}

ERR_CHECK export_cover_read(const struct series *series, struct export_cover *cover)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	OWNED_STR path = NULL;
	STRBUF mail = { 0 };
	STRBUF text = { 0 };
	const char *body;

	*cover = (struct export_cover){ 0 };
	if (!series->cover)
		return NULL;
	path = xasprintf("%s/%s", series->folder, series->cover);
	TRY(file_read(path, PATCH_MAIL_MAX, &mail));
	TRY(patch_from_mail(strbuf_str(&mail), mail.len, path, &patch));
	body = strchr(patch.message, '\n');
	strbuf_adds(&text, body ? body + strspn(body, "\n") : "");
	if (patch.below)
		strbuf_addf(&text, "%s---\n%s", text.len ? "\n" : "", patch.below);
	export_cover_trim(&text);
	cover->subject = xstrdup(patch.subject);
	cover->text = strbuf_detach(&text);
	return NULL;
}
