/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lab_artifact.h - kernels and initramfs, where a lab's workers can read them.
 *
 * Either a folder (machine.artifacts = /srv/lava/www), which the workers see as file:// or
 * through a web server of the lab's owner (machine.artifacts-url), or a store that takes HTTP
 * PUT (machine.artifacts = https://...). Names are of the content: SHA256-NAME, so that nothing
 * is put there twice and nothing ever changes. What is there already is asked of the store
 * (HEAD) once a minute at most. Nothing is removed: how long files stay is the store's to say.
 */
#ifndef FARRIER_LAB_ARTIFACT_H
#define FARRIER_LAB_ARTIFACT_H

#include "lab.h"

struct lab_artifact {
	char *path;
	char *url;	 /* for the workers */
	char sha256[65]; /* hex */
};

/* What is known to be there; for all runs of one machine, any thread may use it. */
struct lab_store;
/* Borrows the settings. */
struct lab_store *lab_store_new(const struct machine_conf *conf);
void lab_store_free(struct lab_store *store);

/*
 * Puts a file there, unless it is. `*artifact` is the store's, as long as that lives. Waits for
 * the server: to be called from a thread. No folder, no room, no server: ERR_ENV; no
 * machine.artifacts: ERR_INPUT.
 */
ERR_CHECK lab_store_place(struct lab_store *store, const char *path,
			  const struct lab_artifact **artifact) MUST_USE;

#endif
