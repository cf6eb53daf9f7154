// SPDX-License-Identifier: GPL-2.0
#include <smp.h>

int fork_kernel(void);

int fork_kernel(void)
{
	return smp_cpus() + 1;
}
