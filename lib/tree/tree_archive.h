/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_archive.h - reads the tarball of a kernel, or the one in a Debian package.
 *
 * A package is an ar archive with a data.tar in which a usr/src/linux-source-V.tar
 * stands, each compressed (deb(5)). The readers are nested: nothing is
 * unpacked to disk, and no more than a block of each is in memory.
 * What kind of file it is, is told by its content, not by its name.
 */
#ifndef FARRIER_TREE_ARCHIVE_H
#define FARRIER_TREE_ARCHIVE_H

#include "base/err.h"
#include "base/strbuf.h"

enum tree_entry_kind {
	TREE_ENTRY_FILE,
	TREE_ENTRY_LINK, /* symbolic */
	TREE_ENTRY_COPY, /* a hard link to an earlier entry */
	TREE_ENTRY_FOLDER,
	TREE_ENTRY_END, /* no entry: the archive is over */
};

struct tree_entry {
	enum tree_entry_kind kind;
	const char *path;   /* clean, see tree_path.h; valid until the next entry */
	const char *target; /* LINK: as it is; COPY: the clean path of the original */
	bool executable;    /* FILE: by its owner, as git counts it */
	uint64_t size;	    /* FILE: bytes */
	int64_t mtime;	    /* seconds since 1970 */
};

struct tree_archive;

/*
 * Opens a file. ERR_INPUT when it is not there, no archive, or a package without kernel
 * sources; ERR_ENV when there is no libarchive.
 */
ERR_CHECK tree_archive_open(const char *path, struct tree_archive **archive) MUST_USE;
void tree_archive_release(struct tree_archive **archive);
#define TREE_ARCHIVE CLEANUP(tree_archive_release) struct tree_archive *

/*
 * The next entry. ERR_INPUT for one that has no place in a kernel's tree (a
 * device, a path that leads out), for a damaged archive, and past the limits:
 * 2 GiB a file, 16 GiB and 2 million entries altogether.
 */
ERR_CHECK tree_archive_next(struct tree_archive *archive, struct tree_entry *entry) MUST_USE;

/* The next piece of a FILE's content; *length is 0 at its end, after exactly `size` bytes. */
ERR_CHECK tree_archive_read(struct tree_archive *archive, const void **bytes,
			    size_t *length) MUST_USE;

/* How much of the file on disk was read, in percent. */
int tree_archive_percent(const struct tree_archive *archive);

/*
 * "sha256:" and the 64 hex digits of the tarball, the one inside if it is a
 * package: the same for a package that is installed and one that is not.
 * The caller frees it.
 */
ERR_CHECK tree_archive_id(const char *path, char **id) MUST_USE;

#endif
