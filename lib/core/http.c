// SPDX-License-Identifier: GPL-2.0
/* http.c - libcurl's transfers as sources of the event loop. */
#include <ctype.h>
#include <math.h>
#include <poll.h>

#include "base/progress.h"
#include "http_part.h"

#ifndef FARRIER_VERSION
#define FARRIER_VERSION "unknown"
#endif

#define CONNECT_TIMEOUT 20
#define STALL_TIMEOUT	30
#define TOTAL_TIMEOUT	600
#define BODY_MAX	((size_t)64 << 20)

struct http {
	struct loop *loop;
	CURLM *multi;
	struct loop_source *timer; /* libcurl's */
	struct http_transfer *transfers;
};

/* A socket that libcurl wants to be told of. */
struct watch {
	struct http *http;
	curl_socket_t fd;
	struct loop_source *source;
};

struct http_transfer {
	struct http *http;
	struct http_request request;
	CURL *easy;
	struct curl_slist *headers;
	char detail[CURL_ERROR_SIZE];
	struct strbuf body;
	size_t limit;
	bool too_large;
	double waited;		     /* of the request's patience */
	struct loop_source *waiting; /* until the next try */
	struct progress *step;
	http_callback callback;
	void *data;
	struct http_transfer *next;
};

void http_release_answer(struct http_answer *answer)
{
	free(answer->url);
	free(answer->location);
	free(answer->type);
	strbuf_release(&answer->body);
	*answer = (struct http_answer){ 0 };
}

static double or_default(double value, double fallback)
{
	return value > 0 ? value : fallback;
}

static void unlink_transfer(struct http_transfer *transfer)
{
	struct http_transfer **link = &transfer->http->transfers;

	while (*link && *link != transfer)
		link = &(*link)->next;
	if (*link)
		*link = transfer->next;
}

void http_cancel(struct http_transfer *transfer)
{
	if (!transfer)
		return;
	unlink_transfer(transfer);
	loop_remove(transfer->http->loop, transfer->waiting);
	sym_curl_multi_remove_handle(transfer->http->multi, transfer->easy);
	sym_curl_easy_cleanup(transfer->easy);
	sym_curl_slist_free_all(transfer->headers);
	strbuf_release(&transfer->body);
	progress_drop(&transfer->step);
	free(transfer);
}

static size_t on_body(char *bytes, size_t one, size_t length, void *data)
{
	struct http_transfer *transfer = data;

	(void)one;
	if (length > transfer->limit - transfer->body.len) {
		transfer->too_large = true;
		return 0;
	}
	strbuf_add(&transfer->body, bytes, length);
	if (transfer->step)
		progress_update(transfer->step, "%zu KiB", transfer->body.len >> 10);
	return length;
}

static const struct err *explain(const struct http_transfer *transfer, CURLcode code)
{
	const struct http_request *request = &transfer->request;
	curl_off_t connected = 0;

	sym_curl_easy_getinfo(transfer->easy, CURLINFO_CONNECT_TIME_T, &connected);
	return http_explain(&(struct http_failure){
		.code = code,
		.detail = transfer->detail,
		.request = request,
		.got = transfer->body.len,
		.limit = transfer->limit,
		.too_large = transfer->too_large || code == CURLE_FILESIZE_EXCEEDED,
		.connected = connected > 0,
		.connect_timeout = or_default(request->connect_timeout, CONNECT_TIMEOUT),
		.stall_timeout = or_default(request->stall_timeout, STALL_TIMEOUT),
		.total_timeout = or_default(request->total_timeout, TOTAL_TIMEOUT),
	});
}

/* "Text/HTML; charset=x" is "text/html". */
static char *plain_type(const char *type)
{
	char *plain = xstrndup(type ? type : "", type ? strcspn(type, "; \t") : 0);

	for (char *c = plain; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return plain;
}

static void fill_answer(struct http_transfer *transfer, struct http_answer *answer)
{
	const char *url = NULL, *type = NULL, *location = NULL;
	curl_off_t retry_after = 0;
	long status = 0;

	sym_curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	sym_curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url);
	sym_curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &type);
	sym_curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location);
	sym_curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
	*answer = (struct http_answer){
		.status = (int)status,
		.url = http_public_url(url ? url : transfer->request.url),
		.location = location ? http_public_url(location) : NULL,
		.type = plain_type(type),
		.body = transfer->body,
		.retry_after = retry_after > 0 ? (double)retry_after : -1,
	};
	transfer->body = (struct strbuf){ 0 };
}

static const struct err *try_again(void *data, short events)
{
	struct http_transfer *transfer = data;

	(void)events;
	sym_curl_multi_add_handle(transfer->http->multi, transfer->easy);
	return NULL;
}

