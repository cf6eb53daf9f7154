// SPDX-License-Identifier: GPL-2.0
#include "core/proc.h"
#include "toolchain.h"

void toolchain_release(struct toolchain *toolchain)
{
	free(toolchain->compiler);
	free(toolchain->linker);
	*toolchain = (struct toolchain){ 0 };
}

static ERR_CHECK first_line(const struct arch *arch, const char *tool, char **line)
{
	OWNED_STR program = xasprintf("%s%s", arch->cross, tool);
	const char *const argv[] = { program, "--version", NULL };
	const char *const env[] = { "LC_ALL=C", NULL };
	STRBUF out = { 0 };

	TRY(proc_run_ok(&(struct proc_spec){ .argv = argv, .env = env },
			&(struct proc_io){ .out = &out, .limit = 1 << 20, .timeout = 60 }));
	strbuf_setlen(&out, strcspn(strbuf_str(&out), "\r\n"));
	if (!out.len)
		return err_env("'%s --version' says nothing", program);
	*line = strbuf_detach(&out);
	return NULL;
}

ERR_CHECK toolchain_read(const struct arch *arch, struct toolchain *toolchain)
{
	*toolchain = (struct toolchain){ 0 };
	TRY(first_line(arch, "gcc", &toolchain->compiler));
	return first_line(arch, "ld", &toolchain->linker);
}

/* What the kernel or libc says when the machine is at its end: never the source's fault. */
static const char *const machine_faults[] = {
	"No space left on device",  "Disk quota exceeded",
	"Read-only file system",    "Input/output error",
	"Cannot allocate memory",   "virtual memory exhausted",
	"out of memory allocating", "Killed signal terminated program",
	"Too many open files",	    "Resource temporarily unavailable",
};

bool toolchain_blames_machine(const char *said)
{
	for (size_t i = 0; i < ARRAY_SIZE(machine_faults); i++)
		if (strstr(said, machine_faults[i]))
			return true;
	return false;
}
