// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#include "build_diagnostics.h"
#include "core/file.h"
#include "record/toolchain.h"

#define MAX_DIAGNOSTICS 1000
#define MAX_TEXT	2000

/* How gcc, gas and ld say how bad it is, behind the place. */
static const struct {
	const char *word;
	enum build_severity severity;
} severities[] = {
	{ "error: ", BUILD_ERROR },	{ "fatal error: ", BUILD_ERROR },
	{ "Error: ", BUILD_ERROR },	{ "internal compiler error: ", BUILD_ERROR },
	{ "warning: ", BUILD_WARNING }, { "Warning: ", BUILD_WARNING },
	{ "note: ", BUILD_NOTE },
};

void build_scan_release(struct build_scan *scan)
{
	free(scan->unit);
	free(scan->linked);
	free(scan->machine_fault);
	free(scan->last_failure);
	*scan = (struct build_scan){ 0 };
}

void build_diagnostics_release(struct build_diagnostics *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].file);
		free(list->items[i].text);
		free(list->items[i].unit);
		free(list->items[i].series);
		free(list->items[i].subject);
	}
	free(list->items);
	*list = (struct build_diagnostics){ 0 };
}

static bool same_file(const char *a, const char *b)
{
	return a && b ? str_equal(a, b) : a == b;
}

static bool has(const struct build_diagnostics *list, enum build_severity severity,
		const char *file, int line, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct build_diagnostic *known = &list->items[i];

		if (known->severity == severity && known->line == line &&
		    same_file(known->file, file) && str_equal(known->text, text))
			return true;
	}
	return false;
}

void build_diagnostics_add(struct build_diagnostics *list, enum build_severity severity,
			   const char *file, int line, const char *text)
{
	OWNED_STR kept = xstrndup(text, MAX_TEXT);

	if (has(list, severity, file, line, kept))
		return;
	if (list->count == MAX_DIAGNOSTICS) {
		list->left_out++;
		return;
	}
	if (list->count == list->alloc) {
		list->alloc = list->alloc ? list->alloc * 2 : 16;
		list->items = xreallocarray(list->items, list->alloc, sizeof(*list->items));
	}
	list->items[list->count++] = (struct build_diagnostic){ .severity = severity,
								.file = file ? xstrdup(file) : NULL,
								.line = line,
								.text = TAKE_PTR(kept) };
}

/* Joins a path onto a folder and resolves "." and "..", by the text alone. */
static char *join_path(const char *folder, const char *path)
{
	OWNED_STR whole = *path == '/' ? xstrdup(path) : xasprintf("%s/%s", folder, path);
	STRVEC parts = { 0 };
	STRBUF joined = { 0 };
	size_t kept = 0;

	strvec_split(&parts, whole, "/");
	for (size_t i = 0; i < parts.count; i++) {
		char *part = parts.items[i];

		if (str_equal(part, "."))
			continue;
		if (str_equal(part, "..")) {
			kept -= kept > 0;
			continue;
		}
		parts.items[i] = parts.items[kept];
		parts.items[kept++] = part;
	}
	for (size_t i = 0; i < kept; i++)
		strbuf_addf(&joined, "/%s", parts.items[i]);
	return strbuf_detach(&joined);
}

static const char *below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return starts_with(path, folder) && path[length] == '/' ? path + length + 1 : NULL;
}

/* The path as the tree has it; make's own words name files as seen from its O= folder. */
static char *tree_path(const struct build_scan *scan, const char *path)
{
	OWNED_STR joined = join_path(scan->object, path);
	const char *inner = below(joined, scan->source);

	if (!inner)
		inner = below(joined, scan->object);
	return xstrdup(inner ? inner : path);
}

static void add(struct build_scan *scan, enum build_severity severity, const char *path, int line,
		const char *text)
{
	OWNED_STR file = path ? tree_path(scan, path) : NULL;
	OWNED_STR unit = TAKE_PTR(scan->unit);
	size_t count = scan->into->count;

	scan->errors += severity == BUILD_ERROR;
	build_diagnostics_add(scan->into, severity, file, line, text);
	if (scan->into->count > count && unit)
		scan->into->items[count].unit = tree_path(scan, unit);
}

/* "PATH:LINE:" or "PATH:LINE:COLUMN:" at the start; the rest begins behind it and a space. */
struct place {
	char path[PATH_MAX];
	int line;
	const char *rest;
};

