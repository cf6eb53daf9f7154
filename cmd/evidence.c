// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "evidence.h"

/* 1234567 as "1,234,567". */
static void add_grouped(struct strbuf *sb, json_int_t number)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%lld", (long long)number);

	for (int i = 0; i < length; i++) {
		strbuf_addc(sb, digits[i]);
		if ((length - i - 1) % 3 == 0 && i + 1 < length && digits[i] != '-')
			strbuf_addc(sb, ',');
	}
}

void evidence_add_counters(struct strbuf *text, const json_t *counters)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)counters, name, value) {
		if (text->len)
			strbuf_adds(text, ", ");
		add_grouped(text, json_integer_value(value));
		strbuf_addf(text, " %s", name);
	}
}

/* The words of a console line: without printk's "[   12.345678][    T1] ". */
static const char *without_stamp(const char *line)
{
	while (*line == '[' && strchr(line, ']')) {
		line = strchr(line, ']') + 1;
		line += strspn(line, " ");
	}
	return line;
}

/* What fits beside the other columns; --json has the whole line. */
#define MAX_EVIDENCE 60

void evidence_add_line(struct strbuf *text, const char *line, int boot, int number)
{
	const char *words = without_stamp(line);
	bool cut = strlen(words) > MAX_EVIDENCE;

	strbuf_addf(text, "%.*s%s (boot %d, line %d)", MAX_EVIDENCE, words, cut ? " ..." : "", boot,
		    number);
}
