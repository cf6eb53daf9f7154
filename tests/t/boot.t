#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier boot runs a kernel, judges it, and leaves nothing behind'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

TAB=$(printf '\t')

# The stand-in for QEMU plays the "kernel"; see tests/standin/qemu.
kernel () {
	cat >"$1"
}

boot () {
	kernel=$1 && shift &&
	farrier -C ws boot --kernel "$kernel" --initrd initrd "$@"
}

gone () {
	wait_for "! kill -0 $1"
}

test_expect_success 'setup' '
	farrier init ws &&
	cat >ws/kernels/machines/bench.conf <<-EOF &&
	[machine]
		kind = qemu
		arch = alpha
		qemu = $FARRIER_SOURCE/tests/standin/qemu
		model = bench
		cpus = 2, 4
		cmdline = console=ttyS0
		detector-seconds = 1
	EOF
	echo x >initrd &&
	kernel good <<-\EOF &&
	argv argv
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	say KTAP version 1
	say 1..1
	guest
	say # farrier: counter before RIF 1 2
	say # farrier: heartbeat 1 progress 10 9
	say # farrier: counter after RIF 11 22
	say ok 1 storm
	say # farrier: end
	say [    2.000000] reboot: Power down
	off
	EOF
	kernel panic <<-\EOF &&
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	say [    0.100000] Kernel panic - not syncing: \x1b[31mred\x07 and \xff
	hang
	EOF
	kernel broken <<-\EOF &&
	stderr qemu: could not \x1b[2Jload
	exit 1
	EOF
	kernel early-off <<-\EOF &&
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	off
	EOF
	kernel hangs <<-\EOF &&
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	guest
	say # farrier: heartbeat 1 progress 10 9
	hang
	EOF
	kernel stubborn <<-EOF
	deaf
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	pid $PWD/pid
	hang
	EOF
'

test_expect_success 'a clean boot is GOOD and exits 0' '
	boot good --machine bench --counter rescued:RIF --seconds 3 --cmdline "a=1" >out &&
	grep "^GOOD  bench, 4 CPUs, " out &&
	grep "^  counters  30 rescued$" out
'

test_expect_success 'the machine got the whole command line' '
	grep -x "console=ttyS0 a=1 farrier.seconds=3 farrier.counters=RIF" argv
'

test_expect_success 'it leaves a record and the console, byte for byte' '
	record=$(echo ws/.farrier/boots/*/boot.json) &&
	jq -e ".schema == 1 and .machine == \"bench\" and .cpus == 4 and .build == null and
		.verdict == \"GOOD\" and .cause == null and .counters == {rescued: 30} and
		.stalls == [] and .heartbeats == 1 and .seconds > 0" "$record" &&
	grep "^ok 1 storm$(printf "\r")\$" "$(dirname "$record")/console.log"
'

test_expect_success '--json prints the same record' '
	boot good --machine bench --json --cpus 2 >json &&
	jq -e ".verdict == \"GOOD\" and .cpus == 2 and (.log | endswith(\"/console.log\"))" json
'

test_expect_success 'on a terminal, a live line shows how far the work is' '
	sed "s/^say ok 1/wait 1.5\\n&/" good >slow &&
	TERM=xterm script -qec "\"$FARRIER\" -C ws boot --kernel slow --initrd initrd \
		--machine bench" /dev/null </dev/null >live &&
	grep "boot on bench, 4 CPUs: heartbeat 1, progress 10 9 (1 s)" live
'

test_expect_success 'a panic is BAD, cites its line, and exits 1' '
	test_expect_code 1 farrier -C ws boot --kernel panic --initrd initrd --machine bench \
		>out 2>err &&
	grep "^BAD  bench" out &&
	grep "^  panic     line 2: .*Kernel panic - not syncing: " out
'

test_expect_success 'nothing that the console says controls the terminal' '
	cat out err >both &&
	grep -F "\\x1b[31mred\\x07 and \\xff" both &&
	! LC_ALL=C grep "[^ -~$TAB]" both
'

test_expect_success 'a machine that fails is INFRA with its words, and exits 3' '
	test_expect_code 3 farrier -C ws boot --kernel broken --initrd initrd --machine bench \
		>out 2>err &&
	grep "^INFRA  bench" out &&
	grep -F "qemu failed: exit code 1: qemu: could not \\x1b[2Jload" out &&
	! LC_ALL=C grep "[^ -~$TAB]" out err
'

test_expect_success 'a machine that goes off too early is UNKNOWN, and exits 4' '
	test_expect_code 4 farrier -C ws boot --kernel early-off --initrd initrd --machine bench >out &&
	grep "^UNKNOWN  bench" out &&
	grep "before the test had a result" out
'

test_expect_success 'a hang is called, waited for, and BAD' '
	test_expect_code 1 farrier -C ws boot --kernel hangs --initrd initrd --machine bench \
		>out 2>err &&
	grep "suspected to hang: no heartbeat for 5 s" err &&
	grep "^  silence   line 3: no heartbeat for " out
'

test_expect_success 'a machine that resets itself in mid test is BAD, and not after its test' '
	sed "/heartbeat/a reset" good >resets &&
	test_expect_code 1 farrier -C ws boot --kernel resets --initrd initrd --machine bench >out &&
	grep "^  reboot-loop  *line 6: the machine was reset before the test had ended" out &&
	sed "s/^off/reset/" good >restarts &&
	boot restarts --machine bench >out &&
	grep "^GOOD  bench" out
'

# Farrier stands still while the guest goes on, as both do on a host that stands still.
stand_still () {
	rm -f pid &&
	{ "$FARRIER" -C ws boot --kernel "$1" --initrd initrd --machine bench --json >json 2>err & } &&
	wait_for "test -s pid" &&
	kill -STOP $! && sleep 4 && kill -CONT $! &&
	wait $!
}

test_expect_success 'a lockup that the kernel saw while the host stood still is INFRA' '
	kernel stalled <<-EOF &&
	say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP
	guest
	say # farrier: heartbeat 1 progress 10 9
	pid $PWD/pid
	wait 2
	say [   26.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [storm:42]
	hang
	EOF
	test_expect_code 3 stand_still stalled &&
	jq -e ".verdict == \"INFRA\" and .cause == null and .timing.stood >= 2 and
		(.text | test(\"this host stood still for . s, so that a soft-lockup .* .line 4.\"))" json
'

test_expect_success 'and what has nothing to do with time stays BAD' '
	sed "s/watchdog: .*/Kernel panic - not syncing: Attempted to kill init!/" stalled >panics &&
	test_expect_code 1 stand_still panics &&
	jq -e ".verdict == \"BAD\" and .cause.kind == \"panic\" and .timing.stood >= 2" json
'

test_expect_success '--git-bisect exits as git bisect wants it' '
	boot good --machine bench --git-bisect &&
	test_expect_code 1 farrier -C ws boot --git-bisect --kernel panic --initrd initrd --machine bench &&
	test_expect_code 125 farrier -C ws boot --git-bisect --kernel early-off --initrd initrd --machine bench &&
	test_expect_code 128 farrier -C ws boot --git-bisect --kernel broken --initrd initrd --machine bench &&
	test_expect_code 128 farrier -C ws boot --git-bisect --kernel nowhere --initrd initrd --machine bench
'

test_expect_success 'a kernel that is not there is bad input' '
	test_expect_code 2 farrier -C ws boot --kernel nowhere --initrd initrd --machine bench 2>err &&
	grep "no kernel .nowhere. that can be read" err
'

test_expect_success 'a machine that is not there is bad input and lists those that are' '
	test_expect_code 2 farrier -C ws boot --kernel good --initrd initrd --machine nowhere 2>err &&
	grep "no machine .nowhere." err &&
	grep "hint: kernels/machines has: bench" err
'

test_expect_success 'an emulator that is not there is named with what to do' '
	sed "s,qemu = .*,qemu = qemu-nowhere," ws/kernels/machines/bench.conf \
		>ws/kernels/machines/absent.conf &&
	test_expect_code 3 farrier -C ws boot --kernel good --initrd initrd --machine absent 2>err &&
	grep "cannot run .qemu-nowhere." err &&
	grep "^hint: " err
'

test_expect_success 'a command line that the kernel would cut is refused and shown' '
	long=$(printf "%0250d" 1) &&
	test_expect_code 2 farrier -C ws boot --kernel good --initrd initrd --machine bench \
		--cmdline "$long" 2>err &&
	grep "takes a command line of 255 bytes" err &&
	grep "console=ttyS0 0*1 farrier.seconds=10" err
'

# A build as farrier build leaves it.
fake_build () {
	folder=$XDG_CACHE_HOME/farrier/build/$1 &&
	mkdir -p "$folder" &&
	cp good "$folder/image" &&
	echo "{\"schema\": 1, \"key\": {}, \"status\": \"ok\", \"branch\": \"b\",
		\"image_id\": \"$(git hash-object good)\"}" >"$folder/build.json"
}

test_expect_success 'a build is found by the beginning of its key' '
	fake_build 0a1b2c && fake_build 0a9999 &&
	farrier -C ws boot 0a1 --initrd initrd --machine bench --json >json &&
	jq -e ".build == \"0a1b2c\"" json &&
	test_expect_code 2 farrier -C ws boot 0a --initrd initrd --machine bench 2>err &&
	grep "more than one build starts with .0a." err &&
	test_expect_code 2 farrier -C ws boot ffff --initrd initrd --machine bench 2>err &&
	grep "no build .ffff." err
'

test_expect_success 'an image that is not the one that was built is not booted' '
	echo "say another" >"$XDG_CACHE_HOME/farrier/build/0a1b2c/image" &&
	test_expect_code 2 farrier -C ws boot 0a1 --initrd initrd --machine bench 2>err &&
	grep "build .0a1b2c. is damaged" err
'

test_expect_success 'Ctrl-C ends the machine, and exits 130' '
	rm -rf pid ws/.farrier/boots &&
	{ "$FARRIER" -C ws boot --kernel stubborn --initrd initrd --machine bench >out 2>err & } &&
	wait_for "test -s pid" &&
	kill -TERM $! &&
	test_expect_code 130 wait $! &&
	gone "$(cat pid)" &&
	! ls ws/.farrier/boots/*/boot.json
'

test_expect_success 'kill -9 leaves no machine behind, and its log until the next time' '
	rm -rf pid ws/.farrier/boots &&
	{ "$FARRIER" -C ws boot --kernel stubborn --initrd initrd --machine bench >out 2>err & } &&
	wait_for "test -s pid" &&
	kill -KILL $! &&
	test_expect_code 137 wait $! &&
	gone "$(cat pid)" &&
	grep "Linux version" ws/.farrier/boots/*/console.log &&
	! ls ws/.farrier/boots/*/boot.json &&
	boot good --machine bench
'

test_done
