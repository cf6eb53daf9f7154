/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pipeline_trial.h - carries out the experiments of verify.h on one branch.
 *
 * A trial has one experiment (stratum) for each machine and CPU count, and in
 * each of them a cell for every arm. It takes up recorded boots first, starts
 * what is missing, as many at once as the CPUs allow, and ends as soon as the
 * answer is known: one experiment that is not fixed ends them all.
 */
#ifndef FARRIER_PIPELINE_TRIAL_H
#define FARRIER_PIPELINE_TRIAL_H

#include "pipeline_cell.h"
#include "verify/verify.h"

struct pipeline_trial;

/* `cpus` is how many CPUs boots may keep busy. */
struct pipeline_trial *pipeline_trial_new(const char *branch, int cpus);
void pipeline_trial_free(struct pipeline_trial *trial);
void pipeline_trial_release(struct pipeline_trial **trial);

/*
 * Adds an experiment. `fault_counter` is what the model counts, or NULL. `specs` says what each arm
 * boots; the arms of controls are not looked at when there is no model. The specs' content must
 * outlive the trial.
 */
ERR_CHECK pipeline_trial_add(struct pipeline_trial *trial, const struct verify_plan *plan,
			     bool has_model, const char *fault_counter,
			     const struct pipeline_cell_spec specs[VERIFY_ARMS]) MUST_USE;

/* Boots until every experiment has its answer. */
ERR_CHECK pipeline_trial_run(struct pipeline_trial *trial) MUST_USE;

/* The experiments, in the order in which they were added. Borrowed. */
size_t pipeline_trial_count(const struct pipeline_trial *trial);
const struct verify *pipeline_trial_experiment(const struct pipeline_trial *trial, size_t index);

struct pipeline_trial_cost {
	int booted, reused;
	double machine_seconds; /* wall time in which at least one machine ran */
};
struct pipeline_trial_cost pipeline_trial_cost(const struct pipeline_trial *trial);

#endif
