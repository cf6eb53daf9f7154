#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='import: mails and commits become series, whole or not at all'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

DATA=$FARRIER_SOURCE/tests/data/mail
need_shared mail/ev7-v1-thread.mbox mail/ev7-v1-2of3.web-archive.txt

farrier init ws >/dev/null || exit 1

imp () {
	farrier -q -C ws import "$@"
}

# A patch as git format-patch writes it: mail PREFIX WORD SUBJECT [HEADER]...
mail () {
	prefix=$1 word=$2 subject=$3
	shift 3
	echo "From author@example.org Thu Jan  1 00:00:00 1970"
	echo "From: ${FROM:-A U Thor <author@example.org>}"
	echo "Date: Mon, 1 Jan 2024 00:00:00 +0000"
	echo "Subject: [$prefix] $subject"
	for header; do
		echo "$header"
	done
	printf '\nThe word is %s.\n\n' "$word"
	test "$word" = cover || cat <<-EOF
	---
	 f | 2 +-

	diff --git a/f b/f
	index 4cb29ea..0d5a79e 100644
	--- a/f
	+++ b/f
	@@ -1,3 +1,3 @@
	 one
	-two
	+$word
	 three
	EOF
	printf -- '-- \n2.39.5\n\n'
}

# The message that answers another: re ID PARENT SUBJECT
re () {
	printf 'From r@example.org Thu Jan  1 00:00:00 1970\nFrom: =?UTF-8?q?J=C3=BCrgen?= <r@example.org>\n'
	printf 'Subject: Re: %s\nMessage-ID: <%s>\nIn-Reply-To: <%s>\n\n> quoted\nFine.\n\n' "$3" "$1" "$2"
}

thread () {
	mail "PATCH 0/2" cover "mend f" "Message-ID: <0@x>"
	mail "PATCH 1/2" un "first" "Message-ID: <1@x>" "In-Reply-To: <0@x>"
	mail "PATCH 2/2" deux "second" "Message-ID: <2@x>" "In-Reply-To: <0@x>"
}

thread_v2 () {
	mail "PATCH v2 0/2" cover "mend f properly" "Message-ID: <v2-0@x>" "In-Reply-To: <0@x>"
	mail "PATCH v2 1/2" eins "first" "Message-ID: <v2-1@x>" "In-Reply-To: <v2-0@x>"
	mail "PATCH v2 2/2" zwei "second, better" "Message-ID: <v2-2@x>" "In-Reply-To: <v2-0@x>"
}

subjects () {
	farrier -C ws show --json "$1" >show.json &&
	jq -r ".patches[].subject" show.json
}

# Nothing but what was there before is in series/, and nothing waits half-done.
nothing_written () {
	ls -A ws/series >left &&
	test_must_be_empty left &&
	! test -e ws/.farrier/import
}

test_must_be_empty () {
	if test -s "$1"; then
		cat "$1"
		return 1
	fi
}

refused () {
	file=$1
	shift
	test_expect_code 2 farrier -q -C ws import "$file" >out 2>err &&
	test_must_be_empty out &&
	for words; do
		grep -e "$words" err || { cat err && return 1; }
	done &&
	nothing_written
}

test_expect_success SHARED 'the thread of the real series: cover letter, 3 patches in order, no reply' '
	imp --name ev7-v1 "$FARRIER_SHARED/mail/ev7-v1-thread.mbox" >out &&
	grep "imported series .ev7-v1., version 1: cover letter, 3 patches" out &&
	grep "1 of 5 mails left out, 1 of them a reply" out &&
	cat >expected <<-\EOF &&
	0000-cover-letter.patch
	0001-alpha-smp-Serialize-all-synchronous-IPI-operations-t.patch
	0002-alpha-Fix-SMP-IPI-loss-when-target-CPU-is-in-interru.patch
	0003-alpha-Break-down-rescued-IPI-counter-by-type-in-proc.patch
	series.conf
	EOF
	ls -A ws/series/ev7-v1 >actual &&
	test_cmp expected actual
