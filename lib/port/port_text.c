// SPDX-License-Identifier: GPL-2.0
/* port_text.c - contents of files, and what is known of the author's. */
#include "port_internal.h"

#define BINARY_TEST_BYTES 8000
#define LEAST_PREFIX	  4

void port_text_release(struct port_text *text)
{
	strbuf_release(&text->bytes);
	*text = (struct port_text){ 0 };
}

void port_text_seal(struct port_text *text)
{
	text->there = true;
	git_odb_hash(&text->id, strbuf_str(&text->bytes), text->bytes.len, GIT_OBJECT_BLOB);
}

ERR_CHECK port_text_read(git_repository *repo, const git_oid *id, struct port_text *text)
{
	GIT_BLOB blob = NULL;

	if (git_blob_lookup(&blob, repo, id) < 0)
		return repo_read_error(repo, "cannot read blob '%s'", git_oid_tostr_s(id));
	if ((uint64_t)git_blob_rawsize(blob) > LINES_MAX_TEXT)
		return err_input("blob '%s' is larger than %zu MiB", git_oid_tostr_s(id),
				 LINES_MAX_TEXT >> 20);
	strbuf_reset(&text->bytes);
	strbuf_add(&text->bytes, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	git_oid_cpy(&text->id, id);
	text->there = true;
	return NULL;
}

bool port_text_is_binary(const struct port_text *text)
{
	size_t length = text->bytes.len < BINARY_TEST_BYTES ? text->bytes.len : BINARY_TEST_BYTES;

	return length && memchr(text->bytes.buf, '\0', length);
}

bool port_id_has_prefix(const git_oid *id, const char *hex)
{
	size_t length = strlen(hex);

	return length >= LEAST_PREFIX && strncmp(git_oid_tostr_s(id), hex, length) == 0;
}

void port_originals_release(struct port_originals *originals)
{
	for (size_t i = 0; i < originals->count; i++) {
		free(originals->entries[i].path);
		port_text_release(&originals->entries[i].text);
	}
	free(originals->entries);
	port_index_release(&originals->index);
	*originals = (struct port_originals){ 0 };
}

static struct port_original *entry_for(const struct port_originals *originals, const char *path)
{
	size_t at;

	return port_index_find(&originals->index, path, &at) ? &originals->entries[at] : NULL;
}

void port_originals_set(struct port_originals *originals, const char *path,
			const struct port_text *text)
{
	struct port_original *entry = entry_for(originals, path);

	if (!entry) {
		if ((originals->count & (originals->count - 1)) == 0)
			originals->entries = xreallocarray(
				originals->entries, originals->count ? originals->count * 2 : 1,
				sizeof(*originals->entries));
		entry = &originals->entries[originals->count++];
		*entry = (struct port_original){ .path = xstrdup(path) };
		port_index_add(&originals->index, entry->path, originals->count - 1);
	}
	port_text_release(&entry->text);
	strbuf_add(&entry->text.bytes, text->bytes.buf, text->bytes.len);
	git_oid_cpy(&entry->text.id, &text->id);
	entry->text.mode = text->mode;
	entry->text.there = true;
}

const struct port_text *port_originals_find(const struct port_originals *originals,
					    const char *path, const char *hex)
{
	struct port_original *entry = entry_for(originals, path);

	if (!entry)
		return NULL;
	if (git_oid_is_zero(&entry->text.id))
		port_text_seal(&entry->text);
	return port_id_has_prefix(&entry->text.id, hex) ? &entry->text : NULL;
}
