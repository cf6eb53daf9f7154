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

static const char *bad_word(const struct bisect *bisect)
{
	return bisect->fixes ? "broken" : "bad";
}

static const char *good_word(const struct bisect *bisect)
{
	return bisect->fixes ? "fixed" : "good";
}

static const char *word_of(struct bisect *bisect, size_t number)
{
	const struct bisect_commit *commit = &bisect->commits[number];

	if (bisect_is_skipped(commit))
		return "skip";
	return suspect_belief_is_bad(bisect->belief, bisect_for_belief(bisect, number)) > 0.5
		       ? bad_word(bisect)
		       : good_word(bisect);
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

/* git's first word is of the newer end, which has what is looked for. */
static ERR_CHECK add_start(struct bisect *bisect, struct strbuf *text)
{
	const json_t *goods = json_object_get(bisect->start, "good");
	size_t index;
	json_t *good;

	if (bisect->fixes)
		strbuf_adds(text, "# farrier: fixes\n");
	TRY(add_comment(bisect, bad_word(bisect), bisect->history.count - 1, text));
	TRY(add_comment(bisect, good_word(bisect), bisect_good_end(bisect), text));
	strbuf_adds(text, "git bisect start");
	if (bisect->fixes) {
		strbuf_addf(text, " '--term-new=%s' '--term-old=%s' '%s'", good_word(bisect),
			    bad_word(bisect), json_string_value(json_array_get(goods, 0)));
		strbuf_addf(text, " '%s'\n", git_oid_tostr_s(&bisect->bad));
		return NULL;
	}
	strbuf_addf(text, " '%s'", git_oid_tostr_s(&bisect->bad));
	json_array_foreach (goods, index, good)
		strbuf_addf(text, " '%s'", json_string_value(good));
	strbuf_addc(text, '\n');
	return NULL;
}

ERR_CHECK bisect_git_log(struct bisect *bisect, struct strbuf *text)
{
	CLEANUP(bisect_answer_release) struct bisect_answer answer = { 0 };
	const char *word = bisect->fixes ? good_word(bisect) : bad_word(bisect);
	OWNED_STR first = xasprintf("first %s commit", word);
	OWNED_STR possible = xasprintf("possible %s", first);

	bisect_answer(bisect, &answer);
	TRY(add_start(bisect, text));
	TRY(add_all(bisect, text));
	if (answer.what == SUSPECT_FOUND)
		TRY(add_comment(bisect, first, bisect_blamed(bisect, answer.culprit), text));
	if (answer.what == SUSPECT_STUCK) {
		strbuf_adds(text, "# only skipped commits left to test\n");
		for (size_t i = 0; i < answer.count; i++)
			TRY(add_comment(bisect, possible,
					bisect_blamed(bisect, answer.list[i].number), text));
	}
	return NULL;
}

/* --- read --- */

void bisect_replay_release(struct bisect_replay *replay)
{
	free(replay->bad);
	free(replay->term_bad);
	free(replay->term_good);
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

/* "--term-new=WORD", or "--term-new WORD"; *i goes to the last word of it. */
static bool read_term(const struct strvec *words, size_t *i, struct bisect_replay *replay)
{
	static const char *const names[] = { "--term-new", "--term-bad", "--term-old",
					     "--term-good" };
	const char *word = words->items[*i];

	for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
		char **term = j < 2 ? &replay->term_bad : &replay->term_good;
		size_t length = strlen(names[j]);

		if (!starts_with(word, names[j]) || (word[length] && word[length] != '='))
			continue;
		if (!word[length] && *i + 1 >= words->count)
			return true;
		free(*term);
		*term = xstrdup(word[length] ? word + length + 1 : words->items[++*i]);
		return true;
	}
	return false;
}

static void read_ends(const struct strvec *words, struct bisect_replay *replay)
{
	for (size_t i = 3; i < words->count && !str_equal(words->items[i], "--"); i++) {
		const char *word = words->items[i];

		if (read_term(words, &i, replay))
			continue;
		if (str_equal(word, "--first-parent"))
			replay->refused = "--first-parent";
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

static bool is_term(const char *word, const char *own, const char *one, const char *other)
{
	return own ? str_equal(word, own) : str_equal(word, one) || str_equal(word, other);
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
	as = is_term(word, replay->term_bad, "bad", "new")     ? "bad"
	     : is_term(word, replay->term_good, "good", "old") ? "good"
	     : str_equal(word, "skip")			       ? "skip"
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

/* What git calls new is the good end then, and its old one the bad. */
static ERR_CHECK turn_round(const char *path, struct bisect_replay *replay)
{
	char *newer = replay->bad;
	size_t index;
	json_t *event;

	if (replay->goods.count != 1)
		return err_input("'%s' has several broken ends", path);
	replay->bad = xstrdup(replay->goods.items[0]);
	strvec_release(&replay->goods);
	strvec_push_new(&replay->goods, newer);
	free(newer);
	json_array_foreach (replay->events, index, event) {
		const char *as = store_get_string(event, "as", "");

		if (str_equal(as, "bad") || str_equal(as, "good"))
			store_set(event, "as", json_string(str_equal(as, "bad") ? "good" : "bad"));
	}
	return NULL;
}

ERR_CHECK bisect_replay_read(const char *path, const struct strbuf *text,
			     struct bisect_replay *replay)
{
	STRVEC lines = { 0 };

	replay->events = json_array();
	strvec_split(&lines, strbuf_str(text), "\r\n");
	for (size_t i = 0; i < lines.count; i++)
		if (str_equal(lines.items[i], "# farrier: fixes"))
			replay->fixes = true;
		else if (!read_counts(lines.items[i], replay))
			read_line(lines.items[i], replay);
	if (replay->refused)
		return err_hint(
			err_input("'%s' was made with %s, which searches another history", path,
				  replay->refused),
			"farrier searches all of it: start anew with 'farrier bisect start'");
	if (replay->bad && replay->goods.count)
		return replay->fixes ? turn_round(path, replay) : NULL;
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