/* Whether the server asks to come back later, and there is time for that. */
static bool is_put_off(struct http_transfer *transfer, const struct http_answer *answer)
{
	struct loop *loop = transfer->http->loop;
	double wait = answer->retry_after;

	if ((answer->status != 429 && answer->status != 503) || wait <= 0 ||
	    transfer->waited + wait > transfer->request.patience)
		return false;
	transfer->waited += wait;
	progress_detail("'%s' asks to wait %g s", answer->url, wait);
	loop_remove(loop, transfer->waiting);
	transfer->waiting = loop_add_timer(loop, loop_now() + wait, try_again, transfer);
	return true;
}

static const struct err *finish(struct http_transfer *transfer, CURLcode code)
{
	http_callback callback = transfer->callback;
	void *data = transfer->data;
	HTTP_ANSWER answer = { 0 };
	const struct err *err = NULL;

	if (code == CURLE_OK) {
		fill_answer(transfer, &answer);
		if (is_put_off(transfer, &answer))
			return NULL;
		progress_end(TAKE_PTR(transfer->step), "%zu KiB", (answer.body.len + 1023) >> 10);
	} else {
		err = explain(transfer, code);
	}
	http_cancel(transfer);
	return callback(data, err, &answer);
}

/* Hands over what libcurl is done with. */
static const struct err *collect(struct http *http)
{
	CURLMsg *message;
	int left;

	while ((message = sym_curl_multi_info_read(http->multi, &left))) {
		CURLcode code = message->data.result;
		CURL *easy = message->easy_handle;
		char *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		sym_curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		sym_curl_multi_remove_handle(http->multi, easy);
		TRY(finish((struct http_transfer *)(void *)transfer, code));
	}
	return NULL;
}

static const struct err *on_ready(void *data, short events)
{
	struct watch *watch = data;
	struct http *http = watch->http;
	int mask = (events & POLLIN ? CURL_CSELECT_IN : 0) |
		   (events & POLLOUT ? CURL_CSELECT_OUT : 0) |
		   (events & (POLLERR | POLLHUP | POLLNVAL) ? CURL_CSELECT_ERR : 0);
	int running;

	/* The watch may be gone when this returns. */
	sym_curl_multi_socket_action(http->multi, watch->fd, mask, &running);
	return collect(http);
}

static const struct err *on_timer(void *data, short events)
{
	struct http *http = data;
	int running;

	(void)events;
	sym_curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	return collect(http);
}

static int set_timer(CURLM *multi, long milliseconds, void *data)
{
	struct http *http = data;

	(void)multi;
	loop_set_timer(http->timer,
		       milliseconds < 0 ? INFINITY : loop_now() + (double)milliseconds / 1000);
	return 0;
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *assigned)
{
	struct http *http = data;
	struct watch *watch = assigned;
	short events = (short)((what & CURL_POLL_IN ? POLLIN : 0) |
			       (what & CURL_POLL_OUT ? POLLOUT : 0));

	(void)easy;
	if (watch)
		loop_remove(http->loop, watch->source);
	if (what == CURL_POLL_REMOVE) {
		sym_curl_multi_assign(http->multi, fd, NULL);
		free(watch);
		return 0;
	}
	if (!watch) {
		watch = xcalloc(1, sizeof(*watch));
		*watch = (struct watch){ .http = http, .fd = fd };
		sym_curl_multi_assign(http->multi, fd, watch);
	}
	watch->source = loop_add_fd(http->loop, fd, events, on_ready, watch);
	return 0;
}

ERR_CHECK http_new(struct loop *loop, struct http **out)
{
	static bool ready;
	struct http *http;

	TRY(dynamic_curl_load());
	if (!ready)
		sym_curl_global_init(CURL_GLOBAL_DEFAULT);
	ready = true;
	http = xcalloc(1, sizeof(*http));
	http->loop = loop;
	http->multi = sym_curl_multi_init();
	if (!http->multi)
		abort(); /* out of memory */
	http->timer = loop_add_timer(loop, INFINITY, on_timer, http);
	sym_curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	sym_curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	sym_curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	sym_curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	*out = http;
	return NULL;
}

void http_free(struct http *http)
{
	while (http->transfers)
		http_cancel(http->transfers);
	sym_curl_multi_cleanup(http->multi);
	loop_remove(http->loop, http->timer);
	free(http);
}

void http_release(struct http **http)
{
	if (*http)
		http_free(*http);
}

