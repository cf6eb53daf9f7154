#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='import of a new version: what was recorded follows its patch'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

numbers () {
	seq -f 'line %g' "$1" "$2"
}

edit () {
	sed "s/^line $2\$/${3:-line $2 changed}/" "$1" >edit.tmp && cat edit.tmp >"$1" && rm edit.tmp
}

commit () {
	git -C repo add -A && git -C repo commit -q -m "$1"
}

mails () {
	git -C repo format-patch -q --stdout --no-base --subject-prefix="PATCH v$1" base.."$2"
}

# on BRANCH [FROM]: goes there
on () {
	if test $# = 2; then git -C repo checkout -q -b "$1" "$2"; else git -C repo checkout -q "$1"; fi
}

# status ARG...: carries "a" onto linux-6.12.y
status () {
	farrier -C ws port --json a --onto linux-6.12.y >out
	jq -r "[.ports[0].patches[].status] | join(\" \")" out
}

# The branch has lines of its own next to those of f (patch 1) and g (patch 2), so that a
# person must fit both; patch 3 fits.
test_expect_success 'set up: two patches of v1 are recorded for the branch' '
	git init -q -b base repo &&
	numbers 1 40 >repo/f && numbers 101 140 >repo/g && numbers 201 240 >repo/h &&
	commit base &&
	on branch base && edit repo/f 20 "line 20 of ours" && edit repo/g 120 "line 120 of ours" &&
	commit branch &&

	on v1 base &&
	edit repo/f 20 && commit "f: line 20

Why f.

Signed-off-by: A U Thor <author@example.com>" &&
	edit repo/g 120 && commit "g: line 120

Why g.

Signed-off-by: A U Thor <author@example.com>" &&
	edit repo/h 220 && commit "h: line 220" &&

	on ports branch &&
	edit repo/f "20 of ours" "line 20 of both" && commit "f: line 20

Why f.

[ C O Mitter: on this branch line 20 is ours. ]
Signed-off-by: A U Thor <author@example.com>" &&
	edit repo/g "120 of ours" "line 120 of both" && commit "g: line 120

Why g.

[ C O Mitter: on this branch line 120 is ours. ]
Signed-off-by: A U Thor <author@example.com>" &&
	on base &&

	farrier init ws && git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y branch &&
	mails 1 v1 >v1.mbox && farrier -q -C ws import --name a v1.mbox &&
	test "$(status)" = "conflict conflict clean" &&
	mkdir -p ws/series/a/ports/linux-6.12.y &&
	git -C repo format-patch -q -2 -o "$PWD/ws/series/a/ports/linux-6.12.y" ports &&
	test "$(status)" = "recorded recorded clean" &&
	git config -f ws/series/a/series.conf --add series.skip "mainline 3: not there" &&
	cp -a ws ws1
'

# v2: a new patch 1 of h, then f with a trailer more, then g changed, then h gone.
test_expect_success 'v2: a port whose patch did not change goes on under its new number' '
	on v2 base &&
	edit repo/h 230 && commit "h: line 230" &&
	edit repo/f 20 && commit "f: line 20

Why f.

Signed-off-by: A U Thor <author@example.com>
Reviewed-by: R E Viewer <reviewer@example.com>" &&
	edit repo/g 120 "line 120 changed better" && commit "g: line 120

Why g.

Signed-off-by: A U Thor <author@example.com>" &&
	on base && mails 2 v2 >v2.mbox &&
	farrier -q -C ws import --name a v2.mbox --json >out &&
	jq -r ".ports[] | \"\(.branch) \(.fate) \(.from) \(.to) \(.kept)\"" out >actual &&
	cat >expected <<-\EOF &&
	linux-6.12.y carried 1 2 v1/ports/linux-6.12.y/0001-f-line-20.patch
	linux-6.12.y redo 2 3 v1/ports/linux-6.12.y/0002-g-line-120.patch
	EOF
	test_cmp expected actual &&
	ls ws/series/a/ports/linux-6.12.y >actual && echo 0002-f-line-20.patch >expected &&
	test_cmp expected actual &&
	diff -r ws1/series/a/ports ws/series/a/v1/ports &&
	diff ws1/series/a/series.conf ws/series/a/v1/series.conf
'

test_expect_success 'it has the new trailer and keeps its note' '
	git mailinfo msg diff <ws/series/a/ports/linux-6.12.y/0002-f-line-20.patch >/dev/null &&
	cat >expected <<-\EOF &&
	Why f.

	[ C O Mitter: on this branch line 20 is ours. ]
	Signed-off-by: A U Thor <author@example.com>
	Reviewed-by: R E Viewer <reviewer@example.com>
	EOF
	test_cmp expected msg &&
	git mailinfo msg diff <ws1/series/a/ports/linux-6.12.y/0001-f-line-20.patch >/dev/null &&
	git mailinfo msg diff2 <ws/series/a/ports/linux-6.12.y/0002-f-line-20.patch >/dev/null &&
	test_cmp diff diff2
