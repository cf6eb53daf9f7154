#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier verify: answers, evidence, resume

The kernel is a text that tests/standin/qemu plays. The real thing is in kernel.t.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

toy_cache

verify () {
	farrier -C ws -q verify --json --onto toy --cpus 2 --seconds 1 "$@" >out.json
}

test_expect_success 'setup' 'toy_world'

test_expect_success 'setup: a model, a fix, a fix that is none, and others' '
	toy_model &&
	sed -i "1i with model=1 without fix=on say # nothing" linux/kernel/tail &&
	toy_series none role=fix cmdline=fix=on &&
	cat >linux/kernel/fault <<-\EOF &&
	say [    0.100000] a line of its own
	EOF
	sed -i "s/7 5/7 6/" linux/kernel/tail &&
	toy_series other role=fix &&
	echo "say rest" >linux/kernel/extra && sed -i "s/by nobody/&/" linux/kernel/tail &&
	toy_series extra role=fix &&
	sed -i "s/ok 1 storm/not ok 1 storm: broken/" linux/kernel/tail &&
	toy_series breaks role=fix prerequisite=extra &&
	sed -i "s|@cat kernel.*|@echo kernel/head:1:1: error: broken; exit 1|" linux/Makefile &&
	toy_series unbuilt role=fix
'

test_expect_success 'setup: the fix, which takes the place of what the model did' 'toy_fix'

