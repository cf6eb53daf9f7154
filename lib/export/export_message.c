// SPDX-License-Identifier: GPL-2.0
#include "export_message.h"

#define CHERRY_PICKED "(cherry picked from commit "

static size_t line_length(const char *text)
{
	return strcspn(text, "\n");
}

static const char *next_line(const char *text)
{
	text += line_length(text);
	return *text ? text + 1 : text;
}

static const char *skip_empty_lines(const char *text)
{
	while (*text == '\n')
		text++;
	return text;
}

/* What stands behind the title, which is the first paragraph. */
static const char *body_of(const char *message)
{
	message = skip_empty_lines(message);
	while (*message && *message != '\n')
		message = next_line(message);
	return skip_empty_lines(message);
}

/* The title as one line, as git log --format=%s has it. */
static void add_title(struct strbuf *out, const char *message)
{
	const char *line = skip_empty_lines(message);

	for (bool first = true; *line && *line != '\n'; line = next_line(line), first = false) {
		if (!first)
			strbuf_addc(out, ' ');
		strbuf_add(out, line, line_length(line));
	}
	strbuf_addc(out, '\n');
}

/* Reads "PREFIX, 40 hex digits, SUFFIX" as a whole line. */
static bool read_id(const char *line, const char *prefix, const char *suffix, char id[OID_HEX_SIZE])
{
	const char *hex = line + strlen(prefix);

	if (!starts_with(line, prefix) || strspn(hex, "0123456789abcdef") != GIT_OID_HEXSZ ||
	    !starts_with(hex + GIT_OID_HEXSZ, suffix) ||
	    line_length(hex) != GIT_OID_HEXSZ + strlen(suffix))
		return false;
	memcpy(id, hex, GIT_OID_HEXSZ);
	id[GIT_OID_HEXSZ] = '\0';
	return true;
}

static bool is_upstream_line(const char *line, char id[OID_HEX_SIZE])
{
	return read_id(line, "commit ", " upstream.", id) ||
	       read_id(line, "commit ", " upstream", id) ||
	       read_id(line, "[ Upstream commit ", " ]", id) ||
	       read_id(line, "[Upstream commit ", "]", id);
}

bool export_message_upstream(const char *message, char id[OID_HEX_SIZE])
{
	const char *body = body_of(message);
	bool found = is_upstream_line(body, id);

	for (const char *line = found ? "" : body; *line; line = next_line(line))
		found |= read_id(line, CHERRY_PICKED, ")", id);
	return found;
}

/* The body without an upstream line, tidied as git commit does, on which texts are compared. */
static void tidy_body(const char *message, struct strbuf *out)
{
	const char *body = body_of(message);
	char id[OID_HEX_SIZE];
	git_buf clean = { 0 };

	if (is_upstream_line(body, id))
		body = skip_empty_lines(next_line(body));
	if (git_message_prettify(&clean, body, 0, 0) == 0)
		strbuf_add(out, clean.ptr, clean.size);
	git_buf_dispose(&clean);
}

/*
 * The length of a "[ name: text ]" that begins at `line` and may go on to the end of the
 * paragraph; 0 when there is none.
 */
static size_t note_length(const char *line)
{
	const char *colon = memchr(line, ':', line_length(line));

	if (*line != '[' || !colon)
		return 0;
	for (const char *at = line; *at && *at != '\n'; at = next_line(at)) {
		size_t length = line_length(at);

		if (at[length - 1] == ']')
			return (size_t)(at - line) + length + (at[length] == '\n');
	}
	return 0;
}

/* Takes the notes that `original` does not have out of a body. */
static void split_notes(const char *body, const char *original, struct strbuf *rest,
			struct strbuf *notes)
{
	while (*body) {
		size_t length = note_length(body);
		size_t line = line_length(body) + (body[line_length(body)] == '\n');

		if (length && !memmem(original, strlen(original), body, length)) {
			strbuf_add(notes, body, length);
			body += length;
		} else {
			strbuf_add(rest, body, line);
			body += line;
		}
	}
}

/* Whether every line is "Name: value". */
static bool only_trailers(const char *text)
{
	for (const char *line = skip_empty_lines(text); *line; line = next_line(line)) {
		const char *colon = strstr(line, ": ");

		if (!colon || colon > line + line_length(line) ||
		    memchr(line, ' ', (size_t)(colon - line)))
			return false;
	}
	return true;
}

/* Where the last paragraph of a text that ends in one LF begins. */
static const char *last_paragraph(const char *text)
{
	const char *start = text;

	for (const char *at = text; (at = strstr(at, "\n\n")); at++)
		start = at + 2;
	return start;
}

/* "Assisted-by: ...", "Stable-dep-of: ...": words that no prose begins with. */
static bool is_trailer(const char *line)
{
	size_t word = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");

	return memchr(line, '-', word) && starts_with(line + word, ": ");
}

