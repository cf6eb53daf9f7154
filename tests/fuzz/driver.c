// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a fuzz target on files: every file of the folders and every file named.
 * Each is also cut off and damaged in ways that depend on nothing but itself, so
 * that the corpus is a test that gives the same result everywhere. Prints TAP.
 */
#include <stdio.h>

#include "core/file.h"

#define MOST_BYTES     ((size_t)1 << 20)
#define CUTS	       64
#define FLIPS_PER_SEED 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input in memory of exactly its size, so that a sanitizer sees the first byte too far. */
static void run_exact(const char *bytes, size_t length)
{
	OWNED_STR copy = xmalloc(length ? length : 1);

	memcpy(copy, bytes, length);
	LLVMFuzzerTestOneInput((const uint8_t *)copy, length);
}

static void run_damaged(struct strbuf *input)
{
	static const char bytes[] = "\0\n +-@\\/.\"0\xff";
	uint32_t state = (uint32_t)input->len + 1;

	for (size_t i = 0; i < CUTS; i++)
		run_exact(input->buf, input->len * i / CUTS);
	for (size_t i = 0; i < FLIPS_PER_SEED && input->len; i++) {
		size_t at;
		char before;

		state = state * 1664525u + 1013904223u;
		at = (state >> 8) % input->len;
		before = input->buf[at];
		input->buf[at] = bytes[(state >> 4) % (sizeof(bytes) - 1)];
		run_exact(input->buf, input->len);
		input->buf[at] = before;
	}
}

static ERR_CHECK run_file(const char *path)
{
	STRBUF input = { 0 };

	TRY(file_read(path, MOST_BYTES, &input));
	run_exact(strbuf_str(&input), input.len);
	run_damaged(&input);
	return NULL;
}

static ERR_CHECK run_path(const char *path, size_t *count)
{
	STRVEC names = { 0 };

	if (!file_is_dir(path)) {
		++*count;
		return run_file(path);
	}
	TRY(file_list(path, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR file = xasprintf("%s/%s", path, names.items[i]);

		TRY(run_file(file));
		printf("ok %zu - %s\n", ++*count, names.items[i]);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	size_t count = 0;

	for (int i = 1; i < argc; i++) {
		const struct err *err = run_path(argv[i], &count);

		if (!err)
			continue;
		fprintf(stderr, "%s\n", err->text);
		err_free(err);
		return 1;
	}
	printf("1..%zu\n", count);
	return 0;
}
