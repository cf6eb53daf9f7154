// SPDX-License-Identifier: GPL-2.0
#include "dynamic_curl.h"

DYNAMIC_CURL_FUNCTIONS(DYNAMIC_DEFINE)

static const struct dynamic_function functions[] = { DYNAMIC_CURL_FUNCTIONS(DYNAMIC_ENTRY) };

ERR_CHECK dynamic_curl_load(void)
{
	static struct dynamic_library library = {
		.file = "libcurl.so.4",
		.package = "libcurl4",
		.functions = functions,
		.count = ARRAY_SIZE(functions),
	};

	return dynamic_load(&library);
}
