// SPDX-License-Identifier: GPL-2.0
/* mail_ports.c - recorded ports and skips follow their patches into a new version. */
#include <stdio.h>

#include "core/config.h"
#include "core/file.h"
#include "mail_write.h"
#include "record/identity.h"
#include "record/pairing.h"

/* Both versions while the ports of the old one are carried. */
struct carry {
	struct import *import;
	struct series old;	    /* in vN/, with its ports */
	struct series now;	    /* the fresh folder */
	char (*ids)[STORE_ID_SIZE]; /* change ids of the new patches */
	struct pairing pairing;
};

static void release_carry(struct carry *carry)
{
	series_release(&carry->old);
	series_release(&carry->now);
	free(carry->ids);
	pairing_release(&carry->pairing);
}

/*
 * Reads the fresh folder before it has the new version's series.conf: the old one
 * says nothing of its patches that is used here, but names patches in its skips.
 */
static ERR_CHECK open_now(struct carry *carry)
{
	const struct import *import = carry->import;
	struct series *now = &carry->now;

	now->name = xstrdup(import->result->name);
	now->folder = xstrdup(import->fresh);
	for (size_t i = 0; i < import->found.patches.count; i++)
		strvec_push_owned(&now->files,
				  series_file_name((int)i + 1, import->found.subjects.items[i]));
	return series_read_patches(now);
}

static ERR_CHECK open_carry(struct carry *carry)
{
	const struct import *import = carry->import;
	OWNED_STR folder = xasprintf("%s/v%d", import->fresh, import->old.version);

	TRY(series_open_folder(folder, import->result->name, &carry->old));
	TRY(series_read_patches(&carry->old));
	TRY(open_now(carry));
	carry->ids = xcalloc(carry->now.patch_count + 1, STORE_ID_SIZE);
	for (size_t i = 0; i < carry->now.patch_count; i++)
		TRY(identity_of_change(&carry->now.patches[i], carry->ids[i]));
	return pairing_make(carry->old.patches, carry->old.patch_count, carry->now.patches,
			    carry->now.patch_count, true, &carry->pairing);
}

/* The new patch (from 0) that a recorded port adapts as it is; false when there is none. */
static bool find_adapted(const struct carry *carry, size_t old_patch, const struct patch *recorded,
			 size_t *new_patch)
{
	const struct pairing_entry *pair = &carry->pairing.entries[old_patch];

	*new_patch = pair->to;
	if (!recorded->original_id)
		return pair->by == PAIRING_BY_CHANGE;
	if (pair->by != PAIRING_ALONE && str_equal(carry->ids[pair->to], recorded->original_id))
		return true;
	for (size_t i = 0; i < carry->now.patch_count; i++) {
		*new_patch = i;
		if (str_equal(carry->ids[i], recorded->original_id))
			return true;
	}
	return false;
}

/* Whether a port of the new patch is there already; two patches can make the same change. */
static ERR_CHECK has_port(const struct carry *carry, const char *branch, size_t new_patch,
			  bool *has)
{
	CLEANUP(patch_release) struct patch other = { 0 };

	return series_recorded_port(&carry->now, branch, (int)new_patch + 1, &other, has);
}

static ERR_CHECK make_mail(const struct carry *carry, const char *path, size_t old_patch,
			   size_t new_patch, const struct patch *recorded, struct strbuf *out,
			   enum mail_port_fate *fate)
{
	OWNED_STR new_path = xasprintf("%s/%s", carry->now.folder,
				       carry->now.files.items[new_patch]);
	STRBUF recorded_mail = { 0 };
	STRBUF new_mail = { 0 };
	struct mail_reword reword = { .recorded = recorded,
				      .old_patch = &carry->old.patches[old_patch],
				      .new_patch = &carry->now.patches[new_patch],
				      .recorded_mail = &recorded_mail,
				      .new_mail = &new_mail };
	bool done;

	TRY(file_read(path, PATCH_MAIL_MAX, &recorded_mail));
	TRY(file_read(new_path, PATCH_MAIL_MAX, &new_mail));
	TRY(mail_reword(&reword, out, &done));
	*fate = done ? MAIL_PORT_CARRIED : MAIL_PORT_MESSAGE;
	if (!done) {
		strbuf_reset(out);
		strbuf_add(out, recorded_mail.buf, recorded_mail.len);
	}
	return NULL;
}

static struct mail_port *add_result(struct carry *carry, const char *branch, size_t old_patch,
				    const char *file)
{
	struct mail_result *result = carry->import->result;
	struct mail_port *port;

	result->ports = xreallocarray(result->ports, result->port_count + 1,
				      sizeof(*result->ports));
	port = &result->ports[result->port_count++];
	*port = (struct mail_port){ .branch = xstrdup(branch),
				    .fate = MAIL_PORT_GONE,
				    .old_number = (int)old_patch + 1,
				    .kept = xasprintf("v%d/ports/%s/%s", carry->old.version, branch,
						      file) };
	if (carry->pairing.entries[old_patch].by != PAIRING_ALONE) {
		port->number = (int)carry->pairing.entries[old_patch].to + 1;
		port->fate = MAIL_PORT_REDO;
	}
	return port;
}

