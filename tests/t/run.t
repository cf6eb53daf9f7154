#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier run: plan, cells, resume, failures

The kernels are texts that tests/standin/qemu plays.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

toy_cache

# run NAME ARG...: matrix NAME with --json; cells.json has the cells, out.json the run without them.
run () {
	farrier -C ws -q run --json "$@" >lines.json
	code=$?
	jq -s "[.[] | select(.id)]" lines.json >cells.json &&
	jq -s "map(select(.run))[-1]" lines.json >out.json &&
	return $code
}

# matrix NAME: its lines come from standard input.
matrix () {
	cat >"ws/kernels/matrix/$1.conf"
}

test_expect_success 'setup' '
	toy_world && toy_model && toy_fix &&
	git -C linux commit -q --allow-empty -m "toy: later" &&
	sed -i "s/SUBLEVEL = 1/SUBLEVEL = 2/" linux/Makefile && git -C linux commit -qam "toy: 6.12.2" &&
	toy_branch late && git -C linux reset -q --hard base &&
	echo CONFIG_EXTRA=y >ws/kernels/configs/extra.config &&
	matrix default <<-\EOF
	[matrix]
		title = the toys
		series = fix
		model = model
		seconds = 1
	[cells "fault"]
		variant = base, series
		config = branch, extra
		cpus = 2, 4
	[cells "control"]
		variant = base
		model = off
		cpus = 2
	EOF
'

test_expect_success '--dry-run says what would be done, and does none of it' '
	farrier -C ws -q run --dry-run >out &&
	grep "^matrix default: the toys" out &&
	test "$(grep -c "  to build" out)" = 8 &&
	grep "^  late  *without  *model off  *branch  *bench  *2  *0  about" out &&
	grep "^8 kernels to build, about [0-9]* boots to do: more than .* (no build like" out &&
	! test -e booted && ! test -e ws/.farrier/runs
'

test_expect_success 'the matrix is run: exit 0, with every cell at its end' '
	run &&
	jq -e "length == 18 and all(.state == (if .variant == \"base\" and .model == \"on\" then \"bad\" else \"clean\" end))" cells.json &&
	jq -e ".answer == \"good\" and (.pairs | length == 8 and all(.answer == \"fixed\"))" out.json &&
	jq -e ".timing.built == 8 and .timing.reused == 0 and .ended" out.json &&
	test "$(jq .timing.booted out.json)" = "$(wc -l <booted)"
'
# What is not a matter of time, of how often it was tried or of where it came from.
essence () {
	jq -S "del(.started, .ended, .run, .timing, .key) |
		.builds[] |= del(.started, .seconds, .cpu_seconds, .usual_seconds, .status) |
		.cells[].boots[] |= del(.seconds, .machine_cpu, .started, .reused)" "$1"
}

test_expect_success 'its record is there, and every boot has its log' '
	essence ws/.farrier/runs/0001/run.json >first.essence &&
	jq -e ".ended and .answer == \"good\" and .cpus > 0" ws/.farrier/runs/0001/run.json &&
	jq -r ".cells[].boots[].log" ws/.farrier/runs/0001/run.json >logs && test -s logs &&
	while read -r log; do test -s "ws/$log" || return 1; done <logs
'

test_expect_success 'clear cells stop early' '
	jq -e "all(.rate.boots < 20 and (.boots | length) == .rate.boots)" cells.json &&
	jq -e "[.[] | select(.state == \"bad\") | .rate.boots] | max <= 4" cells.json
'

test_expect_success 'the same again builds nothing and boots nothing, in a new record' '
	cp booted before &&
	run &&
	test_cmp before booted &&
	jq -e ".run == 2 and .timing.built == 0 and .timing.booted == 0 and .timing.reused > 0" out.json &&
	jq -e "all(.boots | all(.reused))" cells.json &&
	essence ws/.farrier/runs/0002/run.json >second.essence &&
	test_cmp first.essence second.essence
