#!/bin/sh
# shellcheck disable=SC2016,SC2034 # sharness evaluates the test bodies, where variables are used

test_description='the guest, run by hand under qemu-alpha, speaks the protocol of protocol.h

The guest is compiled for alpha as farrier does it. Faults are linked in: with --wrap the
linker puts a broken system call in the place of a working one. What only process 1 does
(mounts, /proc/cmdline, power off) is left to the tests that boot a kernel.'

# shellcheck source=/dev/null
. "${SHARNESS:-/usr/share/sharness/sharness.sh}"

GUEST=${GUEST:-$SHARNESS_TEST_SRCDIR/../../kernels/guest}
WARN='-Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wvla -Werror'

command -v alpha-linux-gnu-gcc >/dev/null && command -v qemu-alpha >/dev/null &&
	test_set_prereq ALPHA
command -v cc >/dev/null && test_set_prereq CC
taskset -c 0 true 2>/dev/null && test_set_prereq TASKSET
test "$(nproc)" -ge 2 && test_set_prereq SMP
test_have_prereq ALPHA ||
	say 'SKIPPING MOST: install gcc-alpha-linux-gnu, libc6.1-dev-alpha-cross and qemu-user'

# run PROGRAM ARG...: a guest that is broken may go on for ever
run() {
	timeout 60 qemu-alpha "$@"
}

guest() {
	run ./init "$@"
}

# has REGEX FILE: a line of it; the file is shown as comments, as its lines look like TAP
has() {
	grep -Eq -e "$1" "$2" || {
		echo "# no line matches $1:"
		sed 's/^/# /' "$2"
		return 1
	}
}

# stamp: every line of the input with the time in ms in front
stamp() {
	while IFS= read -r line
	do
		printf '%s %s\n' "$(date +%s%3N)" "$line"
	done
}

# heartbeats FILE: their numbers
heartbeats() {
	sed -n 's/^# farrier: heartbeat \([0-9]*\) progress .*/\1/p' "$1"
}

# progress FILE: what follows
progress() {
	sed -n 's/^# farrier: heartbeat [0-9]* progress //p' "$1"
}

# counter ROW FILE: the lines about it, without "before" and "after"
counter() {
	sed -n "s/^# farrier: counter [a-z]* \\($1 .*\\)/\\1/p" "$2"
}

# refuses WORD WHY: it is a bad parameter
refuses() {
	word=$1 why=$2
	test_expect_success ALPHA "refuses '$word': $why" '
		printf "KTAP version 1\n1..1\nBail out! bad parameter: %s: %s\n# farrier: end\n" \
			"$word" "$why" >expected &&
		test_expect_code 1 guest test=none "$word" >actual &&
		test_cmp expected actual
	'
}

test_expect_success ALPHA 'compiles for alpha without a warning' '
	alpha-linux-gnu-gcc -O2 -static -pthread -Wl,--no-relax $WARN -o init "$GUEST"/*.c
'

test_expect_success CC 'compiles for this machine without a warning' '
	cc -O2 -static -pthread -Wl,--no-relax $WARN -o init.native "$GUEST"/*.c
'

cat >interrupts <<'EOF'
           CPU0       CPU1       CPU2       CPU3
  1:          0        990          0          0          PCI-MSI  timer
 XIPI:      900        901        902        903
 IPI:       123         45          6          7
 WIDE: 18446744073709551616 340282366920938463463374607431768211456 0 1  too wide for 64 bits
 TEXT:        1          2          3          4          8 rescued edges
 2ND:         1          2nd        3          4
 ERR:          5
 WORDS:    none
EOF

# The one run that most tests look at.
if test_have_prereq ALPHA
then
	guest seconds=3 threads=3 counters=IPI,RIF interrupts=interrupts >raw
	echo $? >code
fi

test_expect_success ALPHA 'a good run exits with 0' '
	echo 0 >expected &&
	test_cmp expected code
'

test_expect_success ALPHA 'begins with version and plan' '
	printf "KTAP version 1\n1..1\n" >expected &&
	head -n 2 raw >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'says what it is going to do, with all workers counted' '
	cpus=$(nproc) &&
	echo "# farrier: guest 1 test=storm seconds=3 cpus=$cpus threads=$((3 * cpus))" >expected &&
	sed -n 3p raw >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'ends with the result and the end line' '
	printf "ok 1 storm\n# farrier: end\n" >expected &&
	tail -n 2 raw >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'prints counters before the first and after the last heartbeat' '
	cat >expected <<-\EOF &&
	counter before IPI 123 45 6 7
	counter before RIF absent
	heartbeat
	counter after IPI 123 45 6 7
	counter after RIF absent
	EOF
	sed -n -e "s/ [0-9]* progress.*//" -e "s/^# farrier: \([ch]e*.*\)/\1/p" raw |
		uniq >actual &&
	test_cmp expected actual
