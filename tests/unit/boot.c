// SPDX-License-Identifier: GPL-2.0
/* Whole boots of tests/standin/qemu, a tenth as long as real ones. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"
#include "boot/boot.h"
#include "judge/judge.h"

#define HELLO                                                    \
	"say [    0.000000] Linux version 6.12.0 (a@b) #1 SMP\n" \
	"say KTAP version 1\nsay 1..1\n"                         \
	"say # farrier: guest 1 test=storm seconds=1 cpus=2 threads=4\n"
#define PASS                                   \
	"say ok 1 storm\nsay # farrier: end\n" \
	"say [    2.000000] reboot: Power down\noff\n"
#define CSD                                                                                     \
	"say [    8.123456] smp: csd: Detected non-responsive CSD lock (#1) on CPU#1, waiting " \
	"5002765379 ns for CPU#00 ipi_flush_tlb_page+0x0/0xb0(0x1).\n"

struct bench {
	char *folder, *kernel, *initrd, *program, *cmdline;
	struct machine_conf conf;
	struct machine *machine;
	struct boot_request request;
	const char *parts[2];
	struct boot boot;
};

static char *text(const char *constant)
{
	return (char *)(uintptr_t)constant;
}

static int setup(void **state)
{
	const char *source = getenv("FARRIER_SOURCE");
	struct bench *bench = xcalloc(1, sizeof(*bench));

	signal(SIGPIPE, SIG_IGN);
	bench->folder = unit_make_folder();
	bench->kernel = xasprintf("%s/kernel", bench->folder);
	bench->initrd = xasprintf("%s/initrd", bench->folder);
	bench->program = xasprintf("%s/tests/standin/qemu", source ? source : ".");
	assert_ok(file_write(bench->initrd, "x", 1));
	bench->conf = (struct machine_conf){ .name = text("bench"),
					     .path = text("bench.conf"),
					     .kind = text("qemu"),
					     .qemu = bench->program,
					     .model = text("model"),
					     .memory = text("64M"),
					     .accel = text(""),
					     .cmdline = text("console=ttyS0"),
					     .boot_seconds = 100,
					     .detector_seconds = 100 };
	assert_ok(machine_open(&bench->conf, &bench->machine));
	bench->request = (struct boot_request){
		.build = "0123456789",
		.kernel = bench->kernel,
		.initrd = bench->initrd,
		.folder = bench->folder,
		.machine = bench->machine,
		.cpus = 2,
		.seconds = 1,
		.cmdline = bench->parts,
		.cmdline_count = 2,
		.limits = { .boot = 20, .test = 10, .quiet = 0.5, .detectors = 1, .settle = 0.2 },
	};
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	boot_release(&bench->boot);
	machine_free(bench->machine);
	unit_remove_folder(bench->folder);
	free(bench->kernel);
	free(bench->initrd);
	free(bench->program);
	free(bench->cmdline);
	free(bench);
	return 0;
}

static void assert_same(const struct boot *boot, const struct boot *other)
{
	assert_string_equal(verdict_name(boot->verdict), verdict_name(other->verdict));
	assert_int_equal(boot->has_cause, other->has_cause);
	assert_int_equal(boot->cause.kind, other->cause.kind);
	assert_int_equal(boot->cause.line, other->cause.line);
	assert_string_equal(boot->text ? boot->text : "", other->text ? other->text : "");
	assert_int_equal(boot->counter_count, other->counter_count);
	for (size_t i = 0; i < boot->counter_count; i++)
		assert_int_equal(boot->counters[i].count, other->counters[i].count);
}

/* What the log and the record say is all that the judge knew while the machine lived. */
static void assert_judged_again_the_same(struct bench *bench)
{
	struct boot again;
	bool found;

	assert_ok(boot_read(bench->folder, &again, &found));
	again.judge = -1;
	assert_ok(boot_judge_again(&bench->request, &again));
	assert_same(&bench->boot, &again);
	assert_int_equal(json_array_size(again.history), 0);
	boot_release(&again);
}

static void run(struct bench *bench, const char *script)
{
	struct boot read;
	bool found;

	assert_ok(file_write(bench->kernel, script, strlen(script)));
	assert_ok(boot_run(&bench->request, &bench->boot));
	assert_ok(boot_read(bench->folder, &read, &found));
	assert_true(found);
	assert_int_equal(read.verdict, bench->boot.verdict);
	assert_int_equal(read.stall_count, bench->boot.stall_count);
	boot_release(&read);
	assert_judged_again_the_same(bench);
}

