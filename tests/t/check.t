#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier check: every patch is looked at, and the tree built behind each

The kernel is tests/standin/kernel, the compiler the host'"'"'s under a cross name, and
checkpatch.pl a small one of the same form.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

PATH=$PWD/bin:$PATH
# Kernels cannot be built in a folder with a space in its name, and sharness's has one.
XDG_CACHE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/farrier-check-XXXXXX")
cleanup "rm -rf '$XDG_CACHE_HOME'"
CACHE=$XDG_CACHE_HOME/farrier
OBJECT=$CACHE/obj/toy/toy-toy

# check CODE ARG...: the JSON form into "out", which must exit so.
check () {
	check_code=$1 && shift &&
	test_expect_code "$check_code" farrier -q -C ws --json check "$@" >out
}

# patch N JQ: what one patch's record on the first branch says.
patch () {
	jq -r ".branches[0].patches[$1 - 1] | $2" out
}

# change SUBJECT [LINE]...: commits the work tree; the lines are the message's body.
change () {
	{ printf "%s\n\n" "$1" && shift && printf "%s\n" "$@"; } >message &&
	git -C linux add -A &&
	git -C linux commit -q -F "$PWD/message"
}

SIGN="Signed-off-by: A U Thor <author@example.com>"

# series NAME RANGE: the commits as a series; the work tree goes back to the base.
series () {
	rm -rf "ws/series/$1" &&
	mkdir "ws/series/$1" &&
	git -C linux format-patch -q -o "$PWD/ws/series/$1" "$2" &&
	git config -f "ws/series/$1/series.conf" series.title "$1" &&
	git -C linux reset -q --hard base
}

# How many objects were compiled since the last call.
compiled () {
	test -e "$OBJECT/compiled" || { echo 0 && return; }
	wc -l <"$OBJECT/compiled" && rm "$OBJECT/compiled"
}

