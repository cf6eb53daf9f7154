// SPDX-License-Identifier: GPL-2.0
#include "pipeline_trial.h"
#include "base/progress.h"

struct experiment {
	struct verify *verify;
	struct pipeline_cell cells[VERIFY_ARMS];
	struct machine *machine;
	int slots;  /* runs that its lab has room for; 0: it runs here */
	int tokens; /* CPUs of this host that one of its boots keeps busy */
};

/* A boot under way. */
struct flight {
	struct pipeline_trial *trial;
	struct experiment *experiment;
	enum verify_arm arm;
	size_t index;
	struct pipeline_boot *boot;
	struct flight *next;
};

struct pipeline_trial {
	char *branch;
	struct loop *loop;
	struct loop_source *pump; /* a timer: callbacks arm it, so that none frees what called it */
	struct experiment **experiments;
	size_t count;
	struct flight *flights, *landed;
	int tokens_total, tokens_used;
	double machines_since, machine_seconds;
	bool done;
};

struct pipeline_trial *pipeline_trial_new(const char *branch, int cpus)
{
	struct pipeline_trial *trial = xcalloc(1, sizeof(*trial));

	trial->branch = xstrdup(branch);
	trial->loop = loop_new();
	trial->tokens_total = cpus;
	return trial;
}

static void free_flights(struct flight *flight)
{
	while (flight) {
		struct flight *next = flight->next;

		pipeline_boot_free(flight->boot);
		free(flight);
		flight = next;
	}
}

void pipeline_trial_free(struct pipeline_trial *trial)
{
	free_flights(trial->flights);
	free_flights(trial->landed);
	for (size_t i = 0; i < trial->count; i++) {
		verify_free(trial->experiments[i]->verify);
		for (int arm = 0; arm < VERIFY_ARMS; arm++)
			pipeline_cell_release(&trial->experiments[i]->cells[arm]);
		free(trial->experiments[i]);
	}
	free(trial->experiments);
	loop_free(trial->loop);
	free(trial->branch);
	free(trial);
}

void pipeline_trial_release(struct pipeline_trial **trial)
{
	if (*trial)
		pipeline_trial_free(*trial);
}

ERR_CHECK pipeline_trial_add(struct pipeline_trial *trial, const struct verify_plan *plan,
			     bool has_model, const char *fault_counter,
			     const struct pipeline_cell_spec specs[VERIFY_ARMS])
{
	struct experiment *experiment = xcalloc(1, sizeof(*experiment));
	const struct machine_conf *machine = machine_settings(specs[0].machine);
	int cpus = specs[0].cpus;

	experiment->verify = verify_new(plan, has_model, machine->name, cpus);
	verify_set_fault_counter(experiment->verify, fault_counter);
	experiment->machine = specs[0].machine;
	if (machine_is_here(specs[0].machine))
		experiment->tokens = cpus < trial->tokens_total ? cpus : trial->tokens_total;
	trial->experiments = xreallocarray(trial->experiments, trial->count + 1,
					   sizeof(*trial->experiments));
	trial->experiments[trial->count++] = experiment;
	TRY(machine_slots(experiment->machine, &experiment->slots));
	for (int arm = 0; arm < VERIFY_ARMS; arm++)
		if (has_model || verify_arm_has_model((enum verify_arm)arm))
			TRY(pipeline_cell_init(&specs[arm], &experiment->cells[arm]));
	return NULL;
}

static json_t *counters_json(const struct boot *boot)
{
	json_t *json = json_object();

	for (size_t i = 0; i < boot->counter_count; i++)
		store_set(json, boot->counters[i].name, json_integer(boot->counters[i].count));
	return json;
}

static void tell(struct verify *verify, enum verify_arm arm, size_t index, const struct boot *boot)
{
	OWNED_JSON *counters = counters_json(boot);
	struct verify_result result = { .verdict = boot->verdict,
					.cause = boot->has_cause ? &boot->cause : NULL,
					.log = boot->log,
					.counters = counters };

	verify_finish(verify, arm, index, &result);
}

static void take_off(struct pipeline_trial *trial, struct flight *flight)
{
	if (!trial->flights)
		trial->machines_since = loop_now();
	flight->next = trial->flights;
	trial->flights = flight;
	trial->tokens_used += flight->experiment->tokens;
}

