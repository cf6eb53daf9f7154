#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier port: patches are carried onto branches, in memory'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# numbers FIRST LAST: a file whose lines are all different
numbers () {
	seq -f 'line %g' "$1" "$2"
}

# edit FILE LINE: changes one line
edit () {
	sed "s/^line $2\$/line $2 changed/" "$1" >edit.tmp && cat edit.tmp >"$1" && rm edit.tmp
}

commit () {
	git -C repo add -A && git -C repo commit -q -m "$1"
}

# status [FILTER]: the patches' statuses, from the JSON in "out"
status () {
	jq -r '[.ports[0].patches[].status] | join(" ")' out
}

files () {
	jq -r '.ports[0].patches[].files[] | "\(.path) \(.status) \(.preimage)"' out
}

# port CODE ARG...: a one-off port of "repo" with that exit code, JSON in "out"
port () {
	code=$1 && shift &&
	test_expect_code "$code" farrier port --json --repo repo "$@" >out
}

# Branches of "repo": `base`, `topic` on it with the patches, and targets that differ from base.
test_expect_success 'set up' '
	git init -q -b base repo &&
	mkdir repo/dir &&
	numbers 1 40 >repo/dir/f &&
	numbers 101 140 >repo/g &&
	echo "VERSION = 6" >repo/Makefile && echo "PATCHLEVEL = 12" >>repo/Makefile &&
	commit base &&

	git -C repo checkout -q -b topic &&
	edit repo/dir/f 20 && commit "f: change line 20" &&
	edit repo/dir/f 22 && echo new >repo/dir/new && commit "f: change line 22" &&

	git -C repo checkout -q -b longer base &&
	{ numbers 1001 1010 && numbers 1 40; } >repo/dir/f && commit longer &&

	git -C repo checkout -q -b near base &&
	sed -i "s/^line 17\$/line 17 of ours/" repo/dir/f && commit near &&

	git -C repo checkout -q -b broken base &&
	sed -i "s/^line 20\$/line 20 of ours/" repo/dir/f && commit broken &&

	git -C repo format-patch -q --stdout base..topic >mails &&
	git -C repo checkout -q base
'

test_expect_success 'where nothing changed, patches are clean and the tree is the author'"'"'s' '
	port 0 --onto base --commits base..topic &&
	test "$(status)" = "clean clean" &&
	git -C repo rev-parse "topic^{tree}" >expected &&
	jq -r ".ports[0].patches[1].tree" out >actual &&
	test_cmp expected actual
'

test_expect_success 'the JSON has what the contract names' '
	jq -e ".schema == 1 and (.ports | length) == 1 and .ports[0].series == null and
		.ports[0].onto == \"base\"" out &&
	jq -r ".ports[0] | .base, .tip" out >actual &&
	git -C repo rev-parse base >expected && jq -r ".ports[0].patches[1].commit" out >>expected &&
	test_cmp expected actual &&
	jq -r ".ports[0].patches[] | \"\(.n) \(.subject) \(.conflicts | length)\"" out >actual &&
	printf "1 f: change line 20 0\n2 f: change line 22 0\n" >expected &&
	test_cmp expected actual
'

test_expect_success 'author and message stay, and the same input gives the same ids' '
	tip=$(jq -r .ports[0].tip out) &&
	git -C repo log -1 --format="%an %ae %ad %s" topic >expected &&
	git -C repo log -1 --format="%an %ae %ad %s" "$tip" >actual &&
	test_cmp expected actual &&
	GIT_COMMITTER_DATE="1800000000 +0000" farrier port --json --repo repo --onto base \
		--commits base..topic >again &&
	test_cmp out again
'

test_expect_success 'no worktree, index or ref is touched' '
	git -C repo status --porcelain >actual && test_must_be_empty actual &&
	git -C repo for-each-ref refs/farrier >actual && test_must_be_empty actual
'

test_expect_success 'a ref is written only when it is named' '
	port 0 --onto base --commits base..topic --ref fix/one &&
	git -C repo rev-parse refs/farrier/port/fix/one >actual &&
	jq -r .ports[0].tip out >expected &&
	test_cmp expected actual
'

