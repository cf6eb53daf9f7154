// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>

#include "build_config.h"
#include "build_diagnostics.h"
#include "core/file.h"

#define NOT_SET " is not set"

/* One line of a fragment. */
struct option {
	char *symbol; /* without CONFIG_ */
	char *line;   /* as it must stand in .config */
	bool off;
	char *file; /* of the workspace: kernels/configs/NAME.config */
	int number;
	bool known; /* some Kconfig file of the tree defines the symbol */
};

struct options {
	struct option *items;
	size_t count;
};

static void release_option(struct option *option)
{
	free(option->symbol);
	free(option->line);
	free(option->file);
}

static void release_options(struct options *options)
{
	for (size_t i = 0; i < options->count; i++)
		release_option(&options->items[i]);
	free(options->items);
}

static size_t symbol_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

/* Fills what the line says; false when it is no option. */
static bool parse_option(const char *line, struct option *option)
{
	bool comment = starts_with(line, "# CONFIG_") && ends_with(line, NOT_SET);
	const char *name = line + (comment ? strlen("# CONFIG_") : strlen("CONFIG_"));

	if (!comment && !starts_with(line, "CONFIG_"))
		return false;
	option->symbol = xstrndup(name, symbol_length(name));
	option->off = comment || str_equal(name + strlen(option->symbol), "=n");
	option->line = option->off ? xasprintf("# CONFIG_%s" NOT_SET, option->symbol)
				   : xstrdup(line);
	return true;
}

/* A comment "# NAME.config" begins the next fragment: target_read_config() writes it. */
static bool parse_file_name(const char *line, char **file)
{
	if (!starts_with(line, "# ") || !ends_with(line, ".config") || strchr(line + 2, ' '))
		return false;
	free(*file);
	*file = xasprintf("kernels/configs/%s", line + 2);
	return true;
}

/* Kconfig takes the last line of a symbol; an earlier one is nobody's wish any more. */
static void add_option(struct options *options, const struct option *option)
{
	for (size_t i = 0; i < options->count; i++) {
		if (!str_equal(options->items[i].symbol, option->symbol))
			continue;
		release_option(&options->items[i]);
		options->items[i] = *option;
		return;
	}
	options->items = xreallocarray(options->items, options->count + 1, sizeof(*option));
	options->items[options->count++] = *option;
}

static void parse_fragment(const char *text, struct options *options)
{
	OWNED_STR file = xstrdup("");
	int number = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		struct option option = { 0 };
		STRBUF line = { 0 };

		strbuf_add(&line, text, length);
		strbuf_trim(&line);
		text += length + (text[length] == '\n');
		number++;
		if (parse_file_name(strbuf_str(&line), &file)) {
			number = 0;
		} else if (parse_option(strbuf_str(&line), &option)) {
			option.file = xstrdup(file);
			option.number = number;
			add_option(options, &option);
		}
	}
}

static bool has_line(const char *text, const char *line, size_t length, bool whole)
{
	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') &&
		    (!whole || at[length] == '\n' || at[length] == '\0'))
			return true;
	return false;
}

static bool stuck(const struct option *option, const char *config)
{
	OWNED_STR set = xasprintf("CONFIG_%s=", option->symbol);

	if (option->off)
		return !has_line(config, set, strlen(set), false);
	return has_line(config, option->line, strlen(option->line), true);
}

/* Drops the options that stuck from the list. */
static void keep_unstuck(struct options *options, const char *config)
{
	struct options kept = { options->items, 0 };

	for (size_t i = 0; i < options->count; i++) {
		struct option option = options->items[i];

		if (!stuck(&option, config)) {
			kept.items[kept.count++] = option;
			continue;
		}
		release_option(&option);
	}
	options->count = kept.count;
}

/* "config NAME" or "menuconfig NAME" on a line of its own. */
static void mark_defined(const char *text, struct options *options)
{
	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		text += strspn(text, " \t");
		if (starts_with(text, "menu"))
			text += strlen("menu");
		if (!starts_with(text, "config") || !isblank((unsigned char)text[6]))
			continue;
		text += 6 + strspn(text + 6, " \t");
		for (size_t i = 0; i < options->count; i++) {
			const char *symbol = options->items[i].symbol;

			if (symbol_length(text) == strlen(symbol) && starts_with(text, symbol))
				options->items[i].known = true;
		}
	}
}

struct search {
	git_repository *repo;
	struct options *options;
};

static bool is_kconfig(const char *name)
{
	return starts_with(name, "Kconfig");
}

static int on_tree_entry(const char *root, const git_tree_entry *entry, void *data)
{
	struct search *search = data;
	STRBUF text = { 0 };
	GIT_BLOB blob = NULL;

	(void)root;
	if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB ||
	    !is_kconfig(git_tree_entry_name(entry)))
		return 0;
	if (git_blob_lookup(&blob, search->repo, git_tree_entry_id(entry)) < 0)
		return -1;
	strbuf_add(&text, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	mark_defined(strbuf_str(&text), search->options);
	return 0;
}

static ERR_CHECK find_known(git_repository *repo, const git_oid *oid, struct options *options)
{
	struct search search = { repo, options };
	GIT_TREE tree = NULL;

	TRY(repo_tree(repo, oid, &tree));
	if (git_tree_walk(tree, GIT_TREEWALK_PRE, on_tree_entry, &search) < 0)
		return repo_error("cannot read the tree's Kconfig files");
	return NULL;
}

ERR_CHECK build_config_check(git_repository *repo, const git_oid *tree, const char *fragment,
			     const char *config, struct build_diagnostics *diagnostics,
			     size_t *dropped)
{
	CLEANUP(release_options) struct options options = { 0 };

	*dropped = 0;
	parse_fragment(fragment, &options);
	keep_unstuck(&options, config);
	if (!options.count)
		return NULL;
	TRY(find_known(repo, tree, &options));
	for (size_t i = 0; i < options.count; i++) {
		const struct option *option = &options.items[i];
		OWNED_STR text = xasprintf("%s: %s", option->line,
					   option->known ? "did not stick: what it depends on is "
							   "not set, or something selects otherwise"
							 : "this tree knows no such option");

		*dropped += option->known;
		build_diagnostics_add(diagnostics, BUILD_CONFIG, option->file, option->number,
				      text);
	}
	return NULL;
}

static bool configures(const char *path)
{
	return is_kconfig(file_base_name(path)) || str_equal(path, "Makefile") ||
	       starts_with(path, "scripts/");
}

ERR_CHECK build_config_differs(git_repository *repo, const git_oid *a, const git_oid *b,
			       bool *differs)
{
	GIT_TREE old = NULL;
	GIT_TREE new = NULL;
	GIT_DIFF diff = NULL;

	*differs = false;
	TRY(repo_tree(repo, a, &old));
	TRY(repo_tree(repo, b, &new));
	if (git_diff_tree_to_tree(&diff, repo, old, new, NULL) < 0)
		return repo_error("cannot compare trees");
	for (size_t i = 0; i < git_diff_num_deltas(diff) && !*differs; i++)
		*differs = configures(git_diff_get_delta(diff, i)->new_file.path);
	return NULL;
}
