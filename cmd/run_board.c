// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "run_board.h"

/* What a column of the matrix is. */
struct column {
	enum matrix_variant variant;
	enum matrix_model model;
	const char *machine;
	int cpus;
	size_t width;
};

struct row {
	const char *branch, *config;
};

struct run_board {
	const struct pipeline_plan *plan;
	struct row *rows;
	size_t row_count;
	struct column *columns;
	size_t column_count;
	ssize_t *cells; /* by row and column; -1: the matrix has none there */
	struct pipeline_forecast forecast;
	double forecast_due; /* it is worked out again */
};

struct picture {
	struct run_board *of;
	const struct pipeline_plan *plan;
	struct progress_board *board;
	struct row *rows;
	size_t row_count;
	struct column *columns;
	size_t column_count;
	size_t branch_width, config_width;
	bool brief; /* shorter words */
};

static size_t need_row(struct run_board *board, struct index *rows, const struct matrix_cell *cell)
{
	OWNED_STR name = xasprintf("%s/%s", cell->branch, cell->config);

	if (index_add(rows, name, board->row_count))
		board->rows[board->row_count++] = (struct row){ cell->branch, cell->config };
	return index_find(rows, name);
}

static size_t need_column(struct run_board *board, struct index *columns,
			  const struct matrix_cell *cell)
{
	OWNED_STR name = xasprintf("%d/%d/%d/%s", cell->variant, cell->model, cell->cpus,
				   cell->machine);

	if (index_add(columns, name, board->column_count))
		board->columns[board->column_count++] =
			(struct column){ cell->variant, cell->model, cell->machine, cell->cpus, 0 };
	return index_find(columns, name);
}

/* The cell at a place of the picture, or -1. */
static ssize_t cell_at(const struct picture *picture, const struct row *row,
		       const struct column *column)
{
	size_t y = (size_t)(row - picture->rows), x = (size_t)(column - picture->columns);

	return picture->of->cells[y * picture->column_count + x];
}

/* Over the columns: "without", and below it "on, 2 CPUs". */
static char *head_text(const struct picture *picture, const struct column *column, bool first)
{
	const struct matrix_run *run = &picture->plan->run;
	const char *model = column->model == MATRIX_NO_MODEL   ? ""
			    : column->model == MATRIX_MODEL_ON ? "on "
							       : "off ";

	if (first)
		return xstrdup(!run->series			  ? ""
			       : column->variant == MATRIX_SERIES ? "with"
								  : "without");
	if (picture->brief)
		return xasprintf("%s%d", model, column->cpus);
	if (picture->plan->machine_count > 1)
		return xasprintf("%s%s %d", model, column->machine, column->cpus);
	return xasprintf("%s%d CPUs", model, column->cpus);
}

static enum progress_color state_color(const struct matrix_run *run, const struct matrix_cell *cell)
{
	bool expected = run->series && cell->variant == MATRIX_BASE;

	switch (cell->state) {
	case MATRIX_CELL_CLEAN:
		return expected ? PROGRESS_PLAIN : PROGRESS_GOOD;
	case MATRIX_CELL_BAD:
		return expected ? PROGRESS_WARN : PROGRESS_BAD;
	case MATRIX_CELL_NOT_PORTED:
	case MATRIX_CELL_NOT_BUILT:
		return PROGRESS_BAD;
	case MATRIX_CELL_UNDECIDED:
	case MATRIX_CELL_INFRA:
	case MATRIX_CELL_NO_RESULT:
		return PROGRESS_WARN;
	case MATRIX_CELL_WAITING:
		break;
	}
	return cell->boot_count ? PROGRESS_PLAIN : PROGRESS_DIM;
}

/* "3/5 +1": the bug in 3 of 5 boots, one more is under way. */
static char *waiting_text(const struct pipeline_plan *plan, size_t index)
{
	const struct matrix_cell *cell = &plan->run.cells[index];
	STRBUF text = { 0 };

	if (cell->rate.boots)
		strbuf_addf(&text, "%d/%d", cell->rate.bad, cell->rate.boots);
	if (plan->cells[index].flying)
		strbuf_addf(&text, "%s+%d", text.len ? " " : "", plan->cells[index].flying);
	if (!text.len)
		strbuf_adds(&text,
			    plan->kernels[plan->cells[index].kernel].building ? "building" : ".");
	return strbuf_detach(&text);
}

