/* SPDX-License-Identifier: GPL-2.0 */
/*
 * front.h - the server of stand-ins: HTTP, and how it goes wrong.
 *
 * It listens on a free port of 127.0.0.1, writes the port to ROOT/port, and ends when its standard
 * input does. ROOT/faults, if there, has a line "PER_MILLE SEED KIND..." : so many of a thousand
 * requests go wrong in one of these ways, with "POST:KIND" only those of that method:
 *
 *     refuse   hang up without doing it         lost     do it, and hang up
 *     late     hang up, do it 0.2 s later (*)   half     do it, and hang up in the answer
 *     slow     answer after 0.2 s               fail     do it, and answer 500 with HTML
 *     301 401 403 404 429 500 503               that answer, without doing it
 *     nonsense answer 200 with no JSON and no YAML
 *
 * ROOT/once, "METHOD:KIND", is for the next request of the method alone; it goes when that came.
 *
 * and others of the world's own. (*) or as many seconds as ROOT/lateness says; slow: ROOT/slowness.
 * ROOT/retry-after has what 429 and 503 ask for.
 */
#ifndef STANDIN_FRONT_H
#define STANDIN_FRONT_H

#include <microhttpd.h>

struct answer {
	unsigned int status;
	const char *type;
	char *body;   /* allocated; NULL: none at all */
	char *header; /* "NAME: VALUE" or NULL */
};

/* Everything is called by one thread at a time. */
struct front_world {
	const char *own; /* below this path a test asks, and nothing goes wrong */
	/* `connection` is NULL for a request that comes late. */
	struct answer (*answer)(struct MHD_Connection *connection, const char *url,
				const char *method, const char *body);
	/* For every request, before: may do what a fault of this kind does, or make it another; or
	 * NULL. */
	void (*harm)(char *kind, size_t size, const char *url);
	void (*end)(void); /* or NULL */
};

/* Where files are read; front_run() does it, too. */
void front_open(const char *root);

/* Serves until standard input ends. */
int front_run(const char *root, const struct front_world *world);

/* For a thread of the world's own. */
void front_lock(void);
void front_unlock(void);

/* Files of ROOT by which a test speaks: whole, and as a number. */
char *read_root(const char *name);
char *read_file(const char *path); /* NULL: cannot be read */
char *root_path(const char *name);
double read_number(const char *name, double fallback);
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
