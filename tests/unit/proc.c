// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "core/proc.h"

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_output_and_exit_code_come_back(void **state)
{
	struct proc_spec spec = { .argv = ARGV("sh", "-c", "echo out; echo err >&2; exit 3") };
	STRBUF out = { 0 };
	STRBUF err = { 0 };
	struct proc_io io = { .out = &out, .err = &err };
	struct proc_exit exit;
	OWNED_STR text = NULL;

	(void)state;
	assert_ok(proc_run(&spec, &io, &exit));
	assert_string_equal(strbuf_str(&out), "out\n");
	assert_string_equal(strbuf_str(&err), "err\n");
	text = proc_describe(&exit);
	assert_string_equal(text, "exit code 3");
	assert_false(proc_succeeded(&exit));
}

static void test_input_goes_in_however_long(void **state)
{
	struct proc_spec spec = { .argv = ARGV("wc", "-c") };
	STRBUF input = { 0 };
	STRBUF out = { 0 };
	struct proc_io io = { .input = &input, .out = &out };
	struct proc_exit exit;

	(void)state;
	for (int i = 0; i < 300000; i++)
		strbuf_adds(&input, "0123456789");
	assert_ok(proc_run(&spec, &io, &exit));
	assert_string_equal(strbuf_str(&out), "3000000\n");
}

static void test_a_program_that_reads_nothing_is_fine(void **state)
{
	struct proc_spec spec = { .argv = ARGV("true") };
	STRBUF input = { 0 };
	struct proc_io io = { .input = &input };
	struct proc_exit exit;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 100000; i++)
		strbuf_adds(&input, "0123456789");
	assert_ok(proc_run(&spec, &io, &exit));
	assert_true(proc_succeeded(&exit));
}

static void test_a_missing_program_says_so(void **state)
{
	struct proc_spec spec = { .argv = ARGV("no-such-program-here") };
	struct proc_io io = { 0 };
	struct proc_exit exit;

	(void)state;
	assert_err(proc_run(&spec, &io, &exit), ERR_ENV, "cannot run 'no-such-program-here'");
	assert_false(proc_in_path("no-such-program-here"));
	assert_true(proc_in_path("sh"));
}

static void test_a_signal_is_named(void **state)
{
	struct proc_spec spec = { .argv = ARGV("sh", "-c", "kill -SEGV $$") };
	struct proc_io io = { 0 };
	struct proc_exit exit;
	OWNED_STR text = NULL;

	(void)state;
	assert_ok(proc_run(&spec, &io, &exit));
	text = proc_describe(&exit);
	assert_string_equal(text, "killed by SIGSEGV");
}

static void test_arguments_meet_no_shell(void **state)
{
	struct proc_spec spec = { .argv = ARGV("printf", "%s|", "a b", "$(id)", "'") };
	STRBUF out = { 0 };
	struct proc_io io = { .out = &out };
	struct proc_exit exit;

	(void)state;
	assert_ok(proc_run(&spec, &io, &exit));
	assert_string_equal(strbuf_str(&out), "a b|$(id)|'|");
}

static void test_environment_is_changed_not_replaced(void **state)
{
	struct proc_spec spec = { .argv = ARGV("sh", "-c", "echo $NEW-${OLD-gone}-${KEPT}"),
				  .env = ARGV("NEW=1", "OLD") };
	STRBUF out = { 0 };
	struct proc_io io = { .out = &out };
	struct proc_exit exit;

	(void)state;
	setenv("OLD", "x", 1);
	setenv("KEPT", "y", 1);
	assert_ok(proc_run(&spec, &io, &exit));
	assert_string_equal(strbuf_str(&out), "1-gone-y\n");
}

static void test_a_timeout_ends_the_whole_group(void **state)
{
	struct proc_spec spec = { .argv = ARGV("sh", "-c", "sleep 1000 & sleep 1000; true") };
	STRBUF out = { 0 };
	struct proc_io io = { .out = &out, .timeout = 0.3 };
	struct proc_exit exit;
	double began = loop_now();

	(void)state;
	assert_err(proc_run(&spec, &io, &exit), ERR_ENV, "did not end within");
	assert_true(loop_now() - began < 10);
}

