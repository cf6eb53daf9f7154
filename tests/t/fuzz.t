#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='the corpora of the fuzz targets, and damaged copies of them, do no harm'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

FUZZ=$FARRIER_SOURCE/tests/fuzz

for target in "$FUZZ"/*.c; do
	name=$(basename "$target" .c)
	test "$name" = driver && continue
	test_expect_success "$name: the corpus has at least 20 files" '
		test "$(ls "$FUZZ/$name" | wc -l)" -ge 20
	'
	test_expect_success "$name: the corpus does no harm" '
		"$FARRIER_SOURCE/build/dev/fuzz/$name" "$FUZZ/$name"
	'
done

test_done
