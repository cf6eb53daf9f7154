// SPDX-License-Identifier: GPL-2.0
/* Machines of kind qemu, with tests/standin/qemu in QEMU's place. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"
#include "machine/machine.h"
#include "base/strbuf.h"

struct bench {
	char *folder, *kernel, *program;
	struct machine_conf conf;
	struct machine *machine;
	struct loop *loop;
	struct machine_run *run;
	struct strbuf console;
	bool running, ended;
	const char *stop_at; /* text of the console at which the machine is stopped */
	bool inspect;
	enum machine_how how;
	char *text;
};

/* Settings are never changed, only freed by their owner, which is nobody here. */
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
	bench->program = xasprintf("%s/tests/standin/qemu", source ? source : ".");
	bench->conf = (struct machine_conf){ .name = text("bench"),
					     .path = text("bench.conf"),
					     .kind = text("qemu"),
					     .qemu = bench->program,
					     .model = text("model,x=y"),
					     .memory = text("64M"),
					     .accel = text("tcg"),
					     .cmdline = text("") };
	bench->loop = loop_new();
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	machine_run_free(bench->run);
	machine_free(bench->machine);
	loop_free(bench->loop);
	strbuf_release(&bench->console);
	unit_remove_folder(bench->folder);
	free(bench->kernel);
	free(bench->program);
	free(bench->text);
	free(bench);
	return 0;
}

static const struct err *on_running(void *data)
{
	((struct bench *)data)->running = true;
	return NULL;
}

static const struct err *on_console(void *data, const char *bytes, size_t length)
{
	struct bench *bench = data;

	strbuf_add(&bench->console, bytes, length);
	if (bench->inspect)
		machine_run_inspect(bench->run);
	if (bench->stop_at &&
	    memmem(bench->console.buf, bench->console.len, bench->stop_at, strlen(bench->stop_at)))
		machine_run_stop(bench->run);
	return NULL;
}

static const struct err *on_end(void *data, const struct machine_end *end)
{
	struct bench *bench = data;

	bench->ended = true;
	bench->how = end->how;
	bench->text = xstrdup(end->text);
	return NULL;
}

static ERR_CHECK start(struct bench *bench, const char *script)
{
	struct machine_watcher watcher = {
		.on_running = on_running, .on_console = on_console, .on_end = on_end, .data = bench
	};
	struct machine_job job = { .kernel = bench->kernel,
				   .initrd = "/some/initrd",
				   .cmdline = "console=x, a=b",
				   .folder = bench->folder,
				   .cpus = 3 };

	TRY(file_write(bench->kernel, script, strlen(script)));
	TRY(machine_open(&bench->conf, &bench->machine));
	return machine_start(bench->machine, bench->loop, &job, &watcher, &bench->run);
}

static void run(struct bench *bench, const char *script)
{
	assert_ok(start(bench, script));
	assert_ok(loop_run(bench->loop, &bench->ended));
	assert_true(bench->running);
}

static void assert_file(struct bench *bench, const char *name, const char *wanted, size_t length)
{
	OWNED_STR path = xasprintf("%s/%s", bench->folder, name);
	STRBUF text = { 0 };

	assert_ok(file_read(path, (size_t)1 << 30, &text));
	assert_int_equal(text.len, length);
	assert_memory_equal(strbuf_str(&text), wanted, length);
}

static void test_power_off_is_the_guests_end(void **state)
{
	struct bench *bench = *state;

	run(bench, "say hello\nsay bytes \\x00\\xff\\x1b[2J\noff\n");
	assert_int_equal(bench->how, MACHINE_OFF);
	assert_string_equal(bench->text, "");
	assert_memory_equal(bench->console.buf, "hello\r\nbytes \0\xff\x1b[2J\r\n", 21);
}

static void test_the_log_has_every_byte(void **state)
{
	struct bench *bench = *state;

	run(bench, "spill 3000000\nsay \\x00end\noff\n");
	assert_int_equal(bench->console.len, 3000000 + 6);
	assert_file(bench, "console.log", bench->console.buf, bench->console.len);
}

static void test_the_command_line_is_qemus(void **state)
{
	struct bench *bench = *state;
	OWNED_STR script = xasprintf("argv %s/argv\noff\n", bench->folder);
	OWNED_STR path = xasprintf("%s/argv", bench->folder);
	STRBUF argv = { 0 };

	run(bench, script);
	assert_ok(file_read(path, 100000, &argv));
	assert_non_null(strstr(argv.buf, "-machine\nmodel,x=y\n-m\n64M\n"));
	assert_non_null(strstr(argv.buf, "-accel\ntcg\n-smp\n3\n"));
	assert_non_null(strstr(argv.buf, "-append\nconsole=x, a=b\n-initrd\n/some/initrd\n"));
	assert_non_null(strstr(argv.buf, "-no-reboot\n"));
}

