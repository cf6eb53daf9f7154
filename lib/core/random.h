/* SPDX-License-Identifier: GPL-2.0 */
/* random.h - names that nobody else has made. */
#ifndef FARRIER_RANDOM_H
#define FARRIER_RANDOM_H

#include <stdint.h>

#include "base/err.h"

/* From the kernel's generator. */
ERR_CHECK random_number(uint64_t *number) MUST_USE;

#endif
