#!/bin/sh
# SPDX-License-Identifier: GPL-2.0

test_description='the judge names what happened, and is not fooled'

. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

CASES=$FARRIER_SOURCE/tests/judge

# Every member of the expected object is there and equal; there may be more members.
COVERS='
def covers($e): . as $a |
	if ($e | type) == "object" then
		($a | type) == "object" and
		all($e | keys[]; . as $k | $a | has($k) and (.[$k] | covers($e[$k])))
	elif ($e | type) == "array" then
		($a | type) == "array" and ($a | length) == ($e | length) and
		all(range($e | length); . as $i | $a[$i] | covers($e[$i]))
	else $a == $e end;
'

exit_of () {
	case "$1" in
	GOOD) echo 0 ;;
	BAD) echo 1 ;;
	INFRA) echo 3 ;;
	UNKNOWN) echo 4 ;;
	esac
}

# judged LOG EXPECT: the log is judged as the file says, and the exit code agrees.
judged () {
	code=0
	farrier judge --json "$1" >actual.json || code=$?
	jq -e --slurpfile e "$2" "$COVERS"'.logs[0] | covers($e[0])' actual.json >covered || {
		echo "expected:" && jq -c . "$2"
		echo "actual:" && jq -c ".logs[0]" actual.json
		return 1
	}
	test "$code" = "$(exit_of "$(jq -r .verdict "$2")")" || {
		echo "exit code $code" && return 1
	}
}

