#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier port: every form that a change can have, as its author meant it'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

numbers () {
	seq -f 'line %g' "$1" "$2"
}

commit () {
	git -C repo add -A && git -C repo commit -q -m "$1"
}

# begin NAME: a branch from base, checked out
begin () {
	git -C repo checkout -q -f -b "$1" base && git -C repo clean -qfd
}

# alone.git has the named commit's objects and no others: nothing of the patch is there.
alone () {
	rm -rf alone.git && git init -q --bare alone.git &&
	git -C repo push -q ../alone.git "$1:refs/heads/onto"
}

# port CODE ARG...: onto "onto" of alone.git; JSON in "out"
port () {
	code=$1 && shift &&
	test_expect_code "$code" farrier port --json --repo alone.git --onto onto "$@" >out
}

status () {
	jq -r '[.ports[0].patches[].status] | join(" ")' out
}

# same_tree REV: the port's tree is the tree of that commit of "repo"
same_tree () {
	git -C repo rev-parse "$1^{tree}" >expected &&
	jq -r '.ports[0].patches[-1].tree' out >actual &&
	test_cmp expected actual
}

# carried BRANCH [OPTION...]: the mail and the commit give the author's tree, on base and again on it
carried () {
	branch=$1 && shift &&
	git -C repo format-patch -q --stdout "$@" "base..$branch" >mail &&
	alone base && port 0 --mbox mail && same_tree "$branch" &&
	alone "$branch" && port 0 --mbox mail && test "$(status)" = already &&
	test_expect_code 0 farrier port --json --repo repo --onto base --commits "base..$branch" >out &&
	same_tree "$branch"
}

# mail_with FILE: a mail around a diff that another tool wrote
mail_with () {
	printf "%s\n" "From: A <a@example.com>" "Date: Thu, 1 Feb 2024 10:00:00 +0000" \
		"Subject: [PATCH] change" "" "Why." "---" && cat "$1"
}

# as_git NAME: mailed "diff" gives what git apply makes of it, on base
as_git () {
	begin "$1" && git -C repo apply --index ../diff && commit "$1" &&
	mail_with diff >mail && alone base && port 0 --mbox mail && same_tree "$1"
}

test_expect_success 'set up' '
	git init -q -b base repo &&
	mkdir repo/dir repo/gone &&
	numbers 1 40 >repo/dir/f && numbers 101 140 >repo/g && : >repo/empty &&
	echo one >repo/gone/only && echo run >repo/script && ln -s g repo/link &&
	numbers 1 30 | sed "s/\$/\r/" >repo/dos &&
	printf "first\nlast" >repo/open && printf "na\303\257ve\ntext\n" >repo/utf8 &&
	printf "na\357ve\ntext\n" >repo/latin1 &&
	numbers 1 9 >"repo/with space" && numbers 1 9 >"repo/umlaut-$(printf "\303\244")" &&
	numbers 1 9 >"repo/with \"quote" && numbers 1 9 >"repo/with	tab" &&
	seq 1 20000 | gzip -n9 >repo/bin && printf "a\0b" >repo/bin2 &&
	git -C repo config core.autocrlf false &&
	one=1111111111111111111111111111111111111111 &&
	git -C repo add -A &&
	git -C repo update-index --add --cacheinfo "160000,$one,sub" &&
	git -C repo commit -q -m base &&
	mkdir -p repo/sub
'

test_expect_success 'new, deleted and empty files' '
	begin files &&
	mkdir -p repo/a/b && echo c >repo/a/b/c && : >repo/a/none && printf x >repo/a/open &&
	rm repo/gone/only repo/empty && commit files &&
	carried files &&
	git -C repo ls-tree -r --name-only files >names && ! grep gone names
'

test_expect_success 'only the mode' '
	begin mode && chmod +x repo/script && commit mode && carried mode
'

test_expect_success 'mode and content' '
	begin mode2 && chmod +x repo/script && echo more >>repo/script && commit mode2 &&
	carried mode2
'

