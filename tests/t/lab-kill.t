#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='an experiment in a lab, with farrier killed again and again while the lab has trouble

The lab is tests/standin/lavad, and the kernels are texts that it plays.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

LAVAD=$(dirname "$FARRIER")/standin/lavad
toy_cache

jobs () {
	curl -s "$URL/lavad/jobs"
}

# With a slow kernel, so that most kills hit boots that run.
test_expect_success 'setup: a toy world whose machine is in a lab' '
	toy_world && toy_model && toy_fix &&
	mkdir lab && mkfifo hold && { "$LAVAD" lab 4 1 <hold >lavad.log 2>&1 & } && exec 9>hold &&
	wait_for "test -s lab/port" &&
	URL=http://127.0.0.1:$(cat lab/port) &&
	sed -i "/^say ok 1 storm/i wait 0.3" linux/kernel/tail && git -C linux commit -qam "toy: slow" &&
	git -C linux tag -f base && toy_branch toy &&
	cat >ws/kernels/machines/far.conf <<-EOF &&
	[machine]
		kind = lava
		arch = toy
		cpus = 2
		url = $URL
		job = far.job.json
		artifacts = $PWD/www
		poll-ms = 50
		patience = 20
	EOF
	echo "{\"device_type\": \"toy\", \"job_name\": \"{tag}\", \"kernel\": \"{kernel}\", \"cmdline\": \"{cmdline}\",
		\"cpus\": \"{cpus}\"}" >ws/kernels/machines/far.job.json
'

verify () {
	farrier -C ws verify fix --model model --onto toy --machine far --cpus 2 --seconds 1 "$@"
}

# killed SEED: an experiment that is killed until it is through; how often is in "kills". It lives
# longer from kill to kill: on a busy machine it takes a second until it does anything.
killed () {
	kills=0 seed=$1
	for try in $(seq 200); do
		{ "$FARRIER" -C ws -q verify fix --model model --onto toy --machine far --cpus 2 --seconds 1 \
			--json >out.json 2>err & } && pid=$!
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		sleep "$(awk "BEGIN { print ($seed / 65536 % 90 + 10) * (10 + $kills) / 1000 }")"
		kill -9 "$pid" 2>/dev/null
		wait "$pid"
		code=$?
		test $code = 137 || { echo $kills >kills; return $code; }
		kills=$((kills + 1))
	done
	return 99
}

# one_job_each FIRST MOST: of the jobs from there on at most so many have one tag. None runs any
# more, none has a tag that no boot has (it was made again), each folder of a boot has a tag of its own, and each record names a job with its tag.
one_job_each () {
	sleep 1
	jobs | jq ".[$1:]" >jobs.json &&
	jq -e "length > 0 and (group_by(.tag) | all(length <= $2)) and all(.state == \"Finished\")" jobs.json &&
	find ws/.farrier/boots -name lab.json -exec jq -r .tag {} + | sort >tags && sort -u tags | cmp - tags &&
	jq -r ".[] | select(.cancelled | not) | .tag" jobs.json | sort -u | comm -13 tags - >strangers && test_must_be_empty strangers &&
	find ws/.farrier/boots -name boot.json | sed "s,/boot.json,," >ended && test -s ended &&
	while read -r folder; do
		jq -r "\"\(.tag) \(.job)\"" "$folder/lab.json" >own && read -r tag job <own &&
		jq -e "any(.[]; .id == $job and .tag == \"$tag\" and .state == \"Finished\")" jobs.json >/dev/null || return 1
	done <ended
}

export FARRIER_LAB_TOKEN=none

for round in 1 2 3; do
	test_expect_success "killed until it is through, round $round: fixed, with one job for each boot" '
		rm -rf ws/.farrier && first=$(jobs | jq length) && killed $round && test "$(cat kills)" -ge 3 && echo "# $(cat kills) kills" >&2 &&
		jq -e ".branches[0].verdict == \"fixed\"" out.json && one_job_each "$first" 1
	'
	# A request that comes late makes a second job; it is over before it can be cancelled, or is.
	test_expect_success "the same with a lab that has trouble, round $round" '
		rm -rf ws/.farrier && first=$(jobs | jq length) && echo "100 $round lost late slow half 500 503 429" >lab/faults &&
		killed $((round + 100)) && : >lab/faults && test "$(cat kills)" -ge 3 && echo "# $(cat kills) kills" >&2 &&
		jq -e ".branches[0].verdict == \"fixed\"" out.json && one_job_each "$first" 3
	'
done

# Its worker dies before, so that no job is through before it is cancelled.
test_expect_success 'Ctrl-C: exit 130, and what ran in the lab is cancelled' '
	test_when_finished "rm -f lab/dead" && rm -rf ws/.farrier && first=$(jobs | jq length) &&
	{ "$FARRIER" -C ws -q verify fix --model model --onto toy --machine far --cpus 2 --seconds 1 >out 2>err & } && pid=$! &&
	wait_for "jobs | jq -e \".[$first:] | length >= 2\"" &&
	: >lab/dead && kill -TERM "$pid" && test_expect_code 130 wait "$pid" &&
	jobs | jq -e ".[$first:] | length >= 2 and all(.cancelled or .state == \"Finished\") and any(.cancelled)" &&
	rm lab/dead && verify --json >out.json
'

test_expect_success 'again: nothing is booted' '
	before=$(jobs | jq length) && verify --json >out.json && test "$(jobs | jq length)" = "$before"
'

test_done
