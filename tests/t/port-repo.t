#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier port: repositories that lack objects, are damaged, locked or change meanwhile'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# libgit2 1.5 leaks on some of its own failures; what farrier leaks shows in the other tests.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
export ASAN_OPTIONS

commit () {
	git -C repo commit -q -a -m "$1"
}

# fails CODE REPO ARG...: says so in one line and with a hint, which is in "err", and writes no ref
fails () {
	code=$1 && repo=$2 && shift 2 &&
	git -C "$repo" for-each-ref --format="%(refname) %(objectname)" refs >before 2>/dev/null
	test_expect_code "$code" farrier port --repo "$repo" "$@" --ref x >out 2>err &&
	test_must_be_empty out && grep "^farrier: " err &&
	{ git -C "$repo" for-each-ref --format="%(refname) %(objectname)" refs >after 2>/dev/null
	test_cmp before after; }
}

# spoil REPO REV: makes nothing of a loose object
spoil () {
	id=$(git -C "$1" rev-parse "$2") && rest=${id#??} &&
	file=$1/.git/objects/${id%"$rest"}/$rest &&
	chmod u+w "$file" && printf damaged >"$file"
}

test_expect_success 'set up' '
	git init -q -b base repo && seq 40 >repo/f && mkdir repo/dir && seq 50 90 >repo/dir/g &&
	git -C repo add -A && commit base &&
	sed -i "s/^20\$/twenty/" repo/f && commit one &&
	sed -i "s/^30\$/thirty/" repo/f && commit two &&
	git -C repo format-patch -q -1 --stdout >mail &&
	git -C repo config uploadpack.allowFilter true &&
	farrier port --repo repo --onto base~1 --mbox mail
'

test_expect_success 'a shallow clone without the parent' '
	git clone -q --depth 1 "file://$PWD/repo" shallow &&
	fails 3 shallow --onto base --commits base &&
	grep "parent of commit" err && grep "^hint: .*--unshallow" err &&
	fails 2 shallow --onto base --commits base~1..base &&
	grep "no commit .base~1" err && grep "^hint: .*--unshallow" err
'

test_expect_success 'a shallow clone is fine for a mail' '
	farrier port --repo shallow --onto base --mbox mail >out &&
	grep already out
'

test_expect_success 'a partial clone without the file, and with it' '
	git clone -q --bare --filter=blob:none "file://$PWD/repo" partial &&
	fails 3 partial --onto base~1 --mbox mail &&
	grep "cannot read blob" err && grep "^hint: .*partial clone" err &&
	fails 3 partial --onto base~2 --commits base &&
	grep "^hint: .*partial clone" err &&
	git -C partial fetch -q --refetch --no-filter &&
	farrier port --repo partial --onto base~1 --mbox mail
'

test_expect_success 'damaged objects' '
	for what in base~1:f "base~1^{tree}" base~1
	do
		rm -rf damaged && cp -R repo damaged && tip=$(git -C repo rev-parse base~1) &&
		spoil damaged "$what" &&
		if test "$what" = base~1
		then
			fails 2 damaged --onto "$tip" --mbox mail && grep "no commit" err
		else
			fails 3 damaged --onto base~1 --mbox mail && grep "^hint: .*fsck" err
		fi || return 1
	done
'

test_expect_success 'a pack that ends too early' '
	git clone -q --bare --no-local "file://$PWD/repo" packed.git &&
	pack=$(ls packed.git/objects/pack/*.pack) && cp "$pack" whole && chmod u+w "$pack" &&
	head -c 300 whole >"$pack" &&
	fails 2 packed.git --onto base~1 --mbox mail
'

test_expect_success 'a repository without the base' '
	git init -q empty &&
	fails 2 empty --onto base --mbox mail && grep "no commit .base" err &&
	fails 2 empty --onto "$(git -C repo rev-parse base)" --mbox mail && grep "no commit" err
'

test_expect_success 'a ref that another program holds' '
	mkdir -p repo/.git/refs/farrier/port && : >repo/.git/refs/farrier/port/x.lock &&
	fails 3 repo --onto base~1 --mbox mail && grep "lock" err && grep "^hint: .*lock file" err &&
	rm repo/.git/refs/farrier/port/x.lock &&
	farrier port --repo repo --onto base~1 --mbox mail --ref x &&
	git -C repo update-ref -d refs/farrier/port/x
'

# Every folder that a new object could go into is a file: that stops root, too.
test_expect_success 'a repository that cannot be written' '
	git clone -q --bare repo full.git && git init -q --bare frozen.git &&
	git -C frozen.git fetch -q ../full.git base:base && git -C frozen.git repack -adq &&
	git -C frozen.git prune-packed &&
	for i in $(seq 0 255)
	do
		folder=frozen.git/objects/$(printf %02x "$i") &&
		{ test ! -d "$folder" || rmdir "$folder"; } && : >"$folder" || return 1
	done &&
	fails 3 frozen.git --onto base~2 --mbox mail && grep "cannot write" err
'

# The mail comes through a pipe, so that the test can act while farrier waits for it.
# A system call is shown as "0 0x0 ...": read() of standard input.
test_expect_success 'what is there to see a program wait' '
	mkfifo pipe &&
	{ cat <pipe & } && reader=$! && exec 9>pipe &&
	if PATIENCE=5 wait_for "grep \"^0 0x0 \" /proc/$reader/syscall"
	then
		test_set_prereq WAIT
	else
		echo "# SKIPPED: /proc/PID/syscall says nothing here" >&2
	fi
	exec 9>&-; wait
'

# meanwhile CODE COMMAND...: runs the command while farrier waits for its mail
meanwhile () {
	code=$1 && shift &&
	{ "$FARRIER" port --repo repo --onto moving --mbox - --ref x <pipe >out 2>err & } &&
	pid=$! && exec 9>pipe &&
	until grep -q "^0 0x0 " "/proc/$pid/syscall"
	do
		kill -0 "$pid" || return 1
		sleep 0.05
	done &&
	"$@" && cat mail >&9 && exec 9>&- &&
	test_expect_code "$code" wait "$pid"
}

test_expect_success WAIT 'a branch that moves meanwhile' '
	git -C repo branch moving base~1 &&
	meanwhile 3 git -C repo update-ref refs/heads/moving base~2 &&
	grep "moving.*moved meanwhile" err && grep "^hint: .*again" err &&
	test_must_fail git -C repo rev-parse -q --verify refs/farrier/port/x
'

test_expect_success WAIT 'a ref that somebody else writes meanwhile' '
	meanwhile 3 git -C repo update-ref refs/farrier/port/x base &&
	grep "changed by somebody else" err &&
	test "$(git -C repo rev-parse refs/farrier/port/x)" = "$(git -C repo rev-parse base)" &&
	meanwhile 3 git -C repo update-ref -d refs/farrier/port/x &&
	test_must_fail git -C repo rev-parse -q --verify refs/farrier/port/x &&
	meanwhile 0 true && git -C repo rev-parse -q --verify refs/farrier/port/x
'

test_done
