// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "build/build.h"
#include "boot/boot.h"
#include "core/file.h"
#include "guest/guest.h"
#include "lab/lab_strays.h"
#include "out.h"

enum {
	KEY_KERNEL = 0x200,
	KEY_INITRD,
	KEY_MACHINE,
	KEY_CPUS,
	KEY_SECONDS,
	KEY_CMDLINE,
	KEY_COUNTER,
	KEY_BISECT
};

static const struct argp_option boot_options[] = {
	{ "kernel", KEY_KERNEL, "FILE", 0, "Boot this kernel image instead of a build", 1 },
	{ "initrd", KEY_INITRD, "FILE", 0, "Boot it with this initramfs", 1 },
	{ "machine", KEY_MACHINE, "NAME", 0, "Boot on this machine of kernels/machines", 2 },
	{ "cpus", KEY_CPUS, "N", 0, "With so many CPUs (default: the most that the machine lists)",
	  2 },
	{ "seconds", KEY_SECONDS, "N", 0, "How long the guest's test takes (default: 10)", 3 },
	{ "cmdline", KEY_CMDLINE, "TEXT", 0, "Append TEXT to the kernel's command line", 3 },
	{ "counter", KEY_COUNTER, "NAME:ROW", 0,
	  "Count in a row of /proc/interrupts; may be given several times", 3 },
	{ "git-bisect", KEY_BISECT, NULL, 0, "Exit as 'git bisect run' wants it", 4 },
	{ 0 },
};

struct boot_words {
	struct run *run;
	const char *build, *kernel, *initrd, *machine, *cmdline;
	int cpus, seconds;
	struct strvec counters; /* NAME:ROW */
};

static int number_of(const char *text, int most, const char *option, struct argp_state *state)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*end || number < 1 || number > most)
		argp_error(state, "%s takes a number from 1 to %d, not '%s'", option, most, text);
	return (int)number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct boot_words *words = state->input;

	switch (key) {
	case KEY_KERNEL:
		words->kernel = arg;
		return 0;
	case KEY_INITRD:
		words->initrd = arg;
		return 0;
	case KEY_MACHINE:
		words->machine = arg;
		return 0;
	case KEY_CPUS:
		words->cpus = number_of(arg, 4096, "--cpus", state);
		return 0;
	case KEY_SECONDS:
		words->seconds = number_of(arg, 86400, "--seconds", state);
		return 0;
	case KEY_CMDLINE:
		words->cmdline = arg;
		return 0;
	case KEY_COUNTER:
		if (!strchr(arg, ':') || *arg == ':' || ends_with(arg, ":"))
			argp_error(state, "--counter takes NAME:ROW, not '%s'", arg);
		strvec_push(&words->counters, arg);
		return 0;
	case KEY_BISECT:
		words->run->git_bisect = true;
		return 0;
	case ARGP_KEY_ARG:
		if (words->build)
			argp_error(state, "one build at a time");
		words->build = arg;
		return 0;
	case ARGP_KEY_END:
		if (!words->build == !words->kernel)
			argp_error(state, "name a build, or a kernel with --kernel");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The one build in the cache whose key begins so. */
static ERR_CHECK find_build(const struct workspace *workspace, const char *prefix,
			    struct build *build)
{
	TRY(build_find(workspace, prefix, build));
	if (!build->image)
		return err_hint(err_input("build '%.12s' has no image: the kernel did not build",
					  build->key),
				"its log is '%s'", build->log ? build->log : "gone");
	return NULL;
}

/* Whether the machine runs what was built; a kernel that was not built here may be anything. */
static ERR_CHECK machine_runs(const struct workspace *workspace, const struct machine_conf *machine,
			      const struct build *build, bool *runs)
{
	ARCH arch = { 0 };

	*runs = true;
	if (!build->make_arch || !*machine->arch)
		return NULL;
	TRY(target_read_arch(workspace, machine->arch, &arch));
	*runs = str_equal(arch.make, build->make_arch);
	return NULL;
}

/* The first machine on this host that runs the build. */
static ERR_CHECK find_machine(const struct workspace *workspace, const struct build *build,
			      struct machine_conf *machine)
{
	STRVEC names = { 0 };

	TRY(target_machines(workspace, &names));
	for (size_t i = 0; i < names.count; i++) {
		bool runs;

		TRY(target_read_machine(workspace, names.items[i], machine));
		TRY(machine_runs(workspace, machine, build, &runs));
		if (str_equal(machine->kind, "qemu") && runs)
			return NULL;
		target_release_machine(machine);
	}
	return err_hint(err_input("no machine of kind 'qemu' in kernels/machines%s%s",
				  build->make_arch ? " is for architecture " : "",
				  build->make_arch ? build->make_arch : ""),
			"name one with --machine");
}

static ERR_CHECK choose_machine(const struct workspace *workspace, const char *name,
				const struct build *build, struct machine_conf *machine)
{
	bool runs;

	if (!name)
		return find_machine(workspace, build, machine);
	TRY(target_read_machine(workspace, name, machine));
	TRY(machine_runs(workspace, machine, build, &runs));
	if (!runs)
		return err_hint(err_input("machine '%s' is for '%s', build '%.12s' is for '%s'",
					  name, machine->arch, build->key, build->make_arch),
				"leave --machine out");
	return NULL;
}

static int most_cpus(const struct machine_conf *machine)
{
	int most = 1;

	for (size_t i = 0; i < machine->cpu_counts; i++)
		if (machine->cpus[i] > most)
			most = machine->cpus[i];
	return most;
}

/* STATE/boots/TIME-PID: sorted by time, and two at once do not meet. */
static char *new_folder(const struct workspace *workspace)
{
	time_t now = time(NULL);
	struct tm utc;
	char stamp[32];

	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &utc);
	return workspace_state(workspace, "boots/%s-%d", stamp, getpid());
}

