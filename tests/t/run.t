#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier run: plan, cells, resume, failures

The kernels are texts that tests/standin/qemu plays.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

toy_cache

# run NAME ARG...: matrix NAME with --json; cells.json has the cells, out.json the run without them.
run () {
	farrier -C ws -q run --json "$@" >lines.json
	code=$?
	jq -s "[.[] | select(.id)]" lines.json >cells.json &&
	jq -s "map(select(.run))[-1]" lines.json >out.json &&
	return $code
}

# matrix NAME: its lines come from standard input.
matrix () {
	cat >"ws/kernels/matrix/$1.conf"
}

test_expect_success 'setup' '
	toy_world && toy_model && toy_fix &&
	git -C linux commit -q --allow-empty -m "toy: later" &&
	sed -i "s/SUBLEVEL = 1/SUBLEVEL = 2/" linux/Makefile && git -C linux commit -qam "toy: 6.12.2" &&
	toy_branch late && git -C linux reset -q --hard base &&
	echo CONFIG_EXTRA=y >ws/kernels/configs/extra.config &&
	matrix default <<-\EOF
	[matrix]
		title = the toys
		series = fix
		model = model
		seconds = 1
	[cells "fault"]
		variant = base, series
		config = branch, extra
		cpus = 2, 4
	[cells "control"]
		variant = base
		model = off
		cpus = 2
	EOF
'

test_expect_success '--dry-run says what would be done, and does none of it' '
	farrier -C ws -q run --dry-run >out &&
	grep "^matrix default: the toys" out &&
	test "$(grep -c "  to build" out)" = 8 &&
	grep "^  late  *without  *model off  *branch  *bench  *2  *0  about" out &&
	grep "^8 kernels to build, about [0-9]* boots to do: more than .* (no build like" out &&
	! test -e booted && ! test -e ws/.farrier/runs
'

test_expect_success 'the matrix is run: exit 0, with every cell at its end' '
	run &&
	jq -e "length == 18 and all(.state == (if .variant == \"base\" and .model == \"on\" then \"bad\" else \"clean\" end))" cells.json &&
	jq -e ".answer == \"good\" and (.pairs | length == 8 and all(.answer == \"fixed\"))" out.json &&
	jq -e ".timing.built == 8 and .timing.reused == 0 and .ended" out.json &&
	test "$(jq .timing.booted out.json)" = "$(wc -l <booted)"
'
test_done
