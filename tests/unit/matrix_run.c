// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "unit.h"
#include "record/matrix_run.h"

static int setup(void **state)
{
	*state = unit_make_folder();
	repo_library_init();
	return 0;
}

static int teardown(void **state)
{
	unit_remove_folder(*state);
	repo_library_shutdown();
	return 0;
}

static struct matrix_boot boot_of(enum verdict verdict, int number)
{
	struct matrix_boot boot = {
		.number = number,
		.verdict = verdict,
		.counted = verdict == VERDICT_GOOD || verdict == VERDICT_BAD,
		.log = xasprintf(".farrier/boots/c0ffee/%04d/console.log", number),
		.seconds = 12.25,
		.machine_cpu = 24.5,
		.counters = json_pack("{s:i, s:i}", "lost", 12, "rescued", 11),
		.started = "2026-11-22T15:05:28Z",
	};

	if (verdict == VERDICT_BAD) {
		boot.has_cause = true;
		boot.cause = (struct event){ EVENT_CSD_STALL, 92, xstrdup("smp: csd: \x1b[31m"),
					     1 };
	}
	return boot;
}

static struct matrix_cell cell_of(const char *branch, enum matrix_variant variant,
				  enum matrix_model model, enum matrix_cell_state state)
{
	struct matrix_cell cell = {
		.id = xasprintf("%s/%s/%s/branch/clipper/4", branch, matrix_variant_name(variant),
				matrix_model_name(model)),
		.group = xstrdup("fault"),
		.branch = xstrdup(branch),
		.config = xstrdup("branch"),
		.machine = xstrdup("clipper"),
		.build = xasprintf("%s/%s/branch", branch, matrix_variant_name(variant)),
		.variant = variant,
		.model = model,
		.cpus = 4,
		.seconds = 10,
		.key = xstrdup("c0ffee"),
		.state = state,
		.rate = { 2, state == MATRIX_CELL_BAD ? 2 : 0, 0.1, 0.9 },
		.boots = xcalloc(2, sizeof(struct matrix_boot)),
		.boot_count = 2,
	};
	enum verdict verdict = state == MATRIX_CELL_BAD ? VERDICT_BAD : VERDICT_GOOD;

	cell.boots[0] = boot_of(verdict, 1);
	cell.boots[1] = boot_of(verdict, 3);
	return cell;
}

static struct matrix_build build_of(const char *branch, enum matrix_variant variant)
{
	return (struct matrix_build){
		.id = xasprintf("%s/%s/branch", branch, matrix_variant_name(variant)),
		.branch = xstrdup(branch),
		.config = xstrdup("branch"),
		.variant = variant,
		.status = MATRIX_BUILD_OK,
		.key = xstrdup("badc0de"),
		.started = "2026-11-22T15:00:10Z",
		.seconds = 100.5,
		.cpu_seconds = 180.25,
		.diagnostics = json_pack("[{s:s}]", "text", "x"),
	};
}

/* Cells of one branch: base and series with the model on, a control. */
static void fill(struct matrix_run *run, enum matrix_cell_state base, enum matrix_cell_state series,
		 enum matrix_cell_state control)
{
	*run = (struct matrix_run){
		.number = 7,
		.matrix = xstrdup("default"),
		.title = xstrdup("a \"title\"\n\x01"),
		.key = xstrdup("abc"),
		.series = xstrdup("ev7-ipi"),
		.model = xstrdup("io7-edge-loss"),
		.farrier = xstrdup("0.1"),
		.started = "2026-11-22T15:00:00Z",
		.ended = "2026-11-22T15:10:00Z",
		.cpus = 2,
		.test = { 0.05, 0.4, 0.01, 20, 3 },
		.timing = { 110, 100, 100, 1, 2, 6, 0 },
		.branches = xcalloc(1, sizeof(struct matrix_branch)),
		.branch_count = 1,
		.builds = xcalloc(2, sizeof(struct matrix_build)),
		.build_count = 2,
		.cells = xcalloc(3, sizeof(struct matrix_cell)),
		.cell_count = 3,
	};
	run->branches[0] = (struct matrix_branch){ xstrdup("6.12"), xstrdup("6.12.117"),
						   xstrdup("alpha"), xstrdup("0123") };
	run->builds[0] = build_of("6.12", MATRIX_BASE);
	run->builds[1] = build_of("6.12", MATRIX_SERIES);
	run->cells[0] = cell_of("6.12", MATRIX_BASE, MATRIX_MODEL_ON, base);
	run->cells[1] = cell_of("6.12", MATRIX_SERIES, MATRIX_MODEL_ON, series);
	run->cells[2] = cell_of("6.12", MATRIX_BASE, MATRIX_MODEL_OFF, control);
}

