// SPDX-License-Identifier: GPL-2.0
/* diff_hunk.c - one hunk: its header keeps its word, or it is refused. */
#include "diff_internal.h"

#define WRAPPED_FROM 55 /* bytes that a line has left when a mailer wrapped it */

/* What the header promises and is not yet seen. */
struct promise {
	size_t old_left;
	size_t new_left;
	bool old_ended; /* "\ No newline" was seen */
	bool new_ended;
	char last;	    /* kind of the line before, for "\ No newline" */
	const char *before; /* the line before, or NULL */
};

static bool read_number(const char **text, const char *end, size_t *number)
{
	const char *digit = *text;

	*number = 0;
	while (digit < end && *digit >= '0' && *digit <= '9' && *number <= DIFF_MAX_LINES)
		*number = *number * 10 + (size_t)(*digit++ - '0');
	if (digit == *text || *number > DIFF_MAX_LINES)
		return false;
	*text = digit;
	return true;
}

/* "SIGN START[,COUNT]" */
static bool read_range(const char **text, const char *end, char sign, size_t *start, size_t *count)
{
	if (*text == end || *(*text)++ != sign || !read_number(text, end, start))
		return false;
	*count = 1;
	if (*text == end || **text != ',')
		return true;
	(*text)++;
	return read_number(text, end, count);
}

