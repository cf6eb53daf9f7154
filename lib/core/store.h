/* SPDX-License-Identifier: GPL-2.0 */
/*
 * store.h - JSON records on disk, and small helpers around jansson.
 *
 * A record is a JSON object with "schema":1 in one file. Records are written
 * atomically. A file that is no such record (cut off, damaged, of another
 * schema) reads as "not there" with a warning: what it recorded is done again.
 *
 * jansson's words: a "new reference" is the caller's to json_decref(), a
 * "stolen" one is taken over, a "borrowed" one is not.
 */
#ifndef FARRIER_STORE_H
#define FARRIER_STORE_H

#include <jansson.h>

#include "base/err.h"
#include "base/strbuf.h"

#define STORE_SCHEMA 1

/* A local reference that is dropped at the end of its scope. */
#define OWNED_JSON CLEANUP(store_release_json) json_t
void store_release_json(json_t **json);

/* Reads a record: *record is a new reference, or NULL when there is none that can be believed. */
ERR_CHECK store_read(const char *path, json_t **record) MUST_USE;

/* Writes a record; adds "schema" when it is missing. Borrows `record`. */
ERR_CHECK store_write(const char *path, json_t *record) MUST_USE;

/*
 * A record with lists that would fill the memory: an element is made (a new reference), written,
 * and gone. `record` has the other members; `data` is for element().
 */
struct store_list {
	const char *name;
	size_t count;
	json_t *(*element)(const void *data, size_t index);
};
ERR_CHECK store_write_lists(const char *path, json_t *record, const struct store_list *lists,
			    size_t list_count, const void *data) MUST_USE;
/* The same to the end of `out`. */
void store_print_lists(struct strbuf *out, json_t *record, const struct store_list *lists,
		       size_t list_count, const void *data);

/* A JSON string of any bytes: what is no UTF-8 becomes U+FFFD. New reference. */
json_t *store_string(const char *bytes, size_t length);

/* store_string() of a C string; JSON null for NULL. New reference. */
json_t *store_text(const char *string);

/* Members of an object with a fallback for "not there" or "of another type". Strings are borrowed.
 */
const char *store_get_string(const json_t *object, const char *key, const char *fallback);
double store_get_number(const json_t *object, const char *key, double fallback);
int store_get_int(const json_t *object, const char *key, int fallback);
bool store_get_bool(const json_t *object, const char *key, bool fallback);

/* Sets a member; steals `value`, which is not NULL. */
void store_set(json_t *object, const char *key, json_t *value);

/* The text of a JSON value, one line, keys sorted: the same value is the same text. */
char *store_canonical(const json_t *json);

/*
 * The id of a text: the 40 hex digits of the git blob that holds it. Used for
 * every cache key. `hex` has room for STORE_ID_SIZE bytes.
 */
#define STORE_ID_SIZE 41
void store_id(const void *bytes, size_t length, char hex[STORE_ID_SIZE]);

/* The same for a file, read in pieces. */
ERR_CHECK store_file_id(const char *path, char hex[STORE_ID_SIZE]) MUST_USE;

#endif
