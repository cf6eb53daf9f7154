// SPDX-License-Identifier: GPL-2.0
/*
 * The log of a LAVA job, of any bytes: every line is one entry, whatever is in it, and reading it
 * in two parts at a line's end is the same as reading it at once.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "lab/lab_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct err *write_entry(void *data, const struct lab_entry *entry)
{
	struct strbuf *text = data;

	if (entry->length && !entry->value)
		abort();
	strbuf_addf(text, "%d %.3f ", entry->level, entry->at);
	strbuf_add(text, entry->text, entry->length);
	strbuf_addc(text, '\n');
	return NULL;
}

static size_t read_part(const char *bytes, size_t length, struct strbuf *text)
{
	size_t count;

	if (lab_read_log(bytes, length, write_entry, text, &count))
		abort();
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	const char *end = memchr(bytes, '\n', size);
	size_t first = end ? (size_t)(end - bytes) + 1 : size, lines = 0;
	STRBUF whole = { 0 };
	STRBUF parts = { 0 };

	for (size_t i = 0; i < size; i++)
		lines += bytes[i] == '\n' || i + 1 == size;
	if (read_part(bytes, size, &whole) != lines)
		abort();
	if (read_part(bytes, first, &parts) + read_part(bytes + first, size - first, &parts) !=
	    lines)
		abort();
	if (whole.len != parts.len ||
	    memcmp(strbuf_str(&whole), strbuf_str(&parts), whole.len) != 0)
		abort();
	return 0;
}
