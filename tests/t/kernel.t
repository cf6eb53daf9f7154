#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='real kernels: import, build, boot and the experiment'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# The trees and the builds are the user's own: what is there is taken by its key, and
# made when it is not. Ports are written to a repository of this test's that borrows
# the trees; the boots are this test's, too.
XDG_CACHE_HOME=$FARRIER_REAL_CACHE
export XDG_CACHE_HOME
BRANCH=linux-6.12.y

test_expect_success 'setup: a workspace with the series, and one that fixes nothing' '
	farrier -q init ws &&
	cp -R "$FARRIER_SOURCE"/series/* "$FARRIER_SOURCE"/tests/data/broken-fix ws/series/ &&
	cd ws
'

test_expect_success 'the branch is filled from the package' '
	farrier -q tree import $BRANCH &&
	farrier tree list --json >trees.json &&
	jq -e ".branches[] | select(.name == \"$BRANCH\") |
		(.version | startswith(\"6.12.\")) and (.snapshot | startswith(\"linux-source-6.12 \"))" \
		trees.json
'

test_expect_success 'setup: ports go to a repository that borrows the tree' '
	borrow_kernels ../kernel.git $BRANCH &&
	git config -f farrier.conf kernel.repo "$PWD/../kernel.git"
'

test_expect_success 'the series fits, patch by patch' '
	farrier -q port ev7-ipi --onto $BRANCH --json >port.json &&
	jq -e ".ports[0].patches | length == 3 and all(.status != \"conflict\" and
		.status != \"stale\" and .status != \"fuzzy\")" port.json
'

test_expect_success 'kernels are built without the series, with it, and with one that fixes nothing' '
	farrier -q build $BRANCH --model io7-edge-loss --json >without.json &&
	farrier -q build $BRANCH --model io7-edge-loss --with ev7-ipi --json >with.json &&
	farrier -q build $BRANCH --model io7-edge-loss --with broken-fix --json >broken.json &&
	jq -e -s "[.[].builds[0].status] | all(. == \"ok\" or . == \"cached\")" \
		without.json with.json broken.json &&
	jq -r -s "[.[].builds[0].key] | unique | length" without.json with.json broken.json >keys &&
	test "$(cat keys)" = 3
'

test_expect_success 'a build that is there is not made again' '
	farrier -q build $BRANCH --model io7-edge-loss --json >again.json &&
	jq -e ".builds[0].status == \"cached\"" again.json
'

test_expect_success 'a kernel boots, passes its test and powers off' '
	key=$(jq -r .builds[0].key with.json) &&
	farrier -q boot "$key" --cpus 2 --seconds 3 --json >boot.json &&
	jq -e ".verdict == \"GOOD\" and .cpus == 2" boot.json &&
	log=$(jq -r .log boot.json) &&
	grep -a "reboot: Power down" "$log" &&
	farrier -q judge "$log"
'

test_expect_success 'with the series, the bug is gone: fixed, exit 0' '
	farrier -q verify ev7-ipi --model io7-edge-loss --onto $BRANCH --cpus 4 --json >fixed.json &&
	jq -e ".branches[0].verdict == \"fixed\" and .branches[0].confidence >= 0.99" fixed.json &&
	jq -e "[.branches[0].arms[] | select(.series and .model)][0] |
		.bug == 0 and .counters.rescued > 0 and .counters.lost > 0" fixed.json &&
	jq -e "[.branches[0].arms[] | select((.series | not) and .model)][0] |
		.bug >= 1 and .evidence[0].line > 0" fixed.json
'

test_expect_success 'the evidence is a line of a log that is there' '
	jq -r "[.branches[0].arms[].evidence[]][0] | .log" fixed.json >log &&
	jq -r "[.branches[0].arms[].evidence[]][0] | .line" fixed.json >line &&
	jq -r "[.branches[0].arms[].evidence[]][0] | .text" fixed.json >expected &&
	sed -n "$(cat line)p" "$(cat log)" | tr -d "\r" >actual &&
	test_cmp expected actual
'

test_expect_success 'a second run repeats no build and no boot' '
	farrier -q verify ev7-ipi --model io7-edge-loss --onto $BRANCH --cpus 4 --json >again.json &&
	jq -e ".branches[0] | .verdict == \"fixed\" and .timing.make == 0 and
		.timing.machines == 0" again.json
'

test_expect_success 'with a series that fixes nothing: not fixed, exit 1' '
	test_expect_code 1 farrier -q verify broken-fix --model io7-edge-loss --onto $BRANCH \
		--cpus 4 --json >broken.json &&
	jq -e ".branches[0].verdict == \"not-fixed\"" broken.json &&
	jq -e "[.branches[0].arms[] | select(.series and .model)][0] | .bug >= 1" broken.json
'

test_expect_success 'without the model the bug never shows: inconclusive, exit 4' '
	test_expect_code 4 farrier -q verify ev7-ipi --onto $BRANCH --cpus 4 --seconds 3 \
		--max-boots 3 --json >quiet.json &&
	jq -e ".branches[0].verdict == \"inconclusive\"" quiet.json
'

need_shared mail/ev7-v1-thread.mbox

# The last: it touches a header that all of the kernel includes.
test_expect_success SHARED 'check: of version 1 it finds what the review found, at the right patch' '
	farrier -q import --name ev7-v1 "$FARRIER_SHARED/mail/ev7-v1-thread.mbox" &&
	test_expect_code 1 farrier -q check ev7-v1 $BRANCH --json >v1.json &&
	jq -e ".branches[0].patches[0].build | .blame == 1 and
		(.findings[0] | .file == \"arch/alpha/include/asm/smp.h\" and .line == 57 and
		(.unit | endswith(\".c\")) and (.text | test(\"unknown type name .spinlock_t.\")))" v1.json &&
	jq -e ".branches[0].patches[1] | .status == \"conflict\" and
		.left_out == [\"arch/alpha/kernel/irq_alpha.c\"] and .build.blame == 2 and
		any(.build.findings[]; .file == \"arch/alpha/kernel/smp.c\" and
		(.text | test(\"no member named .rescued_\")))" v1.json &&
	jq -e ".branches[0].patches[2].build | .blame == 1 and .findings == []" v1.json
'

test_done