'

test_expect_success SHARED 'its series.conf says where it was posted' '
	cat >expected <<-\EOF &&
	series.title=alpha SMP fixes for EV7/Marvel
	series.version=1
	series.status=posted
	series.based-on=20260530202544.59231-1-mattst88@gmail.com
	series.role=fix
	EOF
	git config -f ws/series/ev7-v1/series.conf --list >actual &&
	test_cmp expected actual
'

test_expect_success SHARED 'show knows its patches' '
	farrier -C ws show --json ev7-v1 >show.json &&
	jq -e ".patches | length == 3" show.json &&
	jq -r ".patches[1] | .message_id, .author, .files[]" show.json >actual &&
	cat >expected <<-\EOF &&
	20260530202544.59231-3-mattst88@gmail.com
	Matt Turner <mattst88@gmail.com>
	arch/alpha/kernel/irq_alpha.c
	arch/alpha/kernel/proto.h
	arch/alpha/kernel/smp.c
	EOF
	test_cmp expected actual &&
	jq -e ".notes == []" show.json
'

test_expect_success SHARED 'the same thread again changes nothing' '
	find ws/series -printf "%p %i %T@\n" | sort >before &&
	imp --name ev7-v1 "$FARRIER_SHARED/mail/ev7-v1-thread.mbox" >out &&
	grep "nothing to do" out &&
	find ws/series -printf "%p %i %T@\n" | sort >after &&
	test_cmp before after &&
	rm -rf ws/series/ev7-v1
'

test_expect_success SHARED 'the web archive page of the same patch is refused with the line that shows it' '
	page=$FARRIER_SHARED/mail/ev7-v1-2of3.web-archive.txt &&
	refused "$page" "line 57, .break;.," "lost its leading white space" "^hint: get the raw mail" &&
	sed -n 57p "$page" | grep "^break;"
'

test_expect_success 'standard input, and the reply is recognised as none' '
	{ thread && re r@x 1@x "[PATCH 1/2] first"; } | imp --json - >out &&
	jq -e ".outcome == \"imported\" and .series == \"mend-f\" and .cover" out &&
	jq -e ".mails == 4 and .left_out == 1" out &&
	jq -e ".replies == [{message_id: \"r@x\", author: \"Jürgen <r@example.org>\",
		subject: \"Re: [PATCH 1/2] first\"}]" out &&
	printf "first\nsecond\n" >expected &&
	subjects mend-f >actual &&
	test_cmp expected actual &&
	rm -rf ws/series/mend-f
'

test_expect_success 'a folder of mails, and a maildir' '
	thread >t.mbox && mkdir plain plain/sub md md/cur md/new md/tmp &&
	git mailsplit -oplain t.mbox && cp t.mbox plain/sub/ignored &&
	cp plain/0002 md/cur/a:2,S && cp plain/0003 md/new/b && cp plain/0001 md/new/c &&
	imp --name a plain && imp --name b md &&
	subjects a >expected && subjects b >actual &&
	test_cmp expected actual &&
	rm -rf ws/series/a ws/series/b
'

test_expect_success 'order, copies and missing threading do not matter' '
	mail "PATCH 2/2" deux second >box && mail "PATCH 1/2" un first >>box &&
	imp --name a box &&
	mail "PATCH 2/2" deux second "Message-ID: <2@x>" >box && mail "PATCH 1/2" un first >>box &&
	mail "PATCH 2/2" deux second "Message-ID: <2@x>" >>box &&
	imp --name b box &&
	printf "first\nsecond\n" >expected &&
	subjects a >actual && test_cmp expected actual &&
	subjects b >actual && test_cmp expected actual &&
	rm -rf ws/series/a ws/series/b
'

