#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='kernels built by a cluster: results, jobs that are made once, and all that goes wrong

The cluster is tests/standin/slurmrestd; its jobs run farrier itself, and the kernels are texts.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

toy_cluster

test_expect_success 'setup' 'cluster_world'

test_expect_success 'a node builds the very kernel that would be built here, and once' '
	setting node-path "$XDG_CACHE_HOME/bin:/usr/bin:/bin" && forget && build && undisturbed && echo n1 >expected && test_cmp expected "$BUILT" &&
	jobs | jq -e "length == 1 and .[0].job_state == \"COMPLETED\" and .[0].starts == 1 and (.[0].name | test(\"^farrier-[0-9a-f]+-[0-9a-f]+\"))" &&
	build && jq -e ".builds[0] | .status == \"cached\" and .reused" json && jobs | jq -e "length == 1"
'

test_expect_success 'a kernel that does not build is a result, with the line and the patch that is to blame' '
	echo "exit_here" >>linux/kernel/fault && sed -i "s|^vmlinux:|vmlinux:\n	@grep -n exit_here kernel/fault \&\& echo \"kernel/fault:2: error: it exits\" \&\& exit 1 \|\| true|" linux/Makefile &&
	toy_series bad && test_expect_code 1 farrier -C ws -q build toy --with bad --json >json &&
	jq -e ".builds[0] | .status == \"failed\" and .image == null and .diagnostics[0].text == \"it exits\" and .diagnostics[0].patch.series == \"bad\"" json &&
	jq -r ".builds[0].log" json | xargs grep "it exits"
'

test_expect_success 'verify and run: kernels by nodes, several at a time, and boots here' '
	test_when_finished "rm -f cluster/slowly" && forget && : >booted && cat >ws/kernels/matrix/small.conf <<-\EOF &&
	[matrix]
		series = fix
		model = model
		seconds = 1
		clean-rate = 10%
		bad-rate = 70%
		error = 5%
		max-boots = 8
		cpus = 2
	[cells "all"]
		variant = base, series
		model = on, off
	EOF
	before=$(jobs | jq length) && touch cluster/slowly && { farrier -C ws -q run small >out & } && pid=$! &&
	wait_for "jobs | jq -e \"[.[$before:][] | select(.job_state == \\\"RUNNING\\\")] | length == 2\"" && rm cluster/slowly && wait $pid &&
	sort "$BUILT" >nodes && printf "n1\nn2\n" >expected && test_cmp expected nodes &&
	test "$(wc -l <booted)" -gt 8 && jq -e ".answer == \"good\"" ws/.farrier/runs/0001/run.json && forget &&
	farrier -C ws -q verify fix --onto toy --model model --machine bench --cpus 2 --seconds 1 >out && grep "verdict: fixed" out && all_over
'

for kind in refuse lost late half slow fail 401 429 503 nonsense gone expired; do
	test_expect_success "a slurmrestd that goes wrong ($kind): one job all the same" '
		test_when_finished "rm -f cluster/faults cluster/once" &&
		for where in POST GET any; do
			forget && rm -f cluster/faults && all_over && before=$(jobs | jq length) &&
			case $where in any) echo "300 1 $kind" >cluster/faults ;; *) echo "$where:$kind" >cluster/once ;; esac &&
			build && rm -f cluster/faults && ! test -e cluster/once && undisturbed && all_over &&
			jq -e ".[$before:] | [.[].starts] | add == 1" jobs.json && test "$(wc -l <"$BUILT")" = 1 || return 1
		done
	'
done

test_expect_success 'killed at any time, and run again: one job, one kernel, and nothing of it is left' '
	for tenth in 1 2 3 4 5 6 7 8 9 10; do
		forget && all_over && before=$(jobs | jq length) && began=$(date +%s%N) && build && whole=$((($(date +%s%N) - began) / 1000000)) &&
		forget && before=$(jobs | jq length) && echo "100 $tenth lost slow" >cluster/faults &&
		{ timeout -s KILL "$(printf "%04d" $((whole * tenth / 10)) | sed "s/...$/.&/")" "$FARRIER" -C ws -q build toy >out 2>&1 || : >killed; } &&
		rm -f cluster/faults && build && all_over && jq -e ".[$before:] | [.[].starts] | add == 1" jobs.json && test "$(wc -l <"$BUILT")" = 1 &&
		jq -r ".builds[0].image" json | xargs sha1sum | cut -c1-40 >actual.sum && test_cmp local.sum actual.sum &&
		test -z "$(find "$SHARED/builds" ws/.farrier/cluster -mindepth 1 ! -name "*.tmp-*" ! -name "*.lock")" || return 1
	done && test -e killed
