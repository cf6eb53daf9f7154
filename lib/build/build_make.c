// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "build_make.h"
#include "base/progress.h"

/* The rest of a longer line is in the log only. */
#define MAX_LINE 65536

/*
 * What a maintainer's own environment may hold and must not get into the image.
 * All KBUILD_* and KCONFIG_* go too.
 */
static const char foreign_variables[] =
	"ARCH CROSS_COMPILE KCFLAGS KAFLAGS KCPPFLAGS KRUSTFLAGS CFLAGS CPPFLAGS LDFLAGS "
	"HOSTCFLAGS HOSTLDFLAGS CC LD AS AR NM OBJCOPY HOSTCC LLVM LLVM_IAS MAKELEVEL MFLAGS "
	"GNUMAKEFLAGS MAKEFILES MAKEOVERRIDES KERNELRELEASE KERNELVERSION SOURCE_DATE_EPOCH "
	"INSTALL_PATH INSTALL_MOD_PATH C CHECK M MO O V W LANG LANGUAGE";

struct build_make {
	struct build_make_spec spec;
	struct loop *loop;
	struct proc *proc;
	struct loop_source *source;
	int output_fd;
	int log_fd;
	struct strbuf line;
	const struct err *log_err; /* the first */
	build_make_callback callback;
	void *data;
};

static void fill_environment(const struct build_make_spec *spec, struct strvec *env)
{
	for (char **own = environ; *own; own++)
		if (starts_with(*own, "KBUILD_") || starts_with(*own, "KCONFIG_"))
			strvec_push_owned(env, xstrndup(*own, strcspn(*own, "=")));
	strvec_split(env, foreign_variables, " ");
	strvec_push_owned(env, cpus_jobserver_makeflags(spec->jobserver));
	strvec_push(env, "LC_ALL=C");
	/* Set and empty: no "+" for a tree that no tag names. */
	strvec_push(env, "LOCALVERSION=");
	strvec_push(env, "KBUILD_BUILD_TIMESTAMP=" BUILD_TIMESTAMP);
	strvec_push(env, "KBUILD_BUILD_USER=" BUILD_USER);
	strvec_push(env, "KBUILD_BUILD_HOST=" BUILD_HOST);
	strvec_push(env, "KBUILD_BUILD_VERSION=" BUILD_NUMBER);
}

static void fill_arguments(const struct build_make_spec *spec, struct strvec *argv)
{
	strvec_push(argv, "make");
	strvec_pushf(argv, "O=%s", spec->folder->path);
	strvec_pushf(argv, "ARCH=%s", spec->arch->make);
	strvec_pushf(argv, "CROSS_COMPILE=%s", spec->arch->cross);
	strvec_pushf(argv, "KCONFIG_ALLCONFIG=%s", spec->folder->fragment);
	for (size_t i = 0; i < spec->variables->count; i++)
		strvec_push(argv, spec->variables->items[i]);
	if (spec->objects)
		strvec_push(argv, "--keep-going");
	for (size_t i = 0; spec->objects && i < spec->objects->count; i++)
		strvec_push(argv, spec->objects->items[i]);
	if (!spec->objects)
		strvec_push(argv, spec->target);
}

static void scan_line(struct build_make *make)
{
	const struct build_scan *scan = make->spec.scan;

	/* A NUL would hide the rest of the line. */
	for (size_t i = 0; i < make->line.len; i++)
		if (!make->line.buf[i])
			make->line.buf[i] = '?';
	build_scan_line(make->spec.scan, strbuf_str(&make->line));
	strbuf_reset(&make->line);
	if (make->spec.expected_objects > scan->objects)
		progress_update(make->spec.progress, "%zu of about %zu objects", scan->objects,
				make->spec.expected_objects);
	else
		progress_update(make->spec.progress, "%zu objects", scan->objects);
}

