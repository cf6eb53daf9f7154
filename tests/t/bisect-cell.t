#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='bisecting by cells: what a boot says, what says nothing, and what is built when

The kernels are texts that tests/standin/qemu and tests/standin/lavad play. A kernel that has the bug
shows it in four of five boots.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

toy_cache
# make's commands have no good place for the space in this folder's name
BUILT=$XDG_CACHE_HOME/built
BREAK=$XDG_CACHE_HOME/break
LAVAD=$(dirname "$FARRIER")/standin/lavad

bisect () {
	farrier -C ws bisect "$@"
}

# begin [OPTION]...: a session of its own, on the machine of $MACHINE.
begin () {
	bisect reset >/dev/null 2>&1
	bisect start --bad c40 --good c1 --branch toy --machine "${MACHINE:-bench}" --cpus 1 --seconds 1 --error 2% "$@" >started
}

# search: the answer in 'json', shown when it is that nobody or nothing was found.
search () {
	bisect -q run --json >json || { cat json && return 1; }
}

# found NUMBER: the answer in 'json' is that commit.
found () {
	jq -e ".state == \"found\" and .culprit == \"$(git -C linux rev-parse "c$1")\"" json || { cat json && return 1; }
}

# evidence: what counts are the boots that said something, and those all: none of INFRA.
evidence () {
	find ws/.farrier/boots -name boot.json -exec cat {} + | jq -s "[.[] | select(.verdict == \"GOOD\" or .verdict == \"BAD\")] | length" >said &&
	jq "[.commits[] | .passed + .failed] | add" json >counted && test_cmp said counted
}

forget () {
	rm -rf luck ws/.farrier/boots && mkdir luck && rm -rf "$XDG_CACHE_HOME/farrier/build" && : >"$BUILT"
}

test_expect_success 'setup: 40 commits, of which the 23rd brings the bug in' '
	toy_world && sed -i "/^vmlinux/,\$d" linux/Makefile && toy_tab=$(printf "\t") &&
	cat >>linux/Makefile <<-EOF &&
	vmlinux:
	${toy_tab}@echo begin \$\$(cat kernel/count) >>$BUILT; cat kernel/head kernel/fault kernel/tail >\$(O)/vmlinux; sleep 0.1
	${toy_tab}@if test -e $BREAK; then sh $BREAK; fi
	${toy_tab}@if test -e kernel/broken; then echo "kernel/broken:1:1: error: it is"; exit 1; fi
	${toy_tab}@echo end \$\$(cat kernel/count) >>$BUILT; echo "  LD      vmlinux"
	EOF
	for number in $(seq 40); do
		echo "$number" >linux/kernel/count && echo "say [    0.100000] number $number" >linux/kernel/fault || return 1
		test "$number" -lt 23 || echo "say bug" >>linux/kernel/fault
		git -C linux add -A && git -C linux commit -qm "commit $number" && git -C linux tag "c$number" || return 1
	done &&
	toy_branch toy &&
	cat >lies <<-\EOF &&
	#!/bin/sh
	# four of five boots of a kernel that has the bug show it, the same ones in every run and place
	for word; do
		shift
		if test "$before" = -kernel; then
			kernel=$(mktemp -p "$LUCK") && line="[    1.000000] smp: csd: Detected non-responsive CSD lock (#1) on CPU#1, waiting 2000975538 ns for CPU#00 f."
			id=$(cksum <"$word" | cut -d" " -f1) && echo $$ >>"$LUCK/$id" || exit 1
			number=$(grep -nx $$ "$LUCK/$id" | tail -n 1) &&
			luck=$(printf "%s %s" "${number%%:*}" "$id" | cksum | cut -d" " -f1) || exit 1
			if test $((luck % 5)) = 0; then sed "/^say bug/d" "$word"; else
				sed "s/^say bug/say $line/" "$word"; fi >"$kernel"
			word=$kernel
		fi
		before=$word && set -- "$@" "$word"
	done
	exec perl "$FARRIER_SOURCE/tests/standin/qemu" "$@"
	EOF
	chmod +x lies && sed -i "s|^exec.*|exec $(printf "%s" "$PWD" | sed "s/ /\\\\\\\\ /g")/lies \"\$@\"|" bin/emulator && LUCK=$PWD/luck && export LUCK && mkdir luck &&
	cp bin/emulator steady
'

test_expect_success 'the commit is found, with the line of a console that says so' '
	begin && search && found 23 && evidence &&
	jq -e ".infra == 0 and .builds < 20 and .boots < 80" json &&
	jq -e ".culprit as \$culprit | .commits[] | select(.commit == \$culprit) | .text | test(\"non-responsive CSD lock\")" json &&
	grep -c begin "$BUILT" >begun && jq .builds json >counted && test_cmp begun counted
