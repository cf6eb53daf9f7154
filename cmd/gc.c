// SPDX-License-Identifier: GPL-2.0
/* gc.c - 'farrier gc': how large the cache is, and making room in it. */
#include <time.h>

#include "cache/cache.h"
#include "gc.h"
#include "out.h"

enum { KEY_LIMIT = 0x200, KEY_OLDER, KEY_ALL_OF, KEY_PACK };

static const struct argp_option gc_options[] = {
	{ "dry-run", 'n', NULL, 0, "Say what would go, and change nothing", 0 },
	{ "limit", KEY_LIMIT, "SIZE", 0,
	  "Make room until the cache is no larger, 0 for no limit (default: cache.limit)", 0 },
	{ "older-than", KEY_OLDER, "DAYS", 0, "Remove what was not used for so long", 0 },
	{ "all-of", KEY_ALL_OF, "KIND", 0, "Remove everything of a kind", 0 },
	{ "pack-repository", KEY_PACK, NULL, 0, "Run 'git gc' in the cache's kernel repository",
	  0 },
	{ 0 },
};

struct words {
	bool dry_run, pack;
	const char *limit, *all_of;
	int older_than;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;
	char *end;
	long days;

	switch (key) {
	case 'n':
		words->dry_run = true;
		return 0;
	case KEY_LIMIT:
		words->limit = arg;
		return 0;
	case KEY_OLDER:
		days = strtol(arg, &end, 10);
		if (end == arg || *end || days < 1 || days > 100000)
			argp_error(state, "'%s' is no number of days", arg);
		words->older_than = (int)days;
		return 0;
	case KEY_ALL_OF:
		words->all_of = arg;
		return 0;
	case KEY_PACK:
		words->pack = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "gc takes no argument");
		return 0;
	case ARGP_KEY_END:
		if (words->pack && words->dry_run)
			argp_error(state, "--pack-repository cannot say what would go");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct err *no_such_kind(const char *name)
{
	STRBUF names = { 0 };

	for (size_t i = 0; cache_kinds[i]; i++)
		if (!cache_kinds[i]->stays)
			strbuf_addf(&names, "%s%s", i ? ", " : "", cache_kinds[i]->name);
	return err_hint(err_input("'%s' is no kind of which all can go", name), "there are: %s",
			strbuf_str(&names));
}

static ERR_CHECK read_wish(const struct words *words, const struct workspace *workspace,
			   struct cache_wish *wish)
{
	*wish = (struct cache_wish){ .limit = workspace->cache_limit,
				     .older_than = words->older_than };
	if (words->limit)
		TRY(err_context(workspace_parse_size(words->limit, &wish->limit), "--limit"));
	if (!words->all_of)
		return NULL;
	wish->all_of = cache_find_kind(words->all_of);
	return wish->all_of && !wish->all_of->stays ? NULL : no_such_kind(words->all_of);
}

static ERR_CHECK collect(struct run *run, const struct words *words)
{
	WORKSPACE workspace = { 0 };
	FILE_LOCK lock = FILE_LOCK_NONE;
	struct gc_result result = { .dry_run = words->dry_run };
	CACHE cache = { 0 };
	bool got;

	TRY(cmd_workspace(run, &workspace));
	TRY(read_wish(words, &workspace, &result.wish));
	if (!words->dry_run)
		TRY(cache_lock(&workspace, true, &lock, &got));
	if (words->pack)
		TRY(cache_pack_repository(&workspace));
	TRY(cache_look(&(struct cache_request){ .workspace = &workspace }, &cache));
	cache_choose(&cache, &result.wish);
	if (!words->dry_run)
		TRY(cache_remove(&cache));
	result.cache = &cache;
	gc_print(run, &result);
	return NULL;
}

const struct err *cmd_gc(struct run *run, int argc, char **argv)
{
	struct words words = { 0 };
	struct cmd_options options = {
		.options = gc_options,
		.parse = parse,
		.doc = "Shows what the cache holds, and removes what is worth least until it "
		       "keeps its limit.",
		.input = &words,
	};

	cmd_parse(run, &options, argc, argv);
	return collect(run, &words);
}
