// SPDX-License-Identifier: GPL-2.0
/*
 * The diff parser on any bytes. In libFuzzer's form: with clang,
 * `clang -fsanitize=fuzzer,address,undefined`; otherwise driver.c runs the
 * files of the corpus, which is a normal test.
 */
#include <stddef.h>
#include <stdint.h>

#include "record/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the parser lets through must keep what its header promises. */
static void check(const struct diff_file *file)
{
	if (diff_path_problem(file->old_path) || diff_path_problem(file->new_path))
		abort();
	for (size_t i = 0; i < file->hunk_count; i++) {
		const struct diff_hunk *hunk = &file->hunks[i];

		if (hunk->leading + hunk->trailing > hunk->before.count + hunk->after.count)
			abort();
		if (hunk->before.count + hunk->after.count == 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DIFF diff = { 0 };
	const struct err *err = diff_parse((const char *)data, size, "fuzz", 1, &diff);

	for (size_t i = 0; !err && i < diff.file_count; i++)
		check(&diff.files[i]);
	err_free(err);
	return 0;
}
