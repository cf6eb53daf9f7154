/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lab_template.h - the definition of a job, from a machine's template.
 *
 * A template is a JSON file with words in braces in its strings. What takes their place is put
 * into the parsed document, so that nothing can leave its string:
 *
 *	{kernel}	as it is
 *	{cmdline:shell}	one word of a POSIX shell, and of pexpect's, which LAVA runs QEMU by
 *	{cmdline:quoted}
 *			between double quotes, where a firmware's console knows no escapes
 *	{minutes:number}
 *			the whole string becomes a JSON number
 *	{{kernel}}	{kernel}, for LAVA's own words in braces
 */
#ifndef FARRIER_LAB_TEMPLATE_H
#define FARRIER_LAB_TEMPLATE_H

#include "core/store.h"

struct lab_value {
	const char *name;
	const char *value; /* NULL: there is none; a template that wants it is refused */
};

/*
 * Reads a template and fills it in. *job is a new reference. What is no JSON object, an
 * unknown word, or a value that cannot be said in a way that is asked for is ERR_INPUT.
 */
ERR_CHECK lab_fill_template(const char *path, const struct lab_value *values, size_t count,
			    json_t **job) MUST_USE;

#endif
