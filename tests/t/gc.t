#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier gc: what is there, what goes, and what never does

The kernel is tests/standin/kernel, the compiler the host'"'"'s under a cross name.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

PATH=$PWD/bin:$PATH
# Kernels cannot be built in a folder with a space in its name, and sharness's has one.
XDG_CACHE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/farrier-gc-XXXXXX")
cleanup "rm -rf '$XDG_CACHE_HOME'"
CACHE=$XDG_CACHE_HOME/farrier

build () {
	farrier -q -C ws --json build "$@" >out.json
}

# One value of the first build.
value () {
	jq -r ".builds[0].$1" out.json
}

gc () {
	farrier -q -C ws --json gc "$@" >gc.json
}

# What goes, in its order: "KIND NAME REASON".
removed () {
	jq -r ".removed[] | \"\(.kind) \(.name) \(.reason)\"" gc.json
}

# kind NAME MEMBER: of one kind.
kind () {
	jq -r ".kinds[] | select(.kind == \"$1\") | .$2" gc.json
}

# commit MESSAGE: makes the work tree the branch's tip.
commit () {
	git -C linux add -A &&
	git -C linux commit -qm "$1" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD
}

# key LETTER: the key of a kernel that only looks like one.
key () {
	printf "%040d" 0 | tr 0 "$1"
}

# kernel LETTER SECONDS DAYS KIB: one that took so long and was used so long ago.
kernel () {
	kernel_folder=$CACHE/build/$(key "$1") &&
	mkdir -p "$kernel_folder" &&
	head -c "$(($4 * 1024))" /dev/urandom >"$kernel_folder/image" &&
	echo "{\"schema\":1,\"status\":\"ok\",\"seconds\":$2,\"branch\":\"fake\"}" \
		>"$kernel_folder/build.json" &&
	touch -d "$3 days ago" "$kernel_folder"
}

# Names, kinds, sizes and times of everything in the cache but folders' times.
picture () {
	(cd "$CACHE" && find . \( -type d -printf "%p\n" \) -o -printf "%p %y %s %T@ %i\n" | sort)
}

