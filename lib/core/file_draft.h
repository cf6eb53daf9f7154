/* SPDX-License-Identifier: GPL-2.0 */
/* file_draft.h - a file that is written in pieces, and appears whole or not at all. */
#ifndef FARRIER_FILE_DRAFT_H
#define FARRIER_FILE_DRAFT_H

#include "base/err.h"

struct file_draft {
	char *path, *temporary;
	int fd;
};

#define FILE_DRAFT CLEANUP(file_draft_release) struct file_draft
#define FILE_DRAFT_NONE  \
	{                \
		.fd = -1 \
	}

/* Makes parent folders. */
ERR_CHECK file_draft_open(const char *path, struct file_draft *draft) MUST_USE;
ERR_CHECK file_draft_add(struct file_draft *draft, const void *bytes, size_t length) MUST_USE;
/* Takes the place of what was there. */
ERR_CHECK file_draft_place(struct file_draft *draft) MUST_USE;
/* The same once it is on the disk. */
ERR_CHECK file_draft_keep(struct file_draft *draft) MUST_USE;
/* What was not kept is gone. */
void file_draft_release(struct file_draft *draft);

#endif
