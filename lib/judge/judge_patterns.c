// SPDX-License-Identifier: GPL-2.0
/*
 * judge_patterns.c - the printk formats of Linux 5.10 to 7.2, by kind.
 *
 * At one place of a text the first pattern of the table wins. Where a format
 * changed, both wordings are there. The file that prints it stands above.
 */
#include "judge_filter.h"
#include "judge_patterns.h"

/* decisive, anywhere */
#define ENDS	 true, true
#define GOES_ON	 false, true
#define ENDS_AT	 true, false
#define STARTING false, false

/* die_if_kernel(); the CPU is a message of its own where printk() ends lines by itself */
#define DIE_IF_KERNEL "(?:CPU \\d+ [^()]{1,15}|\\w)\\(\\d+\\): "

static const struct judge_pattern patterns[] = {
	/* Lines that quote: the command line and what the kernel did not know of it. */
	{ JUDGE_LINE_OTHER, STARTING, NULL, "(?:Kernel )?[Cc]ommand line: " },
	{ JUDGE_LINE_OTHER, STARTING, NULL,
	  "Unknown kernel command line parameters|Unknown command line parameters" },
	/* init/main.c, of the environment it gives to init: "    NAME=VALUE" */
	{ JUDGE_LINE_OTHER, STARTING, NULL, "\\s{4}[\\w.-]{1,64}=" },

	/* kernel/smp.c; "csd: " comes from its format, "smp: " from pr_fmt */
	{ EVENT_CSD_STALL, ENDS, "csd: ", "csd: (?:Detected|Continued) non-responsive CSD lock" },
	{ EVENT_CSD_STALL, ENDS, "csd: ",
	  "csd: (?:Re-sending )?CSD lock \\(#\\d+\\) "
	  "(?:unresponsive|handling|got unstuck|IPI from CPU)" },

	/* kernel/watchdog.c, kernel/watchdog_perf.c, arch/powerpc/kernel/watchdog.c */
	{ EVENT_SOFT_LOCKUP, ENDS, "BUG: ", "BUG: soft lockup - CPU#\\d+ stuck for \\d+s!" },
	{ EVENT_HARD_LOCKUP, ENDS, "LOCKUP",
	  "(?:CPU\\d+: )?Watchdog detected hard LOCKUP on cpu \\d+"
	  "|(?:Watchdog )?CPU:? ?\\d+ (?:self-)?detected hard LOCKUP" },

	/* kernel/rcu/tree_stall.h, tree_exp.h, tasks.h */
	{ EVENT_RCU_STALL, ENDS, "INFO: ", "INFO: [\\w-]{1,32} self-detected stall on CPU" },
	{ EVENT_RCU_STALL, ENDS, "INFO: ",
	  "INFO: [\\w-]{1,32} detected (?:expedited )?stalls?"
	  "(?: on (?:CPUs/)?tasks|, but suppressed|\\? \\()" },
	{ EVENT_RCU_STALL, ENDS, "kthread",
	  "rcu\\w{0,30} kthread (?:starved for|timer wakeup didn't happen for) \\d+ jiffies" },

	/* kernel/hung_task.c */
	{ EVENT_HUNG_TASK, ENDS,
	  "INFO: ", "INFO: task .{1,64}?:\\d+ blocked[^:]{0,60}? for more than \\d+ seconds" },
	{ EVENT_HUNG_TASK, ENDS, "INFO: ",
	  "INFO: task .{1,64}?:\\d+ (?:<\\w+> )?(?:is )?blocked on an? "
	  "(?:mutex|semaphore|rw-sem)" },

	/* kernel/workqueue.c */
	{ EVENT_WORKQUEUE_LOCKUP, ENDS, "BUG: ", "BUG: workqueue lockup - pool" },

	/*
	 * init/do_mounts.c, init/main.c, init/initramfs.c; those that panic stand before panic.
	 * After some of them the kernel goes on, and may yet find an init.
	 */
	{ EVENT_BOOT_FAILURE, ENDS, "panic - not",
	  "Kernel panic - not syncing: (?:VFS: Unable to mount root|No (?:working )?init found"
	  "|Requested init |Could not decompress initial ramdisk)" },
	{ EVENT_BOOT_FAILURE, ENDS_AT, "VFS: ", "VFS: Cannot open root device " },
	{ EVENT_BOOT_FAILURE, ENDS_AT, "VFS: ", "VFS: Unable to mount root fs" },
	{ EVENT_BOOT_FAILURE, ENDS_AT, "No working", "No working init found" },
	{ EVENT_BOOT_FAILURE, STARTING, "unpacking", "Initramfs unpacking failed: " },
	{ EVENT_BOOT_FAILURE, STARTING, "Failed to",
	  "Failed to execute \\S{1,200} \\(error -?\\d+\\)" },
	{ EVENT_BOOT_FAILURE, STARTING, "couldn't execute",
	  "Starting init: \\S{1,200} exists but couldn't execute it" },
	/* error() of arch/x86/boot/compressed/, before there is a kernel */
	{ EVENT_BOOT_FAILURE, ENDS_AT, "-- System", "-- System halted" },

	/* kernel/panic.c */
	{ EVENT_PANIC, ENDS, "panic - not", "Kernel panic - not syncing" },
	{ EVENT_PANIC, ENDS, "panic - not", "---\\[ end Kernel panic - not syncing" },

	/* mm/kasan, mm/kfence, mm/kmsan, kernel/kcsan, lib/ubsan.c, mm/kmemleak.c */
	{ EVENT_SANITIZER, GOES_ON, "BUG: ", "BUG: (?:KASAN|KCSAN|KMSAN|KFENCE): " },
	{ EVENT_SANITIZER, GOES_ON,
	  "KASAN: ", "KASAN: (?:null-ptr-deref|(?:probably|maybe) [\\w-]{1,40}) in range \\[" },
	{ EVENT_SANITIZER, GOES_ON, "UBSAN: ", "UBSAN: [\\w -]{3,60} in \\S{1,300}:\\d+:\\d+" },
	{ EVENT_SANITIZER, STARTING, "UBSAN: ", "UBSAN: [\\w -]{3,60}" },
	{ EVENT_SANITIZER, GOES_ON, "leaks", "kmemleak: \\d+ new suspected memory leaks" },

	/* kernel/locking/lockdep.c, mutex and rtmutex debugging; before 4.9 with INFO */
	{ EVENT_LOCKDEP, GOES_ON, "possible ",
	  "(?:WARNING|INFO): possible (?:circular locking|recursive locking|irq lock inversion)" },
	{ EVENT_LOCKDEP, GOES_ON, "unsafe lock",
	  "WARNING: \\S{1,40}-safe -> \\S{1,40}-unsafe lock order detected" },
	{ EVENT_LOCKDEP, GOES_ON, "WARNING: ",
	  "WARNING: (?:inconsistent lock state|suspicious RCU usage|held lock freed!"
	  "|bad unlock balance|bad contention|circular locking deadlock|lock held when returning "
	  "to user space"
	  "|Nested lock was not taken|chain_key collision|.{1,32}?/\\d+ still has locks held!)" },
	{ EVENT_LOCKDEP, GOES_ON, "BUG: ", "\\[ BUG: Invalid wait context \\]" },
	{ EVENT_LOCKDEP, STARTING, "BUG: ", "\\[ BUG: [\\w ]{3,80}!? \\]" },
	{ EVENT_LOCKDEP, STARTING, "INFO: ", "\\[ INFO: [\\w -]{3,80}!? \\]" },
	{ EVENT_LOCKDEP, GOES_ON, "INFO: ", "INFO: trying to register non-static key" },
	{ EVENT_LOCKDEP, GOES_ON, "BUG: ",
	  "BUG: (?:MAX_(?:LOCK|STACK_TRACE)\\w{1,40} too low!|looking up invalid subclass: "
	  "|key \\w{1,32} has not been registered!)" },

	/* lib/bug.c, which wrote "Kernel" before 7.0 where it has no line, and lib/list_debug.c */
	{ EVENT_BUG, ENDS, "BUG at ", "[kK]ernel BUG at \\S{1,300}:\\d+" },
	{ EVENT_BUG, STARTING, "BUG at ", "BUG at \\S{1,300}:\\d+" },
	{ EVENT_BUG, ENDS, "bug at ", "Kernel bug at \\S{1,300}:\\d+" },
	{ EVENT_BUG, ENDS, "BUG at ", "[kK]ernel BUG at .{1,300}? \\[verbose debug info un" },
	{ EVENT_BUG, ENDS, "Bug ", DIE_IF_KERNEL "Kernel Bug -?\\d+\\s*$" },
	{ EVENT_BUG, GOES_ON, "corruption", "list_(?:add|del) corruption[.,] " },
	{ EVENT_BUG, GOES_ON, "double add", "list_add double add: " },
	{ EVENT_BUG, ENDS_AT, "bug, unexp", "Fatal kernel bug, unexpected op at " },
	/* mm/slub.c; mm/slab.c, page_poison.c, usercopy.c, pgtable-generic.c, lib/string.c */
	{ EVENT_BUG, GOES_ON, "ainted",
	  "BUG \\S{1,64} \\((?:Not tainted|Tainted: [^)]{1,60})\\): " },
	{ EVENT_BUG, STARTING, "corruption", "Slab corruption \\((?:Not tainted|Tainted: )" },
	{ EVENT_BUG, STARTING, "b error in", "slab error in \\w{1,60}\\(\\): cache " },
	{ EVENT_BUG, STARTING, "ealloc: ", "pagealloc: (?:memory corruption|single bit error)" },
	{ EVENT_BUG, ENDS_AT, "attempt d",
	  "Kernel memory (?:exposure|overwrite) attempt detected " },
	{ EVENT_BUG, ENDS_AT, "d buffer ov", "detected buffer overflow in \\w" },
	{ EVENT_BUG, STARTING, ": bad ", "\\S{1,200}:\\d{1,6}: bad (?:pte|pmd|pud|p4d|pgd) " },
	{ EVENT_BUG, STARTING, "PAGETABLE", "PAGETABLE BUG #\\d" },
	/* kernel/cred.c, kernel/sched/idle.c, the architectures' smp.c */
	{ EVENT_BUG, ENDS_AT, "CRED: ", "CRED: Invalid (?:process )?credentials" },
	{ EVENT_BUG, STARTING, "bad: sched", "bad: scheduling from the idle thread!" },
	{ EVENT_BUG, STARTING, "Unknown IPI",
	  "(?:CPU\\d+: )?Unknown IPI (?:message 0x|on CPU \\d)" },

	/* arch/x86/mm/fault.c, kernel/traps.c, kernel/dumpstack.c */
	{ EVENT_OOPS, ENDS, "BUG: ",
	  "BUG: (?:kernel NULL pointer dereference|[uU]nable to handle |kernel stack overflow"
	  "|(?:.{1,30}? )?stack guard page was hit)" },
	{ EVENT_OOPS, ENDS, "PANIC: ",
	  "PANIC: (?:double fault, error_code: |early exception 0x|invalid or fatal FRED event"
	  "|Unsupported exit-code 0x|Failure in communication with VMM"
	  "|Failed to decode instruction \\()" },
	{ EVENT_OOPS, ENDS, "Corrupted pa", "Corrupted page table at address [0-9a-f]" },
	{ EVENT_OOPS, ENDS_AT, " [#", "[A-Za-z][\\w ,.#/()-]{2,120}?: [0-9a-f]{4,16} \\[#\\d+\\]" },
	{ EVENT_OOPS, ENDS, " [#",
	  "(?:fault|error|opcode|exception|segment|overflow)[\\w ,.#/()-]{0,80}?: "
	  "[0-9a-f]{4,16} \\[#\\d+\\]" },
	{ EVENT_OOPS, ENDS, "Oops", "Oops(?:: [^\\[]{1,120}?)? \\[#\\d+\\]" },
	{ EVENT_OOPS, ENDS, "canonical",
	  "general protection fault, (?:probably|maybe) for non-canonical" },

	/* arch/arm64/mm/fault.c, kernel/traps.c, and what others say in the same words */
	{ EVENT_OOPS, ENDS, "Unable to handle",
	  "(?:CPU \\d+ )?Unable to handle kernel .{1,80}? (?:at|in) virtual " },
	{ EVENT_OOPS, ENDS_AT, "Unhandled", "Unhandled fault at 0x[0-9a-f]{8,16}" },
	{ EVENT_OOPS, ENDS_AT, "Unhandled", "Unhandled .{1,60}? exception on CPU\\d+, ESR 0x" },
	{ EVENT_OOPS, ENDS_AT, "Unexpected", "Unexpected kernel BRK exception at EL1" },
	{ EVENT_OOPS, ENDS, "l error: ", "Internal error: .{1,120}? \\[#\\d+\\]" },
	{ EVENT_OOPS, ENDS, "SError", "SError Interrupt on CPU\\d+, code " },
	{ EVENT_OOPS, ENDS_AT, "Bad mode", "Bad mode in .{1,60} handler detected" },
	{ EVENT_OOPS, ENDS_AT, "Insufficient", "Insufficient stack space to handle exception!" },

	/* die_if_kernel() of traps.c: no colon behind "Oops", no "end trace" */
	{ EVENT_OOPS, ENDS, "Oops ", DIE_IF_KERNEL "Oops -?\\d+\\s*$" },
	{ EVENT_OOPS, ENDS, "n fault ", DIE_IF_KERNEL "Instruction fault -?\\d+\\s*$" },
	{ EVENT_OOPS, ENDS, "c fault ", DIE_IF_KERNEL "Arithmetic fault -?\\d+\\s*$" },
	{ EVENT_OOPS, ENDS, "Bad unal", "Bad unaligned kernel access at [0-9a-f]{16}" },
	{ EVENT_OOPS, ENDS, "unaligned exception", DIE_IF_KERNEL "unhandled unaligned exception" },
	{ EVENT_OOPS, ENDS, "die_if_kernel", "die_if_kernel recursion detected" },
	/* kernel/exit.c */
	{ EVENT_OOPS, ENDS_AT, "recursive f", "Fixing recursive fault but reboot is needed!" },
	/* the firmware, when a CPU lost its kernel stack */
	{ EVENT_OOPS, ENDS, "stack not valid", "kernel stack not valid halt" },

	/* kernel/panic.c: until 6.x "CPU: N PID: N at FILE:LINE", since then "FILE:LINE at FUNC" */
	{ EVENT_WARNING, GOES_ON, "WARNING: CPU", "WARNING: CPU: \\d+ PID: \\d+" },
	{ EVENT_WARNING, GOES_ON, "CPU#", "WARNING: .{0,300}?\\bat .{1,300}?, CPU#\\d+: " },
	{ EVENT_WARNING, GOES_ON, "WARNING: at ", "WARNING: at \\S{1,300}:\\d+ " },
	/* arch/x86/kernel/unwind_frame.c, unwind_orc.c, dumpstack_64.c */
	{ EVENT_WARNING, GOES_ON, "WARNING: ",
	  "WARNING: (?:kernel stack (?:regs|frame pointer) at |stack recursion on stack type |"
	  "can't access registers at |can't dereference registers at )" },

	/* the architectures' smp.c and kernel/cpu.c: a CPU that does not come up */
	{ EVENT_CPU_STUCK, ENDS_AT, "Processor ",
	  "(?:SMP: )?Processor (?:\\d+ is stuck|\\d+ failed to start|[0-9a-f]+ not ready)" },
	{ EVENT_CPU_STUCK, ENDS_AT, "_boot_cpu", "wait_boot_cpu_to_stop: FAILED on CPU \\d+" },
	{ EVENT_CPU_STUCK, ENDS_AT, "come online", "CPU\\d+: failed to come online" },
	{ EVENT_CPU_STUCK, ENDS_AT, "ailed to boot", "CPU\\d+: failed to boot: " },
	{ EVENT_CPU_STUCK, ENDS_AT, "l not boot", "CPU\\d+: will not boot" },
	{ EVENT_CPU_STUCK, ENDS_AT, "alive state", "CPU\\d+ failed to report alive state" },
	{ EVENT_CPU_STUCK, ENDS_AT, "stuck in", "CPU\\d+: is stuck in kernel" },
	{ EVENT_CPU_STUCK, ENDS_AT, "_boot_cpu",
	  "do_boot_cpu failed\\(-?\\d+\\) to wakeup CPU#\\d+" },
	{ EVENT_CPU_STUCK, ENDS_AT, "died ", "CPU\\d+: died during early boot" },
	{ EVENT_CPU_STUCK, ENDS_AT, "espond", "CPU ?\\d+: [nN]ot responding" },

	/* Every other BUG: sleeping or scheduling while atomic, bad page state, spinlock bad magic
	 */
	{ EVENT_BUG, GOES_ON, "BUG: ",
	  "BUG: (?:scheduling while atomic: |sleeping function called from invalid context"
	  "|Bad (?:page|rss-counter)|using \\w{1,60}\\(\\) in preemptible "
	  "|(?:spinlock|rwlock) .{1,40}? on CPU#\\d+)" },
	{ EVENT_BUG, STARTING, "BUG: ", "BUG: .?\\w" },

	/* init/version.c, kernel/reboot.c */
	{ JUDGE_LINE_BOOT, STARTING, "Linux version ", "Linux version \\d+\\.\\d+" },
	{ JUDGE_LINE_OFF, STARTING, "reboot: ",
	  "reboot: (?:Power down|Restarting system|System halted|Power off not available)" },
	{ JUDGE_LINE_EMULATOR, STARTING, "-system-",
	  "qemu-system-[\\w-]{1,20}: (?!warning: |info: )" },
};

