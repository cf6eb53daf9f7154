/* SPDX-License-Identifier: GPL-2.0 */
/*
 * http.h - the one HTTP client, on libcurl, which is loaded when it is needed.
 *
 * A transfer is a source in the event loop like everything that waits;
 * http_run() is the same for who has nothing else to wait for. What a server
 * answers, 404 too, is a value; an error is what left no whole answer: no
 * connection, a certificate that does not verify, a time or size limit, a body
 * that was cut off. Its one line has the URL without user and password.
 *
 * http and https only. Certificates are always verified. Redirects are
 * followed a few times, never from https to http. The proxy is libcurl's usual
 * one (http_proxy, https_proxy, no_proxy); ~/.netrc and cookies are not read.
 */
#ifndef FARRIER_HTTP_H
#define FARRIER_HTTP_H

#include "base/err.h"
#include "base/strbuf.h"
#include "loop.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE };

/* What is asked. Everything is borrowed, until the answer is there. */
struct http_request {
	enum http_method method;
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; or NULL */
	const char *socket; /* ask through this unix socket, whatever the URL's host; or NULL */
	/*
	 * One more header, such as "Authorization: Token ...", that no message and no log
	 * ever shows. With it no redirect is followed: it might lead to somebody else.
	 */
	const char *secret;
	const char *body; /* POST, PUT; or NULL for none */
	size_t body_length;
	const char *body_type; /* "application/json"; needed with a body */

	/* In seconds; 0 is the default. */
	double connect_timeout; /* until the connection stands; 20 */
	double stall_timeout;	/* without a byte; 30 */
	double total_timeout;	/* altogether, for one try; 600 */
	size_t limit;		/* most bytes of the answer's body; 0: 64 MiB */

	/*
	 * Seconds to spend on waiting, all in all, when the server says 429 or 503 and
	 * "Retry-After" (RFC 9110 10.2.3). 0: such an answer is given to the caller at once.
	 */
	double patience;
	const char *what; /* the progress line: "fetching X"; NULL: none */
};

/* What was answered. */
struct http_answer {
	int status;	/* 200, 404, ... */
	char *url;	/* that answered, behind redirects; without user and password */
	char *location; /* where a redirect that was not followed leads, may be shown; or NULL */
	char *type;	/* of the body, lower case, without parameters; "" when not said */
	struct strbuf body;
	double retry_after; /* seconds that the server asks to wait; -1 when it does not */
};

void http_release_answer(struct http_answer *answer);
#define HTTP_ANSWER CLEANUP(http_release_answer) struct http_answer

/* Asks and waits. ERR_INPUT: no URL that can be asked; ERR_ENV: no whole answer. */
ERR_CHECK http_run(const struct http_request *request, struct http_answer *answer) MUST_USE;

/* NULL for a status of 2xx, else ERR_ENV that names URL and status and says what to do. */
ERR_CHECK http_check_status(const struct http_answer *answer) MUST_USE;

/* Whether a text is a URL that http_run() would ask: it starts with http:// or https://. */
bool http_is_url(const char *text);

/*
 * A URL as it may be shown: without user, password and fragment. The caller frees it.
 * Messages need it whatever else is broken: it does its best without libcurl.
 */
char *http_public_url(const char *url);

/*
 * Text as a part of a URL's path or query: all but unreserved characters as %XX. The
 * caller frees it. ERR_ENV: no libcurl.
 */
ERR_CHECK http_escape(const char *text, char **escaped) MUST_USE;

/* The reverse; NULL when there is a NUL in it. The caller frees it. ERR_ENV: no libcurl. */
ERR_CHECK http_unescape(const char *text, size_t length, char **plain) MUST_USE;

/*
 * The same without waiting: connections are kept for further transfers of the
 * client, which is freed before its loop. ERR_ENV: no libcurl.
 */
struct http;
struct http_transfer;

ERR_CHECK http_new(struct loop *loop, struct http **http) MUST_USE;
void http_free(struct http *http);
void http_release(struct http **http);
#define HTTP CLEANUP(http_release) struct http *

/* Takes `err` (NULL: `answer` is whole). The answer is the callback's to keep (move) or leave. */
typedef const struct err *(*http_callback)(void *data, const struct err *err,
					   struct http_answer *answer);

/*
 * Starts a transfer; `callback` is called once, from loop_run(), unless it is
 * cancelled. The transfer is freed behind the callback or by http_cancel().
 */
ERR_CHECK http_start(struct http *http, const struct http_request *request, http_callback callback,
		     void *data, struct http_transfer **transfer) MUST_USE;
void http_cancel(struct http_transfer *transfer);

#endif
