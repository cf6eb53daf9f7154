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
	mail_release_trailers(&result->trailers);
	free(result->origin);
	free(result->not_searched);
	for (size_t i = 0; i < result->port_count; i++) {
		free(result->ports[i].branch);
		free(result->ports[i].kept);
	}
	free(result->ports);
	strvec_release(&result->notes);
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
		if (box->mails[i].kind == MAIL_OTHER || box->mails[i].kind == MAIL_REPLY)
			TRY(mail_read_bare(&box->mails[i]));
	return NULL;
}

/* Splits an input into files below `folder` and notes them in the box. */
static ERR_CHECK add_mails(struct mail_box *box, const char *path, const char *folder)
{
	size_t count = 0;

	TRY(mail_split(path, folder, &count));
	box->mails = xreallocarray(box->mails, box->count + count, sizeof(*box->mails));
	for (size_t i = 0; i < count; i++) {
		struct mail *mail = &box->mails[box->count++];

		*mail = (struct mail){ .number = box->count };
		mail->path = xasprintf("%s/%04zu", folder, i + 1);
	}
	if (box->count > MAIL_COUNT_MAX)
		return err_input("'%s' has %zu mails; the limit is %d", box->what, box->count,
				 MAIL_COUNT_MAX);
	return NULL;
}

ERR_CHECK mail_open_box(const char *path, const char *folder, struct mail_box *box)
{
	*box = (struct mail_box){ 0 };
	box->what = xstrdup(str_equal(path, "-") ? "standard input" : path);
	TRY(add_mails(box, path, folder));
	TRY(read_mails(box));
	mail_thread(box);
	return NULL;
}

ERR_CHECK mail_open_boxes(const struct strvec *paths, const char *what, const char *folder,
			  struct mail_box *box)
{
	*box = (struct mail_box){ 0 };
	box->what = xstrdup(what);
	for (size_t i = 0; i < paths->count; i++) {
		OWNED_STR part = xasprintf("%s/%zu", folder, i + 1);

		TRY(file_mkdirs(part));
		TRY(add_mails(box, paths->items[i], part));
	}
	TRY(read_mails(box));
	mail_thread(box);
	return NULL;
}
