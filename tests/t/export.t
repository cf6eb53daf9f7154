#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier export: mails that stable and git send-email take as they are'

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
	git -C repo add -A && git -C repo commit -q -F - --author="${1:-A U Thor <author@example.com>}"
}

# branch NAME COMMIT: the workspace's branch NAME is that commit
branch () {
	git -C repo update-ref "refs/farrier/tree/$1" "$2"
}

# plain FILE...: mails without what depends on git's version
plain () {
	sed -e 's/^2\.[0-9.]*$/GIT/' -e 's/<[0-9a-f]\{20\}-/<THREAD-/' "$@"
}

# am COMMIT FOLDER: applies the mails in a folder to a commit of "repo", in a scratch clone "am"
am () {
	rm -rf am && git clone -q repo am &&
		git -C am checkout -q "$(git -C repo rev-parse "$1")" &&
		for mail in "$PWD/$2"/*; do
			case $mail in
			*/0000-*) ;;
			*) git -C am am -q --keep-cr "$mail" || return 1 ;;
			esac
		done
}

conf () {
	git config -f "ws/series/$1/series.conf" "$2" "$3"
}

JOERG='Jörg Müller <joerg@example.org>'

# Branches of "repo": `base`; `upstream` on it, mainline with the patches; `stable`, where the
# lines stand elsewhere.
test_expect_success 'set up a repository' '
	git init -q -b base repo &&
	numbers 1 40 >repo/f &&
	numbers 1 20 | sed "s/\$/\r/" >repo/crlf &&
	printf "a\0b" >repo/bin &&
	{
		echo "static int one(void)" && echo "{" && echo "label:" &&
		seq -f "	step(%g);" 1 20 && echo "}"
	} >repo/code.c &&
	echo "*.c diff=cpp" >repo/.gitattributes &&
	echo "echo" >repo/script &&
	printf "VERSION = 7\nPATCHLEVEL = 2\n" >repo/Makefile &&
	echo base | commit &&

	git -C repo checkout -q -b stable &&
	{ numbers 1001 1010 && numbers 1 40; } >repo/f &&
	printf "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 5\n" >repo/Makefile &&
	echo "Linux 6.12.5" | commit &&

	git -C repo checkout -q -b upstream base &&
	edit repo/f 20 && sed -i "s/step(15)/stop()/" repo/code.c &&
	commit "$JOERG" <<-\EOF &&
	f: läßt line 20 change, in a subject that is so long that it has to be folded

	Line 20 is wrong, says Jörg.

	Fixes: 0123456789ab ("f: add it, with a subject that is long enough for two lines")
	Cc: <stable@vger.kernel.org> # 6.12.x
	Signed-off-by: Jörg Müller <joerg@example.org>
	Signed-off-by: A U Thor <author@example.com>
	EOF
	one=$(git -C repo rev-parse HEAD) &&
	edit repo/f 22 && printf "a\0c" >repo/bin && chmod +x repo/script && : >repo/empty &&
	commit <<-\EOF &&
	bin: replace it

	Signed-off-by: A U Thor <author@example.com>
	EOF
	two=$(git -C repo rev-parse HEAD) &&
	sed "s/^line 10\r/line 10 changed\r/" repo/crlf >crlf && cat crlf >repo/crlf &&
	commit <<-\EOF &&
	crlf: change a line

	The file ends its lines as DOS does.

	Link: https://example.org/1
	Signed-off-by: A U Thor <author@example.com>
	EOF
	three=$(git -C repo rev-parse HEAD) &&
	numbers 1 41 >repo/later && echo later | commit &&
	git -C repo checkout -q base
'

test_expect_success 'set up a workspace' '
	farrier init ws >/dev/null &&
	git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	branch linux-6.12.y stable && branch mainline upstream &&
	farrier -q -C ws import --name fix base.."$three" >out
'

test_expect_success 'a series that is in mainline goes out' '
	git -C repo for-each-ref >refs && git -C repo status --porcelain >status &&
	farrier -C ws export -s fix linux-6.12.y >out 2>err &&
	ls fix-linux-6.12.y >actual &&
	cat >expected <<-\EOF &&
	0001-f-l-t-line-20-change-in-a-subject-that-is-so-long-th.patch
	0002-bin-replace-it.patch
	0003-crlf-change-a-line.patch
	EOF
	test_cmp expected actual && ! grep "as they were named" err &&
	grep "0002-bin-replace-it.patch  *$(echo "$two" | cut -c1-12)  offset" out &&
	grep "3 mails; git send-email fix-linux-6.12.y/\*.patch" out
'

test_expect_success 'refs, index and work tree are as they were' '
	git -C repo for-each-ref >actual && test_cmp refs actual &&
	git -C repo status --porcelain >actual && test_cmp status actual &&
	ls -A >actual && ! grep farrier actual && ls ws/.farrier >actual && ! grep -x export actual
'