/*
 * One regular expression for every way of looking, made of the table's
 * alternatives, each of which marks its row.
 */

/* printk formats begin with pr_fmt() prefixes, of which there can be two. */
#define KERNEL_TAGS "\\s{0,8}(?:(?:NMI |)[A-Za-z][\\w/.-]{0,23}: \\s*){0,2}?"
#define KNOWN_TAGS  "(?:(?:NMI watchdog|watchdog|rcu|smp|workqueue|kasan|traps|CPU\\d+): \\s*)"
#define QUOTES	    "\"'`"
#define MOST_TAGS   40

static struct {
	bool ready;
	struct judge_regex kernel;   /* starts a message */
	struct judge_regex anybody;  /* starts a line */
	struct judge_regex program;  /* starts a line that a kernel should not have written */
	struct judge_regex anywhere; /* believed at any place, unless quoted */
} combined;

static bool any_pattern(const struct judge_pattern *pattern)
{
	return pattern != NULL;
}

static bool is_strong(const struct judge_pattern *pattern)
{
	return pattern->anywhere;
}

static bool is_outside_kernel(const struct judge_pattern *pattern)
{
	return pattern->anywhere || pattern->kind == JUDGE_LINE_OTHER ||
	       pattern->kind == JUDGE_LINE_EMULATOR;
}

