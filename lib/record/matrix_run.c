// SPDX-License-Identifier: GPL-2.0
/* matrix_run.c - a run in memory: its parts, its pairs, its answer, its folder. */
#include <limits.h>

#include "core/file.h"
#include "matrix_run.h"

static void release_build(struct matrix_build *build)
{
	free(build->id);
	free(build->branch);
	free(build->config);
	free(build->key);
	free(build->image);
	free(build->log);
	free(build->commit);
	free(build->reason);
	json_decref(build->diagnostics);
}

static void release_boot(struct matrix_boot *boot)
{
	verdict_release_event(&boot->cause);
	free(boot->text);
	free(boot->log);
	json_decref(boot->counters);
}

static void release_cell(struct matrix_cell *cell)
{
	free(cell->id);
	free(cell->group);
	free(cell->branch);
	free(cell->config);
	free(cell->machine);
	free(cell->build);
	free(cell->key);
	free(cell->cmdline);
	free(cell->reason);
	for (size_t i = 0; i < cell->boot_count; i++)
		release_boot(&cell->boots[i]);
	free(cell->boots);
}

static void release_branch(struct matrix_branch *branch)
{
	free(branch->name);
	free(branch->version);
	free(branch->arch);
	free(branch->base);
}

void matrix_run_release(struct matrix_run *run)
{
	free(run->matrix);
	free(run->title);
	free(run->key);
	free(run->series);
	free(run->model);
	free(run->farrier);
	for (size_t i = 0; i < run->branch_count; i++)
		release_branch(&run->branches[i]);
	for (size_t i = 0; i < run->build_count; i++)
		release_build(&run->builds[i]);
	for (size_t i = 0; i < run->cell_count; i++)
		release_cell(&run->cells[i]);
	free(run->branches);
	free(run->builds);
	free(run->cells);
	index_free(run->build_ids);
	index_free(run->cell_ids);
	*run = (struct matrix_run){ 0 };
}

double matrix_run_efficiency(const struct matrix_run *run)
{
	double work = run->timing.make_cpu + run->timing.machine_cpu;

	if (work <= 0 || run->cpus < 1)
		return 0;
	return run->timing.wall / (work / run->cpus);
}

/* Of ids that are there twice the first is found. */
const struct matrix_build *matrix_run_find_build(const struct matrix_run *run, const char *id)
{
	struct matrix_run *mine = (struct matrix_run *)(uintptr_t)run; /* the index is a cache */
	size_t place;

	if (!mine->build_ids)
		mine->build_ids = index_new();
	for (; mine->builds_indexed < run->build_count; mine->builds_indexed++)
		index_add(mine->build_ids, run->builds[mine->builds_indexed].id,
			  mine->builds_indexed);
	place = index_find(run->build_ids, id);
	return place == INDEX_NONE ? NULL : &run->builds[place];
}

const struct matrix_cell *matrix_run_find_cell(const struct matrix_run *run, const char *id)
{
	struct matrix_run *mine = (struct matrix_run *)(uintptr_t)run;
	size_t place;

	if (!mine->cell_ids)
		mine->cell_ids = index_new();
	for (; mine->cells_indexed < run->cell_count; mine->cells_indexed++)
		index_add(mine->cell_ids, run->cells[mine->cells_indexed].id, mine->cells_indexed);
	place = index_find(run->cell_ids, id);
	return place == INDEX_NONE ? NULL : &run->cells[place];
}

/* The same in everything but the series is the same place. The caller frees it. */
static char *place_of(const struct matrix_cell *cell)
{
	return xasprintf("%s/%s/%s/%s/%d", cell->branch, matrix_model_name(cell->model),
			 cell->config, cell->machine, cell->cpus);
}

static enum matrix_pair_answer pair_answer(const struct matrix_cell *base,
					   const struct matrix_cell *series)
{
	bool base_bad = base->state == MATRIX_CELL_BAD;
	bool series_bad = series->state == MATRIX_CELL_BAD;

	if ((!base_bad && base->state != MATRIX_CELL_CLEAN) ||
	    (!series_bad && series->state != MATRIX_CELL_CLEAN))
		return MATRIX_PAIR_OPEN;
	if (base_bad)
		return series_bad ? MATRIX_PAIR_NOT_FIXED : MATRIX_PAIR_FIXED;
	return series_bad ? MATRIX_PAIR_BROKEN : MATRIX_PAIR_NO_BUG;
}

struct matrix_pair *matrix_run_pairs(const struct matrix_run *run, size_t *count)
{
	struct matrix_pair *pairs = xcalloc(run->cell_count + 1, sizeof(*pairs));
	INDEX with = index_new();

