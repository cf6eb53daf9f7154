#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='list and show tell how far each series has come'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

DATA=$FARRIER_SOURCE/tests/data/mail

farrier init ws >/dev/null || exit 1

states () {
	farrier -C ws show --json a >show.json &&
	jq -r ".branches[] | [.branch, .state, .tip] | @tsv" show.json
}

test_expect_success 'no series yet: list says how to get one' '
	farrier -C ws list >out && grep "farrier import" out &&
	farrier -C ws list --json >out && jq -e ".schema == 1 and .series == []" out
'

test_expect_success 'list names version, role, status and number of patches' '
	farrier -q -C ws import --name a "$DATA/base64.eml" &&
	farrier -C ws list >out &&
	grep -E "^a +v1 +fix +posted +1 +0 of [0-9]+ +mend f$" out &&
	farrier -C ws list --json >out &&
	jq -e ".series[0] | .series == \"a\" and .version == 1 and .role == \"fix\" and
		.status == \"posted\" and .patches == 1 and .title == \"mend f\"" out
'

test_expect_success 'looking makes nothing but what mails were decoded to' '
	find cache -mindepth 2 -maxdepth 2 >actual && echo cache/farrier/mails >expected &&
	test_cmp expected actual
'

test_expect_success 'a branch without a tree is empty' '
	states >actual && grep "^linux-6.12.y	empty	$" actual
'

# state [WORKSPACE]: of series a on linux-6.12.y
state () {
	farrier -C "${1-ws}" show --json a |
	jq -r '.branches[] | select(.branch == "linux-6.12.y") | "\(.state) \(.tip)"'
}

# fill WORD: gives linux-6.12.y a new commit, in which the second line of f is that word
fill () {
	printf "one\n%s\nthree\n" "$1" >work/f && git -C work add f && git -C work commit -q -m "f: $1" &&
	git -C work push -q origin HEAD:refs/farrier/tree/linux-6.12.y
}

test_expect_success 'without a port the series is not ported' '
	git init -q --bare kernel.git && git clone -q kernel.git work 2>/dev/null &&
	git config -f ws/farrier.conf kernel.repo "$PWD/kernel.git" &&
	fill two && states >actual &&
	printf "linux-6.12.y\tnot-ported\t\nmainline\tempty\t\n" >expected &&
	grep -e "linux-6.12.y\b[^-]" -e mainline actual >some && test_cmp expected some
'

test_expect_success 'with a port on the branch it is ported' '
	farrier -q -C ws port a --onto linux-6.12.y >out &&
	tip=$(git -C kernel.git rev-parse refs/farrier/port/a/linux-6.12.y) &&
	states >actual && grep "^linux-6.12.y	ported	$tip$" actual &&
	farrier -C ws show a >out && grep "linux-6.12.y  *ported $(echo "$tip" | cut -c 1-12)" out &&
	farrier -C ws list >out && grep " 1 of [0-9]" out
'

test_expect_success 'another workspace does not take the port for its own' '
	farrier init other >/dev/null &&
	git config -f other/farrier.conf kernel.repo "$PWD/kernel.git" &&
	sed -e "s/mend f/break f/" "$DATA/base64.eml" >other.eml &&
	farrier -q -C other import --name a other.eml &&
	test "$(state other)" = "not-ported null" &&
	farrier -C other list >out && grep " 0 of [0-9]" out &&
	test "$(state)" = "ported $tip"
'

test_expect_success 'nor is what it ported over it' '
	git -C kernel.git update-ref refs/farrier/port/a/linux-6.12.y \
		refs/farrier/tree/linux-6.12.y &&
	test "$(state)" = "outdated null" &&
	farrier -C ws show a >out && grep "outdated: its ref was moved by somebody else" out &&
	git -C kernel.git update-ref -d refs/farrier/port/a/linux-6.12.y &&
	test "$(state)" = "not-ported null" &&
	git -C kernel.git update-ref refs/farrier/port/a/linux-6.12.y "$tip" &&
	test "$(state)" = "ported $tip"
'

test_expect_success 'when the branch moves on the port is outdated' '
	fill deux && test "$(state)" = "outdated $tip" &&
	farrier -C ws show a >out && grep "outdated: the branch has moved" out
'

test_expect_success 'a series that no longer fits is in conflict, though its old port is there' '
	test_expect_code 1 farrier -C ws port a --onto linux-6.12.y >out &&
	test "$(state)" = "conflict null" &&
	test "$(git -C kernel.git rev-parse refs/farrier/port/a/linux-6.12.y)" = "$tip" &&
	farrier -C ws show a >out && grep "linux-6.12.y  *conflict: patch 1 conflict" out &&
	farrier -C ws list >out && grep " 0 of [0-9]" out
