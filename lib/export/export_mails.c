// SPDX-License-Identifier: GPL-2.0
#include "core/config.h"
#include "core/file.h"
#include "core/proc.h"
#include "export_mails.h"

#define MAX_ATTRIBUTES ((size_t)1 << 20)
#define BRANCH_NAME    "export"
#define ID_DIGITS      20

/* A file of the folder that git takes for a repository. */
static ERR_CHECK put(const struct export_mails *mails, const char *name, const char *text)
{
	OWNED_STR path = xasprintf("%s/git/%s", mails->folder, name);

	return file_write(path, text, strlen(text));
}

static ERR_CHECK put_attributes(const struct export_mails *mails)
{
	STRBUF text = { 0 };
	bool found;

	TRY(repo_read_file(mails->repo, &mails->to, ".gitattributes", MAX_ATTRIBUTES, &text,
			   &found));
	return found ? put(mails, "info/attributes", strbuf_str(&text)) : NULL;
}

/* A clone that was cut off somewhere says where. */
static ERR_CHECK put_shallow(const struct export_mails *mails)
{
	OWNED_STR from = xasprintf("%s/shallow", repo_git_dir(mails->repo));
	OWNED_STR to = xasprintf("%s/git/shallow", mails->folder);

	return file_exists(from) ? file_copy(from, to) : NULL;
}

/* format-patch takes a cover letter's text from the branch's description. */
static ERR_CHECK put_cover(const struct export_mails *mails)
{
	OWNED_STR config = xasprintf("%s/git/config", mails->folder);
	STRBUF text = { 0 };

	strbuf_addf(&text, "%s\n", mails->cover->subject);
	if (*mails->cover->text)
		strbuf_addf(&text, "\n%s\n", mails->cover->text);
	if (mails->note)
		strbuf_addf(&text, "\n%s\n", mails->note);
	return config_write(config, "branch." BRANCH_NAME ".description", strbuf_str(&text));
}

static ERR_CHECK make_repository(const struct export_mails *mails)
{
	OWNED_STR objects = xasprintf("%s/git/objects", mails->folder);
	OWNED_STR out = xasprintf("%s/mails", mails->folder);
	OWNED_STR tip = xasprintf("%s\n", git_oid_tostr_s(&mails->to));

	TRY(file_mkdirs(objects));
	TRY(file_mkdirs(out));
	TRY(put(mails, "HEAD", "ref: refs/heads/" BRANCH_NAME "\n"));
	TRY(put(mails, "refs/heads/" BRANCH_NAME, tip));
	TRY(put(mails, "config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"));
	TRY(put_attributes(mails));
	TRY(put_shallow(mails));
	return mails->cover->subject ? put_cover(mails) : NULL;
}

/* Nothing of the user's environment either: what git reads from it is set or unset. */
static ERR_CHECK make_environment(const struct export_mails *mails, struct strvec *env)
{
	static const char *const plain[] = { "GIT_CONFIG_GLOBAL=/dev/null",
					     "GIT_CONFIG_NOSYSTEM=1",
					     "GIT_ATTR_NOSYSTEM=1",
					     "GIT_NO_REPLACE_OBJECTS=1",
					     "LC_ALL=C",
					     "TZ=UTC",
					     "GIT_CONFIG_COUNT",
					     "GIT_CONFIG_PARAMETERS",
					     "GIT_DIR",
					     "GIT_COMMON_DIR",
					     "GIT_WORK_TREE",
					     "GIT_INDEX_FILE",
					     "GIT_NAMESPACE",
					     "GIT_ALTERNATE_OBJECT_DIRECTORIES",
					     "GIT_EXTERNAL_DIFF",
					     "GIT_DIFF_OPTS",
					     "GIT_SHALLOW_FILE",
					     "GIT_GRAFT_FILE",
					     NULL };
	GIT_COMMIT tip = NULL;

	TRY(repo_commit(mails->repo, &mails->to, &tip));
	strvec_push_all(env, plain);
	strvec_pushf(env, "HOME=%s", mails->folder);
	strvec_pushf(env, "XDG_CONFIG_HOME=%s", mails->folder);
	strvec_pushf(env, "GIT_OBJECT_DIRECTORY=%s/objects", repo_git_dir(mails->repo));
	strvec_pushf(env, "GIT_COMMITTER_NAME=%s", mails->sender->name);
	strvec_pushf(env, "GIT_COMMITTER_EMAIL=%s", mails->sender->email);
	/* of the cover letter */
	strvec_pushf(env, "GIT_COMMITTER_DATE=@%lld +0000",
		     (long long)git_commit_committer(tip)->when.time);
	return NULL;
}

