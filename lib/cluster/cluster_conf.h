/* SPDX-License-Identifier: GPL-2.0 */
/* cluster_conf.h - section [build] of farrier.conf: where kernels are built. */
#ifndef FARRIER_CLUSTER_CONF_H
#define FARRIER_CLUSTER_CONF_H

#include "record/workspace.h"
#include "slurm/slurm.h"

struct cluster_conf {
	bool slurm;		/* build.executor = slurm; else local, and the rest says nothing */
	struct slurm_conf rest; /* build.url or build.socket, build.user, build.token-file */
	char *partition;	/* build.partition, or "" */
	char *account, *qos;	/* build.account, build.qos, or "" */
	int cpus;		/* build.cpus: of one build */
	int megabytes;		/* build.memory: of one build; 0: the cluster says */
	int minutes;		/* build.time-limit */
	int most;		/* build.queue: most jobs at a time */
	char *shared;		/* build.shared: a folder that every node has at the same path */
	char *node_cache;	/* build.node-cache: a folder of each node's own */
	char *program;		/* build.node-farrier: farrier on the nodes */
	char *path;		/* build.node-path: PATH there */
	double poll;		/* build.poll-ms, in seconds */
	double patience;	/* build.patience: seconds that the cluster may be out of reach */
	char *url, *socket, *user, *token_file;
};

void cluster_conf_release(struct cluster_conf *conf);
#define CLUSTER_CONF CLEANUP(cluster_conf_release) struct cluster_conf

/* A setting that is missing or makes no sense is ERR_INPUT. */
ERR_CHECK cluster_conf_read(const struct workspace *workspace, struct cluster_conf *conf) MUST_USE;

#endif
