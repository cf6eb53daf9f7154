// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <search.h>

#include "base/progress.h"
#include "tree_archive.h"
#include "tree_pack.h"
#include "tree_path.h"
#include "tree_snapshot.h"

#define MAX_MAKEFILE ((uint64_t)1 << 20)
#define AUTHOR	     "farrier <farrier@localhost>"

/* A file of the tree to be; the tree comes last, when all blobs are written. */
struct change {
	const char *mode;
	char *path;
	size_t blob; /* number of its blob, from 1 */
};

struct writer {
	struct tree_archive *archive;
	struct tree_pack *pack;
	struct change **changes;
	size_t count, alloc, blobs;
	void *by_path; /* the last change of each path, see tsearch(3) */
	int64_t newest;
	/* The folder that all entries so far have in common; "" once they have none. */
	char *top;
	/* The Makefile of the tree, if nothing or if a folder is left away. */
	struct strbuf makefile[2];
};

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

static void keep(void *change)
{
	(void)change;
}

static void writer_release(struct writer *writer)
{
	tdestroy(writer->by_path, keep);
	for (size_t i = 0; i < writer->count; i++) {
		free(writer->changes[i]->path);
		free(writer->changes[i]);
	}
	free(writer->changes);
	free(writer->top);
	strbuf_release(&writer->makefile[0]);
	strbuf_release(&writer->makefile[1]);
	tree_pack_release(&writer->pack);
	tree_archive_release(&writer->archive);
}

static ERR_CHECK say(struct writer *writer, const char *format, ...) PRINTF(2, 3);

static ERR_CHECK say(struct writer *writer, const char *format, ...)
{
	STRBUF text = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&text, format, args);
	va_end(args);
	return tree_pack_write(writer->pack, strbuf_str(&text), text.len);
}

static void add_change(struct writer *writer, const char *path, const char *mode, size_t blob)
{
	struct change *change = xmalloc(sizeof(*change));
	struct change **known;

	*change = (struct change){ .mode = mode, .path = xstrdup(path), .blob = blob };
	if (writer->count == writer->alloc) {
		writer->alloc = writer->alloc ? writer->alloc * 2 : 1024;
		writer->changes = xreallocarray(writer->changes, writer->alloc,
						sizeof(*writer->changes));
	}
	writer->changes[writer->count++] = change;
	known = tsearch(change, &writer->by_path, compare_paths);
	if (!known)
		abort();
	*known = change;
}

static ERR_CHECK copy_change(struct writer *writer, const struct tree_entry *entry)
{
	struct change wanted = { .path = (char *)(uintptr_t)entry->target };
	struct change **known = tfind(&wanted, &writer->by_path, compare_paths);

	if (!known)
		return err_input("'%s' is a hard link to '%s', which is not there", entry->path,
				 entry->target);
	add_change(writer, entry->path, (*known)->mode, (*known)->blob);
	return NULL;
}

/* Where to keep a Makefile that may be the topmost, or NULL. */
static struct strbuf *makefile_of(struct writer *writer, const struct tree_entry *entry)
{
	const char *slash = strchr(entry->path, '/');
	const char *name = slash ? slash + 1 : entry->path;

	if (!str_equal(name, "Makefile") || entry->size > MAX_MAKEFILE)
		return NULL;
	strbuf_reset(&writer->makefile[slash ? 1 : 0]);
	return &writer->makefile[slash ? 1 : 0];
}

static ERR_CHECK write_file(struct writer *writer, const struct tree_entry *entry)
{
	struct strbuf *makefile = makefile_of(writer, entry);

	TRY(say(writer, "blob\nmark :%zu\ndata %" PRIu64 "\n", ++writer->blobs, entry->size));
	for (;;) {
		const void *bytes;
		size_t length;

		TRY(tree_archive_read(writer->archive, &bytes, &length));
		if (!length)
			break;
		if (makefile)
			strbuf_add(makefile, bytes, length);
		TRY(tree_pack_write(writer->pack, bytes, length));
	}
	add_change(writer, entry->path, entry->executable ? "100755" : "100644", writer->blobs);
	return tree_pack_write(writer->pack, "\n", 1);
}

static ERR_CHECK write_link(struct writer *writer, const struct tree_entry *entry)
{
	TRY(say(writer, "blob\nmark :%zu\ndata %zu\n%s\n", ++writer->blobs, strlen(entry->target),
		entry->target));
	add_change(writer, entry->path, "120000", writer->blobs);
	return NULL;
}