static void test_too_much_output_is_an_error(void **state)
{
	struct proc_spec spec = { .argv = ARGV("yes") };
	STRBUF out = { 0 };
	struct proc_io io = { .out = &out, .limit = 100000 };
	struct proc_exit exit;

	(void)state;
	assert_err(proc_run(&spec, &io, &exit), ERR_ENV, "printed more than 100000 bytes");
}

static const struct err *stop_when_it_says_so(void *data)
{
	const struct strbuf *out = data;

	return strstr(strbuf_str(out), "enough") ? err_input("seen") : NULL;
}

static void test_a_running_program_can_be_watched(void **state)
{
	struct proc_spec spec = { .argv = ARGV("sh", "-c", "echo enough; exec sleep 60") };
	STRBUF out = { 0 };
	struct proc_exit exit;

	(void)state;
	assert_err(proc_run(&spec,
			    &(struct proc_io){
				    .out = &out, .watch = stop_when_it_says_so, .data = &out },
			    &exit),
		   ERR_INPUT, "seen");
}

static void test_a_failure_is_told_with_its_last_line(void **state)
{
	struct proc_spec spec = { .argv = ARGV("sh", "-c",
					       "echo first >&2; echo why >&2; exit 1") };

	(void)state;
	assert_err(proc_run_ok(&spec, NULL), ERR_ENV, "exit code 1: why");
}

/* Reads the process id that a test program wrote, waiting for it to come. */
static pid_t read_pid(const char *path)
{
	for (int i = 0; i < 500; i++) {
		FILE *file = fopen(path, "re");
		int pid = 0;
		bool got = file && fscanf(file, "%d\n", &pid) == 1;

		if (file)
			fclose(file);
		if (got)
			return pid;
		usleep(10000);
	}
	fail_msg("no process id in %s", path);
	return 0;
}

static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 600; i++) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return true;
		usleep(10000);
	}
	return false;
}

/*
 * A farrier that is killed without a chance to clean up takes its programs with
 * it: the group, one that ignores SIGTERM, and one that left for its own session.
 */
static void test_kill_9_leaves_no_process(void **state)
{
	char *folder = unit_make_folder();
	OWNED_STR first = xasprintf("%s/first", folder);
	OWNED_STR stubborn = xasprintf("%s/stubborn", folder);
	OWNED_STR escaped = xasprintf("%s/escaped", folder);
	OWNED_STR script = xasprintf("(trap '' TERM; sh -c 'echo $PPID' >%s.tmp; mv %s.tmp %s; "
				     "while :; do sleep 1; done) & "
				     "setsid sh -c 'echo $$ >%s.tmp; mv %s.tmp %s; sleep 1000' & "
				     "echo $$ >%s.tmp; mv %s.tmp %s; sleep 1000",
				     stubborn, stubborn, stubborn, escaped, escaped, escaped, first,
				     first, first);
	pid_t farrier = fork(), pids[3];

	(void)state;
	if (farrier == 0) {
		struct proc_spec spec = { .argv = ARGV("sh", "-c", script) };
		struct proc_exit exit;

		err_free(proc_run(&spec, &(struct proc_io){ 0 }, &exit));
		_exit(0);
	}
	pids[0] = read_pid(first);
	pids[1] = read_pid(stubborn);
	pids[2] = read_pid(escaped);
	kill(farrier, SIGKILL);
	waitpid(farrier, NULL, 0);
	for (int i = 0; i < 3; i++)
		assert_true(is_gone(pids[i]));
	unit_remove_folder(folder);
}

/* The process of this one's children whose name is `name`, or 0. */
static pid_t find_child(const char *name)
{
	OWNED_STR command = xasprintf("pgrep -P %d -x %s", getpid(), name);
	FILE *list = popen(command, "r");
	int pid = 0;

	assert_non_null(list);
	if (fscanf(list, "%d", &pid) != 1)
		pid = 0;
	pclose(list);
	return pid;
}

