// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/file.h"
#include "lab_artifact.h"
#include "lab_token.h"

/* A kernel with debug information in it may be this large. */
#define MAX_ARTIFACT ((size_t)1 << 30)

/* How long what was placed is believed to be there: a store may drop what is old. */
#define BELIEVED_SECONDS 60.0

#define READ_SIZE ((size_t)256 << 10)

/* A file that was placed, as it was then. */
struct placed {
	struct lab_artifact artifact;
	struct stat info;
	double looked; /* when it was last seen there, on loop_now()'s clock */
	struct placed *next;
};

struct lab_store {
	const struct machine_conf *conf;
	pthread_mutex_t lock;
	struct placed *placed;
};

struct lab_store *lab_store_new(const struct machine_conf *conf)
{
	struct lab_store *store = xcalloc(1, sizeof(*store));

	store->conf = conf;
	pthread_mutex_init(&store->lock, NULL);
	return store;
}

static void free_placed(struct placed *placed)
{
	free(placed->artifact.path);
	free(placed->artifact.url);
	free(placed);
}

static void release_placed(struct placed **placed)
{
	if (*placed)
		free_placed(*placed);
}

void lab_store_free(struct lab_store *store)
{
	if (!store)
		return;
	while (store->placed) {
		struct placed *first = store->placed;

		store->placed = first->next;
		free_placed(first);
	}
	pthread_mutex_destroy(&store->lock);
	free(store);
}

static ERR_CHECK hash_file(const char *path, char sha256[65])
{
	OWNED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	OWNED_STR buffer = xmalloc(READ_SIZE);
	OWNED_STR text = NULL;
	DIGEST digest = NULL;
	ssize_t got;

	if (fd < 0)
		return err_errno("cannot open '%s'", path);
	TRY(digest_new(&digest));
	while ((got = read(fd, buffer, READ_SIZE)) != 0) {
		if (got < 0 && errno != EINTR)
			return err_errno("cannot read '%s'", path);
		if (got > 0)
			digest_add(digest, buffer, (size_t)got);
	}
	TRY(digest_finish(digest, &text));
	snprintf(sha256, 65, "%s", text + strlen("sha256:"));
	return NULL;
}

/* "URL/NAME", whether the first ends with a slash or not. */
static char *join(const char *url, const char *name)
{
	return xasprintf("%s%s%s", url, *url && ends_with(url, "/") ? "" : "/", name);
}

/* A file that is there by half has another size; the rename makes it whole. */
static ERR_CHECK put_in_folder(const char *folder, const struct placed *placed, const char *name)
{
	OWNED_STR path = xasprintf("%s/%s", folder, name);
	static atomic_uint parts; /* machines may share a folder, each with a thread and a lock */
	OWNED_STR part = xasprintf("%s.%d-%u.part", path, (int)getpid(),
				   atomic_fetch_add(&parts, 1));
	struct stat info;

	if (stat(path, &info) == 0 && info.st_size == placed->info.st_size)
		return NULL;
	TRY(file_mkdirs(folder));
	TRY(file_copy(placed->artifact.path, part));
	if (rename(part, path) < 0)
		return err_errno("cannot rename '%s' to '%s'", part, path);
	return NULL;
}

static ERR_CHECK ask_store(const char *url, const char *secret, bool *there)
{
	struct http_request request = {
		.method = HTTP_HEAD, .url = url, .secret = secret, .limit = MAX_ARTIFACT
	};
	HTTP_ANSWER answer = { 0 };

	TRY(http_run(&request, &answer));
	*there = answer.status >= 200 && answer.status < 300;
	return NULL;
}

