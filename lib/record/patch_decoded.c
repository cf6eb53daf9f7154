// SPDX-License-Identifier: GPL-2.0
/* patch_decoded.c - what git mailinfo made of a mail, read: who, when, why and the diff. */
#include <ctype.h>
#include <stdio.h>
#include <time.h>

#include "patch_decoded.h"

#define MESSAGE_ID_LINE "Message-Id: "
#define BASE_COMMIT	"base-commit: "
#define ORIGINAL_ID	"farrier-original:"
#define SIGNATURE	"-- \n"

void patch_release_decoded(struct patch_decoded *decoded)
{
	strbuf_release(&decoded->info);
	strbuf_release(&decoded->message);
	strbuf_release(&decoded->rest);
}

/* The value of a "Name: value" line of mailinfo's answer, or NULL. The caller frees it. */
static char *info_value(const struct patch_decoded *decoded, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = strbuf_str(&decoded->info); *line;) {
		size_t end = strcspn(line, "\n");

		if (end > length + 2 && strncmp(line, name, length) == 0 && line[length] == ':')
			return xstrndup(line + length + 2, end - length - 2);
		line += end + (line[end] == '\n');
	}
	return NULL;
}

/* "-0400" or a zone's name as RFC 5322 (4.3) knows them, in minutes. */
static int zone_minutes(const char *zone)
{
	static const struct {
		const char *name;
		int hours;
	} names[] = { { "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
		      { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 } };
	char sign[2];
	int digits;

	while (isspace((unsigned char)*zone))
		zone++;
	if (sscanf(zone, "%1[+-]%4d", sign, &digits) == 2)
		return (*sign == '-' ? -1 : 1) * (digits / 100 * 60 + digits % 100);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (starts_with(zone, names[i].name))
			return names[i].hours * 60;
	return 0;
}

/* The Date header in the forms of RFC 5322 and the ones git accepts beside them. */
static git_time parse_date(const char *text)
{
	static const char *const formats[] = { "%a, %d %b %Y %H:%M:%S", "%d %b %Y %H:%M:%S",
					       "%a, %d %b %Y %H:%M",	"%d %b %Y %H:%M",
					       "%a %b %d %H:%M:%S %Y",	"%Y-%m-%d %H:%M:%S",
					       "%Y-%m-%dT%H:%M:%S" };
	git_time when = { 0 };

	for (size_t i = 0; text && i < ARRAY_SIZE(formats); i++) {
		struct tm parts = { 0 };
		const char *zone = strptime(text, formats[i], &parts);

		if (!zone)
			continue;
		when.offset = zone_minutes(zone);
		when.sign = when.offset < 0 ? '-' : '+';
		when.time = timegm(&parts) - (git_time_t)when.offset * 60;
		return when;
	}
	return when;
}

/* Takes the Message-Id line that mailinfo -m appended off the end of the message. */
static char *take_message_id(struct strbuf *message)
{
	STRBUF id = { 0 };
	size_t start;

	while (message->len && message->buf[message->len - 1] == '\n')
		strbuf_setlen(message, message->len - 1);
	for (start = message->len; start && message->buf[start - 1] != '\n';)
		start--;
	if (!message->len || !starts_with(message->buf + start, MESSAGE_ID_LINE))
		return NULL;
	strbuf_adds(&id, message->buf + start + strlen(MESSAGE_ID_LINE));
	strbuf_setlen(message, start);
	strbuf_trim(&id);
	if (id.len > 2 && id.buf[0] == '<' && id.buf[id.len - 1] == '>')
		return xstrndup(id.buf + 1, id.len - 2);
	return id.len ? strbuf_detach(&id) : NULL;
}

static bool starts_diff(const char *line)
{
	const char *next;

	if (starts_with(line, "diff --git "))
		return true;
	next = starts_with(line, "--- ") ? patch_next_line(line) : NULL;
	return next && starts_with(next, "+++ ");
}

/* Where the mail's signature begins: a "-- " line with nothing of a diff behind it. */
static const char *find_signature(const char *diff)
{
	const char *signature = NULL;

	for (const char *line = diff; line; line = patch_next_line(line)) {
		if (starts_with(line, SIGNATURE))
			signature = line;
		else if (starts_with(line, "@@ ") || starts_with(line, "diff --git "))
			signature = NULL;
	}
	return signature;
}

/* Reads the id of a "NAME: ID" line into *id, unless one was read before. */
static void take_id(const char *line, const char *name, char **id)
{
	size_t length;

	if (*id || !starts_with(line, name))
		return;
	length = strspn(line + strlen(name), "0123456789abcdef");
	if (length == GIT_OID_HEXSZ)
		*id = xstrndup(line + strlen(name), length);
}

/* The same, but whatever stands there, trimmed: who needs it says what is wrong with it. */
static void take_word(const char *line, const char *name, char **word)
{
	STRBUF text = { 0 };

	if (*word || !starts_with(line, name))
		return;
	line += strlen(name);
	strbuf_add(&text, line, strcspn(line, "\n"));
	strbuf_trim(&text);
	*word = xstrdup(strbuf_str(&text));
}

void patch_drop_crs(struct strbuf *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->buf[i] != '\r' || i + 1 == text->len || text->buf[i + 1] != '\n')
			text->buf[kept++] = text->buf[i];
	strbuf_setlen(text, kept);
}

