#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# conf.sh SOURCE FRAGMENT: prints the .config. What Kconfig does not define is
# dropped, and so is DROPPED, as if what it depends on were not set.
while read -r line; do
	name=$(printf '%s\n' "$line" | sed -n 's/^CONFIG_\([A-Z_0-9]*\)=.*/\1/p')
	if test -n "$name" && test "$name" != DROPPED && grep -q "config $name\$" "$1/Kconfig"; then
		printf '%s\n' "$line"
	elif test -n "$name"; then
		printf '# CONFIG_%s is not set\n' "$name"
	fi
done <"$2"
