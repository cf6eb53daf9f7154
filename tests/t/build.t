#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier build: cache, incremental builds, diagnostics, faults

The kernel is tests/standin/kernel, the compiler the host'"'"'s under a cross name.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

PATH=$PWD/bin:$PATH
# Kernels cannot be built in a folder with a space in its name, and sharness's has one.
XDG_CACHE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/farrier-build-XXXXXX")
cleanup "rm -rf '$XDG_CACHE_HOME'"
CACHE=$XDG_CACHE_HOME/farrier
SOURCE=$CACHE/src/toy
OBJECT=$CACHE/obj/toy/toy-toy

build () {
	farrier -C ws --json build "$@" >out.json
}

# One value of the first build.
value () {
	jq -r ".builds[0].$1" out.json
}

# commit MESSAGE: makes the work tree the branch's tip.
commit () {
	git -C linux add -A &&
	git -C linux commit -qm "$1" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD
}

# How many objects were compiled since the last call.
compiled () {
	wc -l <"$OBJECT/compiled" && rm "$OBJECT/compiled"
}

test_expect_success 'setup' '
	mkdir bin &&
	for tool in gcc ld; do
		printf "#!/bin/sh\nexec %s \"\$@\"\n" "$(command -v $tool)" >"bin/toy-linux-$tool" &&
		chmod +x "bin/toy-linux-$tool" || return 1
	done &&
	git init -q linux &&
	cp -R "$FARRIER_SOURCE"/tests/standin/kernel/. linux/ &&
	ln -s smp.h linux/include/link.h &&
	chmod +x linux/scripts/conf.sh &&
	commit "toy: begin" &&
	git -C linux rev-parse HEAD >base &&
	farrier init ws &&
	rm ws/kernels/branches/* &&
	git config -f ws/farrier.conf kernel.repo "$PWD/linux" &&
	git config -f ws/kernels/arches/toy.conf arch.make toy &&
	git config -f ws/kernels/arches/toy.conf arch.cross toy-linux- &&
	git config -f ws/kernels/arches/toy.conf arch.image vmlinux &&
	git config -f ws/kernels/branches/toy.conf branch.ref refs/farrier/tree/toy &&
	git config -f ws/kernels/branches/toy.conf branch.arch toy &&
	git config -f ws/kernels/branches/toy.conf branch.config toy &&
	printf "CONFIG_SMP=y\nCONFIG_NR_CPUS=4\n# CONFIG_DEBUG_KERNEL is not set\n" \
		>ws/kernels/configs/toy.config
'

test_expect_success 'a build makes an image, a config, a log and a record' '
	build toy &&
	test "$(value status)" = ok &&
	test "$(value branch)" = toy &&
	test "$(value commit)" = "$(cat base)" &&
	test -s "$(value image)" &&
	grep -a "Thu Jan  1 00:00:00 UTC 1970 farrier@farrier #1" "$(value image)" &&
	grep -x CONFIG_SMP=y "$(value config)" &&
	grep "  CC      kernel/fork.o" "$(value log)" &&
	jq -e ".builds[0].diagnostics == []" out.json &&
	test "$(compiled)" = 3 &&
	value key >base.key &&
	value image >base.path &&
	git hash-object "$(value image)" >base.image
'

test_expect_success 'the source folder is the tree, with modes and links' '
	git --git-dir=linux/.git --work-tree="$SOURCE" status --porcelain >actual &&
	test_must_be_empty actual &&
	test -x "$SOURCE/scripts/conf.sh" &&
	test "$(readlink "$SOURCE/include/link.h")" = smp.h
'

test_expect_success 'a hit builds nothing' '
	cp -a "$OBJECT.json" before &&
	build toy &&
	test "$(value status)" = cached &&
	test "$(value key)" = "$(cat base.key)" &&
	test "$(value image)" = "$(cat base.path)" &&
	! test -e "$OBJECT/compiled" &&
	test_cmp before "$OBJECT.json"
'

test_expect_success 'a damaged image is said and built again' '
	echo damaged >>"$(cat base.path)" &&
	build toy 2>err &&
	grep "warning: .*not the one that was built" err &&
	test "$(value status)" = ok &&
	git hash-object "$(value image)" >actual &&
	test_cmp base.image actual
'

test_expect_success 'a record of something else under the same key is not believed' '
	record=$(dirname "$(cat base.path)")/build.json &&
	jq ".key.tree = \"1111111111111111111111111111111111111111\"" "$record" >changed &&
	mv changed "$record" &&
	build toy &&
	test "$(value status)" = ok
'

test_expect_success 'the text form is a table' '
	farrier -C ws build >out &&
	grep -E "^toy +no series +cached +- +$(cut -c 1-12 base.key) +/.*/image\$" out
