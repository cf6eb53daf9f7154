/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slurm.h - a Slurm cluster's slurmrestd: one call of its API v0.0.38 at a time.
 *
 * What the API answers is in its own openapi/v3; seen on 22.05. What that leaves out:
 *
 * - slurmrestd takes a unix socket (the caller is known by its process) or TCP with a token
 *   (X-SLURM-USER-NAME and X-SLURM-USER-TOKEN). It refuses chunked bodies.
 * - "errors" may be filled on 200, and the job made all the same: 2042 says that it is held, as
 *   was asked for; 2015 that it will never run.
 * - The number is "error_code" of a submission and "error_number" elsewhere. 2017 alone means
 *   that there is no such job: a controller that is away and a token that ran out say -1 or
 *   numbers of lost connections, whatever else they say.
 */
#ifndef FARRIER_SLURM_H
#define FARRIER_SLURM_H

#include "core/http.h"
#include "core/store.h"

/* Where it is, and who asks. Strings are borrowed. */
struct slurm_conf {
	const char *url;	/* "http://host:6820", or NULL */
	const char *socket;	/* else a path */
	const char *user;	/* whose jobs they are; needed with a URL */
	const char *token_file; /* a token alone, or "SLURM_JWT=..." as scontrol prints; or NULL */
};

struct slurm;

/* Checks the settings; asks nothing yet. Borrows `conf`. */
ERR_CHECK slurm_open(const struct slurm_conf *conf, struct slurm **slurm) MUST_USE;
void slurm_free(struct slurm *slurm);
void slurm_release(struct slurm **slurm);
#define SLURM CLEANUP(slurm_release) struct slurm *

/* Jobs that are followed share a pace: a controller has others to serve. */
void slurm_follow(struct slurm *slurm, int more);
int slurm_followed(const struct slurm *slurm);

/* Whether anything but trouble ever came: then a token that is missing is being written anew. */
bool slurm_has_answered(const struct slurm *slurm);
/* Tells the reader that it does not answer, once until it does again. */
void slurm_say_away(struct slurm *slurm, const char *words);

/* What came of a call. */
enum slurm_outcome {
	SLURM_DONE,	/* with JSON, and no error */
	SLURM_NO_JOB,	/* there is no such job, or not any more */
	SLURM_REJECTED, /* the same call will not go better */
	SLURM_TROUBLE,	/* no answer, half of one, no controller, no valid token: later it may */
	SLURM_FULL,	/* the same, and it was not done */
};

struct slurm_reply {
	enum slurm_outcome outcome;
	int number;   /* Slurm's error, or 0 */
	json_t *json; /* or NULL; also of a rejection */
	char *words;  /* what was said, one line, without secrets; or NULL */
};

void slurm_release_reply(struct slurm_reply *reply);
#define SLURM_REPLY CLEANUP(slurm_release_reply) struct slurm_reply

struct slurm_request {
	enum http_method method;
	const char *path;   /* below slurm/v0.0.38/: "job/3" */
	const json_t *body; /* or NULL */
};

struct slurm_call;
typedef const struct err *(*slurm_callback)(void *data, const struct slurm_reply *reply);

/*
 * Asks once, in the loop; the token is read anew for each call, as those of a cluster are short-
 * lived. `callback` comes once, unless the call is freed before.
 */
ERR_CHECK slurm_call(struct slurm *slurm, struct http *http, const struct slurm_request *request,
		     slurm_callback callback, void *data, struct slurm_call **call) MUST_USE;
/* Gives up on it if it still goes on; also after the callback, or in it. NULL does nothing. */
void slurm_call_free(struct slurm_call *call);

/* Asks and waits for one answer, of whatever outcome. */
ERR_CHECK slurm_ask(struct slurm *slurm, const struct slurm_request *request,
		    struct slurm_reply *reply) MUST_USE;

#endif
