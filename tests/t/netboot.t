#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='machines that boot from the network: one image with the initramfs inside

The kernels are texts that tests/standin/qemu plays; the compiler is the host'"'"'s.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

toy_cache

build () {
	farrier -q -C ws build toy --json "$@" >build.json && KEY=$(jq -r ".builds[0].key" build.json) &&
	IMAGE=$(jq -r ".builds[0].image" build.json)
}

# The initramfs that was made last.
initramfs () {
	find "$XDG_CACHE_HOME/farrier/guest" -name initrd -printf "%T@ %p\n" | sort -n | tail -n 1 | cut -d " " -f 2-
}

# holds_initramfs IMAGE
holds_initramfs () {
	tail -c "$(wc -c <"$(initramfs)")" "$1" | cmp - "$(initramfs)"
}

test_expect_success 'setup: a machine that takes one file' '
	toy_world && toy_model && toy_fix &&
	tab=$(printf "\t") &&
	cat >>linux/Makefile <<-EOF &&
	bootfile: \$(O)/boot/bootfile
	\$(O)/boot/bootfile: kernel/head kernel/fault kernel/tail
	${tab}@mkdir -p \$(O)/boot
	${tab}@echo "  BOOTFILE with \$(WORDS)"
	${tab}@cat kernel/head kernel/fault kernel/tail \$(INITRD) >\$@
	EOF
	git -C linux commit -qam "toy: boot from the network" && git -C linux tag -f base && toy_branch toy &&
	printf "[machine]\n\tkind = qemu\n\tarch = toy\n\tmodel = net\n\tqemu = %s\n\timage = netboot\n" \
		"$PWD/bin/emulator" >ws/kernels/machines/net.conf &&
	sed -i "3a printf \"%s\\\\n\" \"\$*\" >>\"$PWD/arguments\"" bin/emulator
'

test_expect_success 'an architecture that has no such image is told so' '
	test_expect_code 2 farrier -C ws build toy --machine net 2>err &&
	grep "architecture .toy. has no image that boots from the network" err &&
	grep "arch.netboot. in kernels/arches/toy.conf" err
'

test_expect_success 'build --machine: the kernel and the initramfs in one file' '
	git config -f ws/kernels/arches/toy.conf arch.netboot boot/bootfile &&
	git config -f ws/kernels/arches/toy.conf --add arch.netboot-make "WORDS=two words" &&
	build --machine net && test "$(jq -r ".builds[0].status" build.json)" = ok &&
	head -n 1 "$IMAGE" | grep "Linux version" && holds_initramfs "$IMAGE" &&
	grep "BOOTFILE with two words" "$(jq -r ".builds[0].log" build.json)" &&
	NET=$KEY && cp "$IMAGE" first.image
'

test_expect_success 'without names, branches that the machine is not for are left out' '
	git config -f ws/kernels/arches/other.conf arch.make other && git config -f ws/kernels/arches/other.conf arch.image x &&
	toy_branch other && git config -f ws/kernels/branches/other.conf branch.arch other &&
	farrier -q -C ws build --machine net --json >all.json && jq -e "[.builds[].branch] == [\"toy\"]" all.json &&
	test_expect_code 2 farrier -C ws build other --machine net 2>err && grep "machine .net. is for .toy." err &&
	rm ws/kernels/branches/other.conf ws/kernels/arches/other.conf
'

test_expect_success 'again it is cached, and the plain kernel is another build' '
	build --machine net && test "$(jq -r ".builds[0].status" build.json)" = cached && test "$KEY" = "$NET" &&
	build --machine bench && PLAIN=$KEY && test "$PLAIN" != "$NET" && ! grep -aq "$(printf "\037\213")" "$IMAGE" &&
	build && test "$KEY" = "$PLAIN" && test "$(jq -r ".builds[0].status" build.json)" = cached
'

test_expect_success 'boot: without an initramfs beside it, and each machine only what it takes' '
	farrier -q -C ws boot "$NET" --machine net --seconds 1 >out && grep "^GOOD  net" out &&
	tail -n 1 arguments >last && grep -e "-kernel" last && ! grep -e "-initrd" last &&
	test_expect_code 2 farrier -C ws boot "$NET" --machine bench 2>err &&
	grep "boots a kernel and its initramfs, build .* is an image for the network" err &&
	grep "farrier build toy --machine bench" err &&
	test_expect_code 2 farrier -C ws boot "$PLAIN" --machine net 2>err &&
	grep "boots an image for the network, build .* is a kernel" err &&
	test_expect_code 2 farrier -C ws boot --kernel "$IMAGE" --initrd "$IMAGE" --machine net 2>err &&
	grep "takes no initramfs beside" err &&
	farrier -q -C ws boot --kernel first.image --machine net --seconds 1 >out && grep "^GOOD" out
'

test_expect_success 'another guest: another image, and the old one is not booted' '
	sed -i "s/test=storm/test=Storm/; s/\"storm\"/\"Storm\"/" ws/kernels/guest/*.[ch] && git -C linux diff --quiet &&
	old=$(initramfs) && cp "$old" old.initrd &&
	test_expect_code 2 farrier -C ws boot "$NET" --machine net 2>err &&
	grep "has another initramfs inside" err && grep "farrier build toy --machine net" err &&
	build --machine net && test "$KEY" != "$NET" && holds_initramfs "$IMAGE" && ! cmp -s old.initrd "$(initramfs)"
'

test_expect_success 'a matrix with both kinds of machines: a kernel for each' '
	printf "[matrix]\n\ttitle = both\n\tseries = fix\n\tmodel = model\n\tseconds = 1\n[cells \"all\"]\n" \
		>ws/kernels/matrix/both.conf &&
	printf "\tmachine = bench, net\n\tvariant = base, series\n\tcpus = 2\n" >>ws/kernels/matrix/both.conf &&
	: >arguments &&
	farrier -q -C ws run both --json >lines.json &&
	jq -s "map(select(.run))[-1]" lines.json >run.json &&
	jq -e ".answer == \"good\"" run.json &&
	jq -e "[.builds[].id] | sort == [\"toy/base/branch\", \"toy/base/branch/netboot\", \"toy/series/branch\",
		\"toy/series/branch/netboot\"]" run.json &&
	grep bench arguments >of-bench && ! grep -v -e "-initrd" of-bench &&
	grep -v bench arguments >of-net && test -s of-net && ! grep -e "-initrd" of-net &&
	farrier -q -C ws run both --json >lines.json && jq -se "map(select(.run))[-1].timing.booted == 0" lines.json
'

test_expect_success 'verify: on one kind of machine at a time' '
	farrier -q -C ws verify fix --model model --onto toy --machine net --cpus 2 --seconds 1 --json >verify.json &&
	jq -e ".branches[0].verdict == \"fixed\"" verify.json &&
	test_expect_code 2 farrier -C ws verify fix --model model --onto toy --machine net --machine bench 2>err &&
	grep "boot different images" err
'

test_expect_success 'a machine that boots nothing that is known is refused' '
	sed "s/netboot/floppy/" ws/kernels/machines/net.conf >ws/kernels/machines/odd.conf &&
	test_expect_code 2 farrier -C ws boot "$NET" --machine odd 2>err && grep "floppy" err
'

test_done
