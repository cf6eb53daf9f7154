// SPDX-License-Identifier: GPL-2.0
/* mail_read.c - one mail: is it a cover letter, a patch, a reply, or none of them? */
#include <ctype.h>
#include <stdio.h>
#include <sys/stat.h>

#include "record/diff.h"
#include "core/file.h"
#include "mail_part.h"
#include "core/proc.h"
#include "core/store.h"

#define SUBJECT_MAX    2000 /* bytes; twice what RFC 5322 (2.1.1) allows for a line */
#define ID_MAX	       998
#define REFERENCES_MAX 50 /* the nearest, and the thread's first */

/* Pushes every <...> of a header that can be a Message-ID. */
static void add_ids(struct strvec *ids, const char *header)
{
	const char *open = header;
	const char *close;

	while (open && (open = strchr(open, '<')) && (close = strchr(open, '>'))) {
		size_t length = (size_t)(close - open) - 1;
		bool clean = length > 0 && length <= ID_MAX;

		for (size_t i = 1; clean && i <= length; i++)
			clean = open[i] > ' ' && open[i] < 0x7f && open[i] != '<';
		if (clean)
			strvec_push_owned(ids, xstrndup(open + 1, length));
		open = close;
	}
}

/* In-Reply-To, then References from its end, where the nearest stands. */
static void read_references(const struct strbuf *text, struct mail *mail)
{
	OWNED_STR reply_to = mail_header(text->buf, text->len, "In-Reply-To");
	OWNED_STR references = mail_header(text->buf, text->len, "References");
	STRVEC ids = { 0 };

	add_ids(&mail->references, reply_to);
	add_ids(&ids, references);
	for (size_t i = ids.count; i-- > 0;)
		if ((i == 0 || mail->references.count < REFERENCES_MAX) &&
		    !strvec_has(&mail->references, ids.items[i]))
			strvec_push(&mail->references, ids.items[i]);
}

static void read_id(const struct strbuf *text, struct mail *mail)
{
	OWNED_STR header = mail_header(text->buf, text->len, "Message-ID");
	STRVEC ids = { 0 };

	add_ids(&ids, header);
	if (ids.count)
		mail->message_id = xstrdup(ids.items[0]);
}

static bool needs_decoding(const char *header)
{
	if (strstr(header, "=?"))
		return true;
	for (; *header; header++)
		if ((unsigned char)*header >= 0x80)
			return true;
	return false;
}

/* Decodes a header's text as git mailinfo does a subject; what it cannot read stays as it is. */
static ERR_CHECK decode(char **value)
{
	const char *argv[] = { "git",	    "-c",	 "i18n.commitEncoding=UTF-8",
			       "mailinfo",  "-u",	 "-k",
			       "/dev/null", "/dev/null", NULL };
	struct proc_spec spec = { .argv = argv, .env = mail_plain_git, .dir = "/" };
	STRBUF header = { 0 };
	STRBUF decoded = { 0 };
	STRBUF complaint = { 0 };
	struct proc_io io = { .input = &header, .out = &decoded, .err = &complaint };
	struct proc_exit exit;
	const char *line;

	if (!needs_decoding(*value))
		return NULL;
	strbuf_addf(&header, "Subject: %s\n\n", *value);
	TRY(proc_run(&spec, &io, &exit));
	line = strstr(strbuf_str(&decoded), "Subject: ");
	if (!proc_succeeded(&exit) || !line)
		return NULL;
	free(*value);
	line += strlen("Subject: ");
	*value = xstrndup(line, strcspn(line, "\n"));
	return NULL;
}

static void set_why(struct mail *mail, char *why)
{
	free(mail->why);
	mail->why = why;
}

static void note_content(struct mail *mail, const struct patch *patch)
{
	STRBUF content = { 0 };

	strbuf_addf(&content, "%s <%s>\n%s\n", patch->author_name, patch->author_email,
		    patch->message);
	strbuf_add(&content, patch->diff.buf, patch->diff.len);
	store_id(content.buf, content.len, mail->content);
}