'

# There may be more than 3, if the host is so busy that workers take long to stop.
test_expect_success ALPHA 'numbers heartbeats from 1 without gaps' '
	heartbeats raw >actual &&
	test "$(wc -l <actual)" -ge 3 &&
	test_seq 1 "$(wc -l <actual)" >expected &&
	test_cmp expected actual
'

test_expect_success ALPHA 'progress is one number per CPU' '
	progress raw >numbers &&
	awk -v cpus="$(nproc)" "NF != cpus || /[^0-9 ]/ { bad = 1 }
				END { exit bad || !NR }" numbers
'

test_expect_success ALPHA 'progress never falls' '
	progress raw >numbers &&
	awk "{ for (i = 1; i <= NF; i++) { if (\$i < last[i]) bad = 1; last[i] = \$i } }
	     END { exit bad || !NR }" numbers
'

# Not on every CPU, nor every second: on a busy host either may have to wait.
test_expect_success ALPHA 'progress grows' '
	progress raw >numbers &&
	awk "{ sum = 0; for (i = 1; i <= NF; i++) sum += \$i }
	     NR == 1 { first = sum } END { exit sum <= first }" numbers
'

test_expect_success ALPHA,TASKSET 'counts only the CPUs it can run on' '
	timeout 60 taskset -c 0 qemu-alpha ./init seconds=1 threads=2 >actual &&
	has "cpus=1 threads=2\$" actual &&
	has "heartbeat 1 progress [0-9]*\$" actual
'

test_expect_success ALPHA 'writes every line with one write' '
	run -strace ./init test=none counters=IPI interrupts=interrupts >lines 2>trace &&
	grep -c "write(1," trace >expected &&
	wc -l <lines | tr -d " " >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'test=none prints its result at once' '
	cat >expected <<-EOF &&
	KTAP version 1
	1..1
	# farrier: guest 1 test=none seconds=86400 cpus=$(nproc) threads=0
	# farrier: counter before IPI 123 45 6 7
	# farrier: counter after IPI 123 45 6 7
	ok 1 none
	# farrier: end
	EOF
	guest test=none seconds=86400 threads=16 counters=IPI interrupts=interrupts >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'of a repeated parameter the last one counts' '
	guest test=none seconds=7 seconds=8 counters=ERR counters=IPI,RIF \
		interrupts=interrupts >output &&
	has "seconds=8" output &&
	! grep "ERR" output
'

none() {
	guest test=none interrupts=interrupts "$@"
}

test_expect_success ALPHA 'a counter is found by its whole name' '
	printf "IPI 123 45 6 7\n%.0s" 1 2 >expected &&
	none counters=IPI >output &&
	counter IPI output >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'a part of a row name is no row' '
	none counters=IP >actual &&
	has "counter before IP absent\$" actual
'

test_expect_success ALPHA 'a number of any width is copied' '
	none counters=WIDE >actual &&
	has "WIDE 18446744073709551616 340282366920938463463374607431768211456 0 1\$" actual
'

test_expect_success ALPHA 'a number in the description is no count' '
	none counters=TEXT >actual &&
	has "counter before TEXT 1 2 3 4\$" actual
'

