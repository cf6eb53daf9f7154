/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bisect_images.h - suspects that make the same image as the commit before them.
 *
 * What went into an image is known when one was built (build/build_inputs.h). A commit that,
 * compared with each of its parents, changes nothing that may matter makes the same image as they
 * do: it is not the culprit, and it needs no build of its own.
 */
#ifndef FARRIER_BISECT_IMAGES_H
#define FARRIER_BISECT_IMAGES_H

#include "bisect.h"
#include "build/build_inputs.h"

struct bisect_images;

struct bisect_images *bisect_images_new(void);
void bisect_images_free(struct bisect_images *images);

/* Works out what the inputs spare, after they grew, and lets it happen: event "images". */
ERR_CHECK bisect_images_update(struct bisect_images *images, struct bisect *bisect,
			       const struct build_inputs *inputs) MUST_USE;

#endif
