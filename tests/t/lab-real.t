#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='a real LAVA server: the kernels of the experiment on two of its devices

Verdicts, consoles and counters are held against those of the same kernels on the QEMU here;
the experiment goes through the lab with farrier and the server dying on the way.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

BRANCH=linux-6.12.y
WWW=/var/tmp/farrier-lab-www
SRM=$(dirname "$FARRIER")/standin/srm

real_servers "a LAVA server"
cleanup "'$LAVA' stop; rm -rf '$WWW' /var/tmp/farrier-srm.$$"

# api PATH: what the server says.
api () {
	curl -fsS -K - "$URL/api/v0.2/$1" <<-EOF2
	header = "Authorization: Token $(cat "$LAVA_STATE/token")"
	EOF2
}

# The server keeps the jobs of earlier runs: those are behind $LAST_JOB.
test_expect_success 'the server starts, with two devices' '
	lava_start &&
	URL=$(cat "$LAVA_STATE/url") && LAST_JOB=$(api "jobs/?ordering=-id&limit=1" | jq ".results[0].id // 0") &&
	test -n "$LAST_JOB"
'

test_expect_success 'setup: a workspace with the series and the machine' '
	farrier -q init ws && cp -R "$FARRIER_SOURCE"/series/* ws/series/ && cd ws &&
	borrow_kernels ../kernel.git $BRANCH && git config -f farrier.conf kernel.repo "$PWD/../kernel.git" &&
	lava_machine . "$LAVA_STATE/token" "$WWW" 500 &&
	farrier lab devices >devices && test "$(grep -c "farrier-alpha-0[12]  *qemu  *[A-Z][a-z]*  *Good" devices)" = 2
'

test_expect_success 'the kernels are there' '
	farrier -q build $BRANCH --model io7-edge-loss --json >without.json &&
	farrier -q build $BRANCH --model io7-edge-loss --with ev7-ipi --json >with.json &&
	farrier -q build $BRANCH --model boot-faults --with alpha-fault-build --json >faults.json &&
	WITHOUT=$(jq -r .builds[0].key without.json) && WITH=$(jq -r .builds[0].key with.json) &&
	FAULTS=$(jq -r .builds[0].key faults.json)
'

ON="io7_loss=1 ev7_ipi=on"

# What a console says, without numbers, in no order, as CPUs print past each other. LAVA gives its
# emulator two more PCI devices, and how the cache is described depends on how quick it is.
words () {
	tr -d "\r" <"$1" | sed "s/^\[[^]]*\] *//; s/0x[0-9a-f]*/N/g; s/[0-9][0-9.]*/N/g" |
		grep -viE "^$|^ *pci|resource N|Bcache" | sed -n "1,/heartbeat/p" | sort -u
}

test_expect_success 'a kernel with the series: the same verdict, console and counters as here' '
	for machine in clipper lab; do
		farrier -q boot "$WITH" --machine $machine --cpus 2 --seconds 5 --cmdline "$ON" \
			--counter lost:LOE --counter rescued:RIF --json >$machine.json || return 1
	done &&
	jq -e ".verdict == \"GOOD\" and .heartbeats >= 4 and .counters.lost > 0 and .counters.rescued > 0" lab.json &&
	test "$(jq .verdict clipper.json)" = "$(jq .verdict lab.json)" &&
	test "$(jq -c ".counters | keys" clipper.json)" = "$(jq -c ".counters | keys" lab.json)" &&
	words "$(jq -r .log clipper.json)" >expected && words "$(jq -r .log lab.json)" >actual &&
	test "$(wc -l <expected)" -gt 50 && test_cmp expected actual
'

test_expect_success 'one without it: BAD, by the same kind of line' '
	for try in 1 2 3 4; do
		farrier -q boot "$WITHOUT" --machine lab --cpus 4 --cmdline io7_loss=1 --json >bad.json
		test $? = 1 && break
	done &&
	jq -e ".verdict == \"BAD\" and .cause.kind == \"csd-stall\"" bad.json &&
	farrier -q judge "$(jq -r .log bad.json)" --json >judge.json;
	jq -e ".logs[0].cause.kind == \"csd-stall\"" judge.json
'

test_expect_success 'a kernel that panics and one that hangs: BAD' '
	test_expect_code 1 farrier -q boot "$FAULTS" --machine lab --cpus 2 --cmdline boot_fault.kind=panic --json >panic.json &&
	jq -e ".cause.kind == \"panic\"" panic.json &&
	test_expect_code 1 farrier -q boot "$FAULTS" --machine lab --cpus 2 --cmdline boot_fault.kind=silence --json >hang.json &&
	jq -e ".verdict == \"BAD\" and .cause.kind == \"silence\"" hang.json
'

test_expect_success 'a job that is killed in the lab: INFRA' '
	{ "$FARRIER" -q boot "$WITH" --machine lab --cpus 2 --seconds 60 --json >killed.json & } &&
	wait_for "api \"jobs/?state=Running&ordering=-id&limit=1\" | jq -e .results[0].id" &&
	id=$(api "jobs/?state=Running&ordering=-id&limit=1" | jq .results[0].id) &&
	sleep 3 && farrier lab cancel "$id" && test_expect_code 3 wait $! &&
	jq -e ".verdict == \"INFRA\"" killed.json
'