test_expect_success 'a file that moves, with its mode and some lines changed' '
	begin moved && git -C repo mv dir/f moved && chmod +x repo/moved &&
	sed -i "s/^line 5\$/changed/" repo/moved && commit moved &&
	carried moved -M && grep "^rename to moved" mail && grep "^new mode" mail
'

test_expect_success 'a file that only moves' '
	begin moved2 && git -C repo mv dir/f moved && commit moved2 && carried moved2 -M
'

test_expect_success 'a copy, and a change in the copy' '
	begin copied && cp repo/g repo/g2 && sed -i "s/^line 105\$/changed/" repo/g2 &&
	commit copied && carried copied -C --find-copies-harder && grep "^copy to g2" mail
'

test_expect_success 'two files change places' '
	begin swapped && numbers 1 100 >repo/p && numbers 2001 2100 >repo/q && commit p &&
	git -C repo tag swap1 && git -C repo mv p tmp && git -C repo mv q p &&
	git -C repo mv tmp q && sed -i "s/^line 5\$/changed/" repo/q && commit swapped &&
	git -C repo format-patch -q --stdout -M -B swap1..swapped >mail &&
	grep "^rename from p" mail && grep "^rename from q" mail &&
	alone swap1 && port 0 --mbox mail && same_tree swapped
'

test_expect_success 'a rewritten file' '
	begin rewritten && numbers 5000 5040 >repo/g && commit rewritten && carried rewritten -B
'

test_expect_success 'a new binary file, and one that goes' '
	begin bin-new && seq 1 5000 | gzip -n >repo/bin-new && git -C repo rm -q bin2 &&
	commit bin-new && carried bin-new --binary
'

test_expect_success 'a binary file, in full' '
	begin bin-literal && printf "a\0c" >repo/bin2 && commit bin-literal &&
	carried bin-literal --binary && grep "^literal" mail
'

test_expect_success 'a binary file, by what changes in it' '
	begin bin-delta && printf "x\0y" >>repo/bin && commit bin-delta &&
	carried bin-delta --binary && grep "^delta" mail
'

test_expect_success 'a binary file that moves and changes' '
	begin bin-moved && git -C repo mv bin bin-moved && printf "x\0y" >>repo/bin-moved &&
	commit bin-moved && carried bin-moved --binary -M && grep "^rename to bin-moved" mail
'

test_expect_success 'a second change of a binary file starts from the first' '
	begin bin-twice && printf "x\0y" >>repo/bin && commit one &&
	printf "z\0z" >>repo/bin && commit two &&
	git -C repo format-patch -q --stdout --binary base..bin-twice >mail &&
	alone base && port 0 --mbox mail && same_tree bin-twice &&
	test "$(status)" = "clean clean"
'

test_expect_success 'a binary file is not carried over another state of it' '
	git -C repo format-patch -q -1 --stdout --binary bin-delta >mail &&
	begin bin-other && printf "other" >>repo/bin && commit bin-other &&
	alone bin-other && port 1 --mbox mail &&
	jq -r ".ports[0].patches[0].conflicts[0] | \"\(.path) \(.hunk) \(.reason)\"" out >actual &&
	grep "^bin 0 .*another state" actual
'

test_expect_success 'a binary file whose data is not in the mail' '
	git -C repo format-patch -q -1 --stdout --no-binary bin-literal >mail &&
	grep "^Binary files" mail &&
	alone base && port 1 --mbox mail &&
	jq -r ".ports[0].patches[0].conflicts[0].reason" out >actual && grep "no data" actual
'

test_expect_success 'damaged binary data is refused with its line' '
	git -C repo format-patch -q -1 --stdout --binary bin-literal >mail &&
	line=$(grep -n "^literal" mail | head -1 | cut -d: -f1) &&
	sed "$((line + 1))s/^\(.\)\(.\)\(.\)/\1\3\2/" mail >damaged &&
	alone base && test_expect_code 2 farrier port --repo alone.git --onto onto \
		--mbox damaged 2>err &&
	grep "line $line: .*binary" err
'

