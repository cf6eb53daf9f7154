/* SPDX-License-Identifier: GPL-2.0 */
/* build_key.h - what decides a build's result, as a document and as its id. */
#ifndef FARRIER_BUILD_KEY_H
#define FARRIER_BUILD_KEY_H

#include "build.h"
#include "record/toolchain.h"

/*
 * The recipe's version: goes up whenever build_make.c makes something else of the
 * same sources. Old builds are then not found any more.
 */
#define BUILD_RECIPE 1

/* What the kernel shows as its builder; fixed, so that equal trees give equal images. */
#define BUILD_TIMESTAMP "Thu Jan  1 00:00:00 UTC 1970"
#define BUILD_USER	"farrier"
#define BUILD_HOST	"farrier"
#define BUILD_NUMBER	"1"

struct build_key {
	json_t *document;	 /* everything that decides */
	char hex[STORE_ID_SIZE]; /* its id */
	git_oid tree;
	struct strbuf fragment; /* the config fragments' text */
	char fragment_id[STORE_ID_SIZE];
	/* id of what an O= folder must not outlive: all but tree and config */
	char frame[STORE_ID_SIZE];
};

void build_key_release(struct build_key *key);
#define BUILD_KEY CLEANUP(build_key_release) struct build_key

/* Asks the toolchain; a missing one is ERR_ENV. */
ERR_CHECK build_key_make(const struct build_request *request, struct build_key *key) MUST_USE;

/* What a request's image is, relative to the O= folder. Borrowed. */
const char *build_key_image(const struct build_request *request);

/* Says in a build what it is of. */
void build_describe(const struct build_request *request, const struct build_key *key,
		    struct build *build);

#endif
