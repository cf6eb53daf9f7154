#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='a cluster where little is as one thinks: folders, jobs that nobody waits for, results of any kind

The cluster is tests/standin/slurmrestd; its jobs run farrier itself, and the kernels are texts.'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

toy_cluster

# another file system than the caches', where there is one
ELSEWHERE=/dev/shm/farrier-shared.$$
if test -d /dev/shm && test "$(stat -c %d /dev/shm)" != "$(stat -c %d "$XDG_CACHE_HOME")" && mkdir -p "$ELSEWHERE"; then
	cleanup "rm -rf '$ELSEWHERE'"
	SHARED=$ELSEWHERE
else
	echo "# SKIPPED: /dev/shm is not there, or the caches are: the shared folder is on their file system" >&2
fi

test_expect_success 'setup' 'cluster_world'

test_expect_success 'the shared folder is another file system than the caches' '
	build && undisturbed && jobs | jq -e "length == 1"
'

# start ARG...: a build in the background, $pid.
start () {
	"$FARRIER" -C ws -q build toy "$@" >out 2>err &
	pid=$!
}

# branches COUNT: b1, b2, ..., each with a kernel of its own.
branches () {
	for n in $(seq "$1"); do
		git -C linux reset -q --hard base && echo "say $n" >>linux/kernel/fault && git -C linux commit -qam "toy: $n" && toy_branch "b$n" || return 1
	done
	git -C linux reset -q --hard base
}

