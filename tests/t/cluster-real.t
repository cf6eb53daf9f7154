#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='a real Slurm with two nodes: real kernels, byte for byte those that are built here

The nodes keep their folders in /var/tmp between runs; the controller dies on the way.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

SLURM=$FARRIER_SOURCE/tests/lab/slurm
SLURM_STATE=$FARRIER_SOURCE/build/slurm
SLURM_CPUS=1
SLURM_NODE_TIMEOUT=10
XDG_CACHE_HOME=$FARRIER_REAL_CACHE
export XDG_CACHE_HOME SLURM_STATE SLURM_CPUS SLURM_NODE_TIMEOUT
BRANCH=linux-6.12.y
# A path without spaces, that the account of the jobs may read.
W=/var/tmp/farrier-cluster
NODES=/var/tmp/farrier-cluster-nodes

need_kernel $BRANCH
test_have_prereq KERNEL || { skip_all="no $BRANCH"; test_done; }
if test "$(id -u)" != 0; then
	echo "# SKIPPED: only root can install and start a Slurm cluster" >&2
	skip_all='not root'
	test_done
fi
cleanup "'$SLURM' stop; rm -rf '$W'"

as_user () {
	setpriv --reuid farrier-build --regid farrier-build --clear-groups env HOME=$W XDG_CACHE_HOME=$W/cache "$@"
}

# jobs STATE: how many are in it.
jobs () {
	SLURM_CONF=$SLURM_STATE/etc/slurm.conf squeue -h -t "$1" -o %i | wc -l
}

wait_for () {
	for try in $(seq 600); do
		test "$(jobs "$1")" -ge "$2" && return 0
		sleep 0.2
	done
	return 1
}

# sums: of the images of the last build, in order.
sums () {
	jq -r ".builds[].image" "$1" | xargs sha256sum | cut -c1-64
}

test_expect_success 'a cluster with two nodes, and a workspace of its own account' '
	"$SLURM" install && rm -rf $W && "$SLURM" start && mkdir -p $W/shared $NODES && rm -rf $NODES/*/farrier/build && chmod 755 $W &&
	{ cp -al "$FARRIER_REAL_CACHE/farrier/linux.git/objects" $W/objects || cp -a "$FARRIER_REAL_CACHE/farrier/linux.git/objects" $W/objects; } &&
	git init -q --bare $W/linux.git && echo $W/objects >$W/linux.git/objects/info/alternates &&
	git --git-dir="$FARRIER_REAL_CACHE/farrier/linux.git" for-each-ref --format="update %(refname) %(objectname)" refs/farrier/tree |
		git --git-dir=$W/linux.git update-ref --stdin &&
	cp "$FARRIER" $W/farrier && cd $W && farrier -q init ws && cp -R "$FARRIER_SOURCE"/series/* ws/series/ &&
	git config -f ws/farrier.conf kernel.repo $W/linux.git && cp -R ws here && git config -f here/farrier.conf --unset kernel.repo && git config -f ws/farrier.conf build.executor slurm &&
	"$SLURM" token >token && chmod 600 token && git config -f ws/farrier.conf build.url "$(cat "$SLURM_STATE/url")" &&
	git config -f ws/farrier.conf build.user farrier-build && git config -f ws/farrier.conf build.token-file $W/token &&
	git config -f ws/farrier.conf build.shared $W/shared && git config -f ws/farrier.conf build.node-cache $NODES &&
	git config -f ws/farrier.conf build.cpus 1 && git config -f ws/farrier.conf build.poll-ms 500 &&
	chown -R farrier-build: $W/ws $W/linux.git $W/shared $NODES token && chown farrier-build: $W &&
	as_user $W/farrier -C ws doctor --json | jq -e ".checks[] | select(.name == \"cluster\") | .status == \"ok\""
'

test_expect_success 'two kernels at a time, while the controller is killed: the images of this host' '
	cd $W && { as_user $W/farrier -C ws -q build $BRANCH --with ev7-ipi --json >with.json 2>with.err & } && one=$! &&
	{ as_user $W/farrier -C ws -q build $BRANCH --with ev7-ipi --model io7-edge-loss --json >model.json 2>model.err & } && two=$! &&
	wait_for R 2 && "$SLURM" kill-controller && sleep 5 && "$SLURM" start-controller && wait $one && wait $two && cat with.err model.err >&2 &&
	jq -e ".builds[0].status == \"ok\" and (.builds[0].reused | not)" with.json && jq -e ".builds[0].status == \"ok\"" model.json &&
	farrier -C here -q build $BRANCH --with ev7-ipi --json >with.here && farrier -C here -q build $BRANCH --with ev7-ipi --model io7-edge-loss --json >model.here &&
	test "$(sums with.json)" = "$(sums with.here)" && test "$(sums model.json)" = "$(sums model.here)" && test "$(sums with.json)" != "$(sums model.json)" &&
	test -d $NODES/n1/farrier/src/$BRANCH && test -d $NODES/n2/farrier/src/$BRANCH
'

test_done
