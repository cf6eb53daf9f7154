// SPDX-License-Identifier: GPL-2.0
/*
 * mail_amend.c - trailers of replies go into the mail of a patch.
 *
 * The mail is written again: the headers as they were but for those that say how
 * the body is encoded, the message with the trailers (put there by git
 * interpret-trailers, behind those of the author), and all that stood behind it,
 * byte for byte. What comes out must read as the same patch, or nothing is written.
 */
#include <stdio.h>

#include "core/file.h"
#include "core/proc.h"
#include "mail_part.h"

static bool has_line(const struct strvec *lines, const char *trailer)
{
	for (size_t i = 0; i < lines->count; i++)
		if (mail_same_trailer(lines->items[i], trailer))
			return true;
	return false;
}

static bool has_trailer(const char *message, const char *trailer)
{
	STRVEC lines = { 0 };

	strvec_split(&lines, message, "\n");
	return has_line(&lines, trailer);
}

bool mail_only_adds_trailers(const char *longer, const char *message)
{
	while (*longer) {
		size_t length = strcspn(longer, "\n");
		size_t other = strcspn(message, "\n");
		OWNED_STR line = xstrndup(longer, length);

		longer += length + (longer[length] == '\n');
		if (*message && length == other && strncmp(line, message, length) == 0)
			message += other + (message[other] == '\n');
		else if (*line && !mail_is_trailer(line))
			return false;
	}
	return !*message;
}

/* The user's own trailer.* settings do not decide here. */
static ERR_CHECK interpret(const struct strbuf *text, const struct strvec *trailers,
			   struct strbuf *out)
{
	STRVEC argv = { 0 };

	strvec_push_all(&argv, (const char *const[]){ "git", "interpret-trailers", "--no-divider",
						      "--where=end", "--if-exists=addIfDifferent",
						      "--if-missing=add", NULL });
	for (size_t i = 0; i < trailers->count; i++)
		strvec_pushf(&argv, "--trailer=%s", trailers->items[i]);
	return proc_run_ok(&(struct proc_spec){ .argv = (const char *const *)argv.items,
						.env = mail_plain_git,
						.dir = "/" },
			   &(struct proc_io){ .input = text, .out = out });
}

/* Adds the trailers to a body's message. git takes a first paragraph for the subject. */
static ERR_CHECK add_to_message(const struct strbuf *message, const struct strvec *trailers,
				struct strbuf *out)
{
	static const char subject[] = "x\n\n";
	STRBUF text = { 0 };
	STRBUF whole = { 0 };

	strbuf_adds(&text, subject);
	strbuf_add(&text, strbuf_str(message), message->len);
	while (text.len > strlen(subject) && text.buf[text.len - 1] == '\n')
		strbuf_setlen(&text, text.len - 1);
	strbuf_addc(&text, '\n');
	TRY(interpret(&text, trailers, &whole));
	if (!starts_with(strbuf_str(&whole), subject))
		return err_env("git interpret-trailers gave no message");
	strbuf_adds(out, whole.buf + strlen(subject));
	return NULL;
}

static bool is_encoding(const char *line)
{
	static const char *const names[] = { "MIME-Version:", "Content-Type:",
					     "Content-Transfer-Encoding:" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strncasecmp(line, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static bool is_ascii(const struct strbuf *text)
{
	for (size_t i = 0; i < text->len; i++)
		if ((unsigned char)text->buf[i] >= 0x80)
			return false;
	return true;
}

/* Copies the headers, without those of the encoding, and with new ones where the body needs them.
 */
static void add_headers(const struct strbuf *mail, const struct strbuf *body, struct strbuf *out)
{
	const char *line = strbuf_str(mail);
	bool dropped = false;

	while (*line && *line != '\n') {
		size_t length = strcspn(line, "\n");

		if (*line != ' ' && *line != '\t')
			dropped = is_encoding(line);
		if (!dropped) {
			strbuf_add(out, line, length);
			strbuf_addc(out, '\n');
		}
		line += length + (line[length] == '\n');
	}
	if (!is_ascii(body))
		strbuf_adds(out, "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
				 "Content-Transfer-Encoding: 8bit\n");
	strbuf_addc(out, '\n');
}

/* What was written must be the same patch with more trailers, to git too. */
static ERR_CHECK check_same(const char *path, const struct strbuf *mail, const struct strbuf *made)
{
	CLEANUP(patch_release) struct patch before = { 0 };
	CLEANUP(patch_release) struct patch after = { 0 };

	TRY(patch_from_mail(strbuf_str(mail), mail->len, path, &before));
	TRY(patch_from_mail(strbuf_str(made), made->len, path, &after));
	if (strbuf_equal(&before.diff, &after.diff) && str_equal(before.subject, after.subject) &&
	    str_equal(before.author_name, after.author_name) &&
	    str_equal(before.author_email, after.author_email) &&
	    mail_only_adds_trailers(after.message, before.message))
		return NULL;
	return err_hint(
		err_input("'%s': its form does not let trailers be added", file_base_name(path)),
		"import it without --trailers, and add them by hand");
}

static ERR_CHECK rewrite(const char *path, const struct mail_body *old,
			 const struct strvec *trailers)
{
	STRBUF mail = { 0 };
	STRBUF body = { 0 };
	STRBUF made = { 0 };

	TRY(file_read(path, PATCH_MAIL_MAX, &mail));
	TRY(add_to_message(&old->message, trailers, &body));
	strbuf_add(&body, strbuf_str(&old->rest), old->rest.len);
	add_headers(&mail, &body, &made);
	strbuf_add(&made, body.buf, body.len);
	TRY(check_same(path, &mail, &made));
	return file_write(path, made.buf, made.len);
}

/* Marks what the message has; the rest that is offered is what can be taken. */
static void sort_out(struct mail_trailers *trailers, int n, const char *message, bool take,
		     struct strvec *fresh)
{
	for (size_t i = 0; i < trailers->count; i++) {
		struct mail_trailer *trailer = &trailers->items[i];

		if ((trailer->patch && trailer->patch != n) ||
		    (trailer->state != MAIL_TRAILER_OFFERED &&
		     trailer->state != MAIL_TRAILER_TAKEN &&
		     trailer->state != MAIL_TRAILER_PRESENT))
			continue;
		if (has_trailer(message, trailer->text)) {
			/* For all patches: present only where every one of them has it. */
			if (trailer->state == MAIL_TRAILER_OFFERED && (trailer->patch || n == 1))
				trailer->state = MAIL_TRAILER_PRESENT;
			continue;
		}
		if (trailer->state == MAIL_TRAILER_PRESENT)
			trailer->state = MAIL_TRAILER_OFFERED;
		if (!take)
			continue;
		trailer->state = MAIL_TRAILER_TAKEN;
		if (!has_line(fresh, trailer->text))
			strvec_push(fresh, trailer->text);
	}
}

ERR_CHECK mail_amend(const char *path, int n, struct mail_trailers *trailers, bool take,
		     size_t *taken)
{
	MAIL_BODY body = { 0 };
	STRVEC fresh = { 0 };
	bool readable;

	*taken = 0;
	if (!trailers->count)
		return NULL;
	TRY(mail_read_body(path, &body, &readable));
	if (!readable)
		return err_input("'%s': git cannot read it", file_base_name(path));
	sort_out(trailers, n, strbuf_str(&body.message), take, &fresh);
	if (!fresh.count)
		return NULL;
	*taken = fresh.count;
	return rewrite(path, &body, &fresh);
}
