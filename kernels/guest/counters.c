// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "line.h"

/* 256 CPUs print about 3 kB a row. */
static char table[256 * 1024];

static bool is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return len > 0 && len < COUNTERS_NAME;
}

const char *counters_select(struct counters *counters, const char *list)
{
	size_t len;

	counters->rows = 0;
	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if (!is_name(list, len) || counters->rows == COUNTERS_ROWS)
			return "not a list of up to 16 row names";
		memcpy(counters->name[counters->rows], list, len);
		counters->name[counters->rows++][len] = '\0';
		if (!list[len])
			return NULL;
	}
}

static const char *load(const char *path)
{
	size_t len = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return strerror(errno);
	do {
		n = read(fd, table + len, sizeof(table) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < sizeof(table) - 1);
	close(fd);
	table[len] = '\0';

	if (n < 0)
		return strerror(errno);
	return len < sizeof(table) - 1 ? NULL : "too large";
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static unsigned int count_cpus(void)
{
	const char *s = skip_blanks(table);
	unsigned int cpus = 0;

	while (!strncmp(s, "CPU", 3) && isdigit((unsigned char)s[3])) {
		s = skip_blanks(s + 3 + strspn(s + 3, "0123456789"));
		cpus++;
	}
	return *s == '\n' ? cpus : 0;
}

/* What follows "NAME:", or NULL. */
static const char *find_row(const char *name)
{
	size_t len = strlen(name);

	for (const char *s = strchr(table, '\n'); s; s = strchr(s, '\n')) {
		s = skip_blanks(s + 1);
		if (!strncmp(s, name, len) && s[len] == ':')
			return s + len + 1;
	}
	return NULL;
}

/* Numbers are copied as text: no counter is too wide for the guest. */
static bool add_numbers(struct line *line, const char *s, unsigned int max)
{
	unsigned int n;

	for (n = 0; n < max; n++) {
		int len;

		s = skip_blanks(s);
		len = (int)strspn(s, "0123456789");
		if (!len || (s[len] && !isspace((unsigned char)s[len])))
			break;
		line_add(line, " %.*s", len, s);
		s += len;
	}
	return n > 0;
}

static const char *say_row(const char *name, const char *when, unsigned int cpus)
{
	const char *row = find_row(name);
	struct line line;

	line.len = 0;
	line_add(&line, GUEST_COMMENT "counter %s %s", when, name);
	if (!row)
		line_add(&line, " absent");
	else if (!add_numbers(&line, row, cpus))
		return "a row without numbers";
	line_write(&line);
	return NULL;
}

const char *counters_say(const struct counters *counters, const char *when)
{
	const char *why;
	unsigned int cpus;

	if (!counters->rows)
		return NULL;
	why = load(counters->path);
	if (why)
		return why;
	cpus = count_cpus();
	if (!cpus)
		return "does not begin with the CPUs";
	for (unsigned int i = 0; i < counters->rows && !why; i++)
		why = say_row(counters->name[i], when, cpus);
	return why;
}
