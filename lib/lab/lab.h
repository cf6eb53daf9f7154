/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lab.h - a LAVA server: one call of its REST API v0.2 at a time.
 *
 * What LAVA answers is in docs/api of its sources, and was seen on 2023.01. Only facts that
 * its documentation leaves out:
 *
 * - A bad token is 403 on every call, also on public ones. Paths end in "/", else 301.
 * - An unknown tag in a job, or the cancel of a job that is not there, is 500 with HTML.
 * - Cancel is GET jobs/ID/cancel/, and 200 for a job that is finished, too.
 * - There is no idempotency key: see lab_job.h.
 *
 * The token comes from the machine's token-file (refused when others can read it), from
 * FARRIER_LAB_TOKEN, or from git's credential helpers, in this order; without one the lab is
 * asked as nobody. It is never shown, logged or stored.
 */
#ifndef FARRIER_LAB_H
#define FARRIER_LAB_H

#include "core/http.h"
#include "core/store.h"
#include "record/target.h"

struct lab;

/* Checks the settings and reads the token; asks nothing yet. Borrows `conf`. */
ERR_CHECK lab_open(const struct machine_conf *conf, struct lab **lab) MUST_USE;
void lab_free(struct lab *lab);
void lab_release(struct lab **lab);
#define LAB CLEANUP(lab_release) struct lab *

const struct lab_conf *lab_settings(const struct lab *lab);
/* Whether a member of "devices/" takes jobs, now or behind others. */
bool lab_takes_jobs(const json_t *device);

bool lab_has_token(const struct lab *lab);

/* What came of a call. */
enum lab_outcome {
	LAB_DONE,      /* 2xx, with JSON where JSON was asked for */
	LAB_NOT_THERE, /* 404 */
	LAB_FORBIDDEN, /* 401, 403 */
	LAB_REJECTED,  /* another 3xx or 4xx: the same call will not go better */
	LAB_TROUBLE,   /* no answer, half of one, 429, 5xx, no JSON: later it may */
};

struct lab_reply {
	enum lab_outcome outcome;
	int status;	    /* of HTTP, 0: no answer */
	json_t *json;	    /* of LAB_DONE; NULL for a text. Borrowed by callbacks */
	struct strbuf body; /* of a text */
	char *words;	    /* what the lab or libcurl said, one line, without secrets; or NULL */
	double retry_after; /* seconds that the lab asks to wait; -1: it does not */
};

void lab_release_reply(struct lab_reply *reply);
#define LAB_REPLY CLEANUP(lab_release_reply) struct lab_reply

struct lab_request {
	enum http_method method;
	const char *path;   /* below api/v0.2/: "jobs/3/" or "jobs/?limit=1" */
	const json_t *body; /* or NULL */
	bool text;	    /* the answer is none of JSON */
	double timeout;	    /* seconds for one try; 0: 120 */
};

struct lab_call;
typedef const struct err *(*lab_callback)(void *data, const struct lab_reply *reply);

/* Asks once, in the loop. `callback` comes once, unless the call is freed before. */
ERR_CHECK lab_call(struct lab *lab, struct http *http, const struct lab_request *request,
		   lab_callback callback, void *data, struct lab_call **call) MUST_USE;
/* Gives up on it if it still goes on; also after the callback, or in it. NULL does nothing. */
void lab_call_free(struct lab_call *call);

/*
 * Asks and waits, again while there is trouble, for `patience` seconds. What is not LAB_DONE
 * is ERR_ENV that says whom was asked what, with a hint.
 */
ERR_CHECK lab_ask(struct lab *lab, const struct lab_request *request, double patience,
		  struct lab_reply *reply) MUST_USE;

/* A reply that is not LAB_DONE as an error. */
ERR_CHECK lab_reply_error(const struct lab *lab, const struct lab_request *request,
			  const struct lab_reply *reply) MUST_USE;

#endif