test_expect_success 'the first mail, byte for byte' '
	base=$(git -C repo rev-parse stable) &&
	cat >expected <<-EOF &&
	From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
	Message-ID: <THREAD-0-committer@example.com>
	From: C O Mitter <committer@example.com>
	Date: Tue, 14 Nov 2023 22:13:20 +0000
	Subject: [PATCH 6.12.y 1/3] =?UTF-8?q?f:=20l=C3=A4=C3=9Ft=20line=2020=20ch?=
	 =?UTF-8?q?ange,=20in=20a=20subject=20that=20is=20so=20long=20that=20it=20?=
	 =?UTF-8?q?has=20to=20be=20folded?=
	MIME-Version: 1.0
	Content-Type: text/plain; charset=UTF-8
	Content-Transfer-Encoding: 8bit
	To: stable@vger.kernel.org

	From: Jörg Müller <joerg@example.org>

	commit $one upstream.

	Line 20 is wrong, says Jörg.

	Fixes: 0123456789ab ("f: add it, with a subject that is long enough for two lines")
	Cc: <stable@vger.kernel.org> # 6.12.x
	Signed-off-by: Jörg Müller <joerg@example.org>
	Signed-off-by: A U Thor <author@example.com>
	Signed-off-by: C O Mitter <committer@example.com>
	---
	 code.c | 2 +-
	 f      | 2 +-
	 2 files changed, 2 insertions(+), 2 deletions(-)

	diff --git a/code.c b/code.c
	index $(git -C repo rev-parse base:code.c)..$(git -C repo rev-parse "$one:code.c") 100644
	--- a/code.c
	+++ b/code.c
	@@ -15,7 +15,7 @@ static int one(void)
	 _step(12);
	 _step(13);
	 _step(14);
	-_step(15);
	+_stop();
	 _step(16);
	 _step(17);
	 _step(18);
	diff --git a/f b/f
	index cb58009764ce0709fb9a212c155d34ccfe5a6319..b430e4526553985804c360accd14f8c7cd560481 100644
	--- a/f
	+++ b/f
	@@ -27,7 +27,7 @@ line 16
	 line 17
	 line 18
	 line 19
	-line 20
	+line 20 changed
	 line 21
	 line 22
	 line 23

	base-commit: $base
	--@
	GIT

	EOF
	sed -i "s/^\([-+ ]\)_/\1\t/; s/^--@/-- /" expected &&
	plain fix-linux-6.12.y/0001-* >actual &&
	test_cmp expected actual
'

test_expect_success 'the second mail: a binary file, an empty one, a mode' '
	cat >expected <<-EOF &&
	From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
	Message-ID: <THREAD-1-committer@example.com>
	In-Reply-To: <THREAD-0-committer@example.com>
	References: <THREAD-0-committer@example.com>
	From: C O Mitter <committer@example.com>
	Date: Tue, 14 Nov 2023 22:13:20 +0000
	Subject: [PATCH 6.12.y 2/3] bin: replace it
	To: stable@vger.kernel.org

	From: A U Thor <author@example.com>

	commit $two upstream.

	Signed-off-by: A U Thor <author@example.com>
	Signed-off-by: C O Mitter <committer@example.com>
	---
	 bin    | Bin 3 -> 3 bytes
	 empty  |   0
	 f      |   2 +-
	 script |   0
	 4 files changed, 1 insertion(+), 1 deletion(-)
	 create mode 100644 empty
	 mode change 100644 => 100755 script

	diff --git a/bin b/bin
	index 20b5be91886d0b6f26dc98a225c0dac05fe2c86e..88f37001cec36655decf891d4244853aaa51a00a 100644
	GIT binary patch
	literal 3
	KcmYdfNCp4_i2%g_

	literal 3
	KcmYdfNCE%>hycU@

	diff --git a/empty b/empty
	new file mode 100644
	index 0000000000000000000000000000000000000000..e69de29bb2d1d6434b8b29ae775ad8c2e48c5391
	diff --git a/f b/f
	index b430e4526553985804c360accd14f8c7cd560481..ab120531ac70029244b4d90a923018a23531a37a 100644
	--- a/f
	+++ b/f
	@@ -29,7 +29,7 @@ line 18
	 line 19
	 line 20 changed
	 line 21
	-line 22
	+line 22 changed
	 line 23
	 line 24
	 line 25
	diff --git a/script b/script
	old mode 100644
	new mode 100755
	--@
	GIT

	EOF
	sed -i "s/^--@/-- /" expected &&
	plain fix-linux-6.12.y/0002-* >actual &&
	test_cmp expected actual
'

test_expect_success 'the third mail: lines that end in CR LF, which is said' '
	cat >expected <<-EOF &&
	commit $three upstream.

	The file ends its lines as DOS does.

	Link: https://example.org/1
	Signed-off-by: A U Thor <author@example.com>
	Signed-off-by: C O Mitter <committer@example.com>
	---
	 crlf | 2 +-
	 1 file changed, 1 insertion(+), 1 deletion(-)

	diff --git a/crlf b/crlf
	index 0cd7b95ee6af77a1a0314f477189c66b8d49855b..aaa71cfca1134d2f42346e96786c4a3ccb6814cd 100644
	--- a/crlf
	+++ b/crlf
	@@ -7,7 +7,7 @@ line 6
	 line 7@
	 line 8@
	 line 9@
	-line 10@
	+line 10 changed@
	 line 11@
	 line 12@
	 line 13@
	EOF
	sed -i "s/\([0-9d]\)@\$/\1\r/" expected &&
	sed -n "/^commit/,/^ line 13/p" fix-linux-6.12.y/0003-* >actual &&
	test_cmp expected actual &&
	grep "^warning: .0003-crlf.*CR LF.*--keep-cr" err
'

test_expect_success 'git am gives the port: tree, authors, messages' '
	farrier -C ws port --json fix --onto linux-6.12.y >port.json &&
	am stable fix-linux-6.12.y &&
	git -C am rev-parse "HEAD^{tree}" >actual &&
	jq -r ".ports[0].patches[2].tree" port.json >expected &&
	test_cmp expected actual &&
	git -C am log --reverse --format="%an <%ae> %ad%n%B" origin/stable.. >actual &&
	cat >expected <<-EOF &&
	$JOERG Tue Nov 14 22:13:20 2023 +0000
	f: läßt line 20 change, in a subject that is so long that it has to be folded

	commit $one upstream.

	Line 20 is wrong, says Jörg.

	Fixes: 0123456789ab ("f: add it, with a subject that is long enough for two lines")
	Cc: <stable@vger.kernel.org> # 6.12.x
	Signed-off-by: Jörg Müller <joerg@example.org>
	Signed-off-by: A U Thor <author@example.com>
	Signed-off-by: C O Mitter <committer@example.com>

	A U Thor <author@example.com> Tue Nov 14 22:13:20 2023 +0000
	bin: replace it

	commit $two upstream.

	Signed-off-by: A U Thor <author@example.com>
	Signed-off-by: C O Mitter <committer@example.com>

	A U Thor <author@example.com> Tue Nov 14 22:13:20 2023 +0000
	crlf: change a line

	commit $three upstream.

	The file ends its lines as DOS does.

	Link: https://example.org/1
	Signed-off-by: A U Thor <author@example.com>
	Signed-off-by: C O Mitter <committer@example.com>

	EOF
	test_cmp expected actual
