// SPDX-License-Identifier: GPL-2.0
/* patch_mail.c - a patch from a mail, which git mailinfo decodes. */
#include <ctype.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "patch.h"
#include "core/proc.h"

#define MESSAGE_ID_LINE "Message-Id: "
#define BASE_COMMIT	"base-commit: "
#define ORIGINAL_ID	"farrier-original: "
#define SIGNATURE	"-- \n"

/* What git mailinfo makes of a mail. */
struct decoded {
	struct strbuf info;    /* Author, Email, Subject, Date */
	struct strbuf message; /* what stands before "---" */
	struct strbuf rest;    /* the "---" line and all behind it, or from the diff on */
};

static void release_decoded(struct decoded *decoded)
{
	strbuf_release(&decoded->info);
	strbuf_release(&decoded->message);
	strbuf_release(&decoded->rest);
}

static ERR_CHECK read_memory(int fd, struct strbuf *out)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		return err_errno("cannot read what git mailinfo wrote");
	if ((size_t)size > PATCH_MAIL_MAX * 2)
		return err_input("the decoded mail is larger than %zu bytes", PATCH_MAIL_MAX * 2);
	strbuf_grow(out, (size_t)size);
	while (out->len < (size_t)size) {
		ssize_t got = pread(fd, out->buf + out->len, (size_t)size - out->len,
				    (off_t)out->len);

		if (got <= 0)
			return err_errno("cannot read what git mailinfo wrote");
		strbuf_setlen(out, out->len + (size_t)got);
	}
	return NULL;
}

/* What git mailinfo refuses is the mail's fault: a charset that nobody knows, say. */
static ERR_CHECK refused(const struct strbuf *complaint)
{
	STRVEC lines = { 0 };
	const char *why;

	strvec_split(&lines, strbuf_str(complaint), "\r\n");
	why = lines.count ? lines.items[lines.count - 1] : "git mailinfo refuses it";
	if (starts_with(why, "error: "))
		why += strlen("error: ");
	return err_input("%s", why);
}

/*
 * The user's own git configuration must not change what a mail says. With
 * --encoding, git 2.39 converts nothing; the setting is obeyed.
 */
static ERR_CHECK mailinfo(const struct strbuf *mail, struct decoded *decoded)
{
	OWNED_FD message_fd = memfd_create("message", 0);
	OWNED_FD rest_fd = memfd_create("patch", 0);
	OWNED_STR message_path = xasprintf("/proc/self/fd/%d", message_fd);
	OWNED_STR rest_path = xasprintf("/proc/self/fd/%d", rest_fd);
	const char *argv[] = { "git",	     "-c",	   "i18n.commitEncoding=UTF-8",
			       "mailinfo",   "-u",	   "-b",
			       "-m",	     "--scissors", "--quoted-cr=nowarn",
			       message_path, rest_path,	   NULL };
	const char *env[] = { "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR",
			      "GIT_WORK_TREE", NULL };
	const int keep[] = { message_fd, rest_fd };
	struct proc_spec spec = { .argv = argv,
				  .env = env,
				  .dir = "/",
				  .keep_fds = keep,
				  .keep_count = ARRAY_SIZE(keep) };
	struct proc_io io = { .input = mail, .out = &decoded->info };
	STRBUF complaint = { 0 };
	struct proc_exit exit;

	if (message_fd < 0 || rest_fd < 0)
		return err_errno("cannot decode a mail");
	io.err = &complaint;
	TRY(proc_run(&spec, &io, &exit));
	if (!proc_succeeded(&exit))
		return refused(&complaint);
	TRY(read_memory(message_fd, &decoded->message));
	return read_memory(rest_fd, &decoded->rest);
}

/* The value of a "Name: value" line of mailinfo's answer, or NULL. The caller frees it. */
static char *info_value(const struct decoded *decoded, const char *name)
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

/* The next line of a text, or NULL behind the last. */
static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

static bool starts_diff(const char *line)
{
	const char *next;

	if (starts_with(line, "diff --git "))
		return true;
	next = starts_with(line, "--- ") ? next_line(line) : NULL;
	return next && starts_with(next, "+++ ");
}