test_expect_success 'killed while the submission is under way: the next that uses the cluster cancels the job' '
	forget && before=$(jobs | jq length) && echo 2 >cluster/slowness && echo "1000 1 POST:slow" >cluster/faults && start &&
	wait_for "jobs | jq -e \"length > $before\"" && kill -9 $pid; wait $pid; rm cluster/faults
	jq -e ".id == 0 and .uncertain" ws/.farrier/cluster/*.json && sleep 2 &&
	timeout 60 "$FARRIER" -C ws -q build toy --model model >out 2>err && jobs | jq -e ".[$before].job_state == \"CANCELLED\"" && test -z "$(ls ws/.farrier/cluster)"
'

test_expect_success 'Ctrl-C while the submission is under way: the same at once' '
	forget && before=$(jobs | jq length) && echo 1 >cluster/slowness && echo "1000 1 POST:slow" >cluster/faults && start &&
	wait_for "jobs | jq -e \"length > $before\"" && kill -INT $pid && rm cluster/faults && test_expect_code 130 wait $pid &&
	wait_for "jobs | jq -e \".[$before].job_state == \\\"CANCELLED\\\"\"" && test -z "$(ls ws/.farrier/cluster)"
'

test_expect_success 'submissions that are carried out late: none stays in the queue, though the result is there already' '
	forget && before=$(jobs | jq length) && echo 0.5 >cluster/lateness && hang_once && sed -i s/1000/3/ "$XDG_CACHE_HOME/break" &&
	echo "1000 1 POST:late" >cluster/faults && start && wait_for "jobs | jq -e \"length > $before\"" && rm cluster/faults &&
	job RUNNING && kill -9 $pid; wait $pid; job COMPLETED && rm "$XDG_CACHE_HOME/break" && build && all_over && undisturbed
'

test_expect_success 'the ids of another cluster are no jobs of ours' '
	forget && hang_once && before=$(jobs | jq length) && start && job RUNNING && kill -9 $pid; wait $pid; rm "$XDG_CACHE_HOME/break"
	id=$(jq .id ws/.farrier/cluster/*.json) && touch cluster/cancel && all_over && cluster_stop && cluster_start 20 && setting url "$URL" &&
	for n in $(seq "$id"); do
		printf "{\"script\":\"#!/bin/sh\\\\n/bin/sleep 30\\\\n\",\"job\":{\"name\":\"climate-%s\",\"environment\":{\"A\":\"b\"},\"standard_output\":\"/dev/null\",\"current_working_directory\":\"/tmp\"}}" "$n" >body &&
		curl -fsS -H "X-SLURM-USER-TOKEN: secret.token.0123" -d @body "$URL/slurm/v0.0.38/job/submit" >answer || return 1
	done &&
	timeout 60 "$FARRIER" -C ws -q build toy --model model >out 2>err && test -z "$(ls ws/.farrier/cluster)" &&
	jobs | jq -e "[.[] | select(.name | startswith(\"climate\"))] | length == $id and all(.job_state != \"CANCELLED\")" &&
	cluster_stop && cluster_start 2 && setting url "$URL"
'

test_expect_success 'a controller that was killed gave the id to somebody else: the kernel is made all the same, and nobody is disturbed' '
	forget && hang_once && before=$(jobs | jq length) && start && job RUNNING && rm "$XDG_CACHE_HOME/break" && touch cluster/amnesia && wait $pid &&
	jobs >jobs.json && jq -e ".[$before] | .job_state == \"PENDING\" and .held and .starts == 1" jobs.json && jq -e ".[$before + 1].job_state == \"COMPLETED\"" jobs.json
'

test_expect_success 'the same, and Ctrl-C: nobody else is cancelled' '
	forget && hang_once && before=$(jobs | jq length) && setting poll-ms 4000 && start && job RUNNING && touch cluster/amnesia && job PENDING &&
	kill -INT $pid && test_expect_code 130 wait $pid && jobs | jq -e ".[$before].job_state == \"PENDING\"" && test -z "$(ls ws/.farrier/cluster)" &&
	rm "$XDG_CACHE_HOME/break" && setting poll-ms 50 && cluster_stop && cluster_start 2 && setting url "$URL"
'

test_expect_success 'Ctrl-C, and the cluster tells nothing of the job: said, and the next run cancels it' '
	forget && hang_once && before=$(jobs | jq length) && start && job RUNNING && echo "1000 1 404" >cluster/faults &&
	kill -INT $pid && test_expect_code 130 wait $pid && rm cluster/faults "$XDG_CACHE_HOME/break" && grep "warning: job .farrier-[0-9a-f-]*. may run on: .*the next farrier here tries again" err &&
	job RUNNING && timeout 60 "$FARRIER" -C ws -q build toy --model model >out && jobs | jq -e ".[$before].job_state == \"CANCELLED\"" && test -z "$(ls ws/.farrier/cluster)"
'

test_expect_success 'a cancellation that is refused: said, and the next run cancels it' '
	forget && hang_once && before=$(jobs | jq length) && start && job RUNNING && echo "DELETE:403" >cluster/once &&
	kill -INT $pid && test_expect_code 130 wait $pid && ! test -e cluster/once && rm "$XDG_CACHE_HOME/break" && grep "warning: job .farrier-[0-9a-f-]*. could not be cancelled: .*403" err &&
	job RUNNING && timeout 60 "$FARRIER" -C ws -q build toy --model model >out && jobs | jq -e ".[$before].job_state == \"CANCELLED\"" && test -z "$(ls ws/.farrier/cluster)"
'

test_expect_success 'what the cluster is told of a job; a queue that is full is waited for' '
	forget && setting memory 700 && setting account kernel && setting qos low && setting partition build && setting patience 60 && touch cluster/full &&
	before=$(jobs | jq length) && start && sleep 4 && test "$(jobs | jq length)" = "$before" && rm cluster/full && wait $pid &&
	jobs | jq -c ".[-1].wanted | [.memory_per_node, .account, .qos, .partition, .cpus_per_task]" >actual && echo "[700,\"kernel\",\"low\",\"build\",1]" >expected && test_cmp expected actual &&
	for key in memory account qos partition; do git config -f ws/farrier.conf --unset build.$key || return 1; done && setting patience 3
'

test_expect_success 'a second farrier that wants the kernel waits until the job of a killed one is gone' '
	forget && hang_once && before=$(jobs | jq length) && start && job RUNNING && kill -9 $pid; wait $pid
	echo 2 >cluster/slowness && { "$FARRIER" -C ws -q build toy --model model >outA 2>errA & } && a=$! &&
	wait_for "jobs | jq -e \".[$before + 1].job_state == \\\"COMPLETED\\\"\"" && echo "1000 1 DELETE:slow" >cluster/faults &&
	build && rm -f cluster/faults "$XDG_CACHE_HOME/break" && wait $a && undisturbed && all_over &&
	jobs | jq -e "[.[$before:][].job_state] == [\"CANCELLED\", \"COMPLETED\", \"COMPLETED\"]"
'

test_expect_success 'a job that others hold is not asked about in a hurry' '
	forget && echo JobHeldUser >cluster/reason && start && sleep 1 && asked=$(curl -s "$URL/restd/requests") && sleep 3 &&
	asked=$(($(curl -s "$URL/restd/requests") - asked)) && rm cluster/reason && kill -INT $pid && test_expect_code 130 wait $pid && test "$asked" -le 35
'

test_expect_success 'an administrator holds the job for a while: it is waited for' '
	forget && echo JobHeldAdmin >cluster/reason && start && sleep 2 && rm cluster/reason && wait $pid
'

test_expect_success 'no more jobs at a time than build.queue says' '
	branches 5 && forget && setting queue 2 && before=$(jobs | jq length) && touch cluster/slowly &&
	{ timeout 60 "$FARRIER" -C ws -q build b1 b2 b3 b4 b5 --json >json 2>err & } && pid=$! &&
	wait_for "jobs | jq -e \"length == $before + 2\"" && sleep 1 && jobs | jq -e "length == $before + 2" && rm cluster/slowly &&
	wait $pid && jq -e ".builds | length == 5 and all(.status == \"ok\")" json && git config -f ws/farrier.conf --unset build.queue
'

# lost_on NODE HOW: what becomes of farrier there.
lost_on () {
	{
		echo "#!/bin/sh"
		echo "if test \$SLURMD_NODENAME = $1; then"
		case $2 in
		missing) echo "exit 127" ;;
		killed) echo "kill -9 \$\$" ;;
		full) echo "echo '{\"schema\": 1, \"node\": \"$1\", \"text\": \"no space\"}' >trouble.json; exit 3" ;;
		esac
		echo "fi"
		echo "exec '$FARRIER' \"\$@\""
	} >"$XDG_CACHE_HOME/torn" && chmod +x "$XDG_CACHE_HOME/torn" && setting node-farrier "$XDG_CACHE_HOME/torn"
}

for how in missing killed full; do
	test_expect_success "a node that takes jobs and loses them ($how): another one builds" '
		forget && before=$(jobs | jq length) && lost_on n1 $how && build && undisturbed && echo n2 >expected && test_cmp expected "$BUILT" &&
		jobs | jq -e "[.[$before:][].job_state] == [\"FAILED\", \"COMPLETED\"]" &&
		git config -f ws/farrier.conf --unset build.node-farrier
	'
done

test_expect_success 'one kernel that no node can build does not end the others' '
	forget && echo "! grep -q \"say 3\" kernel/fault || { echo \"cc1: fatal error: error writing to x.s: No space left on device\"; exit 1; }" >"$XDG_CACHE_HOME/break" &&
	test_expect_code 3 farrier -C ws -q build b1 b2 b3 b4 --json >json 2>err && rm "$XDG_CACHE_HOME/break" &&
	jq -e ".builds | map(.branch) == [\"b1\", \"b2\", \"b4\"] and all(.status == \"ok\")" json && grep "warning: b3: node n" err && all_over
'

test_expect_success 'the cache of a node is kept below its limit' '
	forget && git config -f ws/farrier.conf cache.limit 1k && farrier -C ws -q build b1 b2 b3 b4 >out 2>err &&
	test "$(find "$XDG_CACHE_HOME"/node/*/farrier/build -name image | wc -l)" = 4 &&
	find "$XDG_CACHE_HOME"/node/*/farrier -exec touch -d "2 hours ago" {} + && farrier -C ws -q build b5 >out 2>err && farrier -C ws -q build toy >out 2>err &&
	test "$(find "$XDG_CACHE_HOME"/node/n1/farrier/build -name image | wc -l)" -le 2 && git config -f ws/farrier.conf --unset cache.limit
'

# damage COMMANDS: what is done on the node once the result is there.
damage () {
	printf "#!/bin/sh\n\"%s\" \"\$@\"\n%s\n" "$FARRIER" "$1" >"$XDG_CACHE_HOME/torn" && chmod +x "$XDG_CACHE_HOME/torn" && setting node-farrier "$XDG_CACHE_HOME/torn"
}

test_expect_success 'a result with a pipe, with links, with files that nobody summed' '
	forget && damage "rm result/image; mkfifo result/image" && infra "result/image. did not come back from the node as it was there" &&
	forget && damage "cp result/log log; rm result/log; ln -s ../log result/log" && infra "result/log. did not come back" &&
	forget && damage "sed -i s/inputs/other/ result/sums.json; echo x >>result/inputs" && infra "result/inputs. did not come back" &&
	git config -f ws/farrier.conf --unset build.node-farrier && forget && build && undisturbed
'

test_expect_success 'a cache here that cannot take the result: it stays for the next time' '
	forget && before=$(jobs | jq length) && mkdir -p "$XDG_CACHE_HOME/farrier" && echo >"$XDG_CACHE_HOME/farrier/build" && test_expect_code 3 build && grep "in the way\|cannot" err &&
	rm "$XDG_CACHE_HOME/farrier/build" && build && undisturbed && jobs | jq -e "length == $before + 1"
'

test_expect_success 'an initramfs that did not come whole: no kernel with another one in it' '
	tab=$(printf "\t") && cat >>linux/Makefile <<-EOF &&
	bootfile: \$(O)/boot/bootfile
	\$(O)/boot/bootfile: kernel/head kernel/fault kernel/tail
	${tab}@mkdir -p \$(O)/boot; cat kernel/head kernel/fault kernel/tail \$(INITRD) >\$@
	EOF
	git -C linux commit -qam "toy: boot from the network" && toy_branch net && git -C linux reset -q --hard base &&
	printf "[machine]\n\tkind = qemu\n\tarch = toy\n\tmodel = net\n\tqemu = %s\n\timage = netboot\n" "$PWD/bin/emulator" >ws/kernels/machines/net.conf &&
	git config -f ws/kernels/arches/toy.conf arch.netboot boot/bootfile && forget &&
	printf "#!/bin/sh\ntruncate -s 100 initrd\nexec \"%s\" \"\$@\"\n" "$FARRIER" >"$XDG_CACHE_HOME/torn" && setting node-farrier "$XDG_CACHE_HOME/torn" &&
	test_expect_code 3 farrier -C ws -q build net --machine net 2>err && grep "initrd. did not come to the node as it was" err &&
	git config -f ws/farrier.conf --unset build.node-farrier && farrier -C ws -q build net --machine net --json >json && jq -e ".builds[0].status == \"ok\"" json
'

# packs: how many there are.
packs () {
	find "$SHARED/linux.git/objects/pack" -name "*.pack" | wc -l
}

test_expect_success 'the shared repository is packed where git says that it is time' '
	forget && for n in 1000 2000; do
		{ for blob in $(seq $n $((n + 150))); do printf "blob\ndata 4\n%s\n" $blob; done; } | git -C "$SHARED/linux.git" fast-import --quiet || return 1
	done &&
	git -C "$SHARED/linux.git" config gc.autoPackLimit 1 && test "$(packs)" -ge 2 && build && test "$(packs)" = 1 && ! test -e "$SHARED/linux.git/gc.log.lock"
'

test_expect_success 'a path that is no UTF-8 is refused' '
	setting shared "$(printf "/tmp/\\377")" && test_expect_code 2 build && grep "build.shared" err && setting shared "$SHARED"
'

test_expect_success 'with standard descriptors that somebody closed' '
	setting executor local && rm -rf "$XDG_CACHE_HOME/farrier/build" && farrier -C ws -q build toy >out <&- && rm -rf "$XDG_CACHE_HOME/farrier/build" && farrier -C ws -q build toy <&- >&- 2>&-
'

test_done
