// SPDX-License-Identifier: GPL-2.0
#include <strings.h>

#include "judge_filter.h"
#include "judge_ktap.h"

#define GUEST_COMMENT "# farrier: "
#define MAX_COUNTERS  64
#define MAX_LINE      ((size_t)64 << 10)
/* Of every line that is taken. */
#define FIRST_LETTERS "#KT1onB"

static void release_row(struct judge_row *row)
{
	free(row->values);
	*row = (struct judge_row){ 0 };
}

void judge_ktap_release(struct judge_ktap *ktap)
{
	for (size_t i = 0; i < ktap->counter_count; i++) {
		free(ktap->counters[i].name);
		release_row(&ktap->counters[i].before);
		release_row(&ktap->counters[i].after);
	}
	free(ktap->counters);
	free(ktap->heartbeat.progress);
	free(ktap->heartbeat.still);
	free(ktap->guest.test);
	free(ktap->last_pass.text);
	free(ktap->last_fail.text);
	strbuf_release(&ktap->fragment);
}

void judge_ktap_filter(void)
{
	static const char *const triggers[] = { "farr", "] ok", "t ok", " ok ",
						" 1..", "KTAP", "TAP ", "Bail" };

	for (size_t i = 0; i < ARRAY_SIZE(triggers); i++)
		judge_filter_add(triggers[i]);
}

bool judge_ktap_starts(const char *bytes, size_t length)
{
	if (length < 3 || !strchr(FIRST_LETTERS, *bytes))
		return false;
	return !memcmp(bytes, "ok ", 3) || !memcmp(bytes, "1..", 3) || memchr(bytes, '[', length);
}

/* Takes a word off the front of *text. */
static bool take_word(const char **text, const char *word)
{
	if (!starts_with(*text, word))
		return false;
	*text += strlen(word);
	return true;
}

static bool take_number(const char **text, uint64_t *number)
{
	const char *digit = *text;

	for (*number = 0; *digit >= '0' && *digit <= '9'; digit++) {
		if (*number > UINT64_MAX / 10 - 1)
			return false;
		*number = *number * 10 + (uint64_t)(*digit - '0');
	}
	if (digit == *text)
		return false;
	*text = digit;
	return true;
}

static bool take_small_number(const char **text, unsigned int *small)
{
	uint64_t number;

	if (!take_number(text, &number) || number > INT32_MAX)
		return false;
	*small = (unsigned int)number;
	return true;
}

/* " 1 2 3" to the end of the text; false when there is anything else, or nothing. */
static bool take_row(const char *text, struct judge_row *row)
{
	size_t room = 0;

	while (row->count < JUDGE_MAX_CPUS && take_word(&text, " ")) {
		if (row->count == room) {
			room += 64;
			row->values = xreallocarray(row->values, room, sizeof(*row->values));
		}
		if (!take_number(&text, &row->values[row->count++]))
			break;
	}
	row->seen = row->count && !*text;
	if (!row->seen)
		release_row(row);
	return row->seen;
}

static void take_guest(struct judge_guest *guest, const char *text)
{
	struct judge_guest said = { 0 };
	size_t length;

	if (!take_small_number(&text, &said.protocol) || !take_word(&text, " test="))
		return;
	length = strcspn(text, " ");
	said.test = xstrndup(text, length);
	text += length;
	if (take_word(&text, " seconds=") && take_small_number(&text, &said.seconds) &&
	    take_word(&text, " cpus=") && take_small_number(&text, &said.cpus) &&
	    take_word(&text, " threads=") && take_small_number(&text, &said.threads)) {
		free(guest->test);
		*guest = said;
		return;
	}
	free(said.test);
}

static struct judge_counter *find_counter(struct judge_ktap *ktap, const char *name, size_t length)
{
	struct judge_counter *counter;

