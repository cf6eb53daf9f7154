// SPDX-License-Identifier: GPL-2.0
/*
 * mail_trailers.c - what replies give to patches: Reviewed-by, Tested-by, ...
 *
 * A trailer counts for the patch that its mail answers, as near as the references
 * say; for all patches when that is the cover letter. Everybody gives only what is
 * their own: the address must be the one that the mail is from. Signed-off-by says
 * who handled a patch, not what they think of it, and is not taken from replies.
 */
#include <ctype.h>

#include "base/interrupt.h"
#include "base/progress.h"
#include "mail_part.h"

#define TRAILER_MAX  500  /* bytes of one */
#define TRAILERS_MAX 1000 /* that are listed */
#define DEPTH_MAX    100  /* replies to replies */

void mail_release_trailers(struct mail_trailers *trailers)
{
	for (size_t i = 0; i < trailers->count; i++) {
		free(trailers->items[i].text);
		free(trailers->items[i].from);
		free(trailers->items[i].message_id);
	}
	free(trailers->items);
	*trailers = (struct mail_trailers){ 0 };
}

/* The length of "Some-name" in "Some-name: value"; 0 when it is no such line. */
static size_t name_length(const char *line)
{
	size_t length = 0;

	while (isalnum((unsigned char)line[length]) || (length && line[length] == '-'))
		length++;
	return length && line[length] == ':' && strspn(line + length + 1, " \t") &&
			       line[length + 1 + strspn(line + length + 1, " \t")]
		       ? length
		       : 0;
}

bool mail_is_trailer(const char *line)
{
	return name_length(line) > 0;
}

static bool is_named(const char *line, const char *name)
{
	return name_length(line) == strlen(name) && strncasecmp(line, name, strlen(name)) == 0;
}

/* Two addresses would let somebody speak in another one's name. */
static bool has_one_address(const char *line)
{
	const char *at = strchr(line, '@');
	const char *open = strchr(line, '<');

	if (!open)
		return at && !strchr(at + 1, '@');
	return at && open < at && !strchr(open + 1, '<');
}

/* "Reviewed-by: ", "Reported-and-tested-by: ", ...: what a person says of a patch. */
static bool is_personal(const char *line)
{
	size_t length = name_length(line);

	return length > 3 && strncasecmp(line + length - 3, "-by", 3) == 0 &&
	       !is_named(line, "Signed-off-by") && !is_named(line, "Co-developed-by") &&
	       has_one_address(line);
}

static bool is_objection(const char *line)
{
	return is_named(line, "Nacked-by") || is_named(line, "Nak-by") ||
	       is_named(line, "NAKed-by") || is_named(line, "Objected-to-by");
}

/* What is nobody's own: taken only together with what somebody says of the patch. */
static bool is_reference(const char *line)
{
	static const char *const names[] = { "Link", "Closes", "Fixes", "BugLink" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (is_named(line, names[i]))
			return true;
	return false;
}

/* The lines of what somebody wrote, up to the signature; quoted ones are empty. */
static void own_lines(const char *text, struct strvec *lines)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		OWNED_STR line = xstrndup(text, length);

		text += length + (text[length] == '\n');
		while (length && isspace((unsigned char)line[length - 1]))
			line[--length] = '\0';
		if (str_equal(line, "--") || starts_with(line, "-----Original Message"))
			return;
		strvec_push(lines, line[strspn(line, " \t")] == '>' ? "" : line);
	}
}

/*
 * Whether the lines around this one, up to empty ones, are all trailers, and one of
 * them says what somebody thinks. A link by itself is only something to read.
 */
static bool is_among_trailers(const struct strvec *lines, size_t i)
{
	size_t first = i, end = i;
	bool personal = false;

	while (first && *lines->items[first - 1])
		first--;
	while (end < lines->count && *lines->items[end])
		end++;
	for (size_t j = first; j < end; j++) {
		if (!mail_is_trailer(lines->items[j]))
			return false;
		personal |= is_personal(lines->items[j]);
	}
	return personal;
}