'

test_expect_success 'the import shows the pairs, and a skip of a patch that is gone' '
	jq -r ".range_diff | .from, .to, (.patches[] | \"\(.state) \(.from.n) \(.to.n)\")" out >actual &&
	printf "%s\n" 1 2 "new null 1" "changed 1 2" "changed 2 3" "gone 3 null" >expected &&
	test_cmp expected actual &&
	jq -e ".notes == [\"the skip of patch 3 on mainline is dropped, as version 2 has no such patch: not there\"]" out &&
	! git config -f ws/series/a/series.conf series.skip
'

test_expect_success 'for people it says so, too' '
	cp -a ws1 people && sed -i "s,ws,people," people/farrier.conf &&
	git config -f people/farrier.conf kernel.repo "$PWD/repo" &&
	farrier -q -C people import --name a v2.mbox >text &&
	grep "^from version 1 to version 2" text &&
	grep "^2:  [0-9a-f]* ! 3:  [0-9a-f]* g: line 120" text &&
	grep "^-:  -* > 1:  [0-9a-f]* h: line 230" text &&
	grep "^  linux-6.12.y: the port of patch 1 goes on as that of patch 2" text &&
	grep "patch 3 changed, so its port is to be redone: .farrier resolve a linux-6.12.y.; the old one is series/a/v1/ports/linux-6.12.y/0002-g-line-120.patch" text &&
	grep "^note: the skip of patch 3" text
'

test_expect_success 'port uses what was carried' '
	test "$(status)" = "clean recorded conflict" &&
	git -C repo log -1 --format=%b "$(jq -r ".ports[0].patches[1].commit" out)" >actual &&
	grep "is ours" actual && grep Reviewed-by actual
'

test_expect_success 'a port that says which patch it adapts is carried by that' '
	rm -rf ws && cp -a ws1 ws &&
	port=ws/series/a/ports/linux-6.12.y/0001-f-line-20.patch &&
	sed -i "s/^---\$/---\nfarrier-original: 0123456789012345678901234567890123456789/" $port &&
	farrier -q -C ws import --name a v2.mbox --json >out &&
	jq -e ".ports[0] | .fate == \"redo\" and .from == 1 and .to == 2" out &&
	test -e ws/series/a/v1/ports/linux-6.12.y/0001-f-line-20.patch &&
	! test -e ws/series/a/ports/linux-6.12.y/0001-f-line-20.patch
'

test_expect_success 'a message that the port and v2 both rewrote is left to a person' '
	rm -rf ws && cp -a ws1 ws &&
	sed -i "s/^Why f\./Why f on this branch./" ws/series/a/ports/linux-6.12.y/0001-f-line-20.patch &&
	sed "s/^Why f\./Why f in other words./" v2.mbox >v2b.mbox &&
	cp ws/series/a/ports/linux-6.12.y/0001-f-line-20.patch kept &&
	farrier -q -C ws import --name a v2b.mbox --json >out &&
	jq -e ".ports[0] | .fate == \"message\" and .from == 1 and .to == 2" out &&
	test_cmp kept ws/series/a/ports/linux-6.12.y/0002-f-line-20.patch
'

test_expect_success 'a new subject comes with the message, and names the file' '
	rm -rf ws && cp -a ws1 ws && on v2c base &&
	edit repo/f 20 && commit "f: line 20, grün und mit einem Titel der gefaltet wird, weil er lang ist

Why f.

Signed-off-by: A U Thor <author@example.com>" &&
	on base && mails 2 v2c >v2c.mbox &&
	farrier -q -C ws import --name a v2c.mbox --json >out &&
	jq -e ".ports[0] | .fate == \"carried\" and .to == 1" out &&
	jq -e ".ports[1] | .fate == \"gone\" and .to == null" out &&
	cat ws/series/a/ports/linux-6.12.y/0001-*.patch | git mailinfo msg diff >info &&
	grep "^Subject: f: line 20, grün und mit einem Titel der gefaltet wird, weil er lang ist" info &&
	grep "is ours" msg && test "$(status)" = recorded
'