'

test_expect_success 'a patch to one file rebuilds one file and touches no other' '
	rm -f "$OBJECT/compiled" &&
	find "$SOURCE" -type f -printf "%p %T@\n" | sort >before &&
	sed -i "s/return 1/return 2/" linux/kernel/sched.c &&
	commit "toy: two CPUs" &&
	build toy &&
	test "$(value status)" = ok &&
	test "$(compiled)" = 1 &&
	find "$SOURCE" -type f -printf "%p %T@\n" | sort >after &&
	diff before after | sed -n "s/^> \([^ ]*\) .*/\1/p" >actual &&
	echo "$SOURCE/kernel/sched.c" >expected &&
	test_cmp expected actual &&
	git hash-object "$(value image)" >actual &&
	! test_cmp base.image actual
'

test_expect_success 'a configuration that cannot have changed is not made again' '
	echo configured >expected &&
	test_cmp expected "$OBJECT/configured"
'

test_expect_success 'a tree with another Kconfig is configured again' '
	printf "\nconfig NEW\n\tbool \"New\"\n" >>linux/Kconfig &&
	commit "toy: a new option" &&
	build toy &&
	echo configured >>expected &&
	test_cmp expected "$OBJECT/configured"
'

test_expect_success 'back on the first tree, incrementally, the image is the first one' '
	git -C linux update-ref refs/farrier/tree/toy "$(cat base)" &&
	rm -r "$CACHE/build" &&
	build toy &&
	test "$(value status)" = ok &&
	test "$(compiled)" = 1 &&
	git hash-object "$(value image)" >actual &&
	test_cmp base.image actual
'

test_expect_success 'the caller'"'"'s environment does not get into the image' '
	rm -r "$CACHE/build" "$CACHE/obj" &&
	KCFLAGS=-DFOREIGN KBUILD_BUILD_USER=me KBUILD_BUILD_VERSION=7 ARCH=x86 V=1 \
		MAKEFLAGS=-k LANG=de_DE.UTF-8 build toy &&
	git hash-object "$(value image)" >actual &&
	test_cmp base.image actual
'

test_expect_success 'files that a tree adds and removes come and go, folders too' '
	mkdir linux/drivers &&
	echo "int driver;" >linux/drivers/new.c &&
	git -C linux rm -q include/link.h &&
	commit "toy: a driver" &&
	build toy &&
	test -f "$SOURCE/drivers/new.c" &&
	! test -L "$SOURCE/include/link.h" &&
	git -C linux rm -rq drivers &&
	commit "toy: no driver" &&
	build toy &&
	! test -e "$SOURCE/drivers"
'

test_expect_success 'a file becomes a folder, a folder a link' '
	git -C linux rm -q kernel/fork.c &&
	sed -i "s, kernel/fork.o,," linux/Makefile &&
	mkdir linux/kernel/fork.c &&
	echo x >linux/kernel/fork.c/x &&
	commit "toy: a folder" &&
	build toy &&
	test -f "$SOURCE/kernel/fork.c/x" &&
	rm -r linux/kernel/fork.c &&
	ln -s sched.c linux/kernel/fork.c &&
	commit "toy: a link" &&
	build toy &&
	test "$(readlink "$SOURCE/kernel/fork.c")" = sched.c &&
	git --git-dir=linux/.git --work-tree="$SOURCE" status --porcelain >actual &&
	test_must_be_empty actual
