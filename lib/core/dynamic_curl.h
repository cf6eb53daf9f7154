/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dynamic_curl.h - libcurl, loaded when a server is asked.
 *
 * With it come 19 libraries, for LDAP, RTMP, HTTP/2 and more: 4 ms. See dynamic.h.
 */
#ifndef FARRIER_DYNAMIC_CURL_H
#define FARRIER_DYNAMIC_CURL_H

#include <curl/curl.h>

#include "dynamic.h"

/* What of libcurl is used, one function a line. */
#define DYNAMIC_CURL_FUNCTIONS(X)   \
	X(curl_easy_cleanup)        \
	X(curl_easy_escape)         \
	X(curl_easy_getinfo)        \
	X(curl_easy_init)           \
	X(curl_easy_setopt)         \
	X(curl_easy_strerror)       \
	X(curl_easy_unescape)       \
	X(curl_free)                \
	X(curl_global_init)         \
	X(curl_multi_add_handle)    \
	X(curl_multi_assign)        \
	X(curl_multi_cleanup)       \
	X(curl_multi_info_read)     \
	X(curl_multi_init)          \
	X(curl_multi_remove_handle) \
	X(curl_multi_setopt)        \
	X(curl_multi_socket_action) \
	X(curl_slist_append)        \
	X(curl_slist_free_all)      \
	X(curl_url)                 \
	X(curl_url_cleanup)         \
	X(curl_url_get)             \
	X(curl_url_set)

DYNAMIC_CURL_FUNCTIONS(DYNAMIC_DECLARE)

/*
 * curl.h has macros that check whether a variable argument has the type its option
 * wants, and then call the function of the macro's own name. Here that name is a
 * local pointer, so that a wrong type is still warned of.
 */
#define DYNAMIC_CURL_CHECKED(function, ...)                              \
	__extension__({                                                  \
		__typeof__(function) *const function = (sym_##function); \
		function(__VA_ARGS__);                                   \
	})
#define sym_curl_easy_setopt(easy, option, value) \
	DYNAMIC_CURL_CHECKED(curl_easy_setopt, easy, option, value)
#define sym_curl_easy_getinfo(easy, info, value) \
	DYNAMIC_CURL_CHECKED(curl_easy_getinfo, easy, info, value)
#define sym_curl_multi_setopt(multi, option, value) \
	DYNAMIC_CURL_CHECKED(curl_multi_setopt, multi, option, value)

/* Before the first sym_curl_...; see dynamic_load(). */
ERR_CHECK dynamic_curl_load(void) MUST_USE;

#endif
