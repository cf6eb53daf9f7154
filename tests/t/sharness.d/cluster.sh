# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A toy world (toy.sh) whose kernels are built by a cluster, tests/standin/slurmrestd; its jobs run
# farrier itself.

# toy_cluster: a cache, and where the cluster has its things.
toy_cluster () {
	toy_cache
	RESTD=$(dirname "$FARRIER")/standin/slurmrestd
	SHARED=$XDG_CACHE_HOME/shared
	BUILT=$XDG_CACHE_HOME/built
}

# cluster_start NODES: a cluster from nothing, which ends with this test.
cluster_start () {
	rm -rf cluster && mkdir cluster && echo secret.token.0123 >cluster/token && rm -f hold && mkfifo hold || return 1
	"$RESTD" cluster "$1" <hold >restd.log 2>&1 &
	cluster=$!
	exec 9>hold
	wait_for "test -s cluster/port"
	URL=http://127.0.0.1:$(cat cluster/port)
}

cluster_stop () {
	exec 9>&-
	wait "$cluster"
}

# jobs: what there was, as JSON.
jobs () {
	curl -s "$URL/restd/jobs"
}

setting () {
	git config -f ws/farrier.conf "build.$1" "$2"
}

# forget: nothing was built here or on a node; a job may still be there.
forget () {
	rm -rf "$XDG_CACHE_HOME/farrier/build" "$XDG_CACHE_HOME"/node/*/farrier/build ws/.farrier/cluster && : >"$BUILT"
}

build () {
	timeout 60 "$FARRIER" -C ws -q build toy --json "$@" >json 2>err
}

# all_over: no job is left that waits or runs, nor is one that was held; 'jobs.json' are all.
all_over () {
	wait_for "jobs >jobs.json && jq -e \"all(.job_state | . != \\\"PENDING\\\" and . != \\\"RUNNING\\\")\" jobs.json" || { cat jobs.json && return 1; }
}

# cluster_world: branch 'toy' was built here once, local.sum, and is to be built by two nodes.
cluster_world () {
	toy_world && sed -i "/^vmlinux/,\$d" linux/Makefile && toy_tab=$(printf "\t") &&
	cat >>linux/Makefile <<-EOF &&
	vmlinux:
	${toy_tab}@echo \$\${SLURMD_NODENAME:-here} >>$BUILT; cat kernel/head kernel/fault kernel/tail >\$(O)/vmlinux
	${toy_tab}@test ! -e $XDG_CACHE_HOME/break || . $XDG_CACHE_HOME/break
	${toy_tab}@echo "  LD      vmlinux"
	EOF
	git -C linux commit -qam "toy: notes" && git -C linux tag -f base >/dev/null && toy_branch toy && toy_model && toy_fix &&
	cp -R bin "$XDG_CACHE_HOME/bin" && cluster_start 2 && echo secret.token.0123 >token && chmod 600 token &&
	farrier -C ws build toy --json >local.json && jq -r ".builds[0].image" local.json | xargs sha1sum | cut -c1-40 >local.sum &&
	setting executor slurm && setting url "$URL" && setting user ci && setting token-file "$PWD/token" &&
	setting shared "$SHARED" && setting node-cache "$XDG_CACHE_HOME/node" && setting cpus 1 && setting poll-ms 50 && setting patience 3 &&
	setting node-path "$XDG_CACHE_HOME/bin:/usr/bin:/bin" && forget
}

# undisturbed: the same kernel as when it was built here; one job, nothing left behind.
undisturbed () {
	jq -e ".builds[0] | .status == \"ok\" and (.reused | not)" json >/dev/null &&
	jq -r ".builds[0].image" json | xargs sha1sum | cut -c1-40 >actual.sum && test_cmp local.sum actual.sum &&
	test -z "$(find "$SHARED/builds" -mindepth 1)" && test -z "$(ls ws/.farrier/cluster)" &&
	git -C "$SHARED/linux.git" for-each-ref refs/farrier/build >refs && test_must_be_empty refs
}

# hang_once: the next build does not end by itself, those behind it do.
hang_once () {
	rm -rf "$XDG_CACHE_HOME/once" && echo "if mkdir $XDG_CACHE_HOME/once; then sleep 1000; fi" >"$XDG_CACHE_HOME/break"
}

# job STATE: the job behind the first $before ones is in it, and its build began.
before=0
job () {
	wait_for "test -d $XDG_CACHE_HOME/once && jobs | jq -e \".[$before].job_state == \\\"$1\\\"\""
}

# infra WORDS: the build says nothing of the kernel, and why.
infra () {
	test_expect_code 3 build && grep "$1" err && test -z "$(find "$XDG_CACHE_HOME/farrier/build" -name build.json 2>/dev/null)"
}