test_expect_success 'a ref elsewhere is refused' '
	test_expect_code 2 farrier port --repo repo --onto base --commits base..topic \
		--ref refs/heads/base 2>err &&
	grep "refs/heads/base" err
'

test_expect_success 'lines that moved are an offset' '
	port 0 --onto longer --commits base..topic &&
	test "$(status)" = "offset offset" &&
	git -C repo show "$(jq -r .ports[0].tip out):dir/f" >actual &&
	{ numbers 1001 1010 && numbers 1 40; } >expected && edit expected 20 && edit expected 22 &&
	test_cmp expected actual
'

test_expect_success 'a change in the context needs the merge' '
	port 0 --onto near --commits topic~1 &&
	test "$(status)" = merged &&
	test "$(files)" = "dir/f merged commit"
'

test_expect_success 'the same from mail: the index line names the blob' '
	git -C repo format-patch -q -1 --stdout topic~1 >mail &&
	port 0 --onto near --mbox mail &&
	test "$(files)" = "dir/f merged index"
'

test_expect_success 'the second patch of a mailed series starts from the result of the first' '
	git init -q --bare alone.git &&
	git -C repo push -q ../alone.git base near &&
	test_expect_code 0 farrier port --json --repo alone.git --onto near --mbox mails >out &&
	printf "%s\n" "dir/f clean previous" "dir/f merged index" "dir/new clean none" >expected &&
	files | sort >actual &&
	test_cmp expected actual
'

# The blob "91560" has an id that begins as that of base:dir/f does.
test_expect_success 'an id that several objects share is looked up in the history of the path' '
	echo 91560 | git -C repo hash-object -w --stdin &&
	short=$(git -C repo rev-parse base:dir/f | cut -c1-4) &&
	test "$(git -C repo rev-parse --disambiguate="$short" | wc -l)" = 2 &&
	sed "s/^index [0-9a-f]*/index $short/" mail >short-id &&
	port 0 --onto near --mbox short-id &&
	test "$(files)" = "dir/f merged history"
'

test_expect_success 'without the blob only the text decides' '
	sed "/^index /d" mail >bare &&
	port 1 --onto broken --mbox bare &&
	test "$(files)" = "dir/f conflict none" &&
	jq -r ".ports[0].patches[0].conflicts[0] | \"\(.path) \(.hunk) \(.reason)\"" out >actual &&
	grep "^dir/f 1 .*line 17.*differs in 1 of 7 lines" actual &&
	port 0 --onto longer --mbox bare &&
	test "$(files)" = "dir/f offset none"
'

test_expect_success 'a change at the edge of the context makes it fuzzy, and a person must look' '
	port 1 --onto near --mbox bare --ref fix/fuzzy &&
	test "$(files)" = "dir/f fuzzy none" &&
	git -C repo show refs/farrier/port/fix/fuzzy:dir/f >actual &&
	grep "line 17 of ours" actual && grep "line 20 changed" actual
'

test_expect_success 'what is there already is no commit' '
	port 0 --onto topic --commits base..topic &&
	test "$(status)" = "already already" &&
	jq -e ".ports[0].patches | all(.commit == null)" out &&
	jq -e ".ports[0].tip == .ports[0].base" out &&
	port 0 --onto topic~1 --mbox bare &&
	test "$(status)" = already
'

test_expect_success 'of a patch in conflict nothing is in the tip, and the next one is tried' '
	git -C repo checkout -q -b three topic &&
	edit repo/g 110 && commit "g: change line 110" &&
	git -C repo checkout -q base &&
	port 1 --onto broken --commits base..three &&
	test "$(status)" = "conflict merged clean" &&
	jq -e ".ports[0] | .tip == .patches[2].commit and .patches[0].tree == null" out &&
	git -C repo diff --name-only broken "$(jq -r .ports[0].tip out)" >actual &&
	printf "%s\n" dir/f dir/new g >expected &&
	test_cmp expected actual &&
	git -C repo show "$(jq -r .ports[0].tip out):dir/f" >actual &&
	grep "line 20 of ours" actual && grep "line 22 changed" actual
'

test_expect_success 'on conflict no ref is written and tip is null when nothing fits' '
	port 1 --onto broken --commits topic~1 --ref fix/two &&
	jq -e ".ports[0].tip == null" out &&
	test_must_fail git -C repo rev-parse --verify -q refs/farrier/port/fix/two
