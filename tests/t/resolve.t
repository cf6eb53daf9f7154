#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier resolve: a person finishes what does not fit, and it is recorded'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

STATE=ws/.farrier/resolve
B=linux-6.12.y
PORTS=ws/series/fix/ports/$B

SQ=\'

# numbers FIRST LAST: a file whose lines are all different
numbers () {
	seq -f 'line %g' "$1" "$2"
}

# edit FILE LINE TEXT: changes one line
edit () {
	sed "s/^line $2\$/$3/" "$1" >edit.tmp && cat edit.tmp >"$1" && rm edit.tmp
}

commit () {
	git -C repo add -A && git -C repo commit -q --no-verify -m "$1"
}

# onto REV: the branch is REV from now on
onto () {
	git -C repo update-ref refs/farrier/tree/$B "$1"
}

# series NAME MAIL: a series anew
series () {
	rm -rf "ws/series/$1" && farrier -q -C ws import --name "$1" "$2" >/dev/null
}

resolve () {
	farrier -q -C ws resolve fix $B "$@"
}

# at TREE ARG...: git in the work tree, with the user's own configuration
at () {
	tree=$STATE/$1/$B/tree && shift && git -C "$tree" "$@"
}

# decide FILE TEXT: puts TEXT in place of everything between markers
decide () {
	awk -v text="$2" '/^<<<<<<< /{skip = 1} !skip{print} /^>>>>>>> /{skip = 0; print text}' \
		"$STATE/fix/$B/tree/$1" >decide.tmp &&
	cat decide.tmp >"$STATE/fix/$B/tree/$1"
}

drop () {
	resolve --abort >/dev/null && rm -rf "$PORTS"
}

# What could disturb: hooks that fail, conversions, signing, filters. The user has all of it.
test_expect_success 'set up' '
	mkdir hooks && for hook in post-checkout pre-commit post-index-change commit-msg; do
		printf "#!/bin/sh\necho ran >>%s/hook-ran\nexit 1\n" "$PWD" >hooks/$hook &&
		chmod +x hooks/$hook || return 1
	done &&
	git config --global core.autocrlf true &&
	git config --global core.hooksPath "$PWD/hooks" &&
	git config --global core.fsmonitor "$PWD/hooks/pre-commit" &&
	git config --global commit.gpgSign true &&
	git config --global diff.noprefix true &&
	git config --global filter.bad.clean "sed s/line/filtered/" &&
	git config --global filter.bad.smudge "sed s/line/filtered/" &&
	git config --global filter.bad.required true &&

	git init -q -b base repo &&
	git -C repo config core.hooksPath /dev/null &&
	git -C repo config core.fsmonitor false &&
	git -C repo config core.autocrlf false &&
	git -C repo config commit.gpgSign false &&
	git -C repo config filter.bad.clean cat && git -C repo config filter.bad.smudge cat &&
	mkdir -p repo/dir/below repo/far/away &&
	numbers 1 60 >repo/dir/f && numbers 101 140 >repo/dir/g && numbers 201 240 >repo/far/h &&
	echo deep >repo/dir/below/deep && echo away >repo/far/away/x &&
	printf "one\r\ntwo\r\n" >repo/dir/crlf &&
	printf "* text eol=crlf\nf filter=bad\n" >repo/dir/.gitattributes &&
	printf "VERSION = 6\nPATCHLEVEL = 12\n" >repo/Makefile &&
	printf "#!/bin/sh\n" >repo/dir/script && ln -s f repo/dir/link &&
	printf "a\0b" >repo/dir/bin && echo gone >repo/dir/gone &&
	echo "* -text -filter" >repo/.git/info/attributes &&
	commit "base" &&

	git -C repo checkout -q -b stable &&
	edit repo/dir/f 5 "line 5 unrelated" && commit "f: something unrelated" &&
	edit repo/dir/f 20 "line 20 of ours" && commit "f: our own line 20" &&
	edit repo/dir/g 110 "line 110 of ours" && commit "g: our own" &&

	git -C repo checkout -q -b topic base &&
	edit repo/dir/f 20 "line 20 changed" && edit repo/dir/f 50 "line 50 changed" &&
	edit repo/dir/g 130 "line 130 changed" &&
	commit "f: change line 20

Because it is better.

Signed-off-by: A U Thor <author@example.com>" &&
	edit repo/far/h 220 "line 220 changed" && commit "h: change line 220" &&
	edit repo/dir/g 110 "line 110 changed" && commit "g: change line 110" &&
	git -C repo -c diff.noprefix=false format-patch -q --stdout base..topic >mails &&
	git -C repo checkout -q base &&

	farrier init ws && rm ws/kernels/branches/linux-5* ws/kernels/branches/linux-6.1.y* &&
	git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	onto stable && git -C repo update-ref refs/farrier/tree/mainline topic &&
	series fix mails
'

# Everything of the kernel repository and of the workspace, with contents.
everything () {
	git -C repo for-each-ref &&
	git -C repo status --porcelain &&
	find repo ws -type f -exec sha1sum {} + | sort -k2 &&
	find repo ws ! -type f | sort
}

test_expect_success 'a patch in conflict is opened, with exit code 1' '
	everything >before &&
	test_expect_code 1 farrier -C ws resolve fix $B >text 2>err &&
	head -1 text >actual &&
	echo "fix on $B, 6.12.0: patch 1 of 3 is in conflict" >expected &&
	test_cmp expected actual &&
	test_must_be_empty err
'