'

# now_and_then WHAT: an emulator that does WHAT instead of every fourth boot.
now_and_then () {
	every 4 "$1" <steady >bin/emulator
}

for death in "exit 1" "kill -9 \$\$"; do
	test_expect_success "an emulator that dies now and then (${death%% *}): the boot is tried again, and is no evidence" '
		test_when_finished "cp steady bin/emulator" && forget && now_and_then "$death" &&
		begin && search && found 23 && evidence && jq -e ".infra >= 3" json
	'
done

test_expect_success 'an emulator that always dies ends the run, and not the session' '
	forget && sed "/^exec/i exit 1" steady >bin/emulator && begin &&
	test_expect_code 3 bisect run >out 2>err && grep "every test of the bad end said nothing" err &&
	bisect status --json >json && jq -e ".state == \"running\" and .infra == 3 and ([.commits[] | .passed + .failed] | add) == 0" json &&
	cp steady bin/emulator && search && found 23 && evidence
'

test_expect_success 'a compiler that is killed, a full disk: INFRA, and built again' '
	test_when_finished "rm -f \"\$BREAK\"" && forget && rm -f strikes &&
	cat >"$BREAK" <<-EOF &&
	echo strike >>"$PWD/strikes"
	case \$(wc -l <"$PWD/strikes") in
	2) kill -9 \$PPID ;;
	3) echo "cc1: fatal error: error writing to /tmp/x.s: No space left on device"; exit 1 ;;
	esac
	EOF
	begin && search && found 23 && evidence && jq -e ".infra == 2" json &&
	jq -e "[.commits[] | select(.skipped)] | length == 0" json
'

test_expect_success 'one that cannot be booted is parked: others say who it is' '
	test_when_finished "cp steady bin/emulator" && forget &&
	sed "/^exec/i for word; do case \$word in */build/*) grep -q \"number 2[0-9]\$\" \"\$word\" && exit 1;; esac; done" steady >bin/emulator &&
	begin && { bisect -q run >out 2>err; code=$?; } && bisect status --json >json && evidence &&
	jq -e "[.commits[] | select(.infra > 0) | .infra] | length > 0 and all(. == 3 or . == 4)" json &&
	case $code in 0) found 23 ;; 3) grep "could not be tested" err ;; *) false ;; esac &&
	cp steady bin/emulator && search && found 23
'

test_expect_success 'commits that do not build are skipped, and never ruled out' '
	forget && git -C linux checkout -q -b broken c21 && for number in 22 23 24; do
		git -C linux checkout -q "c$number" -- kernel && echo x >linux/kernel/broken && git -C linux add -A &&
		git -C linux commit -qm "broken $number" || return 1
	done && git -C linux checkout -q c25 -- kernel && git -C linux rm -qf kernel/broken && git -C linux commit -qm "mended" &&
	bisect reset >out && bisect start --bad broken --good c1 --branch toy --machine bench --cpus 1 --seconds 1 >out &&
	test_expect_code 4 bisect -q run --json >json && jq -e ".state == \"stuck\" and .culprit == null" json &&
	jq -e "[.set[:4][].subject] | sort == [\"broken 22\", \"broken 23\", \"broken 24\", \"mended\"]" json && jq -e "[.commits[] | select(.skipped) | .why] | all(test(\"kernel/broken:1: it is\"))" json &&
	git -C linux checkout -q -f c40
'

test_expect_success 'with build.at-once two kernels of the branch are built at a time, and none twice' '
	forget && git config -f ws/farrier.conf build.at-once 2 && git config -f ws/farrier.conf build.jobs 4 &&
	begin && search && found 23 && evidence &&
	test "$(sort "$BUILT" | uniq -d)" = "" && ls -d "$XDG_CACHE_HOME"/farrier/src/toy~2 &&
	awk "/begin/ { if (++at_once > most) most = at_once } /end/ { at_once-- } END { exit most != 2 }" "$BUILT" &&
	git config -f ws/farrier.conf --unset build.at-once
'