static ERR_CHECK put_in_store(const struct lab_conf *conf, const struct placed *placed,
			      const char *name)
{
	OWNED_STR url = join(conf->artifacts, name);
	OWNED_STR secret = NULL;
	HTTP_ANSWER answer = { 0 };
	STRBUF bytes = { 0 };
	struct http_request request = { .method = HTTP_PUT,
					.url = url,
					.body_type = "application/octet-stream",
					.patience = 60 };
	bool there;

	if (*conf->artifacts_token_file) {
		OWNED_STR token = NULL;

		TRY(lab_read_token(conf->artifacts_token_file, &token));
		secret = xasprintf("Authorization: Bearer %s", token);
	}
	TRY(ask_store(url, secret, &there));
	if (there)
		return NULL;
	TRY(file_read(placed->artifact.path, MAX_ARTIFACT, &bytes));
	request.secret = secret;
	request.body = strbuf_str(&bytes);
	request.body_length = bytes.len;
	TRY(http_run(&request, &answer));
	return http_check_status(&answer);
}

/* SHA256-NAME, where NAME is for people: what would mean something in a URL is '_' in it. */
static char *name_of(const struct placed *placed)
{
	char *name = xasprintf("%s-%s", placed->artifact.sha256,
			       file_base_name(placed->artifact.path));

	for (char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("._-+", *at))
			*at = '_';
	return name;
}

static ERR_CHECK put(const struct lab_conf *conf, struct placed *placed)
{
	OWNED_STR name = name_of(placed);

	if (http_is_url(conf->artifacts))
		TRY(put_in_store(conf, placed, name));
	else
		TRY(put_in_folder(conf->artifacts, placed, name));
	placed->looked = loop_now();
	return NULL;
}

static ERR_CHECK place(const struct machine_conf *machine, struct placed *placed)
{
	const struct lab_conf *conf = &machine->lab;
	OWNED_STR name = NULL;

	if (!*conf->artifacts)
		return err_hint(err_input("'%s': 'machine.artifacts' is missing", machine->path),
				"it is a folder that the lab's workers can read, or a URL that "
				"takes PUT");
	TRY(hash_file(placed->artifact.path, placed->artifact.sha256));
	name = name_of(placed);
	TRY(put(conf, placed));
	if (*conf->artifacts_url)
		placed->artifact.url = join(conf->artifacts_url, name);
	else if (http_is_url(conf->artifacts))
		placed->artifact.url = join(conf->artifacts, name);
	else
		placed->artifact.url = xasprintf("file://%s/%s", conf->artifacts, name);
	return NULL;
}

static bool is_same(const struct placed *placed, const char *path, const struct stat *info)
{
	return str_equal(placed->artifact.path, path) && placed->info.st_ino == info->st_ino &&
	       placed->info.st_size == info->st_size &&
	       placed->info.st_mtim.tv_sec == info->st_mtim.tv_sec &&
	       placed->info.st_mtim.tv_nsec == info->st_mtim.tv_nsec;
}

static ERR_CHECK find_or_place(struct lab_store *store, const char *path,
			       const struct lab_artifact **artifact)
{
	CLEANUP(release_placed) struct placed *placed = xcalloc(1, sizeof(*placed));

	placed->artifact.path = xstrdup(path);
	if (stat(path, &placed->info) < 0)
		return err_errno("cannot read '%s'", path);
	for (struct placed *one = store->placed; one; one = one->next)
		if (is_same(one, path, &placed->info)) {
			*artifact = &one->artifact;
			return loop_now() - one->looked < BELIEVED_SECONDS
				       ? NULL
				       : put(&store->conf->lab, one);
		}
	TRY(place(store->conf, placed));
	placed->next = store->placed;
	*artifact = &placed->artifact;
	store->placed = TAKE_PTR(placed);
	return NULL;
}

ERR_CHECK lab_store_place(struct lab_store *store, const char *path,
			  const struct lab_artifact **artifact)
{
	const struct err *err;

	/* One after the other: two boots of one kernel put it there once. */
	pthread_mutex_lock(&store->lock);
	err = find_or_place(store, path, artifact);
	pthread_mutex_unlock(&store->lock);
	return err_context(err, "artifact for the lab");
}
