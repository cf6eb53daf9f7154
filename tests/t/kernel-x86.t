#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='a second architecture, by files below kernels/ alone: from the port to the verdict'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

# Trees and builds are the user's own, as in kernel.t.
XDG_CACHE_HOME=$FARRIER_REAL_CACHE
export XDG_CACHE_HOME
BRANCH=linux-6.12.y-x86-64

if test "$(uname -m)" = x86_64; then
	test_set_prereq HOST
else
	echo "# SKIPPED: the host's own gcc is to compile for x86-64, this is $(uname -m)" >&2
fi

# boot CODE WORD...: boots the build on 2 CPUs with that exit code, JSON in boot.json
boot () {
	code=$1 && shift &&
	test_expect_code "$code" farrier -q boot "$(cat key)" --cpus 2 --json "$@" >boot.json
	boot_code=$?
	cat boot.json >&2
	return $boot_code
}

test_expect_success HOST 'setup: a workspace, and the tree of the branch of the other architecture' '
	farrier -q init ws && cp -R "$FARRIER_SOURCE"/series/* ws/series/ && cd ws &&
	farrier -q tree import linux-6.12.y && borrow_kernels ../kernel.git linux-6.12.y &&
	git config -f farrier.conf kernel.repo "$PWD/../kernel.git"
'

test_expect_success HOST 'doctor finds all that it takes' '
	{ farrier doctor --json >doctor.json || test $? = 3; } &&
	jq -e "[.checks[] | select(.name == (\"gcc\", \"libelf-dev\", \"qemu-system-x86_64\")) | .status]
		| length >= 2 and all(. == \"ok\")" doctor.json
'

test_expect_success HOST 'a series for any architecture fits, one for alpha stays away' '
	farrier -q port boot-faults --json >port.json &&
	jq -e ".ports | length == 2 and all(.patches[0].status | . == \"clean\" or . == \"offset\")" \
		port.json &&
	farrier -q port ev7-ipi --json >port.json || test $? = 1 &&
	jq -e "[.ports[].onto] == [\"linux-6.12.y\"]" port.json
'

test_expect_success HOST 'it is built' '
	farrier -q build $BRANCH --model boot-faults --json >build.json &&
	jq -e ".builds[0] | .status == \"ok\" or .status == \"cached\"" build.json &&
	jq -r ".builds[0].key" build.json >key
'

test_expect_success HOST 'it boots on a machine of its architecture, passes and powers off' '
	boot 0 --seconds 3 &&
	jq -e ".verdict == \"GOOD\" and .machine == \"pc\" and .cpus == 2" boot.json &&
	grep -a "reboot: Power down" "$(jq -r .log boot.json)"
'

test_expect_success HOST 'a machine of another architecture is refused' '
	test_expect_code 2 farrier boot "$(cat key)" --machine clipper 2>err &&
	grep "machine .clipper. is for .alpha., build .* is for .x86_64." err
'

test_expect_success HOST 'a NULL pointer is an oops, named by its first line' '
	boot 1 --seconds 8 --cmdline "boot_fault.kind=oops boot_fault.seconds=1" &&
	jq -e ".verdict == \"BAD\" and .cause.kind == \"oops\" and
		(.cause.text | test(\"BUG: kernel NULL pointer dereference\"))" boot.json
'

test_expect_success HOST 'a hang of all CPUs, which says nothing, is silence' '
	git config -f kernels/machines/pc.conf machine.detector-seconds 8 &&
	boot 1 --seconds 8 --cmdline "boot_fault.kind=silence boot_fault.seconds=4" &&
	jq -e ".verdict == \"BAD\" and .cause.kind == \"silence\"" boot.json
'

test_done