'

# From "---" on, with the author's own headers left out.
test_expect_success 'it is what git format-patch gives in a work tree of the branch' '
	git -C am format-patch -q --zero-commit --full-index --from --base=origin/stable \
		--subject-prefix="PATCH 6.12.y" --to=stable@vger.kernel.org -o ../by-git origin/stable.. &&
	for mail in fix-linux-6.12.y/*; do
		sed "/^Message-ID: /d;/^In-Reply-To: /d;/^References: /d" "$mail" >actual &&
		test_cmp "by-git/$(basename "$mail")" actual || return 1
	done
'

test_expect_success 'neither configuration nor environment has a say, and the same bytes come again' '
	farrier -C ws export -s fix linux-6.12.y -o - >expected 2>/dev/null &&
	cat fix-linux-6.12.y/* >actual && test_cmp expected actual &&
	cp .gitconfig gitconfig.saved && cp repo/.git/config config.saved &&
	for file in .gitconfig repo/.git/config; do
		for setting in format.attach=x format.thread=deep format.signOff=true \
			format.subjectPrefix=NO format.headers="X-No: 1" format.numbered=false \
			format.coverLetter=true format.signature=no format.notes=true \
			format.encodeEmailHeaders=false format.useAutoBase=true \
			format.mboxrd=true format.forceInBodyFrom=true format.suffix=.no \
			format.outputDirectory=/no format.filenameMaxLength=9 \
			diff.noprefix=true diff.context=1 diff.algorithm=patience \
			diff.renames=false diff.orderFile="$PWD/order" diff.statGraphWidth=3 \
			diff.external=false diff.suppressBlankEmpty=true color.ui=always \
			core.quotePath=false core.abbrev=5 core.attributesFile="$PWD/attributes" \
			diff.no.textconv=false log.showSignature=true i18n.logOutputEncoding=latin1; do
			git config -f "$file" "${setting%%=*}" "${setting#*=}" || return 1
		done
	done &&
	echo f >order && echo "* -diff" >attributes && mkdir -p repo/.git/info &&
	cp attributes repo/.git/info/attributes &&
	mkdir -p config/git && cp attributes config/git/attributes &&
	GIT_DIFF_OPTS=-u1 GIT_EXTERNAL_DIFF=false GIT_CONFIG_COUNT=1 \
		GIT_CONFIG_KEY_0=format.attach GIT_CONFIG_VALUE_0=x XDG_CONFIG_HOME=$PWD/config \
		TZ=Asia/Tokyo farrier -C ws export -s fix linux-6.12.y -o - >actual 2>/dev/null &&
	mv gitconfig.saved .gitconfig && mv config.saved repo/.git/config &&
	rm repo/.git/info/attributes &&
	test_cmp expected actual
'

if git send-email -h 2>&1 | grep -q dry-run && perl -MMail::Address -e 1 2>/dev/null; then
	test_set_prereq SEND_EMAIL
else
	echo "# SKIPPED: no git send-email here; packages git-email and libmailtools-perl have it" >&2
fi

test_expect_success SEND_EMAIL 'git send-email takes the mails as they are' '
	git -C repo send-email --dry-run --confirm=never --quiet --from="C O Mitter <committer@example.com>" \
		"$PWD"/fix-linux-6.12.y/*.patch >sent </dev/null 2>&1 &&
	grep "Dry-Sent \[PATCH 6.12.y 2/3\] bin: replace it" sent &&
	git -C repo send-email --dry-run --confirm=never --from="C O Mitter <committer@example.com>" \
		"$PWD"/fix-linux-6.12.y/*.patch >sent </dev/null 2>&1 &&
	test "$(grep -c "^Result: OK" sent)" = 3 &&
	grep "^To: stable@vger.kernel.org" sent &&
	grep "^RCPT TO:<joerg@example.org>" sent &&
	grep "^Content-Transfer-Encoding: quoted-printable" sent &&
	id=$(sed -n "s/^Message-ID: //p" fix-linux-6.12.y/0001-*) &&
	test "$(grep -c "^In-Reply-To: $id" sent)" = 2
'

test_expect_success 'a folder that is not empty is refused, and an earlier export replaced with -f' '
	test_expect_code 2 farrier -C ws export fix linux-6.12.y 2>err &&
	grep "is not empty" err && grep "^hint: .*-f" err &&
	farrier -C ws export -f fix linux-6.12.y >/dev/null 2>&1 &&
	! grep "Signed-off-by: C O Mitter" fix-linux-6.12.y/* &&
	echo mine >fix-linux-6.12.y/notes &&
	test_expect_code 2 farrier -C ws export -f fix linux-6.12.y 2>err &&
	grep "notes.*which is no mail" err &&
	test "$(ls fix-linux-6.12.y | wc -l)" = 4 && rm fix-linux-6.12.y/notes &&
	mkdir -p empty/folder && farrier -C ws export fix linux-6.12.y -o empty/folder/ >/dev/null 2>&1 &&
	test "$(ls -A empty)" = folder && test "$(ls empty/folder | wc -l)" = 3 &&
	: >file && test_expect_code 2 farrier -C ws export fix linux-6.12.y -o file 2>err &&
	grep "is no folder" err
'

test_expect_success 'the JSON says what went where' '
	farrier -C ws export --json -o json fix linux-6.12.y >out 2>/dev/null &&
	jq -e ".schema == 1 and .series == \"fix\" and .branch == \"linux-6.12.y\" and
		.kernel == \"6.12.5\" and .folder == \"json\" and (.refused | not) and
		(.files | length) == 3 and .newer == [{branch: \"mainline\", state: \"there\",
		detail: null}]" out &&
	jq -r ".patches[1] | .n, .status, .result, .upstream, .file" out >actual &&
	printf "%s\n" 2 offset exported "$two" 0002-bin-replace-it.patch >expected &&
	test_cmp expected actual &&
	jq -e ".key | length == 40" ws/.farrier/exports/fix/linux-6.12.y.json &&
	test_expect_code 2 farrier -C ws export --json -o - fix linux-6.12.y 2>err
'

test_expect_success 'the sign-off that is missing is said, and is not added twice' '
	farrier -C ws export -f -o json fix linux-6.12.y >/dev/null 2>err &&
	grep "^warning: your Signed-off-by does not end patch 1, 2, 3: -s adds it" err &&
	GIT_COMMITTER_NAME="A U Thor" GIT_COMMITTER_EMAIL=author@example.com \
		farrier -C ws export -s -f -o json fix linux-6.12.y >/dev/null 2>err &&
	! grep "your Signed-off-by" err &&
	test "$(grep -c "^Signed-off-by: A U Thor" json/0002-*)" = 1 &&
	test "$(grep -c "^From: A U Thor" json/0002-*)" = 1 &&
	grep "^From: $JOERG" json/0001-*
'

test_expect_success 'what is no address is refused before anything is written' '
	for bad in "bad addr" "" a@ @example.org a@b@c "a@example.org, b@example.org" \
		"A <a b@example.org>" "A, B <a@example.org>" "A <a@example.org> B" "A <>" \
		"$(printf "a@example.org\nBcc: b@example.org")" \
		"$(printf "A\n <a@example.org>")"; do
		test_expect_code 2 farrier -C ws export -o bad --to="$bad" fix linux-6.12.y 2>err &&
		grep "takes a mail address" err && ! test -e bad &&
		test_expect_code 2 farrier -C ws export -o bad --cc="$bad" fix linux-6.12.y 2>err &&
		! test -e bad || return 1
	done &&
	for good in root a+b@example.org "<a@example.org>" "$JOERG" "A (B) C. <a@example.org>" \
		"\"A, B\" <a@example.org>"; do
		farrier -C ws export -o - --to="$good" fix linux-6.12.y >out 2>/dev/null &&
		grep "^To: " out || return 1
	done
'

test_expect_success 'the other upstream line, by option or farrier.conf; other addresses; a version' '
	farrier -C ws export --upstream-line=bracket --to=a@example.org --to=b@example.org \
		--cc=c@example.org --reroll-count=2 -f -o json fix linux-6.12.y >/dev/null 2>&1 &&
	grep -x "\[ Upstream commit $two \]" json/0002-* &&
	grep "^Subject: \[PATCH 6.12.y v2 2/3\] bin" json/0002-* &&
	grep -A1 "^To: a@example.org" json/0002-* | grep "b@example.org" &&
	grep "^Cc: c@example.org" json/0002-* && ! grep "^To: .*vger" json/0002-* &&
	git config -f ws/farrier.conf export.upstream-line bracket &&
	farrier -C ws export -o - fix linux-6.12.y 2>/dev/null | grep -c "^\[ Upstream" >count &&
	test "$(cat count)" = 3 &&
	farrier -C ws export -o - --upstream-line=commit fix linux-6.12.y 2>/dev/null >out &&
	! grep "^\[ Upstream" out &&
	git config -f ws/farrier.conf export.upstream-line none &&
	test_expect_code 2 farrier -C ws export -o - fix linux-6.12.y 2>err && grep "not commit or bracket" err &&
	git config -f ws/farrier.conf --unset export.upstream-line
'

test_expect_success 'patches that are there already or skipped are left out, and the numbers fit' '
	git -C repo checkout -q -b has-three stable && cp crlf repo/crlf && echo crlf | commit &&
	git -C repo checkout -q base && branch linux-6.12.y has-three &&
	farrier -C ws export -o left fix linux-6.12.y >out 2>/dev/null &&
	grep "left out: fix patch 3, .crlf: change a line.: linux-6.12.y has it already" out &&
	grep "^Subject: \[PATCH 6.12.y 2/2\] bin" left/0002-* &&
	conf fix series.skip "linux-6.12.y 2: not needed there" &&
	farrier -C ws export -f -o left fix linux-6.12.y >out 2>/dev/null &&
	grep "left out: fix patch 2, .bin: replace it.: not needed there" out &&
	ls left >actual && test "$(wc -l <actual)" = 1 &&
	grep "^Subject: \[PATCH 6.12.y\] " left/0001-* &&
	git config -f ws/series/fix/series.conf --unset series.skip &&
	branch linux-6.12.y "$three" &&
	farrier -C ws export -o nothing fix linux-6.12.y >out &&
	grep "nothing to export" out && ! test -e nothing &&
	branch linux-6.12.y stable
'

test_expect_success 'what is fuzzy or in conflict stays at home, and farrier resolve is named' '
	git -C repo checkout -q -b other stable &&
	sed -i "s/^line 20\$/line 20 of ours/" repo/f && echo other | commit &&
	git -C repo checkout -q base && branch linux-6.12.y other &&
	test_expect_code 1 farrier -C ws export -o refused fix linux-6.12.y >out 2>err &&
	test_must_be_empty out && ! test -e refused &&
	grep "not exported: fix patch 1, .*: conflict: f: " err &&
	grep "^hint: farrier resolve fix linux-6.12.y" err &&
	test_expect_code 1 farrier -C ws export --json -o refused fix linux-6.12.y >out 2>/dev/null &&
	jq -e ".refused and .folder == null and .patches[0].result == \"refused\" and
		.patches[2].result == \"ready\"" out &&
	test_expect_code 1 farrier -C ws export -o - fix linux-6.12.y >out 2>/dev/null &&
	test_must_be_empty out
'

# The index line of patch 2 names a blob that is nowhere: only its text can be looked for.
test_expect_success 'fuzzy goes out when somebody looked at it' '
	git -C repo checkout -q -b near stable &&
	sed -i "s/^line 19\$/line 19 of ours/" repo/f && echo near | commit &&
	git -C repo checkout -q base && branch linux-6.12.y near &&
	cp -r ws/series/fix ws/series/bare && rm ws/series/bare/000[13]* &&
	mv ws/series/bare/0002-bin-replace-it.patch ws/series/bare/0001-bin-replace-it.patch &&
	sed -i -e "/^diff --git a.f/,/^@@/s/^index .*/index 1234567..2345678 100644/" \
		-e "s/^ line 20 changed\$/ line 20/" ws/series/bare/0001-* &&
	test_expect_code 1 farrier -C ws export -o fuzzy bare linux-6.12.y >out 2>err &&
	grep "patch 1, .bin: replace it.: fuzzy" err && grep "^hint: .*--allow-fuzzy" err &&
	farrier -C ws export --allow-fuzzy -o fuzzy bare linux-6.12.y >out 2>err &&
	grep "0001-bin-replace-it.patch .* fuzzy" out && am near fuzzy &&
	rm -r ws/series/bare && branch linux-6.12.y stable
