#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier tree fills branches from tarballs, packages and git'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

REF=refs/farrier/tree/b
REPO=$XDG_CACHE_HOME/farrier/linux.git
REAL_GIT=$(command -v git)
export REAL_GIT

# new_workspace DIR: with the one branch 'b', and further lines of its conf from stdin.
new_workspace () {
	farrier init "$1" >/dev/null &&
	rm "$1"/kernels/branches/* &&
	{
		printf "[branch]\n\tref = %s\n\tarch = alpha\n\tconfig = alpha-smp\n" "$REF" &&
		cat
	} >"$1/kernels/branches/b.conf"
}

in_repo () {
	git --git-dir="$REPO" "$@"
}

fresh_repo () {
	rm -rf "$REPO"
}

# import ARG...: fills branch b of workspace 'ws'.
import () {
	farrier -C ws tree import b "$@"
}

# git_tree FOLDER: the tree id that git itself makes of a folder.
git_tree () {
	(
		rm -rf git-tree.git && git init -q --bare git-tree.git &&
		GIT_DIR=$PWD/git-tree.git && GIT_WORK_TREE=$1 && export GIT_DIR GIT_WORK_TREE &&
		git -C "$1" add -A -f . 2>/dev/null && git write-tree
	)
}

# A kernel of all kinds of files.
long=$(printf "%0160d" 0)
mkdir -p linux-9.9/arch linux-9.9/empty-folder "linux-9.9/$long" &&
(
	cd linux-9.9 &&
	printf "VERSION = 9\nPATCHLEVEL = 9\nSUBLEVEL = 2\nEXTRAVERSION =\n" >Makefile &&
	printf "#!/bin/sh\n" >run.sh && chmod 755 run.sh &&
	printf "all\n" >group-only && chmod 654 group-only &&
	: >empty &&
	printf "ignored\n" >.gitignore && : >ignored &&
	printf "*.txt text\n" >.gitattributes && printf "unix\n" >a.txt &&
	printf "x\n" >"$long/$long" &&
	printf "x\n" >"name with \"quotes\", spaces and \\" &&
	printf "x\n" >"$(printf "new\nline")" &&
	printf "x\n" >"$(printf "composed-\303\251")" &&
	printf "x\n" >"$(printf "decomposed-e\314\201")" &&
	printf "x\n" >"$(printf "latin1-\351")" &&
	printf "original\n" >arch/original && ln arch/original copy && ln run.sh arch/run-too &&
	ln -s arch/original link && ln -s nowhere/at-all dangling && ln -s "$long/$long" far &&
	ln -s arch folder-link &&
	printf "no newline at end" >arch/no-newline &&
	head -c 300000 /dev/zero >arch/zeros
)

test_expect_success 'setup' '
	new_workspace ws </dev/null &&
	git_tree "$PWD/linux-9.9" >expected &&
	tar --format=gnu -cf linux-9.9.tar linux-9.9
'

for format in pax gnu; do
	test_expect_success "a $format tarball gives the tree that git makes of it unpacked" '
		fresh_repo &&
		tar --format=$format -cf $format.tar linux-9.9 &&
		import --tarball $format.tar &&
		in_repo rev-parse $REF^{tree} >actual &&
		test_cmp expected actual
	'
done

for suffix in gz bz2 xz zst; do
	test_expect_success "so does a tarball.$suffix" '
		fresh_repo &&
		tar -caf linux-9.9.tar.$suffix linux-9.9 &&
		import --tarball linux-9.9.tar.$suffix &&
		in_repo rev-parse $REF^{tree} >actual &&
		test_cmp expected actual
	'
done

test_expect_success 'the name says nothing: a compressed tarball may be called anything' '
	fresh_repo &&
	cp linux-9.9.tar.xz anything &&
	import --tarball anything &&
	in_repo rev-parse $REF^{tree} >actual &&
	test_cmp expected actual
'

test_expect_success 'a sparse file is filled with zeros' '
	fresh_repo &&
	mkdir sparse && truncate -s 3M sparse/hole && printf end >>sparse/hole &&
	tar --sparse -cf sparse.tar sparse &&
	import --tarball sparse.tar &&
	git_tree "$PWD/sparse" >sparse-tree &&
	in_repo rev-parse $REF^{tree} >actual &&
	test_cmp sparse-tree actual
'

test_expect_success 'a common leading folder is left away, in whatever way it is written' '
	fresh_repo &&
	tar -cf dot.tar ./linux-9.9 &&
	import --tarball dot.tar &&
	in_repo rev-parse $REF^{tree} >actual &&
	test_cmp expected actual
'

test_expect_success 'nothing is left away when there is more than one folder' '
	mkdir two && cp -R linux-9.9 two/a && cp -R linux-9.9 two/b &&
	tar -C two -cf two.tar a b &&
	import --tarball two.tar &&
	git_tree "$PWD/two" >two-tree &&
	in_repo rev-parse $REF^{tree} >actual &&
	test_cmp two-tree actual
'

test_expect_success 'a later entry replaces an earlier one of that name, as with tar' '
	mkdir -p again/linux-9.9 && echo newer >again/linux-9.9/a.txt &&
	cp linux-9.9.tar twice.tar && tar -C again -rf twice.tar linux-9.9/a.txt &&
	import --tarball twice.tar &&
	echo newer >newer &&
	in_repo cat-file -p $REF:a.txt >actual &&
	test_cmp newer actual
'

test_expect_success 'the commit is a snapshot, and knows of what' '
	fresh_repo &&
	import --tarball linux-9.9.tar &&
	in_repo log -1 --format="%P%an <%ae> %cn <%ce>%n%s%n%(trailers:key=Farrier-Snapshot)%(trailers:key=Farrier-Source)" \
		$REF | sed "/^$/d" >actual &&
	cat >wanted <<-EOF &&
	farrier <farrier@localhost> farrier <farrier@localhost>
	linux 9.9.2 snapshot
	Farrier-Snapshot: linux-9.9.tar
	Farrier-Source: sha256:$(sha256sum <linux-9.9.tar | cut -d" " -f1)
	EOF
	test_cmp wanted actual
'

test_expect_success 'its date is that of the newest entry' '
	mkdir dated && cp linux-9.9/Makefile dated/ && echo >dated/other &&
	touch -d "2020-02-03 04:05:06 UTC" dated/Makefile dated &&
	touch -d "2021-02-03 04:05:06 UTC" dated/other &&
	tar -cf dated.tar dated &&
	import --tarball dated.tar &&
	echo "1612325106 +0000 1612325106 +0000" >wanted &&
	in_repo log -1 --date=raw --format="%ad %cd" $REF >actual &&
	test_cmp wanted actual
'

test_expect_success 'the same tarball gives the same commit on another machine' '
	import --tarball linux-9.9.tar &&
	in_repo rev-parse $REF >wanted &&
	(
		XDG_CACHE_HOME=$PWD/other-cache && TZ=Asia/Tokyo && LC_ALL=C &&
		export XDG_CACHE_HOME TZ LC_ALL && umask 077 &&
		import --tarball linux-9.9.tar
	) &&
	git --git-dir=other-cache/farrier/linux.git rev-parse $REF >actual &&
	test_cmp wanted actual
'

test_expect_success 'the repository is sound' '
	in_repo fsck --strict --no-dangling
'

test_expect_success 'what the repository has already is not stored twice' '
	fresh_repo &&
	import --tarball linux-9.9.tar &&
	echo more >linux-9.9/more && tar -cf more.tar linux-9.9 && rm linux-9.9/more &&
	import --tarball more.tar &&
	in_repo count-objects -v >counts &&
	grep "^count: 0" counts && grep "^prune-packable: 0" counts &&
	in_repo rev-list --objects --all --reflog --indexed-objects | wc -l >reachable &&
	in_repo cat-file --batch-all-objects --batch-check="%(objectname)" --unordered | sort >all &&
	for idx in "$REPO"/objects/pack/*.idx; do
		in_repo show-index <"$idx" || return 1
	done | cut -d" " -f2 | sort >packed &&
	test_cmp all packed
'

test_expect_success 'again with the same tarball there is nothing to do' '
	import --tarball linux-9.9.tar &&
	find "$REPO" -type f -exec sha256sum {} + | grep -v lock | sort >before &&
	import --tarball linux-9.9.tar >out &&
	grep "nothing to do, it has 9.9.2, snapshot of linux-9.9.tar" out &&
	import --tarball linux-9.9.tar --json >json &&
	jq -e ".changed == false and .branch.version == \"9.9.2\"" json &&
	find "$REPO" -type f -exec sha256sum {} + | grep -v lock | sort >after &&
	test_cmp before after
'

test_expect_success 'a tarball that changed under its name is imported' '
	mkdir -p changed/linux-9.9 && cp linux-9.9/Makefile changed/linux-9.9/ &&
	tar -C changed -cf changed/linux-9.9.tar linux-9.9 &&
	import --tarball changed/linux-9.9.tar --json >json &&
	jq -e ".changed and .branch.snapshot == \"linux-9.9.tar\"" json &&
	echo Makefile >wanted && in_repo ls-tree --name-only $REF >actual &&
	test_cmp wanted actual
'

test_expect_success '--force imports again, to the same commit' '
	import --tarball linux-9.9.tar &&
	in_repo rev-parse $REF >wanted &&
	import --tarball linux-9.9.tar --force 2>err &&
	grep "importing linux-9.9.tar" err &&
	in_repo rev-parse $REF >actual &&
	test_cmp wanted actual
'

test_expect_success 'what is no kernel is imported with a warning' '
	mkdir plain && echo x >plain/x && tar -cf plain.tar plain &&
	import --tarball plain.tar 2>err &&
	grep "warning: .plain.tar. is no kernel" err
'

# refuses WHAT FILE: exit 2, a message, and nothing changed.
refuses () {
	in_repo for-each-ref >refs-before &&
	test_expect_code 2 import --tarball "$2" 2>err >out &&
	cat err && grep "$1" err && ! test -s out &&
	in_repo for-each-ref >refs-after &&
	test_cmp refs-before refs-after &&
	! ls "$REPO"/objects/tmp_farrier-* 2>/dev/null
}

test_expect_success 'entries that would leave the tree are refused' '
	fresh_repo && import --tarball linux-9.9.tar &&
	echo x >x &&
	tar -cPf up.tar --transform "s,^x\$,a/../../x," x && refuses "leads out of the tree" up.tar &&
	tar -cPf absolute.tar --transform "s,^x\$,/etc/x," x && refuses "absolute path" absolute.tar
'

test_expect_success 'entries that would be git configuration are refused' '
	for name in .git/config a/.git/hooks/x .GIT/config git~1/config; do
		tar -cf dotgit.tar --transform "s,^x\$,$name," x && refuses "git.s own" dotgit.tar || return 1
	done
'

test_expect_success 'devices and fifos are refused' '
	mkdir -p fifo && cp linux-9.9/Makefile fifo/ && mkfifo fifo/pipe && tar -cf fifo.tar fifo &&
	refuses "fifo/pipe. is no file, link or folder" fifo.tar
'

test_expect_success 'a hard link to what is not there is refused' '
	mkdir hard && echo x >hard/a && ln hard/a hard/b &&
	tar -cf hard.tar hard/a hard/b && tar --delete -f hard.tar hard/a &&
	refuses "hard link to .hard/a., which is not there" hard.tar
'

test_expect_success 'files that are no archive, or damaged, are refused' '
	head -c 100000 linux-9.9.tar >short.tar && refuses "cannot be read" short.tar &&
	head -c 500 linux-9.9.tar.xz >short.tar.xz && refuses "cannot be read" short.tar.xz &&
	head -c 700 linux-9.9.tar.gz >short.tar.gz && refuses "cannot be read" short.tar.gz &&
	cp linux-9.9.tar flipped.tar && printf X | dd of=flipped.tar bs=1 seek=100 conv=notrunc 2>/dev/null &&
	refuses "cannot be read" flipped.tar &&
	seq 1 1000 >text && refuses "cannot be read" text &&
	: >nothing && refuses "cannot be read" nothing &&
	refuses "cannot open .missing.tar" missing.tar &&
	refuses "no regular file" linux-9.9 &&
	mkfifo pipe && refuses "no regular file" pipe
'

test_expect_success 'an archive without files is refused' '
	mkdir -p hollow/a && tar -cf hollow.tar hollow && refuses "holds no files" hollow.tar
'

# make_deb FILE TARBALL: a package as dpkg-deb writes it, with the tarball in it.
make_deb () {
	rm -rf deb && mkdir -p deb/usr/src deb/usr/share/doc && echo 2.0 >deb/debian-binary &&
	echo doc >deb/usr/share/doc/changelog &&
	cp "$2" deb/usr/src/linux-source-9.9.tar.xz &&
	(
		cd deb && tar -cJf data.tar.xz ./usr && echo >control && tar -cJf control.tar.xz ./control &&
		rm -f pkg.deb && ar rcS pkg.deb debian-binary control.tar.xz data.tar.xz
	) &&
	cp deb/pkg.deb "$1"
}

test_expect_success 'a package file gives the tree of the tarball in it' '
	fresh_repo &&
	make_deb pkg.deb linux-9.9.tar.xz &&
	import --tarball pkg.deb &&
	in_repo rev-parse $REF^{tree} >actual &&
	test_cmp expected actual
'

test_expect_success 'a package without kernel sources is refused' '
	(cd deb && rm -rf usr/src && tar -cJf data.tar.xz ./usr && rm pkg.deb &&
		ar rcS pkg.deb debian-binary control.tar.xz data.tar.xz) &&
	refuses "holds no usr/src/linux-source" deb/pkg.deb &&
	(cd deb && rm pkg.deb && ar rcS pkg.deb debian-binary control.tar.xz) &&
	refuses "holds no data.tar" deb/pkg.deb
'

test_expect_success 'only objects and the ref are there, and no temporary file' '
	fresh_repo && import --tarball linux-9.9.tar &&
	(cd "$REPO" && find . -type f | grep -vE "^./(config|HEAD|description|hooks/.*|info/exclude)\$" |
		sed "s/pack-[0-9a-f]*/pack-X/" | sort) >actual &&
	cat >wanted <<-EOF &&
	./objects/pack/pack-X.idx
	./objects/pack/pack-X.pack
	./objects/tmp_farrier.lock
	./$REF
	EOF
	test_cmp wanted actual
'

# A git that is slow, or dies, while it imports; what it runs as is in git.pid.
mkdir bin &&
cat >bin/git <<-'EOF'
	#!/bin/sh
	case " $* " in
	*" fast-import "*)
		case $GIT_TEST in
		slow)	echo $$ >"$HOME/git.pid"
			{ head -c 100000; exec sleep 1000; } | "$REAL_GIT" "$@"
			exit ;;
		stuck)	echo $$ >"$HOME/git.pid"; exec sleep 1000 ;;
		dies)	head -c 100000 >/dev/null; echo "fatal: the disk is full" >&2; exit 128 ;;
		pause)	echo $$ >"$HOME/git.pid"
			until test -e "$HOME/go"; do sleep 0.1; done ;;
		esac ;;
	esac
	exec "$REAL_GIT" "$@"