/* Whether what is appended belongs to the last paragraph: trailers, or a note behind them. */
static bool ends_in_trailers(const struct strbuf *message)
{
	const char *line = last_paragraph(strbuf_str(message));
	git_message_trailer_array trailers = { 0 };
	bool found = false;

	if (line == strbuf_str(message)) /* the title */
		return false;
	for (; *line && !found; line = next_line(line)) {
		size_t note = note_length(line);

		found = (note && !line[note]) || (is_trailer(line) && !*next_line(line));
	}
	if (!found && git_message_trailers(&trailers, strbuf_str(message)) == 0) {
		found = trailers.count > 0;
		git_message_trailer_array_free(&trailers);
	}
	return found;
}

/* Appends lines to the trailers, which begin behind an empty line. */
static void add_tail(struct strbuf *message, const char *lines)
{
	if (!*lines)
		return;
	if (!ends_in_trailers(message))
		strbuf_addc(message, '\n');
	strbuf_adds(message, lines);
}

static void add_upstream(struct strbuf *message, const struct export_text *text)
{
	if (!text->upstream)
		return;
	strbuf_addf(message,
		    text->line == EXPORT_LINE_BRACKET ? "\n[ Upstream commit %s ]\n"
						      : "\ncommit %s upstream.\n",
		    text->upstream);
}

/* The parts of a message that stand behind the upstream line. */
struct parts {
	struct strbuf body;
	struct strbuf notes;
	struct strbuf trailers; /* of the recorded port */
};

static void release_parts(struct parts *parts)
{
	strbuf_release(&parts->body);
	strbuf_release(&parts->notes);
	strbuf_release(&parts->trailers);
}

static void replace(struct strbuf *text, const char *with)
{
	STRBUF copy = { 0 };

	strbuf_adds(&copy, with);
	strbuf_reset(text);
	strbuf_adds(text, strbuf_str(&copy));
}

/* What a recorded port adds to the original, or, when it changes that, its own body. */
static void take_recorded(const struct export_text *text, const char *original, struct parts *parts)
{
	STRBUF recorded = { 0 };
	STRBUF rest = { 0 };
	git_buf clean = { 0 };

	tidy_body(text->recorded, &recorded);
	split_notes(strbuf_str(&recorded), original, &rest, &parts->notes);
	if (git_message_prettify(&clean, strbuf_str(&rest), 0, 0) == 0 &&
	    starts_with(clean.ptr, original) && only_trailers(clean.ptr + strlen(original))) {
		strbuf_adds(&parts->trailers, skip_empty_lines(clean.ptr + strlen(original)));
	} else {
		strbuf_reset(&parts->notes);
		replace(&parts->body, strbuf_str(&recorded));
	}
	git_buf_dispose(&clean);
}

static void make_parts(const struct export_text *text, struct parts *parts)
{
	STRBUF original = { 0 };

	tidy_body(text->patch, &original);
	tidy_body(text->mainline ? text->mainline : text->patch, &parts->body);
	if (text->recorded)
		take_recorded(text, strbuf_str(&original), parts);
}

bool export_message_has_note(const char *patch, const char *recorded)
{
	STRBUF original = { 0 };
	STRBUF body = { 0 };
	STRBUF rest = { 0 };
	STRBUF notes = { 0 };

	tidy_body(patch, &original);
	tidy_body(recorded, &body);
	split_notes(strbuf_str(&body), strbuf_str(&original), &rest, &notes);
	return notes.len > 0;
}

bool export_message_signed_by(const char *message, const struct repo_person *person)
{
	OWNED_STR line = xasprintf("Signed-off-by: %s <%s>", person->name, person->email);
	STRBUF text = { 0 };
	const char *last;

	strbuf_adds(&text, message);
	strbuf_trim(&text);
	last = strrchr(strbuf_str(&text), '\n');
	return last && str_equal(last + 1, line);
}

static void add_signer(struct strbuf *message, const struct repo_person *signer)
{
	OWNED_STR line = NULL;

	if (!signer || export_message_signed_by(strbuf_str(message), signer))
		return;
	line = xasprintf("Signed-off-by: %s <%s>\n", signer->name, signer->email);
	add_tail(message, line);
}

char *export_message(const struct export_text *text)
{
	CLEANUP(release_parts) struct parts parts = { 0 };
	OWNED_STR dependent = NULL;
	STRBUF message = { 0 };

	make_parts(text, &parts);
	add_title(&message, text->mainline ? text->mainline : text->patch);
	add_upstream(&message, text);
	if (parts.body.len)
		strbuf_addf(&message, "\n%s", strbuf_str(&parts.body));
	if (text->dependent) {
		dependent = xasprintf("Stable-dep-of: %s\n", text->dependent);
		add_tail(&message, dependent);
	}
	add_tail(&message, strbuf_str(&parts.notes));
	add_tail(&message, strbuf_str(&parts.trailers));
	add_signer(&message, text->signer);
	return strbuf_detach(&message);
}
