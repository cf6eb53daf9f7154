// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <sys/resource.h>

#include "executor/executor.h"
#include "pipeline_note.h"
#include "pipeline_run.h"

/* A make keeps about so many CPUs busy in spite of its parts that only one can do. */
#define CPUS_OF_A_MAKE 4

/*
 * A boot starts where at least this part of what it keeps busy is free: the machines' threads
 * share the rest. Waiting for all of it would leave that free part idle.
 */
#define LEAST_FREE_PART 0.5

struct runner;

/* A boot that waits for its CPUs or is under way. */
struct flight {
	struct runner *runner;
	size_t cell;
	size_t index;	  /* in the cell's test */
	int number, held; /* hundredths of a CPU */
	struct cpus_claim *claim;
	struct pipeline_boot *boot;
	struct flight *next;
};

/* A kernel that is being built. */
struct make {
	struct runner *runner;
	size_t kernel;
	void *job;
	struct make *next;
};

struct runner {
	struct pipeline_plan *plan;
	const struct pipeline_watch *watch;
	struct loop *loop;
	struct cpus *cpus;
	struct executor *executor;
	struct loop_source *pump; /* a timer: callbacks arm it, so that none frees what called it */
	struct flight *flights, *landed;
	struct make *makes, *made;
	char *folder;	/* of the record */
	bool *told;	/* of each cell's end */
	size_t settled; /* so many cells, the first ones, are at their end and told */
	int *waiting;	/* of each kernel, when one is chosen: cells that wait for it */
	bool *no_room;	/* of each kind of boots, while some are started: now for no more */
	bool *given_up; /* kernels that the machine could not build */
	struct loop_source *saver; /* a timer: the record is to be written */
	double save_due;	   /* not before */
	int total, held;	   /* hundredths of a CPU: what there is, what boots claim */
	bool done;
};

static void free_flight(struct flight *flight)
{
	pipeline_boot_free(flight->boot);
	cpus_unclaim(flight->claim);
	free(flight);
}

static void free_flights(struct flight **list)
{
	while (*list) {
		struct flight *flight = *list;

		*list = flight->next;
		free_flight(flight);
	}
}

static void free_makes(struct runner *runner, struct make **list)
{
	while (*list) {
		struct make *make = *list;

		*list = make->next;
		if (make->job)
			runner->executor->kind->end(make->job);
		free(make);
	}
}

static void release_runner(struct runner *runner)
{
	free_flights(&runner->flights);
	free_flights(&runner->landed);
	free_makes(runner, &runner->makes);
	free_makes(runner, &runner->made);
	executor_free(runner->executor);
	cpus_free(runner->cpus);
	loop_release(&runner->loop);
	free(runner->folder);
	free(runner->told);
	free(runner->waiting);
	free(runner->no_room);
	free(runner->given_up);
}

static void pump_soon(struct runner *runner)
{
	loop_set_timer(runner->pump, loop_now());
}

static ERR_CHECK save(struct runner *runner)
{
	struct matrix_run *run = &runner->plan->run;
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	run->timing.wall = loop_now() - runner->plan->began;
	run->timing.own_cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	run->timing.own_memory = (int64_t)usage.ru_maxrss * 1024;
	return matrix_run_write(runner->folder, run);
}

/* A record of thousands of cells takes its time: it is written for a part of all the time. */
#define SAVE_PART 0.02

/* Boots and builds are on the disk already; what is told of them may be a little behind. */
static ERR_CHECK save_in_time(struct runner *runner)
{
	double began = loop_now();

	if (began < runner->save_due) {
		loop_set_timer(runner->saver, runner->save_due);
		return NULL;
	}
	TRY(save(runner));
	runner->save_due = loop_now() + (loop_now() - began) / SAVE_PART;
	return NULL;
}

static const struct err *on_save_due(void *data, short events)
{
	(void)events;
	return save_in_time(data);
}

/* Tells of the cells that came to their end since the last time. */
static ERR_CHECK tell(struct runner *runner)
{
	const struct matrix_run *run = &runner->plan->run;
	bool news = false;

	for (size_t i = runner->settled; i < run->cell_count; i++) {
		if (runner->told[i] || run->cells[i].state == MATRIX_CELL_WAITING ||
		    runner->plan->cells[i].flying)
			continue;
		runner->told[i] = news = true;
		if (runner->watch->cell_done)
			TRY(runner->watch->cell_done(runner->watch->data, &run->cells[i]));
	}
	while (runner->settled < run->cell_count && runner->told[runner->settled])
		runner->settled++;
	return news ? save_in_time(runner) : NULL;
}

