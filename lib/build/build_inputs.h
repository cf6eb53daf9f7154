/* SPDX-License-Identifier: GPL-2.0 */
/*
 * build_inputs.h - which files of a tree an image was made of, and which changes cannot matter.
 *
 * kbuild writes beside what it makes how it made it and what that depended on (".NAME.cmd";
 * scripts/Kbuild.include, scripts/basic/fixdep.c), and lists the Kconfig files that it read
 * (include/config/auto.conf.cmd). When an image is built, every file of the source tree that is
 * named there is written down, with each folder in which something was made:
 * CACHE/build/KEY/inputs, a line each, "f PATH" or "d PATH". An incremental make leaves what
 * earlier ones wrote, so there may be more than went into this image, but not less.
 *
 * A change of a file matters if
 *
 *  - the file is in the list;
 *  - it is in scripts/, or is a Makefile, Kbuild or Kconfig in the top folder;
 *  - it is a Makefile or Kbuild file (by the beginning of its name) of the image's architecture,
 *    or in a folder in which something was made, or above one;
 *  - it is a new Kconfig file in such a folder;
 *  - it is new, and a header in include/ or in the architecture's folder, where it may hide
 *    another of its name; or a source or a header in a folder in which something was made,
 *    whose Makefile may take whatever is there.
 *
 * Everything else cannot: an object of a folder that make does not enter needs a change in a
 * Makefile, Kconfig or source that is in the list first.
 */
#ifndef FARRIER_BUILD_INPUTS_H
#define FARRIER_BUILD_INPUTS_H

#include "core/store.h"

struct build_inputs {
	json_t *files, *folders; /* sets: objects whose keys are paths */
	char *arch;		 /* its folder below arch/ */
};

void build_inputs_release(struct build_inputs *inputs);
#define BUILD_INPUTS CLEANUP(build_inputs_release) struct build_inputs

/* Gathers them from make's O= folder and writes them to `path`. `source` is the tree's folder. */
ERR_CHECK build_inputs_collect(const char *objects, const char *source, const char *path) MUST_USE;

/* Adds what such a file lists; *grew says whether anything was new. */
ERR_CHECK build_inputs_add(struct build_inputs *inputs, const char *path, bool *grew) MUST_USE;

/* Whether a change of a file may change the image; `added`: it was not there before. */
bool build_inputs_matter(const struct build_inputs *inputs, const char *path, bool added);

#endif
