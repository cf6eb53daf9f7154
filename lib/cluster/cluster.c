// SPDX-License-Identifier: GPL-2.0
#include "base/interrupt.h"
#include "base/progress.h"
#include "cluster_part.h"

static void release_cluster(struct cluster **cluster)
{
	if (!*cluster)
		return;
	cluster_leaving_free((*cluster)->leaving);
	slurm_free((*cluster)->slurm);
	http_release(&(*cluster)->http);
	cluster_conf_release(&(*cluster)->conf);
	free(*cluster);
}

ERR_CHECK cluster_open(const struct workspace *workspace, struct loop *loop, struct cluster **out)
{
	CLEANUP(release_cluster) struct cluster *cluster = xcalloc(1, sizeof(*cluster));

	cluster->workspace = workspace;
	cluster->loop = loop;
	TRY(cluster_conf_read(workspace, &cluster->conf));
	TRY(slurm_open(&cluster->conf.rest, &cluster->slurm));
	cluster->leaving = cluster_leaving_new(workspace, &cluster->conf, loop, cluster->slurm);
	*out = TAKE_PTR(cluster);
	return NULL;
}

int cluster_room(const struct cluster *cluster)
{
	return cluster->conf.most;
}

ERR_CHECK cluster_need_http(struct cluster *cluster)
{
	return cluster->http ? NULL : http_new(cluster->loop, &cluster->http);
}

static ERR_CHECK cancel_leaving(struct cluster *cluster)
{
	TRY(cluster_need_http(cluster));
	TRY(cluster_leaving_add_strays(cluster->leaving, cluster->http));
	return cluster_leaving_wait(cluster->leaving);
}

void cluster_close(struct cluster *cluster)
{
	const struct err *err = NULL;

	if (!cluster)
		return;
	interrupt_hold(true);
	if (cluster->used)
		err = cancel_leaving(cluster);
	interrupt_hold(false);
	if (err)
		progress_warn("some jobs may run on: %s", err->text);
	err_free(err);
	if (cluster->sent)
		err_free(cluster_source_tidy(cluster->conf.shared));
	release_cluster(&cluster);
}
