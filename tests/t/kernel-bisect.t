#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='a bisection of real kernels: by building and booting them, with a bug that hides

The history goes back from the newest 6.12.y to an older one, file by file, for those files that the
alpha kernel is made of and that build alone (kernel-bisect.files), with others between. On its way
somebody makes the polling of ev7-ipi lazy: half of the boots hang then, with the model on.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

XDG_CACHE_HOME=$FARRIER_REAL_CACHE
export XDG_CACHE_HOME
BRANCH=linux-6.12.y
OLD=linux-6.12.107
need_kernel $BRANCH

test_expect_success 'an older kernel of the branch, from its package' '
	farrier -q init ws && cp -R "$FARRIER_SOURCE"/series/* ws/series/ &&
	sed "s|ref = .*|ref = refs/farrier/tree/$OLD|" ws/kernels/branches/$BRANCH.conf >ws/kernels/branches/$OLD.conf &&
	if farrier -C ws tree list --json | jq -e ".branches[] | select(.name == \"$OLD\") | .version" >/dev/null ||
		farrier -C ws -q tree import $OLD --package linux-source-6.12=6.12.107-1~deb12u1; then
		test_set_prereq OLDER
	else
		echo "# SKIPPED: the package of 6.12.107 is not there any more" >&2
	fi
'

test_expect_success KERNEL,OLDER 'setup: a history of 300 commits and more, with one that is to be found' '
	borrow_kernels kernel.git $BRANCH $OLD && git config -f ws/farrier.conf kernel.repo "$PWD/kernel.git" &&
	git config -f ws/kernels/branches/$BRANCH.conf branch.cmdline ev7_ipi=on &&
	good=$(farrier -C ws -q port --with-prerequisites ev7-ipi --onto $BRANCH --json | jq -r ".ports[-1].tip") &&
	export GIT_DIR=kernel.git && git show "$good:arch/alpha/kernel/smp.c" >smp.c &&
	awk "/^\tunsigned long ops = READ_ONCE/ { print \"\tstatic int lazy = -1;\" } { print }" smp.c |
		sed "s/^\tif (likely(!ops))$/\tif (lazy < 0)\n\t\tlazy = (get_cycles() >> 3) \& 1;\n\tif (likely(!ops) || lazy)/" >lazy.c &&
	test "$(diff smp.c lazy.c | grep -c "^>")" = 4 &&
	git diff-tree -r --no-renames refs/farrier/tree/$BRANCH refs/farrier/tree/$OLD |
		"$FARRIER_SOURCE/tests/history" "$FARRIER_SOURCE/tests/t/kernel-bisect.files" "$good" 71 \
			"$(git hash-object -w lazy.c)" arch/alpha/kernel/smp.c | git fast-import --quiet &&
	planted=$(git rev-parse planted) && test "$(git rev-list --count "$good..bad")" -gt 300 && unset GIT_DIR
'

test_expect_success KERNEL,OLDER 'the commit is found, also when farrier is killed on the way' '
	farrier -C ws bisect start --bad bad --good "$good" --branch $BRANCH --machine clipper --cpus 2 --seconds 2 --model io7-edge-loss >out &&
	grep "suspects; next to be tested" out &&
	{ "$FARRIER" -C ws -q bisect run >out 2>&1 & } && pid=$! &&
	PATIENCE=900 wait_for "test \$(farrier -C ws bisect status --json | jq .boots) -ge 6" && kill -9 $pid && ! wait $pid &&
	farrier -C ws -q bisect run --json >json && farrier -C ws bisect status >text && cat text >&2 &&
	jq -e ".culprit == \"$planted\" and .infra * 4 <= .boots and .builds <= 20" json &&
	jq -e ".commits[] | select(.commit == \"$planted\") | .failed >= 2 and (.log | length > 0) and
		(.text | test(\"csd|lockup|stall|heartbeat\"))" json
'

test_expect_success KERNEL,OLDER 'most suspects are ruled out by what the image was made of' '
	jq -e ".spared > 180 and (.suspects - .spared) >= 100" json
'

# image COMMIT: the id of the image that it builds.
image () {
	git --git-dir=kernel.git update-ref refs/heads/sample "$1" &&
	farrier -C ws -q build $BRANCH --json | jq -r ".builds[0].image" | xargs sha256sum | cut -c1-64
}

test_expect_success KERNEL,OLDER 'and it is true: they build the very image of the commit before them' '
	sed "s|ref = .*|ref = refs/heads/sample|" ws/kernels/branches/$BRANCH.conf >ws/kernels/branches/sampled.conf &&
	mv ws/kernels/branches/sampled.conf ws/kernels/branches/$BRANCH.conf &&
	git --git-dir=kernel.git rev-list --reverse "$good..bad" >commits &&
	farrier -C ws bisect log --json | jq -c "map(select(.event == \"images\"))[-1].images" >images &&
	spared=$(jq -r "[range(length) as \$i | select(.[\$i] != \$i) | \$i]" images) &&
	for place in 0.25 0.7; do
		number=$(echo "$spared" | jq "sort | .[(length * $place) | floor]") &&
		commit=$(sed -n "$((number + 1))p" commits) &&
		one=$(image "$commit") && other=$(image "$commit^") && test "$one" = "$other" && test ${#one} = 64 || return 1
	done
'

test_expect_success KERNEL,OLDER 'a second bisection takes up what was built and booted' '
	sed -i "s|ref = .*|ref = refs/farrier/tree/$BRANCH|" ws/kernels/branches/$BRANCH.conf && farrier -C ws -q bisect reset &&
	farrier -C ws -q bisect start --bad bad --good "$good" --branch $BRANCH --machine clipper --cpus 2 --seconds 2 --model io7-edge-loss &&
	farrier -C ws -q bisect run --json >again && jq -e ".culprit == \"$planted\"" again &&
	jq -e "([.commits[] | .passed + .failed] | add) - .boots >= 3" again
'

test_done
