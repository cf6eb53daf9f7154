// SPDX-License-Identifier: GPL-2.0
#include <smp.h>

int start_kernel(void);

int start_kernel(void)
{
	return smp_cpus();
}