'

test_expect_success '--dry-run then has nothing to do' '
	farrier -C ws -q run --dry-run >out && grep "^nothing to do" out &&
	farrier -C ws -q run --dry-run --json >out.json &&
	jq -e ".forecast.boots == 0 and (.cells | length) == 18" out.json
'

test_expect_success 'kernels that no cell waits for are not built again' '
	mv "$XDG_CACHE_HOME/farrier/build" gone &&
	run && jq -e ".timing.built == 0 and .timing.booted == 0" out.json &&
	mv gone "$XDG_CACHE_HOME/farrier/build"
'

test_expect_success 'people see a line for each cell, the tables, and what it cost' '
	farrier -C ws run >out 2>err &&
	grep "^toy/base/on/branch/bench/2: bad, bug in [0-9]* of [0-9]* boots: smp: csd: Detected" out &&
	grep "^toy  6.12.1$" out && grep "^late  6.12.2$" out &&
	grep "^  with  *model on  *extra  *bench  *4  *clean  *0 of [0-9]*  *0-[0-9]* %  *fixed  *[0-9]* lost" out &&
	grep "^verdict: good (18 cells: 10 clean, 8 bad; 8 pairs without and with the series: 8 fixed)" out &&
	grep "^run [0-9]*: 0 kernels built, 0 boots done, [0-9]* reused" out &&
	grep "^time: .* s wall, make CPU 0.0 s, machine CPU 0.0 s, farrier itself" out
'

test_expect_success 'boots of verify are used, and the other way round' '
	cp booted before &&
	farrier -C ws -q verify fix --model model --onto toy --cpus 2 --seconds 1 >/dev/null &&
	jq "[.[] | select(.id == \"toy/series/on/branch/bench/2\")][0].rate.boots" cells.json >boots &&
	farrier -C ws -q verify fix --model model --onto toy --cpus 2 --seconds 1 --json >out.json &&
	jq -e "[.branches[0].arms[] | select(.series and .model)][0].boots <= $(cat boots)" out.json &&
	find ws/.farrier/boots -name boot.json >all && test "$(wc -l <all)" = "$(wc -l <booted)"
'

test_expect_success 'kill -9 anywhere: the next run goes on, repeats no finished boot, ends the same' '
	rm -rf ws/.farrier/runs ws/.farrier/boots booted &&
	for wait in 0.7 1.5 2.5 3.5 10 30; do
		{ test $wait != 10 && test $wait != 30 || ! test -s finished; } || break
		"$FARRIER" -C ws -q run --json >/dev/null 2>&1 &
		pid=$! && sleep $wait && { kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null || :; } &&
		find ws/.farrier -name boot.json -exec cksum {} + | sort >>finished
	done &&
	test -s finished &&
	run &&
	find ws/.farrier -name boot.json -exec cksum {} + | sort >now &&
	sort -u finished >expected && comm -23 expected now >lost && test_must_be_empty lost &&
	essence "$(printf "ws/.farrier/runs/%04d/run.json" "$(jq .run out.json)")" >actual &&
	test_cmp first.essence actual
'

test_expect_success 'a second farrier waits, or fails with --no-wait and says why' '
	mkfifo hold && { flock ws/.farrier/boots.lock cat hold >/dev/null & } &&
	exec 8>hold &&
	test_expect_code 3 farrier -C ws -q run --no-wait 2>err &&
	grep "the boots of this workspace is in use by process" err &&
	farrier -C ws -q run --dry-run >/dev/null &&
	{ "$FARRIER" -C ws run >out 2>err 8>&- & } 8>&- && pid=$! &&
	wait_for "grep \"waiting for\" err" && ! test -s out &&
	exec 8>&- && wait $pid && grep "^verdict: good" out
'

