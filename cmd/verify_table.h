/* SPDX-License-Identifier: GPL-2.0 */
/* verify_table.h - the result of a verify for people: a row for each arm, and why. */
#ifndef FARRIER_VERIFY_TABLE_H
#define FARRIER_VERIFY_TABLE_H

#include "pipeline/pipeline.h"
#include "cmd.h"

void verify_table_print(const struct run *run, const struct pipeline_verify_request *request,
			const struct pipeline_verified *verified);

#endif