'

record () {
	mkdir -p ws/series/fix/ports/linux-6.12.y &&
		sed "$1" ws/series/fix/0001-* | sed -e "/^index /d" -e "s/-15,7 +15,7/-15,7 +15,7/" \
			>ws/series/fix/ports/linux-6.12.y/0001-f.patch
}

test_expect_success 'the note of a recorded port stands behind the original trailers' '
	record "s/^Signed-off-by: A U/[ porter: line 20 stands elsewhere,\n  ten lines below ]\n&/" &&
	farrier -C ws export -s -o recorded fix linux-6.12.y >out 2>err &&
	grep "0001-f.* recorded" out && ! grep "does not say" err &&
	sed -n "/^commit/,/^---/p" recorded/0001-* >actual &&
	cat >expected <<-EOF &&
	commit $one upstream.

	Line 20 is wrong, says Jörg.

	Fixes: 0123456789ab ("f: add it, with a subject that is long enough for two lines")
	Cc: <stable@vger.kernel.org> # 6.12.x
	Signed-off-by: Jörg Müller <joerg@example.org>
	Signed-off-by: A U Thor <author@example.com>
	[ porter: line 20 stands elsewhere,
	  ten lines below ]
	Signed-off-by: C O Mitter <committer@example.com>
	---
	EOF
	test_cmp expected actual