'

test_expect_success 'a port belongs to the version that it was made of' '
	git -C work checkout -q HEAD~1 && git -C work push -q -f origin \
		HEAD:refs/farrier/tree/linux-6.12.y &&
	farrier -q -C ws port a --onto linux-6.12.y >out && test "$(state)" = "ported $tip" &&
	sed -e "s/\[PATCH\]/[PATCH v2]/" -e "s/base64@/v2@/" -e /^Content-Transfer/d -e "/^\$/q" \
		"$DATA/base64.eml" >v2.eml &&
	sed "1,/^\$/d" "$DATA/base64.eml" | base64 -d | sed "s/^-two/-deux/" >>v2.eml &&
	farrier -q -C ws import --name a v2.eml &&
	test "$(state)" = "outdated $tip" &&
	farrier -C ws show a >out && grep "outdated: the series has changed" out &&
	test_expect_code 1 farrier -q -C ws port a --onto linux-6.12.y >out &&
	test "$(state)" = "conflict null" &&
	sed -i "s/^-deux$/-two/" ws/series/a/0001-*.patch &&
	farrier -q -C ws port a --onto linux-6.12.y >out && state | grep "^ported "
'

test_expect_success 'a skip and a recorded port make another port' '
	cp -r ws/series/a saved &&
	git config -f ws/series/a/series.conf --add series.skip "linux-6.12.y 1: there" &&
	state | grep "^outdated " &&
	rm -r ws/series/a && cp -r saved ws/series/a && state | grep "^ported " &&
	mkdir -p ws/series/a/ports/linux-6.12.y &&
	cp ws/series/a/0001-*.patch ws/series/a/ports/linux-6.12.y &&
	state | grep "^outdated " &&
	rm -r ws/series/a && cp -r saved ws/series/a && state | grep "^ported "
'

test_expect_success 'without its record nothing is ported' '
	rm ws/.farrier/ports/a/linux-6.12.y.json && test "$(state)" = "not-ported null" &&
	farrier -q -C ws port a --with-prerequisites --onto linux-6.12.y >out &&
	state | grep "^ported "
'

test_expect_success 'another series has its own state' '
	farrier -q -C ws import --name b "$DATA/base64.eml" &&
	farrier -C ws show --json b >out &&
	jq -e ".branches[] | select(.branch == \"linux-6.12.y\") | .state == \"not-ported\"" out
'

test_expect_success 'show tells what series.conf says, and notes a missing sign-off' '
	cat >ws/series/b/series.conf <<-\EOF &&
	# written by hand
	[series]
		title = mend f
		base = mainline
		based-on = 1@example.org
		role = model
		cmdline = f=on
		counter = rescued:RIP
		counter = rescued:RIF
		prerequisite = a
		skip = linux-6.12.y 1: it is there
	EOF
	farrier -C ws show b >out &&
	grep "version  *1, local, model" out && grep "based on  *1@example.org" out &&
	grep "counter  *rescued, row RIF" out && grep "skip  *linux-6.12.y: patch 1: it is there" out &&
	grep "^note: local: no Signed-off-by in patch 1 (an error for export)" out &&
	farrier -C ws show --json b >out &&
	jq -e ".counters == [{name: \"rescued\", row: \"RIP\"}, {name: \"rescued\", row: \"RIF\"}]" out &&
	jq -e ".patches[0].signed_off == false and .patches[0].files == [\"f\"]" out
'

test_expect_success 'a series that is not there is answered with those that are' '
	test_expect_code 2 farrier -C ws show c 2>err &&
	grep "no series .c." err && grep "^hint: there are: a, b" err &&
	test_expect_code 2 farrier -C ws show ../a 2>err && grep "no series" err
'

test_expect_success 'a damaged series is named and does not hide the others' '
	mv ws/series/a/0001-mend-f.patch ws/series/a/0002-mend-f.patch &&
	test_expect_code 2 farrier -C ws list >out 2>err &&
	grep "^b " out && grep "^a .*cannot be read" out &&
	grep "series .a. has no patch 1, but a patch 2" err &&
	test_expect_code 2 farrier -C ws list --json >out 2>err &&
	jq -e ".series | length == 2 and (.[0].error | test(\"no patch 1\"))" out
'

test_expect_success 'the series that farrier maintains can be read' '
	for conf in "$FARRIER_SOURCE"/series/*/series.conf; do
		test -e "$conf" || continue
		name=$(basename "$(dirname "$conf")") &&
		farrier -C "$FARRIER_SOURCE" show --json "$name" >out || return 1
		jq -e ".patches | length > 0" out || return 1
	done
'

test_done
