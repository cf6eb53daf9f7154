#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='machines in a LAVA lab: boots, tokens, kills, and the lab by hand

The lab is tests/standin/lavad, and the kernels are texts that it plays.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

LAVAD=$(dirname "$FARRIER")/standin/lavad
SECRET=0123456789abcdef0123456789abcdef

# lab_start DEVICES: a lab from nothing, which ends with this test.
lab_start () {
	rm -rf lab && mkdir lab && echo $SECRET >lab/token && rm -f hold && mkfifo hold || return 1
	"$LAVAD" lab "$1" 1 <hold >lavad.log 2>&1 &
	exec 9>hold
	wait_for "test -s lab/port"
	URL=http://127.0.0.1:$(cat lab/port)
}

# jobs: what there was, as JSON.
jobs () {
	curl -s "$URL/lavad/jobs"
}

boot () {
	kernel=$1 && shift &&
	farrier -C ws boot --kernel "$kernel" --initrd initrd --machine lab --seconds 1 "$@"
}

test_expect_success 'setup' '
	lab_start 2 &&
	farrier -q init ws && rm -f ws/kernels/machines/* &&
	echo $SECRET >token && chmod 600 token &&
	cat >ws/kernels/machines/lab.conf <<-EOF &&
	[machine]
		kind = lava
		arch = alpha
		cpus = 2
		url = $URL
		token-file = $PWD/token
		job = lab.job.json
		artifacts = $PWD/www
		poll-ms = 50
		quiet-seconds = 2
		detector-seconds = 2
		cmdline = console=ttyS0
	EOF
	cat >ws/kernels/machines/lab.job.json <<-\EOF &&
	{"device_type": "toy", "job_name": "farrier boot {tag}", "kernel": "{kernel}",
	 "initrd": "{initrd}", "sum": "{kernel_sha256}", "cmdline": "{cmdline}", "cpus": "{cpus}",
	 "shell": "qemu -append {cmdline:shell} {{kernel}}", "minutes": "{minutes:number}"}
	EOF
	echo x >initrd &&
	cat >good <<-\EOF &&
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	say KTAP version 1
	say 1..1
	guest
	say # farrier: counter before RIF 1 2
	beat 1 10 9
	wait 0.4
	say a "quoted" word and a back\slash
	say # farrier: counter after RIF 11 22
	say ok 1 storm
	say # farrier: end
	say [    2.000000] reboot: Power down
	off
	EOF
	cat >panic <<-\EOF &&
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	say Kernel panic - not syncing: Attempted to kill init!
	wait 30
	eof
	EOF
	cat >late <<-\EOF &&
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	wait 2.5
	say Kernel panic - not syncing: Attempted to kill init!
	wait 60
	eof
	EOF
	cat >hang <<-\EOF &&
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	guest
	beat 1 10 9
	hang
	EOF
	cat >gone <<-\EOF
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	guest
	beat 1 10 9
	eof
	EOF
'

test_expect_success 'a clean boot is GOOD, with its counters and its console' '
	boot good --counter rescued:RIF --json >json &&
	jq -e ".verdict == \"GOOD\" and .machine == \"lab\" and .counters == {rescued: 30}" json &&
	sed -n "s/^say //p" good | grep -v "^# farrier: " >expected &&
	grep -v "^# farrier: " "$(jq -r .log json)" >actual && test_cmp expected actual
'

test_expect_success 'kernel and initramfs are put where the lab finds them, once' '
	sum=$(sha256sum <good | cut -d" " -f1) && cmp good "www/$sum-good" &&
	ls -i www >before && boot good >out && ls -i www >after && test_cmp before after &&
	test "$(wc -l <before)" = 2
'

test_expect_success 'a panic is BAD at once, and its job is cancelled' '
	test_expect_code 1 boot panic >out && grep "^  panic  *line 2: Kernel panic" out &&
	jobs | jq -e ".[-1] | .cancelled and .health == \"Canceled\""
'

test_expect_success 'a hang is BAD' '
	test_expect_code 1 boot hang >out && grep "^  silence  *line 3: no heartbeat for" out
'

test_expect_success 'a machine of which no kernel was heard says nothing of the kernel: INFRA' '
	git config -f ws/kernels/machines/lab.conf machine.boot-seconds 2 &&
	printf "say P00>>>boot ewa0\nsay failed to read bootpfile\nsay P00>>>\nhang\n" >unloaded && echo hang >mute &&
	for kernel in unloaded mute; do
		test_expect_code 3 boot $kernel --json >out.json &&
		jq -e ".verdict == \"INFRA\" and .cause == null and (.text | test(\"no line of a kernel\"))" out.json || return 1
	done &&
	git config -f ws/kernels/machines/lab.conf --unset machine.boot-seconds
'

test_expect_success 'a console that is gone, and a job that somebody cancels, are INFRA' '
	test_expect_code 3 boot gone >out && grep "^INFRA" out &&
	grep "job [0-9]*: Infrastructure: Connection closed" out &&
	{ "$FARRIER" -C ws boot --kernel hang --initrd initrd --machine lab >out 2>err & } &&
	wait_for "jobs | jq -e \".[-1].state == \\\"Running\\\"\"" &&
	farrier -C ws lab cancel "$(jobs | jq ".[-1].id")" >cancel &&
	test_expect_code 3 wait $! && grep "cancelled in the lab" out
'

test_expect_success 'Ctrl-C cancels the job in the lab' '
	before=$(jobs | jq length) && { "$FARRIER" -C ws boot --kernel hang --initrd initrd --machine lab >out 2>err & } &&
	wait_for "jobs | jq -e \".[$before].state == \\\"Running\\\"\"" && kill -TERM $! && test_expect_code 130 wait $! &&
	jobs | jq -e ".[$before].cancelled"
'

test_expect_success 'the token is shown nowhere' '
	find ws out err json -type f >files && xargs -d "\n" grep -l "$SECRET" <files >found;
	! test -s found && ! grep -r "a-secret-of-the-lab" ws
'

test_expect_success 'a token file that others can read is refused' '
	chmod 644 token && test_expect_code 2 boot good 2>err && grep "others can read it" err &&
	grep "^hint: chmod 600" err && chmod 600 token
'

test_expect_success 'a token that the lab does not take: INFRA, and it says so' '
	echo wrong >wrong && chmod 600 wrong &&
	sed "s|$PWD/token|$PWD/wrong|" ws/kernels/machines/lab.conf >ws/kernels/machines/wrong.conf &&
	test_expect_code 3 farrier -C ws lab devices --machine wrong 2>err &&
	grep "HTTP 403: Invalid token" err && grep "hint: .*machine.token-file" err && ! grep wrong$ err &&
	git config -f ws/kernels/machines/wrong.conf machine.parallel 1 &&
	test_expect_code 3 farrier -C ws boot --kernel good --initrd initrd --machine wrong >out &&
	grep "the lab refuses: HTTP 403" out && rm ws/kernels/machines/wrong.conf
'

test_expect_success 'the token may come from the environment, or from git' '
	sed "/token-file/d" ws/kernels/machines/lab.conf >ws/kernels/machines/none.conf &&
	env FARRIER_LAB_TOKEN=$SECRET "$FARRIER" -C ws lab devices --machine none &&
	test_expect_code 3 farrier -C ws lab devices --machine none 2>err && grep "there is no token" err &&
	git config --global credential.helper "store --file=\"$PWD/credentials\"" &&
	echo "http://ci:$SECRET@${URL#http://}" >credentials &&
	farrier -C ws lab devices --machine none &&
	git config --global --unset credential.helper && rm ws/kernels/machines/none.conf
'

test_expect_success 'a template that cannot do says why' '
	cp ws/kernels/machines/lab.job.json keep &&
	echo "{\"device_type\": \"toy\", \"job_name\": \"{tag} {nothing}\"}" >ws/kernels/machines/lab.job.json &&
	test_expect_code 2 boot good 2>err && grep "there is no {nothing} here" err &&
	echo "{\"device_type\": \"toy\", \"job_name\": \"no tag\"}" >ws/kernels/machines/lab.job.json &&
	test_expect_code 2 boot good 2>err && grep "does not hold {tag}" err &&
	echo "{" >ws/kernels/machines/lab.job.json &&
	test_expect_code 2 boot good 2>err && grep "lab.job.json.*, line 2: " err &&
	sed "s/toy/nosuch/" keep >ws/kernels/machines/lab.job.json &&
	test_expect_code 3 boot good >out && grep "the lab refuses the job: .*No device of that type" out &&
	mv keep ws/kernels/machines/lab.job.json
'

test_expect_success 'no word of a console or of the lab controls the terminal' '
	printf "say [    0.000000] Linux version 6.12.0 (a@b)\\nsay Kernel panic - not syncing: \\033[31mred \\302\\233 x\\n" >hostile &&
	echo eof >>hostile &&
	test_expect_code 1 boot hostile >out 2>err && ! LC_ALL=C grep "[^ -~]" out &&
	printf "\033[2J\302\233 gone \007" >lab/words && test_expect_code 3 boot gone >out 2>err &&
	grep "Infrastructure: .*gone" out && ! LC_ALL=C grep "[^ -~]" out err &&
	test_expect_code 1 farrier -C ws lab wait "$(jobs | jq ".[-1].id")" >out 2>err &&
	grep "Infrastructure: .*gone" out && ! LC_ALL=C grep "[^ -~]" out err && rm lab/words
'

# A kernel that takes seven seconds.
long () {
	boot long --json >long.json 2>long.err
}

# running: a long boot that has begun; wait for $long.
running () {
	before=$(jobs | jq length) && { long & } && long=$! &&
	wait_for "jobs | jq -e \".[$before].state == \\\"Running\\\"\"" && sleep 1.5
}

test_expect_success 'faults that come in the middle of a run: setup' '
	{
		sed "/^beat/,\$d" good && for second in 1 2 3 4 5 6; do
			echo "beat $second ${second}0 ${second}0" && echo "wait 1" || return 1
		done && sed "1,/^wait/d" good
	} >long && grep "^beat 6" long && grep "^off" long &&
	long && jq -e ".verdict == \"GOOD\" and .seconds > 5 and .seconds < 100" long.json
'

test_expect_success '503 for some seconds: GOOD, and the lab is not asked in a hurry' '
	running && asked=$(curl -s "$URL/lavad/requests") && echo "1000 1 503" >lab/faults && sleep 6 &&
	asked=$(($(curl -s "$URL/lavad/requests") - asked)) && : >lab/faults && wait $long &&
	test "$asked" -ge 2 && test "$asked" -le 15 && jq -e ".verdict == \"GOOD\" and .heartbeats == 6" long.json
'

test_expect_success '429: what Retry-After asks for is given' '
	running && echo "1000 1 429" >lab/faults && echo 5 >lab/retry-after && sleep 1 &&
	asked=$(curl -s "$URL/lavad/requests") && sleep 3.5 &&
	asked=$(($(curl -s "$URL/lavad/requests") - asked)) && : >lab/faults && rm lab/retry-after && wait $long &&
	test "$asked" -le 1 && jq -e ".verdict == \"GOOD\"" long.json
'

test_expect_success 'a token that is revoked: INFRA, and it says what the lab says' '
	running && echo another >lab/token && test_expect_code 3 wait $long && echo $SECRET >lab/token &&
	jq -e ".verdict == \"INFRA\" and (.text | test(\"refuses.*Invalid token\"))" long.json
'

test_expect_success 'a device that goes into maintenance while it runs: what it says counts' '
	running && : >lab/maintenance && wait $long && rm lab/maintenance && jq -e ".verdict == \"GOOD\"" long.json
'

test_expect_success 'no device in service: INFRA after the patience, and the job does not stay behind' '
	sed "s/patience = .*//" ws/kernels/machines/lab.conf >ws/kernels/machines/idle.conf &&
	printf "\tpatience = 3\n" >>ws/kernels/machines/idle.conf && : >lab/maintenance &&
	test_expect_code 3 farrier -C ws boot --kernel good --initrd initrd --machine idle --seconds 1 >out 2>err &&
	rm lab/maintenance ws/kernels/machines/idle.conf &&
	grep "no device of type .toy. was in service for [1-9][0-9]* s" out && jobs | jq -e ".[-1].cancelled"
