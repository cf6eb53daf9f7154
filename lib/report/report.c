// SPDX-License-Identifier: GPL-2.0
/* report.c - gathers what every format says. */
#include "core/file.h"
#include "report_part.h"

static void release_cell(struct report_cell *cell)
{
	free(cell->outcome_text);
	report_release_evidence(&cell->evidence);
	json_decref(cell->counters);
	strvec_release(&cell->commands);
}

void report_release(struct report *report)
{
	for (size_t i = 0; report->cells && i < report->run.cell_count; i++)
		release_cell(&report->cells[i]);
	free(report->cells);
	free(report->gone);
	free(report->pairs);
	free(report->before_pairs);
	index_free(report->pair_ids);
	index_free(report->before_ids);
	free(report->why);
	matrix_run_release(&report->run);
	matrix_run_release(&report->before);
	*report = (struct report){ 0 };
}

/* The runs that there are, newest first when they are gone through. */
struct runs {
	const struct workspace *workspace;
	int *numbers;
	size_t count;
};

static void release_runs(struct runs *runs)
{
	free(runs->numbers);
}

static ERR_CHECK read_number(const struct runs *runs, int number, struct matrix_run *run,
			     bool *found)
{
	OWNED_STR folder = matrix_run_folder(runs->workspace, number);

	return matrix_run_read(folder, run, found);
}

static bool has_record(const struct runs *runs, int number)
{
	OWNED_STR folder = matrix_run_folder(runs->workspace, number);
	OWNED_STR path = xasprintf("%s/run.json", folder);

	return file_exists(path);
}

/* "1, 2, 5": the newest are enough. */
static const struct err *hint_numbers(const struct err *err, const struct runs *runs)
{
	STRBUF list = { 0 };

	for (size_t i = runs->count > 10 ? runs->count - 10 : 0; i < runs->count; i++)
		strbuf_addf(&list, "%s%d", list.len ? ", " : "", runs->numbers[i]);
	if (!list.len)
		return err_hint(err, "'farrier run' makes one");
	return err_hint(err, "%s: %s", runs->count > 10 ? "the newest are" : "there are", list.buf);
}

static ERR_CHECK open_number(const struct runs *runs, int number, const char *matrix,
			     struct matrix_run *run)
{
	bool found;

	if (!has_record(runs, number))
		return hint_numbers(err_input("there is no run %d", number), runs);
	TRY(read_number(runs, number, run, &found));
	if (!found)
		return hint_numbers(err_input("the record of run %d cannot be believed", number),
				    runs);
	if (matrix && !str_equal(matrix, run->matrix))
		return err_input("run %d is of matrix '%s', not of '%s'", number, run->matrix,
				 matrix);
	return NULL;
}

/*
 * A damaged record may be of any matrix, so the run before it is not taken for the newest:
 * whoever looks at the result would believe an old one.
 */
static ERR_CHECK open_newest(const struct runs *runs, const char *matrix, struct matrix_run *run)
{
	for (size_t i = runs->count; i-- > 0;) {
		int number = runs->numbers[i];
		bool found;

		if (!has_record(runs, number))
			continue;
		TRY(read_number(runs, number, run, &found));
		if (!found)
			return err_hint(err_input("the record of the newest run, %d, cannot be "
						  "believed",
						  number),
					"'farrier report N' reports an earlier run");
		if (!matrix || str_equal(matrix, run->matrix))
			return NULL;
		matrix_run_release(run);
	}
	if (matrix)
		return err_hint(err_input("there is no run of matrix '%s'", matrix),
				"'farrier run %s' makes one", matrix);
	return err_hint(err_input("there is no run yet"), "'farrier run' makes one");
}

/* The newest before `report->run` of the same matrix that came to its end. */
static ERR_CHECK find_before(const struct runs *runs, struct report *report)
{
	for (size_t i = runs->count; i-- > 0 && !report->has_before;) {
		bool found;

		if (runs->numbers[i] >= report->run.number || !has_record(runs, runs->numbers[i]))
			continue;
		TRY(read_number(runs, runs->numbers[i], &report->before, &found));
		report->has_before = found && *report->before.ended &&
				     str_equal(report->before.matrix, report->run.matrix);
		if (!report->has_before)
			matrix_run_release(&report->before);
	}
	return NULL;
}

