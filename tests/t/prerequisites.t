#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='what a series stands on: base-commit, prerequisites by name, commit, mail and patch id'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

numbers () {
	seq -f 'line %g' "$1" "$2"
}

edit () {
	sed "s/^line $2\$/${3:-line $2 changed}/" "$1" >edit.tmp && cat edit.tmp >"$1" && rm edit.tmp
}

commit () {
	git -C repo add -A && git -C repo commit -q -m "$1"
}

on () {
	if test $# = 2; then git -C repo checkout -q -b "$1" "$2"; else git -C repo checkout -q "$1"; fi
}

id_of () {
	git -C repo rev-parse "$1"
}

# need N FIELD: of the JSON in "out"
need () {
	jq -r ".needs[$1].$2" out
}

# new_workspace BRANCH: "ws" with kernel repository "repo", linux-6.12.y at BRANCH
new_workspace () {
	rm -rf ws && farrier init ws && git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y "$1"
}

imp () {
	farrier -q -C ws import "$@"
}

prerequisite () {
	git config -f ws/series/top/series.conf --replace-all series.prerequisite "$1"
}

# dep: two patches that top needs. top changes a line beside what dep 2 made.
test_expect_success 'set up' '
	git init -q -b base repo &&
	numbers 1 40 >repo/f && numbers 101 140 >repo/g &&
	echo "VERSION = 6" >repo/Makefile && echo "PATCHLEVEL = 12" >>repo/Makefile &&
	commit root && echo x >repo/x && commit base &&
	on dep base && edit repo/f 10 && commit "f: line 10" &&
	edit repo/g 120 && echo new >repo/new && commit "g: line 120, and new" &&
	on top dep && edit repo/g 121 && commit "g: line 121" && edit repo/g 130 && commit "g: line 130" &&
	on base &&
	git -C repo format-patch -q --stdout --thread --cover-letter --base=base dep..top >top.mbox &&
	git -C repo format-patch -q --stdout --thread --subject-prefix=PATCH base..dep >dep.mbox &&
	git -C repo format-patch -q --stdout --base=base base..dep~1 >single.mbox &&
	grep "^prerequisite-patch-id" top.mbox >ids && test "$(wc -l <ids)" = 2
'

test_expect_success 'base-commit is kept, looked for and tried' '
	new_workspace base && imp --name one single.mbox --json >out &&
	test "$(git config -f ws/series/one/series.conf series.base-commit)" = "$(id_of base)" &&
	jq -e ".base_commit | .state == \"exact\" and .problem == null" out &&
	farrier -C ws show one >text &&
	grep "base-commit  *$(id_of base)" text &&
	imp --name two single.mbox >text &&
	grep "base-commit  *$(id_of base | cut -c1-12), to which every patch applies exactly" text
'

test_expect_success 'patches that do not apply there exactly are said, and one that is not there' '
	sed "s/^ line 8\$/ line 8 of others/" single.mbox >odd.mbox &&
	imp --name odd odd.mbox >text &&
	grep "base-commit .*does not apply exactly: patch 1, .f: line 10.: [a-z]*" text &&
	sed "s/^base-commit: .*/base-commit: 0123456789012345678901234567890123456789/" single.mbox >away.mbox &&
	imp --name away away.mbox >text &&
	grep "base-commit  *012345678901, which .*repo. does not have: .git -C .* fetch" text &&
	imp --name away2 away.mbox --json >out && jq -e ".base_commit.state == \"away\"" out
'

test_expect_success 'patch ids: what git calls a prerequisite is found among the series here' '
	new_workspace base && imp --name dep dep.mbox && imp --name top top.mbox --json >out &&
	test "$(need 0 kind) $(need 0 series) $(need 0 patch)" = "patch-id dep 1" &&
	test "$(need 1 kind) $(need 1 series) $(need 1 patch)" = "patch-id dep 2" &&
	git config -f ws/series/top/series.conf --get-all series.prerequisite-patch-id >actual &&
	sed "s/.*: //" ids >expected && test_cmp expected actual &&
	jq -e ".base_commit.state == \"exact\"" out &&
	farrier -C ws show top >text &&
	grep "prerequisite  patch-id [0-9a-f]*: patch 2 of series .dep., version 1" text
