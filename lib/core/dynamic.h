/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dynamic.h - libraries that are loaded when they are first asked for.
 *
 * What is linked is loaded at every start, with all that it needs in turn. libcurl and
 * libarchive bring 30 libraries beside the 19 of libgit2 and the rest: with them
 * `farrier --version` takes 10.1 ms, without 3.6 ms (least of 60 runs, Debian 12 on
 * x86-64), and most verbs need neither. So they are opened by name, and each function
 * that is called has a pointer with its own type, sym_NAME, as the library's header
 * declares it: the compiler checks a call as it checks one of a linked function.
 * (systemd does the same, see its dlfcn-util.h.)
 *
 * Who calls a sym_NAME has called the library's load function, or holds what only
 * somebody who did can have made. A call without the prefix does not link.
 *
 * A library has one list of its functions, an X-macro:
 *
 *     #define FOO_FUNCTIONS(X) X(foo_open) X(foo_close)
 *     FOO_FUNCTIONS(DYNAMIC_DECLARE)                   in its header
 *
 *     FOO_FUNCTIONS(DYNAMIC_DEFINE)                    in its .c
 *     static const struct dynamic_function functions[] = { FOO_FUNCTIONS(DYNAMIC_ENTRY) };
 */
#ifndef FARRIER_DYNAMIC_H
#define FARRIER_DYNAMIC_H

#include "base/err.h"

struct dynamic_function {
	const char *name;
	void *pointer; /* to the sym_NAME */
};

struct dynamic_library {
	const char *file;    /* with the number of its interface: "libfoo.so.1" */
	const char *package; /* Debian's, that has it */
	const struct dynamic_function *functions;
	size_t count;
	bool loaded;
};

#define DYNAMIC_DECLARE(name) extern __typeof__(name) *sym_##name;
#define DYNAMIC_DEFINE(name)  __typeof__(name) *sym_##name;
#define DYNAMIC_ENTRY(name)   { #name, &sym_##name },

/*
 * Loads the library and finds its functions, once; costs nothing afterwards. It stays
 * until the program ends. ERR_ENV, with the package as a hint, when the library or one
 * of its functions is not there; no pointer is to be used then.
 */
ERR_CHECK dynamic_load(struct dynamic_library *library) MUST_USE;

#endif