/* A line, with the next one when a mailer has put a part of the address there. */
static char *whole_line(const struct strvec *lines, size_t i)
{
	const char *line = lines->items[i];
	const char *next = i + 1 < lines->count ? lines->items[i + 1] : "";

	next += strspn(next, " \t");
	if (name_length(line) && !strchr(line, '@') && strchr(next, '@') && ends_with(next, ">") &&
	    !mail_is_trailer(next))
		return xasprintf("%s %s", line, next);
	return xstrdup(line);
}

/* Text that may stand in a message: UTF-8 without control characters. */
static bool is_clean(const char *text)
{
	size_t left = strlen(text);

	if (left > TRAILER_MAX)
		return false;
	while (left) {
		size_t length = strbuf_utf8_length(text, left);

		if (!length || iscntrl((unsigned char)*text))
			return false;
		text += length;
		left -= length;
	}
	return true;
}

/* The same mailbox, also when one has a "+tag". */
static bool same_address(const char *a, const char *b)
{
	OWNED_STR one = mail_address(a);
	OWNED_STR other = mail_address(b);
	size_t one_name = strcspn(one, "+@"), other_name = strcspn(other, "+@");

	return one_name == other_name && strncasecmp(one, other, one_name) == 0 &&
	       strcasecmp(one + strcspn(one, "@"), other + strcspn(other, "@")) == 0;
}

bool mail_same_trailer(const char *a, const char *b)
{
	size_t length = name_length(a);

	if (!length || length != name_length(b) || strncasecmp(a, b, length) != 0)
		return false;
	if (is_personal(a) && is_personal(b))
		return same_address(a + length, b + length);
	a += length + 1 + strspn(a + length + 1, " \t");
	b += length + 1 + strspn(b + length + 1, " \t");
	return str_equal(a, b);
}

/* What is looked at: a posting, and a reply to one of its mails. */
struct search {
	const struct mail_box *box;
	const struct mail_posting *posting;
	const struct mail **by_id; /* mails with a Message-ID, sorted */
	size_t id_count;
	struct mail_trailers *trailers;
	const struct mail *reply;
};

static void release_search(struct search *search)
{
	free(search->by_id);
}

static int compare_ids(const void *a, const void *b)
{
	const struct mail *first = *(const struct mail *const *)a;
	const struct mail *second = *(const struct mail *const *)b;
	int order = strcmp(first->message_id, second->message_id);

	/* A copy stands behind the mail itself. */
	return order ? order : first->number < second->number ? -1 : 1;
}

static void index_ids(struct search *search)
{
	const struct mail_box *box = search->box;

	search->by_id = xcalloc(box->count, sizeof(*search->by_id));
	for (size_t i = 0; i < box->count; i++)
		if (box->mails[i].message_id && box->mails[i].kind != MAIL_OTHER)
			search->by_id[search->id_count++] = &box->mails[i];
	qsort(search->by_id, search->id_count, sizeof(*search->by_id), compare_ids);
}

static int compare_id(const void *key, const void *element)
{
	return strcmp(key, (*(const struct mail *const *)element)->message_id);
}

static const struct mail *find_mail(const struct search *search, const char *id)
{
	const struct mail **found = bsearch(id, search->by_id, search->id_count,
					    sizeof(*search->by_id), compare_id);

	return found ? *found : NULL;
}

/* The cover letter or patch that a reply answers, as near as references say; or NULL. */
static const struct mail *answered(const struct search *search)
{
	const struct mail *mail = search->reply;

	/* Some mailers name only the mail they answer: then that one's references are asked. */
	for (int depth = 0; mail && depth < DEPTH_MAX; depth++) {
		const struct mail *next = NULL;

		for (size_t i = 0; i < mail->references.count; i++) {
			const struct mail *found = find_mail(search, mail->references.items[i]);

			if (found && (found->kind == MAIL_COVER || found->kind == MAIL_PATCH))
				return found;
			if (!next)
				next = found;
		}
		mail = next;
	}
	return NULL;
}