test_expect_success 'branches with the same tree share their boots' '
	toy_branch twin && cp booted before &&
	matrix twins <<-\EOF &&
	[matrix]
		series = fix
		model = model
		seconds = 1
		branch = toy, twin
		cpus = 8
	EOF
	run twins &&
	jq -e "map(.key) | length == 4 and (unique | length) == 2" cells.json &&
	jq -e "map(.state) | sort == [\"bad\", \"bad\", \"clean\", \"clean\"]" cells.json &&
	jq "[.[].rate.boots] | add / 2" cells.json >half &&
	test "$(cat half)" = "$(($(wc -l <booted) - $(wc -l <before)))" &&
	git -C linux update-ref -d refs/farrier/tree/twin && rm ws/kernels/branches/twin.conf
'

test_expect_success 'a series that does nothing: its cells are bad, exit 1' '
	sed -i "1i with model=1 without fix=on say # nothing" linux/kernel/tail &&
	toy_series none role=fix &&
	matrix none <<-\EOF &&
	[matrix]
		series = none
		model = model
		seconds = 1
		branch = toy
		cpus = 2
	EOF
	test_expect_code 1 run none &&
	jq -e ".answer == \"bad\" and .pairs[0].answer == \"not-fixed\"" out.json
'

test_expect_success 'a series that conflicts costs its cells: not ported, with the reason, exit 1' '
	echo "say [    0.100000] yet another line" >linux/kernel/fault && toy_series clash role=fix &&
	sed -i "s/^-say .*/-say what nobody ever said/" ws/series/clash/0001-*.patch &&
	sed -i "s/^index .*/index 0000000000000000000000000000000000000001..0000000000000000000000000000000000000002 100644/" ws/series/clash/0001-*.patch &&
	sed "s/none/clash/" ws/kernels/matrix/none.conf >ws/kernels/matrix/clash.conf &&
	test_expect_code 1 run clash &&
	jq -e "map([.variant, .state]) | sort == [[\"base\", \"bad\"], [\"series\", \"not-ported\"]]" cells.json &&
	jq -e "[.[] | select(.variant == \"series\")][0].reason | test(\"^clash patch 1\")" cells.json &&
	jq -e "[.builds[].status] | index(\"not-ported\")" out.json
'