static const char *skip_number(const char *text, int *number)
{
	char *end;
	long value = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : -1;

	if (value < 0 || value > INT_MAX || *end != ':')
		return NULL;
	*number = (int)value;
	return end + 1;
}

static bool parse_place(const char *line, struct place *place)
{
	const char *colon = strchr(line, ':');
	const char *rest = NULL;
	int column;

	while (colon && !(rest = skip_number(colon + 1, &place->line)))
		colon = strchr(colon + 1, ':');
	if (!rest || colon == line || (size_t)(colon - line) >= sizeof(place->path) ||
	    memchr(line, ' ', (size_t)(colon - line)) || memchr(line, ':', (size_t)(colon - line)))
		return false;
	snprintf(place->path, sizeof(place->path), "%.*s", (int)(colon - line), line);
	place->rest = skip_number(rest, &column);
	if (!place->rest)
		place->rest = rest;
	place->rest += *place->rest == ' ';
	return true;
}

static bool scan_compiler(struct build_scan *scan, const struct place *place)
{
	for (size_t i = 0; i < ARRAY_SIZE(severities); i++)
		if (starts_with(place->rest, severities[i].word)) {
			add(scan, severities[i].severity, place->path, place->line,
			    place->rest + strlen(severities[i].word));
			return true;
		}
	return false;
}

/* "init/Kconfig:12: syntax error", "Kconfig:3:warning: ..." */
static bool scan_kconfig(struct build_scan *scan, const struct place *place)
{
	if (!starts_with(file_base_name(place->path), "Kconfig"))
		return false;
	add(scan, BUILD_ERROR, place->path, place->line, place->rest);
	return true;
}

/* "Makefile:12: *** missing separator.  Stop." */
static bool scan_makefile(struct build_scan *scan, const struct place *place)
{
	if (!starts_with(place->rest, "*** "))
		return false;
	add(scan, BUILD_ERROR, place->path, place->line, place->rest + strlen("*** "));
	return true;
}

static bool is_link_error(const char *text)
{
	return starts_with(text, "undefined reference to ") ||
	       starts_with(text, "multiple definition of ") ||
	       starts_with(text, "relocation truncated to fit");
}

/* The linker names "smp.c" and before that the object: "arch/alpha/kernel/smp.o". */
static void add_link_error(struct build_scan *scan, const char *name, int line, const char *text)
{
	OWNED_STR folder = scan->linked ? file_dir_name(scan->linked) : xstrdup(".");
	OWNED_STR path = strchr(name, '/') ? xstrdup(name) : xasprintf("%s/%s", folder, name);

	add(scan, BUILD_ERROR, *name ? path : NULL, line, text);
}

/* "ld: " and its like, which stands before the linker's own lines. */
static const char *skip_linker_name(const char *line)
{
	static const char *const linkers[] = { "ld", "ld.bfd", "ld.gold", "ld.lld" };
	const char *end = strstr(line, ": ");
	OWNED_STR program = end ? xstrndup(line, (size_t)(end - line)) : NULL;

	for (size_t i = 0; program && i < ARRAY_SIZE(linkers); i++)
		if (!strchr(program, ' ') && ends_with(program, linkers[i]))
			return end + 2;
	return line;
}

/* "DIR/smp.o: in function `f':" and then "smp.c:(.text+0x1c): undefined reference to `g'". */
static bool scan_linker(struct build_scan *scan, const char *line)
{
	const char *text = skip_linker_name(line);
	const char *function = strstr(text, ": in function ");
	const char *section = strstr(text, "(.");
	const char *behind = section ? strstr(section, "): ") : NULL;

	if (function) {
		free(scan->linked);
		scan->linked = xstrndup(text, (size_t)(function - text));
		return true;
	}
	if (behind && is_link_error(behind + 3)) {
		size_t length = (size_t)(section - text);
		OWNED_STR name = xstrndup(text, length ? length - 1 : 0);

		add_link_error(scan, name, 0, behind + 3);
		return true;
	}
	return false;
}

static bool scan_place(struct build_scan *scan, const char *line)
{
	struct place place;

	if (!parse_place(skip_linker_name(line), &place))
		return false;
	if (is_link_error(place.rest)) {
		add_link_error(scan, place.path, place.line, place.rest);
		return true;
	}
	return scan_compiler(scan, &place) || scan_makefile(scan, &place) ||
	       scan_kconfig(scan, &place);
}

