// SPDX-License-Identifier: GPL-2.0
/*
 * lint_message.c - subject and trailers.
 *
 * checkpatch looks at how each trailer is written; here is what it does not see:
 * which lines git takes for trailers at all, and who has to be among them.
 */
#include <ctype.h>
#include <strings.h>

#include "lint.h"

/* submitting-patches.rst, "The canonical patch format": 70 to 75 characters. */
#define SUBJECT_COLUMNS 75
/* submitting-patches.rst: "at least the first 12 characters of the SHA-1 ID" */
#define FIXES_DIGITS 12

/* Tags that people write by hand; their own case is the right one. */
static const char *const known_tags[] = {
	"Signed-off-by", "Co-developed-by", "Acked-by",	   "Reviewed-by", "Tested-by",
	"Reported-by",	 "Suggested-by",    "Fixes",	   "Cc",	  "Link",
	"Closes",	 "Stable-dep-of",   "Assisted-by",
};

/* What belongs before the sign-off of the person who sends the patch. */
static const char *const before_sign_off[] = { "Fixes", "Reported-by", "Suggested-by", "Closes",
					       "Co-developed-by" };

/* What the rules look at. */
struct view {
	const struct lint_text *text;
	struct lint_findings *findings;
	bool strict;
	struct strvec lines; /* the message's, without its subject */
	size_t block;	     /* where its last paragraph begins */
};

static const char *known_tag(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_tags); i++) {
		size_t length = strlen(known_tags[i]);

		if (strncasecmp(line, known_tags[i], length) == 0 && line[length] == ':')
			return known_tags[i];
	}
	return NULL;
}

/* "Name-with-dashes: value", as git-interpret-trailers(1) has it. */
static bool looks_like_trailer(const char *line)
{
	size_t length = 0;

	while (isalnum((unsigned char)line[length]) || line[length] == '-')
		length++;
	return length && isalpha((unsigned char)*line) && line[length] == ':' &&
	       line[length + 1] == ' ';
}

static bool is_note(const char *line)
{
	return *line == '[';
}

/* A line that belongs to the one before it: of a note in brackets, or folded. */
static bool goes_on(const char *line)
{
	return *line == ' ' || *line == '\t';
}

static void find(const struct view *view, enum lint_severity severity, const char *type,
		 const char *line, const char *format, ...) PRINTF(5, 6);

static void find(const struct view *view, enum lint_severity severity, const char *type,
		 const char *line, const char *format, ...)
{
	int number = line ? lint_text_line(view->text, line, strlen(line))
			  : lint_text_subject(view->text);
	STRBUF what = { 0 };
	va_list args;

	va_start(args, format);
	strbuf_vaddf(&what, format, args);
	va_end(args);
	lint_add(view->findings, severity, type, view->text->file, number, "%s", strbuf_str(&what));
}

/* "mm: slab: text": a first word or two before a colon and a space. */
static bool has_subsystem(const char *subject)
{
	const char *colon = strstr(subject, ": ");

	return colon && colon > subject && colon[2];
}

static void check_subject(const struct view *view)
{
	const char *subject = view->text->patch->subject;
	size_t columns = strbuf_utf8_columns(subject);

	if (!*subject) {
		find(view, LINT_ERROR, "SUBJECT_EMPTY", NULL, "the subject is empty");
		return;
	}
	if (!has_subsystem(subject))
		find(view, LINT_WARNING, "SUBJECT_PREFIX", NULL,
		     "the subject names no subsystem, as in 'mm: slab: free it once'");
	if (columns > SUBJECT_COLUMNS)
		find(view, LINT_WARNING, "SUBJECT_LENGTH", NULL,
		     "the subject has %zu characters, more than %d", columns, SUBJECT_COLUMNS);
	if (ends_with(subject, ".") && !ends_with(subject, ".."))
		find(view, LINT_WARNING, "SUBJECT_DOT", NULL, "the subject ends with a full stop");
	if (strcasestr(subject, "[patch") || strncasecmp(subject, "re:", 3) == 0 ||
	    strncasecmp(subject, "fwd:", 4) == 0)
		find(view, LINT_WARNING, "SUBJECT_PREFIX", NULL,
		     "the subject has '%.*s' left in it", (int)strcspn(subject, " ]"), subject);
}

static void split_message(struct view *view)
{
	const char *line = strchr(view->text->patch->message, '\n');

	for (line = line ? line + 1 : ""; *line;) {
		size_t length = strcspn(line, "\n");

		strvec_push_owned(&view->lines, xstrndup(line, length));
		line += length + (line[length] == '\n');
	}
	view->block = view->lines.count;
	while (view->block && *view->lines.items[view->block - 1])
		view->block--;
}

/* Whether the paragraph that begins here is made of trailers and notes. */
static bool is_trailer_paragraph(const struct view *view, size_t start)
{
	bool any = false, note = false;

	for (size_t i = start; i < view->lines.count && *view->lines.items[i]; i++) {
		const char *line = view->lines.items[i];

		if (note || is_note(line)) {
			note = !ends_with(line, "]");
			continue;
		}
		if (!looks_like_trailer(line) && !(any && goes_on(line)))
			return false;
		any |= known_tag(line) != NULL;
	}
	return any;
}

/* git takes only the last paragraph's lines for trailers; tools lose those above it. */
static void check_paragraphs(const struct view *view)
{
	for (size_t i = 0; i < view->block; i++) {
		bool first = i == 0 || !*view->lines.items[i - 1];

		if (first && *view->lines.items[i] && is_trailer_paragraph(view, i))
			find(view, LINT_WARNING, "TRAILER_BLOCK", view->lines.items[i],
			     "'%.*s' is no trailer here: only the last paragraph has them",
			     (int)strcspn(view->lines.items[i], ":"), view->lines.items[i]);
	}
}