/* One file of v<old>/ports/BRANCH/, which is the recorded port of `old_patch`. */
static ERR_CHECK carry_port(struct carry *carry, const char *branch, size_t old_patch,
			    const char *file, const struct patch *recorded)
{
	OWNED_STR path = xasprintf("%s/ports/%s/%s", carry->old.folder, branch, file);
	struct mail_port *port = add_result(carry, branch, old_patch, file);
	OWNED_STR name = NULL;
	OWNED_STR to = NULL;
	STRBUF mail = { 0 };
	size_t new_patch;
	bool taken;

	if (!find_adapted(carry, old_patch, recorded, &new_patch))
		return NULL;
	TRY(has_port(carry, branch, new_patch, &taken));
	if (taken)
		return NULL;
	port->number = (int)new_patch + 1;
	TRY(make_mail(carry, path, old_patch, new_patch, recorded, &mail, &port->fate));
	name = series_file_name(port->number, carry->now.patches[new_patch].subject);
	to = xasprintf("%s/ports/%s/%s", carry->now.folder, branch, name);
	return file_write(to, mail.buf, mail.len);
}

/* The number that a port's file name begins with. */
static size_t number_of(const char *file)
{
	return (size_t)strtoul(file, NULL, 10);
}

static ERR_CHECK carry_branch(struct carry *carry, const char *branch)
{
	OWNED_STR fresh = xasprintf("%s/ports/%s", carry->now.folder, branch);
	STRVEC files = { 0 };

	TRY(file_list(fresh, &files));
	for (size_t i = 0; i < files.count; i++) {
		OWNED_STR path = xasprintf("%s/%s", fresh, files.items[i]);

		if (ends_with(files.items[i], ".patch"))
			TRY(file_remove(path));
	}
	for (size_t i = 0; i < files.count; i++) {
		CLEANUP(patch_release) struct patch recorded = { 0 };
		size_t number = number_of(files.items[i]);
		bool found;

		if (!ends_with(files.items[i], ".patch") || !number ||
		    number > carry->old.patch_count)
			continue;
		TRY(series_recorded_port(&carry->old, branch, (int)number, &recorded, &found));
		if (found)
			TRY(carry_port(carry, branch, number - 1, files.items[i], &recorded));
	}
	return NULL;
}

/* A skip is of a patch by number, so it must move with the patch. */
static ERR_CHECK carry_skips(struct carry *carry)
{
	OWNED_STR conf = xasprintf("%s/series.conf", carry->import->fresh);
	struct strvec *notes = &carry->import->result->notes;
	STRVEC values = { 0 };
	bool changed = false;

	for (size_t i = 0; i < carry->old.skip_count; i++) {
		const struct series_skip *skip = &carry->old.skips[i];
		const struct pairing_entry *pair = &carry->pairing.entries[skip->patch - 1];
		int number = pair->by == PAIRING_ALONE ? 0 : (int)pair->to + 1;

		changed |= number != skip->patch;
		if (pair->by == PAIRING_BY_LIKENESS)
			strvec_pushf(
				notes,
				"the skip of patch %d on %s is taken to be of patch %d, which is "
				"alike: look at series.conf",
				skip->patch, skip->branch, number);
		if (number)
			strvec_pushf(&values, "%s %d: %s", skip->branch, number, skip->reason);
		if (!number)
			strvec_pushf(notes,
				     "the skip of patch %d on %s is dropped, as version %d has no "
				     "such patch: %s",
				     skip->patch, skip->branch, carry->import->found.version,
				     skip->reason);
		else if (number != skip->patch && pair->by != PAIRING_BY_LIKENESS)
			strvec_pushf(notes, "the skip of patch %d on %s is of patch %d now: %s",
				     skip->patch, skip->branch, number, skip->reason);
	}
	return changed ? config_write_all(conf, "series.skip", &values) : NULL;
}

ERR_CHECK mail_carry_ports(struct import *import)
{
	CLEANUP(release_carry) struct carry carry = { .import = import };
	OWNED_STR ports = xasprintf("%s/ports", import->fresh);
	STRVEC branches = { 0 };

	TRY(open_carry(&carry));
	TRY(file_list(ports, &branches));
	for (size_t i = 0; i < branches.count; i++) {
		OWNED_STR folder = xasprintf("%s/%s", ports, branches.items[i]);

		if (file_is_dir(folder) && file_safe_name(branches.items[i]))
			TRY(carry_branch(&carry, branches.items[i]));
	}
	return carry_skips(&carry);
}
