#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='what a branch'"'"'s history tells: patches that are there, earlier states of files'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

commit () {
	git -C repo add -A && git -C repo commit -q -m "$1" &&
	# so that newer is newer
	GIT_COMMITTER_DATE="$((${GIT_COMMITTER_DATE% *} + 60)) +0000" && export GIT_COMMITTER_DATE
}

# line NUMBER TEXT: changes one line of the file
line () {
	sed -i "$1s/.*/$2/" repo/dir/f
}

port () {
	code=$1 && shift &&
	test_expect_code "$code" farrier port --json --repo repo "$@" >out
}

status () {
	jq -r '[.ports[0].patches[].status] | join(" ")' out
}

# `fix` changes line 20 of `base`; `stable` has it among other changes and rewrote the line since.
test_expect_success 'set up' '
	git init -q -b base repo && mkdir repo/dir &&
	seq -f "line %g" 40 >repo/dir/f && echo "VERSION = 6" >repo/Makefile && commit base &&
	git -C repo checkout -q -b fix &&
	line 20 fixed && commit "f: fix line 20" &&
	git -C repo format-patch -q -1 --stdout >mail &&
	git -C repo checkout -q -b stable base &&
	line 1 "stable says" && commit "stable: one" &&
	git -C repo cherry-pick fix >/dev/null && commit_of_fix=$(git -C repo rev-parse HEAD) &&
	line 20 "written anew" && commit "f: write line 20 anew"
'

test_expect_success 'a patch that the branch had is already there, whatever became of it' '
	port 0 --onto stable --commits fix &&
	test "$(status)" = already &&
	jq -e ".ports[0].tip == .ports[0].base and .ports[0].patches[0].commit == null" out &&
	jq -r ".ports[0].patches[0].reason" out >actual &&
	grep "^commit $(echo $commit_of_fix | cut -c1-12) " actual &&
	jq -r ".ports[0].patches[0].files[] | \"\(.path) \(.status)\"" out >actual &&
	echo "dir/f already" >expected && test_cmp expected actual
'

test_expect_success 'the same from mail' '
	port 0 --onto stable --mbox mail && test "$(status)" = already
'

test_expect_success 'a patch that needs the one that is there starts from its result' '
	git -C repo checkout -q -b more fix && line 22 more && commit "f: more" &&
	git -C repo format-patch -q --stdout base..more >mails &&
	git init -q --bare alone.git && git -C repo push -q ../alone.git stable &&
	test_expect_code 0 farrier port --json --repo alone.git --onto stable --mbox mails >out &&
	test "$(status)" = "already merged" &&
	git -C alone.git show "$(jq -r .ports[0].tip out):dir/f" >actual &&
	grep "^written anew$" actual && grep "^more$" actual
'

test_expect_success 'beyond the limit nothing is known, which is a conflict and not a guess' '
	git -C repo checkout -q stable && git -C repo checkout -q --orphan cut && commit cut &&
	port 1 --onto cut --commits fix && test "$(status)" = conflict
'

test_expect_success 'a patch that was reverted is not there' '
	git -C repo checkout -q -b reverted stable~1 &&
	git -C repo revert --no-edit HEAD >/dev/null &&
	port 0 --onto reverted --commits fix &&
	test "$(status)" = clean
'

test_expect_success 'nor is one that was taken back without a word' '
	git -C repo checkout -q -b silent stable~1 &&
	git -C repo checkout -q stable~2 -- dir/f && commit "Clean up" &&
	port 0 --onto silent --commits fix &&
	test "$(status)" = clean
'

test_expect_success 'one that came back after that is' '
	git -C repo checkout -q -b again reverted &&
	git -C repo revert --no-edit HEAD >/dev/null &&
	line 20 "written anew" && commit "anew" &&
	port 0 --onto again --commits fix &&
	test "$(status)" = already
'

test_expect_success 'a skip comes first: the series knows better' '
	farrier init ws >/dev/null && git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y stable &&
	farrier -q -C ws import --name fix mail &&
	farrier -C ws port --json fix --onto linux-6.12.y >out && test "$(status)" = already &&
	git config -f ws/series/fix/series.conf --add series.skip "linux-6.12.y 1: not for us" &&
	farrier -C ws port --json fix --onto linux-6.12.y >out && test "$(status)" = skipped &&
	git config -f ws/series/fix/series.conf --unset series.skip
'

