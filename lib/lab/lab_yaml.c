// SPDX-License-Identifier: GPL-2.0
/* lab_yaml.c - YAML as JSON, by libyaml's events. */
#include <yaml.h>

#include "lab_log.h"

/* What LAVA writes is three deep, and results have a dozen members. */
#define MAX_DEPTH 16
#define MAX_NODES 20000

struct reader {
	yaml_parser_t parser;
	int nodes;
};

static json_t *read_node(struct reader *reader, const yaml_event_t *event, int depth);

static bool next(struct reader *reader, yaml_event_t *event)
{
	return ++reader->nodes <= MAX_NODES && yaml_parser_parse(&reader->parser, event);
}

/* The next node; *ended when the collection of the type is over. */
static json_t *next_node(struct reader *reader, yaml_event_type_t end, bool *ended, int depth)
{
	yaml_event_t event;
	json_t *node = NULL;

	*ended = false;
	if (!next(reader, &event))
		return NULL;
	if (event.type == end)
		*ended = true;
	else
		node = read_node(reader, &event, depth);
	yaml_event_delete(&event);
	return node;
}

static json_t *read_sequence(struct reader *reader, int depth)
{
	json_t *list = json_array();
	bool ended;

	for (;;) {
		json_t *item = next_node(reader, YAML_SEQUENCE_END_EVENT, &ended, depth);

		if (ended)
			return list;
		if (!item || json_array_append_new(list, item) < 0)
			break;
	}
	json_decref(list);
	return NULL;
}

/* Takes both. A key with a NUL in it, which JSON's objects do not take, fails. */
static bool add_member(json_t *object, json_t *key, json_t *value)
{
	bool good = json_is_string(key) && value &&
		    strlen(json_string_value(key)) == json_string_length(key);

	if (good)
		store_set(object, json_string_value(key), value);
	else
		json_decref(value);
	json_decref(key);
	return good;
}

static json_t *read_mapping(struct reader *reader, int depth)
{
	json_t *object = json_object();
	bool ended, value_ended;

	for (;;) {
		json_t *key = next_node(reader, YAML_MAPPING_END_EVENT, &ended, depth);

		if (ended)
			return object;
		if (!key ||
		    !add_member(object, key, next_node(reader, YAML_NO_EVENT, &value_ended, depth)))
			break;
	}
	json_decref(object);
	return NULL;
}

/* NULL for what is no node, and for aliases. */
static json_t *read_node(struct reader *reader, const yaml_event_t *event, int depth)
{
	if (depth >= MAX_DEPTH)
		return NULL;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return store_string((const char *)event->data.scalar.value,
				    event->data.scalar.length);
	case YAML_SEQUENCE_START_EVENT:
		return read_sequence(reader, depth + 1);
	case YAML_MAPPING_START_EVENT:
		return read_mapping(reader, depth + 1);
	default:
		return NULL;
	}
}

/* The first document of the stream. */
static json_t *read_document(struct reader *reader)
{
	bool ended;

	for (;;) {
		yaml_event_t event;
		yaml_event_type_t type;

		if (!next(reader, &event))
			return NULL;
		type = event.type;
		yaml_event_delete(&event);
		if (type == YAML_DOCUMENT_START_EVENT)
			return next_node(reader, YAML_DOCUMENT_END_EVENT, &ended, 0);
		if (type == YAML_STREAM_END_EVENT)
			return NULL;
	}
}

json_t *lab_yaml(const char *bytes, size_t length)
{
	struct reader reader = { .nodes = 0 };
	json_t *value;

	if (!yaml_parser_initialize(&reader.parser))
		return NULL;
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, length);
	value = read_document(&reader);
	yaml_parser_delete(&reader.parser);
	return value;
}