static bool names_base(const struct export_mails *mails)
{
	return mails->upstream_base || !git_oid_equal(&mails->base, &mails->from);
}

static void make_arguments(const struct export_mails *mails, struct strvec *argv)
{
	strvec_push(argv, "git");
	strvec_pushf(argv, "--git-dir=%s/git", mails->folder);
	strvec_push_all(argv, (const char *const[]){ "format-patch", "--quiet", "--zero-commit",
						     "--full-index", "--no-thread", NULL });
	strvec_pushf(argv, "--output-directory=%s/mails", mails->folder);
	strvec_pushf(argv, "--from=%s <%s>", mails->sender->name, mails->sender->email);
	strvec_pushf(argv, "--subject-prefix=%s", mails->prefix);
	for (size_t i = 0; i < mails->mail_to->count; i++)
		strvec_pushf(argv, "--to=%s", mails->mail_to->items[i]);
	for (size_t i = 0; i < mails->mail_cc->count; i++)
		strvec_pushf(argv, "--cc=%s", mails->mail_cc->items[i]);
	if (mails->cover->subject)
		strvec_push_all(argv,
				(const char *const[]){ "--cover-letter",
						       "--cover-from-description=subject", NULL });
	if (names_base(mails))
		strvec_pushf(argv, "--base=%s", git_oid_tostr_s(&mails->base));
	strvec_pushf(argv, "%s..refs/heads/" BRANCH_NAME, git_oid_tostr_s(&mails->from));
}

/* Takes the base-commit line out: its id means nothing to anybody else. */
static void drop_base(const struct export_mails *mails, struct strbuf *mail)
{
	OWNED_STR line = xasprintf("\nbase-commit: %s\n", git_oid_tostr_s(&mails->base));
	const char *found = memmem(strbuf_str(mail), mail->len, line, strlen(line));
	STRBUF rest = { 0 };

	if (!found)
		return;
	strbuf_adds(&rest, found + strlen(line));
	strbuf_setlen(mail, (size_t)(found - mail->buf) + 1);
	strbuf_add(mail, strbuf_str(&rest), rest.len);
}

/* Puts a text below the line "---" that ends the message. */
static void add_note(const char *note, struct strbuf *mail)
{
	const char *found = memmem(strbuf_str(mail), mail->len, "\n---\n", strlen("\n---\n"));
	size_t at = found ? (size_t)(found - mail->buf) + strlen("\n---\n") : 0;
	STRBUF rest = { 0 };

	if (!found)
		return;
	strbuf_add(&rest, mail->buf + at, mail->len - at);
	strbuf_setlen(mail, at);
	strbuf_addf(mail, "%s\n\n", note);
	strbuf_add(mail, strbuf_str(&rest), rest.len);
}

/* "0123456789abcdef0123-2-name@host" */
static char *message_id(const struct export_mails *mails, const char *thread, size_t index)
{
	const char *email = mails->sender->email;

	return xasprintf("<%.*s-%zu-%s%s>", ID_DIGITS, thread, index, email,
			 strchr(email, '@') ? "" : "@localhost");
}

/* Adds the thread's headers where git format-patch --thread=shallow has them. */
static void add_thread(const struct export_mails *mails, const char *thread, size_t index,
		       struct strbuf *mail)
{
	OWNED_STR first = message_id(mails, thread, 0);
	OWNED_STR own = message_id(mails, thread, index);
	size_t line = strcspn(strbuf_str(mail), "\n") + 1;
	STRBUF rest = { 0 };

	strbuf_add(&rest, mail->buf + line, mail->len - line);
	strbuf_setlen(mail, line);
	strbuf_addf(mail, "Message-ID: %s\n", own);
	if (index)
		strbuf_addf(mail, "In-Reply-To: %s\nReferences: %s\n", first, first);
	strbuf_add(mail, strbuf_str(&rest), rest.len);
}

