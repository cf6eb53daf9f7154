/* SPDX-License-Identifier: GPL-2.0 */
/* check_print.h - the text form of farrier check. */
#ifndef FARRIER_CHECK_PRINT_H
#define FARRIER_CHECK_PRINT_H

#include "check/check.h"
#include "out.h"

/* A table for each branch, and below it what was found there and not on a branch before. */
void check_print(const struct run *run, const struct check_request *request,
		 const struct check *check);

#endif
