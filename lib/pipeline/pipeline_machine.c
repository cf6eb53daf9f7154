// SPDX-License-Identifier: GPL-2.0
#include "pipeline_machine.h"

void pipeline_machine_free(struct pipeline_machine *machine)
{
	if (!machine)
		return;
	machine_release(&machine->machine);
	target_release_machine(&machine->conf);
	free(machine->version);
	free(machine);
}

static void release_machine(struct pipeline_machine **machine)
{
	pipeline_machine_free(*machine);
}

ERR_CHECK pipeline_machine_open(const struct workspace *workspace, const char *name,
				struct pipeline_machine **out)
{
	CLEANUP(release_machine) struct pipeline_machine *machine = xcalloc(1, sizeof(*machine));

	TRY(target_read_machine(workspace, name, &machine->conf));
	TRY(machine_open(&machine->conf, &machine->machine));
	TRY(machine_version(machine->machine, &machine->version));
	TRY(machine_slots(machine->machine, &machine->slots));
	*out = TAKE_PTR(machine);
	return NULL;
}

bool pipeline_machine_runs(const struct machine_conf *conf, const struct arch *arch)
{
	return !*conf->arch || str_equal(conf->arch, arch->name);
}

ERR_CHECK pipeline_machine_emulators(const struct workspace *workspace, const struct arch *arch,
				     struct strvec *names)
{
	STRVEC all = { 0 };

	TRY(target_machines(workspace, &all));
	for (size_t i = 0; i < all.count; i++) {
		MACHINE_CONF conf = { 0 };

		TRY(target_read_machine(workspace, all.items[i], &conf));
		if (*conf.qemu && str_equal(conf.arch, arch->name))
			strvec_push(names, all.items[i]);
	}
	return NULL;
}
