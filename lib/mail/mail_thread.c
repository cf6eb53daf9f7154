// SPDX-License-Identifier: GPL-2.0
/*
 * mail_thread.c - which mails are one posting, and which postings one series.
 *
 * A posting is one version of a series as it was sent. Its mails have the same
 * version and total; they answer one of their own (cover letter, or the patch
 * before), or the same mail that is not here, or nothing at all and come from
 * one sender. What belongs to another version is never mixed in, whatever it
 * answers: people send v2 as an answer to v1.
 */
#include "mail_part.h"

/* Sets of numbers that are joined: find() names a set by its lowest number. */
struct sets {
	size_t *parent;
	size_t count;
};

static void release_sets(struct sets *sets)
{
	free(sets->parent);
}

static void init_sets(struct sets *sets, size_t count)
{
	sets->parent = xcalloc(count, sizeof(*sets->parent));
	sets->count = count;
	for (size_t i = 0; i < count; i++)
		sets->parent[i] = i;
}

static size_t find(const struct sets *sets, size_t i)
{
	while (sets->parent[i] != i)
		i = sets->parent[i] = sets->parent[sets->parent[i]];
	return i;
}

static void join(struct sets *sets, size_t a, size_t b)
{
	a = find(sets, a);
	b = find(sets, b);
	if (a < b)
		sets->parent[b] = a;
	else
		sets->parent[a] = b;
}

/* Everything below works on the cover letters and patches of a box, and an index of all mails. */
struct thread {
	struct mail_box *box;
	struct mail **by_id; /* mails with a Message-ID, sorted */
	size_t id_count;
	struct mail **members; /* in the order of the input */
	size_t count;
	struct sets sets; /* of members */
};

static void release_thread(struct thread *thread)
{
	free(thread->by_id);
	free(thread->members);
	release_sets(&thread->sets);
}

static int compare_ids(const void *a, const void *b)
{
	const struct mail *first = *(struct mail *const *)a;
	const struct mail *second = *(struct mail *const *)b;
	int order = strcmp(first->message_id, second->message_id);

	return order ? order : first->number < second->number ? -1 : 1;
}

static int compare_id(const void *key, const void *element)
{
	return strcmp(key, (*(struct mail *const *)element)->message_id);
}

static struct mail *find_mail(const struct thread *thread, const char *id)
{
	struct mail **found = bsearch(id, thread->by_id, thread->id_count, sizeof(*thread->by_id),
				      compare_id);

	return found ? *found : NULL;
}

/* Lists and archives deliver a mail more than once: all but the first are copies. */
static void index_ids(struct thread *thread)
{
	struct mail_box *box = thread->box;
	size_t kept = 0;

	thread->by_id = xcalloc(box->count, sizeof(*thread->by_id));
	for (size_t i = 0; i < box->count; i++)
		if (box->mails[i].message_id)
			thread->by_id[thread->id_count++] = &box->mails[i];
	qsort(thread->by_id, thread->id_count, sizeof(*thread->by_id), compare_ids);
	for (size_t i = 0; i < thread->id_count; i++) {
		struct mail *mail = thread->by_id[i];
		const struct mail *first = kept ? thread->by_id[kept - 1] : NULL;

		if (first && str_equal(first->message_id, mail->message_id)) {
			mail->kind = MAIL_OTHER;
			free(mail->why);
			mail->why = xasprintf("it is a copy of mail %zu", first->number);
		} else {
			thread->by_id[kept++] = mail;
		}
	}
	thread->id_count = kept;
}

static bool is_member(const struct mail *mail)
{
	return mail->kind == MAIL_COVER || mail->kind == MAIL_PATCH;
}

static void find_members(struct thread *thread)
{
	struct mail_box *box = thread->box;

	thread->members = xcalloc(box->count, sizeof(*thread->members));
	for (size_t i = 0; i < box->count; i++)
		if (is_member(&box->mails[i]))
			thread->members[thread->count++] = &box->mails[i];
	init_sets(&thread->sets, thread->count);
}

static bool same_version(const struct mail *a, const struct mail *b)
{
	return a->version == b->version && a->total == b->total;
}

static bool same_sender(const struct mail *a, const struct mail *b)
{
	return same_version(a, b) && str_equal(a->sender, b->sender);
}

