// SPDX-License-Identifier: GPL-2.0
/*
 * mail_index.c - which mails of an inbox are one thread.
 *
 * Message-IDs are kept as hashes: a hundred thousand mails are a few megabytes.
 * Two that collide put a mail too many into the thread, and mail_thread(), which
 * compares the texts, puts it out again.
 */
#include <ctype.h>

#include "mail_inbox.h"

#define LINKS_MAX 50 /* of a mail that are kept */

struct mail_index_entry {
	git_oid blob;
	uint64_t id;	/* hash of the Message-ID, never 0 */
	uint64_t title; /* hash of sender and title when it can be a posting's first; or 0 */
	size_t link;	/* its first one in `links` */
	unsigned short link_count;
};

void mail_release_index(struct mail_index *index)
{
	free(index->entries);
	free(index->links);
	free(index->deleted);
	*index = (struct mail_index){ 0 };
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_more(uint64_t hash, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ULL;
	return hash ? hash : 1;
}

static uint64_t hash_of(const char *text, size_t length)
{
	return hash_more(0xcbf29ce484222325ULL, text, length);
}

/* The text between the first '<' and the next '>' behind `text`; NULL when there is none. */
static const char *next_id(const char *text, size_t *length)
{
	const char *open = text ? strchr(text, '<') : NULL;
	const char *close = open ? strchr(open, '>') : NULL;

	if (!close)
		return NULL;
	*length = (size_t)(close - open) - 1;
	return open + 1;
}

static void add_link(struct mail_index *index, struct mail_index_entry *entry, uint64_t link)
{
	if (entry->link_count == LINKS_MAX)
		return;
	if (index->link_count == index->link_alloc) {
		index->link_alloc = index->link_alloc * 2 + 1024;
		index->links = xreallocarray(index->links, index->link_alloc,
					     sizeof(*index->links));
	}
	index->links[index->link_count++] = link;
	entry->link_count++;
}

static void add_links(struct mail_index *index, struct mail_index_entry *entry, const char *text,
		      size_t length, const char *name)
{
	OWNED_STR header = mail_header(text, length, name);
	const char *id = header;
	size_t id_length;

	while ((id = next_id(id, &id_length))) {
		add_link(index, entry, hash_of(id, id_length));
		id += id_length;
	}
}

/* Sender and title of a cover letter or a first patch: what its newer versions have, too. */
static uint64_t title_of(const char *text, size_t length)
{
	OWNED_STR subject = mail_header(text, length, "Subject");
	OWNED_STR sender = mail_header(text, length, "From");
	OWNED_STR name = NULL;
	const char *title = subject;
	const char *address;
	size_t address_length;
	uint64_t hash;
	int version, n, total;

	if (!subject || !sender || mail_is_reply(subject) ||
	    !mail_read_prefix(&title, &version, &n, &total) || n > 1)
		return 0;
	address = next_id(sender, &address_length);
	if (!address) {
		address = sender;
		address_length = strlen(sender);
	}
	name = series_name_of(title);
	hash = hash_of(name, strlen(name));
	for (size_t i = 0; i < address_length; i++) {
		char c = (char)tolower((unsigned char)address[i]);

		hash = hash_more(hash, &c, 1);
	}
	return hash;
}

void mail_index_add(struct mail_index *index, const git_oid *blob, const char *text, size_t length,
		    const char *message_id, bool *matches)
{
	OWNED_STR header = mail_header(text, length, "Message-ID");
	struct mail_index_entry entry = { .blob = *blob, .link = index->link_count };
	size_t id_length = 0;
	const char *id = next_id(header, &id_length);

	*matches = id && strlen(message_id) == id_length && memcmp(id, message_id, id_length) == 0;
	entry.id = id ? hash_of(id, id_length) : hash_of((const char *)blob->id, GIT_OID_RAWSZ);
	entry.title = title_of(text, length);
	add_links(index, &entry, text, length, "In-Reply-To");
	add_links(index, &entry, text, length, "References");
	if (index->count == index->alloc) {
		index->alloc = index->alloc * 2 + 1024;
		index->entries = xreallocarray(index->entries, index->alloc,
					       sizeof(*index->entries));
	}
	index->entries[index->count++] = entry;
}

void mail_index_delete(struct mail_index *index, const git_oid *blob)
{
	index->deleted = xreallocarray(index->deleted, index->deleted_count + 1,
				       sizeof(*index->deleted));
	index->deleted[index->deleted_count++] = *blob;
}

/* Sets of Message-IDs that answer one another. */
struct nodes {
	uint64_t *ids; /* sorted */
	size_t *parent;
	size_t count;
};

static void release_nodes(struct nodes *nodes)
{
	free(nodes->ids);
	free(nodes->parent);
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return first < second ? -1 : first > second;
}

static size_t node_of(const struct nodes *nodes, uint64_t id)
{
	const uint64_t *found = bsearch(&id, nodes->ids, nodes->count, sizeof(id), compare_hashes);
	size_t i = found ? (size_t)(found - nodes->ids) : 0;

	while (nodes->parent[i] != i)
		i = nodes->parent[i] = nodes->parent[nodes->parent[i]];
	return i;
}

static void init_nodes(struct nodes *nodes, const struct mail_index *index)
{
	size_t all = 0;

	nodes->ids = xcalloc(index->count + index->link_count, sizeof(*nodes->ids));
	for (size_t i = 0; i < index->count; i++)
		nodes->ids[all++] = index->entries[i].id;
	for (size_t i = 0; i < index->link_count; i++)
		nodes->ids[all++] = index->links[i];
	qsort(nodes->ids, all, sizeof(*nodes->ids), compare_hashes);
	for (size_t i = 0; i < all; i++)
		if (!nodes->count || nodes->ids[nodes->count - 1] != nodes->ids[i])
			nodes->ids[nodes->count++] = nodes->ids[i];
	nodes->parent = xcalloc(nodes->count, sizeof(*nodes->parent));
	for (size_t i = 0; i < nodes->count; i++)
		nodes->parent[i] = i;
}

static void join_threads(struct nodes *nodes, const struct mail_index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct mail_index_entry *entry = &index->entries[i];

		for (size_t j = 0; j < entry->link_count; j++)
			nodes->parent[node_of(nodes, index->links[entry->link + j])] = node_of(
				nodes, entry->id);
	}
}