static void scan_bytes(struct build_make *make, const char *bytes, size_t length)
{
	while (length) {
		const char *newline = memchr(bytes, '\n', length);
		size_t part = newline ? (size_t)(newline - bytes) : length;
		size_t room = MAX_LINE - make->line.len;

		strbuf_add(&make->line, bytes, part < room ? part : room);
		if (newline)
			scan_line(make);
		bytes += part + (newline != NULL);
		length -= part + (newline != NULL);
	}
}

static ERR_CHECK write_log(const struct build_make *make, const char *bytes, size_t length)
{
	while (length) {
		ssize_t done = write(make->log_fd, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_errno("cannot write '%s'", make->spec.folder->log);
		bytes += done;
		length -= (size_t)done;
	}
	return NULL;
}

/* False at the end of the output (errno is 0 then), or when there is none now. */
static bool read_output(struct build_make *make)
{
	char bytes[65536];
	ssize_t got = read(make->output_fd, bytes, sizeof(bytes));

	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0) {
		errno = got < 0 ? errno : 0;
		return false;
	}
	if (!make->log_err)
		make->log_err = write_log(make, bytes, (size_t)got);
	scan_bytes(make, bytes, (size_t)got);
	return true;
}

static const struct err *on_output(void *data, short events)
{
	struct build_make *make = data;

	(void)events;
	if (read_output(make) || errno == EAGAIN)
		return NULL;
	loop_remove(make->loop, TAKE_PTR(make->source));
	return NULL;
}

/* The whole group is gone by now, so all that it said is in the pipe. */
static const struct err *on_make_gone(void *data, const struct proc_exit *exit)
{
	struct build_make *make = data;

	while (read_output(make))
		;
	if (make->line.len)
		scan_line(make);
	loop_remove(make->loop, TAKE_PTR(make->source));
	return make->callback(make->data, exit, TAKE_PTR(make->log_err));
}

void build_make_free(struct build_make *make)
{
	if (!make)
		return;
	proc_free(make->proc);
	loop_remove(make->loop, make->source);
	close_fd(&make->output_fd);
	close_fd(&make->log_fd);
	strbuf_release(&make->line);
	err_free(make->log_err);
	free(make);
}

static void release_make(struct build_make **make)
{
	build_make_free(*make);
}

static ERR_CHECK open_log(struct build_make *make)
{
	const char *path = make->spec.folder->log;

	make->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (make->log_fd < 0)
		return err_errno("cannot open '%s'", path);
	return NULL;
}

static ERR_CHECK spawn(struct build_make *make, int output)
{
	const int *fds = cpus_jobserver_fds(make->spec.jobserver);
	const int keep[] = { fds[0], fds[1], make->spec.lock_fd };
	STRVEC argv = { 0 };
	STRVEC env = { 0 };

	fill_arguments(&make->spec, &argv);
	fill_environment(&make->spec, &env);
	return proc_spawn(make->loop,
			  &(struct proc_spec){ .argv = (const char *const *)argv.items,
					       .env = (const char *const *)env.items,
					       .dir = make->spec.source,
					       .out_fd = output,
					       .err_fd = output,
					       .keep_fds = keep,
					       .keep_count = ARRAY_SIZE(keep) },
			  on_make_gone, make, &make->proc);
}

ERR_CHECK build_make_start(struct loop *loop, const struct build_make_spec *spec,
			   build_make_callback callback, void *data, struct build_make **out)
{
	CLEANUP(release_make) struct build_make *make = xcalloc(1, sizeof(*make));
	OWNED_FD output = -1;
	int ends[2];

	*make = (struct build_make){ .spec = *spec,
				     .loop = loop,
				     .output_fd = -1,
				     .log_fd = -1,
				     .callback = callback,
				     .data = data };
	TRY(open_log(make));
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno("cannot make a pipe");
	make->output_fd = ends[0];
	output = ends[1];
	fcntl(make->output_fd, F_SETFL, O_NONBLOCK);
	make->source = loop_add_fd(loop, make->output_fd, POLLIN, on_output, make);
	TRY(spawn(make, output));
	*out = TAKE_PTR(make);
	return NULL;
}