test_expect_success 'the files have zdiff3 markers where it conflicts, and the rest of the patch' '
	git -C repo show stable:dir/f >expected &&
	edit expected 50 "line 50 changed" &&
	blob=$(git -C repo rev-parse base:dir/f | cut -c1-12) &&
	sed -i "s/^line 20 of ours\$/<<<<<<< $B\nline 20 of ours\n||||||| what the patch was made for, $blob\nline 20\n=======\nline 20 changed\n>>>>>>> f: change line 20/" expected &&
	test_cmp expected $STATE/fix/$B/tree/dir/f &&
	git -C repo show stable:dir/g >expected && edit expected 130 "line 130 changed" &&
	test_cmp expected $STATE/fix/$B/tree/dir/g
'

test_expect_success 'it is a git work tree at the last good commit' '
	at fix rev-parse HEAD >actual && git -C repo rev-parse stable >expected &&
	test_cmp expected actual &&
	at fix log --format=%s -2 >actual &&
	printf "g: our own\nf: our own line 20\n" >expected && test_cmp expected actual &&
	at fix rev-parse --show-toplevel >actual && grep "/tree$" actual
'

test_expect_success 'what fits is staged, and git diff shows what does not' '
	at fix diff --cached --name-only --diff-filter=M >actual && echo dir/g >expected &&
	test_cmp expected actual &&
	at fix diff --name-only --diff-filter=U >actual && echo dir/f >expected &&
	test_cmp expected actual &&
	at fix show :1:dir/f >actual && git -C repo show base:dir/f >expected &&
	test_cmp expected actual &&
	at fix show :2:dir/f >actual && git -C repo show stable:dir/f >expected &&
	test_cmp expected actual
'

test_expect_success 'git finds nothing else changed: bytes, modes and links are those of the branch' '
	at fix status --porcelain >actual &&
	printf "UU dir/f\nM  dir/g\n" >expected && test_cmp expected actual &&
	printf "one\r\ntwo\r\n" >expected && test_cmp expected $STATE/fix/$B/tree/dir/crlf &&
	test "$(readlink $STATE/fix/$B/tree/dir/link)" = f
'

test_expect_success 'only the folders of the series and those above are checked out' '
	(cd $STATE/fix/$B/tree && find . -path ./.git -prune -o -type f -print | sort) >actual &&
	test_must_fail grep deep actual && test_must_fail grep away actual &&
	grep -x ./Makefile actual && grep -x ./far/h actual && grep -x ./dir/script actual
'

test_expect_success 'other branches can be looked at there' '
	at fix show farrier/mainline:dir/f >actual && git -C repo show topic:dir/f >expected &&
	test_cmp expected actual
'

test_expect_success 'the text says which commit touched the lines, what was wanted, what to do' '
	test_cmp text $STATE/fix/$B/RESOLVE.txt &&
	id=$(git -C repo rev-parse --short=12 stable~1) &&
	grep "$id .* A U Thor: f: our own line 20" text &&
	test_must_fail grep "something unrelated" text &&
	grep "^dir/f, hunk 1 of 2" text && test_must_fail grep "hunk 2" text &&
	grep "| -line 20 *$" text && grep "| +line 20 changed" text && grep "| +line 20 of ours" text &&
	grep "farrier resolve fix $B --continue" text && grep "farrier resolve fix $B --abort" text &&
	grep "cd .$PWD/$STATE/fix/$B/tree." text
'

test_expect_success 'no hook ran' '
	! test -e hook-ran
'

test_expect_success 'a second resolve says that there is one, and what to do' '
	test_expect_code 2 farrier -C ws resolve fix $B 2>err &&
	grep "in progress: patch 1" err && grep "^hint: .*tree.*RESOLVE.txt.*--continue.*--abort" err
'

test_expect_success 'while one works on it another one is refused' '
	exec 7<>$STATE/fix/$B.lock && flock 7 &&
	test_expect_code 3 farrier -C ws resolve --abort fix $B 7>&- 2>err; code=$? &&
	exec 7>&- &&
	grep "in use" err && test $code = 0 && test -d $STATE/fix/$B/tree
'

test_expect_success '--continue with markers left is refused, naming them' '
	test_expect_code 2 farrier -C ws resolve fix $B --continue -m note 2>err &&
	grep "conflict markers are left: dir/f:20, dir/f:22, dir/f:24, dir/f:26" err &&
	! test -e $PORTS
'

test_expect_success 'one marker is enough, of each kind' '
	cp $STATE/fix/$B/tree/dir/f marked &&
	for kind in "<<<<<<<" "|||||||" "=======" ">>>>>>>"; do
		grep -v "^[<|=>]\{7\}" marked >$STATE/fix/$B/tree/dir/f &&
		grep -m 1 "^$kind" marked >>$STATE/fix/$B/tree/dir/f &&
		test_expect_code 2 farrier -C ws resolve fix $B --continue -m note 2>err &&
		grep "markers are left: dir/f:" err || return 1
	done &&
	cp marked $STATE/fix/$B/tree/dir/f
'

test_expect_success '--continue where nothing is left of the patch is refused' '
	cp $STATE/fix/$B/tree/dir/g staged &&
	git -C repo show stable:dir/f >$STATE/fix/$B/tree/dir/f &&
	git -C repo show stable:dir/g >$STATE/fix/$B/tree/dir/g &&
	test_expect_code 2 farrier -C ws resolve fix $B --continue -m note 2>err &&
	grep "nothing of patch 1" err && grep "skip = $B 1" err &&
	cp marked $STATE/fix/$B/tree/dir/f && cp staged $STATE/fix/$B/tree/dir/g
'

test_expect_success '--continue without a terminal needs the note' '
	decide dir/f "line 20 of both" &&
	test_expect_code 2 farrier -C ws resolve fix $B --continue 2>err </dev/null &&
	grep -e "-m TEXT" err &&
	test_expect_code 2 farrier -C ws resolve fix $B --continue -m " " 2>err &&
	grep "no note" err && ! test -e $PORTS
'