static void add(struct search *search, int patch, const char *text, enum mail_trailer_state state)
{
	struct mail_trailers *trailers = search->trailers;
	const struct mail *reply = search->reply;

	for (size_t i = 0; i < trailers->count; i++)
		if ((trailers->items[i].patch == patch || !trailers->items[i].patch) &&
		    trailers->items[i].state == state &&
		    mail_same_trailer(trailers->items[i].text, text))
			return;
	if (trailers->count == TRAILERS_MAX)
		return;
	trailers->items = xreallocarray(trailers->items, trailers->count + 1,
					sizeof(*trailers->items));
	trailers->items[trailers->count++] = (struct mail_trailer){
		.patch = patch,
		.text = xstrdup(text),
		.from = xstrdup(reply->author),
		.message_id = reply->message_id ? xstrdup(reply->message_id) : NULL,
		.state = state,
	};
}

static enum mail_trailer_state state_of(const struct search *search, const char *text)
{
	if (is_objection(text))
		return MAIL_TRAILER_OBJECTION;
	if (is_personal(text) && !same_address(text, search->reply->author))
		return MAIL_TRAILER_STRANGER;
	return MAIL_TRAILER_OFFERED;
}

/* The patch of the posting that has the same diff, or NULL. */
static const struct mail *same_change(const struct search *search, const struct mail *patch)
{
	for (size_t i = 0; i < search->posting->count; i++) {
		const struct mail *member = search->posting->members[i];

		if (member->kind == MAIL_PATCH && *member->change && !member->why &&
		    str_equal(member->change, patch->change))
			return member;
	}
	return NULL;
}

/* What was said of an older version holds for what is still the same. */
static void add_from_older(struct search *search, const struct mail_posting *older,
			   const struct mail *to, const char *text)
{
	enum mail_trailer_state state = state_of(search, text);
	bool kept = false;

	for (size_t i = 0; i < older->count; i++) {
		const struct mail *member = older->members[i];
		const struct mail *now = member->kind == MAIL_PATCH ? same_change(search, member)
								    : NULL;

		if (now && (to == member || to->kind == MAIL_COVER)) {
			add(search, now->n, text, state);
			kept = true;
		}
	}
	if (!kept)
		add(search, to->n, text,
		    state == MAIL_TRAILER_OFFERED ? MAIL_TRAILER_OUTDATED : state);
}

static void add_trailer(struct search *search, const struct mail *to, const char *text)
{
	const struct mail_posting *of = mail_posting_of(search->box, to);

	if (of == search->posting)
		add(search, to->n, text, state_of(search, text));
	else if (of && of->line == search->posting->line)
		add_from_older(search, of, to, text);
}

static void read_trailers(struct search *search, const struct mail *to, const char *text)
{
	STRVEC lines = { 0 };

	own_lines(text, &lines);
	for (size_t i = 0; i < lines.count; i++) {
		OWNED_STR line = whole_line(&lines, i);

		if (is_clean(line) &&
		    (is_personal(line) || (is_reference(line) && is_among_trailers(&lines, i))))
			add_trailer(search, to, line);
	}
}

static ERR_CHECK read_reply(struct search *search)
{
	const struct mail *to = answered(search);
	const struct mail_posting *of = to ? mail_posting_of(search->box, to) : NULL;
	MAIL_BODY body = { 0 };
	STRBUF text = { 0 };
	bool readable;

	if (!of || of->line != search->posting->line || of->version > search->posting->version)
		return NULL;
	TRY(mail_read_body(search->reply->path, &body, &readable));
	strbuf_adds(&text, strbuf_str(&body.message));
	strbuf_adds(&text, strbuf_str(&body.rest));
	if (readable)
		read_trailers(search, to, strbuf_str(&text));
	return NULL;
}

ERR_CHECK mail_find_trailers(const struct mail_box *box, const struct mail_posting *posting,
			     struct mail_trailers *trailers)
{
	CLEANUP(release_search)
	struct search search = { .box = box, .posting = posting, .trailers = trailers };
	CLEANUP(progress_drop)
	struct progress *step = progress_begin(0, "reading the replies");

	index_ids(&search);
	for (size_t i = 0; i < box->count; i++) {
		TRY(interrupt_check());
		search.reply = &box->mails[i];
		if (search.reply->kind == MAIL_REPLY)
			TRY(read_reply(&search));
	}
	progress_end(TAKE_PTR(step), "%zu trailer%s", trailers->count,
		     trailers->count == 1 ? "" : "s");
	return NULL;
}