test_expect_success 'setup: a branch, and a series of three patches' '
	mkdir bin &&
	for tool in gcc ld; do
		printf "#!/bin/sh\nexec %s \"\$@\"\n" "$(command -v $tool)" >"bin/toy-linux-$tool" &&
		chmod +x "bin/toy-linux-$tool" || return 1
	done &&
	git init -q linux &&
	cp -R "$FARRIER_SOURCE"/tests/standin/kernel/. linux/ &&
	chmod +x linux/scripts/conf.sh &&
	echo teh >linux/scripts/spelling.txt &&
	cat >linux/scripts/checkpatch.pl <<-\EOF &&
	use strict;
	my ($strict) = grep { /^--strict$/ } @ARGV;
	open(my $words, "<", "scripts/spelling.txt") or die "no words: $!\n";
	chomp(my $word = <$words>);
	my $found = -e ".checkpatch.conf" || -e "$ENV{HOME}/.checkpatch.conf";
	print "-:1: ERROR:CONF: somebody else is asked\n" if $found;
	while (<STDIN>) {
		$found |= print "-:$.: ERROR:CODE_INDENT: indent with tabs\n" if /^\+ +\S/;
		$found |= print "-:$.: WARNING:TYPO_SPELLING: it is not $word\n" if /$word/;
		$found |= print "-:$.: CHECK:CAMELCASE: no camels\n" if $strict && /^\+.*[a-z][A-Z]/;
	}
	print "-:3: ERROR:MISSING_SIGN_OFF: Missing Signed-off-by: line(s)\n";
	exit 1;
	EOF
	change "toy: begin" &&
	git -C linux tag base &&
	git -C linux update-ref refs/farrier/tree/toy base &&
	farrier init ws &&
	rm ws/kernels/branches/* &&
	git config -f ws/farrier.conf kernel.repo "$PWD/linux" &&
	git config -f ws/farrier.conf build.jobs 1 &&
	git config -f ws/kernels/arches/toy.conf arch.make toy &&
	git config -f ws/kernels/arches/toy.conf arch.cross toy-linux- &&
	git config -f ws/kernels/arches/toy.conf arch.image vmlinux &&
	git config -f ws/kernels/branches/toy.conf branch.ref refs/farrier/tree/toy &&
	git config -f ws/kernels/branches/toy.conf branch.arch toy &&
	git config -f ws/kernels/branches/toy.conf branch.config toy &&
	printf "CONFIG_SMP=y\n" >ws/kernels/configs/toy.config &&
	sed -i "s/return 1/return 2/" linux/kernel/sched.c &&
	change "sched: two CPUs" "Why." "" "$SIGN" &&
	sed -i "s/+ 1/+ 2/" linux/kernel/fork.c &&
	change "fork: two more" "Why." "" "$SIGN" &&
	sed -i "s/smp_cpus()/2/" linux/init/main.c &&
	change "init: two" "Why." "" "$SIGN" &&
	git -C linux tag good &&
	series good base..good
'

test_expect_success 'a series that is as it should be: exit 0, a build behind every patch' '
	check 0 good &&
	jq -e ".schema == 1 and .series == \"good\" and (.branches | length) == 1" out &&
	jq -e ".branches[0] | .branch == \"toy\" and .build.status == \"ok\" and
		.prerequisites == null and (.patches | length) == 3" out &&
	jq -e ".branches[0].patches | all(.status == \"clean\" and .lint == [] and
		.build.status == \"ok\" and .build.blame == null and .build.findings == [])" out &&
	jq -e "[.branches[0].patches[].n] == [1, 2, 3]" out &&
	jq -e ".patches | all(.lint == [])" out
'

test_expect_success 'from the bottom up, so each build compiles only what its patch changed' '
	printf "%s\n" init/main.o kernel/sched.o kernel/fork.o kernel/sched.o kernel/fork.o \
		init/main.o >expected &&
	test_cmp expected "$OBJECT/compiled"
'

test_expect_success 'a second check builds nothing' '
	rm "$OBJECT/compiled" &&
	check 0 good &&
	test "$(compiled)" = 0 &&
	jq -e "[.branches[0].patches[].build.status] | all(. == \"cached\")" out
'

test_expect_success 'the text form is a table for each branch' '
	farrier -q -C ws check good >out &&
	grep "^good on toy, 6.12.1\$" out &&
	grep -E "^ +- +- +- +cached +- +the branch itself\$" out &&
	grep -E "^ +2 +clean +ok +cached +- +fork: two more\$" out
'

test_expect_success 'progress says how many builds there are' '
	farrier -C ws check good 2>err >out &&
	grep "toy with good, patch 2 of 3: builds (it was there); 3 of 4 builds" err
'

test_expect_success 'a broken patch in the middle: exit 1, the compiler'"'"'s line, who mends it' '
	sed -i "s/return 1/return 2/" linux/kernel/sched.c &&
	change "sched: two CPUs" "Why." "" "$SIGN" &&
	sed -i "s/smp_cpus() + 1/smp_max()/" linux/kernel/fork.c &&
	change "fork: as many as can be" "Why." "" "$SIGN" &&
	echo "#define smp_max() 4" >>linux/include/smp.h &&
	change "smp: a limit" "Why." "" "$SIGN" &&
	series broken base..HEAD &&
	sed -i "s/-Wall/-Wall -Werror=implicit-function-declaration/" linux/Makefile &&
	change "toy: strict" && git -C linux tag strict &&
	git -C linux update-ref refs/farrier/tree/toy strict &&
	check 1 broken &&
	jq -e "[.branches[0].patches[].build.status] == [\"ok\", \"failed\", \"ok\"]" out &&
	patch 2 .build.blame >actual && echo 2 >expected && test_cmp expected actual &&
	patch 2 .mended_by >actual && echo 3 >expected && test_cmp expected actual &&
	patch 2 ".build.findings[0] | \"\(.file):\(.line) \(.severity)\"" >actual &&
	echo "kernel/fork.c:8 error" >expected && test_cmp expected actual &&
	test_expect_code 1 farrier -q -C ws check broken >text &&
	grep "^  patch 2 does not build:" text &&
	grep "^    kernel/fork.c:8: error: .*smp_max" text &&
	grep "^    patch 3 mends it" text
'

test_expect_success 'a build that fails early does not hide what a later patch breaks by itself' '
	echo "extern spinlock_t lock;" >>linux/include/smp.h &&
	change "smp: a lock" "Why." "" "$SIGN" &&
	sed -i "s/smp_cpus() + 1/nowhere()/" linux/kernel/fork.c &&
	sed -i "s/return 1/return no_cpus()/" linux/kernel/sched.c &&
	change "fork: what is nowhere" "Why." "" "$SIGN" &&
	sed -i "s/smp_cpus()/2/" linux/init/main.c &&
	change "init: nothing wrong" "Why." "" "$SIGN" &&
	git -C linux tag hides &&
	series hides strict..hides &&
	git -C linux reset -q --hard strict &&
	check 1 hides &&
	jq -e "[.branches[0].patches[].build.blame] == [1, 2, 1]" out &&
	patch 1 ".build.findings[0] | \"\(.file):\(.line) \(.unit)\"" >actual &&
	echo "include/smp.h:3 init/main.c" >expected && test_cmp expected actual &&
	patch 2 ".build.findings[] | \"\(.file):\(.line)\"" | sort >actual &&
	printf "%s\n" kernel/fork.c:8 kernel/sched.c:6 >expected && test_cmp expected actual &&
	patch 3 ".build.findings | length" >actual && echo 0 >expected && test_cmp expected actual &&
	test_expect_code 1 farrier -q -C ws check hides >text &&
	grep -E "^ +3 .* failed by 1 " text &&
	grep "smp.h:3: error: .*spinlock_t.*(seen in init/main.c)" text
'

test_expect_success 'looking at a broken tree twice compiles nothing the second time' '
	compiled && check 1 hides && test "$(compiled)" = 0 &&
	jq -e "[.branches[0].patches[].build.blame] == [1, 2, 1]" out
'

test_expect_success 'of a patch in conflict, what carries is built, and the patches behind it' '
	sed -i "s/return 1/return 7/" linux/kernel/sched.c &&
	change "sched: seven" && git -C linux tag other &&
	sed -i "s/return 7/return 8/" linux/kernel/sched.c &&
	sed -i "s/+ 1/+ nothing/" linux/kernel/fork.c &&
	change "sched: eight" "Why." "" "$SIGN" &&
	sed -i "s/smp_cpus()/2/" linux/init/main.c &&
	change "init: two" "Why." "" "$SIGN" &&
	git -C linux tag eight &&
	series eight other..eight &&
	git -C linux reset -q --hard strict &&
	check 1 eight &&
	jq -e "[.branches[0].patches[].status] == [\"conflict\", \"clean\"]" out &&
	patch 1 ".left_out[]" >actual && echo kernel/sched.c >expected && test_cmp expected actual &&
	patch 1 ".build.findings[0].file" >actual && echo kernel/fork.c >expected &&
	test_cmp expected actual &&
	jq -e "[.branches[0].patches[].build.status] == [\"failed\", \"failed\"]" out &&
	test_expect_code 1 farrier -q -C ws check eight >text &&
	grep "patch 1 conflicts in kernel/sched.c, hunk 1: " text &&
	grep "patch 1 does not build (without kernel/sched.c):" text &&
	git -C linux show-ref >refs && ! grep refs/farrier/port refs
'

test_expect_success 'a patch that is wholly in conflict is left out, and the next is built' '
	sed -i "s/+ nothing/+ 5/" ws/series/eight/0001-*.patch &&
	sed -i "/^diff --git a.kernel.fork.c/,/^diff --git a.kernel.sched.c/{/^diff --git a.kernel.sched.c/!d}" \
		ws/series/eight/0001-*.patch &&
	check 1 eight --no-lint &&
	patch 1 .build >actual && echo null >expected && test_cmp expected actual &&
	patch 2 .build.status >actual && echo ok >expected && test_cmp expected actual
'

test_expect_success 'a branch that does not build by itself is said once, and is nobody'"'"'s fault' '
	sed -i "s/return smp_cpus()/return wrong()/" linux/init/main.c &&
	change "init: wrong" && git -C linux tag wrong &&
	git -C linux update-ref refs/farrier/tree/toy wrong &&
	rm ws/series/good/0003* &&
	check 1 good &&
	jq -e ".branches[0].build.status == \"failed\" and .branches[0].build.blame == 0" out &&
	jq -e "[.branches[0].patches[].build.blame] == [0, 0]" out &&
	jq -e "[.branches[0].patches[].build.findings] == [[], []]" out &&
	test_expect_code 1 farrier -q -C ws check good >text &&
	grep "^  the branch does not build without the series:" text &&
	test "$(grep -c "init/main.c:8: error" text)" = 1
'

test_expect_success 'a prerequisite that mends the branch makes it good: exit 0' '
	sed -i "s/return wrong()/return 0/" linux/init/main.c &&
	change "init: right" "Why." "" "$SIGN" && git -C linux tag right &&
	series mend wrong..right &&
	git config -f ws/series/good/series.conf series.prerequisite mend &&
	check 0 good &&
	jq -e ".branches[0] | .build.status == \"failed\" and .prerequisites.status == \"ok\"" out &&
	jq -e "[.branches[0].patches[].build.status] == [\"ok\", \"ok\"]" out &&
	farrier -q -C ws check good >text &&
	grep "the branch itself does not build; the prerequisites mend it" text
'

test_expect_success 'a prerequisite that does not fit: the series is not tried, and the reason said' '
	git -C linux update-ref refs/farrier/tree/toy strict &&
	check 1 good --no-lint &&
	jq -e ".branches[0].problem | test(\"mend patch 1\")" out &&
	jq -e "[.branches[0].patches[].status] == [null, null]" out &&
	test_expect_code 1 farrier -q -C ws check good --no-lint >text &&
	grep "a prerequisite does not fit: mend patch 1" text &&
	git config -f ws/series/good/series.conf --unset series.prerequisite
'

test_expect_success 'a recorded port is what is built, and a skip is not built' '
	git -C linux checkout -q --detach other &&
	sed -i "s/return 7/return 9/" linux/kernel/sched.c &&
	change "sched: two CPUs" "Why." "" "[ A U Thor: seven is nine here ]" "$SIGN" &&
	mkdir -p ws/series/good/ports/toy &&
	git -C linux format-patch -q -1 -o "$PWD/ws/series/good/ports/toy" &&
	git -C linux update-ref refs/farrier/tree/toy other &&
	git config -f ws/series/good/series.conf series.skip "toy 2: not wanted" &&
	check 0 good &&
	jq -e "[.branches[0].patches[].status] == [\"recorded\", \"skipped\"]" out &&
	patch 1 .build.status >actual && echo ok >expected && test_cmp expected actual &&
	patch 2 .build >actual && echo null >expected && test_cmp expected actual
'

types () {
	patch "$1" "[.lint[].type] | sort | join(\" \")"
}

test_expect_success 'the form of a recorded port: a note, and the author' '
	sed -i -e "/seven is nine/d" -e "s/^From: .*/From: Some Body <some@example.com>/" \
		ws/series/good/ports/toy/0001* &&
	check 0 good --no-build &&
	types 1 >actual && echo "STABLE_AUTHOR STABLE_NOTE" >expected && test_cmp expected actual &&
	patch 1 ".lint[0].file" >actual &&
	echo "series/good/ports/toy/0001-sched-two-CPUs.patch" >expected && test_cmp expected actual
