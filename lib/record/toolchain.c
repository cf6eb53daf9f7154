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
