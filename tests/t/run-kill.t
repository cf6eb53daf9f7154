#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier run is killed at any point, in any number, and comes to the same end

Compiler and emulator are stand-ins, and what they do depends on the kernel and its
command line alone. So every run that comes to its end has to leave the same record.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

KILLER=$(dirname "$FARRIER")/standin/killer
SEED=${FARRIER_SEED:-20261122}
toy_cache

test_expect_success 'setup: the undisturbed run' '
	steady_world && steady_run
'

test_expect_success 'the same again is the same record, but for what was reused' '
	rm -r ws/.farrier/runs && farrier -C ws -q run small >out &&
	test "$(wc -l <"$XDG_CACHE_HOME/booted")" = 22 &&
	sed "s/\"reused\" : false/\"reused\" : true/; s/\"status\" : \"ok\"/\"status\" : \"cached\"/" \
		expected.json >again.json &&
	steady_record >actual.json && test_cmp again.json actual.json
'

# Numbers from 0 to 999 that the seed decides, one a line.
random () {
	awk -v seed="$1" -v count="$2" "BEGIN { srand(seed); while (count--) print int(1000 * rand()) }"
}

# How much is finished.
progress () {
	find "$XDG_CACHE_HOME/farrier/build" ws/.farrier/boots -name boot.json -o -name build.json 2>/dev/null | wc -l
}

# campaign KILLS FUNCTION SEED: from nothing to the end, again and again, until there were so
# many kills. FUNCTION gets a random number, and is true when farrier came to its end. What
# it does scales with PACE, so that a busy or slow machine gets somewhere, too.
campaign () {
	kills=0 ends=0 before=0 PACE=100
	steady_forget
	for number in $(random "$3" 1000); do
		if $2 "$number"; then
			steady_look && steady_gone && steady_end || return 1
			ends=$((ends + 1))
			test $kills -ge "$1" && echo "$kills kills, $ends ends" && return 0
			before=0 PACE=$((PACE / 2 + 10))
			steady_forget
		else
			kills=$((kills + 1))
			steady_look || return 1
			now=$(progress)
			PACE=$((now > before ? PACE * 3 / 4 + 5 : PACE * 5 / 4 + 5))
			before=$now
		fi
	done
	echo "only $kills kills and $ends ends"
	return 1
}

# ended CODE: farrier came to its end, or had written that it did when it was killed.
ended () {
	test "$1" != 137 || jq -e .ended ws/.farrier/runs/0001/run.json >/dev/null 2>&1
}

# In the plan, the initramfs, builds and boots.
killed_in_time () {
	"$FARRIER" -C ws -q run small >>log 2>&1 &
	pid=$!
	sleep "$(awk -v n="$1" -v pace="$PACE" "BEGIN { print pace / 100 * (0.02 + n / 1000) }")"
	kill -9 $pid 2>/dev/null
	wait $pid
	ended $?
}

test_expect_success 'kill -9 at random moments' '
	campaign 50 killed_in_time "$SEED"
'

# Before a file is made, synced, renamed or removed: rare at random, and where it hurts.
killed_at_change () {
	killed_before $(($1 * PACE / 1500 + 1))
}

killed_before () {
	ASAN_OPTIONS=detect_leaks=0 "$KILLER" "$1" "$FARRIER" -C ws -q run small >>log 2>&1
	code=$?
	ended $code
}

test_expect_success 'kill -9 between the steps of writing' '
	campaign 60 killed_at_change "$SEED"
'

# The plan and the record, where a run is short enough to try each point.
test_expect_success 'kill -9 at every step of a run that finds everything done' '
	steady_forget && farrier -C ws -q run small >out && rm -r ws/.farrier/runs &&
	farrier -C ws -q run small >out && steady_record >expected.json &&
	step=0 code=137 &&
	while test $code = 137; do
		step=$((step + 1))
		rm -rf ws/.farrier/runs
		killed_before $step || farrier -C ws -q run small >out
		steady_end || return 1
	done &&
	echo "$step steps" && test $step -gt 10
'

test_done
