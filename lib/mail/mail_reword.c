// SPDX-License-Identifier: GPL-2.0
/*
 * mail_reword.c - a recorded port gets its patch's new message, and keeps its own note.
 *
 * The message is merged as a text of lines: from the old patch's, what the port's
 * author added and what the new version changed. The mail is edited only where it is
 * plain text as git format-patch writes it, and the result is read back: it must be
 * the same patch with the merged message, or nothing is done.
 */
#include "mail_write.h"

static git_merge_file_input input_of(const char *message)
{
	git_merge_file_input input;

	git_merge_file_input_init(&input, GIT_MERGE_FILE_INPUT_VERSION);
	input.ptr = message;
	input.size = strlen(message);
	return input;
}

static ERR_CHECK merge(const struct mail_reword *reword, git_merge_file_favor_t favor,
		       struct strbuf *message, bool *clean)
{
	git_merge_file_input ancestor = input_of(reword->old_patch->message);
	git_merge_file_input ours = input_of(reword->recorded->message);
	git_merge_file_input theirs = input_of(reword->new_patch->message);
	git_merge_file_result result = { 0 };
	git_merge_file_options options;

	git_merge_file_options_init(&options, GIT_MERGE_FILE_OPTIONS_VERSION);
	options.favor = favor;
	if (git_merge_file(&result, &ancestor, &ours, &theirs, &options) < 0)
		return repo_error("cannot merge two messages");
	*clean = result.automergeable;
	strbuf_reset(message);
	strbuf_add(message, result.ptr, result.len);
	git_merge_file_result_free(&result);
	return NULL;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/*
 * Where both sides added lines at one place (a note before trailers, a trailer
 * behind them) both are wanted. That it was only that shows in the number of lines.
 */
static ERR_CHECK merge_additions(const struct mail_reword *reword, struct strbuf *message,
				 bool *clean)
{
	size_t added = count_lines(reword->recorded->message) -
		       count_lines(reword->old_patch->message);

	TRY(merge(reword, GIT_MERGE_FILE_FAVOR_UNION, message, clean));
	*clean = count_lines(strbuf_str(message)) ==
		 count_lines(reword->new_patch->message) + added;
	return NULL;
}

/* Where the line "---" that ends the message begins, or NULL. */
static const char *message_end(const char *body)
{
	const char *end = starts_with(body, "---\n") ? body : strstr(body, "\n---\n");

	return end && *end == '\n' ? end + 1 : end;
}

/* The header "Subject", folded as it is; NULL when there is none. */
static const char *find_subject(const char *mail, const char *head_end, size_t *length)
{
	const char *start = strstr(mail, "\nSubject: ");
	const char *end;

	if (!start || start >= head_end)
		return NULL;
	end = strchr(++start, '\n');
	while (end && end < head_end && (end[1] == ' ' || end[1] == '\t'))
		end = strchr(end + 1, '\n');
	*length = end ? (size_t)(end + 1 - start) : 0;
	return end ? start : NULL;
}

/* Headers with the new patch's subject, when that is another one. */
static bool add_headers(const struct mail_reword *reword, const char *head_end, struct strbuf *out)
{
	const char *mail = strbuf_str(reword->recorded_mail);
	const char *fresh = strbuf_str(reword->new_mail);
	const char *fresh_end = strstr(fresh, "\n\n");
	const char *old_subject, *new_subject;
	size_t old_length, new_length;

	if (str_equal(reword->old_patch->subject, reword->new_patch->subject)) {
		strbuf_add(out, mail, (size_t)(head_end - mail));
		return true;
	}
	old_subject = find_subject(mail, head_end, &old_length);
	new_subject = fresh_end ? find_subject(fresh, fresh_end + 1, &new_length) : NULL;
	if (!old_subject || !new_subject)
		return false;
	strbuf_add(out, mail, (size_t)(old_subject - mail));
	strbuf_add(out, new_subject, new_length);
	old_subject += old_length;
	strbuf_add(out, old_subject, (size_t)(head_end - old_subject));
	return true;
}

/* An author in the body ("From: ..." and an empty line) stays where it is. */
static const char *skip_author(const char *body)
{
	const char *end = starts_with(body, "From: ") ? strstr(body, "\n\n") : NULL;

	return end ? end + 2 : body;
}

static bool edit(const struct mail_reword *reword, const struct strbuf *message, struct strbuf *out)
{
	const char *mail = strbuf_str(reword->recorded_mail);
	const char *body = strstr(mail, "\n\n");
	const char *text = strstr(strbuf_str(message), "\n\n");
	const char *end;

	if (!body || strlen(mail) != reword->recorded_mail->len)
		return false;
	body += 2;
	end = message_end(body);
	if (!end || !add_headers(reword, body, out))
		return false;
	strbuf_add(out, body, (size_t)(skip_author(body) - body));
	strbuf_adds(out, text ? text + 2 : "");
	strbuf_adds(out, end);
	return true;
}

/* Whether the edited mail is the recorded port with the merged message and nothing else. */
static bool is_right(const struct mail_reword *reword, const struct strbuf *message,
		     const struct strbuf *out)
{
	CLEANUP(patch_release) struct patch patch = { 0 };
	const struct err *err = patch_from_mail(out->buf, out->len, "a recorded port", &patch);
	const struct patch *recorded = reword->recorded;

	if (err) {
		err_free(err);
		return false;
	}
	return str_equal(patch.message, strbuf_str(message)) &&
	       str_equal(patch.author_name, recorded->author_name) &&
	       str_equal(patch.author_email, recorded->author_email) &&
	       patch.diff.len == recorded->diff.len &&
	       memcmp(strbuf_str(&patch.diff), strbuf_str(&recorded->diff), patch.diff.len) == 0;
}

ERR_CHECK mail_reword(const struct mail_reword *reword, struct strbuf *out, bool *done)
{
	STRBUF message = { 0 };

	*done = true;
	if (str_equal(reword->old_patch->message, reword->new_patch->message)) {
		strbuf_add(out, reword->recorded_mail->buf, reword->recorded_mail->len);
		return NULL;
	}
	TRY(merge(reword, GIT_MERGE_FILE_FAVOR_NORMAL, &message, done));
	if (!*done)
		TRY(merge_additions(reword, &message, done));
	*done = *done && edit(reword, &message, out) && is_right(reword, &message, out);
	return NULL;
}
