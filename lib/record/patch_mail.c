// SPDX-License-Identifier: GPL-2.0
/* patch_mail.c - a patch from a mail, which git mailinfo decodes. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/proc.h"
#include "patch_decoded.h"
#include "patch_kept.h"

#define SIGNATURE "-- \n"

static ERR_CHECK read_memory(int fd, struct strbuf *out)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		return err_errno("cannot read what git mailinfo wrote");
	if ((size_t)size > PATCH_MAIL_MAX * 2)
		return err_input("the decoded mail is larger than %zu bytes", PATCH_MAIL_MAX * 2);
	strbuf_grow(out, (size_t)size);
	while (out->len < (size_t)size) {
		ssize_t got = pread(fd, out->buf + out->len, (size_t)size - out->len,
				    (off_t)out->len);

		if (got <= 0)
			return err_errno("cannot read what git mailinfo wrote");
		strbuf_setlen(out, out->len + (size_t)got);
	}
	return NULL;
}

/* What git mailinfo refuses is the mail's fault: a charset that nobody knows, say. */
static ERR_CHECK refused(const struct strbuf *complaint)
{
	STRVEC lines = { 0 };
	const char *why;

	strvec_split(&lines, strbuf_str(complaint), "\r\n");
	why = lines.count ? lines.items[lines.count - 1] : "git mailinfo refuses it";
	if (starts_with(why, "error: "))
		why += strlen("error: ");
	return err_input("%s", why);
}

/*
 * The user's own git configuration must not change what a mail says. With
 * --encoding, git 2.39 converts nothing; the setting is obeyed.
 */
static ERR_CHECK mailinfo(const struct strbuf *mail, struct patch_decoded *decoded)
{
	OWNED_FD message_fd = memfd_create("message", MFD_CLOEXEC);
	OWNED_FD rest_fd = memfd_create("patch", MFD_CLOEXEC);
	OWNED_STR message_path = xasprintf("/proc/self/fd/%d", message_fd);
	OWNED_STR rest_path = xasprintf("/proc/self/fd/%d", rest_fd);
	const char *argv[] = { "git",	     "-c",	   "i18n.commitEncoding=UTF-8",
			       "mailinfo",   "-u",	   "-b",
			       "-m",	     "--scissors", "--quoted-cr=nowarn",
			       message_path, rest_path,	   NULL };
	const char *env[] = { "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR",
			      "GIT_WORK_TREE", NULL };
	const int keep[] = { message_fd, rest_fd };
	struct proc_spec spec = { .argv = argv,
				  .env = env,
				  .dir = "/",
				  .keep_fds = keep,
				  .keep_count = ARRAY_SIZE(keep) };
	struct proc_io io = { .input = mail, .out = &decoded->info };
	STRBUF complaint = { 0 };
	struct proc_exit exit;

	if (message_fd < 0 || rest_fd < 0)
		return err_errno("cannot decode a mail");
	io.err = &complaint;
	TRY(proc_run(&spec, &io, &exit));
	if (!proc_succeeded(&exit))
		return refused(&complaint);
	TRY(read_memory(message_fd, &decoded->message));
	return read_memory(rest_fd, &decoded->rest);
}

/*
 * Line (from 1) of a hunk that begins with none of ' ', '+', '-' and '\': what
 * web archives do to a mail. 0 when there is none.
 */
static size_t find_lost_space(const char *text, const char **lost)
{
	bool in_hunk = false;
	size_t number = 0;

	for (const char *line = *text ? text : NULL; line; line = patch_next_line(line)) {
		number++;
		if (starts_with(line, "@@ -")) {
			in_hunk = true;
		} else if (starts_with(line, "diff --git ") || starts_with(line, SIGNATURE)) {
			in_hunk = false;
		} else if (in_hunk && !strchr(" +-\\\n\r", *line)) {
			*lost = line;
			return number;
		}
	}
	return 0;
}

/* Says why a text is no mail, and what it seems to be instead. */
static ERR_CHECK no_mail(const struct strbuf *mail, const char *what)
{
	const char *lost = NULL;
	size_t number = find_lost_space(strbuf_str(mail), &lost);

	if (!number)
		return err_hint(
			err_input("'%s' is no mail: it has no From and Subject header", what),
			"give the raw mail, as git format-patch writes it or as the list "
			"archive's raw or mbox link gives it");
	return err_hint(err_input("'%s' is no raw mail: line %zu, '%.*s', stands in a diff and has "
				  "lost its leading white space, as in a web archive's page",
				  what, number, (int)strcspn(lost, "\r\n"), lost),
			"get the raw mail: the archive's 'raw' or 'mbox' link (lore.kernel.org: "
			"MESSAGE-ID/raw), or 'b4 am MESSAGE-ID'");
}

/* A mail with CR LF line ends was written so for the wire: git am drops the CR, too. */
static void drop_wire_line_ends(const char *mail, size_t length, struct strbuf *out)
{
	const char *first = memchr(mail, '\n', length);

	strbuf_add(out, mail, length);
	if (first && first > mail && first[-1] == '\r')
		patch_drop_crs(out);
}

/* What git mailinfo makes of a mail, now or the last time. */
static ERR_CHECK decode(const struct strbuf *mail, const char *kept, struct patch_decoded *decoded)
{
	if (kept && patch_kept_read(kept, mail, decoded))
		return NULL;
	TRY(mailinfo(mail, decoded));
	if (kept)
		patch_kept_write(kept, mail, decoded);
	return NULL;
}

ERR_CHECK patch_from_kept_mail(const char *mail, size_t length, const char *what, const char *kept,
			       struct patch *patch)
{
	CLEANUP(patch_release_decoded) struct patch_decoded decoded = { 0 };
	STRBUF plain = { 0 };
	bool complete;

	*patch = (struct patch){ 0 };
	if (length > PATCH_MAIL_MAX)
		return err_input("'%s' is larger than %zu MiB", what, PATCH_MAIL_MAX >> 20);
	drop_wire_line_ends(mail, length, &plain);
	if (strspn(strbuf_str(&plain), " \t\r\n") == plain.len)
		return no_mail(&plain, what);
	TRY(err_context(decode(&plain, kept, &decoded), "'%s'", what));
	TRY(patch_take_decoded(&plain, &decoded, patch, &complete));
	return complete ? NULL : no_mail(&plain, what);
}

ERR_CHECK patch_from_mail(const char *mail, size_t length, const char *what, struct patch *patch)
{
	return patch_from_kept_mail(mail, length, what, NULL, patch);
}
