/* SPDX-License-Identifier: GPL-2.0 */
/*
 * base.h - the few macros that every file uses.
 *
 * Ownership is shown by cleanup attributes: a local that owns something is
 * declared with __cleanup(...) and the function that gives it away says so
 * with TAKE_PTR(). There is no goto-out in this code base.
 *
 * Memory: malloc() failing is not an expected outcome on Linux; the x-functions
 * end the process with a message rather than return NULL, and no caller
 * checks for it.
 */
#ifndef FARRIER_BASE_H
#define FARRIER_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define MUST_USE	   __attribute__((warn_unused_result))
#define CLEANUP(function)  __attribute__((cleanup(function)))

/* Gives a pointer away: the variable is NULL afterwards, so its cleanup does nothing. */
#define TAKE_PTR(pointer)                       \
	({                                      \
		__auto_type taken_ = (pointer); \
		(pointer) = NULL;               \
		taken_;                         \
	})

/*
 * Keeps up to 32 MiB of freed memory for what comes next: files are read whole, one
 * after the other, and getting pages from the kernel takes longer than filling
 * them. Called once, from main().
 */
void base_keep_memory(void);

/* As malloc, calloc, realloc, strdup, strndup and asprintf, but never NULL. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *pointer, size_t count, size_t size);
char *xstrdup(const char *string);
char *xstrndup(const char *string, size_t length);
char *xasprintf(const char *format, ...) PRINTF(1, 2);

/* Cleanup functions for locals: `CLEANUP(free_ptr) char *path = NULL;`. */
static inline void free_ptr(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

/* Closes a descriptor unless it is negative, keeps errno. */
void close_fd(const int *fd);

/* a + b, or what is nearest to it: for counts that come from somewhere. */
static inline int64_t add_clamped(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b < 0 ? INT64_MIN : INT64_MAX;
}

#define OWNED_FD  CLEANUP(close_fd) int
#define OWNED_STR CLEANUP(free_ptr) char *

static inline bool str_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool starts_with(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

static inline bool ends_with(const char *string, const char *suffix)
{
	size_t length = strlen(string), tail = strlen(suffix);

	return length >= tail && str_equal(string + length - tail, suffix);
}

#endif