/* RFC 2045 (6.8) wants CR LF in encoded text: where a diff's own header has it, it is not the
 * file's. */
static void drop_encoded_line_ends(struct strbuf *rest)
{
	for (const char *line = strbuf_str(rest); line && *line; line = patch_next_line(line)) {
		const char *end = strchr(line, '\n');

		if (!starts_diff(line))
			continue;
		if (end && end > line && end[-1] == '\r')
			patch_drop_crs(rest);
		return;
	}
}

/* Splits what stands behind the message into the diff and the rest, and reads the rest. */
static void take_diff(struct strbuf *rest, struct patch *patch)
{
	const char *diff = NULL;
	const char *text;
	const char *end;

	drop_encoded_line_ends(rest);
	text = strbuf_str(rest);
	for (const char *line = *text ? text : NULL; line; line = patch_next_line(line)) {
		if (!diff && starts_diff(line))
			diff = line;
		take_id(line, BASE_COMMIT, &patch->base_commit);
		take_word(line, ORIGINAL_ID, &patch->original_id);
	}
	if (starts_with(text, "---\n"))
		patch->below = diff ? xstrndup(text + 4, (size_t)(diff - text) - 4)
				    : xstrdup(text + 4);
	if (!diff)
		return;
	end = find_signature(diff);
	if (!end)
		end = text + rest->len;
	strbuf_add(&patch->diff, diff, (size_t)(end - diff));
}

static size_t count_lines(const char *text, const char *end)
{
	size_t lines = 0;

	while ((text = memchr(text, '\n', (size_t)(end - text)))) {
		lines++;
		text++;
	}
	return lines;
}

/* The line of the mail where the diff begins, when the mail was not encoded. */
static size_t find_diff_line(const struct strbuf *mail, const struct strbuf *diff)
{
	const char *found = diff->len ? memmem(mail->buf, mail->len, diff->buf, diff->len) : NULL;

	return found ? count_lines(mail->buf, found) + 1 : 0;
}

/* git mailinfo takes format=flowed back, but mailers that only say so lose spaces by that. */
static bool is_flowed(const struct strbuf *mail)
{
	const char *end = strstr(strbuf_str(mail), "\n\n");
	OWNED_STR headers = xstrndup(strbuf_str(mail), end ? (size_t)(end - mail->buf) : mail->len);

	return strcasestr(headers, "format=flowed");
}

static ERR_CHECK make_message(const struct strbuf *body, struct patch *patch)
{
	git_buf clean = { 0 };
	STRBUF message = { 0 };

	strbuf_addf(&message, "%s\n\n", patch->subject);
	strbuf_adds(&message, strbuf_str(body));
	if (git_message_prettify(&clean, strbuf_str(&message), 0, 0) < 0)
		return repo_error("cannot read the message of a mail");
	patch->message = xstrndup(clean.ptr, clean.size);
	git_buf_dispose(&clean);
	return NULL;
}

ERR_CHECK patch_take_decoded(const struct strbuf *mail, struct patch_decoded *decoded,
			     struct patch *patch, bool *complete)
{
	OWNED_STR date = NULL;

	patch->author_name = info_value(decoded, "Author");
	patch->author_email = info_value(decoded, "Email");
	patch->subject = info_value(decoded, "Subject");
	*complete = patch->subject && patch->author_email;
	if (!*complete)
		return NULL;
	if (!patch->author_name)
		patch->author_name = xstrdup(patch->author_email);
	date = info_value(decoded, "Date");
	patch->when = parse_date(date);
	patch->message_id = take_message_id(&decoded->message);
	patch->flowed = is_flowed(mail);
	take_diff(&decoded->rest, patch);
	patch->diff_line = find_diff_line(mail, &patch->diff);
	return make_message(&decoded->message, patch);
}
