/* SPDX-License-Identifier: GPL-2.0 */
/* lab.h - the lab of lavad: its devices, jobs and logs, and what it answers. */
#ifndef LAVAD_LAB_H
#define LAVAD_LAB_H

struct answer {
	unsigned int status;
	const char *type;
	char *body;   /* allocated; NULL: none at all */
	char *header; /* "NAME: VALUE" or NULL */
};

struct query {
	const char *start, *end, *contains, *state, *before;
};

/* Files of ROOT by which a test speaks: whole, and as a number. */
char *read_root(const char *name);
double read_number(const char *name, double fallback);
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

void open_lab(const char *root, int devices, double speed);
/* Everything below is called by one thread at a time. */
struct answer do_it(const char *url, const char *method, const char *body,
		    const struct query *query);
struct answer detail(unsigned int status, const char *text);
void count_request(const char *url);

/* Does to the job that the URL names what a fault of this kind does; nothing for another kind. */
void harm_job(const char *kind, const char *url);

#endif
