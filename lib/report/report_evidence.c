// SPDX-License-Identifier: GPL-2.0
/*
 * report_evidence.c - the lines of a console log that prove a cell's state.
 *
 * Logs are hostile and may be gone, so a log that cannot be read is not an error: the
 * report says why its lines are missing. Nothing but the lines wanted is kept of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report_part.h"

#define READ_SIZE ((size_t)64 << 10)
#define MAX_LINES (REPORT_LINES_BEFORE + 1 + REPORT_LINES_AFTER)

void report_release_evidence(struct report_evidence *evidence)
{
	for (size_t i = 0; i < evidence->line_count; i++)
		free(evidence->lines[i].text);
	free(evidence->lines);
	free(evidence->missing);
	*evidence = (struct report_evidence){ 0 };
}

/* The first boot that was counted bad; else, for a cell that those without a result ended, the last
 * that failed. */
static const struct matrix_boot *find_boot(const struct matrix_cell *cell)
{
	for (size_t i = 0; i < cell->boot_count; i++)
		if (cell->boots[i].counted && cell->boots[i].verdict == VERDICT_BAD)
			return &cell->boots[i];
	if (cell->state != MATRIX_CELL_INFRA && cell->state != MATRIX_CELL_NO_RESULT)
		return NULL;
	for (size_t i = cell->boot_count; i-- > 0;)
		if (!cell->boots[i].counted)
			return &cell->boots[i];
	return NULL;
}

/* A log being read: which lines are wanted, and the one at hand. */
struct scan {
	uint64_t first, last; /* wanted; last is UINT64_MAX for the end of the log */
	uint64_t number;      /* of the line at hand */
	bool started;	      /* it has a byte */
	bool cut;
	struct strbuf line;
	struct report_evidence *evidence;
};

static void drop_oldest(struct report_evidence *evidence)
{
	free(evidence->lines[0].text);
	evidence->line_count--;
	memmove(evidence->lines, evidence->lines + 1,
		evidence->line_count * sizeof(*evidence->lines));
}

/* NULs go; a UTF-8 sequence that the limit cut in two shows as what it is. */
static char *line_text(const struct strbuf *line)
{
	STRBUF text = { 0 };
	size_t length = line->len;

	while (length && line->buf[length - 1] == '\r')
		length--;
	for (size_t i = 0; i < length; i++)
		if (line->buf[i])
			strbuf_addc(&text, line->buf[i]);
	return xstrdup(strbuf_str(&text));
}

static void end_line(struct scan *scan)
{
	struct report_evidence *evidence = scan->evidence;

	if (scan->number >= scan->first && scan->number <= scan->last) {
		if (evidence->line_count == MAX_LINES)
			drop_oldest(evidence);
		evidence->lines[evidence->line_count++] =
			(struct report_line){ scan->number, line_text(&scan->line), scan->cut };
	}
	strbuf_reset(&scan->line);
	scan->cut = false;
	scan->started = false;
	scan->number++;
}

static void add_to_line(struct scan *scan, const char *bytes, size_t length)
{
	size_t room = REPORT_MAX_LINE - scan->line.len;

	if (!length)
		return;
	scan->started = true;
	if (length > room)
		scan->cut = true;
	strbuf_add(&scan->line, bytes, length < room ? length : room);
}

static void feed(struct scan *scan, const char *bytes, size_t length)
{
	while (length) {
		const char *end = memchr(bytes, '\n', length);
		size_t step = end ? (size_t)(end - bytes) : length;

		add_to_line(scan, bytes, step);
		if (!end)
			return;
		end_line(scan);
		bytes += step + 1;
		length -= step + 1;
	}
}

/* Reads up to the last line wanted. What stops it early, or NULL; the caller frees it. */
static char *read_lines(int fd, struct scan *scan)
{
	OWNED_STR buffer = xmalloc(READ_SIZE);
	uint64_t total = 0;
	ssize_t got;

	while (scan->number <= scan->last && (got = read(fd, buffer, READ_SIZE)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return xasprintf("its log cannot be read: %s", strerror(errno));
		feed(scan, buffer, (size_t)got);
		total += (uint64_t)got;
		if (total >= REPORT_MAX_LOG)
			return xasprintf("its log is too long to be read for a report");
	}
	if (scan->started)
		end_line(scan);
	return NULL;
}

/* A plain file, never a pipe that would be waited for. */
static int open_log(const char *path, char **problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat status;

	*problem = NULL;
	if (fd < 0 && errno == ENOENT)
		*problem = xstrdup("its log is not there any more");
	else if (fd < 0)
		*problem = xasprintf("its log cannot be opened: %s", strerror(errno));
	else if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		*problem = xstrdup("its log is no file");
	return fd;
}

static char *read_log(const char *path, uint64_t cause, struct report_evidence *evidence)
{
	struct scan scan = { .first = 1, .last = UINT64_MAX, .number = 1, .evidence = evidence };
	OWNED_STR problem = NULL;
	OWNED_FD fd = open_log(path, &problem);

	if (problem)
		return TAKE_PTR(problem);
	if (cause) {
		scan.first = cause > REPORT_LINES_BEFORE ? cause - REPORT_LINES_BEFORE : 1;
		scan.last = cause + REPORT_LINES_AFTER;
	}
	problem = read_lines(fd, &scan);
	strbuf_release(&scan.line);
	if (problem || scan.number > cause)
		return TAKE_PTR(problem);
	return xasprintf("its log ends at line %llu", (unsigned long long)scan.number - 1);
}

void report_find_evidence(const struct workspace *workspace, const struct matrix_cell *cell,
			  struct report_evidence *evidence)
{
	OWNED_STR path = NULL;

	*evidence = (struct report_evidence){ .boot = find_boot(cell) };
	if (!evidence->boot)
		return;
	evidence->lines = xcalloc(MAX_LINES, sizeof(*evidence->lines));
	path = workspace_path(workspace, "%s", evidence->boot->log);
	evidence->missing = read_log(
		path, evidence->boot->has_cause ? evidence->boot->cause.line : 0, evidence);
}

void report_add_evidence_lines(const struct report_evidence *evidence, struct strbuf *out)
{
	const struct matrix_boot *boot = evidence->boot;

	for (size_t i = 0; i < evidence->line_count; i++) {
		const struct report_line *line = &evidence->lines[i];
		bool is_cause = boot->has_cause && line->number == boot->cause.line;

		strbuf_addf(out, "%c %6llu  ", is_cause ? '>' : ' ',
			    (unsigned long long)line->number);
		strbuf_add_printable(out, line->text, strlen(line->text));
		strbuf_adds(out, line->cut ? " ...\n" : "\n");
	}
	if (evidence->missing)
		strbuf_addf(out, "(%s)\n", evidence->missing);
}
