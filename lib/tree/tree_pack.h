/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_pack.h - writes objects into a quarantine, through 'git fast-import'.
 *
 * What is written is fast-import's language (git-fast-import(1)). It hashes and
 * deflates in a process of its own, so that whoever reads the source has a CPU
 * to itself; an object that the kernel repository has in a pack is not stored
 * again.
 */
#ifndef FARRIER_TREE_PACK_H
#define FARRIER_TREE_PACK_H

#include "tree_quarantine.h"

struct tree_pack;

/* Starts git in the quarantine, which outlives the pack. */
ERR_CHECK tree_pack_begin(const struct tree_quarantine *quarantine,
			  struct tree_pack **pack) MUST_USE;

/* Writes a part of the stream; waits while git is busy. A git that died is ERR_ENV with its words.
 */
ERR_CHECK tree_pack_write(struct tree_pack *pack, const void *bytes, size_t length) MUST_USE;

/* Ends the stream and waits until git has written all. */
ERR_CHECK tree_pack_finish(struct tree_pack *pack) MUST_USE;

/* Ends git when it still runs, and frees. */
void tree_pack_release(struct tree_pack **pack);
#define TREE_PACK CLEANUP(tree_pack_release) struct tree_pack *

#endif
