/* SPDX-License-Identifier: GPL-2.0 */
/* http_part.h - between the files of the room `http` only. */
#ifndef FARRIER_HTTP_PART_H
#define FARRIER_HTTP_PART_H

#include "dynamic_curl.h"
#include "http.h"

#define HTTP_REDIRECTS_MAX 5

/* How far a transfer was when libcurl gave it up. */
struct http_failure {
	CURLcode code;
	const char *detail; /* libcurl's error buffer, "" when it said nothing */
	const struct http_request *request;
	size_t got;	/* bytes of the body */
	size_t limit;	/* the one that holds */
	bool too_large; /* the body went past it */
	bool connected;
	double stall_timeout, total_timeout, connect_timeout;
};

/* The one line that says what happened, and what to do. */
ERR_CHECK http_explain(const struct http_failure *failure) MUST_USE;

#endif
