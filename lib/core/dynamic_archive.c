// SPDX-License-Identifier: GPL-2.0
#include "dynamic_archive.h"

DYNAMIC_ARCHIVE_FUNCTIONS(DYNAMIC_DEFINE)

static const struct dynamic_function functions[] = { DYNAMIC_ARCHIVE_FUNCTIONS(DYNAMIC_ENTRY) };

ERR_CHECK dynamic_archive_load(void)
{
	static struct dynamic_library library = {
		.file = "libarchive.so.13",
		.package = "libarchive13",
		.functions = functions,
		.count = ARRAY_SIZE(functions),
	};

	return dynamic_load(&library);
}