'

test_expect_success 'the form of a port of an upstream series begins with the commit' '
	git config -f ws/series/good/series.conf series.status upstream &&
	check 0 good --no-build &&
	types 1 >actual && echo "STABLE_AUTHOR STABLE_NOTE STABLE_UPSTREAM" >expected &&
	test_cmp expected actual &&
	sed -i "s/^Why.\$/commit $(git -C linux rev-parse base) upstream.\n\n&/" \
		ws/series/good/ports/toy/0001* &&
	check 0 good --no-build &&
	types 1 >actual && echo "STABLE_AUTHOR STABLE_NOTE" >expected && test_cmp expected actual
'

test_expect_success 'in a port, the upstream commit comes first, and the note behind the message' '
	sed -i "/ upstream\./d" ws/series/good/ports/toy/0001* &&
	sed -i "s/^Why.\$/[ Some Body: a note ]\n\nWhy.\n\n[ Upstream commit $(git -C linux rev-parse base) ]/" \
		ws/series/good/ports/toy/0001* &&
	check 0 good --no-build &&
	types 1 >actual && echo "STABLE_AUTHOR STABLE_ORDER STABLE_ORDER" >expected &&
	test_cmp expected actual
'

test_expect_success 'a recorded port that is stale is said, and what is original is built' '
	git -C linux update-ref refs/farrier/tree/toy base &&
	check 1 good --no-lint &&
	patch 1 .status >actual && echo stale >expected && test_cmp expected actual &&
	patch 1 .build.status >actual && grep -E "ok|cached" actual &&
	test_expect_code 1 farrier -q -C ws check good --no-lint >text &&
	grep "patch 1 is stale: the branch has changed" text &&
	rm -r ws/series/good/ports &&
	git config -f ws/series/good/series.conf --unset series.skip &&
	git config -f ws/series/good/series.conf series.status local &&
	git -C linux update-ref refs/farrier/tree/toy base