test_expect_success 'with it the port is recorded, and the next conflict is opened' '
	test_expect_code 1 farrier -C ws resolve fix $B --continue \
		-m "6.12 has a line 20 of its own, and what stands in it is kept beside the change." >text &&
	grep "1  recorded" text && grep "2  clean" text && grep "3  conflict" text &&
	grep "^fix on $B, 6.12.0: patch 3 of 3 is in conflict" text
'

test_expect_success 'the port is the mail of git format-patch, with the note behind the message' '
	ls $PORTS >actual && echo 0001-f-change-line-20.patch >expected && test_cmp expected actual &&
	id=$(jq -r .patch_id $STATE/fix/$B/resolve.json) && test ${#id} = 40 &&
	sed -n "1,/^diff/p" $PORTS/0001-* | sed "s/^farrier-original: [0-9a-f]\{40\}$/farrier-original: ID/" >actual &&
	cat >expected <<-\EOF &&
	From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
	From: A U Thor <author@example.com>
	Date: Tue, 14 Nov 2023 22:13:20 +0000
	Subject: [PATCH] f: change line 20

	Because it is better.

	Signed-off-by: A U Thor <author@example.com>
	[ C O Mitter: 6.12 has a line 20 of its own, and what stands in it is
	  kept beside the change. ]
	---
	farrier-original: ID
	 dir/f | 4 ++--
	 dir/g | 2 +-
	 2 files changed, 3 insertions(+), 3 deletions(-)

	diff --git a/dir/f b/dir/f
	EOF
	test_cmp expected actual &&
	from=$(git -C repo rev-parse stable:dir/f) &&
	to=$(git -C repo show stable:dir/f | sed "s/^line 20 of ours/line 20 of both/;s/^line 50\$/line 50 changed/" | git hash-object --stdin) &&
	grep -x "index $from..$to 100644" $PORTS/0001-*
'

test_expect_success 'the work tree goes on from there' '
	at fix log --format=%s -3 >actual &&
	printf "h: change line 220\nf: change line 20\ng: our own\n" >expected &&
	test_cmp expected actual &&
	at fix status --porcelain >actual && echo "UU dir/g" >expected && test_cmp expected actual &&
	at fix show HEAD:dir/f >actual && grep "line 20 of both" actual
'

test_expect_success 'the last one ends it, and nothing of the session is left' '
	decide dir/g "line 110 of both" &&
	test_expect_code 0 farrier -C ws resolve --json fix $B --continue -m "Ours is kept." >out &&
	jq -e ".schema == 1 and .state == \"done\" and .worktree == null and .conflicts == [] and
		([.port.patches[].status] == [\"recorded\", \"clean\", \"recorded\"])" out &&
	test -s "$(jq -r .recorded out)" &&
	! test -e $STATE &&
	test_expect_code 0 farrier -C ws resolve fix $B >text && grep "nothing of .fix. is left" text &&
	! test -e $STATE
'

test_expect_success 'the ports replay in a clone that has nothing local' '
	git clone -q --bare --branch stable --single-branch "file://$PWD/repo" fresh.git &&
	git -C fresh.git update-ref refs/farrier/tree/$B refs/heads/stable &&
	cp -R ws ws2 && git config -f ws2/farrier.conf kernel.repo "$PWD/fresh.git" &&
	test_expect_code 0 farrier -C ws2 port --json fix --onto $B >out &&
	jq -e "[.ports[0].patches[].status] == [\"recorded\", \"clean\", \"recorded\"]" out &&
	git -C fresh.git show "$(jq -r ".ports[0].tip" out):dir/f" >actual &&
	grep "line 20 of both" actual && grep "line 50 changed" actual
'

test_expect_success '--abort leaves nothing: not a file, a ref or an object' '
	rm -rf $PORTS ws2 fresh.git &&
	git -C repo update-ref -d refs/farrier/port/fix/$B && everything >before &&
	test_expect_code 1 resolve >text &&
	echo mine >$STATE/fix/$B/tree/dir/mine && at fix commit -q -am wip --allow-empty &&
	test_expect_code 0 farrier -C ws resolve --json --abort fix $B >out &&
	jq -e ".state == \"aborted\"" out &&
	everything >after && test_cmp before after &&
	test_expect_code 0 farrier -C ws resolve --abort fix $B >text && grep "no resolve" text &&
	everything >after && test_cmp before after
'

test_expect_success 'a commit made in the work tree does not hide the change' '
	test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	at fix add -A && at fix commit -q -m "my own commit" &&
	test_expect_code 1 resolve --continue -m note >text &&
	grep "^+line 20 of both" $PORTS/0001-* && drop
'

# What 'farrier port' has written there is borrowed, although no ref holds it.
test_expect_success 'git gc --prune=now in the kernel repository does no harm to an open resolve' '
	test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	test_expect_code 1 resolve --continue -m note >text && decide dir/g "line 110 of both" &&
	head=$(at fix rev-parse HEAD) && git -C repo cat-file -e $head &&
	git -C repo for-each-ref --format="delete %(refname)" refs/farrier/port | git -C repo update-ref --stdin &&
	git -C repo gc -q --prune=now && test_must_fail git -C repo cat-file -e $head &&
	test "$(at fix log --format=%s -1)" = "h: change line 220" && at fix fsck --no-dangling &&
	at fix show :1:dir/g >actual && git -C repo show topic~1:dir/g >expected && test_cmp expected actual &&
	test_expect_code 0 farrier -q -C ws resolve --json fix $B --continue -m note >out &&
	jq -e "[.port.patches[].status] == [\"recorded\", \"clean\", \"recorded\"]" out &&
	rm -rf $PORTS
'

test_expect_success 'a branch that moved and whose old commit is pruned is said' '
	git -C repo checkout -q -b fleeting stable && echo x >repo/dir/x && commit x &&
	onto fleeting && git -C repo checkout -q base && test_expect_code 1 resolve >text &&
	id=$(git -C repo rev-parse --short=12 fleeting) && onto stable &&
	git -C repo branch -q -D fleeting && git -C repo reflog expire --expire=now --all &&
	git -C repo gc -q --prune=now && decide dir/f "line 20 of both" &&
	test_expect_code 2 resolve --continue -m note 2>err &&
	grep "commit $id, which .$B. was when this began, is gone" err && grep "hint: .*--abort" err &&
	grep "line 20 of both" $STATE/fix/$B/tree/dir/f && drop && test_expect_code 1 resolve >text && drop
'

test_expect_success '--continue without a resolve is refused' '
	test_expect_code 2 farrier -C ws resolve fix $B --continue -m x 2>err &&
	grep "no resolve" err && ! test -e $STATE
'

test_expect_success 'JSON has the conflicts with their commits' '
	test_expect_code 1 resolve --json >out &&
	jq -e ".schema == 1 and .state == \"open\" and .patch == 1 and .status == \"conflict\"" out &&
	test "$(jq -r .worktree out)" = "$PWD/$STATE/fix/$B/tree" &&
	jq -r ".conflicts[] | \"\(.path) \(.hunk) \(.line) \(.reason | length > 10)\"" out >actual &&
	echo "dir/f 1 17 true" >expected && test_cmp expected actual &&
	jq -r ".conflicts[0].commits[] | \"\(.commit) \(.subject) \(.on_branch)\"" out >actual &&
	echo "$(git -C repo rev-parse stable~1) f: our own line 20 true" >expected &&
	test_cmp expected actual &&
	drop
'

test_expect_success 'resolves of two series are open at once' '
	cp -R ws/series/fix ws/series/other &&
	test_expect_code 1 resolve >text &&
	test_expect_code 1 farrier -C ws resolve other $B >text &&
	test -d $STATE/fix/$B/tree && test -d $STATE/other/$B/tree &&
	farrier -C ws resolve --abort other $B && test -d $STATE/fix/$B/tree && ! test -e $STATE/other &&
	drop && rm -r ws/series/other
'

test_expect_success 'kill -9 at any time leaves a session, or none' '
	for delay in 0.01 0.02 0.03 0.05 0.08 0.12; do
		"$FARRIER" -q -C ws resolve fix $B >/dev/null 2>&1 & pid=$! &&
		sleep $delay && kill -9 $pid; wait $pid
		farrier -q -C ws resolve fix $B >text 2>err; code=$? &&
		case $code in
		1) grep "is in conflict" text ;;
		2) grep "in progress" err ;;
		*) false ;;
		esac &&
		test -s $STATE/fix/$B/RESOLVE.txt && grep -q "^<<<<<<< " $STATE/fix/$B/tree/dir/f &&
		drop || return 1
	done