static ERR_CHECK read_mails(const struct export_mails *mails, const struct strvec *names,
			    struct strbuf *texts)
{
	for (size_t i = 0; i < names->count; i++) {
		OWNED_STR path = xasprintf("%s/mails/%s", mails->folder, names->items[i]);

		TRY(file_read(path, PATCH_MAIL_MAX, &texts[i]));
		if (!mails->upstream_base)
			drop_base(mails, &texts[i]);
	}
	if (mails->note && !mails->cover->subject)
		add_note(mails->note, &texts[0]);
	return NULL;
}

static ERR_CHECK write_mails(const struct export_mails *mails, const struct strvec *names,
			     struct strbuf *texts)
{
	char thread[STORE_ID_SIZE];
	STRBUF all = { 0 };

	for (size_t i = 0; i < names->count; i++)
		strbuf_add(&all, strbuf_str(&texts[i]), texts[i].len);
	store_id(strbuf_str(&all), all.len, thread);
	for (size_t i = 0; i < names->count; i++) {
		OWNED_STR path = xasprintf("%s/mails/%s", mails->folder, names->items[i]);

		add_thread(mails, thread, i, &texts[i]);
		TRY(file_write(path, strbuf_str(&texts[i]), texts[i].len));
	}
	return NULL;
}

static ERR_CHECK finish_mails(const struct export_mails *mails, const struct strvec *env,
			      const struct strvec *names)
{
	struct strbuf *texts = xcalloc(names->count, sizeof(*texts));
	const struct err *err = read_mails(mails, names, texts);

	if (!err && mails->cover->subject)
		err = export_cover_encode(mails, env, names->count - 1, &texts[0]);
	if (!err)
		err = write_mails(mails, names, texts);
	for (size_t i = 0; i < names->count; i++)
		strbuf_release(&texts[i]);
	free(texts);
	return err;
}

ERR_CHECK export_mails_write(const struct export_mails *mails, struct strvec *names)
{
	OWNED_STR out = xasprintf("%s/mails", mails->folder);
	STRVEC argv = { 0 };
	STRVEC env = { 0 };

	TRY(make_repository(mails));
	TRY(make_environment(mails, &env));
	make_arguments(mails, &argv);
	TRY(proc_run_ok(&(struct proc_spec){ .argv = (const char *const *)argv.items,
					     .env = (const char *const *)env.items,
					     .dir = mails->folder },
			NULL));
	TRY(file_list(out, names));
	return finish_mails(mails, &env, names);
}

/* A message as git am commits it. */
static ERR_CHECK tidy(const char *message, struct strbuf *out)
{
	git_buf clean = { 0 };

	if (git_message_prettify(&clean, message, 0, 0) < 0)
		return repo_error("cannot read a message");
	strbuf_add(out, clean.ptr, clean.size);
	git_buf_dispose(&clean);
	return NULL;
}

ERR_CHECK export_mails_check(git_repository *repo, const char *path, const git_oid *oid,
			     bool *carriage_returns)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	const git_signature *author;
	GIT_COMMIT commit = NULL;
	STRBUF mail = { 0 };
	STRBUF message = { 0 };

	TRY(file_read(path, PATCH_MAIL_MAX, &mail));
	TRY(patch_from_mail(strbuf_str(&mail), mail.len, file_base_name(path), &patch));
	TRY(repo_commit(repo, oid, &commit));
	TRY(tidy(git_commit_message(commit), &message));
	author = git_commit_author(commit);
	*carriage_returns = memmem(strbuf_str(&patch.diff), patch.diff.len, "\r\n", 2) != NULL;
	if (!str_equal(patch.message, strbuf_str(&message)))
		return err_hint(err_input("'%s' would not give its commit's message when it is "
					  "applied",
					  patch.subject),
				"a message must not have a line that ends it in a mail ('---', "
				"'diff -', 'Index: ') or begin like a mail's header ('From: ')");
	if (!str_equal(patch.author_name, author->name) ||
	    !str_equal(patch.author_email, author->email))
		return err_input("'%s' would be by '%s <%s>' when it is applied, not by '%s <%s>'",
				 patch.subject, patch.author_name, patch.author_email, author->name,
				 author->email);
	return NULL;
}
