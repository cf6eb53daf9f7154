#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='bisecting by a command of the user'\''s: answers, marks, logs, kills

The coin is not thrown: what it shows is worked out from the commit and how often it was asked, so
that every run is the same.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

bisect () {
	farrier -C repo bisect "$@"
}

# commits FIRST LAST: each changes "count"; number $BUG brings the file "bug" in.
commits () {
	for number in $(seq "$1" "$2"); do
		echo "$number" >count && { test "$number" != "$BUG" || echo oops >bug; } && git add -A &&
		git commit -qm "commit $number" && git tag "c$number" || return 1
	done
}

test_expect_success 'setup: a history with a branch in its middle' '
	git config --global user.name T && git config --global user.email t@example.org &&
	git init -q -b main repo && BUG=33 && (
		cd repo && commits 1 20 && git checkout -q -b side && echo s >side && git add -A &&
		git commit -qm "side 1" && echo ss >side && git commit -qam "side 2" && git checkout -q main &&
		commits 21 25 && git merge -q -m "merge side" side && commits 26 60
	) &&
	cat >fails <<-\EOF &&
	#!/bin/sh
	test "$(git rev-parse HEAD)" = "${FARRIER_COMMIT:-$(git rev-parse HEAD)}" || exit 130
	test -e bug || exit 0
	echo before
	echo "oops: there is a bug"
	exit 1
	EOF
	cat >lies <<-\EOF &&
	#!/bin/sh
	# bad commits pass every other time, one of 40 good ones fails
	asked=$(cat "$COUNTS/$FARRIER_COMMIT" 2>/dev/null || echo 0) && asked=$((asked + 1)) &&
	echo $asked >"$COUNTS/$FARRIER_COMMIT" &&
	luck=$(echo "$FARRIER_COMMIT" | cksum | cut -d" " -f1) && luck=$((luck + asked)) || exit 130
	if test -e bug; then test $((luck % 2)) = 0; else test $((luck % 40)) != 7; fi
	EOF
	chmod +x fails lies && mkdir counts && COUNTS=$PWD/counts && export COUNTS &&
	CULPRIT=$(git -C repo rev-parse c33) && git -C repo status --porcelain >status && test_must_be_empty status
'

test_expect_success 'a bug that always shows is found, with the commit and the line that says so' '
	bisect start --bad main --good c3 -- "$PWD/fails" >out && grep "^60 suspects; next to be tested" out &&
	bisect run >out && grep "^$CULPRIT is the first bad commit" out && grep "^    commit 33" out &&
	grep "seen in .*/logs/[0-9]*.log: oops: there is a bug" out &&
	bisect status --json >json && jq -e ".state == \"found\" and .culprit == \"$CULPRIT\" and .confidence > 0.9 and
		.set[0].commit == .culprit and .suspects == 60 and .builds == 0 and .boots < 20 and .next == null" json &&
	jq -e ".commits[] | select(.commit == \"$CULPRIT\") | .failed >= 2 and .passed == 0 and .line == 2 and
		.text == \"oops: there is a bug\"" json
'

test_expect_success 'nothing of the user is touched' '
	git -C repo status --porcelain >status && test_must_be_empty status &&
	test "$(git -C repo symbolic-ref HEAD)" = refs/heads/main && test ! -e repo/.git/worktrees &&
	git -C repo for-each-ref --format="%(refname)" "refs/farrier/**" >refs &&
	printf "refs/farrier/bisect/bad\nrefs/farrier/bisect/good\n" >expected && test_cmp expected refs
'

test_expect_success 'visualize, log, and git replays the log' '
	bisect visualize >graph && grep "^\* .* 9[0-9].[0-9] % ##*  *[2-9] of [2-9] failed  *commit 33" graph &&
	grep "  \.\.\. [0-9]* commits" graph &&
	bisect log >log && grep "^# first bad commit: \[$CULPRIT\] commit 33" log &&
	git -C repo bisect replay "$PWD/log" >out && git -C repo bisect log | grep "^# first bad commit: \[$CULPRIT\]" &&
	git -C repo bisect reset
'

