// SPDX-License-Identifier: GPL-2.0
#include <dlfcn.h>

#include "dynamic.h"

/* The loader's words, which may begin with the name of the very file, or name another one. */
static const struct err *not_loaded(const struct dynamic_library *library)
{
	const char *why = dlerror();
	size_t length = strlen(library->file);

	if (why && starts_with(why, library->file) && starts_with(why + length, ": "))
		why += length + 2;
	return err_hint(err_env("cannot load the library '%s': %s", library->file,
				why ? why : "unknown error"),
			"apt-get install %s", library->package);
}

ERR_CHECK dynamic_load(struct dynamic_library *library)
{
	void *handle;

	if (library->loaded)
		return NULL;
	/* All that it needs is looked for now: nothing that lacks is found in the middle of work.
	 */
	handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!handle)
		return not_loaded(library);
	for (size_t i = 0; i < library->count; i++) {
		const struct dynamic_function *function = &library->functions[i];
		void *found = dlsym(handle, function->name);

		if (!found) {
			dlclose(handle);
			return err_hint(err_env("the library '%s' has no function '%s'",
						library->file, function->name),
					"it is too old, or another one of that name; "
					"apt-get install %s",
					library->package);
		}
		/* What is pointed to is a pointer to a function, of any type. */
		memcpy(function->pointer, &found, sizeof(found));
	}
	library->loaded = true;
	return NULL;
}