'

test_expect_success 'port says what the branch lacks, and carries it when asked' '
	test_expect_code 1 farrier -C ws port --json top --onto linux-6.12.y >out &&
	jq -e ".ports[0].missing == [{name: \"dep\", state: \"missing\", problem: null, hint: null}]" out &&
	test_expect_code 1 farrier -C ws port top --onto linux-6.12.y >text &&
	grep "needs dep, which linux-6.12.y lacks: .farrier port --with-prerequisites top" text &&
	farrier -C ws port --json --with-prerequisites top --onto linux-6.12.y >out &&
	jq -r ".ports[] | \"\(.series) \([.patches[].status] | join(\" \"))\"" out >actual &&
	printf "%s\n" "dep clean clean" "top clean clean" >expected && test_cmp expected actual &&
	test "$(git -C repo rev-parse "refs/farrier/port/dep+top/linux-6.12.y^{tree}")" = \
		"$(git -C repo rev-parse "top^{tree}")"
'

test_expect_success 'where the branch has it, nothing is missing' '
	git -C repo update-ref refs/farrier/tree/linux-6.12.y dep &&
	farrier -C ws port --json top --onto linux-6.12.y >out &&
	jq -e ".ports[0].missing == []" out
'

test_expect_success 'patch ids that nobody has are warned of, and do not stop anything' '
	new_workspace base && imp --name top top.mbox >text &&
	grep "prerequisite  patch-id [0-9a-f]*: no patch here has the patch id" text &&
	grep "the cover letter may tell which series it is of: import that" text &&
	farrier -C ws port --json --with-prerequisites top --onto linux-6.12.y >out
	jq -e ".ports | length == 1" out
'

test_expect_success 'they are found in the history of a branch' '
	on stable base && echo y >repo/y && commit y &&
	git -C repo cherry-pick dep~1 dep >/dev/null && echo z >repo/z && commit z && on base &&
	new_workspace stable && imp --name top top.mbox --json >out &&
	test "$(need 0 commit) $(need 0 problem)" = "$(id_of stable~2) null" &&
	test "$(need 1 commit)" = "$(id_of stable~1)" &&
	imp --name again top.mbox --json >out && test "$(need 1 commit)" = "$(id_of stable~1)"
'

test_expect_success 'patch ids of files that come, go and change in all ways are those of git' '
	on shapes base && rm repo/x && printf "no end" >repo/noend && ln -s g repo/link &&
	chmod +x repo/Makefile && echo "SUBLEVEL = 1" >>repo/Makefile && edit repo/f 3 && edit repo/f 30 &&
	commit shapes && echo one >repo/one && commit one && on base &&
	git -C repo format-patch -q --stdout base..shapes~1 >shapes.mbox &&
	git -C repo format-patch -q --stdout --base=base shapes~1..shapes >one.mbox &&
	new_workspace base && imp --name shapes shapes.mbox && imp --name one one.mbox --json >out &&
	test "$(need 0 series)" = shapes
'

test_expect_success 'a newer version keeps what people wrote, not what the older mail said' '
	new_workspace base && imp --name dep dep.mbox && imp --name top top.mbox &&
	git config -f ws/series/top/series.conf --add series.prerequisite dep &&
	git -C repo format-patch -q --stdout --thread -v2 --base=dep dep..top >v2.mbox &&
	sed -i "s/^+line 130 changed/+line 130 better/" v2.mbox &&
	imp --name top v2.mbox &&
	test "$(git config -f ws/series/top/series.conf --get-all series.prerequisite)" = dep &&
	test "$(git config -f ws/series/top/series.conf series.base-commit)" = "$(id_of dep)" &&
	! git config -f ws/series/top/series.conf series.prerequisite-patch-id &&
	git config -f ws/series/top/v1/series.conf series.prerequisite-patch-id
