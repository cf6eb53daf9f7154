#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier run with a full disk, an emulator that dies, damaged files, and two at once

The world is that of run-kill.t: every run has to leave the record of the undisturbed one.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

toy_cache

boots () {
	wc -l <"$XDG_CACHE_HOME/booted"
}

builds () {
	wc -l <"$XDG_CACHE_HOME/built"
}

# The states and rates of cells, without boots: what a run says, whatever it took.
answers () {
	jq -S "[.cells[] | [.id, .state, .rate]], [.pairs[] | [.series, .answer]], .answer" \
		"ws/.farrier/runs/$1/run.json"
}

test_expect_success 'setup: the undisturbed run' '
	steady_world && steady_run && answers 0001 >expected.answers &&
	cp -a ws/.farrier undisturbed && cp -a "$XDG_CACHE_HOME/farrier" undisturbed-cache
'

# again: everything as the undisturbed run left it.
again () {
	steady_forget && cp -a undisturbed ws/.farrier && cp -a undisturbed-cache "$XDG_CACHE_HOME/farrier" &&
	: >"$XDG_CACHE_HOME/built" && : >"$XDG_CACHE_HOME/booted"
}

test_expect_success 'two at once: one waits, and then has nothing to do' '
	steady_forget &&
	{ "$FARRIER" -C ws run small >first 2>first.err & } &&
	"$FARRIER" -C ws run small >second 2>second.err && wait $! &&
	test "$(boots)" = 22 && test "$(builds)" = 4 &&
	cat first.err second.err | grep "waiting for the boots of this workspace, which process [0-9]* holds" &&
	cat first second | grep "22 boots done, 0 reused" &&
	cat first second | grep "0 boots done, 22 reused" &&
	answers 0001 >actual.answers && test_cmp expected.answers actual.answers &&
	answers 0002 >actual.answers && test_cmp expected.answers actual.answers
'

test_expect_success 'two at once with --no-wait: the second is refused' '
	steady_forget &&
	mkdir -p ws/.farrier && mkfifo hold && { flock ws/.farrier/boots.lock cat hold & } &&
	exec 9>hold &&
	test_expect_code 3 farrier -C ws run --no-wait small 2>err && grep "in use by process" err &&
	exec 9>&- && wait && rm hold &&
	farrier -C ws -q run --no-wait small >out && steady_end
'

test_expect_success 'two workspaces share a cache: no kernel is built twice' '
	steady_forget && cp -a ws ws2 &&
	{ "$FARRIER" -C ws -q run small >first 2>first.err & } &&
	"$FARRIER" -C ws2 -q run small >second 2>second.err && wait $! &&
	test "$(builds)" = 4 && test "$(boots)" = 44 &&
	answers 0001 >actual.answers && test_cmp expected.answers actual.answers &&
	steady_logs >actual.logs && test_cmp expected.logs actual.logs &&
	rm -r ws2
'

# emulator WHEN WHAT: does WHAT instead of every boot whose number WHEN divides.
emulator () {
	cp bin/emulator bin/steady-emulator && BOOTED=$XDG_CACHE_HOME/booted every "$1" "$2" <bin/steady-emulator >bin/emulator
}

# What a kernel printed before somebody killed its machine says nothing of it.
cat >midway <<-EOF
#!/bin/sh
for word; do
	shift
	before=\$now now=\$word
	test "\$before" = -kernel && sed 5q "\$word" >$XDG_CACHE_HOME/half && echo "die 9" >>$XDG_CACHE_HOME/half &&
		word=$XDG_CACHE_HOME/half
	set -- "\$@" "\$word"
done
exec perl "$FARRIER_SOURCE/tests/standin/qemu" "\$@"
EOF
chmod +x midway

for death in "exit 1" "kill -9 \$\$" "exec '$PWD/midway' \"\$@\""; do
	test_expect_success "an emulator that dies now and then (${death%% *}): replaced, and kept" '
		steady_forget && emulator 5 "$death" &&
		test_when_finished "mv bin/steady-emulator bin/emulator" &&
		farrier -C ws -q run small >out &&
		answers 0001 >actual.answers && test_cmp expected.answers actual.answers &&
		jq -e "[.cells[].boots[] | select(.verdict == \"INFRA\")] | length >= 4 and all(.counted | not)" \
			ws/.farrier/runs/0001/run.json &&
		test "$(boots)" = "$(jq "[.cells[].boots[]] | length" ws/.farrier/runs/0001/run.json)"
	'