test_expect_success 'links come, go and point elsewhere' '
	begin links && ln -s /etc/passwd repo/new-link && ln -sf dir/f repo/link && commit links &&
	carried links &&
	begin links2 && rm repo/link && commit links2 && carried links2
'

test_expect_success 'a link becomes a file, and a file a link' '
	begin typechange && rm repo/link repo/g && echo text >repo/link && ln -s script repo/g &&
	commit typechange && carried typechange
'

test_expect_success 'a file becomes a folder, and a folder a file' '
	begin folders && git -C repo rm -q g gone/only && mkdir repo/g && echo x >repo/g/x &&
	echo y >repo/gone && commit folders && carried folders
'

test_expect_success 'a folder in which the branch has more does not become a file' '
	begin folders-more && mkdir -p repo/gone && echo more >repo/gone/more && commit more &&
	git -C repo format-patch -q -1 --stdout folders >mail &&
	alone folders-more && port 1 --mbox mail &&
	jq -r ".ports[0].patches[0].conflicts[].reason" out >actual && grep "folder" actual
'

test_expect_success 'a submodule moves on, comes and goes' '
	two=2222222222222222222222222222222222222222 &&
	begin submodule && git -C repo update-index --cacheinfo "160000,$two,sub" &&
	git -C repo update-index --add --cacheinfo "160000,$two,dir/sub2" &&
	git -C repo commit -q -m submodule && carried submodule &&
	git -C repo format-patch -q -1 --stdout submodule >mail &&
	git -C repo checkout -q -b sub-gone base &&
	git -C repo update-index --force-remove sub && git -C repo commit -q -m sub-gone &&
	git -C repo ls-tree sub-gone >tree && ! grep sub tree &&
	alone sub-gone && port 1 --mbox mail &&
	jq -r ".ports[0].patches[0].conflicts[].reason" out >actual && grep "no such submodule" actual &&
	carried sub-gone &&
	git -C repo checkout -q -f base
'

test_expect_success 'a submodule that stands elsewhere in the branch is a conflict' '
	three=3333333333333333333333333333333333333333 &&
	git -C repo checkout -q -b sub-other base &&
	git -C repo update-index --cacheinfo "160000,$three,sub" &&
	git -C repo commit -q -m other && alone sub-other &&
	git -C repo format-patch -q -1 --stdout submodule >mail &&
	port 1 --mbox mail &&
	jq -r ".ports[0].patches[0].conflicts[0] | \"\(.path) \(.hunk) \(.reason)\"" out >actual &&
	grep "^sub 0 .*another commit" actual
'

test_expect_success 'lines that end in CR LF' '
	begin dos && sed -i "s/^line 5\r/changed\r/" repo/dos && commit dos && carried dos
'

test_expect_success 'the same in a mail that is CR LF itself' '
	git -C repo format-patch -q --stdout base..dos | sed "s/\$/\r/" >mail &&
	alone base && port 0 --mbox mail && same_tree dos
'

# encode CHARSET: the mail on standard input with its body in base 64
encode () {
	perl -MMIME::Base64 -0777 -ne "
		my (\$head, \$body) = split /\\n\\n/, \$_, 2;
		\$head =~ s/^(MIME-Version|Content-).*\\n//mg;
		print \"\$head\\nMIME-Version: 1.0\\nContent-Type: text/plain; charset=$1\\n\",
			\"Content-Transfer-Encoding: base64\\n\\n\", encode_base64(\$body);"
}

quote () {
	perl -MMIME::QuotedPrint -0777 -ne "
		my (\$head, \$body) = split /\\n\\n/, \$_, 2;
		\$head =~ s/^(MIME-Version|Content-).*\\n//mg;
		print \"\$head\\nMIME-Version: 1.0\\nContent-Type: text/plain; charset=$1\\n\",
			\"Content-Transfer-Encoding: quoted-printable\\n\\n\", encode_qp(\$body);"
}

test_expect_success 'the same in base 64 and quoted-printable' '
	git -C repo format-patch -q --stdout base..dos | encode UTF-8 >mail &&
	alone base && port 0 --mbox mail && same_tree dos &&
	git -C repo format-patch -q --stdout base..dos | quote UTF-8 >mail &&
	grep "=0D" mail && port 0 --mbox mail && same_tree dos