'

# b4: a version of a series by Message-ID or change id.
test_expect_success 'a Message-ID is the series that was posted so, in the version that is current here' '
	new_workspace base && git -C repo format-patch -q --stdout --thread --no-base dep..top >plain.mbox &&
	sed "s/^Message-Id: .*/Message-ID: <v1-dep@x>/;/^In-Reply-To/d;/^References/d" dep.mbox |
		awk "/^Message-ID/ && n++ { sub(/v1/, \"v1-2\") } { print }" >dep1.mbox &&
	sed "s/v1-dep@x/v2-dep@x/;s/v1-2-dep@x/v2-2-dep@x/;s/\[PATCH /[PATCH v2 /;s/^+new/+newer/" dep1.mbox >dep2.mbox &&
	imp --name dep dep1.mbox && imp --name dep dep2.mbox && imp --name top plain.mbox &&
	prerequisite "<v1-2-dep@x>" &&
	farrier -C ws show --json top >out &&
	test "$(need 0 kind) $(need 0 series) $(need 0 named) $(need 0 version)" = "message-id dep 1 2" &&
	farrier -C ws show top >text &&
	grep "message-id v1-2-dep@x: version 1 of series .dep.; version 2 is taken" text &&
	farrier -C ws port --json --with-prerequisites top --onto linux-6.12.y >out 2>err &&
	grep "which is version 1 of .dep.: version 2 is taken" err &&
	git -C repo show refs/farrier/port/dep+top/linux-6.12.y:new >actual && echo newer >expected &&
	test_cmp expected actual
'

test_expect_success 'a Message-ID that nobody here has says what to do' '
	prerequisite "nobody@x" &&
	test_expect_code 2 farrier -C ws port --with-prerequisites top --onto linux-6.12.y 2>err &&
	grep "series .top. needs .nobody@x.: no series here was posted as .nobody@x." err &&
	grep "^hint: .farrier import nobody@x." err &&
	test_expect_code 1 farrier -C ws port top --onto linux-6.12.y >text &&
	grep "  needs .nobody@x.: no series here was posted" text && grep "farrier import nobody@x" text &&
	test_expect_code 2 farrier -C ws build linux-6.12.y --with top 2>err && grep "farrier import nobody@x" err
'

test_expect_success 'what b4 writes is read: change ids and Message-IDs' '
	new_workspace base &&
	sed "0,/^---\$/s//---\nchange-id: 20240101-dep-0123456789ab/" dep.mbox >b4dep.mbox &&
	imp --name dep b4dep.mbox &&
	test "$(git config -f ws/series/dep/series.conf series.change-id)" = 20240101-dep-0123456789ab &&
	sed "0,/^---\$/s//---\nbase-commit: $(id_of base)\nchange-id: 20240202-top-ba9876543210\nprerequisite-change-id: 20240101-dep-0123456789ab:v3\nprerequisite-message-id: <gone@x>/" plain.mbox >b4top.mbox &&
	imp --name top b4top.mbox --json >out &&
	test "$(need 0 kind) $(need 0 series) $(need 0 named) $(need 0 version)" = "change-id dep 3 1" &&
	test "$(need 1 kind) $(need 1 text) $(need 1 series)" = "message-id gone@x null" &&
	jq -e ".base_commit.state == \"other\"" out &&
	git config -f ws/series/top/series.conf --get-all series.prerequisite >actual &&
	printf "%s\n" 20240101-dep-0123456789ab:v3 gone@x >expected && test_cmp expected actual
'