static char *cell_text(const struct picture *picture, size_t index)
{
	static const char *const brief[] = {
		[MATRIX_CELL_CLEAN] = "ok",	      [MATRIX_CELL_BAD] = "bad",
		[MATRIX_CELL_UNDECIDED] = "?",	      [MATRIX_CELL_INFRA] = "infra",
		[MATRIX_CELL_NO_RESULT] = "none",     [MATRIX_CELL_NOT_PORTED] = "no port",
		[MATRIX_CELL_NOT_BUILT] = "no build",
	};
	const struct matrix_cell *cell = &picture->plan->run.cells[index];
	const char *name = matrix_cell_state_name(cell->state);

	if (cell->state == MATRIX_CELL_WAITING)
		return waiting_text(picture->plan, index);
	if (picture->brief)
		return xstrdup(brief[cell->state]);
	if (!cell->rate.boots)
		return xstrdup(name);
	return xasprintf("%s %d/%d", name, cell->rate.bad, cell->rate.boots);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t text_width(char *text)
{
	size_t width = strbuf_utf8_columns(text);

	free(text);
	return width;
}

/* Columns as wide as their widest text; returns the width of all. */
static size_t measure(struct picture *picture)
{
	size_t sum;

	picture->branch_width = picture->config_width = 0;
	for (size_t i = 0; i < picture->row_count; i++) {
		const struct row *row = &picture->rows[i];

		picture->branch_width = larger(picture->branch_width,
					       strbuf_utf8_columns(row->branch) + 2);
		picture->config_width = larger(picture->config_width,
					       strbuf_utf8_columns(row->config) + 2);
	}
	sum = picture->branch_width + picture->config_width;
	for (size_t i = 0; i < picture->column_count; i++) {
		struct column *column = &picture->columns[i];

		column->width = larger(text_width(head_text(picture, column, true)),
				       text_width(head_text(picture, column, false)));
		for (size_t j = 0; j < picture->row_count; j++) {
			ssize_t cell = cell_at(picture, &picture->rows[j], column);

			if (cell >= 0)
				column->width = larger(
					column->width,
					text_width(cell_text(picture, (size_t)cell)));
		}
		column->width += 2;
		sum += column->width;
	}
	return sum ? sum - 2 : 0;
}

static void draw_head(const struct picture *picture, bool first)
{
	progress_board_put(picture->board, PROGRESS_DIM,
			   picture->branch_width + picture->config_width, "%s", "");
	for (size_t i = 0; i < picture->column_count; i++) {
		OWNED_STR text = head_text(picture, &picture->columns[i], first);

		progress_board_put(picture->board, PROGRESS_DIM, picture->columns[i].width, "%s",
				   text);
	}
	progress_board_end_line(picture->board);
}

static void draw_row(const struct picture *picture, const struct row *row)
{
	progress_board_put(picture->board, PROGRESS_PLAIN, picture->branch_width, "%s",
			   row->branch);
	progress_board_put(picture->board, PROGRESS_PLAIN, picture->config_width, "%s",
			   row->config);
	for (size_t i = 0; i < picture->column_count; i++) {
		const struct column *column = &picture->columns[i];
		ssize_t index = cell_at(picture, row, column);
		OWNED_STR text = index < 0 ? xstrdup("") : cell_text(picture, (size_t)index);
		enum progress_color color = index < 0
						    ? PROGRESS_PLAIN
						    : state_color(&picture->plan->run,
								  &picture->plan->run.cells[index]);

		progress_board_put(picture->board, color, column->width, "%s", text);
	}
	progress_board_end_line(picture->board);
}

static bool is_done(const struct picture *picture, const struct row *row)
{
	for (size_t i = 0; i < picture->column_count; i++) {
		ssize_t index = cell_at(picture, row, &picture->columns[i]);

		if (index >= 0 && picture->plan->run.cells[index].state == MATRIX_CELL_WAITING)
			return false;
	}
	return true;
}

/* Lines beside the rows: two of head, one of counts. */
#define OTHER_LINES 3

/* All rows, or when the screen is too short those that still change. */
static void draw_rows(const struct picture *picture)
{
	size_t room = progress_board_rows(picture->board);
	bool all = picture->row_count + OTHER_LINES <= room;
	size_t left = room > OTHER_LINES ? room - OTHER_LINES : 0;

	draw_head(picture, true);
	draw_head(picture, false);
	for (size_t i = 0; i < picture->row_count && left; i++) {
		if (!all && is_done(picture, &picture->rows[i]))
			continue;
		draw_row(picture, &picture->rows[i]);
		left--;
	}
}

static void add_minutes(struct strbuf *text, double seconds)
{
	long whole = lround(seconds);

	if (whole < 3600)
		strbuf_addf(text, "%ld:%02ld", whole / 60, whole % 60);
	else
		strbuf_addf(text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}

/* Working it out takes a while where cells are many: it is done for a part of all the time. */
static struct pipeline_forecast forecast_now(struct run_board *board)
{
	double began = loop_now();

	if (began < board->forecast_due)
		return board->forecast;
	board->forecast = pipeline_plan_forecast(board->plan);
	board->forecast_due = loop_now() + 50 * (loop_now() - began);
	return board->forecast;
}

static void draw_counts(const struct picture *picture)
{
	const struct matrix_run *run = &picture->plan->run;
	struct pipeline_forecast forecast = forecast_now(picture->of);
	STRBUF text = { 0 };
	size_t done = 0;

	for (size_t i = 0; i < run->cell_count; i++)
		done += run->cells[i].state != MATRIX_CELL_WAITING;
	strbuf_addf(&text, "%s, run %d: %zu of %zu cells, ", run->matrix, run->number, done,
		    run->cell_count);
	add_minutes(&text, loop_now() - picture->plan->began);
	if (forecast.wall > 0) {
		strbuf_adds(&text, ", ");
		strbuf_adds(&text, forecast.unknown_builds ? "more than " : "about ");
		add_minutes(&text, forecast.wall);
		strbuf_adds(&text, " left");
	}
	strbuf_addf(&text, ", %d boots done", run->timing.booted);
	if (forecast.builds)
		strbuf_addf(&text, ", %d kernels to build", forecast.builds);
	progress_board_put(picture->board, PROGRESS_BOLD, 0, "%s", strbuf_str(&text));
	progress_board_end_line(picture->board);
}

struct run_board *run_board_new(const struct pipeline_plan *plan)
{
	struct run_board *board = xcalloc(1, sizeof(*board));
	size_t count = plan->run.cell_count;
	CLEANUP(free_ptr) size_t *places = xcalloc(2 * count + 1, sizeof(*places));
	INDEX rows = index_new();
	INDEX columns = index_new();

	board->plan = plan;
	board->rows = xcalloc(count + 1, sizeof(*board->rows));
	board->columns = xcalloc(count + 1, sizeof(*board->columns));
	for (size_t i = 0; i < count; i++) {
		places[2 * i] = need_row(board, rows, &plan->run.cells[i]);
		places[2 * i + 1] = need_column(board, columns, &plan->run.cells[i]);
	}
	board->cells = xcalloc(board->row_count * board->column_count + 1, sizeof(*board->cells));
	for (size_t i = 0; i < board->row_count * board->column_count; i++)
		board->cells[i] = -1;
	for (size_t i = 0; i < count; i++)
		board->cells[places[2 * i] * board->column_count + places[2 * i + 1]] = (ssize_t)i;
	return board;
}

void run_board_free(struct run_board *board)
{
	if (!board)
		return;
	free(board->rows);
	free(board->columns);
	free(board->cells);
	free(board);
}

void run_board_draw(void *data, struct progress_board *board)
{
	struct run_board *of = data;
	struct picture picture = { .of = of,
				   .plan = of->plan,
				   .board = board,
				   .rows = of->rows,
				   .row_count = of->row_count,
				   .columns = of->columns,
				   .column_count = of->column_count };
	size_t columns = progress_board_columns(board);

	picture.brief = measure(&picture) > columns;
	if (!picture.brief || measure(&picture) <= columns)
		draw_rows(&picture);
	draw_counts(&picture);
}