test_expect_success ALPHA 'a word that begins with a digit is no number' '
	none counters=2ND >actual &&
	has "counter before 2ND 1\$" actual
'

test_expect_success ALPHA 'a row for the whole machine has a single number' '
	none counters=ERR >actual &&
	has "counter before ERR 5\$" actual
'

# meanwhile COMMAND...: ./output of a guest that runs the command after its first heartbeat
meanwhile() {
	cp interrupts now &&
	guest seconds=3 threads=1 counters=IPI interrupts=now >output &
	until grep -q heartbeat output || ! kill -0 $!
	do
		sleep 0.1
	done 2>/dev/null
	"$@"
	wait $!
}

test_expect_success ALPHA 'the second reading reads again' '
	printf "IPI %s 45 6 7\n" 123 124 >expected &&
	meanwhile sed -i s/123/124/ now &&
	counter IPI output >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'a second reading that fails makes the result bad' '
	rm output &&
	test_expect_code 1 meanwhile rm now &&
	has "^not ok 1 storm: now: No such file or directory\$" output
'

# unreadable FILE WHY
unreadable() {
	test_expect_code 1 guest test=none counters=WORDS,IPI interrupts="$1" >actual &&
	has "^Bail out! $1: $2\$" actual
}

test_expect_success ALPHA 'counters that are not there are no test' '
	unreadable missing "No such file or directory"
'

test_expect_success ALPHA 'counters that cannot be read are no test' '
	unreadable . "Is a directory"
'

test_expect_success ALPHA 'counters without the line of CPUs are malformed' '
	sed 1d interrupts >headless &&
	unreadable headless "does not begin with the CPUs"
'

test_expect_success ALPHA 'an empty file is malformed' '
	>empty &&
	unreadable empty "does not begin with the CPUs"
'

test_expect_success ALPHA 'a row without numbers is malformed' '
	unreadable interrupts "a row without numbers"
'

test_expect_success ALPHA 'a file larger than the guest reads is not taken for a short one' '
	{ cat interrupts && head -c 300000 /dev/zero | tr "\\0" "\\n"; } >huge &&
	unreadable huge "too large"
'

refuses seconds=abc 'not a number from 1 to 86400'
refuses seconds= 'not a number from 1 to 86400'
refuses seconds=0 'not a number from 1 to 86400'
refuses seconds=-1 'not a number from 1 to 86400'
refuses seconds=86401 'not a number from 1 to 86400'
refuses seconds=4294967297 'not a number from 1 to 86400'
refuses seconds=10s 'not a number from 1 to 86400'
refuses seconds 'no value'
refuses threads=0 'not a number from 1 to 16'
refuses threads=17 'not a number from 1 to 16'
refuses test=calm 'not storm or none'
refuses counters= 'not a list of up to 16 row names'
refuses counters=IPI,,RIF 'not a list of up to 16 row names'
refuses counters=IPI, 'not a list of up to 16 row names'
refuses counters=../IPI 'not a list of up to 16 row names'
refuses counters=ABCDEFGHIJKLMNOP 'not a list of up to 16 row names'
refuses counters=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q 'not a list of up to 16 row names'
refuses interrupts= 'not a file name'
refuses second=1 'unknown parameter'
refuses secondss=1 'unknown parameter'
refuses farrier.seconds=1 'unknown parameter'

test_expect_success ALPHA 'takes the longest list and the longest name' '
	none counters=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,ABCDEFGHIJKLMNO >actual &&
	has "counter before ABCDEFGHIJKLMNO absent" actual
'