/* Moves an element from one list to the head of another. */
#define MOVE(from, element, to)                       \
	do {                                          \
		__typeof__(element) *link_ = &(from); \
		while (*link_ != (element))           \
			link_ = &(*link_)->next;      \
		*link_ = (element)->next;             \
		(element)->next = (to);               \
		(to) = (element);                     \
	} while (0)

static const struct err *on_boot_done(void *data, const struct boot *boot)
{
	struct flight *flight = data;
	struct runner *runner = flight->runner;
	struct pipeline_plan *plan = runner->plan;
	struct pipeline_plan_cell *cell = &plan->cells[flight->cell];

	verify_cell_finish(cell->test, flight->index, boot->verdict);
	pipeline_plan_learn(plan, flight->cell, boot);
	pipeline_note_boot(plan, flight->cell, flight->number, flight->index, boot, false);
	pipeline_note_state(plan, flight->cell);
	plan->run.timing.booted++;
	plan->run.timing.machine_cpu += boot->machine_cpu;
	cell->flying--;
	runner->held -= flight->held;
	cpus_unclaim(TAKE_PTR(flight->claim));
	MOVE(runner->flights, flight, runner->landed);
	pump_soon(runner);
	return NULL;
}

static const struct err *on_cpus(void *data)
{
	struct flight *flight = data;
	struct runner *runner = flight->runner;
	struct pipeline_cell *cell = &runner->plan->cells[flight->cell].cell;

	cell->usual_start = pipeline_plan_usual_start(runner->plan, flight->cell);
	return pipeline_cell_start(cell, flight->number, runner->loop, on_boot_done, flight,
				   &flight->boot);
}

static void start_boot(struct runner *runner, size_t index, int share)
{
	struct pipeline_plan_cell *cell = &runner->plan->cells[index];
	struct flight *flight = xcalloc(1, sizeof(*flight));

	*flight = (struct flight){ .runner = runner,
				   .cell = index,
				   .index = verify_cell_start(cell->test),
				   .number = pipeline_cell_reserve(&cell->cell),
				   .held = share,
				   .next = runner->flights };
	runner->flights = flight;
	runner->held += share;
	cell->flying++;
	flight->claim = cpus_claim(runner->cpus, share, on_cpus, flight);
}

/* Makes on this host; each has one CPU for sure. */
static int makes_here(const struct runner *runner)
{
	int count = 0;

	for (const struct make *make = runner->makes; make; make = make->next)
		count += runner->executor->kind->here;
	return count;
}

static int free_cpus(const struct runner *runner)
{
	return runner->total - runner->held - makes_here(runner) * CPUS_ONE;
}

/* Boots under way on a machine of the plan. */
static int flying_on(const struct runner *runner, size_t machine)
{
	int count = 0;

	for (const struct flight *flight = runner->flights; flight; flight = flight->next)
		count += runner->plan->cells[flight->cell].machine == machine;
	return count;
}

/* A machine in a lab needs a device, and next to nothing here. */
static int lab_share(const struct runner *runner, size_t index)
{
	size_t machine = runner->plan->cells[index].machine;

	return flying_on(runner, machine) < runner->plan->machines[machine]->slots;
}

/* What a boot of the cell is to claim: as much as such boots keep busy, or what is free; 0: wait.
 */
static int boot_share(const struct runner *runner, size_t index)
{
	double cpus = pipeline_plan_share(runner->plan, index);
	int wanted, there = free_cpus(runner);

	if (!machine_is_here(runner->plan->machines[runner->plan->cells[index].machine]->machine))
		return lab_share(runner, index);
	if (cpus <= 0)
		cpus = runner->plan->run.cells[index].cpus;
	wanted = (int)lround(cpus * CPUS_ONE);
	if (wanted > runner->total)
		wanted = runner->total;
	if (wanted < CPUS_ONE / 10)
		wanted = CPUS_ONE / 10;
	if (there < wanted * LEAST_FREE_PART)
		return 0;
	return wanted < there ? wanted : there;
}

/* Then its boots will be there. */
static bool waits_for_leader(const struct pipeline_plan *plan, size_t index)
{
	size_t leader = plan->cells[index].leader;

	return leader != index &&
	       (plan->run.cells[leader].state == MATRIX_CELL_WAITING || plan->cells[leader].flying);
}

static bool can_boot(const struct runner *runner, size_t index)
{
	const struct pipeline_plan *plan = runner->plan;
	const struct pipeline_kernel *kernel = &plan->kernels[plan->cells[index].kernel];

	return plan->run.cells[index].state == MATRIX_CELL_WAITING && kernel->there &&
	       !waits_for_leader(plan, index) && verify_cell_next(plan->cells[index].test, false);
}