for case in "$CASES"/*/; do
	case=${case%/}
	name=$(basename "$case" | tr '-' ' ')
	test_expect_success "$name" "judged '$case/log' '$case/expect.json'"
done

# How the bytes arrive does not matter; tests/unit/judge_noise.c has the noise.

test_expect_success 'a log that comes byte by byte is judged the same' '
	for name in csd-6.12-alpha noise-escapes noise-heartbeat-cut-by-kernel; do
		dd if="$CASES/$name/log" bs=1 2>/dev/null | farrier judge --json - >actual.json
		jq -e --slurpfile e "$CASES/$name/expect.json" \
			"$COVERS .logs[0] | covers(\$e[0])" actual.json || return 1
	done
'

# What is in front of a case must not change its lines' meaning.
test_expect_success 'three megabytes without a newline hide nothing' '
	awk "BEGIN { for (i = 0; i < 200000; i++) printf \"dots and more..\" }" >dots &&
	{
		printf "[    0.000000] Linux version 6.12.117 (build@host) #1 SMP\n" &&
		cat dots &&
		printf "[   28.035141] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [init:34]" &&
		cat dots &&
		printf "\n[   35.031250] Kernel panic - not syncing: softlockup: hung tasks\n"
	} >long.log &&
	test_expect_code 1 farrier judge --json long.log >actual.json &&
	jq -e ".logs[0] | .lines == 3 and (.events | length) == 2 and .cause.kind == \"soft-lockup\"
		and .cause.line == 2 and .cause.cpu == 1 and (.cause.text | length) <= 4096
		and (.cause.text | startswith(\"watchdog: BUG: soft lockup\"))" actual.json
'

test_expect_success 'a message across the border of two pieces is seen, and once' '
	for length in 61400 61430 61440 61450 65470 65500 65530 65536 122850; do
		{
			head -c $length dots &&
			printf "[   28.035141] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [x:1]\n"
		} >long.log &&
		test_expect_code 1 farrier judge --json long.log >actual.json &&
		jq -e ".logs[0].counts == {\"soft-lockup\": 1}" actual.json || {
			echo "length $length" && return 1
		}
	done
'

test_expect_success 'memory stays small, whatever comes' '
	{
		awk "BEGIN { for (i = 0; i < 60000; i++)
			print \"[    1.000000] BUG: Bad page state in process x  pfn:\" i }" &&
		head -c 3000000 /dev/zero && head -c 3000000 /dev/zero | tr "\0" "\033"
	} >flood.log &&
	(
		# the sanitizers need terabytes of address space
		grep -q __asan_init "$FARRIER" || ulimit -v 100000
		test_expect_code 1 farrier judge --json flood.log >actual.json
	) &&
	jq -e ".logs[0] | .counts.bug == 60000 and (.events | length) == 1000" actual.json
'

# The command itself.

test_expect_success 'the text form has one line a log: verdict, kind, line and text' '
	cat >expected <<-\EOF &&
	clean.log: GOOD
	no-end.log: UNKNOWN  the test passed, but the log has no clean end
	csd.log: BAD  csd-stall  line 2: [    9.104492] smp: csd: Detected non-responsive CSD lock (#1) on CPU#1, waiting 5000001464 ns for CPU#00 ipi_flush_tlb_mm+0x0/0x80(0xfffffc0004a3fd30).
	qemu.log: INFRA  qemu-system-alpha: could not load kernel '\''vmlinux'\''
	EOF
	cp "$CASES/clean-alpha-7.2/log" clean.log &&
	cp "$CASES/test-pass-without-end/log" no-end.log &&
	cp "$CASES/csd-5.10/log" csd.log &&
	cp "$CASES/infra-qemu/log" qemu.log &&
	test_expect_code 1 farrier judge clean.log no-end.log csd.log qemu.log >actual &&
	test_cmp expected actual
'

test_expect_success 'of several logs, the worst decides: BAD, INFRA, UNKNOWN, GOOD' '
	test_expect_code 3 farrier judge clean.log qemu.log no-end.log &&
	test_expect_code 4 farrier judge no-end.log clean.log &&
	farrier judge clean.log clean.log
'

test_expect_success '-v shows every event with its CPU' '
	test_expect_code 1 farrier judge -v "$CASES/csd-before-lockup-before-panic/log" >actual &&
	grep "^  2  csd-stall    CPU 1  " actual &&
	grep "^  4  warning      CPU 1  " actual &&
	grep "^  6  panic               " actual
'

test_expect_success '--ignore lists the events of a kind, and calls them no evil' '
	log=$CASES/warning-6.12-then-pass/log &&
	farrier judge --ignore warning --json "$log" >actual.json &&
	jq -e ".logs[0] | .verdict == \"GOOD\" and .cause == null and .counts.warning == 1" \
		actual.json &&
	test_expect_code 1 farrier judge --ignore panic "$log" &&
	log=$CASES/csd-before-lockup-before-panic/log &&
	test_expect_code 1 farrier judge -i csd-stall -i warning --json "$log" >actual.json &&
	jq -e ".logs[0].cause | .kind == \"soft-lockup\" and .line == 5" actual.json
'

test_expect_success 'a kind that is none, no log, and a log that is not there are misuse' '
	test_expect_code 2 farrier judge --ignore hiccup x.log 2>err && grep hiccup err &&
	test_expect_code 2 farrier judge 2>err &&
	test_expect_code 2 farrier judge not-there.log 2>err &&
	grep "there is no log .not-there.log." err
'

test_expect_success 'a folder is no log: an error, not a verdict' '
	mkdir folder &&
	test_expect_code 3 farrier judge folder 2>err &&
	grep "cannot read .folder." err
'

test_expect_success 'a log that cannot be read keeps nobody from the others' '
	test_expect_code 2 farrier judge --json clean.log not-there.log csd.log >actual.json 2>err &&
	jq -e ".schema == 1 and [.logs[].verdict] == [\"GOOD\", \"BAD\"] and
		.errors == [{file: \"not-there.log\",
			text: \"there is no log '\''not-there.log'\''\"}]" actual.json &&
	grep "there is no log .not-there.log." err &&
	test_expect_code 3 farrier judge not-there.log folder csd.log >actual 2>err &&
	grep "^csd.log: BAD" actual && grep "cannot read .folder." err && grep not-there.log err &&
	farrier judge --json clean.log >actual.json && jq -e ".errors == []" actual.json
'

# The writers below would wait for a minute; --follow must not wait for them.

test_expect_success 'a pipe that stays open is judged when a line decides, or the machine is off' '
	for name in csd-5.10 clean-alpha-7.2; do
		mkfifo pipe && {
			{ cat "$CASES/$name/log" && exec sleep 60; } >pipe &
			writer=$!
			timeout 50 "$FARRIER" judge --follow --json - <pipe >actual.json
			kill $writer
			jq -e --slurpfile e "$CASES/$name/expect.json" \
				"$COVERS .logs[0] | covers(\$e[0])" actual.json && rm pipe
		} || return 1
	done
'

test_expect_success 'a file is followed while it grows' '
	head -n 3 "$CASES/soft-lockup-alpha/log" >grows.log || return 1
	timeout 60 "$FARRIER" judge -f --json grows.log >actual.json &
	judge=$!
	tail -n +4 "$CASES/soft-lockup-alpha/log" >>grows.log || return 1
	wait $judge
	test $? = 1 || return 1
	jq -e --slurpfile e "$CASES/soft-lockup-alpha/expect.json" \
		"$COVERS .logs[0] | covers(\$e[0])" actual.json &&
	test_expect_code 2 farrier judge -f clean.log csd.log 2>err && grep "one log" err
'

test_expect_success 'console bytes do not reach the terminal' '
	printf "[    1.000000] Kernel panic - not syncing: \033]0;owned\007\033[31m\303x\n" >evil.log &&
	test_expect_code 1 farrier judge -v evil.log >actual &&
	LC_ALL=C grep -c "[[:cntrl:]]" actual >count
	test "$(cat count)" = 0 && grep "x1b" actual
'

test_done