'

test_expect_success 'checkpatch is the branch'"'"'s own, and names the kernel'"'"'s file and line' '
	git -C linux reset -q --hard base &&
	sed -i "s/.return 1;/        return 1;/" linux/kernel/sched.c &&
	sed -i "s/+ 1/+ aB()/" linux/kernel/fork.c &&
	change "sched: teh indent" "Why teh." "" "$SIGN" &&
	git -C linux tag lint && series lint base..lint &&
	check 1 lint --no-build &&
	patch 1 ".lint[] | \"\(.severity) \(.type) \(.file):\(.line)\"" >actual &&
	file=series/lint/0001-sched-teh-indent.patch &&
	cat >expected <<-EOF &&
	warning TYPO_SPELLING $file:4
	warning TYPO_SPELLING $file:6
	error CODE_INDENT kernel/sched.c:6
	EOF
	test_cmp expected actual &&
	sed -n 4p ws/$file | grep teh && sed -n 6p ws/$file | grep teh &&
	sed -n 6p linux/kernel/sched.c | grep return &&
	test_expect_code 1 farrier -q -C ws check lint --no-build >text &&
	grep "^    kernel/sched.c:6: error: indent with tabs \[CODE_INDENT\]\$" text
'

test_expect_success 'another version of checkpatch is another answer' '
	git -C linux reset -q --hard base &&
	echo indent >linux/scripts/spelling.txt &&
	change "scripts: other words" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD &&
	check 1 lint --no-build &&
	patch 1 "[.lint[] | select(.type == \"TYPO_SPELLING\") | .line] | join(\" \")" >actual &&
	echo 4 >expected && test_cmp expected actual &&
	git -C linux update-ref refs/farrier/tree/toy base
