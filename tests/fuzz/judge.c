// SPDX-License-Identifier: GPL-2.0
/*
 * The judge on any bytes. In libFuzzer's form: with clang,
 * `clang -fsanitize=fuzzer,address,undefined`; otherwise driver.c runs the
 * files of the corpus, for which tests/judge/ is a good start.
 *
 * The first byte says in pieces of what size the rest is fed: the size must
 * not matter.
 */
#include <stddef.h>
#include <stdint.h>

#include "judge/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *judged(const char *log, size_t length, size_t step)
{
	JUDGE judge = judge_new(NULL);

	for (size_t i = 0; i < length; i += step)
		judge_feed(judge, log + i, length - i < step ? length - i : step);
	judge_end(judge, JUDGE_LOG_ENDS, NULL);
	return judge_json(judge);
}

/* What every result must keep: a cause if and only if BAD, events in order, no line beyond the end.
 */
static void check(const json_t *json)
{
	bool bad = str_equal(store_get_string(json, "verdict", ""), "BAD");
	const json_t *events = json_object_get(json, "events"), *event;
	int lines = store_get_int(json, "lines", -1), last = 1;
	size_t i;

	if (bad != json_is_object(json_object_get(json, "cause")))
		abort();
	json_array_foreach (events, i, event) {
		int line = store_get_int(event, "line", -1);

		if (line < last || line > lines)
			abort();
		last = line;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWNED_JSON *whole = NULL, *pieces = NULL;

	if (!size)
		return 0;
	whole = judged((const char *)data + 1, size - 1, size);
	pieces = judged((const char *)data + 1, size - 1, (size_t)data[0] + 1);
	check(whole);
	if (!json_equal(whole, pieces))
		abort();
	return 0;
}
