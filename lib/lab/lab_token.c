// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/http.h"
#include "core/proc.h"
#include "lab_token.h"

/* LAVA's own are up to 64 letters. */
#define MAX_TOKEN ((size_t)4096)

/* It becomes a line of a request's head. */
static ERR_CHECK check_token(const char *token, const char *from)
{
	for (const char *c = token; *c; c++)
		if (*c <= ' ' || *c > '~')
			return err_input("the token of %s has a character that no token has", from);
	return *token ? NULL : err_input("there is no token in %s", from);
}

static ERR_CHECK check_mode(const char *path)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return err_hint(err_errno("cannot read the lab's token '%s'", path),
				"the lab's web page shows it: API, Tokens");
	if (info.st_mode & 077)
		return err_hint(err_input("'%s' holds a token, and others can read it (mode %03o)",
					  path, info.st_mode & 0777u),
				"chmod 600 '%s'", path);
	return NULL;
}

ERR_CHECK lab_read_token(const char *path, char **token)
{
	STRBUF text = { 0 };

	TRY(check_mode(path));
	TRY(file_read(path, MAX_TOKEN, &text));
	strbuf_trim(&text);
	TRY(check_token(strbuf_str(&text), path));
	*token = strbuf_detach(&text);
	return NULL;
}

/* The password that git knows for the lab, without asking anybody; no git, no helper: none. */
static ERR_CHECK ask_git(const char *url, char **token)
{
	static const char *const env[] = { "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true",
					   "SSH_ASKPASS=true", NULL };
	const char *argv[] = { "git", "credential", "fill", NULL };
	OWNED_STR shown = http_public_url(url);
	STRBUF question = { 0 };
	STRBUF answer = { 0 };
	STRVEC lines = { 0 };
	struct proc_exit exit;

	strbuf_addf(&question, "url=%s\n\n", shown);
	TRY(proc_run(&(struct proc_spec){ .argv = argv, .env = env },
		     &(struct proc_io){ .input = &question, .out = &answer, .timeout = 30 },
		     &exit));
	strvec_split(&lines, strbuf_str(&answer), "\n");
	for (size_t i = 0; i < lines.count && proc_succeeded(&exit); i++)
		if (starts_with(lines.items[i], "password=") && lines.items[i][9])
			*token = xstrdup(lines.items[i] + 9);
	return *token ? check_token(*token, "git's credentials") : NULL;
}

ERR_CHECK lab_find_token(const struct lab_conf *conf, char **token)
{
	const char *set = getenv("FARRIER_LAB_TOKEN");

	*token = NULL;
	if (*conf->token_file)
		return lab_read_token(conf->token_file, token);
	if (set && *set) {
		*token = xstrdup(set);
		return check_token(set, "FARRIER_LAB_TOKEN");
	}
	return ask_git(conf->url, token);
}
