// SPDX-License-Identifier: GPL-2.0
#include "core/file.h"
#include "base/interrupt.h"
#include "mail_part.h"
#include "base/progress.h"

static void release_mail(struct mail *mail)
{
	free(mail->path);
	free(mail->why);
	free(mail->hint);
	free(mail->message_id);
	free(mail->sender);
	free(mail->author);
	free(mail->subject);
	strvec_release(&mail->references);
}

void mail_release_box(struct mail_box *box)
{
	for (size_t i = 0; i < box->count; i++)
		release_mail(&box->mails[i]);
	free(box->mails);
	for (size_t i = 0; i < box->posting_count; i++)
		free(box->postings[i].members);
	free(box->postings);
	free(box->what);
	*box = (struct mail_box){ 0 };
}

void mail_release_series(struct mail_series *series)
{
	free(series->title);
	free(series->message_id);
	free(series->cover);
	strvec_release(&series->patches);
	strvec_release(&series->subjects);
	*series = (struct mail_series){ 0 };
}

void mail_release_result(struct mail_result *result)
{
	free(result->name);
	strvec_release(&result->subjects);
	for (size_t i = 0; i < result->reply_count; i++) {
		free(result->replies[i].message_id);
		free(result->replies[i].author);
		free(result->replies[i].subject);
	}
	free(result->replies);
	*result = (struct mail_result){ 0 };
}

static bool has_patch(const struct mail_box *box)
{
	for (size_t i = 0; i < box->count; i++)
		if (box->mails[i].kind == MAIL_PATCH || box->mails[i].kind == MAIL_COVER)
			return true;
	return false;
}

static ERR_CHECK read_mails(struct mail_box *box)
{
	CLEANUP(progress_drop)
	struct progress *step = progress_begin(0, "reading %zu mail%s", box->count,
					       box->count == 1 ? "" : "s");

	for (size_t i = 0; i < box->count; i++) {
		TRY(interrupt_check());
		TRY(mail_read(&box->mails[i]));
		progress_update(step, "%zu of %zu", i + 1, box->count);
	}
	for (size_t i = 0; i < box->count && !has_patch(box); i++)
		if (box->mails[i].kind == MAIL_OTHER)
			TRY(mail_read_bare(&box->mails[i]));
	return NULL;
}

ERR_CHECK mail_open_box(const char *path, const char *folder, struct mail_box *box)
{
	size_t count = 0;

	*box = (struct mail_box){ 0 };
	box->what = xstrdup(str_equal(path, "-") ? "standard input" : path);
	TRY(mail_split(path, folder, &count));
	box->mails = xcalloc(count, sizeof(*box->mails));
	box->count = count;
	for (size_t i = 0; i < count; i++) {
		box->mails[i].number = i + 1;
		box->mails[i].path = xasprintf("%s/%04zu", folder, i + 1);
	}
	TRY(read_mails(box));
	mail_thread(box);
	return NULL;
}
