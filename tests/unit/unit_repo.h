/* SPDX-License-Identifier: GPL-2.0 */
/* unit_repo.h - for groups of tests that use libgit2: cmocka_run_group_tests(tests, unit_begin_repo,
 * unit_end_repo). */
#ifndef FARRIER_UNIT_REPO_H
#define FARRIER_UNIT_REPO_H

#include "core/repo.h"
#include "unit.h"

static inline int unit_begin_repo(void **state)
{
	(void)state;
	repo_library_init();
	return 0;
}

static inline int unit_end_repo(void **state)
{
	(void)state;
	repo_library_shutdown();
	return 0;
}

#endif