'

test_expect_success 'warnings alone are no fault, but with --strict they are' '
	sed -i "s/^+  *return/+\treturn/" ws/series/lint/0001* &&
	check 0 lint --no-build &&
	types 1 >actual && echo "TYPO_SPELLING TYPO_SPELLING" >expected && test_cmp expected actual &&
	check 1 lint --no-build --strict &&
	types 1 >actual && echo "CAMELCASE TYPO_SPELLING TYPO_SPELLING" >expected &&
	test_cmp expected actual
'

test_expect_success 'a .checkpatch.conf of the user is not asked' '
	echo "--strict" >.checkpatch.conf &&
	echo "--strict" >"$HOME/.checkpatch.conf" &&
	rm -rf "$CACHE/lint" &&
	check 0 lint --no-build &&
	rm .checkpatch.conf
'

test_expect_success 'a checkpatch that dies is an error, not a clean patch' '
	git -C linux reset -q --hard base &&
	echo "die \"no perl today\\n\";" >linux/scripts/checkpatch.pl &&
	change "scripts: die" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD &&
	test_expect_code 3 farrier -q -C ws check lint --no-build 2>err &&
	grep "checkpatch failed.*no perl today" err &&
	farrier -q -C ws check lint --no-build --no-lint
'

test_expect_success 'a tree without checkpatch is said' '
	git -C linux reset -q --hard base &&
	git -C linux rm -q scripts/checkpatch.pl &&
	change "scripts: none" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD &&
	check 0 lint --no-build &&
	jq -e ".branches[0].lint[0].type == \"NO_CHECKPATCH\"" out &&
	git -C linux update-ref refs/farrier/tree/toy base &&
	git -C linux reset -q --hard base
