// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <time.h>

#include "pipeline_kernel.h"
#include "pipeline_note.h"

void pipeline_note_time(double ago, char text[32])
{
	time_t then = time(NULL) - (time_t)lround(ago);
	struct tm utc;

	gmtime_r(&then, &utc);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static void set_text(char **field, const char *text)
{
	free(*field);
	*field = text ? xstrdup(text) : NULL;
}

static enum matrix_build_status build_status(const struct build *build, bool made)
{
	if (build->status == BUILD_FAILED)
		return MATRIX_BUILD_FAILED;
	return made ? MATRIX_BUILD_OK : MATRIX_BUILD_CACHED;
}

void pipeline_note_build(struct pipeline_plan *plan, size_t kernel, bool made)
{
	struct matrix_build *record = &plan->run.builds[kernel];
	const struct build *build = &plan->kernels[kernel].build;
	OWNED_JSON *json = build_json(build);

	record->status = build_status(build, made);
	set_text(&record->key, build->key);
	set_text(&record->image, build->image);
	set_text(&record->log, build->log);
	record->seconds = made ? build->seconds : 0;
	record->cpu_seconds = made ? build->cpu_seconds : 0;
	json_decref(record->diagnostics);
	record->diagnostics = json_incref(json_object_get(json, "diagnostics"));
	free(record->reason);
	record->reason = build->status == BUILD_FAILED ? pipeline_first_error(build) : NULL;
}

void pipeline_note_no_kernel(struct pipeline_plan *plan, size_t kernel,
			     enum matrix_cell_state state, const char *reason)
{
	for (size_t i = 0; i < plan->run.cell_count; i++) {
		struct matrix_cell *cell = &plan->run.cells[i];

		if (plan->cells[i].kernel != kernel || cell->state != MATRIX_CELL_WAITING)
			continue;
		cell->state = state;
		set_text(&cell->reason, reason);
	}
}

/* The path below the workspace; an absolute one when it is not there. */
static const char *relative(const struct workspace *workspace, const char *path)
{
	size_t length = strlen(workspace->root);

	return starts_with(path, workspace->root) && path[length] == '/' ? path + length + 1 : path;
}

static json_t *counters_json(const struct boot *boot)
{
	json_t *json = json_object();

	for (size_t i = 0; i < boot->counter_count; i++)
		store_set(json, boot->counters[i].name, json_integer(boot->counters[i].count));
	return json;
}

/* The place of the index-th boot that was started; those before it may still be in flight. */
static struct matrix_boot *make_room(struct matrix_cell *cell, int number)
{
	size_t place = cell->boot_count;

	while (place && cell->boots[place - 1].number > number)
		place--;
	cell->boots = xreallocarray(cell->boots, cell->boot_count + 1, sizeof(*cell->boots));
	memmove(&cell->boots[place + 1], &cell->boots[place],
		(cell->boot_count - place) * sizeof(*cell->boots));
	cell->boot_count++;
	cell->boots[place] = (struct matrix_boot){ .number = number };
	return &cell->boots[place];
}

static void copy_cause(const struct event *from, struct event *to)
{
	*to = *from;
	to->text = xstrdup(from->text);
}

void pipeline_note_boot(struct pipeline_plan *plan, size_t index, int number, size_t place,
			const struct boot *boot, bool reused)
{
	struct matrix_boot *record = make_room(&plan->run.cells[index], number);

	record->index = place;
	record->verdict = boot->verdict;
	record->reused = reused;
	record->has_cause = boot->has_cause;
	if (boot->has_cause)
		copy_cause(&boot->cause, &record->cause);
	record->text = boot->text ? xstrdup(boot->text) : NULL;
	record->log = xstrdup(relative(plan->workspace, boot->log));
	record->seconds = boot->seconds;
	record->machine_cpu = boot->machine_cpu;
	record->counters = counters_json(boot);
	memcpy(record->started, boot->started, sizeof(record->started));
}

static enum matrix_cell_state cell_state(enum verify_cell_state state)
{
	switch (state) {
	case VERIFY_CELL_CLEAN:
		return MATRIX_CELL_CLEAN;
	case VERIFY_CELL_BAD:
		return MATRIX_CELL_BAD;
	case VERIFY_CELL_UNDECIDED:
		return MATRIX_CELL_UNDECIDED;
	case VERIFY_CELL_INFRA:
		return MATRIX_CELL_INFRA;
	case VERIFY_CELL_NO_RESULT:
		return MATRIX_CELL_NO_RESULT;
	case VERIFY_CELL_WAITING:
		break;
	}
	return MATRIX_CELL_WAITING;
}

/* Why it ended without an answer, or NULL. The caller frees it. */
static char *cell_reason(const struct pipeline_plan *plan, const struct matrix_cell *cell)
{
	const struct matrix_boot *last = cell->boot_count ? &cell->boots[cell->boot_count - 1]
							  : NULL;

	if (cell->state == MATRIX_CELL_UNDECIDED)
		return xasprintf("%d boots are the most that the matrix allows",
				 plan->matrix.test.max_boots);
	if (cell->state != MATRIX_CELL_INFRA && cell->state != MATRIX_CELL_NO_RESULT)
		return NULL;
	return xasprintf("more than %d boots %s%s%s", plan->matrix.test.max_infra,
			 cell->state == MATRIX_CELL_INFRA ? "said nothing of the kernel"
							  : "ended without a result",
			 last && last->text ? ", the last: " : "",
			 last && last->text ? last->text : "");
}

void pipeline_note_state(struct pipeline_plan *plan, size_t index)
{
	struct matrix_cell *cell = &plan->run.cells[index];
	const struct verify_cell *test = plan->cells[index].test;
	struct verify_cell_rate rate = verify_cell_rate(test);

	cell->rate = (struct matrix_rate){ rate.boots, rate.bad, rate.low, rate.high };
	for (size_t i = 0; i < cell->boot_count; i++)
		cell->boots[i].counted = verify_cell_counted(test, cell->boots[i].index);
	cell->state = cell_state(verify_cell_state(test));
	free(cell->reason);
	cell->reason = cell_reason(plan, cell);
}