static void assert_bad(struct bench *bench, enum event_kind kind, uint64_t line, const char *part)
{
	assert_string_equal(verdict_name(bench->boot.verdict), "BAD");
	assert_true(bench->boot.has_cause);
	assert_string_equal(verdict_kind_name(bench->boot.cause.kind), verdict_kind_name(kind));
	assert_int_equal(bench->boot.cause.line, line);
	if (!strstr(bench->boot.cause.text, part))
		print_error("'%s' lacks '%s'\n", bench->boot.cause.text, part);
	assert_non_null(strstr(bench->boot.cause.text, part));
}

static void test_a_clean_run_is_good(void **state)
{
	struct bench *bench = *state;

	run(bench, HELLO "beat 1 10 9\nwait 0.1\nbeat 2 20 18\nwait 0.1\n" PASS);
	assert_string_equal(verdict_name(bench->boot.verdict), "GOOD");
	assert_null(bench->boot.text);
	assert_false(bench->boot.has_cause);
	assert_int_equal(bench->boot.heartbeats, 2);
	assert_true(bench->boot.first_heartbeat >= 0);
	assert_true(bench->boot.first_heartbeat <= bench->boot.seconds);
}

static void test_counters_are_sums_of_what_the_test_added(void **state)
{
	static struct series_counter counters[3];
	struct bench *bench = *state;

	counters[0] = (struct series_counter){ text("lost"), text("LOE") };
	counters[1] = (struct series_counter){ text("rescued"), text("RIF") };
	counters[2] = (struct series_counter){ text("rescued"), text("RIP") };
	bench->request.counters = counters;
	bench->request.counter_count = 3;
	run(bench, HELLO "say # farrier: counter before RIF 1 2\n"
			 "say # farrier: counter before RIP 0 0\n"
			 "say # farrier: counter before LOE absent\n"
			 "beat 1 10 9\n"
			 "say # farrier: counter after RIF 11 22\n"
			 "say # farrier: counter after RIP 5 0\n"
			 "say # farrier: counter after LOE absent\n" PASS);
	assert_int_equal(bench->boot.counter_count, 1);
	assert_string_equal(bench->boot.counters[0].name, "rescued");
	assert_int_equal(bench->boot.counters[0].count, 10 + 20 + 5);
}

static void test_a_deciding_line_ends_the_boot(void **state)
{
	struct bench *bench = *state;

	run(bench, HELLO "beat 1 10 9\n" CSD "say next line\nloop 100000\nwait 0.1\nsay and on\n");
	assert_bad(bench, EVENT_CSD_STALL, 6, "Detected non-responsive CSD lock");
	assert_true(bench->boot.decided >= 0);
	assert_int_equal(bench->boot.stall_count, 0);
}

static void test_silence_is_bad_and_cites_the_last_line(void **state)
{
	struct bench *bench = *state;

	run(bench, HELLO "beat 1 10 9\nhang\n");
	assert_bad(bench, EVENT_SILENCE, 5, "no heartbeat for");
	assert_int_equal(bench->boot.stall_count, 1);
	assert_int_equal(bench->boot.stalls[0].stall, BOOT_SILENCE);
	assert_true(bench->boot.stalls[0].resumed < 0);
}

static void test_standstill_with_heartbeats_is_bad(void **state)
{
	struct bench *bench = *state;
	STRBUF script = { 0 };

	strbuf_adds(&script, HELLO "beat 1 10 9\nwait 0.1\n");
	for (int i = 2; i < 100; i++)
		strbuf_addf(&script, "beat %d %d 17\nwait 0.1\n", i, i * 10);
	run(bench, script.buf);
	assert_bad(bench, EVENT_SILENCE, bench->boot.cause.line,
		   "CPU 1 stood still at 17 since heartbeat 2");
}

static void test_the_kernels_own_detector_names_the_culprit_of_a_silence(void **state)
{
	struct bench *bench = *state;
	OWNED_STR path = xasprintf("%s/registers.txt", bench->folder);

	bench->request.limits.detectors = 20;
	run(bench, HELLO "beat 1 10 9\nwait 3\n" CSD "hang\n");
	assert_bad(bench, EVENT_CSD_STALL, 6, "Detected non-responsive CSD lock");
	assert_int_equal(bench->boot.stall_count, 1);
	assert_true(file_exists(path));
}