/* Also says that every part is read: what is written of the run that was read is the same. */
/* The whole record. New reference. */
static json_t *whole_json(const struct matrix_run *run)
{
	OWNED_JSON *json = matrix_run_json(run);
	STRBUF text = { 0 };
	json_error_t error;
	json_t *whole;

	matrix_run_print(run, json, &text);
	whole = json_loadb(text.buf, text.len, 0, &error);
	assert_non_null(whole);
	return whole;
}

static void test_a_run_comes_back(void **state)
{
	MATRIX_RUN run = { 0 };
	MATRIX_RUN again = { 0 };
	OWNED_STR before = NULL;
	OWNED_STR after = NULL;
	OWNED_JSON *first = NULL;
	OWNED_JSON *second = NULL;
	bool found;

	fill(&run, MATRIX_CELL_BAD, MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN);
	run.cells[1].cmdline = xstrdup("io7_edge_loss=1");
	run.cells[1].reason = xstrdup("\xff not UTF-8");
	run.cells[0].boots[1].text = xstrdup("hung");
	run.cells[0].boots[1].reused = true;
	assert_ok(matrix_run_write(*state, &run));
	assert_ok(matrix_run_read(*state, &again, &found));
	assert_true(found);
	assert_string_equal(again.cells[0].boots[1].cause.text, "smp: csd: \x1b[31m");
	assert_int_equal(again.cells[0].boots[1].cause.line, 92);
	assert_int_equal(again.cells[0].boots[1].number, 3);
	assert_string_equal(again.cells[1].reason, "\xef\xbf\xbd not UTF-8");
	assert_string_equal(again.title, run.title);
	assert_true(again.builds[1].cpu_seconds == 180.25);
	first = whole_json(&run);
	second = whole_json(&again);
	before = store_canonical(first);
	after = store_canonical(second);
	assert_string_equal(before, after);
}

static void test_a_run_that_is_not_there_is_not_found(void **state)
{
	MATRIX_RUN run = { 0 };
	OWNED_STR folder = xasprintf("%s/none", (char *)*state);
	bool found = true;

	assert_ok(matrix_run_read(folder, &run, &found));
	assert_false(found);
}

/* The record with `member` of the object at `where` replaced; NULL takes it away. */
static bool is_believed(void **state, const char *where, const char *member, json_t *value)
{
	OWNED_STR path = xasprintf("%s/run.json", (char *)*state);
	MATRIX_RUN run = { 0 };
	MATRIX_RUN again = { 0 };
	OWNED_JSON *record = NULL;
	json_t *object;
	bool found;

	fill(&run, MATRIX_CELL_BAD, MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN);
	record = whole_json(&run);
	object = record;
	if (str_equal(where, "boot"))
		object = json_array_get(
			json_object_get(json_array_get(json_object_get(record, "cells"), 0),
					"boots"),
			0);
	else if (*where)
		object = json_array_get(json_object_get(record, where), 0);
	assert_true(json_is_object(object));
	if (value)
		store_set(object, member, value);
	else
		assert_int_equal(json_object_del(object, member), 0);
	assert_ok(store_write(path, record));
	assert_ok(matrix_run_read(*state, &again, &found));
	if (!found)
		assert_int_equal(again.cell_count, 0);
	return found;
}

static void test_what_cannot_be_is_not_believed(void **state)
{
	static const char *const needed[][2] = {
		{ "", "run" },	      { "", "matrix" },	      { "", "cells" },
		{ "", "builds" },     { "", "test" },	      { "", "timing" },
		{ "cells", "state" }, { "cells", "build" },   { "cells", "rate" },
		{ "cells", "cpus" },  { "builds", "status" }, { "boot", "verdict" },
		{ "boot", "log" },    { "boot", "counted" },  { "boot", "counters" },
	};

	assert_true(is_believed(state, "", "new", json_true()));
	assert_true(is_believed(state, "", "series", json_null()));
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (is_believed(state, needed[i][0], needed[i][1], NULL))
			fail_msg("believed without '%s'", needed[i][1]);
	assert_false(is_believed(state, "cells", "state", json_string("splendid")));
	assert_false(is_believed(state, "cells", "id", json_integer(1)));
	assert_false(
		is_believed(state, "cells", "id", json_string("6.12/series/on/branch/clipper/4")));
	assert_false(is_believed(state, "cells", "build", json_string("no such")));
	assert_false(is_believed(state, "cells", "cpus", json_integer(0)));
	assert_false(is_believed(state, "cells", "cpus", json_integer((json_int_t)1 << 40)));
	assert_false(is_believed(state, "cells", "boots", json_pack("[i]", 1)));
	assert_false(is_believed(
		state, "cells", "rate",
		json_pack("{s:i,s:i,s:f,s:f}", "boots", 1, "bad", 2, "low", 0.0, "high", 1.0)));
	assert_false(is_believed(state, "boot", "log", json_string("/etc/passwd")));
	assert_false(is_believed(state, "boot", "log", json_string("../../etc/passwd")));
	assert_false(is_believed(state, "boot", "log", json_string(".farrier/../../x")));
	assert_false(is_believed(state, "boot", "cause", json_pack("{s:s}", "kind", "ghost")));
	assert_false(is_believed(state, "boot", "seconds", json_real(-1)));
	assert_false(is_believed(state, "boot", "started", json_string("yesterday")));
	assert_false(is_believed(state, "builds", "started", json_string("yesterday")));
	assert_false(is_believed(state, "boot", "counters", json_pack("{s:s}", "lost", "many")));
	assert_false(is_believed(state, "", "ended", json_string("2026-11-22")));
	assert_false(is_believed(state, "", "cells", json_object()));
}