static const char *alternatives(const char *lead, bool (*wanted)(const struct judge_pattern *))
{
	STRBUF text = { 0 };
	const char *bar = "";

	strbuf_addf(&text, "%s(?:", lead);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		if (!wanted(&patterns[i]))
			continue;
		strbuf_addf(&text, "%s(?:%s)(*MARK:%zu)", bar, patterns[i].pattern, i);
		bar = "|";
	}
	strbuf_adds(&text, ")");
	return strbuf_detach(&text);
}

/* Texts and code stay for the life of the process. */
static void combine(void)
{
	combined.kernel.pattern = alternatives(KERNEL_TAGS, any_pattern);
	combined.anybody.pattern = alternatives("\\s{0,8}" KNOWN_TAGS "{0,2}?", any_pattern);
	combined.program.pattern = alternatives("\\s{0,8}" KNOWN_TAGS "{0,2}?", is_outside_kernel);
	combined.anywhere.pattern = alternatives("", is_strong);
	combined.kernel.anchored = combined.anybody.anchored = combined.program.anchored = true;
	combined.ready = true;
}

const struct judge_pattern *judge_pattern_table(size_t *count)
{
	*count = ARRAY_SIZE(patterns);
	return patterns;
}

void judge_patterns_filter(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (patterns[i].trigger)
			judge_filter_add(patterns[i].trigger);
}