static bool skip(const char **text, const char *end, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(end - *text) < length || memcmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

static ERR_CHECK read_header(const struct diff_scan *scan, struct diff_hunk *hunk,
			     struct promise *promise)
{
	const char *text = scan->at;
	const char *end = text + diff_line_length(scan);

	if (!skip(&text, end, "@@ ") ||
	    !read_range(&text, end, '-', &hunk->old_start, &promise->old_left) ||
	    !skip(&text, end, " ") ||
	    !read_range(&text, end, '+', &hunk->new_start, &promise->new_left) ||
	    !skip(&text, end, " @@"))
		return diff_refuse(scan, scan->line, "a hunk's header that cannot be read");
	if (promise->old_left + promise->new_left == 0)
		return diff_refuse(scan, scan->line, "a hunk without lines");
	skip(&text, end, " ");
	hunk->heading = text;
	hunk->heading_length = (size_t)(end - text);
	return NULL;
}

static ERR_CHECK no_newline(const struct diff_scan *scan, struct diff_hunk *hunk,
			    struct promise *promise)
{
	if (!promise->last)
		return diff_refuse(scan, scan->line, "'\\' without a line before it");
	if (promise->last != '+') {
		lines_drop_newline(&hunk->before);
		promise->old_ended = true;
	}
	if (promise->last != '-') {
		lines_drop_newline(&hunk->after);
		promise->new_ended = true;
	}
	return NULL;
}

/* Behind a long line it is more likely the rest of that. */
static ERR_CHECK wrapped_line(const struct diff_scan *scan, size_t length)
{
	return err_hint(diff_refuse(scan, scan->line,
				    "'%.*s' stands in a hunk and begins with none of ' ', '+' and "
				    "'-': a mailer has wrapped the long line before it",
				    (int)(length < 80 ? length : 80), scan->at),
			"ask for the patch as git send-email writes it, or as an attachment");
}

static ERR_CHECK lost_space(const struct diff_scan *scan, const struct promise *promise)
{
	size_t length = diff_line_length(scan);
	const struct err *err;

	if (promise->before && (size_t)(scan->at - promise->before) > WRAPPED_FROM)
		return wrapped_line(scan, length);

	err = diff_refuse(scan, scan->line,
			  "'%.*s' stands in a hunk and begins with none of ' ', '+' and '-': its "
			  "leading white space is lost, as in a web archive's page",
			  (int)(length < 80 ? length : 80), scan->at);
	return err_hint(err, "get the raw mail: the archive's 'raw' or 'mbox' link "
			     "(lore.kernel.org: MESSAGE-ID/raw), or 'b4 am MESSAGE-ID'");
}

/* An empty line is a context line whose space an editor cut off: git apply takes it, too. */
static char line_kind(const struct diff_scan *scan)
{
	return *scan->at == '\n' ? ' ' : *scan->at;
}

static void add_line(const struct diff_scan *scan, char kind, struct diff_hunk *hunk)
{
	size_t skipped = *scan->at == '\n' ? 0 : 1;
	size_t length = (size_t)(diff_peek_line(scan) - scan->at) - skipped;

	if (kind != '+')
		lines_push(&hunk->before, scan->at + skipped, length);
	if (kind != '-')
		lines_push(&hunk->after, scan->at + skipped, length);
	if (kind == ' ')
		hunk->trailing++;
	else
		hunk->trailing = 0;
	if (kind == ' ' && hunk->before.count == hunk->after.count &&
	    hunk->trailing == hunk->before.count)
		hunk->leading++;
}

/* Takes one line off what the header promised. */
static ERR_CHECK count_line(struct diff_scan *scan, char kind, const struct diff_hunk *hunk,
			    struct promise *promise)
{
	bool old_line = kind != '+', new_line = kind != '-';

	if ((old_line && !promise->old_left) || (new_line && !promise->new_left))
		return diff_refuse(scan, scan->line, "more lines than the hunk at line %zu says",
				   hunk->line);
	if ((old_line && promise->old_ended) || (new_line && promise->new_ended))
		return diff_refuse(scan, scan->line, "a line behind the end of the file");
	scan->line_count += (size_t)old_line + new_line;
	if (scan->line_count > DIFF_MAX_TOTAL)
		return diff_refuse(scan, scan->line, "more than %d lines in one patch",
				   DIFF_MAX_TOTAL / 2);
	promise->old_left -= old_line;
	promise->new_left -= new_line;
	promise->last = kind;
	return NULL;
}

static ERR_CHECK read_line(struct diff_scan *scan, struct diff_hunk *hunk, struct promise *promise)
{
	char kind = line_kind(scan);

	if (kind == '\\') {
		TRY(no_newline(scan, hunk, promise));
	} else if (kind == ' ' || kind == '+' || kind == '-') {
		TRY(count_line(scan, kind, hunk, promise));
		add_line(scan, kind, hunk);
	} else {
		return lost_space(scan, promise);
	}
	promise->before = scan->at;
	diff_next_line(scan);
	return NULL;
}

/* Whether the line at hand looks as if the hunk went on although it has all its lines. */
static bool goes_on(const struct diff_scan *scan)
{
	if (scan->at == scan->end)
		return false;
	if (*scan->at == '+' || *scan->at == ' ')
		return true;
	return *scan->at == '-' && !diff_line_is(scan, "--");
}

/* A side without any line stands in no file but an empty one, so it must not say otherwise. */
static ERR_CHECK check_ends(const struct diff_scan *scan, const struct diff_hunk *hunk)
{
	if ((hunk->before.count && !hunk->old_start) || (hunk->after.count && !hunk->new_start))
		return diff_refuse(scan, hunk->line, "a hunk that begins at line 0");
	if (goes_on(scan))
		return diff_refuse(scan, scan->line, "more lines than the hunk at line %zu says",
				   hunk->line);
	return NULL;
}

static ERR_CHECK read_hunk(struct diff_scan *scan, struct diff_hunk *hunk)
{
	struct promise promise = { 0 };

	hunk->line = scan->line;
	TRY(read_header(scan, hunk, &promise));
	diff_next_line(scan);
	while (promise.old_left || promise.new_left) {
		if (scan->at == scan->end)
			return diff_refuse(scan, hunk->line,
					   "the hunk promises %zu more old and %zu more new lines "
					   "than the text has",
					   promise.old_left, promise.new_left);
		TRY(read_line(scan, hunk, &promise));
	}
	if (scan->at < scan->end && *scan->at == '\\')
		TRY(read_line(scan, hunk, &promise));
	return check_ends(scan, hunk);
}

ERR_CHECK diff_parse_hunk(struct diff_scan *scan, struct diff_file *file)
{
	if (scan->hunk_count++ == DIFF_MAX_HUNKS)
		return diff_refuse(scan, scan->line, "more than %d hunks in one patch",
				   DIFF_MAX_HUNKS);
	/* grows by doubling: the count is a power of two when the list is full */
	if ((file->hunk_count & (file->hunk_count - 1)) == 0)
		file->hunks = xreallocarray(file->hunks,
					    file->hunk_count ? file->hunk_count * 2 : 1,
					    sizeof(*file->hunks));
	file->hunks[file->hunk_count] = (struct diff_hunk){ 0 };
	return read_hunk(scan, &file->hunks[file->hunk_count++]);
}
