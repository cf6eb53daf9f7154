/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lab_strays.h - jobs that may still come, or run on, of boots that are over.
 *
 * A submission whose answer was lost may be carried out long after its boot has ended, by a
 * proxy that held it back. Its tag is written down then, a file FOLDER/TAG each, and looked for
 * whenever a machine of that lab is opened and closed, for a day: what runs under such a tag is
 * cancelled. It was never counted, as its boot has its own job or none.
 */
#ifndef FARRIER_LAB_STRAYS_H
#define FARRIER_LAB_STRAYS_H

#include "lab.h"

/* Writes a tag down; once more does nothing. One that is none of ours is ERR_INPUT. */
ERR_CHECK lab_strays_note(const char *folder, const char *tag) MUST_USE;

/*
 * Cancels what runs under any tag of the folder, and forgets tags of yesterday; a folder that is
 * not there has none. A lab that does not answer within `seconds` is ERR_ENV; they stay then.
 */
ERR_CHECK lab_strays_cancel(struct lab *lab, const char *folder, double seconds) MUST_USE;

#endif