'

test_expect_success 'text of LF lines that a mailer encoded with CR LF' '
	git -C repo format-patch -q --stdout base..mode2 | sed "/^\$/,\$s/\$/\r/" |
		perl -pe "\$first ||= s/^\\r\\n/\\n/" | encode UTF-8 >mail &&
	alone base && port 0 --mbox mail && same_tree mode2
'

test_expect_success 'no newline at the end: before, after, and on both sides' '
	begin open1 && printf "first\nlast\n" >repo/open && commit open1 && carried open1 &&
	begin open2 && printf "first\nother" >repo/open && commit open2 && carried open2 &&
	begin open3 && numbers 1 40 | head -c -1 >repo/dir/f && commit open3 && carried open3
'

test_expect_success 'every prefix that git can be told to write' '
	begin prefixes && sed -i "s/^line 5\$/changed/" repo/dir/f && echo n >repo/dir/new &&
	git -C repo rm -q empty gone/only && commit prefixes &&
	carried prefixes --no-prefix &&
	carried prefixes --src-prefix=./ --dst-prefix=./ &&
	carried prefixes --src-prefix=i/ --dst-prefix=w/ &&
	carried prefixes --src-prefix=c/ --dst-prefix=o/ &&
	carried prefixes --src-prefix=old/ --dst-prefix=new/
'

test_expect_success 'moves without prefixes' '
	carried moved -M --no-prefix && carried moved -M --src-prefix=./ --dst-prefix=./
'

test_expect_success 'paths with spaces, quotes, tabs and other letters' '
	begin paths && for file in "with space" "umlaut-$(printf "\303\244")" "with \"quote" "with	tab"
	do
		sed -i "s/^line 5\$/changed/" "repo/$file" || return 1
	done &&
	echo n >"repo/new one" && git -C repo mv "with space" "with more space" && commit paths &&
	carried paths -M && grep "umlaut-.303.244" mail &&
	git -C repo config core.quotePath false && carried paths -M &&
	git -C repo config --unset core.quotePath
'

test_expect_success 'a source file keeps its bytes whatever the mail is written in' '
	begin charsets && printf "na\303\257ve\nt\303\251xt\n" >repo/utf8 &&
	printf "na\357ve\nt\351xt\n" >repo/latin1 && commit charsets &&
	carried charsets &&
	for charset in UTF-8 ISO-8859-1 ISO-8859-15 KOI8-R
	do
		git -C repo format-patch -q --stdout base..charsets | encode $charset >mail &&
		alone base && port 0 --mbox mail && same_tree charsets || return 1
	done
'

test_expect_success 'a message in another charset is UTF-8 in the commit' '
	begin koi && sed -i "s/^line 5\$/changed/" repo/dir/f && commit x &&
	git -C repo diff base koi >diff &&
	{ printf "%s\n" "From: =?ISO-8859-1?Q?J=F6rg?= <j@example.com>" \
		"Subject: [PATCH] =?KOI8-R?B?98XS09HU?= fix" \
		"Content-Type: text/plain; charset=KOI8-R" "Content-Transfer-Encoding: 8bit" "" &&
	printf "\360\322\311\327\305\324\n---\n" && cat diff; } >mail &&
	alone base && port 0 --mbox mail && same_tree koi &&
	git -C alone.git log -1 --format="%an: %s: %b" "$(jq -r ".ports[0].tip" out)" >actual &&
	printf "J\303\266rg: \320\222\320\265\321\200\321\201\321\217\321\202 fix: %s\n\n" \
		"$(printf "\320\237\321\200\320\270\320\262\320\265\321\202")" >expected &&
	test_cmp expected actual
'

test_expect_success 'a charset that nobody knows is refused by name' '
	sed "s/8bit/8bit/;s/charset=KOI8-R/charset=x-nonsense/" mail >nonsense &&
	test_expect_code 2 farrier port --repo alone.git --onto onto --mbox nonsense 2>err &&
	grep x-nonsense err
'

