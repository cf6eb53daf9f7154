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

test_expect_success 'without a port the series is not ported' '
	git init -q --bare kernel.git && git clone -q kernel.git work 2>/dev/null &&
	git config -f ws/farrier.conf kernel.repo "$PWD/kernel.git" &&
	(cd work && git commit -q --allow-empty -m 6.12.1 &&
		git push -q origin HEAD:refs/farrier/tree/linux-6.12.y) &&
	states >actual &&
	printf "linux-6.12.y\tnot-ported\t\nmainline\tempty\t\n" >expected &&
	grep -e linux-6.12.y -e mainline actual >some && test_cmp expected some
'

test_expect_success 'with a port on the branch it is ported' '
	(cd work && git commit -q --allow-empty -m "mend f" &&
		git push -q origin HEAD:refs/farrier/port/a/linux-6.12.y) &&
	tip=$(git -C work rev-parse HEAD) &&
	states >actual && grep "^linux-6.12.y	ported	$tip$" actual &&
	farrier -C ws show a >out && grep "linux-6.12.y  ported $(git -C work rev-parse --short=12 HEAD)" out &&
	farrier -C ws list >out && grep " 1 of [0-9]" out
'

test_expect_success 'when the branch moves on the port is outdated' '
	(cd work && git checkout -q -b next HEAD~1 && git commit -q --allow-empty -m 6.12.2 &&
		git push -q origin HEAD:refs/farrier/tree/linux-6.12.y) &&
	states >actual && grep "^linux-6.12.y	outdated	" actual &&
	farrier -C ws show a >out && grep "ported onto an older commit" out
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
