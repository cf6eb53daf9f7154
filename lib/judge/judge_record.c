// SPDX-License-Identifier: GPL-2.0
/* judge_record.c - what a judge hands to records and reports. */
#include "judge.h"

static uint64_t sum(const struct judge_row *row)
{
	uint64_t total = 0;

	for (size_t i = 0; i < row->count; i++)
		total += row->values[i];
	return total;
}

bool judge_counter_difference(const struct judge_counter *counter, uint64_t *difference)
{
	const struct judge_row *before = &counter->before, *after = &counter->after;

	if (!before->seen || !after->seen || before->absent || after->absent)
		return false;
	*difference = sum(after) - sum(before);
	return true;
}

json_t *judge_json(const struct judge *judge)
{
	json_t *json = json_object(), *events = json_array(), *counts = json_object();
	size_t count;
	const struct event *list = judge_events(judge, &count);

	for (size_t i = 0; i < count; i++)
		json_array_append_new(events, verdict_event_json(&list[i]));
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		uint64_t seen = judge_count(judge, (enum event_kind)kind);

		if (seen)
			store_set(counts, verdict_kind_name((enum event_kind)kind),
				  json_integer((json_int_t)seen));
	}
	store_set(json, "verdict", json_string(verdict_name(judge_verdict(judge))));
	store_set(json, "cause", verdict_event_json(judge_cause(judge)));
	store_set(json, "events", events);
	store_set(json, "counts", counts);
	store_set(json, "lines", json_integer((json_int_t)judge_lines(judge)));
	if (judge_infra(judge))
		store_set(json, "infra", store_text(judge_infra(judge)));
	return json;
}
