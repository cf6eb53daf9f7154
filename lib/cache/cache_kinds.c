// SPDX-License-Identifier: GPL-2.0
#include "build/build_kept.h"
#include "cache.h"
#include "guest/guest.h"
#include "lint/lint.h"
#include "mail/mail.h"
#include "port/port.h"
#include "record/patch_kept.h"
#include "stack/stack.h"
#include "tree/tree.h"

const struct kept_kind *const cache_kinds[] = {
	&build_kept_kernels,
	&build_kept_sources,
	&build_kept_objects,
	&guest_kept,
	&tree_kept_packages,
	&tree_kept_lists,
	&mail_kept_inboxes,
	&patch_kept_mails,
	&port_kept_histories,
	&stack_kept_patch_ids,
	&lint_kept,
	&tree_kept_repository,
	NULL,
};

const struct kept_kind *cache_find_kind(const char *name)
{
	for (size_t i = 0; cache_kinds[i]; i++)
		if (str_equal(cache_kinds[i]->name, name))
			return cache_kinds[i];
	return NULL;
}
