// SPDX-License-Identifier: GPL-2.0
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

#include "judge_regex.h"

/* A pattern that does not compile is a mistake in this program, found by the first test. */
static void compile(struct judge_regex *regex)
{
	uint32_t options = regex->anchored ? PCRE2_ANCHORED : 0;
	PCRE2_SIZE offset;
	int error;

	regex->code = pcre2_compile((PCRE2_SPTR)regex->pattern, PCRE2_ZERO_TERMINATED, options,
				    &error, &offset, NULL);
	if (!regex->code) {
		fprintf(stderr, "farrier: pattern, offset %zu: error %d\n", offset, error);
		abort();
	}
	/* Without JIT support pcre2_match() interprets. */
	pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
	regex->match = pcre2_match_data_create_from_pattern(regex->code, NULL);
	if (!regex->match)
		abort();
}

static long group_number(const char *text, const PCRE2_SIZE *ovector, int groups, int group)
{
	long number = 0;

	if (group >= groups || ovector[2 * group] == PCRE2_UNSET)
		return -1;
	for (PCRE2_SIZE i = ovector[2 * group]; i < ovector[2 * group + 1]; i++) {
		if (text[i] < '0' || text[i] > '9' || number > 99999)
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

bool judge_regex_find(struct judge_regex *regex, const char *text, size_t length, size_t offset,
		      struct judge_match *match)
{
	const PCRE2_SIZE *ovector;
	PCRE2_SPTR mark;
	int groups;

	if (!regex->code)
		compile(regex);
	groups = pcre2_match(regex->code, (PCRE2_SPTR)text, length, offset, 0, regex->match, NULL);
	if (groups < 0)
		return false;
	ovector = pcre2_get_ovector_pointer(regex->match);
	mark = pcre2_get_mark(regex->match);
	match->start = ovector[0];
	match->end = ovector[1];
	match->mark = mark ? atoi((const char *)mark) : -1;
	for (int i = 0; i < (int)ARRAY_SIZE(match->numbers); i++)
		match->numbers[i] = group_number(text, ovector, groups, i + 1);
	return true;
}
