// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "guest.h"
#include "guest_archive.h"
#include "core/proc.h"
#include "base/progress.h"
#include "record/toolchain.h"

/* Goes up whenever the same sources are made into something else. */
#define RECIPE	   2
#define RECORD	   "guest.json"
#define MAX_SOURCE ((size_t)4 << 20)

/* What one takes about, and it has three files. */
#define MAKING_SECONDS 3.0

static const char *const compiler_flags[] = { "-O2", "-Wall", "-pthread", NULL };

void guest_release(struct guest *guest)
{
	free(guest->initrd);
	free(guest->init);
	kept_let_go(&guest->hold);
	*guest = (struct guest){ 0 };
}

static bool is_source(const char *name)
{
	return ends_with(name, ".c") || ends_with(name, ".h");
}

/* The names of the sources, and their ids as a JSON object. */
static ERR_CHECK read_sources(const char *folder, struct strvec *sources, json_t *ids)
{
	STRVEC names = { 0 };

	TRY(file_list(folder, &names));
	for (size_t i = 0; i < names.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", folder, names.items[i]);
		char id[STORE_ID_SIZE];

		if (!is_source(names.items[i]) || !file_safe_name(names.items[i]))
			continue;
		TRY(store_file_id(path, id));
		store_set(ids, names.items[i], json_string(id));
		if (ends_with(names.items[i], ".c"))
			strvec_push(sources, names.items[i]);
	}
	if (!sources->count)
		return err_hint(err_input("no guest program in '%s'", folder),
				"take kernels/guest/ from farrier's own sources");
	return NULL;
}

static void fill_arguments(const struct arch *arch, const struct strvec *sources,
			   const char *output, struct strvec *argv)
{
	strvec_pushf(argv, "%sgcc", arch->cross);
	strvec_push_all(argv, compiler_flags);
	strvec_push(argv, "-o");
	strvec_push(argv, output);
	strvec_push_all(argv, (const char *const *)sources->items);
	if (arch->guest_ldflags.count)
		strvec_push_all(argv, (const char *const *)arch->guest_ldflags.items);
}

/* Everything that decides what comes out. New reference. */
static ERR_CHECK make_key(const struct arch *arch, const struct strvec *sources, json_t *ids,
			  json_t **key)
{
	TOOLCHAIN toolchain = { 0 };
	STRVEC argv = { 0 };
	json_t *words = json_array();

	*key = json_object();
	store_set(*key, "argv", words);
	store_set(*key, "sources", json_incref(ids));
	store_set(*key, "recipe", json_integer(RECIPE));
	fill_arguments(arch, sources, "init", &argv);
	for (size_t i = 0; i < argv.count; i++)
		json_array_append_new(words, store_text(argv.items[i]));
	TRY(toolchain_read(arch, &toolchain));
	store_set(*key, "compiler", store_text(toolchain.compiler));
	store_set(*key, "linker", store_text(toolchain.linker));
	return NULL;
}

static ERR_CHECK compile(const struct arch *arch, const char *folder, const struct strvec *sources,
			 const char *output)
{
	STRVEC argv = { 0 };
	STRBUF said = { 0 };
	struct proc_exit exit;

	fill_arguments(arch, sources, output, &argv);
	TRY(proc_run(&(struct proc_spec){ .argv = (const char *const *)argv.items,
					  .env = (const char *const[]){ "LC_ALL=C", NULL },
					  .dir = folder },
		     &(struct proc_io){ .out = &said }, &exit));
	if (proc_succeeded(&exit))
		return NULL;
	strbuf_trim(&said);
	if (!WIFEXITED(exit.status) || toolchain_blames_machine(strbuf_str(&said)))
		return err_env("cannot compile the guest program in '%s': %s", folder,
			       strbuf_str(&said));
	return err_hint(err_input("the guest program in '%s' does not compile: %s", folder,
				  strbuf_str(&said)),
			"its compiler is '%sgcc' of architecture '%s'", arch->cross, arch->name);
}