test_expect_success 'a worker that dies, with its jobs: INFRA, and never the silence of a kernel' '
	sed "s/patience = .*//" kernels/machines/lab.conf >kernels/machines/mortal.conf &&
	printf "\tpatience = 45\n" >>kernels/machines/mortal.conf &&
	{ "$FARRIER" -q boot "$WITH" --machine mortal --cpus 2 --seconds 60 --json >dead.json & } && boot=$! &&
	wait_for "find .farrier/boots -name console.log -newer kernels/machines/mortal.conf \
			-exec grep -h \"^# farrier: heartbeat\" {} + | grep -q ." &&
	sleep 3 && "$LAVA" kill-worker && test_expect_code 3 wait $boot &&
	jq -e ".verdict == \"INFRA\" and (.text | test(\"nothing was heard of its worker .farrier0.\"))" dead.json &&
	"$LAVA" start-worker && rm kernels/machines/mortal.conf
'

# list_jobs FILE: all of this test.
list_jobs () {
	api "jobs/?id__gt=$LAST_JOB&limit=1000" >"$1" && jq -e ".next == null and .count > 0" "$1"
}

names () {
	jq -r ".results[].description" "$1" | sort
}

test_expect_success 'the experiment through the lab: fixed, with farrier killed and the server restarted on the way' '
	list_jobs jobs.json && names jobs.json >before &&
	{ "$FARRIER" -q verify ev7-ipi --model io7-edge-loss --onto $BRANCH --machine lab --cpus 2 --json >v1.json 2>v1.err & } &&
	sleep 25 && kill -9 $! && ! wait $! &&
	{ "$FARRIER" -q verify ev7-ipi --model io7-edge-loss --onto $BRANCH --machine lab --cpus 2 --json >v2.json 2>v2.err & } &&
	sleep 12 && env HOME=/root "$LAVA" restart-server && wait $! &&
	jq -e ".branches[0].verdict == \"fixed\" and .branches[0].confidence >= 0.99" v2.json
'

test_expect_success 'a matrix on a machine in the lab' '
	cat >kernels/matrix/lab.conf <<-EOF2 &&
	[matrix]
		title = in the lab
		series = ev7-ipi
		model = io7-edge-loss
		seconds = 4
	[cells "fault"]
		branch = $BRANCH
		machine = lab
		variant = base, series
		model = on
		cpus = 4
	EOF2
	farrier -q run lab --json >lines.json &&
	jq -se "map(select(.run))[-1].answer == \"good\" and (map(select(.id)) | length >= 2 and all(.machine == \"lab\"))" lines.json
'

test_expect_success 'no job was submitted twice' '
	list_jobs jobs.json && names jobs.json >after && sort -u after >unique && test_cmp unique after &&
	find .farrier/boots -name lab.json -exec jq -r .tag {} + | sort >tags && sort -u tags | test_cmp - tags &&
	comm -13 after tags >missing && test_must_be_empty missing &&
	# A boot that was submitted again has another tag, and its first job none that is on record; one
	# that was not needed any more has neither, and its job may have been quicker than its end.
	jq -r ".results[] | select(.health != \"Canceled\") | .description" jobs.json | sort | comm -23 - before |
		comm -23 - tags >strangers && find .farrier/boots -mindepth 2 -type d ! -exec test -e {}/boot.json \; -print >unneeded &&
	test "$(wc -l <strangers)" -le "$(wc -l <unneeded)"
'

test_expect_success 'an AlphaServer on its SRM console, as far as a program can play one' '
	mkdir /var/tmp/farrier-srm.$$ || return 1
	"$SRM" 0 /var/tmp/farrier-srm.$$ tftp://127.0.0.1:69 qemu-system-alpha -M clipper \
		-accel tcg,thread=multi -smp 4 -m 512 -nic none -display none -monitor none -serial stdio -no-reboot >srm.log 2>&1 &
	wait_for "test -s /var/tmp/farrier-srm.$$/port" &&
	env HOME=/root "$LAVA" add-srm "$(cat /var/tmp/farrier-srm.$$/port)" /var/tmp/farrier-srm.$$/pid &&
	for pair in "url=$URL" "token-file=$LAVA_STATE/token" "artifacts=$WWW" poll-ms=500; do
		git config -f kernels/machines/es47.conf "machine.${pair%%=*}" "${pair#*=}" || return 1
	done &&
	farrier -q build $BRANCH --model io7-edge-loss --with ev7-ipi --machine es47 --json >net.json &&
	farrier -q boot "$(jq -r .builds[0].key net.json)" --machine es47 --seconds 5 --cmdline "$ON" \
		--counter lost:LOE --counter rescued:RIF --json >es47.json &&
	jq -e ".verdict == \"GOOD\" and .heartbeats >= 4 and .counters.lost > 0 and .counters.rescued > 0" es47.json &&
	log=$(jq -r .log es47.json) && grep -F "P00>>>boot ewa0 -protocols bootp -file" "$log" &&
	cmdline=$(jq -r .cmdline es47.json) && grep "Loading the kernel\.\.\..$cmdline." "$log" &&
	test "$(cat /var/tmp/farrier-srm.$$/flags)" = "$cmdline"
'

test_expect_success 'a kernel that panics there: BAD, and the machine boots again after it' '
	test_expect_code 1 farrier -q boot "$(jq -r .builds[0].key net.json)" --machine es47 --seconds 5 \
		--cmdline rdinit=/nowhere --json >panic.json && jq -e ".cause.kind == \"panic\" or .cause.kind == \"boot-failure\"" panic.json &&
	farrier -q boot "$(jq -r .builds[0].key net.json)" --machine es47 --seconds 5 --cmdline "$ON" --json >again.json &&
	jq -e ".verdict == \"GOOD\"" again.json
'

test_expect_success 'the token is shown nowhere' '
	! grep -rF "$(cat "$LAVA_STATE/token")" .farrier *.json *.err
'

test_done