'

test_expect_success 'the author stays who wrote it, whoever recorded the port' '
	record "s/^From: .*/From: P Orter <porter@example.org>/" &&
	farrier -C ws export -s -f -o recorded fix linux-6.12.y >out 2>err &&
	grep "^From: $JOERG" recorded/0001-* && ! grep porter@ recorded/0001-* &&
	grep "^warning: fix patch 1 was adapted by hand, but .* does not say what" err &&
	rm -r ws/series/fix/ports
'

test_expect_success 'a stale port is refused' '
	record "s/^---\$/---\nfarrier-original: 0123456789012345678901234567890123456789\n/" &&
	test_expect_code 1 farrier -C ws export -o - fix linux-6.12.y >out 2>err &&
	test_must_be_empty out && grep "patch 1, .*: stale: the patch has changed" err &&
	grep "^hint: farrier resolve" err && rm -r ws/series/fix/ports
'

# Ways to know the upstream commit.
test_expect_success 'a series that mainline does not have is refused, with the reason' '
	git -C repo checkout -q -b local base &&
	edit repo/f 35 && commit <<-\EOF &&
	f: something local

	Signed-off-by: C O Mitter <committer@example.com>
	EOF
	git -C repo checkout -q base &&
	farrier -q -C ws import --name mine base..local >/dev/null &&
	test_expect_code 1 farrier -C ws export mine linux-6.12.y >out 2>err &&
	test_must_be_empty out && ! test -e mine-linux-6.12.y &&
	grep "not exported: mine patch 1, .*: it is not upstream: branch .mainline. has no such patch" err &&
	grep "^hint: .*upstream = N: COMMIT.*--local" err
'

test_expect_success 'series.conf can name the commit, which must be in mainline' '
	conf mine series.upstream "1: $two" &&
	farrier -C ws export -o named --json mine linux-6.12.y >out 2>/dev/null &&
	jq -e ".patches[0] | .upstream == \"$two\" and .source == \"series.conf\"" out &&
	grep "^commit $two upstream" named/0001-* &&
	conf mine series.upstream "1: $(git -C repo rev-parse local)" &&
	test_expect_code 1 farrier -C ws export -o - mine linux-6.12.y 2>err &&
	grep "which series.conf names, is not in branch .mainline." err &&
	for bad in "1: $(echo "$two" | cut -c1-12)" "2: $two" "$two" "0: $two" "x"; do
		conf mine series.upstream "$bad" &&
		test_expect_code 2 farrier -C ws export -o - mine linux-6.12.y 2>err &&
		grep "upstream" err || return 1
	done &&
	conf mine series.upstream "1: $two" &&
	git config -f ws/series/mine/series.conf --add series.upstream "1: $one" &&
	test_expect_code 2 farrier -C ws export -o - mine linux-6.12.y 2>err && grep "names two" err &&
	git config -f ws/series/mine/series.conf --unset-all series.upstream
'

test_expect_success 'so can the message, which then says it once' '
	mail=$(echo ws/series/mine/0001-*) && cp "$mail" mine.saved &&
	sed -i "s/^Signed-off-by: C O/[ Upstream commit $two ]\n\n&/" "$mail" &&
	farrier -C ws export -o - mine linux-6.12.y >out 2>/dev/null &&
	grep -x "commit $two upstream." out && ! grep "Upstream commit" out &&
	sed "s/^Signed-off-by: C O/(cherry picked from commit $one)\n&/" mine.saved >"$mail" &&
	farrier -C ws export -o - mine linux-6.12.y >out 2>/dev/null &&
	grep -x "commit $one upstream." out &&
	cp mine.saved "$mail"
'