test_expect_success 'the page: the answer, a bar for who it is, dots of what was tested' '
	farrier -C repo report --bisect -f html -o "$PWD/page.html" && grep "is the first bad commit" page.html &&
	grep -o "<rect class=\"bad\" x=[^>]*>" page.html >bars && test "$(wc -l <bars)" -le 6 &&
	test "$(grep -o "<circle cx" page.html | wc -l)" = "$(bisect status --json | jq ".commits | length - 1")" &&
	grep "oops: there is a bug" page.html && grep "commit 33" page.html &&
	xmllint --html --noout page.html 2>err; ! grep -iv "tag .* invalid" err | grep -i error &&
	test_expect_code 2 farrier -C repo report --bisect -f junit 2>err && grep "not as junit" err
'

test_expect_success 'reset: the session is over, its refs are gone, its log stays' '
	bisect reset >out && log=$(sed -n "s/.*its log is .\(.*\).$/\1/p" out) && test -s "$log" &&
	git -C repo for-each-ref "refs/farrier/**" >refs && test_must_be_empty refs &&
	test_expect_code 2 bisect status 2>err && grep "no bisection is under way" err
'

test_expect_success 'likely ones have half of the prior, and others are found all the same' '
	bisect start --bad main --good c3 -- "$PWD/fails" >out && bisect -q run --json >json && tests=$(jq .boots json) && bisect reset >out &&
	bisect start --bad main --good c3 --likely bug -- "$PWD/fails" >out && bisect status --json >json &&
	jq -e ".assumed.likely == 1 and .set[0].commit == \"$CULPRIT\" and (.set[0].probability | . > 0.45 and . < 0.55)" json &&
	bisect run >out && grep "^$CULPRIT is the first bad commit" out && grep "touch a --likely path (1) began with half" out &&
	test "$(bisect status --json | jq .boots)" -lt "$tests" && bisect reset >out &&
	bisect start --bad main --good c3 --likely side --likely nothing/here -- "$PWD/fails" >out &&
	bisect -q run --json >json && jq -e ".culprit == \"$CULPRIT\" and .assumed.likely == 3" json && bisect reset >out &&
	bisect start --bad main --good c3 --likely nothing/here -- "$PWD/fails" >out 2>err && grep "none of the suspects touches nothing/here" err &&
	bisect reset
'

test_expect_success 'one that was never tested is not blamed, whatever was likely before' '
	git init -q -b main likely && (
		cd likely && for number in $(seq 60); do
			echo $number >count && { test $number != 32 || echo x >hint; } && { test $number != 33 || echo x >bug; } &&
			git add -A && git commit -qm "commit $number" && git tag "l$number" || exit 1
		done
	) &&
	farrier -C likely bisect start --bad main --good l1 --likely ./hint/ -- sh -c "test \"\$(cat count)\" != 32 || exit 125; test ! -e bug" >out &&
	farrier -C likely bisect status --json | jq -e ".assumed.likely == 1" &&
	test_expect_code 4 farrier -C likely -q bisect run --json >json && jq -e ".state == \"stuck\" and .culprit == null" json &&
	jq -e "[.set[].subject] | index(\"commit 32\") != null and index(\"commit 33\") != null" json
'

test_expect_success 'several good ends: those that left the history stand for their merge base' '
	git init -q -b main several && (
		cd several && for step in 1 2 3; do echo $step >>f; git add -A; git commit -qm "step $step"; done && git tag v1 HEAD~2 &&
		echo oops >bug && git add -A && git commit -qm "brings it in" && echo 5 >>f && git commit -qam "step 5" && git branch stable &&
		for step in 6 7 8 9; do echo $step >>f; git commit -qam "step $step"; done &&
		git checkout -q stable && git rm -q bug && git commit -qm "fixed on stable" && git checkout -q main
	) &&
	farrier -C several bisect start --bad main --good v1 --good stable -- sh -c "test ! -e bug" >out &&
	test_expect_code 1 farrier -C several bisect run >out && grep "the good end is bad, too" out &&
	farrier -C several bisect status --json | jq -e ".commits | map(.subject) | index(\"step 5\") != null" &&
	farrier -C several bisect start --bad main --good v1 -- sh -c "test ! -e bug" >out 2>err && grep "bisection 1 is over with this" err &&
	farrier -C several bisect run >out && grep "^    brings it in" out &&
	(
		cd several && git checkout -q -b one v1 && echo a >a && git add -A && git commit -qm a && git checkout -q -b two v1 && echo b >b && git add -A &&
		git commit -qm b && git checkout -q -b left one && git merge -q -m "left" two && git checkout -q -b right two && git merge -q -m "right" one &&
		git commit -q --allow-empty -m more
	) &&
	test_expect_code 2 farrier -C several bisect start --bad left --good right -- true 2>err && grep "left its history at several commits" err &&
	grep "name those that are good with --good" err