test_expect_success 'a kernel that does not build costs its cells, no others' '
	sed -i "s|@cat kernel.*|@echo kernel/head:1:1: error: broken; exit 1|" linux/Makefile &&
	toy_series unbuilt role=fix &&
	sed "s/none/unbuilt/" ws/kernels/matrix/none.conf >ws/kernels/matrix/unbuilt.conf &&
	test_expect_code 1 run unbuilt &&
	jq -e "map([.variant, .state, .reason]) | sort == [[\"base\", \"bad\", null],
		[\"series\", \"not-built\", \"kernel/head:1: broken\"]]" cells.json &&
	test_expect_code 1 run unbuilt && jq -e ".timing.built == 0" out.json
'

test_expect_success 'a build that the machine breaks costs its cells: exit 3, the others go on, the next run mends it' '
	sed -i "s|@cat kernel|@test ! -e $XDG_CACHE_HOME/full \|\| { echo \"cc1: error: No space left on device\"; exit 1; }; cat kernel|" linux/Makefile &&
	toy_series full role=fix &&
	sed "s/none/full/" ws/kernels/matrix/none.conf >ws/kernels/matrix/full.conf &&
	touch "$XDG_CACHE_HOME/full" &&
	test_expect_code 3 run full 2>err &&
	grep "No space left on device" err &&
	jq -e "map([.variant, .state]) | sort == [[\"base\", \"bad\"], [\"series\", \"infra\"]]" cells.json &&
	rm "$XDG_CACHE_HOME/full" &&
	test_expect_code 1 run full && jq -e "all(.state == \"bad\")" cells.json
'

test_expect_success 'a bug with the model off takes the good answer away: exit 4' '
	echo "without fix=on say [    1.000000] kernel BUG at mm/slab.c:1!" >>linux/kernel/fault &&
	sed -i "s/^say .*0.100000.*/say [    0.100000] other/" linux/kernel/fault &&
	git -C linux commit -qam "toy: sick" && toy_branch sick &&
	git -C linux reset -q --hard base &&
	matrix sick <<-\EOF &&
	[matrix]
		series = fix
		model = model
		seconds = 1
		branch = sick
		cpus = 2
	[cells "fault"]
		model = on
	[cells "control"]
		variant = base
		model = off
	EOF
	test_expect_code 4 run sick &&
	jq -e ".answer == \"inconclusive\" and .pairs[0].answer == \"fixed\"" out.json &&
	jq -e "[.[] | select(.group == \"control\")][0].state == \"bad\"" cells.json
'

test_expect_success 'an emulator that dies is infra, never bad: exit 4' '
	printf "#!/bin/sh\ntest \"\$1\" = --version && echo 2 && exit\necho no luck >&2; exit 1\n" >bin/dead &&
	chmod +x bin/dead && sed "s|bin/emulator|bin/dead|" ws/kernels/machines/bench.conf >ws/kernels/machines/dead.conf &&
	sed "s/none/fix/; s/cpus.*/machine = dead/" ws/kernels/matrix/none.conf >ws/kernels/matrix/dead.conf &&
	test_expect_code 4 run dead &&
	jq -e "all(.state == \"infra\" and .rate.bad == 0 and (.boots | length) >= 4)" cells.json &&
	jq -e ".[0].reason | test(\"no luck\")" cells.json &&
	test_expect_code 4 run dead && jq -e "all(.boots[0].number > 4)" cells.json &&
	rm ws/kernels/machines/dead.conf
'

test_expect_success 'a kernel that ends early has no result, which no lab is blamed for: exit 4, and tried again' '
	sed -i "1a off" linux/kernel/head && git -C linux commit -qam "toy: early" && toy_branch early &&
	git -C linux reset -q --hard base &&
	matrix early <<-\EOF &&
	[matrix]
		branch = early
		seconds = 1
		cpus = 2
	EOF
	test_expect_code 4 run early &&
	jq -e "all(.state == \"no-result\" and (.boots | length) == 4 and all(.boots[]; .counted | not))" cells.json &&
	test_expect_code 4 farrier -C ws report >out && grep "boots ended before the test had a result" out &&
	test_expect_code 4 run early && jq -e "all(.[].boots[]; .reused | not)" cells.json
'

test_expect_success 'a series that nothing was shown to need is not good: exit 4' '
	matrix alone <<-\EOF &&
	[matrix]
		series = fix
		model = model
		branch = toy
		seconds = 1
		cpus = 2
		variant = series
	EOF
	test_expect_code 4 run alone &&
	jq -e "all(.state == \"clean\")" cells.json && jq -e ".answer == \"inconclusive\"" out.json &&
	test_expect_code 4 farrier -C ws report >out &&
	grep "not on every branch a cell without fix shows the bug" out
'

test_expect_success 'without a series all cells count' '
	matrix plain <<-\EOF &&
	[matrix]
		branch = toy
		seconds = 1
		cpus = 2
	EOF
	run plain && jq -e "length == 1 and .[0].state == \"clean\" and .[0].model == \"none\"" cells.json
'

test_expect_success 'what is not there is exit 2 and lists what is' '
	test_expect_code 2 farrier -C ws run no-such 2>err &&
	grep "no matrix .no-such." err && grep "kernels/matrix has: .*default" err &&
	sed "s/toy/nowhere/" ws/kernels/matrix/plain.conf >ws/kernels/matrix/bad.conf &&
	test_expect_code 2 farrier -C ws run bad 2>err && grep "no branch .nowhere." err &&
	echo "	series = nothing" >>ws/kernels/matrix/plain.conf &&
	test_expect_code 2 farrier -C ws run plain 2>err && grep "no series .nothing." err
'

test_done
