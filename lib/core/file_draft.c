// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "file_draft.h"

ERR_CHECK file_draft_open(const char *path, struct file_draft *draft)
{
	OWNED_STR folder = file_dir_name(path);

	draft->path = xstrdup(path);
	draft->temporary = xasprintf("%s.tmp-XXXXXX", path);
	TRY(file_mkdirs(folder));
	draft->fd = mkostemp(draft->temporary, O_CLOEXEC);
	return draft->fd < 0 ? err_errno("cannot create a file in '%s'", folder) : NULL;
}

ERR_CHECK file_draft_add(struct file_draft *draft, const void *bytes, size_t length)
{
	return file_write_fd(draft->fd, draft->path, bytes, length);
}

/* A folder of another host's may tell of a full disk as late as here. */
static ERR_CHECK close_draft(struct file_draft *draft)
{
	int fd = draft->fd;

	draft->fd = -1;
	if (close(fd) < 0 && errno != EINTR) {
		unlink(draft->temporary);
		return err_errno("cannot write '%s'", draft->path);
	}
	return NULL;
}

ERR_CHECK file_draft_place(struct file_draft *draft)
{
	if (fchmod(draft->fd, 0644) < 0)
		return err_errno("cannot write '%s'", draft->path);
	TRY(close_draft(draft));
	if (rename(draft->temporary, draft->path) == 0)
		return NULL;
	unlink(draft->temporary);
	return err_errno("cannot rename '%s' to '%s'", draft->temporary, draft->path);
}

ERR_CHECK file_draft_keep(struct file_draft *draft)
{
	if (fsync(draft->fd) < 0)
		return err_errno("cannot write '%s'", draft->path);
	return file_draft_place(draft);
}

void file_draft_release(struct file_draft *draft)
{
	if (draft->fd >= 0)
		unlink(draft->temporary);
	close_fd(&draft->fd);
	free(draft->path);
	free(draft->temporary);
}