'

test_expect_success 'one file without a preimage does not spoil the others' '
	git -C repo checkout -q -b two base &&
	edit repo/dir/f 20 && edit repo/g 120 && commit "f and g" &&
	git -C repo format-patch -q -1 --stdout two |
		sed "/^diff --git a.g/,\$s/^index [0-9a-f.]*/index 123456789..987654321/" >mail &&
	git -C repo checkout -q base &&
	port 0 --onto near --mbox mail &&
	printf "%s\n" "dir/f merged index" "g clean none" >expected &&
	files | sort >actual &&
	test_cmp expected actual
'

test_expect_success 'files come, go, move and change their mode' '
	git -C repo checkout -q -b shapes base &&
	git -C repo mv dir/f moved && edit repo/moved 5 && rm repo/g &&
	mkdir -p repo/a/b && echo c >repo/a/b/c && : >repo/empty && ln -s Makefile repo/link &&
	chmod +x repo/Makefile && commit shapes &&
	git -C repo checkout -q base &&
	port 0 --onto base --commits shapes &&
	git -C repo rev-parse "shapes^{tree}" >expected &&
	jq -r ".ports[0].patches[0].tree" out >actual &&
	test_cmp expected actual &&
	git -C repo format-patch -q -1 --stdout shapes >mail &&
	port 0 --onto base --mbox mail &&
	jq -r ".ports[0].patches[0].tree" out >actual &&
	test_cmp expected actual &&
	port 0 --onto shapes --mbox mail &&
	test "$(status)" = already
'

test_expect_success 'a file that the branch has in another folder is followed' '
	git -C repo checkout -q -b elsewhere base &&
	mkdir repo/new-place && git -C repo mv dir/f new-place/f && commit elsewhere &&
	git -C repo checkout -q base &&
	port 0 --onto elsewhere --commits topic~1 &&
	test "$(files)" = "new-place/f merged commit" &&
	git -C repo show "$(jq -r .ports[0].tip out):new-place/f" >actual &&
	grep "line 20 changed" actual &&
	port 1 --onto elsewhere --mbox bare &&
	test "$(files)" = "new-place/f fuzzy none"
'

test_expect_success 'a file is not mistaken for another that was there before' '
	git -C repo checkout -q -b twins base &&
	mkdir repo/twin && cp repo/dir/f repo/twin/f && commit twins &&
	git -C repo checkout -q -b twins-topic && edit repo/dir/f 20 && commit "one of them" &&
	git -C repo checkout -q -b twins-less twins && rm repo/dir/f && commit less &&
	git -C repo checkout -q base &&
	port 1 --onto twins-less --commits twins-topic &&
	grep "no such file" out
'

# What a note says: PATH LINE TEXT
notes () {
	jq -r '.ports[0].patches[].notes[] | "\(.path) \(.line) \(.text)"' out
}

test_expect_success 'changes that touch are both made, with a note of where' '
	git -C repo checkout -q -b touching base &&
	sed -i "s/^line 19\$/line 19 of ours/" repo/dir/f && commit touching &&
	git -C repo checkout -q base &&
	port 1 --onto touching --commits topic~1 --ref fix/touching &&
	test "$(files)" = "dir/f fuzzy commit" &&
	test "$(notes)" = "dir/f 20 the branch changed the line before it" &&
	git -C repo show refs/farrier/port/fix/touching:dir/f >actual &&
	numbers 1 40 | sed "s/^line 19\$/line 19 of ours/" >expected && edit expected 20 &&
	test_cmp expected actual
'

test_expect_success 'for people the note is a line below the table' '
	test_expect_code 1 farrier port --repo repo --onto touching --commits topic~1 >out &&
	grep "^  patch 1: fuzzy" out &&
	grep "^     dir/f, line 20: the branch changed the line before it" out
'

test_expect_success 'of a patch in conflict there are no notes, for there is no result' '
	git -C repo checkout -q -b touching-and-broken touching &&
	sed -i "s/^line 120\$/line 120 of ours/" repo/g && commit "and broken" &&
	git -C repo checkout -q base &&
	port 1 --onto touching-and-broken --commits two &&
	test "$(status)" = conflict && notes >actual && test_must_be_empty actual
