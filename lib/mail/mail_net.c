// SPDX-License-Identifier: GPL-2.0
/* mail_net.c - mails from a public-inbox server such as lore.kernel.org. */
#include <ctype.h>

#include "core/file.h"
#include "core/http.h"
#include "mail_gunzip.h"
#include "mail_net.h"

#define ID_MAX	  998 /* bytes; a line of RFC 5322 (2.1.1) */
#define TITLE_MAX 200 /* bytes of a title that is searched for */

void mail_release_place(struct mail_place *place)
{
	free(place->message_id);
	free(place->archive);
	free(place->url);
	*place = (struct mail_place){ 0 };
}

/* LEFT@RIGHT, all of it printable ASCII without white space and <>. */
static bool is_message_id(const char *text, size_t length)
{
	const char *at = memchr(text, '@', length);

	if (!at || at == text || at + 1 == text + length || length > ID_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == '<' || text[i] == '>')
			return false;
	return true;
}

/* The Message-ID that an argument is, with or without <>; NULL when it is none. */
static char *read_message_id(const char *source)
{
	size_t length = strlen(source);

	if (length > 2 && *source == '<' && source[length - 1] == '>')
		return is_message_id(source + 1, length - 2) ? xstrndup(source + 1, length - 2)
							     : NULL;
	return is_message_id(source, length) && *source != '-' ? xstrdup(source) : NULL;
}

bool mail_net_is_place(const char *source)
{
	OWNED_STR id = NULL;

	if (http_is_url(source))
		return true;
	id = read_message_id(source);
	return id && (*source == '<' || !file_exists(source)) &&
	       (*source == '<' || !strchr(source, '/'));
}

/*
 * The part of a URL's path that is a Message-ID: *start and *length say where it stands.
 * *found is NULL when there is none.
 */
static ERR_CHECK find_id(const char *url, size_t *start, size_t *length, char **found)
{
	size_t end = strcspn(url, "?#");
	size_t i = (size_t)(strstr(url, "://") + 3 - url);

	i += strcspn(url + i, "/?#");
	while (i < end && url[i] == '/') {
		size_t part = strcspn(url + i + 1, "/?#");
		OWNED_STR id = NULL;

		TRY(http_unescape(url + i + 1, part, &id));
		if (id && is_message_id(id, strlen(id))) {
			*start = i + 1;
			*length = part;
			*found = TAKE_PTR(id);
			return NULL;
		}
		i += 1 + part;
	}
	return NULL;
}

/* What stands before the Message-ID names an inbox, unless it is "/" or "/r/". */
static char *archive_of(const char *url, size_t start, const char *fallback)
{
	const char *path = strstr(url, "://") + 3;

	path += strcspn(path, "/");
	if (path + 1 == url + start || strncmp(path, "/r/", (size_t)(url + start - path)) == 0)
		return xstrdup(fallback);
	return xstrndup(url, start);
}

ERR_CHECK mail_net_parse(const char *source, const struct workspace *workspace,
			 struct mail_place *place)
{
	size_t start = 0, length = 0;

	*place = (struct mail_place){ 0 };
	if (!http_is_url(source)) {
		place->message_id = read_message_id(source);
		place->archive = xstrdup(workspace->mail_archive);
		return place->message_id ? NULL : err_input("'%s' is no Message-ID", source);
	}
	place->url = xstrdup(source);
	TRY(find_id(source, &start, &length, &place->message_id));
	if (place->message_id)
		place->archive = archive_of(source, start, workspace->mail_archive);
	return NULL;
}

static ERR_CHECK ask(const struct workspace *workspace, enum http_method method, const char *url,
		     const char *what, struct http_answer *answer)
{
	double timeout = workspace->mail_timeout;

	return http_run(&(struct http_request){ .method = method,
						.url = url,
						.what = what,
						.connect_timeout = timeout,
						.stall_timeout = timeout,
						.total_timeout = 20 * timeout,
						.patience = 2 * timeout,
						.limit = (size_t)workspace->mail_limit << 20 },
			answer);
}

static const struct err *too_much(const struct err *err, const struct workspace *workspace)
{
	return err && strstr(err->text, "is larger than")
		       ? err_hint(err, "mail.limit in farrier.conf is %d (MiB)",
				  workspace->mail_limit)
		       : err;
}

static bool is_page(const struct strbuf *text)
{
	const char *start = strbuf_str(text) + strspn(strbuf_str(text), " \t\r\n");

	return *start == '<';
}

