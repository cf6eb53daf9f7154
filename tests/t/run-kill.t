#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier run is killed, starved and lied to, and comes to the same end

Compiler and emulator are stand-ins, and what they do depends on the kernel and its
command line alone. So every run that comes to its end has to leave the same record.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

KILLER=$(dirname "$FARRIER")/standin/killer
SEED=${FARRIER_SEED:-20261122}
toy_cache
AREA=$XDG_CACHE_HOME
TAB=$(printf '\t')

# The image holds the kernel's text and the config. Compiler and emulator note what they begin.
test_expect_success 'setup: a kernel with a fault under the model, and its fix' '
	toy_world &&
	sed -i "/^vmlinux/,\$d" linux/Makefile &&
	cat >>linux/Makefile <<-EOF &&
	vmlinux:
	${TAB}@{ cat kernel/head; sed "s/^/say /" \$(O)/.config; cat kernel/fault kernel/tail; } >\$(O)/new
	${TAB}@sha1sum <\$(O)/new >>$AREA/built
	${TAB}@echo "  LD      vmlinux"; sleep 0.05; mv \$(O)/new \$(O)/vmlinux
	EOF
	echo "wait 0.02" >>linux/kernel/head &&
	git -C linux commit -qam "toy: notes" && git -C linux tag -f base && toy_branch toy &&
	sed -i "s|^echo boot.*|echo \$\$ >>$AREA/booted|" bin/emulator && grep booted bin/emulator &&
	toy_model && toy_fix &&
	echo CONFIG_DEBUG=y >ws/kernels/configs/debug.config
'

test_expect_success 'setup: a matrix of eight cells and four kernels' '
	cat >ws/kernels/matrix/small.conf <<-\EOF
	[matrix]
		series = fix
		model = model
		seconds = 1
		clean-rate = 10%
		bad-rate = 70%
		error = 5%
		max-boots = 8
		config = branch, debug
		cpus = 2
	[cells "all"]
		variant = base, series
		model = on, off
	EOF
'

# forget_all: no kernel, no boot, no record.
forget_all () {
	rm -rf ws/.farrier "$AREA/farrier" "$AREA/built" "$AREA/booted" "$AREA/memory"
}

witness () {
	"$FARRIER_SOURCE/tests/standin/witness" "$@"
}

look () {
	witness look "$AREA/memory" ws "$AREA/farrier" "$AREA/built"
}

# record_is FILE: there is one run, its record is this one but for times, and every boot's
# log is that of the undisturbed run.
record_is () {
	ls ws/.farrier/runs >runs && echo 0001 >only && test_cmp only runs &&
	witness record ws/.farrier/runs/0001/run.json >actual.json &&
	test_cmp "$1" actual.json &&
	(cd ws/.farrier/boots && find . -name console.log -exec sha1sum {} +) | sort >actual.logs &&
	test_cmp expected.logs actual.logs &&
	(cd "$AREA/farrier/build" && find . -name image -exec sha1sum {} +) | sort >actual.images &&
	test_cmp expected.images actual.images
}

# Nobody who was started is left.
all_gone () {
	for try in $(seq 100); do
		left=
		while read -r pid; do
			kill -0 "$pid" 2>/dev/null && left="$left $pid"
		done <"$AREA/booted"
		test -z "$left" && return 0
		sleep 0.1
	done
	echo "emulators are left: $left"
	return 1
}

test_expect_success 'the undisturbed run: four kernels, 22 boots' '
	forget_all && farrier -C ws -q run small >out &&
	witness record ws/.farrier/runs/0001/run.json >expected.json &&
	(cd ws/.farrier/boots && find . -name console.log -exec sha1sum {} +) | sort >expected.logs &&
	(cd "$AREA/farrier/build" && find . -name image -exec sha1sum {} +) | sort >expected.images &&
	test "$(wc -l <"$AREA/built")" = 4 &&
	test "$(wc -l <"$AREA/booted")" = 22 &&
	jq -e ".answer == \"good\"" ws/.farrier/runs/0001/run.json
'

test_expect_success 'the same again is the same record' '
	rm -r ws/.farrier/runs && farrier -C ws -q run small >out &&
	test "$(wc -l <"$AREA/booted")" = 22 &&
	sed "s/\"reused\" : false/\"reused\" : true/; s/\"status\" : \"ok\"/\"status\" : \"cached\"/" \
		expected.json >again.json &&
	record_is again.json
'

# Numbers from 0 to 999 that SEED decides, one a line.
random () {
	awk -v seed="$1" -v count="$2" "BEGIN { srand(seed); while (count--) print int(1000 * rand()) }"
}

# How much is finished.
progress () {
	find "$AREA/farrier/build" ws/.farrier/boots -name "bo*.json" -o -name build.json 2>/dev/null | wc -l
}

# campaign KILLS FUNCTION SEED: from nothing to the end, again and again, until there were so
# many kills. FUNCTION gets a random number, and is true when farrier came to its end. What
# it does scales with PACE, so that a busy or slow machine gets somewhere, too.
campaign () {
	kills=0 campaigns=0 before=0 PACE=100
	forget_all
	for number in $(random "$3" 1000); do
		if $2 "$number"; then
			look && all_gone && record_is expected.json || return 1
			campaigns=$((campaigns + 1))
			test $kills -ge "$1" && echo "$kills kills, $campaigns ends" && return 0
			before=0 PACE=$((PACE / 2 + 10))
			forget_all
		else
			kills=$((kills + 1))
			look || return 1
			now=$(progress) && echo "$kills: pace $PACE, $now finished"
			PACE=$((now > before ? PACE * 3 / 4 + 5 : PACE * 5 / 4 + 5))
			before=$now
		fi
	done
	echo "only $kills kills, and no end"
	return 1
}

# In the plan, the initramfs, builds and boots.
killed_in_time () {
	"$FARRIER" -C ws -q run small >>log 2>&1 &
	pid=$!
	sleep "$(awk -v n="$1" -v pace="$PACE" "BEGIN { print pace / 100 * (0.02 + n / 1000) }")"
	kill -9 $pid 2>/dev/null
	wait $pid
	test $? != 137
}

test_expect_success 'kill -9 at random moments' '
	campaign 50 killed_in_time "$SEED"
'

# Before a file is made, synced, renamed or removed.
killed_at_change () {
	ASAN_OPTIONS=detect_leaks=0 "$KILLER" $(($1 * PACE / 500 + 1)) "$FARRIER" -C ws -q run small >>log 2>&1
	test $? != 137
}

test_expect_success 'kill -9 between the steps of writing' '
	campaign 60 killed_at_change "$SEED"
'

test_done
