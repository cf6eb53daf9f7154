// SPDX-License-Identifier: GPL-2.0
/* mail_choose.c - the one posting that is meant, complete, or what is wrong with it. */
#include "mail_part.h"

#define LISTED_MAX 20 /* names, numbers or reasons in one message */

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* Says why each of the mails that are no replies is no patch. */
static ERR_CHECK no_patch(const struct mail_box *box)
{
	const struct err *err = err_input("'%s' has no patch: %zu mail%s, none with a diff",
					  box->what, box->count, plural(box->count));
	STRBUF reasons = { 0 };
	size_t listed = 0;

	for (size_t i = 0; i < box->count && listed < LISTED_MAX; i++) {
		const struct mail *mail = &box->mails[i];

		if (!mail->why)
			continue;
		strbuf_addf(&reasons, "%smail %zu: %s", listed ? "; " : "", mail->number,
			    mail->why);
		listed++;
	}
	return listed ? err_hint(err, "%s", strbuf_str(&reasons)) : err;
}

static bool is_called(const struct mail_posting *posting, const char *name)
{
	OWNED_STR own = series_name_of(posting->first->subject);

	return str_equal(own, name) || str_equal(posting->first->subject, name);
}

static size_t patch_count(const struct mail_posting *posting)
{
	size_t count = 0;

	for (size_t i = 0; i < posting->count; i++)
		count += posting->members[i]->kind == MAIL_PATCH;
	return count;
}

/* The newest version of a line, or the one with that number; of two sendings of it the fuller, then
 * the later. */
static const struct mail_posting *newest(const struct mail_box *box, size_t line, int version)
{
	const struct mail_posting *best = NULL;

	for (size_t i = 0; i < box->posting_count; i++) {
		const struct mail_posting *posting = &box->postings[i];

		if (posting->line != line || (version && posting->version != version))
			continue;
		if (!best || posting->version > best->version ||
		    (posting->version == best->version &&
		     patch_count(posting) >= patch_count(best)))
			best = posting;
	}
	return best;
}

static ERR_CHECK several_series(const struct mail_box *box)
{
	STRBUF list = { 0 };

	for (size_t line = 0; line < box->line_count && line < LISTED_MAX; line++) {
		const struct mail_posting *posting = newest(box, line, 0);
		OWNED_STR name = series_name_of(posting->first->subject);

		strbuf_addf(&list, "%s%s (version %d, %d patch%s)", line ? ", " : "", name,
			    posting->version, posting->total, posting->total == 1 ? "" : "es");
	}
	if (box->line_count > LISTED_MAX)
		strbuf_adds(&list, ", ...");
	return err_hint(err_input("'%s' has %zu series", box->what, box->line_count),
			"choose one with --name: %s", strbuf_str(&list));
}

static const struct mail_posting *find_called(const struct mail_box *box, const char *name)
{
	for (size_t i = 0; i < box->posting_count; i++)
		if (is_called(&box->postings[i], name))
			return newest(box, box->postings[i].line, 0);
	return NULL;
}

static const struct mail *find_mail(const struct mail_box *box, const char *message_id)
{
	for (size_t i = 0; i < box->count; i++)
		if (box->mails[i].message_id && str_equal(box->mails[i].message_id, message_id))
			return &box->mails[i];
	return NULL;
}

const struct mail_posting *mail_posting_of(const struct mail_box *box, const struct mail *mail)
{
	for (size_t i = 0; i < box->posting_count; i++)
		for (size_t j = 0; j < box->postings[i].count; j++)
			if (box->postings[i].members[j] == mail)
				return &box->postings[i];
	return NULL;
}

/* The posting that a mail is of, or answers, as near as its references say. */
static ERR_CHECK find_by_id(const struct mail_box *box, const char *message_id,
			    const struct mail_posting **posting)
{
	const struct mail *mail = find_mail(box, message_id);

	*posting = mail ? mail_posting_of(box, mail) : NULL;
	for (size_t i = 0; mail && !*posting && i < mail->references.count; i++) {
		const struct mail *answered = find_mail(box, mail->references.items[i]);

		if (answered)
			*posting = mail_posting_of(box, answered);
	}
	if (*posting)
		return NULL;
	return mail ? err_input("'%s': mail '%s' is no patch and answers none", box->what,
				message_id)
		    : err_input("'%s' has no mail '%s'", box->what, message_id);
}

static ERR_CHECK no_version(const struct mail_box *box, const struct mail_posting *one, int version)
{
	STRBUF list = { 0 };

	for (size_t i = 0; i < box->posting_count; i++)
		if (box->postings[i].line == one->line)
			strbuf_addf(&list, "%s%d", list.len ? ", " : "", box->postings[i].version);
	return err_hint(err_input("'%s' has no version %d of '%s'", box->what, version,
				  one->first->subject),
			"there is %s", strbuf_str(&list));
}