test_expect_success 'what the older mail said of them goes with it, what people wrote stays' '
	git config -f ws/series/top/series.conf --add series.prerequisite dep &&
	git -C repo format-patch -q --stdout --thread -v2 --no-base dep..top |
		sed "s/^+line 130 changed/+line 130 better/" >v2.mbox &&
	imp --name top v2.mbox && echo dep >expected &&
	git config -f ws/series/top/series.conf --get-all series.prerequisite >actual && test_cmp expected actual &&
	! git config -f ws/series/top/series.conf series.base-commit
'

# Commits of the kernel repository.
test_expect_success 'a commit that the branch lacks is carried first' '
	new_workspace base && imp --name top plain.mbox && prerequisite "$(id_of dep | cut -c1-12)" &&
	farrier -C ws show top >text && grep "prerequisite  commit [0-9a-f]*: commit $(id_of dep | cut -c1-12) (.g: line 120, and new.)" text &&
	farrier -C ws port --json top --onto linux-6.12.y >out
	jq -e ".ports[0].missing[0].state == \"missing\"" out &&
	farrier -C ws port --json --with-prerequisites top --onto linux-6.12.y >out &&
	jq -r ".ports[] | \"\(.series) \([.patches[].status] | join(\" \"))\"" out >actual &&
	printf "%s\n" "commit-$(id_of dep | cut -c1-12) clean" "top clean clean" >expected &&
	test_cmp expected actual
'

test_expect_success 'one that is an ancestor, or picked, is there already' '
	git -C repo update-ref refs/farrier/tree/linux-6.12.y dep &&
	farrier -C ws port --json --with-prerequisites top --onto linux-6.12.y >out &&
	jq -e ".ports[0].patches[0] | .status == \"already\" and (.reason | test(\"history\"))" out &&
	on moved stable && edit repo/g 119 "line 119 of later" && edit repo/new new newer && commit later && on base &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y moved &&
	farrier -C ws port --json --with-prerequisites top --onto linux-6.12.y >out
	jq -e ".ports[0].patches[0] | .status == \"already\" and
		.reason == \"it is commit $(id_of stable~1 | cut -c1-12) there, by patch-id\"" out
'

test_expect_success 'one that is nowhere, a merge and a short id are told apart' '
	prerequisite 0123456789abcdef &&
	test_expect_code 2 farrier -C ws port --with-prerequisites top --onto linux-6.12.y 2>err &&
	grep "there is no commit .0123456789abcdef. in " err && grep "^hint: fetch it" err &&
	git -C repo checkout -q -b merge base && git -C repo merge -q --no-ff -m merge dep && on base &&
	prerequisite "$(id_of merge)" &&
	test_expect_code 2 farrier -C ws port --with-prerequisites top --onto linux-6.12.y 2>err &&
	grep "is no patch" err &&
	prerequisite no-such-thing &&
	test_expect_code 2 farrier -C ws port --with-prerequisites top --onto linux-6.12.y 2>err &&
	grep "is no series here, no commit, no Message-ID and no change id" err
'

test_expect_success 'a prerequisite that does not fit the branch is said with its reason' '
	prerequisite "$(id_of dep)" && on other base && edit repo/g 120 "other" && commit other && on base &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y other &&
	farrier -C ws port top --onto linux-6.12.y >text
	grep "needs commit-[0-9a-f]*, which linux-6.12.y lacks and which does not fit: .*conflict: g: " text
'

test_expect_success 'series that need each other are refused' '
	new_workspace base && imp --name dep dep.mbox && imp --name top plain.mbox && prerequisite dep &&
	git config -f ws/series/dep/series.conf series.prerequisite top &&
	test_expect_code 2 farrier -C ws port --with-prerequisites top --onto linux-6.12.y 2>err &&
	grep "is a prerequisite of itself" err
'

test_expect_success 'looking makes no repository' '
	rm -rf ws && farrier init ws && imp --name top top.mbox >text && ! test -e cache/farrier/linux.git
'

test_done
