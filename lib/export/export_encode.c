// SPDX-License-Identifier: GPL-2.0
/* export_encode.c - the header of a cover letter, as git writes that of a patch. */
#include <stdio.h>

#include "core/proc.h"
#include "export_mails.h"

/* A header's field with the lines that continue it: where it begins, and how long it is. */
static char *find_field(const struct strbuf *mail, const char *name, size_t *length)
{
	char *end = memmem(strbuf_str(mail), mail->len, "\n\n", 2);

	for (char *line = mail->buf; end && line < end; line = strchr(line, '\n') + 1) {
		char *next = line;

		if (!starts_with(line, name))
			continue;
		do
			next = strchr(next, '\n') + 1;
		while (*next == ' ' || *next == '\t');
		*length = (size_t)(next - line);
		return line;
	}
	return NULL;
}

static bool is_ascii(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)bytes[i] >= 0x80)
			return false;
	return true;
}

static bool needs_encoding(const struct strbuf *mail)
{
	size_t from_length = 0, subject_length = 0;
	const char *from = find_field(mail, "From: ", &from_length);
	const char *subject = find_field(mail, "Subject: ", &subject_length);

	return !is_ascii(from, from_length) || !is_ascii(subject, subject_length);
}

static void replace_field(struct strbuf *mail, const struct strbuf *with, const char *name)
{
	size_t old_length = 0, new_length = 0;
	char *old = find_field(mail, name, &old_length);
	const char *new = find_field(with, name, &new_length);
	size_t at = old ? (size_t)(old - mail->buf) : 0;
	STRBUF rest = { 0 };

	if (!old || !new)
		return;
	strbuf_add(&rest, old + old_length, mail->len - at - old_length);
	strbuf_setlen(mail, at);
	strbuf_add(mail, new, new_length);
	strbuf_add(mail, strbuf_str(&rest), rest.len);
}

/* A commit that changes nothing, by the sender, with the cover letter's title. */
static ERR_CHECK make_stand_in(const struct export_mails *mails, git_oid *commit)
{
	GIT_SIGNATURE sender = NULL;
	GIT_COMMIT tip = NULL;
	GIT_TREE tree = NULL;
	const git_commit *parents[1];

	TRY(repo_commit(mails->repo, &mails->to, &tip));
	TRY(repo_tree(mails->repo, git_commit_tree_id(tip), &tree));
	parents[0] = tip;
	if (git_signature_new(&sender, mails->sender->name, mails->sender->email,
			      git_commit_committer(tip)->when.time, 0) < 0 ||
	    git_commit_create(commit, mails->repo, NULL, sender, sender, NULL,
			      mails->cover->subject, tree, 1, parents) < 0)
		return repo_error("cannot write a commit");
	return NULL;
}

ERR_CHECK export_cover_encode(const struct export_mails *mails, const struct strvec *env,
			      size_t total, struct strbuf *mail)
{
	int digits = snprintf(NULL, 0, "%zu", total);
	STRVEC argv = { 0 };
	STRBUF encoded = { 0 };
	STRBUF complaint = { 0 };
	git_oid commit;

	if (!needs_encoding(mail))
		return NULL;
	TRY(make_stand_in(mails, &commit));
	strvec_push(&argv, "git");
	strvec_pushf(&argv, "--git-dir=%s/git", mails->folder);
	strvec_push_all(&argv,
			(const char *const[]){ "format-patch", "--stdout", "--always",
					       "--zero-commit", "--no-numbered", "-1", NULL });
	strvec_pushf(&argv, "--subject-prefix=%s %0*d/%zu", mails->prefix, digits, 0, total);
	strvec_push(&argv, git_oid_tostr_s(&commit));
	TRY(proc_run_ok(&(struct proc_spec){ .argv = (const char *const *)argv.items,
					     .env = (const char *const *)env->items,
					     .dir = mails->folder },
			&(struct proc_io){ .out = &encoded, .err = &complaint }));
	replace_field(mail, &encoded, "From: ");
	replace_field(mail, &encoded, "Subject: ");
	return NULL;
}
