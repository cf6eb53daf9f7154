// SPDX-License-Identifier: GPL-2.0
/* lint_stable.c - the form that stable maintainers want a port to have. */
#include <strings.h>

#include "lint.h"

/* How a message says which commit it is; the id stands between. */
static const struct {
	const char *before, *after;
} upstream_forms[] = {
	{ "commit ", " upstream." },
	{ "[ Upstream commit ", " ]" },
	{ "[Upstream commit ", "]" },
	{ "(cherry picked from commit ", ")" },
};

static const char *line_of(const char *text, size_t number)
{
	while (text && number--) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text : "";
}

static bool read_upstream_line(const char *line, git_oid *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(upstream_forms); i++) {
		const char *hex = line + strlen(upstream_forms[i].before);

		if (starts_with(line, upstream_forms[i].before) &&
		    strspn(hex, "0123456789abcdef") == GIT_OID_HEXSZ &&
		    starts_with(hex + GIT_OID_HEXSZ, upstream_forms[i].after) &&
		    git_oid_fromstrn(id, hex, GIT_OID_HEXSZ) == 0)
			return true;
	}
	return false;
}

bool lint_upstream_id(const char *message, git_oid *id)
{
	for (const char *line = message; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (read_upstream_line(line, id))
			return true;
	}
	return false;
}

/* Says where in the file it is, by the message's line. */
static void find_at(const struct lint_text *port, const char *type, const char *line,
		    const char *text, struct lint_findings *findings)
{
	lint_add(findings, LINT_WARNING, type, port->file,
		 lint_text_line(port, line, strcspn(line, "\n")), "%s", text);
}

static void check_upstream_line(const struct lint_text *port, bool wanted,
				struct lint_findings *findings)
{
	const char *message = port->patch->message;
	const char *first = line_of(message, 2);
	git_oid id;

	if (read_upstream_line(first, &id)) {
		if (*line_of(message, 3) != '\n' && *line_of(message, 3))
			find_at(port, "STABLE_ORDER", first,
				"no empty line behind the upstream commit", findings);
		return;
	}
	for (const char *line = message; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		/* "cherry picked from" stands at the end, where git puts it */
		if (!read_upstream_line(line, &id) || starts_with(line, "(cherry"))
			continue;
		find_at(port, "STABLE_ORDER", line,
			"the upstream commit belongs right behind the title", findings);
		return;
	}
	if (wanted)
		find_at(port, "STABLE_UPSTREAM", first,
			"the series is upstream, but the message does not begin with "
			"'commit ID upstream.'",
			findings);
}

/* "[ name: what was adapted", as a line of its own */
static bool is_note(const char *line)
{
	const char *colon = strstr(line, ": ");

	return starts_with(line, "[ ") && colon && colon < line + strcspn(line, "\n") &&
	       !starts_with(line, "[ Upstream commit");
}

static const char *find_note(const char *message)
{
	for (const char *line = message; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (is_note(line))
			return line;
	}
	return NULL;
}

/* Behind the note come the porter's trailers, and other notes. */
static void check_note(const struct lint_text *port, struct lint_findings *findings)
{
	const char *note = find_note(port->patch->message);
	const char *line = note;
	bool inside = true;

	if (!note) {
		find_at(port, "STABLE_NOTE", line_of(port->patch->message, 0),
			"a recorded port says what was adapted, in '[ name: note ]'", findings);
		return;
	}
	for (; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		size_t length = strcspn(line, "\n");

		if (!inside && *line == '[')
			inside = true;
		else if (!inside && length && !memmem(line, length, ": ", 2) && *line != ' ') {
			find_at(port, "STABLE_ORDER", line,
				"the note belongs behind the original message, before the "
				"sign-offs",
				findings);
			return;
		}
		if (inside && length && line[length - 1] == ']')
			inside = false;
	}
}

void lint_port(const struct lint_text *port, const struct patch *original, bool upstream,
	       struct lint_findings *findings)
{
	check_upstream_line(port, upstream, findings);
	check_note(port, findings);
	if (strcasecmp(port->patch->author_email, original->author_email) != 0)
		lint_add(findings, LINT_WARNING, "STABLE_AUTHOR", port->file, 0,
			 "its author is '%s', but the patch's is '%s'", port->patch->author_email,
			 original->author_email);
}
