// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "strbuf.h"

struct progress {
	char *title;
	char *state;	 /* what progress_update() said last, or NULL */
	double began;	 /* seconds, monotonic */
	double expected; /* seconds, or 0 */
	struct progress *older;
};

#define MAX_RATE 0.1 /* seconds between two drawings of the live line */

/* Any thread may report. Held by the public functions, and by nobody who waits. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct progress_settings settings; /* as main() has set them up, before any thread */
static struct progress *newest;
static double last_drawn;
static size_t lines_shown;	 /* the last of them without a newline */
static progress_draw board_draw; /* or NULL */
static void *board_data;
static pthread_t board_thread;		 /* that set it */
static size_t drawn_columns, drawn_rows; /* of the terminal when it was drawn last, or 0 */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void progress_setup(const struct progress_settings *wanted)
{
	settings = *wanted;
}

static void add_duration(struct strbuf *sb, double seconds)
{
	long whole = lround(seconds);

	if (whole < 60)
		strbuf_addf(sb, "%ld s", whole);
	else
		strbuf_addf(sb, "%ld:%02ld min", whole / 60, whole % 60);
}

/* Puts the cursor where what is shown begins. */
static void add_rewind(struct strbuf *sb)
{
	strbuf_addc(sb, '\r');
	if (lines_shown > 1)
		strbuf_addf(sb, "\033[%zuA", lines_shown - 1);
}

static void clear(void)
{
	STRBUF codes = { 0 };

	if (!lines_shown)
		return;
	add_rewind(&codes);
	fprintf(stderr, "%s\033[J", strbuf_str(&codes));
	lines_shown = 0;
}

/* How many columns of UTF-8 text to show: multi-byte letters count once. */
static size_t fit_columns(const char *text, size_t columns)
{
	size_t bytes = 0;

	while (text[bytes]) {
		if (((unsigned char)text[bytes] & 0xc0) != 0x80 && columns-- == 0)
			break;
		bytes++;
	}
	return bytes;
}

#define DEFAULT_COLUMNS 79
#define DEFAULT_ROWS	24

/* The last column stays empty, so that no terminal wraps. */
static void terminal_size(size_t *columns, size_t *rows)
{
	struct winsize size = { 0 };
	bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;

	*columns = known && size.ws_col >= 20 ? size.ws_col - 1u : DEFAULT_COLUMNS;
	*rows = known && size.ws_row >= 2 ? size.ws_row : DEFAULT_ROWS;
}

/* "building x: LD vmlinux (12 s, about 40 s left)" */
static void describe(const struct progress *step, struct strbuf *line)
{
	double elapsed = now() - step->began;

	strbuf_adds(line, step->title);
	if (step->state)
		strbuf_addf(line, ": %s", step->state);
	strbuf_adds(line, " (");
	add_duration(line, elapsed);
	if (step->expected > elapsed) {
		strbuf_adds(line, ", about ");
		add_duration(line, step->expected - elapsed);
		strbuf_adds(line, " left");
	}
	strbuf_adds(line, ")");
}

static void draw_line(void)
{
	STRBUF line = { 0 };
	size_t columns, rows;
	int others = -1;

	for (struct progress *step = newest; step; step = step->older)
		others++;
	describe(newest, &line);
	if (others)
		strbuf_addf(&line, " and %d more", others);
	terminal_size(&columns, &rows);
	fprintf(stderr, "\r\033[K%.*s", (int)fit_columns(line.buf, columns), line.buf);
	lines_shown = 1;
}

struct progress_board {
	struct strbuf text; /* with colours and newlines */
	size_t columns, rows;
	size_t column, lines; /* columns in use of the current line, lines before it */
};

size_t progress_board_columns(const struct progress_board *board)
{
	return board->columns;
}

size_t progress_board_rows(const struct progress_board *board)
{
	return board->rows;
}

static void put(struct progress_board *board, enum progress_color color, size_t width,
		const char *text)
{
	static const char *const codes[] = {
		[PROGRESS_PLAIN] = "",	     [PROGRESS_GOOD] = "\033[32m",
		[PROGRESS_BAD] = "\033[31m", [PROGRESS_WARN] = "\033[33m",
		[PROGRESS_DIM] = "\033[2m",  [PROGRESS_BOLD] = "\033[1m",
	};
	size_t bytes = fit_columns(text, board->columns - board->column);
	OWNED_STR cut = xstrndup(text, bytes);
	size_t used = strbuf_utf8_columns(cut);
	size_t pad = width > used ? width - used : 0;
	bool colored = settings.color && color != PROGRESS_PLAIN;

	if (board->lines >= board->rows)
		return;
	strbuf_addf(&board->text, "%s%s%s", colored ? codes[color] : "", cut,
		    colored ? "\033[0m" : "");
	if (pad > board->columns - board->column - used)
		pad = board->columns - board->column - used;
	strbuf_addf(&board->text, "%*s", (int)pad, "");
	board->column += used + pad;
}

void progress_board_put(struct progress_board *board, enum progress_color color, size_t width,
			const char *format, ...)
{
	OWNED_STR text = NULL;
	va_list args;

	va_start(args, format);
	text = strbuf_vprintable(format, args);
	va_end(args);
	put(board, color, width, text);
}

void progress_board_end_line(struct progress_board *board)
{
	if (board->lines >= board->rows)
		return;
	strbuf_adds(&board->text, "\033[K\n");
	board->column = 0;
	board->lines++;
}