static ERR_CHECK write_entry(struct writer *writer, const struct tree_entry *entry)
{
	switch (entry->kind) {
	case TREE_ENTRY_FILE:
		return write_file(writer, entry);
	case TREE_ENTRY_LINK:
		return write_link(writer, entry);
	case TREE_ENTRY_COPY:
		return copy_change(writer, entry);
	default:
		return NULL;
	}
}

static void note_top(struct writer *writer, const struct tree_entry *entry)
{
	size_t length = strcspn(entry->path, "/");
	bool inside = entry->path[length] == '/' || entry->kind == TREE_ENTRY_FOLDER;

	if (!writer->top)
		writer->top = xstrndup(entry->path, length);
	if (!inside || strlen(writer->top) != length ||
	    strncmp(writer->top, entry->path, length) != 0)
		*writer->top = '\0';
}

static ERR_CHECK write_entries(struct writer *writer, struct progress *step)
{
	struct tree_entry entry;

	for (;;) {
		TRY(tree_archive_next(writer->archive, &entry));
		if (entry.kind == TREE_ENTRY_END)
			return NULL;
		if (entry.mtime > writer->newest)
			writer->newest = entry.mtime;
		if (!*entry.path)
			continue;
		note_top(writer, &entry);
		TRY(write_entry(writer, &entry));
		progress_update(step, "%d %%", tree_archive_percent(writer->archive));
	}
}

static void describe(const struct writer *writer, const struct tree_snapshot *snapshot,
		     struct strbuf *message)
{
	OWNED_STR version = repo_makefile_version(
		strbuf_str(&writer->makefile[*writer->top ? 1 : 0]));
	STRBUF label = { 0 };

	if (!*version)
		progress_warn("'%s' is no kernel: its Makefile names no version", snapshot->path);
	strbuf_add_printable(&label, snapshot->label, strlen(snapshot->label));
	strbuf_addf(message,
		    "linux %s%ssnapshot\n\n"
		    "The files of a package or a tarball as one commit, made by 'farrier tree\n"
		    "import'. It is no upstream commit, and its id means nothing to "
		    "others.\n\n" REPO_SNAPSHOT_TRAILER ": %s\n" TREE_SOURCE_TRAILER ": %s\n",
		    version, *version ? " " : "", strbuf_str(&label), snapshot->id);
}

static const char *without_top(const struct writer *writer, const char *path)
{
	return *writer->top ? path + strlen(writer->top) + 1 : path;
}

static ERR_CHECK write_change(struct writer *writer, const struct change *change)
{
	STRBUF line = { 0 };

	strbuf_addf(&line, "M %s :%zu ", change->mode, change->blob);
	tree_path_quote(&line, without_top(writer, change->path));
	strbuf_addc(&line, '\n');
	return tree_pack_write(writer->pack, line.buf, line.len);
}

static ERR_CHECK write_commit(struct writer *writer, const struct tree_snapshot *snapshot)
{
	STRBUF message = { 0 };

	if (!writer->count)
		return err_input("'%s' holds no files", snapshot->path);
	describe(writer, snapshot, &message);
	TRY(say(writer,
		"commit " TREE_QUARANTINE_REF "\n"
		"author " AUTHOR " %" PRId64 " +0000\n"
		"committer " AUTHOR " %" PRId64 " +0000\n"
		"data %zu\n",
		writer->newest, writer->newest, message.len));
	TRY(tree_pack_write(writer->pack, message.buf, message.len));
	for (size_t i = 0; i < writer->count; i++)
		TRY(write_change(writer, writer->changes[i]));
	return tree_pack_finish(writer->pack);
}

ERR_CHECK tree_snapshot_write(git_repository *repo, const struct tree_snapshot *snapshot,
			      git_oid *commit)
{
	TREE_QUARANTINE quarantine = { 0 };
	CLEANUP(writer_release) struct writer writer = { 0 };
	CLEANUP(progress_drop) struct progress *step = NULL;

	TRY(tree_archive_open(snapshot->path, &writer.archive));
	TRY(tree_quarantine_open(repo, &quarantine));
	TRY(tree_pack_begin(&quarantine, &writer.pack));
	step = progress_begin(0, "importing %s", snapshot->label);
	TRY(write_entries(&writer, step));
	TRY(write_commit(&writer, snapshot));
	TRY(tree_quarantine_commit(&quarantine, commit));
	TRY(tree_quarantine_publish(&quarantine));
	progress_end(TAKE_PTR(step), "%zu file%s", writer.count, writer.count == 1 ? "" : "s");
	return NULL;
}