static void test_half_a_record_is_not_believed(void **state)
{
	OWNED_STR path = xasprintf("%s/run.json", (char *)*state);
	MATRIX_RUN run = { 0 };
	STRBUF whole = { 0 };
	bool found;

	fill(&run, MATRIX_CELL_BAD, MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN);
	assert_ok(matrix_run_write(*state, &run));
	assert_ok(file_read(path, 1 << 20, &whole));
	for (size_t length = 0; length + 2 < whole.len; length += 97) {
		MATRIX_RUN again = { 0 };

		assert_ok(file_write(path, whole.buf, length));
		assert_ok(matrix_run_read(*state, &again, &found));
		assert_false(found);
	}
}

static void test_numbers_that_json_does_not_have_are_written_as_0(void **state)
{
	MATRIX_RUN run = { 0 };
	MATRIX_RUN again = { 0 };
	bool found;

	fill(&run, MATRIX_CELL_BAD, MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN);
	run.timing.wall = NAN;
	run.cells[0].boots[0].seconds = INFINITY;
	run.builds[0].seconds = -1;
	assert_ok(matrix_run_write(*state, &run));
	assert_ok(matrix_run_read(*state, &again, &found));
	assert_true(found);
	assert_true(again.timing.wall == 0 && again.builds[0].seconds == 0);
}

static enum matrix_answer answer_of(enum matrix_cell_state base, enum matrix_cell_state series,
				    enum matrix_cell_state control)
{
	MATRIX_RUN run = { 0 };

	fill(&run, base, series, control);
	return matrix_run_answer(&run);
}

static void test_the_answer(void **state)
{
	(void)state;
	assert_int_equal(answer_of(MATRIX_CELL_BAD, MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN),
			 MATRIX_ANSWER_GOOD);
	assert_int_equal(answer_of(MATRIX_CELL_BAD, MATRIX_CELL_BAD, MATRIX_CELL_CLEAN),
			 MATRIX_ANSWER_BAD);
	assert_int_equal(answer_of(MATRIX_CELL_BAD, MATRIX_CELL_NOT_PORTED, MATRIX_CELL_CLEAN),
			 MATRIX_ANSWER_BAD);
	assert_int_equal(answer_of(MATRIX_CELL_BAD, MATRIX_CELL_NOT_BUILT, MATRIX_CELL_CLEAN),
			 MATRIX_ANSWER_BAD);
	/* the bug never showed */
	assert_int_equal(answer_of(MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN),
			 MATRIX_ANSWER_INCONCLUSIVE);
	assert_int_equal(answer_of(MATRIX_CELL_BAD, MATRIX_CELL_UNDECIDED, MATRIX_CELL_CLEAN),
			 MATRIX_ANSWER_INCONCLUSIVE);
	assert_int_equal(answer_of(MATRIX_CELL_BAD, MATRIX_CELL_INFRA, MATRIX_CELL_CLEAN),
			 MATRIX_ANSWER_INCONCLUSIVE);
	/* a fault that is not the model's */
	assert_int_equal(answer_of(MATRIX_CELL_BAD, MATRIX_CELL_CLEAN, MATRIX_CELL_BAD),
			 MATRIX_ANSWER_INCONCLUSIVE);
	assert_int_equal(answer_of(MATRIX_CELL_NOT_BUILT, MATRIX_CELL_CLEAN, MATRIX_CELL_NOT_BUILT),
			 MATRIX_ANSWER_INCONCLUSIVE);
	/* that it ended although a cell waits is no reason to call it open */
	assert_int_equal(answer_of(MATRIX_CELL_BAD, MATRIX_CELL_WAITING, MATRIX_CELL_CLEAN),
			 MATRIX_ANSWER_INCONCLUSIVE);
}

