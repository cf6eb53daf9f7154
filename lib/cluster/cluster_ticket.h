/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cluster_ticket.h - what a node needs to know of a build, and what it answers with: a folder.
 *
 * SHARED/builds/KEY/ is a workspace of its own, with copies of what the build's branch is made
 * of below kernels/, and
 *
 *   ticket.json   {"schema":1,"key":HEX,"branch":NAME,"commit":ID,"objects":[..]|null,
 *                  "initrd":ID|null}
 *   initrd        the initramfs that goes into the image, if one does
 *   job-N.out     what a job's script printed
 *   result/       once it is built: build.json as in the cache, its files, and sums.json,
 *                 {"schema":1,"files":{NAME:ID}}; it appears complete, in one step
 *   trouble.json  {"schema":1,"node","text","hint"}: the node could not build, whatever the
 *                 source
 *
 * The commit is one without parents, that holds the tree, in SHARED/linux.git.
 */
#ifndef FARRIER_CLUSTER_TICKET_H
#define FARRIER_CLUSTER_TICKET_H

#include "build/build.h"
#include "build/build_key.h"
#include "cluster_conf.h"

/*
 * Writes what a node needs into `folder`, unless it is there: a job may be reading it. What an
 * earlier attempt left of trouble goes.
 */
ERR_CHECK cluster_ticket_write(const char *folder, const struct cluster_conf *conf,
			       const struct build_request *request, const struct build_key *key,
			       const git_oid *commit) MUST_USE;

bool cluster_ticket_has_result(const char *folder);

/*
 * Takes the result into the cache: *build is complete then, as build_start() would leave it. One
 * that is damaged, or of another key, is ERR_ENV with *damaged = true.
 */
ERR_CHECK cluster_ticket_take(const char *folder, const struct build_request *request,
			      const struct build_key *key, struct build *build,
			      bool *damaged) MUST_USE;

bool cluster_ticket_has_trouble(const char *folder);
/* What the node said of its trouble, as ERR_ENV; else NULL. */
ERR_CHECK cluster_ticket_trouble(const char *folder) MUST_USE;

/*
 * On the node: builds what the ticket says, and leaves result or trouble.json. *done says which:
 * an error is one that nobody could be told of.
 */
ERR_CHECK cluster_ticket_serve(const char *folder, bool *done) MUST_USE;

#endif
