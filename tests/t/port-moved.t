#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='files and folders that the branch has under another name are followed'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

commit () {
	git -C repo add -A && git -C repo commit -q -m "$1" &&
	GIT_COMMITTER_DATE="$((${GIT_COMMITTER_DATE% *} + 60)) +0000" && export GIT_COMMITTER_DATE
}

on () {
	git -C repo checkout -q "$@"
}

port () {
	code=$1 && shift &&
	test_expect_code "$code" farrier port --json --repo repo "$@" >out
}

files () {
	jq -r '.ports[0].patches[0].files[] | "\(.path) \(.status) \(.preimage)"' out
}

# what the branch has after the port
tree () {
	git -C repo ls-tree -r --name-only "$(jq -r '.ports[0].patches[0].tree' out)"
}

lines () {
	seq -f "$1 %g" 40
}

# `flat` is a branch without history, as a package gives it: that of "old names".
test_expect_success 'set up' '
	git init -q -b base repo && mkdir -p repo/fs/smb/client repo/lib &&
	for f in inode link file dir; do lines "$f" >repo/fs/smb/client/$f.c || return 1; done &&
	lines lib >repo/lib/sort.c && echo all: >repo/Makefile && commit base &&
	on -b change && sed -i "s/^link 20\$/link 20 changed/" repo/fs/smb/client/link.c && commit "link: change" &&
	on -b new base && lines cache >repo/fs/smb/client/cache.c && commit "smb: cache" &&
	on -b gone base && git -C repo rm -q fs/smb/client/link.c && commit "smb: no link" &&
	on -b renamed base && git -C repo mv fs/smb/client/link.c fs/smb/client/links.c && commit "smb: links" &&
	on -b names base && git -C repo mv fs/smb/client fs/cifs && sed -i "s/^link 1\$/link one/" repo/fs/cifs/link.c &&
	commit "old names" && git -C repo branch moved &&
	on --orphan flat && commit "flat"
'

test_expect_success 'a change goes to where the file is, on a branch without history' '
	port 0 --onto flat --commits change && test "$(files)" = "fs/cifs/link.c merged commit" &&
	git -C repo show "$(jq -r .ports[0].tip out):fs/cifs/link.c" >actual &&
	grep "^link 20 changed$" actual && grep "^link one$" actual
'

test_expect_success 'the names of its tree are kept, and another run finds the same with them' '
	cp out expected && kept=$(find cache/farrier/history/names -type f) &&
	test "$(basename "$kept")" = "$(git -C repo rev-parse "flat^{tree}")" &&
	port 0 --onto flat --commits change && test_cmp expected out
'

test_expect_success 'what is kept is what is used, unless it is damaged' '
	cp "$kept" whole && grep "^link.c/fs/cifs$" whole &&
	for cut in 10 100; do
		head -c $cut whole >"$kept" && port 0 --onto flat --commits change &&
		test_cmp expected out && cmp "$kept" whole || return 1
	done &&
	sed "s,^link.c/fs/cifs,link.c/fs/cifz," whole >"$kept" &&
	port 0 --onto flat --commits change && test_cmp expected out && cmp "$kept" whole
'

test_expect_success 'on the commits above it only what they changed is read' '
	on -b above flat && mkdir repo/deep && git -C repo mv fs/cifs/link.c deep/link.c && commit "deeper" &&
	sed -i "s/^cut//" repo/Makefile && rm -rf cache &&
	port 0 --onto flat --commits change && find cache -type f >before &&
	port 0 --onto above --commits change && find cache -type f >after && test_cmp before after &&
	test "$(files)" = "deep/link.c merged commit"
'

test_expect_success 'the author'"'"'s history tells an old name that has nothing in common' '
	on -b unlike names && lines "other words" >repo/fs/cifs/link.c && commit "unlike" &&
	git -C repo mv fs/cifs/link.c fs/cifs/hard.c && commit "cifs: hard links" &&
	on -b later && sed -i "s/^other words 5\$/five/" repo/fs/cifs/hard.c && commit "hard: five" &&
	on --orphan early unlike~1 && sed -i "1,12d" repo/fs/cifs/link.c && seq 2000 >>repo/fs/cifs/link.c && sed -i "1i other words 2\nother words 3\nother words 4\nother words 5\nother words 6\nother words 7\nother words 8" repo/fs/cifs/link.c && commit early &&
	port 0 --onto early --commits later && test "$(files)" = "fs/cifs/link.c merged commit"
'

test_expect_success 'the branch'"'"'s history tells the new name, and the one after that' '
	on -b twice moved && git -C repo mv fs/cifs/link.c fs/cifs/a.c && commit one &&
	seq 300 >>repo/fs/cifs/a.c && commit grow && git -C repo mv fs/cifs/a.c lib/b.c && commit two &&
	port 0 --onto twice --commits change && test "$(files)" = "lib/b.c merged commit"
'

test_expect_success 'a new file goes to where the others of its folder are, and a person must look' '
	port 1 --onto flat --commits new &&
	test "$(files)" = "fs/cifs/cache.c fuzzy none" &&
	tree >actual && grep "^fs/cifs/cache.c$" actual && ! grep smb actual
'

test_expect_success 'a mail does not prove that: the folder is made' '
	git -C repo format-patch -q -1 --stdout new >mail &&
	port 0 --onto flat --mbox mail && test "$(files)" = "fs/smb/client/cache.c clean none"
'

test_expect_success 'nor does one file of four' '
	on --orphan lone flat && git -C repo rm -q -r -f fs/cifs && mkdir -p repo/fs/cifs &&
	lines link >repo/fs/cifs/link.c && commit lone &&
	port 0 --onto lone --commits new && test "$(files)" = "fs/smb/client/cache.c clean none"
'

test_expect_success 'a deletion takes the file away under its other name, when it is the same' '
	port 1 --onto flat --commits gone &&
	jq -r ".ports[0].patches[0].conflicts[0] | .path, .reason" out >actual &&
	grep "^fs/cifs/link.c$" actual && grep "deletes .fs/smb/client/link.c." actual &&
	on --orphan same flat && sed -i "s/^link one\$/link 1/" repo/fs/cifs/link.c && commit same &&
	port 0 --onto same --commits gone && test "$(files)" = "fs/cifs/link.c merged commit" &&
	tree >actual && ! grep link actual && grep "^fs/cifs/file.c$" actual
'

test_expect_success 'a rename moves it from a third name, and a person must look' '
	port 1 --onto flat --commits renamed &&
	test "$(files)" = "fs/smb/client/links.c fuzzy none" &&
	tree >actual && ! grep "^fs/cifs/link.c$" actual && grep "^fs/smb/client/links.c$" actual &&
	git -C repo show "$(jq -r .ports[0].tip out):fs/smb/client/links.c" >actual && grep "^link one$" actual
'

test_done