'

test_expect_success 'a move that was cut off is completed, whatever it left' '
	git -C linux reset -q --hard "$(cat base)" &&
	from=$(jq -r ".trees[0]" "$SOURCE.json") &&
	to=$(git -C linux rev-parse "HEAD^{tree}") &&
	printf "{\"schema\":1,\"trees\":[\"%s\",\"%s\"]}\n" "$from" "$to" >"$SOURCE.json" &&
	printf "int smp_c" >"$SOURCE/kernel/sched.c" &&
	rm "$SOURCE/Makefile" &&
	sed -i "s/return 1/return 3/" linux/kernel/sched.c &&
	commit "toy: three CPUs" &&
	build toy &&
	git --git-dir=linux/.git --work-tree="$SOURCE" status --porcelain >actual &&
	test_must_be_empty actual
'

test_expect_success 'a move that fails halfway is taken back by the next' '
	before=$(git -C linux rev-parse HEAD) &&
	sed -i "s/return/return 1 +/" linux/init/main.c linux/kernel/sched.c &&
	commit "toy: more CPUs" &&
	blob=$(git -C linux rev-parse HEAD:kernel/sched.c) &&
	object=linux/.git/objects/$(echo "$blob" | sed "s,^..,&/,") &&
	mv "$object" lost &&
	test_expect_code 3 farrier -C ws build toy 2>err &&
	grep "kernel/sched.c" err &&
	grep "1 +" "$SOURCE/init/main.c" &&
	stat -c "%y" "$SOURCE/kernel/sched.c" >time.before &&
	mv lost "$object" &&
	git -C linux reset -q --hard "$before" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD &&
	rm -rf "$CACHE/build" &&
	build toy &&
	git --git-dir=linux/.git --work-tree="$SOURCE" status --porcelain >actual &&
	test_must_be_empty actual &&
	stat -c "%y" "$SOURCE/kernel/sched.c" >time.after &&
	test_cmp time.before time.after
'

test_expect_success 'a source folder whose tree nobody knows is mended, and what is as wanted keeps its time' '
	rm -rf "$CACHE/build" && echo junk >"$SOURCE/kernel/stray.c" && ln -s nowhere "$SOURCE/link" &&
	mkdir -p "$SOURCE/empty/folder" && touch "$SOURCE/empty/folder/x" && echo wrong >"$SOURCE/init/main.c" &&
	printf "{\"schema\":1,\"trees\":[\"%040d\"]}\n" 7 >"$SOURCE.json" &&
	stat -c "%y" "$SOURCE/kernel/sched.c" >time.before &&
	build toy &&
	git --git-dir=linux/.git --work-tree="$SOURCE" status --porcelain --ignored >actual &&
	test_must_be_empty actual && ! test -e "$SOURCE/empty" &&
	stat -c "%y" "$SOURCE/kernel/sched.c" >time.after &&
	test_cmp time.before time.after
'

test_expect_success 'a source folder whose record is lost is filled anew' '
	rm "$SOURCE.json" &&
	echo junk >"$SOURCE/kernel/junk.c" &&
	sed -i "s/return 3/return 4/" linux/kernel/sched.c &&
	commit "toy: four CPUs" &&
	build toy &&
	! test -e "$SOURCE/kernel/junk.c"
'

# tree_of "MODE NAME" OID: a tree object that git itself would not make.
tree_of () {
	perl -e 'print $ARGV[0], "\0", pack("H*", $ARGV[1])' "$1" "$2" |
		git -C linux hash-object --literally -w -t tree --stdin
}

