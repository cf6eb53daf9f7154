#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='the series that farrier maintains, on four real branches'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# Trees and builds are the user's own, as in kernel.t.
XDG_CACHE_HOME=$FARRIER_REAL_CACHE
export XDG_CACHE_HOME
BRANCHES="linux-5.10.y linux-6.1.y linux-6.12.y mainline"

test_expect_success 'setup: a workspace with the series' '
	farrier -q init ws && cp -R "$FARRIER_SOURCE"/series/* ws/series/ && cd ws
'

test_expect_success 'the branches are filled from their packages' '
	for branch in $BRANCHES; do farrier -q tree import $branch || return 1; done &&
	farrier tree list --json | jq -r ".branches[] | .name + \" \" + .version" >versions &&
	grep "^linux-5.10.y 5\.10\.[0-9]" versions && grep "^linux-6.1.y 6\.1\.[0-9]" versions &&
	grep "^linux-6.12.y 6\.12\.[0-9]" versions && grep "^mainline 7\.[0-9]" versions &&
	borrow_kernels ../kernel.git $BRANCHES &&
	git config -f farrier.conf kernel.repo "$PWD/../kernel.git"
'

test_expect_success 'fix and model fit all four, recorded where a person had to look' '
	for series in ev7-ipi io7-edge-loss; do
		farrier -q port $series --json >$series.json &&
		jq -r ".ports[] | .onto + \" \" + ([.patches[].status] | unique | join(\",\"))" \
			$series.json || return 1
	done >actual &&
	test "$(wc -l <actual)" = 8 &&
	test_must_fail grep -E "fuzzy|stale|conflict|skipped" actual &&
	grep "linux-5.10.y recorded" actual && grep "linux-6.1.y recorded" actual
'

test_expect_success 'show has the four branches, all of them ported' '
	farrier show ev7-ipi --json >show.json &&
	jq -r ".branches[] | .branch + \" \" + .state" show.json >actual &&
	for branch in $BRANCHES; do echo "$branch ported"; done >expected &&
	test_cmp expected actual
'

# A branch that does not build by itself builds with what the series needs.
test_expect_success 'check: on every branch the tree builds behind every patch' '
	farrier -q check ev7-ipi --json >check.json &&
	jq -e ".branches | length == 4 and all(.patches | length == 3 and all(.build.blame == null and
		.build.findings == [] and all(.lint[]; .severity != \"error\")))" check.json &&
	jq -e "[.branches[].patches[].build.status] | all(. == \"ok\" or . == \"cached\")" check.json
'

test_done
