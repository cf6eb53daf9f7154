// SPDX-License-Identifier: GPL-2.0
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include "repo_write.h"

/* So many of the last objects are remembered: those of a patch, and the trees of the one before. */
#define RECENT 32
/* A larger one is read again, should that be asked for. */
#define RECENT_BYTES ((size_t)64 << 10)

struct recent {
	git_oid id;
	git_object_t type;
	size_t length;
	void *data; /* NULL: too large */
};

/* Stands before the object database of a repository, which knows only this. */
struct front {
	git_odb_backend backend; /* first: libgit2 knows it as this */
	git_odb *objects;	 /* the database as it was */
	git_odb_backend *loose;	 /* writes into the same folder */
	struct recent recent[RECENT];
	size_t written;
};

static struct front *front_of(git_odb_backend *backend)
{
	return (struct front *)backend;
}

static void remember(struct front *front, const git_oid *id, const void *data, size_t length,
		     git_object_t type)
{
	struct recent *recent = &front->recent[front->written++ % RECENT];

	free(recent->data);
	*recent = (struct recent){ .id = *id, .type = type, .length = length };
	if (length > RECENT_BYTES)
		return;
	recent->data = xmalloc(length);
	memcpy(recent->data, data, length);
}

static const struct recent *find_recent(const struct front *front, const git_oid *id)
{
	for (size_t i = 0; i < RECENT && i < front->written; i++)
		if (git_oid_equal(&front->recent[i].id, id))
			return &front->recent[i];
	return NULL;
}

/* The parts of a database; they are asked themselves so that it keeps no copy of its own. */
static git_odb_backend *part(git_odb *objects, size_t i)
{
	git_odb_backend *backend = NULL;

	return git_odb_get_backend(&backend, objects, i) == 0 ? backend : NULL;
}

static int read_part(void **data, size_t *length, git_object_t *type, git_odb *objects,
		     const git_oid *id)
{
	for (size_t i = 0; i < git_odb_num_backends(objects); i++) {
		git_odb_backend *backend = part(objects, i);
		int result = GIT_ENOTFOUND;

		if (backend && backend->read)
			result = backend->read(data, length, type, backend, id);
		if (result != GIT_ENOTFOUND && result != GIT_PASSTHROUGH)
			return result;
	}
	return GIT_ENOTFOUND;
}

static int front_read(void **data, size_t *length, git_object_t *type, git_odb_backend *backend,
		      const git_oid *id)
{
	const struct front *front = front_of(backend);
	const struct recent *recent = find_recent(front, id);
	int result;

	if (recent && recent->data) {
		*data = git_odb_backend_data_alloc(backend, recent->length + 1);
		if (!*data)
			return -1;
		memcpy(*data, recent->data, recent->length);
		((char *)*data)[recent->length] = '\0';
		*length = recent->length;
		*type = recent->type;
		return 0;
	}
	result = read_part(data, length, type, front->objects, id);
	if (result == GIT_ENOTFOUND && git_odb_refresh(front->objects) == 0)
		result = read_part(data, length, type, front->objects, id);
	return result;
}

static int front_read_prefix(git_oid *id, void **data, size_t *length, git_object_t *type,
			     git_odb_backend *backend, const git_oid *prefix, size_t digits)
{
	int result = git_odb_exists_prefix(id, front_of(backend)->objects, prefix, digits);

	return result < 0 ? result : front_read(data, length, type, backend, id);
}

static int front_read_header(size_t *length, git_object_t *type, git_odb_backend *backend,
			     const git_oid *id)
{
	const struct front *front = front_of(backend);
	const struct recent *recent = find_recent(front, id);

	if (!recent)
		return git_odb_read_header(length, type, front->objects, id);
	*length = recent->length;
	*type = recent->type;
	return 0;
}

static int front_exists(git_odb_backend *backend, const git_oid *id)
{
	const struct front *front = front_of(backend);

	return find_recent(front, id) || git_odb_exists(front->objects, id);
}

static int front_exists_prefix(git_oid *id, git_odb_backend *backend, const git_oid *prefix,
			       size_t digits)
{
	return git_odb_exists_prefix(id, front_of(backend)->objects, prefix, digits);
}

/* As libgit2 does it, but without looking for packs: notes that an object is in use. */
static int front_freshen(git_odb_backend *backend, const git_oid *id)
{
	const struct front *front = front_of(backend);

	if (find_recent(front, id))
		return 0;
	for (size_t i = 0; i < git_odb_num_backends(front->objects); i++) {
		git_odb_backend *other = part(front->objects, i);

		if (!other)
			continue;
		if (other->freshen ? other->freshen(other, id) == 0
				   : other->exists && other->exists(other, id))
			return 0;
	}
	return GIT_ENOTFOUND;
}

static int front_write(git_odb_backend *backend, const git_oid *id, const void *data, size_t length,
		       git_object_t type)
{
	struct front *front = front_of(backend);
	int result = front->loose->write(front->loose, id, data, length, type);

	if (result == 0)
		remember(front, id, data, length, type);
	return result;
}

static int front_foreach(git_odb_backend *backend, git_odb_foreach_cb callback, void *data)
{
	return git_odb_foreach(front_of(backend)->objects, callback, data);
}

static void front_free(git_odb_backend *backend)
{
	struct front *front = front_of(backend);

	for (size_t i = 0; i < RECENT; i++)
		free(front->recent[i].data);
	if (front->loose)
		front->loose->free(front->loose);
	git_odb_free(front->objects);
	free(front);
}

static struct front *make_front(void)
{
	struct front *front = xcalloc(1, sizeof(*front));

	git_odb_init_backend(&front->backend, GIT_ODB_BACKEND_VERSION);
	front->backend.read = front_read;
	front->backend.read_prefix = front_read_prefix;
	front->backend.read_header = front_read_header;
	front->backend.exists = front_exists;
	front->backend.exists_prefix = front_exists_prefix;
	front->backend.freshen = front_freshen;
	front->backend.write = front_write;
	front->backend.foreach = front_foreach;
	front->backend.free = front_free;
	return front;
}

/* As libgit2 opens it for the repository itself. */
static int open_loose(git_repository *repo, git_odb_backend **loose)
{
	git_buf folder = { 0 };
	git_config *config = NULL;
	int result, synced = 0;

	result = git_repository_item_path(&folder, repo, GIT_REPOSITORY_ITEM_OBJECTS);
	if (result == 0)
		result = git_repository_config_snapshot(&config, repo);
	if (result == 0) {
		if (git_config_get_bool(&synced, config, "core.fsyncobjectfiles") < 0)
			synced = 0;
		result = git_odb_backend_loose(loose, folder.ptr, -1, synced, 0, 0);
	}
	git_config_free(config);
	git_buf_dispose(&folder);
	return result;
}

ERR_CHECK repo_write_quickly(git_repository *repo)
{
	struct front *front = make_front();
	GIT_ODB odb = NULL;

	if (git_repository_odb(&front->objects, repo) < 0 || open_loose(repo, &front->loose) < 0 ||
	    git_odb_new(&odb) < 0 || git_odb_add_backend(odb, &front->backend, 1) < 0) {
		front_free(&front->backend);
		return repo_error("cannot open the objects of '%s'", git_repository_path(repo));
	}
	if (git_repository_set_odb(repo, odb) < 0)
		return repo_error("cannot open the objects of '%s'", git_repository_path(repo));
	return NULL;
}
