// SPDX-License-Identifier: GPL-2.0
#include "build_place.h"

#include <unistd.h>

static void go_to(struct build_place *place, const struct build_request *request, int number)
{
	free(place->source);
	place->source = build_folder_source(request->workspace, request->branch, number);
	build_folder_release(&place->folder);
	build_folder_name(request->workspace, request->branch, number, &place->folder);
}

void build_place_name(const struct build_request *request, const struct build_key *key,
		      struct build_place *place)
{
	place->key_path = workspace_cached(request->workspace, "build/%s.lock", key->hex);
	go_to(place, request, 0);
}

ERR_CHECK build_place_take_key(struct build_place *place, int *holder)
{
	*holder = 0;
	if (place->key_lock.fd >= 0)
		return NULL;
	return file_try_lock(place->key_path, holder, &place->key_lock);
}

ERR_CHECK build_place_take(struct build_place *place, const struct build_request *request,
			   int *holder)
{
	*holder = 0;
	if (build_place_is_taken(place))
		return NULL;
	for (int i = 0; i < request->workspace->at_once; i++) {
		OWNED_STR source = build_folder_source(request->workspace, request->branch, i);
		OWNED_STR path = xasprintf("%s.lock", source);
		int other;

		TRY(file_try_lock(path, &other, &place->lock));
		if (!other) {
			*holder = 0;
			go_to(place, request, i);
			return NULL;
		}
		if (!*holder || *holder == getpid())
			*holder = other;
	}
	return NULL;
}

void build_place_leave(struct build_place *place)
{
	file_unlock(&place->lock);
	file_unlock_and_remove(&place->key_lock, place->key_path);
}

void build_place_release(struct build_place *place)
{
	build_place_leave(place);
	build_folder_release(&place->folder);
	free(place->source);
	free(place->key_path);
}
