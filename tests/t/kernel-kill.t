#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='real kernels: farrier run is killed in its builds and boots, and goes on

With the real compiler and QEMU a boot does not come out the same each time, so the
end is not compared; what was finished has to stay, byte for byte.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

XDG_CACHE_HOME=$FARRIER_REAL_CACHE
export XDG_CACHE_HOME
BRANCH=linux-6.12.y
need_kernel $BRANCH
test_have_prereq KERNEL || { skip_all="no $BRANCH"; test_done; }

WITNESS=$FARRIER_SOURCE/tests/standin/witness

# A change that nobody made before, so that there is a kernel to build.
test_expect_success 'setup: a matrix of four cells, with a series that no kernel has' '
	farrier -q init ws && cp -R "$FARRIER_SOURCE"/series/* ws/series/ &&
	borrow_kernels kernel.git $BRANCH && git config -f ws/farrier.conf kernel.repo "$PWD/kernel.git" &&
	export GIT_DIR=kernel.git GIT_INDEX_FILE=$PWD/index &&
	git show $REAL:arch/alpha/kernel/smp.c >smp.c &&
	echo "static const char killed_by[] __used = \"$(date +%s)-$$\";" >>smp.c &&
	git read-tree $REAL &&
	git update-index --cacheinfo "100644,$(git hash-object -w smp.c),arch/alpha/kernel/smp.c" &&
	commit=$(git commit-tree -p $REAL -m "alpha: smp: say who kills" "$(git write-tree)") &&
	unset GIT_DIR GIT_INDEX_FILE &&
	farrier -C ws -q import --name new "$REAL..$commit" &&
	git config -f ws/series/new/series.conf series.arch alpha &&
	git config -f ws/series/new/series.conf series.prerequisite alpha-fault-build &&
	rm ws/kernels/matrix/* &&
	cat >ws/kernels/matrix/small.conf <<-EOF
	[matrix]
		series = new
		model = io7-edge-loss
		branch = $BRANCH
		machine = clipper
		seconds = 2
		clean-rate = 10%
		bad-rate = 35%
		error = 5%
		max-boots = 25
		cpus = 2
	[cells "all"]
		variant = base, series
		model = on, off
	EOF
'

finished () {
	find ws/.farrier/boots -name boot.json 2>/dev/null | wc -l
}

# The kernel with the series; its key is in the record of the run once there is a plan.
is_built () {
	key=$(jq -r ".builds[] | select(.variant == \"series\") | .key" ws/.farrier/runs/0001/run.json) &&
	test -e "$XDG_CACHE_HOME/farrier/build/$key/build.json"
}

look () {
	"$WITNESS" look memory ws "$XDG_CACHE_HOME/farrier" none
}

begin () {
	"$FARRIER" -C ws -q run small >out 2>log &
	pid=$!
}

# kill_now: the sitting is killed, and what it had finished is looked at.
kill_now () {
	kill -9 "$pid" && ! wait "$pid" && look
}

# wait_until COMMAND: false when the sitting comes to its end first.
wait_until () {
	while ! "$@"; do
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.1
	done
}

# One file is compiled: a make that was killed may have left the one behind it nothing but to link.
make_is_at_work () {
	pgrep -f "make.*O=$XDG_CACHE_HOME/farrier/obj/$BRANCH/" >/dev/null
}

one_more () {
	test "$(finished)" -gt "${before:-0}"
}

test_expect_success 'killed while the kernel is built' '
	rm -f memory && begin && wait_until make_is_at_work && sleep 0.7 && kill_now &&
	! is_built &&
	begin && wait_until make_is_at_work && sleep 0.2 && kill_now
'

test_expect_success 'killed while kernels boot' '
	for delay in 0.1 1.3 0.6 2.1; do
		before=$(finished) && begin && wait_until one_more && sleep $delay && kill_now || return 1
	done
'

test_expect_success 'it comes to its end, and there was one run' '
	test_might_fail farrier -C ws -q run small >out && look &&
	ls ws/.farrier/runs >runs && echo 0001 >expected && test_cmp expected runs &&
	jq -e ".ended and (.cells | length == 4)" ws/.farrier/runs/0001/run.json &&
	is_built
'

test_expect_success 'every boot of it has its log, its number and its place' '
	jq -r ".cells[].boots[].log" ws/.farrier/runs/0001/run.json >logs &&
	test "$(sort -u logs | wc -l)" = "$(wc -l <logs)" && test "$(wc -l <logs)" = "$(finished)" &&
	while read -r log; do test -s "ws/$log" || return 1; done <logs &&
	jq -e "all(.cells[]; [.boots[].number] == [range(1; (.boots | length) + 1)])" \
		ws/.farrier/runs/0001/run.json
'

test_expect_success 'a second run repeats nothing' '
	before=$(finished) && test_might_fail farrier -C ws -q run small --json >lines &&
	jq -s -e "map(select(.run))[-1].timing | .booted == 0 and .built == 0" lines &&
	test "$(finished)" = "$before" && look
'

# Nobody will ever want it again.
test_expect_success 'cleanup' '
	is_built && rm -r "$XDG_CACHE_HOME/farrier/build/$key"
'

test_done