/* Threads that begin a posting with a title of the wanted thread are joined with it. */
static void join_versions(struct nodes *nodes, const struct mail_index *index, uint64_t wanted)
{
	CLEANUP(free_ptr) uint64_t *titles = xcalloc(index->count, sizeof(*titles));
	size_t root = node_of(nodes, wanted);
	size_t count = 0;

	for (size_t i = 0; i < index->count; i++)
		if (index->entries[i].title && node_of(nodes, index->entries[i].id) == root)
			titles[count++] = index->entries[i].title;
	qsort(titles, count, sizeof(*titles), compare_hashes);
	for (size_t i = 0; i < index->count; i++) {
		const struct mail_index_entry *entry = &index->entries[i];

		if (entry->title &&
		    bsearch(&entry->title, titles, count, sizeof(*titles), compare_hashes))
			nodes->parent[node_of(nodes, entry->id)] = node_of(nodes, wanted);
	}
}

static bool is_deleted(const struct mail_index *index, const git_oid *blob)
{
	for (size_t i = 0; i < index->deleted_count; i++)
		if (git_oid_equal(&index->deleted[i], blob))
			return true;
	return false;
}

git_oid *mail_index_thread(const struct mail_index *index, const char *message_id, size_t *count)
{
	CLEANUP(release_nodes) struct nodes nodes = { 0 };
	uint64_t wanted = hash_of(message_id, strlen(message_id));
	git_oid *blobs = xcalloc(index->count, sizeof(*blobs));

	*count = 0;
	init_nodes(&nodes, index);
	join_threads(&nodes, index);
	join_versions(&nodes, index, wanted);
	for (size_t i = index->count; i-- > 0;)
		if (node_of(&nodes, index->entries[i].id) == node_of(&nodes, wanted) &&
		    !is_deleted(index, &index->entries[i].blob))
			blobs[(*count)++] = index->entries[i].blob;
	return blobs;
}
