// SPDX-License-Identifier: GPL-2.0
/* mail_source.c - what an import names becomes mails: a file, an inbox, the net. */
#include "core/file.h"
#include "core/http.h"
#include "mail_inbox.h"
#include "mail_net.h"

void mail_release_origin(struct mail_origin *origin)
{
	free(origin->from);
	free(origin->message_id);
	free(origin->not_searched);
	*origin = (struct mail_origin){ 0 };
}

bool mail_is_elsewhere(const struct mail_request *request)
{
	return request->inbox || mail_net_is_place(request->source);
}

char *mail_address(const char *sender)
{
	const char *open = strrchr(sender, '<');
	const char *close = open ? strchr(open, '>') : NULL;
	const char *at = strchr(sender, '@');

	if (close)
		return xstrndup(open + 1, (size_t)(close - open) - 1);
	while (at && at > sender && !strchr(" \t\"(", at[-1]))
		at--;
	return at ? xstrndup(at, strcspn(at, " \t\")>")) : xstrdup(sender);
}

/* Looks a mail up in a git repository; *found says whether it was there. */
static ERR_CHECK open_inbox(const struct workspace *workspace, const char *inbox,
			    const char *folder, struct mail_box *box, struct mail_origin *origin,
			    bool *found)
{
	OWNED_STR raw = xasprintf("%s/raw", folder);
	STRVEC paths = { 0 };

	TRY(file_mkdirs(raw));
	TRY(mail_inbox_read(workspace, inbox, origin->message_id, raw, found));
	if (!*found)
		return NULL;
	strvec_push(&paths, raw);
	origin->from = strstr(inbox, "://") ? http_public_url(inbox) : xstrdup(inbox);
	return mail_open_boxes(&paths, origin->from, folder, box);
}

/* Whether the box may lack what is wanted: a newer version, or the one that was asked for. */
static bool wants_more(const struct mail_request *request, const struct mail_series *series)
{
	return !request->version || series->version != request->version;
}

/*
 * Newer versions are often threads of their own. Looks for them by title and
 * sender, and reads the box again with what was found.
 */
static ERR_CHECK add_newer(const struct workspace *workspace, const struct mail_request *request,
			   const struct mail_place *place, const char *folder, struct strvec *paths,
			   struct mail_box *box, struct mail_origin *origin)
{
	const struct mail_wish wish = { .message_id = place->message_id };
	OWNED_STR path = xasprintf("%s/newer.mbox", folder);
	OWNED_STR again = xasprintf("%s/again", folder);
	OWNED_STR address = NULL;
	MAIL_SERIES series = { 0 };
	const struct err *err = mail_choose_wish(box, &wish, &series);
	bool found;

	/* What is wrong with this version may not be so with the next; it is said later. */
	err_free(err);
	if (!series.posting || !wants_more(request, &series))
		return NULL;
	address = mail_address(series.posting->first->sender);
	TRY(mail_net_search(workspace, place->archive, series.title, address, path, &found,
			    &origin->not_searched));
	if (!found)
		return NULL;
	strvec_push(paths, path);
	mail_release_box(box);
	return mail_open_boxes(paths, origin->from, again, box);
}

static ERR_CHECK open_net(const struct workspace *workspace, const struct mail_request *request,
			  const struct mail_place *place, const char *folder, struct mail_box *box,
			  struct mail_origin *origin)
{
	OWNED_STR path = xasprintf("%s/thread.mbox", folder);
	STRVEC paths = { 0 };

	TRY(mail_net_fetch(workspace, place, path, &origin->from));
	strvec_push(&paths, path);
	TRY(mail_open_boxes(&paths, origin->from, folder, box));
	if (!place->message_id)
		return NULL;
	return add_newer(workspace, request, place, folder, &paths, box, origin);
}

static ERR_CHECK open_elsewhere(const struct workspace *workspace,
				const struct mail_request *request, const char *folder,
				struct mail_box *box, struct mail_origin *origin)
{
	const char *inbox = request->inbox ? request->inbox : workspace->mail_inbox;
	MAIL_PLACE place = { 0 };
	bool found = false;

	TRY(mail_net_parse(request->source, workspace, &place));
	if (place.message_id)
		origin->message_id = xstrdup(place.message_id);
	if (request->inbox && !place.message_id)
		return err_hint(err_input("'%s' has no Message-ID", request->source),
				"an inbox is asked for a Message-ID");
	if (inbox && place.message_id)
		TRY(open_inbox(workspace, inbox, folder, box, origin, &found));
	if (found)
		return NULL;
	if (request->inbox)
		return err_input("the inbox '%s' has no mail '%s'", inbox, place.message_id);
	return open_net(workspace, request, &place, folder, box, origin);
}

ERR_CHECK mail_open_source(const struct workspace *workspace, const struct mail_request *request,
			   const char *folder, struct mail_box *box, struct mail_origin *origin)
{
	*origin = (struct mail_origin){ 0 };
	if (mail_is_elsewhere(request))
		return open_elsewhere(workspace, request, folder, box, origin);
	if (!str_equal(request->source, "-") && file_is_dir(request->source) &&
	    mail_inbox_is(request->source))
		return err_hint(
			err_input("'%s' is a git repository, not a folder of mails",
				  request->source),
			"of an inbox, name the mail: 'farrier import MESSAGE-ID --inbox=%s'",
			request->source);
	return mail_open_box(request->source, folder, box);
}
