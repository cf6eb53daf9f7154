#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='the default matrix, for real, in one run: built by a Slurm of two nodes, booted here and in a LAVA lab

On the way farrier, the controller and a node are killed. It takes an hour and more on two CPUs:
"make check-matrix" runs it, "make check" does not. With FARRIER_KEEP=FILE the record is left there.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# All jobs are remembered until the end, so that none can be there twice unseen.
SLURM_CPUS=1 SLURM_NODE_TIMEOUT=10 SLURM_MIN_JOB_AGE=86400
export SLURM_CPUS SLURM_NODE_TIMEOUT SLURM_MIN_JOB_AGE
# A path without spaces, that the account of the jobs may read.
W=/var/tmp/farrier-matrix
NODES=/var/tmp/farrier-cluster-nodes

real_servers "a cluster and a lab"
cleanup "'$SLURM' stop; '$LAVA' stop; rm -rf '$W'"

# A job begins when the kernels before it are built.
PATIENCE=900

# jobs STATE: names and nodes of those that are in it.
jobs () {
	slurm_jobs "$1" "%j %N"
}

# start: the run, or the rest of it.
start () {
	(as_user $W/farrier -C $W/ws run default --json >>lines.json 2>>err) &
	run=$!
}

test_expect_success 'a cluster, a lab, and a workspace of the account of the jobs' '
	slurm_start && lava_start && slurm_workspace 1000 && mkdir $W/www && cp "$LAVA_STATE/token" $W/lab-token && chmod 600 $W/lab-token &&
	lava_machine $W/ws $W/lab-token $W/www 1000 &&
	sed -i "s/machine = clipper$/machine = clipper, lab/" $W/ws/kernels/matrix/default.conf && grep "clipper, lab" $W/ws/kernels/matrix/default.conf &&
	chown -R farrier-build: $W/ws $W/www $W/lab-token && cluster_is_there &&
	(as_user $W/farrier -C $W/ws run default --dry-run) >&2
'

# on_node NODE: it has a job. A controller that is killed in the moment of a launch finds the job
# there twice, and drains the node, until somebody says that it is well.
on_node () {
	"$SLURM" resume "$1"
	jobs R | grep farrier | grep "$1"
}

test_expect_success 'farrier, the controller and a node are killed on the way' '
	start && wait_for "jobs R | grep farrier | grep n2 && jobs R | grep n1" && sleep 10 &&
	kill -9 $run && ! wait $run && wait_for "! pgrep -u farrier-build -f \"run default\"" && start && sleep 20 && kill -0 $run &&
	"$SLURM" kill-controller && sleep 5 && "$SLURM" start-controller &&
	wait_for "on_node n2" && sleep 5 && "$SLURM" kill-node n2 && sleep 30 && "$SLURM" start-node n2 &&
	{ "$SLURM" resume n1; "$SLURM" resume n2; :; } && kill -0 $run
'

test_expect_success 'to its end: the series mends the fault on every branch, on both machines' '
	wait $run; code=$? ; tail -n 40 err >&2; test $code = 0 &&
	cp $W/ws/.farrier/runs/0001/run.json record.json && ! test -e $W/ws/.farrier/runs/0002 &&
	{ test -z "$FARRIER_KEEP" || cp record.json "$FARRIER_KEEP"; } &&
	jq -c "[.answer, (.branches | map(.name)), .timing]" record.json >&2 &&
	jq -e ".answer == \"good\" and .ended and (.pairs | length > 0 and all(.answer == \"fixed\"))" record.json &&
	jq -e "[.cells[].machine] | unique == [\"clipper\", \"lab\"]" record.json
'

test_expect_success 'both machines say the same of each cell' '
	for machine in clipper lab; do
		jq -r ".cells[] | select(.machine == \"$machine\") | [.branch, .variant, .model, .config, .cpus, .state] | @tsv" record.json >$machine || return 1
	done &&
	test -s lab && test_cmp clipper lab
'

test_expect_success 'every kernel came from a node, one job each and some more for what died' '
	jq -e ".builds | all(.status == \"ok\" or .status == \"cached\")" record.json &&
	slurm_jobs all "%j %T" >all && cat all >&2 &&
	cut -d" " -f1 all | sort >names && sort -u names | test_cmp - names &&
	jq -r ".builds[].key" record.json | sort -u >keys &&
	sed -n "s/^farrier-\([0-9a-f]*\)-.* COMPLETED$/\1/p" all | sort >done && uniq -d done >twice && test_must_be_empty twice &&
	# a controller that is killed has forgotten what began and ended in its last seconds
	test "$(wc -l <done)" -ge $(($(wc -l <keys) - 2)) &&
	# the node that died took one with it, and the controller two, if they had just begun
	test "$(wc -l <all)" -le $(($(wc -l <keys) + 3)) && test -z "$(ls $W/shared/builds)"
'

test_expect_success 'images are those that were built here, byte for byte, where there are such' '
	jq -r ".builds[].key" record.json | sort -u | while read -r key; do
		here=$FARRIER_REAL_CACHE/farrier/build/$key/image
		test -e "$here" || continue
		cmp "$here" $W/cache/farrier/build/$key/image || exit 1
		echo "$key"
	done >compared && echo "# $(wc -l <compared) images compared" >&2 && test -s compared
'

test_done
