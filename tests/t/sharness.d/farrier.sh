# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Read by sharness before every test: a world in which only the test decides.

FARRIER=${FARRIER:-$SHARNESS_TEST_SRCDIR/../../build/dev/farrier}
FARRIER_SOURCE=${FARRIER_SOURCE:-$(cd "$SHARNESS_TEST_SRCDIR/../.." && pwd)}
FARRIER_SHARED=${FARRIER_SHARED:-$FARRIER_SOURCE/../shared}
# The real cache, for tests of real kernels; its kernels are reused by key only.
FARRIER_REAL_CACHE=${FARRIER_REAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}}
export FARRIER FARRIER_SOURCE FARRIER_SHARED FARRIER_REAL_CACHE

# What sharness would show with -v, for tests/run to show of what failed.
if test -n "$FARRIER_TEST_LOGS" && test "${verbose:-}" != t; then
	exec 3>"$FARRIER_TEST_LOGS/$(basename "$SHARNESS_TEST_FILE" .t).log" 4>&3
fi

# sharness makes this folder HOME.
mkdir -p "$SHARNESS_TRASH_DIRECTORY"
XDG_CACHE_HOME=$SHARNESS_TRASH_DIRECTORY/cache
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME='A U Thor'
GIT_AUTHOR_EMAIL=author@example.com
GIT_COMMITTER_NAME='C O Mitter'
GIT_COMMITTER_EMAIL=committer@example.com
GIT_AUTHOR_DATE='1700000000 +0000'
GIT_COMMITTER_DATE='1700000000 +0000'
export XDG_CACHE_HOME GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL \
	GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_DATE
unset XDG_CONFIG_HOME GIT_DIR GIT_WORK_TREE MAKEFLAGS MAKELEVEL

cat >"$SHARNESS_TRASH_DIRECTORY/.gitconfig" <<-'EOF'
	[user]
		name = C O Mitter
		email = committer@example.com
	[init]
		defaultBranch = main
	[advice]
		detachedHead = false
EOF

farrier () {
	"$FARRIER" "$@"
}

# borrow_kernels REPOSITORY BRANCH...: a new repository with trees of the real cache's.
borrow_kernels () {
	borrow_to=$1 borrow_from=$FARRIER_REAL_CACHE/farrier/linux.git
	shift
	git init -q --bare "$borrow_to" && echo "$borrow_from/objects" >"$borrow_to/objects/info/alternates" || return 1
	for borrow_branch; do
		git --git-dir="$borrow_to" update-ref "refs/farrier/tree/$borrow_branch" \
			"$(git --git-dir="$borrow_from" rev-parse "refs/farrier/tree/$borrow_branch")" || return 1
	done
}

# need_shared FILE...: a prerequisite SHARED, missing loudly when the files are not there.
need_shared () {
	for need_file; do
		if ! test -e "$FARRIER_SHARED/$need_file"; then
			echo "# SKIPPED: '$FARRIER_SHARED/$need_file' is not there; set FARRIER_SHARED" >&2
			return 0
		fi
	done
	test_set_prereq SHARED
}

# need_kernel BRANCH: a prerequisite KERNEL, missing loudly when the real cache has no such tree;
# $KERNEL is its repository, $REAL the ref.
need_kernel () {
	KERNEL=$FARRIER_REAL_CACHE/farrier/linux.git
	REAL=refs/farrier/tree/$1
	if git -C "$KERNEL" rev-parse -q --verify "$REAL" >/dev/null 2>&1; then
		test_set_prereq KERNEL
	else
		echo "# SKIPPED: no $1 in '$KERNEL'; 'farrier tree import $1' fills it" >&2
	fi
}
