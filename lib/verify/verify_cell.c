// SPDX-License-Identifier: GPL-2.0
#include "verify_cell.h"

struct cell_boot {
	bool done;
	enum verdict verdict;
};

struct verify_cell {
	const struct verify_cell_rule *rule;
	struct cell_boot *boots; /* in the order of their start */
	size_t count;
	int in_flight;
};

struct verify_cell *verify_cell_new(const struct verify_cell_rule *rule)
{
	struct verify_cell *cell = xcalloc(1, sizeof(*cell));

	cell->rule = rule;
	return cell;
}

void verify_cell_free(struct verify_cell *cell)
{
	if (!cell)
		return;
	free(cell->boots);
	free(cell);
}

void verify_cell_release(struct verify_cell **cell)
{
	verify_cell_free(*cell);
}

size_t verify_cell_start(struct verify_cell *cell)
{
	cell->boots = xreallocarray(cell->boots, cell->count + 1, sizeof(*cell->boots));
	cell->boots[cell->count] = (struct cell_boot){ 0 };
	cell->in_flight++;
	return cell->count++;
}

void verify_cell_finish(struct verify_cell *cell, size_t index, enum verdict verdict)
{
	cell->boots[index] = (struct cell_boot){ .done = true, .verdict = verdict };
	cell->in_flight--;
}

static bool says_something(const struct cell_boot *boot)
{
	return boot->verdict == VERDICT_GOOD || boot->verdict == VERDICT_BAD;
}

/* What is known for certain: the boots before the first one that is still in flight. */
struct prefix {
	size_t length;	       /* boots that were looked at */
	int boots, bad, infra; /* the last: without a result, whyever */
	int unknown;	       /* of these, those that no machine failed in */
	enum verify_cell_state state;
};

static void count_boot(const struct verify_cell *cell, struct prefix *prefix)
{
	const struct cell_boot *boot = &cell->boots[prefix->length++];

	if (!says_something(boot)) {
		prefix->unknown += boot->verdict != VERDICT_INFRA;
		if (++prefix->infra > verify_cell_rule_plan(cell->rule)->max_infra)
			prefix->state = 2 * prefix->unknown > prefix->infra ? VERIFY_CELL_NO_RESULT
									    : VERIFY_CELL_INFRA;
		return;
	}
	prefix->boots++;
	prefix->bad += boot->verdict == VERDICT_BAD;
	prefix->state = verify_cell_rule_state(cell->rule, prefix->boots, prefix->bad);
}

static struct prefix known_prefix(const struct verify_cell *cell)
{
	struct prefix prefix = { .state = VERIFY_CELL_WAITING };

	while (prefix.state == VERIFY_CELL_WAITING && prefix.length < cell->count &&
	       cell->boots[prefix.length].done)
		count_boot(cell, &prefix);
	return prefix;
}

/* Where the cell may stand when everything in flight has ended: each with its chance. */
struct forecast {
	int boots, infra;
	bool certain;				   /* no outcome decides */
	double chance[VERIFY_CELL_MOST_BOOTS + 1]; /* by bad boots; decided ones are left out */
};

/* One boot more, done or in flight, that says something. */
static void foresee(const struct verify_cell *cell, struct forecast *forecast,
		    const struct cell_boot *boot)
{
	double *chance = forecast->chance, carried = 0;
	int boots = forecast->boots++;

	for (int k = 0; k <= boots + 1; k++) {
		double here = k <= boots ? chance[k] : 0;
		double bad = boot->done ? boot->verdict == VERDICT_BAD
					: verify_cell_rule_next_bad(boots, k);

		chance[k] = here * (1 - bad) + carried;
		carried = here * bad;
		if (chance[k] > 0 &&
		    verify_cell_rule_state(cell->rule, boots + 1, k) != VERIFY_CELL_WAITING) {
			chance[k] = 0;
			forecast->certain = false;
		}
	}
}

/* Every boot from the first one in flight on; what is decided before its end stays so. */
static void look_ahead(const struct verify_cell *cell, struct forecast *forecast)
{
	struct prefix prefix = known_prefix(cell);
	int max_infra = verify_cell_rule_plan(cell->rule)->max_infra;
	bool waiting = prefix.state == VERIFY_CELL_WAITING;

	forecast->boots = prefix.boots;
	forecast->infra = prefix.infra;
	forecast->certain = waiting;
	memset(forecast->chance, 0, ((size_t)prefix.boots + 1) * sizeof(forecast->chance[0]));
	forecast->chance[prefix.bad] = waiting ? 1 : 0;
	for (size_t i = prefix.length; waiting && i < cell->count; i++) {
		const struct cell_boot *boot = &cell->boots[i];

		if (boot->done && !says_something(boot))
			waiting = ++forecast->infra <= max_infra;
		else if (forecast->boots < verify_cell_rule_plan(cell->rule)->max_boots)
			foresee(cell, forecast, boot);
	}
	if (!waiting) {
		forecast->certain = false;
		memset(forecast->chance, 0, sizeof(forecast->chance));
	}
}

double verify_cell_need(const struct verify_cell *cell)
{
	struct forecast forecast;
	double need = 0;

	look_ahead(cell, &forecast);
	if (forecast.certain)
		return 1;
	for (int k = 0; k <= forecast.boots; k++)
		need += forecast.chance[k];
	return need;
}

bool verify_cell_next(const struct verify_cell *cell, bool speculative)
{
	double need = verify_cell_need(cell);

	return speculative ? need > 0.5 : need == 1;
}

double verify_cell_expected(const struct verify_cell *cell)
{
	struct forecast forecast;
	double expected = 0;

	look_ahead(cell, &forecast);
	for (int k = 0; k <= forecast.boots; k++)
		expected += forecast.chance[k] *
			    verify_cell_rule_expected(cell->rule, forecast.boots, k);
	return expected;
}

enum verify_cell_state verify_cell_state(const struct verify_cell *cell)
{
	return known_prefix(cell).state;
}

struct verify_cell_rate verify_cell_rate(const struct verify_cell *cell)
{
	struct prefix prefix = known_prefix(cell);

	return verify_cell_rule_rate(cell->rule, prefix.boots, prefix.bad);
}

bool verify_cell_counted(const struct verify_cell *cell, size_t index)
{
	return index < known_prefix(cell).length && says_something(&cell->boots[index]);
}

int verify_cell_infra(const struct verify_cell *cell)
{
	int infra = 0;

	for (size_t i = 0; i < cell->count; i++)
		infra += cell->boots[i].done && !says_something(&cell->boots[i]);
	return infra;
}

int verify_cell_in_flight(const struct verify_cell *cell)
{
	return cell->in_flight;
}