'

test_expect_success 'a worker that is away for a while: what comes later counts' '
	running && : >lab/dead && sleep 7 && rm lab/dead && wait $long &&
	jq -e ".verdict == \"GOOD\" and .heartbeats == 6" long.json
'

test_expect_success 'a worker that died: INFRA after the patience, and not the silence of a kernel' '
	sed "s/patience = .*//" ws/kernels/machines/lab.conf >ws/kernels/machines/lost.conf &&
	printf "\tpatience = 3\n" >>ws/kernels/machines/lost.conf && before=$(jobs | jq length) &&
	{ "$FARRIER" -C ws boot --kernel hang --initrd initrd --machine lost --json >out.json & } && pid=$! &&
	wait_for "jobs | jq -e \".[$before].state == \\\"Running\\\"\"" && sleep 1 && : >lab/dead &&
	test_expect_code 3 wait $pid && jq -e ".verdict == \"INFRA\" and .cause == null and
		(.text | test(\"nothing was heard of its worker .worker0. for [1-9][0-9]* s\"))" out.json
'

test_expect_success 'a queue before a dead worker: INFRA after the patience' '
	test_expect_code 3 farrier -C ws boot --kernel good --initrd initrd --machine lost --seconds 1 >out &&
	rm lab/dead ws/kernels/machines/lost.conf &&
	grep "no device of type .toy. was in service for [1-9][0-9]* s" out && jobs | jq -e ".[-1].cancelled"
'

test_expect_success 'a lab that keeps its workers secret is believed' '
	: >lab/secretive && test_expect_code 1 boot hang --json >hang.json && rm lab/secretive &&
	jq -e ".cause.kind == \"silence\"" hang.json
'

test_expect_success 'clocks that are wrong, and that are set in the middle' '
	for skew in "0 100000000" "3 7200" "3 -7200"; do
		echo "$skew" >lab/skew && long && jq -e ".verdict == \"GOOD\" and .seconds > 4 and .seconds < 100" long.json || return 1
	done &&
	for skew in "2 7200" "2 -7200"; do
		echo "$skew" >lab/skew && test_expect_code 1 boot hang --json >hang.json &&
		jq -e ".cause.kind == \"silence\" and .seconds < 60" hang.json || return 1
	done && rm lab/skew
'

test_expect_success 'a lab that cannot cancel is not asked in a hurry either' '
	before=$(jobs | jq length) && { boot late >out 2>err & } && pid=$! &&
	wait_for "jobs | jq -e \".[$before].state == \\\"Running\\\"\"" && echo "1000 1 cancel-503" >lab/faults &&
	sleep 4 && asked=$(curl -s "$URL/lavad/requests") && sleep 6 &&
	asked=$(($(curl -s "$URL/lavad/requests") - asked)) && : >lab/faults && test_expect_code 1 wait $pid &&
	test "$asked" -ge 1 && test "$asked" -le 15 && wait_for "jobs | jq -e \".[$before].cancelled\""
'

test_expect_success 'a lab that is away when a job is to be cancelled: it says so, and the next boot does' '
	before=$(jobs | jq length) && { boot late >out 2>err & } && pid=$! &&
	wait_for "jobs | jq -e \".[$before].state == \\\"Running\\\"\"" && echo "1000 1 cancel-503" >lab/faults &&
	test_expect_code 1 wait $pid && : >lab/faults && grep "^panic\|  panic" out && grep "warning: job [0-9]* may still run" err &&
	jobs | jq -e ".[$before].cancelled | not" && boot good >out && wait_for "jobs | jq -e \".[$before].cancelled\""
'

test_expect_success 'Ctrl-C while the lab is away: the same' '
	before=$(jobs | jq length) && { "$FARRIER" -C ws boot --kernel late --initrd initrd --machine lab >out 2>err & } && pid=$! &&
	wait_for "jobs | jq -e \".[$before].state == \\\"Running\\\"\"" && echo "1000 1 503" >lab/faults && sleep 1 &&
	kill -TERM $pid && test_expect_code 130 wait $pid && : >lab/faults && grep "warning: job [0-9]* may still run" err &&
	boot good >out && wait_for "jobs | jq -e \".[$before].cancelled\""
'

test_expect_success 'the job of a boot that was killed is cancelled by the next one' '
	before=$(jobs | jq length) && { "$FARRIER" -C ws boot --kernel hang --initrd initrd --machine lab >out 2>err & } && pid=$! &&
	wait_for "jobs | jq -e \".[$before].state == \\\"Running\\\"\"" && kill -9 $pid && ! wait $pid &&
	jobs | jq -e ".[$before].cancelled | not" && boot good >out && wait_for "jobs | jq -e \".[$before].cancelled\""
'

test_expect_success 'a hang is BAD in a lab that takes its time, too' '
	echo "1000 1 slow" >lab/faults && echo 2.6 >lab/slowness && test_expect_code 1 boot hang --json >hang.json &&
	: >lab/faults && rm lab/slowness && jq -e ".cause.kind == \"silence\" and .seconds < 59" hang.json
'

test_expect_success 'a job whose log cannot be followed does not stay behind' '
	running && echo "1000 1 404" >lab/faults && sleep 1.5 && : >lab/faults && test_expect_code 3 wait $long &&
	jq -e ".verdict == \"INFRA\"" long.json && boot good && wait_for "jobs | jq -e \".[$before].cancelled\""
'

test_expect_success 'jobs that come when their boot is over are cancelled by the next one' '
	before=$(jobs | jq length) && echo "1000 1 POST:late" >lab/faults && echo 8 >lab/lateness &&
	test_expect_code 3 boot hang >out && made=$(sed -n "s/.*failed at \([0-9]*\) submissions.*/\1/p" out | tail -1) && : >lab/faults &&
	wait_for "test \$(jobs | jq length) = $((before + made))" && rm lab/lateness &&
	test "$(ls ws/.farrier/lab/lab)" && boot good &&
	jobs | jq -e ".[$before:-1] | length == $made and all(.cancelled or .state == \"Finished\") and any(.cancelled)"
'

test_expect_success 'the lab by hand: devices, submit, wait, logs, cancel' '
	farrier -C ws lab devices >out && grep "^toy-01  *toy  *Idle  *Good" out && grep "0 jobs in the queue" out &&
	farrier -C ws lab devices --json | jq -e ".devices | length == 2" &&
	echo "{\"device_type\": \"toy\", \"job_name\": \"by hand\", \"kernel\": \"file://$PWD/good\", \"cmdline\": \"\"}" >job &&
	farrier -C ws lab submit job >out && id=$(sed -n "s/^job //p" out) &&
	farrier -C ws lab wait "$id" >out && grep "^job $id: complete" out &&
	farrier -C ws lab logs "$id" >out && grep "Linux version" out && grep "reboot: Power down" out &&
	grep -Fx "a \"quoted\" word and a back\\slash" out &&
	{ echo "say [    0.000000] Linux version 6.12.0" && for n in $(seq 21000); do echo "say $n"; done; echo "say the end"; } >many &&
	sed "s|/good|/many|" job >job3 && id=$(farrier -C ws lab submit job3 --json | jq ".jobs[0]") && farrier -C ws lab wait "$id" &&
	farrier -C ws lab logs "$id" >out && test "$(wc -l <out)" = 21002 && test "$(tail -1 out)" = "the end" &&
	sed "s/good/hang/" job >job2 && id=$(farrier -C ws lab submit job2 --json | jq ".jobs[0]") &&
	farrier -C ws lab cancel "$id" && test_expect_code 3 farrier -C ws lab wait "$id" >out &&
	grep "^job $id: cancelled" out &&
	: >lab/maintenance && id=$(farrier -C ws lab submit job --json | jq ".jobs[0]") &&
	timeout 10 "$FARRIER" -C ws lab logs "$id" >out && test_must_be_empty out &&
	git config -f ws/kernels/machines/lab.conf machine.patience 2 &&
	test_expect_code 3 farrier -C ws lab wait "$id" >out && grep "no device of type" out &&
	jobs | jq -e ".[$id - 1].cancelled | not" && farrier -C ws lab cancel "$id" && rm lab/maintenance &&
	git config -f ws/kernels/machines/lab.conf --unset machine.patience &&
	test_expect_code 2 farrier -C ws lab wait x 2>err && grep "no number of a job" err &&
	test_expect_code 2 farrier -C ws lab sing 2>err && grep "devices, submit, wait, logs and cancel" err
'

test_expect_success 'kernels may be PUT into a store, once, with a token of its own' '
	mkdir store && rm -f storehold && mkfifo storehold &&
	{ "$(dirname "$LAVAD")/httpd" store <storehold & } && exec 8>storehold &&
	wait_for "test -s store/port" &&
	sum=$(sha256sum <good | cut -d" " -f1) && other=$(sha256sum <initrd | cut -d" " -f1) && mkdir store/put &&
	printf "method HEAD\nstatus 404\n\nmethod PUT\nstatus 201\n" >"store/put/$sum-good.http" &&
	printf "method HEAD\nstatus 200\n" >"store/put/$other-initrd.http" &&
	echo store-token >store.token && chmod 600 store.token &&
	sed "s|artifacts = .*|artifacts = http://127.0.0.1:$(cat store/port)/put|" ws/kernels/machines/lab.conf >ws/kernels/machines/put.conf &&
	printf "\tartifacts-url = file://%s/www\n\tartifacts-token-file = %s/store.token\n" "$PWD" "$PWD" >>ws/kernels/machines/put.conf &&
	farrier -C ws boot --kernel good --initrd initrd --machine put --seconds 1 &&
	cmp good store/log.body && test "$(grep -c "^PUT " store/log)" = 1 && test "$(grep -c "^HEAD " store/log)" = 2 &&
	test "$(grep -c "Authorization: Bearer store-token" store/log)" = 3 &&
	printf "status 403\n" >"store/put/$sum-good.http" &&
	test_expect_code 3 farrier -C ws boot --kernel good --initrd initrd --machine put --seconds 1 >out &&
	grep "^INFRA" out && rm ws/kernels/machines/put.conf
'

test_expect_success 'doctor looks at the lab' '
	farrier -C ws doctor --json >out; jq -e ".checks[] | select(.name == \"lab of lab\") |
		.status == \"ok\" and (.detail | endswith(\"as ci\"))" out
'

test_expect_success 'a lab that is not there is INFRA, after its patience' '
	sed "s|$URL|http://127.0.0.1:1|" ws/kernels/machines/lab.conf >ws/kernels/machines/absent.conf &&
	git config -f ws/kernels/machines/absent.conf machine.patience 1 &&
	git config -f ws/kernels/machines/absent.conf machine.parallel 1 &&
	test_expect_code 3 farrier -C ws boot --kernel good --initrd initrd --machine absent >out &&
	grep "^INFRA" out && rm ws/kernels/machines/absent.conf
'

test_done