/* Whether a boot's folder is one whose farrier is gone: TIME-PID. */
static bool was_cut_off(const char *name, const char *folder)
{
	const char *dash = strrchr(name, '-');
	OWNED_STR record = xasprintf("%s/boot.json", folder);
	long pid = dash ? strtol(dash + 1, NULL, 10) : 0;

	return strlen(name) > strlen("20261129-020757-") && pid > 0 && !file_exists(record) &&
	       kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/* Jobs of boots that were killed here: nobody goes on with them, so they are to be cancelled. */
static ERR_CHECK give_up_jobs(const struct workspace *workspace, const struct machine_conf *conf)
{
	OWNED_STR all = workspace_state(workspace, "boots");
	STRVEC names = { 0 };

	if (!conf->lab.strays)
		return NULL;
	TRY(file_list(all, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR folder = xasprintf("%s/%s", all, names.items[i]);
		OWNED_STR path = xasprintf("%s/lab.json", folder);
		OWNED_JSON *json = NULL;

		if (!file_exists(path) || !was_cut_off(names.items[i], folder))
			continue;
		TRY(store_read(path, &json));
		if (!str_equal(store_get_string(json, "lab", ""), conf->lab.url))
			continue;
		TRY(lab_strays_note(conf->lab.strays, store_get_string(json, "tag", "")));
		TRY(file_remove(path));
	}
	return NULL;
}

static int exit_code_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_GOOD:
		return EXIT_GOOD;
	case VERDICT_BAD:
		return EXIT_BAD;
	case VERDICT_INFRA:
		return EXIT_LAB;
	default:
		return EXIT_INCONCLUSIVE;
	}
}

static void print_counters(const struct run *run, const struct boot *boot)
{
	STRBUF text = { 0 };

	for (size_t i = 0; i < boot->counter_count; i++)
		strbuf_addf(&text, "%s%lld %s", i ? ", " : "", (long long)boot->counters[i].count,
			    boot->counters[i].name);
	if (text.len)
		out_line(run, OUT_PLAIN, "  counters  %s", text.buf);
}

static void print_stalls(const struct run *run, const struct boot *boot)
{
	for (size_t i = 0; i < boot->stall_count; i++) {
		const struct boot_suspicion *stall = &boot->stalls[i];
		OWNED_STR end = stall->resumed < 0
					? xstrdup("")
					: xasprintf("; went on at %.1f s", stall->resumed);

		out_line(run, OUT_DIM, "  stall     at %.1f s: %s%s", stall->at, stall->text, end);
	}
}

static void print_boot(const struct run *run, const struct boot *boot)
{
	enum out_color color = boot->verdict == VERDICT_GOOD  ? OUT_GOOD
			       : boot->verdict == VERDICT_BAD ? OUT_BAD
							      : OUT_WARN;

	out_line(run, color, "%s  %s, %d CPU%s, %.1f s, %llu heartbeat%s",
		 verdict_name(boot->verdict), boot->machine, boot->cpus, boot->cpus == 1 ? "" : "s",
		 boot->seconds, (unsigned long long)boot->heartbeats,
		 boot->heartbeats == 1 ? "" : "s");
	if (boot->has_cause)
		out_line(run, OUT_PLAIN, "  %-9s line %llu: %s",
			 verdict_kind_name(boot->cause.kind), (unsigned long long)boot->cause.line,
			 boot->cause.text);
	if (boot->text && !(boot->has_cause && str_equal(boot->text, boot->cause.text)))
		out_line(run, OUT_PLAIN, "  reason    %s", boot->text);
	print_counters(run, boot);
	print_stalls(run, boot);
	out_line(run, OUT_DIM, "  log       %s", boot->log);
}

static ERR_CHECK boot_on(struct run *run, const struct workspace *workspace,
			 struct boot_request *request, const struct machine_conf *conf)
{
	ARCH arch = { 0 };
	MACHINE machine = NULL;
	OWNED_STR title = xasprintf("boot on %s, %d CPU%s", conf->name, request->cpus,
				    request->cpus == 1 ? "" : "s");
	OWNED_STR folder = new_folder(workspace);
	BOOT boot = { 0 };

