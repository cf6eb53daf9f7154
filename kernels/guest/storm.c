// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storm.h"

#define STORM_PAGES    4
#define STORM_ROUNDS   16
#define WORDS_PER_PAGE 8 /* written and checked; more would only take time */

struct worker {
	_Alignas(CACHE_LINE) atomic_ulong progress;
	atomic_bool stopped;
	uint64_t seed;
	unsigned int cpu;
};

static struct {
	const struct cpus *cpus;
	struct worker *workers; /* those of a CPU are neighbours */
	unsigned int threads;	/* per CPU */
	unsigned int count;
	size_t page;
	bool membarrier;
	atomic_bool stop;
	atomic_bool fail_claimed;
	atomic_bool failed;
	char why[128];
} storm;

/* The first failure counts; always false, for the caller to return. */
__attribute__((format(printf, 1, 2))) static bool fail(const char *fmt, ...)
{
	va_list args;

	if (atomic_exchange(&storm.fail_claimed, true))
		return false;
	va_start(args, fmt);
	vsnprintf(storm.why, sizeof(storm.why), fmt, args);
	va_end(args);
	atomic_store(&storm.failed, true);
	return false;
}

static bool fail_call(const struct worker *w, const char *call)
{
	return fail("%s on CPU %u: %s", call, w->cpu, strerror(errno));
}

static void step(struct worker *w)
{
	atomic_fetch_add_explicit(&w->progress, 1, memory_order_relaxed);
}

static volatile uint64_t *word(char *area, unsigned int n)
{
	return (uint64_t *)(area + n * (storm.page / WORDS_PER_PAGE));
}

static uint64_t pattern(const struct worker *w, volatile uint64_t *at)
{
	return w->seed ^ (uintptr_t)at;
}

static bool check(struct worker *w, volatile uint64_t *at, uint64_t want)
{
	uint64_t got = *at;

	if (got == want)
		return true;
	return fail("wrong data on CPU %u at %#lx: %#llx instead of %#llx", w->cpu,
		    (unsigned long)(uintptr_t)at, (unsigned long long)got,
		    (unsigned long long)want);
}

static bool verify(struct worker *w, char *area)
{
	for (unsigned int n = 0; n < STORM_PAGES * WORDS_PER_PAGE; n++)
		if (!check(w, word(area, n), pattern(w, word(area, n))))
			return false;
	return true;
}

/*
 * Reading a new page maps the shared page of zeros; writing then puts another one in its
 * place, which every CPU that may have seen the old one is told.
 */
static bool fill(struct worker *w, char *area)
{
	w->seed += 0x9e3779b97f4a7c15;
	for (unsigned int n = 0; n < STORM_PAGES * WORDS_PER_PAGE; n++)
		if (!check(w, word(area, n), 0))
			return false;
	for (unsigned int n = 0; n < STORM_PAGES * WORDS_PER_PAGE; n++) {
		*word(area, n) = pattern(w, word(area, n));
		if (n % WORDS_PER_PAGE == 0)
			step(w);
	}
	return verify(w, area);
}

static bool discard(struct worker *w, char *area)
{
	if (madvise(area, STORM_PAGES * storm.page, MADV_DONTNEED))
		return fail_call(w, "madvise");
	step(w);
	return true;
}

static bool protect(struct worker *w, char *area, int prot)
{
	if (mprotect(area, STORM_PAGES * storm.page, prot))
		return fail_call(w, "mprotect");
	step(w);
	return verify(w, area);
}

static bool barrier(struct worker *w)
{
	if (!storm.membarrier)
		return true;
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
		return fail_call(w, "membarrier");
	step(w);
	return true;
}

static bool over(void)
{
	return atomic_load(&storm.stop) || storm_failed();
}

static bool rounds(struct worker *w, char *area)
{
	for (unsigned int i = 0; i < STORM_ROUNDS && !over(); i++)
		if (!discard(w, area) || !fill(w, area))
			return false;
	return true;
}

static bool cycle(struct worker *w)
{
	size_t size = STORM_PAGES * storm.page;
	char *area;

	area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return fail_call(w, "mmap");
	if (!fill(w, area) || !protect(w, area, PROT_READ) ||
	    !protect(w, area, PROT_READ | PROT_WRITE) || !rounds(w, area))
		return false;
	if (munmap(area, size))
		return fail_call(w, "munmap");
	step(w);
	return barrier(w);
}

/*
 * Once in any case: on a busy host a virtual CPU may get to run only when the storm is over,
 * and is none the worse for it.
 */
static void work(void *arg)
{
	struct worker *w = arg;

	while (cycle(w) && !over())
		;
	atomic_store(&w->stopped, true);
}

static bool have_membarrier(void)
{
	long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	return commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) &&
	       !syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
}

int storm_start(const struct cpus *cpus, unsigned int threads)
{
	int ret = 0;

	storm.cpus = cpus;
	storm.threads = threads;
	storm.count = cpus->count * threads;
	storm.page = (size_t)sysconf(_SC_PAGESIZE);
	storm.membarrier = have_membarrier();
	storm.workers = aligned_alloc(CACHE_LINE, storm.count * sizeof(*storm.workers));
	if (!storm.workers)
		return ENOMEM;
	memset(storm.workers, 0, storm.count * sizeof(*storm.workers));

	for (unsigned int i = 0; i < storm.count && !ret; i++) {
		struct worker *w = &storm.workers[i];

		w->cpu = cpus->id[i / threads];
		w->seed = i;
		ret = thread_start(w->cpu, work, w);
	}
	return ret;
}

void storm_progress(struct line *line)
{
	for (unsigned int i = 0; i < storm.count; i += storm.threads) {
		unsigned long sum = 0;

		for (unsigned int j = i; j < i + storm.threads; j++)
			sum += atomic_load(&storm.workers[j].progress);
		line_add(line, " %lu", sum);
	}
}

bool storm_failed(void)
{
	return atomic_load(&storm.failed);
}

void storm_stop(void)
{
	atomic_store(&storm.stop, true);
}

static const struct worker *first_running(void)
{
	for (unsigned int i = 0; i < storm.count; i++)
		if (!atomic_load(&storm.workers[i].stopped))
			return &storm.workers[i];
	return NULL;
}

bool storm_stopped(void)
{
	return !first_running();
}

const char *storm_result(void)
{
	const struct worker *w = first_running();
	static char why[64];

	if (storm_failed())
		return storm.why;
	if (!w)
		return NULL;
	snprintf(why, sizeof(why), "worker on CPU %u %s", w->cpu,
		 atomic_load(&w->progress) ? "did not stop" : "made no progress");
	return why;
}