/* Prose right above the trailers makes them a part of the prose. */
static void check_block(const struct view *view)
{
	bool prose = false, note = false;

	for (size_t i = view->block; i < view->lines.count; i++) {
		const char *line = view->lines.items[i];

		if (note || is_note(line)) {
			note = !ends_with(line, "]");
			continue;
		}
		if (prose && known_tag(line)) {
			find(view, LINT_WARNING, "TRAILER_BLOCK", line,
			     "no empty line before the trailers");
			return;
		}
		prose = !looks_like_trailer(line) && !goes_on(line);
	}
}

static void check_tag_case(const struct view *view, const char *line)
{
	const char *known = known_tag(line);

	/* checkpatch knows those that end in -by */
	if (known && !starts_with(line, known) && !ends_with(known, "-by"))
		find(view, LINT_WARNING, "TRAILER_CASE", line, "'%.*s' is written '%s:'",
		     (int)strcspn(line, ":"), line, known);
}

/* Fixes: <12 or more hex digits> ("subject"), on one line whatever its length. */
static void check_fixes_form(const struct view *view, const char *line)
{
	const char *value = line + strlen("Fixes:");
	size_t digits;

	value += strspn(value, " \t");
	digits = strspn(value, "0123456789abcdef");
	if (starts_with(value + digits, " (\"") && !ends_with(value, "\")"))
		find(view, LINT_WARNING, "FIXES_FORM", line,
		     "this Fixes: is broken into two lines: tools read only the first");
	else if (!starts_with(value + digits, " (\"") || !ends_with(value, "\")"))
		find(view, LINT_WARNING, "FIXES_FORM", line,
		     "this is not 'Fixes: 123456789012 (\"subject\")'");
	else if (digits < FIXES_DIGITS)
		find(view, LINT_WARNING, "FIXES_FORM", line,
		     "%zu digits of the commit are too few: %d or more name it for ever", digits,
		     FIXES_DIGITS);
}

/* Whether an address stands there as a whole: not as the end of another. */
static bool has_address(const char *line, const char *address)
{
	for (const char *at = line; (at = strstr(at, address)); at++)
		if (at > line && !isalnum((unsigned char)at[-1]) && !strchr("-_.", at[-1]))
			return true;
	return false;
}

/* stable-kernel-rules.rst, option 1 */
static void check_stable_address(const struct view *view, const char *line)
{
	if (!strcasestr(line, "stable") || has_address(line, "stable@vger.kernel.org") ||
	    has_address(line, "stable@kernel.org"))
		return;
	if (strcasestr(line, "kernel.org") || !strchr(line, '@'))
		find(view, LINT_WARNING, "CC_STABLE", line,
		     "the stable team reads 'Cc: <stable@vger.kernel.org>'");
}

static void check_each_trailer(const struct view *view)
{
	for (size_t i = 0; i < view->lines.count; i++) {
		const char *line = view->lines.items[i];

		if (i >= view->block)
			check_tag_case(view, line);
		if (starts_with(line, "Fixes:"))
			check_fixes_form(view, line);
		if (i >= view->block && strncasecmp(line, "Cc:", 3) == 0)
			check_stable_address(view, line);
	}
}

static bool is_sign_off(const char *line)
{
	return strncasecmp(line, "Signed-off-by:", strlen("Signed-off-by:")) == 0;
}

/* Who may have signed off, whatever their name is spelt like. */
static bool signs_for(const char *line, const struct patch *patch)
{
	return is_sign_off(line) && (strcasestr(line, patch->author_email) ||
				     (*patch->author_name && strstr(line, patch->author_name)));
}

/* A person adds these; nothing else may. So what is missing is said, and is no fault yet. */
static void check_sign_offs(const struct view *view)
{
	const struct patch *patch = view->text->patch;
	bool any = false, author = false;

	for (size_t i = view->block; i < view->lines.count; i++) {
		any |= is_sign_off(view->lines.items[i]);
		author |= signs_for(view->lines.items[i], patch);
	}
	if (!any)
		find(view, LINT_NOTE, "MISSING_SIGN_OFF", NULL,
		     "no Signed-off-by: a person has to add it before this is sent");
	else if (!author)
		find(view, LINT_WARNING, "NO_AUTHOR_SIGN_OFF", NULL,
		     "no Signed-off-by of its author, '%s <%s>'", patch->author_name,
		     patch->author_email);
}

static void check_order(const struct view *view)
{
	size_t last = view->lines.count;

	for (size_t i = view->block; i < view->lines.count; i++)
		if (is_sign_off(view->lines.items[i]))
			last = i;
	for (size_t i = last; i < view->lines.count; i++) {
		const char *tag = known_tag(view->lines.items[i]);

		for (size_t j = 0; tag && j < ARRAY_SIZE(before_sign_off); j++)
			if (str_equal(tag, before_sign_off[j]))
				find(view, LINT_CHECK, "TRAILER_ORDER", view->lines.items[i],
				     "'%s' stands behind the last Signed-off-by", tag);
	}
}

void lint_message(const struct lint_text *text, bool strict, struct lint_findings *findings)
{
	struct view view = { .text = text, .findings = findings, .strict = strict };

	split_message(&view);
	check_subject(&view);
	check_paragraphs(&view);
	check_block(&view);
	check_each_trailer(&view);
	check_sign_offs(&view);
	if (strict)
		check_order(&view);
	strvec_release(&view.lines);
}
