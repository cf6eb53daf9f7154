#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='the source tree: layers, shell scripts, and what it may not say'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

cd "$FARRIER_SOURCE" || exit 1

test_expect_success 'no file of lib/ includes a higher layer' '
	tests/check-layers
'

test_expect_success 'check-layers finds a breach' '
	work=$SHARNESS_TRASH_DIRECTORY/breach &&
	mkdir -p "$work/lib/core" "$work/lib/port" && cp lib/layers "$work/lib/" &&
	echo "#include \"port/port.h\"" >"$work/lib/core/file.c" &&
	touch "$work/lib/port/port.h" &&
	(cd "$work" && test_expect_code 1 "$FARRIER_SOURCE/tests/check-layers" >out &&
		grep "lib/core/file.c:1: includes \"port/port.h\": layer 3 is above layer 1" out)
'

test_expect_success 'shell scripts are clean' '
	shellcheck -s sh -e SC1090,SC1091,SC2317,SC2016,SC2034 tests/setup tests/t/*.t tests/t/sharness.d/*.sh &&
	shellcheck tests/lab/lava tests/lab/slurm tests/lab/packages
'

test_expect_success 'lib/ prints nothing and never exits' '
	! grep -nE "\b(printf|puts|putchar|exit) *\(" lib/*/*.c | grep -vE "f?s?n?printf \(|snprintf|fprintf|lib/[a-z_/]*.c:[0-9]+:.*\*"
'

# Comments may say where a format comes from; code may not ask for it.
test_expect_success 'nothing in C knows an architecture by name' '
	for file in cmd/*.[ch] lib/*/*.[ch]; do
		gcc -fpreprocessed -dD -E -P -x c "$file" 2>/dev/null |
			grep -wiE "alpha|marvel|clipper|ev7|io7|srm|x86_64|arm64|aarch64" |
			sed "s|^|$file: |"
	done >"$SHARNESS_TRASH_DIRECTORY/found";
	test_cmp /dev/null "$SHARNESS_TRASH_DIRECTORY/found"
'

test_done