# The blob that the patch was made for is on the branch, two states ago; the index line does not name it.
test_expect_success 'an earlier state in which all fits, and whose result has the promised id, is the preimage' '
	git -C repo checkout -q -b past base &&
	line 18 "of the past" && commit "past: 18" &&
	line 30 "of the past" && commit "past: 30" &&
	new=$(git -C repo rev-parse fix:dir/f) &&
	sed "s/^index .*/index 1234567..$(echo $new | cut -c1-12) 100644/" mail >promised &&
	git init -q --bare past.git && git -C repo push -q ../past.git past &&
	test_expect_code 0 farrier port --json --repo past.git --onto past --mbox promised >out &&
	test "$(jq -r ".ports[0].patches[0].files[] | \"\(.status) \(.preimage)\"" out)" = "merged history"
'

test_expect_success 'without that promise the state is not believed' '
	sed "s/^index .*/index 1234567..7654321 100644/" mail >broken-promise &&
	farrier port --json --repo past.git --onto past --mbox broken-promise >out
	test "$(jq -r ".ports[0].patches[0].files[].preimage" out)" = none
'

test_expect_success 'a long history is walked once: what is kept holds, and what is damaged is made again' '
	git -C repo checkout -q stable &&
	for i in $(seq 80); do
		git -C repo commit -q --allow-empty -m "$i" || return 1
	done &&
	rm -rf cache && port 0 --onto stable --commits fix && cp out expected &&
	test "$(find cache -name "*.json" | wc -l)" -ge 1 &&
	port 0 --onto stable --commits fix && test_cmp expected out &&
	for record in $(find cache -name "*.json"); do echo "{" >"$record"; done &&
	port 0 --onto stable --commits fix 2>err && test_cmp expected out &&
	grep "made again" err
'

test_expect_success 'a branch of one commit costs nothing: nothing is kept' '
	rm -rf cache && port 1 --onto cut --commits fix && ! test -e cache/farrier/history
'

test_expect_success 'a shallow clone is searched as far as it goes' '
	git clone -q --bare --depth 3 "file://$PWD/repo" shallow.git --branch stable 2>/dev/null &&
	test_expect_code 1 farrier port --json --repo shallow.git --onto stable --mbox mail >out &&
	test "$(status)" = conflict
'

# ---- farrier show ----

show () {
	farrier -C ws show --json fix >show.json &&
	jq -r ".patches[0] | [.upstream, .upstream_by, .upstream_reverted] | map(. // \"-\") | join(\" \")" show.json
}

test_expect_success 'a patch that mainline does not have is not upstream' '
	git -C repo update-ref refs/farrier/tree/mainline past &&
	test "$(show)" = "- - -" &&
	farrier -C ws show fix >text && ! grep upstream text
'

test_expect_success 'show names the commit of mainline that makes the change' '
	git -C repo update-ref refs/farrier/tree/mainline stable &&
	test "$(show)" = "$commit_of_fix patch-id -" &&
	farrier -C ws show fix >text &&
	grep "upstream: $(echo $commit_of_fix | cut -c1-12), by its patch-id" text
'

test_expect_success 'or the one of that subject and author' '
	git -C repo checkout -q -b adapted base && line 20 "fixed otherwise" && commit "f: fix line 20" &&
	git -C repo update-ref refs/farrier/tree/mainline adapted &&
	test "$(show)" = "$(git -C repo rev-parse adapted) subject -"
'

test_expect_success 'what was taken back is not upstream, and by whom is said' '
	git -C repo update-ref refs/farrier/tree/mainline reverted &&
	test "$(show)" = "- - $(git -C repo rev-parse reverted)" &&
	farrier -C ws show fix >text && grep "not upstream: $(git -C repo rev-parse --short=12 reverted) took it back" text
'

test_expect_success 'a mainline without history tells nothing' '
	git -C repo update-ref refs/farrier/tree/mainline cut && test "$(show)" = "- - -"
'

test_expect_success 'recorded ports stand behind the branch, and stale ones are told' '
	git -C repo checkout -q past && line 20 "fixed here" && commit "f: fix line 20" &&
	mkdir -p ws/series/fix/ports/linux-6.12.y &&
	git -C repo format-patch -q -1 --stdout >ws/series/fix/ports/linux-6.12.y/0001-f.patch &&
	farrier -C ws show fix >text && grep "linux-6.12.y .* recorded, of an unknown version: 1$" text &&
	sed -i "s/^---\$/---\nfarrier-original: 0123456789012345678901234567890123456789\n/" \
		ws/series/fix/ports/linux-6.12.y/0001-f.patch &&
	farrier -C ws show fix >text && grep "linux-6.12.y .* stale 1$" text &&
	farrier -C ws show --json fix >show.json &&
	jq -e ".branches[] | select(.branch == \"linux-6.12.y\") | .recorded == [] and .stale == [1]" show.json
'

test_done