test_expect_success ALPHA 'what is not printable does not reach the console' '
	test_expect_code 1 guest "$(printf "x\033[31m\302\265")=1" >actual &&
	has "^Bail out! bad parameter: x[?]\[31m[?][?]=1: unknown parameter\$" actual
'

cat >cmdline.c <<'EOF'
#include <stdio.h>
#include "params.h"
int main(int argc, char **argv)
{
	struct params params;
	struct params_error error;

	(void)argc;
	params_default(&params);
	if (!params_from_cmdline(&params, argv[1], &error))
		return puts(error.text) < 0;
	printf("%d %u %u %u\n", params.storm, params.seconds, params.threads, params.counters.rows);
}
EOF

# cmdline TEXT: test, seconds, threads and number of counters that follow from it
cmdline() {
	run ./cmdline "$1"
}

test_expect_success ALPHA 'a kernel command line can be read' '
	alpha-linux-gnu-gcc -static -Wl,--no-relax -I "$GUEST" -o cmdline cmdline.c \
		"$GUEST"/params.c "$GUEST"/counters.c "$GUEST"/line.c
'

test_expect_success ALPHA 'without parameters there is a storm of 10 s with 2 threads per CPU' '
	echo "1 10 2 0" >expected &&
	cmdline "" >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'all parameters can be given in a kernel command line' '
	echo "0 5 3 2" >expected &&
	cmdline "farrier.test=none farrier.seconds=5 farrier.threads=3 farrier.counters=RIF,LOE
" >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'other words of a kernel command line are not looked at' '
	echo "1 10 2 0" >expected &&
	cmdline "console=ttyS0 seconds=x notfarrier.seconds=4 -- single
" >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'a bad word is named as it is on the kernel command line' '
	echo "farrier.seconds=abc: not a number from 1 to 86400" >expected &&
	cmdline "panic=5 farrier.seconds=abc quiet" >actual &&
	test_cmp expected actual
'

test_expect_success ALPHA 'the kernel decides where its counters are' '
	echo "farrier.interrupts=x: unknown parameter" >expected &&
	cmdline "farrier.interrupts=x" >actual &&
	test_cmp expected actual
'

# broken CALL PROTOTYPE BODY [OPTION]: ./CALL is the guest with that call replaced
broken() {
	{
		echo '#define _GNU_SOURCE'
		printf '#include <%s.h>\n' errno stdatomic sys/mman time unistd
		printf '%s { %s }\n' "$2" "$3"
	} >fault.c &&
	alpha-linux-gnu-gcc -O2 -static -pthread -Wl,--no-relax -Wl,--wrap="$1" ${4:+"$4"} -o "$1" \
		./*.o fault.c
}

test_expect_success ALPHA 'the guest can be linked with faults' '
	alpha-linux-gnu-gcc -O2 -c "$GUEST"/*.c
'

# finds WHAT REGEX CALL PROTOTYPE BODY: it makes a result that is not ok, with this reason
finds() {
	what=$1 regex=$2 call=$3 prototype=$4 body=$5
	test_expect_success ALPHA "finds $what" '
		broken "$call" "$prototype" "$body" &&
		test_expect_code 1 run ./"$call" seconds=5 >actual &&
		has "^not ok 1 storm: $regex\$" actual
	'
}

MADVISE='int __wrap_madvise(void *p, size_t n, int advice)'
MPROTECT='int __wrap_mprotect(void *p, size_t n, int prot)'
MUNMAP='int __wrap_munmap(void *p, size_t n)'
HEX='0x[0-9a-f]+'

finds 'memory that is not new after MADV_DONTNEED' \
	"wrong data on CPU [0-9]+ at $HEX: $HEX instead of 0" \
	madvise "$MADVISE" 'return !p || !n || !advice;'
finds 'a write that was lost' \
	"wrong data on CPU [0-9]+ at $HEX: 0 instead of $HEX" \
	mprotect "$MPROTECT" 'return prot == PROT_READ ? madvise(p, n, MADV_DONTNEED) : 0;'
finds 'an madvise that fails' 'madvise on CPU [0-9]+: Invalid argument' \
	madvise "$MADVISE" 'errno = EINVAL; return p && n && advice ? -1 : 0;'
finds 'an mprotect that fails' 'mprotect on CPU [0-9]+: Invalid argument' \
	mprotect "$MPROTECT" 'errno = EINVAL; return p && n && prot ? -1 : 0;'
finds 'an munmap that fails' 'munmap on CPU [0-9]+: Invalid argument' \
	munmap "$MUNMAP" 'errno = EINVAL; return p && n ? -1 : 0;'

test_expect_success ALPHA 'a failure ends the storm before its time' '
	test_expect_code 1 run ./munmap seconds=60 >actual &&
	test "$(heartbeats actual | wc -l)" -lt 30
'

test_expect_success ALPHA 'counters are printed after a failure too' '
	test_expect_code 1 run ./munmap counters=IPI interrupts=interrupts >actual &&
	has "counter after IPI 123 45 6 7\$" actual
'

# These take 9 seconds, which they spend waiting.
test_expect_success ALPHA 'a worker that gets nothing done is named' '
	broken mmap "void *__wrap_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at)" \
		"for (;;) pause(); return p && n && prot && flags && fd && at ? NULL : p;" &&
	test_expect_code 1 run ./mmap seconds=1 >actual &&
	has "^not ok 1 storm: worker on CPU [0-9]+ made no progress\$" actual
'

test_expect_success ALPHA 'a worker that does not stop is named' '
	broken mprotect "$MPROTECT" "while (p && n && prot) pause(); return 0;" &&
	date +%s%3N >begin &&
	run ./mprotect seconds=2 | stamp >stamped &&
	sed "s/^[0-9]* //" stamped >stuck &&
	has "^not ok 1 storm: worker on CPU [0-9]+ did not stop\$" stuck
'

test_expect_success ALPHA 'the heart beats on while the workers are stuck' '
	test_seq 1 10 >expected &&
	heartbeats stuck >actual &&
	test_cmp expected actual
'

# Never early, and never as late as a beat every other second would be.
test_expect_success ALPHA 'it beats once a second' '
	grep " heartbeat " stamped >beats &&
	awk -v begin="$(cat begin)" "{ late = \$1 - begin - 1000 * NR }
		late < 0 || late > 8000 { print NR, late; bad = 1 }
		END { exit bad || NR != 10 }" beats
'

test_expect_success ALPHA 'progress shows that they are stuck' '
	echo 1 >expected &&
	progress stuck | tail -n 5 | uniq | wc -l | tr -d " " >actual &&
	test_cmp expected actual
'

NANOSLEEP='int __wrap_clock_nanosleep(clockid_t c, int f, const struct timespec *t,
				       struct timespec *left)'

# A ticker is who sleeps until a given time. The first of them never wakes up.
test_expect_success ALPHA,SMP 'the heart beats on when a CPU is dead' '
	broken clock_nanosleep \
		"int __real_clock_nanosleep(clockid_t, int, const struct timespec *, struct timespec *);
		static atomic_int tickers; static _Thread_local int me; $NANOSLEEP" \
		"if (f && !me) me = ++tickers;
		while (me == 1) pause();
		return __real_clock_nanosleep(c, f, t, left);" &&
	run ./clock_nanosleep seconds=2 >actual &&
	has "heartbeat 2 progress" actual
'

test_expect_success ALPHA 'a fatal signal is a bail out' '
	broken mprotect "$MPROTECT" "return *(volatile int *)(n * prot == 0 ? p : NULL);" &&
	test_expect_code 139 run ./mprotect >crash &&
	has "^Bail out! signal 11\$" crash
'

test_expect_success ALPHA 'after a fatal signal there is no result and no end' '
	! grep -e "ok 1" -e "farrier: end" crash
'

# The first to write is held up until the others have crashed, too.
test_expect_success ALPHA 'threads that crash together bail out once' '
	broken mprotect \
		"ssize_t __real_write(int fd, const char *s, size_t n);
		ssize_t __wrap_write(int fd, const char *s, size_t n)
		{ __real_write(fd, s, n); if (*s == 66) sleep(1); return n; } $MPROTECT" \
		"return *(volatile int *)(n * prot == 0 ? p : NULL);" -Wl,--wrap=write &&
	echo 1 >expected &&
	test_expect_code 139 run ./mprotect >crash &&
	grep -c "^Bail out" crash >actual &&
	test_cmp expected actual
'

test_done
