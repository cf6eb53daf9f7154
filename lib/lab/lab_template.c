// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "core/file.h"
#include "lab_template.h"

#define MAX_TEMPLATE ((size_t)1 << 20)
#define MAX_DEPTH    32

struct filling {
	const char *path;
	const struct lab_value *values;
	size_t count;
};

typedef const struct err *(*say)(const char *name, const char *value, struct strbuf *text);

static ERR_CHECK say_plain(const char *name, const char *value, struct strbuf *text)
{
	(void)name;
	strbuf_adds(text, value);
	return NULL;
}

static ERR_CHECK say_shell(const char *name, const char *value, struct strbuf *text)
{
	(void)name;
	strbuf_addc(text, '\'');
	for (; *value; value++)
		if (*value == '\'')
			strbuf_adds(text, "'\\''");
		else
			strbuf_addc(text, *value);
	strbuf_addc(text, '\'');
	return NULL;
}

/* Consoles of firmware know no escapes between double quotes, and read "$" and ";" themselves. */
static ERR_CHECK say_quoted(const char *name, const char *value, struct strbuf *text)
{
	for (const char *c = value; *c; c++)
		if (*c < ' ' || *c > '~' || strchr("\"\\$;`", *c))
			return err_input("nothing can quote '%c' in %s: %s", *c, name, value);
	strbuf_adds(text, value);
	return NULL;
}

static const struct {
	const char *name;
	say say;
} ways[] = { { "", say_plain }, { "shell", say_shell }, { "quoted", say_quoted } };

static ERR_CHECK find_value(const struct filling *filling, const char *name, const char **value)
{
	STRBUF list = { 0 };

	for (size_t i = 0; i < filling->count; i++) {
		if (filling->values[i].value && str_equal(filling->values[i].name, name)) {
			*value = filling->values[i].value;
			return NULL;
		}
		if (filling->values[i].value)
			strbuf_addf(&list, "%s{%s}", list.len ? ", " : "", filling->values[i].name);
	}
	return err_hint(err_input("'%s': there is no {%s} here", filling->path, name),
			"there are %s; braces of LAVA's own are written twice: {{%s}}",
			strbuf_str(&list), name);
}

static ERR_CHECK fill_word(const struct filling *filling, const char *word, struct strbuf *text)
{
	OWNED_STR name = xstrndup(word, strcspn(word, ":"));
	const char *way = word[strlen(name)] ? word + strlen(name) + 1 : "";
	const char *value;

	TRY(find_value(filling, name, &value));
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (str_equal(ways[i].name, way))
			return err_context(ways[i].say(name, value, text), "'%s'", filling->path);
	return err_hint(
		err_input("'%s': {%s}: nothing is said in the way '%s'", filling->path, word, way),
		"ways are shell, quoted and, for a whole string, number");
}

static ERR_CHECK fill_text(const struct filling *filling, const char *from, struct strbuf *text)
{
	while (*from) {
		size_t plain = strcspn(from, "{}"), length;

		strbuf_add(text, from, plain);
		from += plain;
		if (*from && from[0] == from[1]) {
			strbuf_addc(text, *from);
			from += 2;
			continue;
		}
		if (!*from)
			break;
		length = strcspn(from + 1, "{}");
		if (*from == '}' || from[length + 1] != '}')
			return err_hint(err_input("'%s': a brace without its other one: %s",
						  filling->path, from),
					"a brace that is meant as one is written twice");
		{
			OWNED_STR word = xstrndup(from + 1, length);

			TRY(fill_word(filling, word, text));
		}
		from += length + 2;
	}
	return NULL;
}

/* "{minutes:number}" and nothing else: the name, which the caller frees; or NULL. */
static char *number_name(const char *from)
{
	size_t length = strlen(from);

	if (from[0] != '{' || from[1] == '{' || !ends_with(from, ":number}") ||
	    strcspn(from + 1, "{}") != length - 2)
		return NULL;
	return xstrndup(from + 1, length - 1 - strlen(":number}"));
}

static ERR_CHECK fill_number(const struct filling *filling, const char *name, json_t **number)
{
	const char *value;
	char *end;
	long long count;

	TRY(find_value(filling, name, &value));
	errno = 0;
	count = strtoll(value, &end, 10);
	if (errno || end == value || *end)
		return err_input("'%s': {%s} is no number: %s", filling->path, name, value);
	*number = json_integer(count);
	return NULL;
}

static ERR_CHECK fill_string(const struct filling *filling, const char *from, json_t **to)
{
	OWNED_STR number = number_name(from);
	STRBUF text = { 0 };

	if (number)
		return fill_number(filling, number, to);
	TRY(fill_text(filling, from, &text));
	*to = store_string(strbuf_str(&text), text.len);
	return NULL;
}

static ERR_CHECK fill(const struct filling *filling, const json_t *from, int depth, json_t **to)
{
	OWNED_JSON *filled = NULL;
	const char *key;
	json_t *value;
	size_t index;

	if (depth > MAX_DEPTH)
		return err_input("'%s': too deep", filling->path);
	if (json_is_string(from))
		return fill_string(filling, json_string_value(from), to);
	if (!json_is_object(from) && !json_is_array(from)) {
		*to = json_deep_copy(from);
		return NULL;
	}
	filled = json_is_object(from) ? json_object() : json_array();
	json_array_foreach (from, index, value) {
		json_t *item = NULL;

		TRY(fill(filling, value, depth + 1, &item));
		json_array_append_new(filled, item);
	}
	json_object_foreach ((json_t *)(uintptr_t)from, key, value) {
		json_t *item = NULL;

		TRY(fill(filling, value, depth + 1, &item));
		store_set(filled, key, item);
	}
	*to = TAKE_PTR(filled);
	return NULL;
}

ERR_CHECK lab_fill_template(const char *path, const struct lab_value *values, size_t count,
			    json_t **job)
{
	const struct filling filling = { .path = path, .values = values, .count = count };
	OWNED_JSON *template = NULL;
	STRBUF text = { 0 };
	json_error_t error;

	TRY(err_context(file_read(path, MAX_TEMPLATE, &text), "job template"));
	template = json_loadb(strbuf_str(&text), text.len, JSON_REJECT_DUPLICATES, &error);
	if (!template)
		return err_input("'%s', line %d: %s", path, error.line, error.text);
	if (!json_is_object(template))
		return err_input("'%s' is no JSON object", path);
	return fill(&filling, template, 0, job);
}