static void test_a_stall_that_passes_is_noted_and_the_boot_is_good(void **state)
{
	struct bench *bench = *state;

	bench->request.limits.detectors = 20;
	run(bench, HELLO "beat 1 10 9\nwait 3\nbeat 2 20 18\nwait 0.3\n" PASS);
	assert_string_equal(verdict_name(bench->boot.verdict), "GOOD");
	assert_true(bench->boot.stall_count >= 1); /* a loaded host may add its own */
	assert_true(bench->boot.stalls[0].resumed > bench->boot.stalls[0].at);
}

static void test_a_panic_with_reset_is_bad(void **state)
{
	struct bench *bench = *state;

	run(bench, "say [    0.123456] Kernel panic - not syncing: Fatal exception\noff\n");
	assert_bad(bench, EVENT_PANIC, 1, "Kernel panic");
}

static void test_a_power_off_without_result_is_unknown(void **state)
{
	struct bench *bench = *state;

	run(bench, HELLO "beat 1 10 9\noff\n");
	assert_string_equal(verdict_name(bench->boot.verdict), "UNKNOWN");
	assert_non_null(strstr(bench->boot.text, "before the test had a result"));
}

static void test_a_test_that_never_ends_is_unknown(void **state)
{
	struct bench *bench = *state;
	STRBUF script = { 0 };

	bench->request.limits.boot = 1;
	bench->request.limits.test = 0.1;
	strbuf_adds(&script, HELLO);
	for (int i = 1; i < 200; i++)
		strbuf_addf(&script, "beat %d %d %d\nwait 0.1\n", i, i, i);
	run(bench, script.buf);
	assert_string_equal(verdict_name(bench->boot.verdict), "UNKNOWN");
	assert_non_null(strstr(bench->boot.text, "still going on after"));
}

static void test_a_machine_that_does_not_start_is_infra(void **state)
{
	struct bench *bench = *state;

	run(bench, "stderr qemu: could not open disk\nexit 1\n");
	assert_string_equal(verdict_name(bench->boot.verdict), "INFRA");
	assert_string_equal(bench->boot.text,
			    "qemu failed: exit code 1: qemu: could not open disk");
}

static void test_a_machine_that_dies_is_infra(void **state)
{
	struct bench *bench = *state;

	run(bench, HELLO "beat 1 10 9\nwait 0.1\ndie KILL\n");
	assert_string_equal(verdict_name(bench->boot.verdict), "INFRA");
	assert_string_equal(bench->boot.text, "qemu failed: killed by SIGKILL");
}

static void test_a_machine_that_dies_after_the_kernel_did_is_bad(void **state)
{
	struct bench *bench = *state;

	run(bench, "say [    0.123456] Kernel panic - not syncing: hung\ndie ABRT\n");
	assert_bad(bench, EVENT_PANIC, 1, "Kernel panic");
}

static void test_megabytes_without_a_newline_are_survived(void **state)
{
	struct bench *bench = *state;

	run(bench, "spill 5000000\nsay\n" HELLO "beat 1 10 9\n" PASS);
	assert_string_equal(verdict_name(bench->boot.verdict), "GOOD");
}

static void test_an_old_record_does_not_outlive_a_new_start(void **state)
{
	struct bench *bench = *state;
	LOOP loop = loop_new();
	struct boot_job *job = NULL;
	struct boot old;
	bool found;

	run(bench, HELLO PASS);
	assert_ok(file_write(bench->kernel, "hang\n", 5));
	assert_ok(boot_start(loop, &bench->request, NULL, NULL, &job));
	boot_job_free(job);
	assert_ok(boot_read(bench->folder, &old, &found));
	assert_false(found);
}

static void write_log(const struct bench *bench, const char *log)
{
	OWNED_STR path = xasprintf("%s/console.log", bench->folder);

	assert_ok(file_write(path, log, strlen(log)));
}

/* As a record that an older judge left. */
static void read_old(const struct bench *bench, struct boot *boot)
{
	bool found;

	assert_ok(boot_read(bench->folder, boot, &found));
	assert_true(found);
	assert_int_equal(boot->judge, JUDGE_VERSION);
	boot->judge = JUDGE_VERSION - 1;
}

