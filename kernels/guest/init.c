// SPDX-License-Identifier: GPL-2.0-only
/*
 * farrier's guest: /init of the initramfs that a kernel under test boots.
 *
 * It runs a storm of inter-processor interrupts, says once a second how far every CPU got,
 * prints a result and powers the machine off. What it prints and which parameters it takes
 * is in protocol.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "heart.h"
#include "line.h"
#include "params.h"
#include "storm.h"
#include "threads.h"

static struct {
	bool is_init;
	struct params params;
	struct cpus cpus;
	atomic_uint stop_beat; /* the heartbeat that ended the storm */
	atomic_bool finished;
} guest;

_Noreturn static void end(bool good)
{
	say(GUEST_COMMENT "end");
	if (!guest.is_init)
		_exit(good ? 0 : 1);

	tcdrain(STDOUT_FILENO); /* what the UART has not sent is lost with the power */
	sync();
	reboot(RB_POWER_OFF);
	say(GUEST_COMMENT "note power off: %s", strerror(errno));
	for (;;)
		pause();
}

_Noreturn static void bail_out(const char *what, const char *why)
{
	say("Bail out! %s: %s", what, why);
	end(false);
}

/*
 * Returns to what raised the signal, which then kills: as process 1, with a panic. Other
 * threads that run into the same must not kill before the line is out.
 */
static void on_fatal_signal(int sig)
{
	static atomic_int first;
	int nobody = 0;

	if (!atomic_compare_exchange_strong(&first, &nobody, gettid()) && nobody != gettid())
		for (;;)
			pause();
	say("Bail out! signal %d", sig);
	signal(sig, SIG_DFL);
}

static void catch_fatal_signals(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP };
	struct sigaction action = { .sa_handler = on_fatal_signal };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}

/* The kernel opens the console for init, unless the initramfs came without the device. */
static void open_console(void)
{
	if (fcntl(STDOUT_FILENO, F_GETFD) >= 0)
		return;
	mkdir("/dev", 0755);
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
	while (open("/dev/console", O_RDWR | O_NOCTTY) >= 0 && fcntl(STDERR_FILENO, F_GETFD) < 0)
		;
}

/* 0, or an errno. The kernel may have mounted it already. */
static int mount_one(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		return errno;
	return 0;
}

static void mount_all(void)
{
	int err;

	err = mount_one("proc", "/proc");
	if (err)
		bail_out("mount /proc", strerror(err));
	err = mount_one("sysfs", "/sys");
	if (err)
		say(GUEST_COMMENT "note mount /sys: %s", strerror(err));
	err = mount_one("devtmpfs", "/dev");
	if (err)
		say(GUEST_COMMENT "note mount /dev: %s", strerror(err));
}

static void read_cmdline(void)
{
	static char cmdline[8192]; /* no architecture's is longer */
	struct params_error error;
	size_t len = 0;
	ssize_t n;
	int fd;

	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		bail_out("/proc/cmdline", strerror(errno));
	while ((n = read(fd, cmdline + len, sizeof(cmdline) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	if (!params_from_cmdline(&guest.params, cmdline, &error))
		bail_out("bad parameter", error.text);
}

static void read_args(char **args)
{
	struct params_error error;

	if (!params_from_args(&guest.params, args, &error))
		bail_out("bad parameter", error.text);
}

static void say_counters_before(void)
{
	const char *why = counters_say(&guest.params.counters, "before");

	if (why)
		bail_out(guest.params.counters.path, why);
}

/* NULL is a good result. The counters are printed in any case: a bad one needs them most. */
_Noreturn static void finish(const char *test, const char *why)
{
	const struct counters *counters = &guest.params.counters;
	const char *unreadable = counters_say(counters, "after");

	if (why)
		say("not ok 1 %s: %s", test, why);
	else if (unreadable)
		say("not ok 1 %s: %s: %s", test, counters->path, unreadable);
	else
		say("ok 1 %s", test);
	end(!why && !unreadable);
}

static void finish_storm(void)
{
	if (!atomic_exchange(&guest.finished, true))
		finish("storm", storm_result());
}

/* Leaves the wait to the next beat, which may come from another CPU. */
static void finish_if_stopped(void)
{
	for (unsigned int i = 0; i < 90; i++) {
		if (storm_stopped())
			finish_storm();
		sleep_ms(10);
	}
}

static void beat(unsigned int n)
{
	unsigned int stop = atomic_load(&guest.stop_beat);
	struct line line = { .len = 0 };

	if (atomic_load(&guest.finished))
		return;
	line_add(&line, GUEST_COMMENT "heartbeat %u progress", n);
	storm_progress(&line);
	line_write(&line);

	if (!stop && (n >= guest.params.seconds || storm_failed())) {
		storm_stop();
		atomic_store(&guest.stop_beat, n);
	} else if (stop && n >= stop + GUEST_STOP_SECONDS) {
		finish_storm();
	}
	if (atomic_load(&guest.stop_beat))
		finish_if_stopped();
}

static void start_storm(void)
{
	int err;

	err = storm_start(&guest.cpus, guest.params.threads);
	if (err)
		bail_out("cannot start the workers", strerror(err));
	err = heart_start(&guest.cpus, beat);
	if (err)
		bail_out("cannot start the heartbeat", strerror(err));
	/* From here on a page fault of the heartbeat could wait for a worker that hangs. */
	if (guest.is_init && mlockall(MCL_CURRENT))
		say(GUEST_COMMENT "note mlockall: %s", strerror(errno));
}

static void say_hello(void)
{
	const struct params *params = &guest.params;

	say(GUEST_COMMENT "guest %d test=%s seconds=%u cpus=%u threads=%u", GUEST_PROTOCOL,
	    params->storm ? "storm" : "none", params->seconds, guest.cpus.count,
	    params->storm ? params->threads * guest.cpus.count : 0);
}

static void setup(char **args)
{
	int err;

	guest.is_init = getpid() == 1;
	if (guest.is_init)
		open_console();
	catch_fatal_signals();
	say("KTAP version 1");
	say("1..1");

	params_default(&guest.params);
	if (guest.is_init) {
		mount_all();
		read_cmdline();
	} else {
		read_args(args);
	}
	err = cpus_online(&guest.cpus);
	if (err)
		bail_out("online CPUs", strerror(err));
}

int main(int argc, char **argv)
{
	setup(argv + (argc > 0));
	say_hello();
	if (!guest.params.storm) {
		say_counters_before();
		finish("none", NULL);
	}
	start_storm();
	say_counters_before();
	heart_go();
	threads_go();
	for (;;)
		pause();
}