'

test_expect_success 'text that the branch has in a larger file near is found there' '
	git -C repo checkout -q -b joined base &&
	numbers 5001 5500 >repo/dir/all && cat repo/dir/f >>repo/dir/all && rm repo/dir/f &&
	commit joined && git -C repo checkout -q base &&
	port 1 --onto joined --commits topic~1 --ref fix/joined &&
	test "$(files)" = "dir/all fuzzy none" &&
	notes >actual && grep "^dir/all 0 there is no .dir/f. in the branch" actual &&
	git -C repo show refs/farrier/port/fix/joined:dir/all >actual &&
	git -C repo show joined:dir/all >expected && edit expected 20 &&
	test_cmp expected actual
'

test_expect_success 'a file of which the branch has nothing is left out, and said to be' '
	git -C repo checkout -q -b less base && rm repo/dir/f && commit less &&
	git -C repo checkout -q base &&
	port 1 --onto less --commits two &&
	test "$(files)" = "$(printf "dir/f fuzzy commit\ng clean commit")" &&
	jq -e ".ports[0].patches[0].files[0].left_out" out &&
	notes >actual && grep "^dir/f 0 left out: the branch has no such file" actual
'

test_expect_success 'but it is a conflict when nothing is left of the patch' '
	port 1 --onto less --commits topic~1 &&
	test "$(status)" = conflict && grep "there is no such file" out
'

test_expect_success 'nor is a part left out whose lines are in another file' '
	git -C repo checkout -q -b scattered less &&
	mkdir -p repo/dir && echo "the 20th line" >repo/dir/f2 && commit scattered &&
	git -C repo checkout -q -b longer-topic base &&
	echo "abcdefghijkl" >>repo/dir/f && commit longer &&
	sed -i "s/^abcdef.*/short/" repo/dir/f && edit repo/g 120 && commit both &&
	git -C repo checkout -q scattered && mkdir -p repo/dir &&
	echo "abcdefghijkl" >>repo/dir/f2 && commit more &&
	git -C repo checkout -q base &&
	port 1 --onto scattered --commits longer-topic~1..longer-topic &&
	test "$(status)" = conflict && grep "some of its text is in .dir/f2" out
'

test_expect_success 'a binary file is carried where the branch has what it was made for' '
	git -C repo checkout -q -b bin1 base &&
	printf "a\0b" >repo/bin && commit bin1 &&
	git -C repo checkout -q -b bin2 &&
	printf "a\0c" >repo/bin && commit bin2 &&
	git -C repo checkout -q base &&
	port 0 --onto bin1 --commits bin2 &&
	git -C repo rev-parse "bin2^{tree}" >expected &&
	jq -r ".ports[0].patches[0].tree" out >actual &&
	test_cmp expected actual &&
	port 1 --onto base --commits bin2 &&
	test "$(status)" = conflict
'

test_expect_success 'nothing is written through a symbolic link' '
	git -C repo checkout -q -b linked base &&
	rm -r repo/dir && ln -s /etc repo/dir && commit linked &&
	git -C repo checkout -q base &&
	sed "s/Subject: .*/Subject: new/" mails >one &&
	port 1 --onto linked --commits topic &&
	jq -r ".ports[0].patches[0].conflicts[].reason" out >actual &&
	grep "file or link" actual
'

test_expect_success 'a file is not patched where the branch has a link' '
	git -C repo checkout -q -b file-link base &&
	rm repo/dir/f && ln -s ../g repo/dir/f && commit file-link &&
	git -C repo checkout -q base &&
	port 1 --onto file-link --commits topic~1 &&
	test "$(status)" = conflict
'

test_expect_success 'an existing file is not overwritten by a new one' '
	git -C repo checkout -q -b taken base &&
	echo other >repo/dir/new && commit taken &&
	git -C repo checkout -q base &&
	port 1 --onto taken --commits topic &&
	grep "other content" out
'

test_expect_success 'a hostile path is refused, and nothing is written' '
	sed "s,b/dir/f,b/../f,;s,a/dir/f,a/../f," mails >hostile &&
	test_expect_code 2 farrier port --repo repo --onto base --mbox hostile 2>err &&
	grep "leaves the tree" err
