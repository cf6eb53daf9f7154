// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fts.h>

#include "build_inputs.h"
#include "core/file.h"

/* The largest that was seen is 2 MiB. */
#define MOST_COMMANDS ((size_t)64 << 20)
#define MOST_LIST     ((size_t)64 << 20)

void build_inputs_release(struct build_inputs *inputs)
{
	json_decref(inputs->files);
	json_decref(inputs->folders);
	free(inputs->arch);
	*inputs = (struct build_inputs){ 0 };
}

/* --- gathering --- */

/* Where a path in a command ends. */
static const char ends[] = " \t\n\r:;,()'\"\\<>|&=";

static void add_path(json_t *set, const char *path, size_t length)
{
	OWNED_STR name = xstrndup(path, length);

	if (*name)
		json_object_set_new(set, name, json_true());
}

/* Whatever follows the source folder's path. */
static void find_paths(const char *text, const char *source, json_t *files)
{
	size_t length = strlen(source);

	for (const char *at = text; (at = strstr(at, source));) {
		size_t end;

		at += length;
		if (*at != '/')
			continue;
		end = strcspn(++at, ends);
		add_path(files, at, end);
		at += end;
	}
}

/* "deps_config := \": Kconfig files, as the top folder sees them. */
static void find_kconfigs(const char *text, json_t *files)
{
	const char *at = strstr(text, "deps_config :=");
	char *list, *rest = NULL;

	if (!at)
		return;
	list = xstrdup(at + strlen("deps_config :="));
	for (char *word = strtok_r(list, " \t\n\\", &rest); word && !strchr(word, '$');
	     word = strtok_r(NULL, " \t\n\\", &rest))
		add_path(files, word, strlen(word));
	free(list);
}

static ERR_CHECK read_commands(const char *path, const char *source, json_t *files)
{
	STRBUF text = { 0 };

	TRY(file_read(path, MOST_COMMANDS, &text));
	find_paths(strbuf_str(&text), source, files);
	if (ends_with(path, "/auto.conf.cmd"))
		find_kconfigs(strbuf_str(&text), files);
	return NULL;
}

static bool is_command_file(const char *name)
{
	return ends_with(name, ".cmd") && (*name == '.' || str_equal(name, "auto.conf.cmd"));
}

static void close_walk(FTS **walk)
{
	if (*walk)
		fts_close(*walk);
}

static ERR_CHECK walk_objects(const char *objects, const char *source, json_t *files,
			      json_t *folders)
{
	char *roots[] = { (char *)(uintptr_t)objects, NULL };
	CLEANUP(close_walk)
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	size_t prefix = strlen(objects) + 1;
	const FTSENT *entry;

	if (!walk)
		return err_errno("cannot read '%s'", objects);
	while ((entry = fts_read(walk))) {
		if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP ||
		    !is_command_file(entry->fts_name))
			continue;
		TRY(read_commands(entry->fts_path, source, files));
		if (entry->fts_pathlen > prefix + entry->fts_namelen)
			add_path(folders, entry->fts_path + prefix,
				 entry->fts_pathlen - prefix - entry->fts_namelen - 1U);
	}
	return NULL;
}

static void add_lines(json_t *set, char kind, struct strbuf *text)
{
	STRVEC names = { 0 };
	const char *name;
	json_t *value;

	json_object_foreach (set, name, value)
		strvec_push(&names, name);
	strvec_sort(&names);
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(text, "%c %s\n", kind, names.items[i]);
}

ERR_CHECK build_inputs_collect(const char *objects, const char *source, const char *path)
{
	OWNED_JSON *files = json_object(), *folders = json_object();
	STRBUF text = { 0 };

	TRY(walk_objects(objects, source, files, folders));
	add_lines(folders, 'd', &text);
	add_lines(files, 'f', &text);
	return file_write(path, strbuf_str(&text), text.len);
}

/* --- using --- */

ERR_CHECK build_inputs_add(struct build_inputs *inputs, const char *path, bool *grew)
{
	STRBUF text = { 0 };
	char *rest = NULL;

	*grew = false;
	if (!inputs->files) {
		inputs->files = json_object();
		inputs->folders = json_object();
	}
	TRY(file_read(path, MOST_LIST, &text));
	strbuf_addc(&text, '\n');
	for (char *line = strtok_r(text.buf, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		json_t *set = starts_with(line, "f ")	? inputs->files
			      : starts_with(line, "d ") ? inputs->folders
							: NULL;

		if (!set || json_object_get(set, line + 2))
			continue;
		*grew = true;
		json_object_set_new(set, line + 2, json_true());
	}
	return NULL;
}

/* In a folder in which something was made, or above one. */
static bool is_above(const struct build_inputs *inputs, const char *folder)
{
	size_t length = strlen(folder);
	const char *name;
	json_t *value;

	if (json_object_get(inputs->folders, folder))
		return true;
	json_object_foreach (inputs->folders, name, value)
		if (strncmp(name, folder, length) == 0 && name[length] == '/')
			return true;
	return false;
}

static bool is_of_arch(const struct build_inputs *inputs, const char *path)
{
	OWNED_STR folder = xasprintf("arch/%s/", inputs->arch);

	return starts_with(path, folder);
}

static bool is_source(const char *name)
{
	return ends_with(name, ".c") || ends_with(name, ".S") || ends_with(name, ".h");
}

bool build_inputs_matter(const struct build_inputs *inputs, const char *path, bool added)
{
	const char *name = file_base_name(path);
	OWNED_STR folder = file_dir_name(path);
	bool is_top = !strchr(path, '/');
	bool is_makefile = starts_with(name, "Makefile") || starts_with(name, "Kbuild");
	bool is_kconfig = starts_with(name, "Kconfig");

	if (json_object_get(inputs->files, path) || starts_with(path, "scripts/"))
		return true;
	if (is_top)
		return is_makefile || is_kconfig;
	if (is_makefile)
		return is_of_arch(inputs, path) || is_above(inputs, folder);
	if (!added)
		return false;
	if (is_kconfig)
		return is_of_arch(inputs, path) || is_above(inputs, folder);
	if (ends_with(name, ".h") && (starts_with(path, "include/") || is_of_arch(inputs, path)))
		return true;
	return is_source(name) && json_object_get(inputs->folders, folder);
}
