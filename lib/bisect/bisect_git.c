// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdio.h>

#include "bisect_answer.h"
#include "bisect_git.h"

/* --- written --- */

static ERR_CHECK add_comment(const struct bisect *bisect, const char *word, size_t number,
			     struct strbuf *text)
{
	OWNED_STR subject = NULL;

	TRY(bisect_subject(bisect, number, &subject));
	strbuf_addf(text, "# %s: [%s] ", word, git_oid_tostr_s(bisect_commit_id(bisect, number)));
	strbuf_add_printable(text, subject, strlen(subject));
	strbuf_addc(text, '\n');
	return NULL;
}

static const char *word_of(struct bisect *bisect, size_t number)
{
	const struct bisect_commit *commit = &bisect->commits[number];

	if (commit->skipped || commit->unbuildable)
		return "skip";
	return suspect_belief_is_bad(bisect->belief, bisect_for_belief(bisect, number)) > 0.5
		       ? "bad"
		       : "good";
}

static ERR_CHECK add_known(struct bisect *bisect, size_t number, struct strbuf *text)
{
	const struct bisect_commit *commit = &bisect->commits[number];
	bool is_end = number >= bisect->history.count - 1;
	char id[OID_HEX_SIZE];

	git_oid_tostr(id, sizeof(id), bisect_commit_id(bisect, number));
	if (!is_end) {
		TRY(add_comment(bisect, word_of(bisect, number), number, text));
		strbuf_addf(text, "git bisect %s %s\n", word_of(bisect, number), id);
	}
	if (commit->passes + commit->fails)
		strbuf_addf(text, "# farrier: %s passed %d, failed %d\n", id, commit->passes,
			    commit->fails);
	return NULL;
}

static size_t commit_of(const struct bisect *bisect, const json_t *event)
{
	git_oid id;

	if (git_oid_fromstr(&id, store_get_string(event, "commit", "")) < 0)
		return SIZE_MAX;
	if (git_oid_equal(&id, &bisect->history.good_end))
		return bisect_good_end(bisect);
	return bisect_history_find(&bisect->history, &id);
}

static ERR_CHECK add_all(struct bisect *bisect, struct strbuf *text)
{
	CLEANUP(free_ptr) bool *seen = xcalloc(bisect->history.count + 1, sizeof(*seen));
	size_t index;
	json_t *event;

	json_array_foreach (bisect->events, index, event) {
		size_t number = commit_of(bisect, event);
		const struct bisect_commit *commit;

		if (number == SIZE_MAX || seen[number])
			continue;
		commit = &bisect->commits[number];
		/* a mark that was taken back, or nothing but trouble */
		if (!bisect_is_known(commit))
			continue;
		seen[number] = true;
		TRY(add_known(bisect, number, text));
	}
	return NULL;
}

ERR_CHECK bisect_git_log(struct bisect *bisect, struct strbuf *text)
{
	CLEANUP(bisect_answer_release) struct bisect_answer answer = { 0 };
	const json_t *goods = json_object_get(bisect->start, "good");
	size_t index;
	json_t *good;

	bisect_answer(bisect, &answer);
	TRY(add_comment(bisect, "bad", bisect->history.count - 1, text));
	TRY(add_comment(bisect, "good", bisect_good_end(bisect), text));
	strbuf_addf(text, "git bisect start '%s'", git_oid_tostr_s(&bisect->bad));
	json_array_foreach (goods, index, good)
		strbuf_addf(text, " '%s'", json_string_value(good));
	strbuf_addc(text, '\n');
	TRY(add_all(bisect, text));
	if (answer.what == SUSPECT_FOUND)
		TRY(add_comment(bisect, "first bad commit", answer.culprit, text));
	if (answer.what == SUSPECT_STUCK) {
		strbuf_adds(text, "# only skipped commits left to test\n");
		for (size_t i = 0; i < answer.count; i++)
			TRY(add_comment(bisect, "possible first bad commit", answer.list[i].number,
					text));
	}
	return NULL;
}

/* --- read --- */

void bisect_replay_release(struct bisect_replay *replay)
{
	free(replay->bad);
	strvec_release(&replay->goods);
	json_decref(replay->events);
	*replay = (struct bisect_replay){ 0 };
}

/* Words of a line, as sq_quote_argv() of git's wrote them. */
static void split_words(const char *line, struct strvec *words)
{
	while (*line) {
		STRBUF word = { 0 };
		bool quoted = false;

		while (isspace((unsigned char)*line))
			line++;
		if (!*line)
			return;
		for (; *line && (quoted || !isspace((unsigned char)*line)); line++) {
			if (*line == '\'')
				quoted = !quoted;
			else if (*line == '\\' && !quoted && line[1])
				strbuf_addc(&word, *++line);
			else
				strbuf_addc(&word, *line);
		}
		strvec_push(words, strbuf_str(&word));
	}
}