'

# message TYPES SUBJECT [LINE]...: a patch with this message has these findings.
message () {
	echo "$1" >expected && shift &&
	sed -i "s/return 1/return 4/" linux/kernel/sched.c &&
	change "$@" &&
	series words base..HEAD &&
	check 0 words --no-build &&
	jq -r "[.patches[0].lint[] | .type] | sort | unique | join(\" \")" out >actual &&
	test_cmp expected actual
}

test_expect_success 'subjects' '
	message SUBJECT_PREFIX "Give it four" "Why." "" "$SIGN" &&
	message SUBJECT_DOT "sched: give it four." "Why." "" "$SIGN" &&
	message SUBJECT_LENGTH "sched: give it four, since more than three and less than five are what it should be given" \
		"Why." "" "$SIGN" &&
	message "" "sched: give it four" "Why." "" "$SIGN"
'

test_expect_success 'a missing Signed-off-by is a note, and no fault even with --strict' '
	message MISSING_SIGN_OFF "sched: give it four" "Why." &&
	jq -e ".patches[0].lint[0].severity == \"note\"" out &&
	check 0 words --no-build --strict &&
	message NO_AUTHOR_SIGN_OFF "sched: give it four" "Why." "" \
		"Signed-off-by: Some Body <some@example.com>"
'

test_expect_success 'trailers that git does not take for trailers' '
	message TRAILER_BLOCK "sched: give it four" "Why." "" "Cc: A B <a@example.com>" "" "$SIGN" &&
	message TRAILER_BLOCK "sched: give it four" "Why," "and how." "$SIGN" &&
	message "" "sched: give it four" "Why: it is." "" "Note: this" "is text." "" "$SIGN"
'

test_expect_success 'trailers that are written wrong' '
	base=$(git -C linux rev-parse --short=12 base) &&
	message TRAILER_CASE "sched: give it four" "Why." "" "fixes: $base (\"toy: begin\")" "$SIGN" &&
	message FIXES_FORM "sched: give it four" "Why." "" "Fixes: $base toy: begin" "$SIGN" &&
	message FIXES_FORM "sched: give it four" "Why." "" "Fixes: ${base%???} (\"toy: begin\")" "$SIGN" &&
	message FIXES_FORM "sched: give it four" "Why." "" "Fixes: $base (\"toy:" " begin\")" "$SIGN" &&
	message CC_STABLE "sched: give it four" "Why." "" "Cc: linux-stable@kernel.org" "$SIGN" &&
	message "" "sched: give it four" "Why." "" "Fixes: $base (\"toy: begin\")" \
		"Cc: <stable@vger.kernel.org> # 5.10.x" "$SIGN"
