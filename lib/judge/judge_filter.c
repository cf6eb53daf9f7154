// SPDX-License-Identifier: GPL-2.0
#include "judge_filter.h"

/* A set of bits: few enough of them for the nearest cache, many enough for few false alarms. */
#define HASH_BITS 17

static uint64_t table[(1 << HASH_BITS) / 64];

/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): the top bits of a product with 2^32 / golden ratio. */
static uint32_t hash(const char *four)
{
	uint32_t word;

	memcpy(&word, four, sizeof(word));
	return (word * UINT32_C(2654435769)) >> (32 - HASH_BITS);
}

static void add_four(const char *four)
{
	uint32_t bit = hash(four);

	table[bit / 64] |= UINT64_C(1) << (bit % 64);
}

void judge_filter_add(const char *trigger)
{
	char four[4];

	memcpy(four, trigger, 3);
	if (trigger[3]) {
		add_four(trigger);
		return;
	}
	for (four[3] = '0'; four[3] <= '9'; four[3]++)
		add_four(four);
}

bool judge_filter_hit(const char *bytes, size_t length)
{
	uint64_t hit = 0;

	for (size_t i = 0; i + 4 <= length; i++) {
		uint32_t bit = hash(bytes + i);

		hit |= table[bit / 64] >> (bit % 64);
	}
	return hit & 1;
}
