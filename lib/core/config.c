// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "config.h"
#include "file.h"
#include "proc.h"

struct entry {
	char *key;
	char *value;
};

struct config {
	char *path;
	struct entry *entries; /* in the file's order */
	size_t count;
};

#define MAX_CONFIG ((size_t)1 << 20)

static const char *git_message(void)
{
	const git_error *error = git_error_last();

	return error && error->message ? error->message : "unknown error";
}

static void release_git_config(git_config **config)
{
	git_config_free(*config);
}

static int collect(const git_config_entry *entry, void *data)
{
	struct config *config = data;

	config->entries = xreallocarray(config->entries, config->count + 1, sizeof(struct entry));
	config->entries[config->count++] = (struct entry){
		xstrdup(entry->name), xstrdup(entry->value ? entry->value : "true")
	};
	return 0;
}

ERR_CHECK config_read(const char *path, struct config **out)
{
	CLEANUP(release_git_config) git_config *file = NULL;
	CONFIG config = xcalloc(1, sizeof(*config));

	config->path = xstrdup(path);
	if (access(path, R_OK) < 0)
		return err_errno("cannot read '%s'", path);
	if (git_config_open_ondisk(&file, path) < 0 ||
	    git_config_foreach(file, collect, config) < 0)
		return err_input("'%s': %s", path, git_message());
	*out = TAKE_PTR(config);
	return NULL;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		free(config->entries[i].key);
		free(config->entries[i].value);
	}
	free(config->entries);
	free(config->path);
	free(config);
}

void config_release(struct config **config)
{
	if (*config)
		config_free(*config);
}

const char *config_path(const struct config *config)
{
	return config->path;
}

/* "cells.*.cpus" is that key in any [cells "NAME"], whatever the name has in it. */
static bool is_key(const char *key, const char *known)
{
	const char *star = strchr(known, '*');

	if (!star)
		return str_equal(key, known);
	return strlen(key) > strlen(known) - 1 && ends_with(key, star + 1) &&
	       strncmp(key, known, (size_t)(star - known)) == 0;
}

static bool is_known(const char *key, const char *const *known)
{
	for (; *known; known++)
		if (is_key(key, *known))
			return true;
	return false;
}

ERR_CHECK config_only(const struct config *config, const char *const *known)
{
	for (size_t i = 0; i < config->count; i++)
		if (!is_known(config->entries[i].key, known))
			return err_input("'%s': unknown key '%s'", config->path,
					 config->entries[i].key);
	return NULL;
}

const char *config_get(const struct config *config, const char *key, const char *fallback)
{
	for (size_t i = config->count; i-- > 0;)
		if (str_equal(config->entries[i].key, key))
			return config->entries[i].value;
	return fallback;
}

ERR_CHECK config_need(const struct config *config, const char *key, const char **value)
{
	*value = config_get(config, key, "");
	if (!**value)
		return err_input("'%s': '%s' is missing", config->path, key);
	return NULL;
}

ERR_CHECK config_get_int(const struct config *config, const char *key, int least, int most,
			 int fallback, int *value)
{
	const char *text = config_get(config, key, NULL);
	char *end;
	long number;

	*value = fallback;
	if (!text)
		return NULL;
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < least || number > most)
		return err_input("'%s': '%s' takes a whole number from %d to %d, not '%s'",
				 config->path, key, least, most, text);
	*value = (int)number;
	return NULL;
}

void config_sections(const struct config *config, const char *section, struct strvec *names)
{
	OWNED_STR prefix = xasprintf("%s.", section);

	for (size_t i = 0; i < config->count; i++) {
		const char *key = config->entries[i].key;
		const char *name = key + strlen(prefix);
		const char *end = strrchr(key, '.');
		OWNED_STR copy = NULL;

		if (!starts_with(key, prefix) || end <= name)
			continue;
		copy = xstrndup(name, (size_t)(end - name));
		strvec_push_new(names, copy);
	}
}

void config_get_all(const struct config *config, const char *key, struct strvec *values)
{
	for (size_t i = 0; i < config->count; i++)
		if (str_equal(config->entries[i].key, key))
			strvec_push(values, config->entries[i].value);
}

/* Removes every value of a key; the first new one can be set then as any other is. */
static int set_first(git_config *file, const char *key, const struct strvec *values)
{
	int result = git_config_delete_multivar(file, key, ".*");

	if (result && result != GIT_ENOTFOUND)
		return result;
	return values->count ? git_config_set_string(file, key, values->items[0]) : 0;
}

/* git's own program: libgit2 1.5 leaks a match of PCRE2 for every value that it adds to others. */
static ERR_CHECK add_value(const char *path, const char *key, const char *value)
{
	const char *argv[] = { "git", "config", "--file", path, "--add", key, value, NULL };

	return proc_run_ok(&(struct proc_spec){ .argv = argv }, NULL);
}

static ERR_CHECK edit_copy(const char *copy, const char *path, const char *key, const char *value,
			   const struct strvec *values)
{
	CLEANUP(release_git_config) git_config *file = NULL;

	if (git_config_open_ondisk(&file, copy) < 0 ||
	    (value ? git_config_set_string(file, key, value) : set_first(file, key, values)) < 0)
		return err_input("'%s': %s", path, git_message());
	for (size_t i = 1; values && i < values->count; i++)
		TRY(add_value(copy, key, values->items[i]));
	return NULL;
}

/* Of a name that no other process has: libgit2's lock file of one that was killed stays. */
static ERR_CHECK make_copy(const char *path, char **copy)
{
	OWNED_STR folder = file_dir_name(path);
	STRBUF text = { 0 };
	bool found;
	int fd;

	TRY(file_mkdirs(folder));
	TRY(file_read_if_there(path, MAX_CONFIG, &text, &found));
	*copy = xasprintf("%s.tmp-XXXXXX", path);
	fd = mkostemp(*copy, O_CLOEXEC);
	if (fd < 0)
		return err_errno("cannot create '%s'", *copy);
	close(fd);
	return file_write(*copy, strbuf_str(&text), text.len);
}

static ERR_CHECK edit(const char *path, const char *key, const char *value,
		      const struct strvec *values)
{
	OWNED_STR copy = NULL;
	const struct err *err;

	TRY(make_copy(path, &copy));
	err = edit_copy(copy, path, key, value, values);
	if (!err && rename(copy, path) < 0)
		err = err_errno("cannot rename '%s' to '%s'", copy, path);
	if (err)
		unlink(copy);
	return err;
}

ERR_CHECK config_write(const char *path, const char *key, const char *value)
{
	return edit(path, key, value, NULL);
}

ERR_CHECK config_write_all(const char *path, const char *key, const struct strvec *values)
{
	return edit(path, key, NULL, values);
}