test_expect_success 'a tree with a hostile path is refused, and nothing is written outside' '
	blob=$(echo pwned | git -C linux hash-object -w --stdin) &&
	head=$(git -C linux rev-parse HEAD) &&
	inner=$(tree_of "100644 escaped" "$blob") &&
	outer=$(tree_of "40000 .." "$inner") &&
	bad=$(git -C linux commit-tree -m bad "$outer") &&
	git -C linux update-ref refs/farrier/tree/toy "$bad" &&
	test_expect_code 2 farrier -C ws build toy 2>err &&
	grep "refused" err &&
	! find . -name escaped | grep . &&
	git -C linux update-ref refs/farrier/tree/toy "$head"
'

test_expect_success 'errors and warnings name file and line, once' '
	git -C linux reset -q --hard "$(cat base)" &&
	printf "extern spinlock_t lock;\n" >>linux/include/smp.h &&
	sed -i "s/return 1;/int unused; return 1;/" linux/kernel/sched.c &&
	commit "smp: a lock" &&
	git -C linux rev-parse HEAD >broken &&
	test_expect_code 1 farrier -C ws --json build toy >out.json &&
	test "$(value status)" = failed &&
	test "$(value image)" = null &&
	jq -e "[.builds[0].diagnostics[] | select(.severity == \"error\" and .line == 3)] |
		length == 1 and .[0].file == \"include/smp.h\" and
		(.[0].text | test(\"spinlock_t\"))" out.json &&
	grep "include/smp.h:3" "$(value log)"
'

test_expect_success 'a kernel that does not build is not built again' '
	rm -f "$OBJECT/compiled" &&
	test_expect_code 1 farrier -C ws --json build toy >again.json &&
	! test -e "$OBJECT/compiled" &&
	jq ".builds[0].diagnostics" out.json >expected &&
	jq ".builds[0].diagnostics" again.json >actual &&
	test_cmp expected actual &&
	jq -e ".builds[0].reused" again.json
'

test_expect_success 'the text form shows the errors and the log' '
	test_expect_code 1 farrier -C ws build toy >out &&
	grep "^toy does not build:" out &&
	grep "include/smp.h:3: error: .*spinlock_t" out &&
	grep "the log: /" out
'

test_expect_success 'git bisect cannot test what does not build' '
	test_expect_code 125 farrier -C ws build --git-bisect toy
'

test_expect_success 'what the linker misses is named' '
	git -C linux reset -q --hard "$(cat base)" &&
	sed -i "s/-nostdlib -r/-nostdlib/" linux/Makefile &&
	sed -i "s/return 1/return missing_function()/" linux/kernel/sched.c &&
	sed -i "s/^int smp_cpus(void);/&\nint missing_function(void);/" linux/include/smp.h &&
	commit "toy: link" &&
	test_expect_code 1 farrier -C ws --json build toy >out.json &&
	jq -e ".builds[0].diagnostics[] | select(.file == \"kernel/sched.c\") |
		.severity == \"error\" and (.text | test(\"missing_function\"))" out.json
'

test_expect_success 'a file that make has no rule for is the source'"'"'s fault' '
	git -C linux reset -q --hard "$(cat base)" &&
	sed -i "s,kernel/fork.o,kernel/nofile.o," linux/Makefile &&
	commit "toy: no file" &&
	test_expect_code 1 farrier -C ws --json build toy >out.json &&
	jq -e ".builds[0].diagnostics[0].text | test(\"No rule to make target .*nofile\")" out.json
'

test_expect_success 'an option that the tree does not know is said, and the build goes on' '
	git -C linux reset -q --hard "$(cat base)" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD &&
	echo CONFIG_FUTURE=y >>ws/kernels/configs/toy.config &&
	build toy &&
	test "$(value status)" = ok &&
	jq -e ".builds[0].diagnostics[0] | .severity == \"config\" and
		.file == \"kernels/configs/toy.config\" and .line == 4 and
		(.text | test(\"CONFIG_FUTURE=y.*knows no such option\"))" out.json &&
	farrier -C ws build toy >out &&
	grep "kernels/configs/toy.config:4: config: CONFIG_FUTURE=y" out
'

test_expect_success 'an option that the tree knows and drops fails the build' '
	sed -i "s/FUTURE/DROPPED/" ws/kernels/configs/toy.config &&
	test_expect_code 1 farrier -C ws --json build toy >out.json &&
	test "$(value status)" = failed &&
	jq -e ".builds[0].diagnostics[0].text | test(\"CONFIG_DROPPED=y.*did not stick\")" out.json &&
	sed -i "/DROPPED/d" ws/kernels/configs/toy.config
'

test_expect_success 'an option that must be off and is on fails the build' '
	sed -i "s/# CONFIG_DEBUG_KERNEL is not set/CONFIG_DEBUG_KERNEL=y/" linux/scripts/conf.sh &&
	sed -i "s/^while read/echo CONFIG_DEBUG_KERNEL=y; &/" linux/scripts/conf.sh &&
	commit "toy: debug" &&
	test_expect_code 1 farrier -C ws --json build toy >out.json &&
	jq -e ".builds[0].diagnostics[0].text | test(\"CONFIG_DEBUG_KERNEL is not set.*stick\")" \
		out.json &&
	git -C linux reset -q --hard "$(cat base)" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD
'

test_expect_success 'of two lines of one option the last one has to stick' '
	echo CONFIG_DEBUG_KERNEL=y >ws/kernels/configs/late.config &&
	git config -f ws/kernels/branches/toy.conf branch.config "toy, late" &&
	farrier -C ws --json build toy >out.json &&
	jq -e ".builds[0].diagnostics | map(select(.severity == \"config\" and
		(.text | test(\"DEBUG_KERNEL\")))) | length == 0" out.json &&
	git config -f ws/kernels/branches/toy.conf branch.config toy
'

# fault SCRIPT: the compiler becomes a script, which may call the real one as "$REAL".
fault () {
	{
		echo "#!/bin/sh" &&
		echo "case \$1 in --version) echo toy gcc fault; exit 0; esac" &&
		echo "REAL=$(command -v gcc)" &&
		cat
	} >bin/toy-linux-gcc
}

test_expect_success 'a full disk is the machine'"'"'s fault: exit 3, nothing cached' '
	cp bin/toy-linux-gcc good-gcc &&
	fault <<-\EOT &&
	echo "kernel/x.c:1: fatal error: error writing to /tmp/x.s: No space left on device" >&2
	exit 1
	EOT
	test_expect_code 3 farrier -C ws build toy 2>err &&
	grep "No space left on device" err &&
	grep "^hint: .*alpha\|^hint: .*toy-toy.log" err &&
	test_expect_code 3 farrier -C ws build toy &&
	test_expect_code 128 farrier -C ws build --git-bisect toy
'

test_expect_success 'a compiler that is killed is the machine'"'"'s fault' '
	fault <<-\EOT &&
	kill -9 $$
	EOT
	test_expect_code 3 farrier -C ws build toy 2>err &&
	grep Killed err
'

test_expect_success 'a compiler that says nothing of the source is the machine'"'"'s fault' '
	fault <<-\EOT &&
	echo "cannot load libmpc.so" >&2
	exit 1
	EOT
	test_expect_code 3 farrier -C ws build toy 2>err &&
	grep "toy-toy.log" err &&
	grep libmpc "$OBJECT.log"
'

test_expect_success 'after the fault the build goes on and works' '
	fault <<-\EOT &&
	exec "$REAL" "$@"
	EOT
	build toy &&
	test "$(value status)" = ok
'

test_expect_success 'another compiler is another build, from nothing' '
	rm -f "$OBJECT/compiled" &&
	cp good-gcc bin/toy-linux-gcc &&
	rm -r "$CACHE/build" &&
	build toy &&
	test "$(compiled)" = 3 &&
	git hash-object "$(value image)" >actual &&
	test_cmp base.image actual
'

test_expect_success 'a cache in a folder where make cannot work is refused with what to do' '
	(
		XDG_CACHE_HOME="$PWD/a folder" &&
		export XDG_CACHE_HOME &&
		test_expect_code 3 farrier -C ws build toy 2>err
	) &&
	grep "no kernel can be built below .*/a folder" err &&
	grep "^hint: .*XDG_CACHE_HOME" err
'

test_expect_success 'a missing compiler is exit 3 with what to do' '
	git config -f ws/kernels/arches/toy.conf arch.cross nosuch-linux- &&
	test_expect_code 3 farrier -C ws build toy 2>err &&
	grep "cannot run .nosuch-linux-gcc." err &&
	grep "^hint: " err &&
	git config -f ws/kernels/arches/toy.conf arch.cross toy-linux-
'

test_expect_success 'console codes in a log never reach the terminal' '
	sed -i "s/return 1/return 1 + nosuch/" linux/kernel/sched.c &&
	printf "#error \033[2Jboo\n" >>linux/kernel/sched.c &&
	commit "toy: rude" &&
	test_expect_code 1 farrier -C ws build toy >out &&
	! grep "$(printf "\033")" out &&
	grep "boo" out &&
	git -C linux reset -q --hard "$(cat base)"
'

# slow: compiling one file takes until somebody removes the file "hold". It does not end
# when it is asked to, as a compiler that is busy writing.
slow () {
	: >hold &&
	fault <<-EOT
	trap "" TERM
	echo \$\$ >>"$PWD/compilers"
	case "\$*" in *kernel/fork.c*) while test -e "$PWD/hold"; do sleep 0.1; done; esac
	exec "\$REAL" "\$@"
	EOT
}

none_lives () {
	while read -r pid; do
		! grep -qs "^State:[[:space:]]*[^ZX]" "/proc/$pid/status" || return 1
	done <compilers
}

for signal in KILL INT; do
	test_expect_success "SIG$signal in the middle: locked until the last compiler is gone, then the next run goes on" '
		rm -rf "$CACHE/build" "$OBJECT" compilers &&
		git -C linux update-ref refs/farrier/tree/toy "$(cat base)" &&
		slow &&
		{ "$FARRIER" -C ws build toy 2>err & } &&
		farrier_pid=$! &&
		wait_for "test -e \"$OBJECT/kernel/.sched.o.cmd\" &&
			test -e \"$OBJECT/init/.main.o.cmd\" &&
			grep -q fork.o \"$OBJECT/compiled\"" &&
		kill -'"$signal"' $farrier_pid &&
		{ wait $farrier_pid; test $? -ge 128; } &&
		wait_for "flock -n \"$SOURCE.lock\" true" &&
		none_lives &&
		! test -e "$CACHE/build/$(cat base.key)" &&
		jq -e .busy "$OBJECT.json" &&
		rm hold compilers &&
		build toy &&
		test "$(value status)" = ok &&
		test "$(grep -c . compilers)" -lt 3
	'
done

test_expect_success 'an object that was written when the power went is compiled again' '
	rm -f compilers &&
	fault <<-EOT &&
	exec "\$REAL" "\$@"
	EOT
	rm -rf "$CACHE/build" &&
	build toy &&
	rm -rf "$CACHE/build" &&
	jq ".busy = true" "$OBJECT.json" >changed && mv changed "$OBJECT.json" &&
	printf "torn" >"$OBJECT/kernel/sched.o" &&
	touch -d "1 second" "$OBJECT/kernel/sched.o" &&
	rm -f "$OBJECT/compiled" &&
	build toy &&
	test "$(value status)" = ok &&
	test "$(compiled)" = 1
'

test_expect_success 'files that one command makes go together, and only when it was cut off' '
	rm -rf "$CACHE/build" && mkdir -p "$OBJECT/scripts" &&
	(cd "$OBJECT/scripts" && echo c >x.tab.c && echo h >x.tab.h && echo other >x.table.c &&
		touch -d "-9 seconds" .x.tab.c.cmd && touch -d "1 second" .x.tab.h.cmd) &&
	jq ".busy = true" "$OBJECT.json" >changed && mv changed "$OBJECT.json" &&
	build toy && test -e "$OBJECT/scripts/x.tab.c" && test -e "$OBJECT/scripts/x.tab.h" &&
	rm -rf "$CACHE/build" &&
	touch -d "-9 seconds" "$OBJECT/scripts/.x.tab.h.cmd" &&
	jq ".busy = true" "$OBJECT.json" >changed && mv changed "$OBJECT.json" &&
	build toy && ! test -e "$OBJECT/scripts/x.tab.c" && ! test -e "$OBJECT/scripts/x.tab.h" &&
	test -e "$OBJECT/scripts/x.table.c"
'

test_expect_success 'two at the same time: the second waits and finds what the first built' '
	rm -rf "$CACHE/build" "$OBJECT" compilers &&
	slow &&
	{ farrier -C ws build toy >first 2>&1 & } &&
	first=$! &&
	wait_for "test -e compilers && grep -q fork.o \"$OBJECT/compiled\"" &&
	{ farrier -C ws build toy >second 2>second.err & } &&
	second=$! &&
	wait_for "grep -q \"waiting for the build of [0-9a-f]*, which process [0-9]* makes\" second.err" &&
	rm hold &&
	wait $first &&
	wait $second &&
	grep " ok " first &&
	grep " cached " second
'

test_expect_success 'two at the very same time, with places for both: one builds' '
	git config -f ws/farrier.conf build.at-once 2 && : >made &&
	fault <<-EOT &&
	case "\$*" in *kernel/fork.c*) echo \$\$ >>"$PWD/made" && sleep 2 ;; esac
	exec "\$REAL" "\$@"
	EOT
	for round in 1 2; do
		rm -rf "$CACHE/build" "$CACHE/obj" && : >made &&
		{ farrier -C ws build toy >first 2>&1 & } &&
		first=$! &&
		farrier -C ws build toy >second 2>&1 &&
		wait $first &&
		test "$(wc -l <made)" = 1 &&
		test -z "$(ls "$CACHE/build" | grep lock)" || return 1
	done &&
	git config -f ws/farrier.conf --unset build.at-once
'

test_expect_success 'two branches in one run are built with the CPUs of one pool' '
	fault <<-EOT &&
	: >"$PWD/running/\$\$"
	ls "$PWD/running" | wc -l >>"$PWD/jobs"
	sleep 0.3
	"\$REAL" "\$@"
	code=\$?
	rm "$PWD/running/\$\$"
	exit \$code
	EOT
	mkdir running &&
	git config -f ws/farrier.conf build.jobs 2 &&
	sed "s,tree/toy,tree/toy2," ws/kernels/branches/toy.conf >ws/kernels/branches/toy2.conf &&
	sed -i "s/return 1/return 5/" linux/kernel/sched.c &&
	git -C linux commit -qam "toy: five" &&
	git -C linux update-ref refs/farrier/tree/toy2 HEAD &&
	rm -rf "$CACHE/build" "$CACHE/obj" &&
	build &&
	jq -e "[.builds[] | select(.status == \"ok\")] | length == 2" out.json &&
	test "$(sort -n jobs | tail -n 1)" = 2 &&
	for log in "$CACHE"/obj/*/*.log; do
		! grep jobserver "$log" || return 1
	done
'

test_expect_success 'the kernel repository is only read' '
	git -C linux for-each-ref --format="%(refname)" >refs &&
	printf "refs/farrier/tree/toy\nrefs/farrier/tree/toy2\nrefs/heads/main\n" >expected &&
	test_cmp expected refs &&
	git -C linux status --porcelain >actual &&
	test_must_be_empty actual
'

test_done
