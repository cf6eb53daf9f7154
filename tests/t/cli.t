#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='the command line: help, man pages, exit codes and output agree'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

MAN=$FARRIER_SOURCE/cmd/man

verbs () {
	farrier --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

test_expect_success 'farrier --help lists commands' '
	verbs >verbs &&
	grep -x init verbs
'

test_expect_success 'every command has a man page, and every man page a command' '
	sort verbs >expected &&
	for page in "$MAN"/farrier-*.1.scd; do
		basename "$page" .1.scd | sed "s/^farrier-//"
	done | sort >actual &&
	test_cmp expected actual
'

test_expect_success 'the summaries in --help are those of the man pages' '
	farrier --help >help &&
	for verb in $(cat verbs); do
		summary=$(sed -n "s/^farrier-$verb - //p" "$MAN/farrier-$verb.1.scd") &&
		grep -q "^  $verb  *$summary\$" help || {
			echo "$verb: $summary" && return 1
		}
	done
'

# The options of a verb itself, not the global ones nor argp'"'"'s.
help_options () {
	farrier "$1" --help | sed "/Global options:/,\$d" |
		grep -oE "^ {2,6}(-., )?--[a-z-]+" | grep -oE -e "--[a-z-]+" | sort -u
}

test_expect_success 'the long options in --help and in the man page are the same' '
	for verb in $(cat verbs); do
		help_options "$verb" >expected &&
		grep -oE "^\*.*\*" "$MAN/farrier-$verb.1.scd" | grep -oE -e "--[a-z-]+" |
			sort -u >actual &&
		if ! test_cmp expected actual; then
			echo "in: farrier $verb"
			return 1
		fi
	done
'

test_expect_success 'man pages are well-formed' '
	for page in "$MAN"/*.scd; do
		scdoc <"$page" >/dev/null || return 1
	done
'

test_expect_success 'every command takes --help and exits 0' '
	for verb in $(cat verbs); do
		farrier "$verb" --help >out 2>err || return 1
		test -s out && ! test -s err || return 1
	done
'

test_expect_success '--version prints the version' '
	farrier --version >out &&
	grep -E "^farrier [0-9]" out
'

test_expect_success 'an unknown command exits 2 and says where to look' '
	test_expect_code 2 farrier frobnicate 2>err &&
	grep "no command .frobnicate." err &&
	grep "^hint: " err
'

test_expect_success 'no command at all exits 2' '
	test_expect_code 2 farrier 2>err &&
	grep -i usage err
'

test_expect_success 'an unknown option exits 2' '
	test_expect_code 2 farrier init --no-such-option dir 2>err &&
	test_expect_code 2 farrier --no-such-option 2>err
'

test_expect_success 'outside a workspace a command says how to make one, and exits 2' '
	(cd / && test_expect_code 2 farrier list 2>"$HOME/err") &&
	grep "farrier init DIR" err
'

test_expect_success 'init makes a workspace that the other commands accept' '
	farrier init ws &&
	test -f ws/farrier.conf &&
	test -d ws/series &&
	test -f ws/kernels/arches/alpha.conf &&
	farrier -C ws list
'

test_expect_success 'init does not touch a workspace' '
	test_expect_code 2 farrier init ws 2>err &&
	grep "is a workspace already" err
'

test_expect_success 'the workspace is found upwards' '
	mkdir -p ws/a/b &&
	(cd ws/a/b && farrier list)
'

test_expect_success 'a misspelt key in farrier.conf is named' '
	farrier init ws2 &&
	printf "[kernel]\n\trepos = x\n" >ws2/farrier.conf &&
	test_expect_code 2 farrier -C ws2 list 2>err &&
	grep "unknown key .kernel.repos." err
'

test_expect_success 'global options are understood behind the verb too' '
	farrier list --json -C ws >out &&
	jq -e ".schema == 1" out
'

test_expect_success 'no colours when the output is no terminal, unless asked for' '
	farrier -C ws list --color=auto >out &&
	! grep "$(printf "\033")" out
'

test_expect_success 'a full disk is an error, not a silent success' '
	test_expect_code 3 farrier init full >/dev/full 2>err &&
	grep "standard output" err
'

test_done
