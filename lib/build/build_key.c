// SPDX-License-Identifier: GPL-2.0
#include "build_key.h"

void build_key_release(struct build_key *key)
{
	json_decref(key->document);
	strbuf_release(&key->fragment);
	*key = (struct build_key){ 0 };
}

static void set_id(const json_t *document, char hex[STORE_ID_SIZE])
{
	OWNED_STR text = store_canonical(document);

	store_id(text, strlen(text), hex);
}

static json_t *frame_document(const struct arch *arch, const struct toolchain *toolchain)
{
	json_t *frame = json_object();

	store_set(frame, "recipe", json_integer(BUILD_RECIPE));
	store_set(frame, "arch", store_text(arch->make));
	store_set(frame, "cross", store_text(arch->cross));
	store_set(frame, "target", store_text(arch->image));
	store_set(frame, "compiler", store_text(toolchain->compiler));
	store_set(frame, "linker", store_text(toolchain->linker));
	store_set(frame, "timestamp", store_text(BUILD_TIMESTAMP));
	store_set(frame, "user", store_text(BUILD_USER));
	store_set(frame, "host", store_text(BUILD_HOST));
	store_set(frame, "number", store_text(BUILD_NUMBER));
	return frame;
}

static json_t *names_json(const struct strvec *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->count; i++)
		json_array_append_new(list, store_text(names->items[i]));
	return list;
}

const char *build_key_image(const struct build_request *request)
{
	return request->initrd ? request->branch->arch.netboot : request->branch->arch.image;
}

static json_t *netboot_json(const struct build_request *request)
{
	const struct arch *arch = &request->branch->arch;
	json_t *netboot = json_object();

	store_set(netboot, "image", store_text(arch->netboot));
	store_set(netboot, "variable", store_text(arch->netboot_initrd));
	store_set(netboot, "make", names_json(&arch->netboot_make));
	store_set(netboot, "initrd", store_text(request->initrd_id));
	return netboot;
}

static ERR_CHECK check_netboot(const struct build_request *request)
{
	const struct arch *arch = &request->branch->arch;

	if (!request->initrd || *arch->netboot)
		return NULL;
	return err_hint(
		err_input("architecture '%s' has no image that boots from the network", arch->name),
		"'arch.netboot' in kernels/arches/%s.conf names it", arch->name);
}

ERR_CHECK build_key_make(const struct build_request *request, struct build_key *key)
{
	TOOLCHAIN toolchain = { 0 };

	*key = (struct build_key){ 0 };
	TRY(check_netboot(request));
	TRY(repo_commit_tree(request->repo, &request->commit, &key->tree));
	TRY(target_read_config(request->workspace, request->branch, &key->fragment));
	store_id(strbuf_str(&key->fragment), key->fragment.len, key->fragment_id);
	TRY(toolchain_read(&request->branch->arch, &toolchain));
	key->document = frame_document(&request->branch->arch, &toolchain);
	set_id(key->document, key->frame);
	store_set(key->document, "tree", store_text(git_oid_tostr_s(&key->tree)));
	store_set(key->document, "config", store_text(key->fragment_id));
	if (request->objects)
		store_set(key->document, "objects", names_json(request->objects));
	if (request->initrd)
		store_set(key->document, "netboot", netboot_json(request));
	set_id(key->document, key->hex);
	return NULL;
}