static void compare_cell(const struct report *report, struct report_cell *cell)
{
	const struct matrix_cell *before = NULL;

	if (report->has_before)
		before = matrix_run_find_cell(&report->before, cell->cell->id);
	if (before && before->state != MATRIX_CELL_WAITING)
		cell->before = before;
	if (!report->has_before || cell->cell->state == MATRIX_CELL_WAITING)
		cell->change = REPORT_UNKNOWN;
	else if (!cell->before)
		cell->change = REPORT_NEW;
	else
		cell->change = cell->before->state == cell->cell->state ? REPORT_SAME
									: REPORT_CHANGED;
	cell->same_kernel = cell->before && cell->cell->key && cell->before->key &&
			    str_equal(cell->cell->key, cell->before->key);
}

static json_t *sum_counters(const struct matrix_cell *cell)
{
	json_t *sums = json_object(), *value;
	const char *name;

	for (size_t i = 0; i < cell->boot_count; i++) {
		if (!cell->boots[i].counted)
			continue;
		json_object_foreach (cell->boots[i].counters, name, value) {
			int64_t sum = json_integer_value(json_object_get(sums, name));

			store_set(sums, name,
				  json_integer(add_clamped(sum, json_integer_value(value))));
		}
	}
	return sums;
}

static void fill_cell(struct report *report, size_t index)
{
	struct report_cell *cell = &report->cells[index];

	cell->cell = &report->run.cells[index];
	cell->build = matrix_run_find_build(&report->run, cell->cell->build);
	cell->outcome = report_outcome_of(&report->run, cell->cell);
	cell->outcome_text = report_outcome_text(&report->run, cell->cell);
	cell->counters = sum_counters(cell->cell);
	compare_cell(report, cell);
	report_find_evidence(report->workspace, cell->cell, &cell->evidence);
	report_find_commands(report, cell, &cell->commands);
}

static void find_gone(struct report *report)
{
	report->gone = xcalloc(report->before.cell_count + 1, sizeof(struct matrix_cell *));
	for (size_t i = 0; i < report->before.cell_count; i++)
		if (!matrix_run_find_cell(&report->run, report->before.cells[i].id))
			report->gone[report->gone_count++] = &report->before.cells[i];
}

/* Each pair by the ids of both its cells. */
static struct index *index_pairs(const struct matrix_pair *pairs, size_t count)
{
	struct index *index = index_new();

	for (size_t i = 0; i < count; i++) {
		index_add(index, pairs[i].base->id, i);
		index_add(index, pairs[i].series->id, i);
	}
	return index;
}

ERR_CHECK report_open(const struct workspace *workspace, int number, const char *matrix,
		      const struct report_settings *settings, struct report *report)
{
	CLEANUP(release_runs) struct runs runs = { .workspace = workspace };
	size_t before_count;

	*report = (struct report){ .workspace = workspace, .settings = *settings };
	TRY(matrix_run_numbers(workspace, &runs.numbers, &runs.count));
	if (number)
		TRY(open_number(&runs, number, matrix, &report->run));
	else
		TRY(open_newest(&runs, matrix, &report->run));
	TRY(find_before(&runs, report));
	report->cells = xcalloc(report->run.cell_count + 1, sizeof(*report->cells));
	for (size_t i = 0; i < report->run.cell_count; i++)
		fill_cell(report, i);
	find_gone(report);
	report->pairs = matrix_run_pairs(&report->run, &report->pair_count);
	report->pair_ids = index_pairs(report->pairs, report->pair_count);
	report->before_pairs = matrix_run_pairs(&report->before, &before_count);
	report->before_ids = index_pairs(report->before_pairs, before_count);
	report->answer = matrix_run_answer(&report->run);
	report->efficiency = matrix_run_efficiency(&report->run);
	report->why = report_why(report);
	return NULL;
}

const struct matrix_pair *report_pair_of(const struct report *report,
					 const struct matrix_cell *cell)
{
	size_t place = index_find(report->pair_ids, cell->id);

	return place == INDEX_NONE ? NULL : &report->pairs[place];
}

enum matrix_pair_answer report_pair_before(const struct report *report,
					   const struct matrix_pair *pair)
{
	size_t place = index_find(report->before_ids, pair->base->id);
	const struct matrix_pair *before = place == INDEX_NONE ? NULL
							       : &report->before_pairs[place];

	if (!before || !str_equal(before->series->id, pair->series->id))
		return MATRIX_PAIR_OPEN;
	return before->answer;
}
