// SPDX-License-Identifier: GPL-2.0
#include "judge_lines.h"

void judge_lines_release(struct judge_lines *lines)
{
	strbuf_release(&lines->partial);
}

uint64_t judge_lines_count(const struct judge_lines *lines)
{
	return lines->complete + (lines->partial.len || lines->continued);
}

static void give(struct judge_lines *lines, const char *bytes, size_t length, bool last)
{
	struct judge_piece piece = { .bytes = bytes,
				     .length = length,
				     .fresh = last ? length + 1 : length - JUDGE_OVERLAP,
				     .number = lines->complete + 1,
				     .first = !lines->continued,
				     .last = last };

	lines->callback(lines->data, &piece);
}

static void give_full_piece(struct judge_lines *lines)
{
	struct strbuf *partial = &lines->partial;

	give(lines, partial->buf, partial->len, false);
	memmove(partial->buf, partial->buf + partial->len - JUDGE_OVERLAP, JUDGE_OVERLAP);
	strbuf_setlen(partial, JUDGE_OVERLAP);
	lines->continued = true;
}

static void collect(struct judge_lines *lines, const char *bytes, size_t length)
{
	while (length) {
		size_t room = JUDGE_PIECE - lines->partial.len;
		size_t step = length < room ? length : room;

		if (!room) {
			give_full_piece(lines);
			continue;
		}
		strbuf_add(&lines->partial, bytes, step);
		bytes += step;
		length -= step;
	}
}

static void end_line(struct judge_lines *lines)
{
	give(lines, strbuf_str(&lines->partial), lines->partial.len, true);
	strbuf_reset(&lines->partial);
	lines->continued = false;
	lines->complete++;
}

void judge_lines_feed(struct judge_lines *lines, const char *bytes, size_t length)
{
	while (length) {
		const char *lf = memchr(bytes, '\n', length);
		size_t step = lf ? (size_t)(lf - bytes) : length;

		if (lf && !lines->partial.len && step <= JUDGE_PIECE) {
			give(lines, bytes, step, true);
			lines->complete++;
		} else {
			collect(lines, bytes, step);
			if (lf)
				end_line(lines);
		}
		step += lf != NULL;
		bytes += step;
		length -= step;
	}
}

void judge_lines_end(struct judge_lines *lines)
{
	if (lines->partial.len)
		end_line(lines);
}