'

test_expect_success 'what a kill left before the session was complete is made anew' '
	mkdir -p $STATE/fix/$B/tree/dir && echo junk >$STATE/fix/$B/tree/dir/f &&
	test_expect_code 1 farrier -C ws resolve fix $B >text 2>err && grep "interrupted" err &&
	grep "^<<<<<<< " $STATE/fix/$B/tree/dir/f && drop
'

test_expect_success '--full checks everything out' '
	drop && test_expect_code 1 resolve --full >text &&
	test -f $STATE/fix/$B/tree/far/away/x && test -f $STATE/fix/$B/tree/dir/below/deep && drop
'

test_expect_success 'more folders can be checked out, and files there changed' '
	drop && test_expect_code 1 resolve >text &&
	at fix sparse-checkout add far/away 2>/dev/null && test -f $STATE/fix/$B/tree/far/away/x &&
	decide dir/f "line 20 of both" && echo more >>$STATE/fix/$B/tree/far/away/x &&
	test_expect_code 1 resolve --continue -m "It needs x, too." >text &&
	grep "^+more" $PORTS/0001-* && drop
'

test_expect_success 'new files are recorded and named; what builds and editors leave is not' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	echo new >$STATE/fix/$B/tree/dir/new && : >$STATE/fix/$B/tree/dir/f.orig &&
	: >$STATE/fix/$B/tree/dir/.f.swp && : >"$STATE/fix/$B/tree/dir/f~" &&
	chmod +x $STATE/fix/$B/tree/dir/script && ln -sfn g $STATE/fix/$B/tree/dir/link &&
	rm $STATE/fix/$B/tree/dir/gone && printf "one\r\n2\r\n" >$STATE/fix/$B/tree/dir/crlf &&
	test_expect_code 1 resolve --continue -m note >text 2>err &&
	grep "warning: .dir/new. is new" err &&
	grep "^diff --git" $PORTS/0001-* | cut -d" " -f3 >actual &&
	printf "a/dir/%s\n" crlf f g gone link new script >expected && test_cmp expected actual &&
	farrier -C ws port --json fix --onto $B >out;
	tip=$(jq -r ".ports[0].patches[0].commit" out) &&
	git -C repo ls-tree "$tip" dir/script dir/link dir/gone | cut -c1-6 >actual &&
	printf "120000\n100755\n" >expected && test_cmp expected actual &&
	git -C repo show "$tip:dir/crlf" >actual && printf "one\r\n2\r\n" >expected &&
	test_cmp expected actual && drop
'