static void test_the_process_that_forks_may_be_killed(void **state)
{
	struct proc_spec spec = { .argv = ARGV("echo", "still there") };
	STRBUF out = { 0 };
	struct proc_io io = { .out = &out };
	struct proc_exit exit;
	pid_t spawner;

	(void)state;
	assert_ok(proc_run(&spec, &io, &exit));
	spawner = find_child("farrier-start");
	assert_true(spawner > 0);
	kill(spawner, SIGKILL);
	waitpid(spawner, NULL, 0);
	assert_ok(proc_run(&spec, &io, &exit));
	assert_string_equal(strbuf_str(&out), "still there\nstill there\n");
}

static void test_arguments_may_be_long(void **state)
{
	enum { COUNT = 10 };
	const char *argv[COUNT + 4] = { "sh", "-c", "echo ${#9}" };
	STRBUF word = { 0 };
	STRBUF out = { 0 };
	struct proc_io io = { .out = &out };
	struct proc_exit exit;

	(void)state;
	while (word.len < 100000)
		strbuf_adds(&word, "0123456789");
	for (int i = 0; i < COUNT; i++)
		argv[3 + i] = strbuf_str(&word);
	assert_ok(proc_run(&(struct proc_spec){ .argv = argv }, &io, &exit));
	assert_string_equal(strbuf_str(&out), "100000\n");
}

/* The program finds them under the numbers that they have here, whatever else it gets. */
static void test_descriptors_are_kept_under_their_numbers(void **state)
{
	struct proc_spec spec = { 0 };
	STRBUF out = { 0 };
	struct proc_io io = { .out = &out };
	struct proc_exit exit;
	OWNED_STR script = NULL;
	int keep[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		OWNED_STR text = xasprintf("%d\n", i);
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		assert_true(write(ends[1], text, strlen(text)) > 0);
		close(ends[1]);
		keep[i] = fcntl(ends[0], F_DUPFD_CLOEXEC, 9 - i);
		close(ends[0]);
	}
	script = xasprintf("cat /dev/fd/%d /dev/fd/%d /dev/fd/%d", keep[2], keep[0], keep[1]);
	spec = (struct proc_spec){ .argv = ARGV("sh", "-c", script),
				   .keep_fds = keep,
				   .keep_count = 3 };
	assert_ok(proc_run(&spec, &io, &exit));
	assert_string_equal(strbuf_str(&out), "2\n0\n1\n");
	for (int i = 0; i < 3; i++)
		close(keep[i]);
}

static void test_a_program_gets_no_descriptor_of_farriers(void **state)
{
	struct proc_spec spec = { .argv = ARGV("sh", "-c", "ls -l /proc/$$/fd; true") };
	STRBUF out = { 0 };
	struct proc_io io = { .out = &out };
	struct proc_exit exit;

	(void)state;
	assert_ok(proc_run(&spec, &io, &exit));
	assert_non_null(strstr(strbuf_str(&out), "pipe:"));
	assert_null(strstr(strbuf_str(&out), "socket:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_and_exit_code_come_back),
		cmocka_unit_test(test_input_goes_in_however_long),
		cmocka_unit_test(test_a_program_that_reads_nothing_is_fine),
		cmocka_unit_test(test_a_missing_program_says_so),
		cmocka_unit_test(test_a_signal_is_named),
		cmocka_unit_test(test_arguments_meet_no_shell),
		cmocka_unit_test(test_environment_is_changed_not_replaced),
		cmocka_unit_test(test_a_timeout_ends_the_whole_group),
		cmocka_unit_test(test_too_much_output_is_an_error),
		cmocka_unit_test(test_a_running_program_can_be_watched),
		cmocka_unit_test(test_a_failure_is_told_with_its_last_line),
		cmocka_unit_test(test_kill_9_leaves_no_process),
		cmocka_unit_test(test_the_process_that_forks_may_be_killed),
		cmocka_unit_test(test_arguments_may_be_long),
		cmocka_unit_test(test_a_program_gets_no_descriptor_of_farriers),
		cmocka_unit_test(test_descriptors_are_kept_under_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
