// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <time.h>

#include "lab_log.h"

void lab_release_entry(struct lab_entry *entry)
{
	json_decref(entry->value);
	*entry = (struct lab_entry){ .level = LAB_UNREADABLE, .at = -1, .text = "" };
}

/* "2026-11-22T12:46:17.312076", UTC. */
static double read_time(const char *text)
{
	struct tm parts = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	double fraction = 0;

	if (!end)
		return -1;
	if (*end == '.')
		fraction = strtod(end, NULL);
	return (double)timegm(&parts) + (fraction >= 0 && fraction < 1 ? fraction : 0);
}

static enum lab_level read_level(const char *name)
{
	static const struct {
		const char *name;
		enum lab_level level;
	} levels[] = {
		{ "target", LAB_CONSOLE },     { "feedback", LAB_CONSOLE },
		{ "results", LAB_RESULTS },    { "warning", LAB_COMPLAINT },
		{ "error", LAB_COMPLAINT },    { "exception", LAB_COMPLAINT },
		{ "critical", LAB_COMPLAINT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (str_equal(name, levels[i].name))
			return levels[i].level;
	return LAB_TALK;
}

/* What a line seems to hold that is no YAML: all behind its "msg" if the device printed it. */
static void guess_entry(const char *line, size_t length, struct lab_entry *entry)
{
	static const char target[] = "\"lvl\": \"target\"", message[] = "\"msg\": \"";
	const char *from = memmem(line, length, message, strlen(message));
	size_t size;

	if (!from || !memmem(line, (size_t)(from - line), target, strlen(target)))
		return;
	from += strlen(message);
	size = length - (size_t)(from - line);
	if (size >= 2 && memcmp(from + size - 2, "\"}", 2) == 0)
		size -= 2;
	entry->level = LAB_CONSOLE;
	entry->value = store_string(from, size);
	entry->text = json_string_value(entry->value);
	entry->length = json_string_length(entry->value);
}

void lab_read_entry(const char *line, size_t length, struct lab_entry *entry)
{
	OWNED_JSON *list = lab_yaml(line, length);
	const json_t *item = json_array_get(list, 0);
	json_t *message = json_object_get(item, "msg");

	*entry = (struct lab_entry){ .level = LAB_UNREADABLE, .at = -1, .text = "" };
	if (json_array_size(list) != 1 || !message) {
		guess_entry(line, length, entry);
		return;
	}
	entry->level = read_level(store_get_string(item, "lvl", ""));
	entry->at = read_time(store_get_string(item, "dt", ""));
	entry->value = json_incref(message);
	if (!json_is_string(message))
		return;
	entry->text = json_string_value(message);
	entry->length = json_string_length(message);
}

ERR_CHECK lab_read_log(const char *bytes, size_t length, lab_entry_callback callback, void *data,
		       size_t *count)
{
	*count = 0;
	while (length) {
		const char *end = memchr(bytes, '\n', length);
		size_t size = end ? (size_t)(end - bytes) : length;
		LAB_ENTRY entry = { 0 };

		lab_read_entry(bytes, size, &entry);
		TRY(callback(data, &entry));
		++*count;
		size += end != NULL;
		bytes += size;
		length -= size;
	}
	return NULL;
}

void lab_console_line(const struct lab_entry *entry, struct strbuf *line)
{
	const char *text = entry->text;

	for (size_t i = 0; i < entry->length; i++)
		if (text[i] != '\\' || i + 1 == entry->length || text[i + 1] != '"')
			strbuf_addc(line, text[i]);
}