'

# what is left when the kill comes between two steps
test_expect_success 'killed with a ref or a file locked, or behind the last step: run again' '
	forget && build && undisturbed && key=$(jq -r ".builds[0].key" json) && forget &&
	locks="refs/farrier/build/$key.lock refs/farrier/cluster/toy.lock packed-refs.lock refs/farrier/sent/$key/1.lock" &&
	for lock in $locks; do
		mkdir -p "$(dirname "$SHARED/linux.git/$lock")" && touch -d "1 hour ago" "$SHARED/linux.git/$lock" || return 1
	done &&
	mkdir -p "$SHARED/builds/$key/kernels/branches" && touch "$SHARED/builds/$key/kernels/branches/toy.conf.edit.lock" &&
	build && undisturbed && test -z "$(find "$SHARED/linux.git" -name "*.lock")" &&
	rm -rf "$SHARED" && mkdir -p "$SHARED/linux.git" && touch "$SHARED/linux.git/HEAD.lock" "$SHARED/linux.git/config.lock" &&
	forget && build && undisturbed && test -z "$(find "$SHARED" -name "*.lock")" &&
	forget && touch cluster/slowly && { build & } && pid=$! && wait_for "test -e $SHARED/builds/$key/result/sums.json" &&
	cp -R "$SHARED/builds/$key" kept && cp "ws/.farrier/cluster/$key.json" record && rm cluster/slowly && wait $pid && all_over &&
	mkdir -p "$SHARED/builds" && mv kept "$SHARED/builds/$key" && mv record "ws/.farrier/cluster/$key.json" &&
	build && jq -e ".builds[0].status == \"cached\"" json && test -z "$(find "$SHARED/builds" -mindepth 1)" && test -z "$(ls ws/.farrier/cluster)"
'

test_expect_success 'a kernel that is there: the record of another cluster stays' '
	forget && build && key=$(jq -r ".builds[0].key" json) && echo "{\"name\": \"farrier-1-2\", \"id\": 7, \"shared\": \"/elsewhere\"}" >"ws/.farrier/cluster/$key.json" &&
	build && jq -e ".builds[0].status == \"cached\"" json && test -e "ws/.farrier/cluster/$key.json" && rm "ws/.farrier/cluster/$key.json"
'

test_expect_success 'a node that fails: another job on another node; one that is requeued: the same' '
	forget && hang_once && before=$(jobs | jq length) && { build & } && pid=$! && job RUNNING &&
	touch "cluster/fail-$(jobs | jq -r ".[$before].nodes")" && job NODE_FAIL && wait $pid && : >"$BUILT" && undisturbed &&
	jobs | jq -e ".[$before:] | length == 2 and .[1].job_state == \"COMPLETED\"" &&
	forget && hang_once && touch cluster/requeue && before=$(jobs | jq length) && { build & } && pid=$! && job RUNNING &&
	touch "cluster/fail-$(jobs | jq -r ".[$before].nodes")" && wait $pid && undisturbed && rm cluster/requeue &&
	jobs | jq -e ".[$before:] | length == 1 and .[0].starts == 2 and .[0].job_state == \"COMPLETED\"" && rm "$XDG_CACHE_HOME/break"
'

test_expect_success 'started twice at the same time: built once' '
	forget && touch cluster/twice && build && rm cluster/twice && undisturbed && test "$(wc -l <"$BUILT")" = 1 && jobs | jq -e ".[-1].starts == 2"
'

test_expect_success 'a job that the controller forgot: its result counts' '
	forget && touch cluster/forgetful && build && rm cluster/forgetful && undisturbed
'


test_expect_success 'a time limit, a full disk, a killed compiler: no result, and not a bad one' '
	forget && echo 0.5 >cluster/limit && echo "sleep 9" >"$XDG_CACHE_HOME/break" && infra "ended as TIMEOUT (TimeLimit)" && rm cluster/limit &&
	forget && echo "echo \"cc1: fatal error: error writing to x.s: No space left on device\"; exit 1" >"$XDG_CACHE_HOME/break" && infra "node n[12]: .*No space left on device" &&
	forget && echo "kill -9 \$PPID; kill -9 \$\$" >"$XDG_CACHE_HOME/break" && infra "node n[12]: make of branch .toy. failed with" && rm "$XDG_CACHE_HOME/break" &&
	forget && build && undisturbed
