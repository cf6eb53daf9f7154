# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A real Slurm and a real LAVA server (tests/lab/) on this machine, and workspaces that use them.

SLURM=$FARRIER_SOURCE/tests/lab/slurm
SLURM_STATE=$FARRIER_SOURCE/build/slurm
LAVA=$FARRIER_SOURCE/tests/lab/lava
LAVA_STATE=$FARRIER_SOURCE/build/lava

# real_servers WHAT: the test, which needs them and kernels, may go on, or is skipped loudly.
real_servers () {
	XDG_CACHE_HOME=$FARRIER_REAL_CACHE
	export XDG_CACHE_HOME SLURM_STATE LAVA_STATE
	need_kernel linux-6.12.y
	if ! test_have_prereq KERNEL; then
		skip_all="no linux-6.12.y"
		test_done
	fi
	if test "$(id -u)" != 0; then
		echo "# SKIPPED: only root can install and start $1" >&2
		skip_all='not root'
		test_done
	fi
}

# as_user COMMAND...: as the account of the cluster's jobs, whose world is $W. It ends the shell:
# ( as_user ... ) & has a process id of its own.
as_user () {
	exec setpriv --reuid farrier-build --regid farrier-build --clear-groups env HOME="$W" XDG_CACHE_HOME="$W/cache" "$@"
}

# slurm_start: two nodes that know of no job, and keep their folders in $NODES, but no kernel.
slurm_start () {
	"$SLURM" install && rm -rf "$SLURM_STATE/controller" && "$SLURM" start && mkdir -p "$NODES" && rm -rf "$NODES"/*/farrier/build
}

lava_start () {
	env HOME=/root "$LAVA" install && env HOME=/root "$LAVA" start 2
}

# lava_machine WORKSPACE TOKEN-FILE ARTIFACTS MS: its machine 'lab' are the server's devices.
lava_machine () {
	cp "$FARRIER_SOURCE"/kernels/machines/lava-qemu-alpha.job.json "$1/kernels/machines/" &&
	sed "/qemu = /d; /packages/d; /model/d; /accel/d; s/kind = .*/kind = lava/" "$FARRIER_SOURCE"/kernels/machines/clipper.conf >"$1/kernels/machines/lab.conf" &&
	printf "\turl = %s\n\ttoken-file = %s\n\tjob = lava-qemu-alpha.job.json\n\tartifacts = %s\n\tpoll-ms = %s\n" \
		"$(cat "$LAVA_STATE/url")" "$2" "$3" "$4" >>"$1/kernels/machines/lab.conf"
}

# slurm_workspace MS: $W/ws, of the jobs' account, with the trees of this host; its kernels are
# built by the cluster.
slurm_workspace () {
	rm -rf "$W" && mkdir -p "$W/shared" && chmod 755 "$W" &&
	{ cp -al "$FARRIER_REAL_CACHE/farrier/linux.git/objects" "$W/objects" || cp -a "$FARRIER_REAL_CACHE/farrier/linux.git/objects" "$W/objects"; } &&
	git init -q --bare "$W/linux.git" && echo "$W/objects" >"$W/linux.git/objects/info/alternates" &&
	git --git-dir="$FARRIER_REAL_CACHE/farrier/linux.git" for-each-ref --format="update %(refname) %(objectname)" refs/farrier/tree |
		git --git-dir="$W/linux.git" update-ref --stdin &&
	cp "$FARRIER" "$W/farrier" && "$SLURM" token 86400 >"$W/token" && chmod 600 "$W/token" &&
	"$FARRIER" -q init "$W/ws" && cp -R "$FARRIER_SOURCE"/series/* "$W/ws/series/" &&
	for pair in kernel.repo="$W/linux.git" build.executor=slurm "build.url=$(cat "$SLURM_STATE/url")" build.user=farrier-build \
		build.token-file="$W/token" build.shared="$W/shared" build.node-cache="$NODES" build.cpus=1 build.poll-ms="$1"; do
		git config -f "$W/ws/farrier.conf" "${pair%%=*}" "${pair#*=}" || return 1
	done &&
	chown -R farrier-build: "$W/ws" "$W/linux.git" "$W/shared" "$NODES" "$W/token" && chown farrier-build: "$W"
}

cluster_is_there () {
	(as_user "$W/farrier" -C "$W/ws" doctor --json) | jq -e ".checks[] | select(.name == \"cluster\") | .status == \"ok\""
}

# slurm_jobs STATE [FORMAT]: those that are in it.
slurm_jobs () {
	SLURM_CONF=$SLURM_STATE/etc/slurm.conf squeue -h -t "$1" -o "${2:-%i}"
}