'

test_expect_success 'with --strict, what stands behind the sign-off is said' '
	message "" "sched: give it four" "Why." "" "$SIGN" "Reported-by: A B <a@example.com>" &&
	check 1 words --no-build --strict &&
	jq -e "[.patches[0].lint[].type] == [\"TRAILER_ORDER\"]" out
'

test_expect_success 'what a message says goes to no terminal' '
	message SUBJECT_PREFIX "Evil $(printf "\033")[31m" "Why." "" "$SIGN" &&
	farrier -q -C ws check words --no-build >text &&
	! grep "$(printf "\033")" text
'

# A history: mainline goes on from the base, the branch "toy" is a stable one.
test_expect_success 'setup: mainline and a stable branch' '
	git -C linux checkout -q -b mainline base &&
	echo "int bug;" >>linux/kernel/sched.c && change "sched: add a bug" &&
	git -C linux tag bug &&
	echo "int other;" >>linux/kernel/sched.c && change "sched: add another" &&
	git -C linux tag another &&
	git -C linux checkout -q -b stable base &&
	echo "int bug;" >>linux/kernel/sched.c &&
	change "sched: add a bug" "commit $(git -C linux rev-parse bug) upstream." "" "Text." &&
	git -C linux update-ref refs/farrier/tree/toy stable &&
	git -C linux update-ref refs/farrier/tree/mainline mainline &&
	sed "s,tree/toy,tree/mainline," ws/kernels/branches/toy.conf >ws/kernels/branches/mainline.conf
'

# fixes TYPES VALUE: on the stable branch, "Fixes: VALUE" has these findings.
fixes () {
	git -C linux checkout -q --detach base &&
	sed -i "s/return 1/return 4/" linux/kernel/sched.c &&
	change "sched: give it four" "Why." "" "Fixes: $2" "$SIGN" &&
	series fixes base..HEAD &&
	check 0 fixes toy --no-build &&
	patch 1 "[.lint[].type] | join(\" \")" >actual &&
	echo "$1" >expected && test_cmp expected actual
}

test_expect_success 'Fixes: names a commit that the branch has, itself or as a backport' '
	id () { git -C linux rev-parse --short=12 "$1"; } &&
	fixes "" "$(id base) (\"toy: begin\")" &&
	fixes "" "$(id bug) (\"sched: add a bug\")" &&
	fixes FIXES_SUBJECT "$(id bug) (\"sched: a bug\")" &&
	fixes FIXES_NOT_HERE "$(id another) (\"sched: add another\")" &&
	fixes FIXES_UNKNOWN "123456789012 (\"sched: nothing\")" &&
	jq -e ".branches[0].patches[0].lint[0].severity == \"warning\"" out
'

test_expect_success 'on a snapshot, which has no history, nothing is claimed' '
	snapshot=$(git -C linux commit-tree -m snapshot "stable^{tree}") &&
	git -C linux update-ref refs/farrier/tree/toy "$snapshot" &&
	fixes FIXES_UNKNOWN "123456789012 (\"sched: nothing\")" &&
	jq -e ".branches[0].patches[0].lint[0].severity == \"note\"" out &&
	git -C linux update-ref refs/farrier/tree/toy stable
'

