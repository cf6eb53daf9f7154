#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='one file for the network on four real branches: an SRM console boots each of them

The console is tests/standin/srm, which runs the kernel and the initramfs that it finds in the file.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

SRM=$(dirname "$FARRIER")/standin/srm
XDG_CACHE_HOME=$FARRIER_REAL_CACHE
export XDG_CACHE_HOME
BRANCHES="linux-5.10.y linux-6.1.y linux-6.12.y mainline"

# The console fetches by URL, and sharness's folder has a space in its name.
PLACE=$(mktemp -d "${TMPDIR:-/tmp}/farrier-srm-XXXXXX")
cleanup "rm -rf '$PLACE'"

for branch in $BRANCHES; do need_kernel "$branch"; done
test_have_prereq KERNEL || { skip_all='no kernel trees'; test_done; }

test_expect_success 'setup: a workspace with the series' '
	farrier -q init ws && cp -R "$FARRIER_SOURCE"/series/* ws/series/ && cd ws &&
	borrow_kernels ../kernel.git $BRANCHES && git config -f farrier.conf kernel.repo "$PWD/../kernel.git"
'

test_expect_success 'the image of the AlphaServer builds on all four branches' '
	farrier -q build --model io7-edge-loss --with ev7-ipi --machine es47 --json >builds.json &&
	jq -r ".builds[].branch" builds.json >actual && printf "%s\n" $BRANCHES >expected &&
	test_cmp expected actual && jq -e "all(.builds[]; .status != \"failed\" and .image)" builds.json
'

# srm_boot IMAGE FLAGS: power on, boot, until it is at the prompt again; console.log has it all.
srm_boot () {
	rm -f "$PLACE"/* && ln -s "$1" "$PLACE/vmlinux.bootp" &&
	{ "$SRM" 0 "$PLACE" "file://$PLACE" qemu-system-alpha -M clipper -accel tcg,thread=multi -smp 2 \
		-m 512 -nic none -display none -monitor none -serial stdio -no-reboot >srm.log 2>&1 & } &&
	srm=$! &&
	wait_for "test -s \"$PLACE/port\"" &&
	perl "$FARRIER_SOURCE/tests/standin/typist" "$(cat "$PLACE/port")" console.log "$srm" \
		"P00>>>" "boot ewa0 -fi vmlinux.bootp -fl \"$2\"" "halt code.*P00>>>"
	code=$?
	kill "$srm" && wait "$srm"
	return $code
}

FLAGS="console=ttyS0 panic=5 farrier.seconds=2 io7_loss=1 ev7_ipi=on"

test_expect_success 'each of them boots from the console, runs the test and halts' '
	jq -r ".builds[] | .branch + \" \" + .image" builds.json >images &&
	while read -r branch image; do
		srm_boot "$image" "$FLAGS" </dev/null && cp console.log "$branch.log" &&
		farrier judge "$branch.log" && grep -a "# farrier: guest 1 .*cpus=2" "$branch.log" &&
		test "$(cat "$PLACE/flags")" = "$FLAGS" || return 1
	done <images &&
	grep -a "Linux version 5\.10" linux-5.10.y.log && grep -a "Linux version 6\.12" linux-6.12.y.log
'

test_expect_success 'what is inside is the initramfs of every other boot' '
	find "$XDG_CACHE_HOME/farrier/guest" -name initrd >initrds &&
	while read -r initrd; do cmp -s "$initrd" "$PLACE/initrd" && break; done <initrds && cmp "$initrd" "$PLACE/initrd"
'

test_expect_success 'flags that the loader would drop never get there' '
	key=$(jq -r ".builds[0].key" builds.json) &&
	(umask 077 && echo token >token) && git config -f kernels/machines/es47.conf machine.token-file "$PWD/token" &&
	git config -f kernels/machines/es47.conf machine.artifacts "$PWD" &&
	git config -f kernels/machines/es47.conf machine.url http://127.0.0.1:9 &&
	test_expect_code 2 farrier boot "$key" --machine es47 --cmdline "$(printf "%0250d" 7)" 2>err &&
	grep "255 bytes" err
'

test_done
