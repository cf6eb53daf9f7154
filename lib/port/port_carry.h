/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port_carry.h - one file of a patch on its way onto the branch; between port_file.c,
 * port_rename.c and port_carry.c only.
 */
#ifndef FARRIER_PORT_CARRY_H
#define FARRIER_PORT_CARRY_H

#include "port_internal.h"

#define PORT_MODE_TYPE 0170000
#define PORT_MODE_FILE 0100000

struct port_carry {
	struct port_job *job;
	const struct patch *patch;
	const struct diff_file *file;
	struct port_changes *changes;
	struct port_patch *record;
	char *to;		   /* the branch's name of the file that is written */
	bool moved;		   /* which is not the patch's name */
	struct port_text target;   /* its text on the branch */
	struct port_source source; /* what the author had */
	enum port_status status;
	bool left_out; /* the branch has nothing to change */
	struct strbuf result;
};

/* The file as a whole cannot be carried. */
#define PORT_CARRY_CONFLICT(carry, ...)                                          \
	do {                                                                     \
		(carry)->status = PORT_CONFLICT;                                 \
		port_add_conflict((carry)->record, (carry)->to, 0, __VA_ARGS__); \
	} while (0)

/* Whether a file may be written at `to`; notes the conflict when not. */
ERR_CHECK port_carry_check_way(struct port_carry *carry, bool *free_way) MUST_USE;

/* Reads the branch's text of `path`; leaves it empty when there is none. */
ERR_CHECK port_carry_read(struct port_carry *carry, const char *path) MUST_USE;

/* The branch may have the file under another name: then that is `to`, and its text is read. */
ERR_CHECK port_carry_follow(struct port_carry *carry) MUST_USE;

/* A patch to a file must not be put into a link, nor the other way round. */
bool port_carry_is_same_type(const struct port_carry *carry);

/* The mode of the result. */
unsigned port_carry_mode(const struct port_carry *carry);

/* Fits the patch's change of the content into the branch's; the status says how. */
ERR_CHECK port_carry_content(struct port_carry *carry) MUST_USE;

/* Nothing but the mode or the name changes. */
void port_carry_unchanged(struct port_carry *carry);

/* The result is these bytes, which it takes. */
void port_carry_take(struct port_carry *carry, enum port_status status, struct strbuf *bytes);

/* A person must look at the file, and why. */
void port_carry_suspect(struct port_carry *carry, const char *text);

/* Carries the content when the name of the file is a guess, and writes it. */
ERR_CHECK port_carry_guessed(struct port_carry *carry, const char *text) MUST_USE;

/* Puts the result among the patch's changes. */
ERR_CHECK port_carry_write(struct port_carry *carry) MUST_USE;

/* ---- port_rename.c ---- */

ERR_CHECK port_carry_delete(struct port_carry *carry) MUST_USE;
/* Also a copy. */
ERR_CHECK port_carry_rename(struct port_carry *carry) MUST_USE;

#endif
