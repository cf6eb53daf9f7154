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
static bool line_shown;

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

static void clear(void)
{
	if (!line_shown)
		return;
	fputs("\r\033[K", stderr);
	line_shown = false;
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

static size_t terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20)
		return 79;
	return size.ws_col - 1u;
}

static void draw(void)
{
	STRBUF line = { 0 };
	double elapsed = now() - newest->began;
	int others = -1;

	for (struct progress *step = newest; step; step = step->older)
		others++;
	strbuf_adds(&line, newest->title);
	if (newest->state)
		strbuf_addf(&line, ": %s", newest->state);
	strbuf_adds(&line, " (");
	add_duration(&line, elapsed);
	if (newest->expected > elapsed) {
		strbuf_adds(&line, ", about ");
		add_duration(&line, newest->expected - elapsed);
		strbuf_adds(&line, " left");
	}
	strbuf_adds(&line, ")");
	if (others)
		strbuf_addf(&line, " and %d more", others);
	fprintf(stderr, "\r\033[K%.*s", (int)fit_columns(line.buf, terminal_columns()), line.buf);
	fflush(stderr);
	line_shown = true;
}

static void tick(void)
{
	if (settings.mode != PROGRESS_LIVE || !newest)
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
	if (settings.mode != PROGRESS_QUIET)
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
