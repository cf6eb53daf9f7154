# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A toy world: kernels that are texts, which tests/standin/qemu plays, and series that change them.

# toy_cache: a cache of its own. Kernels cannot be built in a folder with a space in its name,
# and sharness's has one.
toy_cache () {
	XDG_CACHE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/farrier-toy-XXXXXX")
	cleanup "rm -rf '$XDG_CACHE_HOME'"
}

# toy_series NAME KEY=VALUE...: the work tree's change becomes series NAME.
toy_series () {
	name=$1 && shift &&
	git -C linux add -A &&
	git -C linux commit -qm "toy: $name" &&
	mkdir -p "ws/series/$name" &&
	git -C linux format-patch -q -1 --full-index -o "$PWD/ws/series/$name" &&
	printf "[series]\n\ttitle = %s\n" "$name" >"ws/series/$name/series.conf" &&
	for pair; do
		printf "\t%s = %s\n" "${pair%%=*}" "${pair#*=}" >>"ws/series/$name/series.conf"
	done &&
	git -C linux reset -q --hard base
}

# toy_world: a workspace 'ws' with branch 'toy' of 'linux', whose boots 'booted' counts; in bin/
# are an emulator and a compiler for architecture 'toy'.
toy_world () {
	toy_tab=$(printf '\t')
	mkdir bin && PATH=$PWD/bin:$PATH &&
	for tool in gcc ld; do
		printf "#!/bin/sh\nexec %s \"\$@\"\n" "$(command -v $tool)" >"bin/toy-linux-$tool" &&
		chmod +x "bin/toy-linux-$tool" || return 1
	done &&
	git init -q linux && mkdir linux/kernel &&
	cat >linux/Makefile <<-EOF &&
	VERSION = 6
	PATCHLEVEL = 12
	SUBLEVEL = 1
	allnoconfig:
	${toy_tab}@cp \$(KCONFIG_ALLCONFIG) \$(O)/.config
	vmlinux:
	${toy_tab}@echo "  LD      vmlinux"
	${toy_tab}@cat kernel/head kernel/fault kernel/tail >\$(O)/vmlinux
	EOF
	cat >linux/kernel/head <<-\EOF &&
	say [    0.000000] Linux version 6.12.1 (a@b) #1 SMP
	say KTAP version 1
	say 1..1
	guest
	say # farrier: counter before LOE 0 0
	say # farrier: heartbeat 1 progress 10 9
	EOF
	echo "say [    0.100000] a line of its own" >linux/kernel/fault &&
	cat >linux/kernel/tail <<-\EOF &&
	say # farrier: counter after LOE 7 5
	say ok 1 storm
	say # farrier: end
	say [    2.000000] reboot: Power down
	off
	EOF
	git -C linux add -A && git -C linux commit -qm "toy: begin" && git -C linux tag base &&
	farrier -q init ws && rm ws/kernels/branches/* ws/kernels/machines/* ws/kernels/matrix/* &&
	git config -f ws/farrier.conf kernel.repo "$PWD/linux" &&
	git config -f ws/kernels/arches/toy.conf arch.make toy &&
	git config -f ws/kernels/arches/toy.conf arch.cross toy-linux- &&
	git config -f ws/kernels/arches/toy.conf arch.image vmlinux &&
	toy_branch toy &&
	echo CONFIG_SMP=y >ws/kernels/configs/toy.config &&
	git config -f ws/kernels/machines/bench.conf machine.kind qemu &&
	git config -f ws/kernels/machines/bench.conf machine.arch toy &&
	git config -f ws/kernels/machines/bench.conf machine.model bench &&
	git config -f ws/kernels/machines/bench.conf machine.qemu "$PWD/bin/emulator" &&
	cat >bin/emulator <<-EOF &&
	#!/bin/sh
	test "\$1" = --version && echo "stand-in 1" && exit
	echo \$\$ >>"$PWD/booted"
	exec perl "$FARRIER_SOURCE/tests/standin/qemu" "\$@"
	EOF
	chmod +x bin/emulator
}

# every NUMBER WHAT <EMULATOR: one that does WHAT instead of every boot whose number NUMBER divides.
# Two that begin at the same time have numbers of their own: the lines of their process ids.
every () {
	sed "/^exec/i number=\$(grep -nx \$\$ \"${BOOTED:-$PWD/booted}\" | tail -n 1)\ntest \$((\${number%%:*} % $1)) = 0 && $2"
}

# toy_branch NAME: one more branch, of what 'linux' has now.
toy_branch () {
	git -C linux update-ref "refs/farrier/tree/$1" HEAD &&
	git config -f "ws/kernels/branches/$1.conf" branch.ref "refs/farrier/tree/$1" &&
	git config -f "ws/kernels/branches/$1.conf" branch.arch toy &&
	git config -f "ws/kernels/branches/$1.conf" branch.config toy
}

# toy_model: series 'model', a fault that shows with model=1.
toy_model () {
	{
		echo "say # a model" &&
		echo "with model=1 say [    1.000000] smp: csd: Detected non-responsive CSD lock (#1) on CPU#1, waiting 2000975538 ns for CPU#00 f."
	} >>linux/kernel/fault &&
	toy_series model role=model cmdline=model=1 counter=lost:LOE
}

# toy_fix: series 'fix', which takes the place of what the model did.
toy_fix () {
	git -C linux am -q "$PWD"/ws/series/model/0001-*.patch &&
	sed -i "s/^with model=1 say/with broken=1 say/" linux/kernel/fault &&
	git -C linux add -A && git -C linux commit -qm "toy: fix" &&
	mkdir ws/series/fix && git -C linux format-patch -q -1 --full-index -o "$PWD/ws/series/fix" &&
	printf "[series]\n\ttitle = fix\n\tcmdline = fix=on\n" >ws/series/fix/series.conf &&
	git -C linux reset -q --hard base
}