static void test_a_newer_judge_replaces_the_verdict_and_keeps_the_old(void **state)
{
	struct bench *bench = *state;
	struct boot old, read;
	const json_t *first;
	bool found;

	run(bench, HELLO PASS);
	read_old(bench, &old);
	write_log(bench, "[    0.000000] Linux version 6.12.0 (a@b) #1 SMP\n"
			 "[    0.100000] Kernel panic - not syncing: seen at last\n");
	assert_ok(boot_judge_again(&bench->request, &old));
	assert_string_equal(verdict_name(old.verdict), "BAD");
	assert_ok(boot_read(bench->folder, &read, &found));
	assert_same(&old, &read);
	assert_int_equal(read.judge, JUDGE_VERSION);
	assert_int_equal(read.cause.line, 2);
	assert_int_equal(json_array_size(read.history), 1);
	first = json_array_get(read.history, 0);
	assert_string_equal(store_get_string(first, "verdict", ""), "GOOD");
	assert_int_equal(store_get_int(first, "judge", 0), JUDGE_VERSION - 1);
	boot_release(&old);
	boot_release(&read);
}

static void test_a_boot_stopped_at_a_line_that_decides_no_more_says_nothing(void **state)
{
	struct bench *bench = *state;
	struct boot old;

	run(bench, HELLO CSD "wait 5\n");
	read_old(bench, &old);
	write_log(bench, "[    0.000000] Linux version 6.12.0 (a@b) #1 SMP\n"
			 "[    0.100000] harmless after all\n");
	assert_ok(boot_judge_again(&bench->request, &old));
	assert_string_equal(verdict_name(old.verdict), "INFRA");
	boot_release(&old);
}

static void test_a_record_of_this_judge_is_not_judged_again(void **state)
{
	struct bench *bench = *state;
	struct boot read;
	bool found;

	run(bench, HELLO PASS);
	write_log(bench, "[    0.100000] Kernel panic - not syncing: somebody wrote this\n");
	assert_ok(boot_read(bench->folder, &read, &found));
	assert_ok(boot_judge_again(&bench->request, &read));
	assert_string_equal(verdict_name(read.verdict), "GOOD");
	boot_release(&read);
}

static void test_the_log_of_a_boot_that_was_cut_off_is_kept(void **state)
{
	struct bench *bench = *state;
	OWNED_STR record = xasprintf("%s/boot.json", bench->folder);
	OWNED_STR log = xasprintf("%s/console.log", bench->folder);
	OWNED_STR empty = xasprintf("%s/console.cut-3.log", bench->folder);

	for (int cut = 1; cut <= 2; cut++) {
		OWNED_STR kept = xasprintf("%s/console.cut-%d.log", bench->folder, cut);
		STRBUF text = { 0 };

		assert_ok(file_write(log, "[    0.0] half a li", 19));
		run(bench, HELLO PASS);
		assert_string_equal(verdict_name(bench->boot.verdict), "GOOD");
		boot_release(&bench->boot);
		assert_ok(file_read(kept, 100, &text));
		assert_string_equal(strbuf_str(&text), "[    0.0] half a li");
		assert_int_equal(unlink(record), 0);
	}
	assert_ok(file_write(log, "", 0));
	run(bench, HELLO PASS);
	assert_false(file_exists(empty));
}

struct several {
	int left;
	bool done;
	int good;
};

static const struct err *on_one_done(void *data, const struct boot *boot)
{
	struct several *several = data;

	several->good += boot->verdict == VERDICT_GOOD;
	several->done = --several->left == 0;
	return NULL;
}

static void test_several_boots_share_a_loop(void **state)
{
	static const char script[] = HELLO "beat 1 10 9\nwait 0.2\nbeat 2 20 18\n" PASS;
	struct bench *bench = *state;
	LOOP loop = loop_new();
	struct several several = { .left = 3 };
	struct boot_request requests[3];
	struct boot_job *jobs[3];
	char *folders[3];

	assert_ok(file_write(bench->kernel, script, strlen(script)));
	for (int i = 0; i < 3; i++) {
		folders[i] = xasprintf("%s/%d", bench->folder, i);
		requests[i] = bench->request;
		requests[i].folder = folders[i];
		assert_ok(boot_start(loop, &requests[i], on_one_done, &several, &jobs[i]));
	}
	assert_ok(loop_run(loop, &several.done));
	assert_int_equal(several.good, 3);
	for (int i = 0; i < 3; i++) {
		struct boot read;
		bool found;

		assert_ok(boot_read(folders[i], &read, &found));
		assert_true(found);
		boot_release(&read);
		boot_job_free(jobs[i]);
		free(folders[i]);
	}
}