test_expect_success 'of several versions the newest is taken, though v2 answers v1' '
	{ thread_v2 && thread; } >box &&
	imp box >out &&
	grep "imported series .mend-f-properly., version 2" out &&
	printf "first\nsecond, better\n" >expected &&
	subjects mend-f-properly >actual && test_cmp expected actual &&
	grep "^+eins" ws/series/mend-f-properly/0001-first.patch &&
	rm -rf ws/series/mend-f-properly
'

test_expect_success 'two series of one sender with the same numbers are not mixed' '
	thread >box && thread | sed -e "s/@x>/@y>/" -e "s/mend f/mend g/" -e "s/first/erst/" >>box &&
	refused box "has 2 series" "choose one with --name: mend-f (version 1, 2 patches), mend-g" &&
	imp --name mend-g box &&
	printf "erst\nsecond\n" >expected &&
	subjects mend-g >actual && test_cmp expected actual &&
	rm -rf ws/series/mend-g
'

test_expect_success 'a missing patch is named' '
	mail "PATCH 0/3" cover "mend f" >box && mail "PATCH 1/3" un first >>box &&
	mail "PATCH 3/3" trois third >>box &&
	refused box "patch 2 of 3 is missing from version 1 of .mend f."
'

test_expect_success 'two different patches with one number are named' '
	thread >box && mail "PATCH 2/2" dva second "Message-ID: <3@x>" "In-Reply-To: <0@x>" >>box &&
	refused box "mails 3 and 4 are two different patches 2 of 2"
'

test_expect_success 'a patch that was sent twice is one' '
	thread >box && mail "PATCH 2/2" deux second "Message-ID: <3@x>" "In-Reply-To: <0@x>" >>box &&
	imp --name a box && rm -rf ws/series/a
'

test_expect_success 'mails without a patch are counted' '
	refused "$DATA/no-patch.mbox" "has no patch: 3 mails, none with a diff"
'

# Whatever the encoding, git am must make the same of the stored patch.
apply () {
	rm -rf tree && git init -q tree && printf "one\ntwo\nthree\n" >tree/f &&
	git -C tree add f && git -C tree commit -q -m base &&
	(cd tree && git am -q ../ws/series/"$1"/0001-*.patch) &&
	printf "one\n%s\nthree\n" "$2" >expected && test_cmp expected tree/f
}

for file in crlf.mbox base64.eml quoted-printable.eml latin1.eml encoded-subject.eml \
	attachment.eml mboxrd.mbox bare.eml; do
	test_expect_success "$file is read, and git am takes what is kept" '
		imp --name a "$DATA/$file" && subjects a && apply a zwo && rm -rf ws/series/a
	'
done

test_expect_success 'subjects are decoded, and so is their [PATCH v3 1/1]' '
	imp --name a "$DATA/encoded-subject.eml" >out &&
	grep "mend grün and blue" out && grep "version 3" out &&
	imp --name b "$DATA/latin1.eml" >out && grep "mend grün" out &&
	rm -rf ws/series/a ws/series/b
'

test_expect_success 'lines that mboxrd quoted are as they were written' '
	imp --name a "$DATA/mboxrd.mbox" &&
	grep "^From the start" ws/series/a/0001-mend-f.patch &&
	rm -rf ws/series/a
'

test_expect_success 'damaged and hostile patches are refused with what is wrong' '
	refused "$DATA/unknown-charset.eml" "cannot convert from x-none to UTF-8" &&
	refused "$DATA/flowed.eml" "white space is lost" &&
	refused "$DATA/wrapped.eml" ".sender. stands in a hunk" &&
	refused "$DATA/cut-off.eml" "line 14: the hunk promises" &&
	refused "$DATA/outside.eml" "path .../../f. leaves the tree"
'

test_expect_success 'what is no mail is refused' '
	>empty && printf "\n\n" >blank && head -c 100000 /dev/urandom >noise && gzip -c box >box.gz &&
	refused empty "is empty" && refused blank "is no mail" && refused noise "no " &&
	refused box.gz "is compressed" "zcat" &&
	refused "$DATA/page.html" "is a web page" "raw" &&
	refused "$DATA/page.txt" "line 13, .one., .* white space" "raw" &&
	refused ../no-such-file "no file .../no-such-file." &&
	mkdir nothing && refused nothing "has no mail"
