#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='a real Slurm with two nodes: real kernels, byte for byte those that are built here

The nodes keep their folders in /var/tmp between runs; the controller dies on the way.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

SLURM_CPUS=1
SLURM_NODE_TIMEOUT=10
export SLURM_CPUS SLURM_NODE_TIMEOUT
BRANCH=linux-6.12.y
# A path without spaces, that the account of the jobs may read.
W=/var/tmp/farrier-cluster
NODES=/var/tmp/farrier-cluster-nodes

real_servers "a Slurm cluster"
cleanup "'$SLURM' stop; rm -rf '$W'"

# start NAME ARG...: a build, in the background.
start () {
	name=$1 && shift
	(cd $W && as_user $W/farrier -C ws -q build $BRANCH "$@" --json >"$name.json" 2>"$name.err") &
}

# sums: of the images of the last build, in order.
sums () {
	jq -r ".builds[].image" "$1" | xargs sha256sum | cut -c1-64
}

test_expect_success 'a cluster with two nodes, and a workspace of its own account' '
	slurm_start && slurm_workspace 500 && farrier -q init $W/here && cp -R "$FARRIER_SOURCE"/series/* $W/here/series/ && cluster_is_there
'

test_expect_success 'the same by the socket' '
	git config -f $W/ws/farrier.conf build.socket "$(cat "$SLURM_STATE/socket")" && git config -f $W/ws/farrier.conf --unset build.url && cluster_is_there &&
	git config -f $W/ws/farrier.conf build.url "$(cat "$SLURM_STATE/url")" && git config -f $W/ws/farrier.conf --unset build.socket
'

# no_job_twice: no kernel came of two jobs. A controller that is killed has forgotten its last seconds:
# it does not know jobs that were begun and done then, or kills them, and they are made again.
no_job_twice () {
	slurm_jobs all "%j %T" >known && cat known >&2 && test -s known && test "$(wc -l <known)" -le 4 &&
	sed -n "s/^farrier-\([0-9a-f]*\)-.* COMPLETED$/\1/p" known | sort | uniq -d >twice && test_must_be_empty twice
}

test_expect_success 'two kernels at a time, while the controller and a farrier are killed: the images of this host' '
	cd $W && start with --with ev7-ipi && one=$! && start model --with ev7-ipi --model io7-edge-loss && two=$! &&
	wait_for "test \$(slurm_jobs R | wc -l) -ge 2" && "$SLURM" kill-controller && kill -9 $two && sleep 5 && "$SLURM" start-controller &&
	start model --with ev7-ipi --model io7-edge-loss && two=$! && wait $one && wait $two && cat with.err model.err >&2 && no_job_twice &&
	jq -e ".builds[0].status == \"ok\" and (.builds[0].reused | not)" with.json && jq -e ".builds[0].status == \"ok\"" model.json &&
	farrier -C here -q build $BRANCH --with ev7-ipi --json >with.here && farrier -C here -q build $BRANCH --with ev7-ipi --model io7-edge-loss --json >model.here &&
	test "$(sums with.json)" = "$(sums with.here)" && test "$(sums model.json)" = "$(sums model.here)" && test "$(sums with.json)" != "$(sums model.json)" &&
	test -d $NODES/n1/farrier/src/$BRANCH && test -d $NODES/n2/farrier/src/$BRANCH
'

test_done
