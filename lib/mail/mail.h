/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mail.h - mails in, a series folder out.
 *
 *     mail_split.c   an mbox, a mail or a folder of mails -> one file for each mail
 *     mail_read.c    one mail -> what it is: a cover letter, a patch, a reply, none of them
 *     mail_thread.c  which mails are one posting, and which postings one series
 *     mail_choose.c  the one posting that is meant, complete, or what is wrong with it
 *     mail_commits.c the same from commits
 *     mail_source.c  what an import names -> mails: a file, an inbox, the net
 *     mail_net.c     a Message-ID or a URL -> an mbox, from a public-inbox server
 *     mail_inbox.c   a Message-ID -> its thread, from a public-inbox git repository
 *     mail_trailers.c  what replies give: Reviewed-by, Tested-by, ...
 *     mail_amend.c   such trailers -> into the mail of a patch
 *     mail_needs.c   what a series stands on, from its first mail
 *     mail_import.c  a posting -> series/NAME, at once or not at all
 *     mail_write.c   the folder that is prepared for that
 *     mail_ports.c   recorded ports go on with their patches
 *     mail_reword.c  a recorded port gets its patch's new message
 *
 * Splitting and decoding are git's (mailsplit, mailinfo). Read here are only the
 * headers that git does not report and that are never encoded: Message-ID,
 * In-Reply-To and References (RFC 5322 3.6.4, RFC 2047 5), and the "[PATCH v2
 * 1/3]" in front of a subject.
 *
 * Mails are hostile input: nothing of them becomes a path, and what is wrong
 * with one of them never spoils the others.
 */
#ifndef FARRIER_MAIL_H
#define FARRIER_MAIL_H

#include "core/kept.h"
#include "record/series.h"

/* Limits of what is read. A mail may be PATCH_MAIL_MAX bytes. */
#define MAIL_BOX_MAX   ((size_t)256 << 20) /* bytes of all mails together */
#define MAIL_COUNT_MAX 10000		   /* mails */
#define MAIL_PATCH_MAX 999		   /* patches of a series */

enum mail_kind {
	MAIL_OTHER, /* no part of a series: `why` says why */
	MAIL_REPLY, /* "Re: ..." */
	MAIL_COVER, /* [PATCH 0/n] */
	MAIL_PATCH,
};

struct mail {
	size_t number; /* in the input, from 1 */
	char *path;    /* of the file that holds it alone */
	enum mail_kind kind;
	char *why;		  /* what is wrong with it, or NULL */
	char *hint;		  /* what to do about that, or NULL */
	char *message_id;	  /* without <>, or NULL */
	struct strvec references; /* Message-IDs, the nearest first */
	char *sender;		  /* the From header as it was written, maybe encoded */
	char *author;		  /* reply: the From header decoded; else NULL */
	char *subject;		  /* decoded; of a cover letter or patch without its prefix */
	char content[41]; /* patch: id of author, message and diff; equal ids are equal patches */
	char change[41];  /* patch: id of the diff alone, without the places where it applies */
	int version;	  /* from 1 */
	int n;		  /* patch: its number from 1; cover letter: 0 */
	int total;	  /* patches of its series */
};

/* Mails that are one version of one series. */
struct mail_posting {
	int version;
	int total;
	size_t line;	       /* postings with the same number are versions of one series */
	struct mail *first;    /* its cover letter, else the patch with the lowest number */
	struct mail **members; /* in the order of the input */
	size_t count;
};

/* What was read from one input. A zeroed struct is an empty box. */
struct mail_box {
	char *what; /* how messages call the input */
	struct mail *mails;
	size_t count;
	struct mail_posting *postings;
	size_t posting_count;
	size_t line_count;
};

void mail_release_box(struct mail_box *box);
#define MAIL_BOX CLEANUP(mail_release_box) struct mail_box

/*
 * Reads `path` ("-": standard input; a folder: every file in it, and in its
 * cur/ and new/ when it is a maildir) into files below `folder`, which exists
 * and is empty, and says what each of them is. What is no mail at all is
 * ERR_INPUT; a box without a single patch is none.
 */
ERR_CHECK mail_open_box(const char *path, const char *folder, struct mail_box *box) MUST_USE;

/* The same for several inputs together, which messages call `what`. */
ERR_CHECK mail_open_boxes(const struct strvec *paths, const char *what, const char *folder,
			  struct mail_box *box) MUST_USE;

/* What the first mail of a series says it stands on; git format-patch --base and b4 write it. */
struct mail_needs {
	char *base_commit;	  /* 40 hex digits, or NULL */
	char *change_id;	  /* b4's name for all versions, or NULL */
	struct strvec patch_ids;  /* of git patch-id --stable */
	struct strvec references; /* Message-IDs without <>, and change ids with or without ":vN" */
};

void mail_release_needs(struct mail_needs *needs);
#define MAIL_NEEDS CLEANUP(mail_release_needs) struct mail_needs

/* One version of a series that has every patch: what import writes. */
struct mail_series {
	char *title;
	int version;
	char *message_id;      /* of its first mail, or NULL */
	char *cover;	       /* path, or NULL */
	struct strvec patches; /* paths, in order */
	struct strvec subjects;
	bool posted;			    /* from mail, not from commits */
	const struct mail_posting *posting; /* in the box; NULL when from commits */
	int asked_version; /* of the posting that the wanted mail is of; 0: no mail was named */
};

void mail_release_series(struct mail_series *series);
#define MAIL_SERIES CLEANUP(mail_release_series) struct mail_series