static size_t member_index(const struct thread *thread, const struct mail *mail)
{
	size_t low = 0, high = thread->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (thread->members[middle]->number < mail->number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Joins a mail with the nearest mail of its posting that it answers. */
static bool join_with_answered(struct thread *thread, size_t i)
{
	const struct mail *mail = thread->members[i];

	for (size_t r = 0; r < mail->references.count; r++) {
		const struct mail *answered = find_mail(thread, mail->references.items[r]);

		if (!answered || answered == mail || !is_member(answered) ||
		    !same_version(mail, answered))
			continue;
		join(&thread->sets, i, member_index(thread, answered));
		return true;
	}
	return false;
}

static void join_siblings(struct thread *thread, const bool *answers)
{
	for (size_t i = 0; i < thread->count; i++) {
		const struct mail *mail = thread->members[i];

		for (size_t j = 0; j < i && !answers[i] && mail->references.count; j++) {
			const struct mail *other = thread->members[j];

			if (!answers[j] && other->references.count && same_sender(mail, other) &&
			    str_equal(mail->references.items[0], other->references.items[0]))
				join(&thread->sets, i, j);
		}
	}
}

/*
 * Mails that were sent without threading: all of one sender, version and total
 * are one posting, unless a number is there twice; then nobody can tell.
 */
static void join_unthreaded(struct thread *thread, size_t i)
{
	const struct mail *mail = thread->members[i];
	size_t owner[MAIL_PATCH_MAX + 1];
	bool distinct = true;

	memset(owner, 0xff, sizeof(owner));
	for (size_t j = i; j < thread->count; j++) {
		const struct mail *other = thread->members[j];
		size_t set = find(&thread->sets, j);

		if (!same_sender(mail, other))
			continue;
		distinct &= owner[other->n] == SIZE_MAX || owner[other->n] == set;
		owner[other->n] = set;
	}
	for (size_t j = i + 1; j < thread->count && distinct; j++)
		if (same_sender(mail, thread->members[j]))
			join(&thread->sets, i, j);
}

static void join_members(struct thread *thread)
{
	CLEANUP(free_ptr) bool *answers = xcalloc(thread->count, sizeof(*answers));

	for (size_t i = 0; i < thread->count; i++)
		answers[i] = join_with_answered(thread, i);
	join_siblings(thread, answers);
	for (size_t i = 0; i < thread->count; i++) {
		bool seen = false;

		for (size_t j = 0; j < i && !seen; j++)
			seen = same_sender(thread->members[i], thread->members[j]);
		if (!seen)
			join_unthreaded(thread, i);
	}
}

static struct mail_posting *add_posting(struct mail_box *box, const struct mail *mail)
{
	box->postings = xreallocarray(box->postings, box->posting_count + 1,
				      sizeof(*box->postings));
	box->postings[box->posting_count] = (struct mail_posting){ .version = mail->version,
								   .total = mail->total };
	return &box->postings[box->posting_count++];
}

static void add_member(struct mail_posting *posting, struct mail *mail)
{
	posting->members = xreallocarray(posting->members, posting->count + 1,
					 sizeof(*posting->members));
	posting->members[posting->count++] = mail;
	if (!posting->first || mail->n < posting->first->n)
		posting->first = mail;
}

static void make_postings(struct thread *thread)
{
	CLEANUP(free_ptr) size_t *place = xcalloc(thread->count, sizeof(*place));

	for (size_t i = 0; i < thread->count; i++) {
		size_t set = find(&thread->sets, i);

		if (set == i) {
			place[i] = thread->box->posting_count;
			add_posting(thread->box, thread->members[i]);
		}
		add_member(&thread->box->postings[place[set]], thread->members[i]);
	}
}

/* The Message-ID at the root of a mail's thread, as far as it is known; or NULL. */
static const char *thread_root(const struct thread *thread, const struct mail *mail)
{
	for (int depth = 0; depth < 100; depth++) {
		const char *farthest;
		const struct mail *next;

		if (!mail->references.count)
			return mail->message_id;
		farthest = mail->references.items[mail->references.count - 1];
		next = find_mail(thread, farthest);
		if (!next || next == mail)
			return farthest;
		mail = next;
	}
	return NULL;
}

/* What says that postings are versions of one series: a name made of the title, and the thread. */
struct mark {
	char *name;
	const char *sender;
	const char *root; /* Message-ID, or NULL */
	int version;
};

static bool same_line(const struct mark *a, const struct mark *b)
{
	if (!str_equal(a->sender, b->sender))
		return false;
	if (str_equal(a->name, b->name))
		return true;
	return a->version != b->version && a->root && b->root && str_equal(a->root, b->root);
}

static void number_lines(struct mail_box *box, const struct mark *marks)
{
	CLEANUP(release_sets) struct sets sets = { 0 };

	init_sets(&sets, box->posting_count);
	for (size_t i = 0; i < box->posting_count; i++)
		for (size_t j = 0; j < i; j++)
			if (same_line(&marks[i], &marks[j]))
				join(&sets, i, j);
	for (size_t i = 0; i < box->posting_count; i++) {
		size_t set = find(&sets, i);

		box->postings[i].line = set == i ? box->line_count++ : box->postings[set].line;
	}
}

static void make_lines(struct thread *thread)
{
	struct mail_box *box = thread->box;
	CLEANUP(free_ptr) struct mark *marks = xcalloc(box->posting_count, sizeof(*marks));

	for (size_t i = 0; i < box->posting_count; i++) {
		const struct mail *first = box->postings[i].first;

		marks[i] = (struct mark){ .name = series_name_of(first->subject),
					  .sender = first->sender,
					  .root = thread_root(thread, first),
					  .version = first->version };
	}
	number_lines(box, marks);
	for (size_t i = 0; i < box->posting_count; i++)
		free(marks[i].name);
}

void mail_thread(struct mail_box *box)
{
	CLEANUP(release_thread) struct thread thread = { .box = box };

	index_ids(&thread);
	find_members(&thread);
	join_members(&thread);
	make_postings(&thread);
	make_lines(&thread);
}