done

test_expect_success 'an emulator that always dies: infra, not bad; and the next run tries again' '
	steady_forget && emulator 1 "exit 1" &&
	test_expect_code 4 farrier -C ws -q run small >out &&
	mv bin/steady-emulator bin/emulator &&
	jq -e ".cells | all(.state == \"infra\")" ws/.farrier/runs/0001/run.json &&
	farrier -C ws -q run small >out &&
	answers 0002 >actual.answers && test_cmp expected.answers actual.answers
'

a_boot () {
	find ws/.farrier/boots -path "*/0002/boot.json" | sort | head -1
}

# a_build_file NAME: of the first build in the cache.
a_build_file () {
	find "$XDG_CACHE_HOME/farrier/build" -name "$1" | sort | head -1
}

cat >ways <<-\EOF
truncate -s 100
truncate -s 0
cp bin/emulator
sed -i s/schema/shema/
EOF

while read -r how; do
	test_expect_success "a boot.json after '$how': said, kept, and one boot more" '
		again && record=$(a_boot) && $how "$record" && sha1sum "$record" >before &&
		farrier -C ws run small >out 2>err &&
		grep "boot.json. is damaged" err && grep "1 boots* done, 21 reused" out &&
		test "$(boots)" = 1 && sha1sum -c before &&
		answers 0002 >actual.answers && test_cmp expected.answers actual.answers
	'

	test_expect_success "a build.json after '$how': said, and built again" '
		again && rm -r ws/.farrier && $how "$(a_build_file build.json)" &&
		farrier -C ws run small >out 2>err && grep "build.json. is damaged" err &&
		test "$(builds)" = 1 && test "$(boots)" = 22 &&
		steady_images >actual.images && test_cmp expected.images actual.images &&
		answers 0001 >actual.answers && test_cmp expected.answers actual.answers
	'

	test_expect_success "a run.json after '$how': said, kept, and the run is another one" '
		again && $how ws/.farrier/runs/0001/run.json && sha1sum ws/.farrier/runs/0001/run.json >before &&
		farrier -C ws run small >out 2>err && grep "run.json. is damaged" err &&
		test "$(boots)" = 0 && sha1sum -c before &&
		answers 0002 >actual.answers && test_cmp expected.answers actual.answers
	'
done <ways

test_expect_success 'a boot.json of other types than it should have is not believed' '
	again && record=$(a_boot) &&
	jq ".verdict = 7 | .seconds = \"long\" | .cause = [] | .counters = 3" "$record" >new && mv new "$record" &&
	farrier -C ws run small >out 2>err && test "$(boots)" = 1 &&
	answers 0002 >actual.answers && test_cmp expected.answers actual.answers
'

test_expect_success 'an image with one wrong byte: said, and built again' '
	again && rm -r ws/.farrier &&
	printf X | dd of="$(a_build_file image)" bs=1 seek=20 conv=notrunc 2>/dev/null &&
	farrier -C ws run small >out 2>err && grep "is not the one that was built; it is built again" err &&
	test "$(builds)" = 1 && test "$(boots)" = 22 &&
	steady_images >actual.images && test_cmp expected.images actual.images
'

test_expect_success 'a damaged initramfs is made again' '
	again && printf X >>"$(find "$XDG_CACHE_HOME/farrier/guest" -name initrd)" &&
	farrier -C ws run small >out 2>err &&
	answers 0002 >actual.answers && test_cmp expected.answers actual.answers &&
	cmp "$(find undisturbed-cache/guest -name initrd)" "$(find "$XDG_CACHE_HOME/farrier/guest" -name initrd)"
'

