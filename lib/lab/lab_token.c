// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <unistd.h>

#include "core/file.h"
#include "core/http.h"
#include "core/proc.h"
#include "core/secret.h"
#include "lab_token.h"

ERR_CHECK lab_read_token(const char *path, char **token)
{
	return secret_read(path, "the lab's web page shows it: API, Tokens", token);
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
	return *token ? secret_check(*token, "git's credentials") : NULL;
}

ERR_CHECK lab_find_token(const struct lab_conf *conf, char **token)
{
	const char *set = getenv("FARRIER_LAB_TOKEN");

	*token = NULL;
	if (*conf->token_file)
		return lab_read_token(conf->token_file, token);
	if (set && *set) {
		*token = xstrdup(set);
		return secret_check(set, "FARRIER_LAB_TOKEN");
	}
	return ask_git(conf->url, token);
}
