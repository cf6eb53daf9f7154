#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier port: what does not fit only because an earlier patch is not there'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

numbers () {
	seq -f 'line %g' "$1" "$2"
}

# edit FILE LINE: changes one line
edit () {
	sed -i "s/^line $2\$/line $2 changed/" "$1"
}

commit () {
	git -C repo add -A && git -C repo commit -q -m "$1"
}

# port ARG...: onto "ours", or $onto; JSON in "out"
port () {
	test_expect_code 1 farrier port --json --repo repo --onto "${onto:-ours}" "$@" >out
}

# needs: "NUMBER STATUS: NEEDS" of each patch
needs () {
	jq -r '.ports[0].patches[] | "\(.n) \(.status): \(.needs | map(tostring) | join(" "))"' out
}

# bare: the series of "topic" as mails without a word of what they were made for
bare () {
	git -C repo format-patch -q --stdout base..topic | sed "/^index /d"
}

# 1 changes line 10 and conflicts; 2 stands on its line, 3 on the one of 2; 4 is elsewhere in the file
test_expect_success 'set up' '
	git init -q -b base repo && numbers 1 60 >repo/f && numbers 101 140 >repo/g && commit base &&
	git -C repo checkout -q -b topic && edit repo/f 10 && commit one &&
	edit repo/f 11 && commit two && sed -i "s/^line 11 changed/& again/" repo/f && commit three &&
	edit repo/f 40 && commit four && edit repo/g 110 && commit five &&
	git -C repo checkout -q -b ours base &&
	seq -f "if (x) y(%g);" 1 15 >new && sed -i -e "3,17d" -e "2r new" repo/f && commit ours &&
	cat >expected <<-\EOF
	1 conflict: 
	2 conflict: 1
	3 conflict: 2
	4 clean: 
	5 clean: 
	EOF
'

test_expect_success 'from commits' '
	port --commits base..topic && needs >actual && test_cmp expected actual
'

test_expect_success 'from mails that name blobs' '
	git -C repo format-patch -q --stdout base..topic >mail &&
	port --mbox mail && needs >actual && test_cmp expected actual
'

test_expect_success 'from mails alone' '
	bare >mail && port --mbox mail && needs | sed "s/: 1 2\$/: 2/" >actual &&
	test_cmp expected actual
'

test_expect_success 'people are told' '
	test_expect_code 1 farrier port --repo repo --onto ours --mbox mail >text &&
	grep "^  patch 2: conflict: needs patch 1, which is in conflict\$" text
'

test_expect_success 'a conflict of its own needs nothing' '
	git -C repo checkout -q -b own base && edit repo/f 10 && commit one &&
	edit repo/f 30 && commit two &&
	git -C repo checkout -q ours && seq -f "void z(%g);" 1 15 >new &&
	sed -i -e "25,35d" -e "24r new" repo/f && commit more &&
	printf "1 conflict: \n2 conflict: \n" >expected &&
	port --commits base..own && needs >actual && test_cmp expected actual &&
	git -C repo format-patch -q --stdout base..own | sed "/^index /d" >mail &&
	port --mbox mail && needs >actual && test_cmp expected actual
'

test_expect_success 'lines that the missing patch took out' '
	git -C repo checkout -q -b cut base && sed -i "/^line 10\$/d" repo/f && commit one &&
	edit repo/f 9 && commit two &&
	git -C repo checkout -q -b another base && sed -i "s/^line 10\$/another thing/" repo/f &&
	commit another &&
	printf "1 conflict: \n2 conflict: 1\n" >expected && onto=another &&
	port --commits base..cut && needs >actual && test_cmp expected actual &&
	git -C repo format-patch -q --stdout base..cut | sed "/^index /d" >mail &&
	port --mbox mail && needs >actual && test_cmp expected actual &&
	onto=
'

test_expect_success 'lines that only look like those of the missing patch' '
	git -C repo checkout -q -b alike base && block () {
		printf "%s\n" "common one" "common two" "common three" "call $1" \
			"common four" "common five" "common six"
	} && { numbers 1 9 && block old && numbers 21 29 && block new && numbers 31 39; } >repo/a &&
	commit base2 && git -C repo tag base2 &&
	sed -i "s/call old/call new/" repo/a && commit one &&
	{ sed -n 1,25p repo/a && block newer && numbers 31 39; } >a && cp a repo/a && commit two &&
	git -C repo checkout -q -b alike-ours base2 &&
	{ numbers 1 9 && seq -f "void a(%g);" 9 && numbers 21 29 && seq -f "void b(%g);" 9 &&
	numbers 31 39; } >repo/a && commit ours &&
	test_expect_code 1 farrier port --json --repo repo --onto alike-ours \
		--commits base2..alike >out &&
	printf "1 conflict: \n2 conflict: \n" >expected && needs >actual && test_cmp expected actual &&
	git -C repo checkout -q ours
'

test_expect_success 'a file that the missing patch makes' '
	git -C repo checkout -q -b makes base && edit repo/f 10 && echo new >repo/new && commit one &&
	echo more >>repo/new && commit two && git -C repo mv new newer && commit three &&
	printf "1 conflict: \n2 conflict: 1\n3 conflict: 1\n" >expected &&
	port --commits base..makes && needs >actual && test_cmp expected actual
'

test_expect_success 'a place that the missing patch makes free' '
	git -C repo checkout -q -b frees base && edit repo/f 10 && git -C repo rm -q g && commit one &&
	echo other >repo/g && commit two &&
	printf "1 conflict: \n2 conflict: 1\n" >expected &&
	port --commits base..frees && needs >actual && test_cmp expected actual
'

test_expect_success 'a binary file that the missing patch changes' '
	git -C repo checkout -q base && printf "a\0b" >repo/bin && commit bin &&
	git -C repo checkout -q -b bins && printf "a\0c" >repo/bin && commit one &&
	printf "a\0d" >repo/bin && commit two &&
	git -C repo checkout -q -B ours base && printf "a\0x" >repo/bin && commit ours &&
	port --commits base..bins && needs >actual && test_cmp expected actual
'

test_expect_success 'a patch that the series leaves out is named, too' '
	git -C repo checkout -q base && farrier init ws &&
	git -C repo update-ref refs/farrier/tree/mainline base &&
	git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	git -C repo checkout -q -b two base && edit repo/f 10 && commit one &&
	sed -i "s/^line 10 changed/& again/" repo/f && commit two &&
	git -C repo format-patch -q --numbered --stdout base..two >mail &&
	farrier -C ws import --name fix mail &&
	git config -f ws/series/fix/series.conf --add series.skip "mainline 1: no" &&
	test_expect_code 1 farrier -C ws port --json fix --onto mainline >out &&
	printf "1 skipped: \n2 conflict: 1\n" >expected && needs >actual &&
	test_cmp expected actual &&
	jq -r ".ports[0].patches[1].reason" out >actual && grep "left out" actual
'

test_done