'

test_expect_success 'a job that would wait for ever: said, and not left in the queue' '
	forget && touch cluster/impossible && infra "does not take the job: .*(2015)" && rm cluster/impossible && all_over &&
	forget && echo BadConstraints >cluster/reason && infra "would wait for ever: BadConstraints" && rm cluster/reason && all_over
'

test_expect_success 'somebody cancels the job: another one; nodes without farrier: said' '
	forget && hang_once && before=$(jobs | jq length) && { build & } && pid=$! && job RUNNING && touch cluster/cancel && job CANCELLED &&
	wait $pid && undisturbed && rm "$XDG_CACHE_HOME/break" &&
	forget && setting node-farrier /nowhere/farrier && infra "ended as FAILED (NonZeroExitCode), with exit code 127" &&
	printed=$(sed -n "s/^hint: the job.s output is in .\(.*\)./\1/p" err) && grep "/nowhere/farrier: not found" "$printed" && test -z "$(find "$SHARED/builds" -mindepth 1)" &&
	git config -f ws/farrier.conf --unset build.node-farrier
'

test_expect_success 'a toolchain that is another one on the nodes' '
	forget && mkdir -p "$XDG_CACHE_HOME/other" && cp bin/* "$XDG_CACHE_HOME/other/" &&
	printf "#!/bin/sh\ncase \$* in *--version*) echo \"gcc 99.0\";; *) exec gcc \"\$@\";; esac\n" >"$XDG_CACHE_HOME/other/toy-linux-gcc" &&
	setting node-path "$XDG_CACHE_HOME/other:/usr/bin:/bin" && infra "node n[12]: the toolchain here is another one" && test_must_be_empty "$BUILT" && grep "hint: install the same versions" err &&
	setting node-path "$XDG_CACHE_HOME/bin:/usr/bin:/bin"
'

test_expect_success 'a result that did not come back whole' '
	forget && cat >"$XDG_CACHE_HOME/torn" <<-EOF && chmod +x "$XDG_CACHE_HOME/torn" &&
	#!/bin/sh
	"$FARRIER" "\$@" && truncate -s 10 result/image
	EOF
	setting node-farrier "$XDG_CACHE_HOME/torn" && infra "result/image. did not come back from the node as it was there" &&
	git config -f ws/farrier.conf --unset build.node-farrier && forget && build && undisturbed
'

test_expect_success 'Ctrl-C: its jobs are cancelled' '
	forget && hang_once && before=$(jobs | jq length) && { "$FARRIER" -C ws -q build toy >out 2>err & } && pid=$! && job RUNNING &&
	kill -INT $pid && test_expect_code 130 wait $pid && job CANCELLED && test -z "$(ls ws/.farrier/cluster)"
'

test_expect_success 'Ctrl-C while the source is sent: nothing of it is left' '
	forget && mkdir slow-git && cat >slow-git/git <<-EOF && chmod +x slow-git/git &&
	#!/bin/sh
	case "\$*" in *" push "*) "$(command -v git)" "\$@"; : >"$PWD/pushing"; exec sleep 60 ;; esac
	exec "$(command -v git)" "\$@"
	EOF
	{ env PATH="$PWD/slow-git:$PATH" "$FARRIER" -C ws -q build toy >out 2>err & } && pid=$! && wait_for "test -e pushing" &&
	kill -INT $pid && test_expect_code 130 wait $pid && test -z "$(find "$SHARED/builds" -mindepth 1)" &&
	test -z "$(git --git-dir="$SHARED/linux.git" for-each-ref refs/farrier/sent refs/farrier/build)" && test -z "$(ls ws/.farrier/cluster)"
'

test_expect_success 'a job that nobody came back for is cancelled by the next that uses the cluster' '
	forget && hang_once && before=$(jobs | jq length) && { "$FARRIER" -C ws -q build toy >out 2>err & } && pid=$! && job RUNNING && kill -9 $pid; wait $pid
	test "$(ls ws/.farrier/cluster | wc -l)" = 1 && timeout 60 "$FARRIER" -C ws -q build toy --model model >out 2>err &&
	job CANCELLED && all_over && test -z "$(ls ws/.farrier/cluster)" && rm "$XDG_CACHE_HOME/break"
'

test_expect_success 'no cluster, no token, a token that others can read, one that is renewed' '
	forget && setting url http://127.0.0.1:1 && infra "out of reach" && setting url "$URL/v2" &&
	infra "no API of version v0.0.38, which .slurmrestd -s" && setting url "$URL" &&
	chmod 644 token && test_expect_code 2 build && grep "others can read it" err && chmod 600 token &&
	setting patience 900 && mv token away && { timeout 300 "$FARRIER" -C ws build toy >out 2>err & } && pid=$! &&
	wait_for "grep \"the cluster is out of reach: cannot read the token\" err" && mv away token && wait $pid && setting patience 3 && forget &&
	echo wrong >token && { build & } && pid=$! && sleep 1 && echo secret.token.0123 >token && wait $pid && undisturbed &&
	git config -f ws/farrier.conf --unset build.shared && test_expect_code 2 build && grep "build.shared. is missing" err && setting shared "$SHARED"
'

test_expect_success 'two farriers send sources of one branch at the same time' '
	for round in 1 2 3 4; do
		forget && rm -rf "$SHARED" && { timeout 60 "$FARRIER" -C ws -q build toy >out1 2>err1 & } && one=$! &&
		{ timeout 60 "$FARRIER" -C ws -q build toy --model model >out2 2>err2 & } && two=$! &&
		wait $one && wait $two && test_must_be_empty err1 && test_must_be_empty err2 || { cat err1 err2; return 1; }
	done && all_over
'

test_expect_success 'of a tree that is like the last one little is sent' '
	head -c 2000000 /dev/urandom >linux/kernel/data && git -C linux add -A && git -C linux commit -qm "toy: data" && toy_branch large &&
	git -C linux reset -q --hard base && timeout 60 "$FARRIER" -C ws -q build large >out && du -sk "$SHARED/linux.git" | cut -f1 >before &&
	timeout 60 "$FARRIER" -C ws -q build large --with fix >out && du -sk "$SHARED/linux.git" | cut -f1 >after &&
	test "$(cat before)" -gt 2000 && test "$(cat after)" -lt $(($(cat before) + 100)) &&
	! git -C linux for-each-ref | grep refs/farrier/cluster
'

test_expect_success 'doctor looks at the cluster, and at the shared folder' '
	doctor () {
		farrier -C ws doctor --json >doctor.json; jq -r ".checks[] | select(.name == \"$1\") | \"\(.status) \(.detail)\"" doctor.json
	} &&
	test "$(doctor cluster)" = "ok $URL, as ci" && test "$(doctor "shared folder")" = "ok $SHARED" &&
	echo wrong >token && doctor cluster | grep "^warning .*(-1)" && echo secret.token.0123 >token &&
	setting shared /nowhere/at/all && doctor "shared folder" | grep "^warning" && setting shared "$SHARED"
'

test_expect_success 'check builds behind each patch on the nodes' '
	setting node-path "$XDG_CACHE_HOME/bin:/usr/bin:/bin" && forget && { farrier -C ws -q check fix toy --json >check.json 2>err || test $? = 1; } && test_must_be_empty err &&
	test -s "$BUILT" && ! grep -q here "$BUILT" && all_over && test -z "$(find "$SHARED/builds" -mindepth 1)"
'

test_expect_success 'bisect: several kernels at a time on the nodes' '
	git -C linux checkout -q base && for number in $(seq 20); do
		echo "say [    0.100000] number $number" >linux/kernel/fault && { test $number -lt 13 || echo "say [    1.000000] Kernel panic - not syncing: oh" >>linux/kernel/fault; } &&
		git -C linux commit -qam "commit $number" && git -C linux tag "c$number" || return 1
	done && git -C linux update-ref refs/farrier/tree/toy HEAD && forget &&
	farrier -C ws bisect start --bad c20 --good c1 --branch toy --machine bench --cpus 1 --seconds 1 >out &&
	farrier -C ws -q bisect run -j 3 --json >json2 && jq -e ".culprit == \"$(git -C linux rev-parse c13)\"" json2 && grep n1 "$BUILT" && grep n2 "$BUILT" && all_over
'

test_done