'

test_expect_success 'a diff that lost its white space is refused with the line' '
	git -C repo format-patch -q -1 --stdout topic~1 | sed "s/^ line/line/" >lost &&
	line=$(grep -n "^line 17" lost | cut -d: -f1) &&
	test_expect_code 2 farrier port --repo repo --onto base --mbox lost 2>err &&
	grep "line $line" err && grep "^hint: " err
'

test_expect_success 'a folder in a repository names it' '
	farrier port --json --repo repo --onto base --commits base..topic >expected &&
	farrier port --json --repo repo/dir --onto base --commits base..topic >actual &&
	test_cmp expected actual &&
	(cd repo/dir && farrier port --json --repo . --onto base --commits base..topic) >actual &&
	test_cmp expected actual
'

test_expect_success 'what is no repository is not taken for the workspace'"'"'s' '
	outside=$(mktemp -d) &&
	test_expect_code 2 farrier port --repo "$outside" --onto base --commits base 2>err &&
	rmdir "$outside" &&
	grep "is no git repository, nor in one" err && grep "^hint: name a clone" err &&
	! grep "kernel.repo" err
'

test_expect_success 'misuse is exit code 2' '
	test_expect_code 2 farrier port &&
	test_expect_code 2 farrier port --repo repo --onto base &&
	test_expect_code 2 farrier port --repo repo --commits base..topic &&
	test_expect_code 2 farrier port --repo repo --onto nowhere --commits base..topic &&
	test_expect_code 2 farrier port --repo nowhere --onto base --commits base..topic &&
	test_expect_code 2 farrier port --repo repo --onto base --commits base..base
'