EOF
chmod +x bin/git

# More than fits into a pipe.
mkdir big && head -c 8000000 /dev/zero >big/zeros && cp linux-9.9/Makefile big/ && tar -cf big.tar big

# Waits until git runs.
await_git () {
	wait_for "test -s git.pid"
}

# interrupted MODE SIGNAL CODE: an import that is signalled while git is MODE.
interrupted () {
	fresh_repo && rm -f git.pid &&
	(
		PATH=$PWD/bin:$PATH && GIT_TEST=$1 && export PATH GIT_TEST &&
		exec "$FARRIER" -C ws tree import b --tarball big.tar >out 2>err
	) &
	pid=$!
	await_git && sleep 0.5
	kill "-$2" $pid
	test_expect_code "$3" wait $pid
}

git_is_gone () {
	wait_for "! kill -0 $(cat git.pid)"
}

for mode in slow stuck; do
	test_expect_success "kill -9 while git is $mode leaves no ref and no process" '
		interrupted $mode KILL 137 &&
		git_is_gone &&
		in_repo for-each-ref >refs && ! test -s refs &&
		in_repo fsck --strict &&
		ls -d "$REPO"/objects/tmp_farrier-*
	'

	test_expect_success "the next import works and clears up ($mode)" '
		import --tarball big.tar -v 2>err &&
		grep "removing what an interrupted import left" err &&
		! ls -d "$REPO"/objects/tmp_farrier-* &&
		in_repo cat-file -e $REF:zeros
	'

	for signal in INT TERM; do
		test_expect_success "SIG$signal while git is $mode leaves nothing at all, exit 130" '
			interrupted $mode $signal 130 &&
			git_is_gone &&
			in_repo for-each-ref >refs && ! test -s refs &&
			! ls -d "$REPO"/objects/tmp_farrier-* &&
			import --tarball big.tar
		'
	done