test_expect_success 'setup' '
	mkdir bin &&
	for tool in gcc ld; do
		printf "#!/bin/sh\nexec %s \"\$@\"\n" "$(command -v $tool)" >"bin/toy-linux-$tool" &&
		chmod +x "bin/toy-linux-$tool" || return 1
	done &&
	git init -q linux &&
	cp -R "$FARRIER_SOURCE"/tests/standin/kernel/. linux/ &&
	commit "toy: begin" &&
	farrier init ws &&
	rm ws/kernels/branches/* &&
	git config -f ws/farrier.conf kernel.repo "$PWD/linux" &&
	git config -f ws/kernels/arches/toy.conf arch.make toy &&
	git config -f ws/kernels/arches/toy.conf arch.cross toy-linux- &&
	git config -f ws/kernels/arches/toy.conf arch.image vmlinux &&
	git config -f ws/kernels/branches/toy.conf branch.ref refs/farrier/tree/toy &&
	git config -f ws/kernels/branches/toy.conf branch.arch toy &&
	git config -f ws/kernels/branches/toy.conf branch.config toy &&
	printf "CONFIG_SMP=y\nCONFIG_NR_CPUS=4\n" >ws/kernels/configs/toy.config
'

test_expect_success 'a cache that is not there yet is empty, and stays so in a dry run' '
	gc --dry-run &&
	jq -e ".schema == 1 and .total == 0 and .removed == [] and .dry_run" gc.json &&
	jq -e ".limit == 40 * 1024 * 1024 * 1024" gc.json &&
	! test -e "$CACHE"
'

test_expect_success 'it shows what a build left, and what making it again costs' '
	build toy && value key >key && value image >image && cp "$(value image)" expected.image &&
	gc --dry-run &&
	for one in kernels sources objects; do
		test "$(kind $one count)" = 1 && test "$(kind $one bytes)" -gt 0 || return 1
	done &&
	jq -e ".seconds > 0" "$CACHE/src/toy.json" &&
	test "$(kind kernels last_used)" != null &&
	jq -e "([.kinds[].bytes] | add) == .total and .left == .total" gc.json
'

test_expect_success 'the sum is what du says' '
	test "$(jq .total gc.json)" = "$(($(du -s --block-size=1 "$CACHE" | cut -f 1)))"
'

test_expect_success 'the text form is a table, with a line for each thing that goes' '
	farrier -C ws gc --dry-run --all-of kernels >out &&
	grep -E "^kind +count +size +last used +to make again +would go" out &&
	grep -E "^kernels +1 .* 1, .* KiB\$" out &&
	grep -E "^  kernels +$(cut -c 1-12 key)  toy .* asked\$" out &&
	grep -E "^$CACHE has .*, would have .*; its limit is 40 GiB\$" out
'

test_expect_success 'a dry run changes nothing' '
	picture >before &&
	gc --dry-run --limit 1 &&
	test "$(removed | wc -l)" = 3 &&
	picture >after &&
	test_cmp before after
'

test_expect_success 'below the limit nothing goes' '
	gc &&
	jq -e ".removed == [] and .dry_run == false" gc.json &&
	test -e "$(cat image)"
'

test_expect_success 'what went is made again, and is the same' '
	gc --limit 1 &&
	test "$(kind kernels removed) $(kind sources removed) $(kind objects removed)" = "1 1 1" &&
	! test -e "$(cat image)" && ! test -e "$CACHE/src/toy" && ! test -e "$CACHE/obj/toy" &&
	! test -e "$CACHE/trash" &&
	build toy &&
	test "$(value status)" = ok &&
	test "$(value key)" = "$(cat key)" &&
	cmp "$(value image)" expected.image &&
	gc --dry-run &&
	jq -e "([.kinds[].bytes] | add) == .total" gc.json
'

test_expect_success 'a source folder takes its object folders along; make compiles all again' '
	gc --all-of sources &&
	removed >actual &&
	grep "^sources toy asked" actual && grep "^objects toy/toy-toy asked" actual &&
	test -e "$(cat image)" &&
	echo "int driver;" >>linux/kernel/fork.c && commit "toy: more" &&
	build toy &&
	test "$(wc -l <"$CACHE/obj/toy/toy-toy/compiled")" = 3
'

test_expect_success 'object folders alone may go' '
	rm -r "$CACHE/build" &&
	gc --all-of objects &&
	removed >actual && echo "objects toy/toy-toy asked" >expected && test_cmp expected actual &&
	test -d "$CACHE/src/toy" && ! test -e "$CACHE/obj/toy" &&
	build toy && test "$(value status)" = ok
'

test_expect_success 'a kind that is none, or that never goes, is named' '
	test_expect_code 2 farrier -C ws gc --all-of spoons 2>err &&
	grep "spoons" err && grep "kernels, sources" err &&
	test_expect_code 2 farrier -C ws gc --all-of repository 2>err &&
	test_expect_code 2 farrier -C ws gc --limit 3x 2>err && grep "is no size" err &&
	test_expect_code 2 farrier -C ws gc --limit -1 2>err &&
	test_expect_code 2 farrier -C ws gc --older-than 0 &&
	git config -f ws/farrier.conf cache.limit much &&
	test_expect_code 2 farrier -C ws gc 2>err && grep "cache.limit" err &&
	git config -f ws/farrier.conf --unset cache.limit
'

test_expect_success 'the cheapest for its size and age goes first' '
	gc --all-of kernels --limit 0 &&
	kernel a 100 10 100 && kernel b 10 10 100 && kernel c 100 1 100 && kernel d 100 10 1000 &&
	gc --dry-run --limit 1 &&
	removed | sed -n "s/^kernels \(.\).*/\1/p" | tr -d "\n" >actual &&
	printf "bdac" >expected &&
	test_cmp expected actual &&
	gc --dry-run --limit "$(($(jq .total gc.json) - 150 * 1024))" &&
	removed | grep -c "^kernels" >actual && echo 2 >expected && test_cmp expected actual