# A workspace whose kernel repository is "repo".
test_expect_success 'set up a workspace' '
	farrier init ws && rm ws/kernels/branches/*-x86-64.conf &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y near &&
	git -C repo update-ref refs/farrier/tree/mainline base &&
	git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	farrier -C ws import --name fix mails
'

test_expect_success 'a series goes onto every filled branch' '
	farrier -C ws port --json fix >out &&
	jq -r ".ports[] | \"\(.series) \(.onto) \([.patches[].status] | join(\" \"))\"" out >actual &&
	printf "%s\n" "fix linux-6.12.y merged clean" "fix mainline clean clean" >expected &&
	test_cmp expected actual &&
	git -C repo rev-parse refs/farrier/port/fix/linux-6.12.y >actual &&
	jq -r ".ports[0].tip" out >expected &&
	test_cmp expected actual
'

test_expect_success 'for people it is a table' '
	farrier -C ws port fix --onto linux-6.12.y >text &&
	sed "s/[0-9a-f]\{12\}/ID/" text >actual &&
	cat >expected <<-\EOF &&
	fix on linux-6.12.y, 6.12.0
	  1  merged  ID  f: change line 20
	  2  clean   ID  f: change line 22
	  refs/farrier/port/fix/linux-6.12.y is ID
	EOF
	test_cmp expected actual
'

test_expect_success 'a branch that is named twice is ported to once' '
	farrier -C ws port --json fix --onto linux-6.12.y --onto linux-6.12.y >out &&
	test "$(jq ".ports | length" out)" = 1
'

test_expect_success 'a skipped patch is left out with its reason' '
	git config -f ws/series/fix/series.conf --add series.skip "mainline 2: not needed there" &&
	farrier -C ws port --json fix --onto mainline >out &&
	test "$(status)" = "clean skipped" &&
	jq -e ".ports[0].patches[1].reason == \"not needed there\"" out &&
	jq -e ".ports[0].tip == .ports[0].patches[0].commit" out &&
	git config -f ws/series/fix/series.conf --unset series.skip
'

test_expect_success 'a recorded port is used while it fits' '
	git -C repo update-ref refs/farrier/tree/linux-6.12.y broken &&
	test_expect_code 1 farrier -C ws port --json fix --onto linux-6.12.y >out &&
	test "$(status)" = "conflict merged" &&
	git -C repo checkout -q -b by-hand broken &&
	sed -i "s/^line 20 of ours\$/line 20 of both/" repo/dir/f && commit "f: change line 20" &&
	mkdir -p ws/series/fix/ports/linux-6.12.y &&
	git -C repo format-patch -q -1 --stdout >ws/series/fix/ports/linux-6.12.y/0001-f.patch &&
	sed "s/line 20 changed/line 20 of both/" ws/series/fix/0002-*.patch |
		sed "/^index/d" >ws/series/fix/ports/linux-6.12.y/0002-f.patch &&
	git -C repo checkout -q base &&
	farrier -C ws port --json fix --onto linux-6.12.y >out &&
	test "$(status)" = "recorded recorded" &&
	git -C repo show refs/farrier/port/fix/linux-6.12.y:dir/f >actual &&
	grep "line 20 of both" actual && grep "line 22 changed" actual
'

test_expect_success 'a recorded port is stale when the branch changed under it' '
	git -C repo checkout -q -b moved-on broken &&
	sed -i "s/^line 20 of ours\$/line 20 of theirs/" repo/dir/f && commit "moved on" &&
	git -C repo checkout -q base &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y moved-on &&
	git -C repo rev-parse refs/farrier/port/fix/linux-6.12.y >expected &&
	test_expect_code 1 farrier -C ws port --json fix --onto linux-6.12.y >out &&
	test "$(status)" = "stale stale" &&
	jq -e ".ports[0].patches[0].reason" out &&
	git -C repo rev-parse refs/farrier/port/fix/linux-6.12.y >actual &&
	test_cmp expected actual
'

test_expect_success 'a recorded port is stale when its patch changed' '
	git -C repo update-ref refs/farrier/tree/linux-6.12.y broken &&
	recorded=ws/series/fix/ports/linux-6.12.y/0001-f.patch &&
	sed -i "s/^---\$/---\nfarrier-original: 0123456789012345678901234567890123456789\n/" "$recorded" &&
	test_expect_code 1 farrier -C ws port --json fix --onto linux-6.12.y >out &&
	jq -r ".ports[0].patches[0] | \"\(.status): \(.reason)\"" out >actual &&
	grep "^stale: the patch has changed" actual
'

test_expect_success 'one that does not say what it adapts is of an unknown version' '
	recorded=ws/series/fix/ports/linux-6.12.y/0001-f.patch &&
	farrier -C ws show fix >text &&
	grep "linux-6.12.y .*  recorded, of an unknown version: 2; stale 1$" text &&
	farrier -C ws show --json fix >out &&
	jq -e ".branches[] | select(.branch == \"linux-6.12.y\") |
		.recorded == [] and .unknown == [2] and .stale == [1]" out
'

test_expect_success 'one that says so unreadably is refused, with what to write' '
	cp "$recorded" saved &&
	for id in v1 0123456789abcdef "" 0123456789012345678901234567890123456789x; do
		sed "s/^farrier-original:.*/farrier-original: $id/" saved >"$recorded" &&
		test_expect_code 2 farrier -C ws port fix --onto linux-6.12.y 2>err &&
		grep "0001-f.patch.: farrier-original: .$id. is no change id" err &&
		grep "^hint: if it adapts patch 1 .*farrier-original: [0-9a-f]\{40\}" err || return 1
	done &&
	id=$(sed -n "s/.*write .farrier-original: \([0-9a-f]*\).*/\1/p" err) &&
	sed "s/^farrier-original:.*/farrier-original: $id/" saved >"$recorded" &&
	farrier -C ws port --json fix --onto linux-6.12.y >out &&
	test "$(status)" = "recorded recorded" &&
	cp saved "$recorded"
'

test_expect_success 'series are stacked on one branch' '
	git -C repo format-patch -q -1 --stdout three >mail &&
	farrier -C ws import --name top mail &&
	farrier -C ws port --json fix top --stack --onto mainline >out &&
	jq -e ".ports[1].base == .ports[0].tip" out &&
	git -C repo rev-parse "refs/farrier/port/fix+top/mainline^{tree}" >actual &&
	git -C repo rev-parse "three^{tree}" >expected &&
	test_cmp expected actual
'