static void set_paths(const char *folder, struct guest *guest)
{
	guest->initrd = xasprintf("%s/initrd", folder);
	guest->init = xasprintf("%s/init", folder);
}

/* Whether CACHE/guest/KEY holds what its record says. */
static ERR_CHECK find(const char *folder, const json_t *key, struct guest *guest, bool *found)
{
	OWNED_STR path = xasprintf("%s/" RECORD, folder);
	OWNED_STR initrd = xasprintf("%s/initrd", folder);
	OWNED_JSON *record = NULL;

	*found = false;
	if (!kept_take_hold(folder, &guest->hold))
		return NULL;
	TRY(store_read(path, &record));
	if (!record || !json_equal(json_object_get(record, "key"), key) || !file_exists(initrd))
		return NULL;
	TRY(store_file_id(initrd, guest->id));
	*found = str_equal(guest->id, store_get_string(record, "initrd", ""));
	if (*found)
		set_paths(folder, guest);
	else
		progress_warn("'%s' is not what was made; it is made again", initrd);
	return NULL;
}

/* Puts everything together in `folder`, whose record is written last. */
static ERR_CHECK make(const struct arch *arch, const char *source, const struct strvec *sources,
		      const json_t *key, const char *folder)
{
	OWNED_STR init = xasprintf("%s/init", folder);
	OWNED_STR initrd = xasprintf("%s/initrd", folder);
	OWNED_STR path = xasprintf("%s/" RECORD, folder);
	OWNED_JSON *record = json_object();
	char id[STORE_ID_SIZE];

	TRY(compile(arch, source, sources, init));
	TRY(guest_archive_write(initrd, init));
	TRY(store_file_id(initrd, id));
	store_set(record, "key", json_deep_copy(key));
	store_set(record, "initrd", json_string(id));
	return store_write(path, record);
}

static ERR_CHECK make_and_publish(const struct arch *arch, const char *source,
				  const struct strvec *sources, const json_t *key,
				  const char *folder, struct guest *guest)
{
	OWNED_STR parcel = xasprintf("%s.new", folder);

	TRY(file_remove(parcel));
	TRY(file_mkdirs(parcel));
	TRY(make(arch, source, sources, key, parcel));
	TRY(file_remove(folder));
	/* From before it can be found: nobody may take it away before it is looked at. */
	if (!kept_take_hold(parcel, &guest->hold))
		return err_env("'%s' is gone", parcel);
	if (rename(parcel, folder) < 0)
		return err_errno("cannot rename '%s'", parcel);
	return NULL;
}

ERR_CHECK guest_initramfs(const struct workspace *workspace, const struct arch *arch,
			  struct guest *guest)
{
	OWNED_STR source = workspace_path(workspace, "kernels/guest");
	OWNED_STR lock_path = workspace_cached(workspace, "guest/lock");
	FILE_LOCK lock = FILE_LOCK_NONE;
	OWNED_STR folder = NULL;
	OWNED_STR text = NULL;
	OWNED_JSON *ids = json_object();
	OWNED_JSON *key = NULL;
	STRVEC sources = { 0 };
	char id[STORE_ID_SIZE];
	bool found;

	*guest = (struct guest){ 0 };
	TRY(read_sources(source, &sources, ids));
	TRY(make_key(arch, &sources, ids, &key));
	text = store_canonical(key);
	store_id(text, strlen(text), id);
	folder = workspace_cached(workspace, "guest/%s", id);
	TRY(file_lock(lock_path, "the guest's cache", true, &lock));
	TRY(find(folder, key, guest, &found));
	if (found)
		return NULL;
	TRY(make_and_publish(arch, source, &sources, key, folder, guest));
	TRY(find(folder, key, guest, &found));
	return found ? NULL : err_env("'%s' changed while it was made", folder);
}

const struct kept_kind guest_kept = {
	.name = "guests", .folder = "guest", .by_key = true, .seconds_per_file = MAKING_SECONDS / 3
};
