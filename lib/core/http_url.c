// SPDX-License-Identifier: GPL-2.0
/* http_url.c - URLs as they may be shown, and what stands in them. */
#include "http_part.h"

static void release_url(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void release_curl_text(char **text)
{
	curl_free(*text);
}

bool http_is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

/* For what libcurl cannot read: everything up to the last '@' of the host's part is left out. */
static char *cut_credentials(const char *text)
{
	const char *host = strstr(text, "://");
	const char *at = NULL;

	host = host ? host + 3 : text;
	for (const char *c = host; *c && !strchr("/?#", *c); c++)
		if (*c == '@')
			at = c;
	return xasprintf("%.*s%s", (int)(host - text), text, at ? at + 1 : host);
}

char *http_public_url(const char *text)
{
	CLEANUP(release_url) CURLU *url = curl_url();
	CLEANUP(release_curl_text) char *shown = NULL;

	if (!url || curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return cut_credentials(text);
	curl_url_set(url, CURLUPART_USER, NULL, 0);
	curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	if (curl_url_get(url, CURLUPART_URL, &shown, 0) != CURLUE_OK)
		return cut_credentials(text);
	return xstrdup(shown);
}

char *http_escape(const char *text)
{
	CLEANUP(release_curl_text) char *escaped = curl_easy_escape(NULL, text, 0);

	return xstrdup(escaped ? escaped : "");
}

char *http_unescape(const char *text, size_t length)
{
	int decoded = 0;
	CLEANUP(release_curl_text)
	char *plain = length && length <= INT32_MAX
			      ? curl_easy_unescape(NULL, text, (int)length, &decoded)
			      : NULL;

	if (!plain)
		return length ? NULL : xstrdup("");
	return memchr(plain, '\0', (size_t)decoded) ? NULL : xstrndup(plain, (size_t)decoded);
}
