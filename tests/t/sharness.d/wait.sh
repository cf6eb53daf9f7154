# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Also for benchmarks, which have no sharness.

# wait_for COMMAND: until it is true; false, and said, when it is not after $PATIENCE seconds, 300. What
# waits for less fails on a machine that is slow; who waited in vain is not that patient again.
wait_for () {
	for wait_for_try in $(seq $((${PATIENCE:-300} * 10))); do
		eval "$1" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "never: $1" >&2
	PATIENCE=10
	return 1
}
