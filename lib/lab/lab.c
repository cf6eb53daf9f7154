// SPDX-License-Identifier: GPL-2.0
#include "lab.h"
#include "lab_token.h"

/* A job's definition with its log of states is some 10 kB; a piece of log may be 16 MiB. */
#define MAX_ANSWER ((size_t)64 << 20)
#define MAX_WORDS  300

/* Waits of lab_ask() between two tries. */
#define FIRST_WAIT 0.5
#define MOST_WAIT  15.0

struct lab {
	const struct machine_conf *conf;
	char *base;   /* ".../api/v0.2/" */
	char *secret; /* the header; NULL: nobody */
};

struct lab_call {
	struct lab *lab;
	struct http_transfer *transfer;
	char *url, *body;
	bool text;
	lab_callback callback;
	void *data;
};

static ERR_CHECK check_url(const struct machine_conf *conf)
{
	const char *url = conf->lab.url;
	const char *authority = strstr(url, "://");

	if (!*url)
		return err_hint(err_input("'%s': 'machine.url' is missing", conf->path),
				"it names the LAVA server, such as https://lava.example.org");
	if (!http_is_url(url))
		return err_input("'%s': 'machine.url' starts neither with https:// nor with "
				 "http://",
				 conf->path);
	if (memchr(authority + 3, '@', strcspn(authority + 3, "/")))
		return err_hint(
			err_input("'%s': 'machine.url' has a user or password in it", conf->path),
			"a token belongs into a file of its own: machine.token-file");
	return NULL;
}

ERR_CHECK lab_open(const struct machine_conf *conf, struct lab **out)
{
	LAB lab = xcalloc(1, sizeof(*lab));
	CLEANUP(free_ptr) char *token = NULL;
	size_t length = strlen(conf->lab.url);

	lab->conf = conf;
	TRY(check_url(conf));
	while (length && conf->lab.url[length - 1] == '/')
		length--;
	lab->base = xasprintf("%.*s/api/v0.2/", (int)length, conf->lab.url);
	TRY(lab_find_token(&conf->lab, &token));
	if (token)
		lab->secret = xasprintf("Authorization: Token %s", token);
	*out = TAKE_PTR(lab);
	return NULL;
}

void lab_free(struct lab *lab)
{
	if (!lab)
		return;
	free(lab->base);
	free(lab->secret);
	free(lab);
}

void lab_release(struct lab **lab)
{
	lab_free(*lab);
}

const struct lab_conf *lab_settings(const struct lab *lab)
{
	return &lab->conf->lab;
}

bool lab_takes_jobs(const json_t *device)
{
	const char *health = store_get_string(device, "health", "");

	return str_equal(health, "Good") || str_equal(health, "Unknown");
}

bool lab_has_token(const struct lab *lab)
{
	return lab->secret != NULL;
}

void lab_release_reply(struct lab_reply *reply)
{
	json_decref(reply->json);
	strbuf_release(&reply->body);
	free(reply->words);
	*reply = (struct lab_reply){ 0 };
}

static enum lab_outcome classify(int status)
{
	if (status >= 200 && status < 300)
		return LAB_DONE;
	if (status == 404)
		return LAB_NOT_THERE;
	if (status == 401 || status == 403)
		return LAB_FORBIDDEN;
	/* 408 and 425 are times, 429 is too often */
	if (status == 408 || status == 425 || status == 429 || status >= 500)
		return LAB_TROUBLE;
	return LAB_REJECTED;
}

static void add_words(struct strbuf *words, const json_t *value)
{
	size_t index;
	json_t *item;

	if (json_is_string(value))
		strbuf_addf(words, "%s%s", words->len ? " " : "", json_string_value(value));
	json_array_foreach (value, index, item)
		add_words(words, item);
}

/* What LAVA says of what it refuses: "message", "detail", or {"field": ["..."]}. */
static char *words_of(const json_t *json)
{
	STRBUF words = { 0 };
	STRBUF safe = { 0 };
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)json, key, value) {
		bool plain = str_equal(key, "message") || str_equal(key, "detail");

		if (!plain)
			strbuf_addf(&words, "%s%s:", words.len ? " " : "", key);
		add_words(&words, value);
	}
	if (!words.len)
		return NULL;
	strbuf_add_printable(&safe, words.buf, words.len < MAX_WORDS ? words.len : MAX_WORDS);
	return strbuf_detach(&safe);
}

/* Takes the answer apart. A page that is no JSON is a proxy's or a broken server's. */
static void read_answer(const struct lab_call *call, struct http_answer *answer,
			struct lab_reply *reply)
{
	reply->status = answer->status;
	reply->retry_after = answer->retry_after;
	reply->outcome = classify(answer->status);
	if (call->text && reply->outcome == LAB_DONE) {
		reply->body = answer->body;
		answer->body = (struct strbuf){ 0 };
		return;
	}
	reply->json = json_loadb(strbuf_str(&answer->body), answer->body.len, 0, NULL);
	if (reply->outcome == LAB_DONE && !reply->json) {
		reply->outcome = LAB_TROUBLE;
		reply->words = xstrdup("it answered no JSON");
	} else if (reply->outcome == LAB_REJECTED && answer->location) {
		reply->words = xasprintf("it redirects to '%s'", answer->location);
	} else if (reply->outcome != LAB_DONE) {
		OWNED_STR said = words_of(reply->json);

		reply->words = xasprintf("HTTP %d%s%s", answer->status, said ? ": " : "",
					 said ? said : "");
	}
}

