// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include "random.h"

ERR_CHECK random_number(uint64_t *number)
{
	if (getentropy(number, sizeof(*number)) < 0)
		return err_errno("cannot get a random number");
	return NULL;
}
