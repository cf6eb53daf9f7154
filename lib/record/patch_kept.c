// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "core/file.h"
#include "core/store.h"
#include "patch.h"
#include "patch_kept.h"

/* To be raised when git mailinfo is asked in another way. */
#define RECIPE 1

/* "farrier-mail RECIPE HASH INFO MESSAGE REST", the last three in bytes, and then these. */
#define MAX_HEAD 160

static char *kept_path(const char *folder, const struct strbuf *mail)
{
	char id[STORE_ID_SIZE];

	store_id(strbuf_str(mail), mail->len, id);
	return xasprintf("%s/%d-%s", folder, RECIPE, id);
}

static bool take(struct strbuf *part, size_t length, const char **at, const char *end)
{
	if (length > (size_t)(end - *at))
		return false;
	strbuf_add(part, *at, length);
	*at += length;
	return true;
}

static bool split(const struct strbuf *text, struct patch_decoded *decoded)
{
	const char *at = memchr(text->buf, '\n', text->len), *end = text->buf + text->len;
	char said[STORE_ID_SIZE], id[STORE_ID_SIZE];
	size_t info, message, rest;
	int recipe;

	if (!at++ || at - text->buf > MAX_HEAD)
		return false;
	if (sscanf(text->buf, "farrier-mail %d %40s %zu %zu %zu", &recipe, said, &info, &message,
		   &rest) != 5 ||
	    recipe != RECIPE)
		return false;
	store_id(at, (size_t)(end - at), id);
	return str_equal(id, said) && take(&decoded->info, info, &at, end) &&
	       take(&decoded->message, message, &at, end) && take(&decoded->rest, rest, &at, end) &&
	       at == end;
}

bool patch_kept_read(const char *folder, const struct strbuf *mail, struct patch_decoded *decoded)
{
	OWNED_STR path = kept_path(folder, mail);
	STRBUF text = { 0 };
	bool found = false;
	const struct err *err = file_read_if_there(path, PATCH_MAIL_MAX * 4, &text, &found);

	err_free(err);
	if (!err && found && text.len && split(&text, decoded))
		return true;
	patch_release_decoded(decoded);
	*decoded = (struct patch_decoded){ 0 };
	return false;
}

void patch_kept_write(const char *folder, const struct strbuf *mail,
		      const struct patch_decoded *decoded)
{
	OWNED_STR path = kept_path(folder, mail);
	char id[STORE_ID_SIZE];
	STRBUF body = { 0 };
	STRBUF text = { 0 };

	strbuf_add(&body, strbuf_str(&decoded->info), decoded->info.len);
	strbuf_add(&body, strbuf_str(&decoded->message), decoded->message.len);
	strbuf_add(&body, strbuf_str(&decoded->rest), decoded->rest.len);
	store_id(strbuf_str(&body), body.len, id);
	strbuf_addf(&text, "farrier-mail %d %s %zu %zu %zu\n", RECIPE, id, decoded->info.len,
		    decoded->message.len, decoded->rest.len);
	strbuf_add(&text, strbuf_str(&body), body.len);
	err_free(file_write(path, text.buf, text.len));
}

/* Starting git mailinfo is most of it. */
const struct kept_kind patch_kept_mails = {
	.name = "mails", .folder = "mails", .by_reading = true, .seconds_per_file = 0.005
};
