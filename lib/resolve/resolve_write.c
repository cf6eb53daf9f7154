// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>

#include "core/file.h"
#include "mail/mail.h"
#include "resolve_write.h"

#define WIDTH 72 /* columns, as the kernel wraps its messages */

/* "[ name: words ]", the lines behind the first two spaces in. */
static void add_note(struct strbuf *out, const char *name, const char *note)
{
	OWNED_STR first = xasprintf("[ %s:", name);
	size_t column = strlen(first);
	STRVEC words = { 0 };

	strbuf_adds(out, first);
	strvec_split(&words, note, " \t\r\n");
	strvec_push(&words, "]");
	for (size_t i = 0; i < words.count; i++) {
		size_t length = strlen(words.items[i]);
		bool last = i + 2 == words.count; /* the bracket stays with its word */
		bool wrap = i + 1 < words.count && column + 1 + length + (last ? 2 : 0) > WIDTH;

		strbuf_adds(out, wrap ? "\n  " : " ");
		strbuf_adds(out, words.items[i]);
		column = (wrap ? 2 : column + 1) + length;
	}
	strbuf_addc(out, '\n');
}

static bool ends_with_trailers(const char *message)
{
	git_message_trailer_array trailers = { 0 };
	bool any;

	if (git_message_trailers(&trailers, message) < 0)
		return false;
	any = trailers.count > 0;
	git_message_trailer_array_free(&trailers);
	return any;
}

char *resolve_message(const char *message, const char *name, const char *note)
{
	STRBUF out = { 0 };

	strbuf_adds(&out, message);
	while (out.len && isspace((unsigned char)out.buf[out.len - 1]))
		strbuf_setlen(&out, out.len - 1);
	strbuf_adds(&out, ends_with_trailers(message) ? "\n" : "\n\n");
	add_note(&out, name, note);
	return strbuf_detach(&out);
}

/* The line that begins with "[ " and has a colon before any bracket. */
static const char *last_note(const char *message)
{
	const char *note = NULL;

	for (const char *line = message; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (starts_with(line, "[ ") && line[strcspn(line, ":]\n")] == ':' &&
		    strchr(line, ']'))
			note = line;
	}
	return note;
}

char *resolve_note_of(const char *message)
{
	const char *note = last_note(message);
	STRVEC words = { 0 };
	STRBUF line = { 0 };
	OWNED_STR text = NULL;
	const char *end;

	if (!note)
		return xstrdup("");
	note += strcspn(note, ":") + 1;
	/* the bracket that ends a line: there may be others inside */
	end = strstr(note, " ]\n");
	text = xstrndup(note, end ? (size_t)(end - note) : strcspn(note, "]"));
	strvec_split(&words, text, " \t\r\n");
	for (size_t i = 0; i < words.count; i++)
		strbuf_addf(&line, "%s%s", i ? " " : "", words.items[i]);
	return strbuf_detach(&line);
}

ERR_CHECK resolve_commit(git_repository *repo, const struct patch *patch, const char *message,
			 const git_oid *tree_id, const git_oid *parent_id,
			 const struct repo_person *committer, git_oid *commit)
{
	const char *name = *patch->author_name ? patch->author_name : patch->author_email;
	GIT_SIGNATURE author = NULL;
	GIT_SIGNATURE person = NULL;
	GIT_COMMIT parent = NULL;
	GIT_TREE tree = NULL;
	const git_commit *parents[1];

	TRY(repo_tree(repo, tree_id, &tree));
	TRY(repo_commit(repo, parent_id, &parent));
	parents[0] = parent;
	if (git_signature_new(&author, name, patch->author_email, patch->when.time,
			      patch->when.offset) < 0 ||
	    git_signature_new(&person, committer->name, committer->email, patch->when.time,
			      patch->when.offset) < 0 ||
	    git_commit_create(commit, repo, NULL, author, person, NULL, message, tree, 1, parents) <
		    0)
		return repo_error("cannot write a commit");
	return NULL;
}

/* A commit that is nowhere has no name: zeros, as 'git format-patch --zero-commit' has it. */
static void drop_commit_id(struct strbuf *mail)
{
	size_t length = strlen("From ");

	if (mail->len > length + GIT_OID_HEXSZ && starts_with(mail->buf, "From "))
		memset(mail->buf + length, '0', GIT_OID_HEXSZ);
}

/* Of a series of one it says "[PATCH 1/1]". */
static void drop_number(const char *line, size_t length, struct strbuf *out)
{
	static const char numbered[] = "Subject: [PATCH 1/1]";

	if (length > strlen(numbered) && starts_with(line, numbered)) {
		strbuf_adds(out, "Subject: [PATCH]");
		line += strlen(numbered);
		length -= strlen(numbered);
	}
	strbuf_add(out, line, length);
}

/* Puts the id behind the "---" that ends the message. */
static void name_original(const struct strbuf *mail, const char *id, struct strbuf *out)
{
	const char *end = mail->buf + mail->len;
	bool in_header = true, named = false;

	for (const char *line = mail->buf; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = newline ? (size_t)(newline + 1 - line) : (size_t)(end - line);

		if (in_header)
			drop_number(line, length, out);
		else
			strbuf_add(out, line, length);
		in_header = in_header && length > 1;
		if (!in_header && !named && length == 4 && starts_with(line, "---\n")) {
			strbuf_addf(out, "farrier-original: %s\n", id);
			named = true;
		}
		line += length;
	}
}

ERR_CHECK resolve_mail(git_repository *repo, const git_oid *parent, const git_oid *commit,
		       const char *original_id, const char *folder, struct strbuf *mail)
{
	char a[OID_HEX_SIZE], b[OID_HEX_SIZE];
	OWNED_STR range = xasprintf("%s..%s", git_oid_tostr(a, sizeof(a), parent),
				    git_oid_tostr(b, sizeof(b), commit));
	MAIL_SERIES series = { 0 };
	STRBUF plain = { 0 };

	TRY(file_remove(folder));
	TRY(file_mkdirs(folder));
	TRY(mail_from_commits(repo, range, folder, &series));
	TRY(file_read(series.patches.items[0], PATCH_MAIL_MAX, &plain));
	TRY(file_remove(folder));
	drop_commit_id(&plain);
	name_original(&plain, original_id, mail);
	return NULL;
}
