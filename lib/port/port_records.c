// SPDX-License-Identifier: GPL-2.0
/* port_records.c - walks through history that were done before. */
#include "core/file.h"
#include "core/kept.h"
#include "core/store.h"
#include "port_history_internal.h"

/* Walking so few commits again is faster than writing that safely. */
#define LEAST_WALKED 64

void port_records_release(struct port_records *records)
{
	free(records->folder);
	free(records->continued);
	strvec_release(&records->names);
}

ERR_CHECK port_records_open(const char *cache, const struct strvec *paths, size_t limit,
			    struct port_records *records)
{
	char id[STORE_ID_SIZE];
	STRBUF text = { 0 };

	records->limit = limit;
	if (!cache)
		return NULL;
	for (size_t i = 0; i < paths->count; i++)
		strbuf_addf(&text, "%s\n", paths->items[i]);
	store_id(strbuf_str(&text), text.len, id);
	records->folder = xasprintf("%s/%s", cache, id);
	return file_list(records->folder, &records->names);
}

static char *record_path(const struct port_records *records, const git_oid *tip)
{
	return xasprintf("%s/%s.json", records->folder, git_oid_tostr_s(tip));
}

/* ---- reading ---- */

static bool read_id(const json_t *json, git_oid *id)
{
	const char *hex = json_string_value(json);

	return hex && strlen(hex) == GIT_OID_HEXSZ && git_oid_fromstr(id, hex) == 0;
}

static bool read_touch(const json_t *json, size_t paths, struct port_touch *touch)
{
	json_int_t path = json_integer_value(json_array_get(json, 0));

	touch->path = (size_t)path;
	return json_array_size(json) == 3 && path >= 0 && touch->path < paths &&
	       read_id(json_array_get(json, 1), &touch->before) &&
	       read_id(json_array_get(json, 2), &touch->after);
}

/* [COMMIT, PARENTS, [[PATH, BEFORE, AFTER]...]] */
static bool read_step(const json_t *json, size_t paths, struct port_event *step)
{
	const json_t *touches = json_array_get(json, 2);

	step->parents = (unsigned)json_integer_value(json_array_get(json, 1));
	if (!read_id(json_array_get(json, 0), &step->commit) || !json_array_size(touches))
		return false;
	step->touches = xcalloc(json_array_size(touches), sizeof(*step->touches));
	for (; step->touch_count < json_array_size(touches); step->touch_count++)
		if (!read_touch(json_array_get(touches, step->touch_count), paths,
				&step->touches[step->touch_count]))
			return false;
	return true;
}

static bool same_paths(const json_t *json, const struct strvec *paths)
{
	if (json_array_size(json) != paths->count)
		return false;
	for (size_t i = 0; i < paths->count; i++) {
		const char *path = json_string_value(json_array_get(json, i));

		if (!path || !str_equal(path, paths->items[i]))
			return false;
	}
	return true;
}

/* Takes back what a damaged record had added. */
static void cut_to(struct port_history *history, size_t count)
{
	while (history->count > count)
		free(history->steps[--history->count].touches);
}

static bool read_steps(const json_t *json, struct port_history *history)
{
	size_t before = history->count;
	json_t *step;
	size_t i;

	if (!json_is_array(json))
		return false;
	json_array_foreach (json, i, step)
		if (!read_step(step, history->paths.count, port_history_add(history))) {
			cut_to(history, before);
			return false;
		}
	return true;
}

/* What cannot be read or believed is walked again. */
static json_t *load(const char *path)
{
	json_t *record = NULL;
	const struct err *err = store_read(path, &record);

	err_free(err);
	return record;
}

bool port_records_continue(struct port_records *records, const git_oid *tip,
			   struct port_history *history)
{
	OWNED_STR path = records->folder ? record_path(records, tip) : NULL;
	OWNED_JSON *record = NULL;
	double walked;
	bool whole;

	if (!path || !strvec_has(&records->names, file_base_name(path)))
		return false;
	record = load(path);
	walked = store_get_number(record, "walked", -1);
	whole = store_get_bool(record, "whole", false);
	if (walked < 0 || (!whole && store_get_number(record, "limit", 0) < (double)records->limit))
		return false;
	if (!same_paths(json_object_get(record, "paths"), &history->paths) ||
	    !read_steps(json_object_get(record, "steps"), history))
		return false;
	records->had = (size_t)walked;
	records->continued = TAKE_PTR(path);
	history->walked += (size_t)walked;
	history->whole = whole;
	return true;
}

/* ---- writing ---- */

static json_t *step_json(const struct port_event *step)
{
	json_t *json = json_array();
	json_t *touches = json_array();

	json_array_append_new(json, json_string(git_oid_tostr_s(&step->commit)));
	json_array_append_new(json, json_integer(step->parents));
	for (size_t i = 0; i < step->touch_count; i++) {
		json_t *touch = json_array();

		json_array_append_new(touch, json_integer((json_int_t)step->touches[i].path));
		json_array_append_new(touch,
				      json_string(git_oid_tostr_s(&step->touches[i].before)));
		json_array_append_new(touch, json_string(git_oid_tostr_s(&step->touches[i].after)));
		json_array_append_new(touches, touch);
	}
	json_array_append_new(json, touches);
	return json;
}

static json_t *record_json(const struct port_records *records, const struct port_history *history)
{
	json_t *json = json_object();
	json_t *paths = json_array();
	json_t *steps = json_array();

	for (size_t i = 0; i < history->paths.count; i++)
		json_array_append_new(paths, json_string(history->paths.items[i]));
	for (size_t i = 0; i < history->count; i++)
		json_array_append_new(steps, step_json(&history->steps[i]));
	store_set(json, "paths", paths);
	store_set(json, "limit", json_integer((json_int_t)records->limit));
	store_set(json, "walked", json_integer((json_int_t)history->walked));
	store_set(json, "whole", json_boolean(history->whole));
	store_set(json, "steps", steps);
	return json;
}

static bool is_text(const struct strvec *paths)
{
	for (size_t i = 0; i < paths->count; i++) {
		json_t *string = json_string(paths->items[i]);

		if (!string)
			return false;
		json_decref(string);
	}
	return true;
}

ERR_CHECK port_records_write(struct port_records *records, const git_oid *tip,
			     const struct port_history *history)
{
	OWNED_STR path = records->folder ? record_path(records, tip) : NULL;
	OWNED_JSON *json = NULL;

	/* JSON has no place for names that are no UTF-8 */
	if (!path || history->walked - records->had < LEAST_WALKED || !is_text(&history->paths))
		return NULL;
	json = record_json(records, history);
	TRY(store_write(path, json));
	/* what it goes on from has had its day */
	return records->continued ? file_remove(records->continued) : NULL;
}

/* A walk of some ten thousand commits takes about so long. */
const struct kept_kind port_kept_histories = {
	.name = "histories", .folder = "history", .by_reading = true, .seconds_per_file = 2
};