/* "ERROR: modpost: ..." and "WARNING: modpost: ..." name no place. */
static bool scan_modpost(struct build_scan *scan, const char *line)
{
	if (starts_with(line, "ERROR: modpost: "))
		add(scan, BUILD_ERROR, NULL, 0, line + strlen("ERROR: "));
	else if (starts_with(line, "WARNING: modpost: "))
		add(scan, BUILD_WARNING, NULL, 0, line + strlen("WARNING: "));
	else
		return false;
	return true;
}

/*
 * "make[2]: *** No rule to make target 'x.o', needed by 'y'.  Stop." is the
 * source's fault; "make: *** [Makefile:9: all] Error 2" only says that something is.
 */
static void scan_make(struct build_scan *scan, const char *line)
{
	const char *stars = strstr(line, ": *** ");
	const char *text = stars ? stars + strlen(": *** ") : NULL;

	if (!text || !starts_with(line, "make"))
		return;
	if (starts_with(text, "No rule to make target "))
		add(scan, BUILD_ERROR, NULL, 0, text);
	if (ends_with(text, " Killed") && !scan->machine_fault)
		scan->machine_fault = xstrdup(text);
	if (*text == '[' || !scan->last_failure) {
		free(scan->last_failure);
		scan->last_failure = xstrdup(text);
	}
}

/* The source text that gcc quotes: "   57 |         spinlock_t lock;". */
static bool is_quotation(const char *line)
{
	const char *text = line + strspn(line, " 0123456789");

	return *line == ' ' && *text == '|';
}

static void scan_machine(struct build_scan *scan, const char *line)
{
	if (!scan->machine_fault && toolchain_blames_machine(line) && !strstr(line, "#error"))
		scan->machine_fault = xstrdup(line);
}

/*
 * "In file included from ./include/linux/smp.h:119," and so on outwards, to
 * "                 from init/main.c:12:", before what is wrong in the innermost.
 */
static bool scan_including(struct build_scan *scan, const char *line)
{
	static const char *const starts[] = { "In file included from ", "                 from " };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		const char *path = line + strlen(starts[i]);

		if (!starts_with(line, starts[i]))
			continue;
		free(scan->unit);
		scan->unit = xstrndup(path, strcspn(path, ":"));
		return true;
	}
	return false;
}

void build_scan_line(struct build_scan *scan, const char *line)
{
	if (starts_with(line, "  CC ") || starts_with(line, "  AS ")) {
		scan->objects++;
		return;
	}
	if (is_quotation(line) || scan_including(scan, line))
		return;
	scan_machine(scan, line);
	if (scan_linker(scan, line) || scan_place(scan, line) || scan_modpost(scan, line))
		return;
	scan_make(scan, line);
}

static enum build_severity severity_from_name(const char *name)
{
	for (int i = BUILD_ERROR; i < BUILD_CONFIG; i++)
		if (str_equal(name, build_severity_name(i)))
			return i;
	return BUILD_CONFIG;
}

json_t *build_diagnostics_to_json(const struct build_diagnostics *list)
{
	json_t *json = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct build_diagnostic *one = &list->items[i];
		json_t *item = json_object();

		store_set(item, "file", store_text(one->file));
		store_set(item, "line", one->line ? json_integer(one->line) : json_null());
		store_set(item, "severity", store_text(build_severity_name(one->severity)));
		store_set(item, "text", store_text(one->text));
		store_set(item, "unit", store_text(one->unit));
		json_array_append_new(json, item);
	}
	return json;
}

static void add_from_json(const json_t *item, struct build_diagnostics *list)
{
	const char *unit = store_get_string(item, "unit", NULL);
	size_t count = list->count;

	build_diagnostics_add(list, severity_from_name(store_get_string(item, "severity", "")),
			      store_get_string(item, "file", NULL), store_get_int(item, "line", 0),
			      store_get_string(item, "text", ""));
	if (list->count > count && unit)
		list->items[count].unit = xstrdup(unit);
}

void build_diagnostics_from_json(const json_t *json, struct build_diagnostics *list)
{
	const json_t *item;
	size_t index;

	json_array_foreach (json, index, item)
		add_from_json(item, list);
}