test_expect_success 'a mainline without history is said, and what helps' '
	{
		echo "linux 7.2 snapshot" && echo && echo "Farrier-Snapshot: linux-source-7.2 7.2.1-1"
	} >message &&
	snapshot=$(git -C repo commit-tree -F ../message "upstream^{tree}") &&
	branch mainline "$snapshot" &&
	test_expect_code 1 farrier -C ws export -o - fix linux-6.12.y 2>err &&
	grep "its upstream commit is not known: branch .mainline. is a snapshot" err &&
	grep "^hint: .*or let branch .mainline. be a clone with its history" err &&
	test "$(grep -c "^hint: " err)" = 1 &&
	for n in 1 2 3; do
		git config -f ws/series/fix/series.conf --add series.upstream \
			"$n: 012345678901234567890123456789012345678$n" || return 1
	done &&
	farrier -C ws export -s -o - fix linux-6.12.y >out 2>err &&
	grep -x "commit 0123456789012345678901234567890123456782 upstream." out &&
	grep "^warning: the upstream commits are as they were named: .*no history" err &&
	git config -f ws/series/fix/series.conf --unset-all series.upstream &&
	git -C repo update-ref -d refs/farrier/tree/mainline &&
	test_expect_code 1 farrier -C ws export -o - fix linux-6.12.y 2>err &&
	grep "branch .mainline. is not filled" err && branch mainline upstream
'

test_expect_success 'what mainline reverted is refused' '
	git -C repo checkout -q -b reverted upstream && git -C repo revert --no-edit "$two" >/dev/null &&
	git -C repo checkout -q base && branch mainline reverted &&
	test_expect_code 1 farrier -C ws export -o - fix linux-6.12.y 2>err &&
	grep "patch 2, .bin: replace it.: it was in branch .mainline., but commit $(
		git -C repo rev-parse reverted | cut -c1-12) reverted it" err &&
	branch mainline upstream
'

test_expect_success 'the message is that of the upstream commit, not of the posting' '
	mail=$(echo ws/series/fix/0002-*) && cp "$mail" saved &&
	sed -i "/^Signed-off-by: /d" "$mail" &&
	farrier -C ws export -o posted fix linux-6.12.y >/dev/null 2>&1 &&
	grep "^Signed-off-by: A U Thor" posted/0002-* && cp saved "$mail"
'

test_expect_success 'nobody'"'"'s sign-off is refused' '
	git -C repo checkout -q -b unsigned base && edit repo/f 5 && echo "f: unsigned" | commit &&
	git -C repo checkout -q base && branch mainline unsigned &&
	farrier -q -C ws import --name unsigned base..unsigned >/dev/null &&
	test_expect_code 1 farrier -C ws export -o - unsigned linux-6.12.y 2>err &&
	grep "nobody has signed it off" err && grep "^hint: -s" err &&
	farrier -C ws export -s -o - unsigned linux-6.12.y >out 2>/dev/null &&
	grep -B2 "^Signed-off-by: C O Mitter" out >actual &&
	cat >expected <<-EOF &&
	commit $(git -C repo rev-parse unsigned) upstream.

	Signed-off-by: C O Mitter <committer@example.com>
	EOF
	test_cmp expected actual && branch mainline upstream
'

test_expect_success 'a message that a mail cannot carry is refused' '
	git -C repo checkout -q -b cut base && edit repo/f 5 &&
	printf "f: cut\n\nBefore.\n---\nBehind.\n\nSigned-off-by: A U Thor <author@example.com>\n" | commit &&
	git -C repo checkout -q base && branch mainline cut &&
	farrier -q -C ws import --name cut base..cut >/dev/null &&
	test_expect_code 2 farrier -C ws export cut linux-6.12.y 2>err &&
	grep "would not give its commit.s message" err && ! test -e cut-linux-6.12.y &&
	branch mainline upstream
'

# Newer branches.
test_expect_success 'every newer branch is asked, oldest first' '
	branch linux-5.10.y stable && branch linux-6.1.y stable &&
	farrier -C ws export -o - fix linux-5.10.y 2>err >/dev/null &&
	grep "newer branch" err | sed "s/  */ /g" >actual &&
	cat >expected <<-\EOF &&
	warning: newer branch linux-6.1.y lacks it: patch 1, 2, 3 not found there; stable wants it there first or with it
	newer branch linux-6.12.y was exported before; patch 1, 2, 3 not found there
	newer branch mainline has it
	EOF
	test_cmp expected actual &&
	git -C repo update-ref -d refs/farrier/tree/linux-6.1.y &&
	farrier -q -C ws export -o - fix linux-5.10.y 2>err >/dev/null &&
	grep "^warning: newer branch linux-6.1.y .*tree import linux-6.1.y" err &&
	! grep "newer branch mainline" err
'

test_expect_success 'a newer branch whose history has the fix has it, though the lines changed again' '
	git -C repo checkout -q -b later "$three" && sed -i "s/^line 2[02] changed/again/" repo/f &&
	echo again | commit && git -C repo checkout -q base && branch linux-6.1.y later &&
	farrier -C ws export -o - fix linux-5.10.y 2>err >/dev/null &&
	grep "^newer branch linux-6.1.y *has it" err
'

test_expect_success 'mainline itself is no stable branch' '
	test_expect_code 2 farrier -C ws export fix mainline 2>err &&
	grep "no stable branch" err && grep "^hint: .*stable = X.Y.y" err
'