test_expect_success 'what the .gitignore of a source package ignores is recorded; what a build leaves is not' '
	git -C repo checkout -q -b packaged stable && mkdir repo/debian && echo x >repo/debian/x &&
	printf "*.o\n/*\n!/debian/\n" >repo/.gitignore && git -C repo add -f .gitignore &&
	commit packaged && onto packaged && git -C repo checkout -q base &&
	test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	mkdir $STATE/fix/$B/tree/dir/fresh $STATE/fix/$B/tree/top &&
	for file in dir/new.c "dir/fresh/*" top/new.h dir/new.o dir/fresh/.new.o.cmd top/f.rej; do
		echo new >"$STATE/fix/$B/tree/$file" || return 1
	done &&
	echo more >>$STATE/fix/$B/tree/dir/script &&
	at fix status --porcelain >actual && test_must_fail grep new actual &&
	test_expect_code 1 resolve --continue -m note >text 2>err &&
	for file in dir/new.c "dir/fresh/\*" top/new.h; do
		grep "warning: .$file. is new" err || return 1
	done &&
	grep "^diff --git" $PORTS/0001-* | cut -d" " -f3 >actual &&
	printf "a/%s\n" dir/f "dir/fresh/*" dir/g dir/new.c dir/script top/new.h >expected &&
	test_cmp expected actual && drop && onto stable
'

test_expect_success 'a change of a file that the patch does not touch is recorded, and said' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	echo "# stray" >>$STATE/fix/$B/tree/Makefile && rm $STATE/fix/$B/tree/dir/gone &&
	echo "# more" >>$STATE/fix/$B/tree/dir/g &&
	test_expect_code 1 resolve --continue -m note >text 2>err &&
	grep "also changed" err >actual &&
	for file in Makefile dir/gone; do
		echo "warning: also changed: $SQ$file$SQ, which the patch does not touch"
	done >expected &&
	test_cmp expected actual && grep "^+# stray" $PORTS/0001-* && drop
'

# git tells a file from the index by its times and its size; the copy of the index is younger.
test_expect_success 'a change within the second of the checkout, of the same size, is seen' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	at fix config core.trustctime false && touch -r $STATE/fix/$B/tree/dir/g time &&
	touch -r time $STATE/fix/$B/tree/.git/index &&
	edit $STATE/fix/$B/tree/dir/g "130 changed" "line 130 CHANGED" &&
	touch -r time $STATE/fix/$B/tree/dir/g && sleep 1 &&
	test_expect_code 1 resolve --continue -m note >text && grep "^+line 130 CHANGED" $PORTS/0001-* && drop
'

test_expect_success 'headings that look like markers are not taken for them' '
	git -C repo checkout -q -b headings stable &&
	printf "Title\n=======\n" >repo/dir/doc && commit "doc: a title" && onto headings &&
	git -C repo checkout -q base &&
	test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	printf "Title\n=======\n\nOther\n=======\n" >$STATE/fix/$B/tree/dir/doc &&
	test_expect_code 1 resolve --continue -m note >text && drop && onto stable
'

test_expect_success 'a patch that changed in the series meanwhile is refused' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	cp ws/series/fix/0001-* kept &&
	sed -i "s/^+line 20 changed/+line 20 changed again/" ws/series/fix/0001-* &&
	test_expect_code 2 farrier -C ws resolve fix $B --continue -m note 2>err &&
	grep "patch 1 of series .fix. is another one now" err &&
	cp kept "$(echo ws/series/fix/0001-*)" && drop
'

test_expect_success 'a branch that moves meanwhile is said, and the port tried on it' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	git -C repo checkout -q -b moved stable && edit repo/dir/f 40 "line 40 moved" && commit moved &&
	onto moved && git -C repo checkout -q base &&
	test_expect_code 1 farrier -C ws resolve fix $B --continue -m note >text 2>err &&
	grep "has moved since" err && grep "1  recorded" text && drop && onto stable
'

test_expect_success 'where the preimage is not known, hunks stand with their own lines beside the likest' '
	sed "/^index /d" mails >bare && series fix bare &&
	{ numbers 501 503; git -C repo show stable:dir/f; } >longer &&
	git -C repo checkout -q -b longer stable && cp longer repo/dir/f && commit longer && onto longer &&
	git -C repo checkout -q base &&
	test_expect_code 1 resolve >text &&
	edit longer 50 "line 50 changed" &&
	sed "s/^line 20 of ours\$/<<<<<<< $B\nline 20 of ours\n||||||| what hunk 1 of the patch expects\nline 20\n=======\nline 20 changed\n>>>>>>> f: change line 20/" longer >expected &&
	test_cmp expected $STATE/fix/$B/tree/dir/f &&
	grep "what is most like it begins at line 20" text && grep "the text it was made for is not known" text &&
	grep "our own line 20" text &&
	at fix diff --name-only >actual && echo dir/f >expected && test_cmp expected actual &&
	drop
'

test_expect_success 'nothing like it: the markers stand where the hunk says, with nothing of the branch' '
	git -C repo checkout -q -b nothing stable && seq 1 30 >repo/dir/f && commit nothing && onto nothing &&
	git -C repo checkout -q base &&
	test_expect_code 1 resolve >text &&
	sed -n 17,18p $STATE/fix/$B/tree/dir/f >actual &&
	printf "<<<<<<< %s\n||||||| what hunk 1 of the patch expects\n" $B >expected &&
	test_cmp expected actual && grep "^dir/f, hunk 2 of 2" text && drop && onto stable
'

test_expect_success 'a fuzzy patch is opened with the guess in place, unstaged, and can be confirmed' '
	git -C repo checkout -q -b near base && edit repo/dir/f 17 "line 17 of ours" && commit near &&
	onto near && git -C repo checkout -q base &&
	test_expect_code 1 resolve >text &&
	head -1 text >actual && echo "fix on $B, 6.12.0: patch 1 of 3 fits by a guess" >expected &&
	test_cmp expected actual &&
	grep "hunk 1 of 2" text && grep "less context" text && test_must_fail grep "hunk 2" text &&
	at fix diff --name-only >actual && echo dir/f >expected && test_cmp expected actual &&
	test_expect_code 0 resolve --continue -m "Looked at: only the context differs." >text &&
	grep "1  recorded" text &&
	farrier -C ws port fix --onto $B && drop