/* What changes when a patch is made again on another base: blobs, and the places of its hunks. */
static void note_change(struct mail *mail, const struct patch *patch)
{
	const char *line = strbuf_str(&patch->diff);
	STRBUF change = { 0 };

	while (*line) {
		size_t length = strcspn(line, "\n");

		if (starts_with(line, "@@ -"))
			strbuf_adds(&change, "@@\n");
		else if (!starts_with(line, "index "))
			strbuf_addf(&change, "%.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	store_id(strbuf_str(&change), change.len, mail->change);
}

/* Notes what an error says of the mail, without its name, which the reader is told anyway. */
static void note_error(struct mail *mail, const char *what, const struct err *err)
{
	OWNED_STR quoted = xasprintf("'%s'", what);
	const char *text = err->text;

	if (starts_with(text, quoted)) {
		text += strlen(quoted);
		text += strspn(text, ": ");
	}
	set_why(mail, xstrdup(text));
	if (err->hint && !mail->hint)
		mail->hint = xstrdup(err->hint);
}

static ERR_CHECK check_diff(const struct strbuf *text, const struct patch *patch, const char *what)
{
	const struct strbuf *diff = &patch->diff;
	DIFF parsed = { 0 };

	if (memchr(strbuf_str(text), '\0', text->len) || memchr(strbuf_str(diff), '\0', diff->len))
		return err_input("it has NUL bytes");
	TRY(diff_parse_patch(patch, what, &parsed));
	return parsed.file_count ? NULL : err_input("it has no diff");
}

ERR_CHECK mail_take_patch(const struct strbuf *text, const char *what, const struct patch *patch,
			  struct mail *mail)
{
	if (strlen(patch->subject) > SUBJECT_MAX)
		return err_input("its subject has %zu bytes", strlen(patch->subject));
	free(mail->subject);
	mail->subject = xstrdup(patch->subject);
	note_content(mail, patch);
	note_change(mail, patch);
	return check_diff(text, patch, what);
}

/* Decodes a patch; what is wrong with it is noted in the mail and no error. */
static ERR_CHECK read_patch(const struct strbuf *text, struct mail *mail)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	OWNED_STR what = xasprintf("mail %zu", mail->number);
	const struct err *err = patch_from_mail(strbuf_str(text), text->len, what, &patch);

	if (!err)
		err = mail_take_patch(text, what, &patch, mail);
	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	if (err)
		note_error(mail, what, err);
	err_free(err);
	return NULL;
}

void mail_read_headers(const struct strbuf *text, struct mail *mail)
{
	mail->sender = mail_header(text->buf, text->len, "From");
	mail->subject = mail_header(text->buf, text->len, "Subject");
	if (!mail->sender || !mail->subject) {
		set_why(mail, xasprintf("it has no %s header", mail->sender ? "Subject" : "From"));
		return;
	}
	if (strlen(mail->subject) > SUBJECT_MAX) {
		set_why(mail, xasprintf("its subject has %zu bytes", strlen(mail->subject)));
		return;
	}
	read_id(text, mail);
	read_references(text, mail);
}

void mail_classify(struct mail *mail)
{
	const char *title = mail->subject;
	char *rest;

	if (mail_is_reply(mail->subject)) {
		mail->kind = MAIL_REPLY;
		mail->author = xstrdup(mail->sender);
		return;
	}
	if (!mail_read_prefix(&title, &mail->version, &mail->n, &mail->total)) {
		set_why(mail, xstrdup("its subject has no [PATCH]"));
		return;
	}
	if (mail->n > mail->total || mail->total > MAIL_PATCH_MAX) {
		set_why(mail, xasprintf("it calls itself patch %d of %d", mail->n, mail->total));
		return;
	}
	if (mail->n && !*title) {
		set_why(mail, xstrdup("its subject is empty"));
		return;
	}
	rest = xstrdup(title);
	free(mail->subject);
	mail->subject = rest;
	mail->kind = mail->n ? MAIL_PATCH : MAIL_COVER;
}

/* Reads the file; *fits is false when it is too large to be a mail. */
static ERR_CHECK load(struct mail *mail, struct strbuf *text, bool *fits)
{
	struct stat info;

	if (stat(mail->path, &info) < 0)
		return err_errno("cannot read '%s'", mail->path);
	*fits = (uint64_t)info.st_size <= PATCH_MAIL_MAX;
	if (!*fits)
		set_why(mail, xasprintf("it is larger than %zu MiB", PATCH_MAIL_MAX >> 20));
	return *fits ? file_read(mail->path, PATCH_MAIL_MAX, text) : NULL;
}

ERR_CHECK mail_read(struct mail *mail)
{
	STRBUF text = { 0 };
	bool fits;

	TRY(load(mail, &text, &fits));
	if (!fits)
		return NULL;
	mail_read_headers(&text, mail);
	if (mail->why)
		return NULL;
	TRY(decode(&mail->subject));
	mail_classify(mail);
	if (mail->kind == MAIL_REPLY && strlen(mail->author) <= SUBJECT_MAX)
		return decode(&mail->author);
	return mail->kind == MAIL_PATCH ? read_patch(&text, mail) : NULL;
}

ERR_CHECK mail_read_bare(struct mail *mail)
{
	const char *title = mail->subject;
	STRBUF text = { 0 };
	bool fits;

	if (!mail->sender || !title || strlen(title) > SUBJECT_MAX ||
	    mail_read_prefix(&title, &mail->version, &mail->n, &mail->total))
		return NULL;
	TRY(load(mail, &text, &fits));
	set_why(mail, NULL);
	TRY(read_patch(&text, mail));
	if (mail->why)
		return NULL;
	mail->kind = MAIL_PATCH;
	mail->version = mail->n = mail->total = 1;
	return NULL;
}