static void add_event(struct bisect_replay *replay, const char *what, const char *revision,
		      const char *as)
{
	json_t *event = json_object();

	store_set(event, "event", json_string(what));
	store_set(event, "commit", store_text(revision));
	if (as)
		store_set(event, "as", json_string(as));
	json_array_append_new(replay->events, event);
}

static void read_ends(const struct strvec *words, struct bisect_replay *replay)
{
	for (size_t i = 3; i < words->count && !str_equal(words->items[i], "--"); i++) {
		const char *word = words->items[i];

		if (starts_with(word, "-"))
			continue;
		if (!replay->bad)
			replay->bad = xstrdup(word);
		else
			strvec_push_new(&replay->goods, word);
	}
}

static void read_mark(const char *as, const char *revision, struct bisect_replay *replay)
{
	if (str_equal(as, "bad") && !replay->bad)
		replay->bad = xstrdup(revision);
	else if (str_equal(as, "good") && !replay->goods.count)
		strvec_push(&replay->goods, revision);
	else
		add_event(replay, "mark", revision, as);
}

static void read_line(const char *line, struct bisect_replay *replay)
{
	STRVEC words = { 0 };
	const char *word, *as;

	split_words(line, &words);
	if (words.count < 3 || !str_equal(words.items[0], "git") ||
	    !str_equal(words.items[1], "bisect"))
		return;
	word = words.items[2];
	as = str_equal(word, "bad") || str_equal(word, "new")	 ? "bad"
	     : str_equal(word, "good") || str_equal(word, "old") ? "good"
	     : str_equal(word, "skip")				 ? "skip"
								 : NULL;
	if (str_equal(word, "start"))
		read_ends(&words, replay);
	for (size_t i = 3; as && i < words.count; i++)
		read_mark(as, words.items[i], replay);
}

/* "# farrier: ID passed N, failed M": counts stand for the mark before. */
static bool read_counts(const char *line, struct bisect_replay *replay)
{
	json_t *last = json_array_get(replay->events, json_array_size(replay->events) - 1);
	char id[OID_HEX_SIZE];
	int passed, failed;

	if (sscanf(line, "# farrier: %40[0-9a-f] passed %9d, failed %9d", id, &passed, &failed) !=
	    3)
		return false;
	if (last && str_equal(store_get_string(last, "event", ""), "mark") &&
	    str_equal(store_get_string(last, "commit", ""), id) &&
	    !str_equal(store_get_string(last, "as", ""), "skip"))
		json_array_remove(replay->events, json_array_size(replay->events) - 1);
	add_event(replay, "counts", id, NULL);
	last = json_array_get(replay->events, json_array_size(replay->events) - 1);
	store_set(last, "passed", json_integer(passed));
	store_set(last, "failed", json_integer(failed));
	return true;
}

ERR_CHECK bisect_replay_read(const char *path, const struct strbuf *text,
			     struct bisect_replay *replay)
{
	STRVEC lines = { 0 };

	replay->events = json_array();
	strvec_split(&lines, strbuf_str(text), "\r\n");
	for (size_t i = 0; i < lines.count; i++)
		if (!read_counts(lines.items[i], replay))
			read_line(lines.items[i], replay);
	if (replay->bad && replay->goods.count)
		return NULL;
	return err_hint(err_input("'%s' names no bad and good revision", path),
			"it is to be what 'git bisect log' or 'farrier bisect log' printed");
}

/* So many tests of one outcome; more than anybody makes are a mistake. */
#define MOST_COUNTS 10000

static ERR_CHECK take_counts(struct bisect *bisect, const json_t *event)
{
	int left[] = { store_get_int(event, "passed", 0), store_get_int(event, "failed", 0) };

	for (int failed = 0; failed < 2; failed++)
		for (int i = 0; i < left[failed] && i < MOST_COUNTS; i++) {
			json_t *test = json_object();

			store_set(test, "event", json_string("test"));
			store_set(test, "commit",
				  json_string(store_get_string(event, "commit", "")));
			store_set(test, "outcome", json_string(failed ? "fail" : "pass"));
			TRY(bisect_happen(bisect, test));
		}
	return NULL;
}

ERR_CHECK bisect_replay_take(struct bisect *bisect, const struct bisect_replay *replay)
{
	size_t index;
	json_t *event;

	json_array_foreach (replay->events, index, event) {
		if (str_equal(store_get_string(event, "event", ""), "counts"))
			TRY(take_counts(bisect, event));
		else
			TRY(bisect_mark(bisect, store_get_string(event, "commit", ""),
					store_get_string(event, "as", "")));
	}
	return NULL;
}