'

test_expect_success 'what the newest run of a matrix was made of goes last' '
	mkdir -p ws/.farrier/runs/0001 ws/.farrier/runs/0002 &&
	run () {
		echo "{\"schema\":1,\"matrix\":\"default\",\"ended\":\"x\",\"builds\":[{\"key\":\"$1\"}]}"
	} &&
	run "$(key a)" >ws/.farrier/runs/0001/run.json &&
	run "$(key b)" >ws/.farrier/runs/0002/run.json &&
	gc --dry-run --limit 1 &&
	removed | sed -n "s/^kernels \(.\).*/\1/p" | tr -d "\n" >actual &&
	printf "dacb" >expected &&
	test_cmp expected actual &&
	test "$(kind kernels needed)" = 1
'

test_expect_success 'a damaged record of a run is said and needs nothing' '
	echo junk >ws/.farrier/runs/0002/run.json &&
	farrier -C ws --json gc --dry-run --limit 1 >gc.json 2>err &&
	grep "run.json.* is damaged" err &&
	removed | sed -n "s/^kernels \(.\).*/\1/p" | tr -d "\n" >actual &&
	printf "bdca" >expected &&
	test_cmp expected actual &&
	rm -r ws/.farrier/runs
'

test_expect_success 'the limit of farrier.conf is kept when gc is asked' '
	git config -f ws/farrier.conf cache.limit 700k &&
	gc &&
	removed | sed -n "s/^kernels \(.\).*/\1/p" | tr -d "\n" >actual &&
	printf "bd" >expected &&
	test_cmp expected actual &&
	jq -e ".left <= .limit and .total > .limit" gc.json
'

test_expect_success 'what was not used for so many days goes, whatever the limit' '
	gc --older-than 5 --limit 0 &&
	removed >actual && echo "kernels $(key a) old" >expected && test_cmp expected actual
'

test_expect_success 'a hit is a use' '
	build toy && key=$(value key) &&
	touch -d "20 days ago" "$CACHE/build/$key" &&
	gc --dry-run --older-than 5 --limit 0 && removed | grep "$key" &&
	build toy && test "$(value status)" = cached &&
	gc --dry-run --older-than 5 --limit 0 && ! removed | grep "$key"
'

test_expect_success 'after a build the limit is kept, and what was built stays' '
	kernel e 100 30 3000 && kernel f 100 20 300 &&
	git config -f ws/farrier.conf cache.limit 1m &&
	echo "int more;" >>linux/kernel/fork.c && commit "toy: much more" &&
	farrier -C ws --json build toy >out.json 2>err &&
	grep "the cache had 3.* GiB\|the cache had 0.0 GiB, its limit" err &&
	! test -e "$CACHE/build/$(key e)" && test -e "$CACHE/build/$(key f)" &&
	test -e "$(value image)" && test -d "$CACHE/src/toy"
'

test_expect_success 'a tenth above the limit nothing goes by itself' '
	gc --dry-run --limit 0 &&
	git config -f ws/farrier.conf cache.limit "$(($(jq .total gc.json) * 100 / 105))" &&
	echo "int and_more;" >>linux/kernel/fork.c && commit "toy: again" &&
	farrier -C ws build toy 2>err &&
	! grep "the cache" err && test -e "$CACHE/build/$(key f)"
'

test_expect_success 'a build that is all the cache may hold says so and keeps everything it uses' '
	git config -f ws/farrier.conf cache.limit 1 &&
	echo "int last;" >>linux/kernel/fork.c && commit "toy: last" &&
	farrier -C ws --json build toy >out.json 2>err &&
	grep "more than its limit" err &&
	test -e "$(value image)" && test -d "$CACHE/src/toy" && test -d "$CACHE/obj/toy/toy-toy" &&
	! test -e "$CACHE/build/$(key f)"