static void test_a_run_is_open_while_a_cell_waits(void **state)
{
	MATRIX_RUN run = { 0 };

	(void)state;
	fill(&run, MATRIX_CELL_WAITING, MATRIX_CELL_BAD, MATRIX_CELL_CLEAN);
	*run.ended = '\0';
	assert_int_equal(matrix_run_answer(&run), MATRIX_ANSWER_OPEN);
	run.cells[0].state = MATRIX_CELL_BAD;
	assert_int_equal(matrix_run_answer(&run), MATRIX_ANSWER_BAD);
}

static void test_without_a_series_every_cell_is_on_trial(void **state)
{
	MATRIX_RUN run = { 0 };

	(void)state;
	fill(&run, MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN);
	free(TAKE_PTR(run.series));
	free(TAKE_PTR(run.model));
	for (size_t i = 0; i < run.cell_count; i++)
		run.cells[i].model = MATRIX_NO_MODEL;
	assert_int_equal(matrix_run_answer(&run), MATRIX_ANSWER_GOOD);
	run.cells[2].state = MATRIX_CELL_BAD;
	assert_int_equal(matrix_run_answer(&run), MATRIX_ANSWER_BAD);
}

static void test_pairs(void **state)
{
	static const struct {
		enum matrix_cell_state base, series;
		enum matrix_pair_answer answer;
	} table[] = {
		{ MATRIX_CELL_BAD, MATRIX_CELL_CLEAN, MATRIX_PAIR_FIXED },
		{ MATRIX_CELL_BAD, MATRIX_CELL_BAD, MATRIX_PAIR_NOT_FIXED },
		{ MATRIX_CELL_CLEAN, MATRIX_CELL_CLEAN, MATRIX_PAIR_NO_BUG },
		{ MATRIX_CELL_CLEAN, MATRIX_CELL_BAD, MATRIX_PAIR_BROKEN },
		{ MATRIX_CELL_UNDECIDED, MATRIX_CELL_CLEAN, MATRIX_PAIR_OPEN },
		{ MATRIX_CELL_BAD, MATRIX_CELL_WAITING, MATRIX_PAIR_OPEN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		CLEANUP(free_ptr) struct matrix_pair *pairs = NULL;
		MATRIX_RUN run = { 0 };
		size_t count;

		fill(&run, table[i].base, table[i].series, MATRIX_CELL_CLEAN);
		pairs = matrix_run_pairs(&run, &count);
		assert_int_equal(count, 1); /* the control has no counterpart */
		assert_ptr_equal(pairs[0].base, &run.cells[0]);
		assert_ptr_equal(pairs[0].series, &run.cells[1]);
		assert_int_equal(pairs[0].answer, table[i].answer);
	}
}

static void test_the_efficiency_is_wall_time_over_what_the_cpus_could_do(void **state)
{
	MATRIX_RUN run = { .cpus = 2,
			   .timing = { .wall = 115, .make_cpu = 150, .machine_cpu = 50 } };

	(void)state;
	assert_true(fabs(matrix_run_efficiency(&run) - 1.15) < 1e-9);
	run.timing = (struct matrix_timing){ .wall = 1 };
	assert_true(matrix_run_efficiency(&run) == 0);
}

static void test_runs_are_numbered_folders(void **state)
{
	struct workspace workspace = { .state = *state };
	static const char *const folders[] = { "0003", "0001",	"10000", "notes",
					       "2",    "00004", "0000",	 "99999999999" };
	CLEANUP(free_ptr) int *numbers = NULL;
	OWNED_STR cut_off = workspace_state(&workspace, "runs/0004");
	size_t count;

	assert_ok(matrix_run_numbers(&workspace, &numbers, &count));
	assert_int_equal(count, 0);
	free(TAKE_PTR(numbers));
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		OWNED_STR path = workspace_state(&workspace, "runs/%s/run.json", folders[i]);

		assert_ok(file_write(path, "{", 1));
	}
	assert_ok(file_mkdirs(cut_off));
	assert_ok(matrix_run_numbers(&workspace, &numbers, &count));
	assert_int_equal(count, 3);
	assert_int_equal(numbers[0], 1);
	assert_int_equal(numbers[1], 3);
	assert_int_equal(numbers[2], 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_run_comes_back),
		cmocka_unit_test(test_a_run_that_is_not_there_is_not_found),
		cmocka_unit_test(test_what_cannot_be_is_not_believed),
		cmocka_unit_test(test_half_a_record_is_not_believed),
		cmocka_unit_test(test_numbers_that_json_does_not_have_are_written_as_0),
		cmocka_unit_test(test_the_answer),
		cmocka_unit_test(test_a_run_is_open_while_a_cell_waits),
		cmocka_unit_test(test_without_a_series_every_cell_is_on_trial),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_the_efficiency_is_wall_time_over_what_the_cpus_could_do),
		cmocka_unit_test(test_runs_are_numbered_folders),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