static void land(struct pipeline_trial *trial, struct flight *flight)
{
	struct flight **link = &trial->flights;

	while (*link != flight)
		link = &(*link)->next;
	*link = flight->next;
	flight->next = trial->landed;
	trial->landed = flight;
	trial->tokens_used -= flight->experiment->tokens;
	if (!trial->flights)
		trial->machine_seconds += loop_now() - trial->machines_since;
}

static const struct err *on_boot_done(void *data, const struct boot *boot)
{
	struct flight *flight = data;
	struct pipeline_trial *trial = flight->trial;

	tell(flight->experiment->verify, flight->arm, flight->index, boot);
	land(trial, flight);
	loop_set_timer(trial->pump, loop_now());
	return NULL;
}

static ERR_CHECK start_boot(struct pipeline_trial *trial, struct experiment *experiment,
			    enum verify_arm arm)
{
	struct flight *flight = xcalloc(1, sizeof(*flight));
	struct pipeline_cell *cell = &experiment->cells[arm];

	*flight = (struct flight){ .trial = trial,
				   .experiment = experiment,
				   .arm = arm,
				   .index = verify_start(experiment->verify, arm) };
	take_off(trial, flight);
	return pipeline_cell_start(cell, pipeline_cell_reserve(cell), trial->loop, on_boot_done,
				   flight, &flight->boot);
}

static bool has_room(const struct pipeline_trial *trial, const struct experiment *experiment)
{
	int flying = 0;

	if (!experiment->slots)
		return trial->tokens_used + experiment->tokens <= trial->tokens_total;
	for (const struct flight *flight = trial->flights; flight; flight = flight->next)
		flying += flight->experiment->machine == experiment->machine;
	return flying < experiment->slots;
}

/* Takes up what is recorded and starts what is missing, as far as there is room. */
static ERR_CHECK advance(struct pipeline_trial *trial, struct experiment *experiment)
{
	enum verify_arm arm;

	while (verify_next(experiment->verify, &arm)) {
		BOOT boot = { 0 };
		bool found;

		TRY(pipeline_cell_recorded(&experiment->cells[arm], &boot, &found));
		if (found) {
			pipeline_cell_learn(&experiment->cells[arm], &boot);
			tell(experiment->verify, arm, verify_start(experiment->verify, arm), &boot);
			continue;
		}
		if (!has_room(trial, experiment))
			return NULL;
		TRY(start_boot(trial, experiment, arm));
	}
	return NULL;
}

static bool is_refuted(const struct experiment *experiment)
{
	VERIFY_OUTCOME outcome = { 0 };

	verify_outcome(experiment->verify, &outcome);
	return outcome.finished && outcome.answer == VERIFY_NOT_FIXED;
}

static const struct err *pump(void *data, short events)
{
	struct pipeline_trial *trial = data;

	(void)events;
	free_flights(trial->landed);
	trial->landed = NULL;
	for (size_t i = 0; i < trial->count; i++) {
		TRY(advance(trial, trial->experiments[i]));
		if (is_refuted(trial->experiments[i])) {
			trial->done = true;
			return NULL;
		}
	}
	trial->done = !trial->flights;
	return NULL;
}

ERR_CHECK pipeline_trial_run(struct pipeline_trial *trial)
{
	const struct err *err;

	trial->pump = loop_add_timer(trial->loop, loop_now(), pump, trial);
	err = loop_run(trial->loop, &trial->done);
	/* What is still in the air is not needed any more; it uses machines, which end before the
	 * trial. */
	if (trial->flights)
		trial->machine_seconds += loop_now() - trial->machines_since;
	free_flights(trial->flights);
	free_flights(trial->landed);
	trial->flights = trial->landed = NULL;
	return err;
}

size_t pipeline_trial_count(const struct pipeline_trial *trial)
{
	return trial->count;
}

const struct verify *pipeline_trial_experiment(const struct pipeline_trial *trial, size_t index)
{
	return trial->experiments[index]->verify;
}

struct pipeline_trial_cost pipeline_trial_cost(const struct pipeline_trial *trial)
{
	struct pipeline_trial_cost cost = { .machine_seconds = trial->machine_seconds };

	for (size_t i = 0; i < trial->count; i++)
		for (int arm = 0; arm < VERIFY_ARMS; arm++) {
			cost.booted += trial->experiments[i]->cells[arm].booted;
			cost.reused += trial->experiments[i]->cells[arm].reused;
		}
	return cost;
}
