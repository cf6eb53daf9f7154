// SPDX-License-Identifier: GPL-2.0
#include <sys/stat.h>

#include "file.h"
#include "secret.h"

#define MAX_TOKEN ((size_t)16384)

ERR_CHECK secret_check(const char *token, const char *from)
{
	for (const char *c = token; *c; c++)
		if (*c <= ' ' || *c > '~')
			return err_input("the token of %s has a character that no token has", from);
	return *token ? NULL : err_input("there is no token in %s", from);
}

ERR_CHECK secret_read(const char *path, const char *hint, char **token)
{
	STRBUF text = { 0 };
	struct stat info;

	if (stat(path, &info) < 0)
		return err_hint(err_errno("cannot read the token '%s'", path), "%s", hint);
	if (info.st_mode & 077)
		return err_hint(err_input("'%s' holds a token, and others can read it (mode %03o)",
					  path, info.st_mode & 0777u),
				"chmod 600 '%s'", path);
	TRY(file_read(path, MAX_TOKEN, &text));
	strbuf_trim(&text);
	TRY(secret_check(strbuf_str(&text), path));
	*token = strbuf_detach(&text);
	return NULL;
}
