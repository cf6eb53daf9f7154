/* SPDX-License-Identifier: GPL-2.0 */
/*
 * export.h - a series on a branch as mails, ready for git send-email.
 *
 *     export.c           one export, from the port to the folder
 *     export_choose.c    which patches go out, and why one may not
 *     export_upstream.c  the commit of mainline that each of them is
 *     export_message.c   their messages, in the stable tree's order
 *     export_commits.c   the port's commits again, with these messages
 *     export_cover.c     the cover letter, without what git writes into it again
 *     export_encode.c    its header, as git writes that of a patch
 *     export_mails.c     the mails, written by git format-patch
 *     export_folder.c    a folder of them, at once or not at all
 *     export_newer.c     whether the newer branches have the fix too
 *     export_record.c    what was exported, for that question and for scripts
 *
 * The format is that of Documentation/process/stable-kernel-rules.rst: "[PATCH 6.12.y 1/3]",
 * the upstream commit as the body's first line, the original message with its trailers,
 * "Stable-dep-of:" on prerequisites, "[ name: what was adapted ]", the porter's Signed-off-by.
 * The author stays the upstream author.
 *
 * Nobody's git configuration has a say in the mails: git runs in a repository of its own,
 * which has no configuration and borrows the objects.
 */
#ifndef FARRIER_EXPORT_H
#define FARRIER_EXPORT_H

#include "port/port.h"
#include "record/target.h"

/* How the upstream commit is named; stable-kernel-rules.rst allows both. */
enum export_line {
	EXPORT_LINE_COMMIT,  /* commit 0123... upstream. */
	EXPORT_LINE_BRACKET, /* [ Upstream commit 0123... ] */
};

struct export_request {
	const struct workspace *workspace;
	git_repository *repo;
	const char *series;
	const char *branch;
	bool local;	    /* plain mails: no upstream commit is asked for or named */
	bool prerequisites; /* the patches of prerequisite series go along */
	bool signoff;	    /* adds the Signed-off-by of the user */
	bool allow_fuzzy;
	enum export_line line;
	const struct strvec *to; /* addresses for the mails' headers */
	const struct strvec *cc;
	int version;	    /* of this submission, from 1: "[PATCH 6.12.y v2 1/3]" */
	const char *folder; /* where the mails go; NULL: only into the result's `mbox` */
	bool force;	    /* earlier mails in the folder are replaced */
};

enum export_fate {
	EXPORT_SENT,	/* it is one of the mails */
	EXPORT_LEFT,	/* not needed on the branch: there already, or skipped */
	EXPORT_REFUSED, /* `reason` says why */
};

struct export_patch {
	char *series;
	int number; /* in its series, from 1 */
	char *subject;
	enum port_status status;
	enum export_fate fate;
	char *upstream; /* 40 hex digits, or NULL */
	char *source;	/* who named it: "series.conf", "its message", a branch */
	char *reason;	/* why it is refused or left out, or NULL */
	char *hint;	/* what to do about that, or NULL */
	char *file;	/* of a mail that was written, or NULL */
};

enum export_newer_state {
	EXPORT_THERE,	/* the branch has every patch, or leaves it out on purpose */
	EXPORT_BEFORE,	/* these patches were exported for it before */
	EXPORT_MISSING, /* `detail` says what */
	EXPORT_UNKNOWN, /* the branch is not filled */
};

struct export_newer {
	char *branch;
	char *stable; /* "6.12.y", or "" */
	enum export_newer_state state;
	char *detail;
};

struct export_result {
	char *series;
	char *branch;
	char *kernel; /* "6.12.117", or "" */
	char *base;   /* the branch's commit, 40 hex digits */
	bool local;
	bool refused; /* nothing was written: a patch's reason says why */
	struct export_patch *patches;
	size_t patch_count;
	struct export_newer *newer; /* oldest first */
	size_t newer_count;
	struct strvec files;	/* names of the mails in order, the cover letter first */
	struct strvec warnings; /* for people */
	struct strvec notes;
	struct strbuf mbox; /* all mails, as git format-patch --stdout has them */
};

void export_release(struct export_result *result);
#define EXPORT_RESULT CLEANUP(export_release) struct export_result

/*
 * ERR_INPUT unless `address` is LOCAL@DOMAIN, the name of a mailbox on this machine, or either
 * in <> behind a name. Blanks stand only in the name, what RFC 5322 calls specials only there
 * and in double quotes. `option` is who asks.
 */
ERR_CHECK export_check_address(const char *option, const char *address) MUST_USE;

/*
 * Carries the series onto the branch and writes the mails. A series that does not fit, or
 * is not upstream, is a value: `refused`, and nothing is written. When every patch is in
 * the branch already there is no mail either. A folder that holds something else is ERR_INPUT.
 */
ERR_CHECK export_run(const struct export_request *request, struct export_result *result) MUST_USE;

/* {"schema":1,"series","branch",...}, new reference; see farrier-export(1). `folder` may be NULL.
 */
json_t *export_json(const struct export_result *result, const char *folder);

#endif