'

test_expect_success 'NULs and endless subjects are refused' '
	thread | tr x "\000" >nul && refused nul "NUL" &&
	mail "PATCH" u"$(printf "\001")"n "s" | tr "\001" "\000" >nul && refused nul "NUL" &&
	mail "PATCH" un "$(head -c 100000 /dev/zero | tr "\0" x)" >long &&
	refused long "its subject has 1000.. bytes" &&
	mail "PATCH 1/9999" un s >many && refused many "patch 1 of 9999"
'

test_expect_success 'more mails than the limit are refused before they are split' '
	{ yes "From a@b Thu Jan  1 00:00:00 1970" | sed "s/\$/\n\n/" | head -60000; } >flood &&
	refused flood "mails; the limit is 10000"
'

test_expect_success 'a hostile subject is a harmless name' '
	imp "$DATA/hostile.eml" >out 2>err &&
	! grep "$(printf "\033")" out err &&
	find ws/series | LC_ALL=C sort >actual &&
	cat >expected <<-\EOF &&
	ws/series
	ws/series/etc-passwd-rm-rf-31m-id-id-q
	ws/series/etc-passwd-rm-rf-31m-id-id-q/0001-.-.-.-etc-passwd-rm-rf-31m-id-id-q.patch
	ws/series/etc-passwd-rm-rf-31m-id-id-q/series.conf
	EOF
	test_cmp expected actual &&
	farrier -C ws show etc-passwd-rm-rf-31m-id-id-q >out &&
	! grep "$(printf "\033")" out &&
	rm -rf ws/series/etc*
'

test_expect_success 'names that are no safe folder or ref are refused' '
	thread >box &&
	for name in ../x .x -x a/b a..b x.lock "a b" "" "$(printf "a\033")" \
		"$(head -c 65 /dev/zero | tr "\0" a)"; do
		test_expect_code 2 farrier -q -C ws import "--name=$name" box 2>err || return 1
		grep "is no name for a series" err || return 1
	done &&
	nothing_written
'

test_expect_success '--base takes a branch of the workspace only' '
	test_expect_code 2 farrier -C ws import --base nowhere box 2>err &&
	grep "no branch .nowhere." err && nothing_written &&
	imp --base mainline --name a box &&
	test "$(git config -f ws/series/a/series.conf series.base)" = mainline &&
	rm -rf ws/series/a
'

test_expect_success 'a newer version keeps the old one, and what people wrote' '
	thread >v1 && thread_v2 >v2 &&
	imp --name a v1 && mkdir -p ws/series/a/ports/linux-6.12.y &&
	cp ws/series/a/0001-first.patch ws/series/a/ports/linux-6.12.y/ &&
	git config -f ws/series/a/series.conf --add series.skip "linux-6.12.y 2: not needed" &&
	echo "# kept" >>ws/series/a/series.conf &&
	cp -a ws/series/a old &&
	imp --name a v2 >out &&
	grep "updated series .a., version 2" out && grep "version 1 is kept in series/a/v1" out &&
	cmp old/0001-first.patch ws/series/a/v1/0001-first.patch &&
	cmp old/0000-cover-letter.patch ws/series/a/v1/0000-cover-letter.patch &&
	cmp old/0001-first.patch ws/series/a/v1/ports/linux-6.12.y/0001-first.patch &&
	! test -e ws/series/a/ports/linux-6.12.y/0001-first.patch &&
	grep "patch 1 changed, so its port is to be redone: .farrier resolve a linux-6.12.y" out &&
	grep "^# kept" ws/series/a/series.conf &&
	farrier -C ws show --json a >show.json &&
	jq -e ".version == 2 and .title == \"mend f properly\" and .based_on == \"v2-0@x\"" show.json &&
	jq -e ".skips[0].reason == \"not needed\"" show.json &&
	printf "first\nsecond, better\n" >expected &&
	jq -r ".patches[].subject" show.json >actual && test_cmp expected actual &&
	imp --name a v2 >out && grep "nothing to do" out
