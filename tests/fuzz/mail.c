// SPDX-License-Identifier: GPL-2.0
/*
 * Mails on any bytes: headers, subjects, threads, the choice of a series, and what
 * is read of a decoded mail. In libFuzzer's form (`make fuzz TARGET=mail`); otherwise
 * driver.c runs the files of the corpus.
 *
 * git splits and decodes mails (mailsplit, mailinfo); simple ones do so here, since
 * it is farrier's code that is tried.
 */
#include <stddef.h>
#include <stdint.h>

#include "mail/mail_part.h"
#include "record/patch_decoded.h"

#define MOST_MAILS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_header(const struct strbuf *text, const char *header, const char *name,
		       struct strbuf *info)
{
	OWNED_STR value = mail_header(text->buf, text->len, header);

	if (value)
		strbuf_addf(info, "%s: %s\n", name, value);
}

/* The part of a text behind `mark`, or behind its end. */
static const char *behind(const char *text, const char *mark)
{
	const char *found = strstr(text, mark);

	return found ? found + strlen(mark) : text + strlen(text);
}

static void decode(const struct strbuf *text, struct patch_decoded *decoded)
{
	const char *body = behind(strbuf_str(text), "\n\n");
	const char *rest = strstr(body, "\n---\n");

	add_header(text, "From", "Author", &decoded->info);
	add_header(text, "From", "Email", &decoded->info);
	add_header(text, "Subject", "Subject", &decoded->info);
	add_header(text, "Date", "Date", &decoded->info);
	if (!rest)
		rest = body + strlen(body);
	strbuf_add(&decoded->message, body, (size_t)(rest - body));
	strbuf_adds(&decoded->message, "\nMessage-Id: <x@y>\n");
	strbuf_add(&decoded->rest, rest, (size_t)(text->buf + text->len - rest));
}

/* What read_patch() does. */
static void read_patch(const struct strbuf *text, struct mail *mail)
{
	CLEANUP(patch_release_decoded) struct patch_decoded decoded = { 0 };
	CLEANUP(patch_release) struct patch patch = { 0 };
	const struct err *err;
	bool complete = false;

	decode(text, &decoded);
	err = patch_take_decoded(text, &decoded, &patch, &complete);
	if (!err && complete)
		err = mail_take_patch(text, "fuzz", &patch, mail);
	if (!err && !complete)
		err = err_input("no patch");
	if (err)
		mail->why = xstrdup(err->text);
	err_free(err);
}

static void read_mail(const char *bytes, size_t length, struct mail_box *box)
{
	struct mail *mail = &box->mails[box->count++];
	STRBUF text = { 0 };

	strbuf_add(&text, bytes, length);
	mail->number = box->count;
	mail->path = xasprintf("%zu", box->count);
	mail_has_form(bytes, length);
	mail_read_headers(&text, mail);
	if (!mail->why)
		mail_classify(mail);
	if (mail->kind == MAIL_PATCH)
		read_patch(&text, mail);
}

static void split(const char *bytes, size_t length, struct mail_box *box)
{
	const char *end = bytes + length;

	while (bytes < end && box->count < MOST_MAILS) {
		const char *next = memmem(bytes, (size_t)(end - bytes), "\nFrom ", 6);
		size_t taken = next ? (size_t)(next + 1 - bytes) : (size_t)(end - bytes);

		read_mail(bytes, taken, box);
		bytes += taken;
	}
}

/* What is chosen is complete, and of one version. */
static void check(const struct mail_box *box, const struct mail_series *series)
{
	if (series->patches.count != series->subjects.count || !series->patches.count ||
	    series->version < 1 || !series->title)
		abort();
	for (size_t i = 0; i < box->posting_count; i++)
		for (size_t j = 0; j < box->postings[i].count; j++)
			if (box->postings[i].members[j]->version != box->postings[i].version)
				abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MAIL_BOX box = { .what = xstrdup("fuzz") };
	MAIL_SERIES series = { 0 };
	const struct err *err;

	box.mails = xcalloc(MOST_MAILS, sizeof(*box.mails));
	split((const char *)data, size, &box);
	mail_thread(&box);
	err = mail_choose(&box, NULL, &series);
	if (!err)
		check(&box, &series);
	err_free(err);
	return 0;
}