/*
 * The newest version of the one series in the box. Of several, `names` decides (NULL-
 * terminated, may be NULL): a title, or the name that series_name_of() makes of it.
 * ERR_INPUT when there is no patch, when there are several series and no name
 * decides, and when the version is not complete.
 */
ERR_CHECK mail_choose(const struct mail_box *box, const char *const *names,
		      struct mail_series *series) MUST_USE;

/* What is wanted of a box. A zeroed struct: the newest version of the only series. */
struct mail_wish {
	const char *const *names; /* as for mail_choose() */
	const char *message_id;	  /* the series that this mail is of, or answers; or NULL */
	int version;		  /* 0: the newest */
};

/* The same as mail_choose(), by more than the names. A mail or version that is not there is
 * ERR_INPUT. */
ERR_CHECK mail_choose_wish(const struct mail_box *box, const struct mail_wish *wish,
			   struct mail_series *series) MUST_USE;

/* The commits of "A..B" as mails in `folder`. Merges and snapshots are ERR_INPUT. */
ERR_CHECK mail_from_commits(git_repository *repo, const char *range, const char *folder,
			    struct mail_series *series) MUST_USE;

/* Whether an argument means commits: it has ".." and is no file. */
bool mail_is_range(const char *argument);

enum mail_outcome {
	MAIL_IMPORTED,	/* a new series */
	MAIL_UPDATED,	/* a newer version; the older one is in vN/ now */
	MAIL_KEPT,	/* an older version, which is in vN/ now */
	MAIL_UNCHANGED, /* nothing to do */
};

struct mail_request {
	const char *source; /* a path, "-", A..B, a Message-ID, or a URL */
	const char *name;   /* of the series; NULL: made of its title */
	const char *base;   /* a branch; NULL: none, or what series.conf says */
	const char *inbox;  /* where a Message-ID is looked up: a path or a URL; NULL: mail.inbox */
	int version;	    /* to take; 0: the newest */
	bool trailers;	    /* take over what replies give */
};

/* What became of a recorded port when its patch got a new version. */
enum mail_port_fate {
	MAIL_PORT_CARRIED, /* its patch makes the same change: it goes on, under the new number */
	MAIL_PORT_MESSAGE, /* the same, but the patch's new message could not be put in: a person
			      must */
	MAIL_PORT_REDO,	   /* its patch changed */
	MAIL_PORT_GONE,	   /* its patch is gone */
};

struct mail_port {
	char *branch;
	enum mail_port_fate fate;
	int old_number;
	int number; /* in the new version; 0 when the patch is gone */
	char *kept; /* where it is as it was, below the series' folder: "v1/ports/BRANCH/..." */
};

/* An answer to a mail of the thread; what it says (trailers, findings) is not read here. */
struct mail_reply {
	char *message_id; /* or NULL */
	char *author;
	char *subject;
};

/* What became of a trailer that a reply gives. */
enum mail_trailer_state {
	MAIL_TRAILER_OFFERED,	/* `trailers` of the request takes it over */
	MAIL_TRAILER_TAKEN,	/* it is in the patch now */
	MAIL_TRAILER_PRESENT,	/* it was in the patch */
	MAIL_TRAILER_STRANGER,	/* it names somebody else than who sent it: not taken */
	MAIL_TRAILER_OUTDATED,	/* given to an older version of what has changed: not taken */
	MAIL_TRAILER_OBJECTION, /* Nacked-by: not taken */
};

struct mail_trailer {
	int patch;	  /* from 1; 0: all of them */
	char *text;	  /* "Reviewed-by: A B <a@b>" */
	char *from;	  /* who sent it, decoded */
	char *message_id; /* of the reply, or NULL */
	enum mail_trailer_state state;
};

struct mail_trailers {
	struct mail_trailer *items;
	size_t count;
};

void mail_release_trailers(struct mail_trailers *trailers);

struct mail_result {
	enum mail_outcome outcome;
	char *name;
	int version;
	int old_version; /* of an updated series */
	bool cover;
	struct strvec subjects;	    /* of the patches */
	size_t mails;		    /* that were read; 0 when from commits */
	size_t left_out;	    /* of them, no part of the series */
	struct mail_reply *replies; /* those of `left_out` that are answers */
	size_t reply_count;
	struct mail_trailers trailers;
	char *origin; /* where mails came from that were no file: a URL, a repository; or NULL */
	int asked_version;  /* of the mail that was named; 0 when none was */
	char *not_searched; /* why newer versions were looked for in this thread only, or NULL */
	struct mail_port *ports; /* recorded ports of an updated series */
	size_t port_count;
	struct strvec notes; /* what else changed that a person wrote, sentences */
};

void mail_release_result(struct mail_result *result);
#define MAIL_RESULT CLEANUP(mail_release_result) struct mail_result

/*
 * Makes or updates series/NAME. Everything is prepared below .farrier/import/ and
 * read back before one rename puts it in place. One import runs at a time.
 *
 * A newer version takes the place of the current one, which goes to vN/ whole: its
 * patches, its series.conf, its recorded ports. Those whose patch makes the same
 * change go on in ports/ under the patch's new number. An older version than the
 * current one goes to its vN/ when that is not there.
 */
ERR_CHECK mail_import(const struct workspace *workspace, const struct mail_request *request,
		      struct mail_result *result) MUST_USE;

/* Inboxes that were fetched, CACHE/inbox, for housekeeping. */
extern const struct kept_kind mail_kept_inboxes;

#endif