'

test_expect_success 'a limit of 0 is none' '
	git config -f ws/farrier.conf cache.limit 0 &&
	kernel f 1 900 3000 && build toy && gc &&
	jq -e ".removed == [] and .limit == 0" gc.json
'

test_expect_success 'what somebody has locked stays' '
	gc --all-of sources --dry-run && removed | grep "^sources toy" &&
	flock "$CACHE/src/toy.lock" "$FARRIER" -q -C ws --json gc --all-of sources --all-of objects \
		>gc.json &&
	jq -e ".removed == []" gc.json &&
	test "$(kind sources in_use) $(kind objects in_use)" = "1 1" &&
	test -d "$CACHE/src/toy" && test -d "$CACHE/obj/toy/toy-toy" &&
	flock -s "$CACHE/build/$(key f)" "$FARRIER" -q -C ws --json gc --all-of kernels >gc.json &&
	test -d "$CACHE/build/$(key f)" && ! removed | grep "$(key f)"
'

test_expect_success 'a build under way loses nothing' '
	cp bin/toy-linux-gcc good-gcc &&
	cat >bin/toy-linux-gcc <<-EOF &&
	#!/bin/sh
	case "\$*" in
	*sched.c*) touch "$PWD/compiling"; while ! test -e "$PWD/go"; do sleep 0.1; done ;;
	esac
	exec gcc "\$@"
	EOF
	echo "int slow;" >>linux/kernel/sched.c && commit "toy: slow" &&
	{ farrier -q -C ws --json build toy >slow.json & } && pid=$! &&
	wait_for "test -e compiling" &&
	gc --all-of sources --limit 1 &&
	touch go && wait $pid &&
	cp good-gcc bin/toy-linux-gcc &&
	! removed | grep "^sources\|^objects" &&
	jq -e ".builds[0].status == \"ok\"" slow.json &&
	test -e "$(jq -r ".builds[0].image" slow.json)"
'