'

test_expect_success 'an older version again changes nothing, another patch under the same version is refused' '
	cp -a ws/series/a old2 &&
	imp --name a v1 >out && grep "has version 1 already: nothing to do" out &&
	sed "s/^+un/+uno/" v1 >other &&
	test_expect_code 2 farrier -C ws import --name a other 2>err &&
	grep "has a version 1 already, with another patch 1" err &&
	thread_v2 | sed "s/^+zwei/+zwo/" >other &&
	test_expect_code 2 farrier -C ws import --name a other 2>err &&
	grep "has a version 2 already, with another patch 2" err &&
	diff -r old2 ws/series/a
'

test_expect_success 'a series that cannot be read is not updated' '
	git config -f ws/series/a/series.conf --add series.skip "linux-6.12.y 7: none" &&
	cp -a ws/series/a old3 && mail "PATCH v3" drei "only one" >v3 &&
	test_expect_code 2 farrier -C ws import --name a v3 2>err &&
	grep "names patch 7, but there are 2" err &&
	diff -r old3 ws/series/a && rm -rf ws/series/a old3
'

test_expect_success 'a folder that is no series is not replaced' '
	mkdir ws/series/a && echo mine >ws/series/a/file &&
	test_expect_code 2 farrier -C ws import --name a v1 2>err &&
	grep "is in the way" err && grep mine ws/series/a/file && rm -rf ws/series/a
'