static const struct err *on_answer(void *data, const struct err *err, struct http_answer *answer)
{
	struct lab_call *call = data;
	LAB_REPLY reply = { .outcome = LAB_TROUBLE, .retry_after = -1 };

	call->transfer = NULL;
	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	if (err) {
		reply.words = xstrdup(err->text);
		err_free(err);
	} else {
		read_answer(call, answer, &reply);
	}
	return call->callback(call->data, &reply);
}

void lab_call_free(struct lab_call *call)
{
	if (!call)
		return;
	if (call->transfer)
		http_cancel(call->transfer);
	free(call->url);
	free(call->body);
	free(call);
}

static void release_call(struct lab_call **call)
{
	lab_call_free(*call);
}

ERR_CHECK lab_call(struct lab *lab, struct http *http, const struct lab_request *request,
		   lab_callback callback, void *data, struct lab_call **out)
{
	static const char *const headers[] = { "Accept: application/json, */*;q=0.5", NULL };
	CLEANUP(release_call) struct lab_call *call = xcalloc(1, sizeof(*call));
	struct http_request spec = { .method = request->method,
				     .headers = headers,
				     .secret = lab->secret,
				     .limit = MAX_ANSWER,
				     .total_timeout = request->timeout > 0 ? request->timeout
									   : 120 };

	*call = (struct lab_call){
		.lab = lab, .text = request->text, .callback = callback, .data = data
	};
	call->url = xasprintf("%s%s", lab->base, request->path);
	spec.url = call->url;
	if (request->body) {
		call->body = store_canonical(request->body);
		spec.body = call->body;
		spec.body_length = strlen(call->body);
		spec.body_type = "application/json";
	}
	TRY(http_start(http, &spec, on_answer, call, &call->transfer));
	*out = TAKE_PTR(call);
	return NULL;
}

ERR_CHECK lab_reply_error(const struct lab *lab, const struct lab_request *request,
			  const struct lab_reply *reply)
{
	static const char *const methods[] = { [HTTP_GET] = "GET",
					       [HTTP_HEAD] = "HEAD",
					       [HTTP_POST] = "POST",
					       [HTTP_PUT] = "PUT",
					       [HTTP_DELETE] = "DELETE" };
	OWNED_STR url = http_public_url(lab->base);
	const struct err *err = err_env("%s %s%s: %s", methods[request->method], url, request->path,
					reply->words ? reply->words : "no answer");

	switch (reply->outcome) {
	case LAB_FORBIDDEN:
		return err_hint(err,
				lab->secret ? "the lab does not take this token, or not for "
					      "this: see machine.token-file in '%s'"
					    : "there is no token: see machine.token-file in "
					      "'%s'",
				lab->conf->path);
	case LAB_TROUBLE:
		return err_hint(err, "is the lab up? 'farrier lab devices --machine %s' asks it",
				lab->conf->name);
	default:
		return err;
	}
}

/* One try of lab_ask(). */
struct asking {
	struct lab_reply *reply;
	bool done;
};

static const struct err *on_reply(void *data, const struct lab_reply *reply)
{
	struct asking *asking = data;

	*asking->reply = *reply;
	asking->reply->json = json_incref(reply->json);
	asking->reply->words = reply->words ? xstrdup(reply->words) : NULL;
	asking->reply->body = (struct strbuf){ 0 };
	strbuf_add(&asking->reply->body, strbuf_str(&reply->body), reply->body.len);
	asking->done = true;
	return NULL;
}

static ERR_CHECK ask_once(struct lab *lab, const struct lab_request *request,
			  struct lab_reply *reply)
{
	LOOP loop = loop_new();
	HTTP http = NULL;
	CLEANUP(release_call) struct lab_call *call = NULL;
	struct asking asking = { .reply = reply };

	TRY(http_new(loop, &http));
	TRY(lab_call(lab, http, request, on_reply, &asking, &call));
	return loop_run(loop, &asking.done);
}

static const struct err *on_time(void *data, short events)
{
	(void)events;
	*(bool *)data = true;
	return NULL;
}

static ERR_CHECK wait(double seconds)
{
	LOOP loop = loop_new();
	bool done = false;

	loop_add_timer(loop, loop_now() + seconds, on_time, &done);
	return loop_run(loop, &done);
}

ERR_CHECK lab_ask(struct lab *lab, const struct lab_request *request, double patience,
		  struct lab_reply *reply)
{
	double until = loop_now() + patience, pause = FIRST_WAIT;

	for (;;) {
		double left;

		TRY(ask_once(lab, request, reply));
		if (reply->outcome == LAB_DONE)
			return NULL;
		left = until - loop_now();
		if (reply->outcome != LAB_TROUBLE || left <= 0)
			return lab_reply_error(lab, request, reply);
		if (reply->retry_after > pause)
			pause = reply->retry_after;
		lab_release_reply(reply);
		TRY(wait(pause < left ? pause : left));
		pause = pause * 2 < MOST_WAIT ? pause * 2 : MOST_WAIT;
	}
}