/* Unpacks an answer that is compressed, refuses what is no mail, and writes the rest to `path`. */
static ERR_CHECK keep_mail(const struct workspace *workspace, const struct http_answer *answer,
			   const char *path)
{
	OWNED_STR sender = NULL;
	STRBUF mail = { 0 };

	TRY(too_much(err_context(mail_gunzip(answer->body.buf, answer->body.len,
					     (size_t)workspace->mail_limit << 20, &mail),
				 "'%s'", answer->url),
		     workspace));
	sender = mail_header(strbuf_str(&mail), mail.len, "From");
	if (sender && mail_has_form(mail.buf, mail.len))
		return file_write(path, mail.buf, mail.len);
	if (is_page(&mail))
		return err_hint(err_env("'%s' gave a web page, not mail", answer->url),
				"the server may keep programs out: save the thread's mbox with a "
				"browser, and import that file");
	if (!mail.len)
		return err_env("'%s' gave nothing", answer->url);
	return err_env("'%s' gave no mail, but something else%s%s", answer->url,
		       *answer->type ? ": " : "", answer->type);
}

/* public-inbox says 300 when it knows mails that are called like that, but not this one. */
static bool is_unknown(const struct http_answer *answer)
{
	return answer->status == 404 || answer->status == 300;
}

static ERR_CHECK unknown(const struct mail_place *place)
{
	OWNED_STR archive = http_public_url(place->archive);

	return err_hint(err_input("the archive '%s' has no mail '%s'", archive, place->message_id),
			"check the Message-ID; what was sent just now may take a few minutes; "
			"mail.archive in farrier.conf names another archive");
}

static ERR_CHECK thread_url(const struct mail_place *place, char **url)
{
	OWNED_STR id = NULL;

	TRY(http_escape(place->message_id, &id));
	*url = xasprintf("%s%s/t.mbox.gz", place->archive, id);
	return NULL;
}

/* Asks for one URL, and keeps what it gives unless it is not there: *known says so. */
static ERR_CHECK fetch_one(const struct workspace *workspace, const char *url, const char *what,
			   const char *path, char **from, bool *known)
{
	HTTP_ANSWER answer = { 0 };

	TRY(too_much(ask(workspace, HTTP_GET, url, what, &answer), workspace));
	*known = !is_unknown(&answer);
	if (!*known)
		return NULL;
	TRY(http_check_status(&answer));
	TRY(keep_mail(workspace, &answer, path));
	*from = TAKE_PTR(answer.url);
	return NULL;
}

/* The URL as it was given: of a file, or of a server that is no public-inbox. */
static ERR_CHECK fetch_url(const struct workspace *workspace, const struct mail_place *place,
			   const char *path, char **from)
{
	OWNED_STR shown = http_public_url(place->url);
	OWNED_STR what = xasprintf("fetching %s", shown);
	bool known;

	TRY(fetch_one(workspace, place->url, what, path, from, &known));
	if (known)
		return NULL;
	return place->message_id ? unknown(place)
				 : err_hint(err_input("'%s' is not there", shown), "check the URL");
}

ERR_CHECK mail_net_fetch(const struct workspace *workspace, const struct mail_place *place,
			 const char *path, char **from)
{
	OWNED_STR url = NULL;
	OWNED_STR what = NULL;
	bool known;

	if (!place->message_id)
		return fetch_url(workspace, place, path, from);
	TRY(thread_url(place, &url));
	what = xasprintf("fetching the thread of %s", place->message_id);
	TRY(fetch_one(workspace, url, what, path, from, &known));
	if (known)
		return NULL;
	/* Others have Message-IDs in their URLs too, and give the mail itself there. */
	return place->url ? fetch_url(workspace, place, path, from) : unknown(place);
}

/* s:"TITLE" AND f:ADDRESS, where a quote would end the title. */
static ERR_CHECK search_url(const char *archive, const char *title, const char *address, char **url)
{
	STRBUF query = { 0 };
	OWNED_STR escaped = NULL;

	strbuf_adds(&query, "s:\"");
	for (size_t i = 0; title[i] && i < TITLE_MAX; i++)
		strbuf_addc(&query,
			    title[i] == '"' || iscntrl((unsigned char)title[i]) ? ' ' : title[i]);
	strbuf_addf(&query, "\" AND f:%s", address);
	TRY(http_escape(strbuf_str(&query), &escaped));
	*url = xasprintf("%s?x=m&t=1&q=%s", archive, escaped);
	return NULL;
}

/* An archive that cannot be searched is no failure: what it gave of the thread is there. */
static ERR_CHECK excuse(const struct err *err, char **why)
{
	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	if (err)
		*why = xstrdup(err->text);
	err_free(err);
	return NULL;
}

ERR_CHECK mail_net_search(const struct workspace *workspace, const char *archive, const char *title,
			  const char *address, const char *path, bool *found, char **why)
{
	OWNED_STR url = NULL;
	HTTP_ANSWER answer = { 0 };
	const struct err *err;

	*found = false;
	*why = NULL;
	err = search_url(archive, title, address, &url);
	if (!err)
		err = ask(workspace, HTTP_POST, url, "looking for newer versions", &answer);
	if (!err && is_unknown(&answer))
		return NULL;
	if (!err)
		err = http_check_status(&answer);
	if (!err)
		err = keep_mail(workspace, &answer, path);
	*found = !err;
	return excuse(err, why);
}