'

test_expect_success 'a stale port is gone on from, and its note is shown' '
	series fix mails && onto stable &&
	test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	test_expect_code 1 resolve --continue -m "Kept ours." >text && farrier -q -C ws resolve --abort fix $B &&
	git -C repo checkout -q -b later stable && edit repo/dir/g 130 "line 130 later" &&
	commit "g: later" && onto later && git -C repo checkout -q base &&
	test_expect_code 1 resolve >text &&
	grep "patch 1 of 3 has a recorded port that no longer fits" text && grep "its note: Kept ours" text &&
	grep "g: later" text && grep "^dir/g, hunk 1" text &&
	grep "line 20 of both" $STATE/fix/$B/tree/dir/f &&
	decide dir/g "line 130 of both" &&
	test_expect_code 1 resolve --continue -m "Kept both." >text && grep "1  recorded" text &&
	test "$(ls $PORTS | wc -l)" = 1 &&
	grep "^\[ C O Mitter: Kept both. \]" $PORTS/0001-* && test_must_fail grep "Kept ours" $PORTS/0001-* &&
	drop && onto stable
'

test_expect_success 'a file that the branch has elsewhere is marked there' '
	git -C repo checkout -q -b elsewhere stable &&
	mkdir repo/place && git -C repo mv dir/f place/f && commit elsewhere && onto elsewhere &&
	git -C repo checkout -q base &&
	test_expect_code 1 resolve >text &&
	grep "dir/f is place/f on the branch" text && grep "^<<<<<<< " $STATE/fix/$B/tree/place/f &&
	! test -e $STATE/fix/$B/tree/dir/f && drop && onto stable
'

test_expect_success 'names that the branch lacks, and where they are' '
	git -C repo checkout -q -b names base &&
	printf "%s\n" a b c "	old_helper(x);" d e f >repo/dir/n.c && commit n &&
	git -C repo checkout -q -b names-topic &&
	sed -i "s/old_helper(x)/old_helper(y)/" repo/dir/n.c && commit "n: call it with y" &&
	git -C repo -c diff.noprefix=false format-patch -q -1 --stdout | sed "/^index/d" >mail &&
	git -C repo checkout -q -b names-branch names &&
	printf "%s\n" a b c "	helper2();" d e f >repo/dir/n.c &&
	printf "int x;\n\nvoid old_helper(int x);\n" >repo/far/away/n.h &&
	printf "void old_helper(int x)\n" >repo/dir/below/m.c && commit "n: other" && onto names-branch &&
	git -C repo checkout -q base && series fix mail &&
	test_expect_code 1 resolve >text &&
	grep "old_helper. is not in this file, but in dir/below/m.c:1" text && drop &&
	git -C repo checkout -q -b names-gone names-branch && rm repo/dir/below/m.c && commit gone &&
	onto names-gone && git -C repo checkout -q base &&
	test_expect_code 1 resolve >text && grep "old_helper. is not in this file, nor below dir" text &&
	drop && series fix mails && onto stable
'

test_expect_success 'commits where the series comes from, which the branch lacks, are named' '
	git -C repo checkout -q -b upstream base && edit repo/dir/f 21 "line 21 upstream" &&
	commit "f: what the branch lacks" &&
	edit repo/dir/f 22 "line 22 fixed" && commit "f: change line 22" &&
	git -C repo -c diff.noprefix=false format-patch -q -1 --stdout >mail &&
	git -C repo update-ref refs/farrier/tree/mainline upstream~1 &&
	git -C repo checkout -q base && onto stable &&
	rm -rf ws/series/fix && farrier -q -C ws import --name fix --base mainline mail >out &&
	test_expect_code 1 resolve --json >out &&
	jq -r ".conflicts[].commits[] | \"\(.on_branch) \(.subject)\"" out | sort >actual &&
	printf "false f: what the branch lacks\ntrue f: our own line 20\n" >expected &&
	test_cmp expected actual &&
	grep "may lack" $STATE/fix/$B/RESOLVE.txt && drop && series fix mails
'

test_expect_success 'a branch that is a snapshot has no history, and that is said' '
	tree=$(git -C repo rev-parse "stable^{tree}") &&
	snapshot=$(printf "linux 6.12\n\nFarrier-Snapshot: package\n" | git -C repo commit-tree $tree) &&
	onto $snapshot &&
	test_expect_code 1 resolve >text &&
	grep "is a snapshot without history" text && grep "| +line 20 of ours" text &&
	drop && onto stable
'

test_expect_success 'binary files, links and deletions are left, with the way to take the other side' '
	git -C repo checkout -q -b whole base &&
	printf "a\0c" >repo/dir/bin && git -C repo rm -q dir/gone && edit repo/far/h 220 new &&
	commit "bin: change" && git -C repo -c diff.noprefix=false format-patch -q --binary -1 --stdout >mail &&
	git -C repo checkout -q -b whole-branch base &&
	printf "z\0z" >repo/dir/bin && echo kept >repo/dir/gone && commit other && onto whole-branch &&
	git -C repo checkout -q base && series fix mail &&
	test_expect_code 1 resolve >text &&
	printf "z\0z" >expected && test_cmp expected $STATE/fix/$B/tree/dir/bin &&
	echo kept >expected && test_cmp expected $STATE/fix/$B/tree/dir/gone &&
	grep "git rm -- dir/gone" text && grep "git cat-file blob .*>dir/bin" text &&
	(cd $STATE/fix/$B/tree && git rm -q dir/gone) &&
	test_expect_code 0 farrier -C ws resolve fix $B --continue -m "bin is left out" >text 2>err &&
	grep "warning: .dir/bin. is as the branch has it" err &&
	grep "^deleted file" $PORTS/0001-* && drop && series fix mails && onto stable
