// SPDX-License-Identifier: GPL-2.0
/* boot_again.c - a recorded boot, judged by a newer judge. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/progress.h"
#include "boot_result.h"
#include "core/file.h"

#define READ_SIZE ((size_t)64 << 10)

/* Feeds the judge what it was fed when the machine lived, in the same order. */
static ERR_CHECK feed_log(struct boot *boot, int fd, struct judge *judge)
{
	OWNED_STR buffer = xmalloc(READ_SIZE);
	int64_t left = boot->hung >= 0 ? boot->hung : INT64_MAX;
	bool silent = boot->hung < 0;
	int64_t fed = 0;
	ssize_t got;

	do {
		size_t size = left < (int64_t)READ_SIZE ? (size_t)left : READ_SIZE;

		got = size ? read(fd, buffer, size) : 0;
		if (got < 0 && errno != EINTR)
			return err_errno("cannot read '%s'", boot->log);
		if (got > 0) {
			judge_feed(judge, buffer, (size_t)got);
			left -= got;
			fed += got;
		} else if (!got && !silent) {
			judge_silence(judge, boot->why ? boot->why : "");
			boot->hung = fed;
			silent = true;
			left = INT64_MAX;
			got = 1;
		}
	} while (got);
	return NULL;
}

static bool same_judgement(const struct boot *boot, const struct boot *old)
{
	if (boot->verdict != old->verdict || boot->has_cause != old->has_cause)
		return false;
	return !boot->has_cause ||
	       (boot->cause.kind == old->cause.kind && boot->cause.line == old->cause.line);
}

/* What is said of `boot` now goes into its history. */
static void keep_old(struct boot *boot, const struct boot *old)
{
	json_t *json = json_object();

	store_set(json, "judge", json_integer(old->judge));
	store_set(json, "verdict", json_string(verdict_name(old->verdict)));
	store_set(json, "cause", verdict_event_json(old->has_cause ? &old->cause : NULL));
	store_set(json, "text", store_text(old->text));
	if (!json_is_array(boot->history)) {
		json_decref(boot->history);
		boot->history = json_array();
	}
	json_array_append_new(boot->history, json);
}

/* It was cut off where an older judge had seen enough, and this one has not. */
static void forgive(struct boot *boot)
{
	if (boot->verdict != VERDICT_UNKNOWN || boot->ended != MACHINE_STOPPED || boot->why)
		return;
	boot->verdict = VERDICT_INFRA;
	boot_set_text(boot, xstrdup("it was stopped at a line that does not decide any more"));
}

static void judge_log(const struct boot_request *request, struct judge *judge, struct boot *boot)
{
	struct boot old = { .judge = boot->judge,
			    .verdict = boot->verdict,
			    .has_cause = boot->has_cause,
			    .cause = boot->cause,
			    .text = TAKE_PTR(boot->text) };

	boot->cause = (struct event){ 0 };
	boot_take_verdict(boot, request, judge);
	boot_drop_counters(boot);
	boot_take_counters(boot, request, judge);
	forgive(boot);
	if (!same_judgement(boot, &old)) {
		keep_old(boot, &old);
		progress_note("%s is judged again: %s, it was %s", boot->log,
			      verdict_name(boot->verdict), verdict_name(old.verdict));
	}
	verdict_release_event(&old.cause);
	free(old.text);
}

ERR_CHECK boot_judge_again(const struct boot_request *request, struct boot *boot)
{
	OWNED_STR folder = file_dir_name(boot->log);
	OWNED_STR path = xasprintf("%s/boot.json", folder);
	OWNED_JSON *json = NULL;
	OWNED_FD fd = -1;
	JUDGE judge = NULL;

	if (boot->judge == JUDGE_VERSION)
		return NULL;
	/* Old records do not say how a machine failed, so there is nothing to add. */
	if (boot->verdict == VERDICT_INFRA && !boot->judge)
		return NULL;
	fd = open(boot->log, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0)
		return err_errno("cannot open '%s'", boot->log);
	judge = judge_new(NULL);
	TRY(feed_log(boot, fd, judge));
	judge_log(request, judge, boot);
	json = boot_json(boot);
	return store_write(path, json);
}