# Another farrier has the first of two folders; a build of ours is at work in the second, and another waits.
test_expect_success 'a folder that another process leaves is taken, though one of our builds goes on' '
	test_when_finished "rm -f \"\$BREAK\" hold" && forget && git config -f ws/farrier.conf build.at-once 2 && git config -f ws/farrier.conf build.jobs 4 &&
	touch hold && echo "while test -e \"$PWD/hold\"; do sleep 0.1; done" >"$BREAK" && mkfifo release &&
	{ flock "$XDG_CACHE_HOME/farrier/src/toy.lock" sh -c "read word <release" & } && holder=$! &&
	wait_for "! flock -n \"$XDG_CACHE_HOME/farrier/src/toy.lock\" true" &&
	begin && { bisect -q run --json >json & } && pid=$! && wait_for "test \$(wc -l <\"$BUILT\") = 1" && sleep 1 &&
	echo go >release && wait $holder && wait_for "test \$(wc -l <\"$BUILT\") = 2" && rm hold && wait $pid && found 23 &&
	git config -f ws/farrier.conf --unset build.at-once
'

test_expect_success 'with a series on each commit: every kernel that is booted has it' '
	forget && git -C linux checkout -q -f c40 && echo "say [    0.200000] mended" >>linux/kernel/head && git -C linux commit -qam "a hot fix" &&
	mkdir -p ws/series/hot && git -C linux format-patch -q -1 -o "$PWD/ws/series/hot" && git config -f ws/series/hot/series.conf series.title hot &&
	git -C linux reset -q --hard c40 &&
	begin --with hot && search && found 23 && evidence &&
	find ws/.farrier/boots -name boot.json -execdir grep -L "0.200000. mended" console.log \; >without && test_must_be_empty without
'

test_expect_success 'which patch of a series fixes: kernels hear what the series asks for' '
	forget && git -C linux checkout -q -f c40 && echo "say [    0.200000] first" >>linux/kernel/head && git -C linux commit -qam "cure 1" &&
	sed -i "s/^say bug/without cure=on say [    1.000000] Kernel panic - not syncing: oh/" linux/kernel/fault && git -C linux commit -qam "cure 2" &&
	echo "say [    0.200000] third" >>linux/kernel/head && git -C linux commit -qam "cure 3" &&
	mkdir -p ws/series/cure && git -C linux format-patch -q -3 -o "$PWD/ws/series/cure" && git -C linux reset -q --hard c40 &&
	printf "[series]\n\ttitle = cure\n\tcmdline = cure=on\n" >ws/series/cure/series.conf &&
	bisect reset >out && bisect series cure --branch toy --fixes --machine bench --cpus 1 --seconds 1 >out &&
	bisect run >out && grep "fixes it (" out && grep "^    cure 2" out && bisect status --json >json && evidence
'

# lab_start DEVICES: a lab from nothing, which ends with this test.
lab_start () {
	mkdir lab && echo 0123456789abcdef0123456789abcdef >lab/token && mkfifo hold || return 1
	"$LAVAD" lab "$1" 1 <hold >lavad.log 2>&1 &
	exec 9>hold
	wait_for "test -s lab/port"
	cp lab/token token && chmod 600 token &&
	cat >ws/kernels/machines/lab.conf <<-EOF &&
	[machine]
		kind = lava
		arch = toy
		cpus = 1
		url = http://127.0.0.1:$(cat lab/port)
		token-file = $PWD/token
		job = lab.job.json
		artifacts = $PWD/www
		poll-ms = 50
		quiet-seconds = 2
		detector-seconds = 2
	EOF
	cat >ws/kernels/machines/lab.job.json <<-\EOF
	{"device_type": "toy", "job_name": "farrier boot {tag}", "kernel": "{kernel}", "initrd": "{initrd}",
	 "sum": "{kernel_sha256}", "cmdline": "{cmdline}", "minutes": "{minutes:number}"}
	EOF
}

test_expect_success 'in a lab: jobs that somebody cancels are no evidence, and none is left behind' '
	forget && lab_start 2 && git -C linux checkout -q -f -b other c10 && for number in $(seq 30); do
		printf "say [    0.100000] other %s\nwait 0.4\n" "$number" >linux/kernel/fault || return 1
		test "$number" -lt 17 || echo "say [    1.000000] Kernel panic - not syncing: oh" >>linux/kernel/fault
		git -C linux commit -qam "other $number" && git -C linux tag "o$number" || return 1
	done && git -C linux update-ref refs/farrier/tree/toy HEAD && echo "40 7 cancel" >lab/faults &&
	bisect reset >out && bisect start --bad toy --good c10 --branch toy --machine lab --seconds 1 >out &&
	search && rm lab/faults &&
	jq -e ".state == \"found\" and .culprit == \"$(git -C linux rev-parse o17)\" and .infra >= 2" json && evidence &&
	wait_for "curl -s http://127.0.0.1:$(cat lab/port)/lavad/jobs >jobs && jq -e \"all(.state == \\\"Finished\\\")\" jobs" &&
	jq -e "(map(.tag) | length == (unique | length)) and length < 80" jobs
'

test_done
