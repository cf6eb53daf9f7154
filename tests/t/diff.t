#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='diff: versions and ports are compared, paired by record'

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

# The lines of pairs, without the ids.
heads () {
	grep -v "^    " "$1" | sed "s/ [0-9a-f]\{7,\}/ ID/g; s/  -\{7,\}/  --/g"
}

# From the JSON in "out": state, numbers and how each pair was found.
pairs () {
	jq -r ".patches[] | \"\(.state) \(.from.n // 0) \(.to.n // 0) \(.paired_by)\"" out
}

# Version 2 keeps one patch at other lines, changes the diff of one and the message
# of one, loses one, and has a new one in front.
test_expect_success 'set up' '
	git init -q -b base repo && mkdir repo/dir &&
	numbers 1 60 >repo/dir/f && numbers 101 160 >repo/g && numbers 201 230 >repo/h &&
	echo "VERSION = 6" >repo/Makefile && echo "PATCHLEVEL = 12" >>repo/Makefile &&
	commit base &&

	git -C repo checkout -q -b v1 base &&
	edit repo/dir/f 20 && commit "f: line 20" &&
	edit repo/g 110 && edit repo/g 140 && edit repo/g 142 && commit "g: lines" &&
	edit repo/h 205 && commit "h: line 205

Why it is.

Signed-off-by: A U Thor <author@example.com>" &&
	edit repo/dir/f 50 && commit "f: not wanted" &&

	git -C repo checkout -q -b v2 base &&
	{ echo top && cat repo/dir/f; } >f.new && mv f.new repo/dir/f && commit "f: a new top" &&
	edit repo/dir/f 20 && commit "f: line 20" &&
	edit repo/g 110 && edit repo/g 140 "line 140 better" && edit repo/g 142 && commit "g: lines" &&
	edit repo/h 205 && commit "h: line 205

Why it is, in more words.

Signed-off-by: A U Thor <author@example.com>
Reviewed-by: R E Viewer <reviewer@example.com>" &&
	git -C repo checkout -q base &&

	farrier init ws && git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	mails 1 v1 >v1.mbox && mails 2 v2 >v2.mbox &&
	farrier -q -C ws import --name a v1.mbox &&
	farrier -q -C ws import --name a v2.mbox
'

test_expect_success 'two versions: the pairs and their differences are those of git range-diff' '
	git -C repo range-diff --no-color base..v1 base..v2 >theirs &&
	farrier -C ws diff a >ours &&
	heads theirs >expected && heads ours >actual && test_cmp expected actual &&
	grep "^    " theirs >expected && grep "^    " ours >actual && test_cmp expected actual &&
	test "$(wc -l <actual)" -gt 15
'

test_expect_success 'the JSON says how each pair was found' '
	farrier -C ws diff --json a v1..v2 >out &&
	jq -e ".schema == 1 and .series == \"a\" and .from == {version: 1, onto: null} and
		.to == {version: 2, onto: null}" out &&
	pairs >actual &&
	cat >expected <<-\EOF &&
	new 0 1 null
	same 1 2 change
	changed 2 3 subject
	changed 3 4 change
	gone 4 0 null
	EOF
	test_cmp expected actual &&
	jq -r ".patches[2].diff" out >actual &&
	grep "^-+line 140 changed" actual && grep "^++line 140 better" actual
'

test_expect_success 'backwards, and from the version before' '
	farrier -C ws diff a v2..v1 --json >out && pairs >actual &&
	grep "^gone 1 0" actual && grep "^new 0 4" actual &&
	farrier -C ws diff a ..v2 >actual && test_cmp ours actual &&
	farrier -C ws diff a 1.. >actual && test_cmp ours actual
'