'

test_expect_success 'a test is not told of the repository that the session is of' '
	echo wip >repo/wip && git -C repo add wip &&
	cat >resets <<-\EOF && chmod +x resets &&
	#!/bin/sh
	git reset -q --hard && git cat-file -e HEAD:bug 2>/dev/null && exit 1
	git describe --tags --exact-match || exit 130
	exit 0
	EOF
	bisect start --bad main --good c3 -- "$PWD/resets" >out && GIT_DIR=$PWD/repo/.git bisect run >out && grep "^$CULPRIT is the first bad commit" out &&
	test "$(git -C repo status --porcelain)" = "A  wip" && git -C repo rm -qf wip && bisect reset
'

test_expect_success 'a script behind an interpreter may be no part of the commits; one that is nowhere is said' '
	printf "test ! -e bug\n" >repo/my.sh && bisect start --bad main --good c3 -- sh ./my.sh >out && bisect run >out &&
	grep "^$CULPRIT is the first bad commit" out && bisect reset >out && rm repo/my.sh &&
	bisect start --bad main --good c3 -- sh ./my.sh >out && test_expect_code 1 bisect run >out &&
	grep "both ends fail with the same words" out && bisect reset
'

test_expect_success 'a test that leaves a daemon with children behind does not keep it waiting' '
	cat >leaves <<-\EOF && chmod +x leaves &&
	#!/bin/sh
	(setsid sh -c "sleep 60 & sleep 61; :" >/dev/null 2>&1 &)
	sleep 0.1
	test ! -e bug
	EOF
	bisect start --bad c34 --good c32 -- "$PWD/leaves" >out && timeout 40 "$FARRIER" -C repo -q bisect run >out &&
	bisect reset && ! pgrep -f "sleep 6[01]"
'

test_expect_success 'a log with other terms; one of --first-parent; one that is broken leaves no session' '
	git -C repo bisect start --term-new=slow --term-old=fast main c3 >out && git -C repo bisect run "$PWD/fails" >out && git -C repo bisect log >gitlog &&
	git -C repo bisect reset && bisect replay gitlog >out && grep "^$CULPRIT is the first bad commit" out && bisect reset >out &&
	sed "s/--term-new=.slow. --term-old=.fast./--first-parent/; s/--term-new. .slow. .--term-old. .fast/--first-parent/" gitlog | sed "s/bisect start .*/bisect start --first-parent main c3/" >first &&
	test_expect_code 2 bisect replay first 2>err && grep "made with --first-parent" err &&
	printf "git bisect start main c3\ngit bisect good c10\ngit bisect good deadbeefdeadbeef\n" >broken &&
	test_expect_code 2 bisect replay broken 2>err && test_expect_code 2 bisect status
'

test_expect_success 'a mark counts more than that it did not build' '
	bisect start --bad main --good c3 --build "test \$(cat count) != 40" -- "$PWD/fails" >out && bisect run >out && bisect bad c40 >out &&
	bisect status --json | jq -e ".commits[] | select(.subject == \"commit 40\") | .mark == \"bad\" and (.skipped | not)" &&
	bisect log >marklog && grep "^git bisect bad $(git -C repo rev-parse c40)" marklog && bisect reset
'

test_expect_success 'plan counts the builds of both ends' '
	bisect start --bad c34 --good c32 --build true -- "$PWD/fails" >out && bisect plan -p 0 --runs 20 --json | jq -e ".builds.median >= 2" && bisect reset
'

