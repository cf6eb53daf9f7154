// SPDX-License-Identifier: GPL-2.0
/* mail_split.c - an mbox, a mail or a folder of mails, split by git mailsplit. */
#include <ctype.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/file.h"
#include "mail_part.h"
#include "core/proc.h"

const char *const mail_plain_git[] = { "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
				       "GIT_DIR", "GIT_WORK_TREE", NULL };

static bool starts_line(const char *text, size_t length, const char *prefix)
{
	return length >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

/* RFC 5322 2.2: a header's name is printable ASCII without ':', which ends it. */
static bool starts_header(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length && text[i] > ' ' && text[i] < 0x7f && text[i] != ':')
		i++;
	return i && i < length && text[i] == ':';
}

static size_t skip_space(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length && isspace((unsigned char)text[i]))
		i++;
	return i;
}

bool mail_has_form(const char *text, size_t length)
{
	size_t start = skip_space(text, length);

	return starts_line(text + start, length - start, "From ") ||
	       starts_header(text + start, length - start);
}

/*
 * Whether body lines that begin with "From " were quoted as ">From ". Mailers
 * and archives do that; git format-patch, whose From line names a commit, does not.
 */
static bool quotes_from(const char *text, size_t length)
{
	size_t start = skip_space(text, length);
	size_t hex = 0;

	text += start;
	length -= start;
	if (!starts_line(text, length, "From "))
		return false;
	while (5 + hex < length && isxdigit((unsigned char)text[5 + hex]))
		hex++;
	return hex != GIT_OID_HEXSZ;
}

static ERR_CHECK too_many(const char *what, size_t count)
{
	return err_hint(
		err_input("'%s' has %zu mails; the limit is %d", what, count, MAIL_COUNT_MAX),
		"give only the thread of the series");
}

/* Before mailsplit makes a file of each: what could begin a mail, which is never too few. */
static size_t count_from_lines(const char *text, size_t length)
{
	const char *end = text + length;
	size_t count = 1;

	while ((text = memmem(text, (size_t)(end - text), "\nFrom ", 6))) {
		count++;
		text += 6;
	}
	return count;
}

static bool is_compressed(const struct strbuf *text)
{
	static const char *const magics[] = { "\x1f\x8b",
					      "\xfd"
					      "7zXZ",
					      "BZh", "\x28\xb5\x2f\xfd" };

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (starts_line(text->buf, text->len, magics[i]))
			return true;
	return false;
}

static bool is_page(const struct strbuf *text)
{
	size_t start = skip_space(text->buf, text->len);

	return starts_line(text->buf + start, text->len - start, "<");
}

/* patch_from_mail() knows what a text that is no mail may be instead, and says so. */
static ERR_CHECK refuse_form(const char *what, const struct strbuf *text)
{
	struct patch patch;
	const struct err *err;

	if (!text->len)
		return err_input("'%s' is empty", what);
	if (is_compressed(text))
		return err_hint(err_input("'%s' is compressed", what),
				"unpack it first, for example with 'zcat FILE | farrier import -'");
	if (is_page(text))
		return err_hint(err_input("'%s' is a web page, not a mail", what),
				"get the raw mail: the archive's 'raw' or 'mbox' link "
				"(lore.kernel.org: MESSAGE-ID/raw)");
	if (mail_has_form(text->buf, text->len))
		return NULL;
	err = patch_from_mail(text->buf, text->len > PATCH_MAIL_MAX ? PATCH_MAIL_MAX : text->len,
			      what, &patch);
	patch_release(&patch);
	return err ? err : err_input("'%s' is no mail: it does not start with a header", what);
}

static ERR_CHECK run_mailsplit(struct strvec *argv, const char *dir, const struct strbuf *input,
			       size_t *count)
{
	struct proc_spec spec = { .argv = (const char *const *)argv->items,
				  .env = mail_plain_git,
				  .dir = dir };
	STRBUF out = { 0 };
	STRBUF complaint = { 0 };
	struct proc_io io = { .input = input, .out = &out, .err = &complaint };

	TRY(proc_run_ok(&spec, &io));
	*count = (size_t)strtoul(strbuf_str(&out), NULL, 10);
	return NULL;
}

/* CRs stay: they may be a file's own, which patch_from_mail() can tell. */
static void mailsplit_argv(struct strvec *argv, const char *folder, bool mboxrd)
{
	strvec_push_all(
		argv, (const char *const[]){ "git", "mailsplit", "-b", "-d4", "--keep-cr", NULL });
	if (mboxrd)
		strvec_push(argv, "--mboxrd");
	strvec_pushf(argv, "-o%s", folder);
}

static ERR_CHECK split_text(const char *path, const char *folder, size_t *count)
{
	const char *what = str_equal(path, "-") ? "standard input" : path;
	STRVEC argv = { 0 };
	STRBUF text = { 0 };
	size_t mails;

	TRY(file_read(path, MAIL_BOX_MAX, &text));
	TRY(refuse_form(what, &text));
	mails = count_from_lines(text.buf, text.len);
	if (mails > MAIL_COUNT_MAX)
		return too_many(what, mails);
	mailsplit_argv(&argv, folder, quotes_from(text.buf, text.len));
	return err_context(run_mailsplit(&argv, NULL, &text, count), "'%s'", what);
}

/* Adds the files of ROOT/SUB as "./SUB/name"; adds their sizes to *bytes. */
static ERR_CHECK add_files(const char *root, const char *sub, struct strvec *files, size_t *bytes)
{
	OWNED_STR folder = xasprintf("%s/%s", root, sub);
	STRVEC names = { 0 };

	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);
		struct stat info;

		if (*names.items[i] == '.' || stat(path, &info) < 0 || !S_ISREG(info.st_mode) ||
		    !info.st_size)
			continue;
		strvec_pushf(files, "./%s/%s", sub, names.items[i]);
		*bytes += (size_t)info.st_size;
	}
	return NULL;
}

static ERR_CHECK split_folder(const char *path, const char *folder, size_t *count)
{
	STRVEC argv = { 0 };
	STRVEC files = { 0 };
	size_t bytes = 0;

	TRY(add_files(path, ".", &files, &bytes));
	TRY(add_files(path, "cur", &files, &bytes));
	TRY(add_files(path, "new", &files, &bytes));
	if (!files.count)
		return err_input("'%s' has no mail in it", path);
	if (files.count > MAIL_COUNT_MAX)
		return too_many(path, files.count);
	if (bytes > MAIL_BOX_MAX)
		return err_input("'%s' is larger than %zu bytes", path, MAIL_BOX_MAX);
	mailsplit_argv(&argv, folder, false);
	strvec_push(&argv, "--");
	strvec_push_all(&argv, (const char *const *)files.items);
	return err_context(run_mailsplit(&argv, path, NULL, count), "'%s'", path);
}

ERR_CHECK mail_split(const char *path, const char *folder, size_t *count)
{
	if (!str_equal(path, "-") && !file_exists(path))
		return err_input("no file '%s'", path);
	TRY(file_is_dir(path) ? split_folder(path, folder, count)
			      : split_text(path, folder, count));
	return *count > MAIL_COUNT_MAX ? too_many(path, *count) : NULL;
}
