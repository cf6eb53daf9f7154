#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier doctor names what is missing and how to mend it'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# A PATH with the basic tools only: neither cross compiler nor emulator.
mkdir bin &&
for tool in git make gcc bc bison flex sh cp; do
	ln -s "$(command -v $tool)" "bin/$tool"
done

test_expect_success 'setup' '
	farrier init ws
'

test_expect_success 'a tool that is there is shown with its version' '
	farrier -C ws doctor >out || test $? -eq 3 &&
	grep "^ok  *git  *git version" out
'

test_expect_success 'a missing compiler is named with its package, and exits 3' '
	(PATH=$PWD/bin && test_expect_code 3 "$FARRIER" -C ws doctor >out) &&
	grep "^missing  *alpha-linux-gnu-gcc .*apt-get install gcc-alpha-linux-gnu" out &&
	grep "^missing  *qemu-system-alpha .*apt-get install qemu-system-misc" out
'

test_expect_success 'an empty branch is a warning that says how to fill it' '
	(farrier -C ws doctor >out || :) &&
	grep "^warning  *branch linux-6.12.y .*farrier tree import linux-6.12.y" out
'

test_expect_success 'a library that is missing is named by its package' '
	cp ws/kernels/arches/alpha.conf saved &&
	git config -f ws/kernels/arches/alpha.conf arch.packages "libc6 libc6.1-no-such-cross" &&
	test_expect_code 3 farrier -C ws doctor >out &&
	grep "^missing  *libc6.1-no-such-cross .*apt-get install libc6.1-no-such-cross" out &&
	! grep "^missing  *libc6 " out &&
	mv saved ws/kernels/arches/alpha.conf
'

test_expect_success 'nothing is changed: no repository is made' '
	! test -e "$XDG_CACHE_HOME/farrier/linux.git"
'

test_expect_success 'JSON says the same' '
	(PATH=$PWD/bin && test_expect_code 3 "$FARRIER" -C ws doctor --json >json) &&
	jq -e ".checks[] | select(.name == \"alpha-linux-gnu-gcc\") | .status == \"missing\" and
		(.fix | startswith(\"apt-get install\"))" json
'

test_expect_success 'a kernel.repo that is no repository is named' '
	mkdir plain &&
	printf "[kernel]\n\trepo = %s\n" "\"$PWD/plain\"" >ws/farrier.conf &&
	test_expect_code 2 farrier -C ws doctor 2>err &&
	grep "is no git repository" err
'

test_done