test_expect_success 'two that start at once: one after the other, or one is refused' '
	before=$(find repo/.git/.farrier/bisect -name events.jsonl | wc -l) &&
	for good in 1 2 3 4; do { "$FARRIER" -C repo -q bisect start --bad main --good c$good -- true >out 2>err$good && echo yes || echo no; } >did$good & done; wait;
	test "$(find repo/.git/.farrier/bisect -name events.jsonl | wc -l)" = $((before + $(cat did? | grep -c yes))) &&
	for good in 1 2 3 4; do grep -q yes did$good || grep "the bisection is in use by process" err$good || return 1; done && bisect reset
'

test_expect_success 'replay: of farrier by counts, of git by marks' '
	bisect replay log -- "$PWD/fails" >out && grep "^$CULPRIT is the first bad commit" out &&
	bisect status --json | jq -e ".commits | map(select(.mark)) == []" && bisect reset &&
	git -C repo bisect start main c3 >out && git -C repo bisect run "$PWD/fails" >out &&
	git -C repo bisect log >gitlog && git -C repo bisect reset &&
	bisect replay gitlog >out && grep "^$CULPRIT is the first bad commit (9[0-9]" out && bisect reset
'

test_expect_success 'a test that lies' '
	for way in 1 2 3; do
		rm -f counts/* && bisect start --bad main --good c3 --error 2% -- "$PWD/lies" && bisect -q run -j $way >out &&
		grep "^$CULPRIT is the first bad commit" out && bisect reset || return 1
	done
'

test_expect_success 'skips rule nobody out' '
	cat >skips <<-EOF && chmod +x skips &&
	#!/bin/sh
	n=\$(cat count)
	test \$n -ge 30 && test \$n -le 35 && { echo "no build here"; exit 125; }
	exec "$PWD/fails"
	EOF
	bisect start --bad main --good c3 -- "$PWD/skips" &&
	test_expect_code 4 bisect run --json >json &&
	jq -e ".state == \"stuck\" and .culprit == null and (.set | map(.subject) | index(\"commit 33\") != null) and
		(.set | length >= 6 and length <= 8)" json &&
	jq -e "[.commits[] | select(.skipped) | .why] | length > 0 and all(. == \"no build here\")" json &&
	bisect log | grep "^# only skipped commits left to test" && bisect reset
'

test_expect_success 'both ends are alike: it is none of them' '
	bisect start --bad c30 --good c3 -- "$PWD/fails" && test_expect_code 1 bisect run >out &&
	grep "^none of the suspects ([0-9]*): the bad end hardly ever fails" out && bisect reset &&
	bisect start --bad main --good c40 -- "$PWD/fails" && test_expect_code 1 bisect run --json >json &&
	jq -e ".state == \"nobody\" and .culprit == null and .nobody.both_bad > 0.9" json && bisect reset
'

test_expect_success 'a build is made once for each commit' '
	cat >build <<-\EOF && chmod +x build &&
	#!/bin/sh
	echo "$FARRIER_COMMIT" >>"$COUNTS/built" && cp count "$FARRIER_BUILD/image"
	EOF
	cat >boot <<-EOF && chmod +x boot &&
	#!/bin/sh
	test -s "\$FARRIER_BUILD/image" && exec "$PWD/lies"
	EOF
	rm -f counts/* && bisect start --bad main --good c3 --error 2% --build "\"$PWD/build\" || exit 1" -- "$PWD/boot" &&
	bisect run --json >json && jq -e ".culprit == \"$CULPRIT\"" json &&
	sort counts/built >built && sort -u built >once && test_cmp once built &&
	test "$(jq .builds json)" = "$(wc -l <once)" && test "$(jq .boots json)" -gt "$(jq .builds json)" &&
	bisect reset
'

test_expect_success 'a build that fails is a skip, with its last line' '
	bisect start --bad main --good c3 --build "test \$(cat count) != 32 || { echo broken; exit 2; }" -- "$PWD/fails" &&
	test_might_fail bisect run --json >json &&
	jq -e ".commits[] | select(.subject == \"commit 32\") | .skipped and .why == \"broken\"" json && bisect reset
'

test_expect_success '--no-checkout: only the variable' '
	cat >bare <<-EOF && chmod +x bare &&
	#!/bin/sh
	test "\$PWD" = "$PWD/repo" && ! git -C "$PWD/repo" cat-file -e "\$FARRIER_COMMIT:bug" 2>/dev/null
	EOF
	bisect start --bad main --good c3 --no-checkout -- "$PWD/bare" && bisect run >out &&
	grep "^$CULPRIT is the first bad commit" out && ls -d "$(ls -td repo/.git/.farrier/bisect/[0-9]* | head -1)"/tree-1 2>err;
	grep "No such file" err && bisect reset
'

test_expect_success 'a program beside the repository, and one in it' '
	cp fails repo/untracked && bisect start --bad main --good c3 -- ./untracked && bisect run >out &&
	grep "^$CULPRIT is the first bad commit" out && bisect reset && rm repo/untracked &&
	bisect start --bad main --good c3 -- ./nothing && test_expect_code 3 bisect run 2>err && grep nothing err && bisect reset
'

test_expect_success 'exit codes of 128 and more end the run, which goes on later' '
	cat >aborts <<-EOF && chmod +x aborts &&
	#!/bin/sh
	test ! -e "$PWD/outage" || exit 128
	exec "$PWD/fails"
	EOF
	bisect start --bad main --good c3 -- "$PWD/aborts" && : >outage && test_expect_code 3 bisect run 2>err &&
	grep "ended with exit code 128, which says nothing" err && grep "^hint: its log is" err &&
	rm outage && bisect run >out && grep "^$CULPRIT is the first bad commit" out &&
	bisect status --json | jq -e "[.commits[].failed] | add < 20" && bisect reset
'

test_expect_success 'by hand, as with git; undo; a mark that is wrong' '
	bisect start --bad main c3 >out && grep "next to be looked at" out &&
	for step in $(seq 12); do
		next=$(bisect status --json | jq -r ".next // empty") && test "$next" || break
		last=$next
		if git -C repo cat-file -e "$next:bug" 2>/dev/null; then mark=bad; else mark=good; fi
		bisect $mark || return 1
	done >out &&
	bisect status >out && grep "^$CULPRIT is the first bad commit" out && test "$step" -le 8 &&
	bisect undo >out && grep "next to be looked at" out && bisect skip c30 >out && bisect undo &&
	bisect $mark "$last" >out && grep "^$CULPRIT is the first bad commit" out &&
	for undone in $(seq 20); do bisect undo 2>err || break; done >out && grep "no mark to take back" err &&
	test_expect_code 2 bisect good c2 2>err && grep "is no suspect" err && bisect reset
'

test_expect_success 'kill -9 at any time loses at most the test under way' '
	cat >slow <<-EOF && chmod +x slow &&
	#!/bin/sh
	sleep 0.05
	exec "$PWD/lies"
	EOF
	rm -f counts/* && bisect start --bad main --good c3 --error 2% -- "$PWD/slow" && events=0 &&
	for kill in $(seq 60); do
		test "$kill" -le 15 || test "$events" -le 5 || break
		"$FARRIER" -C repo -q bisect run -j 2 >out 2>&1 & pid=$!
		sleep "$(awk "BEGIN { print ($kill % 7 + 1) * (10 + $kill) / 100 }")" && { kill -9 $pid 2>/dev/null; wait $pid; }
		now=$(bisect log --json | jq length) && test "$now" -ge "$events" || return 1
		events=$now
	done &&
	{ bisect run >out 2>err && grep "^$CULPRIT is the first bad commit" out || { cat out err && return 1; } } &&
	bisect log --json | jq -e "[.[] | select(.event == \"test\")] | length < 200" && test "$events" -gt 5
'

test_expect_success 'a log that was cut off in the middle of a line goes on' '
	events=$(ls -d repo/.git/.farrier/bisect/*/events.jsonl | tail -1) && before=$(wc -l <"$events") &&
	size=$(stat -c %s "$events") && truncate -s $((size - 7)) "$events" && bisect status >out &&
	bisect good c4 && bisect log --json | jq -e "length == $before and (.[-1].event == \"mark\")" && bisect reset