static bool any_lab_has_room(const struct runner *runner)
{
	const struct pipeline_plan *plan = runner->plan;

	for (size_t i = 0; i < plan->machine_count; i++)
		if (flying_on(runner, i) < plan->machines[i]->slots)
			return true;
	return false;
}

/*
 * Starts what there are CPUs and devices for. Before each start recorded boots are taken up: a
 * run that was cut off leaves some behind the number of one that it did not finish.
 */
static ERR_CHECK start_boots(struct runner *runner)
{
	memset(runner->no_room, 0, runner->plan->kind_count * sizeof(bool));
	for (size_t i = runner->settled; i < runner->plan->run.cell_count; i++) {
		bool *no_room = &runner->no_room[runner->plan->cells[i].kind];

		if (free_cpus(runner) <= 0 && !any_lab_has_room(runner))
			break;
		while (!*no_room && can_boot(runner, i)) {
			*no_room = !boot_share(runner, i);
			if (*no_room)
				break;
			TRY(pipeline_plan_take_boots(runner->plan, i));
			if (!can_boot(runner, i))
				break;
			start_boot(runner, i, boot_share(runner, i));
		}
	}
	return NULL;
}

/* Before it is asked which kernel to build next. */
static void count_waiting(struct runner *runner)
{
	const struct pipeline_plan *plan = runner->plan;

	memset(runner->waiting, 0, plan->run.build_count * sizeof(*runner->waiting));
	for (size_t i = runner->settled; i < plan->run.cell_count; i++)
		if (plan->run.cells[i].state == MATRIX_CELL_WAITING)
			runner->waiting[plan->cells[i].kernel]++;
}

/* Builds of one branch here share its source folders, of which there are workspace.at_once. */
static bool can_make(const struct runner *runner, size_t kernel)
{
	const struct pipeline_plan *plan = runner->plan;
	int beside = 0;

	if (runner->given_up[kernel] || plan->kernels[kernel].building ||
	    plan->kernels[kernel].there || !runner->waiting[kernel])
		return false;
	for (const struct make *make = runner->makes; make; make = make->next) {
		if (plan->kernels[make->kernel].twin == plan->kernels[kernel].twin)
			return false;
		beside += plan->kernels[make->kernel].branch == plan->kernels[kernel].branch;
	}
	return !runner->executor->kind->here || beside < plan->workspace->at_once;
}

/* Whether kernel a is the better one to build next. */
static bool unblocks_more(const struct runner *runner, size_t a, size_t b)
{
	const struct pipeline_plan *plan = runner->plan;

	if (plan->kernels[a].cost.stands != plan->kernels[b].cost.stands)
		return plan->kernels[a].cost.stands;
	return runner->waiting[a] > runner->waiting[b];
}

static bool choose_make(struct runner *runner, size_t *best)
{
	bool found = false;

	count_waiting(runner);
	for (size_t i = 0; i < runner->plan->run.build_count; i++) {
		if (!can_make(runner, i) || (found && !unblocks_more(runner, i, *best)))
			continue;
		*best = i;
		found = true;
	}
	return found;
}

/* The machine's fault: nothing is known of this kernel, and all others go on. */
static void give_up(struct runner *runner, size_t kernel, const struct err *err)
{
	struct pipeline_plan *plan = runner->plan;

	runner->given_up[kernel] = true;
	pipeline_note_no_kernel(plan, kernel, MATRIX_CELL_INFRA, err->text);
	free(plan->run.builds[kernel].reason);
	plan->run.builds[kernel].reason = xstrdup(err->text);
	plan->run.builds[kernel].status = MATRIX_BUILD_INFRA;
	if (!plan->trouble)
		plan->trouble = xstrdup(err->text);
	err_free(err);
}

static void kernel_ready(struct runner *runner, size_t index)
{
	struct pipeline_plan *plan = runner->plan;
	struct pipeline_kernel *kernel = &plan->kernels[index];

	kernel->there = true;
	if (!kernel->build.reused) {
		pipeline_note_time(kernel->build.seconds, plan->run.builds[index].started);
		plan->run.timing.built++;
		plan->run.timing.make_cpu += kernel->build.cpu_seconds;
	}
	pipeline_note_build(plan, index, !kernel->build.reused);
	if (kernel->build.status == BUILD_FAILED)
		pipeline_note_no_kernel(plan, index, MATRIX_CELL_NOT_BUILT,
					plan->run.builds[index].reason);
	for (size_t i = 0; i < plan->run.cell_count; i++)
		if (plan->cells[i].kernel == index)
			plan->cells[i].cell.request.kernel = kernel->build.image;
}