test_expect_success 'a series that takes the bug away is fixed: exit 0, with the numbers' '
	verify fix --model model &&
	jq -e ".branches[0] | .verdict == \"fixed\" and (.confidence > 0.99) and
		(.reason | startswith(\"if the series did nothing, the bug would show in at least 54.9 %\"))" out.json &&
	jq -e "[.branches[0].arms[] | [.series, .model, .boots, .bug]] | sort ==
		[[false, false, 3, 0], [false, true, 5, 5], [true, false, 3, 0], [true, true, 6, 0]]" out.json
'

test_expect_success 'the evidence is the line of the log' '
	jq -e "[.branches[0].arms[].evidence[]] | length == 5 and all(.kind == \"csd-stall\")" out.json &&
	log=$(jq -r "[.branches[0].arms[].evidence[]][0].log" out.json) &&
	line=$(jq -r "[.branches[0].arms[].evidence[]][0].line" out.json) &&
	sed -n "${line}p" "$log" | grep "csd: Detected non-responsive"
'

test_expect_success 'counters are added up by arm' '
	jq -e "[.branches[0].arms[] | select(.series and .model)][0].counters.lost == 6 * 12" out.json
'

test_expect_success 'the same again boots nothing and builds nothing' '
	cp booted before && cp out.json first.json &&
	verify fix --model model &&
	test_cmp before booted &&
	jq -e ".branches[0].timing.make == 0" out.json &&
	jq -S "del(.branches[].timing, .branches[].builds)" first.json >expected &&
	jq -S "del(.branches[].timing, .branches[].builds)" out.json >actual &&
	test_cmp expected actual
'

test_expect_success 'people see a table, the verdict and what was used again' '
	farrier -C ws -q verify fix --model model --onto toy --cpus 2 --seconds 1 >out &&
	grep "^  without fix  model on  *bench  *2  *5 of 5  smp: csd: Detected" out &&
	grep "^  with fix  *model on  *bench  *2  *0 of 6  72 lost" out &&
	grep "^verdict: fixed (99.1 %: if the series did nothing" out &&
	grep "0 boots done, 17 reused" out
'

test_expect_success 'another command line is another boot' '
	git config -f ws/kernels/machines/bench.conf machine.cmdline quiet &&
	verify fix --model model &&
	! test_cmp -s before booted
'

test_expect_success 'a series that does nothing is not fixed: exit 1' '
	test_expect_code 1 verify none --model model &&
	jq -e ".branches[0] | .verdict == \"not-fixed\" and
		.reason == \"the bug showed in 1 of 1 boots with the series\"" out.json
'

test_expect_success 'a bug that never shows is inconclusive: exit 4' '
	test_expect_code 4 verify other --max-boots 3 &&
	jq -e ".branches[0].verdict == \"inconclusive\" and .branches[0].confidence == 0 and
		(.branches[0].arms | length == 1 and all(.model == false))" out.json
'

test_expect_success 'a prerequisite is in both kernels' '
	test_expect_code 4 verify breaks --max-boots 1 &&
	git --git-dir=linux/.git log --format=%s -2 \
		"$(jq -r ".branches[0].builds[1].commit" out.json)" >subjects &&
	printf "toy: breaks\ntoy: extra\n" >expected &&
	test_cmp expected subjects &&
	git --git-dir=linux/.git log --format=%s -1 \
		"$(jq -r ".branches[0].builds[0].commit" out.json)" >subjects &&
	echo "toy: extra" >expected && test_cmp expected subjects
'

test_expect_success 'a series that does not fit is not ported: exit 1, with the reason' '
	mkdir ws/series/nofit && sed "s/= fix$/= nofit/" ws/series/fix/series.conf >ws/series/nofit/series.conf &&
	cat >ws/series/nofit/0001-add.patch <<-EOF &&
	From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
	From: A U Thor <author@example.com>
	Date: Tue, 14 Nov 2023 22:13:20 +0000
	Subject: [PATCH] toy: add

	---
	diff --git a/kernel/fault b/kernel/fault
	new file mode 100644
	--- /dev/null
	+++ b/kernel/fault
	@@ -0,0 +1 @@
	+another file of this name
	EOF
	test_expect_code 1 verify nofit &&
	jq -e ".branches[0].verdict == \"not-ported\" and
		(.branches[0].reason | test(\"^nofit patch 1, .toy: add.: conflict: kernel/fault\"))" out.json
'

test_expect_success 'a guess that nobody confirmed is warned of' '
	test_expect_code 4 verify fix --max-boots 1 2>err &&
	grep "^warning: fix patch 1 fits toy by a guess, .* .farrier resolve fix toy. shows it" err &&
	test_expect_code 4 verify fix --max-boots 1 --model model --cpus 2 2>err &&
	test_must_fail grep "by a guess" err
'

test_expect_success 'a kernel that does not build is not built: exit 1' '
	test_expect_code 1 verify unbuilt &&
	jq -e ".branches[0].verdict == \"not-built\" and
		.branches[0].reason == \"kernel/head:1: broken\"" out.json
'

test_expect_success '--git-bisect: 0 fixed, 1 not fixed, 125 neither, 128 broken' '
	verify fix --model model --git-bisect &&
	test_expect_code 1 verify none --model model --git-bisect &&
	test_expect_code 125 verify other --max-boots 3 --git-bisect &&
	test_expect_code 128 verify no-such-series --git-bisect
'

test_expect_success 'a misspelt option under --git-bisect is no bad commit' '
	test_expect_code 128 farrier -C ws verify fix --git-bisect --no-such 2>err
'

test_expect_success 'what is no model, or needs what is not there, is refused' '
	test_expect_code 2 verify none --model other 2>err && grep "is no model" err &&
	printf "\tprerequisite = mispelt\n" >>ws/series/other/series.conf &&
	test_expect_code 2 verify other 2>err && grep "needs .mispelt.: .mispelt. is no series here" err &&
	git config -f ws/series/other/series.conf --unset series.prerequisite
'

test_expect_success 'the same number of CPUs twice is one experiment' '
	verify fix --model model --cpus 2,2 &&
	jq -e ".branches[0].arms | length == 4" out.json
'

test_expect_success 'an emulator that dies is no bug: replaced, then inconclusive' '
	printf "#!/bin/sh\ntest \"\$1\" = --version && echo 2 && exit\nexit 1\n" >bin/dead &&
	chmod +x bin/dead &&
	git config -f ws/kernels/machines/dead.conf machine.kind qemu &&
	git config -f ws/kernels/machines/dead.conf machine.arch toy &&
	git config -f ws/kernels/machines/dead.conf machine.model dead &&
	git config -f ws/kernels/machines/dead.conf machine.qemu "$PWD/bin/dead" &&
	test_expect_code 4 verify fix --model model --machine dead &&
	jq -e ".branches[0].arms | all(.bug == 0) and any(.infra == 4)" out.json &&
	rm ws/kernels/machines/dead.conf
'

test_expect_success 'kill -9 in the middle: the next run repeats no finished boot' '
	rm -rf ws/.farrier booted && touch booted || return 1
	"$FARRIER" -C ws -q verify --json --onto toy --cpus 2 --seconds 1 fix --model model >/dev/null 2>&1 &
	pid=$!
	wait_for "test \$(find ws/.farrier -name boot.json | wc -l) -ge 3" &&
	kill -9 $pid && { wait $pid || :; } &&
	find ws/.farrier -name boot.json -exec cksum {} + | sort >kept && test "$(wc -l <kept)" -ge 3 &&
	verify fix --model model &&
	find ws/.farrier -name boot.json -exec cksum {} + | sort >now && comm -23 kept now >lost && test_must_be_empty lost &&
	jq -e ".branches[0].verdict == \"fixed\"" out.json &&
	wc -l now booted >&2 && test "$(wc -l <now)" = 17 &&
	# one was under way, and one perhaps at its end, but not written down
	test "$(wc -l <booted)" -le 19
'

test_expect_success 'unknown names are exit 2 and list the known ones' '
	test_expect_code 2 verify no-such 2>err && grep "no series .no-such." err &&
	test_expect_code 2 verify fix --machine no-such 2>err && grep "kernels/machines has: bench" err &&
	test_expect_code 2 verify fix --cpus 0 2>err && grep "no number of CPUs" err
'

test_done