test_expect_success 'the author of a mail that somebody else sent' '
	{ printf "%s\n" "From: Sender <s@example.com>" "Subject: [PATCH] g: change" "" \
		"From: Real Author <real@example.com>" "" "Why." "---" && cat diff; } >mail &&
	alone base && port 0 --mbox mail &&
	git -C alone.git log -1 --format="%an <%ae>: %s: %b" "$(jq -r ".ports[0].tip" out)" >actual &&
	printf "Real Author <real@example.com>: g: change: Why.\n\n" >expected &&
	test_cmp expected actual
'

test_expect_success 'what stands before scissors is no part of the message' '
	{ printf "%s\n" "From: A <a@example.com>" "Subject: Re: [PATCH] old" "" "> a question" \
		"An answer:" "" "-- >8 --" "Subject: [PATCH] new title" "" "Why." "---" &&
	cat diff; } >mail &&
	alone base && port 0 --mbox mail && same_tree koi &&
	git -C alone.git log -1 --format="%s: %b" "$(jq -r ".ports[0].tip" out)" >actual &&
	printf "new title: Why.\n\n" >expected && test_cmp expected actual
'

test_expect_success 'a kernel log in the message is not taken for scissors' '
	{ printf "%s\n" "From: A <a@example.com>" "Subject: [PATCH] g: fix a crash" "" "Before:" "" \
		"------------[ cut here ]------------" "WARNING: CPU: 0" "---" && cat diff; } >mail &&
	alone base && port 0 --mbox mail &&
	git -C alone.git log -1 --format="%b" "$(jq -r ".ports[0].tip" out)" >actual &&
	grep "^Before:" actual && grep "cut here" actual
'

test_expect_success 'a patch that is an attachment' '
	begin attached && sed -i "s/^line 5\$/changed/" repo/dir/f && echo n >repo/n &&
	commit attached &&
	carried attached --attach && grep "^Content-Disposition: attachment" mail &&
	carried attached --inline
'

test_expect_success 'a mail with a web page of itself beside the text' '
	{ printf "%s\n" "From: A <a@example.com>" "Subject: [PATCH] x" "MIME-Version: 1.0" \
		"Content-Type: multipart/mixed; boundary=BB" "" "--BB" \
		"Content-Type: text/plain; charset=UTF-8" "" "Why." "" "--BB" \
		"Content-Type: text/x-patch; name=x.patch" "Content-Transfer-Encoding: base64" "" &&
	base64 diff && printf "%s\n" "" "--BB--"; } >mail &&
	alone base && port 0 --mbox mail && same_tree koi
'

test_expect_success 'empty lines of context whose space an editor cut off' '
	begin blank && printf "a\n\nb\n\nc\n" >repo/blank && commit b1 && git -C repo tag blank1 &&
	sed -i s/^b/B/ repo/blank && commit b2 &&
	git -C repo format-patch -q --stdout blank1..blank | sed "s/^ \$//" >mail &&
	alone blank1 && port 0 --mbox mail && same_tree blank
'

test_expect_success 'format=flowed that was written as it should be' '
	git -C repo format-patch -q --stdout base..koi | sed "/^\$/,\$s/^ / &/" |
		sed "s/^Subject:/Content-Type: text\/plain; charset=UTF-8; format=flowed\n&/" >mail &&
	alone base && port 0 --mbox mail && same_tree koi
'

test_expect_success 'format=flowed that lost its spaces is named' '
	git -C repo format-patch -q --stdout base..koi |
		sed "s/^Subject:/Content-Type: text\/plain; charset=UTF-8; format=flowed\n&/" >mail &&
	alone base && test_expect_code 2 farrier port --repo alone.git --onto onto \
		--mbox mail 2>err &&
	grep "format=flowed" err && grep "^hint: " err
'

test_expect_success 'a line that the mailer wrapped is named' '
	begin long && sed -i "s/^line 5\$/changed to something that is a good deal longer than a line of a mail should be/" \
		repo/dir/f && commit long &&
	git -C repo format-patch -q --stdout base..long | sed "/^+changed/s/ should be/\nshould be/" >mail &&
	line=$(grep -n "^should be" mail | cut -d: -f1) &&
	alone base && test_expect_code 2 farrier port --repo alone.git --onto onto \
		--mbox mail 2>err &&
	grep "line $line: .*wrapped" err
