/* SPDX-License-Identifier: GPL-2.0 */
/*
 * progress.h - the one reporter of what is going on, on standard error.
 *
 * Work is a set of steps that begin and end, several at a time. On a terminal
 * the newest step is a live line with its elapsed time and, when the caller
 * knows how long it took the last time, the time left; elsewhere each step is a
 * plain line when it begins and one when it ends. Every text is made printable
 * here, so callers may pass what a log or a mail said. Any thread may call; a board is
 * drawn by the thread that set it.
 *
 * On a terminal a board may stand in the place of the live line: several lines that
 * the caller draws, and below them every step. Steps then leave no line when they end.
 */
#ifndef FARRIER_PROGRESS_H
#define FARRIER_PROGRESS_H

#include "base.h"

enum progress_mode {
	PROGRESS_QUIET, /* nothing but progress_warn() */
	PROGRESS_LINES, /* plain lines */
	PROGRESS_LIVE,	/* a terminal */
};

struct progress_settings {
	enum progress_mode mode;
	bool color;
	bool verbose; /* progress_detail() is shown */
};

/* Sets the reporter up; called once from main(). The default is quiet. */
void progress_setup(const struct progress_settings *settings);

struct progress; /* a step */

/*
 * Begins a step. `expected` is the seconds it took the last time, or 0.
 * Returns the step, which progress_end() frees.
 */
struct progress *progress_begin(double expected, const char *format, ...) PRINTF(2, 3);

/* Says how far the step is, on the live line only; rate-limited, so call it freely. */
void progress_update(struct progress *step, const char *format, ...) PRINTF(2, 3);

/* Ends the step with its outcome; frees it. A NULL step does nothing. */
void progress_end(struct progress *step, const char *format, ...) PRINTF(2, 3);

/* Ends a step without a word; for CLEANUP on error paths. */
void progress_drop(struct progress **step);

/* Redraws the live line, so that the clock on it moves; the event loop calls this. */
void progress_tick(void);

/* One line that stays. */
void progress_note(const char *format, ...) PRINTF(1, 2);
/* The same, with -v only. */
void progress_detail(const char *format, ...) PRINTF(1, 2);
/* The same, but shown with -q too and marked "warning: ". */
void progress_warn(const char *format, ...) PRINTF(1, 2);

/* Takes the live line or the board off the screen, before something else is printed there. */
void progress_clear(void);

/* A picture in the making, and its colours. */
struct progress_board;
enum progress_color {
	PROGRESS_PLAIN,
	PROGRESS_GOOD, /* green */
	PROGRESS_BAD,  /* red */
	PROGRESS_WARN, /* yellow */
	PROGRESS_DIM,
	PROGRESS_BOLD,
};

/* Draws the whole board, by the functions below; calls no other one of progress.h. */
typedef void (*progress_draw)(void *data, struct progress_board *board);

/* Whether live lines and boards are drawn. */
bool progress_is_live(void);

/* From now on the board is drawn, on a terminal only; NULL takes it away. */
void progress_set_board(progress_draw draw, void *data);

/* The room on the screen. What does not fit is left out. */
size_t progress_board_columns(const struct progress_board *board);
size_t progress_board_rows(const struct progress_board *board);

/* Puts a text into the current line: made printable, padded to `width` columns (0: as it is). */
void progress_board_put(struct progress_board *board, enum progress_color color, size_t width,
			const char *format, ...) PRINTF(4, 5);
void progress_board_end_line(struct progress_board *board);

#endif