test_expect_success 'commits become patches, whatever the git configuration says' '
	git init -q --bare kernel.git && git clone -q kernel.git work 2>/dev/null &&
	(cd work && printf "one\ntwo\nthree\n" >f && git add f && git commit -q -m base &&
		git tag base && printf "one\nzwo\nthree\n" >f &&
		git commit -q -a -m "f: mend it" --author="Jürgen <j@example.org>" &&
		printf "one\nzwo\ndrei\n" >f && git commit -q -a -m "f: mend more" &&
		git push -q --tags origin HEAD:refs/heads/main) &&
	git config -f ws/farrier.conf kernel.repo "$PWD/kernel.git" &&
	cp .gitconfig .gitconfig.own && cat >>.gitconfig <<-\EOF &&
	[format]
		signOff = true
		attach = true
		coverLetter = true
		numbered = false
		subjectPrefix = RFC
		thread = deep
		useAutoBase = true
		suffix = .txt
		from = true
		notes = true
		headers = "X-Mine: 1\n"
	[diff]
		noprefix = true
		external = false
		context = 0
		orderFile = /none
	EOF
	imp --name local base..main >out &&
	grep "imported series .local., version 1: 2 patches" out &&
	ls ws/series/local >actual &&
	printf "0001-f-mend-it.patch\n0002-f-mend-more.patch\nseries.conf\n" >expected &&
	test_cmp expected actual &&
	! grep -e Signed-off-by -e X-Mine -e RFC ws/series/local/*.patch &&
	farrier -C ws show --json local >show.json &&
	jq -e ".status == \"local\" and .based_on == null" show.json &&
	jq -e ".patches[0].author == \"Jürgen <j@example.org>\"" show.json &&
	jq -e ".notes == [\"local: no Signed-off-by in patch 1, 2 (an error for export)\"]" show.json
'

test_expect_success 'the patches give the commits back' '
	(cd work && git checkout -q base && git am -q ../ws/series/local/*.patch) &&
	test "$(git -C work rev-parse HEAD^{tree})" = "$(git -C work rev-parse origin/main^{tree})"
'

test_expect_success 'the same commits change nothing, others are the next version' '
	imp --name local base..main >out && grep "nothing to do" out &&
	imp --name local base..main~1 >out && grep "updated series .local., version 2" out &&
	ls ws/series/local/v1 >actual &&
	printf "0001-f-mend-it.patch\n0002-f-mend-more.patch\nseries.conf\n" >expected &&
	test_cmp expected actual && rm -rf ws/series/local
'

test_expect_success 'ranges that are no patches are refused' '
	cp .gitconfig.own .gitconfig &&
	(cd work && git checkout -q -b side base && echo x >g && git add g && git commit -q -m side &&
		git merge -q -m merge origin/main && git push -q origin side &&
		git checkout -q --orphan lone && git commit -q -m "whole tree" && git push -q origin lone &&
		git checkout -q base && git commit -q --allow-empty -m nothing &&
		git push -q origin HEAD:refs/heads/nothing) &&
	refused base..base "has no commit" &&
	refused main..base "has no commit" &&
	refused base..side "is a merge" &&
	refused base..lone "is a whole tree" &&
	refused base..nothing "commit 1 of 1 changes nothing" &&
	refused base..nowhere "no commit .nowhere." &&
	refused base...main "is not A..B"
'

test_expect_success 'a kernel repository is only read' '
	git -C kernel.git for-each-ref >refs && ! grep farrier refs
'

# A git that kills farrier (its supervisor'"'"'s parent) when it is run for the Nth time.
test_expect_success 'kill -9 at any step leaves no half series, and the next import works' '
	mkdir bin && real=$(command -v git) &&
	cat >bin/git <<-EOF &&
	#!/bin/sh
	echo x >>"$PWD/calls"
	test "\$(wc -l <"$PWD/calls")" = "\$KILL_AT" && kill -9 "\$(ps -o ppid= -p \$PPID | tr -d " ")"
	exec "$real" "\$@"
	EOF
	chmod +x bin/git &&
	n=1 && while :; do
		rm -rf calls "$XDG_CACHE_HOME/farrier/mails"
		PATH=$PWD/bin:$PATH KILL_AT=$n "$FARRIER" -q -C ws import --name a v1 >out 2>&1
		code=$?
		test $code = 0 && break
		test $code = 137 || { cat out && return 1; }
		ls -A ws/series >left && test_must_be_empty left || return 1
		n=$((n + 1)) && test $n -lt 30 || return 1
	done &&
	test $n -gt 5 &&
	subjects a && ! test -e ws/.farrier/import
'

test_expect_success 'kill -9 while a series is updated leaves the old version' '
	cp -a ws/series/a old3 &&
	n=1 && while :; do
		rm -rf calls cache
		PATH=$PWD/bin:$PATH KILL_AT=$n "$FARRIER" -q -C ws import --name a v2 >out 2>&1
		code=$?
		test $code = 0 && break
		test $code = 137 || { cat out && return 1; }
		# killed while it was telling what it had done
		test -d ws/series/a/v1 && break
		diff -r old3 ws/series/a || return 1
		n=$((n + 1)) && test $n -lt 40 || return 1
	done &&
	test $n -gt 5 &&
	subjects a && test -d ws/series/a/v1 && rm -rf ws/series/a
'

test_expect_success 'two imports at a time both succeed' '
	imp --name a v1 >out.a 2>&1 & first=$! &&
	imp --name b v2 >out.b 2>&1 && wait $first &&
	subjects a && subjects b && rm -rf ws/series/a ws/series/b
'

test_expect_success 'a folder that cannot be written is an error of the environment' '
	test "$(id -u)" = 0 || {
		chmod a-w ws/series && test_expect_code 3 farrier -C ws import v1 2>err
		result=$? && chmod u+w ws/series && return $result
	}
'

test_expect_success 'usage' '
	test_expect_code 2 farrier -C ws import 2>err && grep "name the mails" err &&
	test_expect_code 2 farrier -C ws import v1 v2 2>err && grep "one source" err
'

test_done