'

test_expect_success 'tabs that became spaces are named' '
	begin tabs && printf "int f(void)\n{\n\tif (x)\n\t\treturn 1;\n\treturn 0;\n}\n" >repo/tabs &&
	commit tabs && git -C repo tag tabs1 && sed -i "s/return 1/return 2/" repo/tabs &&
	commit "tabs: change" && alone tabs1 &&
	git -C repo format-patch -q -1 --stdout refs/heads/tabs |
		sed "s/	/        /g;s/^index .*/index 123456789..abcdef012 100644/" >mail &&
	port 1 --mbox mail && test "$(status)" = conflict &&
	jq -r ".ports[0].patches[0].conflicts[0].reason" out >actual &&
	grep "white space" actual
'

test_expect_success 'the signature at the end is no part of the last hunk' '
	begin dashes && printf -- "- a\n-- b\n" >repo/dashes && commit d1 &&
	git -C repo tag dashes1 && printf -- "-- \n" >repo/dashes && commit d2 &&
	git -C repo format-patch -q --stdout --signature="me
	@@ not a hunk" dashes1..dashes >mail &&
	alone dashes1 && port 0 --mbox mail && same_tree dashes
'

test_expect_success 'plain diffs with times behind the names' '
	begin plain-from && git -C repo archive --prefix=linux.orig/ base dir g | tar x &&
	cp -R linux.orig linux && sed -i "s/^line 5\$/changed/" linux/dir/f && rm linux/g &&
	echo n >linux/dir/n && test_might_fail diff -uprN linux.orig linux >diff &&
	grep "1970-01-01\|1969-12-31" diff &&
	git -C repo checkout -q base && as_git plain &&
	git -C repo ls-tree -r --name-only plain >names && ! grep -x g names && grep -x dir/n names
'

test_expect_success 'diffs of quilt, svn and hg' '
	{ printf "Index: linux/dir/f\n%s\n" \
		"===================================================================" &&
	diff -u --label linux.orig/dir/f --label linux/dir/f linux.orig/dir/f linux/dir/f; } >diff
	as_git quilt &&
	{ printf "Index: dir/f\n%s\n" \
		"===================================================================" &&
	diff -u --label "dir/f	(revision 1)" --label "dir/f	(working copy)" \
		linux.orig/dir/f linux/dir/f; } >diff
	mail_with diff >mail && alone base && port 0 --mbox mail && same_tree quilt &&
	{ echo "diff -r 0123456789ab dir/f" &&
	diff -u --label "a/dir/f	Thu Jan 01 00:00:01 2024 +0000" \
		--label "b/dir/f	Thu Jan 01 00:00:02 2024 +0000" linux.orig/dir/f linux/dir/f; } >diff
	mail_with diff >mail && port 0 --mbox mail && same_tree quilt
'

test_expect_success 'a backup that diff compared with' '
	cp linux.orig/dir/f linux/dir/f.orig &&
	test_might_fail diff -u linux/dir/f.orig linux/dir/f >diff &&
	mail_with diff >mail && alone base && port 0 --mbox mail && same_tree quilt
'

test_expect_success 'plain diffs that make or empty a file without saying so' '
	printf "%s\n" "--- a/fresh" "+++ b/fresh" "@@ -0,0 +1 @@" "+x" >diff && as_git fresh &&
	printf "%s\n" "--- a/gone/only" "+++ b/gone/only" "@@ -1 +0,0 @@" "-one" >diff &&
	as_git emptied
'

test_expect_success 'a binary file that diff(1) could not show is not passed over' '
	{ cat diff && echo "Binary files a/bin and b/bin differ"; } >diff2 &&
	mail_with diff2 >mail && test_expect_code 2 farrier port --repo alone.git --onto onto \
		--mbox mail 2>err &&
	grep "binary file without its data" err
'

test_done