'

test_expect_success 'a new file that the branch has otherwise is merged with nothing as its past' '
	git -C repo checkout -q -b adds base && printf "%s\n" a b c >repo/dir/new && commit adds &&
	git -C repo -c diff.noprefix=false format-patch -q -1 --stdout >mail &&
	git -C repo checkout -q -b adds-branch base && printf "%s\n" a x c >repo/dir/new && commit other &&
	onto adds-branch && git -C repo checkout -q base && series fix mail &&
	test_expect_code 1 resolve >text &&
	printf "a\n<<<<<<< $B\nx\n||||||| nothing: the patch makes this file\n=======\nb\n>>>>>>> adds\nc\n" >expected &&
	test_cmp expected $STATE/fix/$B/tree/dir/new && drop && series fix mails && onto stable
'

test_expect_success 'what a series needs is below it, and resolved first' '
	git -C repo -c diff.noprefix=false format-patch -q -1 --stdout topic~1 >mail && series below mail &&
	git config -f ws/series/fix/series.conf series.prerequisite below &&
	test_expect_code 1 resolve >text &&
	at fix log --format=%s -1 >actual && echo "h: change line 220" >expected && test_cmp expected actual &&
	drop &&
	git -C repo checkout -q -b below-conflict stable && edit repo/far/h 220 ours && commit ours &&
	onto below-conflict && git -C repo checkout -q base &&
	test_expect_code 2 farrier -C ws resolve fix $B 2>err &&
	grep "hint: farrier resolve below $B" err && ! test -e $STATE &&
	git config -f ws/series/fix/series.conf --unset series.prerequisite && onto stable
'

test_expect_success 'an editor asks for the note, as git would' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	cat >ed <<-\EOF &&
	#!/bin/sh
	cat "$2" >"$OUT" && { echo; echo "Said in $1."; echo "# not this"; } >>"$2"
	EOF
	chmod +x ed && OUT=$PWD/template && export OUT &&
	GIT_EDITOR="\"$PWD/ed\" \"an editor\"" script -qec "$FARRIER -C ws resolve fix $B --continue" /dev/null >text </dev/null;
	grep "# What was adapted" template && grep "f: change line 20" template &&
	grep "^\[ C O Mitter: Said in an editor. \]" $PORTS/0001-* && drop
'

test_expect_success 'an editor that fails, or says nothing, records nothing' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	GIT_EDITOR=false script -qec "$FARRIER -C ws resolve fix $B --continue" /dev/null >text </dev/null;
	grep "the editor .false. failed" text && ! test -e $PORTS &&
	GIT_EDITOR=true script -qec "$FARRIER -C ws resolve fix $B --continue" /dev/null >text </dev/null;
	grep "no note" text && ! test -e $PORTS && drop
'

test_expect_success 'a recorded port of odd names and texts is read back as it was' '
	git -C repo checkout -q -b odd stable && git -C repo checkout -q -b odd-topic &&
	printf "%s\n" "a space" >"repo/dir/a file" && printf "%s" "no newline" >"repo/dir/\303\244" &&
	commit "$(printf "dir: \303\266dd names\n\nBody \342\200\224 with a dash.")" &&
	edit repo/dir/f 40 changed && commit "f: change 40" &&
	git -C repo -c diff.noprefix=false format-patch -q -2 --stdout >mail &&
	git -C repo checkout -q odd && mkdir "repo/dir/b" && echo other >"repo/dir/a file" && commit o && onto odd &&
	git -C repo checkout -q base && series fix mail &&
	test_expect_code 1 resolve >text && decide "dir/a file" "a space" &&
	test_expect_code 0 farrier -C ws resolve --json fix $B --continue -m "$(printf "\303\234ber")" >out &&
	jq -e "[.port.patches[].status] == [\"recorded\", \"clean\"]" out &&
	git -C repo log -1 --format=%B "$(jq -r ".port.patches[0].commit" out)" >actual &&
	printf "dir: \303\266dd names\n\nBody \342\200\224 with a dash.\n\n[ C O Mitter: \303\234ber ]\n\n" >expected &&
	test_cmp expected actual && drop && series fix mails && onto stable
'

test_expect_success 'history is followed through merges, and lines that only went are seen' '
	git -C repo checkout -q -b side base && sed -i "/^line 19\$/d" repo/dir/f && commit "f: drop line 19" &&
	git -C repo checkout -q -b merged stable~3 && edit repo/dir/g 101 changed && commit "g: meanwhile" &&
	git -C repo merge -q --no-edit -m "a merge" side && onto merged && git -C repo checkout -q base &&
	test_expect_code 1 resolve --json >out &&
	jq -r ".conflicts[].commits[].subject" out >actual && echo "f: drop line 19" >expected &&
	test_cmp expected actual && drop && onto stable
'

test_expect_success 'a shallow clone says where its history begins' '
	git clone -q --bare --depth 2 --branch stable "file://$PWD/repo" shallow.git &&
	git -C shallow.git update-ref refs/farrier/tree/$B refs/heads/stable &&
	git config -f ws/farrier.conf kernel.repo "$PWD/shallow.git" &&
	test_expect_code 1 resolve >text &&
	grep "history begins at $(git -C repo rev-parse --short=12 stable~1)" text &&
	at fix log --format=%s >actual && printf "g: our own\nf: our own line 20\n" >expected &&
	test_cmp expected actual && drop &&
	git config -f ws/farrier.conf kernel.repo "$PWD/repo"
'