/* What stands in a folder of make's now serves every kernel that is built there. */
static void folder_is_warm(struct pipeline_plan *plan, size_t kernel)
{
	for (size_t i = 0; i < plan->run.build_count; i++)
		if (plan->kernels[i].branch == plan->kernels[kernel].branch &&
		    str_equal(plan->run.builds[i].config, plan->run.builds[kernel].config))
			plan->kernels[i].cost.stands = true;
}

static const struct err *on_built(void *data, struct build *build, const struct err *err)
{
	struct make *make = data;
	struct runner *runner = make->runner;
	struct pipeline_kernel *kernel = &runner->plan->kernels[make->kernel];

	kernel->building = false;
	if (build) {
		build_release(&kernel->build);
		build_move(build, &kernel->build);
		kernel_ready(runner, make->kernel);
		folder_is_warm(runner->plan, make->kernel);
	} else {
		give_up(runner, make->kernel, err);
	}
	MOVE(runner->makes, make, runner->made);
	pump_soon(runner);
	return save_in_time(runner);
}

static ERR_CHECK start_make(struct runner *runner, size_t index)
{
	struct pipeline_kernel *kernel = &runner->plan->kernels[index];
	struct make *make = xcalloc(1, sizeof(*make));
	const struct err *err;

	*make = (struct make){ .runner = runner, .kernel = index, .next = runner->makes };
	runner->makes = make;
	kernel->building = true;
	err = runner->executor->kind->start(runner->executor, &kernel->request, on_built, make,
					    &make->job);
	if (!err || err->kind == ERR_INTERRUPTED)
		return err;
	return on_built(make, NULL, err);
}

static bool has_room_to_make(const struct runner *runner, int most)
{
	int makes = 0;

	for (const struct make *make = runner->makes; make; make = make->next)
		makes++;
	if (!runner->executor->kind->here)
		return makes < runner->executor->kind->room(runner->executor);
	return makes < most && free_cpus(runner) >= CPUS_ONE;
}

/* One make at work while there is something to make; more here only where CPUs are many. */
static ERR_CHECK start_makes(struct runner *runner, int most)
{
	size_t kernel = 0;

	while (has_room_to_make(runner, most) && choose_make(runner, &kernel))
		TRY(start_make(runner, kernel));
	return NULL;
}

static const struct err *pump(void *data, short events)
{
	struct runner *runner = data;
	int most = runner->total / CPUS_ONE / CPUS_OF_A_MAKE;

	(void)events;
	free_flights(&runner->landed);
	free_makes(runner, &runner->made);
	TRY(start_makes(runner, 1));
	TRY(start_boots(runner));
	TRY(start_makes(runner, most > 1 ? most : 1));
	runner->done = !runner->flights && !runner->makes;
	return tell(runner);
}

/* The boots that were there before, by the plan's or the loop's doing. */
static void count_reused(struct matrix_run *run)
{
	run->timing.reused = -run->timing.booted;
	for (size_t i = 0; i < run->cell_count; i++)
		run->timing.reused += (int)run->cells[i].boot_count;
}

static ERR_CHECK work(struct runner *runner)
{
	struct matrix_run *run = &runner->plan->run;
	const struct err *err;

	TRY(save(runner));
	runner->pump = loop_add_timer(runner->loop, loop_now(), pump, runner);
	runner->saver = loop_add_timer(runner->loop, loop_now(), on_save_due, runner);
	err = loop_run(runner->loop, &runner->done);
	count_reused(run);
	/* What was found out until then is worth a report. */
	if (err) {
		err_free(save(runner));
		return err;
	}
	pipeline_note_time(0, run->ended);
	return save(runner);
}

ERR_CHECK pipeline_lock(const struct workspace *workspace, bool wait, struct file_lock *lock)
{
	OWNED_STR path = workspace_state(workspace, "boots.lock");

	return file_lock(path, "the boots of this workspace", wait, lock);
}

ERR_CHECK pipeline_run(struct pipeline_plan *plan, const struct pipeline_watch *watch)
{
	CLEANUP(release_runner) struct runner runner = { .plan = plan, .watch = watch };

	runner.total = plan->run.cpus * CPUS_ONE;
	runner.loop = loop_new();
	runner.cpus = cpus_new(runner.loop, plan->run.cpus);
	TRY(executor_open(plan->workspace, runner.loop, runner.cpus, &runner.executor));
	runner.folder = matrix_run_folder(plan->workspace, plan->run.number);
	runner.told = xcalloc(plan->run.cell_count, sizeof(bool));
	runner.given_up = xcalloc(plan->run.build_count, sizeof(bool));
	runner.waiting = xcalloc(plan->run.build_count, sizeof(int));
	runner.no_room = xcalloc(plan->kind_count + 1, sizeof(bool));
	return work(&runner);
}