/* The newest version of the one series in the box, of the named one, or of the one with that mail.
 */
static ERR_CHECK choose_newest(const struct mail_box *box, const struct mail_wish *wish,
			       const struct mail_posting **posting)
{
	const char *const *names = wish->names;

	*posting = box->line_count == 1 ? newest(box, 0, 0) : NULL;
	for (; !*posting && names && *names; names++)
		*posting = find_called(box, *names);
	return *posting ? NULL : several_series(box);
}

static ERR_CHECK choose_posting(const struct mail_box *box, const struct mail_wish *wish,
				struct mail_series *series)
{
	const struct mail_posting *posting = NULL;

	if (!box->posting_count)
		return no_patch(box);
	if (wish->message_id) {
		TRY(find_by_id(box, wish->message_id, &posting));
		series->asked_version = posting->version;
		posting = newest(box, posting->line, 0);
	} else {
		TRY(choose_newest(box, wish, &posting));
	}
	series->posting = newest(box, posting->line, wish->version);
	return series->posting ? NULL : no_version(box, posting, wish->version);
}

/* The mail that is patch n: *mail is NULL when there is none. Two different ones are an error. */
static ERR_CHECK find_patch(const struct mail_box *box, const struct mail_posting *posting, int n,
			    const struct mail **mail)
{
	*mail = NULL;
	for (size_t i = 0; i < posting->count; i++) {
		const struct mail *member = posting->members[i];

		if (member->n != n || (*mail && member->why))
			continue;
		if (*mail && !(*mail)->why && !str_equal((*mail)->content, member->content))
			return err_input("'%s': mails %zu and %zu are two different patches %d of "
					 "%d of version %d",
					 box->what, (*mail)->number, member->number, n,
					 posting->total, posting->version);
		*mail = member;
	}
	return NULL;
}

static ERR_CHECK missing_patches(const struct mail_box *box, const struct mail_posting *posting,
				 const struct strbuf *list, size_t count)
{
	const struct err *err = err_input(
		"'%s': patch%s %s of %d %s missing from version %d of '%s'", box->what,
		count == 1 ? "" : "es", strbuf_str(list), posting->total, count == 1 ? "is" : "are",
		posting->version, posting->first->subject);

	return err_hint(err, "get the whole thread: the archive's mbox link (lore.kernel.org: "
			     "MESSAGE-ID/t.mbox.gz), or 'b4 mbox MESSAGE-ID'");
}

static ERR_CHECK unusable_patch(const struct mail_box *box, const struct mail_posting *posting,
				const struct mail *mail)
{
	const struct err *err = err_input("'%s': mail %zu (patch %d of %d): %s", box->what,
					  mail->number, mail->n, posting->total, mail->why);

	return mail->hint ? err_hint(err, "%s", mail->hint) : err;
}

static ERR_CHECK take_patches(const struct mail_box *box, const struct mail_posting *posting,
			      struct mail_series *series)
{
	STRBUF missing = { 0 };
	size_t missing_count = 0;

	for (int n = 1; n <= posting->total; n++) {
		const struct mail *mail;

		TRY(find_patch(box, posting, n, &mail));
		if (mail && mail->why)
			return unusable_patch(box, posting, mail);
		if (mail) {
			strvec_push(&series->patches, mail->path);
			strvec_push(&series->subjects, mail->subject);
		} else if (missing_count++ < LISTED_MAX) {
			strbuf_addf(&missing, "%s%d", missing.len ? ", " : "", n);
		}
	}
	if (missing_count > LISTED_MAX)
		strbuf_adds(&missing, ", ...");
	return missing_count ? missing_patches(box, posting, &missing, missing_count) : NULL;
}

ERR_CHECK mail_choose_wish(const struct mail_box *box, const struct mail_wish *wish,
			   struct mail_series *series)
{
	const struct mail *first;

	*series = (struct mail_series){ .posted = true };
	TRY(choose_posting(box, wish, series));
	first = series->posting->first;
	series->version = series->posting->version;
	series->title = xstrdup(first->subject);
	if (first->message_id)
		series->message_id = xstrdup(first->message_id);
	if (first->kind == MAIL_COVER)
		series->cover = xstrdup(first->path);
	return take_patches(box, series->posting, series);
}

ERR_CHECK mail_choose(const struct mail_box *box, const char *const *names,
		      struct mail_series *series)
{
	return mail_choose_wish(box, &(struct mail_wish){ .names = names }, series);
}
