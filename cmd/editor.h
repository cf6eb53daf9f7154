/* SPDX-License-Identifier: GPL-2.0 */
/* editor.h - a text from the user, written in the editor that git would start. */
#ifndef FARRIER_EDITOR_H
#define FARRIER_EDITOR_H

#include "cmd.h"

/* Whether there is a terminal to edit at. */
bool editor_can_run(void);

/*
 * Lets the user edit `text` in the file `path`, and reads it back without the lines that
 * begin with '#', trimmed. An editor that fails is ERR_INPUT. The file is removed.
 */
ERR_CHECK editor_run(const char *path, struct strbuf *text) MUST_USE;

#endif