/* What a service manager writes to the kernel log: "systemd[1]: ...". */
static struct judge_regex daemon_tag = { .pattern = "[\\w@.-]{1,64}\\[\\d+\\]: ",
					 .anchored = true };

/* Where the tags begin that end at `end`; `end` when there are none. */
static size_t tags_before(const char *text, size_t end)
{
	static struct judge_regex tags = { .pattern = KNOWN_TAGS "{1,2}", .anchored = true };
	struct judge_match match;

	for (size_t back = end < MOST_TAGS ? end : MOST_TAGS; back; back--)
		if (judge_regex_find(&tags, text, end, end - back, &match) && match.end == end)
			return end - back;
	return end;
}

static const struct judge_pattern *find_anywhere(const char *text, size_t length, size_t offset,
						 struct judge_match *match)
{
	while (judge_regex_find(&combined.anywhere, text, length, offset, match)) {
		offset = match->end;
		match->start = tags_before(text, match->start);
		if (!match->start || !strchr(QUOTES, text[match->start - 1]))
			return &patterns[match->mark];
	}
	return NULL;
}

static const struct judge_pattern *find_start(const char *text, size_t length,
					      enum judge_source source, struct judge_match *match)
{
	struct judge_regex *regex = source == JUDGE_KERNEL    ? &combined.kernel
				    : source == JUDGE_PROGRAM ? &combined.program
							      : &combined.anybody;

