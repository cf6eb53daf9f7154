#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='farrier tree and git: fetching, and a clone of the user that is left alone'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

REF=refs/farrier/tree/b
REPO=$XDG_CACHE_HOME/farrier/linux.git

# new_workspace DIR [LINE]...: with the one branch 'b' and further lines in its conf.
new_workspace () {
	farrier init "$1" >/dev/null && rm "$1"/kernels/branches/* &&
	conf=$1/kernels/branches/b.conf && shift &&
	printf "[branch]\n\tref = %s\n\tarch = alpha\n\tconfig = alpha-smp\n" "$REF" >"$conf" &&
	for line; do
		printf "\t%s\n" "$line" >>"$conf"
	done
}

import () {
	farrier -C ws tree import b "$@"
}

# commit DIR SUBLEVEL
commit () {
	printf "VERSION = 9\nPATCHLEVEL = 9\nSUBLEVEL = %s\n" "$2" >"$1/Makefile" &&
	git -C "$1" add -A && git -C "$1" commit -qm "Linux 9.9.$2"
}

test_expect_success 'setup' '
	new_workspace ws &&
	git init -q upstream && commit upstream 1 && git -C upstream tag -am v9.9.1 v9.9.1 &&
	git -C upstream branch linux-9.9.y && commit upstream 2 &&
	git -C upstream tag -m blob a-blob HEAD:Makefile
'

test_expect_success 'a branch is fetched with its history, and is no snapshot' '
	import --git upstream main >out &&
	commit=$(git -C upstream rev-parse main) &&
	grep "^b: 9.9.2, upstream commit $(echo "$commit" | cut -c1-12), commit $commit" out &&
	test "$(git --git-dir="$REPO" rev-list --count $REF)" = 2 &&
	git --git-dir="$REPO" fsck --strict &&
	farrier -C ws tree list --json >json &&
	jq -e ".branches[0] | .snapshot == null and .commit == \"$commit\"" json
'

test_expect_success 'the words may stand in any order' '
	farrier -C ws tree --git upstream main import b >out &&
	grep "^b: nothing to do" out
'

test_expect_success 'again there is nothing to do' '
	import --git upstream main --json >json &&
	jq -e ".changed == false" json
'

test_expect_success 'a tag is the commit that it names' '
	import --git upstream v9.9.1 >out &&
	grep "^b: 9.9.1" out &&
	git -C upstream rev-parse v9.9.1^{commit} >wanted &&
	git --git-dir="$REPO" rev-parse $REF >actual &&
	test_cmp wanted actual
'

test_expect_success 'a rewritten branch is followed' '
	git -C upstream checkout -q -b rewritten linux-9.9.y && commit upstream 7 &&
	import --git "$PWD/upstream" rewritten >out && grep "^b: 9.9.7" out
'

test_expect_success 'nothing but the ref and packs is there' '
	git --git-dir="$REPO" for-each-ref --format="%(refname)" >actual &&
	echo $REF >wanted && test_cmp wanted actual &&
	! test -e "$REPO/FETCH_HEAD" && ! ls -d "$REPO"/objects/tmp_farrier-*
'

test_expect_success 'the conf of the branch names where to fetch from' '
	new_workspace ws2 "url = $PWD/upstream" "stable = 9.9.y" &&
	farrier -C ws2 tree import b >out && grep "^b: 9.9.1" out &&
	new_workspace ws3 "url = $PWD/upstream" &&
	git -C upstream checkout -q main &&
	farrier -C ws3 tree import b >out && grep "^b: 9.9.2" out
'

test_expect_success 'a ref that is not there, or no commit, is bad input' '
	test_expect_code 2 import --git upstream nope 2>err &&
	grep "has no ref .nope." err &&
	test_expect_code 2 import --git upstream a-blob 2>err &&
	grep "is no commit" err
'

test_expect_success 'a repository that is not there is told with git'"'"'s words' '
	test_expect_code 3 import --git nowhere main 2>err &&
	grep "cannot fetch from .nowhere.: .*not appear to be a git repository" err
'

test_expect_success 'an URL or a ref cannot be an option or a command' '
	test_expect_code 2 import --git=--upload-pack=touch\ pwned main 2>err &&
	grep "is no git URL" err &&
	test_expect_code 2 import --git upstream --upload-pack=x &&
	git config --global protocol.ext.allow always &&
	test_expect_code 3 import --git "ext::touch pwned" main 2>err &&
	grep "transport .ext. not allowed" err &&
	test_expect_code 2 import --git upstream main:refs/heads/x 2>err &&
	test_expect_code 2 import --git upstream "+main" 2>err &&
	! test -e pwned
'

# A clone as a maintainer has it: branches, a dirty index and work tree, a stash, hooks.
make_clone () {
	rm -rf clone && git clone -q upstream clone &&
	(
		cd clone &&
		git config remote.origin.prune true && git config fetch.writeCommitGraph true &&
		git config core.logAllRefUpdates always && git config gc.auto 1 &&
		git config fetch.prune true && git config remote.origin.tagOpt --tags &&
		git branch mine && git tag mine-1 && git update-ref refs/remotes/origin/gone HEAD &&
		git gc -q && git branch later &&
		echo stashed >>Makefile && git stash -q &&
		echo staged >staged && git add staged && echo changed >>Makefile && echo untracked >new &&
		for hook in reference-transaction post-update post-merge pre-auto-gc; do
			printf "#!/bin/sh\necho %s >>\"%s/hooks.log\"\n" $hook "$HOME" >.git/hooks/$hook &&
			chmod +x .git/hooks/$hook || return 1
		done
	) &&
	: >hooks.log
}

# All of the clone but what farrier may write, with content and times.
fingerprint () {
	(cd clone && find . \( -path ./.git/objects -o -path ./.git/refs/farrier -o \
		-path ./.git/logs/refs/farrier \) -prune -o ! -type d -printf "%p %m %T@ " \
		-exec sha256sum {} \; | sort)
}

test_expect_success 'setup of a clone of the user' '
	make_clone && new_workspace own &&
	printf "[kernel]\n\trepo = %s/clone\n" "$PWD" >own/farrier.conf &&
	mkdir linux && cp upstream/Makefile linux/ && tar -cf linux.tar linux &&
	fingerprint >before
'

test_expect_success 'an import from a tarball leaves it as it was' '
	farrier -C own tree import b --tarball linux.tar &&
	git -C clone rev-parse --verify $REF &&
	fingerprint >after && test_cmp before after
'

test_expect_success 'so does a fetch, even from a remote that it knows' '
	commit upstream 8 && git -C upstream tag new-tag && git -C upstream branch new-branch &&
	farrier -C own tree import b --git "$PWD/upstream" main >out && grep "^b: 9.9.8" out &&
	fingerprint >after && test_cmp before after
'

test_expect_success 'the name of a remote means nothing, its settings are not used' '
	test_expect_code 3 farrier -C own tree import b --git origin main 2>err &&
	fingerprint >after && test_cmp before after
'

test_expect_success 'no hook of the clone is run' '
	! test -s hooks.log
'

test_expect_success 'the clone is sound, and its objects were not fetched again' '
	git -C clone fsck --strict &&
	for idx in clone/.git/objects/pack/*.idx; do
		git show-index <"$idx" || return 1
	done | cut -d" " -f2 | sort >packed &&
	(cd clone/.git/objects && find ?? -type f | tr -d /) | sort >loose &&
	comm -12 packed loose >twice && ! test -s twice
'

test_expect_success 'a ref of the user is only read: import refuses it, list shows it' '
	sed -i "s,ref = .*,ref = refs/heads/mine," own/kernels/branches/b.conf &&
	test_expect_code 2 farrier -C own tree import b --tarball linux.tar 2>err &&
	grep "refs/heads/mine., a ref of your own" err && grep "^hint: .*refs/farrier/tree/b" err &&
	fingerprint >after && test_cmp before after &&
	farrier -C own tree list >out && grep "^b  *9.9.2  upstream commit" out &&
	sed -i "s,ref = .*,ref = $REF," own/kernels/branches/b.conf
'

test_expect_success 'a worktree of the clone will do as repository' '
	git -C clone worktree add -q "$PWD/worktree" later && fingerprint >before &&
	printf "[kernel]\n\trepo = %s/worktree\n" "$PWD" >own/farrier.conf &&
	farrier -C own tree import b --tarball linux.tar &&
	fingerprint >after && test_cmp before after
'

test_expect_success 'a shallow clone can be fetched into' '
	git clone -q --depth 1 "file://$PWD/upstream" shallow &&
	printf "[kernel]\n\trepo = %s/shallow\n" "$PWD" >own/farrier.conf &&
	commit upstream 9 &&
	farrier -C own tree import b --git "file://$PWD/upstream" main >out && grep "^b: 9.9.9" out &&
	git -C shallow fsck
'

test_expect_success 'a repository that borrows objects itself will do' '
	git clone -q --shared upstream shared &&
	printf "[kernel]\n\trepo = %s/shared\n" "$PWD" >own/farrier.conf &&
	farrier -C own tree import b --tarball linux.tar &&
	git -C shared fsck --strict
'

test_expect_success 'a kernel.repo that is none is refused' '
	printf "[kernel]\n\trepo = %s/linux\n" "$PWD" >own/farrier.conf &&
	test_expect_code 2 farrier -C own tree import b --tarball linux.tar 2>err &&
	grep "is no git repository" err
'

test_expect_success 'the settings around the caller change nothing' '
	rm -rf "$REPO" && import --tarball linux.tar && git --git-dir="$REPO" rev-parse $REF >wanted &&
	rm -rf "$REPO" &&
	(
		GIT_DIR=$PWD/clone/.git GIT_INDEX_FILE=$PWD/x GIT_OBJECT_DIRECTORY=$PWD/y &&
		export GIT_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY && import --tarball linux.tar
	) &&
	git --git-dir="$REPO" rev-parse $REF >actual && test_cmp wanted actual &&
	! test -e x && ! test -e y
'

test_done
