// SPDX-License-Identifier: GPL-2.0
/* diff_print.c - range-diffs for people, in the form of git range-diff, and for scripts. */
#include <stdio.h>

#include "diff.h"
#include "out.h"

/* Wide enough for the numbers of both sides. */
static int number_width(const struct rangediff *diff)
{
	int most = 1, width = 1;

	for (size_t i = 0; i < diff->count; i++) {
		const struct rangediff_pair *pair = &diff->pairs[i];

		most = pair->from.number > most ? pair->from.number : most;
		most = pair->to.number > most ? pair->to.number : most;
	}
	for (; most >= 10; most /= 10)
		width++;
	return width;
}

static void print_end(const struct run *run, const struct rangediff_end *end, int width,
		      enum out_color color)
{
	OWNED_STR text = end->number ? xasprintf("%*d:  %s", width, end->number, end->id)
				     : xasprintf("%*s:  %.*s", width, "-", RANGEDIFF_ID_SIZE - 1,
						 "----------------");

	out_part(run, color, text);
}

static void print_head(const struct run *run, const struct rangediff_pair *pair, int width)
{
	static const struct {
		enum out_color from, mark, to;
	} colors[] = {
		[RANGEDIFF_SAME] = { OUT_DIM, OUT_DIM, OUT_DIM },
		[RANGEDIFF_CHANGED] = { OUT_BAD, OUT_WARN, OUT_GOOD },
		[RANGEDIFF_GONE] = { OUT_BAD, OUT_BAD, OUT_BAD },
		[RANGEDIFF_NEW] = { OUT_GOOD, OUT_GOOD, OUT_GOOD },
	};
	const char mark[] = { ' ', rangediff_mark(pair->state), ' ', '\0' };

	print_end(run, &pair->from, width, colors[pair->state].from);
	out_part(run, colors[pair->state].mark, mark);
	print_end(run, &pair->to, width, colors[pair->state].to);
	out_part(run, OUT_PLAIN, " ");
	out_part(run, OUT_PLAIN, pair->subject);
	if (pair->note) {
		out_part(run, OUT_DIM, "  (");
		out_part(run, OUT_DIM, pair->note);
		out_part(run, OUT_DIM, ")");
	}
	if (pair->by == PAIRING_BY_LIKENESS)
		out_part(run, OUT_WARN,
			 "  (a guess: alike, but neither change nor subject is the "
			 "same)");
	putchar('\n');
}

static enum out_color color_of(char sign)
{
	return sign == '+' ? OUT_GOOD : sign == '-' ? OUT_BAD : sign == '@' ? OUT_DIM : OUT_PLAIN;
}

/* Two signs, two colours: of the line in the versions' difference, and of the line in the patch. */
static void print_line(const struct run *run, const struct rangediff_line *line)
{
	const char sign[] = { line->sign, '\0' };
	enum out_color inner = color_of(*line->text);

	fputs("    ", stdout);
	if (line->sign == '@') {
		out_part(run, OUT_DIM, *line->text ? "@@ " : "@@");
		out_part(run, OUT_DIM, line->text);
	} else {
		out_part(run, color_of(line->sign), sign);
		out_part(run, inner == OUT_PLAIN ? color_of(line->sign) : inner, line->text);
	}
	putchar('\n');
}

void diff_print(const struct run *run, const struct rangediff *diff, bool whole)
{
	int width = number_width(diff);

	for (size_t i = 0; i < diff->count; i++) {
		print_head(run, &diff->pairs[i], width);
		for (size_t j = 0; whole && j < diff->pairs[i].line_count; j++)
			print_line(run, &diff->pairs[i].lines[j]);
	}
}

static json_t *end_json(const struct rangediff_end *end)
{
	json_t *json;

	if (!end->number)
		return json_null();
	json = json_object();
	store_set(json, "n", json_integer(end->number));
	store_set(json, "id", store_text(end->id));
	return json;
}

static json_t *lines_json(const struct rangediff_pair *pair)
{
	STRBUF text = { 0 };

	for (size_t i = 0; i < pair->line_count; i++) {
		const struct rangediff_line *line = &pair->lines[i];

		if (line->sign == '@')
			strbuf_addf(&text, "@@%s%s\n", *line->text ? " " : "", line->text);
		else
			strbuf_addf(&text, "%c%s\n", line->sign, line->text);
	}
	return store_string(strbuf_str(&text), text.len);
}

json_t *diff_json(const struct rangediff *diff, bool whole)
{
	static const char *const states[] = { [RANGEDIFF_SAME] = "same",
					      [RANGEDIFF_CHANGED] = "changed",
					      [RANGEDIFF_GONE] = "gone",
					      [RANGEDIFF_NEW] = "new" };
	json_t *list = json_array();

	for (size_t i = 0; i < diff->count; i++) {
		const struct rangediff_pair *pair = &diff->pairs[i];
		json_t *json = json_object();

		store_set(json, "state", json_string(states[pair->state]));
		store_set(json, "from", end_json(&pair->from));
		store_set(json, "to", end_json(&pair->to));
		store_set(json, "paired_by", store_text(pairing_name(pair->by)));
		store_set(json, "subject", store_text(pair->subject));
		store_set(json, "note", store_text(pair->note));
		if (whole)
			store_set(json, "diff", lines_json(pair));
		json_array_append_new(list, json);
	}
	return list;
}