	for (size_t i = 0; i < ktap->counter_count; i++) {
		counter = &ktap->counters[i];
		if (strlen(counter->name) == length && !memcmp(counter->name, name, length))
			return counter;
	}
	if (ktap->counter_count == MAX_COUNTERS)
		return NULL;
	ktap->counters = xreallocarray(ktap->counters, ktap->counter_count + 1, sizeof(*counter));
	counter = &ktap->counters[ktap->counter_count++];
	*counter = (struct judge_counter){ .name = xstrndup(name, length) };
	return counter;
}

static void take_counter(struct judge_ktap *ktap, const char *text)
{
	bool before = take_word(&text, "before ");
	struct judge_row row = { 0 };
	struct judge_counter *counter;
	const char *name = text;
	size_t length;

	if (!before && !take_word(&text, "after "))
		return;
	name = text;
	length = strcspn(text, " ");
	text += length;
	if (str_equal(text, " absent"))
		row.seen = row.absent = true;
	else if (!take_row(text, &row))
		return;
	counter = length ? find_counter(ktap, name, length) : NULL;
	if (!counter) {
		release_row(&row);
		return;
	}
	release_row(before ? &counter->before : &counter->after);
	*(before ? &counter->before : &counter->after) = row;
}

/* How long each CPU has been standing still, in heartbeats. */
static void compare_progress(struct judge_heartbeat *beat, const struct judge_row *row)
{
	bool same_cpus = beat->cpus == row->count;
	bool all_still = same_cpus;

	if (!same_cpus) {
		free(beat->still);
		beat->still = xcalloc(row->count, sizeof(*beat->still));
	}
	for (size_t i = 0; i < row->count; i++) {
		bool still = same_cpus && row->values[i] == beat->progress[i];

		beat->still[i] = still ? beat->still[i] + 1 : 0;
		all_still = all_still && still;
	}
	beat->all_still = all_still ? beat->all_still + 1 : 0;
}

static void take_heartbeat(struct judge_heartbeat *beat, const char *text, uint64_t line)
{
	struct judge_row row = { 0 };
	unsigned int number;

	if (!take_small_number(&text, &number) || !take_word(&text, " progress") ||
	    !take_row(text, &row))
		return;
	compare_progress(beat, &row);
	free(beat->progress);
	beat->progress = row.values;
	beat->cpus = row.count;
	beat->number = number;
	beat->line = line;
}

static void take_comment(struct judge_ktap *ktap, const char *text, uint64_t line)
{
	if (take_word(&text, "heartbeat "))
		take_heartbeat(&ktap->heartbeat, text, line);
	else if (take_word(&text, "counter "))
		take_counter(ktap, text);
	else if (take_word(&text, "guest "))
		take_guest(&ktap->guest, text);
	else if (str_equal(text, "end"))
		ktap->farewell = true;
}

static void begin_document(struct judge_ktap *ktap)
{
	ktap->open = true;
	ktap->planned = false;
	ktap->plan = ktap->seen = ktap->passed = ktap->failed = 0;
	ktap->farewell = false;
	ktap->heartbeat.all_still = 0;
}

static enum judge_ktap_line check_plan(struct judge_ktap *ktap)
{
	if (!ktap->planned || ktap->seen < ktap->plan)
		return JUDGE_KTAP_TAKEN;
	ktap->open = false;
	return ktap->passed && !ktap->failed ? JUDGE_KTAP_PASS : JUDGE_KTAP_TAKEN;
}

/* "1..N", at the begin or at the end of the results. */
static enum judge_ktap_line take_plan(struct judge_ktap *ktap, const char *text)
{
	uint64_t plan;

	if (!take_number(&text, &plan) || (*text && *text != ' '))
		return JUDGE_KTAP_NONE;
	ktap->open = true;
	ktap->planned = true;
	ktap->plan = plan;
	return check_plan(ktap);
}

/* The directive of a result, behind the first '#' that stands alone. */
static bool has_directive(const char *text, const char *directive)
{
	const char *hash = strstr(text, " # ");

	return hash && !strncasecmp(hash + 3, directive, strlen(directive));
}

static void cite(struct judge_cite *cite, const char *line, uint64_t number)
{
	free(cite->text);
	cite->text = xstrdup(line);
	cite->line = number;
}

