/* SPDX-License-Identifier: GPL-2.0 */
/* unit.h - what every unit test includes: cmocka, and two words for errors. */
#ifndef FARRIER_UNIT_H
#define FARRIER_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "core/file.h"

/* The expression gives no error; the error's text is shown when it does. */
#define assert_ok(expression)                                                                      \
	do {                                                                                       \
		const struct err *unit_err_ = (expression);                                        \
		if (unit_err_)                                                                     \
			print_error("%s\n", unit_err_->text);                                      \
		assert_null(unit_err_);                                                            \
	} while (0)

/* The expression gives an error of that kind whose text contains `part`. */
#define assert_err(expression, wanted_kind, part)                                                  \
	do {                                                                                       \
		const struct err *unit_err_ = (expression);                                        \
		assert_non_null(unit_err_);                                                        \
		if (!strstr(unit_err_->text, part))                                                \
			print_error("%s\n", unit_err_->text);                                      \
		assert_non_null(strstr(unit_err_->text, part));                                    \
		assert_int_equal(unit_err_->kind, wanted_kind);                                    \
		err_free(unit_err_);                                                               \
	} while (0)

/* A new folder below $TMPDIR or /tmp; unit_remove_folder() takes it away. */
static inline char *unit_make_folder(void)
{
	const char *base = getenv("TMPDIR");
	char *folder = xasprintf("%s/farrier-unit-XXXXXX", base ? base : "/tmp");

	assert_non_null(mkdtemp(folder));
	return folder;
}

static inline void unit_remove_folder(char *folder)
{
	assert_ok(file_remove(folder));
	free(folder);
}

#endif