static void set_times(CURL *easy, const struct http_request *request)
{
	double stall = or_default(request->stall_timeout, STALL_TIMEOUT);

	sym_curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			     (long)(or_default(request->connect_timeout, CONNECT_TIMEOUT) * 1000));
	sym_curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
			     (long)(or_default(request->total_timeout, TOTAL_TIMEOUT) * 1000));
	sym_curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	sym_curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)ceil(stall));
}

static void set_way(CURL *easy, const struct http_request *request)
{
	bool secure = strncasecmp(request->url, "https:", 6) == 0;

	sym_curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	sym_curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
	sym_curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, request->secret ? 0L : 1L);
	sym_curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)HTTP_REDIRECTS_MAX);
	sym_curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
	sym_curl_easy_setopt(easy, CURLOPT_USERAGENT, "farrier/" FARRIER_VERSION);
	sym_curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (request->socket)
		sym_curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request->socket);
}

static void add_header(struct http_transfer *transfer, const char *header)
{
	struct curl_slist *longer = sym_curl_slist_append(transfer->headers, header);

	if (!longer)
		abort(); /* out of memory */
	transfer->headers = longer;
}

static void set_content(struct http_transfer *transfer)
{
	static const char *const methods[] = { [HTTP_GET] = "GET",
					       [HTTP_HEAD] = "HEAD",
					       [HTTP_POST] = "POST",
					       [HTTP_PUT] = "PUT",
					       [HTTP_DELETE] = "DELETE" };
	const struct http_request *request = &transfer->request;
	CURL *easy = transfer->easy;

	for (size_t i = 0; request->headers && request->headers[i]; i++)
		add_header(transfer, request->headers[i]);
	if (request->secret)
		add_header(transfer, request->secret);
	if (request->method == HTTP_POST || request->method == HTTP_PUT) {
		OWNED_STR type = xasprintf("Content-Type: %s",
					   request->body ? request->body_type : "");

		/*
		 * On a connection that was used before, libcurl sends a request again by itself
		 * when it gets no answer; what is not to be done twice needs a new one.
		 */
		sym_curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		/* Without it libcurl waits a second for a "100 Continue" that few servers send. */
		add_header(transfer, "Expect:");
		add_header(transfer, request->body ? type : "Content-Type:");
		sym_curl_easy_setopt(easy, CURLOPT_POST, 1L);
		sym_curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				     (curl_off_t)request->body_length);
		sym_curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
	}
	if (request->method == HTTP_HEAD)
		sym_curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	if (request->method == HTTP_PUT || request->method == HTTP_DELETE)
		sym_curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, methods[request->method]);
	sym_curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static void set_sinks(struct http_transfer *transfer)
{
	CURL *easy = transfer->easy;

	sym_curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	sym_curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->detail);
	sym_curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	sym_curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	sym_curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer->limit);
}

ERR_CHECK http_start(struct http *http, const struct http_request *request, http_callback callback,
		     void *data, struct http_transfer **transfer)
{
	struct http_transfer *made;

	if (!http_is_url(request->url)) {
		OWNED_STR url = http_public_url(request->url);

		return err_hint(err_input("'%s' is no URL that can be fetched", url),
				"it starts with http:// or https://");
	}
	made = xcalloc(1, sizeof(*made));
	made->http = http;
	made->request = *request;
	made->limit = request->limit ? request->limit : BODY_MAX;
	made->callback = callback;
	made->data = data;
	made->easy = sym_curl_easy_init();
	if (!made->easy)
		abort(); /* out of memory */
	made->next = http->transfers;
	http->transfers = made;
	sym_curl_easy_setopt(made->easy, CURLOPT_URL, request->url);
	set_way(made->easy, request);
	set_times(made->easy, request);
	set_content(made);
	set_sinks(made);
	if (request->what)
		made->step = progress_begin(0, "%s", request->what);
	sym_curl_multi_add_handle(http->multi, made->easy);
	if (transfer)
		*transfer = made;
	return NULL;
}

/* One transfer that somebody waits for. */
struct run {
	struct http_answer *answer;
	bool done;
};

static const struct err *on_answer(void *data, const struct err *err, struct http_answer *answer)
{
	struct run *run = data;

	run->done = true;
	*run->answer = *answer;
	*answer = (struct http_answer){ 0 };
	return err;
}

ERR_CHECK http_run(const struct http_request *request, struct http_answer *answer)
{
	LOOP loop = loop_new();
	HTTP http = NULL;
	struct run run = { .answer = answer };

	*answer = (struct http_answer){ 0 };
	TRY(http_new(loop, &http));
	TRY(http_start(http, request, on_answer, &run, NULL));
	return loop_run(loop, &run.done);
}
