#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='import from the net: archives that behave, and archives that do not'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

need_shared mail/ev7-v1-thread.mbox
HTTPD=${FARRIER%/*}/standin/httpd
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# The server ends with its standard input, which is this shell's descriptor 9.
mkdir www www-tls && mkfifo life || exit 1
"$HTTPD" www <life >/dev/null &
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1
mkfifo life-tls
"$HTTPD" --tls cert.pem key.pem www-tls <life-tls >/dev/null &
exec 9>life 8>life-tls
while ! test -s www/port || ! test -s www-tls/port; do sleep 0.1; done
BASE=http://127.0.0.1:$(cat www/port)
TLS=https://127.0.0.1:$(cat www-tls/port)

farrier init ws >/dev/null && printf '[mail]\n\tarchive = %s/all\n\ttimeout = 30\n\tlimit = 1\n' "$BASE" \
	>>ws/farrier.conf || exit 1

imp () {
	farrier -q -C ws import "$@"
}

# A patch as git format-patch writes it: mail PREFIX WORD SUBJECT [HEADER]...
mail () {
	prefix=$1 word=$2 subject=$3
	shift 3
	echo "From mboxrd@z Thu Jan  1 00:00:00 1970"
	echo "From: ${FROM:-A U Thor <author@example.org>}"
	echo "Date: Mon, 1 Jan 2024 00:00:00 +0000"
	echo "Subject: [$prefix] $subject"
	for header; do
		echo "$header"
	done
	printf '\nThe word is %s.\n\n' "$word"
	test "$word" = cover || cat <<-END
	Signed-off-by: A U Thor <author@example.org>
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
	END
	printf -- '-- \n2.39.5\n\n'
}

# A reply: re ID PARENT FROM LINE...
re () {
	printf 'From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: %s\nSubject: Re: [PATCH] x\n' "$3"
	printf 'Message-ID: <%s>\nIn-Reply-To: <%s>\n\n> quoted\n> Reviewed-by: Quoted <q@x>\n\n' "$1" "$2"
	shift 3
	printf '%s\n' "$@"
	printf -- '-- \nMailed-by: Signature <s@x>\n\n'
}

thread () {
	mail "PATCH 0/2" cover "mend f" "Message-ID: <0@x>"
	mail "PATCH 1/2" un "first" "Message-ID: <1@x>" "In-Reply-To: <0@x>"
	mail "PATCH 2/2" deux "second" "Message-ID: <2@x>" "In-Reply-To: <0@x>"
}

# The same first patch, and a second one that has changed.
thread_v2 () {
	mail "PATCH v2 0/2" cover "mend f" "Message-ID: <v2-0@x>" "$@"
	mail "PATCH v2 1/2" un "first" "Message-ID: <v2-1@x>" "In-Reply-To: <v2-0@x>"
	mail "PATCH v2 2/2" zwei "second" "Message-ID: <v2-2@x>" "In-Reply-To: <v2-0@x>"
}

# What the archive gives as the thread of a Message-ID.
publish () {
	mkdir -p "www/all/$1" && gzip -c >"www/all/$1/t.mbox.gz"
}

forget () {
	rm -rf www/all www/log www/log.body ws/series/* && mkdir www/all
}

subjects () {
	farrier -C ws show --json "$1" | jq -r ".patches[].subject"
}

# refused CODE SOURCE WORDS...: an error of one line that says these words, and nothing changed.
refused () {
	code=$1 source=$2
	shift 2
	test_expect_code "$code" farrier -q -C ws import "$source" >out 2>err || { cat err; return 1; }
	! test -s out && test "$(grep -vc "^hint: " err)" = 1 &&
	for words; do
		grep -e "$words" err || { cat err && return 1; }
	done &&
	ls -A ws/series >left && ! test -s left && ! test -e ws/.farrier/import
}

test_expect_success 'a Message-ID is the thread that the archive has' '
	thread | publish 0@x &&
	imp 0@x >out && grep "imported series .mend-f., version 1: cover letter, 2 patches" out &&
	subjects mend-f >actual && printf "first\nsecond\n" >expected && test_cmp expected actual &&
	grep "^GET /all/0@x/t.mbox.gz$" www/log && grep "User-Agent: farrier/" www/log &&
	imp "<0@x>" >out && grep "nothing to do" out && forget
'

test_expect_success 'so is any link to it' '
	thread | publish 0@x && cp -r www/all www/alpha && cp -r www/all www/r &&
	for url in all/0@x all/0@x/ alpha/0@x/T/ alpha/0@x/t.mbox.gz alpha/0%40x/raw r/0@x \
		"all/0@x/?x=y#z"; do
		imp "$BASE/$url" >out && grep "imported series .mend-f." out || { echo "$url"; return 1; }
		rm -rf ws/series/*
	done &&
	grep -c "^GET /alpha/" www/log >count && test "$(cat count)" = 3 &&
	! grep "^GET /r/" www/log && forget
'

test_expect_success 'a URL without a Message-ID, or of another kind of archive, is a file' '
	mkdir -p www/plain www/patch/1@x/mbox &&
	thread | gzip >www/plain/some.mbox.gz && thread >www/plain/some.mbox &&
	mail PATCH un first "Message-ID: <1@x>" >www/patch/1@x/mbox/index &&
	imp --name a "$BASE/plain/some.mbox.gz" && imp --name b "$BASE/plain/some.mbox" &&
	imp --name c "$BASE/patch/1@x/mbox/" &&
	subjects a >expected && subjects b >actual && test_cmp expected actual &&
	subjects c >actual && echo first >expected && test_cmp expected actual && forget
'

test_expect_success SHARED 'the real thread, asked for by its reply' '
	id="CA+=Fv5Qq_6gyZPqzW3o4NziiuoYiV3YGcM6-ZtRUAB1ms88xdQ@mail.gmail.com" &&
	publish "$id" <"$FARRIER_SHARED/mail/ev7-v1-thread.mbox" &&
	imp --name ev7 "$id" >out && grep "version 1: cover letter, 3 patches" out &&
	imp --json --name ev7 "$id" >json && jq -e ".outcome == \"unchanged\" and .asked_version == 1" json &&
	jq -e ".trailers == []" json &&
	forget
'

test_expect_success 'a newer version in the same thread is taken, and that is said' '
	{ thread && thread_v2 "In-Reply-To: <0@x>"; } | publish 1@x &&
	imp 1@x >out && grep "series .mend-f., version 2" out &&
	grep "version 1 was asked for; version 2 is newer" out &&
	grep "^+zwei" ws/series/mend-f/0002-second.patch && forget
'

# The search answers POST /all/?x=m... with a compressed mbox, as public-inbox does.
searched () {
	gzip -c >www/all/found.gz &&
	cat >www/all/index.http <<-END
	method POST
	query x=m
	query s:"mend f" AND f:author@example.org
	file found.gz
	END
}

test_expect_success 'a newer version in a thread of its own is searched for, and only the series is taken' '
	thread | publish 0@x &&
	{ thread_v2 && thread | sed -e "s/@x>/@y>/" -e "s/mend f/mend f, and g/" &&
		FROM="Else <else@x>" && export FROM &&
		mail "PATCH v9" neuf "mend f" "Message-ID: <9@x>"; } | searched &&
	imp --json 0@x >json &&
	jq -e ".version == 2 and .asked_version == 1 and .not_searched == null" json &&
	grep "^+zwei" ws/series/mend-f/0002-second.patch &&
	rm -rf ws/series/* &&
	imp --use-version=1 0@x >out && grep "version 1" out && ! grep "is newer" out &&
	grep "^+deux" ws/series/mend-f/0002-second.patch && rm -rf ws/series/* &&
	test_expect_code 2 farrier -q -C ws import --use-version=3 0@x 2>err &&
	grep "no version 3 of .mend f." err && grep "^hint: there is 1, 2" err && forget
'

test_expect_success 'an archive that cannot be searched still gives the thread, and that is said' '
	thread | publish 0@x && printf "status 403\ntext no\n" >www/all/index.http &&
	imp 0@x >out && grep "imported" out &&
	grep "only this thread was looked at.*answered 403" out && forget &&
	thread | publish 0@x && printf "text <html>no</html>\n" >www/all/index.http &&
	imp 0@x >out && grep "only this thread was looked at.*a web page, not mail" out && forget
'

test_expect_success 'a mail that nobody knows, and what is no Message-ID' '
	refused 2 no@x "the archive .$BASE/all/. has no mail .no@x." "^hint: check the Message-ID" &&
	refused 2 "$BASE/all/no@x/" "has no mail .no@x." && refused 2 "$BASE/no.mbox" "no.mbox. is not there" &&
	refused 2 no/such@x "no file .no/such@x." &&
	refused 2 no-such-thing "no file .no-such-thing." &&
	{ thread | publish other@x; } && refused 2 other@x "has no mail .other@x." &&
	forget
'

# bad WORDS...: the archive answers with the script on standard input.
bad () {
	mkdir -p www/all/0@x && cat >www/all/0@x/t.mbox.gz.http &&
	refused 3 0@x "$@" && rm -f www/all/0@x/*
}

test_expect_success 'HTTP errors say what the server answered' '
	echo "status 500" | bad "$BASE/all/0%40x/t.mbox.gz.: the server answered 500" "try again later" &&
	echo "status 403" | bad "the server answered 403" "with a browser" &&
	printf "status 429\nheader Retry-After: 3600" | bad "answered 429 and asks to wait 3600 s"
'

test_expect_success 'a busy server is asked again when it said for how long to wait' '
	forget && thread | publish 0@x &&
	printf "times 1\nstatus 503\nheader Retry-After: 1\n\nfile t.mbox.gz\n" >www/all/0@x/t.mbox.gz.http &&
	imp 0@x >out && grep imported out &&
	test "$(grep -c "^GET" www/log)" = 2 && forget
'

test_expect_success 'a web page instead of mail' '
	printf "header Content-Type: text/html\ntext <!DOCTYPE html><title>Are you a robot?" |
		bad "gave a web page, not mail" "with a browser" &&
	mkdir -p www/all/0@x && printf "<html>no" | gzip >www/all/0@x/page.gz &&
	echo "file page.gz" | bad "gave a web page, not mail" &&
	echo "text {\"error\": \"no\"}" | bad "gave no mail" &&
	echo "repeat 0" | bad "gave nothing"
'

test_expect_success 'answers that break off, on the wire and in the archive' '
	mkdir -p www/all/0@x && thread | gzip >www/all/0@x/t.gz &&
	printf "file t.gz\ncut 100\n" | bad "the answer broke off after 100 bytes" &&
	mkdir -p www/all/0@x && thread | gzip | head -c 200 >www/all/0@x/t.gz &&
	echo "file t.gz" | bad "the compressed mail is damaged or cut off" &&
	mkdir -p www/all/0@x && thread | gzip | sed "s/mend/\x00\x01/;s/[k-z]/a/g" >www/all/0@x/t.gz &&
	echo "file t.gz" | bad "0%40x"
'

test_expect_success 'answers without end, compressed and not' '
	printf "text x\nrepeat 5000000000\n" | bad "larger than 1 MiB, the limit" "mail.limit in farrier.conf" &&
	printf "text x\nrepeat 5000000000\nchunked\n" | bad "larger than 1 MiB, the limit" &&
	mkdir -p www/all/0@x && { thread && head -c 3000000 /dev/zero | tr "\0" x; } | gzip >www/all/0@x/t.gz &&
	test "$(wc -c <www/all/0@x/t.gz)" -lt 100000 &&
	echo "file t.gz" | bad "larger than 1 MiB, the limit, when it is unpacked" "mail.limit"
'

test_expect_success 'servers that are silent' '
	mkdir -p www/all/0@x && thread | gzip >www/all/0@x/t.gz &&
	git config -f ws/farrier.conf mail.timeout 3 &&
	printf "file t.gz\nstall 100\n" | bad "the server sent nothing for 3 s, after 100 bytes" &&
	echo hang | bad "the server sent nothing for 3 s" &&
	git config -f ws/farrier.conf mail.timeout 30
'

test_expect_success 'redirects: followed, in a circle, and to where nothing is fetched' '
	thread | publish 1@x && mkdir -p www/all/0@x &&
	printf "status 301\nheader Location: /all/1@x/t.mbox.gz\n" >www/all/0@x/t.mbox.gz.http &&
	imp 0@x >out && grep imported out && forget &&
	printf "status 302\nheader Location: /all/0@x/t.mbox.gz\n" | bad "redirected more than 5 times" &&
	printf "status 302\nheader Location: file:///etc/passwd\n" | bad "redirected to where it is not followed"
'

test_expect_success 'no server, no TLS, and a certificate that nobody vouches for' '
	refused 3 http://user:s3cret@127.0.0.1:1/all/0@x "http://127.0.0.1:1/all/0%40x/t.mbox.gz.: cannot connect" &&
	! grep s3cret err &&
	refused 3 "https://127.0.0.1:${BASE##*:}/all/0@x" "no TLS connection" &&
	refused 3 "$TLS/all/0@x" "the server.s certificate does not verify" "ca-certificates" &&
	! test -e www-tls/log
'

test_expect_success 'an interrupted import leaves nothing' '
	mkdir -p www/all/0@x && echo hang >www/all/0@x/t.mbox.gz.http && rm -f www/log &&
	git config -f ws/farrier.conf mail.timeout 600 || return 1
	"$FARRIER" -q -C ws import 0@x 2>err & pid=$!
	while ! test -s www/log; do sleep 0.1; done && kill -TERM $pid && test_expect_code 130 wait $pid &&
	git config -f ws/farrier.conf mail.timeout 30 &&
	! test -e ws/.farrier/import && ls -A ws/series >left && ! test -s left && forget
'

test_expect_success 'settings are checked' '
	cp ws/farrier.conf saved &&
	git config -f ws/farrier.conf mail.archive lore && test_expect_code 2 farrier -C ws list 2>err &&
	grep "mail.archive. is no URL" err && cp saved ws/farrier.conf &&
	git config -f ws/farrier.conf mail.limit 1000000 && test_expect_code 2 farrier -C ws list 2>err &&
	grep "mail.limit. takes a whole number" err && cp saved ws/farrier.conf
'

R="R Viewer <r@example.org>"
T="T Ester <t@example.org>"

with_replies () {
	thread &&
	re r1@x 1@x "$R" "Fine." "" "Reviewed-by: $R" &&
	re r0@x 0@x "$T" "Tested-by: $T" &&
	re r2@x r1@x "M <m@example.org>" "On top of that:" "Acked-by: Somebody Else <else@example.org>" &&
	re r3@x 2@x "N <n@example.org>" "Nacked-by: N <n@example.org>"
}

test_expect_success 'trailers in replies are listed, and not taken without being asked for' '
	with_replies >box && imp box >out &&
	cat >expected <<-END &&
	2 trailers in replies; --trailers takes them over:
	    1  Reviewed-by: $R
	  all  Tested-by: $T
	END
	grep -A2 "takes them over" out >actual && test_cmp expected actual &&
	grep -A1 "1 trailer in replies not taken, as they name somebody else" out |
		grep "1  Acked-by: Somebody Else <else@example.org>  in a mail from M <m@example.org>" &&
	grep -A1 "not taken, an objection" out | grep "2  Nacked-by: N" &&
	! grep -r "Reviewed-by" ws/series/mend-f
'

test_expect_success 'with --trailers they go into their patches, and it is the same series' '
	cp -r ws/series/mend-f plain && cp -r ws/series/mend-f plain2 &&
	imp --trailers box >out && grep "updated series .mend-f., version 1" out &&
	grep "2 trailers in replies taken over" out &&
	! test -e ws/series/mend-f/v1 &&
	cat >expected <<-END &&
	The word is un.

	Signed-off-by: A U Thor <author@example.org>
	Reviewed-by: $R
	Tested-by: $T
	---
	END
	sed -n "/^The word/,/^---/p" ws/series/mend-f/0001-first.patch >actual && test_cmp expected actual &&
	grep "^Tested-by: $T" ws/series/mend-f/0002-second.patch &&
	! grep "^Reviewed-by\|^Nacked" ws/series/mend-f/0002-second.patch &&
	! grep "^Tested-by" ws/series/mend-f/0000-cover-letter.patch &&
	sed -n "/^diff/,\$p" plain/0001-first.patch >expected &&
	sed -n "/^diff/,\$p" ws/series/mend-f/0001-first.patch >actual && test_cmp expected actual &&
	imp --trailers box >out && grep "nothing to do" out && ! grep "take[sn] .*over" out &&
	imp box >out && grep "nothing to do" out && ! grep "takes them over" out &&
	grep "^Reviewed-by" ws/series/mend-f/0001-first.patch
'

test_expect_success 'git am takes what is kept, in whatever encoding it came' '
	for file in base64.eml quoted-printable.eml latin1.eml attachment.eml encoded-subject.eml mboxrd.mbox bare.eml; do
		rm -rf ws/series/* tree &&
		{ cat "$FARRIER_SOURCE/tests/data/mail/$file" >one.mbox &&
		rm -rf split && mkdir split && cp one.mbox split/1 &&
		id=$(sed -n "s/^Message-I[dD]: *//p" one.mbox | head -1) &&
		{ test -n "$id" || { id="<own@x>"; sed "0,/^Subject:/s//Message-ID: <own@x>\nSubject:/" one.mbox >split/1; }; } &&
		id=${id#<} && id=${id%>} &&
		re r@x "$id" "R Vi\303\251wer <r@example.org>" | sed "s/R Vi.*wer/R Viewer/" >split/2 &&
		sed -i "s/^-- \$/Reviewed-by: R Viewér <r@example.org>\n-- /" split/2; } &&
		imp --name a split && cp ws/series/a/0001-*.patch plain.patch &&
		imp --name a --trailers split >out && grep "1 trailer in replies taken over" out &&
		git init -q tree && printf "one\ntwo\nthree\n" >tree/f && git -C tree add f && git -C tree commit -q -m base &&
		git -C tree am -q "$PWD/plain.patch" && git -C tree log -1 --format="%an %ae%n%B" >before &&
		git -C tree reset -q --hard HEAD~1 && git -C tree am -q "$PWD"/ws/series/a/0001-*.patch &&
		git -C tree log -1 --format="%an %ae%n%B" >after &&
		sed -i "/^\$/d" before && sed -i "/^\$/d" after &&
		echo "Reviewed-by: R Viewér <r@example.org>" >>before && test_cmp before after &&
		printf "one\nzwo\nthree\n" >expected && test_cmp expected tree/f || { echo "$file"; return 1; }
	done
'

test_expect_success 'what was said of an older version holds for a patch that did not change' '
	rm -rf ws/series/* &&
	{ with_replies && re s2@x 2@x "$R" "Reviewed-by: $R" && thread_v2 "In-Reply-To: <0@x>"; } >box &&
	imp --json --trailers box >json &&
	jq -r ".trailers[] | \"\(.patch) \(.state) \(.text)\"" json >actual &&
	cat >expected <<-END &&
	1 taken Reviewed-by: $R
	1 taken Tested-by: $T
	1 stranger Acked-by: Somebody Else <else@example.org>
	2 objection Nacked-by: N <n@example.org>
	2 outdated Reviewed-by: $R
	END
	test_cmp expected actual &&
	! grep "^Reviewed-by\|^Tested-by" ws/series/mend-f/0002-second.patch
'

test_expect_success 'trailers that mailers wrap, that the patch has, and that stand with links' '
	rm -rf ws/series/* &&
	{ thread | sed "s/^Signed-off-by.*/&\nAcked-By: Somebody <A.Cker@Example.org>/" &&
		re r1@x 1@x "A Cker <a.cker+list@example.org>" "Acked-by: A Cker <a.cker@example.org>" \
			"Reviewed-and-tested-by: A Name That Is Long" "  <a.cker@example.org>" "" \
			"Link: https://example.org/not-among-trailers" "is where it is." "" "Link: https://example.org/to-read" "" \
			"Tested-by: A Cker <a.cker@example.org>" "Link: https://example.org/report" &&
		re r2@x 1@x "$R" "Signed-off-by: $R" "I say Reviewed-by: $R" \
			"Reviewed-by: Somebody Great <great@example.org> <r@example.org>" \
			"Reviewed-by: R $(printf "\033[31m") <r@example.org>"; } >box &&
	imp --json box >json &&
	jq -r ".trailers[] | \"\(.patch) \(.state) \(.text)\"" json >actual &&
	cat >expected <<-\END &&
	1 present Acked-by: A Cker <a.cker@example.org>
	1 offered Reviewed-and-tested-by: A Name That Is Long <a.cker@example.org>
	1 offered Tested-by: A Cker <a.cker@example.org>
	1 offered Link: https://example.org/report
	END
	test_cmp expected actual
'

# An inbox as public-inbox makes it: commits with a file m (v2), or XX/YYY (v1).
inbox_add () {
	repo=$1 file=$2
	blob=$(git -C "$repo" hash-object -w --stdin) &&
	tree=$(printf "100644 blob %s\t%s\n" "$blob" "$file" | git -C "$repo" mktree) &&
	parent=$(git -C "$repo" rev-parse -q --verify HEAD) ;
	commit=$(git -C "$repo" commit-tree ${parent:+-p "$parent"} -m mail "$tree") &&
	git -C "$repo" update-ref HEAD "$commit"
}

# Splits standard input and adds every mail, without its "From " line.
inbox_fill () {
	rm -rf parts && mkdir parts && git mailsplit -b -oparts >/dev/null &&
	for part in parts/*; do
		sed 1d "$part" | inbox_add "$1" m || return 1
	done
}

make_inbox () {
	rm -rf inbox && mkdir -p inbox/git && git init -q --bare inbox/git/0.git && git init -q --bare inbox/git/1.git &&
	{ mail "PATCH" x "something else" "Message-ID: <else@x>" && thread; } | inbox_fill inbox/git/0.git &&
	{ re r1@x 1@x "$R" "Reviewed-by: $R" && mail "PATCH v3" y "something else" "Message-ID: <else3@x>"; } |
		inbox_fill inbox/git/1.git
}

test_expect_success 'a public-inbox of several epochs is read, and nothing checked out' '
	rm -rf ws/series/* && make_inbox && find inbox -type f | sort >before &&
	imp --json --inbox=inbox 2@x >json && find inbox -type f | sort >after && test_cmp before after &&
	jq -e ".series == \"mend-f\" and .version == 1 and .mails == 4 and .trailers[0].text == \"Reviewed-by: $R\"" json &&
	rm -rf ws/series/* && imp --inbox=inbox/git/0.git 0@x >out && grep "imported series" out &&
	test_expect_code 2 farrier -q -C ws import --inbox=inbox no@x 2>err && grep "inbox .inbox. has no mail .no@x." err &&
	test_expect_code 2 farrier -q -C ws import inbox/git/0.git 2>err && grep "farrier import MESSAGE-ID --inbox=" err
'

test_expect_success 'its newer versions are found, deleted mails are not there' '
	rm -rf ws/series/* && make_inbox && thread_v2 | inbox_fill inbox/git/1.git &&
	re r2@x v2-1@x "$T" "Tested-by: $T" | sed 1d >spam && inbox_add inbox/git/1.git m <spam &&
	inbox_add inbox/git/1.git d <spam &&
	imp --inbox=inbox 0@x >out && grep "version 2: cover letter" out &&
	grep "version 1 was asked for" out && grep "Reviewed-by" out && ! grep "Tested-by" out
'

test_expect_success 'mail.inbox is looked at before the archive, which has what is missing' '
	forget && make_inbox && git config -f ws/farrier.conf mail.inbox ../inbox && rm -f www/log &&
	imp 0@x >out && grep imported out && ! test -e www/log && rm -rf ws/series/* &&
	thread | sed "s/@x/@y/" | publish 0@y && imp 0@y >out && grep imported out && grep "^GET" www/log &&
	git config -f ws/farrier.conf --unset mail.inbox && forget
'

test_expect_success 'an inbox behind a URL is fetched into the cache, then what is new' '
	rm -rf ws/series/* && make_inbox &&
	imp --inbox="file://$PWD/inbox/git/0.git" 0@x >out && grep imported out &&
	ls -d cache/farrier/inbox/*.git &&
	re r1@x 1@x "$R" "Reviewed-by: $R" | inbox_fill inbox/git/0.git &&
	imp --inbox="file://$PWD/inbox/git/0.git" 0@x >out && grep "Reviewed-by" out &&
	test_expect_code 3 farrier -q -C ws import --inbox="file://$PWD/nothing" 0@x 2>err &&
	grep "cannot fetch the inbox .file://$PWD/nothing." err &&
	test_expect_code 3 farrier -q -C ws import --inbox="ext::touch% owned://" 0@x 2>err && ! test -e owned
'

test_expect_success 'an inbox of version 1' '
	rm -rf ws/series/* inbox1 parts && git init -q --bare inbox1 && mkdir parts && thread >box && git mailsplit -oparts box >/dev/null &&
	export GIT_INDEX_FILE="$PWD/inbox1.index" &&
	for part in parts/*; do
		id=$(sed -n "s/^Message-ID: <\(.*\)>/\1/p" "$part") && sha=$(printf "%s" "$id" | sha1sum | cut -c1-40) &&
		blob=$(sed 1d "$part" | git -C inbox1 hash-object -w --stdin) &&
		git -C inbox1 update-index --add --cacheinfo "100644,$blob,$(echo "$sha" | cut -c1-2)/$(echo "$sha" | cut -c3-)" &&
		tree=$(git -C inbox1 write-tree) && parent=$(git -C inbox1 rev-parse -q --verify HEAD || :) &&
		git -C inbox1 update-ref HEAD "$(git -C inbox1 commit-tree ${parent:+-p "$parent"} -m mail "$tree")" || return 1
	done &&
	unset GIT_INDEX_FILE &&
	imp --inbox=inbox1 1@x >out && grep "version 1: cover letter, 2 patches" out
'

exec 8>&- 9>&-
test_done