test_expect_success 'without record patches are paired by likeness, and that is said' '
	sed "s/^Subject: \(.*\) g: lines/Subject: \1 g: two lines/;s/PATCH v2/PATCH v3/" v2.mbox |
		sed "s/^+line 142 changed/+line 142 once more/" >v3.mbox &&
	farrier -q -C ws import --name a v3.mbox &&
	farrier -C ws diff --json a >out && pairs >actual &&
	grep "^changed 3 3 likeness" actual && ! grep -v likeness actual | grep changed &&
	farrier -C ws diff a >out && grep "two lines  (a guess: alike" out
'

test_expect_success 'a port is compared with its original by number, whatever it became' '
	git -C repo update-ref refs/farrier/tree/linux-6.12.y base &&
	git -C repo checkout -q -b ours base &&
	sed -i "s/^line 138\$/line 138 of ours/;s/^line 105\$/line 105 of ours/" repo/g &&
	git -C repo mv h h.moved && git -C repo checkout -q HEAD -- && commit ours &&
	git -C repo checkout -q base &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y ours &&
	test_expect_code 0 farrier -C ws diff --json a linux-6.12.y >out &&
	jq -e ".from == {version: 3, onto: null} and .to == {version: 3, onto: \"linux-6.12.y\"}" out &&
	jq -r ".patches[] | \"\(.state) \(.from.n) \(.to.n) \(.paired_by) \(.note)\"" out >actual &&
	cat >expected <<-\EOF &&
	same 1 1 number clean
	same 2 2 number clean
	changed 3 3 number merged
	changed 4 4 number merged
	EOF
	test_cmp expected actual &&
	jq -r ".patches[2].diff" out >actual &&
	grep "^- line 138\$" actual && grep "^+ line 138 of ours" actual &&
	git -C repo for-each-ref refs/farrier/port >refs && test_must_be_empty refs
'

test_expect_success 'a patch that is not in the port is on the left only, with the reason' '
	git -C repo checkout -q -b no-g ours && sed -i "s/^line 140\$/other/" repo/g && commit no-g &&
	git -C repo checkout -q base && git -C repo update-ref refs/farrier/tree/linux-6.12.y no-g &&
	farrier -C ws diff a linux-6.12.y >out &&
	grep "^3:  [0-9a-f]* < -:  -* g: two lines  (conflict: g: " out &&
	grep "^4:  [0-9a-f]* . 4:  " out
'

test_expect_success 'the ports of two versions' '
	git -C repo update-ref refs/farrier/tree/linux-6.12.y ours &&
	farrier -C ws diff --json a linux-6.12.y v1..v2 >out &&
	jq -e ".from == {version: 1, onto: \"linux-6.12.y\"}" out &&
	pairs >actual &&
	printf "%s\n" "new 0 1 null" "same 1 2 change" "changed 2 3 subject" \
		"changed 3 4 change" "gone 4 0 null" >expected &&
	test_cmp expected actual
'

test_expect_success 'what is not there is said with what is' '
	test_expect_code 2 farrier -C ws diff a v1..v7 2>err &&
	grep "has no version 7 here" err && grep "^hint: there is 1, 2, 3; .farrier import" err &&
	test_expect_code 2 farrier -C ws diff a x..y 2>err && grep "no range of versions" err &&
	test_expect_code 2 farrier -C ws diff a nowhere 2>err && grep "nowhere" err &&
	farrier -q -C ws import --name single v1.mbox &&
	test_expect_code 2 farrier -C ws diff single 2>err &&
	grep "no version before 1" err && grep "^hint: name a branch" err
'

test_expect_success 'colours on demand only, and nothing from a mail reaches the terminal raw' '
	farrier -C ws diff a >out && ! grep "$(printf "\033")" out &&
	farrier -C ws diff --color=always a v1..v2 >out &&
	grep "$(printf "\033\[32m+\033\[0m\033\[32m+line 140 better")" out &&
	sed "s/PATCH v2/PATCH v4/;s/^Why it is.*/a $(printf "\033[7m") b/" v2.mbox >v4.mbox &&
	farrier -q -C ws import --name a v4.mbox &&
	farrier -C ws diff a v1..v4 >out &&
	! grep "$(printf "\033")" out && grep "x1b.7m b" out
'

test_done