'

test_expect_success 'what is locked in a tree of the bisection by those that were killed is in nobody'"'"'s way' '
	cat >locks <<-EOF && chmod +x locks &&
	#!/bin/sh
	touch .git/HEAD.lock .git/config.lock .git/index.lock
	exec "$PWD/fails"
	EOF
	bisect start --bad main --good c3 -- "$PWD/locks" >out && tree=$(ls -d repo/.git/.farrier/bisect/[0-9]* | tail -1)/tree-1 &&
	mkdir -p "$tree/.git" && touch "$tree/.git/HEAD.lock" "$tree/.git/config.lock" &&
	bisect run >out && grep "^$CULPRIT is the first bad commit" out && bisect reset >out
'

test_expect_success 'the ends: good is no ancestor, good is bad, no such revision' '
	git -C repo checkout -q -b fork c10 && (cd repo && echo f >fork && git add -A && git commit -qm fork) && git -C repo checkout -q main &&
	bisect start --bad main --good fork -- "$PWD/fails" && bisect run --json >json && jq -e ".culprit == \"$CULPRIT\"" json &&
	jq -e ".commits | any(.subject == \"commit 10\")" json && bisect reset &&
	test_expect_code 2 bisect start --bad c3 --good main -- true 2>err && grep "is the good one the bad one" err &&
	test_expect_code 2 bisect start --bad nosuch --good main -- true 2>err && grep "no commit .nosuch." err &&
	test_expect_code 2 bisect start --bad main -- true 2>err && grep "needs a bad and a good revision" err &&
	test_expect_code 2 bisect start --bad main --good c3 --build make 2>err && grep "name its command behind" err &&
	test_expect_code 2 bisect sing 2>err && grep "there is no .farrier bisect sing." err
