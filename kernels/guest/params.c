// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "params.h"

#define PREFIX "farrier."

/* Each setter returns NULL, or what the value should have been. */
struct param {
	const char *name;
	const char *(*set)(struct params *params, const char *value);
};

static bool number(const char *value, unsigned int max, unsigned int *result)
{
	unsigned int n = 0;

	if (!*value)
		return false;
	for (; *value; value++) {
		if (!isdigit((unsigned char)*value))
			return false;
		n = n * 10 + (unsigned int)(*value - '0');
		if (n > max)
			return false;
	}
	*result = n;
	return n > 0;
}

static const char *set_test(struct params *params, const char *value)
{
	params->storm = !strcmp(value, "storm");
	return params->storm || !strcmp(value, "none") ? NULL : "not storm or none";
}

static const char *set_seconds(struct params *params, const char *value)
{
	return number(value, 86400, &params->seconds) ? NULL : "not a number from 1 to 86400";
}

static const char *set_threads(struct params *params, const char *value)
{
	return number(value, 16, &params->threads) ? NULL : "not a number from 1 to 16";
}

static const char *set_counters(struct params *params, const char *value)
{
	return counters_select(&params->counters, value);
}

static const char *set_interrupts(struct params *params, const char *value)
{
	params->counters.path = value;
	return *value ? NULL : "not a file name";
}

static const struct param table[] = {
	{ "test", set_test },
	{ "seconds", set_seconds },
	{ "threads", set_threads },
	{ "counters", set_counters },
	{ NULL, NULL },
};

/* Only for a run by hand: the kernel's counters are where the kernel puts them. */
static const struct param args_table[] = {
	{ "interrupts", set_interrupts },
	{ NULL, NULL },
};

static const struct param *find(const struct param *param, const char *word, size_t len)
{
	for (; param->name; param++)
		if (strlen(param->name) == len && !memcmp(param->name, word, len))
			return param;
	return NULL;
}

static const char *set(struct params *params, const char *word, bool by_hand)
{
	size_t len = strcspn(word, "=");
	const struct param *param = find(table, word, len);

	if (!param && by_hand)
		param = find(args_table, word, len);
	if (!param)
		return "unknown parameter";
	return word[len] ? param->set(params, word + len + 1) : "no value";
}

static bool refuse(struct params_error *error, const char *word, const char *why)
{
	snprintf(error->text, sizeof(error->text), "%.150s: %s", word, why);
	return false;
}

void params_default(struct params *params)
{
	*params = (struct params){ .storm = true, .seconds = 10, .threads = 2 };
	params->counters.path = "/proc/interrupts";
}

bool params_from_cmdline(struct params *params, char *cmdline, struct params_error *error)
{
	const char *why;
	char *save;

	for (char *word = strtok_r(cmdline, " \t\n", &save); word;
	     word = strtok_r(NULL, " \t\n", &save)) {
		if (strncmp(word, PREFIX, strlen(PREFIX)))
			continue;
		why = set(params, word + strlen(PREFIX), false);
		if (why)
			return refuse(error, word, why);
	}
	return true;
}

bool params_from_args(struct params *params, char **args, struct params_error *error)
{
	const char *why;

	for (; *args; args++) {
		why = set(params, *args, true);
		if (why)
			return refuse(error, *args, why);
	}
	return true;
}