/* Where the mail's signature begins: a "-- " line with nothing of a diff behind it. */
static const char *find_signature(const char *diff)
{
	const char *signature = NULL;

	for (const char *line = diff; line; line = next_line(line)) {
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

static void drop_crs(struct strbuf *text)
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
	for (const char *line = strbuf_str(rest); line && *line; line = next_line(line)) {
		const char *end = strchr(line, '\n');

		if (!starts_diff(line))
			continue;
		if (end && end > line && end[-1] == '\r')
			drop_crs(rest);
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
	for (const char *line = *text ? text : NULL; line; line = next_line(line)) {
		if (!diff && starts_diff(line))
			diff = line;
		take_id(line, BASE_COMMIT, &patch->base_commit);
		take_id(line, ORIGINAL_ID, &patch->original_id);
	}
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

/*
 * Line (from 1) of a hunk that begins with none of ' ', '+', '-' and '\': what
 * web archives do to a mail. 0 when there is none.
 */
static size_t find_lost_space(const char *text, const char **lost)
{
	bool in_hunk = false;
	size_t number = 0;

	for (const char *line = *text ? text : NULL; line; line = next_line(line)) {
		number++;
		if (starts_with(line, "@@ -")) {
			in_hunk = true;
		} else if (starts_with(line, "diff --git ") || starts_with(line, SIGNATURE)) {
			in_hunk = false;
		} else if (in_hunk && !strchr(" +-\\\n\r", *line)) {
			*lost = line;
			return number;
		}
	}
	return 0;
}

/* Says why a text is no mail, and what it seems to be instead. */
static ERR_CHECK no_mail(const struct strbuf *mail, const char *what)
{
	const char *lost = NULL;
	size_t number = find_lost_space(strbuf_str(mail), &lost);

	if (!number)
		return err_hint(
			err_input("'%s' is no mail: it has no From and Subject header", what),
			"give the raw mail, as git format-patch writes it or as the list "
			"archive's raw or mbox link gives it");
	return err_hint(err_input("'%s' is no raw mail: line %zu, '%.*s', stands in a diff and has "
				  "lost its leading white space, as in a web archive's page",
				  what, number, (int)strcspn(lost, "\r\n"), lost),
			"get the raw mail: the archive's 'raw' or 'mbox' link (lore.kernel.org: "
			"MESSAGE-ID/raw), or 'b4 am MESSAGE-ID'");
}

/* A mail with CR LF line ends was written so for the wire: git am drops the CR, too. */
static void drop_wire_line_ends(const char *mail, size_t length, struct strbuf *out)
{
	const char *first = memchr(mail, '\n', length);

	strbuf_add(out, mail, length);
	if (first && first > mail && first[-1] == '\r')
		drop_crs(out);
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

ERR_CHECK patch_from_mail(const char *mail, size_t length, const char *what, struct patch *patch)
{
	CLEANUP(release_decoded) struct decoded decoded = { 0 };
	OWNED_STR date = NULL;
	STRBUF plain = { 0 };

	*patch = (struct patch){ 0 };
	if (length > PATCH_MAIL_MAX)
		return err_input("'%s' is larger than %zu MiB", what, PATCH_MAIL_MAX >> 20);
	drop_wire_line_ends(mail, length, &plain);
	if (strspn(strbuf_str(&plain), " \t\r\n") == plain.len)
		return no_mail(&plain, what);
	TRY(err_context(mailinfo(&plain, &decoded), "'%s'", what));
	patch->author_name = info_value(&decoded, "Author");
	patch->author_email = info_value(&decoded, "Email");
	patch->subject = info_value(&decoded, "Subject");
	if (!patch->subject || !patch->author_email)
		return no_mail(&plain, what);
	if (!patch->author_name)
		patch->author_name = xstrdup(patch->author_email);
	date = info_value(&decoded, "Date");
	patch->when = parse_date(date);
	patch->message_id = take_message_id(&decoded.message);
	patch->flowed = is_flowed(&plain);
	take_diff(&decoded.rest, patch);
	patch->diff_line = find_diff_line(&plain, &patch->diff);
	return make_message(&decoded.message, patch);
}