'

test_expect_success 'an end that cannot be tested may be marked' '
	cat >blind <<-EOF && chmod +x blind &&
	#!/bin/sh
	test "\$(cat count)" != 60 || exit 125
	exec "$PWD/fails"
	EOF
	bisect start --bad main --good c3 -- "$PWD/blind" && test_expect_code 2 bisect run 2>err &&
	grep "the bad end, cannot be tested" err && grep "^hint: when you know" err &&
	bisect bad main && bisect run >out && grep "^$CULPRIT is the first bad commit" out && bisect reset
'

test_expect_success 'in a workspace: the state is there, branches have names, --repo names another' '
	farrier -q init ws && farrier -C ws bisect start --repo repo --bad main --good c3 -- "$PWD/fails" &&
	test -s ws/.farrier/bisect/0001/events.jsonl && farrier -C ws bisect run >out &&
	grep "^$CULPRIT is the first bad commit" out && farrier -C ws bisect reset &&
	git -C repo update-ref refs/farrier/tree/linux-6.12.y main && git config -f ws/farrier.conf kernel.repo "$PWD/repo" &&
	farrier -C ws bisect start --bad linux-6.12.y --good c3 -- "$PWD/fails" >out && farrier -C ws bisect reset
'

# on_branch NAME START COMMAND: a branch with what the command leaves, and back to main.
on_branch () {
	(cd repo && git checkout -q -b "$1" "$2" && eval "$3" && git checkout -q main)
}

test_expect_success 'a series is put on every commit, where it fits' '
	printf "[branch]\n\tref = refs/heads/main\n" >ws/kernels/branches/toy.conf &&
	on_branch need c3 "echo 1 >need && git add -A && git commit -qm \"toy: what the test needs\"" &&
	farrier -C ws -q import --name need c3..need &&
	# with a series on it, the commit that is tested is no commit of the history
	sed "/rev-parse/d" fails >plain && chmod +x plain &&
	cat >needs <<-EOF && chmod +x needs &&
	#!/bin/sh
	test -e need || exit 128
	exec "$PWD/plain"
	EOF
	farrier -C ws bisect start --bad toy --good c3 --with need -- "$PWD/needs" && farrier -C ws bisect run >out &&
	grep "^$CULPRIT is the first bad commit" out && farrier -C ws bisect reset
'

