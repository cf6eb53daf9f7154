// SPDX-License-Identifier: GPL-2.0
/*
 * port_preimage.c - what a file was when the patch was made.
 *
 * An ancestor is never made up: it is a blob that the patch names, or one whose
 * hash proves that it is.
 */
#include "port_internal.h"

void port_source_release(struct port_source *source)
{
	port_text_release(&source->before);
	port_text_release(&source->after);
	source->from = PORT_FROM_NONE;
}

static void copy_text(struct port_text *to, const struct port_text *from)
{
	port_text_release(to);
	strbuf_add(&to->bytes, from->bytes.buf, from->bytes.len);
	git_oid_cpy(&to->id, &from->id);
	to->mode = from->mode;
	to->there = from->there;
}

/* The blob whose id begins with `hex`. An id that several objects share is none. */
static ERR_CHECK read_by_prefix(git_repository *repo, const char *hex, struct port_text *text,
				bool *ambiguous)
{
	GIT_ODB odb = NULL;
	git_object_t type;
	git_oid prefix, id;
	size_t size;
	int result;

	*ambiguous = false;
	if (strlen(hex) < GIT_OID_MINPREFIXLEN || strspn(hex, "0") == strlen(hex))
		return NULL;
	if (git_repository_odb(&odb, repo) < 0)
		return repo_error("cannot open the object database");
	git_oid_fromstrn(&prefix, hex, strlen(hex));
	result = git_odb_exists_prefix(&id, odb, &prefix, strlen(hex));
	*ambiguous = result == GIT_EAMBIGUOUS;
	if (result == GIT_ENOTFOUND || result == GIT_EAMBIGUOUS)
		return NULL;
	if (result < 0 || git_odb_read_header(&size, &type, odb, &id) < 0)
		return repo_error("cannot look for object '%s'", hex);
	return type == GIT_OBJECT_BLOB ? port_text_read(repo, &id, text) : NULL;
}

ERR_CHECK port_find_blob(git_repository *repo, const char *hex, struct port_text *text)
{
	bool ambiguous;

	return read_by_prefix(repo, hex, text, &ambiguous);
}

/* The patch's own result. */
static void find_after(const struct diff_file *file, struct port_source *source)
{
	/* its id, which few ask for, takes longer than the rest of this: port_originals_find() */
	source->after.there = port_apply_exactly(file, &source->before, &source->after.bytes);
}

/* The other way round: the result is there, and taking the hunks back proves what was before. */
static ERR_CHECK find_by_result(const struct port_job *job, const struct diff_file *file,
				struct port_source *source)
{
	bool ambiguous;

	TRY(read_by_prefix(job->repo, file->new_id, &source->after, &ambiguous));
	if (!source->after.there ||
	    !port_revert_exactly(file, &source->after, &source->before.bytes))
		return NULL;
	port_text_seal(&source->before);
	if (port_id_has_prefix(&source->before.id, file->old_id))
		source->from = PORT_FROM_INDEX;
	return NULL;
}

ERR_CHECK port_find_before(struct port_job *job, const struct patch *patch,
			   const struct diff_file *file, const struct port_text *target,
			   struct port_source *source)
{
	const struct port_text *previous;
	bool ambiguous = false;

	previous = port_originals_find(&job->originals, file->old_path, file->old_id);
	if (previous && git_oid_is_zero(&patch->commit)) {
		copy_text(&source->before, previous);
		source->from = PORT_FROM_PREVIOUS;
		return NULL;
	}
	source->from = git_oid_is_zero(&patch->commit) ? PORT_FROM_INDEX : PORT_FROM_COMMIT;
	if (target->there && port_id_has_prefix(&target->id, file->old_id)) {
		copy_text(&source->before, target);
		return NULL;
	}
	TRY(read_by_prefix(job->repo, file->old_id, &source->before, &ambiguous));
	if (!ambiguous)
		return NULL;
	source->from = PORT_FROM_HISTORY;
	return port_find_named(job, file, &source->before);
}

ERR_CHECK port_find_source(struct port_job *job, const struct patch *patch,
			   const struct diff_file *file, const struct port_text *target,
			   struct port_source *source)
{
	*source = (struct port_source){ .from = PORT_FROM_NONE };
	if (file->binary)
		return port_binary_source(job, patch, file, target, source);
	if (!*file->old_id)
		return NULL;
	TRY(port_find_before(job, patch, file, target, source));
	if (source->before.there)
		find_after(file, source);
	if (source->before.there && source->after.there)
		return NULL;
	port_source_release(source);
	if (!file->hunk_count)
		return NULL;
	TRY(find_by_result(job, file, source));
	if (source->from != PORT_FROM_NONE)
		return NULL;
	port_source_release(source);
	return port_find_earlier(job, file, source);
}
