// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/progress.h"
#include "bisect_log.h"
#include "core/file.h"

#define MOST_BYTES ((size_t)256 << 20)

static char *line_of(const json_t *event)
{
	OWNED_STR text = store_canonical(event);

	return xasprintf("%s\n", text);
}

ERR_CHECK bisect_log_create(const char *path, const json_t *start)
{
	OWNED_STR line = line_of(start);

	return file_write(path, line, strlen(line));
}

static void take_line(const char *line, size_t length, json_t *events, int *bad)
{
	json_t *event = json_loadb(line, length, 0, NULL);

	if (json_is_object(event))
		json_array_append_new(events, event);
	else
		++*bad, json_decref(event);
}

ERR_CHECK bisect_log_read(const char *path, json_t **events)
{
	OWNED_JSON *list = json_array();
	STRBUF text = { 0 };
	int bad = 0;

	TRY(file_read(path, MOST_BYTES, &text));
	for (size_t at = 0; at < text.len;) {
		const char *end = memchr(text.buf + at, '\n', text.len - at);

		/* without its end: cut off */
		if (!end)
			break;
		take_line(text.buf + at, (size_t)(end - text.buf) - at, list, &bad);
		at = (size_t)(end - text.buf) + 1;
	}
	if (bad)
		progress_detail("'%s': %d lines that were cut off", path, bad);
	*events = TAKE_PTR(list);
	return NULL;
}

/* Behind a line that was cut off, on one of its own. */
static ERR_CHECK end_last_line(int fd, const char *path)
{
	char last = '\n';
	off_t length = lseek(fd, 0, SEEK_END);

	if (length < 0 || (length > 0 && pread(fd, &last, 1, length - 1) != 1))
		return err_errno("cannot read '%s'", path);
	return last == '\n' ? NULL : file_write_fd(fd, path, "\n", 1);
}

ERR_CHECK bisect_log_append(const char *path, const json_t *event)
{
	OWNED_FD fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	OWNED_STR line = line_of(event);

	if (fd < 0)
		return err_errno("cannot open '%s'", path);
	TRY(end_last_line(fd, path));
	TRY(file_write_fd(fd, path, line, strlen(line)));
	if (fdatasync(fd) < 0)
		return err_errno("cannot write '%s'", path);
	return NULL;
}