test_expect_success 'a patch that renames is marked under the new name' '
	git -C repo checkout -q -b renames base && git -C repo mv dir/f dir/ff &&
	edit repo/dir/ff 20 "line 20 changed" && commit "f: rename" &&
	git -C repo -c diff.noprefix=false format-patch -q -M -1 --stdout >mail && git -C repo checkout -q base &&
	series fix mail &&
	test_expect_code 1 resolve >text && ! test -e $STATE/fix/$B/tree/dir/f &&
	grep "^line 20 of ours" $STATE/fix/$B/tree/dir/ff && decide dir/ff "line 20 of both" &&
	test_expect_code 0 resolve --continue -m note >text 2>err && test_must_be_empty err &&
	grep "^rename to dir/ff" $PORTS/0001-* && drop && series fix mails
'

test_expect_success 'a port whose patch changed in the series is stale, and shown as it was' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	test_expect_code 1 resolve --continue -m "Kept ours." >text && farrier -q -C ws resolve --abort fix $B &&
	sed -i "s/^+line 50 changed/+line 50 changed again/" ws/series/fix/0001-* &&
	test_expect_code 1 resolve >text && grep "the patch has changed since its port was recorded" text &&
	grep "line 20 of both" $STATE/fix/$B/tree/dir/f &&
	sed -i "s/^line 50 changed/& again/" $STATE/fix/$B/tree/dir/f &&
	test_expect_code 1 resolve --continue -m "Kept ours." >text && grep "1  recorded" text && drop &&
	series fix mails
'

test_expect_success 'a repository inside the work tree is refused' '
	drop && test_expect_code 1 resolve >text && decide dir/f "line 20 of both" &&
	git init -q $STATE/fix/$B/tree/dir/inner &&
	git -C $STATE/fix/$B/tree/dir/inner commit -q --no-verify --no-gpg-sign --allow-empty -m x &&
	test_expect_code 2 farrier -C ws resolve fix $B --continue -m note 2>err &&
	grep "dir/inner. is a git repository" err && drop
'

test_expect_success '--abort needs neither the series nor the repository' '
	drop && test_expect_code 1 resolve >text && mv ws/series/fix kept-series && mv repo kept-repo &&
	farrier -C ws resolve fix $B --abort; code=$?; mv kept-series ws/series/fix && mv kept-repo repo &&
	test $code = 0 && ! test -e $STATE
'

test_expect_success 'a work tree that is gone is not made anew by --continue' '
	drop && test_expect_code 1 resolve >text && rm -rf $STATE/fix/$B/tree &&
	test_expect_code 2 farrier -C ws resolve fix $B --continue -m note 2>err &&
	grep "is gone" err && ! test -e $STATE/fix/$B/tree && drop
'

test_expect_success 'a subject with escapes reaches no terminal and no file' '
	sed "0,/^Subject: .*/s//Subject: [PATCH 1\/3] =?utf-8?q?f=3A_=1B=5B2Jboo?=/" mails >mail && series fix mail &&
	test_expect_code 1 resolve >text &&
	test_must_fail grep "$(printf "\033")" text $STATE/fix/$B/RESOLVE.txt $STATE/fix/$B/tree/dir/f &&
	grep "boo" text && drop && series fix mails
'

test_expect_success 'misuse is exit code 2 and leaves nothing' '
	test_expect_code 2 farrier -C ws resolve fix 2>err &&
	test_expect_code 2 farrier -C ws resolve fix nowhere 2>err && grep nowhere err &&
	test_expect_code 2 farrier -C ws resolve ../fix $B 2>err &&
	test_expect_code 2 farrier -C ws resolve fix ../$B 2>err &&
	test_expect_code 2 farrier -C ws resolve nofix $B 2>err && grep "no series" err &&
	test_expect_code 2 farrier -C ws resolve fix $B -m x 2>err &&
	test_expect_code 2 farrier -C ws resolve fix $B --abort --continue 2>err &&
	git -C repo update-ref -d refs/farrier/tree/mainline &&
	test_expect_code 2 farrier -C ws resolve fix mainline 2>err && grep "tree import mainline" err &&
	! test -e $STATE
'

need_shared mail/ev7-v1-thread.mbox
need_kernel $B

test_expect_success SHARED,KERNEL 'v1 of the EV7 series on a real kernel: two conflicts, each explained' '
	git clone -q --bare --shared "$KERNEL" kernel.git &&
	git -C kernel.git update-ref $REAL "$(git -C "$KERNEL" rev-parse $REAL)" &&
	git config -f ws/farrier.conf kernel.repo "$PWD/kernel.git" &&
	series fix "$FARRIER_SHARED/mail/ev7-v1-thread.mbox" &&
	test_expect_code 1 resolve >text &&
	grep "^arch/alpha/mm/tlbflush.c, hunk 1 of 1" text && grep "is a snapshot without history" text &&
	at fix ls-files -t arch/alpha/kernel/smp.c kernel/fork.c >actual &&
	printf "H arch/alpha/kernel/smp.c\nS kernel/fork.c\n" >expected && test_cmp expected actual &&
	decide arch/alpha/mm/tlbflush.c "	spin_unlock(\&alpha_smp_ipi_lock);" &&
	test_expect_code 1 resolve --continue -m "6.12 clears contexts elsewhere." >text &&
	grep "^arch/alpha/kernel/irq_alpha.c, hunk 1 of 1" text &&
	grep "irq_enter. is not in this file, but in arch/alpha/kernel/irq.c:" text &&
	grep "^||||||| what hunk 1 of the patch expects" $STATE/fix/$B/tree/arch/alpha/kernel/irq_alpha.c &&
	at fix log --format=%an -1 >actual && echo "Matt Turner" >expected && test_cmp expected actual &&
	drop
'

test_done