test_expect_success 'a skip follows its patch' '
	rm -rf ws && cp -a ws1 ws &&
	git config -f ws/series/a/series.conf --replace-all series.skip "mainline 1: it is there" &&
	echo "# by hand" >>ws/series/a/series.conf &&
	farrier -q -C ws import --name a v2.mbox >text &&
	test "$(git config -f ws/series/a/series.conf --get-all series.skip)" = "mainline 2: it is there" &&
	grep "note: the skip of patch 1 on mainline is of patch 2 now" text &&
	grep "^# by hand" ws/series/a/series.conf
'

test_expect_success 'an older version is kept beside the newer one, to compare with' '
	rm -rf ws && farrier init ws && git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	farrier -q -C ws import --name a v2.mbox && cp -a ws/series/a before &&
	farrier -C ws import --name a v1.mbox >text &&
	grep "has the newer version 2, which stays; version 1 is kept beside it" text &&
	grep "^2:  [0-9a-f]* ! 3:  [0-9a-f]* g: line 120" text &&
	git config -f ws/series/a/v1/series.conf series.version >actual && echo 1 >expected &&
	test_cmp expected actual &&
	farrier -C ws diff a >out && grep "^1:  [0-9a-f]* ! 2:  [0-9a-f]* f: line 20" out &&
	farrier -C ws import --name a v1.mbox >text && grep "nothing to do" text &&
	rm -rf ws/series/a/v1 && diff -r before ws/series/a &&
	farrier -C ws import --json --name a v1.mbox >out &&
	jq -e ".outcome == \"kept\" and .version == 1 and .range_diff.from == 1 and .range_diff.to == 2" out
'

# Recorded ports, as they are on v1.
test_expect_success 'recorded ports give the same commits in a fresh clone, without anything local' '
	rm -rf ws && cp -a ws1 ws && farrier -C ws port --json a --onto linux-6.12.y >out &&
	git clone -q --bare --no-local --single-branch -b branch repo fresh.git &&
	git -C fresh.git update-ref refs/farrier/tree/linux-6.12.y branch &&
	! git -C fresh.git cat-file -e "$(git -C repo rev-parse v1)" &&
	! git -C fresh.git cat-file -e "$(git -C repo rev-parse ports:f)" &&
	git init -q elsewhere && cp -r ws1/series ws1/kernels ws1/farrier.conf elsewhere/ &&
	git -C elsewhere add . && git -C elsewhere commit -q -m workspace &&
	git clone -q elsewhere ws-fresh &&
	git config -f ws-fresh/farrier.conf kernel.repo "$PWD/fresh.git" &&
	(XDG_CACHE_HOME=$PWD/other-cache && export XDG_CACHE_HOME &&
		farrier -C ws-fresh port --json a --onto linux-6.12.y >fresh) &&
	jq -r ".ports[0].patches[].commit" out >expected && jq -r ".ports[0].patches[].commit" fresh >actual &&
	test_cmp expected actual && jq -r ".ports[0].patches[].status" fresh >actual &&
	printf "recorded\nrecorded\nclean\n" >expected && test_cmp expected actual
'

test_expect_success 'a stale port says why, in which file and hunk, and what to do' '
	on later branch && edit repo/f "20 of ours" "line 20 of later" && commit later && on base &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y later &&
	test_expect_code 1 farrier -C ws port a --onto linux-6.12.y >text &&
	grep "^  patch 1: stale: the branch has changed since the port was recorded" text &&
	grep "^     f, hunk 1: its text (line 17 in the original) is not in the branch" text &&
	grep "no ref was written; .farrier resolve a linux-6.12.y. opens what does not fit" text &&
	test "$(status)" = "stale recorded clean"
'

test_expect_success 'so does one whose file fits only loosely' '
	port=ws/series/a/ports/linux-6.12.y/0001-f-line-20.patch &&
	sed -i "/^index/d" $port && on near branch && edit repo/f 17 "line 17 of near" && commit near && on base &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y near &&
	test "$(status)" = "stale recorded clean" &&
	jq -e ".ports[0].patches[0].conflicts == [{path: \"f\", hunk: 0, reason:
		\"it fits only loosely: lines around the change are not those that the port was recorded with\"}]" out
'

test_expect_success 'and one whose patch was edited' '
	rm -rf ws && cp -a ws1 ws && git -C repo update-ref refs/farrier/tree/linux-6.12.y branch &&
	id=$(farrier -C ws diff --json a linux-6.12.y | jq -r .patches[0].from.id) &&
	port=ws/series/a/ports/linux-6.12.y/0001-f-line-20.patch &&
	sed -i "s/^---\$/---\nfarrier-original: ${id}9999999999999999999999999999/" $port &&
	test_expect_code 1 farrier -C ws port a --onto linux-6.12.y >text &&
	grep "^  patch 1: stale: the patch has changed since its port was recorded: its change id is $id now, not $id" text
'

test_done
