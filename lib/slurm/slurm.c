// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "base/progress.h"
#include "core/secret.h"
#include "slurm.h"

#define VERSION	   "v0.0.38"
#define API	   "slurm/" VERSION "/"
#define MAX_ANSWER ((size_t)64 << 20)
#define MAX_WORDS  300
/* A controller that is away is noticed by slurmrestd after 9 to 18 s. */
#define ANSWER_TIMEOUT 60.0

/* Numbers of slurm_errno.h; the others are no trouble that goes away. */
enum {
	NO_SUCH_JOB = 2017,
	HELD_AS_ASKED = 2042,
	QUEUE_FULL = 2007, /* sbatch waits and tries again at these */
	NODES_BUSY = 2016,
	TRY_AGAIN = 11,
	NOT_NOW = 2020,
	FIRST_LOST_CONNECTION = 1000,
	LAST_LOST_CONNECTION = 1999,
	FIRST_LOST_MESSAGE = 5000,
	LAST_LOST_MESSAGE = 5999,
};

struct slurm {
	const struct slurm_conf *conf;
	char *base;
	char *user; /* the header; NULL: nobody */
	int followed;
	bool answered; /* once, at least: its settings are right */
	bool away;     /* and it was said */
};

struct slurm_call {
	struct slurm *slurm;
	struct http_transfer *transfer;
	char *url, *body, *secret;
	slurm_callback callback;
	void *data;
};

ERR_CHECK slurm_open(const struct slurm_conf *conf, struct slurm **out)
{
	SLURM slurm = xcalloc(1, sizeof(*slurm));
	size_t length;

	slurm->conf = conf;
	if (!conf->url && !conf->socket)
		return err_hint(err_input("no cluster is named"),
				"farrier.conf: build.url, or build.socket");
	if (conf->url && !http_is_url(conf->url))
		return err_input("'%s' starts neither with https:// nor with http://", conf->url);
	if (conf->url && (!conf->user || !*conf->user))
		return err_hint(err_input("nobody is named whose jobs they are"),
				"farrier.conf: build.user");
	length = conf->url ? strlen(conf->url) : 0;
	while (length && conf->url[length - 1] == '/')
		length--;
	slurm->base = conf->url ? xasprintf("%.*s/" API, (int)length, conf->url)
				: xstrdup("http://localhost/" API);
	if (conf->url)
		slurm->user = xasprintf("X-SLURM-USER-NAME: %s", conf->user);
	*out = TAKE_PTR(slurm);
	return NULL;
}

void slurm_free(struct slurm *slurm)
{
	if (!slurm)
		return;
	free(slurm->base);
	free(slurm->user);
	free(slurm);
}

void slurm_release(struct slurm **slurm)
{
	slurm_free(*slurm);
}

void slurm_follow(struct slurm *slurm, int more)
{
	slurm->followed += more;
}

int slurm_followed(const struct slurm *slurm)
{
	return slurm->followed;
}

bool slurm_has_answered(const struct slurm *slurm)
{
	return slurm->answered;
}

void slurm_say_away(struct slurm *slurm, const char *words)
{
	if (!slurm->away)
		progress_note("the cluster is out of reach: %s", words);
	slurm->away = true;
}

/* --- the token --- */

/* A token alone, or as scontrol prints it. */
static ERR_CHECK read_token(const char *path, char **token)
{
	OWNED_STR text = NULL;

	TRY(secret_read(path, "'scontrol token' prints one", &text));
	*token = xstrdup(starts_with(text, "SLURM_JWT=") ? text + strlen("SLURM_JWT=") : text);
	return secret_check(*token, path);
}

/* *secret is NULL where none is needed. */
static ERR_CHECK find_secret(const struct slurm *slurm, char **secret)
{
	const char *set = getenv("SLURM_JWT");
	OWNED_STR token = NULL;

	*secret = NULL;
	if (!slurm->conf->url)
		return NULL;
	if (slurm->conf->token_file && *slurm->conf->token_file) {
		TRY(read_token(slurm->conf->token_file, &token));
	} else if (set && *set) {
		TRY(secret_check(set, "SLURM_JWT"));
		token = xstrdup(set);
	} else {
		return err_hint(err_input("there is no token for '%s'", slurm->conf->url),
				"farrier.conf: build.token-file, or SLURM_JWT in the environment");
	}
	*secret = xasprintf("X-SLURM-USER-TOKEN: %s", token);
	return NULL;
}

/* --- an answer --- */

void slurm_release_reply(struct slurm_reply *reply)
{
	json_decref(reply->json);
	free(reply->words);
	*reply = (struct slurm_reply){ 0 };
}

static enum slurm_outcome classify(int number)
{
	if (!number || number == HELD_AS_ASKED)
		return SLURM_DONE;
	if (number == NO_SUCH_JOB)
		return SLURM_NO_JOB;
	if (number == QUEUE_FULL || number == NODES_BUSY || number == TRY_AGAIN)
		return SLURM_FULL;
	if (number < 0 || number == NOT_NOW ||
	    (number >= FIRST_LOST_CONNECTION && number <= LAST_LOST_CONNECTION) ||
	    (number >= FIRST_LOST_MESSAGE && number <= LAST_LOST_MESSAGE))
		return SLURM_TROUBLE;
	return SLURM_REJECTED;
}

static int error_of(const json_t *one)
{
	int number = store_get_int(one, "error_number", 0);

	return number ? number : store_get_int(one, "error_code", 0);
}

