// SPDX-License-Identifier: GPL-2.0
/*
 * port_binary.c - binary files: the data of a "GIT binary patch", decoded.
 *
 * libgit2 reads base 85 and applies deltas; zlib unpacks, into no more than what
 * the patch promises and the limits below allow. What comes out is what the index
 * line names, or it is refused: half a binary file is never carried.
 */
#include <git2/sys/mempack.h>
#include <zlib.h>

#include "port_internal.h"

#define MOST_BYTES ((size_t)64 << 20)  /* of one file */
#define MOST_TOTAL ((size_t)512 << 20) /* of all that one run decodes */
#define NAME	   "f"

/* What a section is in git's format of nothing, where libgit2 wants two of them. */
static const struct diff_data nothing = { "literal 0\nHcmV?d00001\n", 22, 0 };

/* A section as libgit2 reads it: still packed. Points into its diff. */
struct packed {
	git_diff_binary_t type;
	const char *bytes;
	size_t length;
	size_t unpacked_length;
};

static ERR_CHECK refuse(const struct port_job *job, const struct diff_data *data, const char *why)
{
	return err_input("patch %d: line %zu%s: %s", job->patch->number, data->line,
			 job->patch->diff_line ? "" : " of its diff", why);
}

static int note_packed(const git_diff_delta *delta, const git_diff_binary *binary, void *out)
{
	const git_diff_binary_file *file = &binary->new_file;

	(void)delta;
	*(struct packed *)out = (struct packed){ file->type, file->data, file->datalen,
						 file->inflatedlen };
	return 0;
}

/* A patch of a file "f" with these two sections. */
static ERR_CHECK read_sections(const struct port_job *job, const struct diff_data *first,
			       const struct diff_data *second, git_diff **diff,
			       struct packed *packed)
{
	STRBUF text = { 0 };

	strbuf_adds(&text, "diff --git a/" NAME " b/" NAME "\nindex 1111111..2222222 100644\n"
			   "GIT binary patch\n");
	strbuf_add(&text, first->text, first->length);
	strbuf_adds(&text, "\n");
	strbuf_add(&text, second->text, second->length);
	strbuf_adds(&text, "\n");
	if (git_diff_from_buffer(diff, text.buf, text.len) < 0 ||
	    git_diff_foreach(*diff, NULL, note_packed, NULL, NULL, packed) < 0)
		return refuse(job, first, "a binary patch that cannot be decoded");
	return NULL;
}

/* Unpacks to exactly the promised length. */
static ERR_CHECK unpack(struct port_job *job, const struct diff_data *data,
			const struct packed *packed, struct strbuf *out)
{
	uLongf length = packed->unpacked_length;

	if (packed->unpacked_length > MOST_BYTES ||
	    packed->unpacked_length > MOST_TOTAL - job->decoded)
		return refuse(job, data, "a binary patch that unpacks to too much");
	job->decoded += packed->unpacked_length;
	strbuf_grow(out, packed->unpacked_length);
	if (uncompress((Bytef *)out->buf, &length, (const Bytef *)packed->bytes, packed->length) !=
		    Z_OK ||
	    length != packed->unpacked_length)
		return refuse(job, data, "binary data that is not as long as it says");
	strbuf_setlen(out, packed->unpacked_length);
	return NULL;
}