static void test_the_command_line_has_all_its_parts(void **state)
{
	static struct series_counter counters[3];
	struct bench *bench = *state;

	counters[0] = (struct series_counter){ text("lost"), text("LOE") };
	counters[1] = (struct series_counter){ text("rescued"), text("RIF") };
	counters[2] = (struct series_counter){ text("all"), text("LOE") };
	bench->parts[0] = "a=1";
	bench->request.counters = counters;
	bench->request.counter_count = 3;
	bench->request.seconds = 7;
	assert_ok(boot_cmdline(&bench->request, &bench->cmdline));
	assert_string_equal(bench->cmdline,
			    "console=ttyS0 a=1 farrier.seconds=7 farrier.counters=LOE,RIF");
}

static void test_a_guest_that_runs_otherwise_than_asked_is_not_good(void **state)
{
	struct bench *bench = *state;

	bench->request.cpus = 4;
	run(bench, HELLO PASS);
	assert_string_equal(bench->boot.text, "the kernel ran on 2 of 4 CPUs");
	assert_int_equal(bench->boot.verdict, VERDICT_UNKNOWN);
	boot_release(&bench->boot);
	bench->request.seconds = 5;
	run(bench, HELLO PASS);
	assert_non_null(strstr(bench->boot.text, "1 s instead of 5 s"));
	assert_int_equal(bench->boot.verdict, VERDICT_INFRA);
}

static void test_a_command_line_that_the_kernel_would_cut_is_refused(void **state)
{
	struct bench *bench = *state;

	assert_ok(file_write(bench->kernel, "off\n", 4));
	bench->request.cmdline_max = 31;
	assert_ok(boot_cmdline(&bench->request, &bench->cmdline));
	bench->request.cmdline_max = 30;
	assert_err(boot_run(&bench->request, &bench->boot), ERR_INPUT,
		   "30 bytes, this one has 31: 'console=ttyS0 farrier.seconds=1'");
}

static void test_a_kernel_that_is_not_there_is_bad_input(void **state)
{
	struct bench *bench = *state;

	assert_err(boot_run(&bench->request, &bench->boot), ERR_INPUT, "no kernel '");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_clean_run_is_good),
		TEST(test_counters_are_sums_of_what_the_test_added),
		TEST(test_a_deciding_line_ends_the_boot),
		TEST(test_silence_is_bad_and_cites_the_last_line),
		TEST(test_standstill_with_heartbeats_is_bad),
		TEST(test_the_kernels_own_detector_names_the_culprit_of_a_silence),
		TEST(test_a_stall_that_passes_is_noted_and_the_boot_is_good),
		TEST(test_a_panic_with_reset_is_bad),
		TEST(test_a_power_off_without_result_is_unknown),
		TEST(test_a_test_that_never_ends_is_unknown),
		TEST(test_a_machine_that_does_not_start_is_infra),
		TEST(test_a_machine_that_dies_is_infra),
		TEST(test_a_machine_that_dies_after_the_kernel_did_is_bad),
		TEST(test_megabytes_without_a_newline_are_survived),
		TEST(test_an_old_record_does_not_outlive_a_new_start),
		TEST(test_a_newer_judge_replaces_the_verdict_and_keeps_the_old),
		TEST(test_a_boot_stopped_at_a_line_that_decides_no_more_says_nothing),
		TEST(test_a_record_of_this_judge_is_not_judged_again),
		TEST(test_the_log_of_a_boot_that_was_cut_off_is_kept),
		TEST(test_several_boots_share_a_loop),
		TEST(test_the_command_line_has_all_its_parts),
		TEST(test_a_guest_that_runs_otherwise_than_asked_is_not_good),
		TEST(test_a_command_line_that_the_kernel_would_cut_is_refused),
		TEST(test_a_kernel_that_is_not_there_is_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
