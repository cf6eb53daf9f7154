/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kept.h - how a room says what it keeps in the cache, and what of it is in use.
 *
 * A room that writes below the cache describes it with a `struct kept_kind`, which
 * lib/cache collects: 'farrier gc' shows, measures and removes by it and knows no
 * room's files. Everything in the cache can be made again; a thing goes as a whole,
 * renamed away before anything in it is removed, so no room ever finds a half.
 *
 * Who uses a thing keeps others from removing it in one of two ways: by the lock
 * file that its description names, or by a kept_hold() on the thing itself, which
 * any number of processes may have at once. The kernel drops both with the process.
 */
#ifndef FARRIER_KEPT_H
#define FARRIER_KEPT_H

#include "base/err.h"
#include "base/strbuf.h"

/* One thing that can go by itself. Paths are relative to the cache and have no links in them. */
struct kept {
	char *name;	     /* among its kind */
	char *label;	     /* what it is, for people; or NULL */
	struct strvec paths; /* the thing, a folder or a file, and the files that belong to it */
	char *lock;	     /* the lock file that its users hold; NULL: they kept_hold() it */
	char *stamp;	     /* the file whose time says when it was used last; NULL: the thing */
	char *needs;	/* the path of a thing without which this one is worth nothing; or NULL */
	double seconds; /* what it takes to make it again, as far as it is known */
};

void kept_release(struct kept *kept);

struct kept_list {
	struct kept *items;
	size_t count, alloc;
};

void kept_list_release(struct kept_list *list);
#define KEPT_LIST CLEANUP(kept_list_release) struct kept_list

/* Adds a thing; its other members are the caller's to set until the next one is added. */
struct kept *kept_add(struct kept_list *list, const char *name, const char *path);

struct kept_kind {
	const char *name;   /* "kernels", as on the command line */
	const char *folder; /* CACHE/FOLDER; NULL when it has none of its own */
	ERR_CHECK (*list)(const char *cache, struct kept_list *list);
	/*
	 * A kind without list(): each name in its folder is a thing, but for locks and what is
	 * not finished.
	 */
	bool by_key;		 /* only names that are ids (core/store.h) */
	bool has_locks;		 /* NAME.lock beside it is held by who uses NAME */
	bool stays;		 /* only measured: it is never chosen to go */
	bool by_reading;	 /* used when a file in it was read or written last */
	bool is_steady;		 /* its size hardly changes once it is there */
	bool is_fetched;	 /* making it again costs the network as many bytes as it has */
	double seconds_per_file; /* of making it again, where things do not say */
	int rest;		 /* seconds that it must have lain unused, for what nobody locks */
};

/*
 * The names in CACHE/FOLDER that may name things, sorted. A folder that is not there,
 * or that is or stands behind a link, has none: nothing outside the cache is its own.
 */
ERR_CHECK kept_names(const char *cache, const char *folder, struct strvec *names) MUST_USE;

/* Whether CACHE/PATH itself is a folder, not a link to one. */
bool kept_is_folder(const char *cache, const char *path);

struct kept_hold;

/*
 * Says that a thing is in use from now on: it cannot be removed until the hold is let
 * go, and was used last just now. `*hold` may have one already, which it replaces.
 * False when there is nothing under that path.
 */
bool kept_take_hold(const char *path, struct kept_hold **hold) MUST_USE;
void kept_let_go(struct kept_hold **hold);

#endif
