/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build.h - one kernel image, built once.
 *
 * A build is named by its key, the id of everything that decides what comes
 * out: source tree, config fragments, toolchain, make's ARCH, the recipe. Its
 * folder CACHE/build/KEY holds
 *
 *   build.json   the record; holds the whole key document, compared on every hit
 *   image        what machines boot; its id is in the record and checked on a hit
 *   config       the .config
 *   log          all that make printed
 *   inputs       the files that the image was made of (build_inputs.h)
 *
 * Warnings are those of what was compiled for this build: an incremental make says
 * nothing of the files that it leaves alone.
 *
 * A kernel that does not build is a build too, with diagnostics instead of an
 * image. What the machine is to blame for (disk full, compiler killed) is an
 * error and leaves no build behind.
 *
 * On the way there are two more folders below the cache, which keep make
 * incremental: src/BRANCH, the files of one tree, and obj/BRANCH/CONFIGS-ARCH,
 * make's O= folder. Both belong to whoever holds the lock src/BRANCH.lock. Where several kernels
 * of a branch are built at a time, there are src/BRANCH~2 and so on, too.
 */
#ifndef FARRIER_BUILD_H
#define FARRIER_BUILD_H

#include "core/cpus.h"
#include "core/kept.h"
#include "core/store.h"
#include "record/target.h"

enum build_status {
	BUILD_OK,
	BUILD_CACHED, /* it was there */
	BUILD_FAILED, /* the kernel does not build, now or (reused) earlier */
};

/* "ok", "cached", "failed" */
const char *build_status_name(enum build_status status);

enum build_severity {
	BUILD_ERROR,
	BUILD_WARNING,
	BUILD_NOTE,
	BUILD_CONFIG, /* a line of a config fragment that did not stick */
};

const char *build_severity_name(enum build_severity severity);

struct build_diagnostic {
	enum build_severity severity;
	char *file; /* relative to the tree, NULL when none is named */
	int line;   /* from 1, or 0 */
	char *text; /* any bytes but NUL */
	char *unit; /* what was compiled when the file is a header that it includes; or NULL */
	/* the patch that brought the line in; number 0: none of the request's */
	char *series; /* or NULL when the request has no layers */
	int number;   /* in its series, from 1 */
	char *subject;
	git_oid commit;
};

struct build_diagnostics {
	struct build_diagnostic *items;
	size_t count, alloc;
	size_t left_out; /* beyond the limit */
};

void build_diagnostics_release(struct build_diagnostics *list);

struct build {
	char *branch, *series, *model; /* of the request; the last two may be NULL */
	char *make_arch; /* what make was told as ARCH; of build_find() only, else NULL */
	char *initrd_id; /* of the initramfs that is in the image; of build_find() only; or NULL */
	git_oid commit, tree;
	enum build_status status;
	bool reused; /* it was there, whether it is good or bad */
	char key[STORE_ID_SIZE];
	char *image; /* absolute paths; NULL when there is none */
	char *config;
	char *log;
	char *inputs;
	char image_id[STORE_ID_SIZE]; /* "" when there is none */
	double seconds, cpu_seconds;  /* of make, when it was built */
	struct build_diagnostics diagnostics;
	struct kept_hold *hold; /* as long as the struct lives, the cache keeps the files */
};

void build_release(struct build *build);
#define BUILD CLEANUP(build_release) struct build

/* Gives a build away: `from` is empty afterwards. */
void build_move(struct build *from, struct build *to);

/* So many commits of the chain, bottom first, belong to this series. */
struct build_layer {
	const char *series;
	size_t count;
};

/* Everything is borrowed, until the job is freed. */
struct build_request {
	const struct workspace *workspace;
	git_repository *repo;
	const struct branch *branch;
	git_oid commit; /* what to build */
	git_oid base;	/* the branch below the series; `commit` when there is none */
	const struct build_layer *layers; /* who brought the commits between; may be none */
	size_t layer_count;
	const char *series, *model; /* for people and records, or NULL */
	/*
	 * Or NULL. These files ("kernel/smp.o") instead of the image, each as far as it
	 * goes: what a tree whose image fails early would still say of them.
	 */
	const struct strvec *objects;
	/*
	 * Or NULL: this initramfs (its path, and its id) goes into the image, which is then the
	 * architecture's netboot image; an architecture without one is ERR_INPUT.
	 */
	const char *initrd, *initrd_id;
};

/* Builds of one loop. Of one branch so many go on at a time as workspace.at_once says. */
struct build_queue;
struct build_queue *build_queue_new(struct loop *loop, struct cpus *cpus);
/* All jobs are gone by then. */
void build_queue_free(struct build_queue *queue);
void build_queue_release(struct build_queue **queue);

struct build_job;

/*
 * Called once, from the loop: with `build`, which goes away with the job unless
 * build_move() takes it, or with `err`, which is the callee's. The job may be
 * freed from here.
 */
typedef const struct err *(*build_callback)(void *data, struct build *build, const struct err *err);

/* Starts a build, or finds it in the cache. */
ERR_CHECK build_start(struct build_queue *queue, const struct build_request *request,
		      build_callback callback, void *data, struct build_job **job) MUST_USE;

/* Ends what still runs, and frees. NULL does nothing. */
void build_job_free(struct build_job *job);

/* Builds with all of the workspace's CPUs and waits for the end. */
ERR_CHECK build_run(const struct build_request *request, struct build *build) MUST_USE;

/*
 * What a request would come to, without doing it: `build` is described, and complete when
 * *found says that it is in the cache. `cost` is the CPU time that make took for such
 * builds before.
 */
struct build_cost {
	double first; /* seconds of CPU time from nothing; 0: never made one */
	double again; /* the same where an earlier build of this branch and config stands; or 0 */
	bool stands;  /* one does */
};
ERR_CHECK build_look(const struct build_request *request, struct build *build, bool *found,
		     struct build_cost *cost) MUST_USE;

/*
 * Finds a build in the cache by the start of its key. None, or more than one, is
 * ERR_INPUT; a damaged one too. `branch` is the one that it was first built for.
 */
ERR_CHECK build_find(const struct workspace *workspace, const char *key_prefix,
		     struct build *build) MUST_USE;

/* One member of "builds" as --json shows it. New reference. */
json_t *build_json(const struct build *build);

#endif