/* A size in a delta's header: 7 bits a byte, lowest first (gitformat-pack(5)). */
static bool read_size(const struct strbuf *delta, size_t *at, size_t *size)
{
	*size = 0;
	for (unsigned shift = 0; shift < 42 && *at < delta->len; shift += 7) {
		unsigned char c = (unsigned char)delta->buf[(*at)++];

		*size |= (size_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

/* A few bytes of delta can make any amount: what it says it makes is looked at first. */
static ERR_CHECK check_delta(struct port_job *job, const struct diff_data *data,
			     const struct strbuf *delta)
{
	size_t from, to, at = 0;

	if (!read_size(delta, &at, &from) || !read_size(delta, &at, &to))
		return refuse(job, data, "a binary delta that cannot be read");
	if (from > MOST_BYTES || to > MOST_BYTES || to > MOST_TOTAL - job->decoded)
		return refuse(job, data, "a binary delta that makes too much");
	job->decoded += to;
	return NULL;
}

/* A repository in memory, for what libgit2 does with trees only. */
static ERR_CHECK open_scratch(git_repository **scratch)
{
	git_odb_backend *backend = NULL;
	GIT_ODB odb = NULL;

	if (git_odb_new(&odb) < 0 || git_mempack_new(&backend) < 0 ||
	    git_odb_add_backend(odb, backend, 1) < 0 || git_repository_wrap_odb(scratch, odb) < 0)
		return repo_error("cannot make a repository in memory");
	return NULL;
}

static void release_builder(git_treebuilder **builder)
{
	git_treebuilder_free(*builder);
}

static void release_index(git_index **index)
{
	git_index_free(*index);
}

/* The tree that has nothing but the file. */
static ERR_CHECK make_tree(git_repository *scratch, const struct port_text *text, git_tree **tree)
{
	CLEANUP(release_builder) git_treebuilder *builder = NULL;
	git_oid blob, id;

	if (git_blob_create_from_buffer(&blob, scratch, strbuf_str(&text->bytes), text->bytes.len) <
		    0 ||
	    git_treebuilder_new(&builder, scratch, NULL) < 0 ||
	    git_treebuilder_insert(NULL, builder, NAME, &blob, GIT_FILEMODE_BLOB) < 0 ||
	    git_treebuilder_write(&id, builder) < 0 || git_tree_lookup(tree, scratch, &id) < 0)
		return repo_error("cannot make a tree in memory");
	return NULL;
}

static ERR_CHECK apply_delta(git_diff *diff, const struct port_text *base, struct port_text *out)
{
	CLEANUP(release_index) git_index *index = NULL;
	const git_index_entry *entry;
	REPO scratch = NULL;
	GIT_TREE tree = NULL;

	TRY(open_scratch(&scratch));
	TRY(make_tree(scratch, base, &tree));
	/* for another base than this one: no result, and no error */
	if (git_apply_to_tree(&index, scratch, tree, diff, NULL) < 0)
		return NULL;
	entry = git_index_get_bypath(index, NAME, 0);
	return entry ? port_text_read(scratch, &entry->id, out) : NULL;
}

static ERR_CHECK check_section(struct port_job *job, const struct diff_data *data,
			       const struct packed *packed)
{
	STRBUF bytes = { 0 };

	TRY(unpack(job, data, packed, &bytes));
	return packed->type == GIT_DIFF_BINARY_DELTA ? check_delta(job, data, &bytes) : NULL;
}

static ERR_CHECK decode_delta(struct port_job *job, const struct diff_data *data,
			      const struct diff_data *back, const struct port_text *base,
			      struct port_text *out)
{
	struct packed forward = { 0 }, reverse = { 0 };
	GIT_DIFF checked = NULL;
	GIT_DIFF diff = NULL;

	if (!back->text)
		return refuse(job, data, "a binary delta without the way back");
	TRY(read_sections(job, data, back, &diff, &forward));
	TRY(check_section(job, data, &forward));
	/* libgit2 unpacks both, without a limit */
	TRY(read_sections(job, back, data, &checked, &reverse));
	TRY(check_section(job, back, &reverse));
	return base->there ? apply_delta(diff, base, out) : NULL;
}

/* What one direction makes: of `base`, when it is a delta. Nothing when that is not its base. */
static ERR_CHECK decode(struct port_job *job, const struct diff_data *data,
			const struct diff_data *back, const struct port_text *base,
			struct port_text *out)
{
	struct packed packed = { 0 };
	GIT_DIFF diff = NULL;

	if (!data->text)
		return NULL;
	TRY(read_sections(job, data, &nothing, &diff, &packed));
	if (packed.type == GIT_DIFF_BINARY_DELTA)
		return decode_delta(job, data, back, base, out);
	TRY(unpack(job, data, &packed, &out->bytes));
	port_text_seal(out);
	return NULL;
}

/* What was decoded is what the index line promises, or the patch is damaged. */
static ERR_CHECK check_id(const struct port_job *job, const struct diff_data *data,
			  const struct port_text *text, const char *id)
{
	if (text->there && *id && !port_id_has_prefix(&text->id, id))
		return refuse(job, data,
			      "binary data that does not make what the index line names");
	return NULL;
}

static ERR_CHECK decode_before(struct port_job *job, const struct diff_file *file,
			       struct port_source *source)
{
	TRY(decode(job, &file->reverse, &file->forward, &source->after, &source->before));
	return check_id(job, &file->reverse, &source->before, file->old_id);
}

static ERR_CHECK decode_after(struct port_job *job, const struct diff_file *file,
			      struct port_source *source)
{
	TRY(decode(job, &file->forward, &file->reverse, &source->before, &source->after));
	return check_id(job, &file->forward, &source->after, file->new_id);
}

ERR_CHECK port_binary_source(struct port_job *job, const struct patch *patch,
			     const struct diff_file *file, const struct port_text *target,
			     struct port_source *source)
{
	if (file->change == DIFF_ADD)
		port_text_seal(&source->before);
	else if (*file->old_id)
		TRY(port_find_before(job, patch, file, target, source));
	if (!source->before.there)
		source->from = PORT_FROM_NONE;
	if (file->change == DIFF_DELETE)
		return source->before.there ? NULL : decode_before(job, file, source);
	TRY(port_find_blob(job->repo, file->new_id, &source->after));
	if (!source->after.there)
		TRY(decode_after(job, file, source));
	if (source->before.there)
		return NULL;
	TRY(decode_before(job, file, source));
	if (source->before.there)
		source->from = PORT_FROM_INDEX;
	return NULL;
}
