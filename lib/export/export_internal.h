/* SPDX-License-Identifier: GPL-2.0 */
/* export_internal.h - between the files of the export room only. */
#ifndef FARRIER_EXPORT_INTERNAL_H
#define FARRIER_EXPORT_INTERNAL_H

#include "export_upstream.h"
#include "stack/stack.h"

/* A patch that may go out, with what it is made of; borrowed, but for the messages. */
struct export_item {
	const struct series *series;
	const struct patch *patch;
	const struct port_patch *ported;
	bool below;	  /* of a prerequisite */
	char *recorded;	  /* the message of its recorded port, or NULL */
	char *mainline;	  /* the message of its upstream commit, or NULL */
	char *message;	  /* as it goes out */
	git_oid commit;	  /* as it goes out */
	size_t record;	  /* its place in the result's patches */
	git_oid original; /* the upstream commit when it is at hand; else zero */
};

struct export_job {
	const struct export_request *request;
	struct export_result *result;
	struct branch branch;
	struct stack_layers layers;
	struct stack stack;
	struct repo_person sender;
	struct export_upstream upstream;
	bool in_mainline; /* every commit that is named was found there */
	struct export_item *items;
	size_t item_count;
	git_oid from; /* what the mails go on top of */
	git_oid to;
};

static inline const struct series *export_series(const struct export_job *job)
{
	return job->layers.list[job->layers.count - 1];
}

/* export_choose.c: fills in the result's patches and the job's items. */
ERR_CHECK export_choose(struct export_job *job) MUST_USE;

/* export_commits.c: the items' messages, refusing patches that nobody signed off; then commits. */
ERR_CHECK export_write_messages(struct export_job *job) MUST_USE;
ERR_CHECK export_write_commits(struct export_job *job) MUST_USE;

/* Marks a patch and so the export; takes the texts. */
void export_refuse(struct export_result *result, struct export_patch *patch, char *reason,
		   char *hint);

#endif
