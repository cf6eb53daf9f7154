// SPDX-License-Identifier: GPL-2.0
/* pairing_former.c - recorded ports of earlier versions, which farrier import leaves in vN/ports/.
 */
#include "pairing.h"

static ERR_CHECK former_in(const struct series *series, const struct series *earlier,
			   const char *branch, int number, struct patch *port, bool *found)
{
	PAIRING pairing = { 0 };
	size_t old_patch;

	*found = false;
	TRY(pairing_make(earlier->patches, earlier->patch_count, series->patches,
			 series->patch_count, true, &pairing));
	if (!pairing_find_old(&pairing, (size_t)number - 1, &old_patch))
		return NULL;
	return series_recorded_port(earlier, branch, (int)old_patch + 1, port, found);
}

ERR_CHECK pairing_former_port(const struct series *series, const char *branch, int number,
			      struct patch *port, int *version)
{
	CLEANUP(free_ptr) int *versions = NULL;
	size_t count;

	*port = (struct patch){ 0 };
	*version = 0;
	TRY(series_versions(series, &versions, &count));
	for (size_t i = count; i-- > 0 && !*version;) {
		SERIES earlier = { 0 };
		bool found;

		if (versions[i] >= series->version)
			continue;
		TRY(series_open_version(series, versions[i], &earlier));
		TRY(series_read_patches(&earlier));
		TRY(former_in(series, &earlier, branch, number, port, &found));
		if (found)
			*version = versions[i];
	}
	return NULL;
}
