// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "lint.h"

#define MAX_FINDINGS 1000

static const char *const severities[] = {
	[LINT_NOTE] = "note",
	[LINT_CHECK] = "check",
	[LINT_WARNING] = "warning",
	[LINT_ERROR] = "error",
};

const char *lint_severity_name(enum lint_severity severity)
{
	return severities[severity];
}

void lint_findings_release(struct lint_findings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].type);
		free(list->items[i].file);
		free(list->items[i].text);
	}
	free(list->items);
	*list = (struct lint_findings){ 0 };
}

static bool same_file(const char *a, const char *b)
{
	return a && b ? str_equal(a, b) : a == b;
}

bool lint_has(const struct lint_findings *list, const struct lint_finding *finding)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct lint_finding *known = &list->items[i];

		if (known->severity == finding->severity && known->line == finding->line &&
		    str_equal(known->type, finding->type) &&
		    str_equal(known->text, finding->text) && same_file(known->file, finding->file))
			return true;
	}
	return false;
}

void lint_add(struct lint_findings *list, enum lint_severity severity, const char *type,
	      const char *file, int line, const char *format, ...)
{
	struct lint_finding finding = { .severity = severity, .line = line };
	STRBUF text = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&text, format, args);
	va_end(args);
	finding.type = (char *)(uintptr_t)type;
	finding.file = (char *)(uintptr_t)file;
	finding.text = (char *)(uintptr_t)strbuf_str(&text);
	if (lint_has(list, &finding) || list->count == MAX_FINDINGS)
		return;
	if (list->count == list->alloc) {
		list->alloc = list->alloc ? list->alloc * 2 : 8;
		list->items = xreallocarray(list->items, list->alloc, sizeof(*list->items));
	}
	finding.type = xstrdup(type);
	finding.file = file ? xstrdup(file) : NULL;
	finding.text = strbuf_detach(&text);
	list->items[list->count++] = finding;
}

size_t lint_count(const struct lint_findings *list, enum lint_severity least)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].severity >= least;
	return count;
}

json_t *lint_json(const struct lint_findings *list)
{
	json_t *json = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct lint_finding *one = &list->items[i];
		json_t *item = json_object();

		store_set(item, "severity", store_text(lint_severity_name(one->severity)));
		store_set(item, "type", store_text(one->type));
		store_set(item, "file", store_text(one->file));
		store_set(item, "line", one->line ? json_integer(one->line) : json_null());
		store_set(item, "text", store_text(one->text));
		json_array_append_new(json, item);
	}
	return json;
}

void lint_from_json(const json_t *json, struct lint_findings *list)
{
	const json_t *item;
	size_t index;

	json_array_foreach (json, index, item) {
		const char *name = store_get_string(item, "severity", "");
		enum lint_severity severity = LINT_NOTE;

		while (severity < LINT_ERROR && !str_equal(severities[severity], name))
			severity++;
		lint_add(list, severity, store_get_string(item, "type", ""),
			 store_get_string(item, "file", NULL), store_get_int(item, "line", 0), "%s",
			 store_get_string(item, "text", ""));
	}
}

void lint_text_release(struct lint_text *text)
{
	free(text->file);
	strbuf_release(&text->mail);
	*text = (struct lint_text){ 0 };
}

ERR_CHECK lint_text_read(const struct workspace *workspace, const char *path,
			 const struct patch *patch, struct lint_text *text)
{
	size_t root = strlen(workspace->root);
	bool inside = starts_with(path, workspace->root) && path[root] == '/';

	*text = (struct lint_text){ .patch = patch,
				    .file = xstrdup(inside ? path + root + 1 : path) };
	return file_read(path, PATCH_MAIL_MAX, &text->mail);
}

/* Calls of `matches` for each line until it says yes; its number from 1, or 0. */
static int find_line(const struct strbuf *mail,
		     bool (*matches)(const char *line, size_t length, const char *wanted,
				     size_t wanted_length),
		     const char *wanted, size_t wanted_length)
{
	const char *line = strbuf_str(mail), *end = line + mail->len;

	for (int number = 1; line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);

		if (length && line[length - 1] == '\r')
			length--;
		if (matches(line, length, wanted, wanted_length))
			return number;
		line = newline ? newline + 1 : end;
	}
	return 0;
}

static bool is_whole(const char *line, size_t length, const char *wanted, size_t wanted_length)
{
	return length == wanted_length && memcmp(line, wanted, length) == 0;
}

static bool is_start(const char *line, size_t length, const char *wanted, size_t wanted_length)
{
	return length >= wanted_length && strncasecmp(line, wanted, wanted_length) == 0;
}

int lint_text_line(const struct lint_text *text, const char *line, size_t length)
{
	return find_line(&text->mail, is_whole, line, length);
}

int lint_text_subject(const struct lint_text *text)
{
	return find_line(&text->mail, is_start, "Subject:", strlen("Subject:"));
}