test_expect_success 'a compiler without disk or memory: the guest program is not blamed' '
	steady_forget && mv bin/toy-linux-gcc bin/good-gcc &&
	test_when_finished "mv bin/good-gcc bin/toy-linux-gcc" &&
	for complaint in "final link failed: No space left on device" \
		"fatal error: Killed signal terminated program cc1"; do
		cat >bin/toy-linux-gcc <<-EOF && chmod +x bin/toy-linux-gcc &&
		#!/bin/sh
		test "\$1" = --version && exec gcc --version
		echo "ld: $complaint" >&2
		exit 1
		EOF
		test_expect_code 3 farrier -C ws -q run small 2>err &&
		grep "cannot compile the guest program in .*$complaint" err || return 1
	done &&
	mv bin/good-gcc bin/toy-linux-gcc && cp bin/toy-linux-gcc bin/good-gcc &&
	farrier -C ws -q run small >out && steady_end
'

test_expect_success "make'\''s folders are garbage: the kernels come out the same" '
	again && rm -rf ws/.farrier "$XDG_CACHE_HOME/farrier/build" &&
	find "$XDG_CACHE_HOME/farrier/obj" -type f -exec cp bin/emulator {} \; &&
	farrier -C ws -q run small >out 2>err && steady_end
'

# A disk of its own, in a mount namespace of its own: gone with the shell, however that ends.
cat >on-a-small-disk <<-\EOF
#!/bin/sh
mount -t tmpfs -o size=4m none "$XDG_CACHE_HOME/disk" && exec "$@"
EOF
chmod +x on-a-small-disk
mkdir -p "$XDG_CACHE_HOME/disk"
for unshare in "unshare -m" "unshare -Urm"; do
	$unshare "$PWD/on-a-small-disk" true 2>/dev/null && test_set_prereq DISK && break
done
test_have_prereq DISK || echo "# SKIPPED: no full disk: neither root nor a user namespace may mount" >&2

# What grows is the workspace: it gets room for a little more each time, until that is enough.
# Whatever was being written when the disk was full is not believed later.
cat >fill-up <<-\EOF
disk=$XDG_CACHE_HOME/disk failures=0
cp -a ws "$disk/ws" || exit 1
for room in $(seq 0 4 600); do
	rm -f "$disk/filler"
	dd if=/dev/zero of="$disk/filler" bs=1k 2>/dev/null
	truncate -s "-${room}k" "$disk/filler"
	"$FARRIER" -C "$disk/ws" -q run small >out 2>err
	code=$?
	"$FARRIER_SOURCE/tests/standin/witness" look memory "$disk/ws" "$XDG_CACHE_HOME/farrier" \
		"$XDG_CACHE_HOME/built" || exit 1
	test $code = 0 && break
	failures=$((failures + 1))
	cat err
	test $code = 3 && grep -q "No space left" err || { echo "exit code $code with $room kB"; exit 1; }
done
echo "$failures failures, then exit $code"
test $failures -gt 3 && test $code = 0 && rm -f "$disk/filler" && cp -a "$disk/ws/.farrier" ws
EOF

test_expect_success DISK 'a disk that is full, again and again: an error each time, and the same end' '
	again && rm -r ws/.farrier && rm -f memory &&
	$unshare "$PWD/on-a-small-disk" sh ./fill-up &&
	last=$(ls ws/.farrier/runs | tail -1) && answers "$last" >actual.answers &&
	test_cmp expected.answers actual.answers &&
	steady_logs >actual.logs && test_cmp expected.logs actual.logs && test "$(builds)" = 0
'

test_expect_success DISK 'a cache on a full disk: no kernel is blamed' '
	again && rm -r ws/.farrier && rm -r "$XDG_CACHE_HOME/farrier/build" &&
	cat >in-cache <<-\EOF &&
	cp -a "$XDG_CACHE_HOME/farrier" "$XDG_CACHE_HOME/disk/" || exit 1
	XDG_CACHE_HOME=$XDG_CACHE_HOME/disk "$FARRIER" -C ws -q run small
	EOF
	test_expect_code 3 $unshare "$PWD/on-a-small-disk" sh ./in-cache >out 2>err &&
	grep "not enough space for a build" err &&
	jq -e ".cells | all(.state == \"infra\")" ws/.farrier/runs/0001/run.json &&
	farrier -C ws -q run small >out &&
	answers 0002 >actual.answers && test_cmp expected.answers actual.answers
'

test_done