/* One line that a terminal may show. */
static char *clean(const char *text)
{
	STRBUF words = { 0 };

	for (const char *c = text; *c && words.len < MAX_WORDS; c++)
		strbuf_addf(&words, "%c", *c < ' ' && *c >= 0 ? ' ' : *c);
	strbuf_trim(&words);
	return strbuf_detach(&words);
}

/* Of several errors the one that says the most: the first that has a number of its own. */
static void read_errors(const json_t *errors, struct slurm_reply *reply)
{
	size_t index;
	const json_t *one;

	json_array_foreach (errors, index, one) {
		const char *text = store_get_string(one, "error", "");
		const char *about = store_get_string(one, "description", "");
		OWNED_STR words = NULL;
		int number = error_of(one);

		if (number == HELD_AS_ASKED || (reply->number && (reply->number > 0 || number < 0)))
			continue;
		reply->number = number ? number : -1;
		free(reply->words);
		words = xasprintf("%s%s%s (%d)", about, *about && *text ? ": " : "", text,
				  reply->number);
		reply->words = clean(words);
	}
	reply->outcome = classify(reply->number);
}

/* 401 may be a token that ran out; 408 and 425 are times, 429 is too often. */
static bool is_final(int status)
{
	return status >= 400 && status < 500 && status != 401 && status != 408 && status != 425 &&
	       status != 429;
}

static char *describe_status(int status, const char *said)
{
	if (status == 404)
		return xstrdup("it has no API of version " VERSION
			       ", which 'slurmrestd -s openapi/" VERSION "' offers");
	return xasprintf("HTTP status %d%s%s", status, *said ? ": " : "", said);
}

static void read_answer(const struct http_answer *answer, struct slurm_reply *reply)
{
	json_error_t error;
	OWNED_STR said = NULL;

	reply->json = json_loadb(strbuf_str(&answer->body), answer->body.len,
				 JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(reply->json)) {
		read_errors(json_object_get(reply->json, "errors"), reply);
		if (reply->outcome != SLURM_DONE || (answer->status >= 200 && answer->status < 300))
			return;
	}
	reply->outcome = is_final(answer->status) ? SLURM_REJECTED : SLURM_TROUBLE;
	said = clean(strbuf_str(&answer->body));
	free(reply->words);
	reply->words = describe_status(answer->status, said);
}

static const struct err *on_answer(void *data, const struct err *err, struct http_answer *answer)
{
	struct slurm_call *call = data;
	SLURM_REPLY reply = { .outcome = SLURM_TROUBLE };

	call->transfer = NULL;
	if (err && err->kind == ERR_INTERRUPTED)
		return err;
	if (err) {
		reply.words = xstrdup(err->text);
		err_free(err);
	} else {
		read_answer(answer, &reply);
	}
	if (reply.outcome != SLURM_TROUBLE && reply.outcome != SLURM_FULL) {
		call->slurm->answered = true;
		call->slurm->away = false;
	}
	return call->callback(call->data, &reply);
}

/* --- a call --- */

static void release_call(struct slurm_call **call)
{
	slurm_call_free(*call);
}

ERR_CHECK slurm_call(struct slurm *slurm, struct http *http, const struct slurm_request *request,
		     slurm_callback callback, void *data, struct slurm_call **out)
{
	CLEANUP(release_call) struct slurm_call *call = xcalloc(1, sizeof(*call));
	const char *const headers[] = { slurm->user, NULL };
	struct http_request ask = { .method = request->method,
				    .socket = slurm->conf->url ? NULL : slurm->conf->socket,
				    .headers = headers,
				    .total_timeout = ANSWER_TIMEOUT,
				    .stall_timeout = ANSWER_TIMEOUT,
				    .limit = MAX_ANSWER };

	*call = (struct slurm_call){ .slurm = slurm, .callback = callback, .data = data };
	TRY(find_secret(slurm, &call->secret));
	call->url = xasprintf("%s%s", slurm->base, request->path);
	ask.url = call->url;
	ask.secret = call->secret;
	if (request->body) {
		call->body = store_canonical(request->body);
		ask.body = call->body;
		ask.body_length = strlen(call->body);
		ask.body_type = "application/json";
	}
	TRY(http_start(http, &ask, on_answer, call, &call->transfer));
	*out = TAKE_PTR(call);
	return NULL;
}

void slurm_call_free(struct slurm_call *call)
{
	if (!call)
		return;
	if (call->transfer)
		http_cancel(call->transfer);
	free(call->url);
	free(call->body);
	free(call->secret);
	free(call);
}

/* What slurm_ask() waits for. */
struct wait {
	struct slurm_reply *reply;
	bool done;
};

static const struct err *on_reply(void *data, const struct slurm_reply *reply)
{
	struct wait *wait = data;

	*wait->reply = *reply;
	wait->reply->json = json_incref(reply->json);
	wait->reply->words = reply->words ? xstrdup(reply->words) : NULL;
	wait->done = true;
	return NULL;
}

ERR_CHECK slurm_ask(struct slurm *slurm, const struct slurm_request *request,
		    struct slurm_reply *reply)
{
	LOOP loop = loop_new();
	HTTP http = NULL;
	CLEANUP(release_call) struct slurm_call *call = NULL;
	struct wait wait = { .reply = reply };

	TRY(http_new(loop, &http));
	TRY(slurm_call(slurm, http, request, on_reply, &wait, &call));
	return loop_run(loop, &wait.done);
}