static enum judge_ktap_line take_result(struct judge_ktap *ktap, const char *line, bool ok,
					uint64_t number)
{
	bool counts = !has_directive(line, "SKIP") && (ok || !has_directive(line, "TODO"));

	ktap->seen++;
	if (counts && !ok) {
		ktap->failed++;
		cite(&ktap->last_fail, line, number);
		check_plan(ktap);
		return JUDGE_KTAP_FAIL;
	}
	if (counts) {
		ktap->passed++;
		cite(&ktap->last_pass, line, number);
	}
	return check_plan(ktap);
}

/* The number of a test; "ok" alone is anybody's word. */
static bool take_test_number(const char *text)
{
	uint64_t test;

	return take_word(&text, " ") && take_number(&text, &test) && (!*text || *text == ' ');
}

static enum judge_ktap_line take_line(struct judge_ktap *ktap, const char *line, uint64_t number)
{
	const char *text = line;

	if (take_word(&text, GUEST_COMMENT)) {
		take_comment(ktap, text, number);
		return JUDGE_KTAP_TAKEN;
	}
	if (*text == '#' && (!text[1] || text[1] == ' '))
		return JUDGE_KTAP_TAKEN;
	if (take_word(&text, "KTAP version ") || take_word(&text, "TAP version ")) {
		begin_document(ktap);
		return JUDGE_KTAP_TAKEN;
	}
	if (take_word(&text, "1.."))
		return take_plan(ktap, text);
	if (take_word(&text, "ok") && take_test_number(text))
		return take_result(ktap, line, true, number);
	if (take_word(&text, "not ok") && take_test_number(text))
		return take_result(ktap, line, false, number);
	if (!take_word(&text, "Bail out!"))
		return JUDGE_KTAP_NONE;
	ktap->open = false;
	cite(&ktap->last_fail, line, number);
	return JUDGE_KTAP_FAIL;
}

enum judge_ktap_line judge_ktap_take(struct judge_ktap *ktap, const char *text, size_t length,
				     uint64_t number)
{
	STRBUF line = { 0 };

	if (!length || length > MAX_LINE || !strchr(FIRST_LETTERS, *text))
		return JUDGE_KTAP_NONE;
	strbuf_add(&line, text, length);
	strbuf_trim(&line);
	return take_line(ktap, line.buf, number);
}

void judge_ktap_cut(struct judge_ktap *ktap, const char *text, size_t length, uint64_t number)
{
	bool again = judge_ktap_awaits(ktap);

	if (!length || ktap->fragment.len + length > JUDGE_MAX_TEXT)
		return;
	if (!again && !strchr(FIRST_LETTERS, *text))
		return;
	if (!again)
		ktap->fragment_line = number;
	strbuf_add(&ktap->fragment, text, length);
}

bool judge_ktap_awaits(const struct judge_ktap *ktap)
{
	return ktap->fragment.len;
}

bool judge_ktap_goes_on(const struct judge_ktap *ktap, const char *rest, size_t length)
{
	static const char *const starts[] = { "# ", "ok ", "not ok ", "KTAP version ",
					      "Bail out!" };

	/* "not " and "ok 1" is a failure, never a result of its own */
	if (ktap->fragment.len <= 4 && !memcmp(ktap->fragment.buf, "not ", ktap->fragment.len))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (length >= strlen(starts[i]) && !memcmp(rest, starts[i], strlen(starts[i])))
			return false;
	return true;
}

enum judge_ktap_line judge_ktap_take_cut(struct judge_ktap *ktap, const char *rest, size_t length)
{
	STRBUF whole = { 0 };

	strbuf_add(&whole, ktap->fragment.buf, ktap->fragment.len);
	strbuf_add(&whole, rest, length);
	strbuf_reset(&ktap->fragment);
	return judge_ktap_take(ktap, whole.buf, whole.len, ktap->fragment_line);
}

bool judge_ktap_passes_unplanned(const struct judge_ktap *ktap)
{
	return !ktap->planned && ktap->passed && !ktap->failed;
}