/* Steps take at most half of the screen. */
static void draw_board(void)
{
	struct progress_board board = { 0 };
	size_t steps = 0;

	terminal_size(&board.columns, &board.rows);
	/* A terminal that became another size wrapped the old lines: nobody knows where they are.
	 */
	if (drawn_columns && (drawn_columns != board.columns || drawn_rows != board.rows))
		strbuf_adds(&board.text, "\033[2J\033[H");
	else
		add_rewind(&board.text);
	drawn_columns = board.columns;
	drawn_rows = board.rows;
	for (const struct progress *step = newest; step; step = step->older)
		steps++;
	if (steps > board.rows / 2)
		steps = board.rows / 2;
	board.rows -= steps;
	board_draw(board_data, &board);
	board.rows = board.lines + steps;
	for (const struct progress *step = newest; step && steps--; step = step->older) {
		STRBUF line = { 0 };

		describe(step, &line);
		put(&board, PROGRESS_DIM, 0, strbuf_str(&line));
		progress_board_end_line(&board);
	}
	/* The cursor stays on the last line, as a newline would scroll a full screen. */
	if (board.lines)
		strbuf_setlen(&board.text, board.text.len - 1);
	strbuf_adds(&board.text, "\033[J");
	fputs(strbuf_str(&board.text), stderr);
	lines_shown = board.lines;
	strbuf_release(&board.text);
}

static void draw(void)
{
	if (board_draw)
		draw_board();
	else
		draw_line();
	fflush(stderr);
}

bool progress_is_live(void)
{
	return settings.mode == PROGRESS_LIVE;
}

void progress_set_board(progress_draw drawing, void *data)
{
	pthread_mutex_lock(&lock);
	clear();
	board_draw = drawing;
	board_data = data;
	board_thread = pthread_self();
	drawn_columns = drawn_rows = 0;
	pthread_mutex_unlock(&lock);
}

static void tick(void)
{
	if (settings.mode != PROGRESS_LIVE || (!newest && !board_draw))
		return;
	/* What a board shows belongs to the thread that set it. */
	if (board_draw && !pthread_equal(board_thread, pthread_self()))
		return;
	if (now() - last_drawn < MAX_RATE)
		return;
	last_drawn = now();
	draw();
}

static void put_line(const char *mark, const char *text)
{
	clear();
	fprintf(stderr, "%s%s\n", mark, text);
	tick();
}

void progress_clear(void)
{
	pthread_mutex_lock(&lock);
	clear();
	pthread_mutex_unlock(&lock);
}

void progress_tick(void)
{
	pthread_mutex_lock(&lock);
	tick();
	pthread_mutex_unlock(&lock);
}

/* A line that stays. */
static void add_line(const char *mark, const char *text)
{
	pthread_mutex_lock(&lock);
	put_line(mark, text);
	pthread_mutex_unlock(&lock);
}

struct progress *progress_begin(double expected, const char *format, ...)
{
	struct progress *step = xcalloc(1, sizeof(*step));
	va_list args;

	va_start(args, format);
	step->title = strbuf_vprintable(format, args);
	va_end(args);
	step->expected = expected;
	step->began = now();
	pthread_mutex_lock(&lock);
	step->older = newest;
	newest = step;
	if (settings.mode == PROGRESS_LINES && settings.verbose)
		put_line("", step->title);
	tick();
	pthread_mutex_unlock(&lock);
	return step;
}

void progress_update(struct progress *step, const char *format, ...)
{
	va_list args;

	/* Kept even when it is not drawn now: the next tick shows it. */
	if (settings.mode != PROGRESS_LIVE)
		return;
	pthread_mutex_lock(&lock);
	free(step->state);
	va_start(args, format);
	step->state = strbuf_vprintable(format, args);
	va_end(args);
	tick();
	pthread_mutex_unlock(&lock);
}

static void unlink_step(struct progress *step)
{
	struct progress **link = &newest;

	while (*link && *link != step)
		link = &(*link)->older;
	if (*link)
		*link = step->older;
	free(step->title);
	free(step->state);
	free(step);
}

void progress_end(struct progress *step, const char *format, ...)
{
	OWNED_STR outcome = NULL;
	STRBUF line = { 0 };
	va_list args;

	if (!step)
		return;
	va_start(args, format);
	outcome = strbuf_vprintable(format, args);
	va_end(args);
	strbuf_addf(&line, "%s: %s (", step->title, outcome);
	add_duration(&line, now() - step->began);
	strbuf_adds(&line, ")");
	pthread_mutex_lock(&lock);
	unlink_step(step);
	if (settings.mode == PROGRESS_LIVE && board_draw)
		tick();
	else if (settings.mode != PROGRESS_QUIET)
		put_line("", line.buf);
	pthread_mutex_unlock(&lock);
}

void progress_drop(struct progress **step)
{
	if (!*step)
		return;
	pthread_mutex_lock(&lock);
	clear();
	unlink_step(*step);
	pthread_mutex_unlock(&lock);
	*step = NULL;
}

void progress_note(const char *format, ...)
{
	OWNED_STR text = NULL;
	va_list args;

	if (settings.mode == PROGRESS_QUIET)
		return;
	va_start(args, format);
	text = strbuf_vprintable(format, args);
	va_end(args);
	add_line("", text);
}

void progress_detail(const char *format, ...)
{
	OWNED_STR text = NULL;
	va_list args;

	if (settings.mode == PROGRESS_QUIET || !settings.verbose)
		return;
	va_start(args, format);
	text = strbuf_vprintable(format, args);
	va_end(args);
	add_line("", text);
}

void progress_warn(const char *format, ...)
{
	OWNED_STR text = NULL;
	va_list args;

	va_start(args, format);
	text = strbuf_vprintable(format, args);
	va_end(args);
	add_line(settings.color ? "\033[33mwarning:\033[0m " : "warning: ", text);
}