	*count = 0;
	for (size_t i = 0; i < run->cell_count; i++) {
		OWNED_STR place = place_of(&run->cells[i]);

		if (run->cells[i].variant == MATRIX_SERIES)
			index_add(with, place, i);
	}
	for (size_t i = 0; i < run->cell_count; i++) {
		const struct matrix_cell *base = &run->cells[i];
		OWNED_STR place = place_of(base);
		size_t j = base->variant == MATRIX_BASE ? index_find(with, place) : INDEX_NONE;

		if (j != INDEX_NONE)
			pairs[(*count)++] = (struct matrix_pair){
				.base = base,
				.series = &run->cells[j],
				.answer = pair_answer(base, &run->cells[j]),
			};
	}
	return pairs;
}

/* Whether the series answers for a cell; in a run without one, and of none, every cell counts. */
static bool is_on_trial(const struct matrix_run *run, const struct matrix_cell *cell)
{
	return !run->series || cell->variant == MATRIX_SERIES;
}

static bool has_no_good_kernel(const struct matrix_cell *cell)
{
	return cell->state == MATRIX_CELL_BAD || cell->state == MATRIX_CELL_NOT_PORTED ||
	       cell->state == MATRIX_CELL_NOT_BUILT;
}

/* Of the pairs of a branch with the model on: they are there, and every one is fixed. */
static bool is_fixed_on(const struct matrix_pair *pairs, size_t count, const char *branch)
{
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		const struct matrix_pair *pair = &pairs[i];

		if (pair->base->model != MATRIX_MODEL_ON || !str_equal(pair->base->branch, branch))
			continue;
		if (pair->answer != MATRIX_PAIR_FIXED)
			return false;
		found = true;
	}
	return found;
}

/* A clean cell proves nothing where no other one shows what it is clean of. */
static bool every_fault_is_fixed(const struct matrix_run *run)
{
	size_t count;
	CLEANUP(free_ptr) struct matrix_pair *pairs = matrix_run_pairs(run, &count);

	for (size_t i = 0; i < run->branch_count; i++)
		if (run->series && run->model && !is_fixed_on(pairs, count, run->branches[i].name))
			return false;
	return true;
}

/* A fault that shows with the model off is not the model's: then the model proves nothing. */
static bool is_bad_control(const struct matrix_cell *cell)
{
	return cell->variant == MATRIX_BASE && cell->model == MATRIX_MODEL_OFF &&
	       cell->state == MATRIX_CELL_BAD;
}

enum matrix_answer matrix_run_answer(const struct matrix_run *run)
{
	bool waiting = false, bad = false, clean = true, control_bad = false;
	size_t on_trial = 0;

	for (size_t i = 0; i < run->cell_count; i++) {
		const struct matrix_cell *cell = &run->cells[i];

		waiting |= cell->state == MATRIX_CELL_WAITING;
		control_bad |= run->series && is_bad_control(cell);
		if (!is_on_trial(run, cell))
			continue;
		on_trial++;
		bad |= has_no_good_kernel(cell);
		clean &= cell->state == MATRIX_CELL_CLEAN;
	}
	if (waiting && !*run->ended)
		return MATRIX_ANSWER_OPEN;
	if (bad)
		return MATRIX_ANSWER_BAD;
	if (!on_trial || !clean || control_bad || !every_fault_is_fixed(run))
		return MATRIX_ANSWER_INCONCLUSIVE;
	return MATRIX_ANSWER_GOOD;
}

char *matrix_run_folder(const struct workspace *workspace, int number)
{
	return workspace_state(workspace, "runs/%04d", number);
}

/* The number that a folder's name is, as matrix_run_folder() writes it; or 0. */
static int number_of(const char *name)
{
	char again[32];
	long number;

	if (strlen(name) < 4 || strlen(name) > 10 || strspn(name, "0123456789") != strlen(name))
		return 0;
	number = strtol(name, NULL, 10);
	if (number > INT_MAX)
		return 0;
	snprintf(again, sizeof(again), "%04ld", number);
	return str_equal(again, name) ? (int)number : 0;
}

static int compare_numbers(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;

	return (left > right) - (left < right);
}

ERR_CHECK matrix_run_numbers(const struct workspace *workspace, int **numbers, size_t *count)
{
	OWNED_STR folder = workspace_state(workspace, "runs");
	STRVEC names = { 0 };

	*numbers = NULL;
	*count = 0;
	TRY(file_list(folder, &names));
	*numbers = xcalloc(names.count + 1, sizeof(**numbers));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR record = xasprintf("%s/%s/run.json", folder, names.items[i]);
		int number = number_of(names.items[i]);

		/* A run that was killed before its first record never was. */
		if (number > 0 && file_exists(record))
			(*numbers)[(*count)++] = number;
	}
	qsort(*numbers, *count, sizeof(**numbers), compare_numbers);
	return NULL;
}