	if (!judge_regex_find(regex, text, length, 0, match))
		return NULL;
	return &patterns[match->mark];
}

const struct judge_pattern *judge_pattern_find(const char *text, size_t length, size_t offset,
					       enum judge_source source, struct judge_match *match)
{
	const struct judge_pattern *pattern = NULL;

	if (!combined.ready)
		combine();
	if (!offset && source != JUDGE_UNSTARTED)
		pattern = find_start(text, length, source, match);
	if (pattern || source == JUDGE_PROGRAM)
		return pattern;
	if (source == JUDGE_KERNEL && judge_regex_find(&daemon_tag, text, length, 0, match))
		return NULL;
	return find_anywhere(text, length, offset, match);
}

static int first_number(struct judge_regex *regexes, size_t count, const char *text, size_t length)
{
	struct judge_match match;

	for (size_t i = 0; i < count; i++)
		if (judge_regex_find(&regexes[i], text, length, 0, &match))
			return (int)match.numbers[0];
	return EVENT_NO_CPU;
}

int judge_pattern_cpu(const char *text, size_t length)
{
	static struct judge_regex wordings[] = {
		{ .pattern = "->cpu=(\\d+)" },
		{ .pattern = "\\bon (?:CPU#?|cpu |CPU )(\\d+)" },
		{ .pattern = "CPU#(\\d+)" },
		{ .pattern = "CPU: (\\d+) " },
		{ .pattern = "\\bCPU ?(\\d+)\\b" },
		{ .pattern = "Processor (\\d+)\\b" },
	};

	return first_number(wordings, ARRAY_SIZE(wordings), text, length);
}

int judge_pattern_report_cpu(const char *text, size_t length)
{
	static struct judge_regex wordings[] = {
		/* lib/dump_stack.c; print_cpu_stall_info() in kernel/rcu/tree_stall.h */
		{ .pattern = "CPU: (\\d+) (?:UID: \\d+ )?PID: \\d+", .anchored = true },
		{ .pattern = "(?:rcu: )?\\s*(\\d+)-[.oONX!?]{2,6}: \\(", .anchored = true },
	};

	return first_number(wordings, ARRAY_SIZE(wordings), text, length);
}

int judge_pattern_lone_cpu(const char *text, size_t length)
{
	static struct judge_regex wording = { .pattern = "CPU (\\d+)\\s*$", .anchored = true };

	return first_number(&wording, 1, text, length);
}