test_expect_success 'a branch without architecture and config is ported to, not built' '
	printf "[branch]\n\tref = refs/farrier/tree/mainline\n" >ws/kernels/branches/bare.conf &&
	farrier -C ws port --json fix --onto bare >out && test "$(status)" = "clean clean" &&
	farrier -C ws list --json >out && jq -e ".series[0].branches[0].state == \"ported\"" out &&
	farrier -C ws doctor >text; grep "branch bare" text &&
	test_expect_code 2 farrier -C ws build bare 2>err &&
	grep "bare.conf.: .branch.arch. is missing, without which nothing is built" err &&
	grep "^hint: name one of kernels/arches: [a-z]" err &&
	test_expect_code 2 farrier -C ws verify fix --onto bare 2>err &&
	grep "branch.arch. is missing" err &&
	arch=$(basename -s .conf "$(find ws/kernels/arches -name "*.conf" | sort | head -n 1)") &&
	echo "	arch = $arch" >>ws/kernels/branches/bare.conf &&
	test_expect_code 2 farrier -C ws build bare 2>err &&
	grep "branch.config. is missing" err && grep "^hint: name one of kernels/configs: [a-z]" err &&
	rm ws/kernels/branches/bare.conf
'

# The branches of a series with "arch" are those built for it, as of several series together.
test_expect_success 'a series for an architecture goes to its branches, elsewhere with a warning' '
	for arch in one two; do
		cp ws/kernels/arches/alpha.conf ws/kernels/arches/$arch.conf &&
		printf "[branch]\n\tref = refs/farrier/tree/mainline\n\tarch = $arch\n" \
			>ws/kernels/branches/for-$arch.conf || return 1
	done &&
	cp -R ws/series/fix ws/series/ours && git config -f ws/series/ours/series.conf series.arch two &&
	farrier -C ws port ours --json >out 2>err &&
	test "$(jq -r "[.ports[].onto] | join(\" \")" out)" = for-two && test_must_be_empty err &&
	farrier -C ws show ours --json >out &&
	test "$(jq -r "[.branches[].branch] | join(\" \")" out)" = for-two &&
	farrier -C ws check ours --no-build --json >out || test $? = 1 &&
	test "$(jq -r "[.branches[].branch] | join(\" \")" out)" = for-two &&
	farrier -C ws port ours --onto for-one --json >out 2>err &&
	grep "series .ours. is not for branch .for-one.: its .arch. does not name .one." err &&
	git config -f ws/series/fix/series.conf series.arch one &&
	test_expect_code 2 farrier -C ws port fix ours 2>err &&
	grep "no filled branch is built for what the series is for" err &&
	git config -f ws/series/fix/series.conf --add series.arch two &&
	farrier -C ws port fix ours --json >out &&
	test "$(jq -r "[.ports[].onto] | unique | join(\" \")" out)" = for-two &&
	git config -f ws/series/fix/series.conf --unset-all series.arch &&
	rm -r ws/series/ours ws/kernels/*/for-* ws/kernels/arches/one.conf ws/kernels/arches/two.conf
'

test_expect_success 'a branch that is empty says how to fill it' '
	git -C repo update-ref -d refs/farrier/tree/mainline &&
	test_expect_code 2 farrier -C ws port fix --onto mainline 2>err &&
	grep "tree import mainline" err
'

need_shared mail/ev7-v1-thread.mbox
need_kernel linux-6.12.y

test_expect_success SHARED,KERNEL 'v1 of the EV7 series fits a real kernel but for what it says it needs' '
	git clone -q --bare --shared "$KERNEL" kernel.git &&
	git -C kernel.git update-ref refs/heads/onto "$(git -C "$KERNEL" rev-parse $REAL)" &&
	test_expect_code 1 farrier port --json --repo kernel.git --onto onto \
		--mbox "$FARRIER_SHARED/mail/ev7-v1-thread.mbox" >out &&
	test "$(jq -r ".ports[0].patches[1].status" out)" = conflict &&
	jq -r ".ports[0].patches[1].conflicts[].path" out | sort -u >actual &&
	grep -x arch/alpha/kernel/irq_alpha.c actual &&
	test "$(jq -r ".ports[0].patches[2].status" out)" = clean &&
	git -C kernel.git rev-parse "$(jq -r ".ports[0].patches[2].tree" out):arch/alpha/kernel/irq.c" >actual &&
	echo 34709e1c42c5ab4cc6295f9c62c08668fa5e8986 >expected &&
	test_cmp expected actual
'

test_done