	TRY(give_up_jobs(workspace, conf));
	TRY(machine_open(conf, &machine));
	if (*conf->arch)
		TRY(target_read_arch(workspace, conf->arch, &arch));
	request->machine = machine;
	request->title = title;
	request->folder = folder;
	request->cmdline_max = arch.cmdline_max;
	TRY(boot_run(request, &boot));
	if (run->json) {
		OWNED_JSON *json = boot_json(&boot);

		out_json(json);
	} else {
		print_boot(run, &boot);
	}
	run->exit_code = exit_code_of(boot.verdict);
	return NULL;
}

static void release_counters(struct series_counter **counters)
{
	for (size_t i = 0; *counters && (*counters)[i].name; i++) {
		free((*counters)[i].name);
		free((*counters)[i].row);
	}
	free(*counters);
}

/* Ends with an empty one. The caller frees them with release_counters(). */
static struct series_counter *parse_counters(const struct strvec *words)
{
	struct series_counter *counters = xcalloc(words->count + 1, sizeof(*counters));

	for (size_t i = 0; i < words->count; i++) {
		const char *colon = strchr(words->items[i], ':');

		counters[i].name = xstrndup(words->items[i], (size_t)(colon - words->items[i]));
		counters[i].row = xstrdup(colon + 1);
	}
	return counters;
}

/* The guest's initramfs for what the machine runs. */
static ERR_CHECK guest_for(const struct workspace *workspace, const struct machine_conf *machine,
			   struct guest *guest)
{
	CLEANUP(target_release_arch) struct arch arch = { 0 };

	if (!*machine->arch)
		return err_hint(err_input("machine '%s' names no architecture", machine->name),
				"name an initramfs with --initrd");
	TRY(target_read_arch(workspace, machine->arch, &arch));
	return guest_initramfs(workspace, &arch, guest);
}

static const char *image_name(bool netboot)
{
	return netboot ? "an image for the network" : "a kernel and its initramfs";
}

/* What is in the image of a build was put there for one kind of machine, with one guest. */
static ERR_CHECK check_image(const struct build *build, const struct machine_conf *machine,
			     const struct guest *guest)
{
	bool netboot = build->initrd_id != NULL;

	if (netboot != machine->netboot)
		return err_hint(err_input("machine '%s' boots %s, build '%.12s' is %s",
					  machine->name, image_name(machine->netboot), build->key,
					  image_name(netboot)),
				"make one with 'farrier build %s --machine %s'", build->branch,
				machine->name);
	if (netboot && !str_equal(build->initrd_id, guest->id))
		return err_hint(err_input("build '%.12s' has another initramfs inside than "
					  "kernels/guest makes now",
					  build->key),
				"make it again with 'farrier build %s --machine %s'", build->branch,
				machine->name);
	return NULL;
}

/* The initramfs beside the kernel, if the machine takes one. */
static ERR_CHECK set_initrd(const struct workspace *workspace, const struct boot_words *words,
			    const struct machine_conf *machine, const struct build *build,
			    struct guest *guest, struct boot_request *request)
{
	if (machine->netboot && words->initrd)
		return err_input("machine '%s' takes no initramfs beside the kernel's image",
				 machine->name);
	if (!words->initrd && !(machine->netboot && words->kernel))
		TRY(guest_for(workspace, machine, guest));
	if (words->build)
		TRY(check_image(build, machine, guest));
	if (!machine->netboot && !words->initrd)
		request->initrd = guest->initrd;
	return NULL;
}

static ERR_CHECK boot(struct run *run, const struct boot_words *words)
{
	WORKSPACE workspace = { 0 };
	MACHINE_CONF machine = { 0 };
	CLEANUP(release_counters)
	struct series_counter *counters = parse_counters(&words->counters);
	BUILD build = { 0 };
	GUEST guest = { 0 };
	struct boot_request request = { .kernel = words->kernel,
					.initrd = words->initrd,
					.cmdline = &words->cmdline,
					.cmdline_count = 1,
					.seconds = words->seconds,
					.counters = counters,
					.counter_count = words->counters.count };

	TRY(cmd_workspace(run, &workspace));
	if (words->build) {
		TRY(find_build(&workspace, words->build, &build));
		request.build = build.key;
		request.kernel = build.image;
	}
	TRY(choose_machine(&workspace, words->machine, &build, &machine));
	request.cpus = words->cpus ? words->cpus : most_cpus(&machine);
	TRY(set_initrd(&workspace, words, &machine, &build, &guest, &request));
	return boot_on(run, &workspace, &request, &machine);
}

const struct err *cmd_boot(struct run *run, int argc, char **argv)
{
	struct boot_words words = { .run = run };
	struct cmd_options options = {
		.options = boot_options,
		.parse = parse,
		.args = "BUILD | --kernel FILE",
		.doc = "Boots a kernel on a machine and judges what its console says.",
		.input = &words,
	};
	const struct err *err;

	cmd_parse(run, &options, argc, argv);
	err = boot(run, &words);
	strvec_release(&words.counters);
	return err;
}
