// SPDX-License-Identifier: GPL-2.0
/* http_url.c - URLs as they may be shown, and what stands in them. */
#include "http_part.h"

static void release_url(CURLU **url)
{
	if (*url)
		sym_curl_url_cleanup(*url);
}

static void release_curl_text(char **text)
{
	if (*text)
		sym_curl_free(*text);
}

bool http_is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

/*
 * For what libcurl cannot read, and for when there is none: everything up to the last
 * '@' of the host's part is left out, and the fragment.
 */
static char *cut_credentials(const char *text)
{
	const char *host = strstr(text, "://");
	const char *at = NULL;

	host = host ? host + 3 : text;
	for (const char *c = host; *c && !strchr("/?#", *c); c++)
		if (*c == '@')
			at = c;
	at = at ? at + 1 : host;
	return xasprintf("%.*s%.*s", (int)(host - text), text, (int)strcspn(at, "#"), at);
}

char *http_public_url(const char *text)
{
	CLEANUP(release_url) CURLU *url = NULL;
	CLEANUP(release_curl_text) char *shown = NULL;
	const struct err *err = dynamic_curl_load();

	if (err) {
		err_free(err);
		return cut_credentials(text);
	}
	url = sym_curl_url();
	if (!url || sym_curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return cut_credentials(text);
	sym_curl_url_set(url, CURLUPART_USER, NULL, 0);
	sym_curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	sym_curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	if (sym_curl_url_get(url, CURLUPART_URL, &shown, 0) != CURLUE_OK)
		return cut_credentials(text);
	return xstrdup(shown);
}

ERR_CHECK http_escape(const char *text, char **escaped)
{
	CLEANUP(release_curl_text) char *made = NULL;

	TRY(dynamic_curl_load());
	made = sym_curl_easy_escape(NULL, text, 0);
	*escaped = xstrdup(made ? made : "");
	return NULL;
}

ERR_CHECK http_unescape(const char *text, size_t length, char **plain)
{
	CLEANUP(release_curl_text) char *made = NULL;
	int decoded = 0;

	TRY(dynamic_curl_load());
	*plain = length ? NULL : xstrdup("");
	if (length && length <= INT32_MAX)
		made = sym_curl_easy_unescape(NULL, text, (int)length, &decoded);
	if (made && !memchr(made, '\0', (size_t)decoded))
		*plain = xstrndup(made, (size_t)decoded);
	return NULL;
}