# --local
test_expect_success 'a local series goes out as plain mails with base-commit' '
	farrier -C ws export --local -o local-mails mine linux-6.12.y >out 2>err &&
	! grep "upstream" local-mails/* && ! grep "^To: " local-mails/* && ! grep "newer branch" err &&
	grep "^Subject: \[PATCH 6.12.y\] f: something local" local-mails/0001-* &&
	grep -x "base-commit: $(git -C repo rev-parse stable)" local-mails/0001-* &&
	am stable local-mails &&
	farrier -C ws port --json mine --onto linux-6.12.y | jq -r ".ports[0].patches[0].tree" >expected &&
	git -C am rev-parse "HEAD^{tree}" >actual && test_cmp expected actual &&
	farrier -C ws export --local -o - mine mainline >out && grep "^Subject: \[PATCH\] f: " out
'

test_expect_success 'a snapshot is no base-commit: its version is named, and why is said' '
	sed "s/7.2/6.12/" message >message-6.12 &&
	branch linux-6.12.y "$(git -C repo commit-tree -F ../message-6.12 "stable^{tree}")" &&
	farrier -C ws export --local -f -o local-mails mine linux-6.12.y >out 2>err &&
	! grep base-commit local-mails/* &&
	grep -A2 "^---\$" local-mails/0001-* >actual &&
	printf "%s\n" --- "base: 6.12.5" "" >expected && test_cmp expected actual &&
	grep "^no base-commit: linux-6.12.y is a snapshot of .linux-source-6.12 " err &&
	am refs/farrier/tree/linux-6.12.y local-mails && branch linux-6.12.y stable
'

# A series "top" that needs "fix".
test_expect_success 'patches of a prerequisite are named by id, or go along' '
	git -C repo checkout -q -b top "$three" && sed -i "s/^line 22 changed/line 22 again/" repo/f &&
	commit <<-\EOF &&
	f: mend the mending

	Signed-off-by: A U Thor <author@example.com>
	EOF
	top=$(git -C repo rev-parse HEAD) && git -C repo checkout -q base &&
	branch mainline "$top" &&
	farrier -q -C ws import --name top "$three..$top" >/dev/null &&
	conf top series.prerequisite fix &&
	farrier -C ws export -o top-alone top linux-6.12.y >out 2>err &&
	grep "^warning: .top. stands on 3 patches of .fix., .*--with-prerequisites" err &&
	test "$(ls top-alone | wc -l)" = 1 && am stable fix-linux-6.12.y &&
	git -C am am -q "$PWD"/top-alone/*.patch &&
	sed -n "/^base-commit\|^prerequisite/p" top-alone/0001-* >actual && test "$(wc -l <actual)" = 4 &&
	git -C am format-patch --stdout --base=origin/stable -1 |
		sed -n "/^base-commit\|^prerequisite/p" >expected && test_cmp expected actual &&
	branch linux-6.12.y "$(git -C repo commit-tree -F ../message-6.12 "stable^{tree}")" &&
	farrier -C ws export -o - top linux-6.12.y 2>/dev/null |
		sed -n "/^base-commit\|^prerequisite/p" >actual &&
	sed 1d expected >ids && test_cmp ids actual && branch linux-6.12.y stable &&
	farrier -C ws export -s --with-prerequisites -o top-all top linux-6.12.y >out 2>err &&
	! grep "stands on" err && ! grep prerequisite-patch-id top-all/* &&
	test "$(ls top-all | wc -l)" = 4 &&
	sed -n "/^commit $two/,/^---/p" top-all/0002-* >actual &&
	cat >expected <<-EOF &&
	commit $two upstream.

	Signed-off-by: A U Thor <author@example.com>
	Stable-dep-of: $(echo "$top" | cut -c1-12) ("f: mend the mending")
	Signed-off-by: C O Mitter <committer@example.com>
	---
	EOF
	test_cmp expected actual && ! grep Stable-dep-of top-all/0004-* && am stable top-all &&
	grep "line 22 again" am/f
'

test_expect_success 'a prerequisite that does not fit is what is refused' '
	branch linux-6.12.y other &&
	test_expect_code 1 farrier -C ws export -o - top linux-6.12.y 2>err &&
	grep "not exported: fix patch 1, .*conflict" err && grep "^hint: farrier resolve fix " err &&
	branch linux-6.12.y stable
'

# Cover letters.
test_expect_success 'a cover letter keeps its text, and git counts anew' '
	git -C repo config branch.cover.description "$(
		printf "fix: mänd three files\n\nThey were wrong.\n  - in three ways\n")" &&
	git -C repo branch -q -f cover "$three" &&
	git -C repo format-patch -q --thread --cover-letter --cover-from-description=subject -v3 --stdout \
		base..cover >cover.mbox &&
	farrier -q -C ws import --name covered cover.mbox >/dev/null && branch mainline upstream &&
	conf covered series.skip "linux-6.12.y 3: not needed there" &&
	farrier -C ws export -s -o with-cover covered linux-6.12.y >out 2>err &&
	ls with-cover | sed -n 1p >actual && echo 0000-cover-letter.patch >expected &&
	test_cmp expected actual && grep "3 mails" out &&
	plain with-cover/0000-* | sed "1,/^MIME/d" >actual &&
	cat >expected <<-EOF &&
	Content-Type: text/plain; charset=UTF-8
	Content-Transfer-Encoding: 8bit
	To: stable@vger.kernel.org

	They were wrong.
	  - in three ways

	A U Thor (1):
	  bin: replace it

	Jörg Müller (1):
	  f: läßt line 20 change, in a subject that is so long that it has to be
	    folded

	 bin    | Bin 3 -> 3 bytes
	 code.c |   2 +-
	 empty  |   0
	 f      |   4 ++--
	 script |   0
	 5 files changed, 3 insertions(+), 3 deletions(-)
	 create mode 100644 empty
	 mode change 100644 => 100755 script


	base-commit: $(git -C repo rev-parse stable)
	--@
	GIT

	EOF
	sed -i "s/^--@/-- /" expected && test_cmp expected actual &&
	grep "^Subject: \[PATCH 6.12.y 0/2\] =?UTF-8?q?fix:=20m=C3=A4nd=20three=20files?=" with-cover/0000-* &&
	id=$(sed -n "s/^Message-ID: //p" with-cover/0000-*) &&
	test "$(grep -l "^In-Reply-To: $id" with-cover/* | wc -l)" = 2 && am stable with-cover
'

test_expect_success 'headers of a cover letter are encoded as those of patches' '
	GIT_COMMITTER_NAME="Jürgen Porter" farrier -C ws export -s -f -o with-cover covered linux-6.12.y \
		>out 2>err &&
	sed -n "s/^From: =/=/p" with-cover/0000-* >actual &&
	echo "=?UTF-8?q?J=C3=BCrgen=20Porter?= <committer@example.com>" >expected &&
	test_cmp expected actual && grep "^Signed-off-by: Jürgen Porter" with-cover/0001-*
'

test_expect_success 'the base of a snapshot ends the text of the cover letter' '
	branch linux-6.12.y "$(git -C repo commit-tree -F ../message-6.12 "stable^{tree}")" &&
	farrier -C ws export -f -o with-cover covered linux-6.12.y >out 2>err &&
	grep -A2 "in three ways" with-cover/0000-* | tail -1 >actual && echo "base: 6.12.5" >expected &&
	test_cmp expected actual && ! grep "^base" with-cover/0001-* && branch linux-6.12.y stable
'

test_expect_success 'misuse is exit code 2' '
	test_expect_code 2 farrier -C ws export &&
	test_expect_code 2 farrier -C ws export fix &&
	test_expect_code 2 farrier -C ws export fix linux-6.12.y mainline &&
	test_expect_code 2 farrier -C ws export nothing linux-6.12.y &&
	test_expect_code 2 farrier -C ws export fix nowhere &&
	test_expect_code 2 farrier -C ws export --reroll-count=0 fix linux-6.12.y &&
	test_expect_code 2 farrier -C ws export --upstream-line=x -o - fix linux-6.12.y
'

test_expect_success 'what a killed export left is no hindrance' '
	mkdir -p ws/.farrier/export/mails .killed.farrier && echo x >.killed.farrier/x &&
	farrier -C ws export -o killed fix linux-6.12.y >/dev/null 2>&1 &&
	test "$(ls killed | wc -l)" = 3 && ! test -e .killed.farrier && ! test -e ws/.farrier/export
'

test_expect_success 'a terminal gets nothing that a patch could do harm with' '
	git -C repo checkout -q -b escape base && printf "\033]0;x\007\n" >repo/escape &&
	printf "escape: add\n\nSigned-off-by: A U Thor <author@example.com>\n" | commit &&
	git -C repo checkout -q base && farrier -q -C ws import --name escape base..escape >/dev/null &&
	farrier -C ws export --local -o - escape linux-6.12.y 2>/dev/null >plain.mbox &&
	grep "$(printf "\033")" plain.mbox &&
	script -qec "$FARRIER -C ws export --local -o - --color=never escape linux-6.12.y" /dev/null >typed 2>&1 &&
	grep "^+.x1b\]0;x.x07" typed && ! grep "$(printf "\033")" typed
'

test_expect_success 'a clone that is cut off is enough' '
	git init -q --bare shallow.git &&
	git -C shallow.git fetch -q --depth=1 "file://$PWD/repo" stable:refs/farrier/tree/linux-6.12.y \
		upstream:refs/farrier/tree/mainline &&
	git config -f ws/farrier.conf kernel.repo "$PWD/shallow.git" &&
	farrier -C ws export --local -o cut-off mine linux-6.12.y >out 2>err &&
	grep -x "base-commit: $(git -C repo rev-parse stable)" cut-off/0001-* && am stable cut-off &&
	conf mine series.upstream "1: $two" &&
	farrier -C ws export -o - mine linux-6.12.y 2>err | grep -x "commit $two upstream." &&
	git config -f ws/series/mine/series.conf --unset series.upstream &&
	git config -f ws/farrier.conf kernel.repo "$PWD/repo"
'

need_kernel linux-6.12.y

# git am needs a work tree: one with the folders that the series touches, and the whole index.
test_expect_success KERNEL 'ev7-ipi on a real kernel: git am gives the tree of the port' '
	git clone -q --bare --shared "$KERNEL" kernel.git 2>/dev/null &&
	for name in linux-6.12.y mainline; do
		tip=$(git -C "$KERNEL" rev-parse -q --verify "refs/farrier/tree/$name") || continue
		git -C kernel.git update-ref "refs/farrier/tree/$name" "$tip" || return 1
	done &&
	farrier init real >/dev/null && cp -r "$FARRIER_SOURCE/series" real/ &&
	git config -f real/farrier.conf kernel.repo "$PWD/kernel.git" &&
	farrier -C real export --local -s --with-prerequisites -o ipi ev7-ipi linux-6.12.y >out 2>err &&
	! grep "^base-commit: " ipi/* && grep "^base: 6.12" ipi/0000-* &&
	grep "^no base-commit: linux-6.12.y is a snapshot" err &&
	git --git-dir=kernel.git worktree add -q --no-checkout --detach tree \
		"$(git -C kernel.git rev-parse "$REAL")" &&
	git -C tree sparse-checkout set --no-cone /arch/alpha/ /Documentation/admin-guide/kernel-parameters.txt &&
	git -C tree read-tree -mu HEAD &&
	for mail in "$PWD"/ipi/000[1-9]-*; do git -C tree am -q "$mail" || return 1; done &&
	git -C tree rev-parse "HEAD^{tree}" >actual &&
	farrier -C real port --json --stack alpha-fault-build ev7-ipi --onto linux-6.12.y >port.json &&
	jq -r ".ports[1].patches[-1].tree" port.json >expected &&
	test_cmp expected actual &&
	git -C tree format-patch -q --zero-commit --full-index --subject-prefix="PATCH 6.12.y v2" \
		-o ../by-git HEAD~3.. &&
	sed -n "/^diff/,\$p" ipi/0003-* >actual && sed -n "/^diff/,\$p" by-git/0002-alpha-smp-* >expected &&
	test_cmp expected actual
'

test_expect_success KERNEL 'for stable it is refused: the mainline at hand is a snapshot' '
	test_expect_code 1 farrier -C real export -o - ev7-ipi linux-6.12.y >out 2>err &&
	test_must_be_empty out && grep "not exported: ev7-ipi patch 1, .*upstream commit is not known" err
'

test_done
