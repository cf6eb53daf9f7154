/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dynamic_archive.h - libarchive, loaded when an archive is read or written.
 *
 * With it come 11 libraries; ICU's 30 MB, for libxml2, are among them: 3 ms. See dynamic.h.
 */
#ifndef FARRIER_DYNAMIC_ARCHIVE_H
#define FARRIER_DYNAMIC_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "dynamic.h"

/* What of libarchive is used, one function a line. */
#define DYNAMIC_ARCHIVE_FUNCTIONS(X)          \
	X(archive_entry_filetype)             \
	X(archive_entry_free)                 \
	X(archive_entry_hardlink)             \
	X(archive_entry_mtime)                \
	X(archive_entry_new)                  \
	X(archive_entry_pathname)             \
	X(archive_entry_perm)                 \
	X(archive_entry_set_filetype)         \
	X(archive_entry_set_gid)              \
	X(archive_entry_set_ino64)            \
	X(archive_entry_set_mode)             \
	X(archive_entry_set_mtime)            \
	X(archive_entry_set_nlink)            \
	X(archive_entry_set_pathname)         \
	X(archive_entry_set_rdev)             \
	X(archive_entry_set_size)             \
	X(archive_entry_set_uid)              \
	X(archive_entry_size)                 \
	X(archive_entry_symlink)              \
	X(archive_errno)                      \
	X(archive_error_string)               \
	X(archive_filter_bytes)               \
	X(archive_format)                     \
	X(archive_read_data)                  \
	X(archive_read_data_block)            \
	X(archive_read_free)                  \
	X(archive_read_new)                   \
	X(archive_read_next_header)           \
	X(archive_read_open)                  \
	X(archive_read_open_fd)               \
	X(archive_read_open_memory)           \
	X(archive_read_support_filter_bzip2)  \
	X(archive_read_support_filter_gzip)   \
	X(archive_read_support_filter_lzma)   \
	X(archive_read_support_filter_xz)     \
	X(archive_read_support_filter_zstd)   \
	X(archive_read_support_format_ar)     \
	X(archive_read_support_format_raw)    \
	X(archive_read_support_format_tar)    \
	X(archive_set_error)                  \
	X(archive_write_close)                \
	X(archive_write_data)                 \
	X(archive_write_free)                 \
	X(archive_write_header)               \
	X(archive_write_new)                  \
	X(archive_write_open)                 \
	X(archive_write_open_filename)        \
	X(archive_write_set_format_cpio_newc) \
	X(archive_write_set_format_mtree)     \
	X(archive_write_set_options)

DYNAMIC_ARCHIVE_FUNCTIONS(DYNAMIC_DECLARE)

/* Before the first sym_archive_...; see dynamic_load(). */
ERR_CHECK dynamic_archive_load(void) MUST_USE;

#endif
