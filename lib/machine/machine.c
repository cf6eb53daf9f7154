// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/file.h"
#include "machine_kind.h"

static const struct machine_kind *const kinds[] = { &machine_qemu, &machine_lava };

static ERR_CHECK find_kind(const struct machine_conf *conf, const struct machine_kind **kind)
{
	STRBUF list = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		strbuf_addf(&list, "%s%s", i ? ", " : "", kinds[i]->name);
		if (!str_equal(kinds[i]->name, conf->kind))
			continue;
		*kind = kinds[i];
		return NULL;
	}
	return err_hint(
		err_input("'%s': no kind of machine is called '%s'", conf->path, conf->kind),
		"kinds are: %s", strbuf_str(&list));
}

ERR_CHECK machine_open(const struct machine_conf *conf, struct machine **out)
{
	MACHINE machine = xcalloc(1, sizeof(*machine));

	machine->conf = conf;
	TRY(find_kind(conf, &machine->kind));
	TRY(machine->kind->open(conf, &machine->state));
	*out = TAKE_PTR(machine);
	return NULL;
}

void machine_free(struct machine *machine)
{
	if (!machine)
		return;
	if (machine->kind && machine->kind->close)
		machine->kind->close(machine->state);
	free(machine);
}

void machine_release(struct machine **machine)
{
	machine_free(*machine);
}

const struct machine_conf *machine_settings(const struct machine *machine)
{
	return machine->conf;
}

bool machine_is_here(const struct machine *machine)
{
	return machine->kind->here;
}

ERR_CHECK machine_slots(struct machine *machine, int *slots)
{
	*slots = 0;
	if (!machine->kind->slots)
		return NULL;
	return machine->kind->slots(machine->state, machine->conf, slots);
}

ERR_CHECK machine_version(const struct machine *machine, char **version)
{
	return machine->kind->describe(machine->conf, version);
}

double machine_run_now(const struct machine_run *run)
{
	return run->machine->kind->now ? run->machine->kind->now(run->state) : loop_now();
}

static char *copy(const char *string)
{
	return string ? xstrdup(string) : NULL;
}

static void free_const(const char *string)
{
	free((char *)(uintptr_t)string);
}

static void release_run(struct machine_run **run)
{
	machine_run_free(*run);
}

ERR_CHECK machine_start(struct machine *machine, struct loop *loop, const struct machine_job *job,
			const struct machine_watcher *watcher, struct machine_run **out)
{
	CLEANUP(release_run) struct machine_run *run = xcalloc(1, sizeof(*run));

	*run = (struct machine_run){ .machine = machine,
				     .loop = loop,
				     .job = *job,
				     .watcher = *watcher,
				     .log = xasprintf("%s/console.log", job->folder),
				     .log_fd = -1 };
	run->job.kernel = copy(job->kernel);
	run->job.initrd = copy(job->initrd);
	run->job.cmdline = copy(job->cmdline);
	run->job.folder = copy(job->folder);
	run->job.tag = copy(job->tag);
	TRY(file_mkdirs(job->folder));
	run->log_fd = open(run->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (run->log_fd < 0)
		return err_errno("cannot create '%s'", run->log);
	TRY(machine->kind->start(run, &run->state));
	*out = TAKE_PTR(run);
	return NULL;
}

void machine_run_stop(struct machine_run *run)
{
	if (run->stopping)
		return;
	run->stopping = true;
	run->machine->kind->stop(run->state);
}

void machine_run_inspect(struct machine_run *run)
{
	if (run->inspected || !run->machine->kind->inspect)
		return;
	run->inspected = true;
	run->machine->kind->inspect(run->state);
}

void machine_run_free(struct machine_run *run)
{
	if (!run)
		return;
	if (run->state)
		run->machine->kind->free(run->state);
	free_const(run->job.kernel);
	free_const(run->job.initrd);
	free_const(run->job.cmdline);
	free_const(run->job.folder);
	free_const(run->job.tag);
	free(run->log);
	close_fd(&run->log_fd);
	free(run);
}

ERR_CHECK machine_run_running(struct machine_run *run)
{
	return run->watcher.on_running ? run->watcher.on_running(run->watcher.data) : NULL;
}

ERR_CHECK machine_run_state(struct machine_run *run, const char *text)
{
	return run->watcher.on_state ? run->watcher.on_state(run->watcher.data, text) : NULL;
}

ERR_CHECK machine_run_console(struct machine_run *run, const char *bytes, size_t length)
{
	for (size_t written = 0; written < length;) {
		ssize_t done = write(run->log_fd, bytes + written, length - written);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_errno("cannot write '%s'", run->log);
		written += (size_t)done;
	}
	if (!run->watcher.on_console)
		return NULL;
	return run->watcher.on_console(run->watcher.data, bytes, length);
}

ERR_CHECK machine_run_end(struct machine_run *run, const struct machine_end *end)
{
	return run->watcher.on_end(run->watcher.data, end);
}