test_expect_success 'a commit that has it already: skipped, or with --if-missing tested as it is' '
	on_branch has c50 "git cherry-pick need >/dev/null && echo 70 >count && git commit -qam later" &&
	farrier -C ws bisect start --bad has --good c3 --with need -- "$PWD/needs" && test_expect_code 2 farrier -C ws bisect run 2>err &&
	grep "the bad end, cannot be tested: it has need patch 1 already" err && farrier -C ws bisect reset &&
	farrier -C ws bisect start --bad has --good c3 --with need --if-missing -- "$PWD/needs" &&
	farrier -C ws bisect run >out && grep "^$CULPRIT is the first bad commit" out && farrier -C ws bisect reset
'

test_expect_success 'where a series does not fit, a commit is skipped and says why' '
	on_branch clash c3 "echo other >count && git commit -qam \"toy: clash\"" && farrier -C ws -q import --name clash c3..clash &&
	farrier -C ws bisect start --bad toy --good c3 --with clash -- "$PWD/plain" && test_expect_code 2 farrier -C ws bisect run 2>err &&
	grep "cannot be tested: clash patch 1, .toy: clash.: conflict" err && farrier -C ws bisect reset
'

test_expect_success 'which patch of a series breaks, and which one fixes' '
	on_branch breaks main "git rm -q bug && git commit -qm \"no bug\" && git branch -q clean &&
		for n in 1 2 3 4; do echo \$n >part && { test \$n != 3 || echo oops >bug; } && git add -A && git commit -qm \"toy: part \$n\" || exit 1; done" &&
	on_branch cures main "for n in 1 2 3; do echo \$n >part && { test \$n != 2 || git rm -q bug; } && git add -A && git commit -qm \"toy: cure \$n\" || exit 1; done" &&
	printf "[branch]\n\tref = refs/heads/clean\n" >ws/kernels/branches/clean.conf &&
	farrier -C ws -q import --name breaks clean..breaks && farrier -C ws -q import --name cures main..cures &&
	farrier -C ws bisect series breaks --branch clean -- "$PWD/plain" >out && grep "^4 suspects" out &&
	farrier -C ws bisect run >out && grep "^    toy: part 3" out && farrier -C ws bisect run --json | jq -e ".set[0].subject == \"toy: part 3\"" &&
	farrier -C ws bisect reset &&
	farrier -C ws bisect series cures --branch toy --fixes -- "$PWD/plain" && farrier -C ws bisect run >out &&
	grep "fixes it (" out && grep "^    toy: cure 2" out && farrier -C ws bisect visualize | grep "commit\|cure" &&
	farrier -C ws bisect log >fixlog && farrier -C ws bisect reset && grep "^# first fixed commit: .*toy: cure 2" fixlog &&
	grep "^git bisect start .--term-new=fixed. .--term-old=broken. " fixlog && farrier -C ws bisect replay fixlog >out &&
	grep "fixes it (" out && grep "^    toy: cure 2" out && farrier -C ws bisect reset &&
	test_expect_code 2 farrier -C ws bisect start --bad c3 --good main --fixes -- "$PWD/plain" 2>err && grep "no line of commits" err &&
	test_expect_code 2 farrier -C ws bisect series cures -- true 2>err && grep "name one series" err
'

test_expect_success 'plan says how long it will take' '
	bisect start --bad main --good c3 --build true -- "$PWD/fails" &&
	bisect plan -p 0.5 --runs 50 --json >json &&
	jq -e ".suspects == 60 and .p == 0.5 and .right > 0.8 and .boots.median > 15 and .builds.median >= 5 and
		.seconds.most_of_ten >= .seconds.median" json &&
	bisect plan -p 0 >out && grep "nine times of ten" out && bisect reset
'

test_expect_success 'words of commits and tests do not control the terminal' '
	(cd repo && git checkout -q -b hostile main && git commit -q --allow-empty -m "$(printf "\033[31mred \302\233")" && git checkout -q main) &&
	printf "#!/bin/sh\nprintf \"\\\\033[2Jgone\\\\n\"; exit 1\n" >rude && chmod +x rude &&
	bisect start --bad hostile --good main -- "$PWD/rude" && test_might_fail bisect run >out 2>err && bisect visualize >>out && bisect log >>out &&
	grep "x1b\[31mred" out && ! LC_ALL=C grep "[^ -~]" out err
'

test_done