test_expect_success 'a boot under way keeps its kernel and its guest' '
	build toy && key=$(value key) &&
	git config -f ws/kernels/machines/bench.conf machine.kind qemu &&
	git config -f ws/kernels/machines/bench.conf machine.arch toy &&
	git config -f ws/kernels/machines/bench.conf machine.model bench &&
	git config -f ws/kernels/machines/bench.conf machine.qemu "$PWD/bin/emulator" &&
	cat >bin/emulator <<-EOF &&
	#!/bin/sh
	test "\$1" = --version && echo "stand-in 1" && exit
	touch "$PWD/booting"
	while ! test -e "$PWD/boot.on"; do sleep 0.1; done
	EOF
	chmod +x bin/emulator &&
	{ farrier -q -C ws boot --machine bench "$key" >/dev/null 2>&1 & } && pid=$! &&
	wait_for "test -e booting" &&
	gc --limit 1 &&
	touch boot.on && { wait $pid || true; } &&
	test -e "$CACHE/build/$key/image" && ls "$CACHE"/guest/*/initrd &&
	! removed | grep "^guests\|$key" &&
	test "$(kind guests in_use)" = 1 &&
	gc --limit 1 && removed | grep "^guests" && removed | grep "$key"
'

test_expect_success 'links in the cache are left alone, and so is what is behind them' '
	mkdir -p outside/build/x outside/history && echo precious >outside/file &&
	cp outside/file outside/history/file && echo "{}" >outside/build/build.json &&
	ln -s "$PWD/outside/build" "$CACHE/build/$(key 1)" &&
	ln -s "$PWD/outside/file" "$CACHE/mails/1-$(key 2)" 2>/dev/null ||
		{ mkdir -p "$CACHE/mails" && ln -s "$PWD/outside/file" "$CACHE/mails/1-$(key 2)"; } &&
	ln -s "$PWD/outside/history" "$CACHE/history" &&
	mkdir -p "$CACHE/lint/$(key 3)" && ln -s "$PWD/outside" "$CACHE/lint/$(key 3)/out" &&
	ln "outside/file" "$CACHE/lint/$(key 3)/hard" &&
	touch -d "3 days ago" "$CACHE/lint/$(key 3)/hard" &&
	find outside -printf "%p %y %s\n" | sort >before &&
	farrier -C ws gc --limit 1 >out &&
	grep "history.* is a link" out &&
	! test -e "$CACHE/lint/$(key 3)" &&
	find outside -printf "%p %y %s\n" | sort >after &&
	test_cmp before after &&
	test "$(cat outside/file)" = precious &&
	rm "$CACHE/history"
'

test_expect_success 'hostile names are no things, and their escapes reach no terminal' '
	escape=$(printf "\033") &&
	mkdir -p "$CACHE/src/a${escape}[31mb" "$CACHE/build/x${escape}]0;y" "$CACHE/mails/-rf" &&
	touch "$CACHE/mails/$(printf "two\nlines")" "$CACHE/mails/e${escape}vil" &&
	mkdir -p "$CACHE/obj/-b/n" &&
	farrier -C ws -v gc --limit 1 >out 2>err &&
	! grep "$escape" out err &&
	test -e "$CACHE/src/a${escape}[31mb" && test -e "$CACHE/mails/-rf" &&
	gc --dry-run && test "$(kind other bytes)" -gt 0 &&
	rm -r "$CACHE/src/a${escape}[31mb" "$CACHE/mails" "$CACHE/obj/-b"
'

test_expect_success 'the cache itself may be a link' '
	mv "$CACHE" "$XDG_CACHE_HOME/elsewhere" && ln -s elsewhere "$CACHE" &&
	build toy && kernel a 1 5 10 &&
	gc --dry-run && total=$(jq .total gc.json) && test "$total" -gt 10000 &&
	gc --all-of kernels && test "$(kind kernels removed)" -ge 1 &&
	! test -e "$CACHE/build/$(key a)" && ! test -e "$CACHE/trash" &&
	rm "$CACHE" && mv "$XDG_CACHE_HOME/elsewhere" "$CACHE"
'

test_expect_success 'trash and old temporary files go, new ones stay' '
	mkdir -p "$CACHE/trash/1-2/0" "$CACHE/build/$(key 4).old" "$CACHE/guest/$(key 5).new" &&
	touch "$CACHE/trash/1-2/0/image" "$CACHE/src/toy.json.tmp-AbCdEf" &&
	touch -d "2 days ago" "$CACHE/src/toy.json.tmp-AbCdEf" "$CACHE/build/$(key 4).old" &&
	gc --dry-run && removed >actual &&
	echo "leftovers trash/1-2 leftover" >expected && test_cmp expected actual &&
	gc &&
	! test -e "$CACHE/trash" && test -e "$CACHE/src/toy.json.tmp-AbCdEf" &&
	rm "$CACHE/src/toy.json.tmp-AbCdEf"
'

test_expect_success 'the lock of a build that was killed goes, that of one that runs stays' '
	touch "$CACHE/build/$(key 4).lock" &&
	flock "$CACHE/build/$(key 4).lock" "$FARRIER" -q -C ws --json gc >gc.json && test -e "$CACHE/build/$(key 4).lock" &&
	gc && removed | grep "^leftovers build/$(key 4).lock" && ! test -e "$CACHE/build/$(key 4).lock"
'

test_expect_success 'an import that was killed leaves nothing, one that runs is left alone' '
	git init -q --bare "$CACHE/linux.git" &&
	mkdir "$CACHE/linux.git/objects/tmp_farrier-x1y2z3" &&
	touch "$CACHE/linux.git/objects/tmp_farrier-x1y2z3/file" &&
	flock "$CACHE/linux.git/objects/tmp_farrier.lock" "$FARRIER" -q -C ws --json gc >gc.json &&
	test -e "$CACHE/linux.git/objects/tmp_farrier-x1y2z3/file" &&
	gc && removed | grep "^leftovers .*tmp_farrier-x1y2z3" &&
	! test -e "$CACHE/linux.git/objects/tmp_farrier-x1y2z3" &&
	test -e "$CACHE/linux.git/objects/tmp_farrier.lock"
'

test_expect_success 'the kernel repository stays, and is packed when that is asked' '
	tip=$(git -C linux rev-parse HEAD) &&
	git -C linux push -q "$CACHE/linux.git" "HEAD:refs/farrier/tree/toy" &&
	lost=$(echo lost | git --git-dir="$CACHE/linux.git" hash-object -w --stdin) &&
	test_expect_code 2 farrier -C ws gc --pack-repository 2>err &&
	grep "no part of the cache" err &&
	git config -f ws/farrier.conf --unset kernel.repo &&
	gc --limit 1 --pack-repository &&
	test "$(git --git-dir="$CACHE/linux.git" rev-parse refs/farrier/tree/toy)" = "$tip" &&
	git --git-dir="$CACHE/linux.git" fsck --no-dangling &&
	git --git-dir="$CACHE/linux.git" cat-file -e "$lost" &&
	ls "$CACHE"/linux.git/objects/pack/*.pack &&
	git config -f ws/farrier.conf kernel.repo "$PWD/linux"
'

test_expect_success 'two at once: each thing goes once, and not more than has to' '
	rm -rf "$CACHE/build" &&
	for letter in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		kernel $letter 10 $((1 + 0x$letter)) 100 || return 1
	done &&
	gc --dry-run --limit 0 && limit=$(($(jq .total gc.json) - 700 * 1024)) &&
	{ farrier -q -C ws --json gc --limit $limit >one.json & } && one=$! &&
	{ farrier -q -C ws --json gc --limit $limit >two.json & } && two=$! &&
	wait $one && wait $two &&
	jq -r ".removed[].name" one.json two.json | sort >both && uniq both >once &&
	test_cmp once both &&
	gc --dry-run --limit 0 &&
	test "$(jq .total gc.json)" -le "$limit" &&
	test "$(jq .total gc.json)" -gt "$((limit - 150 * 1024))"
'

test_expect_success 'killed at any moment: whatever is still there is whole' '
	rm -rf "$CACHE/build" &&
	for round in 1 2 3 4 5 6 7 8 9 10; do
		for letter in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
			kernel $letter 10 1 4 || return 1
		done &&
		{ "$FARRIER" -q -C ws gc --all-of kernels >/dev/null 2>&1 & } && pid=$! &&
		sleep "0.$(printf "%02d" $((round * 3)))" &&
		{ kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null; true; } &&
		for folder in "$CACHE"/build/*; do
			! test -d "$folder" || { test -f "$folder/image" && test -f "$folder/build.json"; } || {
				ls -R "$folder"
				return 1
			}
		done
	done &&
	gc --all-of kernels && ! test -e "$CACHE/trash" && ! ls "$CACHE/build" | grep .
'

test_expect_success 'builds while another process removes all it can: each is right' '
	git config -f ws/farrier.conf cache.limit 0 &&
	rm -f stop &&
	{
		while ! test -e stop; do
			farrier -q -C ws gc --limit 1 >/dev/null 2>>gc.err || touch gc.failed
		done &
	} && collector=$! &&
	for round in 1 2 3 4 5 6 7 8; do
		echo "int round_$round;" >>linux/kernel/fork.c && commit "toy: round $round" &&
		build toy && build toy &&
		test "$(value status)" != failed || { touch stop; return 1; }
	done; result=$?
	touch stop && wait $collector && test $result = 0 &&
	! test -e gc.failed && test_must_be_empty gc.err
'

test_done
