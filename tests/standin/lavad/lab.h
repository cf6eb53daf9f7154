/* SPDX-License-Identifier: GPL-2.0 */
/* lab.h - the lab of lavad: its devices, jobs and logs, and what it answers. */
#ifndef LAVAD_LAB_H
#define LAVAD_LAB_H

#include "../front/front.h"

struct query {
	const char *start, *end, *contains, *state, *before;
};

void open_lab(int devices, double speed);
/* Everything below is called by one thread at a time. */
struct answer do_it(const char *url, const char *method, const char *body,
		    const struct query *query);
struct answer detail(unsigned int status, const char *text);
void count_request(const char *url);

/* Does to the job that the URL names what a fault of this kind does; nothing for another kind. */
void harm_job(const char *kind, const char *url);

#endif