test_expect_success 'a patch that mainline had to mend again, and again, is said' '
	git -C linux checkout -q mainline &&
	sed -i "s/return 1/return 4/" linux/kernel/sched.c &&
	change "sched: give it four" "Why." "" "$SIGN" &&
	first=$(git -C linux rev-parse HEAD) && git -C linux tag first &&
	sed -i "s/return 4/return 5/" linux/kernel/sched.c &&
	GIT_COMMITTER_DATE="1700000100 +0000" &&
	change "sched: give it five" "" "Fixes: $(git -C linux rev-parse --short=12 HEAD) (\"x\")" &&
	second=$(git -C linux rev-parse --short=12 HEAD) &&
	sed -i "s/return 5/return 6/" linux/kernel/sched.c &&
	GIT_COMMITTER_DATE="1700000200 +0000" &&
	change "sched: give it six" "Fixes: $second (\"sched: give it five\")" &&
	third=$(git -C linux rev-parse --short=12 HEAD) &&
	git -C linux update-ref refs/farrier/tree/mainline mainline &&
	rm -rf ws/series/later && mkdir ws/series/later &&
	git config -f ws/series/later/series.conf series.title later &&
	git -C linux format-patch -q -o "$PWD/ws/series/later" first^..first &&
	check 0 later toy --no-build &&
	patch 1 "[.lint[] | select(.type == \"FIXED_LATER\") | .text] | join(\" \")" >actual &&
	grep "$second" actual && grep "$third" actual &&
	check 0 later mainline --no-build &&
	types 1 >actual && echo >expected && test_cmp expected actual &&
	patch 1 .status >actual && echo already >expected && test_cmp expected actual
'

test_expect_success 'a prerequisite that is a commit is looked up in the branch' '
	git config -f ws/series/later/series.conf series.prerequisite "$(git -C linux rev-parse bug)" &&
	check 0 later toy --no-build && jq -e ".branches[0].lint == []" out &&
	git config -f ws/series/later/series.conf series.prerequisite \
		"$(git -C linux rev-parse another)" &&
	check 0 later toy --no-build &&
	jq -e ".branches[0].lint[0] | .type == \"PREREQUISITE\" and .severity == \"warning\"" out
'

test_expect_success 'what Cc: stable asks for: the commits before it, and from which branch on' '
	git config -f ws/kernels/branches/toy.conf branch.stable 6.12.y &&
	git -C linux checkout -q --detach base &&
	sed -i "s/return 1/return 4/" linux/kernel/sched.c &&
	change "sched: a wish" "Why." "" \
		"Cc: <stable@vger.kernel.org> # 6.12.x: $(git -C linux rev-parse bug): sched: add a bug" \
		"Cc: <stable@vger.kernel.org> # 6.12.x: $(git -C linux rev-parse another): sched: other" \
		"Cc: <stable@vger.kernel.org> # 6.14.x" "$SIGN" &&
	series wishes base..HEAD &&
	check 0 wishes toy --no-build &&
	patch 1 "[.lint[].text] | join(\" \")" >actual &&
	echo "the branch does not have its prerequisite, commit $(git -C linux rev-parse another)" \
		>expected &&
	test_cmp expected actual &&
	git config -f ws/kernels/branches/toy.conf branch.stable 6.6.y &&
	check 0 wishes toy --no-build &&
	patch 1 "[.lint[].text] | join(\" \")" >actual &&
	echo "it asks for stable branches from 6.12 on only" >expected &&
	test_cmp expected actual &&
	git config -f ws/kernels/branches/toy.conf --unset branch.stable
'

test_expect_success 'on two branches, a finding is shown once' '
	git -C linux checkout -q --detach base &&
	sed -i "s/+ 1/+ teh/" linux/kernel/fork.c &&
	change "fork: words" "Why." "" "$SIGN" &&
	series twice base..HEAD &&
	farrier -q -C ws check twice --no-build >text &&
	test "$(grep -c "it is not teh" text)" = 1 &&
	grep "patch 1: 1 finding as on mainline" text
'

test_expect_success 'wrong words: exit 2, and how it is meant' '
	test_expect_code 2 farrier -C ws check 2>err && grep -i "name the series" err &&
	test_expect_code 2 farrier -C ws check nobody 2>err && grep "nobody" err &&
	test_expect_code 2 farrier -C ws check good nowhere 2>err && grep "nowhere" err
'

test_expect_success 'nothing but objects was written to the repository' '
	git -C linux show-ref >refs && ! grep refs/farrier/port refs &&
	git -C linux status --porcelain >actual && test_must_be_empty actual
'

test_done
