// SPDX-License-Identifier: GPL-2.0
/* mail_body.c - the text of a mail, decoded by git mailinfo. */
#include "core/file.h"
#include "core/proc.h"
#include "mail_part.h"

void mail_release_body(struct mail_body *body)
{
	strbuf_release(&body->message);
	strbuf_release(&body->rest);
}

ERR_CHECK mail_read_body(const char *path, struct mail_body *body, bool *readable)
{
	OWNED_STR message = xasprintf("%s.message", path);
	OWNED_STR rest = xasprintf("%s.rest", path);
	const char *argv[] = { "git",
			       "-c",
			       "i18n.commitEncoding=UTF-8",
			       "mailinfo",
			       "-u",
			       "-b",
			       "--no-scissors",
			       "--no-inbody-headers",
			       "--quoted-cr=nowarn",
			       message,
			       rest,
			       NULL };
	struct proc_spec spec = { .argv = argv, .env = mail_plain_git, .dir = "/" };
	STRBUF mail = { 0 };
	STRBUF info = { 0 };
	STRBUF complaint = { 0 };
	struct proc_exit exit;

	TRY(file_read(path, PATCH_MAIL_MAX, &mail));
	TRY(proc_run(&spec, &(struct proc_io){ .input = &mail, .out = &info, .err = &complaint },
		     &exit));
	*readable = proc_succeeded(&exit);
	if (*readable) {
		TRY(file_read(message, 2 * PATCH_MAIL_MAX, &body->message));
		TRY(file_read(rest, 2 * PATCH_MAIL_MAX, &body->rest));
	}
	TRY(file_remove(message));
	return file_remove(rest);
}