static void test_a_machine_that_does_not_start_says_why(void **state)
{
	static const char said[] = "warning: old\nqemu: could not load\x1b kernel\n";
	struct bench *bench = *state;

	run(bench, "stderr warning: old\nstderr qemu: could not load\\x1b kernel\nexit 1\n");
	assert_int_equal(bench->how, MACHINE_FAILED);
	assert_string_equal(bench->text,
			    "qemu failed: exit code 1: qemu: could not load\\x1b kernel");
	assert_file(bench, "machine.log", said, strlen(said));
}

static void test_a_machine_that_dies_says_how(void **state)
{
	struct bench *bench = *state;

	run(bench, "say hello\ndie SEGV\n");
	assert_int_equal(bench->how, MACHINE_FAILED);
	assert_string_equal(bench->text, "qemu failed: killed by SIGSEGV");
}

static void test_a_machine_that_somebody_else_ends_failed(void **state)
{
	struct bench *bench = *state;

	run(bench, "say hello\noutside\n");
	assert_int_equal(bench->how, MACHINE_FAILED);
	assert_string_equal(bench->text, "qemu was ended from outside (host-signal)");
}

static void test_a_machine_without_qmp_ends_too(void **state)
{
	struct bench *bench = *state;

	run(bench, "deaf\nsay hello\nexit 0\n");
	assert_int_equal(bench->how, MACHINE_OFF);
}

static void test_stop_ends_it(void **state)
{
	struct bench *bench = *state;

	bench->stop_at = "hello";
	run(bench, "say hello\nhang\n");
	assert_int_equal(bench->how, MACHINE_STOPPED);
	assert_string_equal(bench->text, "");
}

static void test_stop_ends_one_that_listens_to_nothing(void **state)
{
	struct bench *bench = *state;

	bench->stop_at = "hello";
	run(bench, "deaf\nsay hello\nhang\n");
	assert_int_equal(bench->how, MACHINE_STOPPED);
}

static void test_registers_are_kept_as_evidence(void **state)
{
	static const char wanted[] = "answer to info cpus\nanswer to info registers -a\n";
	struct bench *bench = *state;

	bench->inspect = true;
	run(bench, "say hello\nwait 0.3\nsay again\nwait 0.3\noff\n");
	assert_file(bench, "registers.txt", wanted, strlen(wanted));
}

static void test_nothing_is_left_when_the_run_is_freed(void **state)
{
	struct bench *bench = *state;
	OWNED_STR path = xasprintf("%s/pid", bench->folder);
	OWNED_STR script = xasprintf("deaf\npid %s\nsay hello\nhang\n", path);
	STRBUF pid = { 0 };

	assert_ok(start(bench, script));
	while (!file_exists(path) || !pid.len) {
		usleep(20000);
		strbuf_reset(&pid);
		if (file_exists(path))
			assert_ok(file_read(path, 100, &pid));
	}
	machine_run_free(bench->run);
	bench->run = NULL;
	assert_int_equal(kill(atoi(pid.buf), 0), -1);
}

static void test_a_program_that_is_not_there_is_an_error(void **state)
{
	struct bench *bench = *state;

	bench->conf.qemu = text("/nowhere/qemu");
	assert_err(start(bench, "off\n"), ERR_ENV, "cannot run '/nowhere/qemu'");
}

static void test_an_unknown_kind_is_bad_input(void **state)
{
	struct bench *bench = *state;

	bench->conf.kind = text("abacus");
	assert_err(start(bench, "off\n"), ERR_INPUT,
		   "'bench.conf': no kind of machine is called 'abacus'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_off_is_the_guests_end),
		TEST(test_the_log_has_every_byte),
		TEST(test_the_command_line_is_qemus),
		TEST(test_a_machine_that_does_not_start_says_why),
		TEST(test_a_machine_that_dies_says_how),
		TEST(test_a_machine_that_somebody_else_ends_failed),
		TEST(test_a_machine_without_qmp_ends_too),
		TEST(test_stop_ends_it),
		TEST(test_stop_ends_one_that_listens_to_nothing),
		TEST(test_registers_are_kept_as_evidence),
		TEST(test_nothing_is_left_when_the_run_is_freed),
		TEST(test_a_program_that_is_not_there_is_an_error),
		TEST(test_an_unknown_kind_is_bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