done

test_expect_success 'a repository that a kill left half made is made' '
	fresh_repo && mkdir -p "$REPO" && touch "$REPO/HEAD.lock" "$REPO/config.lock" &&
	import --tarball big.tar && in_repo fsck --strict && ! ls "$REPO.lock" "$REPO"/*.lock
'

test_expect_success 'a git that dies is told with its words, and leaves nothing' '
	fresh_repo &&
	(PATH=$PWD/bin:$PATH && GIT_TEST=dies && export PATH GIT_TEST &&
		test_expect_code 3 "$FARRIER" -C ws tree import b --tarball big.tar) 2>err &&
	grep "fast-import.*the disk is full" err &&
	in_repo for-each-ref >refs && ! test -s refs &&
	! ls -d "$REPO"/objects/tmp_farrier-*
'

test_expect_success 'two imports at a time: the second waits, and finds nothing to do' '
	fresh_repo && rm -f git.pid go &&
	{
		(PATH=$PWD/bin:$PATH && GIT_TEST=pause && export PATH GIT_TEST &&
			exec "$FARRIER" -C ws tree import b --tarball linux-9.9.tar >first 2>&1) &
	} &&
	pid=$! &&
	await_git &&
	{
		import --tarball linux-9.9.tar >second 2>err &
	} &&
	second=$! &&
	wait_for "grep waiting err" &&
	: >go && wait $pid && wait $second &&
	grep "waiting for the kernel repository, which process $pid holds" err &&
	grep "nothing to do" second
'

if truncate -s 2T huge.tar 2>/dev/null; then
	test_set_prereq HUGE
fi

test_expect_success HUGE 'too little room is told before anything is read' '
	test_expect_code 3 import --tarball huge.tar 2>err &&
	grep "not enough room in .*8796093 MB are needed" err &&
	grep "^hint: make room" err
'
rm -f huge.tar

test "$(id -u)" = 0 || test_set_prereq NOT_ROOT

test_expect_success NOT_ROOT 'a repository that cannot be written is named' '
	chmod a-w "$REPO/objects" &&
	test_when_finished "chmod u+w \"$REPO/objects\"" &&
	test_expect_code 3 import --tarball linux-9.9.tar --force 2>err &&
	grep "cannot write to repository" err
'

test_expect_success 'a branch that is none is named, with those there are' '
	test_expect_code 2 farrier -C ws tree import nope --tarball linux-9.9.tar 2>err &&
	grep "no branch .nope." err && grep "^hint: .*b" err
'

test_expect_success 'a branch without any source says what to do' '
	test_expect_code 2 import 2>err &&
	grep "names neither a package nor an url" err
'

test_expect_success 'misuse exits 2' '
	test_expect_code 2 farrier -C ws tree &&
	test_expect_code 2 farrier -C ws tree frob &&
	test_expect_code 2 farrier -C ws tree import &&
	test_expect_code 2 farrier -C ws tree import b c &&
	test_expect_code 2 farrier -C ws tree list --force &&
	test_expect_code 2 import --tarball a --package b &&
	test_expect_code 2 import --git only-an-url
'

test_expect_success 'list shows what every branch holds' '
	import --tarball linux-9.9.tar &&
	sed "s,tree/b,tree/hollow," ws/kernels/branches/b.conf >ws/kernels/branches/hollow.conf &&
	farrier -C ws tree list >out &&
	grep "^b  *9.9.2  snapshot of linux-9.9.tar  $(in_repo rev-parse --short=12 $REF)" out &&
	grep "^hollow  *-  *empty " out &&
	farrier -C ws tree list --json >json &&
	jq -e ".schema == 1 and (.branches | length) == 2" json &&
	jq -e ".branches[0] == {name: \"b\", ref: \"$REF\", commit: \"$(in_repo rev-parse $REF)\",
		version: \"9.9.2\", snapshot: \"linux-9.9.tar\"}" json &&
	jq -e ".branches[1] | .commit == null and .snapshot == null" json &&
	rm ws/kernels/branches/hollow.conf
'

test_done
