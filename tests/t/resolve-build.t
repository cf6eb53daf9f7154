#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier resolve --continue --build: what does not build is not recorded

The kernel is tests/standin/kernel, the compiler the host'"'"'s under a cross name.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

PATH=$PWD/bin:$PATH
# Kernels cannot be built in a folder with a space in its name, and sharness's has one.
XDG_CACHE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/farrier-resolve-XXXXXX")
cleanup "rm -rf '$XDG_CACHE_HOME'"
FORK=ws/.farrier/resolve/fix/toy/tree/kernel/fork.c

# decide LINE: puts it in place of everything between markers
decide () {
	awk -v text="$1" '/^<<<<<<< /{skip = 1} !skip{print} /^>>>>>>> /{skip = 0; print text}' \
		"$FORK" >decide.tmp && cat decide.tmp >"$FORK"
}

test_expect_success 'set up a kernel and a series that conflicts' '
	mkdir bin && for tool in gcc ld; do
		printf "#!/bin/sh\nexec %s \"\$@\"\n" "$(command -v $tool)" >"bin/toy-linux-$tool" &&
		chmod +x "bin/toy-linux-$tool" || return 1
	done &&
	git init -q linux && cp -R "$FARRIER_SOURCE"/tests/standin/kernel/. linux/ &&
	chmod +x linux/scripts/conf.sh && git -C linux add -A && git -C linux commit -qm "toy: begin" &&
	git -C linux checkout -q -b topic &&
	sed -i "s/smp_cpus() + 1/smp_cpus() + 2/" linux/kernel/fork.c && git -C linux commit -qam "fork: two" &&
	git -C linux format-patch -q -1 --stdout >mail && git -C linux checkout -q main &&
	sed -i "s/smp_cpus() + 1/smp_cpus() + 10/" linux/kernel/fork.c && git -C linux commit -qam "fork: ten" &&
	git -C linux update-ref refs/farrier/tree/toy HEAD &&
	farrier init ws && rm ws/kernels/branches/* &&
	git config -f ws/farrier.conf kernel.repo "$PWD/linux" &&
	git config -f ws/kernels/arches/toy.conf arch.make toy &&
	git config -f ws/kernels/arches/toy.conf arch.cross toy-linux- &&
	git config -f ws/kernels/arches/toy.conf arch.image vmlinux &&
	git config -f ws/kernels/branches/toy.conf branch.ref refs/farrier/tree/toy &&
	git config -f ws/kernels/branches/toy.conf branch.arch toy &&
	git config -f ws/kernels/branches/toy.conf branch.config toy &&
	echo CONFIG_SMP=y >ws/kernels/configs/toy.config &&
	farrier -q -C ws import --name fix mail &&
	test_expect_code 1 farrier -q -C ws resolve fix toy >text && grep "fork: ten" text
'

test_expect_success 'a build that fails shows the compiler'"'"'s line, and records nothing' '
	decide "	return missing_name;" &&
	test_expect_code 1 farrier -q -C ws resolve fix toy --continue --build -m note >text &&
	grep "does not build: nothing was recorded" text &&
	grep "kernel/fork.c:8: error: .*missing_name" text && grep "from patch 1 of fix" text &&
	! test -e ws/series/fix/ports
'

test_expect_success 'the same as JSON' '
	test_expect_code 1 farrier -q -C ws resolve --json fix toy --continue --build -m note >out &&
	jq -e ".state == \"open\" and .build.status == \"failed\" and
		(.build.diagnostics[0].text | test(\"missing_name\"))" out
'

test_expect_success 'what builds is recorded' '
	sed -i "s/missing_name/smp_cpus() + 12/" "$FORK" &&
	test_expect_code 0 farrier -q -C ws resolve fix toy --continue --build -m "Ten and two." >text &&
	grep "smp_cpus() + 12" ws/series/fix/ports/toy/0001-fork-two.patch && ! test -e ws/.farrier/resolve &&
	farrier -q -C ws port fix --onto toy
'

test_done
