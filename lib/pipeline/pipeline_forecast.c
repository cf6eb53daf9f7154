// SPDX-License-Identifier: GPL-2.0
/* pipeline_forecast.c - what is left to do of a plan, and how long that took before. */
#include "pipeline_plan.h"

bool pipeline_plan_needs(const struct pipeline_plan *plan, size_t kernel)
{
	if (plan->kernels[kernel].there)
		return false;
	for (size_t i = 0; i < plan->run.cell_count; i++)
		if (plan->cells[i].kernel == kernel &&
		    plan->run.cells[i].state == MATRIX_CELL_WAITING)
			return true;
	return false;
}

/* Whether an earlier kernel of the plan is built in the same folder of make's. */
static bool follows_another(const struct pipeline_plan *plan, size_t kernel)
{
	const struct matrix_build *builds = plan->run.builds;

	for (size_t i = 0; i < kernel; i++)
		if (str_equal(builds[i].branch, builds[kernel].branch) &&
		    str_equal(builds[i].config, builds[kernel].config) &&
		    builds[i].status == MATRIX_BUILD_WAITING && !plan->kernels[i].there)
			return true;
	return false;
}

double pipeline_plan_build_cpu(const struct pipeline_plan *plan, size_t kernel)
{
	const struct build_cost *cost = &plan->kernels[kernel].cost;

	if ((cost->stands || follows_another(plan, kernel)) && cost->again > 0)
		return cost->again;
	return cost->first;
}

/* The mean of the boots of one cell; 0 when it has none. */
static double mean_seconds(const struct matrix_cell *cell)
{
	double sum = 0;

	for (size_t i = 0; i < cell->boot_count; i++)
		sum += cell->boots[i].seconds;
	return cell->boot_count ? sum / (double)cell->boot_count : 0;
}

void pipeline_plan_learn(struct pipeline_plan *plan, size_t index, const struct boot *boot)
{
	struct pipeline_plan_cell *cell = &plan->cells[index];
	struct pipeline_kind *kind = &plan->kinds[cell->kind];

	pipeline_cell_learn(&cell->cell, boot);
	if (cell->cell.share > kind->share)
		kind->share = cell->cell.share;
	if (cell->cell.usual_start > kind->usual_start)
		kind->usual_start = cell->cell.usual_start;
	kind->seconds += boot->seconds;
	kind->boots++;
}

/* How much alike the boots of two kinds are; 0: not at all. */
static int likeness(const struct matrix_cell *a, const struct matrix_cell *b)
{
	if (!str_equal(a->machine, b->machine) || a->seconds != b->seconds)
		return 0;
	return 1 + 4 * (a->variant == b->variant && a->model == b->model) +
	       2 * (a->cpus == b->cpus) + str_equal(a->config, b->config);
}

double pipeline_plan_boot_seconds(const struct pipeline_plan *plan, size_t index)
{
	const struct matrix_cell *cell = &plan->run.cells[index];
	double seconds = mean_seconds(cell);
	int best = 0;

	for (size_t i = 0; i < plan->kind_count && !cell->boot_count; i++) {
		const struct pipeline_kind *kind = &plan->kinds[i];

		if (!kind->boots || likeness(cell, kind->first) <= best)
			continue;
		best = likeness(cell, kind->first);
		seconds = kind->seconds / kind->boots;
	}
	return seconds;
}

double pipeline_plan_share(const struct pipeline_plan *plan, size_t index)
{
	const struct pipeline_kind *own = &plan->kinds[plan->cells[index].kind];
	double share = own->share;

	for (size_t i = 0; i < plan->kind_count && own->share <= 0; i++) {
		const struct pipeline_kind *kind = &plan->kinds[i];

		if (str_equal(own->first->machine, kind->first->machine) &&
		    own->first->cpus == kind->first->cpus && kind->share > share)
			share = kind->share;
	}
	return share;
}

double pipeline_plan_usual_start(const struct pipeline_plan *plan, size_t index)
{
	const struct pipeline_kind *own = &plan->kinds[plan->cells[index].kind];
	double usual = plan->cells[index].cell.usual_start;

	for (size_t i = 0; i < plan->kind_count && usual <= 0; i++)
		if (str_equal(own->first->machine, plan->kinds[i].first->machine))
			usual = plan->kinds[i].usual_start;
	return usual;
}

static void forecast_boots(const struct pipeline_plan *plan, size_t index,
			   struct pipeline_forecast *forecast)
{
	double boots = verify_cell_expected(plan->cells[index].test);
	double seconds = pipeline_plan_boot_seconds(plan, index);
	double share = pipeline_plan_share(plan, index);
	int cpus = plan->run.cells[index].cpus;

	if (plan->run.cells[index].state != MATRIX_CELL_WAITING ||
	    plan->cells[index].leader != index)
		return;
	if (share <= 0)
		share = cpus < plan->run.cpus ? cpus : plan->run.cpus;
	/* An idle machine holds a CPU all the same, if it is here. */
	if (!machine_is_here(plan->machines[plan->cells[index].machine]->machine))
		share = 0;
	else if (share < 1)
		share = 1;
	if (seconds <= 0) {
		forecast->unknown_cells++;
		seconds = plan->run.cells[index].seconds;
	}
	forecast->boots += boots;
	forecast->machine_cpu += boots * seconds * share;
}

struct pipeline_forecast pipeline_plan_forecast(const struct pipeline_plan *plan)
{
	struct pipeline_forecast forecast = { 0 };

	for (size_t i = 0; i < plan->run.build_count; i++) {
		double cpu = pipeline_plan_build_cpu(plan, i);

		if (!pipeline_plan_needs(plan, i) || plan->kernels[i].twin != i)
			continue;
		forecast.builds++;
		forecast.unknown_builds += cpu <= 0;
		forecast.make_cpu += cpu;
	}
	for (size_t i = 0; i < plan->run.cell_count; i++)
		forecast_boots(plan, i, &forecast);
	forecast.wall = (forecast.make_cpu + forecast.machine_cpu) / plan->run.cpus;
	return forecast;
}
